"""Log messages as they are put together: text, and the values in it.

f-strings, ``%``, ``.format``, ``+`` and arguments for ``%s`` are read into the
same parts, also where a variable or a constant holds the message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.names import Variable, path_of, resolve
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import place
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.patterns import pattern

_CONVERSION = pattern(
    r"%(?:\((?P<key>\w+)\))?[#0\- +]*(?P<width>\*|\d+)?(?:\.(?P<digits>\*|\d+))?(?P<kind>[a-zA-Z%])"
)
_CERTAIN = frozenset("sra%")
"""Conversions that every value survives."""
_NUMERIC = frozenset("dife")
_COUNTING = frozenset(
    {
        *("builtins.len", "builtins.int", "builtins.float", "time.time", "time.monotonic"),
        *("time.perf_counter", "time.process_time", "builtins.hash", "builtins.id", "os.getpid"),
    }
)
"""Functions that give a number and nothing else."""
_HARMLESS = frozenset(
    {
        *("builtins.len", "builtins.str", "builtins.repr", "builtins.int", "builtins.float"),
        *("builtins.type", "builtins.sorted", "builtins.list", "builtins.tuple", "builtins.set"),
        *("builtins.round", "builtins.abs", "builtins.min", "builtins.max", "builtins.sum"),
        *("builtins.bool", "builtins.dict", "builtins.getattr", "builtins.isinstance"),
    }
)
_READING = frozenset(
    {
        *("isoformat", "strip", "lstrip", "rstrip", "lower", "upper", "title", "strftime", "hex"),
        *("total_seconds", "decode", "encode", "items", "keys", "values", "get", "format", "join"),
    }
)
"""Methods that only look at what they belong to."""


_CUT = pattern(r"(?:.?[<>^])?0?\d*\.\d+s?")
"""Formats of which a text keeps its beginning; of a number they say how exact it is."""


class Value(msgspec.Struct, frozen=True):
    """A value inside a message, with what is said about how to show it."""

    expression: f.Expression
    conversion: str = ""
    format: str = ""
    key: str | None = None

    @property
    def cut(self) -> bool:
        """Tell whether only the beginning of it is shown, if it is a text: ``{token:.4}``."""
        return _CUT.fullmatch(self.format) is not None


Part: TypeAlias = str | Value
POSITIONAL = "positional arguments"
"""How values come into an event that stand behind it."""
_WORDS = pattern(r"\w")


def interpolation(call: LogCall) -> str | None:
    """Say how the values come into the event of *call*; None if none do, or if it is unknown."""
    event = message(call)
    if event is not None and _is_line(event):
        return None
    match event:
        case f.Template():
            return "an f-string"
        case f.Binary(operator="%", left=left) if _literal(left):
            return "`%`"
        case f.Binary(operator="+") as joined if any(_literal(x) for x in _terms(joined)):
            return "`+`"
        case f.Call(function=f.Attribute(value=value, name="format")) if _literal(value):
            return "`.format()`"
        case None:
            return None
    return POSITIONAL if call.values and not _hands_on(call) else None


def _hands_on(call: LogCall) -> bool:
    """Tell whether *call* gives the values that its function is given: ``log.info(event, *args)``.

    Whoever calls that one says what they are.
    """
    match call.values:
        case (f.Starred(value=f.Name(name=name)),) if isinstance(call.scope, Function):
            return not (call.event and _literal(call.event)) and any(
                parameter.name == name and parameter.kind is f.ParameterKind.VARIADIC
                for parameter in call.scope.parameters
            )
    return False


def _is_line(event: f.Expression) -> bool:
    """Tell whether *event* is put together of signs alone: ``"=" * 60``."""
    match event:
        case f.Constant(value=value):
            return not any(c.isalpha() for c in str(value))
        case f.Binary(left=left, right=right):
            return _is_line(left) and _is_line(right)
        case f.Template(parts=parts):
            return all(
                _is_line(part.value)
                if isinstance(part, f.Hole)
                else not any(c.isalpha() for c in part)
                for part in parts
            )
    return False


class Held(msgspec.Struct, frozen=True):
    """A message that a name stands for: where it is put together, and the name."""

    variable: Variable
    value: f.Expression


def message(call: LogCall) -> f.Expression | None:
    """Return the event of *call* as it is put together: what its name holds, if it is a name."""
    holder = held(call)
    return call.event if holder is None else holder.value


def held(call: LogCall) -> Held | None:
    """Return what the event of *call* is held by: a constant, or a name of the same function.

    Only a name counts that is bound once, or last by a statement above in the same block; and of
    names elsewhere only constants.
    """
    event = call.event
    if not isinstance(event, f.Name | f.Attribute):
        return None
    symbol = resolve(call.scope, event)
    if not isinstance(symbol, Variable):
        return None
    value = symbol.value or _given_last(call, symbol)
    if value is None:
        return None
    if isinstance(value, f.Constant) and value.kind == "str":
        own = symbol.scope is call.scope and isinstance(symbol.scope, Function)
        return Held(symbol, value) if own or isinstance(symbol.scope, Module) else None
    if symbol.scope is not call.scope or not _is_put_together(value):
        return None
    return Held(symbol, value)


def _given_last(call: LogCall, variable: Variable) -> f.Expression | None:
    """Return what *variable* holds where *call* logs it, if the statements around it tell.

    ``text = f"..."; logger.error(text)`` in each of several clauses.
    """
    rows = variable.bindings
    if variable.scope is not call.scope or not isinstance(variable.scope, Function):
        return None
    above = [row for row in rows if isinstance(row, Assigned) and row.span < call.span]
    last = max(above, key=lambda row: row.span, default=None)
    if last is None or not all(isinstance(row, Assigned) for row in rows):
        return None
    if last.value is None or last.unpacked or last.operator:
        return None
    step = assignment_of(Held(variable, last.value))
    return last.value if step is not None and step.block is call.step.block else None


def _is_put_together(value: f.Expression) -> bool:
    match value:
        case f.Template():
            return True
        case f.Binary(operator="%", left=left):
            return _literal(left)
        case f.Binary(operator="+"):
            return any(_literal(term) for term in _terms(value))
        case f.Call(function=f.Attribute(value=inner, name="format")):
            return _literal(inner)
    return False


def staleness(call: LogCall, holder: Held) -> str | None:
    """Say why the values of a held message may not be those where *call* logs it, or must stay.

    They may where it is put together by the statement before, its values have no
    effect, and the name is needed for something else.
    """
    step = assignment_of(holder)
    if step is None:
        return f"where `{holder.variable.name}` is put together is not followed"
    if holder.variable.assigned is None:
        return f"`{holder.variable.name}` is put together at several places"
    name = f"`{holder.variable.name}` of {place(step.module, step.span)}"
    between = call.scope.steps[step.index + 1 : call.step.index]
    if step.scope is not call.scope or step.block is not call.step.block or between:
        return f"{name} is put together some statements before it is logged"
    values = (part.expression for part in parts_of(holder.value) or () if isinstance(part, Value))
    if not all(has_no_effect(call.scope, x) for x in values):
        return f"{name} is put together of what may be another time something else"
    mentions = sum(
        isinstance(inner, f.Name) and inner.name == holder.variable.name
        for other in call.scope.steps
        if other is not step
        for inner in other.parts
    )
    return None if mentions > 1 else f"{name} would be left without a use"


def assignment_of(holder: Held) -> Step | None:
    """Return the statement that gives a held message to its name."""
    for step in holder.variable.scope.steps:
        statement = step.statement
        if isinstance(statement, f.Assign) and statement.value is holder.value:
            return step
    return None


def has_no_effect(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether working out *expression* once or twice is the same."""
    for inner in f.walk(expression):
        if isinstance(inner, f.Await | f.Yield | f.Walrus):
            return False
        if isinstance(inner, f.Call) and path_of(scope, inner.function) not in _HARMLESS:
            function = inner.function
            if not isinstance(function, f.Attribute) or function.name not in _READING:
                return False
    return True


def message_values(call: LogCall) -> Iterator[Value]:
    """Yield the values that *call* puts into its event, as far as they can be told."""
    parts = message_parts(call)
    if parts is not None:
        yield from (part for part in parts if isinstance(part, Value))
    else:
        yield from map(Value, call.values)


def shown(hole: f.Hole) -> Value:
    """Return the value of a *hole* of an f-string, with how it is shown there."""
    parts = hole.format.parts if hole.format is not None else ()
    text = "".join(x if isinstance(x, str) else "{}" for x in parts)
    return Value(hole.value, hole.conversion, text)


def fits(call: LogCall) -> bool:
    """Tell whether the text of *call* takes the arguments behind it, whatever they are.

    ``logging`` forgives a message that does not fit and a ``%d`` of None, structlog does not.
    """
    event = message(call)
    if isinstance(event, f.Template):
        return False  # what it puts in may hold a ``%``
    text = str(event.value) if isinstance(event, f.Constant) else ""
    parts = message_parts(call)
    if parts is None:
        return False
    kinds = [m["kind"] for m in _CONVERSION.finditer(text) if m["kind"] != "%"]
    values = [part.expression for part in parts if isinstance(part, Value)]
    return all(
        kind in _CERTAIN or (kind in _NUMERIC and _is_number(call.scope, value))
        for kind, value in zip(kinds, values, strict=True)
    )


def misfit(call: LogCall) -> str | None:
    """Say how the text of *call* has too few or too many places for the values behind it.

    None where it fits, or where that is not known. `logging` writes an error in place of the line
    then, or the line without the value; structlog's loggers raise `TypeError`.
    """
    text, values = message(call), call.values
    if not isinstance(text, f.Constant) or text.kind != "str" or not values:
        return None
    if any(isinstance(value, f.Starred) for value in values):
        return None
    if any(calls_to(call.module.service, "logging.setLogRecordFactory")):
        return None  # it may put its lines together otherwise
    found = list(_CONVERSION.finditer(str(text.value)))
    rest = _CONVERSION.sub("", str(text.value))
    if "%" in rest or any(m["key"] or "*" in (m["width"], m["digits"]) for m in found):
        return None
    places = sum(m["kind"] != "%" for m in found)
    if places == len(values):
        return None
    if not places:
        return f"has no place in its event for {_named(values)}"
    return f"has {places} place{'s' if places > 1 else ''} in its event for {_counted(values)}"


def _named(values: tuple[f.Expression, ...]) -> str:
    given = [f"`{f.render(value)}`" for value in values]
    if len(given) > 3:
        given[2:] = [f"{len(given) - 2} more"]
    return " and ".join([*filter(None, [", ".join(given[:-1])]), given[-1]])


def _counted(values: tuple[f.Expression, ...]) -> str:
    return f"{len(values)} value{'s' if len(values) > 1 else ''}"


def _is_number(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* certainly gives a number, whatever its parts are."""
    match expression:
        case f.Constant(kind="int" | "float" | "bool"):
            return True
        case f.Call():
            return path_of(scope, expression.function) in _COUNTING
        case f.Binary(operator="-" | "*" | "/" | "//", left=left, right=right):
            return _is_number(scope, left) or _is_number(scope, right)
    return False


def message_parts(call: LogCall) -> tuple[Part, ...] | None:
    """Return the event as text and values, None if it cannot be taken apart."""
    event, values = message(call), call.values
    if event is None or any(isinstance(v, f.Starred) for v in call.call.arguments):
        return None
    if values:
        if isinstance(event, f.Template):
            return _mixed(event, values)
        literal = event if isinstance(event, f.Constant) and event.kind == "str" else None
        if literal is None:
            return None
        only = values[0] if len(values) == 1 else None
        if isinstance(only, f.Mapping) and "%(" in str(literal.value):
            return _percent(str(literal.value), (), only)
        return _percent(str(literal.value), values, None)
    return parts_of(event)


def opaque(call: LogCall) -> str:
    """Say why the message of *call* is not taken apart."""
    holder, parts = held(call), message_parts(call)
    stale = staleness(call, holder) if holder is not None else None
    if stale is not None and parts is not None:
        return stale
    if parts is not None:
        values = (part.expression for part in parts if isinstance(part, Value))
        if any(isinstance(x, f.Walrus | f.Yield) for value in values for x in f.walk(value)):
            return "a name is bound inside the message, or a value yielded"
        return "there are no words in it to make a name of"
    event = message(call)
    if call.values:
        return "its text does not fit the arguments behind it, or is not in view"
    if isinstance(event, f.Binary) and event.operator == "%":
        return "its text does not fit what is behind the `%`, or not all of that is in view"
    if isinstance(event, f.Call):
        return "its `format` is given more than the text shows, or shows parts of what it is given"
    return "not all that is put together is text"


def parts_of(event: f.Expression) -> tuple[Part, ...] | None:
    """Return the text and the values of a message that stands for itself."""
    match event:
        case f.Template():
            return tuple(_template(event))
        case f.Binary(operator="%", left=f.Constant(value=str(text)), right=right):
            if isinstance(right, f.Mapping):
                return _percent(text, (), right)
            given = (right,)
            if isinstance(right, f.Collection) and right.kind == "tuple":
                given = right.items  # type: ignore[assignment]
            return _percent(text, given, None)
        case f.Call(function=f.Attribute(value=f.Constant(value=str(text)), name="format")):
            return _formatted(text, event)
        case f.Binary(operator="+"):
            return _joined(event)
    return None


def _literal(expression: f.Expression) -> bool:
    return isinstance(expression, f.Template) or (
        isinstance(expression, f.Constant) and expression.kind == "str"
    )


def _terms(expression: f.Expression) -> Iterator[f.Expression]:
    if isinstance(expression, f.Binary) and expression.operator == "+":
        yield from _terms(expression.left)
        yield from _terms(expression.right)
    else:
        yield expression


def _joined(expression: f.Binary) -> tuple[Part, ...] | None:
    found: list[Part] = []
    for term in _terms(expression):
        match term:
            case f.Constant(value=str(text)):
                found.append(text)
            case f.Template():
                found.extend(_template(term))
            case f.Constant():
                return None
            case f.Call(function=f.Name(name="str"), arguments=(f.Call() as number,)) if (
                isinstance(number.function, f.Name) and number.function.name == "len"
            ):
                found.append(Value(number))  # a text only for the sake of ``+``
            case _ if (times := _times(term)) is not None:
                found.append(_drawn(times))
            case _:
                found.append(Value(term))
    return tuple(found)


def _times(expression: f.Expression) -> f.Expression | None:
    """Return how often *expression* sets what says nothing: the depth of ``"  " * depth``."""
    match expression:
        case f.Binary(operator="*", left=f.Constant(value=str(text)), right=times) if (
            not _WORDS.search(text)
        ):
            return times
        case f.Binary(operator="*", left=times, right=f.Constant(value=str(text))) if (
            not _WORDS.search(text)
        ):
            return times
    return None


def _drawn(times: f.Expression) -> Part:
    """Return what a line of *times* signs, or an indent, tells: how deep it is, or nothing."""
    return " " if isinstance(times, f.Constant) else Value(times)


def _template(template: f.Template) -> Iterator[Part]:
    for part in template.parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part.value, f.Template) and part.format is None:
            yield from _template(part.value)
        elif part.format is None and (times := _times(part.value)) is not None:
            yield _drawn(times)
        else:
            yield shown(part)


def _percent(
    text: str, given: tuple[f.Expression, ...], mapping: f.Mapping | None
) -> tuple[Part, ...] | None:
    """Read a ``%`` template; None where it does not fit what is given."""
    if mapping is not None and len(mapping.literal_keys) != len(mapping.keys):
        return None
    if mapping is not None and any(
        isinstance(x, f.Call | f.Await) and not key_is_used(text, key)
        for key, x in zip(mapping.keys, mapping.values, strict=True)
    ):
        return None  # what is not shown is worked out all the same
    found: list[Part] = []
    rest = list(given)
    end = 0
    for match in _CONVERSION.finditer(text):
        found.append(text[end : match.start()])
        end = match.end()
        if match["kind"] == "%":
            found.append("%")
            continue
        if "*" in (match["width"], match["digits"]):
            return None
        conversion = "r" if match["kind"] in "ra" else ""
        how = f".{match['digits']}s" if match["digits"] and match["kind"] == "s" else ""
        if mapping is not None:
            value = mapping.get(match["key"] or "")
            if value is None:
                return None
            found.append(Value(value, conversion, how, match["key"]))
        else:
            if match["key"] or not rest:
                return None
            found.append(Value(rest.pop(0), conversion, how))
    found.append(text[end:])
    return None if rest else tuple(found)


def key_is_used(text: str, key: f.Expression | None) -> bool:
    """Tell whether a ``%`` template shows the value under *key*."""
    return isinstance(key, f.Constant) and f"%({key.value})" in text


def _mixed(template: f.Template, values: tuple[f.Expression, ...]) -> tuple[Part, ...] | None:
    """Read an f-string whose text also has places for the *values* behind it."""
    found: list[Part] = []
    rest = values
    for part in _template(template):
        if isinstance(part, Value):
            found.append(part)
            continue
        places = sum(match["kind"] != "%" for match in _CONVERSION.finditer(part))
        read = _percent(part, rest[:places], None)
        if read is None:
            return None
        found += read
        rest = rest[places:]
    return None if rest else tuple(found)


def _formatted(text: str, call: f.Call) -> tuple[Part, ...] | None:
    """Read ``"...".format(...)``; None where a field does more than name an argument."""
    if call.unpacks:
        return None
    found: list[Part] = []
    used: set[int] = set()
    automatic = 0
    import string  # few texts are formatted so

    try:
        fields = list(string.Formatter().parse(text))
    except ValueError:
        return None
    for literal, field, shown, conversion in fields:
        found.append(literal)
        if field is None:
            continue
        name = field or str(automatic)
        automatic += not field
        value = call.argument(int(name)) if name.isdigit() else call.keyword(name)
        if value is None:
            return None
        used.add(id(value))
        key = None if name.isdigit() else name
        found.append(Value(value, conversion or "", shown or "", key))
    return tuple(found) if all(id(value) in used for value in call.given) else None
