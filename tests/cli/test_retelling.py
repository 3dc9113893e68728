"""What was told is told again, without looking twice, as long as it would come out the same."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.cli import check_run, main
from gravity_lint.sources import surroundings
from tests.running.changes import CHANGES, add, configure, edit_in_secret, lay_out

USUAL = ["--select", "ALL"]


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which one stands, and beside which lies what is kept."""
    monkeypatch.setenv("GRAVITY_LINT_CACHE_DIR", str(tmp_path / "kept"))
    place = lay_out(tmp_path / "repository")
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Namespace]:
    """The options of the runs that were not told from memory."""
    found: list[Namespace] = []
    inner = check_run.run

    def counted(options: Namespace, **more: Any) -> int:
        found.append(options)
        return inner(options, **more)

    monkeypatch.setattr(check_run, "run", counted)
    return found


class Asked:
    """Runs the program, and compares with what it would say without a memory."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        status = main(list(arguments))
        return status, *self._capsys.readouterr()


@pytest.fixture
def asked(capsys: pytest.CaptureFixture[str]) -> Asked:
    return Asked(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--format", "concise"],
        ["--format", "json"],
        ["--format", "sarif"],
        ["--statistics"],
        ["--select", "GRV101", "--exit-zero"],
        ["-q", "--severity", "error", "--fail-on", "error"],
        ["--min-conformance", "logs=99", "one", "two"],
        ["--exclude", "one", "--jobs", "2"],
        ["--select", "GRV513", "--format", "gitlab"],
        ["--isolated", "one/app"],
    ],
    ids=" ".join,
)
def test_the_same_is_told_at_both_streams_with_the_same_status(
    top: Path, asked: Asked, runs: list[Namespace], arguments: list[str]
) -> None:
    first = asked(*arguments)
    assert first[1]
    assert asked(*arguments) == first
    assert asked(*arguments) == first
    assert len(runs) == 1
    assert asked(*arguments, "--no-cache") == first
    assert len(runs) == 2


def test_neither_findings_nor_what_shows_them_are_loaded(top: Path) -> None:
    code = (
        "import sys; from gravity_lint.cli import main; status = main(sys.argv[1:]);"
        "print(*sorted({'msgspec', 'rich', 'gravity_rules', 'gravity_lint.running.outcome'}"
        ".intersection(sys.modules)), file=sys.stderr); sys.exit(status)"
    )
    roots = Path(__file__).parents[2]
    path = os.pathsep.join([str(roots), str(roots / "rules")])
    said = [
        subprocess.run(
            [sys.executable, "-c", code, *USUAL],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
            check=False,
        )
        for _ in range(2)
    ]
    assert said[0].stdout == said[1].stdout
    assert [x.returncode for x in said] == [1, 1]
    assert "msgspec" in said[0].stderr.splitlines()[-1]
    assert said[1].stderr == "\n"


@pytest.mark.parametrize(
    ("change", "settled"),
    [
        *((change, True) for change in CHANGES),
        *((change, False) for change in (edit_in_secret, add, configure)),
    ],
    ids=lambda x: getattr(x, "__name__", "old" if x else "young"),
)
def test_every_change_is_told(
    top: Path,
    asked: Asked,
    runs: list[Namespace],
    change: Callable[[Path], None],
    settled: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if settled:  # as if all had been written long ago
        monkeypatch.setattr(surroundings, "_SETTLED", -1_000_000_000)
    asked(*USUAL)
    change(top)
    expected = asked(*USUAL, "--no-cache")
    runs.clear()
    assert asked(*USUAL) == expected
    assert asked(*USUAL) == expected
    assert len(runs) == 1


def test_the_format_of_the_working_directory_is_heeded(
    top: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    (top / "elsewhere").mkdir()
    monkeypatch.chdir(top / "elsewhere")
    full = asked("../one")
    (top / "elsewhere" / "gravity-lint.toml").write_text('format = "concise"\n')
    concise = asked("../one")
    assert concise != full
    assert concise == asked("../one", "--no-cache")


def test_what_was_asked_elsewhere_or_otherwise_is_another_question(
    top: Path, asked: Asked, runs: list[Namespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked("one")
    for arguments in (["two"], ["one", "-q"], ["one", "two"], ["--", "one/app"]):
        asked(*arguments)
    monkeypatch.chdir(top / "one")
    assert asked("../one")[1] != asked("../one", "-q")[1]
    assert len(runs) == 7


def test_the_environment_is_a_part_of_the_question(
    top: Path, asked: Asked, runs: list[Namespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = asked()
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = asked()
    assert "\x1b[" in coloured[1]
    assert asked() == coloured
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("SHLVL", "7")
    assert asked() == plain
    assert len(runs) == 3  # one place keeps what was told last


@pytest.mark.parametrize(
    "arguments",
    [
        ["--output-file", "report.txt"],
        ["--output", "json=report.txt"],
        ["--diff"],
        ["--not-below", "report.txt", "--format", "json"],
        ["--no-cache"],
        ["--show-settings"],
        ["one/app/main.py"],
    ],
    ids=" ".join,
)
def test_what_writes_or_reads_besides_is_done_every_time(
    top: Path, asked: Asked, runs: list[Namespace], arguments: list[str]
) -> None:
    main(["--output-file", "report.txt", "--format", "json", "--exit-zero"])
    runs.clear()
    for number in (1, 2):
        if "report.txt" in " ".join(arguments[:2]) and "--not-below" not in arguments:
            (top / "report.txt").unlink(missing_ok=True)
        asked(*arguments)
        assert len(runs) == number
        assert (top / "report.txt").exists()


def test_a_summary_goes_to_its_file_every_time(
    top: Path, asked: Asked, runs: list[Namespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = top.parent / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    (top / "gravity-lint.toml").write_text('format = "github-summary"\n')
    asked()
    once = summary.read_text()
    asked()
    assert summary.read_text() == once * 2
    asked("--format", "github-summary")
    assert summary.read_text() == once * 3
    assert len(runs) == 3


def test_what_went_wrong_is_tried_again(top: Path, asked: Asked, runs: list[Namespace]) -> None:
    (top / "one" / "gravity-lint.toml").write_text('select = ["GRV1234"]\n')
    first = asked()
    assert first[0] == 2
    assert asked() == first
    assert len(runs) == 2


def test_a_terminal_is_asked_anew(
    top: Path, asked: Asked, runs: list[Namespace], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked()
    asked()
    assert len(runs) == 1
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    asked()
    assert len(runs) == 2


def test_damage_is_passed_over(top: Path, asked: Asked, runs: list[Namespace]) -> None:
    first = asked()
    (kept,) = (top.parent / "kept").glob("*.told")
    data = kept.read_bytes()
    kept.write_bytes(data[:-20])
    assert asked() == first
    assert len(runs) == 2
    assert asked() == first
    assert len(runs) == 2


def test_what_lost_its_reader_is_not_taken_for_all(
    top: Path, asked: Asked, runs: list[Namespace]
) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as broken, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", broken)
        main([])
    assert asked() == asked("--no-cache")
    assert len(runs) == 3
