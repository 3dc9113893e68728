"""The two sides of a comparison: a working tree, directories, revisions."""

from __future__ import annotations

import datetime
import fnmatch
import os
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import NOTHING, Imposed
from gravity_lint.configuration.settings import Waiver
from gravity_lint.contract.callers import with_callers
from gravity_lint.contract.changes import Change, NotCompared, Severity
from gravity_lint.contract.comparison import compare
from gravity_lint.contract.extraction import Described, describe_all
from gravity_lint.errors import Problem, UsageError
from gravity_lint.revisions.repository import Repository
from gravity_lint.revisions.snapshot import laid_out
from gravity_lint.running.loading import Loader


class Verdict(msgspec.Struct, frozen=True):
    """What has become of the promises.

    *old* and *new* name the sides; *old_top* and *new_top* are the directories below which the
    places of *changes* lie. *problems* kept services from being read, *notes* are of no weight.
    """

    old: str
    new: str
    old_top: str
    new_top: str
    changes: tuple[Change, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def status(self, failing: Collection[Severity] = (Severity.BREAKING,)) -> int:
        """Return the exit status: 1 with a change of these severities, 2 with a problem.

        What a waiver excuses fails nothing.
        """
        if self.problems:
            return 2
        return int(any(x.severity in failing and not x.excuse for x in self.changes))

    @staticmethod
    def breaks(change: Change) -> bool:
        """Tell whether *change* breaks a promise, and nothing excuses it."""
        return change.severity is Severity.BREAKING and not change.excuse


def since(
    revision: str,
    paths: Sequence[Path],
    imposed: Imposed = NOTHING,
    *,
    today: datetime.date | None = None,
) -> Verdict:
    """Compare what *paths* promise with what they promised at *revision*.

    Compared is with the commit at which the history of *revision* and of HEAD went apart, as a
    pull request is. Raises UsageError where *paths* lie in no git working tree, where there is
    no such revision, and as `describe_all` does.
    """
    repository = Repository.around(paths[0].resolve())
    commit = repository.resolve(revision)
    base = repository.merge_base(commit)
    notes = []
    if base == commit and not repository.is_ancestor(commit):
        notes.append(
            f"no common history of {revision} and HEAD is in view, so {revision} itself is the old"
            " side, with what has come to it since (a shallow clone: fetch the history)"
        )
    loader = Loader()
    new = describe_all(paths, repository.top, imposed, loader)
    below = [_below(path.resolve(), repository.top) for path in paths]
    roots = [description.root for description in new.descriptions]
    former = _former_roots(repository, base, roots)
    old, _ = _described_at(repository, base, [*below, *roots, *former], imposed, loader)
    top = str(repository.top)
    names = (f"{revision} ({base[:9]})", "the working tree")
    verdict = _verdict(old, new, names, (top, top), today)
    return msgspec.structs.replace(verdict, notes=(*notes, *verdict.notes))


def _former_roots(repository: Repository, base: str, roots: Sequence[str]) -> Iterator[str]:
    """Yield what the directories *roots* were called at *base*, as git sees their files renamed."""
    renamed = [
        (change.before, change.after)
        for change in repository.changes(base)
        if change.before and change.after and change.before != change.after
    ]
    for root in roots:
        for was, is_ in renamed:
            rest = is_.removeprefix(root)
            former = was.removesuffix(rest)
            if rest == is_ or not rest.startswith("/") or former == was:
                continue
            if not (repository.top / former).exists():
                yield former
                break


def between(
    old: str, new: str, imposed: Imposed = NOTHING, *, today: datetime.date | None = None
) -> Verdict:
    """Compare two directories, or two revisions of what lies below the working directory.

    Raises UsageError where neither is meant, and as `since` does.
    """
    loader = Loader()
    if Path(old).is_dir() and Path(new).is_dir():
        tops = (Path(old).resolve(), Path(new).resolve())
        one = describe_all([tops[0]], tops[0], imposed, loader)
        other = describe_all([tops[1]], tops[1], imposed, loader.moved(*tops))
        return _verdict(one, other, (old, new), (str(tops[0]), str(tops[1])), today)
    here = Path.cwd()
    repository = Repository.around(here)
    for given, opposite in ((old, new), (new, old)):
        if Path(given).is_dir() and not repository.has(given):
            raise UsageError(
                f"{given} is a directory, and {opposite} is none: give two directories, or two"
                f" revisions (what lies there since a revision: --since {opposite} {given})"
            )
    below = [_below(here, repository.top)]
    found = []
    for revision in (old, new):
        commit = repository.resolve(revision)
        described, loader = _described_at(repository, commit, below, imposed, loader)
        found.append(described)
    for side, revision in zip(found, (old, new), strict=True):
        if not side.descriptions and not side.problems:
            raise UsageError(f"{revision}: no Python file below {here} at that revision")
    top = str(repository.top)
    return _verdict(found[0], found[1], (old, new), (top, top), today)


def _below(path: Path, top: Path) -> str:
    relative = os.path.relpath(path, os.path.realpath(top)).replace(os.sep, "/")
    if relative == ".." or relative.startswith("../"):
        raise UsageError(f"{path}: not in the repository {top}")
    return relative


def _described_at(
    repository: Repository,
    revision: str,
    below: Sequence[str],
    imposed: Imposed,
    loader: Loader,
) -> tuple[Described, Loader]:
    """Return what the services *below* these directories of the repository promised then.

    And a loader that knows the facts of those days: most files are the same on both sides.
    """
    prefixes = tuple({"" if place == "." else place for place in below})

    def wanted(path: str) -> bool:
        return not path.endswith(".py") or any(
            not prefix or path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes
        )

    with laid_out(repository, revision, wanted=wanted) as there:
        places = [place for prefix in prefixes if (place := there / prefix).exists()]
        inhabited = [
            place
            for place in places
            if place.suffix == ".py" or (place.is_dir() and any(place.rglob("*.py")))
        ]
        if not inhabited:
            return Described(), loader
        top, then = repository.top.resolve(), there.resolve()
        loader = loader.moved(top, then)
        described = describe_all(inhabited, there, imposed, loader)
        if described.problems:
            # The configuration of those days cannot be used.
            lone = msgspec.structs.replace(imposed, isolated=True)
            described = describe_all(inhabited, there, lone, loader)
        return msgspec.structs.replace(described, problems=()), loader.moved(then, top)


def _verdict(
    old: Described,
    new: Described,
    names: tuple[str, str],
    tops: tuple[str, str],
    today: datetime.date | None,
) -> Verdict:
    comparison = compare(old.descriptions, new.descriptions)
    moved = dict(comparison.moved)
    before = [msgspec.structs.replace(x, root=moved.get(x.root, x.root)) for x in old.descriptions]
    changes = with_callers(comparison.changes, before, new.descriptions)
    waivers = dict.fromkeys(waiver for _, waiver in new.waivers)
    changes = tuple(_waived(change, tuple(waivers)) for change in changes)
    day = today or datetime.date.today()
    expired = [waiver for waiver in waivers if waiver.until < day]
    problems = [Problem("", _expired(waiver)) for waiver in expired]
    return Verdict(
        *names,
        *tops,
        changes,
        comparison.not_compared,
        (*new.problems, *problems),
        tuple(_unused(tuple(waivers), changes)),
    )


def _waived(change: Change, waivers: Sequence[Waiver]) -> Change:
    if change.severity is Severity.COMPATIBLE:
        return change
    for waiver in waivers:
        if _concerns(waiver, change):
            excuse = f"waived until {waiver.until}: {waiver.reason}"
            return msgspec.structs.replace(change, excuse=excuse)
    return change


def _concerns(waiver: Waiver, change: Change) -> bool:
    return fnmatch.fnmatchcase(change.kind, waiver.change) and fnmatch.fnmatchcase(
        change.subject, waiver.subject.replace("[", "[[]")
    )


def _expired(waiver: Waiver) -> str:
    return (
        f"the waiver of `{waiver.change}` for `{waiver.subject}` has expired on {waiver.until}"
        f" ({waiver.reason}): keep the promise, or agree on another day"
    )


def _unused(waivers: Sequence[Waiver], changes: Sequence[Change]) -> Iterator[str]:
    for waiver in waivers:
        if not any(_concerns(waiver, change) for change in changes):
            yield f"the waiver of `{waiver.change}` for `{waiver.subject}` concerns no change"
