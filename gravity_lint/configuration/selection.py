"""Which rules are on, and how much each weighs.

A selector is a code (``GRV103``), the beginning of one (``GRV1``), a rule's
name (``unversioned-route``) or ``ALL``. Where several speak of one rule, the
most specific one decides; between equally specific ones the command line beats
the configuration, and then ignoring beats selecting.

``--select`` replaces what the configuration selects; ``--extend-select`` and
``--ignore`` add to what it says.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from gravity_lint.configuration.files import Configuration, mistake
from gravity_lint.configuration.globs import Globs
from gravity_lint.configuration.mistakes import likely, quoted
from gravity_lint.errors import UsageError
from gravity_lint.findings.finding import Severity

ALL = "ALL"
_CODE = re.compile(r"[A-Za-z]+[0-9]+")
_ONE_RULE = 1_000
"""How specific a whole code or a name is; a prefix is as specific as it is long, ``ALL`` is 0."""


class Selection:
    """The rules that are on for what one configuration governs.

    *codes* are the codes of the rules that are on at all; see `codes_for`.
    """

    def __init__(
        self,
        configuration: Configuration,
        known: Mapping[str, str],
        default: Collection[str],
        *,
        select: Sequence[str] = (),
        extend_select: Sequence[str] = (),
        ignore: Sequence[str] = (),
    ) -> None:
        """Decide about the *known* rules (code to name); the codes in *default* are on by default.

        The selectors given here are those of the command line; all of them,
        and those of the *configuration*, have been validated.
        """
        settings = configuration.settings
        configured = () if select else (*settings.select, *settings.extend_select)
        votes = [
            *((selector, 0, True) for selector in configured),
            *((selector, 0, False) for selector in settings.ignore),
            *((selector, 1, True) for selector in (*select, *extend_select)),
            *((selector, 1, False) for selector in ignore),
        ]
        by_default = () if select or settings.select else default
        self.codes = frozenset(
            code for code, name in known.items() if _verdict(code, name, votes, code in by_default)
        )
        self._directory = configuration.directory
        self._per_file = [
            (pattern.startswith("!"), Globs([pattern.removeprefix("!")]), covered(off, known))
            for pattern, off in settings.per_file_ignores.items()
        ]

    def codes_for(self, file: Path) -> frozenset[str]:
        """Return the codes of the rules that are on in *file*, which is absolute."""
        if not self._per_file or self._directory is None:
            return self.codes
        try:
            path = file.relative_to(self._directory).as_posix()
        except ValueError:
            return self.codes
        off = [
            codes
            for others, globs, codes in self._per_file
            if (globs.decide(path) is True) is not others
        ]
        return self.codes.difference(*off)


def covered(selectors: Iterable[str], known: Mapping[str, str]) -> frozenset[str]:
    """Return the codes of the *known* rules of which at least one of the *selectors* speaks."""
    wanted = tuple(selectors)
    return frozenset(
        code
        for code, name in known.items()
        if any(_specificity(selector, code, name) is not None for selector in wanted)
    )


def severities(configuration: Configuration, known: Mapping[str, str]) -> dict[str, Severity]:
    """Return the severities that the *configuration* sets, by code; the nearest file wins."""
    codes = {name: code for code, name in known.items()}
    return {
        codes.get(rule, rule): Severity(severity)
        for _, table in reversed(configuration.layers)
        for rule, severity in table.get("severity", {}).items()
    }


def validate(configuration: Configuration, known: Mapping[str, str]) -> None:
    """Check every mention of a rule in the *configuration* against the *known* ones.

    Raises `UsageError` for the first that is not known.
    """
    names = dict.fromkeys(known.values(), "")
    for file, table in configuration.layers:
        lists = {key: table.get(key, ()) for key in ("select", "extend-select", "ignore")}
        for pattern, selectors in table.get("per-file-ignores", {}).items():
            lists[f"per-file-ignores.{quoted(pattern)}"] = selectors
        for key, selectors in lists.items():
            for selector in selectors:
                if not covered([selector], known):
                    raise mistake(file, key, _unknown(selector, known))
        for rule in table.get("severity", {}):
            if rule not in known and rule not in names:
                raise mistake(file, f"severity.{quoted(rule)}", _unknown(rule, known))
        for rule in table.get("rules", {}):
            key = f"rules.{quoted(rule)}"
            if rule in known:
                raise mistake(file, key, f"options go by the rule's name: {known[rule]!r}")
            if rule not in names:
                raise mistake(file, key, _unknown(rule, names))


def validate_selectors(option: str, selectors: Iterable[str], known: Mapping[str, str]) -> None:
    """Check the *selectors* given with the command line's *option* against the *known* rules.

    Raises `UsageError` for the first that selects nothing.
    """
    for selector in selectors:
        if not covered([selector], known):
            raise UsageError(f"{option}: {_unknown(selector, known)}")


def _specificity(selector: str, code: str, name: str) -> int | None:
    """Return how specifically *selector* speaks of a rule; None if it does not."""
    if selector in (code, name):
        return _ONE_RULE
    if selector == ALL:
        return 0
    return len(selector) if selector and code.startswith(selector) else None


def _verdict(code: str, name: str, votes: Iterable[tuple[str, int, bool]], default: bool) -> bool:
    """Return what the strongest of the *votes* (selector, rank, on or off) says of one rule."""
    heard = [
        (specificity, rank, not on)
        for selector, rank, on in votes
        if (specificity := _specificity(selector, code, name)) is not None
    ]
    return not max(heard)[2] if heard else default


def _unknown(selector: str, known: Mapping[str, str]) -> str:
    """Say that *selector* is no rule, and which it may have meant."""
    words = [name for name in (*known.values(), ALL) if name]
    if selector.upper() in known or not _CODE.fullmatch(selector):
        words += known  # a wrong number is near to many right ones, a wrong letter is not
    cure = likely(selector, words) or "; gravity-lint rules lists them all"
    return f"there is no rule {selector!r}{cure}"
