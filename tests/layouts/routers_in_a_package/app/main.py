"""A package gathers its routers in its `__init__`."""

from fastapi import FastAPI

from app import routers

app = FastAPI()
app.include_router(routers.router, prefix="/api")
