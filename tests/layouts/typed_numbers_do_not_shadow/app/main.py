"""A convertor lets other paths through; an annotation does not."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/a/{number:int}")
async def by_number(number: int) -> int:
    return number


@app.get("/a/latest")
async def latest() -> str:
    return "latest"


@app.get("/b/{number}")
async def by_text(number: int) -> int:
    return number


@app.get("/b/latest")
async def never() -> str:
    return "latest"
