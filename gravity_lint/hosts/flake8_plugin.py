"""The flake8 plugin: the same findings at the same places, inside flake8's own run.

flake8 (6 and newer) makes one object per file and asks it to `run`. It hands
over one file at a time, but the rules need whole services: those of the named
paths are judged before flake8 starts its processes, which inherit the answers
where they are forked, and ask again where not. What flake8 selects, ignores and suppresses
is its own business; a finding that a comment elsewhere on its subject's lines
suppresses is left out here, too, unless flake8 runs with ``--disable-noqa``.

flake8 never ends because of this plugin. A path that is no Python file of a
service has no findings; what could not be judged is a finding, GRV000.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from gravity_lint import __version__
from gravity_lint.installed import withdrawing

with withdrawing():  # `python -m flake8` looks for everything in the working directory first
    from gravity_lint.errors import UsageError
    from gravity_lint.findings.finding import Finding
    from gravity_lint.running.allowance import allowed_outside
    from gravity_lint.running.inquiry import Inquiry, cannot

_STDIN = "stdin"
_CODES = "GRV"
_SUPPRESSION = ("GRV001", "GRV002")
"""Rules about suppression comments, which under flake8 are flake8's to judge."""


class GravityPlugin:
    """Reports the findings of one file.

    *tree* is asked for because flake8 takes a plugin without it for one that
    wants lines; *lines* are the file's lines with their ends.
    """

    name = "gravity-lint"
    version = __version__
    disable_noqa: ClassVar[bool] = False
    asked: ClassVar[bool] = True
    stdin_name: ClassVar[str] = _STDIN
    inquiry: ClassVar[Inquiry | None] = None

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        del tree
        self._filename = filename
        self._lines = lines

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Take over from flake8's options what bears on suppression and standard input."""
        cls.disable_noqa = bool(options.disable_noqa)
        cls.stdin_name = str(options.stdin_display_name)
        cls.inquiry = Inquiry(suppress=not cls.disable_noqa)
        cls.asked = _is_asked(options)
        named = [Path(name) for name in options.filenames or ["."] if name != "-"]
        if named and cls.asked:
            # What goes wrong here is said, file by file, where flake8 asks for them.
            with contextlib.suppress(Exception), withdrawing():
                cls.inquiry.prepare(named)

    def run(self) -> Iterator[tuple[int, int, str, type[Any]]]:
        """Yield line (from 1), column (from 0, in characters), text and the plugin's class."""
        for finding in self._findings() if self.asked else ():
            if finding.code not in _SUPPRESSION:
                span = finding.span
                text = f"{finding.code} {finding.message}"
                yield span.line, span.column - 1, text, type(self)

    def _findings(self) -> Sequence[Finding]:
        """Return the findings of the file: an exception would end flake8's run, others' with it."""
        try:
            with withdrawing():
                return self._judged()
        except Exception as error:
            defect = f"not judged: gravity-lint failed with {type(error).__name__}: {error}"
            return [cannot(self._filename, defect)]

    def _judged(self) -> Sequence[Finding]:
        cls = type(self)
        if cls.inquiry is None:
            cls.inquiry = Inquiry(suppress=not cls.disable_noqa)
        if self._filename in ("-", _STDIN, cls.stdin_name):
            name = "stdin.py" if cls.stdin_name == _STDIN else cls.stdin_name
            return cls.inquiry.about(Path(name), "".join(self._lines))
        return cls.inquiry.about(Path(self._filename))


def _is_asked(options: argparse.Namespace) -> bool:
    """Tell whether flake8 may report one of our codes: all, unless it is told which ones.

    What the codes of other packs are called is known only when those are loaded.
    """
    if _allows_packs():
        return True
    selected = [*(options.select or [""]), *(options.extend_select or ())]
    ignored = [*(options.ignore or ()), *(options.extend_ignore or ())]
    if any(code.startswith(_CODES) for code in selected):
        return True
    return any(_CODES.startswith(code) for code in selected) and not any(
        _CODES.startswith(code) for code in ignored
    )


def _allows_packs() -> bool:
    try:
        return bool(allowed_outside())
    except UsageError:
        return True  # to be said where flake8 asks about a file
