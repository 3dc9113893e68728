from fastapi import FastAPI

from app.items import router


def setup_routes(app: FastAPI) -> None:
    app.include_router(router, prefix="/api/v1")

    @app.get("/health")
    async def health() -> dict[str, str]:
        return {}
