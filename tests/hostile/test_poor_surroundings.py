"""What the linter does where it may not read, may not write, or what it reads goes away."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run
from gravity_lint.sources.surroundings import Surroundings

ROOT = Path(__file__).parents[2]
NOBODY = 65534
SERVICE = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.post('/x', status_code=201)\n"
MAIN = SERVICE + "async def x(): ...\n"
PATHS = os.pathsep.join((str(ROOT), str(ROOT / "rules"), sysconfig.get_path("purelib")))


@functools.cache
def interpreter() -> str | None:
    """Return a Python of this version that nobody in particular may start, too."""
    if os.name != "posix" or os.geteuid() != 0:
        return None
    own = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for program in (sys.executable, f"/usr/bin/{own}", f"/usr/local/bin/{own}"):
        try:
            done = subprocess.run(
                [program, "-c", "import msgspec"],
                env={"PYTHONPATH": PATHS},
                cwd="/",
                user=NOBODY,
                group=NOBODY,
                extra_groups=[],
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return program
    return None


needs_nobody = pytest.mark.skipif(interpreter() is None, reason="needs a user without rights")


@pytest.fixture
def tree() -> Iterator[Path]:
    """A repository that everybody may read, and nobody but its owner may write."""
    top = Path(tempfile.mkdtemp(prefix="poor-"))
    top.chmod(0o755)
    (top / ".git").mkdir()
    (top / "app").mkdir()
    (top / "app/main.py").write_text(MAIN)
    (top / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    yield top
    shutil.rmtree(top)


def nobody(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(interpreter()), "-m", "gravity_lint", *arguments],
        cwd=tree,
        env={"PYTHONPATH": PATHS, "HOME": "/nonexistent"},
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def words(text: str) -> str:
    return " ".join(text.split())


@needs_nobody
def test_who_may_only_read_is_told_what_is_found(tree: Path) -> None:
    said = nobody(tree, "--format", "concise")
    assert "GRV103" in said.stdout
    assert "nothing is kept for the next run" in words(said.stderr)
    assert said.returncode == 1


@needs_nobody
def test_what_may_not_be_written_stays(tree: Path) -> None:
    said = nobody(tree, "--fix", "--format", "concise")
    assert said.returncode == 2
    assert "app/main.py: cannot be written: the file is read-only" in words(said.stderr)
    assert (tree / "app/main.py").read_text() == MAIN
    assert [x.name for x in (tree / "app").iterdir()] == ["main.py"]


@needs_nobody
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("app/secret.py", "app/secret.py: cannot be read: Permission denied"),
        ("app/inner", "app/inner: cannot be read: Permission denied"),
        ("pyproject.toml", "pyproject.toml: cannot be read: Permission denied"),
        (".", ".: cannot be read: Permission denied"),
    ],
)
def test_what_may_not_be_read_is_named(tree: Path, name: str, message: str) -> None:
    (tree / "app/secret.py").write_text("")
    (tree / "app/inner").mkdir()
    mode = (tree / name).stat().st_mode
    (tree / name).chmod(0)
    try:
        said = nobody(Path("/"), "--format", "concise", str(tree))
    finally:
        (tree / name).chmod(mode)
    assert said.returncode == 2
    assert message.removeprefix(".") in words(said.stderr)
    assert "Traceback" not in said.stderr


def test_files_that_go_away_are_named(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "app/gone.py").write_text("print(1)\n")
    real = Surroundings.code

    def code(self: Surroundings, file: str) -> bytes:
        if file.endswith("gone.py"):
            Path(file).unlink(missing_ok=True)
        return real(self, file)

    monkeypatch.setattr(Surroundings, "code", code)
    report = run([tree], Overrides())
    (problem,) = report.problems
    assert problem.path.endswith("gone.py")
    assert problem.message == "cannot be read: No such file or directory"
    assert any(x.code == "GRV103" for x in report.findings)


def program(tree: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "gravity_lint", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": PATHS, **environment},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "utf-16", "latin-1", "cp1252", "utf-7"])
@pytest.mark.parametrize("arguments", [["--format", "full"], ["--format", "json"], ["--diff"]])
def test_terminals_of_any_encoding(tree: Path, encoding: str, arguments: list[str]) -> None:
    (tree / "app/main.py").write_text(
        f"{SERVICE}async def x():\n    print('☃')\n", encoding="utf-8"
    )
    said = program(tree, *arguments, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert said.returncode == 1
    assert b"Traceback" not in said.stderr
    if arguments != ["--diff"]:  # a patch is bytes
        assert "GRV902" in said.stdout.decode(encoding)


def prepared(preparation: str, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process that does what *preparation* says before."""
    code = f"{preparation};from gravity_lint.__main__ import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_working_directory_that_is_gone(tmp_path: Path) -> None:
    preparation = "import os, sys; os.mkdir('x'); os.chdir('x'); os.rmdir('../x')"
    done = prepared(preparation, tmp_path, ".")
    assert done.returncode == 2
    assert done.stderr.startswith("gravity-lint: error: the working directory is gone")


def test_a_limit_of_the_size_of_files(tree: Path) -> None:
    resource = pytest.importorskip("resource")
    assert resource
    preparation = (
        "import resource, signal, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10));"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    )
    done = prepared(preparation, tree, "--fix", "--format", "concise", ".")
    assert done.returncode == 2
    assert "cannot be written: File too large" in words(done.stderr)
    assert (tree / "app/main.py").read_text() == MAIN
    assert [x.name for x in (tree / "app").iterdir()] == ["main.py"]
