"""A decorator of the service's own between the registration and the function."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from fastapi import FastAPI

P = ParamSpec("P")
R = TypeVar("R")


def timed(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
    @wraps(function)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return await function(*args, **kwargs)

    return wrapper


app = FastAPI()


@app.get("/timed/{number}")
@timed
async def get_number(number: int, factor: int = 1) -> int:
    return number * factor
