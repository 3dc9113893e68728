"""The message broker: connections, queues and exchanges, messages, and who handles them.

What the model recognises is aio-pika's interface (patterns document,
Event-Driven Patterns). A receiver whose type is not known counts as aio-pika's
only if the module imports aio-pika and the method is one that only aio-pika has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_by_callee
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Symbol, Variable, path_of, resolve
from gravity_lint.model.code.references import is_used
from gravity_lint.model.code.scopes import Block, CallSite, Class, Function, Imported, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.subjects import AtCall, AtFunction
from gravity_lint.model.code.types import callee_of, method_of, type_of, type_of_parameter
from gravity_lint.model.code.values import text_of
from gravity_lint.model.exceptions.clauses import Clause, clauses_by_trial, suppresses
from gravity_lint.sources.spans import Span

LIBRARY = "aio_pika"
_SETTLING = ("ack", "nack", "reject")
_PARTIAL = "functools.partial"
_INCOMING = (
    *(f"{LIBRARY}.{name}" for name in ("IncomingMessage", "AbstractIncomingMessage")),
    *(f"{LIBRARY}.message.IncomingMessage", f"{LIBRARY}.abc.AbstractIncomingMessage"),
)

Body: TypeAlias = tuple[f.Statement, ...]
States: TypeAlias = frozenset[bool]
_NOWHERE: States = frozenset()
_SETTLED: States = frozenset({True})
_ASKING = ("iscoroutinefunction", "isawaitable", "iscoroutine", "to_thread", "run_in_executor")
_BUS_METHODS = ("publish", "subscribe", "publish_event", "subscribe_event", "emit")
_CERTAIN_PARAMETERS = ("event_type", "event_name")
_EVENT_PARAMETERS = (*_CERTAIN_PARAMETERS, "event", "routing_key", "topic")


def imports_broker(module: Module) -> bool:
    """Tell whether *module* imports aio-pika."""
    return any(
        isinstance(b, Imported) and b.fact.module.partition(".")[0] == LIBRARY
        for bindings in module.bindings.values()
        for b in bindings
    )


def broker_calls(service: Service, *methods: str) -> Iterator[CallSite]:
    """Yield the calls in the app of aio-pika methods that are called one of *methods*."""
    for site in _attribute_calls(service):
        function = site.call.function
        assert isinstance(function, f.Attribute)
        if function.name not in methods:
            continue
        if _is_brokers(site):
            yield site


@query
def _attribute_calls(service: Service) -> tuple[CallSite, ...]:
    return tuple(
        site
        for scope in service.scopes
        if in_app(scope.module)
        for site in scope.calls
        if isinstance(site.call.function, f.Attribute)
    )


@query
def declarations(service: Service) -> tuple[CallSite, ...]:
    """Return the calls that declare a queue or an exchange."""
    return tuple(broker_calls(service, "declare_queue", "declare_exchange"))


@query
def messages(service: Service) -> tuple[CallSite, ...]:
    """Return the calls that make an outgoing message."""
    made = calls_by_callee(service).get(f"{LIBRARY}.Message", ())
    return tuple(site for site in made if in_app(site.module))


def holds_json(site: CallSite) -> bool:
    """Tell whether the body of the message made at *site* certainly is JSON."""
    return _is_json(site.scope, site.call.argument(0, "body"))


def _is_json(scope: Scope, body: f.Expression | None, depth: int = 8) -> bool:
    if not depth:
        return False
    match body:
        case f.Name():
            symbol = resolve(scope, body)
            if isinstance(symbol, Variable):
                return _is_json(symbol.scope, symbol.value, depth - 1)
        case f.Call(function=f.Attribute(name="encode", value=text)):
            return _is_json(scope, text, depth - 1)
        case f.Call(function=f.Attribute(name="model_dump_json", value=model)):
            made = type_of(scope, model)
            return made is not None and made.is_a("pydantic.BaseModel")
        case f.Call(function=function):
            return path_of(scope, function) in ("json.dumps", "orjson.dumps")
    return False


# -- events by name ------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class EventName(AtCall):
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
    for site in _attribute_calls(service):
        function = site.call.function
        assert isinstance(function, f.Attribute)
        named: f.Expression | None = None
        if function.name in _BUS_METHODS:
            named = _event_given(site.scope, function, site.call)
        if named is None and function.name in ("publish", "bind") and _is_brokers(site):
            exchange = function.value
            if function.name == "bind":
                exchange = site.call.argument(0, "exchange") or exchange
            if _routes_events(site.scope, exchange):
                named = site.call.argument(1, "routing_key")
        if named is not None:
            published = not function.name.startswith("subscribe") and function.name != "bind"
            found.append(EventName(text_of(site.scope, named), site, named, published))
    for callee, sites in calls_by_callee(service).items():
        if isinstance(callee, Function) and callee.cls is None and callee.name in _BUS_METHODS:
            for site in sites:
                named = _given(site.call, callee)
                if named is not None and in_app(site.module):
                    text = text_of(site.scope, named)
                    found.append(EventName(text, site, named, "subscribe" not in callee.name))
    return tuple(found)


@query
def event_names(service: Service) -> tuple[EventName, ...]:
    """Return the event types that the app names literally; an empty one routes nothing."""
    return tuple(event for event in named_events(service) if event.text and not event.is_pattern)


def has_other_end(event: EventName) -> bool | None:
    """Tell whether the service also subscribes to what it publishes, or the other way round.

    None where an event at the other end is named by a value that is not known.
    """
    others = [x for x in named_events(event.module.service) if x.published is not event.published]
    # An event bus itself publishes what it is told to: its own calls name nothing.
    texts = [x.text for x in others if x.text is not None or not _passes_on(x)]
    if any(text is not None and _routes(text, event.text or "") for text in texts):
        return True
    return None if None in texts else False


def _passes_on(event: EventName) -> bool:
    """Tell whether an event's name is what a method of an event bus was given."""
    scope = event.site.scope
    return (
        isinstance(scope, Function)
        and isinstance(event.expression, f.Name)
        and scope.cls is not None
        and (
            scope.parameter(event.expression.name) is not None
            or _is_named_for_events(scope.cls.name)
        )
    )


def _routes(pattern: str, text: str) -> bool:
    """Tell whether a binding with *pattern* takes *text*: ``*`` one word, ``#`` any number."""
    words = [{"*": r"[^.]+", "#": r".*"}.get(word, re.escape(word)) for word in pattern.split(".")]
    return re.fullmatch(r"\.".join(words).replace(r"\..*", r"(\..*)?"), text) is not None


def _is_brokers(site: CallSite) -> bool:
    """Tell whether a call of a method is one of aio-pika's."""
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, External):
        return callee.path.startswith(f"{LIBRARY}.")
    return callee is None and imports_broker(site.module)


def _routes_events(scope: Scope, exchange: f.Expression) -> bool:
    """Tell whether *exchange* may route by what has happened.

    The default exchange, and those that are declared as direct, fanout or headers
    exchanges, route to queues or to everybody.
    """
    if isinstance(exchange, f.Attribute) and exchange.name == "default_exchange":
        return False
    for made in _values_of(scope, exchange):
        match made:
            case f.Await(value=f.Call(function=f.Attribute(name="declare_exchange")) as call):
                kind = call.argument(1, "type")
                if kind is None:
                    return False
                name = kind.name if isinstance(kind, f.Attribute) else text_of(scope, kind)
                if name is not None and name.upper() in ("DIRECT", "FANOUT", "HEADERS"):
                    return False
    return True


def _values_of(scope: Scope, expression: f.Expression) -> Iterator[f.Expression]:
    """Yield what a variable, or an attribute of the object at hand, is assigned."""
    match expression:
        case f.Name():
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable) and symbol.value is not None:
                yield symbol.value
        case f.Attribute(value=f.Name(name=receiver), name=name):
            if isinstance(scope, Function) and scope.receiver == receiver and scope.cls is not None:
                for _, assign in scope.cls.attributes.get(name, ()):
                    if assign.value is not None:
                        yield assign.value


def _event_given(scope: Scope, method: f.Attribute, call: f.Call) -> f.Expression | None:
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
    by_position = parameter.kind is not f.ParameterKind.KEYWORD_ONLY
    position = callee.arguments.index(parameter) if by_position else None
    return call.argument(position, parameter.name)


def _event_parameter(callee: Function) -> f.Parameter | None:
    """Return the parameter that takes the type of an event.

    It is called so, or is the first of a method of an event bus, or becomes the routing key of
    what is published.
    """
    for parameter in callee.arguments:
        if parameter.name in _CERTAIN_PARAMETERS:
            return parameter
        if parameter.name in _EVENT_PARAMETERS and callee.cls is not None:
            if parameter is callee.arguments[0] and _is_named_for_events(callee.cls.name):
                return parameter
            if _becomes_routing_key(callee, parameter.name):
                return parameter
    return None


def _becomes_routing_key(callee: Function, name: str) -> bool:
    for site in callee.calls:
        match site.call:
            case f.Call(function=f.Attribute(name="publish", value=exchange)) as call:
                given = call.argument(1, "routing_key")
                if isinstance(given, f.Name) and given.name == name and _is_brokers(site):
                    return _routes_events(callee, exchange)
    return False


def _is_named_for_events(name: str) -> bool:
    word = name.lower()
    return "eventbus" in word or "event_bus" in word or word.startswith("event")


# -- handlers ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class EventHandler(AtFunction):
    """A function that a ``@<bus>.subscribe(...)`` decorator registers."""

    function: Function
    bus: Class | None
    """The service's own class of the bus; None if the bus comes from a library."""

    @cached_property
    def may_be_plain(self) -> bool:
        """Tell whether the bus looks at what it calls before it awaits it."""
        if self.bus is None:
            return False
        return any(
            isinstance(x, f.Name | f.Attribute) and x.name in _ASKING
            for scope in self.bus.walk()
            for step in scope.steps
            for expression in step.expressions
            for x in f.walk(expression)
        )


@query
def event_handlers(service: Service) -> tuple[EventHandler, ...]:
    """Return the functions that are registered by a ``@<bus>.subscribe(...)`` decorator."""
    found: list[EventHandler] = []
    for function in service.functions:
        if not in_app(function.module) or function.parent is None:
            continue
        for decorator in function.decorators:
            match decorator:
                case f.Call(function=f.Attribute(name="subscribe") as method):
                    if _event_given(function.parent, method, decorator) is not None:
                        subscribe = callee_of(function.parent, decorator)
                        bus = subscribe.cls if isinstance(subscribe, Function) else None
                        found.append(EventHandler(function, bus))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Consumer(AtFunction):
    """A function that takes messages from a queue; *message* is its parameter."""

    function: Function
    message: f.Parameter

    @cached_property
    def hands_on(self) -> bool:
        """Tell whether the message, or a way to settle it, is given to something else."""
        own = (
            expression
            for step in self.function.steps
            for expression in step.expressions
            if not (isinstance(step.statement, f.With) and self._processes(expression))
        )
        inner = (e for scope in self.function.walk() for s in scope.steps for e in s.expressions)
        return any(self._is_given(x) for x in own) or any(
            self._is_message(x) for expression in inner for x in f.walk(expression)
        )

    def _is_given(self, expression: f.Expression) -> bool:
        match expression:
            case f.Attribute(value=value, name=name) if self._is_message(value):
                return name in (*_SETTLING, "process")
            case f.Call(function=f.Attribute(value=value, name=name)) if self._is_message(value):
                if name == "process":
                    return True  # the context is entered by something else
                given = (*expression.arguments, *(k.value for k in expression.keywords))
                return any(self._is_given(x) for x in given)
        return self._is_message(expression) or any(
            self._is_given(x) for x in f.children(expression)
        )

    @cached_property
    def settles(self) -> bool:
        """Tell whether every path through the function acknowledges or rejects the message.

        A path that raises is none of them, unless a clause of the function takes it.
        """
        fallen, returned = self._after(self.function.body, False)
        return False not in fallen | returned

    def _after(self, body: Body, settled: bool) -> tuple[States, States]:
        """Return whether the message may be settled where *body* ends, and where it returns.

        *settled* says whether it is when the body begins.
        """
        states, returned = frozenset({settled}), _NOWHERE
        for statement in body:
            following = _NOWHERE
            for state in states:
                fallen, left = self._after_statement(statement, state)
                following |= fallen
                returned |= left
            states = following
        return states, returned

    def _after_statement(self, statement: f.Statement, settled: bool) -> tuple[States, States]:
        here = frozenset({settled})
        match statement:
            case f.Evaluate(value=value) | f.Assign(value=value):
                return (_SETTLED if self._settles(value) else here), _NOWHERE
            case f.Return(value=value):
                return _NOWHERE, (_SETTLED if self._settles(value) else here)
            case f.Raise():
                return _NOWHERE, _NOWHERE
            case f.With(items=items, body=body):
                inside = settled or any(self._processes(item.context) for item in items)
                return self._after(body, inside)
            case f.If(test=test, body=body, otherwise=otherwise):
                # ``if not message.processed:`` asks whether it is still to be done.
                done = settled or self._asks_whether_settled(test)
                one, other = self._after(body, settled), self._after(otherwise, done)
                return one[0] | other[0], one[1] | other[1]
            case f.Match(cases=cases):
                rows = [self._after(case.body, settled) for case in cases]
                fallen = frozenset[bool]().union(here, *(row[0] for row in rows))
                if cases and all(row[0] == _SETTLED for row in rows):
                    fallen = _SETTLED
                return fallen, frozenset[bool]().union(*(row[1] for row in rows))
            case f.For(body=body) | f.While(body=body):
                # How often a loop turns is not known: one that settles is taken to do so.
                fallen, returned = self._after(body, settled)
                return _SETTLED if True in fallen | returned else here, returned
            case f.Try():
                return self._after_try(statement, settled)
        return here, _NOWHERE

    def _after_try(self, statement: f.Try, settled: bool) -> tuple[States, States]:
        fallen, returned = self._after(statement.body, settled)
        following, left = _NOWHERE, returned
        for state in fallen:
            after, out = self._after(statement.otherwise, state)
            following, left = following | after, left | out
        for state in self._when_raising(statement.body, settled):
            for handler in statement.handlers:
                after, out = self._after(handler.body, state)
                following, left = following | after, left | out
        if statement.final:
            ends = [self._after(statement.final, state) for state in following]
            exits = [self._after(statement.final, state) for state in left]
            following = frozenset[bool]().union(*(x[0] for x in ends))
            left = frozenset[bool]().union(*(x[0] | x[1] for x in exits), *(x[1] for x in ends))
        return following, left

    def _when_raising(self, body: Body, settled: bool) -> States:
        """Return whether the message may be settled when one of the statements raises."""
        found: set[bool] = set()
        state = settled
        for statement in body:
            if isinstance(statement, f.With) and self._processes_at_once(statement):
                state = True
            elif isinstance(statement, f.Evaluate) and self._settles(statement.value):
                state = True
                continue
            found.add(state)
            after = self._after_statement(statement, state)[0]
            state = False not in after if after else state
        return frozenset(found)

    def _processes_at_once(self, statement: f.With) -> bool:
        return self._processes(statement.items[0].context)

    def _settles(self, expression: f.Expression | None) -> bool:
        return expression is not None and any(
            isinstance(x, f.Call)
            and isinstance(x.function, f.Attribute)
            and (
                (x.function.name in _SETTLING and self._is_message(x.function.value))
                or x.function.name.startswith("basic_")
            )
            for x in f.walk(expression)
        )

    def _asks_whether_settled(self, test: f.Expression) -> bool:
        return any(
            isinstance(x, f.Attribute) and x.name == "processed" and self._is_message(x.value)
            for x in f.walk(test)
        )

    def _processes(self, context: f.Expression) -> bool:
        match context:
            case f.Call(function=f.Attribute(value=value, name="process")):
                return self._is_message(value)
        return False

    def _is_message(self, expression: f.Expression) -> bool:
        return isinstance(expression, f.Name) and expression.name == self.message.name


@query
def consumers(service: Service) -> tuple[Consumer, ...]:
    """Return the functions of the app that are given to ``queue.consume(...)``.

    Consumers without acknowledgement (``no_ack=True``) are none: the broker
    forgets their messages by itself. Nor are decorated ones: their decorator may
    settle the message.
    """
    found: dict[Function, Consumer] = {}
    for site in broker_calls(service, "consume"):
        callback, position = _callback(site.scope, site.call.argument(0, "callback"))
        no_ack = site.call.argument(1, "no_ack")
        if no_ack is not None and not (isinstance(no_ack, f.Constant) and no_ack.value is False):
            continue
        if not isinstance(callback, Function) or len(callback.arguments) <= position:
            continue
        plain = all(
            path_of(callback.parent or callback.module, d) == "builtins.staticmethod"
            for d in callback.decorators
        )
        consumer = Consumer(callback, callback.arguments[position])
        known = isinstance(callee_of(site.scope, site.call), External)
        if plain and in_app(callback.module) and (known or _is_message(consumer)):
            found[callback] = consumer
    for function in service.functions:
        # Nobody here calls it or hands it on: it waits for messages all the same.
        if function in found or not function.is_async or function.decorators:
            continue
        if len(function.arguments) == 1 and in_app(function.module):
            message = function.arguments[0]
            made = type_of_parameter(function, message)
            if made is not None and made.path in _INCOMING and not is_used(function):
                found[function] = Consumer(function, message)
    return tuple(found.values())


def _callback(scope: Scope, given: f.Expression | None) -> tuple[Symbol | None, int]:
    """Return the function behind a callback, and which of its arguments the message will be."""
    match given:
        case f.Call(function=maker, arguments=(inner, *bound)) if path_of(scope, maker) == _PARTIAL:
            callback, position = _callback(scope, inner)
            return callback, position + len(bound)
        case f.Attribute(value=value, name=name):
            owner = type_of(scope, value)
            if owner is not None and owner.cls is not None:
                return method_of(owner, name), 0
    return resolve(scope, given), 0


def _is_message(consumer: Consumer) -> bool:
    """Tell whether a consumer's argument is annotated as, or used like, a message of aio-pika."""
    made = type_of_parameter(consumer.function, consumer.message)
    if made is not None:
        return made.path.startswith(f"{LIBRARY}.")
    return consumer.message.annotation is None and any(
        isinstance(x, f.Attribute)
        and x.name in ("body", "process", *_SETTLING)
        and isinstance(x.value, f.Name)
        and x.value.name == consumer.message.name
        for step in consumer.function.steps
        for expression in step.expressions
        for x in f.walk(expression)
    )


# -- dispatch ------------------------------------------------------------------------------


_REGISTRIES = ("handler", "subscriber", "listener", "callback", "consumer")
_EVENTFUL = (
    *("event", "message", "bus", "publish", "dispatch", "emit", "consume", "notif", "broker"),
    *("subscri", "signal"),
)
_ONCE = ("startup", "shutdown", "cleanup", "teardown", "lifespan", "exception", "error", "exit")
"""Words of registries whose functions run once, and should stop what they belong to."""
_ISOLATING = ("asyncio.wait_for", "asyncio.shield")
"""What lets a handler's exception through to whoever awaits it."""


@dataclass(frozen=True, eq=False)
class Dispatch(AtCall):
    """A loop that calls event handlers one after the other."""

    site: CallSite
    loop: f.For

    @property
    def handler(self) -> str:
        """The name by which the loop calls the handler."""
        return f.render(self.site.call.function)

    @cached_property
    def guard(self) -> Clause | None:
        """The clause inside the loop that takes whatever a handler raises."""
        trials = clauses_by_trial(self.module.service)
        return next(
            (
                clause
                for block in self._blocks
                if block.part == "body" and isinstance(block.owner, f.Try)
                for clause in trials[id(block.owner)]
                if clause.broad
            ),
            None,
        )

    @property
    def suppressed(self) -> bool:
        """Tell whether a ``with`` inside the loop swallows what a handler raises."""
        return any(
            suppresses(self.site.scope, item.context, External("builtins.Exception"))
            for block in self._blocks
            if isinstance(block.owner, f.With)
            for item in block.owner.items
        )

    @property
    def _blocks(self) -> Iterator[Block]:
        """Yield the blocks between the call and the loop, inner before outer."""
        for block in self.site.step.block.ancestors():
            if block.owner is self.loop:
                return
            yield block


@query
def dispatches(service: Service) -> tuple[Dispatch, ...]:
    """Return the loops over event handlers in which each is called with the event.

    A call whose result is kept is part of a chain, and one that becomes a task
    runs on its own.
    """
    found: list[Dispatch] = []
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            called = site.call.function
            if isinstance(called, f.Attribute) and called.name in ("handle", "on_event"):
                called = called.value
            if not isinstance(called, f.Name) or not (site.call.arguments or site.call.keywords):
                continue
            for loop in site.step.loops:
                if isinstance(loop, f.For) and _binds(loop.target, called.name):
                    if _dispatches_events(site, loop) and _runs_here(site):
                        found.append(Dispatch(site, loop))
                    break
    return tuple(found)


def _binds(target: f.Expression, name: str) -> bool:
    return any(isinstance(x, f.Name) and x.name == name for x in f.walk(target))


def _dispatches_events(site: CallSite, loop: f.For) -> bool:
    registry = f.render(loop.iterable).lower()
    place = f"{site.scope.label} {registry}".lower()
    return (
        any(word in registry for word in _REGISTRIES)
        and any(word in place for word in _EVENTFUL)
        and not any(word in place for word in _ONCE)
    )


def _runs_here(site: CallSite) -> bool:
    """Tell whether a handler runs, and raises, where the loop calls it, for nothing but that."""
    if not isinstance(site.step.statement, f.Evaluate):
        return False
    for around in site.around:
        match around:
            case f.Await():
                continue
            case f.Call(function=function) if path_of(site.scope, function) in _ISOLATING:
                continue
        return False
    return True
