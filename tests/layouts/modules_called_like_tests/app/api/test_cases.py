from fastapi import APIRouter, HTTPException

from app.api import test_results

router = APIRouter(prefix="/test-cases", tags=["cases"])
router.include_router(test_results.router)


@router.get("/{case_id}")
async def get_case(case_id: int) -> int:
    if case_id > 10:
        raise HTTPException(status_code=404)
    return case_id
