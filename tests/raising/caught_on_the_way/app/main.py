"""Clauses that take, translate, or let pass."""

from fastapi import FastAPI, HTTPException, status

from app.exceptions import DuplicateResourceException, GravityException, OrderNotFoundException
from app.handlers import setup_exception_handlers

app = FastAPI()
setup_exception_handlers(app)


async def find() -> int:
    raise OrderNotFoundException("none")


@app.get("/swallowed")
async def swallowed() -> int:
    try:
        return await find()
    except Exception:
        raise HTTPException(status_code=status.HTTP_500_INTERNAL_SERVER_ERROR)


@app.get("/swallowed-http")
async def swallowed_http() -> int:
    try:
        raise HTTPException(status_code=404)
    except Exception:
        raise HTTPException(status_code=500)


@app.get("/let-through")
async def let_through() -> int:
    try:
        return await find()
    except (GravityException, HTTPException):
        raise
    except Exception:
        raise HTTPException(status_code=500)


@app.get("/translated")
async def translated() -> int:
    try:
        return await find()
    except OrderNotFoundException as error:
        raise DuplicateResourceException("other") from error


@app.get("/narrow")
async def narrow() -> int:
    try:
        return await find()
    except ValueError:
        raise HTTPException(status_code=400)
