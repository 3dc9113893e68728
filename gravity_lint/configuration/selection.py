"""Which rules are on, and how much each weighs.

A selector is a code (``GRV103``), the beginning of one (``GRV1``), a rule's
name (``unversioned-route``) or ``ALL``. Where several speak of one rule, the
most specific one decides; between equally specific ones the command line beats
the configuration, a file beats those that it inherits from, and then ignoring
beats selecting. A severity of ``off`` ignores.

``--select`` replaces what the configuration selects; ``--extend-select`` and
``--ignore`` add to what it says.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from gravity_lint.configuration.files import Configuration, Table, mistake
from gravity_lint.configuration.globs import Globs
from gravity_lint.configuration.mistakes import likely, quoted
from gravity_lint.configuration.settings import SELECTORS, Weight
from gravity_lint.errors import UsageError
from gravity_lint.findings.severities import Applicability, Severity

ALL = "ALL"
_CODE = re.compile(r"[A-Za-z]+[0-9]+")
_ONE_RULE = 1_000
"""How specific a whole code or a name is; a prefix is as specific as it is long, ``ALL`` is 0."""
_COMMAND_LINE = 1_000
"""The rank of the command line; files rank by how near they are."""
_SHOWN = 5
"""How many rules that may have been meant are named."""
_SECTION = 4
"""How many characters of a code stand for its section."""
_DIGITS = str.maketrans("OILSB", "01158")
"""Digits that are easily written as letters."""

Vote: TypeAlias = tuple[str, int, bool]
"""A selector, the rank of who says it, and whether that is on or off."""


class Selection:
    """The rules that are on for what one configuration governs.

    *codes* are the codes of the rules that are on at all; see `codes_for`.
    *ignored* are those that would be on if nobody had ignored them or switched
    their severity off in a configuration: they are excused, not unasked.
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
        tables = [table for _, table in reversed(configuration.layers)]
        given = [
            *((selector, _COMMAND_LINE, True) for selector in (*select, *extend_select)),
            *((selector, _COMMAND_LINE, False) for selector in ignore),
        ]
        asked = [*given, *(() if select else _chosen(tables))]
        by_default = () if select or settings.select else default
        votes = [*asked, *_ignored(tables), *_switched(tables, known)]
        self.codes = frozenset(
            code for code, name in known.items() if _verdict(code, name, votes, code in by_default)
        )
        self.ignored = frozenset(
            code
            for code, name in known.items()
            if code not in self.codes and _verdict(code, name, asked, code in by_default)
        )
        self._per_file: list[tuple[Path | None, bool, Globs, frozenset[str]]] = []
        governing: Configuration | None = configuration
        while governing is not None:
            self._per_file += (
                (
                    governing.directory,
                    pattern.startswith("!"),
                    Globs([pattern.removeprefix("!")]),
                    off,
                )
                for pattern, selectors in governing.settings.per_file_ignores.items()
                if (off := covered(selectors, known))
            )
            governing = governing.outer

    def codes_for(self, file: Path, root: Path | None = None) -> frozenset[str]:
        """Return the codes of the rules that are on in *file*, which is absolute.

        *root* is that of its service: the patterns of a configuration that was
        named from outside are relative to it.
        """
        if not self._per_file:
            return self.codes
        off = []
        for directory, others, globs, codes in self._per_file:
            anchor = directory or root
            if anchor is None or not file.is_relative_to(anchor):
                continue
            if (globs.decide(file.relative_to(anchor).as_posix()) is True) is not others:
                off.append(codes)
        return self.codes.difference(*off)


def covered(selectors: Iterable[str], known: Mapping[str, str]) -> frozenset[str]:
    """Return the codes of the *known* rules of which at least one of the *selectors* speaks."""
    wanted = tuple(selectors)
    return frozenset(
        code
        for code, name in known.items()
        if any(_specificity(selector, code, name) is not None for selector in wanted)
    )


def unfixable(configuration: Configuration, known: Mapping[str, str]) -> frozenset[str]:
    """Return the codes of the rules whose fixes the *configuration* does not want."""
    settings = configuration.settings
    votes = [
        *((selector, 0, True) for selector in settings.fixable),
        *((selector, 0, False) for selector in settings.unfixable),
    ]
    return frozenset(code for code, name in known.items() if not _verdict(code, name, votes, False))


def applicabilities(
    configuration: Configuration, known: Mapping[str, str]
) -> dict[str, Applicability]:
    """Return how the *configuration* classes the fixes of rules, by code, where it says so.

    Of two selectors that are as specific, the one that calls for care decides.
    """
    settings = configuration.settings
    votes = [
        *((selector, 0, True) for selector in settings.safe_fixes),
        *((selector, 0, False) for selector in settings.unsafe_fixes),
    ]
    spoken = covered([selector for selector, _, _ in votes], known)
    return {
        code: Applicability.SAFE
        if _verdict(code, known[code], votes, False)
        else Applicability.UNSAFE
        for code in spoken
    }


def severities(configuration: Configuration, known: Mapping[str, str]) -> dict[str, Severity]:
    """Return the severities that the *configuration* sets, by code.

    The most specific selector decides, and between equals the nearest file.
    """
    tables = [table for _, table in reversed(configuration.layers)]
    found = {}
    for code, name in known.items():
        weight = _weight(tables, code, name)
        if weight is not None and weight[1] is not Weight.OFF:
            found[code] = Severity(weight[1].value)
    return found


def severity_of(tables: Sequence[Table], code: str, name: str) -> Weight | None:
    """Return what *tables*, farthest first, say of one rule's severity; None: nothing."""
    weight = _weight(tables, code, name)
    return None if weight is None else weight[1]


def validate(configuration: Configuration, known: Mapping[str, str]) -> None:
    """Check every mention of a rule in the *configuration* against the *known* ones.

    Raises `ConfigurationError` for the first that is not known.
    """
    names = dict.fromkeys(known.values(), "")
    for file, table in configuration.layers:
        lists = {key: table.get(key, ()) for key in SELECTORS}
        for key in ("per-file-ignores", "extend-per-file-ignores"):
            for pattern, selectors in table.get(key, {}).items():
                lists[f"{key}.{quoted(pattern)}"] = selectors
        lists |= {f"severity.{quoted(rule)}": (rule,) for rule in table.get("severity", {})}
        for key, selectors in lists.items():
            for selector in selectors:
                if not covered([selector], known):
                    raise mistake(file, key, unknown(selector, known))
        for rule in table.get("rules", {}):
            key = f"rules.{quoted(rule)}"
            if rule in known:
                raise mistake(file, key, f"options go by the rule's name: {known[rule]!r}")
            if rule not in names:
                raise mistake(file, key, unknown(rule, names))


def validate_selectors(option: str, selectors: Iterable[str], known: Mapping[str, str]) -> None:
    """Check the *selectors* given with the command line's *option* against the *known* rules.

    Raises `UsageError` for the first that selects nothing.
    """
    for selector in selectors:
        if not covered([selector], known):
            raise UsageError(f"{option}: {unknown(selector, known)}")


def _specificity(selector: str, code: str, name: str) -> int | None:
    """Return how specifically *selector* speaks of a rule; None if it does not."""
    if selector in (code, name):
        return _ONE_RULE
    if selector == ALL:
        return 0
    return len(selector) if selector and code.startswith(selector) else None


def _chosen(tables: Sequence[Table]) -> Iterator[Vote]:
    """Yield what *tables*, farthest first, select: the nearest ``select``, all that extend."""
    for rank, table in reversed([*enumerate(tables)]):
        if "select" in table:
            yield from ((selector, rank, True) for selector in table["select"])
            break
    for rank, table in enumerate(tables):
        yield from ((selector, rank, True) for selector in table.get("extend-select", ()))


def _ignored(tables: Sequence[Table]) -> Iterator[Vote]:
    for rank, table in enumerate(tables):
        for key in ("ignore", "extend-ignore"):
            yield from ((selector, rank, False) for selector in table.get(key, ()))


def _switched(tables: Sequence[Table], known: Mapping[str, str]) -> Iterator[Vote]:
    """Yield a vote against each rule whose severity is ``off``."""
    for code, name in known.items():
        weight = _weight(tables, code, name)
        if weight is not None and weight[1] is Weight.OFF:
            yield code, weight[0], False


def _weight(tables: Sequence[Table], code: str, name: str) -> tuple[int, Weight] | None:
    """Return what *tables*, farthest first, say of one rule's severity, and which table does."""
    heard = [
        (specificity, rank, Weight(weight))
        for rank, table in enumerate(tables)
        for selector, weight in table.get("severity", {}).items()
        if (specificity := _specificity(selector, code, name)) is not None
    ]
    if not heard:
        return None
    _, rank, weight = max(heard, key=lambda one: one[:2])
    return rank, weight


def _verdict(code: str, name: str, votes: Iterable[Vote], default: bool) -> bool:
    """Return what the strongest of the *votes* says of one rule."""
    heard = [
        (specificity, rank, not on)
        for selector, rank, on in votes
        if (specificity := _specificity(selector, code, name)) is not None
    ]
    return not max(heard)[2] if heard else default


def unknown(selector: str, known: Mapping[str, str]) -> str:
    """Say that *selector* selects none of the *known* rules (code to name), and what may do."""
    return f"there is no rule {selector!r}{_cure(selector, known)}"


def _cure(selector: str, known: Mapping[str, str]) -> str:
    parts = re.split(r"[\s,;]+", selector.strip())
    if len(parts) > 1 and all(_meant(part, known) for part in parts):
        return f"; these are {len(parts)}: give {', '.join(repr(_meant(x, known)) for x in parts)}"
    meant = _meant(selector, known)
    if meant is not None:
        return f"; did you mean {meant!r}?"
    spelled = selector.strip().lower().replace("_", "-")
    containing = [name for name in sorted(known.values()) if len(spelled) > 2 and spelled in name]
    if containing:
        more = ", ..." if len(containing) > _SHOWN else ""
        return f"; there is {', '.join(containing[:_SHOWN])}{more}"
    words = [name for name in (*known.values(), ALL) if name]
    if not _CODE.fullmatch(selector):
        words += known  # a wrong number is near to many right ones, a wrong letter is not
    near = likely(selector, words)
    if near:
        return near
    sections = sorted({code[:_SECTION] for code in known if selector[:3].upper() == code[:3]})
    if len(sections) > 1 and _CODE.fullmatch(selector):
        return f"; codes begin with {sections[0]} to {sections[-1]}: gravity-lint rules lists them"
    return "; gravity-lint rules lists them all"


def _meant(selector: str, known: Mapping[str, str]) -> str | None:
    """Return the selector that *selector* is but for case, separators, and letters for digits."""
    code = selector.strip().upper()
    if not code:
        return None
    digits = code.removeprefix("GRV").translate(_DIGITS)
    number = re.match(r"\d+", digits)
    spellings: list[str] = [code, f"GRV{digits}", *([f"GRV{number[0]}"] if number else ())]
    for candidate in (*spellings, selector.strip().lower().replace("_", "-")):
        if covered([candidate], known):
            return candidate
    return None
