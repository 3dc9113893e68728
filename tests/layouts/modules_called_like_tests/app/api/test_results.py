from fastapi import APIRouter

router = APIRouter()


@router.get("/results")
async def list_results(limit: int = 10) -> list[int]:
    return [limit]
