"""Functions made inside loops, and what they read of the loop.

A Python closure sees a variable, not the value that it had when the function
was made. A function made in a loop and kept for later therefore reads what
the loop's variables hold at the end (Python language reference, naming and
binding).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.steps import Block, CallSite, Step
from gravity_lint.sources.spans import Span

_KEEPING = (
    "append",
    "add",
    "insert",
    "setdefault",
    "consume",
    "subscribe",
    "register",
    "connect",
    "listen",
    "on",
    "on_event",
    "add_job",
    "add_task",
    "add_route",
    "add_api_route",
    "add_event_handler",
    "add_exception_handler",
    "add_done_callback",
    "add_listener",
    "add_handler",
    "call_later",
    "call_soon",
    "psubscribe",
    "callback",
    "push_async_callback",
)
_KEEPING_PREFIXES = ("register_", "subscribe_", "add_", "on_")
REGISTERING = (
    *(
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "route",
        "api_route",
        "websocket",
    ),
    *("task", "exception_handler", "middleware", "command", "subscriber", "event", "handler"),
    *("listens_for", "on", "job", "scheduled_job"),
)
"""Methods that, as decorators, give what they decorate to a framework, which keeps it."""


class LoopFunction(Record, frozen=True):
    """A function or lambda that is made in a loop and kept there for later."""

    made_by: Scope
    step: Step
    changing: frozenset[str]
    """The names that each turn of the loop binds anew."""
    function: Function | None
    lambda_: f.Lambda | None
    kept_by: str
    """What keeps it, as a phrase."""

    @property
    def module(self) -> Module:
        """The module of the loop."""
        return self.made_by.module

    @property
    def span(self) -> Span:
        """The function's name, or the lambda."""
        if self.function is not None:
            return self.function.span
        assert self.lambda_ is not None
        return self.lambda_.span

    @property
    def extent(self) -> Span:
        """The head of the function, or the statement around the lambda."""
        return self.function.extent if self.function is not None else self.step.extent

    @property
    def label(self) -> str:
        """The dotted name of the function, or of the scope around the lambda."""
        return self.function.label if self.function is not None else self.made_by.label

    @property
    def name(self) -> str:
        """What to call it in a sentence."""
        return f"`{self.function.name}`" if self.function is not None else "this lambda"

    @cached_property
    def late(self) -> tuple[str, ...]:
        """The names of the loop that are read when the function runs, in the order of reading."""
        if self.function is not None:
            own = {self.function.name}
            read = _free(self.function)
        else:
            assert self.lambda_ is not None
            own = {*(p.name for p in self.lambda_.parameters), *_bound_inside(self.lambda_.body)}
            read = (x.name for x in f.walk(self.lambda_.body) if isinstance(x, f.Name))
        return tuple(dict.fromkeys(n for n in read if n in self.changing and n not in own))


def _bound_inside(expression: f.Expression) -> Iterator[str]:
    """Yield the names that comprehensions in *expression* bind for themselves."""
    for inner in f.walk(expression):
        if isinstance(inner, f.Comprehension):
            for generator in inner.generators:
                yield from (x.name for x in f.walk(generator.target) if isinstance(x, f.Name))


def _free(function: Function) -> Iterator[str]:
    """Yield the names that *function* and what is inside it read from around it."""
    for step in function.steps:
        for expression in step.expressions:
            own = {*function.bindings, *_bound_inside(expression)}
            for inner in f.walk(expression):
                if isinstance(inner, f.Name) and inner.name not in own:
                    yield inner.name
    for definition in function.definitions:
        if isinstance(definition, Function):
            yield from (n for n in _free(definition) if n not in function.bindings)


def _names_of(scope: Scope, made: Step) -> frozenset[str]:
    """Return the names that each turn of the loops around *made* binds anew."""
    memory = scope.module.service.memory
    loops = list(made.loops)
    return frozenset().union(
        *(memory.ask(("bound by", x), frozenset(), _names_bound_by, scope, x) for x in loops)
    )


def _names_bound_by(scope: Scope, loop: f.For | f.While) -> frozenset[str]:
    """Return the names that each turn of *loop* binds anew."""
    found: set[str] = set()
    if isinstance(loop, f.For):
        found.update(_names_in(loop.target))
    for step in scope.inside.get(loop, ()):
        match step.statement:
            case f.Assign(targets=targets, operator=""):
                for target in targets:
                    if isinstance(target, f.Name | f.Collection):
                        found.update(_names_in(target))
            case f.For(target=target):
                found.update(_names_in(target))
            case f.With(items=items):
                for item in items:
                    if isinstance(item.target, f.Name):
                        found.add(item.target.name)
    return frozenset(found)


def _names_in(expression: f.Expression) -> Iterator[str]:
    return (x.name for x in f.walk(expression) if isinstance(x, f.Name))


@by_module
def loop_functions(module: Module) -> Iterator[LoopFunction]:
    """Return the functions and lambdas of the app that are made in a loop and kept there."""
    for scope in module.scopes if in_app(module) else ():
        yield from _defined_in_loops(scope)
        yield from _lambdas_in_loops(scope)
        yield from _lambdas_in_comprehensions(scope)


def _defined_in_loops(scope: Scope) -> Iterator[LoopFunction]:
    for definition in scope.definitions:
        loop = next(definition.step.loops, None)
        if isinstance(definition, Function) and loop is not None:
            kept_by = _keeper(scope, definition)
            if kept_by is not None and not _leaves(definition.step.block, loop):
                changing = _names_of(scope, definition.step)
                phrase = f"kept by `{kept_by}`"
                yield LoopFunction(scope, definition.step, changing, definition, None, phrase)


def _lambdas_in_loops(scope: Scope) -> Iterator[LoopFunction]:
    for site in scope.calls:
        loop = next(site.step.loops, None)
        if loop is None or not _keeps(_method(site.call)) or _leaves(site.step.block, loop):
            continue
        if not _gathers(scope, site):
            phrase = f"kept by `{f.render(site.call.function)}`"
            for argument in site.call.given:
                if isinstance(argument, f.Lambda):
                    changing = _names_of(scope, site.step)
                    yield LoopFunction(scope, site.step, changing, None, argument, phrase)


def _lambdas_in_comprehensions(scope: Scope) -> Iterator[LoopFunction]:
    """Yield the lambdas of which a comprehension makes a collection, each with the same names."""
    for step in scope.steps:
        match step.statement:
            case (
                f.Assign(value=f.Comprehension() as made)
                | f.Return(value=f.Comprehension() as made)
            ) if isinstance(made.element, f.Lambda) and made.kind != "generator":
                changing = frozenset(_bound_inside(made))
                phrase = f"kept in a {made.kind}"
                yield LoopFunction(scope, step, changing, None, made.element, phrase)


def _keeper(scope: Scope, function: Function) -> str | None:
    """Return what keeps *function*, which a loop of *scope* defines; None if nothing does."""
    for decorator in function.decorators:
        if isinstance(decorator, f.Call) and isinstance(decorator.function, f.Attribute):
            method = decorator.function.name
            if _keeps(method) or method in REGISTERING:
                return f.render(decorator.function)
    for step in dict.fromkeys(x.step for x in scope.contents.mentions(function.name)):
        if step.index <= function.step.index or not step.block.within(function.step.block):
            continue
        match step.statement:
            case f.Assign(targets=targets, value=f.Name(name=name)) if name == function.name:
                for target in targets:
                    if isinstance(target, f.Subscript | f.Attribute):
                        return f.render(target)
        for site in scope.calls_in(step):
            if _keeps(_method(site.call)):
                if any(isinstance(x, f.Name) and x.name == function.name for x in site.call.given):
                    if not _gathers(scope, site):
                        return f.render(site.call.function)
    return None


def _gathers(scope: Scope, site: CallSite) -> bool:
    """Tell whether *site* only fills a collection that each turn of the loop makes anew."""
    loop = next(site.step.loops)
    match site.call.function:
        case f.Attribute(value=f.Name(name=name), name="append" | "add" | "insert" | "setdefault"):
            memory = scope.module.service.memory
            return name in memory.ask(("made by", loop), frozenset(), _made_by, scope, loop)
    return False


def _made_by(scope: Scope, loop: f.For | f.While) -> frozenset[str]:
    """Return the names of the collections that each turn of *loop* makes anew."""
    return frozenset(
        target.name
        for step in scope.inside.get(loop, ())
        if isinstance(step.statement, f.Assign)
        and isinstance(step.statement.value, f.Collection | f.Mapping)
        for target in step.statement.targets
        if isinstance(target, f.Name)
    )


def _method(call: f.Call) -> str:
    return call.function.name if isinstance(call.function, f.Attribute) else ""


def _keeps(method: str) -> bool:
    return method in _KEEPING or method.startswith(_KEEPING_PREFIXES)


def _leaves(block: Block, loop: f.For | f.While) -> bool:
    """Tell whether the loop ends in this turn: nothing changes after the function is made."""
    for around in block.ancestors():
        last = around.statements[-1] if around.statements else None
        if isinstance(last, f.Return | f.Raise):
            return True
        if isinstance(last, f.Jump) and last.kind == "break":
            return True
        if around.owner is loop:
            return False
    return False
