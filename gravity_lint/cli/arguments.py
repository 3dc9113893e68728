"""Reading the command line: errors are UsageErrors, a misspelling names its likely cure."""

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from gravity_lint.errors import UsageError

if TYPE_CHECKING:
    from gravity_lint.configuration.files import Imposed
    from gravity_lint.running.outcome import Overrides


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as the terminal; asked here, because argparse loads a lot to find that out."""

    def __init__(self, prog: str) -> None:
        try:
            columns = int(os.environ.get("COLUMNS", "")) or os.get_terminal_size().columns
        except (OSError, ValueError):
            columns = 80
        super().__init__(prog, width=columns - 2)


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of printing its usage and exiting."""

    def __init__(self, prog: str, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            formatter_class=_Help,
        )

    def read(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Return what *arguments* say; raise UsageError where they cannot be understood."""
        options, unknown = self.parse_known_args(arguments)
        if unknown and not unknown[0].startswith("-"):
            self.error(f"one argument too many: {unknown[0]}")
        if unknown:
            self.error(f"unknown option {unknown[0]}{self._likely(unknown[0])}")
        return options

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with *message* and where to look."""
        raise UsageError(f"{message} ({self.prog} --help lists all options)")

    def _likely(self, option: str) -> str:
        name = option.partition("=")[0]
        known = [spelling for action in self._actions for spelling in action.option_strings]
        meant = _MEANT.get(name, "")
        if meant and (not meant.startswith("--") or meant.split()[0] in known):
            return f"; that is {meant} here"
        from gravity_lint.configuration.mistakes import likely

        return likely(name, known)


def rule_list(text: str) -> tuple[str, ...]:
    """Return the codes, prefixes and names of a comma-separated list."""
    names = tuple(name for name in re.split(r"[\s,;]+", text) if name)
    if not names:
        raise argparse.ArgumentTypeError(
            "names no rule: give codes, prefixes of codes, names or ALL, separated by commas"
        )
    return names


def patterns(text: str) -> tuple[str, ...]:
    """Return the patterns of a comma-separated list."""
    return tuple(pattern for pattern in (part.strip() for part in text.split(",")) if pattern)


def add_configuration(parser: argparse.ArgumentParser) -> None:
    """Add the options that `imposed` reads."""
    group = parser.add_argument_group("configuration")
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="this configuration, or that of an installed package (package:NAME), instead of those"
        " that lie around; its patterns are relative to the root of each service",
    )
    group.add_argument(
        "--isolated", action="store_true", help="no configuration file, only the defaults"
    )
    for name, meaning in (
        ("--exclude", "leave out only these (patterns as in .gitignore, from this directory)"),
        ("--extend-exclude", "leave out these as well"),
    ):
        group.add_argument(name, action="append", type=patterns, metavar="PATTERNS", help=meaning)


def add_packs(parser: argparse._ActionsContainer) -> None:
    """Add the option that allows rule packs."""
    parser.add_argument(
        "--allow-pack",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="a rule pack, installed here, that a configuration may name",
    )


def imposed(options: argparse.Namespace) -> "Imposed":
    """Return what *options* say about configuration files and what is left out."""
    if options.config is not None and options.isolated:
        raise UsageError("--config gives a configuration and --isolated forbids any: choose one")
    from gravity_lint.configuration.files import Imposed

    return Imposed(
        file=options.config,
        isolated=options.isolated,
        exclude=None if options.exclude is None else flat(options.exclude),
        extend_exclude=flat(options.extend_exclude or []),
    )


def asked(options: argparse.Namespace) -> "Overrides":
    """Return what *options* say of rules, packs and configuration files."""
    from gravity_lint.running.outcome import Overrides

    return Overrides(
        select=flat(options.select),
        extend_select=flat(options.extend_select),
        ignore=flat(options.ignore),
        allowed_packs=tuple(options.allow_pack),
        imposed=imposed(options),
    )


def flat(given: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return what a repeated option says as one list."""
    return tuple(name for names in given for name in names)


def jobs(text: str) -> int | None:
    """Return a number of processes; None for ``auto``."""
    if text == "auto":
        return None
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"no number of processes: {text!r}; give 1, 2, ..., auto")
    return int(text)


def existing(texts: Sequence[str]) -> tuple[Path, ...]:
    """Return *texts* as paths; raise UsageError for one that does not exist.

    Without any, that is the working directory.
    """
    paths = tuple(Path(text) for text in texts) or (Path(),)
    for path in paths:
        try:
            there = path.exists()
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot look at {str(path)!r}: {error}") from error
        if not there:
            raise UsageError(f"{path}: no such file or directory{_hint(path)}")
    return paths


_MEANT = {
    "--check": "gravity-lint, without it,",
    "--disable": "--ignore",
    "--dry-run": "--diff",
    "--enable": "--extend-select",
    "--errors-only": "--severity error",
    "--explain": "gravity-lint explain CODE",
    "--extend-ignore": "--ignore",
    "--fix-unsafe": "--fix --unsafe-fixes",
    "--isolate": "--isolated",
    "--json": "--format json",
    "--list-rules": "gravity-lint rules",
    "--max-workers": "--jobs",
    "--no-config": "--isolated",
    "--only": "--select",
    "--output-format": "--format",
    "--reporter": "--format",
    "--rules": "gravity-lint rules",
    "--show-fixes": "--diff",
    "--silent": "--quiet",
    "--stats": "--statistics",
    "--unsafe": "--unsafe-fixes",
    "--verbose": "gravity-lint explain CODE, for one rule,",
    "--workers": "--jobs",
    "--write": "--fix",
}
"""Options of other linters, and what they are called here."""

_WORDS = {
    "config": "gravity-lint check --show-settings shows what is configured",
    "fix": "to mend: gravity-lint --fix [PATHS]",
    "format": "to mend: gravity-lint --fix [PATHS]",
    "init": "nothing need be set up: settings, if any, are [tool.gravity-lint] in pyproject.toml",
    "install": "nothing need be set up: gravity-lint [PATHS] judges, README.md has the hooks",
    "lint": "to judge: gravity-lint [PATHS]",
    "list": "gravity-lint rules lists the rules",
    "run": "to judge: gravity-lint [PATHS]",
    "stats": "to count: gravity-lint --statistics [PATHS]",
}
"""Commands of other linters, and what to say here."""


def _hint(path: Path) -> str:
    from gravity_lint.cli import COMMANDS
    from gravity_lint.configuration.mistakes import likely

    if str(path).lower() in _WORDS:
        return f"; {_WORDS[str(path).lower()]}"
    if str(path) in COMMANDS:
        return f"; a command stands first: gravity-lint {path} ..."
    if path.is_symlink():
        return "; it is a symbolic link that leads nowhere"
    return likely(str(path), COMMANDS)
