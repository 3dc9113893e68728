"""What the app keeps for good: which of its objects outlive each session of the database."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.callables import signature_of
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import Variable, look_up, path_of
from gravity_lint.model.code.occurrences import occurrences
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.scripts import is_main_block
from gravity_lint.model.code.signatures import decorator_names
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.services.starting import starters

_REMEMBERING = ("functools.cache", "functools.lru_cache", "async_lru.alru_cache")
"""Decorators that give the same object to whoever asks again."""
_DEEPEST = 4
"""So many functions, objects and names are gone through from where an object is made."""


def made_for_all(cls: Class, depth: int = _DEEPEST) -> str:
    """Return the name under which the app keeps one object of *cls* for good, empty if it does not.

    A module makes it as it is loaded, or keeps in a global name what it makes later. A lifespan
    makes it for as long as the application runs, a start-up handler for the state of that. So does
    a function that remembers what it has given, and a class that keeps its one instance. What an
    object that is itself kept is made with, or makes for itself, lasts as long.
    """
    for method in cls.methods.values():
        for step in method.steps if "classmethod" in decorator_names(method) else ():
            match step.statement:
                case f.Assign(
                    targets=(f.Attribute(value=f.Name(name=owner), name=kept),),
                    value=f.Call(function=f.Name(name=made)),
                ) if owner == made == method.receiver:
                    return f"{cls.name}.{kept}"
    for made_of in dict.fromkeys((cls, *heirs(cls.module.service, cls))):
        for site in _calls_of(made_of):
            kept = _kept(site.step, site.call, site.around, depth)
            if kept:
                return kept
    return ""


def _calls_of(called: Function | Class) -> Iterator[CallSite]:
    for site in calls_to(called.module.service, called):
        if in_app(site.module) and not is_main_block(site.step):
            yield site


def _kept(step: Step, value: f.Expression, around: tuple[f.Expression, ...], depth: int) -> str:
    """Return the name that keeps for good what *value* is, *around* which the *step* says more."""
    scope = step.scope
    for whole in reversed(around):
        match whole:
            case f.Await() | f.Boolean() | f.Collection() | f.Mapping():
                pass
            case f.Conditional(test=test) if test is not value:
                pass
            case f.Call() if _keeps(scope, whole, value):
                pass
            case _:
                return ""
        value = whole
    match step.statement:
        case f.Return() if isinstance(scope, Function) and not scope.is_generator:
            return _given_for_good(scope, depth)
        case f.FunctionDefinition(parameters=parameters):
            return next((p.name for p in parameters if p.default is value), "")
        case f.Assign(targets=targets, value=assigned) if assigned is value:
            names = (_target_for_good(step, target, depth) for target in targets)
            return next(filter(None, names), "")
    return ""


def _keeps(scope: Scope, call: f.Call, value: f.Expression) -> bool:
    """Tell whether *call* makes an object of the service that keeps the *value* that it is given.

    As a field, or because its constructor puts it on the object.
    """
    made = callee_of(scope, call)
    if not isinstance(made, Class) or call.unpacks:
        return False
    for position, argument in enumerate(signature_of(made) or ()):
        if call.argument(position, argument.name) is value:
            owner = argument.owner
            return isinstance(owner, Class) or _puts(owner, argument.name)
    return False


def _puts(constructor: Function, parameter: str) -> bool:
    """Tell whether *constructor* keeps what it is given as *parameter* on the object."""
    rows = constructor.cls.attributes.values() if constructor.cls is not None else ()
    return any(
        method is constructor and isinstance(part, f.Name) and part.name == parameter
        for kept in rows
        for method, assign in kept
        for part in (
            assign.value.values if isinstance(assign.value, f.Boolean) else (assign.value,)
        )
    )


def _given_for_good(function: Function, depth: int) -> str:
    """Return the name that keeps for good what *function* makes and returns."""
    outside = function.parent or function.module
    for decorator in function.decorators:
        path = path_of(outside, f.called(decorator))
        if path in _REMEMBERING:
            return f"{function.name}()"
        if path == "functools.cached_property" and function.cls is not None and depth:
            return made_for_all(function.cls, depth - 1)
    kept = (
        _kept(site.step, site.call, site.around, depth - 1)
        for site in (_calls_of(function) if depth else ())
    )
    return next(filter(None, kept), "")


def _target_for_good(step: Step, target: f.Expression, depth: int) -> str:
    """Return the name that keeps for good what *step* assigns to *target*."""
    scope, shown, keeper = step.scope, f.render(target), target
    while isinstance(keeper, f.Subscript):
        keeper = keeper.value
    match keeper:
        case f.Name(name=name):
            home = _home(scope, name)
            if isinstance(home, Module):
                return shown
            if isinstance(home, Class):
                return f"{home.name}.{shown}"
            if scope in starters(scope.module.service) and _lasts(scope):
                return shown
            if keeper is target and home is scope and depth:
                return _passed_on(scope, name, depth - 1)
        case f.Attribute(value=owner, name=name):
            if scope in starters(scope.module.service) or isinstance(scope, Module):
                return shown
            if _is_state(scope, owner):
                return shown
            holder = _holder(step, keeper)
            return made_for_all(holder, depth - 1) if holder is not None and depth else ""
    return ""


def _lasts(scope: Scope) -> bool:
    """Tell whether the names of *scope* stay for as long as the application runs."""
    return isinstance(scope, Function) and scope.is_generator


def _passed_on(scope: Scope, name: str, depth: int) -> str:
    """Return the name that keeps for good what *scope* itself calls *name*, and nothing else."""
    if len(scope.bindings.get(name, ())) != 1:
        return ""
    kept = (
        _kept(step, mention, around, depth)
        for step in scope.steps
        for expression in step.expressions
        for mention, around in occurrences(expression, name)
    )
    return next(filter(None, kept), "")


def _is_state(scope: Scope, owner: f.Expression) -> bool:
    """Tell whether *owner* is the ``state`` of an application."""
    match owner:
        case f.Attribute(value=app, name="state"):
            found = type_of(scope, app)
            return found is not None and found.is_a("starlette.applications.Starlette")
    return False


def _holder(step: Step, target: f.Attribute) -> Class | None:
    """Return the class whose objects keep as *target* what *step* gives them once and for all.

    The constructor does, and what asks for it before: ``if self._service is None``.
    """
    scope = step.scope
    if not isinstance(scope, Function) or not isinstance(target.value, f.Name):
        return None
    if target.value.name != scope.receiver:
        return None
    asked = any(
        isinstance(part, f.Attribute) and part.name == target.name
        for block in step.block.ancestors()
        if isinstance(block.owner, f.If)
        for part in f.walk(block.owner.test)
    )
    return scope.cls if scope.name == "__init__" or asked else None


def _home(scope: Scope, name: str) -> Scope | None:
    symbol = look_up(scope, name)
    return symbol.scope if isinstance(symbol, Variable) else None
