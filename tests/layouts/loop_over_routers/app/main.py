"""Includes in a loop over a literal tuple."""

from fastapi import FastAPI

from app import items, users

app = FastAPI()
for module in (items, users):
    app.include_router(module.router, prefix="/api/v1")
