"""What counts as a subject, and what as a violation."""

from pathlib import Path

import pytest

from gravity_lint.reporting.conformance import per_rule
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run

APP = """\
import os

from fastapi import APIRouter, FastAPI

router = APIRouter(prefix="/items")
unknown = APIRouter(prefix=os.environ["PREFIX"])


@router.get("/")
async def list_items() -> dict:
    return {}


@router.get("/{item_id}")  # noqa: GRV101
async def get_item(item_id: int) -> dict:
    return {}


@unknown.get("/")
async def nowhere() -> dict:
    return {}


app = FastAPI()
app.include_router(router, prefix="/one")
app.include_router(router, prefix="/two")
app.include_router(unknown)


@app.get("/health")
async def health() -> dict:
    return {}
"""


@pytest.fixture
def service(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(APP, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'items'\n", encoding="utf-8")
    return tmp_path


def judged(service: Path, code: str) -> tuple[Report, int, int]:
    report = run([service], Overrides(select=(code,)))
    (tally,) = per_rule(report.tallies)
    return report, tally.subjects, tally.violations


def test_an_endpoint_counts_once_however_often_it_is_included(service: Path) -> None:
    """Neither the operational endpoint counts nor the one whose path is not known."""
    _, subjects, violations = judged(service, "GRV101")
    assert (subjects, violations) == (2, 2)


def test_an_endpoint_with_two_places_is_shadowed_once(service: Path) -> None:
    _, subjects, violations = judged(service, "GRV117")
    assert violations == 0
    assert subjects <= 4


def test_what_a_comment_suppresses_is_a_violation_still(service: Path) -> None:
    report, _, violations = judged(service, "GRV101")
    assert (len(report.findings), report.suppressed, violations) == (1, 1, 2)


def test_what_is_excused_in_a_file_is_counted(service: Path) -> None:
    with (service / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("[tool.gravity-lint]\nper-file-ignores = { 'app/**' = ['GRV101'] }\n")
    report, subjects, violations = judged(service, "GRV101")
    assert (subjects, violations, report.suppressed) == (2, 2, 0)
    assert report.excused == {"per-file-ignores": 2}
