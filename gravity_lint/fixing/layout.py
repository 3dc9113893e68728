"""A logical line as a formatter lays it out: on one line, else broken at its brackets.

This knows of black's (and ruff's) layout what the statements need that fixes
change: calls, collections, decorators and headers of functions. What it does
not understand it leaves alone, and so does whoever asks.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

_TOKEN = re.compile(
    r"""
      (?P<string> [A-Za-z]{0,2} (?: "(?!"")[^"\\\r\n]*(?:\\.[^"\\\r\n]*)*"
                                  | '(?!\'\')[^'\\\r\n]*(?:\\.[^'\\\r\n]*)*'
                                  | ""(?!") | \'\'(?!\') ) )
    | (?P<word> \w+ )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | (?P<comma> , )
    | (?P<blank> [ \t]+ )
    | (?P<newline> \r\n | \n )
    | (?P<sign> -> | \.\.\. | [.:;@] | =(?!=) )
    | (?P<operator> [-+*/%|&^~<>=!:]+ )
    """,
    re.VERBOSE,
)
_BRACKET = re.compile(
    r"""
      \"{3}(?:[^\\]|\\.)*?\"{3} | \'{3}(?:[^\\]|\\.)*?\'{3}
    | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' | \#[^\r\n]*
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | \n
    """,
    re.VERBOSE | re.DOTALL,
)
_BREAKABLE = frozenset({"for", "if", "else", "lambda", "and", "or", "not", "in", "is", "yield"})
"""Words at which a formatter may break a line, as at operators."""


class _NotUnderstoodError(Exception):
    """There is something that formatters lay out in ways that are not known here."""


class _Token(msgspec.Struct):
    """A token, and the blanks *before* it."""

    text: str
    kind: str
    before: str


class _Group(msgspec.Struct):
    """Brackets and what they hold. *broken*: a line ends behind the opening one.

    *called*: something to call or to subscript stands before them. *comma*: one
    stands behind the last item.
    """

    opening: str
    before: str
    broken: bool
    called: bool
    items: list[_Chunk]
    closing: str = ""
    comma: bool = False

    @property
    def needs_comma(self) -> bool:
        """Tell whether the comma makes a tuple."""
        alone = self.comma and len(self.items) == 1
        return alone and ((self.opening == "[") if self.called else (self.opening == "("))

    @property
    def magic(self) -> bool:
        """Tell whether the comma keeps each item on a line of its own."""
        return self.comma and not self.needs_comma


_Chunk: TypeAlias = "list[_Token | _Group]"


class Paper(msgspec.Struct, frozen=True):
    """Where a logical line stands.

    *indent* is what stands before its first line, *rest* what stands behind its
    last one, *unit* one step of indentation, *width* how long lines may get.
    """

    indent: str
    rest: str
    unit: str
    newline: str
    width: int


def laid_out(before: str, after: str, paper: Paper) -> str:
    """Return *after*, which fixes have made of the logical line *before*, as it is to look.

    It only changes where *before* was as a formatter leaves it: the whole, else
    the lines inside of it that have changed, a link of a chain of calls or an item.
    A single line that was too long may stay as long as it was.
    """
    if after == before:
        return after
    if paper.newline not in before:
        long = len(paper.indent) + len(before) + len(paper.rest)
        paper = msgspec.structs.replace(paper, width=max(paper.width, long))
    drawn = _drawn(before, after, paper)
    if drawn is not None and _same(after, drawn):
        return drawn
    for drawn in _drawn_inside(before, after, paper):
        if _same(after, drawn):
            return drawn
    return after


def _drawn(before: str, after: str, paper: Paper) -> str | None:
    """Return *after* laid out; None unless *before* was, as far as that is understood."""
    pen = _Pen(paper)
    try:
        if pen.draw(_parsed(before)) != before:
            return None
        return pen.draw(_parsed(after), fresh=True)
    except _NotUnderstoodError:
        return None


def _drawn_inside(before: str, after: str, paper: Paper) -> Iterator[str]:
    """Yield *after* with some of its lines laid out, the fewest first, that all changes lie in."""
    old, new = (text.split(paper.newline) for text in (before, after))
    shared = [one == other for one, other in zip(old, new, strict=False)]
    above = shared.index(False) if False in shared else len(shared)
    pairs = zip(old[above:][::-1], new[above:][::-1], strict=False)
    below = sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))
    for first, last in _enclosing(before, above, len(old) - 1 - below):
        end = len(new) - (len(old) - 1 - last)
        drawn = _drawn_lines(old[first : last + 1], new[first:end], paper)
        if drawn is not None:
            yield paper.newline.join([*new[:first], drawn, *new[end:]])


def _enclosing(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the stretches of lines around those from *first* to *last*: these, then brackets'.

    The first line of all, which has its indentation outside of *text*, is drawn with the whole,
    or not at all.
    """
    if first > 0:
        yield first, last
    opened: list[int] = []
    pairs: list[tuple[int, int]] = []
    line = 0
    for found in _BRACKET.finditer(text):
        line += found.group().count("\n")
        match found.lastgroup:
            case "open":
                opened.append(line)
            case "close" if opened:
                pairs.append((opened.pop(), line))
    yield from sorted({x for x in pairs if 0 < x[0] <= first and x[1] >= last}, reverse=True)


def _drawn_lines(old: Sequence[str], new: Sequence[str], paper: Paper) -> str | None:
    """Return the lines *new*, with indentation, laid out as the lines *old* were."""
    if not old or not new:
        return None
    indent = old[0][: len(old[0]) - len(old[0].lstrip())]
    before, after = (paper.newline.join(lines) for lines in (old, new))
    rest = "," if before.endswith(",") and after.endswith(",") else ""
    before, after = (x.removesuffix(rest).removeprefix(indent) for x in (before, after))
    drawn = _drawn(before, after, msgspec.structs.replace(paper, indent=indent, rest=rest))
    return None if drawn is None else f"{indent}{drawn}{rest}"


class _Pen:
    """Draws on one paper."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper

    def draw(self, chunk: _Chunk, *, fresh: bool = False) -> str:
        """Return a logical line as formatters lay it out.

        They put what brackets hold on one line if it fits there. With *fresh*,
        brackets that had not been broken get a line for each item.
        """
        paper = self._paper
        lines = self._lines(chunk, paper.indent, paper.rest, fresh)
        whole = paper.newline.join(lines)
        return whole[len(paper.indent) : len(whole) - len(paper.rest)]

    def _lines(self, chunk: _Chunk, indent: str, suffix: str, fresh: bool) -> list[str]:
        flat = _flat(chunk)
        if flat is not None and self._fits(indent, flat, suffix):
            return [f"{indent}{flat}{suffix}"]
        texts = [part.text for part in chunk if isinstance(part, _Token) and part.kind == "string"]
        if len(texts) == len(chunk) > 1:
            return [indent + text for text in [*texts[:-1], texts[-1] + suffix]]
        place = _breaking(chunk)
        if place is None:
            return [f"{indent}{flat}{suffix}"]
        group = chunk[place]
        head, tail = _flat(chunk[:place]), _flat(chunk[place + 1 :])
        assert isinstance(group, _Group)
        if head is None or tail is None:
            raise _NotUnderstoodError
        head += (group.before if place else "") + group.opening
        if chunk[place + 1 :]:
            tail = chunk[place + 1].before + tail
        if not self._fits(indent, head):
            raise _NotUnderstoodError
        body = self._body(group, indent + self._paper.unit, fresh, parameters=_is_header(chunk))
        return [indent + head, *body, f"{indent}{group.closing}{tail}{suffix}"]

    def _body(self, group: _Group, indent: str, fresh: bool, *, parameters: bool) -> list[str]:
        alone = len(group.items) == 1
        if not group.magic and not (alone and parameters):
            flat = _items(group)
            if flat is not None and self._fits(indent, flat):
                if alone or group.broken or not fresh:
                    return [indent + flat]
            if alone:
                return self._lines(group.items[0], indent, "", fresh)
        return [line for item in group.items for line in self._lines(item, indent, ",", fresh)]

    def _fits(self, *parts: str) -> bool:
        return sum(map(len, parts)) <= self._paper.width


def _is_header(chunk: _Chunk) -> bool:
    return any(isinstance(part, _Token) and part.text == "def" for part in chunk[:2])


def _breaking(chunk: _Chunk) -> int | None:
    """Return which brackets of *chunk* are broken if it is too long for a line; None: none are."""
    groups = [i for i, part in enumerate(chunk) if isinstance(part, _Group) and part.items]
    if _is_header(chunk):
        return next((i for i in groups if _opens(chunk[i], "(")), None)
    tokens = [part for part in chunk if isinstance(part, _Token)]
    strings = [part for part in tokens if part.kind == "string"]
    # A star that comes first unpacks; elsewhere it multiplies.
    if len(strings) > 1 or any(
        part.text in _BREAKABLE or (part.kind == "operator" and part is not chunk[0])
        for part in tokens
    ):
        raise _NotUnderstoodError
    if not groups:
        return None
    last = groups[-1]
    rest = chunk[last + 1 :]
    annotates = any(_is_sign(part, ":") for part in chunk[:last])
    if rest and not (_is_sign(rest[0], "from") or (annotates and _is_sign(rest[0], "="))):
        raise _NotUnderstoodError
    # In a chain of several calls a formatter may prefer to break at the dots.
    assigned = [i for i in range(last) if tokens and _is_sign(chunk[i], "=")]
    start = assigned[-1] + 1 if assigned else 0
    called = [i for i in range(start, last) if _opens(chunk[i], "(")]
    if called and sum(_is_sign(part, ".") for part in chunk[called[0] : last]) > 1:
        raise _NotUnderstoodError
    return last


def _opens(part: _Token | _Group, bracket: str) -> bool:
    return isinstance(part, _Group) and part.opening == bracket


def _is_sign(part: _Token | _Group, text: str) -> bool:
    return isinstance(part, _Token) and part.text == text


def _flat(chunk: Sequence[_Token | _Group]) -> str | None:
    """Return *chunk* on one line; None where a comma keeps it on several."""
    parts: list[str] = []
    for index, part in enumerate(chunk):
        parts.append(part.before if index else "")
        if isinstance(part, _Token):
            parts.append(part.text)
            continue
        inside = _items(part)
        if inside is None or part.magic:
            return None
        parts += (part.opening, inside, "," * part.needs_comma, part.closing)
    return "".join(parts)


def _items(group: _Group) -> str | None:
    """Return the items of *group* on one line; None where a comma keeps one on several."""
    flat = [_flat(item) for item in group.items]
    parts: list[str] = []
    for item, text in zip(group.items, flat, strict=True):
        if text is None:
            return None
        parts += ("," if parts else "", item[0].before, text)
    return "".join(parts)


def _parsed(text: str) -> _Chunk:
    """Return the tokens of *text*; raises _NotUnderstoodError for comments and long strings."""
    outer: list[tuple[_Group, _Chunk]] = []
    chunk: _Chunk = []
    place, before, broken = 0, "", False
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _NotUnderstoodError
        place, kind, word = match.end(), match.lastgroup, match.group()
        if kind == "blank":
            before = before if broken else word
            continue
        if kind == "newline":
            broken = True
            before = " " if chunk or (outer and outer[-1][0].items) else ""
            if not outer:
                raise _NotUnderstoodError
            continue
        if broken and word in _BREAKABLE:
            raise _NotUnderstoodError
        match kind:
            case "comma" if outer and chunk:
                outer[-1][0].items.append(chunk)
                outer[-1][0].comma = True
                chunk = []
            case "open":
                follows = text[place:].lstrip(" \t")[:1] in ("\n", "\r")
                called = bool(chunk) and not before and _is_value(chunk[-1])
                group = _Group(word, before, follows, called, [])
                chunk.append(group)
                outer.append((group, chunk))
                chunk = []
            case "close" if outer:
                group, around = outer.pop()
                if chunk:
                    group.items.append(chunk)
                    group.comma = False
                group.closing = word
                chunk = around
            case "comma" | "close":
                raise _NotUnderstoodError
            case _:
                chunk.append(_Token(word, kind, before))
        before, broken = "", False
    if outer:
        raise _NotUnderstoodError
    return chunk


def _is_value(part: _Token | _Group) -> bool:
    return isinstance(part, _Group) or part.kind in ("word", "string")


def _same(one: str, two: str) -> bool:
    """Tell whether two ways to write a logical line are the same program."""
    end = ""
    if one.startswith("@"):
        end = "\ndef f(): ..."
    elif re.match(r"(async\s+)?def\b", one):
        end = " ..."
    try:
        first, second = (ast.dump(ast.parse(f"{text}{end}")) for text in (one, two))
    except (SyntaxError, ValueError):
        return False
    return first == second
