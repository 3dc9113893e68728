"""A real service on disk, mended by the real rules."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gravity_lint.cli import main
from gravity_lint.running import mending as running_mending
from gravity_lint.running.mending import mend as mend_paths
from gravity_lint.running.outcome import Mending, Overrides

ROUTES = '''"""Items."""
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/{item_id}")
async def read(item_id: int) -> int:
    if item_id < 1:
        raise HTTPException(status_code=404, detail="no")  # gone
    return item_id
'''
FIXED = ROUTES.replace("HTTPException\n", "HTTPException, status\n").replace(
    "=404", "=status.HTTP_404_NOT_FOUND"
)
ONLY = Overrides(select=("GRV108",))


@pytest.fixture
def service(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.gravity-lint]\n")
    api = tmp_path / "app" / "api"
    api.mkdir(parents=True)
    (api / "items.py").write_text(ROUTES)
    (api / "users.py").write_text(ROUTES.replace("items", "users"))
    return tmp_path


def mend(*paths: Path, write: bool = True, unsafe: bool = False) -> Mending:
    return mend_paths(paths, ONLY, write=write, unsafe=unsafe)


def configured(service: Path, text: str) -> None:
    (service / "pyproject.toml").write_text(f"[tool.gravity-lint]\n{text}\n")


def test_the_configuration_says_whose_fixes_are_wanted(service: Path) -> None:
    configured(service, 'unfixable = ["GRV108"]')
    mending = mend(service, unsafe=True)
    assert mending.mended == ()
    assert {(x.fix, (x.withheld or "")[:27]) for x in mending.report.findings} == {
        (None, "the configuration wants no ")
    }


def test_the_configuration_says_which_fixes_are_safe(service: Path) -> None:
    configured(service, 'extend-unsafe-fixes = ["numeric-status-code"]')
    assert mend(service).mended == ()
    assert len(mend(service, write=False, unsafe=True).mended) == 2
    configured(service, 'extend-unsafe-fixes = ["GRV1"]\nextend-safe-fixes = ["GRV108"]')
    assert len(mend(service).mended) == 2


def test_files_are_mended_and_a_second_run_changes_nothing(service: Path) -> None:
    mending = mend(service)
    assert [Path(one.path).name for one in mending.mended] == ["items.py", "users.py"]
    assert (service / "app/api/items.py").read_text() == FIXED
    assert mending.report.findings == ()
    assert [(t.subjects, t.violations) for t in mending.report.tallies] == [(2, 0)]
    assert mend(service).mended == ()


def test_only_named_files_are_mended(service: Path) -> None:
    mend(service / "app/api/users.py")
    assert (service / "app/api/items.py").read_text() == ROUTES
    assert (service / "app/api/users.py").read_text() == FIXED.replace("items", "users")


def test_without_writing_the_report_is_about_what_would_remain(service: Path) -> None:
    mending = mend(service, write=False)
    assert len(mending.mended) == 2
    assert mending.report.findings == ()
    assert (service / "app/api/items.py").read_text() == ROUTES


def test_what_a_comment_suppresses_is_not_mended(service: Path) -> None:
    file = service / "app/api/items.py"
    kept = ROUTES.replace("# gone", "# noqa: GRV108")
    file.write_text(kept)
    mend(service)
    assert file.read_text() == kept


def test_a_comment_goes_with_what_it_suppressed(service: Path) -> None:
    """structlog would not take `%d` of what may be None, so the call is written with its logger."""
    (service / "requirements.txt").write_text("structlog\n")
    file = service / "app" / "services" / "work.py"
    file.parent.mkdir()
    text = (
        "import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef work(number):\n"
        '    logger.info("left %d", number)  # gravity-lint: ignore[GRV904] -- ours\n'
    )
    file.write_text(text)
    only = Overrides(select=("GRV901", "GRV904"))
    mend_paths([file], only, unsafe=True)
    kept = file.read_text()
    assert 'logger.info("left", number=number)  # gravity-lint: ignore[GRV904] -- ours' in kept
    file.write_text(text)
    mend_paths([file], Overrides(select=("GRV001", "GRV901", "GRV904")), unsafe=True)
    assert file.read_text() == kept.replace("  # gravity-lint: ignore[GRV904] -- ours", "")


def test_a_comment_stays_with_what_is_mended_beside_it(service: Path) -> None:
    (service / "requirements.txt").write_text("structlog\n")
    file = service / "app" / "services" / "work.py"
    file.parent.mkdir()
    head = (
        "import structlog\n\nlogger = structlog.get_logger()\n\n\ndef work(user, number, shelf):\n"
    )
    file.write_text(
        f"{head}"
        '    logger.info(f"Hi {user.password}")  # gravity-lint: ignore[secret-in-log] -- so\n'
        '    logger.info(f"Welcome, {user.password}, {number} wait for you in here")'
        "  # noqa: GRV907\n"
        '    logger.info(f"Hi {number}")  # gravity-lint: ignore[GRV903, GRV904] -- both\n'
        '    logger.info(f"Hi {number}")  # gravity-lint: ignore[GRV903] -- none\n'
    )
    mend_paths([file], Overrides(), unsafe=True)
    assert file.read_text() == (
        f"{head}"
        '    logger.info("hi", user_password=user.password)'
        "  # gravity-lint: ignore[secret-in-log] -- so\n"
        "    logger.info(\n"
        '        "welcome_wait_for_you_in_here",\n'
        "        user_password=user.password,\n"
        "        number=number,\n"
        "    )  # noqa: GRV907\n"
        '    logger.info(f"Hi {number}")  # gravity-lint: ignore[GRV904] -- both\n'
        '    logger.info("hi", number=number)\n'
    )
    again = file.read_text()
    mend_paths([file], Overrides(), unsafe=True)
    assert file.read_text() == again


def test_given_text_is_mended_and_not_written(service: Path) -> None:
    file = service / "app/api/new.py"
    mending = mend_paths([file], ONLY, texts={file: ROUTES})
    assert [(one.before, one.after) for one in mending.mended] == [(ROUTES, FIXED)]
    assert not file.exists()


def test_a_file_that_changed_meanwhile_is_left(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddle(path: str, text: str) -> None:
        if path.endswith("items.py"):
            Path(path).write_text("theirs = 1\n")

    monkeypatch.setattr(running_mending, "unfit", meddle)
    mending = mend(service)
    assert (service / "app/api/items.py").read_text() == "theirs = 1\n"
    assert [refusal.reason for refusal in mending.refused] == [
        "the file has changed since it was read"
    ]
    assert [Path(one.path).name for one in mending.mended] == ["users.py"]
    assert mending.report.findings == ()


def test_a_file_that_cannot_be_written_is_a_problem_and_the_rest_goes_on(
    service: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (service / "app/api/items.py").chmod(0o444)
    assert main(["--fix", "--select", "GRV108", str(service)]) == 2
    out, err = capsys.readouterr()
    assert "items.py: cannot be written: the file is read-only" in err
    assert "mended" in out
    assert (service / "app/api/items.py").read_text() == ROUTES
    assert (service / "app/api/users.py").read_text() == FIXED.replace("items", "users")


def test_every_awkward_encoding_survives(service: Path) -> None:
    file = service / "app/api/items.py"
    data = b"\xef\xbb\xbf" + ROUTES.replace("\n", "\r\n").replace("Items.", "Été").encode()
    file.write_bytes(data.removesuffix(b"\r\n"))
    mend(file)
    expected = b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").replace("Items.", "Été").encode()
    assert file.read_bytes() == expected.removesuffix(b"\r\n")


def test_libcst_is_loaded_only_where_there_is_something_to_fix(service: Path) -> None:
    code = (
        "import sys; from gravity_lint.cli import main\n"
        "main(['--fix', '--select', sys.argv[1], sys.argv[2], '--format', 'concise'])\n"
        "sys.exit('libcst' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'rules'}"}
    loaded = [
        subprocess.run(
            [sys.executable, "-c", code, rule, str(service)], env=environment, check=False
        ).returncode
        for rule in ("GRV101", "GRV108")
    ]
    assert loaded == [0, 1]


@pytest.mark.parametrize("name", ["legacy_service", "orders_service"])
def test_the_examples_can_be_mended_to_the_end(tmp_path: Path, name: str) -> None:
    example = Path(__file__).parents[2] / "examples" / name
    copy = tmp_path / name
    (tmp_path / "pyproject.toml").write_text("[tool.gravity-lint]\n")
    shutil.copytree(example, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    everything = Overrides(select=("ALL",))
    mending = mend_paths([copy], everything, unsafe=True)
    for one in mending.mended:
        ast.parse(Path(one.path).read_text())
    again = mend_paths([copy], everything, unsafe=True)
    assert again.mended == ()
    assert len(again.report.findings) == len(mending.report.findings)
