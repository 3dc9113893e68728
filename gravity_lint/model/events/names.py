"""Events by name: what the app publishes and subscribes to, on buses and on exchanges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.environments import callers
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.calls import calls_of_what_is_called, methods_called
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, inherits, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import callee_of, type_of, type_of_parameter
from gravity_lint.model.code.values import text_of, written_value
from gravity_lint.model.code.words import saying
from gravity_lint.model.events.broker import (
    dead_letter_keys,
    is_brokers,
    kind_of_exchange,
    queue_names,
)
from gravity_lint.sources.spans import Span

_BUS_METHODS = ("publish", "subscribe", "publish_event", "subscribe_event", "emit")
_LISTENING = (
    *("on", "once", "on_event", "listen", "listen_to", "register", "register_handler", "connect"),
    *("add_listener", "add_handler", "add_subscriber", "add_event_listener", "add_event_handler"),
)
"""What else the methods are called by which one subscribes to what an emitter emits."""
_SUBSCRIBING = ("subscribe", "subscribe_events", "subscribe_to", "subscribe_many", "subscribe_all")
_TYPES = ("event_types", "event_names", "events", "topics", "types", "names", "routing_keys")
"""How the parameter is called by which one subscribes to several events at once."""
_CERTAIN_PARAMETERS = ("event_type", "event_name")
_CONTENTS = ("message", "payload", "data", "body", "queue", "exchange", "channel", "handler")
"""How parameters of a bus are called that take no type of an event."""
_PLACES = ("declare_exchange", "get_exchange", "declare_queue", "get_queue")
"""What an exchange or a queue is had by, by its name."""
_EVENT_PARAMETERS = (*_CERTAIN_PARAMETERS, "event", "routing_key", "topic")


class EventName(AtCall, Record, frozen=True):
    """An event type that is published or subscribed to; *text* None if it is not known."""

    text: str | None
    site: CallSite
    expression: f.Expression
    published: bool

    @property
    def span(self) -> Span:
        """The name."""
        return self.expression.span

    @property
    def origin(self) -> tuple[Module, f.Expression] | None:
        """The module and the text of the constant, the member or the setting that holds the name.

        None where the name is written at its place, or put together.
        """
        found = written_value(self.site.scope, self.expression)
        if found is None or found[1] is self.expression:
            return None
        return found[0].module, found[1]

    @property
    def enumeration(self) -> tuple[Class, f.Expression] | None:
        """The enumeration that the bus makes a member of with the name, and where that has it.

        ``Kind(event_type)`` fails for a name that ``Kind`` does not have.
        """
        callee = callee_of(self.site.scope, self.site.call)
        parameter = _event_parameter(callee) if isinstance(callee, Function) else None
        if parameter is None or not isinstance(callee, Function):
            return None
        for site in callee.calls:
            match site.call.arguments:
                case (f.Name(name=given),) if given == parameter.name:
                    made = callee_of(callee, site.call)
                    if isinstance(made, Class) and inherits(made, "enum.Enum"):
                        for *_, last in made.bindings.values():
                            if isinstance(last, Assigned) and last.value is not None:
                                if text_of(made, last.value) == self.text:
                                    return made, last.value
        return None

    @property
    def is_pattern(self) -> bool:
        """Tell whether it stands for several events: ``user.*``, ``#``."""
        return self.text is not None and ("*" in self.text or "#" in self.text)


@query
def named_events(service: Service) -> tuple[EventName, ...]:
    """Return what the app publishes and subscribes to.

    That is the first argument of a method of an event bus, of the service's own
    or a shared one, the event type given to a function such as ``publish_event``,
    and the routing key of what is published to an exchange of aio-pika, or bound
    to one.
    """
    found: list[EventName] = []
    for site in methods_called(service, *_BUS_METHODS):
        if not in_app(site.module):
            continue
        function = site.call.function
        assert isinstance(function, f.Attribute)
        named = event_given(site.scope, function, site.call)
        if named is not None:
            published = not function.name.startswith("subscribe")
            found.append(EventName(text_of(site.scope, named), site, named, published))
    for event in _routed(service):
        exchange = event.site.call.function
        assert isinstance(exchange, f.Attribute)
        by = exchange.value
        if not event.published:
            by = event.site.call.argument(0, "exchange") or by
        routes = _routes_events(event.site.scope, by)
        if routes or (routes is None and not _names_queue(event)):
            found.append(event)
    for callee, site in calls_of_what_is_called(service, *_BUS_METHODS):
        # One inside another function is a shorthand of that.
        if isinstance(callee, Function) and isinstance(callee.parent, Module):
            named = _given(site.call, callee)
            if named is not None and in_app(site.module):
                text = text_of(site.scope, named)
                found.append(EventName(text, site, named, "subscribe" not in callee.name))
    return tuple(found)


@query
def _routed(service: Service) -> tuple[EventName, ...]:
    """Return the routing keys with which the app publishes to, and binds to, any exchange."""
    found: list[EventName] = []
    for site in methods_called(service, "publish", "bind"):
        function, key = site.call.function, site.call.argument(1, "routing_key")
        if key is None or not in_app(site.module) or not is_brokers(site):
            continue
        assert isinstance(function, f.Attribute)
        if function.name == "bind" or event_given(site.scope, function, site.call) is None:
            text = text_of(site.scope, key)
            found.append(EventName(text, site, key, function.name == "publish"))
    return tuple(found)


def _carried(service: Service) -> Iterator[EventName]:
    """Yield the routing keys of what may be another library's, or of a type that is not known."""
    for module in saying(service, ("routing_key", "bind")):
        for scope in module.scopes if in_app(module) else ():
            for site in scope.calls:
                function = site.call.function
                name = function.name if isinstance(function, f.Name | f.Attribute) else ""
                key = site.call.keyword("routing_key")
                if key is None and name == "bind":
                    key = site.call.argument(1, "routing_key")
                if key is not None:
                    sent = any(word in name for word in ("publish", "send", "apply"))
                    yield EventName(text_of(scope, key), site, key, sent)


@query
def event_names(service: Service) -> tuple[EventName, ...]:
    """Return the event types that the app names literally; an empty one routes nothing."""
    return tuple(event for event in named_events(service) if event.text and not event.is_pattern)


class EventEnds(msgspec.Struct, frozen=True):
    """What one service publishes and subscribes to, as names and patterns.

    None among them: an event that is named by a value which is not known.
    """

    published: tuple[str | None, ...]
    subscribed: tuple[str | None, ...]


@query
def event_ends(service: Service) -> EventEnds:
    """Return both ends of the events of the app, for the other services of a run.

    The broker publishes as well: what a queue has kept for too long, under the key of its dead
    letters. A key that may be only a queue's, or an exchange's that goes by the whole of it, is
    an end, too.
    """
    # An event bus itself publishes what it is told to: its own calls name nothing.
    told = [
        (x.published, text)
        for x in (*named_events(service), *_listened_for(service), *_subscribed_at_once(service))
        for text in _texts(x)
    ]
    carried = (*_routed(service), *_carried(service))
    told += [(x.published, x.text) for x in carried if x.text is not None]
    published = {text for done, text in told if done} | dead_letter_keys(service)
    subscribed = {text for done, text in told if not done} | queue_names(service)
    return EventEnds(tuple(sorted(published, key=str)), tuple(sorted(subscribed, key=str)))


def _texts(event: EventName) -> Iterator[str | None]:
    """Yield what *event* is called, None for what is not known.

    What a method passes on is what its callers name. Those of a known event bus are told as
    events themselves; whatever else is called by the method's name may be one.
    """
    if event.text is not None or not _passes_on(event):
        yield event.text
        return
    method = event.site.scope
    assert isinstance(method, Function)
    assert isinstance(event.expression, f.Name)
    parameter = method.parameter(event.expression.name)
    if parameter is None:
        return
    callees = [
        (site, callee_of(site.scope, site.call))
        for site in methods_called(method.module.service, method.name)
        if in_app(site.module)
    ]
    told = method.name in _BUS_METHODS
    if not told and not any(callee is None or callee is method for _, callee in callees):
        yield None  # another service may
    for site, callee in callees:
        if (callee is method and not told) or (callee is None and not is_brokers(site)):
            yield text_of(site.scope, argument_for(method, site.call, parameter))


def _listened_for(service: Service) -> Iterator[EventName]:
    """Yield what the app listens for on its emitters, as a call or a decorator.

    A decorator that is told a name may be that of what dispatches events, and publishes none.
    """
    for site in methods_called(service, *_LISTENING):
        function = site.call.function
        callee = callee_of(site.scope, site.call)
        if not in_app(site.module) or not isinstance(callee, Function) or callee.cls is None:
            continue
        assert isinstance(function, f.Attribute)
        if _decorates(site) or any(name in callee.cls.methods for name in _BUS_METHODS):
            named = event_given(site.scope, function, site.call)
            certain = named is not None or function.name.startswith(("on", "add_"))
            named = named if named is not None else site.call.argument(0)
            text = text_of(site.scope, named) if named is not None else None
            # `bus.connect(url)` listens for nothing.
            if named is not None and (certain or text is not None):
                yield EventName(text, site, named, published=False)


def _decorates(site: CallSite) -> bool:
    """Tell whether *site* makes a decorator of a function: ``@dispatcher.register("...")``."""
    statement = site.step.statement
    return isinstance(statement, f.FunctionDefinition) and any(
        site.call is decorator for decorator in statement.decorators
    )


def _subscribed_at_once(service: Service) -> Iterator[EventName]:
    """Yield what the app subscribes to by several types at once, or by something else than a type.

    ``bus.subscribe(client, event_types=[...])``; where none is given, or they are not known, it
    may be any.
    """
    for site in methods_called(service, *_SUBSCRIBING):
        callee = callee_of(site.scope, site.call)
        if not in_app(site.module) or not isinstance(callee, Function) or callee.cls is None:
            continue
        if _event_parameter(callee) is not None or not _publishes_events(callee.cls):
            continue
        given = next(
            (argument_for(callee, site.call, p) for p in callee.arguments if p.name in _TYPES),
            None,
        )
        items = given.items if isinstance(given, f.Collection) else ()
        for item in items or (given or site.call.function,):
            yield EventName(text_of(site.scope, item), site, item, published=False)


def _publishes_events(cls: Class) -> bool:
    """Tell whether *cls* has a method that publishes an event by its type."""
    return any(
        name in cls.methods and _event_parameter(cls.methods[name]) is not None
        for name in _BUS_METHODS
        if not name.startswith("subscribe")
    )


def has_other_end(name: str, published: bool, ends: Iterable[EventEnds]) -> bool | None:
    """Tell whether somebody subscribes to the event *name* if it is *published*, or publishes it.

    *ends* are those of all services that may. None where one of them does not tell an event.
    """
    texts = {x for end in ends for x in (end.subscribed if published else end.published)}
    if any(text is not None and is_routed(text, name) for text in texts):
        return True
    return None if None in texts else False


def _passes_on(event: EventName) -> bool:
    """Tell whether an event's name is what a method was given, or a bus has kept of it."""
    scope = event.site.scope
    match event.expression:
        case f.Name(name=name) if isinstance(scope, Function) and scope.cls is not None:
            if scope.parameter(name) is not None:
                return True
            return _is_named_for_events(scope.cls.name) and not _is_made(scope, event.expression)
    return False


def _is_made(scope: Function, name: f.Name) -> bool:
    """Tell whether what *name* holds is made in *scope*, not of the event that it was given."""
    given = _event_parameter(scope)
    kept = given.name if given is not None else None
    made = [x.value for x in scope.bindings.get(name.name, ()) if isinstance(x, Assigned)]
    return any(
        value is not None
        and not any(isinstance(x, f.Name) and x.name == kept for x in f.walk(value))
        for value in made
    )


def is_routed(pattern: str, text: str) -> bool:
    """Tell whether a binding with *pattern* takes *text*: ``*`` one word, ``#`` any number."""
    words = [{"*": r"[^.]+", "#": r".*"}.get(word, re.escape(word)) for word in pattern.split(".")]
    return re.fullmatch(r"\.".join(words).replace(r"\..*", r"(\..*)?"), text) is not None


def _routes_events(scope: Scope, exchange: f.Expression) -> bool | None:
    """Tell whether *exchange* routes by what has happened; None if that is not known.

    The default exchange, and those that are declared as direct, fanout or headers
    exchanges, route to queues or to everybody.
    """
    answer: bool | None = None
    for origin, made in _origins(scope, exchange):
        match made:
            case (
                f.Attribute(name="default_exchange")
                | f.Await(value=f.Attribute(name="default_exchange"))
            ):
                return False
            case f.Await(value=f.Call(function=f.Attribute()) as call):
                kind = kind_of_exchange(origin, call)
                if kind in ("DIRECT", "FANOUT", "HEADERS"):
                    return False
                answer = True if kind is not None else answer
    return answer


def _names_queue(event: EventName) -> bool:
    """Tell whether its key is what a queue of the service is called, by which it may be reached."""
    return event.text in queue_names(event.site.module.service)


def _origins(
    scope: Scope, expression: f.Expression, depth: int = 4
) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield what *expression* may stand for, and where that is said.

    That is what a variable or an attribute of the object at hand is assigned, and what callers
    give for a parameter.
    """
    yield scope, expression
    if not depth:
        return
    match expression:
        case f.Name(name=name):
            parameter = scope.parameter(name) if isinstance(scope, Function) else None
            if isinstance(scope, Function) and parameter is not None:
                for site in callers(scope):
                    given = argument_for(scope, site.call, parameter)
                    if given is not None:
                        yield from _origins(site.scope, given, depth - 1)
                return
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable) and symbol.value is not None:
                yield from _origins(symbol.scope, symbol.value, depth - 1)
        case f.Attribute(value=f.Name(name=receiver), name=name):
            if isinstance(scope, Function) and scope.receiver == receiver and scope.cls is not None:
                for method, assign in scope.cls.attributes.get(name, ()):
                    if assign.value is not None:
                        yield from _origins(method, assign.value, depth - 1)


def event_given(scope: Scope, method: f.Attribute, call: f.Call) -> f.Expression | None:
    """Return the event type that *call* of *method* names; None if it is no event bus's."""
    callee = callee_of(scope, call)
    if isinstance(callee, Function):
        return _given(call, callee) if callee.cls is not None else None
    names = scope.module.service.settings.vocabulary.event_buses
    owner = resolve(scope, method.value)
    made = type_of(scope, method.value)
    if isinstance(owner, External):
        shared = owner.name in names
    elif made is not None:
        shared = made.path != "" and made.name.removesuffix("()") in names
    else:
        value = method.value
        word = value.name if isinstance(value, f.Name | f.Attribute) else ""
        shared = callee is None and word.lstrip("_") in names
    if not shared:
        return None
    given = (call.argument(0, name) for name in _EVENT_PARAMETERS)
    return next((x for x in given if x is not None), None)


def _given(call: f.Call, callee: Function) -> f.Expression | None:
    parameter = _event_parameter(callee)
    if parameter is None:
        return None
    return argument_for(callee, call, parameter)


def _event_parameter(callee: Function) -> f.Parameter | None:
    """Return the parameter that takes the type of an event.

    It is called so, becomes the routing key of what is published, or is the first of a method of
    an event bus that is no content.
    """
    for parameter in callee.arguments:
        if parameter.name in _CERTAIN_PARAMETERS:
            return parameter
        if parameter.name in _EVENT_PARAMETERS and callee.cls is not None:
            if parameter is callee.arguments[0] and _is_named_for_events(callee.cls.name):
                return parameter
    if callee.cls is None or not callee.arguments:
        return None
    for parameter in callee.arguments:
        if _becomes_routing_key(callee, parameter.name):
            return parameter
    first = callee.arguments[0]
    if first.name.removesuffix("_name") in _CONTENTS or _becomes_place(callee, first.name):
        return None
    if not (_is_named_for_events(callee.cls.name) or _is_bus(callee.cls)):
        return None
    made = type_of_parameter(callee, first)
    return first if first.annotation is None or (made and made.path == "builtins.str") else None


def _is_bus(cls: Class) -> bool:
    """Tell whether *cls* publishes what it is told to the broker, and takes subscribers."""
    return any(name.startswith("subscribe") for name in cls.methods) and any(
        _becomes_routing_key(method, parameter.name)
        for name, method in cls.methods.items()
        if name in _BUS_METHODS and not name.startswith("subscribe")
        for parameter in method.arguments
    )


def _becomes_routing_key(callee: Function, name: str) -> bool:
    """Tell whether the parameter *name* is what *callee*, or what it calls, publishes under."""
    return any(
        _is(site.call.argument(1, "routing_key"), called)
        and isinstance(site.call.function, f.Attribute)
        and _routes_events(site.scope, site.call.function.value) is not False
        for site, called in _brokered(callee, name, ("publish",))
    )


def _becomes_place(callee: Function, name: str) -> bool:
    """Tell whether the parameter *name* is an exchange or a queue that is published to."""
    return any(
        _is(site.call.argument(0, "name"), called)
        for site, called in _brokered(callee, name, _PLACES)
    )


def _brokered(
    function: Function, name: str, methods: tuple[str, ...], depth: int = 2
) -> Iterator[tuple[CallSite, str]]:
    """Yield the calls of the broker's *methods* in *function*, and in what is given its *name*.

    Each with what the parameter *name* is called there.
    """
    for site in function.calls:
        called = site.call.function
        if isinstance(called, f.Attribute) and called.name in methods and is_brokers(site):
            yield site, name
        inner = callee_of(function, site.call) if depth > 1 else None
        if isinstance(inner, Function) and inner is not function:
            for parameter in inner.arguments:
                if _is(argument_for(inner, site.call, parameter), name):
                    yield from _brokered(inner, parameter.name, methods, depth - 1)


def _is(expression: f.Expression | None, name: str) -> bool:
    return isinstance(expression, f.Name) and expression.name == name


def _is_named_for_events(name: str) -> bool:
    word = name.lower()
    return "eventbus" in word or "event_bus" in word or word.startswith("event")
