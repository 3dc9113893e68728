import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import gravity_lint.running
from gravity_lint.running.outcome import Mending, Overrides, Report


class Runner(ModuleType):
    """Stands in for the runner: remembers what it was asked, answers what it was told."""

    def __init__(self) -> None:
        super().__init__("gravity_lint.running.run")
        self.report: Report | BaseException = Report(files=1, services=1)
        self.mending = Mending(Report(files=1, services=1))
        self.paths: Sequence[Path] = ()
        self.overrides = Overrides()
        self.texts: Mapping[Path, str] | None = None
        self.asked: dict[str, Any] = {}

    def run(
        self,
        paths: Sequence[Path],
        overrides: Overrides,
        *,
        progress: Any = None,
        texts: Mapping[Path, str] | None = None,
        means: Any = None,
        noted: Any = None,
    ) -> Report:
        self.paths, self.overrides, self.texts = paths, overrides, texts
        if isinstance(self.report, BaseException):
            raise self.report
        return self.report

    def mend(
        self,
        paths: Sequence[Path],
        overrides: Overrides,
        *,
        unsafe: bool,
        write: bool,
        progress: Any = None,
        texts: Mapping[Path, str] | None = None,
        means: Any = None,
    ) -> Mending:
        self.paths, self.overrides, self.texts = paths, overrides, texts
        self.asked = {"unsafe": unsafe, "write": write}
        return self.mending


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRAVITY_LINT_DEBUG", raising=False)


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, elsewhere: None) -> Runner:
    """A stand-in for the runner, in an empty working directory."""
    fake = Runner()
    for name in ("run", "mending"):
        monkeypatch.setitem(sys.modules, f"gravity_lint.running.{name}", fake)
        monkeypatch.setattr(gravity_lint.running, name, fake, raising=False)
    return fake
