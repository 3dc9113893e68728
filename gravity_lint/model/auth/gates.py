"""Which middlewares of the service may turn somebody away, and which let every request pass.

One that reads credentials to log or to count them answers no request with 401 or 403. What is not
understood may do so.
"""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.handmade import is_response
from gravity_lint.model.api.statuses import status_of
from gravity_lint.model.auth.credentials import credential_reads, is_request, last_name
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.names import External, Variable, ancestors, bases, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.exceptions.escapes import escapes, own_raises, raised_by, reraises

_HARMLESS = frozenset({*range(200, 300), 405, 408, 411, 413, 414, 415, 425, 426, 429, 431})
"""Statuses that say nothing about who is asking; so does whatever says that the server failed."""
_FAILED = 500
_UNKNOWN = 401
_BASES = (
    "builtins.object",
    "starlette.middleware.base.BaseHTTPMiddleware",
    "fastapi.middleware.BaseHTTPMiddleware",
    "typing.Protocol",
    "abc.ABC",
)
_ENTRIES = ("dispatch", "__call__")
_NEXT = ("app", "_app", "call_next", "next")
"""How a middleware keeps what comes after it."""
_LOOKING = frozenset(
    {
        *("abs", "bool", "hasattr", "getattr", "isinstance", "len", "max", "min", "repr", "round"),
        *("str", "sum", "type"),
        *("add", "append", "bind", "bind_contextvars", "inc", "labels", "observe", "set", "update"),
        *("casefold", "encode", "endswith", "format", "hexdigest", "join", "lower", "lstrip"),
        *("partition", "removeprefix", "removesuffix", "replace", "rpartition", "rsplit", "rstrip"),
        *("split", "startswith", "strip", "upper", "get", "md5", "sha1", "sha256", "hash", "items"),
        *("critical", "debug", "error", "exception", "info", "log", "warning"),
        *("set_attribute", "set_tag", "set_user", "setdefault"),
        *("exists", "expire", "hincrby", "incr", "incrby", "ttl", "zadd", "zcard", "zcount"),
        *("zrange", "zremrangebyscore"),
    }
)
"""What looks at a value, counts it or puts it away, and refuses none."""


def may_refuse(middleware: Class | Function) -> bool:
    """Tell whether *middleware* may answer somebody instead of what comes after it."""
    if isinstance(middleware, Function):
        return _refuses([middleware], {middleware})
    classes = [x for x in ancestors(middleware) if isinstance(x, Class)]
    above = [base for cls in classes for base in bases(cls) if not isinstance(base, Class)]
    if any(not isinstance(base, External) or base.path not in _BASES for base in above):
        return True
    methods = [x for cls in classes for x in cls.methods.values() if x.name != "__init__"]
    entries = {method for method in methods if method.name in _ENTRIES}
    return not entries or _refuses(methods, entries)


def asks_who_it_is(middleware: Class | Function) -> bool:
    """Tell whether *middleware* answers somebody with 401, whatever it has looked at."""
    if isinstance(middleware, Function):
        return _answers_unknown(middleware)
    classes = [x for x in ancestors(middleware) if isinstance(x, Class)]
    return any(_answers_unknown(x) for cls in classes for x in cls.methods.values())


def _answers_unknown(function: Function) -> bool:
    for each in (function, *(x for x in function.walk() if isinstance(x, Function))):
        if any(x.is_http and x.status == _UNKNOWN for x in raised_by(each)):
            return True
        for site in each.calls:
            given = site.call.keyword("status_code") or site.call.argument(1, "status_code")
            if given is not None and status_of(each, given) == _UNKNOWN:
                made = callee_of(each, site.call)
                if isinstance(made, Class | External) and is_response(made):
                    return True
    return False


def turns_away(function: Function) -> bool:
    """Tell whether *function* itself, or what it calls, may refuse somebody in so many words."""
    return _raises(function) or _answers(function)


def _refuses(functions: list[Function], entries: set[Function]) -> bool:
    """Tell whether one of *functions* may refuse; what *entries* return is the answer."""
    inner = [x for each in functions for x in each.walk() if isinstance(x, Function)]
    return any(
        _raises(each) or _answers(each) or _trusts(each) for each in (*functions, *inner)
    ) or any(
        not _is_passed_on(each, statement.value, 3)
        for each in entries
        for _, statement in each.returned
    )


def _raises(function: Function) -> bool:
    """Tell whether *function*, or what it calls, raises what is not harmless."""
    known = dict(own_raises(function.module).get(function, ()))
    for step, _ in function.raised:
        if reraises(step):
            continue
        thrown = known.get(step)
        if thrown is None or not thrown.is_http or not _is_harmless(thrown.status):
            return True
    return any(
        escape.thrown.is_http and not _is_harmless(escape.thrown.status)
        for escape in escapes(function)
    )


def _is_harmless(status: int | None) -> bool:
    return status is not None and (status in _HARMLESS or status >= _FAILED)


def _answers(function: Function) -> bool:
    """Tell whether *function* makes a response that may refuse."""
    for site in function.calls:
        made = callee_of(function, site.call)
        if isinstance(made, Class | External) and is_response(made):
            given = site.call.argument(1, "status_code")
            if site.call.unpacks or "Redirect" in made.name:
                return True
            status = 200 if given is None else status_of(function, given)
            if not _is_harmless(status) or (status == 200 and _says_something(site.call)):
                return True
    return any(
        isinstance(part, f.Mapping) and not _is_harmless_message(function, part)
        for step in function.steps
        for part in step.parts
    )


def _says_something(response: f.Call) -> bool:
    """Tell whether *response* has a body, which may say no whatever its status is."""
    content = response.argument(0, "content")
    return content is not None and not f.is_none(content)


def _is_harmless_message(scope: Scope, message: f.Mapping) -> bool:
    """Tell whether *message*, if it is one of ASGI, does not refuse."""
    rows = {
        key.value: value
        for key, value in zip(message.keys, message.values, strict=True)
        if isinstance(key, f.Constant)
    }
    kind = rows.get("type")
    said = str(kind.value) if isinstance(kind, f.Constant) else ""
    if said == "websocket.close":
        return False
    return said != "http.response.start" or _is_harmless(status_of(scope, rows.get("status")))


def _trusts(function: Function, given: frozenset[str] = frozenset(), depth: int = 3) -> bool:
    """Tell whether *function* hands credentials to something that may raise, and lets it do so.

    Or the whole request: who gets that may look for them itself. The parameters *given* hold some.
    What is done once the request has been answered is of no matter.
    """
    spans = {read.span for read in credential_reads(function)}
    held = set(given)

    def has_read(expression: f.Expression | None) -> bool:
        return expression is not None and any(
            part.span in spans
            or (isinstance(part, f.Name) and part.name in held)
            or (isinstance(part, f.Call) and _gives_credentials(function, part))
            for part in f.walk(expression)
        )

    for step in function.steps:
        match step.statement:
            case f.Assign(targets=targets, value=value) if has_read(value):
                held.update(x.name for x in targets if isinstance(x, f.Name))
    asking = [x.step.index for x in function.calls if last_name(x.call.function) in _NEXT]
    for site in function.calls:
        name = last_name(site.call.function)
        if name in (*_LOOKING, *_NEXT) or name.startswith("log") or _is_tried(site.step):
            continue
        if asking and site.step.index > max(asking):
            continue
        if any(has_read(x) or is_request(function, x) for x in site.call.given):
            called = callee_of(function, site.call)
            if not isinstance(called, Function) or not depth:
                return True
            taken = frozenset(
                parameter.name
                for parameter in called.arguments
                if has_read(argument_for(called, site.call, parameter))
            )
            if _raises(called) or _trusts(called, taken, depth - 1):
                return True
    return any(
        isinstance(part, f.Subscript) and part.span in spans and not _is_tried(step)
        for step in function.steps
        for part in step.parts
    )


def _gives_credentials(function: Function, call: f.Call) -> bool:
    """Tell whether *call* is of a function of the service that reads them."""
    called = callee_of(function, call)
    return isinstance(called, Function) and bool(credential_reads(called))


def _is_tried(step: Step) -> bool:
    """Tell whether whatever *step* raises is caught in the function."""
    return any(
        isinstance(block.owner, f.Try)
        and block.part == "body"
        and any(_catches_all(handler) for handler in block.owner.handlers)
        for block in step.block.ancestors()
    )


def _catches_all(handler: f.Handler) -> bool:
    kinds = handler.type.items if isinstance(handler.type, f.Collection) else (handler.type,)
    names = {last_name(kind) for kind in kinds if kind is not None}
    return handler.type is None or not names.isdisjoint(("Exception", "BaseException"))


def _is_passed_on(function: Function, value: f.Expression | None, depth: int) -> bool:
    """Tell whether *value* is what comes after the middleware, or a response that is judged."""
    match value:
        case None | f.Constant(kind="None"):
            return True
        case f.Await(value=inner):
            return _is_passed_on(function, inner, depth)
        case f.Call(function=f.Name(name=name) | f.Attribute(name=name)) if name in _NEXT:
            return True
        case f.Call():
            made = callee_of(function, value)
            return isinstance(made, Class | External) and is_response(made)
        case f.Name():
            symbol = resolve(function, value)
            rows = symbol.bindings if isinstance(symbol, Variable) and depth else ()
            return bool(rows) and all(_is_answer(function, row, depth) for row in rows)
    return False


def _is_answer(function: Function, binding: object, depth: int) -> bool:
    return (
        isinstance(binding, Assigned)
        and not (binding.unpacked or binding.operator)
        and _is_passed_on(function, binding.value, depth - 1)
    )
