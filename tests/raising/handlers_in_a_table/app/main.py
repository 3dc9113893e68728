"""Handlers given to the constructor, by a loop, and by a call."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.exceptions import DuplicateResourceException, GravityException, ResourceNotFoundException


async def not_found(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({}, status_code=404)


async def duplicate(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({}, status_code=409)


async def other(request: Request, exc: Exception) -> JSONResponse:
    return JSONResponse({}, status_code=400)


app = FastAPI(exception_handlers={ResourceNotFoundException: not_found})
for kind, handler in ((DuplicateResourceException, duplicate), (GravityException, other)):
    app.add_exception_handler(kind, handler)


@app.get("/not-found")
async def missing() -> int:
    raise ResourceNotFoundException


@app.get("/duplicate")
async def twice() -> int:
    raise DuplicateResourceException("x")


@app.get("/root")
async def root() -> int:
    raise GravityException("x")
