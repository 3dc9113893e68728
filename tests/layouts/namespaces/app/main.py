"""Functions in a class that is but a name for them: what decorates them takes them as they are."""

from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/api/v1/users")


class Users:
    inner = APIRouter(prefix="/api/v1/inner")

    @router.get("/{user_id}")
    async def get_user(user_id: int, verbose: bool = False) -> int:
        return user_id

    @inner.get("/{inner_id}")
    async def get_inner(inner_id: str) -> str:
        return inner_id

    @router.get("/")
    @staticmethod
    async def list_users(page: int = 1) -> list[int]:
        return [page]


app = FastAPI()
app.include_router(router)
app.include_router(Users.inner)
