"""What ``gravity-lint check`` does: judge code, and mend it where asked to."""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec

from gravity_lint.cli.arguments import asked, existing
from gravity_lint.cli.check_options import cache_directory
from gravity_lint.cli.output import ensure_writable, opened
from gravity_lint.cli.ratchet import judged, tell
from gravity_lint.configuration.settings import FailOn
from gravity_lint.errors import Problem, UsageError
from gravity_lint.findings.severities import Applicability, Severity
from gravity_lint.reporting import (
    FOR_PEOPLE,
    FORMATS,
    SUMMARY,
    SUMMARY_VARIABLE,
    WITH_EDITS,
    renderer,
)
from gravity_lint.reporting.progress import Ticker
from gravity_lint.reporting.text import counted, shown_path, visible
from gravity_lint.running.outcome import Mending, Overrides, Report
from gravity_lint.sources.surroundings import Sight, Surroundings

if TYPE_CHECKING:
    from gravity_lint.running.means import Means


def run(
    options: argparse.Namespace,
    *,
    forgiving: bool = False,
    noted: dict[str, Sight] | None = None,
) -> int:
    """Do what *options* say; return the exit status.

    *forgiving*: another program has chosen the paths, those of no service are passed over. *noted*
    takes up all that the report follows from, where that is kept; else it stays empty.
    """
    for option, file in _files(options):
        ensure_writable(file, option)
    overrides = msgspec.structs.replace(
        asked(options), forgiving=forgiving, baseline=options.baseline
    )
    around = Surroundings()
    with around.noting() as looked_at:
        if options.format is None:
            options.format = _configured_format(overrides, around)
    if options.format == SUMMARY and options.output_file is None:
        named = os.environ.get(SUMMARY_VARIABLE)
        options.output_file = Path(named) if named else None
    paths, texts = _subjects(options, forgiving)
    if options.show_settings:
        return _show_settings(paths[0], overrides, options.output_file)
    if options.add_noqa is not None:
        return _suppress(paths, overrides, options.add_noqa)
    if options.fix or options.diff:
        return _mend(paths, overrides, texts, options)
    status = _judge(paths, overrides, texts, options, noted)
    if noted:
        noted.update(looked_at)
    return status


def _judge(
    paths: tuple[Path, ...],
    overrides: Overrides,
    texts: Mapping[Path, str] | None,
    options: argparse.Namespace,
    noted: dict[str, Sight] | None,
) -> int:
    from gravity_lint.running import run as runner

    with Ticker(silent=options.quiet) as ticker:
        if options.since is not None:
            from gravity_lint.running.since import run_since

            report = run_since(
                options.since,
                paths,
                overrides,
                progress=ticker,
                texts=texts,
                means=_means(options),
            )
        else:
            report = runner.run(
                paths,
                overrides,
                progress=ticker,
                texts=texts,
                means=_means(options),
                noted=noted,
            )
    report = _shown(judged(report, options), options)
    _publish(report, options)
    return _status(report, options)


def _means(options: argparse.Namespace) -> "Means":
    from gravity_lint.running.means import Means

    keep, directory = not options.no_cache, cache_directory(options)
    return Means(keep, directory, options.jobs, options.executor, parting=True)


def _mend(
    paths: tuple[Path, ...],
    overrides: Overrides,
    texts: Mapping[Path, str] | None,
    options: argparse.Namespace,
) -> int:
    from gravity_lint.reporting import mending as shown_mending
    from gravity_lint.running.mending import mend

    with Ticker(silent=options.quiet) as ticker:
        mending = mend(
            paths,
            overrides,
            unsafe=options.unsafe_fixes,
            write=not options.diff,
            progress=ticker,
            texts=texts,
            means=_means(options),
        )
    report = _shown(judged(mending.report, options), options)
    mending = msgspec.structs.replace(mending, report=report)
    if options.diff:
        with opened(options.output_file) as stream:
            shown_mending.diff(mending, stream, plain=options.output_file is not None)
        shown_mending.refuse(mending, sys.stderr)
        _lament(mending.report)
        return _would_change(mending, options)
    if texts is not None:
        _pass_on(mending, texts, options)
    if options.fix_only:
        shown_mending.render(mending, sys.stdout if texts is None else sys.stderr)
        _lament(mending.report, quiet=options.quiet)
        return 2 if mending.report.problems else 0
    _publish(mending.report, options, mending)
    return _status(mending.report, options)


def _pass_on(mending: Mending, texts: Mapping[Path, str], options: argparse.Namespace) -> None:
    """Write what came in on standard input to standard output, mended."""
    from gravity_lint.fixing.saving import EncodingError, fitting

    data: bytes = options.standard_input
    after = next((one.after for one in mending.mended), *texts.values())
    try:
        data = fitting(after, data) if mending.mended else data
    except EncodingError as error:
        _pass_through(data)
        raise UsageError(f"standard input cannot be mended: {error}") from error
    _pass_through(data)


def _pass_through(data: bytes) -> None:
    with opened(None) as stream:
        stream.flush()
        stream.buffer.write(data)


def _suppress(paths: tuple[Path, ...], overrides: Overrides, reason: str) -> int:
    from gravity_lint.running.suppressing import suppress

    with Ticker() as ticker:
        done = suppress(paths, overrides, reason, progress=ticker)
    _lament(Report(problems=done.problems))
    for finding in done.left:
        place = f"{visible(shown_path(finding.path))}:{finding.span.line}"
        print(f"not suppressed {place}: {finding.code} {finding.name}", file=sys.stderr)
    print(f"Suppressed {counted(done.findings, 'finding')} in {counted(len(done.files), 'file')}.")
    return 2 if done.problems else int(bool(done.left))


def _publish(report: Report, options: argparse.Namespace, mending: Mending | None = None) -> None:
    """Show *report*, after what was mended, and what went wrong on standard error.

    Where a program reads the format, or a file takes it, there is nothing else
    in it: people get the rest on standard error.
    """
    passed_on = mending is not None and options.standard_input is not None
    people = options.format == "full" and options.output_file is None and not passed_on
    tried: tuple[Applicability, ...] = ()
    forms = {options.format, *(form for form, _ in options.output)}
    if not forms.isdisjoint(WITH_EDITS) or (options.edits and "json" in forms):
        from gravity_lint.running.proposing import proposed

        report = proposed(report)
    if mending is not None:
        tried = tuple(Applicability) if options.unsafe_fixes else (Applicability.SAFE,)
    try:
        for form, file in options.output:
            with opened(file, adding=form == SUMMARY) as stream:
                _render(form, report, stream, options, tried, plain=file is not None)
        aside = passed_on and options.output_file is None
        adding = options.format == SUMMARY
        with (
            nullcontext(sys.stderr) if aside else opened(options.output_file, adding=adding)
        ) as stream:
            if mending is not None and not options.quiet:
                from gravity_lint.reporting import mending as shown_mending

                shown_mending.render(mending, stream if people else sys.stderr)
            if options.statistics:
                from gravity_lint.reporting import statistics

                statistics.render(report, stream)
            else:
                plain = options.output_file is not None
                _render(options.format, report, stream, options, tried, plain=plain)
    finally:
        _lament(report, quiet=options.quiet)
    beside = options.output_file is not None or options.format == "concise"
    if beside and not options.statistics and not options.quiet:
        from gravity_lint.reporting.summary import brief, width_of, wrapped

        print(*wrapped(brief(report, tried), width_of(sys.stderr)), sep="\n", file=sys.stderr)


def _render(
    form: str,
    report: Report,
    stream: TextIO,
    options: argparse.Namespace,
    tried: tuple[Applicability, ...],
    *,
    plain: bool,
) -> None:
    """Write *report* as *form*; quiet is a report for people without its summary."""
    if form == "full" and options.quiet:
        from gravity_lint.reporting import full

        full.render_findings(report, stream, plain=plain, tried=tried)
    else:
        renderer(form)(report, stream, plain=plain, tried=tried)


def _shown(report: Report, options: argparse.Namespace) -> Report:
    """Return *report* with the findings that are severe enough to be shown."""
    if options.severity != Severity.ERROR.value:
        return report
    errors = tuple(x for x in report.findings if x.severity is Severity.ERROR)
    return msgspec.structs.replace(report, findings=errors, fingerprints=())


def _configured_format(overrides: Overrides, around: Surroundings) -> str:
    """Return the format that the configuration of the working directory sets."""
    from gravity_lint.configuration.files import Configurations, mistake

    configuration = Configurations(overrides.imposed, around).above(Path.cwd())
    form = configuration.settings.format
    file = configuration.origin("format")
    if form not in FORMATS and file is not None:
        formats = ", ".join(map(repr, FORMATS))
        raise mistake(file, "format", f"there is no format {form!r}; there is {formats}")
    return form


def _files(options: argparse.Namespace) -> Iterator[tuple[str, Path]]:
    """Yield the files to be written, each with the option that names it."""
    if options.output_file is not None:
        yield "--output-file", options.output_file
    yield from (("--output", file) for _, file in options.output if file is not None)


def _lament(report: Report, *, quiet: bool = False) -> None:
    """Say on standard error what could not be done, and what was named or configured in vain."""
    if not quiet:
        for notice in report.notices:
            _tell(f"gravity-lint: warning: {_sentence(notice)}")
    tell(report)
    for problem in report.problems:
        _tell(f"gravity-lint: error: {_sentence(problem)}")
        if problem.trace and os.environ.get("GRAVITY_LINT_DEBUG"):
            print(problem.trace, file=sys.stderr)


def _tell(sentence: str) -> None:
    from gravity_lint.reporting.summary import width_of, wrapped  # most runs say nothing there

    print(*wrapped(sentence, width_of(sys.stderr)), sep="\n", file=sys.stderr)


def _sentence(problem: Problem) -> str:
    place = visible(shown_path(problem.path))
    if problem.line is not None:
        place += f":{problem.line}"
    if problem.code is None:
        return f"{place}: {visible(problem.message)}"
    if problem.stopped:
        return f"{place}: rule {problem.code} was stopped: {problem.message}"
    return (
        f"{place}: rule {problem.code} crashed: {visible(problem.message)}; this is a defect of"
        f" the rule: report it with the lines there, and --ignore {problem.code} meanwhile"
    )


def _status(report: Report, options: argparse.Namespace) -> int:
    if report.problems:
        return 2
    if _is_idle_gate(report, options):
        from gravity_lint.reporting.summary import verdict

        print(
            f"gravity-lint: error: {verdict(report)} A gate that judges nothing is none: name what"
            " holds the services, or say --no-fail-on-nothing",
            file=sys.stderr,
        )
        return 2
    if options.exit_zero:
        return 0
    if report.falls:
        return 1
    if options.fail_on is None:
        return int(report.failing > 0)
    if options.fail_on == FailOn.ERROR.value:
        return int(any(finding.severity is Severity.ERROR for finding in report.findings))
    return int(bool(report.findings))


def _is_idle_gate(report: Report, options: argparse.Namespace) -> bool:
    """Tell whether nothing was judged where something should have been.

    So it is where that was said, and in the formats of gates, unless only files were named.
    """
    if report.findings:
        return False
    from gravity_lint.reporting.summary import unjudged

    if report.files and unjudged(report) is None:
        return False
    if options.fail_on_nothing is not None:
        return bool(options.fail_on_nothing)
    forms = {options.format, *(form for form, _ in options.output)}
    directories = not options.paths or any(Path(path).is_dir() for path in options.paths)
    return directories and options.stdin_filename is None and not forms.issubset(FOR_PEOPLE)


def _would_change(mending: Mending, options: argparse.Namespace) -> int:
    if mending.report.problems:
        return 2
    return int(bool(mending.mended) and not options.exit_zero)


def _show_settings(path: Path, overrides: Overrides, file: Path | None) -> int:
    from gravity_lint.reporting import effective_settings
    from gravity_lint.running.policy import effective

    holding = effective(path, overrides)
    with opened(file) as stream:
        effective_settings.render(holding, stream)
    return 0


def _subjects(
    options: argparse.Namespace, forgiving: bool
) -> tuple[tuple[Path, ...], Mapping[Path, str] | None]:
    """Return what to judge: the named paths, or what comes in on standard input."""
    given = options.paths
    options.standard_input = None
    if options.stdin_filename is None:
        if "-" in given:
            raise UsageError(
                "- reads standard input, but the service around it must be known: say with"
                " --stdin-filename which file it is"
            )
        return tuple(map(Path, given)) if forgiving else existing(given), None
    if given not in ([], ["-"]):
        raise UsageError(
            "--stdin-filename judges what comes in on standard input, and nothing else:"
            f" leave out {given[0]}"
        )
    path = Path(options.stdin_filename)
    options.standard_input = sys.stdin.buffer.read()
    return (path,), {path: _decoded(options.standard_input, path)}


def _decoded(data: bytes, path: Path) -> str:
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise UsageError(
            f"standard input ({path}) cannot be decoded as Python source: {error}; it must be"
            " UTF-8, or declare its encoding in the first two lines"
        ) from error
