"""The values of enumerations and of ``Literal``, as they go over the wire."""

from __future__ import annotations

from collections.abc import Iterable

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.names import Variable, ancestors, inherits, path_of, resolve
from gravity_lint.model.code.scopes import Class, Scope
from gravity_lint.model.code.values import Known, value_of

_TEXTS = ("enum.StrEnum",)


def is_enumeration(cls: Class) -> bool:
    """Tell whether *cls* certainly is an enumeration."""
    return inherits(cls, "enum.Enum", "enum.StrEnum", "enum.IntEnum") is True


def values_of_enumeration(
    cls: Class,
) -> tuple[str | int | float | bool | None, ...] | None:
    """Return the values of the members of *cls*, in order; None where one is not known."""
    found: list[str | int | float | bool | None] = []
    for ancestor in reversed(ancestors(cls)):
        if ancestor is None:
            return None
        if not isinstance(ancestor, Class):
            continue
        if "_generate_next_value_" in ancestor.bindings or "_missing_value_" in ancestor.bindings:
            return None
        for name, bindings in ancestor.bindings.items():
            last = bindings[-1]
            if not isinstance(last, Assigned) or name.startswith("_") or last.value is None:
                continue
            known = _member(ancestor, name, last, len(found), found)
            if known is None:
                return None
            if known.value not in found:
                found.append(known.value)
    return tuple(found)


def values_of_literal(
    scope: Scope, items: Iterable[f.Expression]
) -> tuple[str | int | float | bool | None, ...] | None:
    """Return the values that ``Literal[...]`` allows; None where one is not known."""
    found: list[str | int | float | bool | None] = []
    for item in items:
        known = wire_value(scope, item)
        if known is None:
            symbol = resolve(scope, item.value if isinstance(item, f.Subscript) else item)
            inner = symbol.value if isinstance(symbol, Variable) else item
            where = symbol.scope if isinstance(symbol, Variable) else scope
            nested = (
                values_of_literal(where, inner.indices)
                if isinstance(inner, f.Subscript)
                and path_of(where, inner.value) == "typing.Literal"
                else None
            )
            if nested is None:
                return None
            found += nested
        else:
            found.append(known.value)
    return tuple(dict.fromkeys(found))


def wire_value(scope: Scope, expression: f.Expression | None) -> Known | None:
    """Return the known value of *expression* as it goes over the wire: a member is its value."""
    symbol = resolve(scope, expression)
    if isinstance(symbol, Variable) and isinstance(symbol.scope, Class):
        if is_enumeration(symbol.scope) and symbol.assigned is not None:
            return _member(symbol.scope, symbol.name, symbol.assigned, None, ())
    return value_of(scope, expression)


def _member(
    cls: Class, name: str, assigned: Assigned, number: int | None, before: Iterable[object]
) -> Known | None:
    value = assigned.value
    if isinstance(value, f.Call) and path_of(cls, value.function) == "enum.auto":
        if inherits(cls, *_TEXTS):
            return Known(name.lower())
        if inherits(cls, "builtins.str") is not False or number is None:
            return None
        rows = list(before)
        if not all(isinstance(row, int) for row in rows):
            return None
        return Known(max((row for row in rows if isinstance(row, int)), default=0) + 1)
    if isinstance(value, f.Collection):
        return None
    return value_of(cls, value)
