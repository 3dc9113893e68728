"""Whoever ends the program, and when: no traceback, no half a file, nothing left lying about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENDED = {signal.SIGINT: 130, signal.SIGTERM: 143}
SERVICE = "".join(f"def f{n}(a):\n    logger.info(f'value {{a}}')\n" for n in range(5))
HEAD = "import structlog\n\nlogger = structlog.get_logger()\n\n\n"
AT_IMPORT = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Finder())
from gravity_lint.__main__ import main
sys.exit(main())
"""
WHILE_WRITING = """
import os, sys
import gravity_lint.sources.writing as writing

def {function}(*arguments, real=os.{function}, **named):
    os.kill(os.getpid(), {number})
    return real(*arguments, **named)

os.{function} = {function}
from gravity_lint.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "service"
    for name in ("a", "b", "c"):
        place = top / f"app/services/{name}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(HEAD + SERVICE)
    (top / "requirements.txt").write_text("structlog\n")
    return top


def ran(tree: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "rules")))
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize("number", ENDED)
@pytest.mark.parametrize("module", ["gravity_lint.installed", "gravity_lint.cli"])
def test_in_the_first_moments(tree: Path, module: str, number: signal.Signals) -> None:
    done = ran(tree, AT_IMPORT.format(module=module, number=int(number)))
    assert (done.returncode, done.stdout, done.stderr) == (-number, "", "")


@pytest.mark.parametrize("number", ENDED)
@pytest.mark.parametrize(
    "module",
    [
        "gravity_lint.cli.check",
        "gravity_lint.running.run",
        "gravity_rules.logs.print_call",
        "libcst",
        "gravity_lint.reporting.full",
    ],
)
def test_in_the_middle_of_work(tree: Path, module: str, number: signal.Signals) -> None:
    program = AT_IMPORT.format(module=module, number=int(number))
    done = ran(tree, program, "--fix", "--unsafe-fixes")
    assert (done.returncode, done.stderr) == (ENDED[number], "")


@pytest.mark.parametrize("number", ENDED)
@pytest.mark.parametrize("function", ["open", "fsync", "replace", "urandom"])
def test_while_files_are_written(tree: Path, number: signal.Signals, function: str) -> None:
    program = WHILE_WRITING.format(function=function, number=int(number))
    done = ran(tree, program, "--fix-only", "--unsafe-fixes", "--quiet", ".")
    assert (done.returncode, done.stderr) == (ENDED[number], "")
    files = sorted((tree / "app/services").iterdir())
    assert [file.name for file in files] == ["a.py", "b.py", "c.py"]
    texts = [file.read_text() for file in files]
    assert set(texts[1:]) == {HEAD + SERVICE}
    assert "a=a" in texts[0] or texts[0] == HEAD + SERVICE


@pytest.mark.parametrize("number", ENDED)
def test_with_processes_at_work(tree: Path, number: signal.Signals) -> None:
    for name in ("first", "second"):
        (tree / name / "app").mkdir(parents=True)
        (tree / name / "pyproject.toml").write_text('[project]\nname = "x"\n')
        (tree / name / "app/main.py").write_text(HEAD + SERVICE)
    program = f"""
import os, sys, time
import gravity_lint.running.tasks as tasks

def perform(*arguments):
    os.kill(os.getppid(), {int(number)})
    time.sleep(60)

tasks.perform = perform
from gravity_lint.__main__ import main
sys.exit(main())
"""
    done = ran(tree, program, "--jobs", "2", "--no-cache", "first", "second")
    assert (done.returncode, done.stderr) == (ENDED[number], "")


@pytest.mark.parametrize("number", ENDED)
def test_the_server_ends_as_well(tree: Path, number: signal.Signals) -> None:
    path = os.pathsep.join((str(ROOT), str(ROOT / "rules")))
    process = subprocess.Popen(
        [sys.executable, "-m", "gravity_lint", "server"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{}}}'
    process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    process.stdin.flush()
    process.stdout.read(1)  # it is at work
    process.send_signal(number)
    _, errors = process.communicate(timeout=600)
    # 1: the protocol wants that where the editor has not asked for the end
    assert process.returncode in (1, ENDED[number], -number)
    assert b"Traceback" not in errors
