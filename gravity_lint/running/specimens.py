"""A rule's own examples, laid out as services and judged: what else there is to say about it.

Nothing of this is written down anywhere. Which settings matter to a rule is what it
looks at when it judges its examples; whether a good example is shortened is what the
other rules say of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from gravity_lint.configuration.mistakes import tables
from gravity_lint.configuration.settings import Settings
from gravity_lint.discovery import distribution
from gravity_lint.discovery.pytest_configuration import PytestConfiguration, interpret, options_in
from gravity_lint.facts.extract import extract
from gravity_lint.model import Service
from gravity_lint.rule import Rule, Scope
from gravity_lint.running.judging import judge
from gravity_lint.sources.source import from_text

ROOT: Final = "/service"
"""The root of a service that is laid out from text."""
FILE: Final = "app/api/items.py"
"""Where an example without a title lies."""
_LAYERS: Final = "layers"
"""A table that is looked at as a whole."""
_SECTION = re.compile(r"^## (?P<title>.+)\n(?P<text>(?:(?!^## ).*\n?)*)", re.MULTILINE)
_BLOCK = re.compile(
    r"^```(?:python|toml|text|ini)(?: title=(?P<title>\S+))?\n(?P<code>.*?)^```", re.M | re.S
)


def examples(rule: Rule[Any]) -> dict[str, dict[str, str]]:
    """Return the files of the examples in the documentation of *rule*, by title in lower case."""
    found: dict[str, dict[str, str]] = {}
    for section in _SECTION.finditer(rule.documentation + "\n"):
        files = {
            block["title"] or FILE: block["code"] for block in _BLOCK.finditer(section["text"])
        }
        if files:
            found[section["title"].strip().lower()] = files
    return found


def settings_used(rule: Rule[Any]) -> tuple[str, ...]:
    """Return the dotted keys of the settings that *rule* looks at, its own options apart."""
    noted: set[str] = set()
    for files in examples(rule).values():
        settings: Any = _Noting(Settings(), "", noted)
        judge(laid_out(files, settings), [rule] if rule.scope is not Scope.RUN else [])
    return tuple(sorted({_LAYERS if key.startswith(f"{_LAYERS}.") else key for key in noted}))


def other_rules(rule: Rule[Any], rules: Sequence[Rule[Any]]) -> tuple[str, ...]:
    """Return the codes of those of *rules* that report something in the good example of *rule*."""
    asked = [r for r in rules if r.default and r.scope is not Scope.RUN and r.code != rule.code]
    files = examples(rule).get("good", {})
    found = judge(laid_out(files, Settings()), asked).findings
    return tuple(sorted({finding.code for finding in found}))


def laid_out(files: Mapping[str, str], settings: Settings) -> Service:
    """Return the service that *files* (path below the root to text) make, linked.

    What configures pytest and states requirements among them counts.
    """
    facts = {
        name: extract(from_text(Path(ROOT) / name, code))
        for name, code in files.items()
        if name.endswith(".py")
    }
    configures, options = options_in(files, files.__getitem__)
    pytest = interpret(options, own=True) if configures else PytestConfiguration()
    stating = filter(distribution.is_stated_in, files)
    stated = distribution.interpret(stating, files.__getitem__)
    return Service(ROOT, facts, settings, pytest, stated)


class _Noting:
    """Settings, or a table of them, that write down what is looked at."""

    def __init__(self, section: msgspec.Struct, prefix: str, noted: set[str]) -> None:
        self._section = section
        self._prefix = prefix
        self._noted = noted

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._section, name)
        key = f"{self._prefix}{name.replace('_', '-')}"
        if key in tables(Settings):
            return _Noting(value, f"{key}.", self._noted)
        self._noted.add(key)
        return value
