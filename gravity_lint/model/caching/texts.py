"""Cache keys as texts, as far as they can be read."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Received
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.patterns import pattern

HOLE = "\x00"
"""What stands for a part of a key that is not known."""
_BRACES = pattern(r"\{[^{}]*\}")
_PERCENT = pattern(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")
"""What ``format`` and ``%`` fill in."""


def written_down(scope: Scope, expression: f.Expression) -> tuple[Scope, f.Expression]:
    """Return where a key is written: names that are bound once are followed."""
    seen: set[int] = set()
    while isinstance(expression, f.Name) and id(expression) not in seen:
        seen.add(id(expression))
        symbol = resolve(scope, expression)
        if not isinstance(symbol, Variable) or symbol.value is None:
            break
        scope, expression = symbol.scope, symbol.value
    return scope, expression


def key_text(scope: Scope, expression: f.Expression | None, depth: int = 8) -> str | None:
    """Return a key as far as it is known, with `HOLE` for each unknown part; None if nothing is.

    *depth* is how many sums within sums are followed.
    """
    if expression is None or not depth:
        return None
    scope, expression = written_down(scope, expression)
    match expression:
        case f.Template(parts=parts):
            return "".join(part_text(scope, part) for part in parts)
        case f.Binary(operator="+", left=left, right=right):
            first = key_text(scope, left, depth - 1)
            second = key_text(scope, right, depth - 1)
            if first is None and second is None:
                return None
            return (first or HOLE) + (second or HOLE)
        case f.Binary(operator="%", left=left):
            template = key_text(scope, left, depth - 1)
            return None if template is None else _PERCENT.sub(HOLE, template)
        case f.Call(function=f.Attribute(value=value, name="format")):
            template = key_text(scope, value, depth - 1)
            return None if template is None else _BRACES.sub(HOLE, template)
        case f.Call(
            function=f.Attribute(value=f.Constant(value=str(separator)), name="join"),
            arguments=(f.Collection(items=items),),
        ):
            if any(isinstance(item, f.Starred) for item in items):
                return None
            return separator.join(key_text(scope, item, depth - 1) or HOLE for item in items)
    return text_of(scope, expression)


def part_text(scope: Scope, part: str | f.Hole) -> str:
    """Return one part of an f-string that is a key, `HOLE` if it is not known."""
    if isinstance(part, str):
        return part
    known = value_of(scope, part.value)
    return HOLE if known is None or _is_given(scope, part.value) else str(known.value)


def _is_given(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether a caller brings *expression*: what a class says of it is only its default."""
    while isinstance(expression, f.Attribute):
        expression = expression.value
    symbol = resolve(scope, expression)
    return (
        isinstance(symbol, Variable)
        and any(isinstance(b, Received) for b in symbol.bindings)
        and not (isinstance(symbol.scope, Function) and symbol.scope.receiver == symbol.name)
    )
