"""Programs that take work as it comes: servers, consumers, schedulers, bots."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, path_of, resolve
from gravity_lint.model.code.questions import question
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import type_of
from gravity_lint.patterns import pattern

SERVERS = ("fastapi", "starlette", "celery", "dramatiq", "taskiq", "arq", "rq", "faststream")
_TESTING = ("fastapi.testclient", "starlette.testclient")
"""What of those serves nobody."""
_FEEDING = frozenset(
    {
        *SERVERS,
        *("uvicorn", "hypercorn"),
        *("aio_pika", "pika", "aiormq", "kombu", "aiokafka", "kafka", "confluent_kafka", "nats"),
        *("stomp", "paho", "aiomqtt", "asyncio_mqtt", "gmqtt", "zmq", "temporalio", "saq"),
        *("procrastinate", "streaq", "huey", "apscheduler", "schedule", "watchdog"),
        *("aiogram", "telegram", "telebot", "telethon", "pyrogram", "discord", "slack_bolt"),
    }
)
"""Libraries that give a program its work: those of servers, brokers, schedulers, bots."""
_RUNNERS = frozenset({*SERVERS, "uvicorn", "hypercorn", "schedule", "watchdog"})
"""Those that scripts use as well, to start the app."""
_TAKING = frozenset(
    {
        *("consume", "iterator", "subscribe", "AIOKafkaConsumer", "KafkaConsumer", "Consumer"),
        *("AsyncIOScheduler", "BlockingScheduler", "BackgroundScheduler", "Dispatcher", "Worker"),
    }
)
"""What of those libraries is called by who takes work, not by who puts it there."""
_NAMED_FOR_WORK = pattern(r"(?:.*_)?(?:workers?|consumers?|schedulers?|daemons?|listeners?)")
"""What the modules and packages of such a program are called."""
_WAITING = frozenset(
    {
        *("run_forever", "serve_forever", "wait_for_termination", "run_app", "start_server"),
        *("basic_consume", "xread", "xreadgroup", "blpop", "brpop", "bzpopmin", "pubsub"),
        *("start_consuming", "add_listener", "add_signal_handler"),
        *("start_polling", "run_polling", "infinity_polling", "run_until_disconnected"),
    }
)
"""The methods by which a program waits for more, or for being stopped."""
_NEVER = ("asyncio.Future", "signal.pause")
"""What a program awaits that has nothing else to do but to be there."""
_STOPPING = pattern(r"(?:.*_)?(?:running|stop|stopped|stopping|shutdown|shutting_down)|is_set")
"""What the condition of a loop asks that goes on until somebody stops it."""

_TASKS = ("actor", "periodic_task", "shared_task", "task")
"""The decorators, and methods of queues that are decorators, by which a worker runs a function."""


def is_task(function: Function) -> bool:
    """Tell whether a worker runs *function*: ``@celery.task``, ``@shared_task``, ``@actor``.

    So, too, where the queue is not in view.
    """
    outside = function.parent or function.module
    for decorator in function.decorators:
        match f.called(decorator):
            case f.Attribute(value=owner, name=name) if name in _TASKS:
                kind = type_of(outside, owner)
                if kind is None or kind.cls is None:
                    return True
            case named:
                symbol = resolve(outside, named)
                if isinstance(symbol, External) and symbol.name in _TASKS:
                    return True
    return False


@question
def waits_for_work(module: Module) -> bool:
    """Tell whether *module* is of a program that goes on until it is stopped.

    It uses a library that gives it work, is called for what it does, or loops without end. What
    lies beside that, and is told by its arguments what to do, does it once.
    """
    *packages, own = map(_NAMED_FOR_WORK.fullmatch, module.name.split("."))
    called = own is not None or (any(packages) and not _reads_arguments(module))
    return called or any(map(_waits, module.scopes))


def _reads_arguments(module: Module) -> bool:
    """Tell whether *module* reads what stands behind its name in the command."""
    return any(
        isinstance(inner, f.Attribute | f.Name) and path_of(step.scope, inner) == "sys.argv"
        for scope in module.scopes
        for step in scope.steps
        for inner in step.parts
    )


def asks_for_work(module: Module) -> bool:
    """Tell whether *module* itself asks a broker, a scheduler or a bot for its work."""
    return any(map(_calls_for_more, module.scopes)) or (
        any(_imports(x, _FEEDING - _RUNNERS) for s in module.scopes for x in s.steps)
        and any(
            isinstance(site.call.function, f.Name | f.Attribute)
            and site.call.function.name in _TAKING
            for scope in module.scopes
            for site in scope.calls
        )
    )


def imports_server(module: Module) -> bool:
    """Tell whether *module* itself, and no function in it, imports what serves an app."""
    return any(_imports(step, frozenset(SERVERS)) for step in module.steps)


def _imports(step: Step, libraries: frozenset[str]) -> bool:
    match step.statement:
        case f.Import(module=name, level=0):
            return name.partition(".")[0] in libraries and name not in _TESTING
    return False


def _waits(scope: Scope) -> bool:
    return any(map(_goes_on, scope.steps)) or _calls_for_more(scope)


def _calls_for_more(scope: Scope) -> bool:
    return any(
        (isinstance(site.call.function, f.Attribute) and site.call.function.name in _WAITING)
        or path_of(scope, site.call.function) in _NEVER
        for site in scope.calls
    )


def _goes_on(step: Step) -> bool:
    """Tell whether *step* imports what gives work, or is a loop that nothing inside it ends."""
    match step.statement:
        case f.Import(module="kafka") if _reads_to_the_end(step.scope.module):
            return False
        case f.Import():
            return _imports(step, _FEEDING)
        case f.While(test=f.Constant(value=value)) as loop:
            inside = step.scope.inside.get(loop, ())
            return bool(value) and not any(_leaves(other, loop) for other in inside)
        case f.While(test=test):
            return any(
                isinstance(x, f.Name | f.Attribute) and _STOPPING.fullmatch(x.name) is not None
                for x in f.walk(test)
            )
    return False


def _reads_to_the_end(module: Module) -> bool:
    """Tell whether each consumer that *module* makes stops where nothing has come for a while."""
    made = [
        site.call
        for scope in module.scopes
        for site in scope.calls
        if path_of(scope, site.call.function) == "kafka.KafkaConsumer"
    ]
    return bool(made) and all(call.keyword("consumer_timeout_ms") is not None for call in made)


def _leaves(step: Step, loop: f.While) -> bool:
    match step.statement:
        case f.Return():
            return True
        case f.Jump(kind="break"):
            return next(iter(step.loops), None) is loop
    return False
