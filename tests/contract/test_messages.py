"""Events and cache keys before and after one edit: what no OpenAPI document tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.contract import sides
from gravity_lint.contract.changes import Severity
from tests.contract.test_callers import PUBLISHING, service
from tests.revisions.repositories import write

EVENTS = """
from pydantic import BaseModel

from app.bus import event_bus


class BoatSold(BaseModel):
    number: int
    price: float
    buyer: str | None = None


class BoatMoored(BaseModel):
    number: int
    berth: str | None = None


async def sell(number: int):
    sold = BoatSold(number=number, price=1.0)
    await event_bus.publish("boat.sold", sold.model_dump())


async def sink(number: int):
    await event_bus.publish("boat.sunk", {"number": number, "depth": 3})


@event_bus.subscribe("boat.moored")
async def moored(payload: BoatMoored): ...
"""
KEYS = """
import redis.asyncio as redis

client = redis.Redis()


async def put(number: int, text: str):
    await client.set(f"boat:{number}", text, ex=60)
"""
READING = """
import redis.asyncio as redis

client = redis.Redis()


async def take(number: int):
    return await client.get(f"boat:{number}")
"""
B, P, C = Severity.BREAKING, Severity.POSSIBLY, Severity.COMPATIBLE


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ('"boat.sold"', '"boat.gone"', {("event-unpublished", B), ("event-published", C)}),
        ('"boat.moored"', '"boat.tied"', {("event-unsubscribed", P), ("event-subscribed", C)}),
        ("    price: float\n", "", {("payload-field-removed", B)}),
        (
            "    price: float\n",
            "    price: float\n    place: str = ''\n",
            {("payload-field-added", C)},
        ),
        ("    price: float\n", "    price: str\n", {("payload-retyped", B)}),
        ("    price: float\n", "    price: float | None\n", {("payload-nullable", B)}),
        (', "depth": 3', "", {("payload-field-removed", B)}),
        (', "depth": 3', ', "depth": 3, "at": 1', {("payload-field-added", C)}),
        ("berth: str | None = None", "berth: str | None", {("payload-field-required", B)}),
        (
            "berth: str | None = None",
            "berth: str | None = None\n    mast: int",
            {("payload-field-added", B)},
        ),
        ("    berth: str | None = None\n", "", {("payload-field-removed", P)}),
        (
            'f"boat:{number}"',
            'f"ship:{number}"',
            {("cache-key-removed", P), ("cache-key-added", C)},
        ),
        ("ex=60", "ex=90", set()),
        ("BoatSold", "Sale", set()),
    ],
)
def test_one_edit(old: str, new: str, changes: set[tuple[str, Severity]], tmp_path: Path) -> None:
    boats = {"bus": PUBLISHING, "events": EVENTS, "cache": KEYS}
    assert any(old in text for text in boats.values())
    edited = {name: text.replace(old, new) for name, text in boats.items()}
    for side, files in (("old", boats), ("new", edited)):
        write(
            tmp_path / side,
            {**service("boats", **files), **service("docks", cache=READING)},
        )
    verdict = sides.between(str(tmp_path / "old"), str(tmp_path / "new"))
    assert {(change.kind, change.severity) for change in verdict.changes} == changes
    assert verdict.status() == int(any(severity is B for _, severity in changes))
