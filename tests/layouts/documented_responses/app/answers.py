from typing import Any

from fastapi import status
from pydantic import BaseModel


class Problem(BaseModel):
    title: str
    detail: str | None = None


class Conflict(Problem):
    key: str


def problem(description: str) -> dict[str, Any]:
    return {"model": Problem, "description": description}


COMMON = {401: problem("Who is asking?"), status.HTTP_403_FORBIDDEN: problem("Not this one.")}
WRITING = {**COMMON, 409: {"model": Conflict}}
EITHER = COMMON | {"410": {"model": Problem}}
