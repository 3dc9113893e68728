"""Asking the rules about one service: subjects in, findings and tallies out."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.findings.finding import Finding, Fix, OpenQuestion, Related, Tally
from gravity_lint.model import Module, Service
from gravity_lint.rule import CONFORMS, Options, Question, Rule, Violation, Withheld


class Crash(msgspec.Struct, frozen=True):
    """A rule failed: which one, on which file and line, and with what error."""

    code: str
    name: str
    path: str
    line: int
    error: str
    trace: str


class Judgement(msgspec.Struct, frozen=True):
    """What the rules say about one service."""

    findings: tuple[Finding, ...]
    tallies: tuple[Tally, ...]
    crashes: tuple[Crash, ...]
    open: tuple[OpenQuestion, ...] = ()


def judge(
    service: Service,
    rules: Iterable[Rule[Any]],
    *,
    options: Callable[[str], Mapping[str, Options]] | None = None,
    reported: Mapping[str, Collection[str]] | None = None,
    context: Any = None,
    step: Callable[[], None] | None = None,
) -> Judgement:
    """Ask each of *rules* about all its subjects in *service*.

    *options* gives the rules' own options by rule name, for the file at an
    absolute path. *reported* limits what is said, not what is known: the codes
    that are on in each file, by absolute path. *context* is what the subjects
    are taken from if not from the service (for rules about the run itself).
    *step* is called when a rule has been asked.
    """
    findings: list[Finding] = []
    tallies: list[Tally] = []
    crashes: list[Crash] = []
    questions: list[OpenQuestion] = []
    for rule in rules:
        subjects = violations = 0
        at: Any = None
        try:
            for subject in rule.subjects(service if context is None else context):
                at = subject
                if reported is not None and rule.code not in reported.get(subject.module.path, ()):
                    continue
                given = None
                if rule.options is not None and options is not None:
                    given = options(subject.module.path).get(rule.name)
                answer = rule.check(subject, given)
                if answer is None:
                    continue
                if isinstance(answer, Question):
                    finding = _finding(service, rule, subject, answer.otherwise, given)
                    questions.append(OpenQuestion(finding, answer.asked, service.root))
                    continue
                if isinstance(answer, Violation):
                    findings.append(_finding(service, rule, subject, answer, given))
                    violations += 1
                elif answer is not CONFORMS:
                    raise TypeError(f"no answer is {answer!r}: CONFORMS, a Violation or None is")
                subjects += 1
        except (Exception, SystemExit) as error:
            crashes.append(_crash(service, rule, at, error))
        tallies.append(
            Tally(
                rule.code,
                rule.name,
                rule.pattern,
                subjects,
                violations,
                service.root,
                rule.alarm,
                rule.section,
            )
        )
        if step is not None:
            step()
    findings.sort(key=lambda finding: finding.order)
    return Judgement(tuple(findings), tuple(tallies), tuple(crashes), tuple(questions))


def _finding(
    service: Service, rule: Rule[Any], subject: Any, violation: Violation, options: Options | None
) -> Finding:
    module: Module = subject.module
    edits = rule.edits(subject, options)
    cause = violation.cause
    fix, withheld = None, None
    if isinstance(edits, Withheld):
        withheld = edits.reason
    elif edits is not None and rule.applicability is not None:
        fix = Fix(rule.applicability, edits)
    finding = Finding(
        code=rule.code,
        name=rule.name,
        message=violation.message,
        path=module.path,
        span=violation.at or subject.span,
        severity=rule.severity,
        service=service.name,
        subject=subject.label,
        inside=f"{subject.label}.".removeprefix(f"{module.name}.").rstrip("."),
        pattern=rule.pattern,
        scope=subject.extent,
        related=tuple(Related(n.module.path, n.span, n.message) for n in violation.notes),
        fix=fix,
        cause=Related(cause.module.path, cause.span, cause.message) if cause else None,
        withheld=withheld,
        page=rule.page,
    )
    return _checked(finding) if rule.foreign else finding


def _checked(finding: Finding) -> Finding:
    """Return *finding* as what a finding is made of; raise where a pack has put in other things."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(finding), type=Finding)


def _crash(service: Service, rule: Rule[Any], subject: Any, error: BaseException) -> Crash:
    path, line = service.root, 0
    with contextlib.suppress(Exception):  # a subject may itself be what is broken
        path, line = str(subject.module.path), int(subject.span.line)
    summary = "".join(traceback.format_exception_only(error)).strip()
    trace = "".join(traceback.format_exception(error))
    return Crash(rule.code, rule.name, str(Path(path)), line, summary, trace)


def told(service: Service, rules: Iterable[Rule[Any]]) -> dict[str, bytes]:
    """Return what *service* tells the others of a run, by the code of the rule that wants it.

    It tells that whether or not the rule is asked here. Where that fails, it tells nothing, and
    the questions of the others stay open.
    """
    found: dict[str, bytes] = {}
    for rule in rules:
        if rule.telling is not None:
            with contextlib.suppress(Exception, SystemExit):
                found[rule.code] = msgspec.msgpack.encode(rule.telling.of(service))
    return found
