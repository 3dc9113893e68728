"""Mending one service: fixes tried out on it in memory, and taken back if they do harm.

The judge is asked about the whole service after every step. What brings a new
finding, anywhere, or leaves its own, is found out by halves and refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from gravity_lint.findings.finding import Applicability, Finding
from gravity_lint.fixing import OWN, Applied, apply
from gravity_lint.sources.source import split_lines

PASSES = 10
"""How often fixes may make room for further ones."""


class Verdict(msgspec.Struct, frozen=True):
    """What is to be said about a service.

    *texts* are those of the files with findings, by path; *faults* name what
    could not be judged, and why.
    """

    findings: tuple[Finding, ...]
    texts: Mapping[str, str]
    faults: frozenset[str] = frozenset()


Judge = Callable[[Mapping[str, str]], Verdict]
"""Judges a service in which the given texts (by path) stand in the place of the files'."""

Objection = Callable[[str, str], str | None]
"""Says why a file (by path) cannot hold a text, if it cannot."""


class Outcome(msgspec.Struct, frozen=True):
    """What fixes made of a service: the texts that changed, by whose fixes, and what was refused.

    *before* holds the old texts of the same files.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    mended: Mapping[str, tuple[Finding, ...]]
    refused: tuple[tuple[Finding, str], ...]


def mend(
    judge: Judge,
    paths: Collection[str],
    applicabilities: Collection[Applicability],
    objection: Objection = lambda path, text: None,
    own: frozenset[str] = OWN,
) -> Outcome:
    """Try the fixes of the findings in *paths* until none is left; *own* is as for `apply`."""
    return _Mending(judge, paths, applicabilities, objection, own).run()


class _Harm(msgspec.Struct, frozen=True):
    """What speaks against some fixes, and which findings' fixes (by identity) are suspected."""

    reason: str
    suspects: frozenset[int] = frozenset()


class _Trial(msgspec.Struct, frozen=True):
    texts: Mapping[str, str]
    verdict: Verdict
    harm: _Harm | None


class _Mending:
    def __init__(
        self,
        judge: Judge,
        paths: Collection[str],
        applicabilities: Collection[Applicability],
        objection: Objection,
        own: frozenset[str],
    ) -> None:
        self._judge = judge
        self._paths = paths
        self._applicabilities = applicabilities
        self._objection = objection
        self._own = own
        self._verdict = judge({})
        self._before: dict[str, str] = {}
        self._after: dict[str, str] = {}
        self._mended: dict[str, list[Finding]] = {}
        self._refused: list[tuple[Finding, str]] = []
        self._hopeless: set[tuple[str, ...]] = set()

    def run(self) -> Outcome:
        for _ in range(PASSES):
            if not self._pass(self._candidates()):
                break
        else:
            for finding in self._candidates():
                self._refuse(finding, f"fixes keep making room for others after {PASSES} passes")
        changed = sorted(path for path, text in self._after.items() if text != self._before[path])
        return Outcome(
            {path: self._before[path] for path in changed},
            {path: self._after[path] for path in changed},
            {path: tuple(self._mended[path]) for path in changed},
            tuple(self._refused),
        )

    def _candidates(self) -> list[Finding]:
        return [
            finding
            for finding in self._verdict.findings
            if finding.fix is not None
            and finding.fix.applicability in self._applicabilities
            and finding.path in self._paths
            and self._identity(finding) not in self._hopeless
        ]

    def _pass(self, candidates: Sequence[Finding]) -> bool:
        """Try *candidates* on the present texts; tell whether another pass may do more."""
        together: list[Finding] = []
        texts: dict[str, str] = {}
        waiting = False
        for path, findings in _by_path(candidates).items():
            applied = self._apply(self._verdict.texts[path], findings)
            if applied.done:
                together += (findings[index] for index in applied.done)
                texts[path] = applied.text
            waiting = waiting or bool(applied.deferred)
            for index, reason in applied.failed.items():
                self._refuse(findings[index], reason)
        taken = self._settle(together, texts) if together else []
        for finding in taken:
            self._mended.setdefault(finding.path, []).append(finding)
        return bool(taken) or waiting

    def _settle(self, findings: Sequence[Finding], texts: Mapping[str, str]) -> list[Finding]:
        """Keep as many of the fixes of *findings* as do no harm; return their findings.

        *texts* are what all of them together make of their files.
        """
        base = dict(self._verdict.texts)
        place = {id(finding): index for index, finding in enumerate(findings)}
        carried_out: dict[tuple[int, ...], str] = {}
        taken: list[Finding] = []
        best: _Trial | None = None

        def admit(group: Sequence[Finding], trial: _Trial | None = None) -> None:
            nonlocal best
            if trial is None:
                together = sorted([*taken, *group], key=lambda finding: place[id(finding)])
                trial = self._try(together, base, carried_out)
            if trial.harm is None:
                taken.extend(group)
                best = trial
            elif len(group) == 1:
                self._refuse(group[0], trial.harm.reason)
            else:
                suspected = [x for x in group if id(x) in trial.harm.suspects]
                others = [x for x in group if id(x) not in trial.harm.suspects]
                if not (suspected and others):
                    half = len(group) // 2
                    others, suspected = list(group[:half]), list(group[half:])
                admit(others)
                admit(suspected)

        admit(findings, self._examine(findings, texts))
        if best is not None:
            for path in best.texts:
                self._before.setdefault(path, base[path])
            self._after.update(best.texts)
            self._verdict = best.verdict
        return taken

    def _try(
        self,
        findings: Sequence[Finding],
        base: Mapping[str, str],
        carried_out: dict[tuple[int, ...], str],
    ) -> _Trial:
        """Carry out the fixes of *findings* on the texts of *base*, and see what comes of it.

        *carried_out* remembers what fixes have made of their file.
        """
        texts: dict[str, str] = {}
        for path, group in _by_path(findings).items():
            key = tuple(id(finding) for finding in group)
            if key not in carried_out:
                applied = self._apply(base[path], group)
                if len(applied.done) < len(group):
                    reason = next(iter(applied.failed.values()), "it overlaps with another fix")
                    return _Trial(texts, self._verdict, _Harm(reason, frozenset(key)))
                carried_out[key] = applied.text
            texts[path] = carried_out[key]
        return self._examine(findings, texts)

    def _examine(self, findings: Sequence[Finding], texts: Mapping[str, str]) -> _Trial:
        """Judge the service with *texts*, in which the fixes of *findings* are carried out."""
        for path, text in texts.items():
            reason = self._objection(path, text)
            if reason is not None:
                suspects = frozenset(id(finding) for finding in findings if finding.path == path)
                return _Trial(texts, self._verdict, _Harm(reason, suspects))
        verdict = self._judge({**self._after, **texts})
        return _Trial(texts, verdict, _harm(findings, self._verdict, verdict))

    def _apply(self, text: str, findings: Sequence[Finding]) -> Applied:
        return apply(text, [x.fix for x in findings if x.fix is not None], self._own)

    def _refuse(self, finding: Finding, reason: str) -> None:
        self._hopeless.add(self._identity(finding))
        self._refused.append((finding, reason))

    def _identity(self, finding: Finding) -> tuple[str, ...]:
        """Return what tells this finding from others like it, wherever its lines move."""
        lines = split_lines(self._verdict.texts.get(finding.path, ""))
        return (*_key(finding), *lines[finding.span.line - 1 : finding.span.end_line])


def _key(finding: Finding) -> tuple[str, str, str, str]:
    return (finding.code, finding.path, finding.subject, finding.message)


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.path, []).append(finding)
    return groups


def _harm(fixed: Sequence[Finding], before: Verdict, after: Verdict) -> _Harm | None:
    """Return what speaks against a change from *before* to *after* that mends *fixed*.

    Suspected are the fixes for the same subject as a new finding, else those
    in the same file, and the fix of a finding that remains.
    """
    for fault in sorted(after.faults - before.faults):
        return _Harm(f"the outcome could not be judged: {fault}")
    reason = ""
    suspects: set[int] = set()
    had, has = Counter(map(_key, before.findings)), Counter(map(_key, after.findings))
    for new in after.findings:
        if has[_key(new)] > had[_key(new)]:
            reason = reason or f"it would bring {new.code} {new.name}: {new.message}"
            near = [x for x in fixed if x.path == new.path]
            suspects.update(id(x) for x in [y for y in near if y.subject == new.subject] or near)
    gone = Counter(map(_key, fixed))
    remaining = {key for key, number in gone.items() if has[key] > had[key] - number}
    if remaining:
        reason = reason or "the finding would remain"
        suspects.update(id(finding) for finding in fixed if _key(finding) in remaining)
    return _Harm(reason, frozenset(suspects)) if reason else None
