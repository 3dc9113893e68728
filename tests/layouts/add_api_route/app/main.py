"""Registration by call instead of by decorator."""

from fastapi import APIRouter, FastAPI

from app import handlers
from app.handlers import make_item

router = APIRouter(prefix="/api/v1")
router.add_api_route("/items", handlers.list_items)
router.add_api_route("/items", endpoint=make_item, methods=["POST"], tags=["make"])
app = FastAPI()
app.include_router(router)
app.add_api_route("/direct", make_item, methods=["PUT", "PATCH"])
