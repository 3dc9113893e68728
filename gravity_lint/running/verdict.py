"""The verdict on one loaded service: what its rules say, less what comments suppress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import msgspec

from gravity_lint.errors import Problem
from gravity_lint.findings.corrections import correction
from gravity_lint.findings.finding import Finding, OpenQuestion
from gravity_lint.findings.suppressions import Reach, Suppression, apply, unknown, unused
from gravity_lint.model.code.comments import Comment
from gravity_lint.model.code.layers import in_app
from gravity_lint.running.judging import judge, told
from gravity_lint.running.loading import Loaded
from gravity_lint.running.outcome import COMMENT, Report, Silenced
from gravity_lint.running.patience import PATIENCE, Clock
from gravity_lint.running.phases import Phases
from gravity_lint.running.policy import Policy

_UNWANTED = "the configuration wants no fixes of this rule (`fixable`, `unfixable`)"


def judge_service(
    loaded: Loaded, policy: Policy, *, suppress: bool = True, phases: Phases | None = None
) -> Report:
    """Ask the rules that are on about one loaded service, and apply its suppressions.

    Last come the rules about the suppressions themselves, which must know what
    all others have found.
    """
    clock = Clock(loaded.service.settings.rule_timeout)
    with clock.running():
        return _judged(loaded, policy, clock, suppress=suppress, phases=phases)


def _judged(
    loaded: Loaded, policy: Policy, clock: Clock, *, suppress: bool, phases: Phases | None
) -> Report:
    asked = policy.codes(loaded.files)
    counted = policy.counted(loaded.files)
    files, rules = len(loaded.files.files), len(policy.rules)
    judged = judge(
        loaded.service,
        policy.rules,
        options=policy.options_at,
        reported=counted,
        step=None if phases is None else lambda: phases.judged(files, rules),
        clock=clock,
    )
    found = [x for x in judged.findings if x.code in asked[x.path]]
    unsettled = [q for q in judged.open if q.finding.code in asked[q.finding.path]]
    excused = Counter(policy.excuse(x) for x in judged.findings if x.code not in asked[x.path])
    wanted = frozenset[str]().union(*asked.values())
    crashes = [crash for crash in judged.crashes if crash.code in wanted]
    silent = {*judged.unasked, *(crash.code for crash in judged.crashes)}
    answered = _answered(loaded, policy, asked, silent)
    kept, closing, silenced = _suppressed(
        loaded, policy, answered, [*found, *(question.finding for question in unsettled)]
    )
    standing, definite = set(map(id, kept)), set(map(id, found))
    findings = [x for x in found if id(x) in standing]
    suppressed = len(found) - len(findings)
    last = judge(
        loaded.service,
        policy.closing_rules,
        options=policy.options_at,
        reported=asked,
        context=closing,
        clock=clock,
    )
    reaches = {
        module.path: _Silence(module.facts.suppressions)
        for module in {comment.module for comment in closing}
    }
    closing_findings = [x for x in last.findings if not reaches[x.path].covers(x)]
    if suppress:
        unsettled = [question for question in unsettled if id(question.finding) in standing]
    else:
        findings, closing_findings, silenced = found, list(last.findings), []
    findings = sorted(_weighed([*findings, *closing_findings], policy), key=lambda f: f.order)
    problems = [Problem(path, message) for path, message in loaded.problems]
    problems += [
        Problem(c.path, c.error, c.code, c.line or None, c.trace, c.stopped)
        for c in (*crashes, *last.crashes)
    ]
    problems += _given_up(loaded, wanted.intersection(judged.unasked))
    report = Report(
        findings=tuple(findings),
        tallies=(*judged.tallies, *last.tallies),
        files=len(loaded.files.reported),
        services=1,
        problems=tuple(problems),
        suppressed=suppressed,
        lenient=(str(loaded.files.root),) if policy.lenient else (),
        excused=excused,
        notices=tuple(_left_out(loaded)),
        open=tuple(_weighed_question(question, policy) for question in unsettled),
        told=told(loaded.service, policy.telling, clock),
        silenced=tuple(
            Silenced(_weighed([finding], policy)[0], COMMENT, reason)
            for finding, reason in silenced
            if id(finding) in definite
        ),
    )
    return msgspec.structs.replace(report, sources=loaded.texts.only(report.mentioned))


def _left_out(loaded: Loaded) -> Iterator[Problem]:
    """Yield a notice for each file that was asked about and is too large to be judged."""
    largest = loaded.files.configuration.settings.max_file_size
    reported = set(map(str, loaded.files.reported))
    for module in loaded.service.modules:
        if module.facts.unread and module.path in reported:
            words = f"not judged: it is larger than `max-file-size` ({largest:,} bytes)"
            yield Problem(module.path, words)


def _given_up(loaded: Loaded, unasked: Collection[str]) -> Iterator[Problem]:
    if unasked:
        words = (
            f"after {PATIENCE} rules that took too long, {len(unasked)} more were not asked:"
            f" {', '.join(sorted(unasked))}"
        )
        yield Problem(str(loaded.files.root), words, stopped=True)


def _answered(
    loaded: Loaded, policy: Policy, asked: Mapping[str, frozenset[str]], crashed: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return the codes about which all has been said in each reported file, by path.

    Nothing has where a file that bears on it could not be read or parsed: those
    of the app bear on everything, the others (tests, scripts) on each other.
    """
    codes = frozenset(rule.code for rule in policy.rules).difference(crashed)
    broken = [module for module in loaded.service.modules if module.facts.is_unknown]
    app_broken = bool(loaded.problems) or any(in_app(module) for module in broken)
    answered = {}
    for module in loaded.service.modules:
        if module.path in asked:
            doubtful = app_broken or (bool(broken) and not in_app(module))
            answered[module.path] = frozenset() if doubtful else asked[module.path] & codes
    return answered


def _suppressed(
    loaded: Loaded,
    policy: Policy,
    answered: Mapping[str, frozenset[str]],
    findings: Sequence[Finding],
) -> tuple[list[Finding], tuple[Comment, ...], list[tuple[Finding, str]]]:
    """Return what suppressions leave of *findings*, and what came of each suppression.

    Last come the findings that they silence, with the reasons that they give.
    """
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    kept: list[Finding] = []
    closing: list[Comment] = []
    silenced: list[tuple[Finding, str]] = []
    for module in loaded.service.modules:
        found, suppressions = by_path.get(module.path, []), module.facts.suppressions
        if not suppressions or module.path not in answered:
            kept += found
            continue
        applied = apply(found, suppressions)
        kept += applied.kept
        silenced += zip(applied.suppressed, applied.reasons, strict=True)
        idle = dict(unused(suppressions, applied.used, answered[module.path], policy.known))
        for index, suppression in enumerate(suppressions):
            if suppression.quoted:
                continue
            used = [code for code in range(len(suppression.codes)) if (index, code) in applied.used]
            closing.append(
                Comment(
                    module,
                    suppression,
                    tuple(suppression.codes[code] for code in used),
                    idle.get(suppression, ()),
                    () if suppression.inert else unknown(suppression, policy.known),
                    correction(suppression, policy.known),
                    index in applied.effective,
                    loaded.service.settings.require_suppression_reason,
                )
            )
    return kept, tuple(closing), silenced


class _Silence:
    """What the *suppressions* of a file silence of the findings that are about one of them."""

    def __init__(self, suppressions: Sequence[Suppression]) -> None:
        self._suppressions = suppressions
        self._reach = Reach(suppressions)

    def covers(self, finding: Finding) -> bool:
        """Tell that; a comment that names no codes does not silence what is said about itself."""
        return any(
            codes or self._suppressions[index].comment.line != finding.span.line
            for index, codes in self._reach.matching(finding)
        )


def _weighed_question(question: OpenQuestion, policy: Policy) -> OpenQuestion:
    """Return *question* with the severity that the configuration gives to its finding."""
    finding = _weighed([question.finding], policy)[0]
    return msgspec.structs.replace(question, finding=finding)


def _weighed(findings: Sequence[Finding], policy: Policy) -> list[Finding]:
    """Return the findings with the severities and the fixes that the configuration gives them."""
    weighed = []
    for finding in findings:
        severity, fix = policy.severity(finding), finding.fix
        if severity is not finding.severity:
            finding = msgspec.structs.replace(finding, severity=severity)
        if fix is not None and (applicability := policy.fixing(finding)) is not fix.applicability:
            if applicability is None:
                finding = msgspec.structs.replace(finding, fix=None, withheld=_UNWANTED)
            else:
                fix = msgspec.structs.replace(fix, applicability=applicability)
                finding = msgspec.structs.replace(finding, fix=fix)
        weighed.append(finding)
    return weighed
