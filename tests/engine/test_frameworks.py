"""What the model knows by heart about libraries is held against the installed ones."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from gravity_lint.model.code.frameworks import ALIASES, BASES, canonical

OPTIONAL = ("sqlmodel", "aioredis", "pydantic.generics")


def load(path: str) -> Any:
    parts = path.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return found
    raise ImportError(path)


# Starlette's own advice about which HTTP client its test client should use.
@pytest.mark.filterwarnings("ignore:Using `httpx` with")
@pytest.mark.parametrize("alias", sorted(a for a in ALIASES if not a.startswith(OPTIONAL)))
def test_aliases_name_the_same_thing(alias: str) -> None:
    if alias == "pydantic.BaseSettings":
        pytest.skip("only pydantic before version 2 has it there")
    one, other = load(alias), load(ALIASES[alias])
    if alias == "typing_extensions":
        # The same words, made anew for older Pythons.
        assert {"Annotated", "Literal", "TypedDict", "TypeAlias"} <= vars(one).keys() & vars(other)
        return
    if alias.startswith("fastapi.params."):
        # A class, and the function that makes one of it.
        assert isinstance(other(), one)
        return
    if "typing" in alias or "collections.abc" in alias:
        assert getattr(one, "__origin__", one) == getattr(other, "__origin__", other)
    elif issubclass(type(one), type) and one is not other:
        # FastAPI derives some of its own classes from Starlette's of the same name.
        assert issubclass(other, one)
    else:
        assert one is other or type(one) is type(other)


@pytest.mark.parametrize("path", sorted(p for p in BASES if not p.startswith(OPTIONAL)))
def test_bases_are_inherited(path: str) -> None:
    if path == "enum.StrEnum" and not hasattr(importlib.import_module("enum"), "StrEnum"):
        pytest.skip("new in Python 3.11")
    try:
        cls = load(path)
    except (ImportError, AttributeError):
        pytest.skip(f"{path} is not in the installed version")
    if not isinstance(cls, type):
        return
    for base in BASES[path]:
        assert issubclass(cls, load(base))


def test_canonical_follows_the_longest_known_part() -> None:
    assert canonical("starlette.status.HTTP_200_OK") == "fastapi.status.HTTP_200_OK"
    assert canonical("sqlalchemy.sql.func.count") == "sqlalchemy.func.count"
    assert canonical("someone.else") == "someone.else"
