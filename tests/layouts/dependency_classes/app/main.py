"""Classes, instances and factories as dependencies."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, FastAPI, Query

from app.security import get_current_user


class Page:
    def __init__(self, skip: int = Query(0, ge=0), limit: int = Query(10, le=100)) -> None:
        self.skip = skip
        self.limit = limit


class Guard:
    def __init__(self, role: str) -> None:
        self.role = role

    def __call__(self, user: Annotated[str, Depends(get_current_user)]) -> str:
        return user


def require_role(role: str) -> Callable[..., str]:
    def _require_role(user: str = Depends(get_current_user)) -> str:
        return user

    return _require_role


admin_only = Guard("admin")
app = FastAPI()


@app.get("/page")
async def page(page: Annotated[Page, Depends()]) -> int:
    return page.skip


@app.get("/guard")
async def guard(user: str = Depends(admin_only)) -> str:
    return user


@app.get("/role")
async def role(user: str = Depends(require_role("admin"))) -> str:
    return user
