"""``gravity-lint contract`` as it is run, in scratch repositories with the real git."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.cli import main
from gravity_lint.contract import sides
from gravity_lint.running import loading
from tests.revisions.repositories import commit, git, start, write

BOATS = """
from fastapi import APIRouter, HTTPException
from app.schemas import Boat

router = APIRouter(prefix="/boats")


@router.get("/{boat_id}", response_model=Boat)
async def get_boat(boat_id: int) -> Boat:
    if boat_id > 100:
        raise HTTPException(status_code=404)
    return Boat(name="a", length=1)
"""
SCHEMAS = """
from pydantic import BaseModel


class Boat(BaseModel):
    name: str
    length: int
"""
MAIN = """
from fastapi import FastAPI
from app.boats import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
"""
FILES = {
    "pyproject.toml": "",
    "app/__init__.py": "",
    "app/boats.py": BOATS,
    "app/schemas.py": SCHEMAS,
    "app/main.py": MAIN,
}
WAIVER = """
[[tool.gravity-lint.contract.waivers]]
change = "response-field-*"
subject = "GET /api/v1/boats/*"
reason = "Nobody reads it"
until = 2020-01-31
"""


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one service, committed once; the working directory."""
    made = start(tmp_path / "harbour")
    commit(made, FILES)
    monkeypatch.chdir(made)
    return made


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status = main(["contract", *arguments, "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


def test_an_unchanged_tree_breaks_nothing(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"], data["not_compared"]) == (0, [], [])


def test_since_a_revision(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(top, {"app/schemas.py": SCHEMAS.replace("    length: int\n", "")})
    status, data = told(capsys, "--since", "HEAD")
    (change,) = data["changes"]
    assert status == 1
    assert change["kind"] == "response-field-removed"
    assert change["subject"] == "GET /api/v1/boats/{boat_id}"
    assert (change["path"], change["line"], change["gone"]) == ("app/schemas.py", 7, True)


def test_the_edit_that_moves_an_endpoint_is_named(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(top, {"app/main.py": MAIN.replace("/api/v1", "/api/v2")})
    status, data = told(capsys, "--since", "HEAD")
    (change,) = data["changes"]
    assert (status, change["kind"]) == (1, "endpoint-moved")
    assert change["why"] == (
        "the path was given by `/api/v1` in app/main.py:6 and is given by `/api/v2` in"
        " app/main.py:6"
    )


@pytest.mark.parametrize(
    ("least", "status"), [("breaking", 0), ("security", 0), ("possibly-breaking", 1)]
)
def test_what_fails_a_run_can_be_less(top: Path, least: str, status: int) -> None:
    write(top, {"app/boats.py": BOATS.replace("404", "410")})
    assert main(["contract", "--since", "HEAD", "--fail-on", least]) == status


def test_a_new_version_beside_the_old_one_breaks_nothing(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(top, {"app/main.py": f'{MAIN}app.include_router(router, prefix="/api/v2")\n'})
    status, data = told(capsys, "--since", "HEAD")
    assert status == 0
    assert [x["kind"] for x in data["changes"]] == ["endpoint-added"]


def test_two_revisions_leave_the_tree_alone(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(top, {"app/boats.py": BOATS.replace("404", "410")})
    commit(top)
    write(top, {"app/boats.py": "not even Python ("})
    before = git(top, "status", "--porcelain")
    status, data = told(capsys, "HEAD~1", "HEAD")
    assert [x["kind"] for x in data["changes"]] == ["status-added", "status-removed"]
    assert (status, git(top, "status", "--porcelain")) == (0, before)


def test_two_directories(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("old", BOATS), ("new", BOATS.replace("boat_id: int", "boat_id: str"))):
        write(tmp_path / name, {**FILES, "app/boats.py": text})
    status, data = told(capsys, str(tmp_path / "old"), str(tmp_path / "new"))
    assert status == 1
    assert [x["kind"] for x in data["changes"]] == ["parameter-retyped"]


def test_a_waiver_excuses_until_its_day(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(
        top,
        {
            "pyproject.toml": WAIVER.replace("2020", "2999"),
            "app/schemas.py": SCHEMAS.replace("    length: int\n", ""),
        },
    )
    status, data = told(capsys, "--since", "HEAD")
    assert status == 0
    assert data["changes"][0]["excuse"] == "waived until 2999-01-31: Nobody reads it"


def test_an_expired_waiver_is_an_error_that_names_it(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(top, {"pyproject.toml": WAIVER})
    assert main(["contract", "--since", "HEAD"]) == 2
    out = " ".join(capsys.readouterr().out.split())
    assert "the waiver of `response-field-*` for `GET /api/v1/boats/*` has expired" in out


def test_the_last_day_counts(top: Path) -> None:
    write(top, {"pyproject.toml": WAIVER})
    day = datetime.date(2020, 1, 31)
    assert not sides.since("HEAD", [top], today=day).problems
    assert sides.since("HEAD", [top], today=day + datetime.timedelta(1)).problems


def test_a_waiver_without_reason_is_a_mistake(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(top, {"pyproject.toml": WAIVER.replace('reason = "Nobody reads it"\n', "")})
    assert main(["contract", "--since", "HEAD"]) == 2
    assert "reason" in " ".join(capsys.readouterr())


def test_what_is_not_known_is_said(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(top, {"app/schemas.py": SCHEMAS.replace("length: int", "length: Metres")})
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])
    (row,) = data["not_compared"]
    assert row["subject"] == "GET /api/v1/boats/{boat_id}"
    assert "`Metres`" in row["what"]


def test_what_is_the_same_on_both_sides_is_read_once(
    top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    extract = loading.extract
    monkeypatch.setattr(loading, "extract", lambda source: (read.append(""), extract(source))[1])
    write(top, {"app/boats.py": BOATS.replace("404", "410")})
    commit(top)
    sides.between("HEAD~1", "HEAD")
    assert len(read) == 4 + 1
    sides.since("HEAD~1", [top])
    assert len(read) == 2 * (4 + 1)


def test_an_exception_that_is_out_of_view_takes_no_status_away(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raised = BOATS.replace("HTTPException(status_code=404)", "GoneError()")
    write(top, {"app/boats.py": f"from elsewhere import GoneError\n{raised}"})
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])
    (row,) = data["not_compared"]
    assert row["what"].startswith(
        "whether it still answers 404: what `GoneError()` in app/boats.py"
    )


def test_a_file_that_does_not_parse_takes_nothing_away(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(top, {"app/boats.py": BOATS + "("})
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])
    said = {row["subject"]: row["what"] for row in data["not_compared"]}
    assert said["GET /api/v1/boats/{boat_id}"] == "`app/boats.py` does not parse"


def test_a_service_is_known_again_where_its_root_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    top = start(tmp_path / "harbour")
    monkeypatch.chdir(top)
    below = {f"src/{name}": text for name, text in FILES.items()}
    commit(top, {**below, "tools/release.py": "print('released')\n"})
    write(top, {"src/pyproject.toml": None, "pyproject.toml": ""})
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])


def test_a_folder_is_named_that_had_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    top = start(tmp_path / "fleet")
    monkeypatch.chdir(top)
    commit(top, {f"{name}/{file}": x for name in ("boats", "docks") for file, x in FILES.items()})
    git(top, "mv", "boats", "ships")
    write(top, {"ships/app/schemas.py": SCHEMAS.replace("    length: int\n", "")})
    status, data = told(capsys, "--since", "HEAD", "ships")
    assert (status, [row["kind"] for row in data["changes"]]) == (1, ["response-field-removed"])
    git(top, "reset", "--quiet", "--hard")
    git(top, "mv", "boats/app/schemas.py", "docks/app/sizes.py")
    status, data = told(capsys, "--since", "HEAD", "docks")
    assert (status, data["changes"]) == (0, [])


def test_what_is_included_in_a_way_not_known_has_not_gone(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    several = MAIN.replace(
        'app.include_router(router, prefix="/api/v1")',
        "for found in __import__('app.registry').registry.load():\n    app.include_router(found)",
    )
    write(top, {"app/main.py": several})
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])
    said = {row["subject"]: row["what"] for row in data["not_compared"]}
    words = "where `get_boat` is included is not known"
    assert said["GET /api/v1/boats/{boat_id}"] == words
    commit(top)
    write(top, FILES)
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])
    said = {row["subject"]: row["what"] for row in data["not_compared"]}
    assert said["GET /api/v1/boats/{boat_id}"] == words.replace(" is included", " was included")


def test_applications_with_the_same_path_are_each_compared(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    health = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
async def health(limit: int = 1) -> int:
    return limit
"""
    commit(top, {"app/admin.py": health, "app/public.py": health})
    write(top, {"app/admin.py": health.replace("limit: int = 1", "limit: int")})
    status, data = told(capsys, "--since", "HEAD")
    (change,) = data["changes"]
    assert (status, change["kind"]) == (1, "parameter-required")
    assert change["path"] == "app/admin.py"
    write(top, {"app/admin.py": health, "app/public.py": None})
    status, data = told(capsys, "--since", "HEAD")
    (change,) = data["changes"]
    assert (status, change["kind"]) == (1, "endpoint-removed")
    assert change["message"] == "is gone from the application `app/public.py::app`"


def test_what_is_not_known_on_both_sides_hides_no_loss(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = "\nfrom elsewhere import docs\napp.include_router(docs)\n"
    commit(top, {"app/main.py": MAIN + other})
    write(
        top,
        {"app/main.py": MAIN.replace('app.include_router(router, prefix="/api/v1")', "") + other},
    )
    status, data = told(capsys, "--since", "HEAD")
    assert (status, [row["kind"] for row in data["changes"]]) == (1, ["endpoint-removed"])


def test_a_decorator_out_of_view_takes_and_gives_no_status(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decorated = BOATS.replace("async def", "@cached(60)\nasync def")
    write(top, {"app/boats.py": f"from elsewhere import cached\n{decorated}"})
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])
    (row,) = data["not_compared"]
    words = "404: what `cached(60)` in app/boats.py:10 makes of exceptions is not known"
    assert row["what"] == f"whether it still answers {words}"
    commit(top)
    write(top, {"app/boats.py": BOATS})
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"]) == (0, [])
    (row,) = data["not_compared"]
    assert row["what"].startswith("whether it answered 404 before: what `cached(60)`")


def test_a_file_that_parses_on_neither_side_hides_no_status(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit(top, {"app/broken.py": "("})
    write(top, {"app/boats.py": BOATS.replace("404", "410")})
    data = told(capsys, "--since", "HEAD")[1]
    assert {row["kind"] for row in data["changes"]} == {"status-added", "status-removed"}
    assert [row["always"] for row in data["not_compared"]] == [True]


@pytest.mark.parametrize("form", ["text", "markdown", "sarif", "github"])
def test_every_format_tells_kind_and_operation(
    top: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    write(top, {"app/schemas.py": SCHEMAS.replace("    length: int\n", "")})
    assert main(["contract", "--since", "HEAD", "--format", form]) == 1
    out = capsys.readouterr().out
    assert "GET /api/v1/boats/{boat_id}" in out
    assert "`length`" in out


def test_a_file_takes_the_report(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "--since", "HEAD", "--output", "report.txt"]) == 0
    assert capsys.readouterr().out == ""
    assert "No changes" in Path("report.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--since REV"),
        (["one"], "--since REV"),
        (["--since", "nowhere"], "no revision 'nowhere'"),
        (["nowhere", "HEAD"], "no revision 'nowhere'"),
        (["app", "HEAD"], "--since HEAD app"),
        (["HEAD", "app"], "--since HEAD app"),
    ],
)
def test_mistakes_are_explained(
    top: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["contract", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_histories_that_have_nothing_in_common_are_noted(
    top: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(top, "checkout", "--quiet", "--orphan", "other")
    commit(top, {"README.md": "another beginning"})
    status, data = told(capsys, "--since", "main")
    assert status == 0
    assert [note[:40] for note in data["notes"]] == ["no common history of main and HEAD is in"]


def test_a_revision_without_any_service_promised_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    top = start(tmp_path / "harbour")
    monkeypatch.chdir(top)
    commit(top, {"README.md": "soon"})
    write(top, FILES)
    status, data = told(capsys, "--since", "HEAD")
    assert (status, {row["kind"] for row in data["changes"]}) == (0, {"endpoint-added"})
    commit(top)
    for name in FILES:
        (top / name).unlink()
    assert main(["contract", "--since", "HEAD"]) == 2
    assert "no Python files" in capsys.readouterr().err


def test_line_ends_are_no_change(top: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in FILES.items():
        (top / name).write_bytes(text.replace("\n", "\r\n").encode())
    status, data = told(capsys, "--since", "HEAD")
    assert (status, data["changes"], data["not_compared"]) == (0, [], [])
