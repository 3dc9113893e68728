"""What each kind of difference does to callers, on descriptions written by hand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gravity_lint.contract.changes import Severity
from gravity_lint.contract.comparison import Comparison, compare
from gravity_lint.contract.description import (
    Answer,
    Body,
    CacheKey,
    Description,
    Event,
    Field,
    Guard,
    Kind,
    Operation,
    Parameter,
    Place,
    Shape,
    Unresolved,
)
from gravity_lint.sources.spans import START, Span

HERE = Place("app/api/boats.py", START)
INTEGER, NUMBER, STRING = Shape(Kind.INTEGER), Shape(Kind.NUMBER), Shape(Kind.STRING)
NULL, ANY = Shape(Kind.NULL), Shape(Kind.ANY)
UNKNOWN = Shape(Kind.UNKNOWN, why="a base is out of view")
OPERATION = Operation("GET", "/api/v1/boats/{boat_id}", "app/api/boats.py::get_boat", HERE)


def model(name: str = "Boat", extra: str = "ignore", **fields: Any) -> Shape:
    """Make a model: a shape is a required field, a pair of shape and default an optional one."""
    made = [
        Field(key, shape)
        if isinstance(shape, Shape)
        else Field(key, shape[0], required=False, has_default=True, default=shape[1])
        for key, shape in fields.items()
    ]
    return Shape(Kind.OBJECT, name, fields=tuple(made), extra=extra)


def listed(item: Shape) -> Shape:
    return Shape(Kind.ARRAY, item=item)


def union(*members: Shape) -> Shape:
    return Shape(Kind.UNION, members=members)


def enum(*values: str) -> Shape:
    return Shape(Kind.ENUM, "Colour", values=values)


def bound(**bounds: Any) -> Shape:
    return Shape(Kind.INTEGER, bounds=tuple(bounds.items()))


def asks(shape: Shape) -> dict[str, Any]:
    return {"body": Body(shape)}


def answers(shape: Shape | None, **more: Any) -> dict[str, Any]:
    return {"answers": (Answer(200, shape, **more),)}


def query(name: str = "limit", shape: Shape = INTEGER, **more: Any) -> dict[str, Any]:
    return {"parameters": (Parameter(name, more.pop("location", "query"), shape, **more),)}


def compared(old: dict[str, Any] | None, new: dict[str, Any] | None) -> Comparison:
    """Compare one operation with these differences; None: it is not there."""
    sides = [
        Description(
            "boats", ".", () if more is None else (msgspec.structs.replace(OPERATION, **more),)
        )
        for more in (old, new)
    ]
    return compare([sides[0]], [sides[1]])


BREAKING, POSSIBLY = Severity.BREAKING, Severity.POSSIBLY
SECURITY, COMPATIBLE = Severity.SECURITY, Severity.COMPATIBLE
USER, ADMIN = Guard("get_current_user"), Guard('require_role("admin")', ("admin",))
CAPTAIN = Guard('require_role("captain")', ("captain",))
OPTIONAL = {"required": False, "has_default": True, "default": 10}

ROWS: list[tuple[dict[str, Any] | None, dict[str, Any] | None, str, Severity]] = [
    ({}, None, "endpoint-removed", BREAKING),
    (None, {}, "endpoint-added", COMPATIBLE),
    ({}, {"path": "/v1/boats/{boat_id}"}, "endpoint-moved", BREAKING),
    ({}, {"method": "POST"}, "method-changed", BREAKING),
    ({}, {"path": "/api/v1/boats/{id}"}, "path-parameter-renamed", POSSIBLY),
    ({}, {"shadow": "GET /api/v1/boats/{x}"}, "endpoint-shadowed", BREAKING),
    ({"shadow": "GET /x"}, {}, "endpoint-unshadowed", POSSIBLY),
    ({}, {"conditional": True}, "endpoint-conditional", POSSIBLY),
    ({"conditional": True}, {}, "endpoint-unconditional", COMPATIBLE),
    ({}, {"documented": False}, "endpoint-hidden", POSSIBLY),
    ({"documented": False}, {}, "endpoint-shown", COMPATIBLE),
    ({}, {"deprecated": True}, "endpoint-deprecated", COMPATIBLE),
    ({"deprecated": True}, {}, "endpoint-undeprecated", COMPATIBLE),
    ({}, {"guards": (USER,)}, "authentication-added", BREAKING),
    ({"guards": (USER,)}, {}, "authentication-removed", SECURITY),
    ({"guards": (USER,)}, {"guards": (USER, ADMIN)}, "authorization-added", BREAKING),
    ({"guards": (USER, ADMIN)}, {"guards": (USER,)}, "authorization-removed", SECURITY),
    ({"guards": (USER,)}, {"guards": (ADMIN,)}, "authorization-added", BREAKING),
    ({"guards": (ADMIN,)}, {"guards": (CAPTAIN,)}, "authorization-changed", BREAKING),
    ({}, query(), "parameter-added", BREAKING),
    ({}, query(**OPTIONAL), "parameter-added", COMPATIBLE),
    (query(**OPTIONAL), {}, "parameter-removed", POSSIBLY),
    (query(**OPTIONAL), query("size", **OPTIONAL), "parameter-renamed", POSSIBLY),
    (query(), query("size"), "parameter-renamed", BREAKING),
    (query(**OPTIONAL), query(location="header", **OPTIONAL), "parameter-moved", BREAKING),
    (query(**OPTIONAL), query(), "parameter-required", BREAKING),
    (query(), query(**OPTIONAL), "parameter-optional", COMPATIBLE),
    (
        query(**OPTIONAL),
        query(**{**OPTIONAL, "default": 20}),
        "parameter-default-changed",
        POSSIBLY,
    ),
    (query(), query(shape=STRING), "parameter-retyped", BREAKING),
    (query(), query(shape=NUMBER), "parameter-retyped", COMPATIBLE),
    (
        query(shape=bound(le=100)),
        query(shape=bound(le=50)),
        "parameter-constraint-narrowed",
        BREAKING,
    ),
    (
        query(shape=bound(ge=1)),
        query(shape=bound(ge=0)),
        "parameter-constraint-widened",
        COMPATIBLE,
    ),
    (query(), query(shape=bound(le=100)), "parameter-constraint-narrowed", BREAKING),
    (
        query(shape=bound(pattern="a")),
        query(shape=bound(pattern="b")),
        "parameter-constraint-changed",
        BREAKING,
    ),
    (
        query(location="path", name="boat_id"),
        query(location="path", name="boat_id", shape=STRING),
        "parameter-retyped",
        BREAKING,
    ),
    ({}, asks(model(name=STRING)), "body-added", BREAKING),
    ({}, {"body": Body(ANY, required=False)}, "body-added", COMPATIBLE),
    (asks(model(name=STRING)), {}, "body-removed", POSSIBLY),
    (
        {"body": Body(ANY)},
        {"body": Body(ANY, media="multipart/form-data")},
        "body-media-changed",
        BREAKING,
    ),
    ({"body": Body(ANY, required=False)}, {"body": Body(ANY)}, "body-required", BREAKING),
    ({"body": Body(ANY)}, {"body": Body(ANY, required=False)}, "body-optional", COMPATIBLE),
    (asks(model(a=STRING)), asks(model(a=STRING, b=STRING)), "request-field-added", BREAKING),
    (
        asks(model(a=STRING)),
        asks(model(a=STRING, b=(STRING, ""))),
        "request-field-added",
        COMPATIBLE,
    ),
    (asks(model(a=STRING, b=INTEGER)), asks(model(a=STRING)), "request-field-removed", POSSIBLY),
    (
        asks(model(extra="forbid", a=STRING, b=INTEGER)),
        asks(model(extra="forbid", a=STRING)),
        "request-field-removed",
        BREAKING,
    ),
    (
        asks(model(a=STRING)),
        asks(model(extra="forbid", a=STRING)),
        "request-extra-fields",
        BREAKING,
    ),
    (asks(model(a=STRING)), asks(model(b=STRING)), "request-field-renamed", BREAKING),
    (asks(model(a=(STRING, ""))), asks(model(a=STRING)), "request-field-required", BREAKING),
    (asks(model(a=STRING)), asks(model(a=(STRING, ""))), "request-field-optional", COMPATIBLE),
    (
        asks(model(a=(STRING, "x"))),
        asks(model(a=(STRING, "y"))),
        "request-default-changed",
        POSSIBLY,
    ),
    (asks(model(a=INTEGER)), asks(model(a=STRING)), "request-retyped", BREAKING),
    (asks(model(a=union(STRING, NULL))), asks(model(a=STRING)), "request-not-nullable", BREAKING),
    (asks(model(a=STRING)), asks(model(a=union(STRING, NULL))), "request-nullable", COMPATIBLE),
    (asks(enum("a", "b")), asks(enum("a")), "request-value-removed", BREAKING),
    (asks(enum("a")), asks(enum("a", "b")), "request-value-added", COMPATIBLE),
    (asks(STRING), asks(enum("a")), "request-values-narrowed", BREAKING),
    (asks(union(STRING, INTEGER)), asks(STRING), "request-union-member-removed", BREAKING),
    (asks(STRING), asks(union(STRING, INTEGER)), "request-union-member-added", COMPATIBLE),
    (asks(listed(INTEGER)), asks(listed(STRING)), "request-retyped", BREAKING),
    (asks(STRING), asks(Shape(Kind.STRING, format="uuid")), "request-format-narrowed", BREAKING),
    (
        answers(model(a=STRING, b=INTEGER)),
        answers(model(a=STRING)),
        "response-field-removed",
        BREAKING,
    ),
    (
        answers(model(a=STRING)),
        answers(model(a=STRING, b=INTEGER)),
        "response-field-added",
        COMPATIBLE,
    ),
    (answers(model(a=STRING)), answers(model(b=STRING)), "response-field-renamed", BREAKING),
    (answers(model(a=INTEGER)), answers(model(a=STRING)), "response-retyped", BREAKING),
    (answers(model(a=NUMBER)), answers(model(a=INTEGER)), "response-retyped", COMPATIBLE),
    (
        answers(model(a=STRING)),
        answers(model(a=union(STRING, NULL))),
        "response-nullable",
        BREAKING,
    ),
    (
        answers(model(a=union(STRING, NULL))),
        answers(model(a=STRING)),
        "response-not-nullable",
        COMPATIBLE,
    ),
    (answers(model(a=STRING)), answers(model(a=(STRING, ""))), "response-field-optional", POSSIBLY),
    (answers(enum("a")), answers(enum("a", "b")), "response-value-added", POSSIBLY),
    (answers(enum("a", "b")), answers(enum("a")), "response-value-removed", COMPATIBLE),
    (answers(STRING), answers(union(STRING, INTEGER)), "response-union-member-added", POSSIBLY),
    (
        answers(model(a=STRING)),
        answers(model("E", data=model(a=STRING), ok=ANY)),
        "response-wrapped",
        BREAKING,
    ),
    (
        answers(model("E", data=model(a=STRING), ok=ANY)),
        answers(model(a=STRING)),
        "response-unwrapped",
        BREAKING,
    ),
    (
        answers(model("E", data=listed(STRING), ok=ANY)),
        answers(model("P", data=listed(STRING), total=INTEGER, page=INTEGER)),
        "response-paginated",
        BREAKING,
    ),
    (answers(ANY), answers(ANY, media="text/csv"), "media-changed", BREAKING),
    (answers(ANY), answers(None), "response-undescribed", POSSIBLY),
    (answers(None), answers(ANY), "response-described", POSSIBLY),
    ({"success": 200}, {"success": 201}, "success-status-changed", BREAKING),
    (
        {"answers": (Answer(404, declared=False, raised=True),)},
        {"answers": (Answer(500, declared=False, raised=True),)},
        "error-lost",
        BREAKING,
    ),
    ({}, {"answers": (Answer(409, declared=False),)}, "status-added", POSSIBLY),
    ({"answers": (Answer(409, declared=False),)}, {}, "status-removed", COMPATIBLE),
]


@pytest.mark.parametrize(
    ("old", "new", "kind", "severity"), ROWS, ids=[f"{row[2]}-{row[3].value}" for row in ROWS]
)
def test_every_kind_of_change(
    old: dict[str, Any] | None, new: dict[str, Any] | None, kind: str, severity: Severity
) -> None:
    said = compared(old, new)
    assert (kind, severity) in [(change.kind, change.severity) for change in said.changes]
    worst = [change for change in said.changes if change.severity in (BREAKING, SECURITY)]
    assert severity in (BREAKING, SECURITY) or not worst, worst
    assert said.not_compared == ()
    assert len(said.changes) == 1


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[2]}-{row[3].value}" for row in ROWS])
def test_what_is_the_same_is_no_change(row: tuple[Any, ...]) -> None:
    for side in row[:2]:
        assert compared(side, side) == Comparison((), ())


def test_where_it_is_written_does_not_count() -> None:
    there = Place("other.py", Span(9, 1, 9, 2))
    shape = msgspec.structs.replace(model(a=STRING), place=there)
    assert compared(answers(model(a=STRING)), answers(shape, place=there)).changes == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (answers(UNKNOWN), answers(STRING)),
        (answers(model(a=STRING)), answers(model(a=UNKNOWN))),
        ({}, {"guards": None}),
        ({"guards": None}, {"guards": (USER,)}),
        ({}, query(required=None)),
        ({}, {"unknown": ("the bound of `limit`",)}),
    ],
)
def test_what_is_not_known_is_not_compared(old: dict[str, Any], new: dict[str, Any]) -> None:
    said = compared(old, new)
    assert said.changes == ()
    assert len(said.not_compared) == 1


def test_a_model_inside_itself_comes_to_an_end() -> None:
    node = Shape(Kind.REFERENCE, "Node")
    old = model("Node", next=union(node, NULL), value=INTEGER)
    new = model("Node", next=union(node, NULL), value=STRING)
    assert [c.kind for c in compared(answers(old), answers(new)).changes] == ["response-retyped"]


def test_a_move_says_who_gave_the_path() -> None:
    main = Place("app/main.py", Span(31, 1, 31, 9))
    given = (("/api/v1", main), ("/boats/{boat_id}", HERE))
    moved = (("/v1", main), ("/boats/{boat_id}", HERE))
    said = compared({"given": given}, {"given": moved, "path": "/v1/boats/{boat_id}"})
    assert said.changes[0].why == (
        "the path was given by `/api/v1` in app/main.py:31 and is given by `/v1` in app/main.py:31"
    )


def test_events_and_keys() -> None:
    old = Description(
        "boats",
        ".",
        events=(Event("boat.sold", True, model("Sold", id=INTEGER)), Event("x.y", False)),
        keys=(CacheKey("boat:*", True), CacheKey("own:*", True)),
    )
    new = Description("boats", ".", events=(Event("boat.sold", True, model("Sold", no=STRING)),))
    reader = Description("docks", "docks", keys=(CacheKey("boat:*", False),))
    changes = compare([old, reader], [new, reader]).changes
    said = {(change.kind, change.severity) for change in changes}
    assert [c.severity for c in changes if c.subject == "own:*"] == [COMPATIBLE]
    assert said == {
        ("payload-field-removed", BREAKING),
        ("payload-field-added", COMPATIBLE),
        ("event-unsubscribed", POSSIBLY),
        ("cache-key-removed", POSSIBLY),
        ("cache-key-removed", COMPATIBLE),
    }


def test_what_is_unresolved_is_said_once() -> None:
    gap = Unresolved("prefix `settings.prefix`", HERE)
    side = Description("boats", ".", unresolved=(gap, gap))
    assert [row.what for row in compare([side], [side]).not_compared] == [
        "prefix `settings.prefix` (not known)"
    ]


def test_a_union_of_lists_is_the_same_as_itself() -> None:
    both = union(listed(model()), listed(NULL))
    assert compared(answers(both), answers(both)).changes == ()
    assert compared(answers(both), answers(union(listed(NULL), listed(model())))).changes == ()
