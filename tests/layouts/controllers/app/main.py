"""Controllers: classes that make a router, or are one, and register their methods."""

from fastapi import APIRouter, Depends, FastAPI
from fastapi.security import HTTPBearer

bearer = HTTPBearer()


class Items:
    def __init__(self) -> None:
        self.router = APIRouter(prefix="/items", tags=["items"])
        self.router.add_api_route("", self.list_items, methods=["GET"])
        self.router.add_api_route("/{item_id}", self.get_item, methods=["GET"])

    async def list_items(self, skip: int = 0) -> list[int]:
        return []

    async def get_item(self, item_id: int) -> dict[str, int]:
        return {}


class Controller:
    def __init__(self, prefix: str) -> None:
        self.router = APIRouter(prefix=prefix)
        self.register()

    def register(self) -> None:
        raise NotImplementedError


class Users(Controller):
    def register(self) -> None:
        self.router.add_api_route("/{user_id}", self.get_user)

    async def get_user(self, user_id: int) -> dict[str, int]:
        return {}


class Orders(APIRouter):
    def __init__(self) -> None:
        super().__init__(prefix="/orders", dependencies=[Depends(bearer)])
        self.add_api_route("/{order_id}", self.get_order, methods=["GET", "HEAD"])

    async def get_order(self, order_id: int) -> dict[str, int]:
        return {}


class Carts:
    def __init__(self) -> None:
        self.router = APIRouter(prefix="/carts")
        self.register()

    def register(self) -> None:
        self.router.get("/{cart_id}")(self.get_cart)
        self.router.delete("/{cart_id}", status_code=204)(self.delete_cart)

    async def get_cart(self, cart_id: int) -> dict[str, int]:
        return {}

    async def delete_cart(self, cart_id: int) -> None:
        return None


class Server:
    def __init__(self) -> None:
        self.app = FastAPI()
        self.setup()

    def setup(self) -> None:
        self.app.include_router(Items().router, prefix="/api")
        self.app.include_router(Users("/users").router, prefix="/api")
        self.app.include_router(Orders(), prefix="/api")
        self.app.include_router(Carts().router, prefix="/api")


app = Server().app
