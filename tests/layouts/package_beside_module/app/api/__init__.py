from fastapi import APIRouter

router = APIRouter(prefix="/new")


@router.get("/")
def new() -> dict[str, int]:
    return {}
