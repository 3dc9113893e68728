"""The vocabulary in which rules are written.

A rule module states one norm, in this order: a docstring that says why, the
examples, the options, the metadata (`rule`), ``check`` and, where there is
one, ``fix``::

    @rule(code="GRV108", severity=Severity.WARNING, scope=Scope.FILE,
          pattern="API Development Patterns", subjects=status_codes)
    def check(code: StatusCode) -> Answer:
        if code.symbolic:
            return CONFORMS
        return Violation(f"...")

    @check.fix(Applicability.SAFE)
    def fix(code: StatusCode) -> Edits:
        if code.symbol is None:
            return Withheld(f"no name is known for {code.number}")
        return (...)

The rule is asked once per subject and answers `CONFORMS`, a `Violation`, or
`None`: the subject is none of this rule's business, or something that matters
is not known. Conformance is counted from these answers.
"""

import enum
import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

import msgspec

from gravity_lint.addresses import RULE_PAGES
from gravity_lint.configuration.mistakes import Expression
from gravity_lint.edits import Edit
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.installed import OWN_PACKS
from gravity_lint.model import Module, Service
from gravity_lint.model.code.comments import Comment
from gravity_lint.sources.spans import Span

__all__ = [
    "CONFORMS",
    "Answer",
    "Applicability",
    "Cause",
    "Edits",
    "Expression",
    "Level",
    "Note",
    "Options",
    "Question",
    "Rule",
    "Scope",
    "Severity",
    "Subject",
    "Telling",
    "Violation",
    "Withheld",
    "rule",
    "worst",
]


class Scope(enum.Enum):
    """How much a rule must see to answer."""

    FILE = "file"
    """What is wrong stands in one file, and in what its names lead to. That it is excused, or is
    the rule's business at all, the rest of the service may say."""
    SERVICE = "service"
    """What is wrong is only seen where all of the service is."""
    FLEET = "fleet"
    """All services of the run: each tells the others what they must know (`Telling`)."""
    RUN = "run"
    """Asked after all others, about their outcome (unused suppressions)."""


class Subject(Protocol):
    """What a rule can be asked about."""

    @property
    def module(self) -> Module:
        """The module in which the subject stands."""

    @property
    def span(self) -> Span:
        """Where a finding about the subject points, unless the violation says otherwise."""

    @property
    def extent(self) -> Span:
        """The lines on which a suppression comment for the subject counts."""

    @property
    def label(self) -> str:
        """The dotted name by which reports call the subject."""


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Base of a rule's own options: ``[tool.gravity-lint.rules.<rule-name>]``."""


class Note(msgspec.Struct, frozen=True):
    """A related place of a violation, in any module of the service."""

    module: Module
    span: Span
    message: str


class Cause(msgspec.Struct, frozen=True):
    """The one place to change, where that is not where the subject stands.

    Violations of one rule with the same cause are read once, at its place;
    *message* says what is wrong there (“the prefix `/items` has no version”).
    """

    module: Module
    span: Span
    message: str


class Violation(msgspec.Struct, frozen=True):
    """The subject departs from the pattern.

    *message* says what is wrong here, with the names of this code, and what the
    pattern is. *at* is where to point if not at the subject itself, *cause*
    where to mend it if that is elsewhere.
    """

    message: str
    at: Span | None = None
    notes: tuple[Note, ...] = ()
    cause: Cause | None = None


class Withheld(msgspec.Struct, frozen=True):
    """The answer of a fix that is not offered for this subject, and why not.

    *reason* stands alone in a line (“structlog is not among the dependencies of
    the service”), and is the same for all subjects that one thing holds back:
    summaries say it once, with their number. Where that thing has a place, the
    reason names it (`gravity_lint.model.code.subjects.place`).
    """

    reason: str


UNTOLD: Final = "what to write instead is not certain here"
"""Why there is no fix where the fix of a rule has nothing to say."""


class Question(msgspec.Struct, frozen=True):
    """The answer hangs on the other services of the run.

    *asked* is put to what all of them tell; where that says no, the subject is *otherwise*.
    """

    asked: tuple[str, ...]
    otherwise: Violation


class Telling(msgspec.Struct, frozen=True):
    """What one service tells the others of a run, and how questions are settled by it.

    *of* gives plain data of the type *kind*, small and encodable: services are judged one by one,
    in several processes and by what was kept, and only this is there of all of them. *settle*
    gets what is asked and what every service tells; its answer None leaves the question open.
    """

    of: Callable[[Service], msgspec.Struct]
    kind: type[msgspec.Struct]
    settle: Callable[[tuple[str, ...], Sequence[Any]], bool | None]


class _Conforms(enum.Enum):
    CONFORMS = "conforms"


CONFORMS: Final = _Conforms.CONFORMS
"""The answer of a subject that follows the pattern."""

Answer: TypeAlias = Violation | Question | _Conforms | None
Edits: TypeAlias = tuple[Edit, ...] | Withheld
Level: TypeAlias = Severity

S = TypeVar("S", bound=Subject)


def worst(answers: Iterable[Answer]) -> Answer:
    """Return the first violation among *answers*; CONFORMS if there is none but one conforms."""
    found: Answer = None
    for answer in answers:
        if isinstance(answer, Violation):
            return answer
        found = found or answer
    return found


class Rule(Generic[S]):
    """One norm: who is asked, what is asked, and how it is mended."""

    def __init__(
        self,
        check: Callable[..., Answer],
        *,
        code: str,
        severity: Severity,
        scope: Scope,
        pattern: str,
        subjects: Callable[[Any], Iterable[S]],
        options: type[Options] | None,
        default: bool,
        alarm: str = "",
        telling: Telling | None = None,
    ) -> None:
        self._check = check
        self._fix: Callable[..., Edits] | None = None
        self.code = code
        self.severity = severity
        self.scope = scope
        self.pattern = pattern
        self.subjects = subjects
        self.options = options
        self.default = default
        self.alarm = alarm
        self.telling = telling
        self.module_name = check.__module__
        self.applicability: Applicability | None = None

    @cached_property
    def name(self) -> str:
        """The rule's name: its file's name with hyphens."""
        return self.module_name.rpartition(".")[2].replace("_", "-")

    @cached_property
    def section(self) -> str:
        """The short name of the section that the rule belongs to: that of its package."""
        return self.module_name.rpartition(".")[0].rpartition(".")[2]

    @property
    def documentation(self) -> str:
        """The docstring of the rule's module."""
        return inspect.getdoc(sys.modules[self.module_name]) or ""

    @cached_property
    def foreign(self) -> bool:
        """Whether the rule belongs to another pack than the linter's own."""
        return self.module_name.partition(".")[0] not in OWN_PACKS

    @cached_property
    def page(self) -> str:
        """The address of the rule's page; empty where its pack has none.

        A pack says in its ``__init__.py`` where the pages of its rules are:
        ``__gravity_lint_pages__ = "https://rules.acme.example/{code}"``.
        """
        if not self.foreign:
            return RULE_PAGES.replace("{code}", self.code)
        pack = sys.modules.get(self.module_name.partition(".")[0])
        pattern = getattr(pack, "__gravity_lint_pages__", "")
        if not isinstance(pattern, str) or not pattern.startswith(("https://", "http://")):
            return ""
        return pattern.replace("{code}", self.code).replace("{name}", self.name)

    def check(self, subject: S, options: Options | None) -> Answer:
        """Ask the rule about *subject*."""
        if self.options is None:
            return self._check(subject)
        return self._check(subject, options if options is not None else self.options())

    def edits(self, subject: S, options: Options | None) -> Edits | None:
        """Ask how to mend a violating *subject*; None where the rule has no fix at all."""
        if self._fix is None:
            return None
        if self.options is None:
            edits = self._fix(subject)
        else:
            edits = self._fix(subject, options if options is not None else self.options())
        return edits or Withheld(UNTOLD)

    def fix(
        self, applicability: Applicability
    ) -> Callable[[Callable[..., Edits]], Callable[..., Edits]]:
        """Declare the decorated function to be the rule's fix."""

        def register(function: Callable[..., Edits]) -> Callable[..., Edits]:
            self._fix = function
            self.applicability = applicability
            return function

        return register

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"


def rule(
    *,
    code: str,
    severity: Severity,
    scope: Scope,
    pattern: str,
    subjects: Callable[[Service], Iterable[S]] | Callable[[tuple[Comment, ...]], Iterable[S]],
    options: type[Options] | None = None,
    default: bool = True,
    alarm: str = "",
    telling: Telling | None = None,
) -> Callable[[Callable[..., Answer]], Rule[S]]:
    """Make the decorated ``check`` function a rule.

    *subjects* gives the subjects of one service (for a rule about the run, it
    gets the comments that suppress in it and what came of them); with *options* given, check
    and fix receive an instance of it as their second argument. *default* is
    False for a rule that runs only when it is selected. *alarm* is for rules whose
    violations come before all others, whatever the severity: what one is, in words
    that begin with a noun (“route that no request reaches”). *telling* is for rules about
    the fleet, which answer with a `Question`.
    """

    def decorate(check: Callable[..., Answer]) -> Rule[S]:
        return Rule(
            check,
            code=code,
            severity=severity,
            scope=scope,
            pattern=pattern,
            subjects=subjects,
            options=options,
            default=default,
            alarm=alarm,
            telling=telling,
        )

    return decorate
