"""The exception handlers of a service: what each is registered for, and what it answers.

Starlette finds the handler of an exception by its class's ``__mro__``, an
``HTTPException`` first by its status; a handler for ``Exception`` (or 500) is
outermost: the server-error middleware calls it for what nothing else takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.api.environments import argument_for
from gravity_lint.model.api.statuses import Frame, origin_of, status_within
from gravity_lint.model.code.bindings import Assigned, Iterated, Received
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Variable,
    class_member,
    inherits,
    path_of,
    resolve,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.exceptions.bodies import Body, body_of
from gravity_lint.model.exceptions.classes import is_domain, is_exception
from gravity_lint.sources.spans import Span

Key: TypeAlias = Class | External | int
"""What a handler is registered for: an exception class or a status."""

APPS = ("starlette.applications.Starlette",)
VALIDATION_ERROR = "fastapi.exceptions.RequestValidationError"
_RESPONSE = "fastapi.Response"
_JSON = "fastapi.responses.JSONResponse"
_TEXTS = ("fastapi.responses.PlainTextResponse", "fastapi.responses.HTMLResponse")


class Registration(Record, frozen=True):
    """One handler given to an app: *key* None or *function* None where not known."""

    key: Key | None
    function: Function | None
    site: Step
    at: Span

    @property
    def module(self) -> Module:
        """The module that registers it."""
        return self.site.module


@query
def registrations(service: Service) -> tuple[Registration, ...]:
    """Return the registrations of exception handlers in the app, in source order.

    ``@app.exception_handler(X)``, ``app.add_exception_handler(X, f)``,
    ``FastAPI(exception_handlers={X: f})``, and what is put into
    ``app.exception_handlers``; the app may be an untyped parameter, as in the
    document's ``setup_exception_handlers(app)``.
    """
    found: list[Registration] = []
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            found += _registered_by_call(site)
        for step in scope.steps:
            match step.statement:
                case f.Assign(
                    targets=(
                        f.Subscript(value=f.Attribute(name="exception_handlers"), index=index),
                    ),
                    value=f.Name() | f.Attribute() | f.Call() as value,
                ):
                    found += _registered(scope, step, index, value, step.span)
                case f.Assign(
                    targets=(f.Attribute(value=owner, name="exception_handlers"),), value=value
                ) if value is not None and _may_be_app(scope, owner):
                    found += _tabled(scope, step, value)
    return tuple(found)


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
        case f.Attribute(value=f.Attribute(value=owner, name="exception_handlers"), name="update"):
            if _may_be_app(scope, owner):
                yield from _tabled(scope, site.step, call.argument(0) or call)
            return
    table = call.keyword("exception_handlers")
    if table is None:
        return
    callee = callee_of(scope, call)
    if isinstance(callee, External | Class) and inherits(callee, *APPS) is not False:
        yield from _tabled(scope, site.step, table)


def _tabled(scope: Scope, step: Step, table: f.Expression) -> Iterator[Registration]:
    """Yield the registrations that a dict literal holds, or a name that is bound to one."""
    if isinstance(table, f.Mapping):
        for key, value in zip(table.keys, table.values, strict=True):
            if key is None:
                yield from _tabled(scope, step, value)
            else:
                yield from _registered(scope, step, key, value, key.span)
        return
    symbol = resolve(scope, table)
    if isinstance(symbol, Variable) and isinstance(symbol.value, f.Mapping):
        # Where the table stands elsewhere, so do its keys; the place is that of the app.
        for registration in _tabled(symbol.scope, step, symbol.value):
            yield Registration(registration.key, registration.function, step, table.span)
        return
    if not (isinstance(table, f.Constant) and table.kind == "None"):
        yield Registration(None, None, step, table.span)


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
        return found.cls.methods.get(expression.name)
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
    symbol = resolve(where, source)
    if isinstance(symbol, Variable) and symbol.value is not None:
        where, source = symbol.scope, symbol.value
    rows: list[f.Expression] = []
    if isinstance(source, f.Mapping) and not source.unpacks:
        keys = [key for key in source.keys if key is not None]
        if view == "items" and loop.unpacked in ((0,), (1,)):
            rows = keys if loop.unpacked == (0,) else list(source.values)
        elif not loop.unpacked:
            rows = list(source.values) if view == "values" else keys
    elif isinstance(source, f.Collection):
        for item in source.items:
            for index in loop.unpacked:
                item = _item(item, index)
            rows.append(item)
    return [(where, row) for row in rows] or None


def _item(expression: f.Expression, index: int) -> f.Expression:
    if isinstance(expression, f.Collection) and 0 <= index < len(expression.items):
        return expression.items[index]
    return expression


# -- handlers and what they answer -----------------------------------------------------------


class ExceptionHandler(AtFunction, Record, frozen=True):
    """A function that the app registers as an exception handler; *keys*: what for."""

    function: Function
    keys: tuple[Key | None, ...]

    @property
    def name(self) -> str:
        """Its bare name."""
        return self.function.name

    @property
    def subject(self) -> str:
        """What it handles, as one names it in a sentence."""
        names = [
            str(key) if isinstance(key, int) else key.name for key in self.keys if key is not None
        ]
        return f"`{', '.join(names)}`" if names else "exceptions"

    @property
    def domain_names(self) -> tuple[str, ...]:
        """The names of the domain exceptions among what it handles."""
        service = self.module.service
        return tuple(
            key.name
            for key in self.keys
            if isinstance(key, Class | External) and is_domain(service, key)
        )

    @property
    def exception(self) -> str | None:
        """The name of the parameter that holds the exception."""
        arguments = self.function.arguments
        return arguments[1].name if len(arguments) > 1 else None

    @cached_property
    def leaves_behind(self) -> bool:
        """Tell whether it puts the exception where somebody else finds it: on the request, say."""
        name = self.exception
        return name is not None and _keeps(self.function, name)

    @cached_property
    def answers(self) -> tuple[Answered, ...]:
        """What its ``return`` statements give."""
        return tuple(answers_of(self.function))

    @property
    def statuses(self) -> tuple[int | None, ...]:
        """The status of each answer, None where it is not known."""
        return tuple(answer.status for answer in self.answers)

    @cached_property
    def raw_errors(self) -> tuple[f.Call, ...]:
        """The calls of the exception's ``errors()`` that a ``JSONResponse`` gets as they are."""
        found: list[f.Call] = []
        for answer in self.answers:
            if answer.writes_json and answer.content is not None and answer.scope is self.function:
                found += _unencoded(self.function, answer.content, self.exception)
        return tuple(found)


_STORING = ("structlog.contextvars.bind_contextvars", "structlog.contextvars.bound_contextvars")


def _keeps(function: Function, name: str, depth: int = 3) -> bool:
    """Tell whether *function* puts what it is given as *name* somewhere that outlives the call."""
    own = {name} | {
        target.name
        for step in function.steps
        if isinstance(step.statement, f.Assign) and _speaks_of(step.statement.value, {name})
        for target in step.statement.targets
        if isinstance(target, f.Name)
    }
    for step in function.steps:
        match step.statement:
            case f.Assign(targets=targets, value=value) if _speaks_of(value, own):
                if any(_outlives(function, target) for target in targets):
                    return True
    for site in function.calls:
        given = (*site.call.arguments, *(k.value for k in site.call.keywords))
        if not any(_speaks_of(x, own) for x in given):
            continue
        callee = callee_of(function, site.call)
        match callee:
            case External(path=path):
                if path in _STORING or path.startswith("contextvars.ContextVar."):
                    return True
                if path == "builtins.setattr" and _outlives(function, given[0], whole=True):
                    return True
            case Function() if depth:
                for parameter in callee.arguments:
                    passed = argument_for(callee, site.call, parameter)
                    if _speaks_of(passed, own) and _keeps(callee, parameter.name, depth - 1):
                        return True
    return False


def _speaks_of(expression: f.Expression | None, names: set[str]) -> bool:
    return expression is not None and any(
        isinstance(x, f.Name) and x.name in names for x in f.walk(expression)
    )


def _outlives(function: Function, target: f.Expression, *, whole: bool = False) -> bool:
    """Tell whether *target* belongs to something that *function* was given, or that is not its own.

    A name alone is only put into something if it is *whole*: an object that is filled.
    """
    if isinstance(target, f.Name) and not whole:
        return False
    while isinstance(target, f.Attribute | f.Subscript | f.Call):
        target = target.function if isinstance(target, f.Call) else target.value
    if not isinstance(target, f.Name):
        return False
    bindings = function.bindings.get(target.name)
    if bindings is None:
        return True
    match bindings:
        case (Received(),):
            return True
        case (Assigned(value=value, unpacked=()),) if value is not None:
            return isinstance(value, f.Attribute | f.Subscript) and _outlives(function, value)
    return False


def _unencoded(function: Function, expression: f.Expression, name: str | None) -> Iterator[f.Call]:
    match expression:
        case f.Call(function=f.Attribute(value=f.Name(name=owner), name="errors")):
            if owner == name and not expression.keywords:
                yield expression
        case f.Mapping(values=items) | f.Collection(items=items):
            for item in items:
                yield from _unencoded(function, item, name)
        case f.Name():
            symbol = resolve(function, expression)
            if isinstance(symbol, Variable) and symbol.scope is function and symbol.value:
                yield from _unencoded(function, symbol.value, name)


@query
def validation_handlers(service: Service) -> tuple[ExceptionHandler, ...]:
    """Return the handlers that are registered for ``RequestValidationError``."""
    return tuple(h for h in handlers(service) if External(VALIDATION_ERROR) in h.keys)


@query
def handlers(service: Service) -> tuple[ExceptionHandler, ...]:
    """Return the exception handlers that the app defines and registers."""
    rows: dict[Function, list[Key | None]] = {}
    for registration in registrations(service):
        if registration.function is not None and in_app(registration.function.module):
            rows.setdefault(registration.function, []).append(registration.key)
    return tuple(
        ExceptionHandler(function, tuple(keys))
        for function, keys in rows.items()
        if not _takes_websocket(function)
    )


class ErrorAnswer(Record, frozen=True):
    """A response that exception handlers give, at the place where it is made; *handlers*: whose.

    One that a shared function makes for several handlers stands there, once.
    """

    answer: Answered
    call: f.Call
    handlers: tuple[ExceptionHandler, ...]

    @property
    def module(self) -> Module:
        """The module in which it is made."""
        return self.answer.module if self._made is None else self._made[0].module

    @property
    def span(self) -> Span:
        """The call that makes it, or what is given to that call where a caller gives it."""
        return self.call.span if self._made is None else self._made[1].span

    @property
    def extent(self) -> Span:
        """The lines of the statement that makes it."""
        return self.answer.step.extent if self._made is None else self._made[1].span

    @property
    def label(self) -> str:
        """The dotted name of the function that makes it."""
        return self.maker.label

    @property
    def maker(self) -> Scope:
        """The function that makes it: a handler, or one that they share."""
        return self.answer.scope if self._made is None else self._made[0]

    @property
    def shared(self) -> bool:
        """Tell whether a function makes it that is no handler itself."""
        return all(handler.function is not self.maker for handler in self.handlers)

    @cached_property
    def _made(self) -> tuple[Scope, f.Expression] | None:
        """What is put into the response, where its maker is given it."""
        made = self.answer.made
        if made is None or made[1] is None or made[0] is self.answer.scope:
            return None
        return made[0], made[1]


@query
def error_answers(service: Service) -> tuple[ErrorAnswer, ...]:
    """Return the responses that exception handlers make on sight, each once."""
    rows: dict[tuple[int, int], list[tuple[Answered, f.Call, ExceptionHandler]]] = {}
    for handler in handlers(service):
        for answer in handler.answers:
            if answer.call is not None:
                content = answer.made[1] if answer.made is not None else None
                key = (id(answer.call), id(content))
                rows.setdefault(key, []).append((answer, answer.call, handler))
    return tuple(
        ErrorAnswer(group[0][0], group[0][1], tuple(dict.fromkeys(x for _, _, x in group)))
        for group in rows.values()
    )


def _takes_websocket(function: Function) -> bool:
    if not function.arguments:
        return False
    annotation = function.arguments[0].annotation
    return path_of(function.parent or function, annotation) == "fastapi.WebSocket"


class Answered(Record, frozen=True):
    """A response that a handler returns: *call* constructs it (None: not on sight)."""

    step: Step
    scope: Scope
    call: f.Call | None
    cls: Class | External | None
    frame: Frame | None = None

    @property
    def status(self) -> int | None:
        """The status; a response without one says 200."""
        if self.call is None or self.cls is None or self.call.unpacks or self._own("__init__"):
            return None
        given = self.call.argument(1, "status_code")
        if given is None:
            return 200 if isinstance(self.cls, External) and self.is_json else None
        return status_within(self.scope, given, self.frame)

    @property
    def settled(self) -> bool:
        """Tell whether the status stands where the response is made: no caller gives another."""
        given = None if self.call is None else self.call.argument(1, "status_code")
        return status_within(self.scope, given, None) is not None

    @property
    def is_json(self) -> bool:
        """Tell whether the response certainly is a ``JSONResponse``."""
        return self.cls is not None and inherits(self.cls, _JSON) is True

    @property
    def writes_json(self) -> bool:
        """Tell whether the response certainly writes its content as it is, as JSON."""
        return self.is_json and not self._own("__init__", "render")

    def _own(self, *methods: str) -> bool:
        """Tell whether the response class is the service's and has one of *methods* of its own."""
        return isinstance(self.cls, Class) and any(
            isinstance(class_member(self.cls, name), Function) for name in methods
        )

    @property
    def module(self) -> Module:
        """The module in which it is made."""
        return self.step.module

    @property
    def kind(self) -> str:
        """The bare name of the response class."""
        return self.cls.name if self.cls is not None else ""

    @property
    def textual(self) -> bool:
        """Tell whether the response certainly is not JSON, a redirect aside."""
        if self.call is None or not isinstance(self.cls, External) or self.content is None:
            return False
        if self.call.unpacks or self.call.keyword("media_type") or self.call.argument(3, None):
            return False
        if self.cls.path == _RESPONSE:
            # It says nothing of its own; only a text that is no JSON gives it away.
            return self.headers is None and isinstance(self.content, f.Constant | f.Template)
        return self.cls.path in _TEXTS

    @cached_property
    def body(self) -> Body | None:
        """The JSON body where it can be read."""
        if not self.writes_json or self.call is None or self.call.unpacks:
            return None
        made = self.made
        return None if made is None else body_of(*made)

    @cached_property
    def made(self) -> tuple[Scope, f.Expression | None] | None:
        """Where the content is made, and what it is there; None if a caller gives it unseen."""
        return origin_of(self.scope, self.content, self.frame)

    @property
    def content(self) -> f.Expression | None:
        """The body as it is given."""
        return None if self.call is None else self.call.argument(0, "content")

    def sends(self, header: str) -> bool | None:
        """Tell whether the response has *header* (whatever its case); None if unknown."""
        if self.call is None or self.call.unpacks or self._own("__init__"):
            return None
        sought = header.lower()
        for step in self.scope.steps:
            match step.statement:
                case f.Assign(targets=(f.Subscript(index=f.Constant(value=str(name))),)):
                    if name.lower() == sought:
                        return True
        if any(_fills_headers(site.call) for site in self.scope.calls):
            return None
        found = origin_of(self.scope, self.headers, self.frame)
        if found is None:
            return None
        scope, given = found
        if isinstance(given, f.Name):
            symbol = resolve(scope, given)
            given = symbol.value if isinstance(symbol, Variable) and symbol.value else given
        if given is None or (isinstance(given, f.Constant) and given.kind == "None"):
            return False
        if not isinstance(given, f.Mapping):
            return None
        if any(name.lower() == sought for name in given.literal_keys):
            return True
        literal = all(isinstance(key, f.Constant) for key in given.keys)
        return False if literal else None

    @property
    def headers(self) -> f.Expression | None:
        """The headers as they are given."""
        return None if self.call is None else self.call.argument(2, "headers")


def _fills_headers(call: f.Call) -> bool:
    """Tell whether *call* puts something into headers: ``response.headers.update(...)``."""
    match call.function:
        case f.Attribute(value=f.Name(name=owner) | f.Attribute(name=owner), name=name):
            return "headers" in owner and name in ("append", "setdefault", "update")
    return False


def answers_of(
    function: Function, frame: Frame | None = None, depth: int = 0
) -> Iterator[Answered]:
    """Yield what *function* returns, seen through the functions of the service that it calls."""
    for step, statement in function.returned:
        expression = statement.value
        if isinstance(expression, f.Await):
            expression = expression.value
        if isinstance(expression, f.Name):
            symbol = resolve(function, expression)
            if isinstance(symbol, Variable) and symbol.value is not None:
                expression = symbol.value
        if not isinstance(expression, f.Call):
            yield Answered(step, function, None, None)
            continue
        callee = callee_of(function, expression)
        if isinstance(callee, Function) and depth < 3:
            inner = Frame(callee, function, expression, frame)
            yield from answers_of(callee, inner, depth + 1)
        elif isinstance(callee, Class | External) and inherits(callee, _RESPONSE):
            yield Answered(step, function, expression, callee, frame)
        else:
            yield Answered(step, function, None, None)
