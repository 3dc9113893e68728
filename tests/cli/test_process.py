"""The program as a process: what it imports, and what pipes and terminals do to it."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from gravity_lint import __version__

RUNNER = """
import os, sys, types
import gravity_lint.running
from gravity_lint.findings.finding import Finding
from gravity_lint.findings.severities import Severity
from gravity_lint.running.outcome import Mending, Report
from gravity_lint.sources.spans import Span

def run(paths, overrides, *, progress=None, texts=None, **more):
    at = Span(1, 1, 1, 2)
    path = os.path.abspath("app/x.py")
    found = Finding("GRV101", "n", "m\\u2603", path, at, Severity.ERROR, "s", "x", "p", at)
    count = int(os.environ.get("FINDINGS", "1"))
    text = os.environ.get("TEXT", "x = '\\u2603'")
    return Report((found,) * count, files=1, services=1, sources={path: text})

runner = types.ModuleType("gravity_lint.running.run")
runner.run = run
sys.modules["gravity_lint.running.run"] = gravity_lint.running.run = runner
mender = types.ModuleType("gravity_lint.running.mending")
mender.mend = lambda *given, **named: Mending(run(*given, **named))
sys.modules["gravity_lint.running.mending"] = gravity_lint.running.mending = mender
from gravity_lint.cli import main
"""
ENDING = """
status = main()
heavy = {"rich", "libcst", "ast", "pathspec", "asyncio", "importlib.metadata"} & set(sys.modules)
print(" ".join(sorted(heavy)), file=sys.stderr)
sys.exit(status)
"""
ROOT = Path(__file__).parents[2]


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]), **more}


def program(*arguments: str, ending: str = "sys.exit(main())") -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(RUNNER + ending), *arguments]


@pytest.mark.parametrize(
    ("arguments", "more", "allowed"),
    [
        (["--version"], {"FINDINGS": "0"}, set()),
        (["--format", "concise"], {}, set()),
        (["--format", "json"], {}, set()),
        (["--format", "github"], {}, set()),
        (["--statistics"], {}, set()),
        (["--fix", "--format", "concise"], {}, set()),
        (["--diff"], {}, set()),
        (["--format", "full"], {"FINDINGS": "0"}, set()),
        (["--format", "full"], {"TEXT": "x = 1"}, set()),
        (["--format", "full"], {}, {"rich"}),  # it measures wide characters
        (["--format", "full"], {"TEXT": "x = 1", "FORCE_COLOR": "1"}, {"rich"}),
    ],
)
def test_only_what_draws_for_people_pays_for_rich(
    arguments: list[str], more: dict[str, str], allowed: set[str]
) -> None:
    ending = ENDING.replace("status = main()", "import contextlib\nstatus = main()")
    done = subprocess.run(
        program(*arguments, ending=ending),
        capture_output=True,
        text=True,
        env=environment(**{"FINDINGS": "3", **more}),
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    heavy = set(done.stderr.splitlines()[-1].split())
    assert heavy & {"rich", "libcst", "pathspec", "asyncio"} == allowed


def test_python_m() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gravity_lint", "--version"],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    assert done.stdout == f"gravity-lint {__version__}\n"


def test_help_names_the_commands_and_the_exit_status() -> None:
    done = subprocess.run(
        program("--help"), capture_output=True, text=True, env=environment(), check=True
    )
    for words in ("routes", "explain", "rules", "./check", "exit status", "--unsafe-fixes"):
        assert words in done.stdout


@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_a_reader_that_goes_away_ends_the_run_quietly(form: str) -> None:
    process = subprocess.Popen(
        program("--format", form),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(FINDINGS="20000"),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait() == 1
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert "error:" not in errors


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_a_message() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            program(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("gravity-lint: error: cannot write the report")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor the POSIX way")
def test_closed_standard_output_is_a_message() -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *program()],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("gravity-lint: error: cannot write the report")


@pytest.mark.parametrize("form", ["full", "concise", "json", "github"])
def test_a_narrow_encoding_spells_out_what_it_lacks(form: str) -> None:
    done = subprocess.run(
        program("--format", form),
        capture_output=True,
        env=environment(PYTHONIOENCODING="ascii", PYTHONUTF8="0"),
        check=False,
    )
    assert done.returncode == 1
    assert b"m\\u2603" in done.stdout


def test_a_real_terminal_of_80_columns() -> None:
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, b"\x28\x00\x50\x00\x00\x00\x00\x00")
    process = subprocess.Popen(
        program(), stdout=theirs, stderr=theirs, env=environment(TERM="xterm-256color")
    )
    os.close(theirs)
    drawn = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not piece:
            break
        drawn += piece
    os.close(ours)
    assert process.wait() == 1
    text = drawn.decode()
    assert "\x1b[1;31mGRV101\x1b[0m" in text
    assert "x = '\u2603'" in text
