"""Mending one service: fixes tried out on it in memory, and taken back if they do harm.

The judge is asked about the whole service after every step. What brings a new
finding, anywhere, or leaves its own, is found out by halves and refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

import msgspec

from gravity_lint.edits import AddImport, ReplaceComment
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Applicability
from gravity_lint.fixing import PLAIN, Applied, House, apply
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


class Complaint(msgspec.Struct, frozen=True):
    """The *codes* of the rules that complain of a change, and the *paths* of the files where."""

    codes: frozenset[str]
    paths: frozenset[str]


class Judge(Protocol):
    """Judges a service in which the given texts (by path) stand in the place of the files'.

    With a complaint only its rules need to be asked, of its files.
    """

    def __call__(self, texts: Mapping[str, str], again: Complaint | None = None, /) -> Verdict:
        """Return what is to be said then."""


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
    house: House = PLAIN,
) -> Outcome:
    """Try the fixes of the findings in *paths* until none is left; *house* is as for `apply`."""
    return _Mending(judge, paths, applicabilities, objection, house).run()


_Identity: TypeAlias = tuple[str, str, str]
"""What a finding is about: code, file and subject.

Not its words, which may tell of what another fix has changed, and not its place, which moves.
Findings with one identity are told apart by their number alone.
"""


def _identity(finding: Finding) -> _Identity:
    return (finding.code, finding.path, finding.subject)


class _Harm(msgspec.Struct, frozen=True):
    """What speaks against a change.

    *near* gives the reason against each finding's fix (by `id`) that is
    suspected because it stands where harm was done; *anywhere* is the reason
    against all of them, where harm was done in files that none has touched.
    *complaint* is None where it is not about rules.
    """

    near: Mapping[int, str]
    anywhere: str | None
    complaint: Complaint | None

    def against(self, findings: Iterable[Finding]) -> str | None:
        """Return the reason against one of *findings* for harm where they stand."""
        return next((self.near[id(x)] for x in findings if id(x) in self.near), None)


class _Trial(msgspec.Struct, frozen=True):
    texts: Mapping[str, str]
    verdict: Verdict | None
    harm: _Harm | None


class _Suspects(msgspec.Struct):
    """Fixes of which some do harm, in parts to try, the next one last.

    A part goes with the reason against it where one of its fixes is guilty for
    sure: then it need not be tried as a whole. *halved* is the reason against
    the part whose first half is on trial.
    """

    stack: list[tuple[list[Finding], str | None]]
    far: bool
    halved: str | None = None

    def next(self, refuse: Callable[[Finding, str], None]) -> list[Finding]:
        """Return the part to try next; what is found out without a trial is refused."""
        while self.stack:
            part, guilty = self.stack.pop()
            if guilty is None:
                return part
            if len(part) == 1:
                refuse(part[0], guilty)
            else:
                self.halve(part, guilty)
        return []

    def halve(self, part: list[Finding], reason: str) -> None:
        """Put both halves of *part*, one of which is guilty, up to be tried."""
        half = len(part) // 2
        self.stack += ((part[half:], None), (part[:half], None))
        self.halved = reason

    def clear(self) -> None:
        """Note that the part on trial is innocent: if it was a first half, the other is not."""
        if self.halved is not None:
            part, _ = self.stack.pop()
            self.stack.append((part, self.halved))
            self.halved = None

    def reason(self, part: Sequence[Finding], harm: _Harm) -> str | None:
        """Return what *harm* says against *part*."""
        return harm.anywhere if self.far else harm.against(part)


class _Mending:
    def __init__(
        self,
        judge: Judge,
        paths: Collection[str],
        applicabilities: Collection[Applicability],
        objection: Objection,
        house: House,
    ) -> None:
        self._judge = judge
        self._paths = paths
        self._applicabilities = applicabilities
        self._objection = objection
        self._house = house
        self._verdict = judge({})
        self._before: dict[str, str] = {}
        self._after: dict[str, str] = {}
        self._mended: dict[str, list[Finding]] = {}
        self._refused: dict[tuple[str, ...], tuple[Finding, str]] = {}
        self._carried_out: dict[tuple[int, ...], str] = {}
        self._lines: dict[str, tuple[str, list[str]]] = {}

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
            tuple(self._left()),
        )

    def _left(self) -> Iterator[tuple[Finding, str]]:
        """Yield the refused findings as they are after all, each once, and why they were."""
        reasons: dict[_Identity, list[str]] = {}
        for finding, reason in self._refused.values():
            reasons.setdefault(_identity(finding), []).append(reason)
        for finding in self._tried():
            told = self._refused.get(self._spelled(finding))
            if told is not None:
                yield finding, told[1]
            elif _identity(finding) in reasons:  # in other words, or its lines have changed
                yield finding, reasons[_identity(finding)][-1]

    def _tried(self) -> Iterator[Finding]:
        """Yield the findings that stand now and whose fixes are asked for."""
        for finding in self._verdict.findings:
            if finding.fix is not None and finding.fix.applicability in self._applicabilities:
                if finding.path in self._paths:
                    yield finding

    def _candidates(self) -> list[Finding]:
        return [x for x in self._tried() if self._spelled(x) not in self._refused]

    def _pass(self, candidates: Sequence[Finding]) -> bool:
        """Try *candidates* on the present texts; tell whether another pass may do more."""
        self._carried_out = {}
        together: list[Finding] = []
        texts: dict[str, str] = {}
        waiting = False
        for path, findings in _by_path(candidates).items():
            applied = self._apply(self._verdict.texts[path], findings)
            if applied.done:
                done = [findings[index] for index in applied.done]
                together += done
                texts[path] = self._carried_out[_key(done)] = applied.text
            waiting = waiting or bool(applied.deferred)
            for index, reason in applied.failed.items():
                self._refuse(findings[index], reason)
        taken = self._settle(together, texts) if together else []
        for finding in taken:
            self._mended.setdefault(finding.path, []).append(finding)
        return bool(taken) or waiting

    def _settle(self, findings: list[Finding], texts: Mapping[str, str]) -> list[Finding]:
        """Keep as many of the fixes of *findings* as do no harm; return their findings.

        *texts* are what all of them together make of their files.
        """
        trial = self._examine(findings, texts)
        while trial.harm is not None:
            kept = self._cleared(findings, trial.harm)
            if len(kept) == len(findings):  # what the rules that complain say depends on others
                kept = self._cleared(findings, msgspec.structs.replace(trial.harm, complaint=None))
            if len(kept) == len(findings):
                for finding in findings:
                    self._refuse(finding, trial.harm.against([finding]) or _UNCLEAR)
                return []
            findings = kept
            if not findings:
                return []
            trial = self._try(findings)
        for path in trial.texts:
            self._before.setdefault(path, self._verdict.texts[path])
        self._after.update(trial.texts)
        if trial.verdict is not None:
            self._verdict = trial.verdict
        return findings

    def _cleared(self, findings: Sequence[Finding], harm: _Harm) -> list[Finding]:
        """Return those of *findings* whose fixes are not found guilty of *harm*.

        The suspects of all files are halved at once; only the rules that
        complain are asked, of the files where they do.
        """
        again = harm.complaint
        near = [x for x in findings if id(x) in harm.near]
        rows = [
            _Suspects([(group, harm.against(group))], far=False)
            for group in _by_path(near).values()
        ]
        kept = [x for x in findings if id(x) not in harm.near]
        if harm.anywhere is not None and kept:
            rows.append(_Suspects([(kept, harm.anywhere)], far=True))
            kept = []
        elif kept:
            without = self._try(kept, again).harm
            if without is not None:  # the suspects had no part in that
                kept = self._cleared(kept, without)
                for row in rows:
                    row.stack = [(part, None) for part, _ in row.stack]
        place = {id(finding): index for index, finding in enumerate(findings)}
        while parts := [(row, part) for row in rows if (part := row.next(self._refuse))]:
            tried = [*kept, *(finding for _, part in parts for finding in part)]
            now = self._try(sorted(tried, key=lambda x: place[id(x)]), again).harm
            reasons: list[str | None] = [None] * len(parts)
            if now is not None:
                reasons = [row.reason(part, now) for row, part in parts]
                if not any(reasons):
                    reasons = [now.anywhere or next(iter(now.near.values()))] * len(parts)
            for (row, part), reason in zip(parts, reasons, strict=True):
                if reason is None:
                    kept = [*kept, *part]
                    row.clear()
                elif len(part) == 1:
                    row.halved = None
                    self._refuse(part[0], reason)
                else:
                    row.halve(part, reason)
        return sorted(kept, key=lambda x: place[id(x)])

    def _try(self, findings: Sequence[Finding], again: Complaint | None = None) -> _Trial:
        """Carry out the fixes of *findings* on the present texts, and see what comes of it."""
        texts: dict[str, str] = {}
        for path, group in _by_path(findings).items():
            key = _key(group)
            if key not in self._carried_out:
                applied = self._apply(self._verdict.texts[path], group)
                if len(applied.done) < len(group):
                    reason = next(iter(applied.failed.values()), "it overlaps with another fix")
                    return _Trial(texts, None, _Harm(dict.fromkeys(key, reason), None, again))
                self._carried_out[key] = applied.text
            texts[path] = self._carried_out[key]
        return self._examine(findings, texts, again)

    def _examine(
        self,
        findings: Sequence[Finding],
        texts: Mapping[str, str],
        again: Complaint | None = None,
    ) -> _Trial:
        """Judge the service with *texts*, in which the fixes of *findings* are carried out."""
        near: dict[int, str] = {}
        for path, text in texts.items():
            reason = self._objection(path, text)
            if reason is not None:
                near.update((id(x), reason) for x in findings if x.path == path)
        if near:
            return _Trial(texts, None, _Harm(near, None, again or _NOTHING))
        verdict = self._judge({**self._after, **texts}, again)
        return _Trial(texts, verdict, _harm(findings, self._verdict, verdict, self._goes_next))

    def _goes_next(self, finding: Finding) -> bool:
        """Tell whether *finding*, a new one, is about a comment that the next pass clears away.

        That is so where what the comment suppressed has been mended along with something else.
        """
        if finding.fix is None or finding.path not in self._paths:
            return False
        if finding.fix.applicability not in self._applicabilities:
            return False
        return all(isinstance(edit, ReplaceComment) for edit in finding.fix.edits)

    def _apply(self, text: str, findings: Sequence[Finding]) -> Applied:
        return apply(text, [x.fix for x in findings if x.fix is not None], self._house)

    def _refuse(self, finding: Finding, reason: str) -> None:
        self._refused[self._spelled(finding)] = (finding, reason)

    def _spelled(self, finding: Finding) -> tuple[str, ...]:
        """Return what tells this finding from others like it, wherever its lines move."""
        text = self._verdict.texts.get(finding.path, "")
        known, lines = self._lines.get(finding.path, ("", []))
        if known is not text:
            lines = split_lines(text)
            self._lines[finding.path] = (text, lines)
        return (
            *_identity(finding),
            finding.message,
            *lines[finding.span.line - 1 : finding.span.end_line],
        )


_NOTHING = Complaint(frozenset(), frozenset())
_UNCLEAR = "together with others it does harm, and which of them does is not clear"


def _key(findings: Iterable[Finding]) -> tuple[int, ...]:
    return tuple(id(finding) for finding in findings)


def _by_path(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.path, []).append(finding)
    return groups


def _harm(
    fixed: Sequence[Finding],
    before: Verdict,
    after: Verdict,
    goes_next: Callable[[Finding], bool],
) -> _Harm | None:
    """Return what speaks against a change from *before* to *after* that mends *fixed*.

    Suspected is the fix of a finding that remains; for a new one, unless it
    *goes_next*, those that stand near it, else all.
    """
    for fault in sorted(after.faults - before.faults):
        return _Harm({}, f"the outcome could not be judged: {fault}", None)
    gone = Counter(map(_identity, fixed))
    left = Counter(map(_identity, before.findings)) - gone
    had, has = _by_identity(before.findings), _by_identity(after.findings)
    near: dict[int, str] = {}
    anywhere: str | None = None
    guilty: set[str] = set()
    places: set[str] = set()
    for identity, findings in has.items():
        if len(findings) <= left[identity]:
            continue
        words = {x.message for x in findings}
        suspects = [x for x in fixed if _identity(x) == identity and x.message in words]
        if not suspects and all(map(goes_next, findings)):
            continue
        guilty.add(identity[0])
        places.add(identity[1])
        reason = "the finding would remain"
        if not suspects or len(findings) > len(had.get(identity, ())):
            new = _new(findings, had.get(identity, ()))
            reason = f"it would bring {new.code} {new.name}: {new.message}"
            suspects = _near(new, fixed, after.texts.get(new.path, ""))
        if not suspects:
            anywhere = anywhere or reason
        for suspect in suspects:
            near.setdefault(id(suspect), reason)
    if not guilty:
        return None
    return _Harm(near, anywhere, Complaint(frozenset(guilty), frozenset(places)))


def _near(new: Finding, fixed: Iterable[Finding], text: str) -> list[Finding]:
    """Return those of *fixed* in the same file that are the likeliest to bring a finding.

    They are for the same subject, or import something where it is about an import.
    """
    here = [x for x in fixed if x.path == new.path]
    same = [x for x in here if x.subject == new.subject]
    if same or not here:
        return same
    line = split_lines(text)[new.span.line - 1 : new.span.line]
    if line and line[0].lstrip().startswith(("import ", "from ")):
        importing = [
            x for x in here if x.fix and any(isinstance(e, AddImport) for e in x.fix.edits)
        ]
        return importing or here
    return here


def _by_identity(findings: Iterable[Finding]) -> dict[_Identity, list[Finding]]:
    groups: dict[_Identity, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(_identity(finding), []).append(finding)
    return groups


def _new(findings: Iterable[Finding], before: Iterable[Finding]) -> Finding:
    """Return the one of more *findings* than *before* that nobody has said before."""
    known = Counter(finding.message for finding in before)
    known.subtract(finding.message for finding in findings)
    return next(finding for finding in findings if known[finding.message] < 0)
