"""What makes a finding the same finding after its code has moved.

A fingerprint is made of the rule, the scope in which the finding stands, and the
code that it points at, as a formatter would leave it: white space, comments, quotes,
commas and parentheses do not count, nor does the name of the subject where it
stands in its own code. Neither line nor file name are part of it.

Of a *definition* (an endpoint, a class, a method, a parameter of one) there is only one under
its name: it is known by that, whatever becomes of its code. Only where the name has gone does
the code tell whether it was renamed, and then all of it must be the same.
"""

from __future__ import annotations

import re
from _blake2 import blake2b  # what hashlib gives, without loading OpenSSL
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

import msgspec

from gravity_lint.findings.finding import Finding
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

DIGITS: Final = 16
"""How many hexadecimal digits the two hashes of a finding's code have together."""
_WORD = 24
"""How many of them stand for the whole fingerprint."""

_TOKEN = pattern(
    r"""
      (?P<comment> \#[^\r\n]* )
    | (?P<prefix> [A-Za-z]{0,2} ) (?P<string>
          \"{3} (?: [^\\] | \\. )*? \"{3}
        | '{3}  (?: [^\\] | \\. )*? '{3}
        | "     (?: [^\\"\r\n] | \\. )* "
        | '     (?: [^\\'\r\n] | \\. )* '
      )
    | (?P<space> [\s\\,()]+ )
    | (?P<word> \w+ )
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_HEAD = pattern(r"@|(?:async\s+)?def\b|class\b")
_NAME = pattern(r"^[ \t]*(?:(?:async\s+)?def|class)\s+(\w+)", re.MULTILINE)
_LINE_END = pattern(r"\r\n|\r|\n")


class Fingerprint(msgspec.Struct, frozen=True, order=True):
    """What a finding is known by: its rule, its scope below the module, the hash of its code.

    *digest* has two halves: what it points at, and the statement around that, with all that is
    indented below. The first is enough where the finding was; the other tells what has moved.
    *ordinal* tells those apart that are alike in one file: 1 for the first. *whole*: the finding
    is about the definition that *scope* names. Who reads it from a baseline does not know that.
    """

    code: str
    scope: str
    digest: str
    ordinal: int = 1
    whole: bool = False

    def __str__(self) -> str:
        """Return the fingerprint as one word, the same on every machine."""
        return _word(self.code, self.scope, "" if self.whole else self.point, self.ordinal)

    @property
    def point(self) -> str:
        """The hash of the code that the finding points at, without the block around it."""
        return self.digest[: DIGITS // 2]


def fingerprints(
    findings: Sequence[Finding], sources: Mapping[str, str]
) -> tuple[Fingerprint, ...]:
    """Return the fingerprint of each of *findings*, in their order.

    *sources* gives the text of each file by its absolute path; a finding in a
    file that is missing there is known by its rule and scope alone.
    """
    found: list[Fingerprint] = []
    for finding, block, point, number in _pointed(findings, sources):
        digest = f"{point or block.digest}{block.digest}"
        found.append(Fingerprint(finding.code, finding.inside, digest, number, not point))
    return tuple(found)


def words(findings: Sequence[Finding], sources: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fingerprint of each of *findings* as one word.

    For that, the blocks around them need not be hashed, which takes most of the time.
    """
    return tuple(
        _word(finding.code, finding.inside, point, number)
        for finding, _, point, number in _pointed(findings, sources)
    )


def _word(code: str, scope: str, point: str, ordinal: int) -> str:
    return _hashed("\0".join((code, scope, point, str(ordinal))), _WORD)


def _pointed(
    findings: Sequence[Finding], sources: Mapping[str, str]
) -> Iterator[tuple[Finding, _Block, str, int]]:
    """Yield each of *findings* with its block, the hash of what it points at, and its ordinal.

    The hash is empty where the finding is about the whole definition.
    """
    lines: dict[str, list[str]] = {}
    blocks: dict[tuple[str, Span, str], _Block] = {}
    seen: dict[tuple[str, str, str, str], int] = {}
    for finding in findings:
        path, scope, inside = finding.path, finding.scope, finding.inside
        if path not in lines:
            lines[path] = _LINE_END.split(sources.get(path, ""))
        own = inside.rpartition(".")[2]
        block = blocks.get((path, scope, own))
        if block is None:
            block = blocks[path, scope, own] = _Block(lines[path], scope, own)
        whole = bool(block.name) and block.name in inside.split(".")
        point = "" if whole else _hashed(normalised(_cut(lines[path], finding.span), own))
        alike = path, finding.code, inside, point
        number = seen[alike] = seen.get(alike, 0) + 1
        yield finding, block, point, number


class _Block:
    """The statement that begins with the lines of *head*, with all that is indented below it.

    *own* names the subject in it.
    """

    def __init__(self, lines: Sequence[str], head: Span, own: str) -> None:
        self._lines = lines
        self._head = head
        self._own = own
        text = _cut(lines, head)
        match = _HEAD.match(text) and _NAME.search(text)
        self.name = match[1] if match else ""
        """Its name, if it defines one."""

    @cached_property
    def digest(self) -> str:
        """The hash of its code; of a statement, with the lines around it, for many are alike."""
        lines, start, end = self._lines, self._head.line - 1, self._head.end_line
        own = self.name or self._own
        margin = re.match(r"\s*", lines[start] if start < len(lines) else "")
        indent = re.escape(margin[0] if margin else "")
        if self.name or normalised("\n".join(lines[start:end])).endswith(":"):
            inner = re.compile(rf"\s*$|{indent}\s")
            while end < len(lines) and inner.match(lines[end]):
                end += 1
        code = normalised("\n".join(lines[start:end]), own)
        if self.name:
            return _hashed(code)
        before = next(filter(None, (normalised(x, own) for x in reversed(lines[:start]))), "")
        after = next((x for x in lines[end:] if normalised(x)), "")
        behind = normalised(after, own) if re.match(indent, after) else ""
        return _hashed("\0".join((before, code, behind)))


def normalised(code: str, own: str = "") -> str:
    """Return *code* in the spelling that all its formattings share; *own* names its subject."""
    return " ".join(_words(code, own))


def _words(code: str, own: str) -> Iterable[str]:
    for token in _TOKEN.finditer(code):
        if token["comment"] is not None or token["space"] is not None:
            continue
        if token["string"] is not None:
            text = token["string"]
            width = 3 if text[:3] in ('"""', "'''") else 1
            inner = text[width:-width].replace("\\'", "'").replace('\\"', '"')
            yield f'{token["prefix"].lower()}"{inner}"'
        elif own and token["word"] == own:
            yield "_"
        else:
            yield token[0]


def _cut(lines: Sequence[str], span: Span) -> str:
    """Return the text of *span*; where it has no length, its whole line."""
    if span.empty:
        return lines[span.line - 1] if span.line <= len(lines) else ""
    cut = list(lines[span.line - 1 : span.end_line])
    if cut and len(cut) == span.end_line - span.line + 1:
        cut[-1] = cut[-1][: span.end_column - 1]
        cut[0] = cut[0][span.column - 1 :]
    return "\n".join(cut)


def _hashed(text: str, digits: int = DIGITS // 2) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=digits // 2).hexdigest()
