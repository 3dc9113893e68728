"""`api_route` with several methods, a constant list of them, and two decorators on one function."""

from fastapi import FastAPI

METHODS = ["GET", "POST"]
app = FastAPI()


@app.api_route("/one", methods=["GET", "DELETE"])
async def one() -> int:
    return 1


@app.api_route("/two", methods=METHODS)
async def two() -> int:
    return 2


@app.api_route("/three")
async def three() -> int:
    return 3


@app.get("/four")
@app.get("/vier")
async def four() -> int:
    return 4
