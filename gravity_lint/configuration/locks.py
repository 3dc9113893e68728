"""What a shared configuration forbids those who inherit it: to ask for less than it does.

A configuration that is inherited may lock rules, severities and settings (`Lock`). What nearer
files say is laid upon it one after the other, and the first that loosens what is locked is at
fault: the error names it, and who has locked. To ask for more is everybody's right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import msgspec

from gravity_lint.configuration.files import Configuration, Table, leaves, mistake, stacked
from gravity_lint.configuration.mistakes import likely, quoted
from gravity_lint.configuration.selection import Selection, covered, severity_of, unknown
from gravity_lint.configuration.settings import Lock, Settings, Weight
from gravity_lint.findings.severities import Severity

_FLOORS = "min-conformance"
_WEIGHTS = [Weight.OFF, Weight.WARNING, Weight.ERROR]


class Known(msgspec.Struct, frozen=True):
    """What is to be known of a rule: its *name*, whether it is on and how it weighs unasked."""

    name: str
    default: bool
    severity: Severity


def hold(configuration: Configuration, known: Mapping[str, Known]) -> None:
    """Raise ConfigurationError where *configuration* loosens what it inherits and is locked.

    *known* are all rules by code. Raises it also for a lock that names nothing.
    """
    layers = configuration.layers
    for number, (file, table) in enumerate(layers):
        if "lock" not in table:
            continue
        lock = stacked([(file, {"lock": table["lock"]})]).lock
        _validate(file, lock, known)
        steps = [layers[start:] for start in range(number, -1, -1)]
        for before, after in pairwise(steps):
            _compare(lock, file, before, after, known)


def _compare(
    lock: Lock,
    owner: Path,
    before: Sequence[tuple[Path, Table]],
    after: Sequence[tuple[Path, Table]],
    known: Mapping[str, Known],
) -> None:
    """Raise ConfigurationError where the nearest of *after* loosens what *before* says."""
    file, table = after[0]
    names = {code: rule.name for code, rule in known.items()}
    default = [code for code, rule in known.items() if rule.default]
    for selector in lock.rules:
        on = covered([selector], names) & _on(before, names, default)
        why = f"{owner} locks (lock.rules: {selector!r})"
        lost = on - _on(after, names, default) if on else on
        for code in sorted(on):
            key = _switch(code, names, table, lost=code in lost)
            if key is not None:
                raise mistake(file, key, f"this loosens {code} {names[code]}, which {why}")
    for selector in lock.severities:
        why = f"{owner} locks (lock.severities: {selector!r})"
        for code in sorted(covered([selector], names)):
            was, now = (_weight(layers, code, known) for layers in (before, after))
            if _WEIGHTS.index(now) < _WEIGHTS.index(was):
                key = f"severity.{quoted(_speaker(code, names[code], table))}"
                words = f"this makes {code} {names[code]} {now.value} instead of {was.value}"
                raise mistake(file, key, f"{words}, and its severity {why}")
    for key in lock.settings:
        why = f"{owner} locks (lock.settings: {key!r})"
        for changed in _changed(key, before, after):
            raise mistake(file, _stated(changed, table), f"this changes {changed}, which {why}")


def _on(
    layers: Sequence[tuple[Path, Table]], names: Mapping[str, str], default: Sequence[str]
) -> frozenset[str]:
    configuration = Configuration(stacked(layers), None, tuple(layers))
    return Selection(configuration, names, default).codes


def _switch(code: str, names: Mapping[str, str], table: Table, *, lost: bool) -> str | None:
    """Return the key of *table* that loosens the rule with *code*; *lost*: it is off with it."""
    if lost:
        for key in ("ignore", "extend-ignore"):
            if code in covered(table.get(key, ()), names):
                return key
        for selector, weight in table.get("severity", {}).items():
            if weight == Weight.OFF.value and code in covered([selector], names):
                return f"severity.{quoted(selector)}"
        return "select"
    for key in ("per-file-ignores", "extend-per-file-ignores"):
        for pattern, selectors in table.get(key, {}).items():
            if code in covered(selectors, names):
                return f"{key}.{quoted(pattern)}"
    if names[code] in table.get("rules", {}):
        return f"rules.{names[code]}"
    return None


def _weight(layers: Sequence[tuple[Path, Table]], code: str, known: Mapping[str, Known]) -> Weight:
    tables = [table for _, table in reversed(layers)]
    said = severity_of(tables, code, known[code].name)
    return said if said is not None else Weight(known[code].severity.value)


def _speaker(code: str, name: str, table: Table) -> str:
    """Return the selector by which *table* speaks of a rule's severity."""
    names = {code: name}
    speaking: list[str] = [x for x in table.get("severity", {}) if covered([x], names)]
    return max(speaking, key=len)


def _changed(
    key: str, before: Sequence[tuple[Path, Table]], after: Sequence[tuple[Path, Table]]
) -> Iterator[str]:
    """Yield the dotted settings at or below *key* that *after* has otherwise than *before*."""
    was, now = (dict(_below(key, stacked(layers))) for layers in (before, after))
    for dotted in dict.fromkeys((*was, *now)):
        old, new = was.get(dotted), now.get(dotted)
        if old == new or (dotted.startswith(_FLOORS) and _is_more(old, new)):
            continue
        yield dotted


def _is_more(old: object, new: object) -> bool:
    return isinstance(new, float | int) and (not isinstance(old, float | int) or new >= old)


def _below(key: str, settings: Settings) -> Iterator[tuple[str, object]]:
    for dotted, value in leaves(msgspec.to_builtins(settings)):
        if dotted == key or dotted.startswith(f"{key}."):
            yield dotted, value


def _stated(dotted: str, table: Table) -> str:
    """Return the key by which *table* changes the setting *dotted*: its own, or its twin."""
    above, dot, last = dotted.rpartition(".")
    twin = f"{above}{dot}extend-{last}"
    stated = [key for key, _ in leaves(table)]
    return next((key for key in (dotted, twin) if key in stated), dotted)


def _validate(file: Path, lock: Lock, known: Mapping[str, Known]) -> None:
    names = {code: rule.name for code, rule in known.items()}
    for key, selectors in (("rules", lock.rules), ("severities", lock.severities)):
        for selector in selectors:
            if not covered([selector], names):
                raise mistake(file, f"lock.{key}", unknown(selector, names))
    defaults = msgspec.to_builtins(Settings())
    settings = {dotted for dotted, _ in leaves(defaults)} | set(defaults)
    for key in lock.settings:
        if key not in settings and key.partition(".")[0] not in ("rules", "severity", _FLOORS):
            words = f"there is no setting {key!r}{likely(key, settings)}"
            raise mistake(file, "lock.settings", words)
