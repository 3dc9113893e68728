"""Input and output that blocks: what services and repositories do without letting others run.

A plain function may be run in a thread (``asyncio.to_thread``,
``run_in_threadpool``), where it blocks nobody. One that is handed over
somewhere, that is called where it may be in a thread already, or whose
decorators are not known, is therefore only judged where a coroutine that a
request leads to certainly calls it itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.environments import callers
from gravity_lint.model.api.routing import endpoint_by_function
from gravity_lint.model.api.schemas import is_orm_model
from gravity_lint.model.code.awaiting import is_awaited
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.decorators import runs_in_place
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.names import External, Symbol, inherits, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.scripts import is_at_hand, runs_as_program
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import bodies_of, is_stub
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import callee_of, type_of_parameter
from gravity_lint.model.exceptions.classes import is_exception
from gravity_lint.model.services.business import is_prescribed
from gravity_lint.model.services.functions import business_functions
from gravity_lint.model.services.repository_classes import repository_classes
from gravity_lint.model.services.service_classes import service_classes
from gravity_lint.model.services.sessions import (
    IN_MEMORY,
    SessionCall,
    SessionKind,
    is_awaited_session,
    kind_of,
    session_calls_of,
)
from gravity_lint.model.services.starting import is_run_by_requests, starter_of, starters

_HTTP = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_CLIENTS = ("requests", "requests.api", "requests.Session", "requests.sessions.Session")
_SLEEP = "time.sleep"
CALLS = frozenset(
    {
        _SLEEP,
        "redis.client.Pipeline.execute",
        "urllib.request.urlopen",
        "requests.Session.send",
        "httpx.stream",
        "httpx.Client.stream",
        "httpx.Client.send",
        *(f"{owner}.{verb}" for owner in (*_CLIENTS, "httpx", "httpx.Client") for verb in _HTTP),
    }
)
"""Functions and methods that wait for something outside without letting others run."""
_REDIS = "redis.Redis."
_REDIS_PREPARES = (
    *("from_url", "from_pool", "lock", "monitor", "pipeline", "pubsub", "register_script"),
    *("bf", "cf", "cms", "ft", "json", "tdigest", "topk", "ts", "vset"),
    *("get_connection_kwargs", "get_encoder", "load_external_module", "set_response_callback"),
    "close",
)
"""Methods of a client that ask the server nothing; closing it only gives up its connections."""
_PLAIN_DECORATORS = (
    "builtins.staticmethod",
    "builtins.classmethod",
    "builtins.property",
    "abc.abstractmethod",
    "functools.cached_property",
    "functools.lru_cache",
    "functools.cache",
    "typing.override",
)


_PROMPT = (
    *(f"{name}." for name in ("builtins", "collections", "datetime", "decimal", "enum", "json")),
    *(f"{name}." for name in ("functools", "itertools", "math", "re", "string", "typing", "uuid")),
    *(f"{name}." for name in ("logging", "pydantic", "structlog")),
    *("fastapi.HTTPException", "fastapi.Response", "fastapi.encoders.", "fastapi.responses."),
    *("starlette.exceptions.", "starlette.responses."),
    *("time.monotonic", "time.perf_counter", "time.time"),
    *("os.environ.", "os.fspath", "os.getenv", "os.path.basename", "os.path.dirname"),
    *("os.path.join", "os.path.normpath", "os.path.split", "urllib.parse."),
    *(f"{name}." for name in ("base64", "copy", "operator", "random", "secrets", "statistics")),
)
"""Where libraries keep what only computes."""
_RUNNING = ("celery.Task", "celery.app.task.Task", "multiprocessing.Process", "threading.Thread")
"""Classes whose ``run`` is run in a worker or a thread."""
_RUNS = frozenset(
    {
        *("all", "count", "delete", "execute", "first", "get", "get_or_404", "one", "one_or_none"),
        *("paginate", "scalar", "scalars", "update", "value", "values", "yield_per"),
        *("any", "bool", "dict", "iter", "len", "list", "next", "set", "sorted", "tuple"),
    }
)
"""How that is called which asks the database what a query is about."""
_MOST = 200
"""So many callers are looked at."""
_READING = ("builtins.open", "builtins.input", "builtins.exec", "builtins.eval")


class Blocking(msgspec.Struct, frozen=True):
    """A call that blocks: where, how one writes it, and whether it only waits for a while."""

    site: CallSite
    shown: str
    sleeps: bool = False


class DataMethod(AtFunction, Record, frozen=True):
    """A function or method of a service or repository."""

    function: Function

    @cached_property
    def blocking(self) -> tuple[Blocking, ...]:
        """The calls in its own body that block, in source order."""
        found = [Blocking(call.site, call.name) for call in self.session_calls if _waits(call)]
        for site in self.function.calls:
            if not site.deferred and not is_awaited(site):
                callee = callee_of(self.function, site.call)
                if isinstance(callee, External) and _blocks(callee.path):
                    found.append(
                        Blocking(site, f.render(site.call.function), callee.path == _SLEEP)
                    )
        return tuple(sorted(found, key=lambda x: (x.site.span.line, x.site.span.column)))

    @property
    def asks_for_query(self) -> bool:
        """Tell whether all that blocks is a ``query``, which no asynchronous session has."""
        lacking = {id(call.site) for call in self.session_calls if call.is_async}
        return all(id(blocking.site) in lacking for blocking in self.blocking)

    @cached_property
    def prepares(self) -> bool:
        """Tell whether all that blocks is a query that others run: it is made here, and returned.

        ``Session.query`` itself asks the database nothing.
        """
        return (
            any(returned.value is not None for _, returned in self.function.returned)
            and all(_last_word(x.site.call) == "query" for x in self.blocking)
            and not any(_last_word(site.call) in _RUNS for site in self.function.calls)
            and not any(map(_goes_through, self.function.steps))
        )

    @cached_property
    def session_calls(self) -> tuple[SessionCall, ...]:
        """The calls in its own body that ask a session for more than to note something."""
        return tuple(
            call
            for call in session_calls_of(self.function)
            if call.method not in IN_MEMORY and not call.site.deferred
        )

    @cached_property
    def awaits_session(self) -> bool:
        """Tell whether it does data access that lets others run."""
        return any(call.is_coroutine for call in session_calls_of(self.function))

    @cached_property
    def takes_session_of_service(self) -> bool:
        """Tell whether it is given the session of a service whose constructor takes none."""
        cls = self.function.cls
        service = next((x for x in service_classes.of(self.module) if x.cls is cls), None)
        return (
            service is not None
            and self.function in service.takers
            and not service.kept
            and not is_prescribed(self.function)
            and any(isinstance(call.receiver, f.Name) for call in self.session_calls)
        )

    @cached_property
    def coroutine(self) -> Function | None:
        """The coroutine function on whose way it certainly runs: itself, or one that calls it.

        One that requests lead to before others. Not a start-up handler or a lifespan, beside which
        no request runs, nor a script's, nor what makes objects of a class callable that nobody
        makes any of: a middleware that no application has.
        """
        begun = starters(self.module.service)
        found = [
            x
            for x in self._runners
            if x.is_async and x not in begun and not _is_idle(x) and not is_at_hand(x.module)
        ]
        return next(filter(is_run_by_requests, found), found[0] if found else None)

    @property
    def starter(self) -> Function | None:
        """The start-up handler or lifespan that runs it before the first request, and alone."""
        return starter_of(self.function)

    @property
    def holds_up_requests(self) -> bool:
        """Tell whether requests certainly lead to the coroutine function that it runs in."""
        return self.coroutine is not None and is_run_by_requests(self.coroutine)

    @cached_property
    def threaded_endpoint(self) -> Function | None:
        """An endpoint that calls it and is a plain function: FastAPI runs that in a thread."""
        return next(
            (x for x in self._runners if x in endpoint_by_function(self.module.service)), None
        )

    @cached_property
    def _runners(self) -> tuple[Function, ...]:
        """The function itself and those that call it, near before far, up to coroutines."""
        found = {self.function: None}
        queue = [self.function]
        while queue and len(found) < _MOST:
            current = queue.pop(0)
            if current.is_async:
                continue
            for site in callers(current):
                if isinstance(site.scope, Function) and not site.deferred:
                    if site.scope not in found:
                        found[site.scope] = None
                        queue.append(site.scope)
        return tuple(found)

    @cached_property
    def maybe_in_thread(self) -> bool:
        """Tell whether it may run in a thread of its own."""
        return not self.function.is_async and self.function in _threaded(self.module.service)

    @cached_property
    def certainly_in_loop(self) -> bool:
        """Tell whether a coroutine that requests lead to runs it, whatever threads do besides."""
        found = {self.function: None}
        queue = [self.function]
        while queue and len(found) < _MOST:
            current = queue.pop(0)
            if current.is_async:
                if is_run_by_requests(current):
                    return True
            elif not (_is_wrapped(current) or current.is_generator):
                for site in callers(current):
                    caller = site.scope
                    if isinstance(caller, Function) and not site.deferred and caller not in found:
                        found[caller] = None
                        queue.append(caller)
        return False

    @cached_property
    def maybe_in_worker(self) -> bool:
        """Tell whether it may only be run where no loop is: by a task, a command, a thread."""
        if self.coroutine is not None or self.threaded_endpoint is not None:
            return False
        begun = starters(self.module.service)
        return runs_as_program(self.function) or any(
            _runs_apart(x) for x in self._runners if x not in begun
        )


def _is_idle(function: Function) -> bool:
    """Tell whether *function* is called through an object alone, of a class that nothing names."""
    cls = function.cls
    return cls is not None and function.name == "__call__" and next(uses_of(cls), None) is None


def _last_word(call: f.Call) -> str:
    return call.function.name if isinstance(call.function, f.Attribute | f.Name) else ""


def _goes_through(step: Step) -> bool:
    """Tell whether *step* asks something for one thing after the other, or for some of them."""
    return isinstance(step.statement, f.For) or any(
        isinstance(part, f.Comprehension | f.Subscript) for part in step.parts
    )


def _blocks(path: str) -> bool:
    if path.startswith(_REDIS):
        # ``redis.Redis.info().get`` asks what the client has given: a dict, here already.
        method = path.removeprefix(_REDIS)
        return method.isidentifier() and method not in _REDIS_PREPARES
    return path in CALLS


def _waits(call: SessionCall) -> bool:
    return call.blocks or (call.method == "query" and not is_awaited(call.site))


def asks_sync_session(function: Function) -> bool:
    """Tell whether *function* takes a synchronous session, or asks one that it has made."""
    return _takes_sync_session(function) or any(_waits(call) for call in session_calls_of(function))


def _takes_sync_session(function: Function) -> bool:
    service = function.module.service
    return any(
        kind_of(service, type_of_parameter(function, parameter)) is SessionKind.SYNC
        and not is_awaited_session(function, f.Name(*parameter.span.place, parameter.name))
        for parameter in function.definition.parameters
    )


def may_block(function: Function) -> bool:
    """Tell whether *function* might wait for something: all that it calls must be known not to."""
    return _may_block(function, {function})


def _may_block(function: Function, seen: set[Function]) -> bool:
    return _takes_sync_session(function) or any(
        _may_wait(callee_of(scope, site.call), seen)
        for scope in (function, *function.walk())
        for site in scope.calls
    )


def _may_wait(callee: Symbol | None, seen: set[Function]) -> bool:
    match callee:
        case Function():
            if callee in seen:
                return False
            seen.add(callee)
            bodies = bodies_of(callee)
            return not bodies or any(
                x.is_async or _is_wrapped(x) or _may_block(x, seen) for x in bodies
            )
        case Class():
            service = callee.module.service
            plain = inherits(callee, "pydantic.BaseModel", "enum.Enum") or is_orm_model(callee)
            return not plain and is_exception(service, callee) is not True
        case External():
            return not callee.path.startswith(_PROMPT) or callee.path in _READING
    return True


@by_module
def data_methods(module: Module) -> Iterator[DataMethod]:
    """Return the functions and methods of services and repositories.

    Not ``__del__``, which no coroutine calls, and which can wait for nothing.
    """
    return (
        DataMethod(function)
        for function in business_functions.of(module)
        if function.cls is None or function.name != "__del__"
    )


@by_module
def repository_session_methods(module: Module) -> Iterator[DataMethod]:
    """Return the public methods of repositories that use an asynchronous session."""
    methods = (
        DataMethod(method)
        for repository in repository_classes.of(module)
        for method in repository.methods
        if method.public
    )
    return (x for x in methods if any(call.is_async for call in x.session_calls))


@query
def _threaded(service: Service) -> frozenset[Function]:
    """Return the plain functions of services and repositories that may run in a thread."""
    plain = [x for x in business_functions(service) if not x.is_async]
    found = {x for x in plain if _is_wrapped(x) or handed_over(x) or _called_apart(x)}
    by_name: dict[str, list[Function]] = {}
    for function in plain:
        by_name.setdefault(function.name, []).append(function)
    queue = list(found)
    while queue:
        for callee in _may_call(queue.pop(), by_name):
            if callee not in found and not callee.is_async:
                found.add(callee)
                queue.append(callee)
    return frozenset(found)


def _runs_apart(function: Function) -> bool:
    """Tell whether somebody else may run *function*: what its decorator hands it to, a thread."""
    if function.name == "run" and function.cls is not None and inherits(function.cls, *_RUNNING):
        return True
    return _is_wrapped(function)


def _is_wrapped(function: Function) -> bool:
    """Tell whether a decorator may have *function* run somewhere else than where it is called."""
    scope = function.parent or function
    for decorator in function.decorators:
        named = f.called(decorator)
        if path_of(scope, named) not in _PLAIN_DECORATORS:
            own = resolve(scope, named)
            if not isinstance(own, Function) or not runs_in_place(own):
                return True
    return False


def _called_apart(function: Function) -> bool:
    """Tell whether a lambda or an inner function calls it, which may be handed over in turn."""
    return any(
        site.deferred
        or (
            isinstance(site.scope, Function)
            and not site.scope.is_async
            and isinstance(site.scope.parent, Function)
        )
        for site in calls_to(function.module.service, function)
    )


def _may_call(function: Function, by_name: dict[str, list[Function]]) -> Iterator[Function]:
    """Yield what *function* may call, by its name alone where it is not known who is asked."""
    for scope in (function, *function.walk()):
        for site in scope.calls:
            callee = callee_of(scope, site.call)
            if isinstance(callee, Function) and not is_stub(callee):
                yield from bodies_of(callee)
            elif not isinstance(callee, External):
                yield from by_name.get(_last_word(site.call), ())
