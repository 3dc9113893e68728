"""Baselines, caches, suppressions, command lines and states of git: whatever they are."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gravity_lint.cli import main
from gravity_lint.errors import UsageError
from gravity_lint.findings.baseline import parse, rendered
from gravity_lint.findings.suppressions import apply
from gravity_lint.findings.suppressions import parse as suppressions
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run
from gravity_lint.running.since import run_since
from tests.fuzz.material import ROOT, each, failures, judged, mutated
from tests.revisions.repositories import git, start

PAST = failures("baselines")
MAIN = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/x')\nasync def x(): ...\n"
LINES = [
    "# gravity-lint baseline 1\n",
    "app/main.py:x GRV103 0123456789ab\n",
    "app/main.py:: GRV902 0123456789ab  # why\n",
    "a%20b.py:C.f GRV101 0123456789ab 2\n",
]
COMMENTS = (
    *("# noqa", "# noqa: GRV1", "#noqa:GRV103,E501 -- why", "# NOQA : x", "# gravity-lint: ignore"),
    *(
        "# gravity-lint: ignore[GRV103]",
        "# gravity-lint: ignore-file[GRV1, x] -- y",
        "# flake8: noqa",
    ),
    *(
        "# flake8: noqa",
        "# gravity-lint: disable=GRV103",
        "# type: ignore[GRV103]",
        "'# noqa'",
        '"""# noqa: GRV1',
    ),
)
OPTIONS = (
    *("--fix", "--diff", "--unsafe-fixes", "--fix-only", "--statistics", "--no-cache", "--quiet"),
    *("--isolated", "--exit-zero", "--show-settings", "--add-noqa", "--add-noqa=why", "--help"),
    *("--format=json", "--format", "full", "concise", "--select", "ALL", "GRV1", "--ignore", "x,"),
    *(
        "--jobs",
        "0",
        "2",
        "--severity=error",
        "--fail-on",
        "error",
        "--since",
        "HEAD",
        "--baseline",
    ),
    *("--exclude", "**", "--config", "pyproject.toml", "--stdin-filename=app/x.py", "-", "--", "."),
    *("app", "app/main.py", "nowhere", "check", "routes", "report", "baseline", "rules", "explain"),
    *("completion", "bash", "hook", "\0", "\ud800", "é", "--output-file", "--baseline"),
)


@pytest.mark.parametrize("path", PAST, ids=each(PAST))
def test_past_baselines(path: Path) -> None:
    baseline(path.read_bytes())


@given(mutated(LINES) | st.text(max_size=60))
def test_any_baseline_is_read_or_refused(text: str) -> None:
    baseline(text.encode("utf-8", "surrogatepass"))


def baseline(data: bytes) -> None:
    try:
        entries = parse(data.decode("utf-8"), "x.txt")
    except (UnicodeDecodeError, UsageError):
        return
    assert sorted(parse(rendered(entries), "x.txt")) == sorted(entries)


@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from(COMMENTS)), max_size=5))
def test_any_suppressions_are_applied(rows: list[tuple[int, str]]) -> None:
    lines = MAIN.split("\n")
    for at, comment in rows:
        lines[min(at, len(lines) - 1)] += f"  {comment}"
    text = "\n".join(lines)
    findings = judged({"app/main.py": text}).findings
    applied = apply(findings, suppressions(text))
    assert sorted((*applied.kept, *applied.suppressed), key=lambda f: f.order) == list(findings)


@given(st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=3)), max_size=6))
def test_any_cache_gives_the_same(changes: list[tuple[float, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        top, cache = Path(directory) / "x", Path(directory) / "cache"
        (top / "app").mkdir(parents=True)
        (top / "app/main.py").write_text(MAIN)
        means = Means(keep=True, directory=cache)
        expected = run([top], Overrides(), means=means).findings
        for place in sorted(x for x in cache.iterdir() if x.is_file() and x.name != "secret"):
            content = bytearray(place.read_bytes())
            for share, piece in changes:
                at = int(share * len(content))
                content[at : at + 1] = piece
            place.write_bytes(content)
        assert run([top], Overrides(), means=means).findings == expected


@given(st.lists(st.sampled_from(OPTIONS), max_size=5))
def test_any_command_line_ends_in_order(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        top = Path(directory)
        (top / "app").mkdir()
        (top / "app/main.py").write_text(MAIN)
        (top / "pyproject.toml").write_text("[tool.gravity-lint]\n")
        patch.chdir(top)
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(MAIN.encode())))
        said: list[str] = []
        patch.setattr("gravity_lint.cli._internal", lambda error: said.append(repr(error)) or "")
        assert main(arguments) in (0, 1, 2)
        assert said == []


STATES = (
    *(("write", name) for name in ("app/main.py", "app/new.py", "gravity-lint.toml")),
    *(
        ("git", "add", "--all"),
        ("git", "commit", "--quiet", "--all", "--message=x"),
        ("git", "stash"),
    ),
    *(
        ("git", "mv", "app/main.py", "app/moved.py"),
        ("git", "rm", "-rqf", "app"),
        ("remove", "app"),
    ),
    *(("git", "checkout", "-q", "--detach"), ("git", "checkout", "-qB", "other")),
    *(("git", "checkout", "-q", "main"), ("git", "merge", "-q", "other"), ("git", "reset", "-q")),
    *(
        ("remove", "app"),
        ("broken", ""),
        ("git", "update-index", "--chmod=+x", "app/main.py"),
        ("link", "app/link.py"),
    ),
)


@given(st.lists(st.sampled_from(STATES), max_size=8))
def test_any_state_of_a_repository_can_be_compared_with(steps: list[tuple[str, ...]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        top = start(Path(directory) / "x")
        (top / "app").mkdir()
        (top / "app/main.py").write_text(MAIN)
        git(top, "add", "--all")
        git(top, "commit", "--quiet", "--message=first")
        for number, (step, *rest) in enumerate(steps):
            take(top, number, step, *rest)
        (top / "app").mkdir(exist_ok=True)
        (top / "app/last.py").write_text("print('x')\n")
        for revision in ("HEAD", "HEAD~1", "main"):
            try:
                report = run_since(revision, [top], Overrides())
            except UsageError:
                continue
            assert all(problem.code is None for problem in report.problems)


def take(top: Path, number: int, step: str, *rest: str) -> None:
    """Take one *step*; git refuses what makes no sense, and that is fine."""
    from subprocess import CalledProcessError

    place = top / rest[0] if rest else top
    try:
        if step == "git":
            git(top, *rest)
        elif step == "write":
            place.parent.mkdir(parents=True, exist_ok=True)
            text = "" if place.suffix == ".toml" else f"{MAIN}# {number}\nprint({number})\n"
            place.write_text(text)
        elif step == "remove":
            for file in place.rglob("*.py"):
                file.unlink()
        elif step == "link":
            place.symlink_to("main.py")
        else:
            (top / "app").mkdir(exist_ok=True)
            (top / "app/broken.py").write_text("<<<<<<< HEAD\n=======\n>>>>>>> other\n")
    except (CalledProcessError, OSError):
        pass


def test_the_material_is_there() -> None:
    assert (ROOT / "tests/rules").is_dir()
