"""Syntax that is newer than the Python that runs the linter: which Python would read it.

What is new is rewritten into what means about the same and is old, where the parser stumbles. If
the whole file parses then, nothing else was wrong with it, and the newest of these things says
which Python reads it. Nobody sees the rewritten text.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

Version: TypeAlias = tuple[int, int]
Parse: TypeAlias = Callable[[str], object]
"""Raises SyntaxError."""

_MOST = 100
"""How many places are rewritten; each costs a look at the whole file."""
_LARGEST = 200_000
"""Characters; in larger files nobody looks for it."""
_LINES = 40
"""Over how many lines the brackets of one thing may be spread."""
_IN_BRACKETS = r"[^\[\]]"
for _ in range(4):
    _IN_BRACKETS = rf"(?:[^\[\]]|\[{_IN_BRACKETS}*\])"
_PARAMETERS = rf"\[{_IN_BRACKETS}*\]"
_WITH_DEFAULTS = rf"\[(?:(?!=){_IN_BRACKETS})*=(?!=){_IN_BRACKETS}*\]"


class _Novelty(NamedTuple):
    """A kind of syntax, and how it is written without."""

    version: Version
    what: str
    seen: re.Pattern[str]
    old: str


_NOVELTIES = (
    _Novelty((3, 11), "`except*`", re.compile(r"\bexcept\s*\*"), "except "),
    _Novelty(
        (3, 11),
        "`*` in an index",
        re.compile(r"(?<=[\w\])])(?P<head>\[(?:(?:[^\[\]]|\[[^\[\]]*\])*,)?\s*)\*(?=[\w(\[])"),
        r"\g<head>",
    ),
    _Novelty((3, 11), "`*` in an annotation", re.compile(r"(?<=:)\s*\*(?=\w)"), " "),
    _Novelty(
        (3, 13),
        "a type parameter with a default",
        re.compile(
            rf"\b(?:(?P<head>(?:def|class)\s+\w+)|type\s+(?P<alias>\w+)\s*){_WITH_DEFAULTS}"
        ),
        r"\g<head>\g<alias>",
    ),
    _Novelty(
        (3, 12),
        "type parameters",
        re.compile(rf"\b(?P<head>(?:def|class)\s+\w+){_PARAMETERS}"),
        r"\g<head>",
    ),
    _Novelty(
        (3, 12),
        "the `type` statement",
        re.compile(rf"\btype\s+(?P<head>\w+)\s*(?:{_PARAMETERS})?(?=\s*=)"),
        r"\g<head>",
    ),
    _Novelty(
        (3, 14),
        "`t` before a string",
        re.compile(r"(?<!\w)(?:[tT]|[tT][rR]|[rR][tT])(?=[\"'])"),
        "",
    ),
    _Novelty(
        (3, 14),
        "`except` with several classes and no parentheses",
        re.compile(r"\b(?P<head>except\*?)\s+(?P<what>[\w.]+(?:\s*,\s*[\w.]+)+)(?=\s*:)"),
        r"\g<head> (\g<what>)",
    ),
    _Novelty((3, 15), "`lazy` imports", re.compile(r"\blazy\s+(?=import\b|from\b)"), ""),
)
_QUOTES = _Novelty((3, 12), "an f-string with its own quotes inside", re.compile(""), "")
_BREAKS = _Novelty((3, 12), "a line break in the braces of an f-string", re.compile(""), "")
_BREAK = re.compile(r"(\r\n|\r|\n)")
_LINE_END = re.compile(r"[\r\n]|\Z")
_FSTRING = re.compile(r"(?<!\w)(?:[fF][rR]?|[rR][fF])([\"'])(?!\1\1)")
_ESCAPED_QUOTE = re.compile(r"(?<!\{)\{(?!\{)[^{}\"']*\\[\"']")
"""In the braces of an f-string, outside any string there: no Python reads ``{row[\\"id\\"]}``."""
_IN_OLD_FSTRINGS = ("cannot include a backslash", "cannot include '#'")


def newer(text: str, error: SyntaxError, parse: Parse) -> str:
    """Return which Python would read *text*, in words behind those of *error*; none if not known.

    *parse* raises the SyntaxError of another text.
    """
    if sys.version_info < (3, 12) and any(x in str(error.msg) for x in _IN_OLD_FSTRINGS):
        return "" if _escapes_in_braces(text, error) else "; Python 3.12 or newer reads that"
    if len(text) > _LARGEST:
        return ""
    found: dict[Version, str] = {}
    for _ in range(_MOST):
        for novelty, candidate in _rewritten(text, error):
            try:
                parse(candidate)
            except SyntaxError as other:
                if _place(other) <= _place(error):
                    continue
                text, error = candidate, other
            except (ValueError, RecursionError, MemoryError):
                return ""
            else:
                found.setdefault(novelty.version, novelty.what)
                version = max(found)
                return f": {found[version]}, which Python {version[0]}.{version[1]} or newer reads"
            found.setdefault(novelty.version, novelty.what)
            break
        else:
            break
    return ""


def _escapes_in_braces(text: str, error: SyntaxError) -> bool:
    """Tell whether an f-string that ends where *error* is seems to escape a quote in its braces."""
    lines, last = _BREAK.split(text), 2 * (error.lineno or 1)
    return _ESCAPED_QUOTE.search("".join(lines[max(0, last - 2 * _LINES) : last])) is not None


def _rewritten(text: str, error: SyntaxError) -> Iterator[tuple[_Novelty, str]]:
    """Yield *text* with one thing rewritten that begins in the line of *error*, for each.

    It keeps its lines, so that places in what follows can be compared.
    """
    lines = _BREAK.split(text)
    at = 2 * ((error.lineno or 1) - 1)
    if at >= len(lines):
        return
    end = at + 2 * _LINES
    near, rest = "".join(lines[at:end]), "".join(lines[end:])
    before = "".join(lines[:at])
    if sys.version_info < _QUOTES.version:
        plain = _with_plain_fstrings(near + rest)
        if plain is not None:
            yield plain[0], before + plain[1]
    for novelty in _NOVELTIES:
        if novelty.version <= sys.version_info[:2]:
            continue
        for match in novelty.seen.finditer(near):
            if match.start() > len(lines[at]):
                break
            old = match.expand(novelty.old)
            lost = len(_BREAK.findall(match[0])) - len(_BREAK.findall(old))
            changed = near[: match.start()] + old + "\\\n" * lost + near[match.end() :]
            yield novelty, before + changed + rest


def _with_plain_fstrings(text: str) -> tuple[_Novelty, str] | None:
    """Return *text* with f-strings in its first line that are old; None if they are already.

    In their braces ``(x)`` stands for strings, and a blank for the end of a line.
    """
    parts: list[str] = []
    position, novelty = 0, None
    while (start := _FSTRING.search(text, position, _line_end(text, position))) is not None:
        parts.append(text[position : start.end()])
        position, depth, formats = start.end(), 0, False
        while position < len(text):
            sign = text[position]
            if depth == 0 and (sign == "\\" or text.startswith(("{{", "}}"), position)):
                parts.append(text[position : position + 2])
                position += 2
                continue
            if depth > 0 and sign in "\"'":
                end = text.find(sign, position + 1, _line_end(text, position))
                if end < 0:
                    return None
                parts.append("(x)")
                position, novelty = end + 1, novelty or _QUOTES
                continue
            if depth > 0 and sign == "#" and text[position - 1].isspace():
                position = _line_end(text, position)
                continue
            if sign in "\r\n":
                if depth == 0 or (formats and depth == 1):
                    return None  # not every Python since reads a line end there
                sign, novelty = " ", _BREAKS
            depth += (sign in "{[(" and (depth > 0 or sign == "{")) - (sign in "}])" and depth > 0)
            formats = depth > 0 and (formats or (depth == 1 and sign == ":"))
            parts.append(sign)
            position += 1
            if depth == 0 and sign == start[1]:
                break
    return None if novelty is None else (novelty, "".join([*parts, text[position:]]))


def _line_end(text: str, position: int) -> int:
    found = _LINE_END.search(text, position)
    return len(text) if found is None else found.start()


def _place(error: SyntaxError) -> tuple[int, int]:
    return error.lineno or 0, error.offset or 0
