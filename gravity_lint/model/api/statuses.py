"""HTTP status codes as the code writes them: numbers, ``status.HTTP_*``, ``http.HTTPStatus``."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import dependencies
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import endpoints_in
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.calls import calls_in
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import annotated_type, callee_of, type_of
from gravity_lint.model.code.values import value_of
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_DEEPEST = 2
"""How many functions may hand a response on."""
BODILESS = (204, 205, 304)
"""The statuses with which FastAPI sends no body."""
_NAMED = pattern(r"fastapi\.status\.HTTP_(\d{3})_\w+")
_MEMBER = pattern(r"http\.HTTPStatus\.(\w+?)(?:\.value)?")
_UNSETTLED = frozenset({413, 414, 416, 421, 422})
"""Codes whose name is not the same in all versions of Starlette."""


def status_of(scope: Scope, expression: f.Expression | None, aliases: int = 8) -> int | None:
    """Return the status code that *expression* gives, seen from *scope*; None if unknown.

    Aliases are followed, so many in a row.
    """
    match expression:
        case f.Name() | f.Attribute():
            symbol = resolve(scope, expression)
            if isinstance(symbol, External):
                return _external(symbol.path)
            if isinstance(symbol, Variable) and isinstance(symbol.value, f.Name | f.Attribute):
                return status_of(symbol.scope, symbol.value, aliases - 1) if aliases else None
        case f.Call(arguments=(inner,), keywords=()):
            symbol = resolve(scope, expression.function)
            if isinstance(symbol, External) and symbol.path in ("builtins.int", "http.HTTPStatus"):
                return status_of(scope, inner)
    if isinstance(expression, f.Attribute) and _varies(scope, expression):
        return None
    known = value_of(scope, expression)
    if known is None or isinstance(known.value, bool) or not isinstance(known.value, int):
        return None
    return known.value


def _varies(scope: Scope, expression: f.Attribute) -> bool:
    """Tell whether *expression* reads of an object what a subclass of its class gives anew."""
    owner = type_of(scope, expression.value)
    if owner is None or owner.cls is None or owner.is_class:
        return False
    return any(
        cls is not owner.cls and expression.name in cls.bindings
        for cls in heirs(scope.module.service, owner.cls)
    )


def _external(path: str) -> int | None:
    if named := _NAMED.fullmatch(path):
        return int(named[1])
    if member := _MEMBER.fullmatch(path):
        found = HTTPStatus.__members__.get(member[1])
        return int(found) if found is not None else None
    return None


class Frame(Record, frozen=True):
    """A function at work: the *call* that entered it, made in *scope*, itself within *outer*."""

    function: Function
    scope: Scope
    call: f.Call
    outer: Frame | None = None


def origin_of(
    scope: Scope, expression: f.Expression | None, frame: Frame | None
) -> tuple[Scope, f.Expression | None] | None:
    """Return what *expression* holds where *frame* tells what the parameters do; None if unknown.

    That is the expression itself, unless it names a parameter: then what the call gives for it.
    """
    if isinstance(expression, f.Name) and frame is not None:
        for index, parameter in enumerate(frame.function.arguments):
            if parameter.name != expression.name:
                continue
            if frame.call.unpacks or len(frame.function.bindings[parameter.name]) > 1:
                return None
            positional = parameter.kind is not f.ParameterKind.KEYWORD_ONLY
            value = frame.call.argument(index if positional else None, parameter.name)
            if value is None:
                return frame.function.parent or scope, parameter.default
            return origin_of(frame.scope, value, frame.outer)
    return scope, expression


def status_within(scope: Scope, expression: f.Expression | None, frame: Frame | None) -> int | None:
    """Return the status that *expression* gives where *frame* tells what the parameters hold."""
    found = origin_of(scope, expression, frame)
    return None if found is None else status_of(*found)


def sets_success(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* sets the status of a response that it is given, to no error.

    FastAPI answers with the status of the ``Response`` that it injects, also where the registration
    declares another. So it does where a dependency is given it, which sets it, or a function of the
    service that is handed that object.
    """
    providers = (dependency.provider for dependency in dependencies(endpoint))
    functions = (endpoint.function, *(x for x in providers if isinstance(x, Function)))
    return any(_sets_what_is_given(function) for function in functions)


def _sets_what_is_given(function: Function) -> bool:
    given = {
        parameter.name for parameter in function.arguments if _is_response(function, parameter)
    }
    return bool(given) and _sets_success(function, given, _DEEPEST)


def _sets_success(function: Function, given: set[str], depth: int) -> bool:
    for step in function.steps:
        match step.statement:
            case f.Assign(
                targets=(f.Attribute(value=f.Name(name=name), name="status_code"),), value=value
            ) if name in given and _may_succeed(function, value):
                return True
    return depth > 0 and any(
        _sets_success(callee, {parameter.name}, depth - 1)
        for site in function.calls
        if any(isinstance(x, f.Name) and x.name in given for x in site.call.given)
        for callee in [callee_of(function, site.call)]
        if isinstance(callee, Function)
        for parameter in callee.arguments
        for argument in [argument_for(callee, site.call, parameter)]
        if isinstance(argument, f.Name) and argument.name in given
    )


def _is_response(function: Function, parameter: f.Parameter) -> bool:
    made = annotated_type(function.parent or function.module, parameter.annotation)
    return made is not None and made.is_a("fastapi.Response")


def _may_succeed(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value*, set as a status, may be none of an error."""
    if isinstance(value, f.Conditional):
        return _may_succeed(scope, value.body) or _may_succeed(scope, value.otherwise)
    status = status_of(scope, value)
    return status is None or status < HTTPStatus.BAD_REQUEST


def constant_of(code: int) -> str | None:
    """Return the name of *code* in ``fastapi.status``, where all versions agree on it."""
    if code in _UNSETTLED:
        return None
    try:
        return f"HTTP_{code}_{HTTPStatus(code).name}"
    except ValueError:
        return None


def has_constant(code: int) -> bool:
    """Tell whether ``fastapi.status`` has a name for *code*, be it one that has changed."""
    return code in _UNSETTLED or constant_of(code) is not None


# -- where a status code is written ----------------------------------------------------------

_HTTP_EXCEPTION = "fastapi.HTTPException"
_JSON_RESPONSES = (
    "fastapi.responses.JSONResponse",
    "fastapi.responses.ORJSONResponse",
    "fastapi.responses.UJSONResponse",
)


class StatusCode(AtCall, Record, frozen=True):
    """A status code given in a decorator, to an ``HTTPException`` or to a ``JSONResponse``."""

    expression: f.Expression
    site: CallSite

    @property
    def span(self) -> Span:
        """The expression itself."""
        return self.expression.span

    @property
    def number(self) -> int | None:
        """The code if it is written as a number."""
        match self.expression:
            case f.Constant(value=int(code), kind="int"):
                return code
        return None


@by_module
def status_codes(module: Module) -> Iterator[StatusCode]:
    """Return the status codes that the app writes where the document writes ``status.HTTP_*``."""
    for endpoint in endpoints_in.of(module):
        given = endpoint.keyword("status_code")
        yield from (StatusCode(code, endpoint.site) for code in _chosen(given))
    if not in_app(module):
        return
    places = [(site, 0) for site in calls_in(module, _HTTP_EXCEPTION)]
    places += [(site, 0) for site in _base_constructors(module)]
    places += [(site, 1) for site in calls_in(module, *_JSON_RESPONSES)]
    for site, position in places:
        given = site.call.argument(position, "status_code")
        yield from (StatusCode(code, site) for code in _chosen(given))


def _chosen(given: f.Expression | None) -> Iterator[f.Expression]:
    """Yield what *given* is, each of both where a condition decides: ``202 if queued else 200``."""
    if isinstance(given, f.Conditional):
        yield from _chosen(given.body)
        yield from _chosen(given.otherwise)
    elif given is not None:
        yield given


def _base_constructors(module: Module) -> list[CallSite]:
    """Return the ``super().__init__(...)`` calls of classes made directly on ``HTTPException``."""
    return [
        site
        for cls in module.classes
        if any(
            isinstance(symbol, External) and symbol.path == _HTTP_EXCEPTION
            for base in cls.definition.bases
            for symbol in [resolve(cls.parent, base) if cls.parent is not None else None]
        )
        and "__init__" in cls.methods
        for site in cls.methods["__init__"].calls
        if isinstance(site.call.function, f.Attribute)
        and site.call.function.name == "__init__"
        and isinstance(site.call.function.value, f.Call)
    ]
