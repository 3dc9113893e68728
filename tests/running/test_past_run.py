"""A run whose like has run before says the same as one that begins at nothing."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.findings.finding import Finding
from gravity_lint.findings.fingerprints import words
from gravity_lint.running import past_run, runs
from gravity_lint.running.cache import DIRECTORY
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.past_run import PastRun
from gravity_lint.running.run import run
from gravity_lint.sources import surroundings
from gravity_lint.sources.surroundings import Sight, Surroundings
from tests.running.changes import (
    CHANGES,
    add,
    configure,
    configure_below_a_root,
    edit_in_secret,
    lay_out,
    lead_a_link_elsewhere,
    part,
)


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "repository")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The runs that began at nothing."""
    found: list[object] = []

    class Counted(runs.Run):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            found.append(args)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(runs, "Run", Counted)
    return found


def asked(top: Path, **overrides: Any) -> Report:
    means = Means(keep=True, directory=top.parent / "cache")
    return run([top], Overrides(select=("ALL",), **overrides), means=means)


def fresh(top: Path) -> tuple[Finding, ...]:
    return run([top], Overrides(select=("ALL",))).findings


def test_a_second_run_begins_nothing_and_says_the_same(top: Path, begun: list[object]) -> None:
    first = asked(top)
    for _ in range(2):
        again = asked(top)
        assert dict(again.sources) == dict(first.sources)
        for field in Report.__struct_fields__:
            if field == "fingerprints":
                assert again.fingerprints == words(first.findings, first.sources)
            elif field != "sources":
                assert getattr(again, field) == getattr(first, field), field
    assert len(begun) == 1
    asked(top, ignore=("GRV1",))
    assert len(begun) == 2


@pytest.mark.parametrize(
    ("change", "settled"),
    [
        *((change, True) for change in CHANGES),
        *((change, False) for change in (edit_in_secret, lead_a_link_elsewhere, add, configure)),
    ],
    ids=lambda x: getattr(x, "__name__", "old" if x else "young"),
)
def test_every_change_is_seen(
    top: Path,
    begun: list[object],
    change: Callable[[Path], None],
    settled: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if settled:  # as if all had been written long ago
        monkeypatch.setattr(surroundings, "_SETTLED", -1_000_000_000)
    asked(top)
    change(top)
    begun.clear()
    expected = fresh(top)
    assert len(begun) == 1
    assert asked(top).findings == expected
    assert len(begun) == 2
    assert asked(top).findings == expected
    assert len(begun) == 2


def test_what_was_young_is_known_by_its_mark_later(
    top: Path, begun: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(top)
    for place in top.rglob("*.py"):  # as a checkout does
        os.utime(place, ns=(1, 1))
    monkeypatch.setattr(surroundings, "_SETTLED", -1_000_000_000)
    asked(top)  # everything is read again, and known to be old now

    def refused(self: Surroundings, *_: object) -> bytes:
        raise AssertionError("nothing need be read any more")

    monkeypatch.setattr(Surroundings, "code", refused)
    monkeypatch.setattr(surroundings, "_scanned", refused)
    monkeypatch.setattr(surroundings, "_content", refused)
    asked(top)
    assert len(begun) == 1


def test_whatever_a_run_looks_at_is_noted(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing below the repository is listed, opened or asked for behind its back."""
    configure_below_a_root(top)
    part(top)
    looked: set[str] = set()
    noted: dict[str, Sight] = {}

    def watching(function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(place: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(place, (str, os.PathLike)):
                looked.add(os.path.abspath(place))
            return function(place, *args, **kwargs)

        return watched

    def remember(self: PastRun, report: Report, seen: dict[str, Sight], root: Path) -> None:
        noted.update(seen)

    monkeypatch.setattr(past_run.PastRun, "remember", remember)
    for name in ("stat", "lstat", "scandir", "listdir", "readlink"):
        monkeypatch.setattr(os, name, watching(getattr(os, name)))
    monkeypatch.setattr("builtins.open", watching(open))
    asked(top)
    monkeypatch.undo()
    places = {key.partition(" of ")[2] for key in noted}
    inside = {place for place in looked if place.startswith(str(top))}
    unknown = inside - places - {str(top / DIRECTORY)}
    assert unknown <= set(_parents(places))  # where a link leads is asked step by step
    assert any(place.endswith("linked.py") for place in looked)


def _parents(places: set[str]) -> Iterator[str]:
    for place in places:
        yield from map(str, Path(place).parents)


def test_what_went_wrong_is_tried_again(top: Path, begun: list[object]) -> None:
    (top / "one" / "gravity-lint.toml").write_text("ignore = 3\n")
    for _ in range(2):
        assert asked(top).problems
    assert len(begun) == 2
