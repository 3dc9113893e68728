"""Comments that suppress findings.

On a line, in flake8's syntax::

    x = legacy()  # noqa
    x = legacy()  # noqa: GRV103, E501 -- why

For a whole file, anywhere in it::

    # gravity-lint: ignore-file[GRV5, GRV103] -- why
    # gravity-lint: ignore-file

What flake8 7 does was taken from its own code: ``noqa`` is found anywhere in a
comment and in any case; codes are compared as they are spelled, each counting
for all codes that begin with it; a list that does not start with a code makes
the comment a bare one, which suppresses everything; only the first ``noqa`` of
a comment counts. A comment on a line of its own that begins with
``# flake8: noqa`` takes the whole file out, whatever codes follow.

Only real comments count, not strings that look like one. A comment behind a
string or a continuation that spans lines counts for all of those lines, as in
flake8; and it counts for every finding one of whose lines it stands on, be it
a line of the finding or of the head (decorators to signature) of its subject.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from gravity_lint.findings.finding import Finding
from gravity_lint.sources.spans import Span

OWN_PREFIX: Final = "GRV"

_MENTION = re.compile(r"noqa|gravity-lint:", re.IGNORECASE)
_TOKEN = re.compile(
    r"""
      (?P<comment> \#[^\r\n]* )
    | \"{3} [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* \"{3}
    | '{3}  [^'\\]* (?: (?: \\. | '(?!'') ) [^'\\]* )* '{3}
    | "     [^"\\\r\n]* (?: \\(?:\r\n|.) [^"\\\r\n]* )* "
    | '     [^'\\\r\n]* (?: \\(?:\r\n|.) [^'\\\r\n]* )* '
    | \\(?:\r\n|\r|\n)
    """,
    re.VERBOSE | re.DOTALL,
)
"""Comments, and what may hide one or join two lines: strings and continued lines."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_LINE = re.compile(r"# noqa(?::\s?(?P<codes>(?:[A-Z]+[0-9]+(?:[,\s]+)?)+))?", re.IGNORECASE)
_FILE = re.compile(r"#\s*gravity-lint:\s*ignore-file(?:\[(?P<codes>[^\]]*)\])?(?![^\s#])")
_FLAKE8_FILE = re.compile(r"# flake8[:=]\s*noqa", re.IGNORECASE)
_REASON = re.compile(r"\s*--\s+(?=\S)")
_NEXT_COMMENT = re.compile(r"\s#\s")
_CODE = re.compile(r"[^,\s]+")


class Code(msgspec.Struct, frozen=True):
    """One code that a suppression names; *start* and *end* are offsets into its comment."""

    text: str
    start: int
    end: int


class Suppression(msgspec.Struct, frozen=True):
    """One suppression comment.

    *comment* is the place of the whole comment and *text* what it says, from
    ``#`` to the end of the line; the suppression is what stands there from
    offset *start* to *end*, reason included. No *codes*: it suppresses
    everything. It counts for the lines from *first_line* to that of the
    comment, or, with *whole_file*, for all. *reason* is what follows ``--``.
    """

    comment: Span
    text: str
    start: int
    end: int
    codes: tuple[Code, ...]
    first_line: int
    whole_file: bool
    reason: str

    @property
    def span(self) -> Span:
        """The place of the suppression itself."""
        line, column = self.comment.line, self.comment.column
        return Span(line, column + self.start, line, column + self.end)

    @property
    def ours(self) -> bool:
        """Tell whether it is spelled in this linter's own way or names a code like ours."""
        return _FILE.match(self.text, self.start) is not None or any(
            code.text.upper().startswith(OWN_PREFIX) for code in self.codes
        )

    def place(self, code: Code) -> Span:
        """Return the place of one of its codes."""
        line, column = self.comment.line, self.comment.column
        return Span(line, column + code.start, line, column + code.end)

    def covers(self, finding: Finding) -> bool:
        """Tell whether *finding* has a line for which this suppression counts."""
        return self.whole_file or any(
            self.first_line <= span.end_line and span.line <= self.comment.line
            for span in (finding.span, finding.scope)
        )

    def codes_for(self, finding: Finding) -> tuple[Code, ...]:
        """Return those of its codes that *finding*'s code begins with."""
        return tuple(code for code in self.codes if finding.code.startswith(code.text))

    def matches(self, finding: Finding) -> bool:
        """Tell whether this suppresses *finding*, which is in the same file."""
        return self.covers(finding) and bool(not self.codes or self.codes_for(finding))


class Applied(msgspec.Struct, frozen=True):
    """The findings of one file after its suppressions.

    *used* names what had an effect: the index of a suppression with that of
    one of its codes.
    """

    kept: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    used: frozenset[tuple[int, int]]


def parse(text: str) -> tuple[Suppression, ...]:
    """Return the suppressions in a file's *text*, in their order.

    Where the text does not mention any, that is all it costs. Text that does
    not parse has suppressions, too.
    """
    if _MENTION.search(text) is None:
        return ()
    found: list[Suppression] = []
    line, line_start, position = 1, 0, 0
    joined_line, joined_from = 0, 0  # the line that what came before joins to the one it began on
    for token in _TOKEN.finditer(text):
        for end in _LINE_END.finditer(text, position, token.start()):
            line, line_start = line + 1, end.end()
        position = token.end()
        first = joined_from if joined_line == line else line
        comment = token["comment"]
        if comment is None:
            for end in _LINE_END.finditer(text, token.start(), position):
                line, line_start = line + 1, end.end()
                joined_line, joined_from = line, first
        elif _MENTION.search(comment):
            column = token.start() - line_start + 1
            place = Span(line, column, line, column + len(comment))
            alone = not text[line_start : token.start()].strip()
            found += _in_comment(comment, place, first, alone=alone)
    return tuple(found)


def apply(findings: Iterable[Finding], suppressions: Sequence[Suppression]) -> Applied:
    """Part the *findings* of one file into those that its *suppressions* leave and the others."""
    kept: list[Finding] = []
    suppressed: list[Finding] = []
    used: set[tuple[int, int]] = set()
    for finding in findings:
        silenced = False
        for index, suppression in enumerate(suppressions):
            if suppression.matches(finding):
                silenced = True
                for code in suppression.codes_for(finding):
                    used.add((index, suppression.codes.index(code)))
        (suppressed if silenced else kept).append(finding)
    return Applied(tuple(kept), tuple(suppressed), frozenset(used))


def unused(
    suppressions: Sequence[Suppression],
    used: Collection[tuple[int, int]],
    selected: Collection[str],
    known: Collection[str],
) -> list[tuple[Suppression, tuple[Code, ...]]]:
    """Return the suppressions of one file with those of their codes that suppressed nothing.

    *used* is as `apply` gives it, *selected* are the codes of the rules that
    were asked about this file, *known* those of all rules. A code is unused
    only if every rule that it covers was asked. A bare suppression never is.
    """
    found = []
    for index, suppression in enumerate(suppressions):
        idle = []
        for position, code in enumerate(suppression.codes):
            covered = [rule for rule in known if rule.startswith(code.text)]
            if covered and (index, position) not in used and all(r in selected for r in covered):
                idle.append(code)
        if idle:
            found.append((suppression, tuple(idle)))
    return found


def unknown(suppression: Suppression, known: Collection[str]) -> tuple[Code, ...]:
    """Return the codes of *suppression* that look like ours but belong to no rule."""
    return tuple(
        code
        for code in suppression.codes
        if (suppression.whole_file or code.text.upper().startswith(OWN_PREFIX))
        and not any(rule.startswith(code.text) for rule in known)
    )


def without(suppression: Suppression, codes: Collection[Code]) -> str:
    """Return the text of the comment without *codes* of *suppression*.

    What else the comment says stays. Where no code is left, the suppression
    goes, its reason with it, and what is left may be nothing at all.
    """
    text = suppression.text
    left = [code for code in suppression.codes if code not in codes]
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


def _in_comment(text: str, place: Span, first_line: int, *, alone: bool) -> Iterator[Suppression]:
    """Yield the suppressions in the comment *text*, which may stand *alone* on its line."""
    file = _FILE.search(text)
    if file is not None and (file["codes"] is None or _CODE.search(file["codes"])):
        yield _suppression(text, place, first_line, file, whole_file=True)
    flake8_file = _FLAKE8_FILE.match(text) if alone else None
    if flake8_file is not None:
        yield _suppression(text, place, first_line, flake8_file, whole_file=True)
    line = _LINE.search(text)
    if line is not None:
        yield _suppression(text, place, first_line, line, whole_file=False)


def _suppression(
    text: str, place: Span, first_line: int, match: re.Match[str], *, whole_file: bool
) -> Suppression:
    codes: tuple[Code, ...] = ()
    end = match.end()
    if match.groupdict().get("codes"):
        start, stop = match.span("codes")
        codes = tuple(Code(c[0], c.start(), c.end()) for c in _CODE.finditer(text, start, stop))
        if not whole_file:
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
    )
