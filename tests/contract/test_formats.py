"""What reviewers get to read of a change, in each format."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.contract import sides
from gravity_lint.contract.changes import Change, NotCompared, Severity
from gravity_lint.contract.description import Place
from gravity_lint.contract.sides import Verdict
from gravity_lint.reporting.contract import FORMATS
from gravity_lint.sources.spans import Span
from tests.contract.test_callers import BOATS, HEAD, PUBLISHING, SETTINGS, service
from tests.reporting.test_gates import NASTY, SCHEMAS
from tests.revisions.repositories import write


def rendered(form: str, verdict: Verdict, *, whole: bool = False) -> str:
    stream = io.StringIO()
    FORMATS[form](verdict, stream, whole=whole)
    return stream.getvalue()


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """A path that moves, and an event that is no longer published; each with a caller."""
    top = tmp_path_factory.mktemp("fleet")
    asks = 'async def f(n: int):\n    httpx.get(f"{settings.BOATS_SERVICE_URL}/api/v1/boats/{n}")\n'
    told = (
        'async def sell(number: int):\n    await event_bus.publish("boat.sold", {"id": number})\n'
    )
    heard = '@event_bus.subscribe("boat.sold")\nasync def sold(payload: dict): ...\n'
    files = {
        **service("boats", main=BOATS, events=PUBLISHING + told),
        **service("docks", settings=SETTINGS, client=HEAD + asks, events=PUBLISHING + heard),
    }
    moved = {
        "boats/app/main.py": BOATS.replace("/boats/{boat_id}", "/elsewhere/{boat_id}"),
        "boats/app/events.py": PUBLISHING + told.replace("boat.sold", "boat.gone"),
    }
    write(top / "old", files)
    write(top / "new", {**files, **moved})
    return sides.between(str(top / "old"), str(top / "new"))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_callers_are_named(form: str, verdict: Verdict) -> None:
    shown = rendered(form, verdict)
    assert "docks/app/client.py" in shown
    assert "docks/app/events.py" in shown
    assert "event-unpublished" in shown


def nasty(place: Place | None) -> Verdict:
    change = Change("endpoint-removed", Severity.BREAKING, NASTY, NASTY, NASTY, ".", place)
    rows = (change, *(x(change) for x in (waived, harmless, called)))
    return Verdict(NASTY, "the working tree", "/old", "/new", rows, (NotCompared(NASTY, NASTY),))


def waived(change: Change) -> Change:
    return Change(change.kind, change.severity, "GET /a", "is gone", excuse=NASTY)


def harmless(change: Change) -> Change:
    return Change("endpoint-added", Severity.COMPATIBLE, "GET /b", NASTY, place=change.place)


def called(change: Change) -> Change:
    place = Place("a.py", Span(1, 1, 1, 2))
    return Change(
        "response-retyped", Severity.BREAKING, "GET /c", "x", callers=((NASTY, place),), why=NASTY
    )


@pytest.mark.parametrize("place", [None, Place("app/ä b.py", Span(3, 1, 3, 9))])
@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the official schema is not installed (npm)")
def test_sarif_is_what_its_schema_says(place: Place | None, verdict: Verdict) -> None:
    import jsonschema

    schema = json.loads(next(SCHEMAS.glob("*.json")).read_text())
    for shown in (verdict, nasty(place)):
        document: dict[str, Any] = json.loads(rendered("sarif", shown))
        jsonschema.Draft7Validator(schema).validate(document)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_what_names_hold_does_no_harm(form: str) -> None:
    shown = rendered(form, nasty(None))
    assert "\x1b" not in shown
    shown.encode()
    assert form == "github" or "\n::error" not in shown


def test_what_neither_side_tells_is_counted_only() -> None:
    place = Place("app/main.py", Span(7, 1, 7, 9))
    rows = (
        NotCompared("routes", "router `a` (not known)", True, place=place),
        NotCompared("GET /a", "what it answers (is not known)"),
    )
    verdict = Verdict("old", "new", "/old", "/new", (), rows)
    for form in ("text", "markdown"):
        short, whole = rendered(form, verdict), rendered(form, verdict, whole=True)
        assert "router `a`" not in short
        assert "what it answers" in short
        assert "1 part that neither side tells" in short
        assert "router `a`" in whole
        assert "app/main.py:7" in whole
        assert "neither side" not in whole


def test_only_what_neither_side_tells(capsys: pytest.CaptureFixture[str]) -> None:
    rows = (NotCompared("routes", "router `a` (not known)", True),)
    shown = rendered("text", Verdict("old", "new", "/old", "/new", (), rows))
    assert "Not compared: 1 part that neither side tells (--all lists it)" in shown


def test_what_does_not_fit_into_a_comment_is_counted() -> None:
    rows = tuple(
        Change(
            "endpoint-removed", Severity.BREAKING, f"GET /a/{number}", "is gone" + " really" * 20
        )
        for number in range(1000)
    )
    verdict = Verdict("old", "new", "/old", "/new", rows)
    shown = rendered("markdown", verdict)
    assert 50_000 < len(shown) < 65_000
    last = shown.splitlines()[-1]
    assert "more than fit into a comment" in last
    assert int(last.split()[0][1:]) + shown.count("GET /a/") == 1000
    assert rendered("markdown", verdict, whole=True).count("GET /a/") == 1000


def test_paths_are_those_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = Place("app/main.py", Span(7, 1, 7, 9))
    change = Change("endpoint-removed", Severity.BREAKING, "GET /a", "is gone", place=place)
    shown = rendered("text", Verdict("old", "new", str(tmp_path), str(tmp_path), (change,)))
    assert "\n      app/main.py:7\n" in shown
