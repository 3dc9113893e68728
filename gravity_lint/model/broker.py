"""The message broker: connections, queues and exchanges, messages, and who handles them.

What the model recognises is aio-pika's interface (patterns document,
Event-Driven Patterns). A receiver whose type is not known counts as aio-pika's
only if the module imports aio-pika and the method is one that only aio-pika has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.calls import calls_by_callee
from gravity_lint.model.layers import in_app
from gravity_lint.model.names import External, resolve
from gravity_lint.model.scopes import CallSite, Function, Imported, Module, Scope
from gravity_lint.model.service import Service, query
from gravity_lint.model.types import callee_of, type_of
from gravity_lint.model.values import text_of
from gravity_lint.spans import Span

LIBRARY = "aio_pika"
_MESSAGES = ("IncomingMessage", "AbstractIncomingMessage", "AbstractRobustIncomingMessage")
_SETTLING = ("ack", "nack", "reject")
_BUS_METHODS = ("publish", "subscribe", "publish_event", "subscribe_event", "emit")
_EVENT_PARAMETERS = ("event_type", "event_name", "event", "routing_key", "topic")


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
        callee = callee_of(site.scope, site.call)
        if isinstance(callee, External):
            if callee.path.startswith(f"{LIBRARY}."):
                yield site
        elif callee is None and imports_broker(site.module):
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


# -- events by name ------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class EventName:
    """A literal event type that is published or subscribed to."""

    text: str
    site: CallSite
    expression: f.Expression
    published: bool

    @property
    def module(self) -> Module:
        """The module that names the event."""
        return self.site.module

    @property
    def span(self) -> Span:
        """The literal."""
        return self.expression.span

    @property
    def extent(self) -> Span:
        """Its statement."""
        return self.site.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.site.label


@query
def event_names(service: Service) -> tuple[EventName, ...]:
    """Return the event types that the app names literally when it publishes or subscribes.

    Those are the first argument of a method of an event bus, of the service's
    own or a shared one, and the ``routing_key`` of a message published with aio-pika.
    """
    found: list[EventName] = []
    for site in _attribute_calls(service):
        function = site.call.function
        assert isinstance(function, f.Attribute)
        if function.name not in _BUS_METHODS:
            continue
        named = site.call.keyword("routing_key")
        if named is None and _is_event_bus(site.scope, function, site.call):
            named = site.call.argument(0)
            for name in _EVENT_PARAMETERS:
                named = named if named is not None else site.call.keyword(name)
        elif named is not None and not _is_broker_publish(site):
            named = None
        text = text_of(site.scope, named)
        if named is not None and text is not None and "*" not in text and "#" not in text:
            found.append(EventName(text, site, named, not function.name.startswith("subscribe")))
    return tuple(found)


def _is_broker_publish(site: CallSite) -> bool:
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, External):
        return callee.path.startswith(f"{LIBRARY}.")
    return callee is None and imports_broker(site.module)


def _is_event_bus(scope: Scope, function: f.Attribute, call: f.Call) -> bool:
    callee = callee_of(scope, call)
    if isinstance(callee, Function):
        return bool(callee.arguments) and callee.arguments[0].name in _EVENT_PARAMETERS
    names = scope.module.service.settings.vocabulary.event_buses
    owner = resolve(scope, function.value)
    if isinstance(owner, External):
        return owner.name in names
    made = type_of(scope, function.value)
    return made is not None and made.path != "" and made.name.removesuffix("()") in names


# -- handlers ------------------------------------------------------------------------------


@query
def event_handlers(service: Service) -> tuple[Function, ...]:
    """Return the functions that are registered by a ``@<bus>.subscribe("...")`` decorator."""
    found: list[Function] = []
    for function in service.functions:
        if not in_app(function.module) or function.parent is None:
            continue
        for decorator in function.decorators:
            match decorator:
                case f.Call(function=f.Attribute(name="subscribe") as method) if text_of(
                    function.parent, decorator.argument(0)
                ) is not None and _is_event_bus(function.parent, method, decorator):
                    found.append(function)
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Consumer:
    """A function that takes messages from a queue; *message* is its parameter."""

    function: Function
    message: f.Parameter

    @property
    def module(self) -> Module:
        """The module of the function."""
        return self.function.module

    @property
    def span(self) -> Span:
        """The function's name."""
        return self.function.span

    @property
    def extent(self) -> Span:
        """The head of the function."""
        return self.function.extent

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.function.label

    @cached_property
    def hands_on(self) -> bool:
        """Tell whether the message itself is given to something else, which may settle it."""
        return any(
            isinstance(argument, f.Name) and argument.name == self.message.name
            for site in self.function.calls
            for argument in (*site.call.arguments, *(k.value for k in site.call.keywords))
        ) or any(
            isinstance(statement.value, f.Name) and statement.value.name == self.message.name
            for _, statement in self.function.returned
        )

    @cached_property
    def settles(self) -> bool:
        """Tell whether every path through the function acknowledges or rejects the message."""
        return self._settled(self.function.body)

    def _settled(self, body: tuple[f.Statement, ...]) -> bool:
        """Tell whether each way through *body* settles the message or raises."""
        for statement in body:
            match statement:
                case f.Evaluate() | f.Assign() | f.Return():
                    if any(self._settles(x) for x in _expressions(statement)):
                        return True
                    if isinstance(statement, f.Return):
                        return False
                case f.With(items=items, body=inner):
                    if any(self._processes(item.context) for item in items):
                        return True
                    if self._settled(inner):
                        return True
                case f.If(body=inner, otherwise=otherwise):
                    if otherwise and self._settled(inner) and self._settled(otherwise):
                        return True
                case f.Match(cases=cases):
                    if cases and all(self._settled(case.body) for case in cases):
                        return True
                case f.Try():
                    if self._settled_by_try(statement):
                        return True
        return False

    def _settled_by_try(self, statement: f.Try) -> bool:
        if self._settled(statement.final):
            return True
        normal = self._settled((*statement.body, *statement.otherwise))
        return normal and all(
            self._settled(handler.body) or _leaves_by_raising(handler.body)
            for handler in statement.handlers
        )

    def _settles(self, expression: f.Expression) -> bool:
        return any(
            isinstance(x, f.Call)
            and isinstance(x.function, f.Attribute)
            and x.function.name in _SETTLING
            and isinstance(x.function.value, f.Name)
            and x.function.value.name == self.message.name
            for x in f.walk(expression)
        )

    def _processes(self, context: f.Expression) -> bool:
        match context:
            case f.Call(function=f.Attribute(value=f.Name(name=name), name="process")):
                return name == self.message.name
        return False


def _expressions(statement: f.Evaluate | f.Assign | f.Return) -> tuple[f.Expression, ...]:
    return (statement.value,) if statement.value is not None else ()


def _leaves_by_raising(body: tuple[f.Statement, ...]) -> bool:
    return bool(body) and isinstance(body[-1], f.Raise)


@query
def consumers(service: Service) -> tuple[Consumer, ...]:
    """Return the functions of the app that are given to ``queue.consume(...)``.

    Consumers without acknowledgement (``no_ack=True``) are none: the broker
    forgets their messages by itself.
    """
    found: dict[Function, Consumer] = {}
    for site in broker_calls(service, "consume"):
        callback = resolve(site.scope, site.call.argument(0, "callback"))
        given = site.call.argument(0, "callback")
        if callback is None and isinstance(given, f.Attribute):
            owner = type_of(site.scope, given.value)
            if owner is not None and owner.cls is not None:
                callback = owner.cls.methods.get(given.name)
        no_ack = site.call.argument(1, "no_ack")
        if no_ack is not None and not (isinstance(no_ack, f.Constant) and no_ack.value is False):
            continue
        if isinstance(callback, Function) and callback.arguments:
            found[callback] = Consumer(callback, callback.arguments[0])
    return tuple(found.values())


# -- dispatch ------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Dispatch:
    """A loop that calls event handlers one after the other."""

    site: CallSite
    loop: f.For

    @property
    def module(self) -> Module:
        """The module of the loop."""
        return self.site.module

    @property
    def span(self) -> Span:
        """The call of the handler."""
        return self.site.span

    @property
    def extent(self) -> Span:
        """The statement that calls it."""
        return self.site.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.site.label

    @property
    def handler(self) -> str:
        """The name by which the loop calls the handler."""
        return f.render(self.site.call.function)

    @cached_property
    def guard(self) -> f.Try | None:
        """The ``try`` inside the loop that catches whatever a handler raises."""
        for block in self.site.step.block.ancestors():
            if block.owner is self.loop:
                return None
            if block.part == "body" and isinstance(block.owner, f.Try):
                if any(_is_broad(self.site.scope, h) for h in block.owner.handlers):
                    return block.owner
        return None


def _is_broad(scope: Scope, handler: f.Handler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.items if isinstance(handler.type, f.Collection) else (handler.type,)
    return any(
        isinstance(symbol, External)
        and symbol.path in ("builtins.Exception", "builtins.BaseException")
        for symbol in (resolve(scope, x) for x in types)
    )


@query
def dispatches(service: Service) -> tuple[Dispatch, ...]:
    """Return the loops over handlers or subscribers in which the loop's variable is called."""
    words = ("handler", "subscriber", "listener", "callback")
    found: list[Dispatch] = []
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            if not isinstance(site.call.function, f.Name):
                continue
            for loop in site.step.loops:
                if (
                    isinstance(loop, f.For)
                    and isinstance(loop.target, f.Name)
                    and loop.target.name == site.call.function.name
                    and any(word in f.render(loop.iterable).lower() for word in words)
                ):
                    found.append(Dispatch(site, loop))
                    break
    return tuple(found)
