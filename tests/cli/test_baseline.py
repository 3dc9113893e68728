"""A team adopts the linter on the day it arrives: findings, baseline, green, and after that."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.fleets import ENDPOINT, MAIN, lint, settle
from tests.revisions.repositories import commit, git, write


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A repository with a service that has four findings."""
    return settle(tmp_path / "fleet")


def test_the_day_it_arrives_and_those_after(fleet: Path) -> None:
    status, said = lint(fleet, "check", "--baseline", "", "--format", "concise", ".")
    assert (status, said.count(" GRV1")) == (1, 4)
    assert lint(fleet)[0] == 2  # the configuration names a baseline that is not there yet

    status, said = lint(fleet, "baseline")
    assert (status, said.strip()) == (0, "known.txt: 4 findings recorded, 4 in all.")
    status, said = lint(fleet)
    assert status == 0
    assert "4 by baseline" in said or "4 excused by baseline" in said, said
    assert lint(fleet, "--select", "GRV", "--extend-exclude", "x", "app", program="flake8")[0] == 0

    boats = fleet / "app/api/boats.py"
    more = ENDPOINT[ENDPOINT.index("@router") :].format("hull")
    boats.write_text(f"# moved\n\n{boats.read_text()}\n\n{more}")
    status, said = lint(fleet, "--format", "github")
    assert status == 1
    assert said.count("::error") + said.count("::warning") >= 2
    assert "get_hull" in said
    assert "get_boat" not in said
    status, said = lint(fleet, "--select", "GRV", "app", program="flake8")
    assert (status, said.count("get_boat")) == (1, 0)

    mended = ENDPOINT.format("boat").replace("-> dict", "-> ApiResponse[dict]")
    boats.write_text(mended.replace("router =", "from app.schemas import ApiResponse\n\nrouter ="))
    status, said = lint(fleet)
    assert status == 0, said
    assert "gravity-lint baseline --prune" in said
    assert "GRV104 in app/api/boats.py no longer is there" in said
    status, said = lint(fleet, "baseline", "--prune")
    assert said.strip() == "known.txt: 1 stale finding taken out, 3 in all."
    assert "prune" not in lint(fleet)[1]
    boats.write_text(ENDPOINT.format("boat"))
    assert lint(fleet)[0] == 1  # what has come back is new


def test_naming_some_files_keeps_the_entries_of_the_others(fleet: Path) -> None:
    lint(fleet, "baseline")
    before = (fleet / "known.txt").read_text()
    lint(fleet, "baseline", "app/api/boats.py")
    assert (fleet / "known.txt").read_text() == before
    status, said = lint(fleet, "app/api/boats.py")
    assert (status, "prune" in said) == (0, False)


def test_branches_that_rename_and_that_mend_merge(fleet: Path) -> None:
    lint(fleet, "baseline")
    commit(fleet)
    git(fleet, "checkout", "--quiet", "-b", "rename")
    git(fleet, "mv", "app/api/piers.py", "app/api/quays.py")
    write(fleet, {"app/main.py": MAIN.replace("api.piers", "api.quays")})
    assert lint(fleet)[0] == 0
    lint(fleet, "baseline")
    commit(fleet)
    git(fleet, "checkout", "--quiet", "main")
    git(fleet, "checkout", "--quiet", "-b", "mend")
    mended = ENDPOINT.format("boat").replace('"""', "").replace("-> dict", "-> ApiResponse[dict]")
    write(fleet, {"app/api/boats.py": f"from app.schemas import ApiResponse\n{mended}"})
    lint(fleet, "baseline", "--prune")
    commit(fleet)
    git(fleet, "merge", "--quiet", "--no-edit", "rename")
    assert lint(fleet, "--select", "GRV", "app", program="flake8")[0] == 0
    status, said = lint(fleet)
    assert status == 0, said
    assert "prune" not in said, said + (fleet / "known.txt").read_text()


def test_branches_that_touch_lines_side_by_side_merge_with_the_union_of_both(fleet: Path) -> None:
    (fleet / ".gitattributes").write_text("known.txt merge=union\n")
    lint(fleet, "baseline")
    commit(fleet)
    git(fleet, "checkout", "--quiet", "-b", "rename")
    git(fleet, "mv", "app/api/piers.py", "app/api/quays.py")
    write(fleet, {"app/main.py": MAIN.replace("api.piers", "api.quays")})
    lint(fleet, "baseline")
    commit(fleet)
    git(fleet, "checkout", "--quiet", "-b", "mend", "main")
    words = ["Get.", "", "    Args:", "        boat_id: it", "", "    Returns:", "        it"]
    documented = '    """' + "\n".join(words) + '\n    """\n'
    mended = ENDPOINT.format("boat").replace("-> dict", "-> ApiResponse[dict]")
    mended = mended.replace("    return", f"{documented}    return")
    write(fleet, {"app/api/boats.py": f"from app.schemas import ApiResponse\n{mended}"})
    status, said = lint(fleet, "baseline", "--prune")
    assert "2 stale findings taken out, 2 in all" in said
    commit(fleet)
    git(fleet, "merge", "--quiet", "--no-edit", "rename")
    status, said = lint(fleet)
    assert status == 0, said
    assert lint(fleet, "--select", "GRV", "app", program="flake8")[0] == 0
    # No entry is lost; one that came back with the other side's lines is told.
    lint(fleet, "baseline", "--prune")
    assert "prune" not in lint(fleet)[1]
    quays = fleet / "app/api/quays.py"
    quays.write_text(quays.read_text() + ENDPOINT[ENDPOINT.index("@router") :].format("hull"))
    assert lint(fleet, "--select", "GRV", "app", program="flake8")[0] == 1


def test_what_cannot_be_judged_is_not_recorded(fleet: Path) -> None:
    (fleet / "app/api/gravity-lint.toml").write_text("layers = 1\n")
    status, said = lint(fleet, "baseline")
    assert status == 2
    assert "nothing was recorded" in said
    assert not (fleet / "known.txt").exists()


def test_a_file_that_does_not_parse_makes_no_entry_stale(fleet: Path) -> None:
    lint(fleet, "baseline")
    (fleet / "app/api/boats.py").write_text("def broken(:\n")
    assert "prune" not in lint(fleet, "--extend-select", "GRV003")[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<<<<<<< HEAD\n", "unresolved merge"),
        ("\x00", "known.txt, line 1"),
        (None, "no such baseline"),
    ],
)
def test_a_baseline_that_is_none(fleet: Path, text: str | None, words: str) -> None:
    if text is not None:
        (fleet / "known.txt").write_text(text)
    status, said = lint(fleet)
    assert status == 2
    assert words in said
    assert "Traceback" not in said


def test_since_is_about_what_is_new(fleet: Path) -> None:
    write(fleet, {"app/main.py": MAIN.replace("(boats)", '(boats, prefix="/x")')})
    arguments = ("--baseline", "", "--since", "HEAD", "--select", "GRV101", "--format", "concise")
    status, said = lint(fleet, *arguments)
    assert status == 1
    assert "new since HEAD, because app/main.py:7 was changed" in said
    assert lint(fleet, "--since", "nowhere")[0] == 2
    assert lint(fleet, "--since", "HEAD", "--fix")[0] == 2
