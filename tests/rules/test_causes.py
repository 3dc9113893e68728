"""Findings with one cause name the one place to change."""

from __future__ import annotations

import pytest

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.running.packs import load_rules

RULES = {rule.name: rule for rule in load_rules(("gravity_rules",))}

SHARED = """\
from typing import Annotated

from fastapi import APIRouter, Path, Query

router = APIRouter(prefix="/api/v1/items", tags=["items"])

LIMIT = Query(10, ge=1, le=1000)
ItemId = Annotated[int, Path()]


@router.get("/{item_id}")
async def get_item(item_id: ItemId, limit: int = LIMIT, skip: int = Query(0)):
    return {}


@router.get("/{item_id}/parts")
async def get_parts(item_id: ItemId, limit: int = LIMIT):
    return {}
"""


@pytest.mark.parametrize(
    ("name", "lines"),
    [("unbounded-pagination", [7, None, 7]), ("undescribed-query", [8, 7, None, 8, 7])],
)
def test_shared_declarations(name: str, lines: list[int | None]) -> None:
    """What many parameters share is the one place to change; their own declaration is no cause."""
    findings = cases.lint(RULES[name], {"app/api/items.py": SHARED}, Settings())
    assert [x.cause and x.cause.span.line for x in findings] == lines


EVENTS = """\
from enum import StrEnum

from gravity_common.events import event_bus

CLOSED = "AccountClosed"


class Kind(StrEnum):
    CREATED = "user.created"
    MOVED = "UserMoved"


async def tell(kind: str):
    await event_bus.publish(CLOSED, {})
    await event_bus.publish(Kind.MOVED, {})
    await event_bus.publish(Kind.MOVED.value, {})
    await event_bus.publish("UserRenamed", {})
"""


def test_event_names() -> None:
    """The constant or the member that holds a name is the place to change."""
    rule = RULES["nonstandard-event-name"]
    findings = cases.lint(rule, {"app/services/users.py": EVENTS}, Settings())
    assert [x.cause and x.cause.span.line for x in findings] == [5, 10, 10, None]


KEYS = """\
from redis.asyncio import Redis

PREFIX = "2fa_temp:"
WHOLE = "3d:models"


class Tokens:
    def __init__(self, redis: Redis):
        self.redis = redis

    async def use(self, token: str):
        await self.redis.get(f"{PREFIX}{token}")
        await self.redis.delete(PREFIX + token)
        await self.redis.get(f"2fa_temp:{token}")
        await self.redis.get(WHOLE)
"""


def test_cache_keys() -> None:
    """The constant by which keys begin is the place to change; a whole key stands where it is."""
    rule = RULES["nonstandard-cache-key"]
    findings = cases.lint(rule, {"app/services/tokens.py": KEYS}, Settings())
    rows = [(x.span.line, x.cause and x.cause.span.line) for x in findings]
    assert rows == [(4, None), (12, 3), (13, 3), (14, None)]


BEGINNINGS = """\
from redis.asyncio import Redis

POLLS = "POLL:"
GLUED = "chats_"
WORD = "chats"
SHOUTED = "USER"


class Polls:
    KEYS = "Poll:"

    def __init__(self, redis: Redis):
        self.redis = redis
        self.votes = "VOTES:"

    async def use(self, poll: str):
        await self.redis.get(f"{POLLS}{poll}")
        await self.redis.get(POLLS + poll)
        await self.redis.get(f"{self.KEYS}{poll}")
        await self.redis.get(f"{self.votes}{poll}")
        await self.redis.get(f"{SHOUTED}:{poll}")
        await self.redis.get(f"{GLUED}{poll}")
        await self.redis.get(f"{WORD}_{poll}")
        await self.redis.get(f"{POLLS}By:{poll}")
        await self.redis.get(f"{SHOUTED}_{poll}")
"""


def test_beginnings_of_cache_keys() -> None:
    """Only where another constant would mend the key is the constant the place to change."""
    rule = RULES["nonstandard-cache-key"]
    findings = cases.lint(rule, {"app/services/polls.py": BEGINNINGS}, Settings())
    rows = [(x.span.line, x.cause and x.cause.span.line) for x in findings]
    assert rows == [
        *((17, 3), (18, 3), (19, 10), (20, 14), (21, 6), (22, 4)),
        *((23, None), (24, None), (25, None)),
    ]
    glued = next(x.cause for x in findings if x.span.line == 22)
    assert glued is not None
    assert glued.message.startswith('keys start with "chats_"')
    assert glued.message.endswith('finds them; write "chats:"')


BODIES = """\
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

app = FastAPI()

REFUSED = {"message": "refused"}


class Failure(BaseModel):
    error: str


def body_of(exc):
    return {"error": str(exc)}


@app.exception_handler(KeyError)
async def missing(request, exc):
    return JSONResponse(Failure(error="x").model_dump(), status_code=404)


@app.exception_handler(ValueError)
async def invalid(request, exc):
    return JSONResponse(body_of(exc), status_code=400)


@app.exception_handler(TypeError)
async def refused(request, exc):
    return JSONResponse(REFUSED, status_code=400)


@app.exception_handler(OSError)
async def unread(request, exc):
    body = {"error": "x"}
    return JSONResponse(body, status_code=503)
"""


def test_bodies_of_errors() -> None:
    """The schema, function or constant that makes a body is the place to change."""
    rule = RULES["nonstandard-error-envelope"]
    findings = cases.lint(rule, {"app/main.py": BODIES}, Settings())
    rows = [(x.span.line, x.cause and x.cause.span.line) for x in findings]
    assert rows == [(20, 10), (25, 14), (30, 7), (36, None)]
    assert findings[0].cause is not None
    assert findings[0].cause.message == (
        "the body of `Failure` is without `success` and `detail`; the error envelope is"
        " `success: False`, `error` and `detail`"
    )


def test_errors_in_the_wrapper_of_what_succeeds() -> None:
    """What wraps good answers has its own fields: the handler is to answer with something else."""
    rule = RULES["nonstandard-error-envelope"]
    files = {"app/main.py": BODIES.replace("Failure", "ApiResponse")}
    findings = cases.lint(rule, files, Settings())
    rows = [(x.span.line, x.cause and x.cause.span.line) for x in findings]
    assert rows == [(20, None), (25, 14), (30, 7), (36, None)]


COMMITS = """\
from sqlalchemy.ext.asyncio import AsyncSession


class MediaService:
    def __init__(self, db: AsyncSession):
        self.db = db

    async def upload(self, media):
        self.db.add(media)
        await self.db.commit()
        await self._tag(media)
        return media

    async def remove(self, media):
        await self.db.delete(media)
        await self._track(media)

    async def fetch(self, media):
        await self._track(media)

    async def _tag(self, media):
        self.db.add(media.tag)
        await self.db.commit()

    async def _track(self, media):
        self.db.add(media.view)
        await self.db.commit()
"""


def test_commits() -> None:
    """What one event would log is read once; what has several callers is not mended by one."""
    rule = RULES["unlogged-mutation"]
    findings = cases.lint(rule, {"app/services/media.py": COMMITS}, Settings())
    assert [(x.span.line, x.cause and x.cause.span.line) for x in findings] == [
        (10, 8),
        (23, 8),
        (27, None),
    ]


HIERARCHY = """\
from fastapi import FastAPI


class GravityException(Exception):
    pass


class UpstreamException(GravityException):
    pass


class SlowException(UpstreamException):
    pass


class LostException(UpstreamException):
    pass


class LonelyException(GravityException):
    pass


app = FastAPI()


@app.get("/a")
async def first() -> None:
    raise SlowException


@app.get("/b")
async def second() -> None:
    raise LostException


@app.get("/c")
async def third() -> None:
    raise LonelyException
"""


def test_unhandled_exceptions() -> None:
    """One handler for the top of a hierarchy answers for all of it; the root is nobody's top."""
    rule = RULES["unhandled-domain-exception"]
    findings = cases.lint(rule, {"app/main.py": HIERARCHY}, Settings())
    assert [x.cause and x.cause.span.line for x in findings] == [8, 8, None]


DOUBLED = """\
from fastapi import APIRouter, FastAPI

some = APIRouter()
every = APIRouter()


@some.post("")
async def add() -> int:
    return 1


@some.post("/alerts/mail")
async def from_mail() -> int:
    return 1


@every.get("/items/{item_id}")
async def get_item(item_id: int) -> int:
    return item_id


app = FastAPI()
app.include_router(some, prefix="/alerts")
app.include_router(every, prefix="/items")
"""


def test_doubled_prefixes() -> None:
    """An include is the place to change only where nothing else needs what it gives."""
    findings = cases.lint(RULES["doubled-prefix"], {"app/main.py": DOUBLED}, Settings())
    assert [x.cause and x.cause.span.line for x in findings] == [None, 24]


OPEN = """\
from fastapi import APIRouter

router = APIRouter(prefix="/users")


@router.get("")
async def users() -> list[str]:
    return []


@router.delete("/all")
async def remove() -> None:
    return None
"""
LOGIN = """

@router.post("/login")
async def login() -> str:
    return ""
"""


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (OPEN, "its 2 endpoints has"),
        (OPEN + LOGIN, "its 2 endpoints that are not meant to be open"),
    ],
)
def test_open_routers(source: str, said: str) -> None:
    """Of a router that has a login as well, all others are counted, and called so."""
    findings = cases.lint(
        RULES["unauthenticated-endpoint"], {"app/api/users.py": source}, Settings()
    )
    assert [x.cause is not None and said in x.cause.message for x in findings] == [True, True]
