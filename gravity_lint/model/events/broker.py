"""The message broker: its connections, queues and exchanges, and the messages that are made.

What the model recognises is aio-pika's interface (patterns document,
Event-Driven Patterns). A receiver whose type is not known counts as aio-pika's
only if the module imports aio-pika and the method is one that only aio-pika has.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.calls import calls_by_callee
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, path_of, resolve
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import text_of

LIBRARY = "aio_pika"
_DEAD_LETTER_KEY = "x-dead-letter-routing-key"


def imports_broker(module: Module) -> bool:
    """Tell whether *module* imports aio-pika."""
    return any(
        isinstance(b, Imported) and b.fact.module.partition(".")[0] == LIBRARY
        for bindings in module.bindings.values()
        for b in bindings
    )


def broker_calls(service: Service, *methods: str) -> Iterator[CallSite]:
    """Yield the calls in the app of aio-pika methods that are called one of *methods*."""
    for site in attribute_calls(service):
        function = site.call.function
        assert isinstance(function, f.Attribute)
        if function.name not in methods:
            continue
        if is_brokers(site):
            yield site


@query
def attribute_calls(service: Service) -> tuple[CallSite, ...]:
    """Return the calls in the app of methods, whatever they are methods of."""
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
def queue_names(service: Service) -> frozenset[str]:
    """Return what the queues that the app declares or asks for are called, where that is known."""
    sites = broker_calls(service, "declare_queue", "get_queue")
    names = (text_of(site.scope, site.call.argument(0, "name")) for site in sites)
    return frozenset(name for name in names if name)


@query
def dead_letter_keys(service: Service) -> frozenset[str | None]:
    """Return the keys under which the broker publishes dead letters; None is one not known.

    A queue that names no such key leaves its messages theirs.
    """
    modules = [x for x in service.modules if in_app(x) and imports_broker(x)]
    return frozenset(
        text_of(scope, value)
        for module in modules
        for scope in module.scopes
        for step in scope.steps
        for expression in step.expressions
        for mapping in f.walk(expression)
        if isinstance(mapping, f.Mapping)
        for key, value in zip(mapping.keys, mapping.values, strict=True)
        if isinstance(key, f.Constant) and key.value == _DEAD_LETTER_KEY
    )


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


def is_brokers(site: CallSite) -> bool:
    """Tell whether a call of a method is one of aio-pika's."""
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, External):
        return callee.path.startswith(f"{LIBRARY}.")
    return callee is None and imports_broker(site.module)
