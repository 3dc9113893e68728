"""What has become of promises, as text, JSON, Markdown, SARIF and GitHub's annotations."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from gravity_lint import __version__
from gravity_lint.contract.changes import Change, Severity
from gravity_lint.contract.description import Place
from gravity_lint.contract.sides import Verdict
from gravity_lint.reporting.github import SHOWN
from gravity_lint.reporting.places import below_repository
from gravity_lint.reporting.sarif import SCHEMA
from gravity_lint.reporting.summary import width_of, wrapped
from gravity_lint.reporting.text import (
    counted,
    encodable,
    encodable_data,
    shown_path,
    visible,
    write_json,
)

_ORDER: Final = (Severity.BREAKING, Severity.SECURITY, Severity.POSSIBLY, Severity.COMPATIBLE)
_LEVELS: Final = {
    Severity.BREAKING: "error",
    Severity.SECURITY: "warning",
    Severity.POSSIBLY: "warning",
    Severity.COMPATIBLE: "note",
}
_LISTED: Final = 10
"""How many parts that were not compared are listed where nobody asks for all."""


class Group(msgspec.Struct, frozen=True):
    """Changes that one edit makes to several operations: they say the same of the same place."""

    first: Change
    changes: tuple[Change, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """The operations, events or keys, each once."""
        return tuple(dict.fromkeys(change.subject for change in self.changes))

    @property
    def callers(self) -> tuple[tuple[str, Place], ...]:
        """The places that lean on what changes, each once, with the names of their services."""
        return tuple(dict.fromkeys(x for change in self.changes for x in change.callers))


def groups(changes: Iterable[Change]) -> list[Group]:
    """Return *changes* grouped by what one edit does, the worst first."""
    found: dict[object, list[Change]] = {}
    for change in changes:
        alone = change.subject if change.kind.startswith("endpoint-") else ""
        # One edit of a model is seen at the end of many paths.
        words = change.message.rpartition(": ")[2] if change.place is not None else change.message
        key = (change.service, change.kind, change.severity, words, change.place, alone)
        found.setdefault((*key, change.excuse), []).append(change)
    rows = [Group(rows[0], tuple(rows)) for rows in found.values()]
    return sorted(rows, key=lambda row: (row.first.service, _weight(row.first)))


def _weight(change: Change) -> tuple[bool, int]:
    return bool(change.excuse), _ORDER.index(change.severity)


# -- text ----------------------------------------------------------------------------------


def render_text(verdict: Verdict, stream: TextIO, *, whole: bool = False) -> None:
    """Write what has changed, service by service, the worst first."""
    stream.writelines(f"{line}\n" for line in _Page(verdict, width_of(stream), whole).lines())


class _Page:
    def __init__(self, verdict: Verdict, width: int | None, whole: bool) -> None:
        self._verdict = verdict
        self._width = width
        self._whole = whole

    def lines(self) -> Iterator[str]:
        verdict = self._verdict
        shown = [
            row
            for row in groups(verdict.changes)
            if self._whole or row.first.severity is not Severity.COMPATIBLE
        ]
        for service, rows in groupby(shown, key=lambda row: row.first.service):
            yield visible(service)
            for row in rows:
                yield from self._group(row)
            yield ""
        yield from self._not_compared()
        for problem in verdict.problems:
            place = f"{visible(shown_path(problem.path))}: " if problem.path else ""
            yield from self._filled(f"error: {place}{visible(problem.message)}", "  ")
        for note in verdict.notes:
            yield from self._filled(f"note: {visible(note)}", "  ")
        yield from self._filled(visible(summary(verdict)), "")

    def _group(self, row: Group) -> Iterator[str]:
        change = row.first
        subjects = row.subjects
        more = f" (and {counted(len(subjects) - 1, 'other')})" if len(subjects) > 1 else ""
        yield from self._filled(f"  {visible(subjects[0])}{more}", "    ")
        excused = f", {visible(change.excuse)}" if change.excuse else ""
        head = f"{change.severity.value}{excused}: {visible(change.message)} [{change.kind}]"
        yield from self._filled(f"    {head}", "      ")
        if change.place is not None:
            yield f"      {self._there(change)}"
        if change.why:
            yield from self._filled(f"      why: {visible(change.why)}", "        ")
        for service, place in row.callers:
            where = _line(place, self._verdict.new_top)
            yield f"      called by {visible(service)}: {visible(where)}"
        if self._whole and len(subjects) > 1:
            for subject in subjects[1:]:
                yield f"      also {visible(subject)}"

    def _there(self, change: Change) -> str:
        return visible(located(change, self._verdict))

    def _not_compared(self) -> Iterator[str]:
        rows = unknowns(self._verdict)
        if not rows:
            return
        listed = rows if self._whole else [row for row in rows if not row.always][:_LISTED]
        if listed:
            yield "Not compared, because the source does not tell:"
        for row in listed:
            yield from self._filled(f"  {visible(row.subject)}: {visible(row.what)}", "    ")
            if row.where:
                yield f"    {visible(row.where)}"
        rest = [row for row in rows if row not in listed]
        always = sum(row.always for row in rest)
        left = [f"{len(rest) - always} more"] if len(rest) > always else []
        left += [f"{counted(always, 'part')} that neither side tells"] if always else []
        if left:
            said = " and ".join(left)
            lead = "  and" if listed else "Not compared:"
            yield f"{lead} {said} (--all lists {'it' if len(rest) == 1 else 'them'})"
        yield ""

    def _filled(self, text: str, indent: str) -> Iterator[str]:
        lead = text[: len(text) - len(text.lstrip())]
        rows = wrapped(text.lstrip(), None if self._width is None else self._width - len(indent))
        for number, row in enumerate(rows):
            yield f"{lead if not number else indent}{row}"


class Unknown(msgspec.Struct, frozen=True):
    """One thing that was not compared: *what*, and *where* in the code that is, if it is one place.

    *subjects* are the operations that it concerns; *always*: neither side tells it.
    """

    what: str
    subjects: tuple[str, ...]
    where: str
    always: bool

    @property
    def subject(self) -> str:
        """The first operation, and how many there are besides."""
        more = len(self.subjects) - 1
        return f"{self.subjects[0]} and {counted(more, 'other')}" if more else self.subjects[0]


def unknowns(verdict: Verdict) -> list[Unknown]:
    """Return what was not compared, that first of which one side tells."""
    found: dict[tuple[str, str, bool], list[str]] = {}
    for row in verdict.not_compared:
        where = ""
        if row.subject == "routes" and row.place is not None:
            where = _line(row.place, verdict.new_top)
        subjects = found.setdefault((row.what, where, row.always), [])
        if row.subject not in subjects:
            subjects.append(row.subject)
    rows = [Unknown(key[0], tuple(subjects), *key[1:]) for key, subjects in found.items()]
    return sorted(rows, key=lambda row: row.always)


def summary(verdict: Verdict) -> str:
    """Return one sentence: how many changes of each weight there are."""
    counts = Counter(change.severity for change in verdict.changes if not change.excuse)
    waived = sum(bool(change.excuse) for change in verdict.changes)
    parts = [f"{counts[severity]} {severity.value}" for severity in _ORDER if counts[severity]] or [
        "no"
    ]
    only = sum(counts.values())
    said = f"{', '.join(parts)} {'change' if only == 1 else 'changes'}"
    if waived:
        said += f", {waived} waived"
    if verdict.not_compared:
        said += f", {counted(len(unknowns(verdict)), 'part')} not compared"
    return f"{said[0].upper()}{said[1:]} from {verdict.old} to {verdict.new}."


def located(change: Change, verdict: Verdict) -> str:
    """Return where *change* stands, as it is found from the working directory."""
    assert change.place is not None
    top = verdict.old_top if change.gone else verdict.new_top
    line = _line(change.place, top)
    return f"{line} in {verdict.old}" if change.gone else line


def _line(place: Place, top: str) -> str:
    return f"{_path(place, top)}:{place.span.line}"


def _path(place: Place, top: str) -> str:
    return shown_path(os.path.join(top, *place.path.split("/")))


# -- data ----------------------------------------------------------------------------------


def render_json(verdict: Verdict, stream: TextIO, *, whole: bool = False) -> None:
    """Write one JSON object, in ASCII; compatible changes are always in it."""
    data = {
        "old": verdict.old,
        "new": verdict.new,
        "changes": [_change(change, verdict) for change in verdict.changes],
        "not_compared": [
            {
                "service": row.service,
                "subject": row.subject,
                "what": row.what,
                "always": row.always,
                **_place(row.place, verdict.new_top),
            }
            for row in verdict.not_compared
        ],
        "problems": [
            {"path": shown_path(x.path) if x.path else "", "message": x.message}
            for x in verdict.problems
        ],
        "notes": list(verdict.notes),
        "summary": {
            severity.value: sum(
                change.severity is severity and not change.excuse for change in verdict.changes
            )
            for severity in _ORDER
        },
    }
    write_json(encodable_data(data), stream, 2)


def _change(change: Change, verdict: Verdict) -> dict[str, Any]:
    return {
        "kind": change.kind,
        "severity": change.severity.value,
        "service": change.service,
        "subject": change.subject,
        "message": change.message,
        **_place(change.place, verdict.old_top if change.gone else verdict.new_top),
        "gone": change.gone,
        "why": change.why,
        "excuse": change.excuse,
        "callers": [
            {"service": service, **_place(place, verdict.new_top)}
            for service, place in change.callers
        ],
    }


def _place(place: Place | None, top: str) -> dict[str, Any]:
    if place is None:
        return {"path": None, "line": None}
    return {
        "path": _path(place, top),
        "line": place.span.line,
        "column": place.span.column,
        "end_line": place.span.end_line,
        "end_column": place.span.end_column,
    }


def render_sarif(verdict: Verdict, stream: TextIO, *, whole: bool = False) -> None:
    """Write one SARIF log; what has gone stands at the file that held it."""
    kinds = sorted({change.kind for change in verdict.changes})
    run = {
        "tool": {
            "driver": {
                "name": "gravity-lint contract",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_kind(kind, verdict.changes) for kind in kinds],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not verdict.problems,
                "toolExecutionNotifications": [
                    {"level": "error", "message": {"text": encodable(problem.message)}}
                    for problem in verdict.problems
                ],
            }
        ],
        "results": [_result(change, verdict) for change in verdict.changes],
        "properties": {
            "notCompared": [encodable(f"{x.subject}: {x.what}") for x in verdict.not_compared]
        },
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    write_json(document, stream, 1)


def _kind(kind: str, changes: Sequence[Change]) -> dict[str, Any]:
    worst = min((x.severity for x in changes if x.kind == kind), key=_ORDER.index)
    return {
        "id": kind,
        "name": "".join(word.title() for word in kind.split("-")),
        "shortDescription": {"text": kind.replace("-", " ")},
        "defaultConfiguration": {"level": _LEVELS[worst]},
    }


def _result(change: Change, verdict: Verdict) -> dict[str, Any]:
    why = f" ({change.why})" if change.why else ""
    result: dict[str, Any] = {
        "ruleId": change.kind,
        "level": _LEVELS[change.severity],
        "message": {"text": encodable(f"{change.subject}: {change.message}{why}")},
        "properties": {
            "service": encodable(change.service),
            "severity": change.severity.value,
            "gone": change.gone,
        },
        "partialFingerprints": {
            "gravityLintContract/v1": encodable(f"{change.kind} {change.subject} {change.message}")
        },
    }
    if change.excuse:
        result["suppressions"] = [{"kind": "external", "justification": encodable(change.excuse)}]
    if change.place is not None:
        result["locations"] = [_location(change.place, verdict.new_top, change.gone)]
    if change.callers:
        result["relatedLocations"] = [
            {
                **_location(place, verdict.new_top, False),
                "message": {"text": encodable(f"called by {service}")},
            }
            for service, place in change.callers
        ]
    return result


def _location(place: Place, top: str, gone: bool) -> dict[str, Any]:
    from urllib.parse import quote

    path = os.path.join(top, *place.path.split("/"))
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(below_repository(path))}}
    if not gone:
        span = place.span
        physical["region"] = {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return {"physicalLocation": physical}


# -- pull requests -------------------------------------------------------------------------


_COMMENT: Final = 60_000
"""How many characters a comment may have (GitHub: 65,536), with some to spare for others."""


def render_markdown(verdict: Verdict, stream: TextIO, *, whole: bool = False) -> None:
    """Write what fits into the comment of a pull request; of the rest, how much it is."""
    left = None if whole else _COMMENT
    lines: list[str] = []
    omitted = 0
    for line in _markdown(verdict, whole):
        is_row = line.startswith(("| ", "- ")) and not line.startswith("| |")
        if left is not None and is_row and left < len(line):
            omitted += 1
            continue
        lines.append(line)
        left = None if left is None else left - len(line) - 1
    if omitted:
        lines.append(f"_{counted(omitted, 'row')} more than fit into a comment (--all has them)._")
    stream.writelines(f"{line}\n" for line in lines)


def _markdown(verdict: Verdict, whole: bool) -> Iterator[str]:
    yield f"**Contract:** {_cell(summary(verdict))}"
    yield ""
    changes = groups(verdict.changes)
    for service, own in groupby(changes, key=lambda row: row.first.service):
        told = list(own)
        harmful = [x for x in told if x.first.severity is not Severity.COMPATIBLE]
        harmless = [x for x in told if x.first.severity is Severity.COMPATIBLE]
        yield f"### {_cell(service)}"
        yield ""
        if harmful:
            yield from _table(harmful, verdict)
            yield ""
        if harmless:
            number = counted(len(harmless), "compatible change")
            yield f"<details{' open' if whole else ''}><summary>{number}</summary>"
            yield ""
            yield from _table(harmless, verdict)
            yield ""
            yield "</details>"
            yield ""
    rows = unknowns(verdict)
    if rows:
        yield f"<details><summary>{counted(len(rows), 'part')} not compared</summary>"
        yield ""
        for row in rows if whole else [row for row in rows if not row.always]:
            more = f" and {len(row.subjects) - 1} more" if len(row.subjects) > 1 else ""
            where = f" ({_code(row.where)})" if row.where else ""
            yield f"- {_code(row.subjects[0])}{more}: {_cell(row.what)}{where}"
        always = sum(row.always for row in rows)
        if always and not whole:
            yield f"- {counted(always, 'part')} that neither side tells"
        yield ""
        yield "</details>"
        yield ""
    for problem in verdict.problems:
        yield f"**Error:** {_cell(problem.message)}"
        yield ""
    for note in verdict.notes:
        yield f"_{_cell(note)}_"
        yield ""


def _table(rows: Iterable[Group], verdict: Verdict) -> Iterator[str]:
    yield "| | operation | what | where |"
    yield "|---|---|---|---|"
    for row in rows:
        change = row.first
        subjects = "<br>".join(map(_code, row.subjects[:3]))
        if len(row.subjects) > 3:
            subjects += f"<br>and {len(row.subjects) - 3} more"
        what = _cell(change.message)
        if change.why:
            what += f"<br>{_cell(change.why)}"
        for service, place in row.callers:
            where = _line(place, verdict.new_top)
            what += f"<br>called by {_cell(service)}: {_cell(where)}"
        weight = change.severity.value
        if change.severity is Severity.BREAKING and not change.excuse:
            weight = f"**{weight}**"
        if change.excuse:
            weight += f", {_cell(change.excuse)}"
        weight += f"<br>{_code(change.kind)}"
        where = _code(located(change, verdict)) if change.place is not None else ""
        yield f"| {weight} | {subjects} | {what} | {where} |"


def _code(text: str) -> str:
    return f"`{visible(text).replace('|', chr(92) + '|').replace('`', '')}`"


def _cell(text: str) -> str:
    return visible(text).replace("|", "\\|").replace("<", "&lt;")


_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render_github(verdict: Verdict, stream: TextIO, *, whole: bool = False) -> None:
    """Write workflow commands: one annotation for each edit, the worst first."""
    rows = sorted(groups(verdict.changes), key=lambda row: _weight(row.first))
    told = [row for row in rows if row.first.severity is not Severity.COMPATIBLE]
    counts: Counter[str] = Counter()
    for row in told:
        level = "error" if Verdict.breaks(row.first) else "warning"
        counts[level] += 1
        stream.write(f"{_command(row, level, verdict)}\n")
    for problem in verdict.problems:
        message = visible(problem.message.translate(_MESSAGE))
        stream.write(f"::error title=gravity-lint contract::{message}\n")
    left = {level: number - SHOWN for level, number in counts.items() if number > SHOWN}
    if left:
        kinds = " and ".join(counted(number, level) for level, number in left.items())
        stream.write(
            f"::notice title=gravity-lint contract::GitHub shows {SHOWN} errors and {SHOWN}"
            f" warnings of a step: {kinds} more are in the log of this one, the worst first\n"
        )


def _command(row: Group, level: str, verdict: Verdict) -> str:
    change = row.first
    properties: dict[str, str] = {}
    if change.place is not None:
        path = os.path.join(verdict.new_top, *change.place.path.split("/"))
        if Path(path).exists():
            properties["file"] = below_repository(path)
            if not change.gone:
                properties["line"] = str(change.place.span.line)
                properties["endLine"] = str(change.place.span.end_line)
    properties["title"] = f"{change.severity.value}: {change.kind}"
    given = ",".join(
        f"{key}={visible(value.translate(_PROPERTY))}" for key, value in properties.items()
    )
    subjects = row.subjects
    more = f" (and {counted(len(subjects) - 1, 'other')})" if len(subjects) > 1 else ""
    why = f" ({change.why})" if change.why else ""
    called = [f"{name} ({_line(place, verdict.new_top)})" for name, place in row.callers]
    by = f"; called by {', '.join(called)}" if called else ""
    message = f"{subjects[0]}{more}: {change.message}{why}{by}"
    return f"::{level} {given}::{visible(message.translate(_MESSAGE))}"


FORMATS: Final[dict[str, Callable[..., None]]] = {
    "github": render_github,
    "json": render_json,
    "markdown": render_markdown,
    "sarif": render_sarif,
    "text": render_text,
}
