"""What is new since a revision: services are judged as they are and as they were.

A finding is new if the services as they were do not have it (see `compare` of
the baseline: by its code, not by its line). It may stand on a line that nobody
touched: then the change that brought it is looked for, and named.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import FILES
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.errors import UsageError
from gravity_lint.findings.baseline import Entry, compare, entries
from gravity_lint.findings.finding import Finding, Related
from gravity_lint.revisions.repository import Change, Repository
from gravity_lint.revisions.snapshot import bears, laid_out
from gravity_lint.running.fingerprint import own_fingerprint
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.past_run import asked_here
from gravity_lint.running.phases import Progress
from gravity_lint.running.run import resting_collector
from gravity_lint.running.runs import Run
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.source import read
from gravity_lint.sources.spans import START, Span

_TRIED = 25
"""How many changed files of a service are taken back, one at a time, to see what they cause."""


def run_since(
    revision: str,
    paths: Sequence[Path],
    overrides: Overrides,
    *,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
    means: Means = Means(),  # noqa: B008
) -> Report:
    """Judge what *paths* name, and report on what is new since *revision*.

    Compared is with the commit at which the history of *revision* and of HEAD
    went apart, as a pull request is. The rates are those of the whole services.
    Raises UsageError as `run` does, where *paths* lie in no git working tree,
    and where there is no such revision.
    """
    since = _Since(revision, paths, overrides, texts or {}, means)
    with resting_collector():
        return deeply(lambda: since.report(progress))


class _Since:
    """One comparison with a revision."""

    def __init__(
        self,
        revision: str,
        paths: Sequence[Path],
        overrides: Overrides,
        texts: Mapping[Path, str],
        means: Means,
    ) -> None:
        self._revision = revision
        # What a baseline excuses now is no news whatever it was then.
        self._overrides = msgspec.structs.replace(overrides, baseline="")
        self._repository = Repository.around(_existing(paths[0].resolve()))
        self._top = self._repository.top
        self._base = self._repository.merge_base(self._repository.resolve(revision))
        self._changes = self._repository.changes(self._base)
        self._run = Run(paths, overrides, texts, means)

    def report(self, progress: Progress | None) -> Report:
        """Return what is new; what went wrong is reported whole."""
        report = self._run.report(progress)
        touched = [files for files in self._run.discovery.services if self._is_touched(files)]
        roots = {str(files.root) for files in touched}
        concerned = [f for f in report.findings if _service_of(f, roots) is not None]
        lines = self._changed_lines() if concerned else {}
        new = self._new(concerned, report, touched, lines) if concerned else ()
        explained = tuple(self._explained(new, lines, touched))
        return msgspec.structs.replace(
            report, findings=explained, fingerprints=(), silenced=(), compared=True
        )

    # -- which services --------------------------------------------------------------------

    def _is_touched(self, files: ServiceFiles) -> bool:
        """Tell whether a change may bear on the service: in it, or in what configures it."""
        root = self._below(str(files.root))
        if root is None:
            return False
        prefix = "" if root == "." else f"{root}/"
        return any(
            bears(path) and (path.startswith(prefix) or not path.endswith(".py"))
            for change in self._changes
            for path in (change.before, change.after)
            if path is not None
        )

    def _below(self, path: str) -> str | None:
        """Return the absolute *path* as seen from the repository's top, with ``/``."""
        relative = os.path.relpath(path, self._top).replace(os.sep, "/")
        return None if relative.startswith("../") or relative == ".." else relative

    # -- what is new -----------------------------------------------------------------------

    def _new(
        self,
        findings: Sequence[Finding],
        report: Report,
        touched: Sequence[ServiceFiles],
        lines: Mapping[str, tuple[range, ...]],
    ) -> tuple[Finding, ...]:
        """Return what is new; of those that are alike, the ones that stand on changed *lines*."""
        roots = [root for files in touched if (root := self._below(str(files.root))) is not None]
        known = self._known(roots)
        now = entries(findings, report.sources, lambda path: self._below(path) or path)
        pairs = list(zip(findings, now, strict=True))
        pairs.sort(key=lambda pair: _touches(lines, pair[0].path, pair[0].span))
        found, recorded = [finding for finding, _ in pairs], [entry for _, entry in pairs]
        new = compare(found, recorded, known, gone=lambda _: True, asked=lambda _: False).new
        return tuple(sorted(new, key=lambda finding: finding.order))

    def _known(self, roots: Sequence[str]) -> tuple[Entry, ...]:
        """Return the findings as they were in the services at *roots*, under today's file names."""
        renamed = {c.before: c.after for c in self._changes if c.before and c.after}
        return tuple(
            msgspec.structs.replace(entry, path=renamed.get(entry.path, entry.path))
            for entry in self._recalled(roots)
        )

    def _recalled(self, roots: Sequence[str]) -> tuple[Entry, ...]:
        """Return the findings as they were in the services at *roots*.

        A commit never changes: what was found in it once is kept.
        """
        caches = self._run.caches
        if caches is None:
            return self._then(roots)[0]
        name, stamp = f"{asked_here(self._base, *roots, self._overrides)}.since", own_fingerprint()
        data = caches.load(self._top, name, stamp)
        if data is not None:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError):
                return msgspec.msgpack.decode(data, type=tuple[Entry, ...])
        found, lasts = self._then(roots)
        if lasts:
            with suppress(ValueError, msgspec.MsgspecError):  # a name that is no text
                caches.store(self._top, name, stamp, msgspec.msgpack.encode(found))
                caches.finish()
        return found

    def _then(self, roots: Sequence[str]) -> tuple[tuple[Entry, ...], bool]:
        """Judge what was at *roots*; tell whether the same will be found there at any time."""
        prefixes = tuple("" if root == "." else f"{root}/" for root in roots)

        def wanted(path: str) -> bool:
            return path.startswith(prefixes) or not path.endswith(".py")

        with laid_out(self._repository, self._base, wanted=wanted) as there:
            places = [there / root for root in roots if (there / root).is_dir()]
            inhabited = [place for place in places if any(place.rglob("*.py"))]
            if not inhabited:
                return (), True
            report, lasts = self._judged(inhabited, there)

            def then(path: str) -> str:
                return os.path.relpath(path, there.resolve()).replace(os.sep, "/")

            return entries(report.findings, report.sources, then), lasts and not report.problems

    def _judged(self, inhabited: Sequence[Path], there: Path) -> tuple[Report, bool]:
        """Judge what was at the places *inhabited*; tell whether nothing of today bears on it.

        Where the configuration of that time is broken, today's takes its place.
        """
        run = Run(inhabited, self._overrides, {})
        if run.discovery.broken:
            for name in self._configurations(inhabited, there):
                (there / name).write_bytes((self._top / name).read_bytes())
            return Run(inhabited, self._overrides, {}).report(), False
        return run.report(), run.may_be_recalled

    def _configurations(self, places: Sequence[Path], there: Path) -> Iterator[str]:
        """Yield today's configuration files at and above *places*, below the top."""
        for place in places:
            for directory in (place, *place.parents):
                if not directory.is_relative_to(there):
                    break
                for name in FILES:
                    relative = (directory / name).relative_to(there)
                    if (self._top / relative).is_file():
                        yield relative.as_posix()

    # -- why it is new ---------------------------------------------------------------------

    def _before(self) -> Mapping[str, str]:
        """Return the changed Python files as they were, by path below the top."""
        changed = frozenset(change.before for change in self._changes)
        with laid_out(self._repository, self._base, wanted=changed.__contains__) as there:
            return dict(_texts(there, self._changes))

    def _changed_lines(self) -> dict[str, tuple[range, ...]]:
        """Return the changed lines by absolute path; of a new file, all."""
        found = dict(self._repository.changed_lines(self._base))
        for change in self._changes:
            if change.before is None and change.after is not None:
                found[change.after] = (range(1, 1 << 31),)
        return {str(self._top / path): ranges for path, ranges in found.items()}

    def _explained(
        self,
        findings: Iterable[Finding],
        lines: Mapping[str, tuple[range, ...]],
        touched: Sequence[ServiceFiles],
    ) -> Iterator[Finding]:
        trials = _Trials(self._run, self._before, self._changes, self._top)
        for finding in findings:
            if _touches(lines, finding.path, finding.span) or _touches(
                lines, finding.path, finding.scope
            ):
                yield finding
                continue
            near = [
                place
                for place in (finding.cause, *finding.related)
                if place is not None and _touches(lines, place.path, place.span)
            ]
            if near:
                yield self._naming(finding, near[0].path, near[0].span, related=False)
                continue
            files = next((x for x in touched if finding.path in map(str, x.files)), None)
            guilty = trials.guilty(finding, files) if files is not None else None
            if guilty is None:
                yield finding
                continue
            ranges = lines.get(guilty, ())
            span = Span(ranges[0].start, 1, ranges[0].start, 1) if ranges else START
            yield self._naming(finding, guilty, span, related=True)

    def _naming(self, finding: Finding, path: str, span: Span, *, related: bool) -> Finding:
        """Return *finding* with the change at *path* in its message."""
        place = self._below(path) or path
        line = f":{span.line}" if os.path.exists(path) else ""
        verb = "changed" if line else "removed"
        why = f"; new since {self._revision}, because {place}{line} was {verb}"
        notes = finding.related
        if related and line:
            notes += (Related(path, span, f"changed since {self._revision}"),)
        return msgspec.structs.replace(finding, message=finding.message + why, related=notes)


class _Trials:
    """Takes changed files back, one at a time, to see which findings go with them."""

    def __init__(
        self,
        run: Run,
        before: Callable[[], Mapping[str, str]],
        changes: Sequence[Change],
        top: Path,
    ) -> None:
        self._run = run
        self._before = cache(before)
        self._changes = changes
        self._top = top
        self._without: dict[tuple[str, str], frozenset[tuple[str, str, str]]] = {}

    def guilty(self, finding: Finding, files: ServiceFiles) -> str | None:
        """Return the absolute path of the one changed file without whose change it would not be."""
        key = _identity(finding)
        prefix = f"{files.root}{os.sep}"
        tried = 0
        for change in self._changes:
            path = str(self._top / (change.after or change.before or ""))
            if not path.endswith(".py") or not path.startswith(prefix):
                continue
            tried += 1
            if tried > _TRIED:
                break
            if key not in self._findings_without(change, path, files):
                return path
        return None

    def _findings_without(
        self, change: Change, path: str, files: ServiceFiles
    ) -> frozenset[tuple[str, str, str]]:
        memo = (str(files.root), path)
        if memo not in self._without:
            members = {file for file in files.files if str(file) != path}
            texts: dict[str, str] = {}
            old = self._before().get(change.before) if change.before is not None else None
            if old is not None and change.before is not None:
                place = self._top / change.before
                members.add(place)
                texts[str(place)] = old
            names = tuple(sorted(members))
            whole = msgspec.structs.replace(files, files=names, reported=names)
            report = self._run.judge(whole, texts)
            self._without[memo] = frozenset(map(_identity, report.findings))
        return self._without[memo]


def _texts(there: Path, changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """Yield the changed Python files of a revision that lies *there*, with their texts of then.

    What cannot be decoded cannot be taken back either.
    """
    for change in changes:
        if change.before is not None and change.before.endswith(".py"):
            place = there / change.before
            if place.is_file():
                with suppress(UsageError):
                    yield change.before, read(place).text


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.path, finding.inside


def _service_of(finding: Finding, roots: Iterable[str]) -> str | None:
    return next((root for root in roots if finding.path.startswith(f"{root}{os.sep}")), None)


def _touches(lines: Mapping[str, tuple[range, ...]], path: str, span: Span) -> bool:
    return any(
        span.line < changed.stop and changed.start <= span.end_line
        for changed in lines.get(path, ())
    )


def _existing(place: Path) -> Path:
    return next(x for x in (place, *place.parents) if x.exists())
