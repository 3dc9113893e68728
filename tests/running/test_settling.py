"""Rules about the fleet: questions of one service that the others answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.findings.finding import Finding
from gravity_lint.running.means import Means
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run

BUS = """
class EventBus:
    async def publish(self, event_type: str, data: dict): ...

    def subscribe(self, event_type: str): ...


event_bus = EventBus()
"""
USERS = """
from app.events import event_bus


async def create():
    await event_bus.publish("user.created", {})


async def rename():
    await event_bus.publish("user.renamed", {})
"""
MAIL = """
from app.events import event_bus


@event_bus.subscribe("user.created")
async def welcome(event): ...
"""
OVERRIDES = Overrides(select=("GRV710", "GRV001"))


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    for name, code in (("users", USERS), ("mail", MAIL)):
        app = tmp_path / name / "app"
        app.mkdir(parents=True)
        (tmp_path / name / "pyproject.toml").touch()
        (app / "events.py").write_text(BUS)
        (app / "main.py").write_text(code)
    return tmp_path


def lint(*paths: Path, means: Means = Means()) -> Report:  # noqa: B008
    report = run(paths, OVERRIDES, means=means)
    assert report.problems == ()
    return report


def said(report: Report) -> list[str]:
    return [x.message.split('"')[1] for x in report.findings if x.code == "GRV710"]


def rates(report: Report) -> tuple[int, int]:
    rows = [tally for tally in report.tallies if tally.code == "GRV710"]
    return sum(x.subjects for x in rows), sum(x.violations for x in rows)


def test_the_other_end_may_be_in_another_service(fleet: Path) -> None:
    report = lint(fleet)
    assert said(report) == ["user.renamed"]
    assert rates(report) == (3, 1)
    assert report.open == ()


def test_a_service_by_itself_has_only_its_own_ends(fleet: Path) -> None:
    assert said(lint(fleet / "users")) == ["user.created", "user.renamed"]
    assert said(lint(fleet / "mail")) == ["user.created"]


def test_what_is_named_of_a_service_does_not_matter(fleet: Path) -> None:
    """Its other files tell all the same."""
    report = lint(fleet / "users" / "app" / "main.py", fleet / "mail" / "app" / "events.py")
    assert said(report) == ["user.renamed"]
    assert rates(report) == (2, 1)


def test_neither_processes_nor_what_is_kept_change_the_answer(fleet: Path) -> None:
    kept = fleet / "kept"
    first = lint(fleet / "users", fleet / "mail", means=Means(keep=True, directory=kept))
    again = lint(fleet / "users", fleet / "mail", means=Means(keep=True, directory=kept))
    apart = lint(fleet / "users", fleet / "mail", means=Means(jobs=2))
    expected: list[Finding] = [*first.findings]
    assert [*again.findings] == [*apart.findings] == expected
    assert said(first) == ["user.renamed"]
    (fleet / "mail" / "app" / "main.py").write_text(MAIL.replace("created", "renamed"))
    later = lint(fleet / "users", fleet / "mail", means=Means(keep=True, directory=kept))
    assert said(later) == ["user.created"]


def test_a_name_that_is_not_known_may_be_any(fleet: Path) -> None:
    text = MAIL.replace('"user.created"', "unknown()")
    (fleet / "mail" / "app" / "main.py").write_text(text)
    report = lint(fleet)
    assert said(report) == []
    assert rates(report) == (0, 0)


def test_a_comment_excuses_it(fleet: Path) -> None:
    text = USERS.replace('renamed", {})', 'renamed", {})  # noqa: GRV710')
    (fleet / "users" / "app" / "main.py").write_text(text)
    report = lint(fleet)
    assert report.findings == ()


def test_those_who_do_not_ask_tell_all_the_same(fleet: Path) -> None:
    (fleet / "mail" / "pyproject.toml").write_text("[tool.gravity-lint]\nselect = ['GRV101']\n")
    (fleet / "users" / "pyproject.toml").write_text("[tool.gravity-lint]\nselect = ['GRV710']\n")
    assert said(run([fleet], Overrides())) == ["user.renamed"]
