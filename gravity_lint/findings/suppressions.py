"""Comments that suppress findings.

On a line, in flake8's syntax::

    x = legacy()  # noqa
    x = legacy()  # noqa: GRV103, E501 -- why

or in a form of our own, which takes names as well and which other tools leave
alone::

    x = legacy()  # gravity-lint: ignore[GRV103, unversioned-route] -- why

For a whole file, anywhere in it::

    # gravity-lint: ignore-file[GRV5, unversioned-route] -- why
    # gravity-lint: ignore-file

What flake8 7 does was taken from its own code: ``noqa`` is found anywhere in a
comment and in any case; codes are compared as they are spelled, each counting
for all codes that begin with it; a list that does not start with a code makes
the comment a bare one, which suppresses everything; only the first ``noqa`` of
a comment counts. A comment on a line of its own that begins with
``# flake8: noqa`` takes the whole file out, whatever codes follow.

A comment behind a string or a continuation that spans lines counts for all of
those lines, as in flake8; and it counts for every finding one of whose lines it
stands on, be it a line of the finding or of the head (decorators to signature) of
its subject. flake8 does not tell a comment from a string that looks like one, so
such a string suppresses what is reported on its lines, too, and takes the say from
a ``noqa`` behind it; but nobody is asked to mend it.

What looks like a suppression and is none is read as well (`Suppression.inert`):
see `corrections`.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from gravity_lint.findings.finding import Finding
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

OWN_PREFIX: Final = "GRV"

_MENTION = pattern(r"no[-_ ]?qa|gravity[-_ ]?lint|GRV\d", re.IGNORECASE)
_PARTS = ("qa", "grav", "grv")
"""One of these is in every mention: they are found much faster than it is."""
_TOKEN = re.compile(
    r"""
      (?P<comment> \#[^\r\n]* )
    | \"{3} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* \"{3}
    | '{3}  [^'\\]* (?: (?: \\. | '(?!'') ) [^'\\]* )* '{3}
    | (?P<endless> "{3} | '{3} )
    | "     [^"\\\r\n]* (?: \\(?:\r\n|.) [^"\\\r\n]* )* "
    | '     [^'\\\r\n]* (?: \\(?:\r\n|.) [^'\\\r\n]* )* '
    | (?P<open> ["'] ) [^\r\n]*
    | \\(?:\r\n|\r|\n)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Comments, and what may hide one or join two lines: strings and continued lines.

*open* is a quote that nothing closes, with the rest of its line; *endless* are three of them.
"""
_OPEN_QUOTES = 20
"""How many of these are looked behind in a line or file; code that runs has a few at most."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = pattern(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_OWN = pattern(
    r"#\s*gravity-lint:\s*(?:"
    r"ignore(?P<file>-file)?\[(?P<codes>\s*[\w-]+(?:[\s,]+[\w-]+)*[\s,]*)\]|ignore-file"
    r")(?=\s*(?:--\s|\#|$))"
)
_INERT = pattern(
    r"""
      \#\s* gravity[-_]?lint \s*[:=]\s* (?:
          (?: ignore|disable|skip|exclude|no-?check|noqa|nolint|suppress|silence|allow|off )
          (?: [-_]?(?:files?|line|next[-_]?line|all) )? (?![\w-])
        | [\w-]+ \s* [\[(=]
        | GRV\d
      ) [^\#]*
    | \#\s* gravity[-_\ ]?lint [\s-]* (?: ignore|disable|skip )
      (?: [-_]?files? )? \s* [:=\[(] [^\#]*
    | \#\s* no[-_\ ]?qa\b [^\#]* \bGRV\d [^\#]*
    | \#\s* (?: flake8|ruff|pylint|pyright|type|mypy ) \s*[:=] [^\#]* \bGRV\d [^\#]*
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What somebody may write who knows other linters; prose about this one does not begin so."""
_FLAKE8_FILE = pattern(r"# flake8[:=]\s*noqa", re.IGNORECASE)
_REASON = pattern(r"\s*--\s+(?=\S)")
_NEXT_COMMENT = pattern(r"\s#\s")
_CODE = re.compile(r"[^,\s]+")


class Code(msgspec.Struct, frozen=True):
    """One code that a suppression names; *start* and *end* are offsets into its comment."""

    text: str
    start: int
    end: int


class Suppression(msgspec.Struct, frozen=True):
    """One suppression comment, or what looks like one.

    *comment* is the place of the whole comment and *text* what it says, from
    ``#`` to the end of the line; the suppression is what stands there from
    offset *start* to *end*, reason included. No *codes*: it suppresses
    everything. It counts for the lines from *first_line* to that of the
    comment, or, with *whole_file*, for all. *reason* is what follows ``--``. *own*:
    it is spelled in this linter's way, so its codes may be names. *quoted*: it
    stands in a string. *inert*: it suppresses nothing, whatever it looks like.
    """

    comment: Span
    text: str
    start: int
    end: int
    codes: tuple[Code, ...]
    first_line: int
    whole_file: bool
    reason: str
    own: bool = False
    quoted: bool = False
    inert: bool = False

    @property
    def span(self) -> Span:
        """The place of the suppression itself."""
        line, column = self.comment.line, self.comment.column
        return Span(line, column + self.start, line, column + self.end)

    @property
    def ours(self) -> bool:
        """Tell whether it is spelled in this linter's own way or names a code like ours."""
        return self.own or any(code.text.upper().startswith(OWN_PREFIX) for code in self.codes)

    def place(self, code: Code) -> Span:
        """Return the place of one of its codes."""
        line, column = self.comment.line, self.comment.column
        return Span(line, column + code.start, line, column + code.end)

    def covers(self, finding: Finding) -> bool:
        """Tell whether *finding* has a line for which this suppression counts."""
        if self.inert:
            return False
        if self.quoted:  # flake8 alone sees it, and looks at the line of the finding
            return self.first_line <= finding.span.line <= self.comment.line
        return self.whole_file or any(
            self.first_line <= span.end_line and span.line <= self.comment.line
            for span in (finding.span, finding.scope)
        )

    def covered(self, code: Code, known: Mapping[str, str]) -> list[str]:
        """Return the *known* rules (code to name) that one of its codes stands for."""
        beginnings, names = _spelled(tuple(known.items()))
        rules = beginnings.get(code.text, ())
        return [*rules, *(names.get(code.text, ()) if self.own else ())]


class Applied(msgspec.Struct, frozen=True):
    """The findings of one file after its suppressions.

    *used* names what had an effect: the index of a suppression with that of
    one of its codes; *effective* the indices alone, those without codes included.
    *reasons* are those that are given for what is *suppressed*, in its order.
    """

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    used: frozenset[tuple[int, int]]
    effective: frozenset[int]
    reasons: tuple[str, ...]


class Reach:
    """The suppressions of one file by the lines for which they count: there may be thousands."""

    def __init__(self, suppressions: Sequence[Suppression]) -> None:
        self._all = suppressions
        self._everywhere = [n for n, one in enumerate(suppressions) if one.whole_file]
        self._order = sorted(
            (n for n, one in enumerate(suppressions) if not (one.whole_file or one.inert)),
            key=lambda n: suppressions[n].comment.line,
        )
        self._lines = [suppressions[n].comment.line for n in self._order]
        self._named: dict[int, dict[str, list[int]]] = {}

    def matching(self, finding: Finding) -> Iterator[tuple[int, list[int]]]:
        """Yield the index of each that suppresses *finding*, with those of its codes that do."""
        for index in sorted(self._near(finding)):
            suppression = self._all[index]
            if suppression.covers(finding):
                codes = self._codes(index, finding)
                if codes or not suppression.codes:
                    yield index, codes

    def _near(self, finding: Finding) -> set[int]:
        found = set(self._everywhere)
        for span in {finding.span, finding.scope}:
            for at in range(bisect_left(self._lines, span.line), len(self._order)):
                index = self._order[at]
                if self._all[index].first_line > span.end_line:
                    break
                found.add(index)
        return found

    def _codes(self, index: int, finding: Finding) -> list[int]:
        """Return the positions of the codes with which *finding*'s code begins, or its name."""
        if index not in self._named:
            named: dict[str, list[int]] = {}
            for position, code in enumerate(self._all[index].codes):
                named.setdefault(code.text, []).append(position)
            self._named[index] = named
        named = self._named[index]
        spelled = [finding.code[:end] for end in range(1, len(finding.code) + 1)]
        if self._all[index].own:
            spelled.append(finding.name)
        return [position for text in spelled for position in named.get(text, ())]


def parse(text: str) -> tuple[Suppression, ...]:
    """Return the suppressions in a file's *text*, in their order.

    Where the text does not mention any, that is all it costs. Text that does
    not parse has suppressions, too.
    """
    lowered = text.lower()
    if not any(part in lowered for part in _PARTS) or _MENTION.search(text) is None:
        return ()
    found: list[Suppression] = []
    line, line_start, position = 1, 0, 0
    joined_line, joined_from = 0, 0  # the line that what came before joins to the one it began on
    quoted: list[Suppression] = []  # in strings of the lines that are joined to this one
    for token in _tokens(text):
        for end in _LINE_END.finditer(text, position, token.start()):
            line, line_start = line + 1, end.end()
        position = token.end()
        if joined_line != line:
            first = line
            found += quoted
            quoted = []
        else:
            first = joined_from
        column = token.start() - line_start + 1
        comment = token["comment"]
        if comment is None:
            string = _LINE.search(text, token.start(), position) if not quoted else None
            for end in _LINE_END.finditer(text, token.start(), position):
                line, line_start = line + 1, end.end()
            joined_line, joined_from = line, first
            if string is not None:
                place = Span(first, column, line, 1)
                quoted = [_quoted(string, place)]
            quoted = [msgspec.structs.replace(one, comment=_until(one, line)) for one in quoted]
        elif _MENTION.search(comment):
            place = Span(line, column, line, column + len(comment))
            alone = not text[line_start : token.start()].strip()
            found += _in_comment(comment, place, first, alone=alone, spoken_for=bool(quoted))
    return (*found, *quoted)


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield comments, strings and continued lines in *text*.

    What stands behind a quote that nothing closes is looked at as well: it may be the inner
    quote of an f-string.
    """
    position, endless, opened, line_end = 0, 0, 0, -1
    while endless < _OPEN_QUOTES and (token := _TOKEN.search(text, position)) is not None:
        position = token.end()
        if token.lastgroup in (None, "comment"):
            yield token
            continue
        if token.lastgroup == "endless":
            endless += 1
            position -= 1  # the first two are an empty string
            continue
        opened = opened + 1 if position == line_end else 1
        line_end = position
        if opened < _OPEN_QUOTES:
            position = token.start() + 1


def apply(findings: Iterable[Finding], suppressions: Sequence[Suppression]) -> Applied:
    """Part the *findings* of one file into those that its *suppressions* leave and the others."""
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    reasons: list[str] = []
    used: set[tuple[int, int]] = set()
    effective: set[int] = set()
    reach = Reach(suppressions)
    for finding in findings:
        silenced = False
        for index, codes in reach.matching(finding):
            if not silenced:
                reasons.append(suppressions[index].reason)
            silenced = True
            effective.add(index)
            used.update((index, code) for code in codes)
        (suppressed if silenced else kept).append(finding)
    return Applied(
        tuple(kept), tuple(suppressed), frozenset(used), frozenset(effective), tuple(reasons)
    )


def unused(
    suppressions: Sequence[Suppression],
    used: Collection[tuple[int, int]],
    selected: Collection[str],
    known: Mapping[str, str],
) -> list[tuple[Suppression, tuple[Code, ...]]]:
    """Return the suppressions of one file with those of their codes that suppressed nothing.

    *used* is as `apply` gives it, *selected* are the codes of the rules that
    were asked about this file, *known* are all rules, code to name. A code is unused
    only if every rule that it covers was asked. A bare suppression never is, nor is
    one in a string.
    """
    found = []
    for index, suppression in enumerate(suppressions):
        if suppression.inert or suppression.quoted:
            continue
        idle = []
        for position, code in enumerate(suppression.codes):
            covered = suppression.covered(code, known)
            if covered and (index, position) not in used and all(r in selected for r in covered):
                idle.append(code)
        if idle:
            found.append((suppression, tuple(idle)))
    return found


def unknown(suppression: Suppression, known: Mapping[str, str]) -> tuple[Code, ...]:
    """Return the codes of *suppression* that look like ours but belong to no rule."""
    return tuple(
        code
        for code in suppression.codes
        if (suppression.own or code.text.upper().startswith(OWN_PREFIX))
        and not suppression.covered(code, known)
    )


def without(suppression: Suppression, codes: Collection[Code]) -> str:
    """Return the text of the comment without *codes* of *suppression*.

    What else the comment says stays. Where no code is left, the suppression
    goes, its reason with it, and what is left may be nothing at all.
    """
    text = suppression.text
    gone = set(codes)
    left = [code for code in suppression.codes if code not in gone]
    if left:
        first, *others = suppression.codes
        separator = text[first.end : others[0].start] if others else ""
        last = suppression.codes[-1].end
        return text[: first.start] + separator.join(code.text for code in left) + text[last:]
    before, after = text[: suppression.start].rstrip(), text[suppression.end :].strip(" \t,;-")
    before = "" if before == "#" else before
    if after and not after.startswith("#"):
        after = f"# {after}"
    return f"{before}  {after}" if before and after else before or after


@lru_cache(maxsize=8)
def _spelled(
    known: tuple[tuple[str, str], ...],
) -> tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]:
    """Return the codes of the *known* rules by what they begin with, and by name."""
    beginnings: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    for rule, name in known:
        for end in range(1, len(rule) + 1):
            beginnings.setdefault(rule[:end], []).append(rule)
        names.setdefault(name, []).append(rule)
    return beginnings, names


def _in_comment(
    text: str, place: Span, first_line: int, *, alone: bool, spoken_for: bool
) -> Iterator[Suppression]:
    """Yield the suppressions in the comment *text*.

    It may stand *alone* on its line; *spoken_for*: a string on the line has a
    ``noqa``, which is the only one that flake8 sees.
    """
    own = _OWN.search(text)
    if own is not None:
        whole_file = own["file"] is not None or own["codes"] is None
        yield _suppression(text, place, first_line, own, whole_file=whole_file, own=True)
    flake8_file = _FLAKE8_FILE.match(text) if alone else None
    if flake8_file is not None:
        yield _suppression(text, place, first_line, flake8_file, whole_file=True)
    line = None if spoken_for else _LINE.search(text)
    if line is not None:
        yield _suppression(text, place, first_line, line, whole_file=False)
    inert = _INERT.search(text) if own is flake8_file is line is None else None
    if inert is not None:
        found = _suppression(text, place, first_line, inert, whole_file=False, own=True)
        yield msgspec.structs.replace(found, inert=True)


def _suppression(
    text: str,
    place: Span,
    first_line: int,
    match: re.Match[str],
    *,
    whole_file: bool,
    own: bool = False,
) -> Suppression:
    codes: tuple[Code, ...] = ()
    end = match.end()
    if match.groupdict().get("codes"):
        start, stop = match.span("codes")
        codes = tuple(Code(c[0], c.start(), c.end()) for c in _CODE.finditer(text, start, stop))
        if not own:
            end = codes[-1].end  # without the blanks that belong to the list
    reason = ""
    dashes = _REASON.match(text, end)
    if dashes is not None:
        following = _NEXT_COMMENT.search(text, dashes.end())
        reason = text[dashes.end() : following.start() if following else None].rstrip()
        end = dashes.end() + len(reason)
    return Suppression(
        comment=place,
        text=text,
        start=match.start(),
        end=end,
        codes=codes,
        first_line=first_line,
        whole_file=whole_file,
        reason=reason,
        own=own,
    )


def _quoted(match: re.Match[str], place: Span) -> Suppression:
    """Return the suppression that flake8 sees in a string at *place*."""
    codes = tuple(Code(text, 0, 0) for text in _CODE.findall(match["codes"] or ""))
    return Suppression(
        comment=place,
        text=match[0],
        start=0,
        end=len(match[0]),
        codes=codes,
        first_line=place.line,
        whole_file=False,
        reason="",
        quoted=True,
    )


def _until(suppression: Suppression, line: int) -> Span:
    """Return the place of a quoted *suppression* whose lines reach to *line*."""
    place = suppression.comment
    return Span(line, place.column, line, place.column + len(suppression.text))
