"""A sub-application has its own OpenAPI document, under its mount path."""

from fastapi import FastAPI

from app.admin import admin

app = FastAPI()


@app.get("/api/v1/items")
async def list_items() -> list[int]:
    return []


app.mount("/admin", admin)
app.mount(path="/backstage/", app=admin)
