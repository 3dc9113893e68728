"""Unused suppressions in whole runs: what was selected, named, broken and mended matters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.running.mending import mend
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run
from gravity_rules.exceptions import silent_except

NEEDED = """def warm(cache, key):
    try:
        cache.load(key)
    except Exception:  # noqa: GRV412
        pass
"""
IDLE = "LIMIT = 5  # noqa: GRV412\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "app").mkdir()
    return tmp_path


def place(root: Path, **files: str) -> None:
    for name, text in files.items():
        (root / "app" / f"{name}.py").write_text(text)


def ask(paths: Sequence[Path], **overrides: Sequence[str]) -> Report:
    return run(paths, Overrides(**{k: tuple(v) for k, v in overrides.items()}))


def idle(report: Report) -> list[str]:
    return [Path(x.path).name for x in report.findings if x.code == "GRV001"]


def test_only_what_nobody_needs(root: Path) -> None:
    place(root, needed=NEEDED, idle=IDLE)
    report = ask([root])
    assert idle(report) == ["idle.py"]
    assert report.suppressed == 1


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"select": ["GRV001"]}, []),
        ({"select": ["GRV001", "GRV404"]}, []),
        ({"select": ["GRV001", "GRV412"]}, ["idle.py"]),
        ({"select": ["GRV0", "silent-except"]}, ["idle.py"]),
        ({"select": ["GRV4"]}, []),
        ({"ignore": ["GRV412"]}, []),
        ({"ignore": ["GRV001"]}, []),
        ({"ignore": ["GRV404"]}, ["idle.py"]),
    ],
)
def test_a_rule_that_is_not_asked_says_nothing(
    root: Path, overrides: dict[str, list[str]], expected: list[str]
) -> None:
    place(root, idle=IDLE)
    assert idle(ask([root], **overrides)) == expected


def test_what_is_reported_is_what_was_named(root: Path) -> None:
    place(root, needed=NEEDED, idle=IDLE, more=IDLE)
    assert idle(ask([root / "app" / "needed.py"])) == []
    assert idle(ask([root / "app" / "more.py"])) == ["more.py"]


def test_the_service_around_a_named_file_is_known(root: Path) -> None:
    """The comment is needed because of another file; naming one of them changes nothing."""
    place(
        root,
        main="from fastapi import FastAPI\nfrom app.orders import fail\napp = FastAPI()\n",
        errors="class GravityException(Exception):  # noqa: GRV408\n    '''Base.'''\n",
        orders="from app.errors import GravityException\ndef fail():\n    raise GravityException\n",
    )
    assert idle(ask([root])) == idle(ask([root / "app" / "errors.py"])) == []
    place(root, orders="def fail(): ...\n")
    assert idle(ask([root])) == idle(ask([root / "app" / "errors.py"])) == ["errors.py"]


def test_a_crash_is_no_silence(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place(root, needed=NEEDED, idle=IDLE, other="LIMIT = 5  # noqa: GRV404\n")

    def fail(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(silent_except.check, "_check", fail)
    report = ask([root])
    assert [problem.code for problem in report.problems] == ["GRV412"]
    assert idle(report) == ["other.py"]


def test_a_file_that_cannot_be_judged_leaves_doubts(root: Path) -> None:
    place(root, idle=IDLE, broken="def (:\n")
    assert idle(ask([root])) == []
    (root / "app" / "broken.py").unlink()
    (root / "scripts").mkdir()
    (root / "scripts" / "broken.py").write_text("print 'x'\n")
    (root / "scripts" / "idle.py").write_text(IDLE)
    assert idle(ask([root])) == ["idle.py"]
    assert [Path(x.path).parent.name for x in ask([root]).findings if x.code == "GRV001"] == ["app"]


def test_the_comment_may_name_this_rule(root: Path) -> None:
    place(root, idle="LIMIT = 5  # noqa: GRV412, GRV001\n")
    assert idle(ask([root])) == []


def test_a_bare_comment_does_not_hide_what_is_said_about_itself(root: Path) -> None:
    (root / "gravity-lint.toml").write_text("require-suppression-reason = true\n")
    place(root, needed=NEEDED.replace(": GRV412", ""), whole="# gravity-lint: ignore-file\n")
    report = ask([root])
    assert [(x.code, Path(x.path).name) for x in report.findings] == [
        ("GRV002", "needed.py"),
        ("GRV002", "whole.py"),
    ]


def test_the_fix_leaves_everything_else(root: Path) -> None:
    text = "LIMIT = 5  # type: ignore  # noqa: E501, GRV412 -- it must be\nX = 1  # noqa: GRV412\n"
    place(root, idle=text, needed=NEEDED)
    mending = mend([root], Overrides(extend_select=("GRV001",)))
    assert [Path(one.path).name for one in mending.mended] == ["idle.py"]
    assert (root / "app" / "idle.py").read_text() == (
        "LIMIT = 5  # type: ignore  # noqa: E501 -- it must be\nX = 1\n"
    )
    assert (root / "app" / "needed.py").read_text() == NEEDED
    assert not mend([root], Overrides()).mended


def test_a_mended_finding_leaves_its_comment_idle(root: Path) -> None:
    """What a comment has suppressed is mended by hand; the next run mends the comment."""
    place(root, needed=NEEDED)
    assert idle(ask([root])) == []
    place(root, needed=NEEDED.replace("Exception", "KeyError"))
    assert idle(ask([root])) == ["needed.py"]
    mend([root], Overrides())
    assert "noqa" not in (root / "app" / "needed.py").read_text()
