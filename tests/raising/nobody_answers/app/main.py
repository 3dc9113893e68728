"""A domain exception without a handler is a server error."""

from fastapi import FastAPI

from app.exceptions import OrderNotFoundException

app = FastAPI()


@app.get("/lost")
async def lost() -> int:
    raise OrderNotFoundException("none")
