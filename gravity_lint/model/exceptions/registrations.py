"""Where applications are given exception handlers, for what, and which application each is.

Starlette finds the handler of an exception by its class's ``__mro__``, an
``HTTPException`` first by its status; a handler for ``Exception`` (or 500) is
outermost: the server-error middleware calls it for what nothing else takes.
Each application has its own: what is mounted in another one answers for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.environments import environments
from gravity_lint.model.api.routers import Router, routers_in
from gravity_lint.model.api.statuses import status_within
from gravity_lint.model.code.bindings import Iterated
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, Variable, class_member, inherits, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.words import saying
from gravity_lint.model.exceptions.classes import is_exception
from gravity_lint.sources.spans import Span

Key: TypeAlias = Class | External | int
"""What a handler is registered for: an exception class or a status."""

APPS = ("starlette.applications.Starlette",)
_DEEPEST = 4
"""How many names may stand for one another, down to the options of an application."""
_CHANGING = ("update", "setdefault", "pop", "popitem", "clear")
"""Methods of a dict after which nothing is known of it, unless another dict is put into it."""


class App(msgspec.Struct, frozen=True):
    """An application, told by the place that makes it."""

    module: Module
    span: Span


def made_by(router: Router) -> App | None:
    """Return which application *router* is; None for what only stands for one."""
    return App(router.module, router.call.span) if router.call is not None else None


class Registration(Record, frozen=True):
    """One handler given to an app: *key* None or *function* None where not known.

    *owner* is the application as the code writes it there.
    """

    key: Key | None
    function: Function | None
    site: Step
    at: Span
    owner: f.Expression | None = None

    @property
    def module(self) -> Module:
        """The module that registers it."""
        return self.site.module

    @cached_property
    def apps(self) -> tuple[App, ...]:
        """The applications that get it; none if they are not known."""
        found: dict[App, None] = {}
        for environment in environments(self.site.scope, self.site):
            made = [made_by(x) for x in routers_in(self.site.scope, self.owner, environment)]
            if not made or None in made:
                return ()
            found.update((app, None) for app in made if app is not None)
        return tuple(found)


@query
def registrations(service: Service) -> tuple[Registration, ...]:
    """Return the registrations of exception handlers in the app, in source order.

    ``@app.exception_handler(X)``, ``app.add_exception_handler(X, f)``,
    ``FastAPI(exception_handlers={X: f})``, and what is put into
    ``app.exception_handlers``; the app may be an untyped parameter, as in the
    document's ``setup_exception_handlers(app)``.
    """
    found: list[Registration] = []
    words = ("exception_handler", "add_exception_handler", "exception_handlers")
    makers = ("FastAPI", "Starlette", *(cls.name for cls in heirs(service, *APPS)))
    modules = (module for module in saying(service, (*words, *makers)) if in_app(module))
    for scope in (scope for module in modules for scope in module.scopes):
        for site in scope.calls:
            owner = _owner(site.call)
            found += [msgspec.structs.replace(r, owner=owner) for r in _registered_by_call(site)]
        for step in scope.steps:
            match step.statement:
                case f.Assign(
                    targets=(
                        f.Subscript(
                            value=f.Attribute(value=owner, name="exception_handlers"), index=index
                        ),
                    ),
                    value=f.Name() | f.Attribute() | f.Call() as value,
                ):
                    rows = _registered(scope, step, index, value, step.span)
                    found += [msgspec.structs.replace(r, owner=owner) for r in rows]
                case f.Assign(
                    targets=(f.Attribute(value=owner, name="exception_handlers"),), value=value
                ) if value is not None and _may_be_app(scope, owner):
                    found += [
                        msgspec.structs.replace(r, owner=owner) for r in _tabled(scope, step, value)
                    ]
                case f.Assign(  # ``options["exception_handlers"] = {...}``
                    targets=(f.Subscript(index=f.Constant(value="exception_handlers")),),
                    value=value,
                ) if value is not None:
                    found += _tabled(scope, step, value)
    return tuple(found)


def _owner(call: f.Call) -> f.Expression | None:
    """Return the application that *call* gives a handler: its receiver, or what it makes."""
    match call.function:
        case f.Attribute(value=f.Attribute(value=owner, name="exception_handlers")):
            return owner
        case f.Attribute(value=owner, name="exception_handler" | "add_exception_handler"):
            return owner
        case f.Call(function=f.Attribute(value=owner, name="exception_handler")):
            return owner
    return call


def _registered_by_call(site: CallSite) -> Iterator[Registration]:
    scope, call = site.scope, site.call
    match call.function:
        case f.Attribute(value=owner, name="exception_handler"):
            definition = site.step.statement
            if not _may_be_app(scope, owner) or not isinstance(definition, f.FunctionDefinition):
                return
            decorated = next(
                (d for d in scope.definitions if d.step is site.step and isinstance(d, Function)),
                None,
            )
            key = call.argument(0, "exc_class_or_status_code")
            if decorated is not None and call in definition.decorators:
                for symbol in _keys(scope, key):
                    yield Registration(symbol, decorated, site.step, call.span)
            return
        case f.Call(function=f.Attribute(value=owner, name="exception_handler")) as decorator:
            # ``app.exception_handler(X)(f)``
            if _may_be_app(scope, owner):
                key = decorator.argument(0, "exc_class_or_status_code")
                yield from _registered(scope, site.step, key, call.argument(0), call.span)
            return
        case f.Attribute(value=owner, name="add_exception_handler"):
            if _may_be_app(scope, owner):
                key = call.argument(0, "exc_class_or_status_code")
                given = call.argument(1, "handler")
                yield from _registered(scope, site.step, key, given, call.span)
            return
        case f.Attribute(name="setdefault") if len(call.arguments) == 2:
            # ``options.setdefault("exception_handlers", {...})``
            match call.arguments:
                case (f.Constant(value="exception_handlers"), given):
                    yield from _tabled(scope, site.step, given)
            return
        case f.Attribute(value=f.Attribute(value=owner, name="exception_handlers"), name="update"):
            if _may_be_app(scope, owner):
                yield from _tabled(scope, site.step, call.argument(0) or call)
            return
    table = call.keyword("exception_handlers")
    makes = _makes_app(scope, call)
    if table is not None and (makes or isinstance(callee_of(scope, call), Function)):
        yield from _tabled(scope, site.step, table)
    for keyword in call.keywords if makes else ():
        if keyword.name is None:
            yield from _optional(scope, site.step, keyword.value)


def _makes_app(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call* may make an application, or is the call by which one of a class does."""
    match call.function:
        case f.Attribute(name="__init__"):
            cls = scope.cls if isinstance(scope, Function) else None
            return cls is not None and inherits(cls, *APPS) is True
    callee = callee_of(scope, call)
    return isinstance(callee, External | Class) and inherits(callee, *APPS) is not False


def _optional(
    scope: Scope, step: Step, options: f.Expression, names: int = _DEEPEST
) -> Iterator[Registration]:
    """Yield what ``**options`` give an application: a table, or it is not known what."""
    match options:
        case f.Mapping() | f.Call(function=f.Name(name="dict")):
            key = "exception_handlers"
            table = options.get(key) if isinstance(options, f.Mapping) else options.keyword(key)
            if table is not None:
                yield from _tabled(scope, step, table)
        case f.Name():
            symbol = resolve(scope, options)
            if isinstance(symbol, Variable):
                if symbol.value is not None and names:
                    yield from _optional(symbol.scope, step, symbol.value, names - 1)
            else:
                yield Registration(None, None, step, options.span)


def _tabled(scope: Scope, step: Step, table: f.Expression) -> Iterator[Registration]:
    """Yield the registrations that a dict literal holds, or a name that is bound to one."""
    rows = _entries(scope, table)
    if rows is None:
        if not f.is_none(table):
            yield Registration(None, None, step, table.span)
        return
    for where, key, value in rows:
        # Where the table stands elsewhere, so do its keys; the place is that of the app.
        at = key.span if key is not None and isinstance(table, f.Mapping) else table.span
        if key is None:
            yield Registration(None, None, step, at)
        else:
            yield from _registered(where, step, key, value, at)


Entry: TypeAlias = tuple[Scope, f.Expression | None, f.Expression]
"""Where a key and its value are written; the key is None for another dict that is not known."""


def _entries(scope: Scope, table: f.Expression, depth: int = _DEEPEST) -> list[Entry] | None:
    """Return what a dict holds: a literal, or a name bound to one and what is put into it later.

    None where that is not known.
    """
    if isinstance(table, f.Mapping):
        return [
            row
            for key, value in zip(table.keys, table.values, strict=True)
            for row in _unpacked(scope, key, value, depth)
        ]
    symbol = resolve(scope, table)
    if not depth or not isinstance(symbol, Variable) or not isinstance(symbol.value, f.Mapping):
        return None
    rows = _entries(symbol.scope, symbol.value, depth - 1) or []
    for step, mention in uses_of(symbol):
        match step.statement:
            case f.Assign(targets=(f.Subscript(value=owner, index=key),), value=value):
                if owner is mention and value is not None:
                    rows.append((step.scope, key, value))
            case f.Evaluate(
                value=f.Call(function=f.Attribute(value=owner, name=name), arguments=given)
            ) if owner is mention:
                if name == "update" and len(given) == 1:
                    rows += _unpacked(step.scope, None, given[0], depth - 1)
                elif name in _CHANGING:
                    return None
    return rows


def _unpacked(
    scope: Scope, key: f.Expression | None, value: f.Expression, depth: int
) -> list[Entry]:
    """Return an entry of a dict, or those of the dict that is put into it: ``**value``."""
    found = _entries(scope, value, depth) if key is None else None
    return [(scope, key, value)] if found is None else found


def _registered(
    scope: Scope,
    step: Step,
    key: f.Expression | None,
    given: f.Expression | None,
    at: Span,
) -> Iterator[Registration]:
    keys = list(_keys(scope, key))
    functions = list(_functions(scope, given))
    if len(functions) not in (1, len(keys)):
        functions = [None]
    for index, symbol in enumerate(keys):
        yield Registration(symbol, functions[index if len(functions) > 1 else 0], step, at)


def _may_be_app(scope: Scope, owner: f.Expression) -> bool:
    """Tell whether *owner* is an application, or something untyped that may be one."""
    found = type_of(scope, owner)
    if found is None:
        return not isinstance(resolve(scope, owner), Class | Function | Module)
    return inherits(found.symbol, *APPS) is not False and found.path != "fastapi.APIRouter"


def _keys(scope: Scope, expression: f.Expression | None) -> list[Key | None]:
    """Return what *expression*, given as a key, stands for: several if a loop runs over them."""
    if expression is None:
        return [None]
    items = _looped(scope, expression)
    if items is not None:
        return [_key(where, item) for where, item in items]
    return [_key(scope, expression)]


def _key(scope: Scope, expression: f.Expression) -> Key | None:
    status = status_within(scope, expression, None)
    if status is not None:
        return status
    symbol = resolve(scope, expression)
    if isinstance(symbol, Class | External):
        service = scope.module.service
        return symbol if is_exception(service, symbol) is not False else None
    return None


def _functions(scope: Scope, expression: f.Expression | None) -> list[Function | None]:
    if expression is None:
        return [None]
    items = _looped(scope, expression)
    if items is not None:
        return [_function(where, item) for where, item in items]
    return [_function(scope, expression)]


def _function(scope: Scope, expression: f.Expression) -> Function | None:
    """Return the function that *expression* gives: by name, ``partial``, or made by another."""
    symbol = resolve(scope, expression)
    if isinstance(symbol, Function):
        return symbol
    if isinstance(expression, f.Call):
        callee = callee_of(scope, expression)
        if isinstance(callee, External) and expression.arguments:
            if callee.path in ("functools.partial", "typing.cast"):
                return _function(scope, expression.arguments[-1 if "cast" in callee.path else 0])
        if isinstance(callee, Function):
            made = {resolve(callee, r.value) for _, r in callee.returned}
            only = made.pop() if len(made) == 1 else None
            return only if isinstance(only, Function) else None
    found = type_of(scope, expression.value) if isinstance(expression, f.Attribute) else None
    if found is not None and found.cls is not None and isinstance(expression, f.Attribute):
        method = found.cls.methods.get(expression.name)
        if method is not None:
            return method
    instance = type_of(scope, expression)
    if instance is not None and instance.cls is not None and not instance.is_class:
        called = class_member(instance.cls, "__call__")
        return called if isinstance(called, Function) else None
    return None


def _looped(scope: Scope, expression: f.Expression) -> list[tuple[Scope, f.Expression]] | None:
    """Return what a loop variable runs over, None if *expression* is no loop variable."""
    if not isinstance(expression, f.Name):
        return None
    bindings = scope.bindings.get(expression.name, ())
    if len(bindings) != 1 or not isinstance(bindings[0], Iterated):
        return None
    loop = bindings[0]
    where, source = scope, loop.iterable
    view = ""
    match source:
        case f.Call(function=f.Attribute(value=inner, name="items" | "keys" | "values" as view)):
            source = inner
    entries = _entries(where, source)
    if entries is not None:
        keys = [(at, key) for at, key, _ in entries if key is not None]
        values = [(at, value) for at, _, value in entries]
        if len(keys) < len(values):
            return None
        if view == "items" and loop.unpacked in ((0,), (1,)):
            return (keys if loop.unpacked == (0,) else values) or None
        return ((values if view == "values" else keys) or None) if not loop.unpacked else None
    symbol = resolve(where, source)
    if isinstance(symbol, Variable) and symbol.value is not None:
        where, source = symbol.scope, symbol.value
    rows: list[tuple[Scope, f.Expression]] = []
    for item in source.items if isinstance(source, f.Collection) else ():
        for index in loop.unpacked:
            item = _item(item, index)
        rows.append((where, item))
    return rows or None


def _item(expression: f.Expression, index: int) -> f.Expression:
    if isinstance(expression, f.Collection) and 0 <= index < len(expression.items):
        return expression.items[index]
    return expression
