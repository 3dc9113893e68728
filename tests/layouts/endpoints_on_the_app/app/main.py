"""Endpoints straight on the application, one for each method."""

from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def root() -> dict[str, str]:
    return {}


@app.get("/things/{thing_id}")
async def get_thing(thing_id: int) -> int:
    return thing_id


@app.put("/things/{thing_id}")
async def put_thing(thing_id: int) -> int:
    return thing_id


@app.patch("/things/{thing_id}")
async def patch_thing(thing_id: int) -> int:
    return thing_id


@app.delete("/things/{thing_id}", status_code=204)
async def delete_thing(thing_id: int) -> None:
    return None


@app.head("/things/{thing_id}")
async def head_thing(thing_id: int) -> None:
    return None


@app.options("/things")
async def options() -> None:
    return None
