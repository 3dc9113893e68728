"""From prose to structure: the event and the values that a log message is made of.

``f"Creating role: {role.name}"`` says that something is done, ``creating_role``,
and to what, ``role_name=role.name``. However the message is put together
(f-string, ``%``, ``.format``, ``+``, arguments for ``%s``), it is read into text
and values first.
"""

from __future__ import annotations

import keyword
import re
import string
import unicodedata
from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.edits import Edit, RemoveArgument, ReplaceExpression, SetKeyword
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.logs.loggers import LogCall
from gravity_lint.model.logs.names import caught, name_of, noun_before

RESERVED = frozenset(
    {
        # The catalogue's, then what structlog's methods and processors call their own.
        *("event", "exc_info", "stack_info", "stacklevel", "level", "timestamp", "logger"),
        *("self", "method_name", "exception", "stack", "positional_args", "extra"),
        # What ``logging`` refuses in ``extra``, as which structlog may hand everything on.
        *("name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module"),
        *("exc_text", "lineno", "funcName", "created", "msecs", "relativeCreated", "thread"),
        *("threadName", "processName", "process", "taskName", "message", "asctime"),
    }
)
"""Keywords that no value may be given under."""
LONGEST = 60
"""How long an event may become before the rest of the prose is left out."""
_ARTICLES = frozenset({"a", "an", "the"})
_DANGLING = frozenset(
    {
        *("a", "an", "the", "with", "by", "for", "to", "from", "in", "at", "of", "on", "as"),
        *("is", "was", "are", "were", "and", "or", "via", "using", "into", "onto", "due", "after"),
        *("because", "between", "per", "than", "that", "until", "since", "through", "against"),
        *("no", "number", "named", "called", "id", "ids", "has", "have", "be", "before", "got"),
        *("last", "first", "next", "out", "up", "over", "every", "about", "only"),
    }
)
"""Words that lead up to a value and mean nothing without it."""
_LEADING = frozenset(
    {"for", "to", "from", "in", "at", "of", "with", "by", "is", "was", "and", "or"}
)
"""Words that an event cannot begin with, once the value before them is gone."""
_UNITS = {
    "ms": "ms",
    "millisecond": "ms",
    "milliseconds": "ms",
    "s": "seconds",
    "sec": "seconds",
    "secs": "seconds",
    "second": "seconds",
    "seconds": "seconds",
    "min": "minutes",
    "minute": "minutes",
    "minutes": "minutes",
    "h": "hours",
    "hours": "hours",
    "days": "days",
    "bytes": "bytes",
    "kb": "kb",
    "mb": "mb",
    "%": "percent",
}
_UNIT = re.compile(rf"\s?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?!\w)")
_LABEL = re.compile(
    r"(?:(?P<first>^\s*)|[,;(\[|/]\s*|\s-\s*|\.\s+)"
    r"(?P<label>[A-Za-z]\w*(?: ID| id)?)\s*[:=]\s*$"
)
_ASIDE = re.compile(r"\(\s*(?P<label>[A-Za-z]\w*)\s+$")
_ASSIGNED = re.compile(r"(?P<label>[A-Za-z_][\w.]*)\s*=\s*[\"']?$")
_VERSION = re.compile(r"(?:^|\s)[vV]$")
_PHRASAL = re.compile(
    r"\b(?:(?:log|sign|check|clock|opt|dial)(?:ged|ging|ed|ing|s)? (?:in|out|out of)"
    r"|(?:start|clean|back|set|look|pick|wak|warm|speed|scal)\w* up"
    r"|(?:time|time[ds]|timing|roll\w*|shut\w*|fan\w*|fail\w*|back\w*) (?:out|over|up))$",
    re.IGNORECASE,
)
"""Verbs that take their particle with them: nobody is logged."""
_CLAUSE_END = re.compile(r"[.;!?:]\s|\s-\s|\s\(")
_CONVERSION = re.compile(
    r"%(?:\((?P<key>\w+)\))?[#0\- +]*(?P<width>\*|\d+)?(?:\.(?P<digits>\*|\d+))?(?P<kind>[a-zA-Z%])"
)
_TRANSLITERATED = str.maketrans(
    {
        "\u0131": "i",
        "ß": "ss",
        "æ": "ae",
        "Æ": "Ae",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
    }
)


class Value(msgspec.Struct, frozen=True):
    """A value inside a message, with what is said about how to show it."""

    expression: f.Expression
    conversion: str = ""
    format: str = ""
    key: str | None = None


Part: TypeAlias = str | Value


class Structured(msgspec.Struct, frozen=True):
    """A log message as the patterns want it: the *event*, and keywords with their source text."""

    event: str
    keywords: tuple[tuple[str, str], ...]
    whole: bool = True
    """No word of the message is left out because the event would get too long."""


# -- reading a message -----------------------------------------------------------------------


def interpolation(call: LogCall) -> str | None:
    """Say how the values come into the event of *call*; None if none do, or if it is unknown."""
    match call.event:
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
    return "positional arguments" if call.values else None


def message_values(call: LogCall) -> Iterator[f.Expression]:
    """Yield the values that *call* puts into its event, as far as they can be told."""
    parts = _parts(call)
    if parts is not None:
        yield from (part.expression for part in parts if isinstance(part, Value))
    else:
        yield from call.values


def readable(call: LogCall) -> bool:
    """Tell whether the event of *call* is understood, and fits the values that it is given."""
    return _parts(call) is not None


def _parts(call: LogCall) -> tuple[Part, ...] | None:
    """Return the event as text and values, None if it cannot be taken apart."""
    event, values = call.event, call.values
    if event is None or any(isinstance(v, f.Starred) for v in call.call.arguments):
        return None
    if values:
        literal = event if isinstance(event, f.Constant) and event.kind == "str" else None
        if literal is None:
            return None
        only = values[0] if len(values) == 1 else None
        if isinstance(only, f.Mapping) and "%(" in str(literal.value):
            return _percent(str(literal.value), (), only)
        return _percent(str(literal.value), values, None)
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
            case _:
                found.append(Value(term))
    return tuple(found)


def _template(template: f.Template) -> Iterator[Part]:
    for part in template.parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part.value, f.Template) and part.format is None:
            yield from _template(part.value)
        else:
            shown = part.format
            text = "".join(x if isinstance(x, str) else "{}" for x in shown.parts) if shown else ""
            yield Value(part.value, part.conversion, text)


def _percent(
    text: str, given: tuple[f.Expression, ...], mapping: f.Mapping | None
) -> tuple[Part, ...] | None:
    """Read a ``%`` template; None where it does not fit what is given."""
    if mapping is not None and len(mapping.literal_keys) != len(mapping.keys):
        return None
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
        if mapping is not None:
            value = mapping.get(match["key"] or "")
            if value is None:
                return None
            found.append(Value(value, conversion, key=match["key"]))
        else:
            if match["key"] or not rest:
                return None
            found.append(Value(rest.pop(0), conversion))
    found.append(text[end:])
    return None if rest else tuple(found)


def _formatted(text: str, call: f.Call) -> tuple[Part, ...] | None:
    """Read ``"...".format(...)``; None where a field does more than name an argument."""
    if call.unpacks:
        return None
    found: list[Part] = []
    used: set[int] = set()
    automatic = 0
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
    given = [*call.arguments, *(k.value for k in call.keywords)]
    return tuple(found) if all(id(value) in used for value in given) else None


# -- the event -------------------------------------------------------------------------------


def event_name(text: str) -> str | None:
    """Return the event that *text* tells of, ``create_role_request``; None if it tells none.

    Of a long text the first clauses are taken, or as many words as make a name.
    """
    if not text.isascii() and not _readable(text):
        return None
    return "_".join(_fitting_words(text)) or None


def is_too_long(text: str) -> bool:
    """Tell whether *text* says more than its event can hold."""
    return len(_fitting_words(text)) < len(_event_words(text))


def _fitting_words(text: str) -> list[str]:
    words = _event_words(text)
    if len("_".join(words)) > LONGEST:
        ends = [match.start() for match in _CLAUSE_END.finditer(text)]
        clauses = [_event_words(text[:end]) for end in reversed(ends)]
        fitting = (x for x in clauses if len(x) > 2 and len("_".join(x)) <= LONGEST)
        words = next(fitting, words)
    while len("_".join(words)) > LONGEST:
        words = _undangling(words[:-1])
    return words


def _event_words(text: str) -> list[str]:
    words = [word for word in _words(text) if word not in _ARTICLES]
    while words and (words[0] in _LEADING or not words[0][0].isalpha()):
        del words[0]
    return words


def _undangling(words: list[str]) -> list[str]:
    """Cut off words at the end that lead nowhere, but never the only one."""
    while words[1:] and words[-1] in _DANGLING:
        words = words[:-1]
    return words


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_TRANSLITERATED))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _readable(text: str) -> bool:
    """Tell whether every letter of *text* has a Latin one in its place."""
    return all(c.isascii() for c in _plain(text) if unicodedata.category(c).startswith("L"))


def _words(text: str) -> list[str]:
    plain = _plain(text).replace("\u2019", "'")
    plain = re.sub(r"\bcan't\b", "cannot", plain, flags=re.IGNORECASE)
    plain = re.sub(r"n't\b", " not", plain).replace("'", "")
    plain = plain.replace("(s)", "s")
    alone = " " not in plain.strip()
    plain = re.sub(r"\w+", lambda word: " ".join(_humps(word[0], alone)), plain)
    return re.findall(r"[a-z0-9]+", plain.lower())


def _humps(word: str, alone: bool) -> list[str]:
    """Split ``UserCreated``, and in prose what is no brand: ``WebSocket`` is one word there."""
    humps = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|_+|[A-Z]", word)
    split = alone or len(humps) > 2 or all(len(hump) > 3 for hump in humps)
    return humps if split and humps else [word]


def structured(call: LogCall) -> Structured | None:
    """Return the message of *call* as an event and keywords; None if it is not clear how."""
    parts = _parts(call)
    return _structured(call, parts) if parts is not None else None


def _structured(call: LogCall, parts: tuple[Part, ...]) -> Structured | None:
    taken = {k.name: f.render(k.value) for k in call.call.keywords if k.name is not None}
    given: dict[str, str] = {}
    texts, values = _alternating(parts)
    for index, value in enumerate(values):
        if any(isinstance(x, f.Walrus | f.Yield) for x in f.walk(value.expression)):
            return None
        lead, label = _without_label(texts[index], first=index == 0)
        texts[index] = _trimmed(lead)
        unit = _UNIT.match(texts[index + 1])
        if unit is not None:
            texts[index + 1] = texts[index + 1][unit.end() :]
        written = _written(call.scope, value)
        for key in _keys(call.scope, value, lead, label, _UNITS[unit[1]] if unit else ""):
            known = given.get(key, taken.get(key))
            if known in (written, f.render(value.expression)):
                break
            if known is None:
                given[key] = written
                break
    texts[-1] = re.sub(r"^'s\b", "", texts[-1])
    event = _event(call, texts, given, values)
    if event is None:
        return None
    return Structured(event, tuple(given.items()), not is_too_long(" ".join(texts)))


def _alternating(parts: tuple[Part, ...]) -> tuple[list[str], list[Value]]:
    """Return the texts before, between and behind the values, and the values."""
    texts, values = [""], []
    for part in parts:
        if isinstance(part, str):
            texts[-1] += part
        else:
            values.append(part)
            texts.append("")
    return texts, values


def _event(
    call: LogCall, texts: list[str], given: dict[str, str], values: list[Value]
) -> str | None:
    text = " ".join(texts)
    if not _readable(text):
        return None
    event = event_name(text)
    if event is not None and set(event.split("_")) - _DANGLING:
        return event
    # Nothing but values: the event is what the function was about, or the value itself.
    function = call.scope.name.strip("_") if isinstance(call.scope, Function) else ""
    failed = call.handler is not None or call.level in ("error", "exception", "critical", "fatal")
    if failed and function:
        return event_name(f"{function}_failed")
    if len(given) > 1:
        holder = _common_holder(values)
        if holder is not None:
            return event_name(holder)
        if function:
            return event_name(function.removeprefix("log_"))
    return next((key for key in given if key != "value"), None)


def _common_holder(values: list[Value]) -> str | None:
    """Return what the first values are parts of: ``request`` for its method and its path."""
    holders = []
    for value in values[:2]:
        inner = value.expression
        while isinstance(inner, f.Attribute):
            inner = inner.value
        holders.append(inner.name if isinstance(inner, f.Name) else None)
    parts = all(isinstance(value.expression, f.Attribute) for value in values[:2])
    alike = parts and holders[0] == holders[1] and holders[0] not in ("self", "cls")
    return holders[0] if alike else None


def _without_label(text: str, *, first: bool) -> tuple[str, str]:
    """Split ``..., status=`` off the end of the text before a value."""
    assigned = _ASSIGNED.search(text)
    if assigned is not None:
        return text[: assigned.start()], assigned["label"].rpartition(".")[2]
    label = _LABEL.search(text)
    aside = _ASIDE.search(text)
    if aside is not None:
        return text[: aside.start()], aside["label"]
    if label is not None and not (first and label["first"] is not None):
        if label["label"].endswith(("ing", "ed")):
            return text, ""
        return text[: label.start()], label["label"]
    return text, ""


def _trimmed(text: str) -> str:
    """Cut off the words that only lead up to the value behind *text*."""
    text = _VERSION.sub("", text).rstrip(" :=-([#'\"")
    words = text.split(" ")
    while words and re.sub(r"\W", "", words[-1]).lower() in _DANGLING | {""}:
        if _PHRASAL.search(" ".join(words)):
            break
        del words[-1]
    return re.sub(r"^'s\b", "", " ".join(words))


# -- the values ------------------------------------------------------------------------------


def _written(scope: Scope, value: Value) -> str:
    """Return the source text under which *value* keeps what the message showed of it."""
    source = f.render(value.expression)
    if caught(scope, value.expression):
        return f"repr({source})" if value.conversion == "r" else f"str({source})"
    if re.search(r"%[A-Za-z]", value.format):
        return f'f"{{{source}:{value.format}}}"' if '"' not in source else source
    return source


def _keys(scope: Scope, value: Value, lead: str, label: str, unit: str) -> Iterator[str]:
    """Yield names for *value*, the best one first."""
    names = [value.key] if value.key else []
    own = name_of(scope, value.expression)
    noun = noun_before(lead)
    if own is not None:
        if label and own.rpartition("_")[2] == "value":
            names.append(_snake(label))
        names.append(own)
    else:
        names += [_snake(x) for x in (label, noun) if x]
    names = names or ["value"]
    for name in names:
        key = f"{name}_{unit}" if unit and not _measured(name) else name
        for candidate in (key, _qualified(noun, key), f"{key}_value"):
            if re.fullmatch(r"[a-z][a-z0-9_]*", candidate) is None:
                continue
            if candidate not in RESERVED and not keyword.iskeyword(candidate):
                yield candidate
                break
    for number in range(2, 100):
        yield f"{names[0] if names[0] not in RESERVED else 'value'}_{number}"


def _qualified(noun: str, key: str) -> str:
    return f"{_snake(noun)}_{key}" if noun and _snake(noun) != key else ""


def _measured(name: str) -> bool:
    """Tell whether *name* already ends in a unit, or counts."""
    return name.rpartition("_")[2] in {*_UNITS, *_UNITS.values(), "count"}


def _snake(text: str) -> str:
    return "_".join(_words(text))


# -- writing it ------------------------------------------------------------------------------

WIDTH = 88
"""Where a call that is written anew is broken into lines: where formatters break by default."""


def spread(call: LogCall) -> tuple[tuple[str, str], ...] | None:
    """Return the entries of ``extra={...}`` as keywords; None if they cannot be told or given."""
    extra = call.call.keyword("extra")
    if not isinstance(extra, f.Mapping) or len(extra.literal_keys) != len(extra.keys):
        return None
    taken = {k.name for k in call.call.keywords}
    indent = " " * (call.step.span.column - 1 + 4)
    if extra.span.line != call.span.line:
        indent = " " * (extra.span.column - 1 - len("extra="))
    found: list[tuple[str, str]] = []
    for key, value in zip(extra.keys, extra.values, strict=True):
        assert isinstance(key, f.Constant)
        name = str(key.value)
        if not name.isidentifier() or keyword.iskeyword(name) or name in taken | RESERVED:
            return None
        found.append((name, f.laid_out(value, indent, WIDTH, len(f"{name}="))))
    return tuple(found)


def rewritten(
    call: LogCall,
    event: str | None,
    keywords: tuple[tuple[str, str], ...],
    dropped: tuple[str, ...] = (),
) -> tuple[Edit, ...] | None:
    """Return the edits that give *call* the *event* and the *keywords* in place of its values.

    Without *event* it keeps its own. *dropped* are keywords to leave out. A call of one line is
    written anew, and so is one whose `extra` opens on the first; in others of several lines there
    may be comments, so they are changed in place.
    """
    message, site = call.event, call.call
    if message is None or message not in site.arguments or site.unpacks:
        return None
    extra = site.keyword("extra") if "extra" in dropped else None
    anew = extra is not None and extra.span.line == call.span.line
    if call.span.line != call.span.end_line and not anew:
        removed = [RemoveArgument(site.span, value.span) for value in call.values]
        removed += [
            RemoveArgument(site.span, k.value.span) for k in site.keywords if k.name in dropped
        ]
        return (
            *([] if event is None else [ReplaceExpression(message.span, f'"{event}"')]),
            *removed,
            *(SetKeyword(site.span, name, text, leading=True) for name, text in keywords),
        )
    try:
        before = [f.render(x) for x in site.arguments[: call.event_position]]
        kept = [f"{k.name}={f.render(k.value)}" for k in site.keywords if k.name not in dropped]
        function = f.render(site.function)
    except ValueError:  # an expression that cannot be written again
        return None
    named = f.render(message) if event is None else f'"{event}"'
    parts = [*before, named, *(f"{name}={text}" for name, text in keywords), *kept]
    text = f"{function}({', '.join(parts)})"
    if len(parts) > 1 and ("\n" in text or call.span.column - 1 + len(text) > WIDTH):
        indent = " " * (call.step.span.column - 1)
        lines = "".join(f"{indent}    {part},\n" for part in parts)
        text = f"{function}(\n{lines}{indent})"
    return (ReplaceExpression(call.span, text),)
