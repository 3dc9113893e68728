"""A benchmark does not take a crash for speed."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    spec = importlib.util.spec_from_file_location("compare", BENCHMARKS / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "compare", module)
    spec.loader.exec_module(module)
    return module


def test_what_fails_is_no_figure(
    compare: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.py").write_text("x = 1\n")

    def tools(directory: Path, home: Path) -> Iterator[object]:
        yield compare.Tool("floor", "3", [sys.executable, "-c", compare.FLOOR, str(directory)])
        yield compare.Tool("good", "1", [sys.executable, "-c", "raise SystemExit(1)"])
        yield compare.Tool("bad", "1", [sys.executable, "-c", "raise SystemExit(2)"])

    monkeypatch.setattr(compare, "_tools", tools)
    rows = {
        line.split(" | ")[0].strip("| "): line
        for line in compare.table(tmp_path, tmp_path, 2).splitlines()
    }
    assert "MB" in rows["good"]
    assert "failed with status 2" in rows["bad"]
    assert "MB" not in rows["bad"]


def test_growth_is_drawn(compare: ModuleType) -> None:
    drawn = compare.picture([(10_000, 0.5, 50.0), (100_000, 5.0, 120.0), (1_000_000, 50.0, 400.0)])
    assert drawn.startswith("<svg")
    assert "1000k" in drawn


def test_a_fleet_has_about_the_lines_it_is_asked_for(compare: ModuleType, tmp_path: Path) -> None:
    compare.write_fleet(tmp_path, 4, 10_000)
    lines = sum(path.read_bytes().count(b"\n") for path in tmp_path.rglob("*.py"))
    assert 7_000 < lines < 13_000
