"""What a class takes as a dependency is what FastAPI makes of its signature."""

from __future__ import annotations

import inspect
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.parameters import query_parameters, request_parameters
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.callables import signature_of

HEAD = """
import abc
import dataclasses
import typing as t
from dataclasses import KW_ONLY, dataclass, field
from typing import Annotated, ClassVar, Generic, NamedTuple, TypeVar

import fastapi
import pydantic
from fastapi import Body, Cookie, Depends, Header, Path, Query
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

T = TypeVar("T")


def user() -> int:
    return 1


class Outer:
    def __init__(self, inner: int = 1) -> None: ...
"""


def spellings(name: str) -> dict[str, str]:
    """Return the classes of a Markdown file, by the headings above them."""
    text = (Path(__file__).parent / "signatures" / name).read_text(encoding="utf-8")
    return {case.title: code for case in cases.parse(text) for code in case.files.values()}


KNOWN = spellings("known.md")
MODELS = spellings("models.md")
UNKNOWN = spellings("unknown.md")


def service_of(code: str) -> Any:
    route = "@app.get('/')\ndef read(c=Depends(C)): ...\n"
    text = f"{HEAD}{code}\napp = fastapi.FastAPI()\n{route}"
    return cases.service_of({"app/main.py": text}, Settings())


def taken(dependant: Dependant) -> set[str]:
    """Return what FastAPI takes from the request, dependencies of dependencies included."""
    rows = [*dependant.query_params, *dependant.header_params, *dependant.body_params]
    found = {row.name for row in rows}
    return found.union(*(taken(inner) for inner in dependant.dependencies))


def called(dependant: Dependant) -> set[str]:
    """Return the names of what FastAPI calls for it."""
    inner = dependant.dependencies
    names = {getattr(one.call, "__name__", "") for one in inner}
    return names.union(*(called(one) for one in inner))


@pytest.mark.filterwarnings("ignore:Support for class-based `config`")
@pytest.mark.parametrize("name", KNOWN)
def test_a_class_takes_what_its_signature_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "attrs" in name.lower():
        pytest.importorskip("attrs")
    module = ModuleType("spelled")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(HEAD + KNOWN[name], name, "exec", dont_inherit=True), vars(module))
    dependant = get_dependant(path="/", call=vars(module)["C"])

    (endpoint,) = endpoints(service_of(KNOWN[name]))
    assert {argument.name for argument in request_parameters(endpoint)} == taken(dependant)
    known = {getattr(d.provider, "name", "") for d in dependencies(endpoint)}
    assert known == called(dependant) | {"C"}


@pytest.mark.parametrize("name", MODELS)
def test_the_signature_of_a_model_is_what_pydantic_makes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("spelled")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(HEAD + MODELS[name], name, "exec", dont_inherit=True), vars(module))
    cls = next(c for c in service_of(MODELS[name]).classes if c.label == "app.main.C")
    known = signature_of(cls)
    assert known is not None
    assert [a.name for a in known] == list(inspect.signature(vars(module)["C"]).parameters)


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_cannot_be_known(name: str) -> None:
    service = service_of(UNKNOWN[name])
    cls = next(c for c in service.classes if c.label == "app.main.C")
    assert signature_of(cls) is None
    assert query_parameters(service) == ()
