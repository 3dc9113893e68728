"""One edit at a time, the framework is the judge: what is said of it is what running shows.

Each pair of small services (`pairs.edits`) is compared from its source, and both applications are
really run: their OpenAPI documents are compared by themselves (`pairs.effects`), there and back,
and what no document shows is asked by requests.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.contract.changes import Change, Severity
from gravity_lint.contract.comparison import Comparison, compare
from gravity_lint.contract.description import Description
from gravity_lint.contract.extraction import describe_all
from tests.contract.pairs import differ, running
from tests.contract.pairs.edits import PAIRS, Pair
from tests.contract.pairs.effects import Operation, address_of, effects
from tests.contract.pairs.service import FILES

BASE = "base"
PARTS = {
    "endpoint-deprecated": "deprecated",
    "endpoint-undeprecated": "deprecated",
    "error-changed": "status",
    "error-lost": "status",
    "media-added": "response",
    "media-changed": "response",
    "media-removed": "response",
    "path-parameter-renamed": "parameters",
    "success-status-changed": "status",
}
"""The part of an operation that a kind of change is about, where its first word does not say so."""
KINDS = {
    *("endpoint-added", "endpoint-conditional", "endpoint-deprecated", "endpoint-hidden"),
    *("endpoint-moved", "endpoint-removed", "endpoint-shadowed", "endpoint-shown"),
    *("endpoint-unconditional", "endpoint-undeprecated", "endpoint-unshadowed"),
    *("method-changed", "path-parameter-renamed"),
    *("error-changed", "error-lost", "status-added", "status-removed", "success-status-changed"),
    *("authentication-added", "authentication-removed", "authorization-added"),
    *("authorization-changed", "authorization-removed"),
    *("parameter-added", "parameter-constraint-narrowed", "parameter-constraint-widened"),
    *("parameter-default-changed", "parameter-moved", "parameter-optional", "parameter-removed"),
    *("parameter-renamed", "parameter-required", "parameter-retyped"),
    *("parameter-value-added", "parameter-value-removed"),
    *("body-added", "body-media-changed", "body-removed"),
    *("request-constraint-narrowed", "request-constraint-widened", "request-default-changed"),
    *("request-extra-fields", "request-field-added", "request-field-optional"),
    *("request-field-removed", "request-field-renamed", "request-field-required"),
    *("request-not-nullable", "request-nullable", "request-retyped"),
    *("request-union-member-added", "request-union-member-removed"),
    *("request-value-added", "request-value-removed"),
    *("media-added", "media-changed", "media-removed"),
    *("response-constraint-narrowed", "response-constraint-widened", "response-described"),
    *("response-field-added", "response-field-optional", "response-field-removed"),
    *("response-field-renamed", "response-field-required", "response-not-nullable"),
    *("response-nullable", "response-omits", "response-no-longer-omits", "response-paginated"),
    *("response-retyped", "response-undescribed", "response-union-member-added"),
    *("response-union-member-removed", "response-unpaginated", "response-unwrapped"),
    *("response-value-added", "response-value-removed", "response-wrapped"),
}
"""What the pairs show, there or back: no kind of change is without one."""
WORDS = {
    "authentication": "security",
    "authorization": "security",
    "body": "body",
    "endpoint": "endpoint",
    "parameter": "parameters",
    "request": "body",
    "response": "response",
    "status": "status",
}


def name_of(pair: Pair) -> str:
    return str(PAIRS.index(pair))


def edited(pair: Pair) -> dict[str, str]:
    """Return the files of the service with the edit of *pair*, in every file that has the text."""
    assert pair.old in FILES[pair.file], pair.title
    named = pair.title == "only the model's name changes"
    return {
        name: text.replace(pair.old, pair.new) if name == pair.file or named else text
        for name, text in FILES.items()
    }


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All services, laid out."""
    top = tmp_path_factory.mktemp("pairs")
    for name, files in [(BASE, FILES), *((name_of(pair), edited(pair)) for pair in PAIRS)]:
        for relative, text in {"pyproject.toml": "", **files}.items():
            place = top / name / relative
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
    return top


@pytest.fixture(scope="session")
def told(services: Path) -> dict[str, Any]:
    """What the running applications say and answer."""
    asked = {
        name_of(pair): [
            {"method": seen.method, "path": seen.path, "given": seen.given} for seen in pair.seen
        ]
        for pair in PAIRS
    }
    asked[BASE] = [request for requests in asked.values() for request in requests]
    (services / "requests.json").write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(Path(running.__file__)), str(services), "requests.json"],
        capture_output=True,
        text=True,
        check=False,
        cwd=services,
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    rows = iter(said[BASE]["answers"])
    for pair in PAIRS:
        said[name_of(pair)]["before"] = [next(rows) for _ in pair.seen]
    return said


@pytest.fixture(scope="session")
def described(services: Path) -> dict[str, Description]:
    """What the source of each service says."""
    found = {}
    for place in sorted(x for x in services.iterdir() if x.is_dir()):
        (found[place.name],) = describe_all([place], place).descriptions
    return found


def compared(one: Description, other: Description) -> Comparison:
    return compare([one], [other])


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.title for pair in PAIRS])
def test_kinds(pair: Pair, described: dict[str, Description]) -> None:
    comparison = compared(described[BASE], described[name_of(pair)])
    said = {(change.kind, change.severity.value) for change in comparison.changes}
    assert said == set(pair.changes.items())
    assert bool(comparison.not_compared) is pair.unknown


@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
@pytest.mark.parametrize("pair", PAIRS, ids=[pair.title for pair in PAIRS])
def test_documents_agree(
    pair: Pair, back: bool, described: dict[str, Description], told: dict[str, Any]
) -> None:
    names = (name_of(pair), BASE) if back else (BASE, name_of(pair))
    comparison = compared(*(described[name] for name in names))
    real = effects(*(told[name]["openapi"] for name in names))
    said = parts(comparison.changes)
    silent = {address(row.subject) for row in comparison.not_compared}
    for effect in real:
        severities = said.get((effect.operation, effect.part), set())
        assert severities or effect.operation in silent, effect
        if effect.breaks and effect.operation not in silent and not pair.hidden:
            assert severities & {Severity.BREAKING, Severity.POSSIBLY}, effect
        if not effect.breaks:
            assert Severity.BREAKING not in severities, effect
    if not pair.hidden:
        shown = {(effect.operation, effect.part) for effect in real}
        new = {effect.operation for effect in real if effect.part == "added"}
        old = {key for key in said if key[0] not in new or key[1] == "added"}
        assert {key for key in old if key[1] != "status"} <= shown


@pytest.mark.parametrize(
    "pair", [pair for pair in PAIRS if pair.seen], ids=lambda pair: str(pair.title)
)
def test_requests_show_it(pair: Pair, told: dict[str, Any]) -> None:
    said = told[name_of(pair)]
    for seen, before, after in zip(pair.seen, said["before"], said["answers"], strict=True):
        shown = [set(answer[1]) if seen.what == "keys" else answer[0] for answer in (before, after)]
        assert shown == [seen.before, seen.after]


@pytest.mark.skipif(differ.LACKING, reason="the rules of Optic are not installed")
def test_another_judge_agrees(described: dict[str, Description], told: dict[str, Any]) -> None:
    ways = [(pair, back) for pair in PAIRS for back in (False, True)]
    names = [(name_of(pair), BASE) if back else (BASE, name_of(pair)) for pair, back in ways]
    broken = differ.breaks([(told[a]["openapi"], told[b]["openapi"]) for a, b in names])
    only_theirs, only_ours = set(), set()
    for (pair, back), sides, theirs in zip(ways, names, broken, strict=True):
        comparison = compared(*(described[name] for name in sides))
        said = parts(comparison.changes)
        silent = {address(row.subject) for row in comparison.not_compared}
        for operation, part, _ in theirs:
            severities = said.get((operation, part), set())
            if part in ("response", "status") and (operation, "removed") not in said:
                severities = severities | said.get((operation, "status"), set())
            harmful = severities & {Severity.BREAKING, Severity.POSSIBLY}
            if not harmful and operation not in silent and (operation, "removed") not in said:
                only_theirs.add((pair.title, back))
        seen = {(row.operation, row.part) for row in theirs}
        for change in comparison.changes:
            if change.severity is Severity.BREAKING and seen.isdisjoint(_parts(change)):
                only_ours.add(change.kind)
    assert only_theirs == set(differ.ELSEWHERE)
    assert only_ours == set(differ.UNSEEN)


def test_every_way_back_is_told_as_well(described: dict[str, Description]) -> None:
    kinds = {
        change.kind
        for pair in PAIRS
        for names in ((BASE, name_of(pair)), (name_of(pair), BASE))
        for change in compared(*(described[name] for name in names)).changes
    }
    assert len(PAIRS) >= 60
    assert kinds >= KINDS, sorted(KINDS - kinds)


def address(subject: str) -> Operation:
    method, _, path = subject.partition(" ")
    return address_of(method, path)


def parts(changes: tuple[Change, ...]) -> dict[tuple[Operation, str], set[Severity]]:
    """Return the severities of *changes* by operation and by the part that they are about."""
    found: dict[tuple[Operation, str], set[Severity]] = defaultdict(set)
    for change in changes:
        for operation, part in _parts(change):
            # Where something has moved to, it is new.
            found[operation, part].add(Severity.COMPATIBLE if part == "added" else change.severity)
    return found


def _parts(change: Change) -> list[tuple[Operation, str]]:
    if change.subject.startswith("exception "):
        return []
    here = address(change.subject)
    if change.kind in PARTS:
        return [(here, PARTS[change.kind])]
    match change.kind:
        case "response-described" | "response-undescribed":
            return [(here, "response"), (here, "status")]
        case "endpoint-removed":
            return [(here, "removed")]
        case "endpoint-hidden":
            return [(here, "removed")]
        case "endpoint-added" | "endpoint-shown":
            return [(here, "added")]
        case "endpoint-moved" | "method-changed":
            return [(address(change.before), "removed"), (here, "added")]
    return [(here, WORDS[change.kind.partition("-")[0]])]
