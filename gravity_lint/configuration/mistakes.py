"""What is wrong with a value from a TOML file, in words for the person who wrote it.

`msgspec` decides what fits a schema; this module turns its verdict into the
dotted key, what was found there, what may stand there, and the likely spelling.
"""

import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias, TypeVar, get_args, get_origin

import msgspec

from gravity_lint.configuration.twins import twins
from gravity_lint.patterns import pattern

T = TypeVar("T", bound=msgspec.Struct)

_WRONG_TYPE = pattern(r"Expected `[^`]*`, got |Invalid enum value ")
_UNKNOWN_KEY = pattern(r"Object contains unknown field `(.*?)`( - at `\$[^`]*`)?\Z", re.DOTALL)
_PATH = pattern(r" - at `\$([^`]*)`\Z")
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")

_ONE = {str: "a string", bool: "true or false", int: "a whole number", float: "a number"}
_MANY = {str: "strings", int: "whole numbers", float: "numbers"}


_REGULAR: Final = "regex"
Expression: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"format": _REGULAR})]
"""A setting that is a regular expression: what is none is a mistake of whoever has set it."""


class MisfitError(Exception):
    """A value does not fit its schema: the dotted *key*, relative to the table, and *words*."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(f"{key}: {words}")
        self.key = key
        self.words = words


def convert(table: object, schema: type[T]) -> T:
    """Return *table*, which comes from a TOML file, as a *schema*.

    Raises `MisfitError` if it does not fit.
    """
    try:
        converted = msgspec.convert(table, schema)
    except msgspec.ValidationError as error:
        verdict = str(error)
    else:
        for key in _expressions(schema):
            _compile(key, getattr(converted, key.replace("-", "_")))
        return converted
    raise _explained(table, schema, verdict)


def _expressions(schema: type[msgspec.Struct]) -> list[str]:
    """Return the keys of *schema* that are regular expressions."""
    return [
        field.encode_name
        for field in msgspec.structs.fields(schema)
        for note in getattr(field.type, "__metadata__", ())
        if isinstance(note, msgspec.Meta)
        and (note.extra_json_schema or {}).get("format") == _REGULAR
    ]


def _compile(key: str, expression: str) -> None:
    """Raise `MisfitError` unless *expression*, which stands at *key*, is one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(expression)
    except (re.error, OverflowError, RecursionError, MemoryError) as error:
        words = f"{shortened(repr(expression))} is no regular expression: {error}"
        raise MisfitError(key, words) from None


def likely(word: str, words: Collection[str]) -> str:
    """Return ``; did you mean 'x'?`` for what *word* may have meant, or nothing."""
    import difflib  # only needed for mistakes

    folded = {candidate.lower(): candidate for candidate in words}
    close = difflib.get_close_matches(word.lower().replace("_", "-"), folded, n=1)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""


def described(value: object) -> str:
    """Show a TOML *value* and say what it is."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, str):
        return f"the string {shortened(repr(value))}"
    if isinstance(value, (int, float)):
        return f"the number {shortened(_digits(value))}"
    return f"the date or time {value}"


def quoted(key: str) -> str:
    """Return *key* as TOML spells it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else shortened(repr(key))


def shortened(text: str) -> str:
    """Return *text*, or what fits of it into a line."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def tables(schema: Any) -> dict[str, Any]:
    """Return the tables directly below *schema* that have a class of their own, by key."""
    return {
        field.encode_name: field.type
        for field in msgspec.structs.fields(schema)
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
    }


def _explained(table: Any, schema: Any, verdict: str) -> MisfitError:
    """Return the mistake in *table* that msgspec's *verdict* is about."""
    unknown = _UNKNOWN_KEY.match(verdict)
    steps, value, expected = _located(table, schema, verdict)
    if unknown is not None:
        words = f"there is no such setting{_likely_key(unknown[1], _bare(expected), schema)}"
        return MisfitError(_spelled([*steps, unknown[1]]), words)
    kind = _kind(expected)
    if kind is None or not _WRONG_TYPE.match(verdict):
        wanted = _PATH.sub("", verdict).replace("`", "")
        return MisfitError(_spelled(steps), f"{wanted}, found {described(value)}")
    return MisfitError(_spelled(steps), f"expected {kind}, found {described(value)}")


def _located(table: Any, schema: Any, verdict: str) -> tuple[list[str | int], Any, Any]:
    """Return the steps to the value that *verdict* is about, the value, and its type."""
    value, expected = table, schema
    steps: list[str | int] = []
    path = _PATH.search(verdict)
    for name, index in _STEP.findall(path[1] if path else ""):
        step: str | int = name
        if index == "...":
            step = _first_misfit(value, expected)
        elif index:
            step = int(index)
        try:
            value, expected = value[step], _part(expected, step)
        except (LookupError, TypeError):  # an unknown key that is spelled like a path
            return [], table, schema
        steps.append(step)
    return steps, value, expected


def _first_misfit(mapping: Mapping[str, Any], schema: Any) -> str:
    """Return the first key of *mapping* whose value does not fit *schema*, a dict type."""
    return next(key for key, value in mapping.items() if not _fits({key: value}, schema))


def _fits(value: object, schema: Any) -> bool:
    try:
        msgspec.convert(value, schema)
    except msgspec.ValidationError:
        return False
    return True


def _part(schema: Any, step: str | int) -> Any:
    """Return the type of what lies one *step* below *schema*."""
    schema = _bare(schema)
    if isinstance(schema, type) and issubclass(schema, msgspec.Struct):
        return {f.encode_name: f.type for f in msgspec.structs.fields(schema)}[str(step)]
    possible = [argument for argument in get_args(schema) if argument is not Ellipsis]
    return possible[-1] if possible else object


def _bare(schema: Any) -> Any:
    """Return *schema* without ``Annotated`` and without ``| None``."""
    while hasattr(schema, "__metadata__"):
        schema = schema.__origin__
    possible = [argument for argument in get_args(schema) if argument is not type(None)]
    if len(possible) == 1 and len(possible) < len(get_args(schema)):
        return _bare(possible[0])
    return schema


def _kind(schema: Any) -> str | None:
    """Say what fits *schema*; None if there is no short way to say it."""
    schema = _bare(schema)
    origin = get_origin(schema) or schema
    if origin in (tuple, list, set, frozenset):
        items = _MANY.get(_bare((*get_args(schema), object)[0]))
        return f"a list of {items}" if items else "a list"
    if isinstance(origin, type) and issubclass(origin, (dict, msgspec.Struct)):
        return "a table"
    if hasattr(schema, "__members__"):
        *others, last = (repr(member.value) for member in schema)
        return f"{', '.join(others)} or {last}"
    return _ONE.get(schema)


def _digits(value: float) -> str:
    try:
        return str(value)
    except ValueError:  # more digits than Python is willing to convert
        return "with very many digits"


def _likely_key(key: str, table: Any, root: Any) -> str:
    """Say which setting the unknown *key* in *table* may have meant, or elsewhere in *root*."""
    keys = {field.encode_name for field in msgspec.structs.fields(table)} | set(twins(table))
    hint = likely(key, keys)
    if hint:
        return hint
    name = key.replace("_", "-")
    places = [
        f"{prefix}{field.encode_name}"
        for prefix, section in [("", root), *((f"{k}.", v) for k, v in tables(root).items())]
        for field in msgspec.structs.fields(section)
        if field.encode_name == name
    ]
    return f"; did you mean {places[0]!r}?" if places else ""


def _spelled(steps: Sequence[str | int]) -> str:
    """Return *steps* as a dotted key; places in a list count from 0, in brackets."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += ("." if text else "") + quoted(step)
    return text
