"""What an exception may still be where ``isinstance`` has asked for its class."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.endings import conditions
from gravity_lint.model.code.names import External
from gravity_lint.model.code.scopes import Class
from gravity_lint.model.code.steps import Step
from gravity_lint.model.exceptions.classes import is_kind_of
from gravity_lint.model.exceptions.clauses import kinds_meant
from gravity_lint.model.exceptions.registrations import Key


def narrowed(step: Step, name: str, key: Key | None) -> tuple[Key | None, ...]:
    """Return as what an exception that came as *key*, and is called *name*, gets to *step*.

    Nothing if it does not get there: ``if not isinstance(exc, OrderException): return ...``.
    """
    found: tuple[Key | None, ...] = (key,)
    for test, wanted in conditions(step):
        for kinds, is_one in _asked(test, wanted, name):
            found = tuple(y for x in found for y in _told(step, x, kinds, is_one))
    return tuple(dict.fromkeys(found))


def _asked(test: f.Expression, wanted: bool, name: str) -> Iterator[tuple[f.Expression, bool]]:
    """Yield of which classes *name* certainly is, or is not, if *test* answers *wanted*."""
    match test:
        case f.Unary(operator="not", operand=operand):
            yield from _asked(operand, not wanted, name)
        case f.Boolean(operator=operator, values=values) if wanted is (operator == "and"):
            for value in values:
                yield from _asked(value, wanted, name)
        case f.Call(function=f.Name(name="isinstance"), arguments=(f.Name(name=given), kinds)) if (
            given == name
        ):
            yield kinds, wanted


def _told(
    step: Step, key: Key | None, expression: f.Expression, is_one: bool
) -> tuple[Key | None, ...]:
    if not isinstance(key, Class | External):
        return (key,)
    kinds = tuple(kinds_meant(step.scope, expression))
    among = any(kind is not None and is_kind_of(step.module.service, key, kind) for kind in kinds)
    if not is_one:
        return () if among else (key,)
    return (key,) if among or None in kinds else kinds
