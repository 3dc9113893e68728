from app.exceptions import DuplicateResourceException, OrderNotFoundException


def require(order_id: int) -> None:
    if order_id:
        raise OrderNotFoundException("no such order")


class BaseService:
    def __init__(self, db: object) -> None:
        self.db = db

    async def check(self, order_id: int) -> None:
        require(order_id)


class OrderService(BaseService):
    async def get(self, order_id: int) -> int:
        await self.check(order_id)
        return order_id

    async def check(self, order_id: int) -> None:
        await super().check(order_id)

    async def create(self, name: str) -> int:
        raise DuplicateResourceException(name)
