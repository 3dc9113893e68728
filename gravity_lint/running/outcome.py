"""What a run hands to whoever shows it: plain data, nothing that still has to be worked out."""

import os
from collections.abc import Mapping
from typing import Final

import msgspec

from gravity_lint.configuration.files import Configuration, Imposed
from gravity_lint.edits import Replacement
from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Finding, OpenQuestion, Tally
from gravity_lint.findings.severities import Severity


class Overrides(msgspec.Struct, frozen=True):
    """What the command line says instead of, or on top of, the configuration.

    Each entry is a code, a prefix of one, a rule's name or ``ALL``. *select*
    takes the place of the configured one; empty, it leaves that alone.
    *allowed_packs* are the rule packs that a configuration may name besides the
    linter's own. *imposed* is about configuration files. *forgiving*: named paths
    that cannot be judged are passed over, as another program has chosen them.
    *baseline* is the path of the one that counts instead of those that are
    configured; empty: none does.
    """

    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    allowed_packs: tuple[str, ...] = ()
    imposed: Imposed = Imposed()
    forgiving: bool = False
    baseline: str | None = None


class Floor(msgspec.Struct, frozen=True):
    """A rate that must be reached: at least *percent* of what *key* names.

    *key* is ``total``, a section by its short name or its title, the beginning of codes, or a
    rule's name. *said* tells where that is demanded, *root* is the absolute path of the service
    of which it is; empty: of all that are judged, together.
    """

    key: str
    percent: float
    said: str
    root: str = ""


class Blame(msgspec.Struct, frozen=True):
    """What keeps a rate down, in words; *path* (absolute) and *line* are one place of it."""

    words: str
    path: str = ""
    line: int = 0


class Fall(msgspec.Struct, frozen=True):
    """A rate that is lower than it may be.

    *what* is the title of what was counted, *root* the absolute path of the service (empty: all
    that were judged), *demanded* says what must be reached and who says so, and *by* what
    keeps it from that, the heaviest first.
    """

    what: str
    root: str
    subjects: int
    violations: int
    demanded: str
    by: tuple[Blame, ...] = ()


COMMENT: Final = "comment"
"""What silences a finding in its own file."""
BASELINE: Final = "baseline"
"""What silences a finding because it was there before; the summary calls the excuse so."""


class Silenced(msgspec.Struct, frozen=True):
    """A finding that fails nothing, and why: *by* is `COMMENT` or `BASELINE`.

    *reason* is what is said there for it: the words of the comment, or the baseline's path.
    """

    finding: Finding
    by: str
    reason: str = ""


class PolicyPackage(msgspec.Struct, frozen=True):
    """An installed package from which configurations inherit; *version* is empty if unknown."""

    name: str
    version: str

    def __str__(self) -> str:
        """Return name and version as reports show them."""
        return f"{self.name} {self.version or '(version unknown)'}"


class Packs(msgspec.Struct, frozen=True):
    """The rule packs of some service, which were allowed; nothing is looked for in *linted*."""

    names: tuple[str, ...]
    linted: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """What one run found.

    *findings* are sorted by place. *tallies* may name a rule more than once
    (one per service): showing adds them up. *files* and *services* count what
    was judged; no files and no problems means that the configuration leaves out
    all that was named, which is no error. *sources* gives the text of the files
    that findings and their related places point into, by absolute path; a
    missing one costs the excerpt. *lenient* are the roots of services that let
    warnings pass. *suppressed* counts findings that comments silenced, *excused*
    those that settings did, by setting (``ignore``, ``per-file-ignores``); both
    count as violations. *notices* are what is named or configured in vain, or too large. *open* are
    questions that only what all services of the run have *told* settles; a run settles them.
    *floors* are the rates that the configurations demand, *falls* those that are not reached.
    *edits* are what the fix of each finding would replace, where somebody has asked (`proposed`).
    *silenced* are the findings behind *suppressed* and behind a baseline's excuses, *compared* says
    that there was something to compare with: what is shown is new. *policies* are the packages
    that configurations inherit from, *packs* those in which their rules lie. *fingerprints* are
    those of the findings, in words, where they are known already.
    """

    findings: tuple[Finding, ...] = ()
    tallies: tuple[Tally, ...] = ()
    files: int = 0
    services: int = 0
    problems: tuple[Problem, ...] = ()
    sources: Mapping[str, str] = {}
    suppressed: int = 0
    lenient: tuple[str, ...] = ()
    excused: Mapping[str, int] = {}
    notices: tuple[Problem, ...] = ()
    open: tuple[OpenQuestion, ...] = ()
    told: Mapping[str, bytes] = {}
    floors: tuple[Floor, ...] = ()
    falls: tuple[Fall, ...] = ()
    edits: tuple[tuple[Replacement, ...], ...] = ()
    silenced: tuple[Silenced, ...] = ()
    compared: bool = False
    policies: tuple[PolicyPackage, ...] = ()
    packs: tuple[Packs, ...] = ()
    fingerprints: tuple[str, ...] = ()

    @property
    def mentioned(self) -> frozenset[str]:
        """The files that findings and their related places point into."""
        findings = [
            *self.findings,
            *(question.finding for question in self.open),
            *(one.finding for one in self.silenced),
        ]
        places = [p for f in findings for p in (f.cause, *f.related) if p is not None]
        return frozenset([*(f.path for f in findings), *(place.path for place in places)])

    @property
    def failing(self) -> int:
        """How many findings are severe enough, by the policy of their service, to fail the run."""
        lenient = tuple(os.path.join(root, "") for root in self.lenient)
        return sum(
            finding.severity is Severity.ERROR or not finding.path.startswith(lenient)
            for finding in self.findings
        )


class Mended(msgspec.Struct, frozen=True):
    """One file that fixes have changed, or would change.

    *before* and *after* are its whole text with its own line endings; *findings*
    are those that went away. *head* is the beginning of the file as it lies on
    disk, which says how it is encoded.
    """

    path: str
    before: str
    after: str
    findings: tuple[Finding, ...]
    head: bytes = b""


class Refusal(msgspec.Struct, frozen=True):
    """A fix that was not applied, and why."""

    finding: Finding
    reason: str


class Mending(msgspec.Struct, frozen=True):
    """What a run with fixes did, or would do; *report* is about what remains after it."""

    report: Report
    mended: tuple[Mended, ...] = ()
    refused: tuple[Refusal, ...] = ()


class Effective(msgspec.Struct, frozen=True):
    """What holds for one path: its configuration, and the codes of the rules that run there."""

    configuration: Configuration
    selected: tuple[str, ...] = ()
