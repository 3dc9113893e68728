import app.models  # the tables have to be known
from app.api import orders
from fastapi import FastAPI

tables = app.models.TABLES
app = FastAPI()
for router in [orders.router]:
    app.include_router(router)


@app.get("/api/v1/ping")
async def ping() -> dict[str, str]:
    return {}
