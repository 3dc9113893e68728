from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")


@router.get("/never")
async def never() -> None: ...
