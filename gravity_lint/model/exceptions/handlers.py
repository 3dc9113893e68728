"""The exception handlers of a service: what each is registered for, and what it answers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.statuses import Frame, origin_of, status_within
from gravity_lint.model.code.bindings import Assigned, Received
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.endings import is_cut_off
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Symbol,
    Variable,
    class_member,
    inherits,
    path_of,
    resolve,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.exceptions.bodies import Body, body_of, dumped
from gravity_lint.model.exceptions.classes import is_domain
from gravity_lint.model.exceptions.narrowing import narrowed
from gravity_lint.model.exceptions.registrations import Key, registrations
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

VALIDATION_ERROR = "fastapi.exceptions.RequestValidationError"
_RESPONSE = "fastapi.Response"
_JSON = "fastapi.responses.JSONResponse"
_TEXTS = ("fastapi.responses.PlainTextResponse", "fastapi.responses.HTMLResponse")


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
        return _named(self.keys)

    def subject_at(self, step: Step) -> str:
        """Return what it handles at *step*, where others may have been told apart."""
        return _named(self._keys_at(step))

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
        """What its ``return`` statements give, but for those that other exceptions would get.

        ``if not isinstance(exc, OrderException)`` tells type checkers what ``exc`` is.
        """
        return tuple(x for x in answers_of(self.function) if not self.keys or self._keys_at(x.step))

    def _keys_at(self, step: Step) -> tuple[Key | None, ...]:
        name = self.exception
        if step.scope is not self.function or name is None:
            return self.keys
        return tuple(x for key in self.keys for x in narrowed(step, name, key))

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


def _named(keys: tuple[Key | None, ...]) -> str:
    names = dict.fromkeys(
        str(key) if isinstance(key, int) else key.name for key in keys if key is not None
    )
    return f"`{', '.join(names)}`" if names else "exceptions"


_STORING = ("structlog.contextvars.bind_contextvars", "structlog.contextvars.bound_contextvars")


def _keeps(function: Function, name: str, depth: int = 3) -> bool:
    """Tell whether *function* puts what it is given as *name* somewhere that outlives the call."""
    own = _made_of(function, name)
    for step in function.steps:
        match step.statement:
            case f.Assign(targets=targets, value=value) if _speaks_of(value, own):
                if any(_outlives(function, target) for target in targets):
                    return True
    for site in function.calls:
        given = site.call.given
        if not any(_speaks_of(x, own) for x in given):
            continue
        callee = callee_of(function, site.call)
        if _stores(function, site.call, callee):
            return True
        if depth and any(
            isinstance(handed := resolve(function, x), Function)
            and any(_keeps(handed, parameter.name, depth - 1) for parameter in handed.arguments)
            for x in given
            if isinstance(x, f.Name | f.Attribute)
        ):
            return True
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


_STORES = frozenset(
    {
        *("add", "add_all", "create", "execute", "insert", "insert_one", "insert_many", "put_item"),
        *("write", "writelines", "xadd", "lpush", "rpush", "publish", "send", "post"),
    }
)
"""How methods are called that put something into a table, a file or a stream."""
_NO_STORES = ("builtins.", "sys.", "fastapi.", "starlette.")


def _stores(function: Function, call: f.Call, callee: Symbol | None) -> bool:
    """Tell whether *call* puts what it is given where it stays, or sends it there."""
    if not isinstance(call.function, f.Attribute) or call.function.name not in _STORES:
        return False
    if isinstance(callee, Function | Class):
        return False
    if isinstance(callee, External) and callee.path.startswith(_NO_STORES):
        return False
    made = type_of(function, call.function.value)
    return made is None or not made.path.startswith(_NO_STORES)


def _made_of(function: Function, name: str) -> set[str]:
    """Return the variables of *function* whose content is made of what it is given as *name*."""
    own = {name}
    while True:
        found = set(own)
        for step in function.steps:
            match step.statement:
                case f.Assign(targets=targets, value=value) if _speaks_of(value, found):
                    roots = {x.name for target in targets if (x := _root(target)) is not None}
                    found |= roots & function.bindings.keys()
                case f.For(target=target, iterable=iterable) if _speaks_of(iterable, found):
                    found |= {x.name for x in f.walk(target) if isinstance(x, f.Name)}
        for site in function.calls:
            match site.call:
                case f.Call(function=f.Attribute(value=f.Name(name=filled)), arguments=given):
                    if any(_speaks_of(x, found) for x in given) and filled in function.bindings:
                        found.add(filled)
        parameters = {p.name for p in function.parameters}
        if found - parameters <= own:
            return own
        own |= found - parameters


def _root(target: f.Expression) -> f.Name | None:
    """Return the name to which *target* belongs: ``body`` of ``body["detail"]``."""
    while isinstance(target, f.Attribute | f.Subscript | f.Call):
        target = target.function if isinstance(target, f.Call) else target.value
    return target if isinstance(target, f.Name) else None


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
    root = _root(target)
    if root is None:
        return False
    bindings = function.bindings.get(root.name)
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


_THERE_BEFORE = pattern(r"Already|Duplicate|(?<!Not)Exists|Idempoten|Replay|Repeated|Seen")
"""How exceptions are called that stop what was done before."""


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

    @property
    def succeeds(self) -> bool:
        """Tell whether it is no error: it sends elsewhere, or tells of what was there already.

        Whoever answers everything with 200 tells of errors all the same.
        """
        status = self.answer.status
        if self.call.argument(1, "status_code") is None or status is None or status >= 400:
            return False
        return status >= 300 or all(
            isinstance(key, Class) and _THERE_BEFORE.search(key.name) is not None
            for handler in self.handlers
            for key in handler.keys
        )

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
        if self.call is None or self.call.unpacks:
            return None
        text = dumped(self.scope, self.content) if self.cls == External(_RESPONSE) else None
        if text is not None:
            made = origin_of(self.scope, text, self.frame)
        else:
            made = self.made if self.writes_json or self._only_dumps else None
        return None if made is None else body_of(*made)

    @property
    def _only_dumps(self) -> bool:
        """Tell whether its own ``render`` writes the content as it is, and nothing around it."""
        render = class_member(self.cls, "render") if isinstance(self.cls, Class) else None
        if not self.is_json or self._own("__init__") or not isinstance(render, Function):
            return False
        names = [x.name for x in render.arguments[:1]]
        texts = [dumped(render, x.value) for _, x in render.returned]
        return bool(texts) and all(
            isinstance(x, f.Name) and [x.name] == names and len(render.bindings[x.name]) == 1
            for x in texts
        )

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
        if given is None or f.is_none(given):
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
        if is_cut_off(step):
            continue
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
