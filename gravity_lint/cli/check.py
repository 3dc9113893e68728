"""``gravity-lint check``: what it has told before, or what comes of looking anew."""

import argparse
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gravity_lint.cli.check_options import cache_directory, parser_of, read
from gravity_lint.cli.output import ERROR, opened, overheard
from gravity_lint.reporting import SUMMARY

__all__ = ["execute", "parser_of"]

_RETOLD: Final = frozenset(
    {
        "paths", "select", "extend_select", "ignore", "allow_pack", "config", "isolated",
        "exclude", "extend_exclude", "format", "edits", "severity", "quiet", "statistics", "jobs",
        "cache_dir", "exit_zero", "fail_on", "fail_on_nothing", "min_conformance",
    }
)  # fmt: skip
"""The options that leave what is told a matter of the files that are judged, and where it goes."""


def execute(arguments: list[str]) -> int:
    """Run the command with *arguments*; return the exit status."""
    options = read(arguments)
    if not _may_be_retold(options):
        from gravity_lint.cli.check_run import run

        return run(options)
    from gravity_lint.running.cache import Caches
    from gravity_lint.running.retelling import Retelling, Told

    paths = [*map(Path, options.paths)] or [Path()]
    past = Retelling(vars(options), paths, Caches(cache_directory(options)))
    told = past.recall()
    if told is not None:
        _tell(told.words)
        return told.status
    from gravity_lint.cli.check_run import run
    from gravity_lint.sources.surroundings import Sight

    noted: dict[str, Sight] = {}
    with overheard() as heard:
        status = run(options, noted=noted)
    if noted and heard.whole and options.output_file is None:
        past.remember(Told(status, heard.words), noted)
    return status


def _may_be_retold(options: argparse.Namespace) -> bool:
    """Tell whether what is told again could be the same: on no terminal, and nothing is written.

    What is named file by file is seldom named so twice.
    """
    if sys.stdout is None or sys.stdout.isatty() or sys.stderr is None or sys.stderr.isatty():
        return False
    if not all(map(os.path.isdir, options.paths)):
        return False
    others = (value for name, value in vars(options).items() if name not in _RETOLD)
    return options.format != SUMMARY and not any(value not in (None, False, []) for value in others)


def _tell(words: Iterable[tuple[str, str]]) -> None:
    for stream, said in words:
        if stream == ERROR:
            sys.stderr.write(said)
        else:
            with opened(None) as output:
                output.write(said)
