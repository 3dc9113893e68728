"""The findings that a team has written down, so that only new ones fail.

A baseline is a text file: one sorted line per finding, so that branches merge as
code does. A line holds the file (relative to the baseline's own directory, with
``/``) and the scope in it, the rule's code and the hash of the code in question::

    app/api/v1/orders.py::OrderRoutes.get_order GRV104 3f2a9c1b44d0e7a2

A second finding that is alike in the same scope ends in ``#2``. Line numbers
are no part of it: code may move, be reformatted or renamed. See `fingerprints`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from gravity_lint.errors import UsageError
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.fingerprints import DIGITS, Fingerprint, fingerprints
from gravity_lint.patterns import pattern

HEADER: Final = """\
# gravity-lint baseline, version 1. These findings were there when it was recorded; new ones fail.
# Written by: gravity-lint baseline. What has been mended since goes with: --prune.
"""
_VERSION = pattern(r"# gravity-lint baseline, version (\d+)\.")
_ENTRY = pattern(
    rf"(?P<path>[^\s:]+)::(?P<scope>[^\s:]*) (?P<code>[A-Z]+[0-9]+)"
    rf" (?P<digest>[0-9a-f]{{{DIGITS}}})(?:#(?P<ordinal>[1-9][0-9]*))?"
)
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_ESCAPED = re.compile(r"[\s%:#\\\x00-\x1f\x7f]|[^ -~]")


class Entry(msgspec.Struct, frozen=True, order=True):
    """One finding that was written down; *path* is relative to the baseline, with ``/``."""

    path: str
    fingerprint: Fingerprint

    def __str__(self) -> str:
        """Return the entry's line, without its end."""
        own = self.fingerprint
        number = f"#{own.ordinal}" if own.ordinal > 1 else ""
        return f"{_quoted(self.path)}::{_quoted(own.scope)} {own.code} {own.digest}{number}"


class Comparison(msgspec.Struct, frozen=True):
    """Which findings the baseline does not know, which it excuses, and which of its entries idle.

    An entry is *stale* where its finding has gone although its rule was asked about its file,
    and *unasked* where it was not.
    """

    new: tuple[Finding, ...]
    excused: tuple[Finding, ...]
    stale: tuple[Entry, ...]
    unasked: tuple[Entry, ...] = ()


def parse(text: str, name: str) -> tuple[Entry, ...]:
    """Return the entries of the baseline *name*, whose content is *text*.

    Raises UsageError for a line that is no entry, naming it, and for the
    format of a later version.
    """
    found: list[Entry] = []
    for number, line in enumerate(text.splitlines(), 1):
        stated = line.strip()
        if not stated or stated.startswith("#"):
            version = _VERSION.match(stated)
            if version is not None and version[1] != "1":
                raise UsageError(
                    f"{name}, line {number}: version {version[1]} of the baseline's format is newer"
                    " than this gravity-lint; update it, or record the baseline again"
                )
            continue
        match = _ENTRY.fullmatch(stated)
        if match is None and stated.startswith(_CONFLICT):
            raise UsageError(
                f"{name}, line {number}: an unresolved merge; keep the lines of both sides and"
                " remove the marks"
            )
        if match is None:
            raise UsageError(
                f"{name}, line {number}: not an entry of a baseline (`FILE::SCOPE CODE HASH`);"
                " record it again with: gravity-lint baseline"
            )
        own = Fingerprint(
            match["code"], _unquoted(match["scope"]), match["digest"], int(match["ordinal"] or 1)
        )
        found.append(Entry(_unquoted(match["path"]), own))
    return tuple(found)


def rendered(entries: Iterable[Entry]) -> str:
    """Return the content of a baseline with these *entries*."""
    return HEADER + "".join(f"{line}\n" for line in sorted({str(entry) for entry in entries}))


def entries(
    findings: Sequence[Finding], sources: Mapping[str, str], relative: Callable[[str], str]
) -> tuple[Entry, ...]:
    """Return the entries of *findings*, in their order.

    *relative* gives an absolute path as it is seen from the baseline's directory, with ``/``.
    """
    found = fingerprints(findings, sources)
    return tuple(
        Entry(relative(finding.path), own) for finding, own in zip(findings, found, strict=True)
    )


def compare(
    findings: Sequence[Finding],
    recorded: Sequence[Entry],
    known: Sequence[Entry],
    *,
    gone: Callable[[str], bool],
    asked: Callable[[Entry], bool],
) -> Comparison:
    """Compare *findings*, whose entries are *recorded*, with the *known* entries of a baseline.

    What stands where it stood is matched first; then definitions whose code has
    changed, and what is the same in a statement that has; then, in the same file,
    what now has another scope; last, what comes from a file that is *gone* (renamed,
    or its code moved elsewhere). Every entry excuses one finding. *asked* tells
    whether this run would have found what an entry stands for.
    """
    free: dict[int, Entry] = dict(enumerate(known))
    open_: dict[int, Entry] = dict(enumerate(recorded))
    for key in (_exactly, _by_name, _in_its_scope, _in_its_file, _moved):
        waiting: dict[object, list[int]] = {}
        for number, entry in free.items():
            if key is not _moved or gone(entry.path):
                waiting.setdefault(key(entry), []).append(number)
        for numbers in waiting.values():
            numbers.reverse()
        for number, entry in list(open_.items()):
            if key is _by_name and not entry.fingerprint.whole:
                continue
            matching = waiting.get(key(entry))
            if matching:
                del free[matching.pop()], open_[number]
    stale = {number for number, entry in free.items() if asked(entry)}
    return Comparison(
        tuple(finding for number, finding in enumerate(findings) if number in open_),
        tuple(finding for number, finding in enumerate(findings) if number not in open_),
        tuple(entry for number, entry in free.items() if number in stale),
        tuple(entry for number, entry in free.items() if number not in stale),
    )


def _exactly(entry: Entry) -> object:
    own = entry.fingerprint
    return entry.path, own.code, own.scope, own.digest


def _by_name(entry: Entry) -> object:
    return entry.path, entry.fingerprint.code, entry.fingerprint.scope


def _in_its_scope(entry: Entry) -> object:
    own = entry.fingerprint
    return entry.path, own.code, own.scope, own.point


def _in_its_file(entry: Entry) -> object:
    return entry.path, entry.fingerprint.code, entry.fingerprint.digest


def _moved(entry: Entry) -> object:
    own = entry.fingerprint
    return own.code, own.scope, own.digest


def _quoted(text: str) -> str:
    """Return *text* as one word of printable ASCII, and readable where it is that already."""
    return _ESCAPED.sub(_percent, text)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))


def _unquoted(text: str) -> str:
    from urllib.parse import unquote  # only where something is quoted

    return unquote(text, errors="surrogateescape") if "%" in text else text
