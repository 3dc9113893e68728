"""What is new since a revision: in scratch repositories, with the real git."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.errors import UsageError
from gravity_lint.running import since as comparison
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run
from gravity_lint.running.since import run_since
from tests.revisions.repositories import commit, git, start, write

MAIN = """\
from fastapi import FastAPI

from app.api.boats import router

app = FastAPI()
app.include_router(router, prefix="/api/v1")
"""
BOATS = """\
from fastapi import APIRouter

router = APIRouter(prefix="/boats", tags=["Boats"])


@router.get("/{boat_id}", summary="One boat")
async def get_boat(boat_id: int) -> dict:
    return {}
"""
SERVICE = {
    "app/__init__.py": "",
    "app/main.py": MAIN,
    "app/api/__init__.py": "",
    "app/api/boats.py": BOATS,
}
ONLY = Overrides(select=("GRV101", "GRV104", "GRV122"))


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = start(tmp_path / "harbour")
    (top / "pyproject.toml").write_text("[project]\nname = 'harbour'\n")
    commit(top, SERVICE)
    return top


def since(top: Path, revision: str = "HEAD", overrides: Overrides = ONLY) -> Report:
    """Compare with *revision*: by what is found now, and by what is kept of it."""
    report = run_since(revision, [top], overrides)
    means = Means(keep=True, directory=top.parent / "cache")
    for _ in range(2):
        kept = run_since(revision, [top], overrides, means=means)
        assert kept.findings == report.findings
    return report


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_what_was_there_before_is_not_new(top: Path) -> None:
    assert codes(since(top)) == []
    moved = "# a comment\n\n\n" + BOATS.replace("boat_id: int", "boat_id : int")
    write(top, {"app/api/boats.py": moved})
    assert codes(since(top)) == []


def test_what_git_tracks_though_it_should_ignore_it_was_there_before(top: Path) -> None:
    commit(top, {".gitignore": "boats.py"})
    write(top, {"app/api/boats.py": BOATS + "\n\n# changed\n"})
    assert "GRV104" in codes(run([top], ONLY))
    assert codes(since(top)) == []


def test_a_commit_is_judged_once(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(top, {"app/api/boats.py": BOATS + "\n\n# changed\n"})
    since(top)

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("it is known what was found in it")

    monkeypatch.setattr(comparison, "laid_out", refused)
    means = Means(keep=True, directory=top.parent / "cache")
    assert run_since("HEAD", [top], ONLY, means=means).findings == ()
    with pytest.raises(AssertionError, match="known"):
        run_since("HEAD", [top], Overrides(select=("GRV104",)), means=means)


def test_what_is_written_since_is_new(top: Path) -> None:
    more = BOATS[BOATS.index("\n@router") :].replace("boat", "hull")
    write(top, {"app/api/boats.py": BOATS + more})
    (found,) = since(top).findings
    assert (found.code, found.inside) == ("GRV104", "get_hull")
    assert "new since" not in found.message


def test_an_endpoint_stays_what_it_is_when_its_decorator_changes(top: Path) -> None:
    changed = BOATS.replace('"/{boat_id}"', '"/by-id/{boat_id}"').replace(
        "return {}", "return {1: 2}"
    )
    write(top, {"app/api/boats.py": changed})
    assert codes(since(top)) == []


def test_an_endpoint_that_takes_the_place_of_another_is_new(top: Path) -> None:
    other = BOATS.replace("get_boat", "find_boat").replace("return {}", 'return {"found": 1}')
    write(top, {"app/api/boats.py": other})
    assert codes(since(top)) == ["GRV104"]


def test_of_two_alike_the_one_on_the_changed_line_is_new(top: Path) -> None:
    only = Overrides(select=("GRV902",))
    one = BOATS.replace("    return {}", "    print(1)\n    return {}")
    commit(top, {"app/api/boats.py": one})
    write(
        top,
        {"app/api/boats.py": one.replace("    print(1)", "    print(1)\n    x = 1\n    print(1)")},
    )
    (found,) = since(top, overrides=only).findings
    two = one.replace("    print(1)", "    if boat_id:\n        print(1)\n    print(1)")
    write(top, {"app/api/boats.py": two})
    (found,) = since(top, overrides=only).findings
    assert found.span.line == two.splitlines().index("        print(1)") + 1


def test_a_renamed_endpoint_is_not_new(top: Path) -> None:
    write(top, {"app/api/boats.py": BOATS.replace("get_boat", "find_boat")})
    assert codes(since(top)) == []


def test_an_untouched_endpoint_says_which_change_moved_it(top: Path) -> None:
    write(top, {"app/main.py": MAIN.replace("/api/v1", "/v1")})
    (found,) = since(top).findings
    assert (found.code, Path(found.path).name) == ("GRV101", "boats.py")
    assert found.message.endswith("; new since HEAD, because app/main.py:6 was changed")


def test_an_untouched_endpoint_says_which_file_made_it_so(top: Path) -> None:
    settings = 'PREFIX = "/api/v1"\n'
    main = MAIN.replace('"/api/v1"', "PREFIX").replace(
        "\napp =", "from app.core import PREFIX\n\napp ="
    )
    commit(top, {"app/core/__init__.py": settings, "app/main.py": main})
    write(top, {"app/core/__init__.py": 'PREFIX = "/v1"\n'})
    (found,) = since(top).findings
    assert "because app/core/__init__.py:1 was changed" in found.message


def test_a_renamed_file_is_not_new(top: Path) -> None:
    git(top, "mv", "app/api/boats.py", "app/api/ships.py")
    write(top, {"app/main.py": MAIN.replace("boats", "ships")})
    assert codes(since(top)) == []


def test_moved_code_is_not_new(top: Path) -> None:
    write(top, {"app/api/boats.py": None, "app/api/v1/ships.py": BOATS})
    write(top, {"app/main.py": MAIN.replace("api.boats", "api.v1.ships")})
    assert codes(since(top)) == []


def test_compared_is_with_where_the_branch_began(top: Path) -> None:
    git(top, "checkout", "--quiet", "-b", "work")
    commit(top, {"app/main.py": MAIN.replace("/api/v1", "/v1")})
    git(top, "checkout", "--quiet", "main")
    commit(top, {"app/api/boats.py": BOATS.replace("-> dict", "-> ApiResponse[dict]")})
    git(top, "checkout", "--quiet", "work")
    assert codes(since(top, "main")) == ["GRV101"]


def test_a_new_service_is_new_altogether(top: Path) -> None:
    other = top / "services" / "piers"
    write(other, SERVICE)
    (other / "pyproject.toml").write_text("[project]\n")
    assert [f.service for f in since(top).findings] == ["piers"]


def test_a_configuration_that_was_broken_does_not_hide_the_code(top: Path) -> None:
    (top / "gravity-lint.toml").write_text("selekt = []\n")
    commit(top)
    (top / "gravity-lint.toml").write_text("")
    write(top, {"app/main.py": MAIN.replace("/api/v1", "/v1")})
    assert codes(since(top)) == ["GRV101"]


def test_a_rule_that_is_switched_on_since(top: Path) -> None:
    (top / "gravity-lint.toml").write_text('ignore = ["GRV104"]\n')
    commit(top)
    (top / "gravity-lint.toml").write_text("")
    assert codes(since(top, overrides=Overrides())) == ["GRV104"]


def test_nothing_is_left_behind(top: Path) -> None:
    write(top, {"app/main.py": MAIN.replace("/api/v1", "/v1")})
    before = sorted(str(path) for path in top.rglob("*") if ".git" not in path.parts)
    since(top)
    assert sorted(str(path) for path in top.rglob("*") if ".git" not in path.parts) == before
    assert git(top, "status", "--porcelain") == "M app/main.py"


def test_outside_of_git(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": "x = 1\n"})
    with pytest.raises(UsageError, match="no git working tree"):
        run_since("HEAD", [tmp_path], ONLY)
