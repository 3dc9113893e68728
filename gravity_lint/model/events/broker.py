"""The message broker: its connections, queues and exchanges, and the messages that are made.

What the model recognises is aio-pika's interface (patterns document,
Event-Driven Patterns). A receiver whose type is not known counts as aio-pika's
only if the module imports aio-pika, and no other library of that kind is in play.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_in, methods_called, methods_called_in
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, imports_any, path_of, resolve
from gravity_lint.model.code.questions import by_module, calling
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import text_of
from gravity_lint.model.code.words import saying

LIBRARY = "aio_pika"
_OTHERS = ("faststream", "propan", "kombu", "pika")
"""Other libraries whose objects have methods that are called like aio-pika's."""
_PRODUCERS = frozenset(
    {
        *("aiokafka.AIOKafkaProducer.send", "aiokafka.AIOKafkaProducer.send_and_wait"),
        *("confluent_kafka.Producer.produce", "kafka.KafkaProducer.send"),
        "faststream.confluent.KafkaBroker.publish",
        "faststream.kafka.KafkaBroker.publish",
        "faststream.nats.NatsBroker.publish",
        "faststream.rabbit.RabbitBroker.publish",
        "faststream.redis.RedisBroker.publish",
        "pika.BlockingConnection.channel().basic_publish",
        "pika.adapters.blocking_connection.BlockingChannel.basic_publish",
        "pika.adapters.blocking_connection.BlockingConnection.channel().basic_publish",
        "pika.channel.Channel.basic_publish",
    }
)
"""How other libraries publish, by objects of which the class is known."""
_TOLD = ("callback", "on_delivery")
"""What of a call of theirs is told later what has become of the message."""
_DEAD_LETTER_KEY = "x-dead-letter-routing-key"


def imports_broker(module: Module) -> bool:
    """Tell whether *module* imports aio-pika."""
    return imports_any(module, (LIBRARY,))


def broker_calls(service: Service, *methods: str) -> Iterator[CallSite]:
    """Yield the calls in the app of aio-pika methods that are called one of *methods*."""
    for module in saying(service, methods):
        yield from broker_calls_in(module, *methods)


def broker_calls_in(module: Module, *methods: str) -> Iterator[CallSite]:
    """Yield those of the calls that stand in *module*."""
    if in_app(module):
        yield from (site for site in methods_called_in(module, *methods) if is_brokers(site))


def publishing_calls(service: Service) -> Iterator[CallSite]:
    """Yield the calls in the app that publish a message, by aio-pika or by what is known to.

    But for those after which a function is told whether the message has arrived.
    """
    yield from broker_calls(service, "publish")
    for site in methods_called(service, *sorted({x.rpartition(".")[2] for x in _PRODUCERS})):
        callee = callee_of(site.scope, site.call) if in_app(site.module) else None
        told = any(site.call.keyword(word) is not None for word in _TOLD)
        if isinstance(callee, External) and callee.path in _PRODUCERS and not told:
            yield site


@by_module(where=lambda _: ("declare_queue", "declare_exchange"))
def declarations(module: Module) -> Iterator[CallSite]:
    """Return the calls that declare a queue or an exchange."""
    return broker_calls_in(module, "declare_queue", "declare_exchange")


@query
def queue_names(service: Service) -> frozenset[str]:
    """Return what the queues that the app declares or asks for are called, where that is known."""
    sites = broker_calls(service, "declare_queue", "get_queue")
    names = (text_of(site.scope, site.call.argument(0, "name")) for site in sites)
    return frozenset(name for name in names if name)


def kind_of_exchange(scope: Scope, call: f.Call) -> str | None:
    """Return the kind of the exchange that *call* declares or asks for: ``TOPIC``; None if unknown.

    One that is asked for by name is of the kind that the app declares under that name, or that
    the broker has it of (``amq.topic``).
    """
    method = call.function.name if isinstance(call.function, f.Attribute) else ""
    if text_of(scope, call.argument(0, "name")) == "" and method.endswith("_exchange"):
        return "DIRECT"  # the default exchange, which routes to the queue of that name
    if method == "declare_exchange" and not _is_passive(call):
        kind = call.argument(1, "type")
        if kind is None:
            return "DIRECT"
        name = kind.name if isinstance(kind, f.Attribute) else text_of(scope, kind)
        return name.upper() if name is not None else None
    if method not in ("declare_exchange", "get_exchange"):
        return None
    name = text_of(scope, call.argument(0, "name"))
    if name is None:
        return None
    if name.startswith("amq."):
        return name.removeprefix("amq.").upper()
    kinds = _exchange_kinds(scope.module.service).get(name, frozenset())
    return next(iter(kinds)) if len(kinds) == 1 else None


def _is_passive(call: f.Call) -> bool:
    """Tell whether an exchange only has to be there: its kind is what others declared."""
    given = call.keyword("passive")
    return given is not None and not (isinstance(given, f.Constant) and given.value is False)


@query
def _exchange_kinds(service: Service) -> dict[str, frozenset[str | None]]:
    """Return the kinds under which the app declares exchanges, by their names."""
    found: dict[str, frozenset[str | None]] = {}
    for site in broker_calls(service, "declare_exchange"):
        name = text_of(site.scope, site.call.argument(0, "name"))
        if name is not None and not _is_passive(site.call):
            kind = kind_of_exchange(site.scope, site.call)
            found[name] = found.get(name, frozenset()) | {kind}
    return found


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
        for mapping in step.parts
        if isinstance(mapping, f.Mapping)
        for key, value in zip(mapping.keys, mapping.values, strict=True)
        if isinstance(key, f.Constant) and key.value == _DEAD_LETTER_KEY
    )


@by_module(where=calling(f"{LIBRARY}.Message"))
def messages(module: Module) -> Iterable[CallSite]:
    """Return the calls that make an outgoing message."""
    return calls_in(module, f"{LIBRARY}.Message") if in_app(module) else ()


def is_typed_later(site: CallSite) -> bool:
    """Tell whether the message made at *site* is given a content type once it is made."""
    match site.step.statement:
        case f.Assign(targets=(f.Name(name=name),)):
            return any(
                isinstance(target, f.Attribute)
                and target.name == "content_type"
                and isinstance(target.value, f.Name)
                and target.value.name == name
                for step in site.scope.steps
                if step.index > site.step.index and isinstance(step.statement, f.Assign)
                for target in step.statement.targets
            )
    return False


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
    return callee is None and imports_broker(site.module) and not _is_anothers(site)


def _is_anothers(site: CallSite) -> bool:
    """Tell whether a call of unknown doing may be of another library's broker, which knows more.

    FastStream's is called as aio-pika's channel is, with queues that say themselves what they are.
    """
    if imports_any(site.module, _OTHERS):
        return True
    function = site.call.function
    owner = function.value if isinstance(function, f.Attribute) else None
    given = site.call.argument(0, None)
    return any(_comes_from_another(site.scope, x) for x in (owner, given) if x is not None)


def _comes_from_another(scope: Scope, value: f.Expression, depth: int = 4) -> bool:
    """Tell whether *value* is, or is read of, a thing of another library that speaks AMQP."""
    found = type_of(scope, value)
    if found is not None and found.cls is None:
        return found.path.partition(".")[0] in _OTHERS
    match value:
        case _ if not depth:
            return False
        case f.Name():
            symbol = resolve(scope, value)
            if isinstance(symbol, Variable) and symbol.value is not None:
                return _comes_from_another(symbol.scope, symbol.value, depth - 1)
        case f.Await(value=inner) | f.Attribute(value=inner) | f.Call(function=inner):
            return _comes_from_another(scope, inner, depth - 1)
    return False
