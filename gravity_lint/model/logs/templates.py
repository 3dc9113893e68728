"""Log messages as `logging` itself puts them together: a text with ``%s``, and arguments.

For loggers that stay the standard library's: what the line says stays the same,
and whoever collects lines sees which are of one kind.
"""

from __future__ import annotations

import re

from gravity_lint import facts as f
from gravity_lint.edits import Edit, ReplaceArgument
from gravity_lint.model.code.names import External, look_up, path_of
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.model.logs.messages import Part, Value, message_parts, opaque
from gravity_lint.model.logs.writing import WIDTH, unwritable
from gravity_lint.patterns import pattern

_NUMBER = pattern(r"0?\d*(?:\.\d+)?[deEfFgGxX]")
"""Formats that mean the same behind a ``%``."""


def templated(call: LogCall) -> tuple[Edit, ...] | None:
    """Return the edits by which *call* gives its values as arguments; None if it is not clear how.

    Not where a name holds the message: something else may be made of it.
    """
    message, parts = call.event, message_parts(call)
    if message is None or parts is None or message not in call.call.arguments:
        return None
    if isinstance(message, f.Name | f.Attribute) or call.values:
        return None
    given = _template(call.scope, message, parts)
    if given is None:
        return None
    text, values = given
    texts = (_literal(message, text), *(f.render(value) for value in values))
    return (ReplaceArgument(call.call.span, message.span, texts),)


def untemplated(call: LogCall) -> str:
    """Say why `templated` gives nothing for *call*."""
    message, parts = call.event, message_parts(call)
    if isinstance(message, f.Name | f.Attribute):
        return f"`{f.render(message)}` holds its text, and may be needed as it is"
    if message not in call.call.arguments:
        return unwritable(call)
    if parts is None:
        return opaque(call)
    if call.values:
        return "it gives values behind its text as well"
    if all(isinstance(part, str) for part in parts):
        return "its text says more than a name can hold, and its logger takes no values beside it"
    return "the way in which it shows a value is itself computed, or binds a name"


def _template(
    scope: Scope, message: f.Expression, parts: tuple[Part, ...]
) -> tuple[str, list[f.Expression]] | None:
    """Return the text with a place for each value, and the values."""
    if isinstance(message, f.Binary) and message.operator == "%":
        return _as_it_is(message)
    text, values = "", []
    for part in parts:
        if isinstance(part, str):
            text += part.replace("%", "%%")
            continue
        if any(isinstance(x, f.Walrus | f.Yield) for x in f.walk(part.expression)):
            return None
        place, value = _place(scope, part)
        if value is None:
            return None
        text += place
        values.append(value)
    return (text, values) if values else None


def _as_it_is(message: f.Binary) -> tuple[str, list[f.Expression]] | None:
    """Return both sides of ``text % values``, which `logging` would join in the same way."""
    left, right = message.left, message.right
    if not isinstance(left, f.Constant) or not isinstance(left.value, str):
        return None
    if isinstance(right, f.Collection) and right.kind == "tuple":
        return left.value, list(right.items)
    return left.value, [right]


def _place(scope: Scope, value: Value) -> tuple[str, f.Expression | None]:
    """Return the conversion for *value*, and what to give for it; None if it is not clear."""
    expression = value.expression
    if value.format:
        if value.conversion or "{" in value.format:
            return "%s", None
        if _NUMBER.fullmatch(value.format):
            return f"%{value.format}", expression
        return "%s", _formatted(scope, value)
    if value.conversion in ("r", "a"):
        return f"%{value.conversion}", expression
    if isinstance(expression, f.Call) and path_of(scope, expression.function) == "builtins.str":
        if len(expression.arguments) == 1 and not expression.keywords:
            return "%s", expression.arguments[0]
    return "%s", expression


def _formatted(scope: Scope, value: Value) -> f.Expression | None:
    """Return ``format(value, ...)``, where that means the builtin."""
    if look_up(scope, "format") != External("builtins.format"):
        return None
    span = value.expression.span
    how = f.Constant(*span.place, value.format, "str")
    return f.Call(*span.place, f.Name(*span.place, "format"), (value.expression, how), ())


def _literal(message: f.Expression, text: str) -> str:
    """Return *text* as it is to be written: on several lines where the message was."""
    span = message.span
    if span.line == span.end_line:
        return f.render(f.Constant(*span.place, text, "str"))
    width = WIDTH - (span.column - 1) - len('"",')
    lines = [""]
    for word in re.findall(r"\S*\s*", text):
        if lines[-1] and len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] += word
    between = "\n" + " " * (span.column - 1)
    return between.join(f.render(f.Constant(*span.place, line, "str")) for line in lines)
