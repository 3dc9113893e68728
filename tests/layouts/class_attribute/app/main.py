"""Routers that classes hold: as an attribute of the class, and of its objects."""

from fastapi import APIRouter, FastAPI


class Items:
    router = APIRouter(prefix="/items")


@Items.router.get("/")
async def list_items() -> list[int]:
    return []


class Users:
    def __init__(self) -> None:
        self.router = APIRouter(prefix="/users")
        self.router.add_api_route("/", self.list_users, methods=["GET"])

    async def list_users(self) -> list[int]:
        return []


app = FastAPI()
app.include_router(Items.router, prefix="/api/v1")
app.include_router(Users().router, prefix="/api/v1")
