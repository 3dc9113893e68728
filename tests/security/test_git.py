"""Git is asked about a repository whose settings and attributes may be anybody's."""

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


def asked(top: Path, base: str) -> dict[str, tuple[range, ...]]:
    """Return what changed in *top* since *base*, after asking all that is ever asked."""
    repository = Repository.around(top)
    repository.changes(repository.merge_base(repository.resolve(base)))
    with laid_out(repository, base):
        return dict(repository.changed_lines(base))


@pytest.mark.parametrize(
    "key",
    [
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "interactive.diffFilter",
        "core.askPass",
        "core.editor",
        "core.hooksPath",
    ],
)
def test_no_program_that_a_repository_names_is_started(top: Path, tmp_path: Path, key: str) -> None:
    base = commit(top, {"a.py": "a = 1\n", ".gitattributes": "*.py diff=evil\n"})
    proof = tmp_path / "proof"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    names = ("evil", "post-index-change", "post-checkout", "fsmonitor-watchman")
    for script in (hooks / name for name in names):
        script.write_text(f"#!/bin/sh\ntouch '{proof}'\n")
        script.chmod(0o755)
    git(top, "config", key, str(hooks if key == "core.hooksPath" else hooks / "evil"))
    os.utime(top / "a.py", (1, 1))  # so that git has to refresh its index
    write(top, {"a.py": "a = 1\nb = 2\n"})
    assert asked(top, base) == {"a.py": (range(2, 3),)}
    assert not proof.exists()


@pytest.mark.parametrize(
    "attribute", ["-diff", "binary", "-text", "diff=none", "diff", "export-ignore", "text eol=crlf"]
)
def test_attributes_hide_no_change(top: Path, attribute: str) -> None:
    base = commit(top, {"a.py": "a = 1\nb = 1\n"})
    write(top, {"a.py": "a = 1\nb = 2\n", ".gitattributes": f"*.py {attribute}\n"})
    assert asked(top, base)["a.py"] == (range(2, 3),)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("diff.noprefix", "true"),
        ("diff.mnemonicPrefix", "true"),
        ("diff.interHunkContext", "50"),
        ("diff.context", "9"),
        ("diff.relative", "true"),
        ("diff.renames", "false"),
        ("diff.submodule", "diff"),
        ("diff.orderFile", "/dev/null"),
        ("color.ui", "always"),
        ("core.quotePath", "true"),
        ("diff.wordRegex", "."),
    ],
)
def test_settings_change_nothing_that_is_told(top: Path, key: str, value: str) -> None:
    body = "".join(f"line{number} = {number}\n" for number in range(20))
    base = commit(top, {"ä.py": body, "old.py": body.replace("line", "row")})
    git(top, "mv", "old.py", "new.py")
    write(top, {"ä.py": body.replace("= 3\n", "= 4\n").replace("= 9\n", "= 10\n")})
    git(top, "config", key, value)
    assert asked(top, base) == {"ä.py": (range(4, 5), range(10, 11))}
    assert Change("old.py", "new.py") in Repository.around(top).changes(base)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GIT_DIR", "/nowhere"),
        ("GIT_DIR", ".git"),
        ("GIT_WORK_TREE", "/"),
        ("GIT_INDEX_FILE", "/nowhere/index"),
        ("GIT_EXTERNAL_DIFF", "false"),
        ("GIT_DIFF_OPTS", "-u9"),
        ("GIT_PREFIX", "somewhere/"),
    ],
)
def test_what_a_hook_is_told_of_another_repository_does_not_count(
    top: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    base = commit(top, {"app/a.py": "a = 1\n"})
    write(top, {"app/a.py": "a = 1\nb = 2\n"})
    monkeypatch.setenv(variable, value)
    repository = Repository.around(top / "app")
    assert repository.top == top.resolve()
    assert repository.changed_lines(base) == {"app/a.py": (range(2, 3),)}


@pytest.mark.skipif(not hasattr(os, "chown") or os.geteuid() != 0, reason="only root gives away")
def test_a_repository_of_somebody_else_is_asked_only_if_git_trusts_it(
    top: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    commit(top, {"a.py": "a = 1\n"})
    for place in (top, top / ".git"):
        os.chown(place, 65534, 65534)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SUDO_UID", raising=False)
    with pytest.raises(UsageError, match=r"dubious ownership.*: git config --global --add safe"):
        Repository.around(top)
