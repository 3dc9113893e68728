"""Domain exceptions from services, answered by the nearest handler of their bases."""

from fastapi import Depends, FastAPI

from app.handlers import setup_exception_handlers
from app.services import OrderService, require

app = FastAPI()
setup_exception_handlers(app)


def get_service() -> OrderService:
    return OrderService(None)


@app.get("/by-service")
async def by_service() -> int:
    service = OrderService(None)
    return await service.get(1)


@app.get("/by-dependency")
async def by_dependency(service: OrderService = Depends(get_service)) -> int:
    return await service.create("x")


@app.get("/by-function")
async def by_function() -> int:
    require(1)
    return 1
