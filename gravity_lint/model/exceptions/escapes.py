"""Which exceptions leave which function: raised in it, or in what it calls, and not caught.

Followed are those to which an answer belongs: HTTP exceptions, domain
exceptions, further ones that the app defines, and those for which it registers a
handler. Everything is *known*: a call whose callee is not resolved, a decorator
or context manager that may swallow, a clause whose class is unknown end the way
of an exception.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.api.statuses import Frame
from gravity_lint.model.code.calls import THREADS, run_in_thread
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Symbol,
    ancestors,
    class_member,
    path_of,
    resolve,
)
from gravity_lint.model.code.questions import question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_property
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.exceptions.classes import HTTP_EXCEPTION, Thrown, is_domain, thrown_by
from gravity_lint.model.exceptions.clauses import Clause, clauses_by_trial, suppresses
from gravity_lint.model.exceptions.flags import shuts_out
from gravity_lint.model.exceptions.registrations import registrations

_TRANSPARENT = frozenset(
    {
        "builtins.staticmethod",
        "builtins.classmethod",
        "builtins.property",
        "abc.abstractmethod",
        "contextlib.contextmanager",
        "contextlib.asynccontextmanager",
        "functools.cache",
        "functools.lru_cache",
        "functools.cached_property",
        "functools.wraps",
        "typing.final",
        "typing.overload",
        "typing.override",
        "typing_extensions.override",
    }
)
"""Decorators through which an exception passes."""
_WAITING = frozenset(
    {
        "asyncio.gather",
        "asyncio.wait_for",
        "asyncio.shield",
        "asyncio.create_task",
        "asyncio.ensure_future",
    }
)
"""What runs a coroutine that it is given and, awaited, raises what that raises."""
_GROUPING = frozenset({"asyncio.TaskGroup", "anyio.create_task_group"})
"""Context managers that put what is raised in them into an ``ExceptionGroup``."""
_HTTP = External(HTTP_EXCEPTION)
_RUNNING = ("fastapi", "starlette", "asyncio", "anyio", "concurrent", "functools", "tenacity")
"""Packages whose functions raise HTTP exceptions, or what the functions raise that they run."""
_DRAINING = frozenset(
    f"builtins.{x}"
    for x in ("list", "tuple", "set", "sorted", "sum", "max", "min", "dict", "any", "all", "next")
)
"""What runs a generator that it is given."""


class Escape(Record, frozen=True):
    """An exception on its way out: *origin* raises it, *calls* lead there, outermost first."""

    thrown: Thrown
    origin: Step
    calls: tuple[CallSite, ...] = ()

    @property
    def name(self) -> str:
        """The bare name of the exception's class."""
        return self.thrown.name

    @property
    def step(self) -> Step:
        """Where it arises in the function that it leaves: there, or through a call."""
        return self.calls[0].step if self.calls else self.origin

    @property
    def raiser(self) -> str:
        """The function that raises it, with its class: ``ItemService.create``."""
        scope = self.origin.scope
        if isinstance(scope, Function) and scope.cls is not None:
            return f"{scope.cls.name}.{scope.name}"
        return scope.label.rpartition(".")[2]


@question
def own_raises(module: Module) -> dict[Function, tuple[tuple[Step, Thrown], ...]]:
    """Return what each function of *module* itself raises, re-raising aside, if that is the app."""
    found: dict[Function, tuple[tuple[Step, Thrown], ...]] = {}
    for function in module.functions if in_app(module) else ():
        rows = tuple(
            (step, thrown)
            for step, statement in function.raised
            if not reraises(step)
            and (thrown := thrown_by(function, statement.exception)) is not None
        )
        if rows:
            found[function] = rows
    return found


def reraises(step: Step) -> bool:
    """Tell whether the ``raise`` at *step* only raises again what a clause around it caught."""
    match step.statement:
        case f.Raise(exception=None):
            return True
        case f.Raise(exception=f.Name(name=name)):
            return any(handler.name == name for handler in step.handlers)
    return False


def passes(step: Step, symbol: Class | External, until: f.Try | None = None) -> bool:
    """Tell whether an exception of class *symbol* at *step* certainly leaves the scope.

    With *until*, whether it reaches the clauses of that ``try``.
    """
    clauses = clauses_by_trial(step.module)
    for block in step.block.ancestors():
        owner = block.owner
        if isinstance(owner, f.Try):
            if owner is until:
                return block.part == "body"
            if block.part == "body":
                for clause in clauses[id(owner)]:
                    taken = clause.takes(symbol)
                    if taken is None or (taken and clause.lets_pass(symbol) is not True):
                        return False
                    if taken:
                        break
            if block.part != "final" and _leaves_early(owner.final):
                return False
        elif isinstance(owner, f.With) and block.part == "body":
            if not all(_lets_out(step.scope, item.context, symbol) for item in owner.items):
                return False
    return until is None


def _can_be_come_to(step: Step) -> bool:
    """Tell whether what the clauses around *step* take may be raised where they try something.

    Exceptions of the service's own, and HTTP exceptions, are raised by the service and by FastAPI.
    """
    rows = clauses_by_trial(step.module)
    return all(
        _may_be_taken(clause)
        for block in step.block.ancestors()
        if isinstance(block.owner, f.Try) and block.handler is not None
        for clause in rows[id(block.owner)]
        if clause.handler is block.handler
    )


def _may_be_taken(clause: Clause) -> bool:
    if not all(isinstance(kind, Class) or kind == _HTTP for kind in clause.kinds):
        return True
    service = clause.module.service
    return any(
        isinstance(step.statement, f.Raise | f.With | f.For)
        or any(_may_run_others(service, x) for x in step.parts)
        or any(map(_may_raise_own, clause.scope.calls_in(step)))
        for step in clause.scope.steps
        if any(trial is clause.trial for trial in step.trying)
    )


def _may_run_others(service: Service, expression: f.Expression) -> bool:
    """Tell whether *expression* may run what the service defines, though it calls nothing."""
    match expression:
        case f.Await(value=value):
            return not isinstance(value, f.Call)
        case f.Attribute(name=name):
            return name in _property_names(service)
        case f.Subscript():
            return "__getitem__" in _function_names(service)
    return isinstance(expression, f.Yield)


def _may_raise_own(site: CallSite) -> bool:
    """Tell whether the call may raise what the service or FastAPI defines.

    What is called of an object of unknown kind may be what the service calls so.
    """
    callee = callee_of(site.scope, site.call)
    if isinstance(callee, External):
        hands_on = any(isinstance(resolve(site.scope, x), Function) for x in site.call.given)
        return callee.package in _RUNNING or hands_on
    if callee is None and isinstance(site.call.function, f.Attribute):
        return site.call.function.name in _function_names(site.module.service)
    return True


@query
def _function_names(service: Service) -> frozenset[str]:
    return frozenset(x.name for module in service.modules for x in module.functions)


@query
def _property_names(service: Service) -> frozenset[str]:
    functions = (x for module in service.modules for x in module.functions)
    return frozenset(x.name for x in functions if is_property(x))


def _leaves_early(statements: tuple[f.Statement, ...]) -> bool:
    """Tell whether a ``finally`` swallows: it returns or jumps."""
    return any(
        isinstance(s, f.Return) or (isinstance(s, f.Jump) and s.kind != "pass") for s in statements
    )


def _lets_out(scope: Scope, context: f.Expression, symbol: Class | External) -> bool:
    """Tell whether ``with context`` lets an exception of class *symbol* out."""
    if suppresses(scope, context, symbol) is not False:
        return False
    if isinstance(context, f.Call):
        callee = callee_of(scope, context)
        if isinstance(callee, Function):
            return _passes_generator(callee, symbol)
        if isinstance(callee, External) and callee.path in _GROUPING:
            return False
    found = type_of(scope, context)
    if found is None or found.cls is None:
        return True
    leaving = [class_member(found.cls, name) for name in ("__exit__", "__aexit__")]
    return not any(
        isinstance(method, Function) and any(_may_be_true(r.value) for _, r in method.returned)
        for method in leaving
    )


def _may_be_true(value: f.Expression | None) -> bool:
    return value is not None and not (isinstance(value, f.Constant) and not value.value)


def _passes_generator(function: Function, symbol: Class | External) -> bool:
    """Tell whether what is raised in a ``with`` over the generator *function* goes through it."""
    memory, key = function.module.service.memory, ("passes generator", function, symbol)
    # True of a context manager that uses itself: what else is around its `yield` decides.
    return memory.ask(key, True, _passes_every_yield, function, symbol)


def _passes_every_yield(function: Function, symbol: Class | External) -> bool:
    return all(passes(step, symbol) for step, _ in function.contents.yields)


def raises_at(site: CallSite, callee: Function) -> bool:
    """Tell whether what *callee* raises is raised at *site*: it runs there, not later."""
    if site.deferred or not _evaluated(site):
        return False
    if callee.is_generator:
        outer = site.around[-1] if site.around else None
        if isinstance(outer, f.Comprehension):
            # Even where its call is not put off, a lazy comprehension does not run it.
            further = site.around[-2] if len(site.around) > 1 else None
            return any(generator.iterable is site.call for generator in outer.generators) and (
                outer.kind != "generator" or _is_run(site, outer, further)
            )
        return _is_run(site, site.call, outer)
    in_thread = _in_thread(site) is callee
    if (in_thread and callee.is_async) or not (in_thread or _takes_all(callee, site.call)):
        return False
    if site.awaited or not (callee.is_async or in_thread):
        return True
    for outer in reversed(site.around):
        if isinstance(outer, f.Await):
            return True
        if isinstance(outer, f.Call):
            given = outer.keyword("return_exceptions")
            if path_of(site.scope, outer.function) not in _WAITING or (
                given is not None and not (isinstance(given, f.Constant) and given.value is False)
            ):
                return False
    return False


def _takes_all(function: Function, call: f.Call) -> bool:
    """Tell whether *function* runs with as many arguments as *call* gives by position.

    A method can be called in two ways, and behind a decorator may stand another function.
    """
    if function.decorators or function.cls is not None or call.unpacks:
        return True
    kinds = [parameter.kind for parameter in function.parameters]
    named = (f.ParameterKind.KEYWORD_ONLY, f.ParameterKind.VARIADIC_KEYWORD)
    return f.ParameterKind.VARIADIC in kinds or len(call.arguments) <= sum(
        kind not in named for kind in kinds
    )


def _evaluated(site: CallSite) -> bool:
    """Tell whether no generator expression around the call puts it off."""
    inside = (*site.around, site.call)
    for index, expression in enumerate(site.around):
        if isinstance(expression, f.Comprehension) and expression.kind == "generator":
            first = inside[index + 1] is expression.generators[0].iterable
            outer = site.around[index - 1] if index else None
            if not first and not _is_run(site, expression, outer):
                return False
    return True


def _is_run(site: CallSite, generator: f.Expression, outer: f.Expression | None) -> bool:
    """Tell whether *generator*, which stands in *outer*, is run on the spot."""
    match site.step.statement:
        case f.With(items=items) if outer is None:
            return any(item.context is generator for item in items)
        case f.For(iterable=iterable) if outer is None:
            return iterable is generator
    if isinstance(outer, f.Yield):
        return outer.delegates
    if isinstance(outer, f.Call):
        return path_of(site.scope, outer.function) in _DRAINING
    return isinstance(outer, f.Starred)


def _in_thread(site: CallSite) -> Function | None:
    """Return the function that the call has run in a thread: ``asyncio.to_thread(function)``."""
    run = run_in_thread(site)
    callee = callee_of(run.scope, run.call) if run is not None else None
    return callee if isinstance(callee, Function) else None


def _body_of(callee: Function | Class) -> Function | None:
    if isinstance(callee, Function):
        return callee
    init = class_member(callee, "__init__")
    return init if isinstance(init, Function) else None


_Turn: TypeAlias = tuple[int, int, int, int]
"""What decides which of two ways is followed first: kind of call, module, scope, place in that."""


class _Ways:
    """What leaves the functions that were asked about and those that they call, step by step.

    From each step it comes by the shortest way (breadth first). It hangs on nothing but what the
    functions called do, so that nobody else has to be known; and ways are followed in the order in
    which they would be for all functions at once, so that it does not matter who is asked first.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._numbers = {module: number for number, module in enumerate(service.modules)}
        self._found: dict[
            Function, dict[tuple[Thrown, Step], tuple[tuple[_Turn, ...], Escape]]
        ] = {}

    def out_of(self, function: Function) -> tuple[Escape, ...]:
        """Return what leaves *function*, in the order in which it is found."""
        if function not in self._found:
            self._settle(function)
        return tuple([escape for _, escape in self._found[function].values()])

    def _settle(self, function: Function) -> None:
        callers: dict[Function, list[tuple[_Turn, CallSite]]] = {}
        queue: list[tuple[int, tuple[_Turn, ...], Function, Escape]] = []
        self._found[function] = {}
        new = {function}
        below = [function]
        for caller in below:  # it grows on the way
            if not in_app(caller.module):
                continue
            module, scope = self._numbers[caller.module], _numbers(caller.module)[caller]
            for kind, callee, number, site in _runs(caller):
                callers.setdefault(callee, []).append(((kind, module, scope, number), site))
                if callee not in self._found:
                    self._found[callee] = {}
                    new.add(callee)
                    below.append(callee)
            for number, (step, thrown) in enumerate(own_raises(caller.module).get(caller, ())):
                if not _followed(self._service, thrown) or not _can_be_come_to(step):
                    continue
                if passes(step, thrown.symbol):
                    turn = (0, module, scope, number)
                    self._add(queue, caller, (turn,), Escape(thrown, step))
        for rows in callers.values():
            rows.sort(key=lambda row: row[0])
        for callee in callers.keys() - new:
            for turns, escape in self._found[callee].values():
                heapq.heappush(queue, (len(turns), turns, callee, escape))
        while queue:
            _, turns, callee, escape = heapq.heappop(queue)
            if callee in callers and decorators_let_out(callee, escape.thrown.symbol):
                for turn, site in callers[callee]:
                    if _arises(site, callee, escape):
                        further = Escape(escape.thrown, escape.origin, (site, *escape.calls))
                        self._add(queue, site.scope, (*turns, turn), further)

    def _add(
        self,
        queue: list[tuple[int, tuple[_Turn, ...], Function, Escape]],
        scope: Scope,
        turns: tuple[_Turn, ...],
        escape: Escape,
    ) -> None:
        assert isinstance(scope, Function)
        rows, key = self._found[scope], (escape.thrown, escape.step)
        if key not in rows:
            rows[key] = (turns, escape)
            heapq.heappush(queue, (len(turns), turns, scope, escape))


@query
def _ways(service: Service) -> _Ways:
    return _Ways(service)


@question
def _numbers(module: Module) -> dict[Scope, int]:
    return {scope: number for number, scope in enumerate(module.scopes)}


def _runs(caller: Function) -> Iterator[tuple[int, Function, int, CallSite]]:
    """Yield what the calls of *caller* run: kind of call, function, number and place of the call.

    Making an object calls its ``__init__``; some have a function run in a thread.
    """
    for number, site in enumerate(caller.calls):
        callee = callee_of(caller, site.call)
        if isinstance(callee, Function):
            yield 0, callee, number, site
        elif isinstance(callee, Class):
            init = _body_of(callee)
            if init is not None and init.name == "__init__":
                yield 1, init, number, site
        elif isinstance(callee, External) and callee.path in THREADS:
            function = _in_thread(site)
            if function is not None:
                yield 2 + THREADS.index(callee.path), function, number, site


def _arises(site: CallSite, function: Function, escape: Escape) -> bool:
    """Tell whether what leaves the body of *function* leaves that of its caller at *site*."""
    return (
        raises_at(site, function)
        and _may_raise(site, escape)
        and passes(site.step, escape.thrown.symbol)
    )


def _followed(service: Service, thrown: Thrown) -> bool:
    if isinstance(thrown.symbol, Class) or _is_meant_for_callers(service, thrown):
        return True
    return not _answered(service).isdisjoint(ancestors(thrown.symbol))


@query
def _answered(service: Service) -> frozenset[External]:
    """Return the classes from elsewhere that have a handler of their own."""
    keys = {r.key for r in registrations(service) if isinstance(r.key, External)}
    return frozenset(keys - _EVERYTHING)


_EVERYTHING = {External("builtins.Exception"), External("builtins.BaseException")}


def _may_raise(site: CallSite, escape: Escape) -> bool:
    """Tell whether what the call gives leaves it open that *escape* is raised.

    All the way down to where it is raised: a flag may be handed through many calls.
    """
    entered: CallSite = site
    frame: Frame | None = None
    for inner in (*escape.calls, None):
        step = escape.origin if inner is None else inner.step
        if not isinstance(step.scope, Function):
            return True
        if _in_thread(entered) is not None:
            frame = None  # what it gives is given to the thread
        else:
            frame = Frame(step.scope, entered.scope, entered.call, frame)
            if shuts_out(frame, step, inner):
                return False
        if inner is not None:
            entered = inner
    return True


def escapes(function: Function) -> tuple[Escape, ...]:
    """Return what certainly may leave the body of *function*, in the order in which it is found."""
    found: dict[Thrown, Escape] = {}
    for escape in _from_steps(function):
        found.setdefault(escape.thrown, escape)
    return tuple(found.values())


def _from_steps(function: Function) -> tuple[Escape, ...]:
    return _ways(function.module.service).out_of(function)


def raised_by(function: Function) -> Iterator[Thrown]:
    """Yield what *function* raises, itself or in what it calls."""
    for _, thrown in own_raises(function.module).get(function, ()):
        yield thrown
    for escape in escapes(function):
        yield escape.thrown


def arriving(function: Function, trial: f.Try) -> tuple[Escape, ...]:
    """Return what may arrive at the clauses of the ``try`` statement *trial* of *function*.

    Of HTTP exceptions and domain exceptions: what a clause makes of others is its own affair.
    """
    service = function.module.service
    found: dict[Thrown, Escape] = {}
    for step, thrown in own_raises(function.module).get(function, ()):
        if not _is_meant_for_callers(service, thrown) or not _can_be_come_to(step):
            continue
        if passes(step, thrown.symbol, trial):
            found.setdefault(thrown, Escape(thrown, step))
    for site in function.calls:
        callee = callee_of(function, site.call)
        body = _body_of(callee) if isinstance(callee, Function | Class) else _in_thread(site)
        if body is None or not raises_at(site, body):
            continue
        for escape in _from_steps(body):
            symbol = escape.thrown.symbol
            if not _is_meant_for_callers(service, escape.thrown) or not _may_raise(site, escape):
                continue
            if passes(site.step, symbol, trial) and decorators_let_out(body, symbol):
                calls = (site, *escape.calls)
                found.setdefault(escape.thrown, Escape(escape.thrown, escape.origin, calls))
    return tuple(found.values())


def _is_meant_for_callers(service: Service, thrown: Thrown) -> bool:
    return thrown.is_http or is_domain(service, thrown.symbol) is True


# -- decorators ------------------------------------------------------------------------------


def decorators_let_out(function: Function, symbol: Class | External) -> bool:
    """Tell whether an exception of class *symbol* passes all decorators of *function*."""
    return all(_decorator_lets_out(function, x, symbol) for x in function.decorators)


def opaque_decorators(function: Function) -> Iterator[f.Expression]:
    """Yield the decorators of *function* of which it is not known what they make of exceptions."""
    for decorator in function.decorators:
        wrapping = _wrapping(function, decorator)
        if isinstance(wrapping, External):
            if not _is_transparent(wrapping):
                yield decorator
        elif not isinstance(wrapping, Function):
            yield decorator


def _wrapping(function: Function, decorator: f.Expression) -> Symbol | None:
    """Return what takes *function*: the decorator, or what one with arguments gives."""
    scope = function.parent or function
    if not isinstance(decorator, f.Call):
        return resolve(scope, decorator)
    callee = callee_of(scope, decorator)
    return _returned_function(callee) if isinstance(callee, Function) else callee


def _is_transparent(decorator: External) -> bool:
    return decorator.path in _TRANSPARENT or decorator.path.startswith(("fastapi.", "starlette."))


def _decorator_lets_out(
    function: Function, decorator: f.Expression, symbol: Class | External
) -> bool:
    wrapping = _wrapping(function, decorator)
    if isinstance(wrapping, External):
        return _is_transparent(wrapping)
    return isinstance(wrapping, Function) and _wrapper_lets_out(wrapping, symbol)


def _returned_function(function: Function) -> Function | None:
    """Return the nested function that a decorator with arguments gives."""
    found = {
        symbol
        for _, statement in function.returned
        if isinstance(symbol := resolve(function, statement.value), Function)
    }
    return found.pop() if len(found) == 1 else None


def _wrapper_lets_out(decorator: Function, symbol: Class | External) -> bool:
    """Tell whether what the decorated function raises leaves what *decorator* makes of it."""
    if not decorator.arguments:
        return False
    wrapped = decorator.arguments[0].name
    places = [
        site.step
        for inner in decorator.walk()
        if isinstance(inner, Function) and inner.parameter(wrapped) is None
        for site in inner.calls
        if isinstance(site.call.function, f.Name) and site.call.function.name == wrapped
    ]
    if places:
        return any(passes(step, symbol) for step in places)
    return any(
        isinstance(statement.value, f.Name) and statement.value.name == wrapped
        for _, statement in decorator.returned
    )
