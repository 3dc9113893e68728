"""What limits a value, as pydantic reads it: ``Field(ge=1)``, ``Annotated[str, MaxLen(9)]``.

One name for each limit, whatever it is called where it is written. A limit whose value is not
known is kept as it is written, between ``{`` and ``}``: it equals itself and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.names import path_of, written_out
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.values import value_of

Limit: TypeAlias = "tuple[str, str | int | float | bool | None]"
"""The name of a limit, and what it is set to."""

_NAMES: Final = {
    "ge": "ge",
    "gt": "gt",
    "le": "le",
    "lt": "lt",
    "multiple_of": "multiple_of",
    "min_length": "min_length",
    "max_length": "max_length",
    "min_items": "min_length",
    "max_items": "max_length",
    "max_digits": "max_digits",
    "decimal_places": "decimal_places",
    "pattern": "pattern",
    "regex": "pattern",
}
"""Keywords that limit a value, by what pydantic 1 and 2 call them."""
_MARKS: Final = {
    "annotated_types.Ge": ("ge",),
    "annotated_types.Gt": ("gt",),
    "annotated_types.Le": ("le",),
    "annotated_types.Lt": ("lt",),
    "annotated_types.MultipleOf": ("multiple_of",),
    "annotated_types.MinLen": ("min_length",),
    "annotated_types.MaxLen": ("max_length",),
    "annotated_types.Len": ("min_length", "max_length"),
    "annotated_types.Interval": (),
}
"""Marks in ``Annotated``, with what their positional arguments stand for."""
_READ: Final = (
    *("fastapi.Body", "fastapi.Cookie", "fastapi.File", "fastapi.Form", "fastapi.Header"),
    *("fastapi.Path", "fastapi.Query", "pydantic.Field", "pydantic.StringConstraints"),
    *("sqlmodel.Field", "sqlmodel.main.Field", "pydantic.types.StringConstraints"),
)
_HARMLESS: Final = (
    *("fastapi.Depends", "fastapi.Security", "pydantic.AfterValidator", "pydantic.BeforeValidator"),
    *("pydantic.WrapValidator", "pydantic.Strict", "pydantic.Tag", "pydantic.Discriminator"),
    *("pydantic.functional_validators.AfterValidator", "typing.Doc", "annotated_doc.Doc"),
    *("pydantic.functional_validators.BeforeValidator", "pydantic.FailFast"),
    *("pydantic.PlainSerializer", "pydantic.WrapSerializer", "pydantic.SerializeAsAny"),
)
"""What says nothing about the JSON that a value is."""


def limits(marks: Iterable[tuple[Scope, f.Expression]]) -> tuple[Limit, ...] | None:
    """Return the limits that *marks* set together; None where one cannot be read.

    *marks* are what ``Annotated`` adds to a type, inner before outer, and the ``Field(...)`` that
    is a default.
    """
    found: dict[str, str | int | float | bool | None] = {}
    for scope, mark in map(written_out, marks):
        rows = _limits_of(scope, mark)
        if rows is None:
            return None
        for name, value in rows:
            found[name] = _tighter(name, found[name], value) if name in found else value
    return tuple(sorted(found.items()))


def _tighter(
    name: str, one: str | int | float | bool | None, other: str | int | float | bool | None
) -> str | int | float | bool | None:
    """Return which of two values of the limit *name*, both of which count, allows less."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        if name in ("le", "lt", "max_length", "max_digits", "decimal_places"):
            return min(one, other)
        if name in ("ge", "gt", "min_length"):
            return max(one, other)
    return other


def limits_given(scope: Scope, call: f.Call) -> tuple[Limit, ...] | None:
    """Return the limits among the keywords of *call*; None where some are behind ``**``."""
    if call.unpacks:
        return None
    return tuple(_keywords(scope, call))


def _limits_of(scope: Scope, mark: f.Expression) -> tuple[Limit, ...] | None:
    if isinstance(mark, f.Constant):
        return ()
    if not isinstance(mark, f.Call):
        # ``Annotated[datetime, awaredatetime]``: a function or an object of somebody's own.
        return () if path_of(scope, mark) in _HARMLESS else None
    path = path_of(scope, mark.function) or ""
    if path in _HARMLESS:
        return ()
    if mark.unpacks:
        return None
    if path in _MARKS:
        named = zip(_MARKS[path], mark.arguments, strict=False)
        rows = [(name, _shown(scope, value)) for name, value in named]
        return (*rows, *_keywords(scope, mark))
    return tuple(_keywords(scope, mark)) if path in _READ else None


def _keywords(scope: Scope, call: f.Call) -> Iterator[Limit]:
    for keyword in call.keywords:
        name = _NAMES.get(keyword.name or "")
        if name is not None and not (
            isinstance(keyword.value, f.Constant) and keyword.value.kind == "None"
        ):
            yield name, _shown(scope, keyword.value)


def _shown(scope: Scope, expression: f.Expression) -> str | int | float | bool | None:
    known = value_of(scope, expression)
    if known is None:
        return f"{{{f.render(expression)}}}"
    return known.value
