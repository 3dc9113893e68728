"""The real pre-commit program, with this repository as the source of its hooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

BAD = """\
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


async def read(item_id: int) -> int:
    if item_id < 1:
        raise HTTPException(status_code=404, detail="no item")
    return item_id
"""
LEAKING = (
    "from fastapi import HTTPException\n\n\nasync def read() -> None:\n    try:\n"
    "        print()\n    except ValueError as e:\n"
    "        raise HTTPException(status_code=500, detail=str(e)) from e\n"
)
ROUTER = """\
from fastapi import APIRouter

router = APIRouter(prefix="/items")


@router.get("")
async def items() -> list[int]:
    return []
"""
MENDED = BAD.replace(
    "import APIRouter, HTTPException", "import APIRouter, HTTPException, status"
).replace("status_code=404", "status_code=status.HTTP_404_NOT_FOUND")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pre-commit keeps the environments of its hooks: made once, it takes a while."""
    return tmp_path_factory.mktemp("pre-commit")


class Scratch:
    """A git repository of one service, with the hooks installed."""

    def __init__(self, there: Path, home: Path) -> None:
        self.there = there
        self._home = home

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return run(*command, cwd=self.there, home=self._home)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.there / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")

    def commit(self) -> tuple[int, str]:
        """Stage everything and commit; return git's exit status and what was said."""
        self.run("git", "add", "--all", ".")
        done = self.run("git", "commit", "-m", "Work")
        return done.returncode, done.stdout + done.stderr

    def settle(self) -> None:
        """Commit what is there without asking the hooks."""
        self.run("git", "add", "--all", ".")
        assert self.run("git", "commit", "--no-verify", "-m", "Settle").returncode == 0


def run(*command: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    # The variables by which git tells hooks where they are must not leak into the scratch one.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"PRE_COMMIT_HOME": str(home), "PRE_COMMIT_COLOR": "never"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def scratch(tmp_path: Path, home: Path) -> Scratch:
    """A git repository with the hooks installed and one bad file."""
    repository = Scratch(tmp_path / "service", home)
    repository.there.mkdir()
    revision = run("git", "rev-parse", "HEAD", cwd=REPOSITORY, home=home).stdout.strip()
    if not revision:
        pytest.skip("not run from a git checkout")
    hooks = "".join(f"      - id: {name}\n" for name in ("gravity-lint-fix", "gravity-lint"))
    repository.write(
        **{
            ".pre-commit-config.yaml": f"repos:\n  - repo: {REPOSITORY}\n    rev: {revision}\n"
            f"    hooks:\n{hooks}",
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV108"]\n',
            "app/api/items.py": BAD,
        }
    )
    for command in (
        ("git", "init", "--quiet"),
        ("git", "config", "user.email", "dev@example.com"),
        ("git", "config", "user.name", "Dev"),
        (sys.executable, "-m", "pre_commit", "install"),
    ):
        done = repository.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    return repository


def test_a_bad_commit_is_stopped_mended_and_then_passes(scratch: Scratch) -> None:
    status, said = scratch.commit()
    assert status != 0, said
    assert "files were modified by this hook" in said
    assert (scratch.there / "app" / "api" / "items.py").read_text() == MENDED
    status, said = scratch.commit()
    assert status == 0, said


def test_what_cannot_be_mended_stops_the_commit_and_is_said_once(scratch: Scratch) -> None:
    scratch.write(
        **{
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV407"]\n',
            "app/api/items.py": LEAKING,
        }
    )
    status, said = scratch.commit()
    assert status != 0
    assert said.count("GRV407 leaking-server-error") == 1


def test_a_script_without_suffix_passes(scratch: Scratch) -> None:
    scratch.write(**{"app/api/items.py": MENDED, "bin/tool": "#!/usr/bin/env python3\nprint(1)\n"})
    (scratch.there / "bin" / "tool").chmod(0o755)
    status, said = scratch.commit()
    assert status == 0, said


def test_a_commit_that_concerns_no_service_passes(scratch: Scratch) -> None:
    scratch.settle()
    scratch.write(**{"README.md": "# Items\n"})
    status, said = scratch.commit()
    assert status == 0, said


def test_a_commit_that_changes_only_the_configuration_is_judged(scratch: Scratch) -> None:
    scratch.write(**{"app/api/items.py": LEAKING})
    scratch.settle()
    scratch.write(**{"pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV407"]\n'})
    status, said = scratch.commit()
    assert status != 0
    assert "GRV407 leaking-server-error" in said
    scratch.write(**{"pyproject.toml": '[tool.gravity-lint]\nselekt = ["GRV407"]\n'})
    status, said = scratch.commit()
    assert status != 0
    assert "did you mean 'select'?" in said


def test_a_commit_that_deletes_what_others_rely_on_is_judged(scratch: Scratch) -> None:
    scratch.write(
        **{
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV101"]\n',
            "app/api/items.py": ROUTER,
            "app/main.py": "from fastapi import FastAPI\n\nfrom app.api.items import router\n\n"
            'app = FastAPI()\napp.include_router(router, prefix="/api/v1")\n',
        }
    )
    status, said = scratch.commit()
    assert status == 0, said
    (scratch.there / "app" / "main.py").unlink()
    status, said = scratch.commit()
    assert status != 0
    assert "GRV101 unversioned-route" in said, said


ENDPOINTS = """\
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/one")
async def get_one() -> dict:
    return {}
"""
ANOTHER = '\n\n@router.get("/two")\nasync def get_two() -> dict:\n    return {}\n'


def test_with_a_baseline_only_what_is_new_stops_a_commit(scratch: Scratch) -> None:
    configured = '[tool.gravity-lint]\nselect = ["GRV104"]\nbaseline = "known.txt"\n'
    scratch.write(**{"pyproject.toml": configured, "app/api/items.py": ENDPOINTS})
    linter = (sys.executable, "-m", "gravity_lint")
    assert scratch.run(*linter, "baseline").returncode == 0
    status, said = scratch.commit()
    assert status == 0, said

    scratch.write(**{"app/api/items.py": f"# moved\n\n{ENDPOINTS}{ANOTHER}"})
    status, said = scratch.commit()
    assert status != 0
    assert "get_two" in said
    assert "get_one" not in said

    scratch.write(**{"app/api/items.py": f"# moved\n\n{ENDPOINTS}"})
    status, said = scratch.commit()
    assert status == 0, said
    scratch.run("git", "mv", "app/api/items.py", "app/api/goods.py")
    status, said = scratch.commit()
    assert status == 0, said

    scratch.write(**{"app/api/goods.py": ENDPOINTS.replace("-> dict", "-> ApiResponse[dict]")})
    status, said = scratch.commit()
    assert status == 0, said
    assert "--prune" in scratch.run(*linter).stderr
    assert scratch.run(*linter, "baseline", "--prune").returncode == 0
    status, said = scratch.commit()
    assert status == 0, said
    scratch.write(**{"app/api/goods.py": ENDPOINTS})
    status, said = scratch.commit()
    assert status != 0  # what has come back is new
    assert "get_one" in said


def test_a_commit_may_be_held_to_what_it_brings(scratch: Scratch) -> None:
    scratch.write(
        **{
            "pyproject.toml": '[tool.gravity-lint]\nselect = ["GRV104"]\n',
            "app/api/items.py": ENDPOINTS,
            ".pre-commit-config.yaml": (scratch.there / ".pre-commit-config.yaml")
            .read_text()
            .replace("id: gravity-lint\n", "id: gravity-lint\n        args: [--since, HEAD]\n"),
        }
    )
    scratch.settle()
    scratch.write(**{"app/api/items.py": ENDPOINTS.replace("return {}", "return {1: 2}")})
    status, said = scratch.commit()
    assert status == 0, said
    scratch.write(**{"app/api/items.py": ENDPOINTS + ANOTHER})
    status, said = scratch.commit()
    assert status != 0
    assert "get_two" in said
    assert "get_one" not in said
