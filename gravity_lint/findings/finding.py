"""What the linter says: findings, and the fixes they may carry. Plain data."""

import msgspec

from gravity_lint.edits import Edit
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.sources.spans import Span


class Fix(msgspec.Struct, frozen=True, array_like=True):
    """One change that makes its finding go away: all edits together, or none."""

    applicability: Applicability
    edits: tuple[Edit, ...]


class Related(msgspec.Struct, frozen=True, array_like=True):
    """Another place that explains a finding (“prefix given here”).

    *path* is absolute, as for `Finding`.
    """

    path: str
    span: Span
    message: str


class Finding(msgspec.Struct, frozen=True, array_like=True):
    """One departure of one subject from one rule.

    *path* is the absolute path of the file, *service* the name of the service
    that it belongs to (its root's directory name), *subject* the dotted name
    of what the rule was asked about (*inside*: below its module; empty for the
    module itself), *pattern* the section of the patterns
    document that the rule comes from. *scope* is the part of the file on whose
    lines a suppression comment counts. *cause* is the one place to change where
    that is another; findings of one rule that share it are read once. *withheld*
    says why there is no *fix* although the rule has one. *page* is the address of the
    rule's page; empty where there is none.
    """

    code: str
    name: str
    message: str
    path: str
    span: Span
    severity: Severity
    service: str
    subject: str
    pattern: str
    scope: Span
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    cause: Related | None = None
    inside: str = ""
    withheld: str | None = None
    page: str = ""

    @property
    def order(self) -> tuple[str, Span, str, str]:
        """The key by which findings are sorted: by place, then by code."""
        return (self.path, self.span, self.code, self.message)


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """How many subjects of one rule were judged, and how many of them depart from it.

    *root* is the absolute path of the service's root; empty where several are added up.
    *alarm* names a violation in words where the rule's come before all others. *section* is the
    short name of *pattern*: that of the package in which the rule lies.
    """

    code: str
    name: str
    pattern: str
    subjects: int
    violations: int
    root: str = ""
    alarm: str = ""
    section: str = ""


class OpenQuestion(msgspec.Struct, frozen=True, array_like=True):
    """What one service alone does not answer: *finding* stands where all of the run say no.

    *asked* is what the rule's `Telling` is asked, *service* the absolute path of the root.
    """

    finding: Finding
    asked: tuple[str, ...]
    service: str
