"""The container file: what it copies is enough, and its commands do what they are for."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the file, each as one line."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    parts = [line.partition(" ") for line in joined.split("\n")]
    return [(name, rest.strip()) for name, _, rest in parts if name]


def commands(word: str) -> list[list[str]]:
    """Return the commands with *word* that the image runs while it is built."""
    every = [part for name, rest in instructions() if name == "RUN" for part in rest.split("&&")]
    return [shlex.split(one) for one in every if word in shlex.split(one)]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the image's own build puts the program, done here but for what would be fetched."""
    top = tmp_path_factory.mktemp("image")
    source = top / "source"
    source.mkdir()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            *files, target = rest.split()
            for file in files:
                if (ROOT / file).is_dir():
                    shutil.copytree(ROOT / file, source / target)
                else:
                    shutil.copy(ROOT / file, source / target)
    (wheel,) = commands("wheel")
    (install,) = commands("install")[1:]
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    moved = {"/wheels": str(top / "wheels"), "python": sys.executable}
    run([*(moved.get(word, word) for word in wheel), *offline], source)
    begin = install.index("python")
    assert install[:begin] == ["--mount=type=bind,from=build,source=/wheels,target=/wheels"]
    program = [moved.get(word, word) for word in install[begin:]]
    run([*program, "--no-deps", "--quiet", "--target", str(top / "installed")], top)
    return top / "installed"


def run(command: list[str], cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_program_that_is_started_judges_what_is_mounted(image: Path, tmp_path: Path) -> None:
    entry = dict(instructions())["ENTRYPOINT"]
    assert entry == '["gravity-lint"]'
    (tmp_path / "app").mkdir()
    (tmp_path / "app/main.py").write_text("import datetime\n\nx = datetime.datetime.utcnow()\n")
    said = subprocess.run(
        [sys.executable, image / "bin" / "gravity-lint", "--select", "GRV191", "--no-cache"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(image)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1, said.stderr
    assert "GRV191" in said.stdout
    assert (image / "gravity_lint" / "configuration" / "gravity-lint.schema.json").exists()
    assert (image / "gravity_lint" / "scaffolding" / "templates" / "rule.py.jinja").exists()
    assert (image / "gravity_rules" / "py.typed").exists()


def test_what_is_copied_is_let_in_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY"]
    assert let_in == {file for files in copied for file in files}
    assert any(fnmatch("gravity_lint/__pycache__", line) for line in ignored)


def test_it_does_not_run_as_root_and_asks_git_where_it_stands() -> None:
    given = dict(instructions())
    assert given["USER"] == "linter"
    (git,) = commands("config")
    assert git == ["git", "config", "--system", "--add", "safe.directory", given["WORKDIR"]]
