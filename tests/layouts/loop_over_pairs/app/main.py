"""Includes in a loop over literal pairs, and over a dict."""

from fastapi import FastAPI

from app import items
from app.users import router as users_router

app = FastAPI()
for router, prefix in [(items.router, "/api/v1/stock"), (users_router, "/api/v1/people")]:
    app.include_router(router, prefix=prefix)
VERSIONS = {"v2": items.router, "v3": users_router}
for version, router in VERSIONS.items():
    app.include_router(router, prefix=f"/api/{version}")
