"""What is kept between runs saves work, and never changes an answer."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gravity_lint.findings.finding import Finding
from gravity_lint.running import bench
from gravity_lint.running.means import Means
from gravity_lint.running.mending import mend
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run

LEGACY = Path(__file__).parents[2] / "examples" / "legacy_service"


@pytest.fixture
def service(tmp_path: Path) -> Path:
    root = tmp_path / "repository" / "service"
    shutil.copytree(LEGACY, root, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "repository" / ".git").mkdir()
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services that were really judged, and not recalled."""
    names: list[str] = []
    dispatch = bench.Bench.dispatch

    def counting(self: bench.Bench, case: object, *args: object, **kwargs: object) -> Report:
        names.append(case.files.root.name)  # type: ignore[attr-defined]
        return dispatch(self, case, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.Bench, "dispatch", counting)
    return names


def fresh(*paths: Path, select: str = "ALL") -> tuple[Finding, ...]:
    return run(paths, Overrides(select=(select,))).findings


def kept(cache: Path | None, *paths: Path, select: str = "ALL") -> Report:
    means = Means(keep=True, directory=cache)
    return run(paths, Overrides(select=(select,)), means=means)


def test_a_second_run_judges_nothing(service: Path, cache: Path, judged: list[str]) -> None:
    expected = run([service], Overrides(select=("ALL",)))
    judged.clear()
    for _ in range(3):
        found = kept(cache, service)
        assert found.findings == expected.findings
        assert found.tallies == expected.tallies
        assert dict(found.sources) == dict(expected.sources)
        assert (found.files, found.services, found.suppressed) == (
            expected.files,
            expected.services,
            expected.suppressed,
        )
    assert judged == ["service"]


def test_nothing_of_rules_and_model_is_loaded_where_nothing_changed(
    service: Path, cache: Path
) -> None:
    code = (
        "import sys; from gravity_lint.cli import main; status = main(sys.argv[1:]);"
        "print([m for m in sys.modules if m.startswith(('gravity_rules', 'gravity_lint.model',"
        " 'gravity_lint.rule', 'libcst', 'rich'))], file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, str(service), "--cache-dir", str(cache), "--format=json"]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert first.stdout == second.stdout
    assert "gravity_rules" in first.stderr
    assert second.stderr == "[]\n"


def touch(service: Path) -> None:
    place = service / "app" / "main.py"
    place.write_text(place.read_text() + "\n\nprint('new')\n")


def add(service: Path) -> None:
    (service / "app" / "added.py").write_text("print('new')\n")


def remove(service: Path) -> None:
    next(iter(sorted((service / "app" / "api").rglob("*.py")))).unlink()


def rename(service: Path) -> None:
    place = next(iter(sorted((service / "app" / "services").glob("*.py"))))
    place.rename(place.with_name("renamed.py"))


def configure(service: Path) -> None:
    (service / "gravity-lint.toml").write_text('ignore = ["GRV1"]\n')


def require(service: Path) -> None:
    (service / "requirements.txt").write_text("fastapi\n")


def set_mode(service: Path) -> None:
    (service / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")


def lock(service: Path) -> None:
    place = service / "app" / "main.py"
    place.unlink()
    place.mkdir()


@pytest.mark.parametrize(
    "change",
    [touch, add, remove, rename, configure, require, set_mode, lock],
    ids=lambda x: x.__name__,
)
def test_every_change_is_seen(
    service: Path, cache: Path, change: Callable[[Path], None], judged: list[str]
) -> None:
    kept(cache, service)
    change(service)
    expected = fresh(service)
    judged.clear()
    for _ in range(2):
        assert kept(cache, service).findings == expected
    assert judged == ["service"]


@pytest.mark.parametrize("name", ["app/levels.so", "app/.gitignore", ".gitignore"])
def test_what_comes_up_beside_the_files_is_seen(service: Path, cache: Path, name: str) -> None:
    (service / "app/counts.py").write_text("from app import levels\n", encoding="utf-8")
    before = kept(cache, service, select="GRV004").findings
    (service / name).write_text("levels.py\n", encoding="utf-8")
    after = kept(cache, service, select="GRV004").findings
    assert after == fresh(service, select="GRV004")
    gone = set(before) - set(after)
    assert [finding.path.rpartition("/")[2] for finding in gone] == ["counts.py"]


def test_mending_knows_what_a_run_has_found(
    service: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    means = Means(keep=True, directory=cache)
    plain = mend([service], Overrides(select=("ALL",)), unsafe=True, write=False)
    kept(cache, service)
    asked: list[object] = []
    judge = bench.Bench.judge

    def counting(self: bench.Bench, *args: object, **kwargs: object) -> Report:
        asked.append(kwargs.get("codes"))
        return judge(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.Bench, "judge", counting)
    first = mend([service], Overrides(select=("ALL",)), unsafe=True, means=means)
    assert asked  # what the fixes bring
    assert [(x.path, x.after) for x in first.mended] == [(x.path, x.after) for x in plain.mended]
    assert first.refused == plain.refused
    assert first.report.findings == plain.report.findings
    left = mend([service], Overrides(select=("ALL",)), means=means)
    asked.clear()
    again = mend([service], Overrides(select=("ALL",)), means=means)
    assert not left.mended
    assert not again.mended
    assert again.report.findings == left.report.findings
    assert not asked


def test_ways_of_asking_are_kept_apart(service: Path, cache: Path) -> None:
    one = service / "app" / "main.py"
    for _ in range(2):
        assert kept(cache, service).findings == fresh(service)
        assert kept(cache, one).findings == fresh(one)
        assert kept(cache, service, select="GRV1").findings == fresh(service, select="GRV1")


def test_facts_are_kept_by_content(
    service: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(cache, service)
    touch(service)
    from gravity_lint.running import loading

    read: list[str] = []
    extract = loading.extract
    monkeypatch.setattr(loading, "extract", lambda x: read.append(x.path.name) or extract(x))
    kept(cache, service)
    assert read == ["main.py"]


def truncated(data: bytes, order: random.Random) -> bytes:
    return data[: order.randrange(len(data))]


def flipped(data: bytes, order: random.Random) -> bytes:
    place = order.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << order.randrange(8))]) + data[place + 1 :]


def replaced(data: bytes, order: random.Random) -> bytes:
    return order.randbytes(len(data))


def emptied(data: bytes, order: random.Random) -> bytes:
    return b""


@pytest.mark.parametrize("harm", [truncated, flipped, replaced, emptied], ids=lambda x: x.__name__)
def test_damage_is_passed_over(
    service: Path, cache: Path, harm: Callable[[bytes, random.Random], bytes]
) -> None:
    expected = kept(cache, service).findings
    order = random.Random(harm.__name__)
    for _ in range(5):
        for place in cache.iterdir():
            if place.suffix in (".facts", ".verdict"):
                place.write_bytes(harm(place.read_bytes(), order))
        found = kept(cache, service)
        assert found.findings == expected
        assert found.notices == ()


def test_files_that_change_places_are_passed_over(tmp_path: Path, cache: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(LEGACY, tmp_path / name)
        (tmp_path / name / ".git").mkdir()
    touch(tmp_path / "two")
    expected = fresh(tmp_path / "one"), fresh(tmp_path / "two")
    kept(cache, tmp_path / "one", tmp_path / "two")
    first, second = sorted(cache.glob("*.verdict"))
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)
    assert kept(cache, tmp_path / "one").findings == expected[0]
    assert kept(cache, tmp_path / "two").findings == expected[1]


def test_what_a_repository_brings_is_not_believed(
    service: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, judged: list[str]
) -> None:
    """A verdict is only believed where this user's runs have sealed it."""
    expected = fresh(service)
    kept(None, service)
    place = service.parent / ".gravity-lint-cache"
    assert {x.name for x in place.iterdir()} >= {".gitignore", "CACHEDIR.TAG"}
    assert (place / ".gitignore").read_text() == "*\n"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another user"))
    judged.clear()
    assert kept(None, service).findings == expected
    assert judged == ["service"]


def test_a_secret_in_the_tree_is_not_believed(service: Path, judged: list[str]) -> None:
    place = service.parent / "named"
    kept(place, service)
    assert not (place / "secret").exists()


def test_where_nothing_can_be_written_it_is_said_once(service: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file")
    found = kept(blocked / "cache", service)
    assert found.findings == fresh(service)
    assert len(found.notices) == 1
    assert "nothing is kept" in found.notices[0].message


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_secret_that_others_may_write_is_not_used(service: Path, cache: Path) -> None:
    kept(cache, service)
    (cache / "secret").chmod(0o666)
    found = kept(cache, service)
    assert found.findings == fresh(service)
    assert len(found.notices) == 1


def test_several_runs_at_once(service: Path, cache: Path) -> None:
    command = [
        *(sys.executable, "-m", "gravity_lint", str(service)),
        *("--select", "ALL", "--format", "json", "--cache-dir", str(cache)),
    ]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    outputs = {process.communicate()[0] for process in running}
    assert len(outputs) == 1
    assert [x.name for x in cache.iterdir() if x.name.endswith(".tmp")] == []
    assert len(kept(cache, service).findings) == len(fresh(service))


def test_a_crash_is_not_kept(
    service: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, judged: list[str]
) -> None:
    from gravity_lint.rule import Rule

    check = Rule.check
    with monkeypatch.context() as patched:
        patched.setattr(Rule, "check", lambda *_: 1 / 0)
        assert kept(cache, service).problems
    assert Rule.check is check
    assert kept(cache, service).findings == fresh(service)


def test_a_cache_is_bounded(service: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gravity_lint.running import cache as module

    monkeypatch.setattr(module, "_LARGEST", 100)
    kept(cache, service)
    assert sum(x.stat().st_size for x in cache.glob("*.verdict")) <= 100
    assert kept(cache, service).findings == fresh(service)
