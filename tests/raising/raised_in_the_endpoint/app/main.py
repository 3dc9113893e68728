"""HTTP exceptions of the endpoint itself, in every spelling of their status."""

from http import HTTPStatus

from fastapi import FastAPI, HTTPException, status

GONE = 410


class TeapotError(HTTPException):
    def __init__(self) -> None:
        super().__init__(status_code=418, detail="teapot")


app = FastAPI()


@app.get("/named")
async def named() -> int:
    raise HTTPException(status_code=status.HTTP_404_NOT_FOUND)


@app.get("/positional")
async def positional() -> int:
    raise HTTPException(403, "no")


@app.get("/enumeration")
async def enumeration() -> int:
    raise HTTPException(HTTPStatus.CONFLICT)


@app.get("/constant")
async def constant() -> int:
    error = HTTPException(GONE)
    raise error


@app.get("/subclass")
async def subclass() -> int:
    raise TeapotError()


@app.get("/created", status_code=status.HTTP_201_CREATED)
async def created() -> int:
    return 1
