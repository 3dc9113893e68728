"""What services say to each other: events, cache keys, and the requests that they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gravity_lint import facts as f
from gravity_lint.contract.description import CacheKey, Call, Event, Shape
from gravity_lint.contract.payloads import Locator, Shaper, literal_payload
from gravity_lint.model import Service
from gravity_lint.model.caching.keys import key_uses
from gravity_lint.model.caching.texts import HOLE, key_text
from gravity_lint.model.code.names import inherits, resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.types import type_of, type_of_parameter
from gravity_lint.model.events.names import EventName, named_events
from gravity_lint.model.services.outgoing import HOLE as UNKNOWN_PART
from gravity_lint.model.services.outgoing import outgoing_requests

_DUMPING: Final = ("model_dump", "model_dump_json", "dict", "json", "encode")
_MODELS: Final = ("pydantic.BaseModel", "sqlmodel.SQLModel")


def events_of(service: Service, place: Locator, sent: Shaper, taken: Shaper) -> Iterator[Event]:
    """Yield the events that *service* names, once for each end, payloads as far as known."""
    found: dict[tuple[str, bool], Event] = {}
    for event in named_events(service):
        if not event.text or (event.published and event.is_pattern):
            continue
        payload = _published(event, sent) if event.published else _subscribed(event, taken)
        where = place(event.site.module, event.span)
        made = Event(event.text, event.published, payload, where)
        before = found.setdefault((event.text, event.published), made)
        if before.payload != payload:
            # Told in several ways: of none can it be said what is in it.
            found[event.text, event.published] = Event(event.text, event.published, None, where)
    yield from found.values()


def _published(event: EventName, shaper: Shaper) -> Shape | None:
    call = event.site.call
    others = [x for x in call.given if x is not event.expression]
    shapes = [_sent(event.site.scope, x, shaper) for x in others]
    known = [shape for shape in shapes if shape is not None]
    return known[0] if len(known) == 1 else None


def _sent(scope: Scope, value: f.Expression, shaper: Shaper) -> Shape | None:
    match value:
        case f.Mapping():
            return literal_payload(value)
        case f.Call(function=f.Attribute(value=inner, name=name)) if name in _DUMPING:
            return _sent(scope, inner, shaper)
    made = type_of(scope, value)
    if made is None or made.is_class or made.cls is None or made.arguments:
        return None
    return shaper.of_class(made.cls) if inherits(made.cls, *_MODELS) else None


def _subscribed(event: EventName, shaper: Shaper) -> Shape | None:
    handler = _handler(event)
    if handler is None:
        return None
    for parameter in handler.arguments:
        made = type_of_parameter(handler, parameter)
        if made is not None and made.cls is not None and inherits(made.cls, *_MODELS):
            return shaper.of_class(made.cls)
    return None


def _handler(event: EventName) -> Function | None:
    call, scope = event.site.call, event.site.scope
    for definition in scope.definitions:
        if isinstance(definition, Function) and any(d is call for d in definition.decorators):
            return definition
    for argument in call.given:
        symbol = resolve(scope, argument)
        if isinstance(symbol, Function):
            return symbol
    return None


def calls_of(service: Service, place: Locator) -> Iterator[Call]:
    """Yield the requests that *service* makes to others, as far as their paths are written."""
    for request in outgoing_requests(service):
        where = place(request.site.module, request.site.span)
        path = request.path.replace(UNKNOWN_PART, "*")
        yield Call(request.method, path, request.host, where)


def keys_of(service: Service, place: Locator) -> Iterator[CacheKey]:
    """Yield the keys that *service* writes and reads, with ``*`` for what is filled in."""
    found: dict[tuple[str, bool], CacheKey] = {}
    for use in key_uses(service):
        text = key_text(use.site.scope, use.expression) if use.certain else None
        if text is not None and text.strip(HOLE):
            pattern = text.replace(HOLE, "*")
            where = place(use.site.module, use.site.span)
            found.setdefault((pattern, use.writes), CacheKey(pattern, use.writes, where))
    yield from found.values()
