from fastapi import APIRouter

router = APIRouter()


@router.get("/users")
async def list_users() -> list[int]:
    return []


@router.post("/users/{user_id}")
async def put_user(user_id: int) -> int:
    return user_id
