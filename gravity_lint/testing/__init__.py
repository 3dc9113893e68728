"""Tests of rules, for those who write packs: a plugin of pytest.

It is loaded where it is asked for, and nowhere else: every project that has the linter
installed would pay for an entry point at each start of pytest. In a pack's
``pyproject.toml``::

    [tool.pytest.ini_options]
    addopts = ["-p", "gravity_lint.testing"]
    gravity_lint_packs = ["acme_rules"]
    gravity_lint_pages = "docs/rules"

Then each ``.md`` file that is called like a rule of these packs (``tests/rules/loud_word.md``)
is a file of tests: the examples in the rule's documentation, one test per case, and, where
pages are kept, that the rule's page (``docs/rules/ACM101.md``) is what ``gravity-lint explain``
shows of it; ``pytest --write-rule-pages`` writes it. The grammar of cases is in
`gravity_lint.testing.cases`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.installed import OWN_PACKS
from gravity_lint.rule import Rule
from gravity_lint.running.packs import developed_rules
from gravity_lint.testing.cases import Case, parse
from gravity_lint.testing.holding import CaseError, hold, hold_examples, hold_page, hold_reasons

__all__ = ["Case", "CaseError", "hold", "hold_examples", "hold_reasons", "parse", "rules_of"]

_PACKS = "gravity_lint_packs"
_PAGES = "gravity_lint_pages"
_WRITE = "--write-rule-pages"


@lru_cache
def rules_of(*packs: str) -> tuple[Rule[Any], ...]:
    """Return the rules of *packs*, imported as Python does it: these are the tester's own.

    Raises UsageError where one of them is no pack or takes a code or name of another,
    the linter's own rules included.
    """
    every = developed_rules((*OWN_PACKS, *packs))
    return tuple(rule for rule in every if rule.module_name.partition(".")[0] in packs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let ``pytest.ini`` and its like name the packs."""
    parser.addini(_PACKS, "rule packs whose cases are tested here", type="args", default=[])
    parser.addini(_PAGES, "directory with a page per rule (default: there are none)", default="")
    parser.getgroup("gravity-lint").addoption(
        _WRITE, action="store_true", help=f"write the rules' pages ({_PAGES})"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take ``loud_word.md`` for tests if a rule of the packs is called ``loud-word``."""
    packs = parent.config.getini(_PACKS)
    if file_path.suffix != ".md" or not packs:
        return None
    for rule in rules_of(*packs):
        if rule.name == file_path.stem.replace("_", "-"):
            collected: CasesFile = CasesFile.from_parent(parent, path=file_path)
            collected.rule = rule
            return collected
    return None


class CasesFile(pytest.File):
    """The cases of one rule."""

    rule: Rule[Any]

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the tests of the file."""
        cases = parse(self.path.read_text(encoding="utf-8"))
        others = developed_rules((*OWN_PACKS, *self.config.getini(_PACKS)))
        yield self._test("the examples in the documentation", hold_examples, self.rule)
        yield self._test("every case says why it is there", hold_reasons, cases)
        if pages := self.config.getini(_PAGES):
            page = self.config.rootpath / pages / f"{self.rule.code}.md"
            write = bool(self.config.getoption(_WRITE))
            yield self._test("the page", hold_page, self.rule, others, page, write)
        for case in cases:
            yield self._test(f"{case.line} {case.title}", hold, self.rule, case, others)

    def _test(self, title: str, holds: Any, *given: Any) -> pytest.Item:
        item: CaseItem = CaseItem.from_parent(self, name=title)
        item.holds, item.given, item.funcargs = holds, given, {}
        return item


class CaseItem(pytest.Item):
    """One thing that must hold."""

    holds: Any
    given: tuple[Any, ...]
    funcargs: dict[str, Any]
    """None. There are plugins that look for fixtures in whatever runs."""

    def runtest(self) -> None:
        """See whether it does."""
        self.holds(*self.given)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is wrong in words; a traceback only where the rule itself has failed."""
        if isinstance(excinfo.value, CaseError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the case stands."""
        cases = [one for one in self.given if isinstance(one, Case)]
        return self.path, cases[0].line - 1 if cases else None, self.name
