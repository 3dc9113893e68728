"""A whole run: what the command line and flake8 call.

Everything that a run decides is a function of the files' content, the
configuration and the command line; nothing is remembered between runs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import Configuration, Configurations
from gravity_lint.configuration.files import options as read_options
from gravity_lint.configuration.selection import Selection, severities, validate, validate_selectors
from gravity_lint.discovery.services import Discovery, ServiceFiles, discover
from gravity_lint.errors import UsageError
from gravity_lint.findings.finding import Applicability, Finding
from gravity_lint.findings.suppressions import Suppression, apply, unknown, unused
from gravity_lint.model.code.comments import Comment
from gravity_lint.model.code.layers import in_app
from gravity_lint.rule import Scope
from gravity_lint.running.judging import judge
from gravity_lint.running.loading import Loaded, Loader
from gravity_lint.running.outcome import (
    Effective,
    Mended,
    Mending,
    Overrides,
    Problem,
    Refusal,
    Report,
)
from gravity_lint.running.packs import load_rules
from gravity_lint.sources.depth import deeply

_FILES_KEPT = 400
"""After how many files the judged services are given back."""
Progress = Callable[[int, int], None]
"""Called with the number of files done and the number of all files."""


def run(
    paths: Sequence[Path],
    overrides: Overrides,
    *,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
) -> Report:
    """Judge the services that *paths* are about, and report on what was named.

    *texts* takes the place of files on disk. Raises UsageError for a path that
    cannot be judged and for a mistake in a configuration.
    """
    with _resting_collector():
        return deeply(lambda: _Run(paths, overrides, texts or {}).report(progress))


def mend(
    paths: Sequence[Path],
    overrides: Overrides,
    *,
    unsafe: bool = False,
    write: bool = True,
    progress: Progress | None = None,
    texts: Mapping[Path, str] | None = None,
) -> Mending:
    """Mend what *paths* name, and report on what remains.

    Safe fixes are applied, and with *unsafe* the others too. A fix stays only if
    its finding is gone and no new one has appeared anywhere in the service.
    Without *write* the files stay as they are; those that *texts* stand for
    always do. Raises UsageError as `run` does.
    """
    return deeply(lambda: _Run(paths, overrides, texts or {}).mend(unsafe, write, progress))


def effective(path: Path, overrides: Overrides) -> Effective:
    """Return the settings that hold for *path*, and the rules that run there."""
    place = path.resolve()
    configuration = Configurations().above(place if place.is_dir() else place.parent)
    policy = Policy(configuration, overrides)
    return Effective(configuration, tuple(sorted(policy.selection.codes)))


class Policy:
    """What one configuration, with the command line's overrides, asks of its services."""

    def __init__(self, configuration: Configuration, overrides: Overrides) -> None:
        """Work out which rules are on.

        Raises UsageError for a rule that does not exist and for options that do not fit.
        """
        rules = load_rules(configuration.settings.rule_packs)
        known = {rule.code: rule.name for rule in rules}
        validate(configuration, known)
        validate_selectors("--select", overrides.select or (), known)
        validate_selectors("--extend-select", overrides.extend_select, known)
        validate_selectors("--ignore", overrides.ignore, known)
        self.selection = Selection(
            configuration,
            known,
            [rule.code for rule in rules if rule.default],
            select=overrides.select or (),
            extend_select=overrides.extend_select,
            ignore=overrides.ignore,
        )
        self.known = known
        self.severities = severities(configuration, known)
        self.options = {
            rule.name: read_options(configuration, rule.name, rule.options)
            for rule in rules
            if rule.options is not None
        }
        chosen = [rule for rule in rules if rule.code in self.selection.codes]
        self.rules = [rule for rule in chosen if rule.scope is not Scope.RUN]
        self.closing_rules = [rule for rule in chosen if rule.scope is Scope.RUN]

    def codes(self, files: ServiceFiles) -> dict[str, frozenset[str]]:
        """Return the codes that are on in each of the reported files, by absolute path."""
        return {str(path): self.selection.codes_for(path) for path in files.reported}


class Inquiry:
    """Judges whole services and answers file by file, for hosts that ask so (flake8)."""

    def __init__(self, *, suppress: bool = True) -> None:
        """*suppress*: leave out what comments suppress."""
        self._suppress = suppress
        self._answers: dict[str, list[Finding]] = {}

    def about(self, path: Path, text: str | None = None) -> list[Finding]:
        """Return the findings in the file at *path*, whose content may be given as *text*.

        A file that the configuration excludes has none. Raises UsageError for
        a mistake in a configuration, and for a rule that crashes.
        """
        place = str(path.resolve())
        if text is not None or place not in self._answers:
            self._judge_services_of([path], {} if text is None else {path: text})
        return self._answers.setdefault(place, [])

    def prepare(self, paths: Sequence[Path]) -> None:
        """Judge the services that *paths* are about, so that later questions are answered at once.

        Raises UsageError as `about` does, and for a path that does not exist.
        """
        self._judge_services_of(paths, {})

    def _judge_services_of(self, paths: Sequence[Path], texts: Mapping[Path, str]) -> None:
        with _resting_collector():
            deeply(lambda: self._answer(_Run(paths, Overrides(), texts)))

    def _answer(self, run: _Run) -> None:
        report = run.report(whole=True, suppress=self._suppress)
        for problem in report.problems:
            raise UsageError(f"{problem.path}: {problem.code or ''} {problem.message}")
        for files in run.discovery.services:
            self._answers.update((str(file), []) for file in files.files)
        for finding in report.findings:
            self._answers[finding.path].append(finding)


class _Run:
    """One run over some paths; asked again with other texts, it reads only what has changed."""

    def __init__(
        self, paths: Sequence[Path], overrides: Overrides, texts: Mapping[Path, str]
    ) -> None:
        self._overrides = overrides
        self._texts = {str(path.resolve()): text for path, text in texts.items()}
        self._configurations = Configurations()
        self._policies: dict[int, Policy] = {}
        self._loader = Loader()
        self.discovery: Discovery = discover(
            paths, self._configurations.above, unsaved=[Path(p) for p in self._texts]
        )
        for files in self.discovery.services:
            self._policy(files.configuration)

    def _policy(self, configuration: Configuration) -> Policy:
        key = id(configuration)
        if key not in self._policies:
            self._policies[key] = Policy(configuration, self._overrides)
        return self._policies[key]

    def report(
        self, progress: Progress | None = None, *, whole: bool = False, suppress: bool = True
    ) -> Report:
        """Judge every service once; *whole*: report on all files of each, named or not."""
        services = self.discovery.services
        if whole:
            services = tuple(msgspec.structs.replace(s, reported=s.files) for s in services)
        return self._merge(self._reports(services, progress, suppress=suppress))

    def _reports(
        self,
        services: Sequence[ServiceFiles],
        progress: Progress | None = None,
        *,
        suppress: bool = True,
    ) -> list[Report]:
        total = sum(len(files.files) for files in services)
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            if progress is not None:
                progress(done, total)

        reports: list[Report] = []
        judged = 0
        for files in services:
            reports.append(self._judge(files, {}, step, suppress=suppress))
            judged += len(files.files)
            if judged >= _FILES_KEPT:
                # A judged service is a heap of circles that only the collector can take away.
                gc.collect()
                judged = 0
        return reports

    def _judge(
        self,
        files: ServiceFiles,
        texts: Mapping[str, str],
        step: Callable[[], None] | None = None,
        *,
        suppress: bool = True,
    ) -> Report:
        """Judge one service, in which *texts* take the place of files."""
        loaded = self._loader.load(files, {**self._texts, **texts}, step)
        return judge_service(loaded, self._policy(files.configuration), suppress=suppress)

    def mend(self, unsafe: bool, write: bool, progress: Progress | None) -> Mending:
        """Mend one service after the other; a file that cannot be written is a problem."""
        tried = tuple(Applicability) if unsafe else (Applicability.SAFE,)
        with _resting_collector():
            reports = self._reports(self.discovery.services, progress)
        mended: list[Mended] = []
        refused: list[Refusal] = []
        for index, files in enumerate(self.discovery.services):
            if any(f.fix and f.fix.applicability in tried for f in reports[index].findings):
                done, no, problems, last = self._mend_service(files, reports[index], tried, write)
                mended += done
                refused += no
                problems = [*last.problems, *problems]
                reports[index] = last
                reports[index] = msgspec.structs.replace(reports[index], problems=tuple(problems))
        return Mending(self._merge(reports), tuple(mended), tuple(refused))

    def _mend_service(
        self, files: ServiceFiles, first: Report, tried: Sequence[Applicability], write: bool
    ) -> tuple[list[Mended], list[Refusal], list[Problem], Report]:
        """Mend one service about which *first* has been said; the last is what remains to say."""
        # Imported here: without fixes nobody needs it, and libcst comes with it.
        from gravity_lint.fixing.mending import Verdict, mend
        from gravity_lint.fixing.saving import ChangedError, objection, save

        whole = msgspec.structs.replace(files, reported=files.files)

        all_named = set(files.reported) == set(files.files)
        known: dict[tuple[tuple[str, str], ...], Report] = {(): first} if all_named else {}

        def judged(texts: Mapping[str, str]) -> Report:
            key = tuple(sorted(texts.items()))
            if key not in known:
                known[key] = self._judge(whole, texts)
            return known[key]

        def judge(texts: Mapping[str, str]) -> Verdict:
            report = judged(texts)
            faults = (f"{p.path}: {p.code or ''} {p.message}" for p in report.problems)
            return Verdict(report.findings, report.sources, frozenset(faults))

        service = self._loader.load(files, self._texts).service
        own = frozenset(module.name.partition(".")[0] for module in service.modules)
        outcome = mend(judge, {str(path) for path in files.reported}, tried, objection, own)
        refused = [Refusal(finding, reason) for finding, reason in outcome.refused]
        mended: list[Mended] = []
        problems: list[Problem] = []
        for path, before in outcome.before.items():
            one = Mended(path, before, outcome.after[path], outcome.mended[path])
            try:
                if write and path not in self._texts:
                    save(path, one.before, one.after)
            except ChangedError as error:
                refused += (Refusal(finding, str(error)) for finding in one.findings)
            except OSError as error:
                reason = error.strerror or str(error)
                problems.append(Problem(path, f"cannot be written: {reason}"))
            else:
                mended.append(one)
        texts = {one.path: one.after for one in mended}
        last = first
        if mended:
            last = judged(texts) if all_named else self._judge(files, texts)
        return mended, refused, problems, last

    def _merge(self, reports: Sequence[Report]) -> Report:
        problems = [Problem(*_placed(problem)) for problem in self.discovery.problems]
        sources: dict[str, str] = {}
        for report in reports:
            sources.update(report.sources)
            problems.extend(report.problems)
        findings = [finding for report in reports for finding in report.findings]
        return Report(
            findings=tuple(sorted(findings, key=lambda finding: finding.order)),
            tallies=tuple(tally for report in reports for tally in report.tallies),
            files=sum(report.files for report in reports),
            services=len(reports),
            problems=tuple(problems),
            sources=sources,
            suppressed=sum(report.suppressed for report in reports),
        )


def judge_service(loaded: Loaded, policy: Policy, *, suppress: bool = True) -> Report:
    """Ask the rules that are on about one loaded service, and apply its suppressions.

    Last come the rules about the suppressions themselves, which must know what
    all others have found.
    """
    asked = policy.codes(loaded.files)
    judged = judge(loaded.service, policy.rules, options=policy.options, reported=asked)
    answered = _answered(loaded, policy, asked, {crash.code for crash in judged.crashes})
    findings, closing = _suppressed(loaded, policy, answered, judged.findings)
    suppressed = len(judged.findings) - len(findings)
    last = judge(
        loaded.service,
        policy.closing_rules,
        options=policy.options,
        reported=asked,
        context=closing,
    )
    by_path = {comment.module.path: comment.module.facts.suppressions for comment in closing}
    closing_findings = [x for x in last.findings if not _silenced(x, by_path[x.path])]
    if not suppress:
        findings, closing_findings = list(judged.findings), list(last.findings)
    findings = sorted(_weighed([*findings, *closing_findings], policy), key=lambda f: f.order)
    problems = [Problem(path, message) for path, message in loaded.problems]
    problems += [
        Problem(c.path, c.error, c.code, c.line or None, c.trace)
        for c in (*judged.crashes, *last.crashes)
    ]
    mentioned = {f.path for f in findings} | {r.path for f in findings for r in f.related}
    return Report(
        findings=tuple(findings),
        tallies=(*judged.tallies, *last.tallies),
        files=len(loaded.files.reported),
        services=1,
        problems=tuple(problems),
        sources={path: loaded.texts[path] for path in mentioned if path in loaded.texts},
        suppressed=suppressed,
    )


def _answered(
    loaded: Loaded, policy: Policy, asked: Mapping[str, frozenset[str]], crashed: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return the codes about which all has been said in each reported file, by path.

    Nothing has where a file that bears on it could not be read or parsed: those
    of the app bear on everything, the others (tests, scripts) on each other.
    """
    codes = frozenset(rule.code for rule in policy.rules).difference(crashed)
    broken = [module for module in loaded.service.modules if module.facts.fault is not None]
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
) -> tuple[list[Finding], tuple[Comment, ...]]:
    """Return what suppressions leave of *findings*, and what came of each suppression."""
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    kept: list[Finding] = []
    closing: list[Comment] = []
    for module in loaded.service.modules:
        found, suppressions = by_path.get(module.path, []), module.facts.suppressions
        if not suppressions or module.path not in answered:
            kept += found
            continue
        applied = apply(found, suppressions)
        kept += applied.kept
        idle = dict(unused(suppressions, applied.used, answered[module.path], policy.known))
        for index, suppression in enumerate(suppressions):
            used = [code for code in range(len(suppression.codes)) if (index, code) in applied.used]
            closing.append(
                Comment(
                    module,
                    suppression,
                    tuple(suppression.codes[code] for code in used),
                    idle.get(suppression, ()),
                    unknown(suppression, policy.known),
                    any(suppression.matches(finding) for finding in applied.suppressed),
                    loaded.service.settings.require_suppression_reason,
                )
            )
    return kept, tuple(closing)


def _silenced(finding: Finding, suppressions: Sequence[Suppression]) -> bool:
    """Tell whether one of the *suppressions* of its file silences *finding*, which is about one.

    A comment that names no codes does not silence what is said about itself.
    """
    return any(
        suppression.matches(finding)
        and (suppression.codes or suppression.comment.line != finding.span.line)
        for suppression in suppressions
    )


def _weighed(findings: Sequence[Finding], policy: Policy) -> list[Finding]:
    """Return the findings with the severities that the configuration gives them."""
    return [
        msgspec.structs.replace(finding, severity=policy.severities[finding.code])
        if finding.code in policy.severities
        else finding
        for finding in findings
    ]


def _placed(problem: str) -> tuple[str, str]:
    path, _, message = problem.partition(": ")
    return path, message


@contextmanager
def _resting_collector() -> Iterator[None]:
    """Keep the garbage collector from walking trees that are all alive anyway."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            # What is left is data that stays: the collector need not look at it ever again.
            gc.freeze()
            gc.enable()
