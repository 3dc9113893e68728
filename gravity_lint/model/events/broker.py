"""The message broker: its connections, queues and exchanges, and the messages that are made.

What the model recognises is aio-pika's interface (patterns document,
Event-Driven Patterns). A receiver whose type is not known counts as aio-pika's
only if the module imports aio-pika and the method is one that only aio-pika has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.calls import calls_in, methods_called_in
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, path_of, resolve
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.service import Service, by_module, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import text_of
from gravity_lint.model.code.words import saying

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
    for module in saying(service, methods):
        yield from broker_calls_in(module, *methods)


def broker_calls_in(module: Module, *methods: str) -> Iterator[CallSite]:
    """Yield those of the calls that stand in *module*."""
    if in_app(module):
        yield from (site for site in methods_called_in(module, *methods) if is_brokers(site))


@by_module
def declarations(module: Module) -> Iterator[CallSite]:
    """Return the calls that declare a queue or an exchange."""
    return broker_calls_in(module, "declare_queue", "declare_exchange")


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
    modules = [x for x in saying(service, (LIBRARY,)) if in_app(x) and imports_broker(x)]
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


@by_module
def messages(module: Module) -> Iterable[CallSite]:
    """Return the calls that make an outgoing message."""
    return calls_in(module, f"{LIBRARY}.Message") if in_app(module) else ()


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
