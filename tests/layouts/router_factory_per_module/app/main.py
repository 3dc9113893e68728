from fastapi import APIRouter, FastAPI

from app.api.products import router as products
from app.api.router_factory import build_router
from app.api.users import router as users

app = FastAPI()
api = APIRouter(prefix="/api/v1")
api.include_router(products, prefix="/products")
api.include_router(users, prefix="/users")
api.include_router(build_router("order"), prefix="/orders")
app.include_router(api)
