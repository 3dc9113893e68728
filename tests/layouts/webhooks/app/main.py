"""What an application asks of others is told by routers, and is none of its routes."""

from fastapi import APIRouter, FastAPI

app = FastAPI()
hooks = APIRouter(tags=["hooks"])
below = APIRouter()
both = APIRouter(tags=["both"])


@app.webhooks.post("account-opened")
def account_opened(name: str) -> None: ...


@hooks.post("account-created")
def account_created(name: str) -> None: ...


@below.post("account-removed")
def account_removed(name: str) -> None: ...


@both.post("/account-changed")
async def account_changed(name: str) -> str:
    return name


hooks.include_router(below)
app.webhooks.include_router(hooks)
app.webhooks.include_router(both)
app.include_router(both, prefix="/api/v1")
