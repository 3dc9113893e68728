"""An application factory, called once at the end of the module."""

from fastapi import FastAPI

from app.items import router


def create_app() -> FastAPI:
    application = FastAPI(title="Items")
    application.include_router(router, prefix="/api/v1")

    @application.get("/ping")
    async def ping() -> str:
        return "pong"

    return application


app = create_app()
