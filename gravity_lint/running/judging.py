"""Asking the rules about one service: subjects in, findings and tallies out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec

from gravity_lint.findings.finding import Finding, Fix, OpenQuestion, Related, Tally
from gravity_lint.model import Module, Service
from gravity_lint.model.code.questions import ByModule
from gravity_lint.rule import CONFORMS, Options, Question, Rule, Violation, Withheld
from gravity_lint.running.patience import PATIENCE, Clock, OutOfTimeError


class Crash(msgspec.Struct, frozen=True):
    """A rule failed: which one, on which file and line, and with what error.

    *stopped*: it is none of its own, but the rule had had its time.
    """

    code: str
    name: str
    path: str
    line: int
    error: str
    trace: str = ""
    stopped: bool = False


class Judgement(msgspec.Struct, frozen=True):
    """What the rules say about one service.

    *unasked* are the codes of rules for which there was no time left.
    """

    findings: tuple[Finding, ...]
    tallies: tuple[Tally, ...]
    crashes: tuple[Crash, ...]
    open: tuple[OpenQuestion, ...] = ()
    unasked: tuple[str, ...] = ()


def judge(
    service: Service,
    rules: Iterable[Rule[Any]],
    *,
    options: Callable[[str], Mapping[str, Options]] | None = None,
    reported: Mapping[str, Collection[str]] | None = None,
    context: Any = None,
    step: Callable[[], None] | None = None,
    clock: Clock | None = None,
) -> Judgement:
    """Ask each of *rules* about all its subjects in *service*.

    *options* gives the rules' own options by rule name, for the file at an
    absolute path. *reported* limits what is said, not what is known: the codes
    that are on in each file, by absolute path. *context* is what the subjects
    are taken from if not from the service (for rules about the run itself).
    *step* is called when a rule has been asked. *clock* stops rules that take too long.
    """
    findings: list[Finding] = []
    tallies: list[Tally] = []
    crashes: list[Crash] = []
    questions: list[OpenQuestion] = []
    unasked: list[str] = []
    for rule in rules:
        if sum(crash.stopped for crash in crashes) == PATIENCE:
            unasked.append(rule.code)
            continue
        subjects = violations = 0
        before = len(findings), len(questions)
        at: Any = None
        try:
            with clock.timing() if clock is not None else nullcontext():
                for subject in _subjects(rule, service, reported, context):
                    at = subject
                    path = subject.module.path
                    if reported is not None and rule.code not in reported.get(path, ()):
                        continue
                    given = None
                    if rule.options is not None and options is not None:
                        given = options(path).get(rule.name)
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
                        raise TypeError(f"no answer is {answer!r}: CONFORMS, Violation or None is")
                    subjects += 1
        except OutOfTimeError:
            # How far it came is chance.
            del findings[before[0] :], questions[before[1] :]
            subjects = violations = 0
            service.start_over()
            crashes.append(_stopped(service, rule, at))
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
    return Judgement(
        tuple(findings), tuple(tallies), tuple(crashes), tuple(questions), tuple(unasked)
    )


def _subjects(
    rule: Rule[Any],
    service: Service,
    reported: Mapping[str, Collection[str]] | None,
    context: Any,
) -> Iterable[Any]:
    """Yield what *rule* is asked about: of the *reported* files only, where it can be told."""
    named = reported is not None and len(reported) < len(service.modules)
    if isinstance(rule.subjects, ByModule) and reported is not None and named:
        for module in rule.subjects.modules(service):
            if rule.code in reported.get(module.path, ()):
                yield from rule.subjects.of(module)
    else:
        yield from rule.subjects(service if context is None else context)


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
        if any(edit.is_lost for edit in edits):
            withheld = "it stands inside a string, where this fix cannot write"
        else:
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
    import traceback  # no rule should ever need it

    summary = "".join(traceback.format_exception_only(error)).strip()
    trace = "".join(traceback.format_exception(error))
    return Crash(rule.code, rule.name, str(Path(path)), line, summary, trace)


def _stopped(service: Service, rule: Rule[Any], subject: Any) -> Crash:
    path, line = service.root, 0
    if subject is not None:
        path, line = subject.module.path, subject.span.line
    words = f"it took longer than `rule-timeout` allows ({service.settings.rule_timeout} s)"
    return Crash(rule.code, rule.name, str(Path(path)), line, words, stopped=True)


def told(
    service: Service, rules: Iterable[Rule[Any]], clock: Clock | None = None
) -> dict[str, bytes]:
    """Return what *service* tells the others of a run, by the code of the rule that wants it.

    It tells that whether or not the rule is asked here. Where that fails, it tells nothing, and
    the questions of the others stay open.
    """
    found: dict[str, bytes] = {}
    for rule in rules:
        if rule.telling is not None:
            with (
                contextlib.suppress(Exception, SystemExit, OutOfTimeError),
                clock.timing() if clock is not None else nullcontext(),
            ):
                found[rule.code] = msgspec.msgpack.encode(rule.telling.of(service))
    return found
