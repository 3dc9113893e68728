"""Links that lead out of the repository, files that never end, and files that are too large."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gravity_lint.discovery.imports import Imports
from gravity_lint.discovery.services import discover
from gravity_lint.errors import UsageError
from gravity_lint.running.cache import DIRECTORY
from gravity_lint.running.inquiry import Inquiry
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run
from gravity_lint.sources.surroundings import Surroundings

ROOT = Path(__file__).parents[2]
SERVICE = "from fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/x')\nasync def x(): ...\n"
LONG = "def f(): print()\n" * 100


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    top = tmp_path / "repository"
    (top / ".git").mkdir(parents=True)
    (top / "app").mkdir()
    (top / "app/main.py").write_text(SERVICE)
    (top / "pyproject.toml").write_text('[project]\nname = "x"\n')
    return top


def lint(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(ROOT), str(ROOT / "rules")))
    return subprocess.run(
        [sys.executable, "-m", "gravity_lint", *arguments, "."],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def judged(tree: Path, **means: object) -> Report:
    return run([tree], Overrides(), means=Means(**means))  # type: ignore[arg-type]


# -- links -------------------------------------------------------------------------------------


def test_a_link_out_of_the_repository_leads_to_nothing(tree: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("PASSWORD = 'hunter2'\n")
    (tree / "app/secret.py").symlink_to(outside / "secret.py")
    (tree / "app/more").symlink_to(outside)
    (tree / "shared").mkdir()
    (tree / "shared/a.py").write_text("")
    (tree / "app/shared").symlink_to("../shared")
    from gravity_lint.configuration.files import Configurations

    (service,) = discover([tree / "app"], Configurations().above).services
    assert [str(file.relative_to(tree)) for file in service.files] == [
        "app/main.py",
        "shared/a.py",
    ]


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs a file that never ends")
@pytest.mark.parametrize(
    "name",
    [
        "gravity-lint.toml",
        "pyproject.toml",
        ".gitignore",
        "pytest.ini",
        "setup.cfg",
        "tox.ini",
        "requirements.txt",
        "Makefile",
        ".flake8",
        "ruff.toml",
        "app/endless.py",
        "app/__init__.py",
        "app/gravity-lint.toml",
        "tests/conftest.py",
        ".github/workflows/ci.yml",
        "gravity-lint-baseline.txt",
    ],
)
def test_what_never_ends_is_not_read(tree: Path, name: str) -> None:
    (tree / "gravity-lint.toml").write_text('baseline = "gravity-lint-baseline.txt"\n')
    (tree / "gravity-lint-baseline.txt").write_text("")
    place = tree / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to("/dev/zero")
    for arguments in (["--diff"], ["--format", "json"]):
        said = lint(tree, *arguments)
        assert said.returncode in (1, 2)
        assert "Traceback" not in said.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
@pytest.mark.parametrize("name", ["gravity-lint.toml", ".gitignore", "pytest.ini", "app/a.py"])
def test_nobody_waits_at_a_pipe(tree: Path, name: str) -> None:
    os.mkfifo(tree / name)
    said = lint(tree, "--format", "concise")
    assert said.returncode == (2 if name.startswith("gravity") else 1)
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("kind", ["text", "pipe"])
def test_a_git_file_that_leads_elsewhere_tells_nothing(
    tree: Path, tmp_path: Path, kind: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if kind == "pipe":
        os.mkfifo(elsewhere / "index")
    else:
        (elsewhere / "index").write_text("hunter2")
    (tree / ".git").rmdir()
    (tree / ".git").write_text(f"gitdir: {elsewhere}\n")
    (tree / ".gitignore").write_text("kept/\n")
    (tree / "app/kept").mkdir()
    (tree / "app/kept/__init__.py").write_text("")
    (tree / "app/kept/users.py").write_text(LONG)
    (tree / "app/main.py").write_text(f"import app.kept.users\n{SERVICE}")
    said = lint(tree, "--format", "json")
    assert said.returncode == 1
    assert "app/kept: is left out" in said.stderr
    assert "hunter2" not in said.stdout + said.stderr


def test_a_cache_that_is_a_link_is_not_used(tree: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tree / DIRECTORY).symlink_to(elsewhere)
    report = judged(tree, keep=True)
    assert report.findings
    assert [notice.message for notice in report.notices] == [
        "nothing is kept for the next run: it is a link, and who knows whither"
    ]
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("named", ["../baseline.txt", "/etc/passwd", "link.txt"])
@pytest.mark.parametrize("command", ["check", "baseline"])
def test_a_baseline_lies_in_the_repository(tree: Path, named: str, command: str) -> None:
    (tree / "link.txt").symlink_to("../baseline.txt")
    (tree / "gravity-lint.toml").write_text(f'baseline = "{named}"\n')
    said = lint(tree, command) if command == "check" else lint(tree, "baseline")
    assert said.returncode == 2
    assert "leads out of the repository" in " ".join(said.stderr.split())
    assert not (tree.parent / "baseline.txt").exists()


# -- sizes -------------------------------------------------------------------------------------


def configured(tree: Path, size: int) -> None:
    (tree / "gravity-lint.toml").write_text(f"max-file-size = {size}\n")


@pytest.mark.parametrize("means", [{}, {"jobs": 2}, {"keep": True}])
def test_a_file_that_is_too_large_is_left_out_and_named(
    tree: Path, tmp_path: Path, means: dict[str, object]
) -> None:
    (tree / "app/long.py").write_text(LONG)
    configured(tree, len(LONG))
    if means.get("keep"):
        means = {**means, "directory": tmp_path / "cache"}
    for _ in range(2):
        report = judged(tree, **means)
        assert sum(x.code == "GRV902" for x in report.findings) == 100
        assert not report.notices
    configured(tree, len(LONG) - 1)
    for _ in range(2):
        report = judged(tree, **means)
        assert not [x for x in report.findings if x.path.endswith("long.py")]
        (notice,) = report.notices
        assert notice.path == str(tree / "app/long.py")
        assert notice.message == "not judged: it is larger than `max-file-size` (1,699 bytes)"
        assert not report.problems


def test_nothing_is_known_of_it(tree: Path) -> None:
    (tree / "app/main.py").write_text(
        SERVICE + "from app.long import router\n\napp.include_router(router)\n"
    )
    (tree / "app/long.py").write_text(
        "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n"
        "@router.get('/y')\nasync def y(): ...\n" + LONG
    )
    (tree / "tests").mkdir()
    (tree / "tests/test_x.py").write_text(
        "from fastapi.testclient import TestClient\nfrom app.main import app\n\n"
        "def test_y():\n    assert TestClient(app).get('/y').status_code == 200\n"
        "    print()  # noqa: GRV901\n"
    )
    codes = {x.code for x in judged(tree).findings}
    configured(tree, 1000)
    (tree / "app/main.py").touch()
    fewer = {x.code for x in judged(tree).findings}
    assert fewer <= codes
    assert "GRV507" not in fewer


def test_it_has_no_findings_in_other_hosts_either(tree: Path) -> None:
    (tree / "app/long.py").write_text(LONG)
    configured(tree, 1000)
    assert Inquiry().about(tree / "app/long.py") == []


@pytest.mark.parametrize("size", [0, -1, 8_000_001])
def test_the_size_has_its_bounds(tree: Path, size: int) -> None:
    configured(tree, size)
    report = judged(tree)
    assert "max-file-size" in report.problems[0].message


def test_a_file_of_gigabytes_costs_no_memory(tree: Path) -> None:
    resource = pytest.importorskip("resource")
    with open(tree / "app/huge.py", "wb") as stream:
        stream.truncate(4_000_000_000)  # a hole, which takes no room
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2_000_000_000,) * 2);"
        "from gravity_lint.__main__ import main; sys.exit(main())"
    )
    assert resource
    path = os.pathsep.join((str(ROOT), str(ROOT / "rules")))
    said = subprocess.run(
        [sys.executable, "-c", program, "--format", "concise", str(tree)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert said.returncode == 1
    assert "huge.py: not judged: it is larger than" in " ".join(said.stderr.split())


def test_a_configuration_of_megabytes_is_refused(tree: Path) -> None:
    with open(tree / "gravity-lint.toml", "wb") as stream:
        stream.truncate(9_000_000)
    report = judged(tree)
    assert report.problems[0].message == "cannot be read: Larger than 8,000,000 bytes"


def test_open_brackets_behind_imports_cost_no_time(tree: Path) -> None:
    (tree / "app/inner").mkdir()
    (tree / "app/inner/setup.cfg").write_text("")
    (tree / "app/odd.py").write_text("from a import (\n" * 100_000)
    found = Imports(Surroundings()).reach(str(tree / "app/inner"), str(tree), ())
    assert not found


def test_a_named_link_is_what_it_leads_to(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "alias").symlink_to(tree)
    assert run([tmp_path / "alias"], Overrides()).findings == judged(tree).findings
    with pytest.raises(UsageError):
        run([tmp_path / "nowhere"], Overrides())
