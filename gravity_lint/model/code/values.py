"""Values that can be known without running the service."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import External, Symbol, Variable, ancestors, inherits, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.types import type_of

Scalar: TypeAlias = str | int | float | bool | None


_LONGEST_CHAIN = 8
"""How many names may stand for one another before their value is given up."""
_LONGEST = 10_000
"""The length of a text, in characters, beyond which it is not worked out."""


_READING = ("os.getenv", "os.environ.get")


class Known(msgspec.Struct, frozen=True):
    """A value that is known; not knowing is None, so that ``None`` itself can be known."""

    value: Scalar


def value_of(scope: Scope, expression: f.Expression | None) -> Known | None:
    """Return the value of *expression* seen from *scope*, or None if it is not known.

    Followed are constants, f-strings and ``+``, names and attributes that are
    bound once, defaults of ``BaseSettings`` classes (which an environment may
    override; the patterns document takes the default for the truth), members
    of enumerations, and ``os.getenv`` with a default.
    """
    if expression is None:
        return None
    return scope.module.service.memory.ask(
        ("value", scope, expression), None, _value_of, scope, expression
    )


def text_of(scope: Scope, expression: f.Expression | None) -> str | None:
    """Return the known string value of *expression*, else None."""
    known = value_of(scope, expression)
    return known.value if known is not None and isinstance(known.value, str) else None


def _value_of(scope: Scope, expression: f.Expression) -> Known | None:
    match expression:
        case f.Constant(value=value, kind=kind):
            if kind in ("bytes", "complex", "ellipsis"):
                return None
            return Known(value)
        case f.Template():
            return _value_of_template(scope, expression)
        case f.Binary(operator="+", left=left, right=right):
            first, second = value_of(scope, left), value_of(scope, right)
            if first is None or second is None:
                return None
            if isinstance(first.value, str) and isinstance(second.value, str):
                whole = len(first.value) + len(second.value)
                return Known(first.value + second.value) if whole <= _LONGEST else None
            if isinstance(first.value, int) and isinstance(second.value, int):
                return Known(first.value + second.value)
        case f.Unary(operator="-", operand=operand):
            inner = value_of(scope, operand)
            if inner is not None and isinstance(inner.value, int | float):
                return Known(-inner.value)
        case f.Name() | f.Attribute():
            return _value_of_name(scope, expression)
        case f.Call():
            return _value_of_call(scope, expression)
        case f.Boolean(operator="or", values=values):
            for part in values:
                known = value_of(scope, part)
                if known is None or known.value:
                    return known
    return None


def _value_of_template(scope: Scope, template: f.Template) -> Known | None:
    text = ""
    for part in template.parts:
        if isinstance(part, str):
            text += part
            continue
        known = value_of(scope, part.value)
        if isinstance(part.value, f.Name | f.Attribute):
            if is_shown_by_name(resolve(scope, part.value)):
                return None
        if known is None or part.format is not None or part.conversion not in ("", "s"):
            return None
        text += str(known.value)
        if len(text) > _LONGEST:
            return None
    return Known(text)


def is_shown_by_name(symbol: Symbol | None) -> bool:
    """Tell whether f-strings may show *symbol* by its name: a member of an enumeration.

    Since Python 3.11 they do, of ``class Kind(str, Enum)`` too; ``StrEnum`` shows the value.
    """
    return (
        isinstance(symbol, Variable)
        and isinstance(symbol.scope, Class)
        and inherits(symbol.scope, "enum.Enum") is True
        and inherits(symbol.scope, "enum.StrEnum", "enum.IntEnum") is not True
    )


def _value_of_name(scope: Scope, expression: f.Name | f.Attribute) -> Known | None:
    symbol = resolve(scope, expression)
    if isinstance(symbol, Variable):
        return value_of_variable(symbol)
    if isinstance(expression, f.Attribute):
        if symbol is not None:
            return None
        if expression.name == "value":
            member = resolve(scope, expression.value)
            if isinstance(member, Variable) and isinstance(member.scope, Class):
                if inherits(member.scope, "enum.Enum"):
                    return value_of(member.scope, member.value)
        owner = type_of(scope, expression.value)
        if owner is not None and owner.cls is not None:
            known = field_default(owner.cls, expression.name)
            if known is not None and _is_receiver(scope, expression.value):
                return None if varies(owner.cls, expression.name) else known
            return known
    return None


def value_of_variable(variable: Variable) -> Known | None:
    """Return the value of a name that is bound once."""
    assigned = variable.assigned
    if assigned is None:
        return None
    if isinstance(variable.scope, Class) and inherits(variable.scope, "enum.Enum"):
        # ``Color.RED`` is the member; only a str or int enumeration is its own value.
        if inherits(variable.scope, "builtins.str", "builtins.int") is not True:
            return None
    if isinstance(variable.scope, Class):
        return field_default(variable.scope, variable.name)
    return value_of(variable.scope, assigned.value)


def field_default(cls: Class, name: str) -> Known | None:
    """Return the default of the field *name* of *cls*: ``x: str = "a"``, ``Field("a")``.

    Also what ``__init__`` puts into ``self.<name>`` if that is the only assignment. Where the
    service assigns something else to the field of an object, nothing is known.
    """
    found = written_default(cls, name)
    return value_of(*found) if found is not None else None


def written_default(cls: Class, name: str) -> tuple[Scope, f.Expression | None] | None:
    """Return the default of the field *name* of *cls* as it is written, and in which scope."""
    if _is_replaced(cls, name):
        return None
    for ancestor in ancestors(cls):
        if not isinstance(ancestor, Class):
            if ancestor is None:
                return None
            continue
        if name in ancestor.bindings:
            last = ancestor.bindings[name][-1]
            if not isinstance(last, Assigned) or not _settled(ancestor, name):
                return None
            if name in ancestor.attributes:
                return None
            value = last.value
            if isinstance(value, f.Call):
                function = resolve(ancestor, value.function)
                if isinstance(function, External) and function.path == "pydantic.Field":
                    value = value.argument(0, "default")
                    if isinstance(value, f.Constant) and value.kind == "ellipsis":
                        return None
            return ancestor, value
        if name in ancestor.attributes:
            rows = ancestor.attributes[name]
            return (rows[0][0], rows[0][1].value) if len(rows) == 1 else None
    return None


def written_value(scope: Scope, expression: f.Expression) -> tuple[Scope, f.Expression] | None:
    """Return the constant that gives *expression* its value, and in which scope it is written.

    None where the value is put together, or not known.
    """
    for _ in range(_LONGEST_CHAIN):
        if isinstance(expression, f.Constant):
            return scope, expression
        if value_of(scope, expression) is None:
            return None
        symbol = resolve(scope, expression)
        found: tuple[Scope, f.Expression | None] | None = None
        if isinstance(expression, f.Call):
            read = resolve(scope, expression.function)
            if isinstance(read, External) and read.path in _READING:
                found = scope, expression.argument(1, "default")
        elif isinstance(symbol, Variable):
            found = symbol.scope, symbol.value
            if isinstance(symbol.scope, Class):
                found = written_default(symbol.scope, symbol.name)
        elif isinstance(expression, f.Attribute):
            owner = type_of(scope, expression.value)
            if owner is not None and owner.cls is not None:
                found = written_default(owner.cls, expression.name)
            elif expression.name == "value":
                found = scope, expression.value
        if found is None or found[1] is None:
            return None
        scope, expression = found[0], found[1]
    return None


def _is_receiver(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is ``self``: an object of the class, or of one that inherits it."""
    return (
        isinstance(scope, Function)
        and isinstance(expression, f.Name)
        and expression.name == scope.receiver
    )


def varies(cls: Class, name: str) -> bool:
    """Tell whether classes that inherit *cls* have another value for the field *name*."""
    return any(
        (name in heir.bindings or name in heir.attributes)
        and layer_of(heir.module) is not Layer.TESTS
        for heir in heirs(cls.module.service, cls)
        if heir is not cls
    )


def _settled(cls: Class, name: str) -> bool:
    """Tell whether the last binding of *name* in the class body is the one that counts."""
    return len(cls.bindings[name]) == 1 or all(step.block.parent is None for step in cls.steps)


def _is_replaced(cls: Class, name: str) -> bool:
    """Tell whether somebody assigns to the field *name* of an object of *cls*, or of *cls* itself.

    What its own methods assign to ``self`` is none of that, nor what tests assign for themselves.
    """
    for mention in mentions(cls.module.service, name):
        field, statement = mention.expression, mention.step.statement
        if not isinstance(field, f.Attribute) or not isinstance(statement, f.Assign):
            continue
        if not any(x is field for target in statement.targets for x in _parts(target)):
            continue
        scope = mention.step.block.scope
        if _is_receiver(scope, field.value):
            continue
        made = type_of(scope, field.value)
        if made is None or made.cls is None or layer_of(scope.module) is Layer.TESTS:
            continue
        if cls in ancestors(made.cls) or made.cls in ancestors(cls):
            return True
    return False


def _parts(target: f.Expression) -> Iterator[f.Expression]:
    """Yield what an assignment to *target* assigns to, one by one."""
    if isinstance(target, f.Collection):
        for item in target.items:
            yield from _parts(item)
    else:
        yield target.value if isinstance(target, f.Starred) else target


def _value_of_call(scope: Scope, call: f.Call) -> Known | None:
    function = resolve(scope, call.function)
    if isinstance(function, External):
        if function.path in _READING:
            return value_of(scope, call.argument(1, "default"))
        if function.path in ("builtins.str", "builtins.int") and len(call.arguments) == 1:
            known = value_of(scope, call.arguments[0])
            if known is None:
                return None
            try:
                whole = int(known.value) if function.path.endswith("int") else str(known.value)  # type: ignore[arg-type]
            except (TypeError, ValueError):
                return None
            return Known(whole)
    match call.function:
        case f.Attribute(
            value=value, name="strip" | "rstrip" | "lstrip" | "lower" | "upper" as way
        ):
            text = text_of(scope, value)
            given = [text_of(scope, a) for a in call.arguments]
            if text is not None and not call.keywords and None not in given:
                result: str = getattr(text, way)(*given)
                return Known(result)
    return None
