"""What the rules on caching and events take for granted about Python, redis-py and aio-pika."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aio_pika
import httpx
import pytest
import redis
import redis.asyncio
from aio_pika.abc import AbstractIncomingMessage
from fastapi import FastAPI, Request

Function = Callable[..., Awaitable[Any]]


def parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


# -- Python --------------------------------------------------------------------------------


def in_processes(expression: str) -> set[str]:
    """Return what *expression* gives in two processes that hash texts differently."""
    found = set()
    for seed in ("1", "2"):
        code = f"import json; print({expression})"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-S", "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(run.stdout)
    return found


@pytest.mark.parametrize(
    "expression", ["hash('user')", "hash(('user', 7))", "repr({'a', 'b', 'c'})"]
)
def test_what_is_hashed_or_shown_changes_with_the_process(expression: str) -> None:
    assert len(in_processes(expression)) == 2


@pytest.mark.parametrize("expression", ["hash(7)", "repr(('a', 1.5))", "json.dumps(['a', 7])"])
def test_plain_values_are_the_same_in_every_process(expression: str) -> None:
    assert len(in_processes(expression)) == 1


def test_the_repr_of_an_object_is_its_address() -> None:
    assert " at 0x" in repr(object())


def test_json_has_the_order_in_which_a_dict_was_filled() -> None:
    one, other = {"a": 1, "b": 2}, {"b": 2, "a": 1}
    assert json.dumps(one) != json.dumps(other)
    assert json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def returning(name: str) -> Callable[[], str]:
    return lambda: name


def test_a_callback_reads_what_the_loop_left() -> None:
    late: list[Callable[[], str]] = []
    bound: list[Callable[[], str]] = []
    partial: list[Callable[[], str]] = []
    for name in ("first", "second"):
        late.append(lambda: name)  # noqa: B023
        bound.append(returning(name))
        partial.append(functools.partial(str, name))
    assert [f() for f in late] == ["second", "second"]
    assert [f() for f in bound] == [f() for f in partial] == ["first", "second"]


# -- FastAPI -------------------------------------------------------------------------------


def bare(function: Function) -> Function:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await function(*args, **kwargs)

    return wrapper


def wrapped(function: Function) -> Function:
    return functools.wraps(function)(bare(function))


async def get_item(item_id: int) -> dict[str, int]:
    """Get an item."""
    return {"item_id": item_id}


def answer(endpoint: Function) -> tuple[int, dict[str, Any]]:
    """Return the status of a request, and what the OpenAPI document says of the endpoint."""
    app = FastAPI()
    app.get("/items/{item_id}")(endpoint)

    async def ask() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.get("/items/7")).status_code

    operation: dict[str, Any] = app.openapi()["paths"]["/items/{item_id}"]["get"]
    return asyncio.run(ask()), operation


def test_a_bare_wrapper_takes_an_endpoints_parameters_away() -> None:
    status, operation = answer(bare(get_item))
    assert status == 422
    assert [p["name"] for p in operation["parameters"]] == ["args", "kwargs"]


def test_wraps_gives_an_endpoint_its_parameters_back() -> None:
    status, operation = answer(wrapped(get_item))
    assert status == 200
    assert [p["name"] for p in operation["parameters"]] == ["item_id"]
    assert operation["description"] == "Get an item."


def test_wraps_hides_what_a_wrapper_takes_of_its_own() -> None:
    """FastAPI then calls it by the signature of what it wraps, without the request."""

    async def noted(request: Request, item_id: int) -> Any:
        return await get_item(item_id)

    assert answer(noted)[0] == 200
    with pytest.raises(TypeError, match="request"):
        answer(functools.wraps(get_item)(noted))


# -- redis-py ------------------------------------------------------------------------------


@pytest.mark.parametrize("client", [redis.asyncio.Redis, redis.Redis])
def test_set_takes_a_lifetime_and_none_by_default(client: Any) -> None:
    names = parameters(client.set)
    assert list(names)[1:5] == ["name", "value", "ex", "px"]
    for name in ("ex", "px", "exat", "pxat"):
        assert names[name].default is None
    assert names["keepttl"].default is False
    assert list(parameters(client.setex))[1:] == ["name", "time", "value"]
    assert not {"ex", "px"} & set(parameters(client.setnx))
    assert list(parameters(client.keys))[1] == "pattern"
    assert list(parameters(client.scan_iter))[1] == "match"


def test_a_pipeline_is_a_client() -> None:
    client = redis.asyncio.Redis()
    assert isinstance(client.pipeline(), redis.asyncio.client.Pipeline)
    assert isinstance(redis.asyncio.from_url("redis://localhost"), redis.asyncio.Redis)


# -- aio-pika ------------------------------------------------------------------------------


def test_the_robust_connection_takes_the_same_arguments() -> None:
    fragile, robust = parameters(aio_pika.connect), parameters(aio_pika.connect_robust)
    assert list(fragile) == list(robust)
    differing = {n for n in fragile if fragile[n].default != robust[n].default}
    assert differing == {"connection_class"}


@pytest.mark.parametrize("channel", [aio_pika.Channel, aio_pika.RobustChannel])
def test_queues_and_exchanges_are_transient_by_default(channel: Any) -> None:
    for declare in (channel.declare_queue, channel.declare_exchange):
        assert parameters(declare)["durable"].default is False
    assert list(parameters(channel.declare_exchange))[1:4] == ["name", "type", "durable"]


def test_a_message_has_no_content_type_by_default() -> None:
    given = parameters(aio_pika.Message)["content_type"]
    assert given.kind is inspect.Parameter.KEYWORD_ONLY
    assert aio_pika.Message(b"{}").content_type is None


def test_publish_and_bind_take_the_routing_key_second() -> None:
    assert list(parameters(aio_pika.Exchange.publish))[2] == "routing_key"
    assert list(parameters(aio_pika.Queue.bind))[2] == "routing_key"
    assert list(parameters(aio_pika.Queue.consume))[1:3] == ["callback", "no_ack"]


class Processed:
    """A message that remembers how it was settled."""

    def __init__(self) -> None:
        self.settled = ""
        self.processed = False
        self.redelivered = False
        self.channel = self

    async def ack(self) -> None:
        self.settled, self.processed = "acknowledged", True

    async def reject(self, requeue: bool) -> None:
        self.settled, self.processed = "rejected", True

    @property
    def is_closed(self) -> bool:
        return False


@pytest.mark.parametrize(("fails", "how"), [(False, "acknowledged"), (True, "rejected")])
def test_process_settles_a_message_either_way(fails: bool, how: str) -> None:
    message: Any = Processed()

    async def work() -> None:
        async with aio_pika.IncomingMessage.process(message):
            if fails:
                raise ValueError

    try:
        asyncio.run(work())
    except ValueError:
        assert fails
    assert message.settled == how
    assert hasattr(AbstractIncomingMessage, "process")


def test_a_plain_with_does_not_enter_the_context_of_a_message() -> None:
    message: Any = Processed()
    context: Any = aio_pika.IncomingMessage.process(message)
    with pytest.raises((TypeError, AttributeError)), context:
        pass
    assert message.settled == ""
