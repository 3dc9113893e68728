"""What the JSON of ``gravity-lint`` holds: the classes from which its schemas are made.

Lines and columns count from 1, columns in characters; ``end_column`` is the one just
behind the last character. Paths are relative to the working directory, with ``/``.
A new field leaves the schema's version as it is; one that goes, or means something else,
raises it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gravity_lint import __version__
from gravity_lint.findings.severities import Applicability, Severity

VERSION: Final = 1
"""The version of the schema of ``gravity-lint check --format json``."""


class Place(msgspec.Struct, frozen=True):
    """A stretch of a file."""

    path: str
    """Relative to the working directory, with ``/``."""
    line: int
    """The first line, from 1."""
    column: int
    """Where it begins in the first line, in characters from 1."""
    end_line: int
    """The last line."""
    end_column: int
    """The column just behind its end."""


class RelatedDocument(Place, frozen=True):
    """Another place that explains a finding."""

    message: str
    """What is to be seen there."""


class EditDocument(Place, frozen=True):
    """A stretch of the file to be replaced; an empty one is where something is put."""

    replacement: str
    """What stands there afterwards."""


class FixDocument(msgspec.Struct, frozen=True):
    """A change that makes the finding go away: all of its edits together, or none."""

    applicability: Applicability
    """``safe``: keeps what the program does and what clients see; ``unsafe``: may change it."""
    edits: list[EditDocument] | None = None
    """In the order of the text, which they leave to each other as it is. None where ``--edits``
    was not asked for; empty where the fix cannot be carried out on the file as it is."""


class FindingDocument(Place, frozen=True, kw_only=True):
    """One departure of one subject from one rule; its place is where it is shown."""

    code: str
    """The rule's code: letters and three digits."""
    name: str
    """The rule's name."""
    page: str | None
    """The address of the rule's page, where it has one."""
    message: str
    """What is wrong here, and what the pattern is."""
    severity: Severity
    """How much it weighs."""
    service: str
    """The name of the service: that of its root's directory."""
    subject: str
    """The dotted name of what the rule was asked about."""
    fingerprint: str
    """The same as long as it is the same finding, wherever its code moves within the file, and
    in which file it stands. Two of one run that are alike are told apart."""
    fix: FixDocument | None
    """How it is mended, if the linter can."""
    withheld: str | None
    """Why there is no fix although the rule has one."""
    cause: RelatedDocument | None
    """The one place to change where that is another. Findings of one code that share it are
    mended by one change."""
    related: list[RelatedDocument]
    """Other places that explain the finding."""


class Rate(msgspec.Struct, frozen=True):
    """How far one rule is followed."""

    name: str
    """The rule's name."""
    subjects: int
    """How many subjects were judged."""
    violations: int
    """How many of them depart, excused ones included."""


class BlameDocument(msgspec.Struct, frozen=True):
    """What keeps a rate down."""

    message: str
    """In words."""
    path: str | None = None
    """One place of it, relative to the working directory, with ``/``."""
    line: int | None = None
    """The line there, from 1."""


class FallDocument(msgspec.Struct, frozen=True):
    """A rate that is lower than ``--min-conformance`` or ``--not-below`` allow."""

    service: str | None
    """The root of the service of which it is; None: of all that were judged, together."""
    what: str
    """The section, the rule, or ``all sections``."""
    subjects: int
    """How many subjects were judged."""
    violations: int
    """How many of them depart."""
    demanded: str
    """What must be reached, and who says so."""
    by: list[BlameDocument]
    """What keeps it down, the heaviest first."""


class ProblemDocument(msgspec.Struct, frozen=True):
    """What the linter could not do, or what was named in vain."""

    path: str
    """The file or directory that it is about."""
    line: int | None
    """The line, from 1; None: all of it."""
    code: str | None
    """The rule that crashed, if it was one."""
    message: str
    """What is the matter."""


class PolicyDocument(msgspec.Struct, frozen=True):
    """An installed package from which configurations inherit."""

    name: str
    """How it is imported."""
    version: str | None
    """The version that is installed, if that can be found out."""


class Summary(msgspec.Struct, frozen=True):
    """The run in numbers."""

    files: int
    """Files that were reported on."""
    services: int
    """Services that were judged."""
    findings: int
    """All of them."""
    errors: int
    """Those of severity ``error``."""
    warnings: int
    """Those of severity ``warning``."""
    suppressed: int
    """Findings that comments silence."""
    excused: dict[str, int]
    """Findings that settings excuse, by setting (``ignore``, ``baseline``)."""
    fixable: dict[str, int]
    """Findings with a fix, by applicability."""


class CheckDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What ``gravity-lint check --format json`` writes."""

    schema_version: int = VERSION
    """The version of this schema."""
    version: str = __version__
    """The version of gravity-lint that wrote it."""
    policies: list[PolicyDocument]
    """The packages from which the configurations inherit."""
    findings: list[FindingDocument]
    """In the order of their places."""
    conformance: dict[str, Rate]
    """How far each rule that was asked is followed, by code."""
    falls: list[FallDocument]
    """Rates that are lower than they may be: they fail the run."""
    problems: list[ProblemDocument]
    """What could not be judged: the run is incomplete and its exit status 2."""
    notices: list[ProblemDocument]
    """What was named or configured in vain."""
    summary: Summary
    """The run in numbers."""
