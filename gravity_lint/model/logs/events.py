"""From prose to structure: the event and the values that a log message is made of.

``f"Creating role: {role.name}"`` says that something is done, ``creating_role``,
and to what, ``role_name=role.name``. However the message is put together
(f-string, ``%``, ``.format``, ``+``, arguments for ``%s``), it is read into text
and values first.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.types import type_of
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.model.logs.messages import (
    Part,
    Value,
    has_no_effect,
    held,
    message_parts,
    staleness,
)
from gravity_lint.model.logs.names import caught, is_named_by_function, name_of, noun_before
from gravity_lint.model.logs.secrets import is_secret
from gravity_lint.patterns import pattern

REFUSED = frozenset(
    {
        *("name", "msg", "args", "levelname", "levelno", "pathname", "filename", "module"),
        *("exc_info", "exc_text", "stack_info", "lineno", "funcName", "created", "msecs"),
        *("relativeCreated", "thread", "threadName", "processName", "process"),
        *("message", "asctime"),
    }
)
"""What ``logging`` raises KeyError for in ``extra``: its records have their own."""
RESERVED = REFUSED | frozenset(
    {
        # The catalogue's, then what structlog's methods and processors call their own.
        *("event", "exc_info", "stack_info", "stacklevel", "level", "timestamp", "logger"),
        *("self", "method_name", "exception", "stack", "positional_args", "extra"),
        # As ``extra`` structlog may hand everything on; Python 3.12 has one more.
        "taskName",
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
        # French, Spanish, Portuguese, German, Italian
        *("pour", "sur", "dans", "avec", "par", "de", "du", "des", "vers", "chez", "sans"),
        *("para", "por", "con", "del", "em", "com", "fur", "von", "zu", "mit", "bei", "per"),
    }
)
"""Words that lead up to a value and mean nothing without it."""
_LEADING_ON = _DANGLING | frozenset(
    {
        *("not", "never", "should", "would", "could", "can", "cannot", "may", "might", "must"),
        *("will", "shall", "do", "does", "did", "had", "been", "being", "there", "it", "its"),
        *("this", "these", "those", "their", "your", "our", "his", "her", "they", "you", "we"),
        *("which", "who", "whose", "when", "where", "while", "if", "unless", "but", "so", "then"),
        *("also", "even", "still", "instead", "without", "within", "under", "some", "any", "all"),
    }
)
"""Words with which nothing ends whose rest is left out."""
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
    "°C": "celsius",
    "°F": "fahrenheit",
}
_UNIT = pattern(rf"\s?({'|'.join(sorted(map(re.escape, _UNITS), key=len, reverse=True))})(?!\w)")
_RATE = pattern(r"\s?(?:/\s?|per )(?P<unit>second|sec|s|minute|min|hour|h|day)(?!\w)")
_RATES = {"s": "second", "sec": "second", "min": "minute", "h": "hour"}
_AMBIGUOUS = frozenset({"second", "min", "minute", "h", "s", "sec"})
"""Units that are other words as well: the second try, the min value."""
_UNIT_ENDS = pattern(
    r"\s*(?:$|[.,;:!)\]/|]|(?:to|for|of|in|on|before|after|until|and|ago|later|left|remaining|elapsed"
    r"|since|timeout|delay|from|with|per|at|interval)\b)"
)
"""What comes behind an ambiguous unit where it is one."""
_LABEL = pattern(
    r"(?:(?P<first>^\s*)|[,;(\[|/]\s*|\s-\s*|(?P<sentence>\.\s+))"
    r"(?P<label>[A-Za-z]\w*(?: ID| id|(?(sentence)(?: \w+){1,2}))?)\s*[:=]\s*$"
)
_ASIDE = pattern(r"\(\s*(?P<label>[A-Za-z]\w*)\s+$")
_ASSIGNED = pattern(r"(?P<label>[A-Za-z_][\w.]*)\s*=\s*[\"']?$")
_VERSION = pattern(r"(?:^|\s)[vV]$")
_PHRASAL = pattern(
    r"\b(?:(?:log|sign|check|clock|opt|dial)(?:ged|ging|ed|ing|s)? (?:in|out|out of)"
    r"|(?:start|clean|back|set|look|pick|wak|warm|speed|scal|gav|giv)\w* up"
    r"|(?:time|time[ds]|timing|roll\w*|shut\w*|fan\w*|fail\w*|back\w*) (?:out|over|up))$",
    re.IGNORECASE,
)
"""Verbs that take their particle with them: nobody is logged."""
_CLAUSE_END = pattern(r"[.,;!?:]\s|\s[-\u2013\u2014]\s|\s\(")
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


class Structured(msgspec.Struct, frozen=True):
    """A log message as the patterns want it: the *event*, and keywords with their source text.

    Where the event cannot hold all that the message says, or is in no Latin
    letters, its prose is one of the keywords. *values* counts the message's.
    """

    event: str
    keywords: tuple[tuple[str, str], ...]
    values: int = 0


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
        words = _undangling(words[:-1], _LEADING_ON)
    return words


def _event_words(text: str) -> list[str]:
    words = [word for word in _words(text) if word not in _ARTICLES]
    behind: list[str] = []
    while words and (words[0] in _LEADING or not words[0][0].isalpha()):
        # A number only counts; ``2fa`` means something, and no name begins with it.
        behind += [word for word in words[:1] if not (word.isdigit() or word.isalpha())]
        del words[0]
    return words + behind if words else []


def _undangling(words: list[str], leading: frozenset[str] = _DANGLING) -> list[str]:
    """Cut off *leading* words at the end, which lead nowhere, but never the only one."""
    while words[1:] and words[-1] in leading:
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
    plain = re.sub(r"\b(w)on't\b", r"\1ill not", plain, flags=re.IGNORECASE)
    plain = re.sub(r"n't\b", " not", plain)
    # What French leaves of an article or a pronoun.
    plain = re.sub(r"\b(?:[cdjlmnst]|qu)'(?=[aeiouyh])", "", plain, flags=re.IGNORECASE)
    plain = plain.replace("'", "")
    plain = plain.replace("(s)", "s")
    alone = " " not in plain.strip()
    plain = re.sub(r"\w+", lambda word: " ".join(_humps(word[0], alone)), plain)
    return re.findall(r"[a-z0-9]+", plain.lower())


def _humps(word: str, alone: bool) -> list[str]:
    """Split ``UserCreated``, and in prose what is no brand: ``WebSocket`` is one word there."""
    humps = re.findall(r"[A-Z][A-Z0-9]*(?![a-z])|[A-Z]?[a-z0-9]+|_+|[A-Z]", word)
    split = alone or len(humps) > 2 or all(len(hump) > 3 for hump in humps)
    return humps if split and humps else [word]


def structured(call: LogCall) -> Structured | None:
    """Return the message of *call* as an event and keywords; None if it is not clear how."""
    holder = held(call)
    if holder is not None and staleness(call, holder) is not None:
        return None
    parts = message_parts(call)
    return _structured(call, parts) if parts is not None else None


def renamed(call: LogCall, text: str) -> Structured | None:
    """Return the constant message *text* of *call* as an event, with what it cannot hold."""
    return _structured(call, (text,))


def _structured(call: LogCall, parts: tuple[Part, ...]) -> Structured | None:
    taken = {k.name: f.render(k.value) for k in call.call.keywords if k.name is not None}
    beside = {text: name for name, text in (*_entries(call), *taken.items())}
    given: dict[str, str] = {}
    texts, values = _alternating(parts)
    prose = texts[0]
    shown: dict[str, f.Expression] = {}
    for index, value in enumerate(values):
        if any(isinstance(x, f.Walrus | f.Yield) for x in f.walk(value.expression)):
            return None
        lead, label = _without_label(texts[index], first=index == 0)
        between = index and not lead.strip() and "=" not in texts[index]
        if between and not _is_called(call.scope, value, label):
            lead, label = texts[index], ""
        texts[index] = _trimmed(lead)
        behind = texts[index + 1]
        unit, length = _unit_of(behind)
        texts[index + 1] = behind[length:]
        written = _written(call.scope, value)
        pure = has_no_effect(call.scope, value.expression)
        if pure and written in beside:  # it is there already
            prose += f"{{{beside[written]}}}{behind}"
            continue
        for key in _keys(call.scope, value, lead, label, unit):
            known = given.get(key, taken.get(key))
            same = pure or shown.get(key) is value.expression
            if same and known in (written, f.render(value.expression)):
                break
            if known is None:
                given[key] = written
                shown[key] = value.expression
                break
        prose += f"{{{key}}}{behind}"
    texts[-1] = re.sub(r"^'s\b", "", texts[-1])
    event = _event(call, texts, given, values)
    if event is None:
        return None
    text = " ".join(texts)
    if not _readable(text) or is_too_long(text):
        names = ("text", *(f"text_{number}" for number in range(2, 100)))
        key = next(name for name in names if name not in given and name not in taken)
        given[key] = _quoted(prose)
    return Structured(event, tuple(given.items()), len(values))


def _entries(call: LogCall) -> Iterator[tuple[str, str]]:
    """Yield the entries of ``extra={...}``, which are keywords or become some."""
    extra = call.call.keyword("extra")
    if isinstance(extra, f.Mapping):
        for key, value in zip(extra.keys, extra.values, strict=True):
            if isinstance(key, f.Constant) and isinstance(key.value, str):
                yield key.value, f.render(value)


def _unit_of(text: str) -> tuple[str, int]:
    """Return the unit with which *text*, which stands behind a value, begins, and its length."""
    rate = _RATE.match(text)
    if rate is not None:
        return f"per_{_RATES.get(rate['unit'], rate['unit'])}", rate.end()
    unit = _UNIT.match(text)
    if unit is None:
        return "", 0
    alone = unit[1] not in _AMBIGUOUS or unit[0] == unit[1]
    if not alone and not _UNIT_ENDS.match(text, unit.end()):
        return "", 0
    return _UNITS[unit[1]], unit.end()


def _quoted(text: str) -> str:
    """Return *text* as a string literal as formatters write it.

    Where a line of code was continued inside of it, its indentation is no part of the prose.
    """
    import json  # in messages alone

    return json.dumps(re.sub(r"(?<=\S) {8,}(?=\S)", " ", text), ensure_ascii=False)


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
    event = event_name(text)
    if event is not None and set(event.split("_")) - _DANGLING:
        return event
    # Nothing but values, or words in other letters: the event is what the function was about, or
    # the value itself.
    function = call.scope.name.strip("_") if isinstance(call.scope, Function) else ""
    if function == "init":
        function = ""
    failed = call.handler is not None or call.level in ("error", "exception", "critical", "fatal")
    if failed and function:
        return event_name(f"{function}_failed")
    if len(given) > 1:
        holder = _common_holder(values)
        if holder is not None:
            return event_name(holder)
    if function and (len(given) > 1 or not _readable(text)):
        return event_name(function.removeprefix("log_"))
    if not _readable(text):
        return event_name(call.module.name.rpartition(".")[2])
    if len(given) < len(values):
        return None  # of what the keywords tell already, one part more names nothing
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
        if label["label"].endswith(("ing", "ed")) or re.match(r"\w+(?:ing|ed)\b", label["label"]):
            return text, ""
        return text[: label.start()], label["label"]
    return text, ""


def _is_called(scope: Scope, value: Value, label: str) -> bool:
    """Tell whether *label*, which stands between two values, is of *value*, by its own name.

    In ``f"gave up after {tries} attempts: {error}"`` it tells of the one before.
    """
    own, word = name_of(scope, value.expression), _snake(label)
    if own is None or is_named_by_function(scope, value.expression):
        return True
    return word in own or own in word


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
    if value.cut and (value.format.endswith("s") or _is_text(scope, value.expression)):
        return f"str({source})[:{value.format.rpartition('.')[2].rstrip('s')}]"
    if caught(scope, value.expression):
        return f"repr({source})" if value.conversion == "r" else f"str({source})"
    if re.search(r"%[A-Za-z]", value.format):
        return f'f"{{{source}:{value.format}}}"' if '"' not in source else source
    return source


def _is_text(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is text, or is called like a secret, which is."""
    found = type_of(scope, expression)
    if found is not None:
        return found.path == "builtins.str"
    names = (x.name for x in f.walk(expression) if isinstance(x, f.Name | f.Attribute))
    return any(is_secret(scope, name) for name in names)


def _keys(scope: Scope, value: Value, lead: str, label: str, unit: str) -> Iterator[str]:
    """Yield names for *value*, the best one first."""
    names = [value.key] if value.key else []
    own = name_of(scope, value.expression)
    noun = noun_before(lead)
    if _snake(label) in _UNITS:
        label, unit = "", unit or _UNITS[_snake(label)]
    if own is not None:
        told = is_named_by_function(scope, value.expression)
        told = told or (own.rpartition("_")[2] == "value" and label != "value")
        measured = _measured(_snake(label)) and not _measured(own)
        if label and (told or measured):
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
    """Tell whether *name* already ends in a unit or says one in full, or counts."""
    words = name.split("_")
    return words[-1] in {*_UNITS, "count"} or not set(_UNITS.values()).isdisjoint(words)


def _snake(text: str) -> str:
    return "_".join(_words(text))
