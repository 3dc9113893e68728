"""`Depends` as default, in `Annotated`, behind an alias, nested, and `Security`."""

from typing import Annotated

from fastapi import Depends, FastAPI, Security

from app.security import get_current_user

CurrentUser = Annotated[str, Depends(get_current_user)]


async def get_admin(user: CurrentUser) -> str:
    return user


app = FastAPI()


@app.get("/default")
async def default(user: str = Depends(get_current_user)) -> str:
    return user


@app.get("/annotated")
async def annotated(user: Annotated[str, Depends(get_current_user)]) -> str:
    return user


@app.get("/alias")
async def alias(user: CurrentUser) -> str:
    return user


@app.get("/nested")
async def nested(admin: str = Depends(get_admin)) -> str:
    return admin


@app.get("/security")
async def security(user: str = Security(get_current_user, scopes=["me"])) -> str:
    return user


@app.get("/open")
async def is_open(skip: int = 0) -> int:
    return skip
