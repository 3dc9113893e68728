"""What git is asked, against the real git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gravity_lint.errors import UsageError
from gravity_lint.revisions.repository import Change, Repository
from gravity_lint.revisions.snapshot import laid_out
from tests.revisions.repositories import commit, git, start, write


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return start(tmp_path / "shop")


def test_changes_are_told_up_to_the_working_tree(top: Path) -> None:
    body = "".join(f"line{number} = {number}\n" for number in range(20))
    first = commit(top, {"a.py": "a = 1\n", "old.py": "b = 1\n", "moved.py": body})
    git(top, "mv", "moved.py", "new.py")
    write(top, {"a.py": "a = 2\n", "old.py": None, "fresh.py": "c = 1\n"})
    changes = set(Repository.around(top).changes(first))
    assert changes == {
        Change("a.py", "a.py"),
        Change("old.py", None),
        Change(None, "fresh.py"),
        Change("moved.py", "new.py"),
    }


def test_changes_between_two_revisions_leave_the_tree_alone(top: Path) -> None:
    first = commit(top, {"a.py": "a = 1\n"})
    second = commit(top, {"a.py": "a = 2\n"})
    write(top, {"b.py": "untracked = 1\n"})
    assert Repository.around(top).changes(first, second) == (Change("a.py", "a.py"),)


def test_changed_lines_are_those_of_the_new_text(top: Path) -> None:
    first = commit(top, {"a.py": "1\n2\n3\n4\n5\n", "weiß und.py": "x\n"})
    write(top, {"a.py": "1\ntwo\nzwei\n3\n5\n", "weiß und.py": "y\n"})
    lines = Repository.around(top).changed_lines(first)
    assert lines == {"a.py": (range(2, 4), range(5, 6)), "weiß und.py": (range(1, 2),)}


@pytest.mark.parametrize("name", ["with space", 'quo"te', "tab\there", "new\nline", "ümlaut"])
def test_odd_names_survive(top: Path, name: str) -> None:
    first = commit(top, {"a.py": "a\n"})
    second = commit(top, {f"{name}.py": "x = 1\n"})
    repository = Repository.around(top)
    assert repository.changes(first, second) == (Change(None, f"{name}.py"),)
    assert repository.changed_lines(first, second) == {f"{name}.py": (range(1, 2),)}
    with laid_out(repository, second) as there:
        assert (there / f"{name}.py").read_text() == "x = 1\n"


def test_a_revision_is_laid_out_as_it_was(top: Path) -> None:
    (top / "link.py").symlink_to("app/a.py")
    (top / "pyproject.toml").write_text("[project]\n")
    (top / "picture.png").write_bytes(b"\x00")
    old = commit(top, {"app/a.py": "a = 1\n"})
    commit(top, {"app/a.py": "a = 2\n"})
    with laid_out(Repository.around(top), old) as there:
        assert there.name == "shop"
        assert (there / "app/a.py").read_text() == "a = 1\n"
        assert os.readlink(there / "link.py") == "app/a.py"
        assert (there / "pyproject.toml").exists()
        assert not (there / "picture.png").exists()
    assert not there.exists()
    assert git(top, "status", "--porcelain") == ""


def test_no_link_leads_out(top: Path) -> None:
    (top / "out.py").symlink_to("../../secret.py")
    (top / "abs.py").symlink_to("/etc/passwd")
    only = commit(top)
    with laid_out(Repository.around(top), only) as there:
        assert sorted(path.name for path in there.iterdir()) == [".git"]


def test_names_that_are_no_revision(top: Path) -> None:
    commit(top, {"a.py": "a\n"})
    repository = Repository.around(top)
    for name in ("nowhere", "--help", "HEAD~9", ""):
        with pytest.raises(UsageError, match="no revision"):
            repository.resolve(name)


def test_a_shallow_clone_is_told_what_to_do(top: Path, tmp_path: Path) -> None:
    commit(top, {"a.py": "a\n"})
    commit(top, {"a.py": "b\n"})
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{top}", "clone")
    with pytest.raises(UsageError, match="fetch-depth"):
        Repository.around(tmp_path / "clone").resolve("HEAD~1")


def test_outside_of_a_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git working tree"):
        Repository.around(tmp_path)


def test_without_git(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(top))
    with pytest.raises(UsageError, match="is it installed"):
        Repository.around(top)


def test_pictures_that_a_partial_clone_lacks_are_not_missed(top: Path) -> None:
    revision = commit(top, {"a.py": "a = 1\n", "logo.png": "picture"})
    lose(top, "logo.png")
    with laid_out(Repository.around(top), revision) as there:
        assert (there / "a.py").read_text() == "a = 1\n"
    lose(top, "a.py")
    with pytest.raises(UsageError, match="lost the object"), laid_out(Repository(top), revision):
        pass


def lose(top: Path, name: str) -> None:
    """Remove what git keeps of the file *name*."""
    kept = git(top, "rev-parse", f"HEAD:{name}")
    (top / ".git/objects" / kept[:2] / kept[2:]).unlink()
