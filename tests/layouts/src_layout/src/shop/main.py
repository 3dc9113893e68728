"""The package lies below `src/` and is not called `app`."""

from fastapi import FastAPI

from shop.items import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
