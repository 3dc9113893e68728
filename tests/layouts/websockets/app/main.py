"""WebSockets are routes, but no part of the OpenAPI document."""

from fastapi import APIRouter, FastAPI, WebSocket

router = APIRouter(prefix="/live")


@router.websocket("/ws")
async def live(socket: WebSocket) -> None:
    await socket.accept()


@router.get("/state")
async def state() -> int:
    return 1


app = FastAPI()
app.include_router(router, prefix="/api/v1")
