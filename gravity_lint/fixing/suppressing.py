"""Comments that suppress findings, put where both this linter and flake8 honour them."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Mapping, Sequence

from gravity_lint.findings.suppressions import Suppression, parse

_NOQA = "# noqa: {}"
_OWN = "# gravity-lint: ignore[{}]"


def suppressed(
    text: str, wanted: Mapping[int, Sequence[str]], reason: str, *, own: bool = False
) -> str:
    """Return *text* with a ``noqa`` for the codes *wanted* on lines (from 1), and a *reason*.

    *own*: with a comment that other tools leave alone. A line that has one gets the codes added.
    A statement or a string that goes on over several lines takes the comment at its end. Raises
    ValueError for text that cannot be read as Python's tokens.
    """
    ends = _ends(text)
    codes: dict[int, list[str]] = {}
    for line, names in sorted(wanted.items()):
        known = codes.setdefault(ends.get(line, line), [])
        known += (name for name in names if name not in known)
    there = {
        suppression.comment.line: suppression
        for suppression in reversed(parse(text))
        if suppression.codes
        and not suppression.whole_file
        and not suppression.inert
        and _is_noqa(suppression) is not own
    }
    lines = io.StringIO(text, newline="").readlines()
    for line, names in codes.items():
        form = _OWN if own else _NOQA
        lines[line - 1] = _commented(lines[line - 1], sorted(names), there.get(line), reason, form)
    return "".join(lines)


def _is_noqa(suppression: Suppression) -> bool:
    return "noqa" in suppression.text[suppression.start : suppression.codes[0].start].lower()


def _commented(
    line: str, codes: Sequence[str], there: Suppression | None, reason: str, form: str
) -> str:
    if there is not None:
        fresh = [code for code in codes if code not in {x.text for x in there.codes}]
        place = there.comment.column - 1 + there.codes[-1].end
        return "".join((line[:place], *(f", {code}" for code in fresh), line[place:]))
    code = line.rstrip("\r\n")
    why = f" -- {reason}" if reason else ""
    comment = form.format(", ".join(codes))
    return f"{code.rstrip()}  {comment}{why}{line[len(code) :]}"


def _ends(text: str) -> dict[int, int]:
    """Return for each line on which the next comment that counts for it can stand.

    As flake8 has it, a token that goes on over several lines, and lines that a
    backslash joins, are one.
    """
    ends: dict[int, int] = {}
    first = last = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            if token.type in (tokenize.ENDMARKER, tokenize.DEDENT, tokenize.INDENT):
                continue
            first = first or token.start[0]
            last = token.end[0]
            if token.type in (tokenize.NL, tokenize.NEWLINE):
                last = token.start[0]
                ends.update((line, last) for line in range(first, last + 1))
                first = 0
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(str(error)) from error
    if first:
        ends.update((line, last) for line in range(first, last + 1))
    return ends
