"""A run whose like has run before says the same as one that begins at nothing."""

import os
import shutil
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

LEGACY = Path(__file__).parents[2] / "examples" / "legacy_service"


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A repository with two services, a link to a module, and a directory that is left out."""
    place = tmp_path / "repository"
    for name in ("one", "two"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(LEGACY, place / name, ignore=ignored)
        (place / name / "requirements.txt").write_text("fastapi\n")
    (place / ".git").mkdir()
    (place / "shared").mkdir()
    (place / "shared" / "linked.py").write_text("print('linked')\n")
    (place / "one" / "app" / "linked.py").symlink_to(place / "shared" / "linked.py")
    (place / "one" / ".gitignore").write_text("generated/\n")
    (place / "one" / "generated").mkdir()
    (place / "one" / "generated" / "code.py").write_text("print('generated')\n")
    return place


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


def edit(top: Path) -> None:
    place = top / "one" / "app" / "main.py"
    place.write_text(place.read_text() + "\nprint('new')\n")


def edit_in_secret(top: Path) -> None:
    """Change a file and leave its size and its time as they were."""
    place = top / "one" / "app" / "main.py"
    before = place.stat()
    place.write_bytes(place.read_bytes()[:-9] + b"\nprint()\n")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))


def edit_behind_a_link(top: Path) -> None:
    (top / "shared" / "linked.py").write_text("print('changed')\nprint('twice')\n")


def lead_a_link_elsewhere(top: Path) -> None:
    (top / "shared" / "other.py").write_text("print('other')\nprint('twice')\n")
    (top / "one" / "app" / "linked.py").unlink()
    (top / "one" / "app" / "linked.py").symlink_to(top / "shared" / "other.py")


def add(top: Path) -> None:
    (top / "two" / "app" / "added.py").write_text("print('new')\n")


def add_below_a_new_directory(top: Path) -> None:
    (top / "two" / "app" / "inner").mkdir()
    (top / "two" / "app" / "inner" / "added.py").write_text("print('new')\n")


def remove(top: Path) -> None:
    next(iter(sorted((top / "one" / "app" / "api").rglob("*.py")))).unlink()


def exchange(top: Path) -> None:
    one, two = top / "one" / "app" / "main.py", top / "two" / "app" / "config.py"
    one.rename(top / "kept")
    shutil.copy2(two if two.exists() else top / "kept", one)


def replace_by_a_directory(top: Path) -> None:
    place = top / "one" / "app" / "main.py"
    place.unlink()
    place.mkdir()
    (place / "inner.py").write_text("print('inner')\n")


def leave_less_out(top: Path) -> None:
    (top / "one" / ".gitignore").write_text("#\n")


def leave_more_out(top: Path) -> None:
    (top / ".gitignore").write_text("api/\n")


def configure(top: Path) -> None:
    (top / "one" / "gravity-lint.toml").write_text('ignore = ["GRV1"]\n')


def configure_from_above(top: Path) -> None:
    (top / "gravity-lint.toml").write_text('ignore = ["GRV1"]\n')


def configure_below_a_root(top: Path) -> None:
    (top / "two" / "app" / "api" / "gravity-lint.toml").write_text('ignore = ["GRV1"]\n')


def require(top: Path) -> None:
    (top / "one" / "requirements.txt").write_text("fastapi\nstructlog\n")


def part(top: Path) -> None:
    (top / "one" / "app" / "pyproject.toml").write_text("[tool.gravity-lint]\n")


def found_a_repository(top: Path) -> None:
    (top / "two" / ".git").mkdir()


CHANGES = [
    edit,
    edit_in_secret,
    edit_behind_a_link,
    lead_a_link_elsewhere,
    add,
    add_below_a_new_directory,
    remove,
    exchange,
    replace_by_a_directory,
    leave_less_out,
    leave_more_out,
    configure,
    configure_from_above,
    configure_below_a_root,
    require,
    part,
    found_a_repository,
]


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
