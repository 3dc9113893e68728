"""Names whose values are made of themselves: no rule goes round in circles with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run

SHAPES = (
    *("str({x})", "{x} + [1]", "{x} + 'a'", "[*{x}]", "[{x}]", "({x},)", "{{'a': {x}}}"),
    *("{{**{x}}}", "f'{{{x}}}'", "{x} or y", "y or {x}", "{x}.get('a')", "{x}['a']", "{x}()"),
    *("({x} if y else {x})", "Annotated[{x}, Depends({x})]", "{x} | None", "partial({x}, 1)"),
    *("lambda: {x}", "{x}.bind(a=1)", "'a/{{}}'.format({x})", "'%s' % {x}", "json.dumps({x})"),
    *("cast(str, {x})", "{x}.value", "({x} := {x})", "type({x})", "APIRouter(prefix={x})"),
    *(
        "AsyncClient(app={x})",
        "TestClient({x})",
        "[pytest.mark.asyncio] + {x}",
        "NewType('N', {x})",
    ),
    *("TypeAliasType('N', {x})", "ApiResponse[{x}]", "next({x})", "{x}.replace('a', {x})"),
    *("other\nother = {x}", "HTTPException({x}, {x})", "async_sessionmaker({x})", "select({x})"),
)
"""What stands behind ``{x} =``."""
HEAD = """
import json, jwt, pytest, structlog
from functools import partial
from typing import Annotated, NewType, cast
from typing_extensions import TypeAliasType
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query
from fastapi.testclient import TestClient
from httpx import AsyncClient
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from app.schemas import ApiResponse
from app.core.cache import cache_result, invalidate_cache
from app.core.events import event_bus
"""
USES = """
pytestmark = {x}
app{n} = FastAPI(dependencies={x}, title={x})
router{n} = APIRouter(prefix={x}, tags={x}, dependencies={x}, responses={x})
app{n}.include_router({x}, prefix={x}, tags={x})
app{n}.include_router(router{n}, prefix={x})
app{n}.mount({x}, {x})
app{n}.add_exception_handler({x}, {x})
redis{n} = Redis.from_url({x})
logger{n} = structlog.get_logger({x})
client{n} = TestClient(app{n}, base_url={x})


class Err{n}({x}):
    status_code = {x}


@router{n}.get({x}, response_model={x}, status_code={x}, responses={x}, dependencies=[Depends({x})])
@{x}
async def endpoint{n}(
    a: {x},
    b: Annotated[{x}, Depends({x})],
    c=Depends({x}),
    limit: int = Query({x}, ge={x}, le={x}),
    db: AsyncSession = Depends({x}),
    current_user=Depends({x}),
) -> {x}:
    text = str(text)
    many = many + [text, {x}]
    try:
        if current_user.role not in many:
            raise HTTPException({x}, detail={x})
        await db.execute(select({x}).where(many))
        {x}.info({x}, extra={x})
        logger{n}.info({x} + text, **{x})
        await redis{n}.set({x}, text, ex={x})
        await event_bus.publish({x}, text)
        jwt.decode({x}, many, options={x}, algorithms={x})
        invalidate_cache({x})
        cache_key = {x}
    except ({x}, Err{n}) as error:
        raise {x}({x}) from error
    return {x}


@cache_result(ttl={x}, key_prefix={x})
async def cached{n}():
    return {x}


@event_bus.subscribe({x})
def on{n}(event):
    return {x}


@app{n}.exception_handler({x})
async def handle{n}(request, exc):
    return {x}


@pytest.fixture(scope={x}, name={x})
async def fixture{n}(thing):
    thing = str(thing)
    app{n}.dependency_overrides[{x}] = {x}
    engine = create_async_engine({x})
    async with AsyncClient(transport={x}, base_url={x}) as c:
        yield c


@pytest.mark.parametrize({x}, {x})
@{x}
async def test_{n}(fixture{n}, thing):
    thing = str(thing)
    url = f"/{{thing}}/{{url}}"
    client{n}.get({x})
    client{n}.get(f"/a/{{{x}}}/{{thing}}")
    client{n}.post(url + {x})
    with pytest.raises({x}) as thing:
        fixture{n}.get(f"/api/{{thing}}")
    with {x}:
        {x}()
"""


@pytest.mark.parametrize("name", ["app/names.py", "tests/test_names.py"])
def test_values_that_are_made_of_themselves(tmp_path: Path, name: str) -> None:
    """Each rule comes to an end, and without a crash."""
    text = HEAD
    for number, shape in enumerate(SHAPES):
        made = shape.format(x=f"x{number}").replace("other", f"other{number}")
        text += f"\nx{number} = {made}\n" + USES.format(x=f"x{number}", n=number)
    text += "\nfrom app.stars import *\n"
    files = {"pyproject.toml": "", "app/stars.py": "from app.names import *\n", name: text}
    for relative, content in files.items():
        (tmp_path / relative).parent.mkdir(exist_ok=True)
        (tmp_path / relative).write_text(content, encoding="utf-8")
    report = run([tmp_path], Overrides(select=("ALL",)))
    assert [(problem.code, problem.message) for problem in report.problems] == []
    assert report.findings
