"""Answers with a 5xx status, and whether they carry what was caught to the client."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.statuses import status_of
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.calls import calls_to, makings_in
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, inherits, path_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Block, CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.workers import is_task
from gravity_lint.model.exceptions.classes import HTTP_EXCEPTION, constructed_status, is_domain
from gravity_lint.model.exceptions.clauses import clause_of, clauses
from gravity_lint.model.exceptions.handlers import handlers
from gravity_lint.model.exceptions.traces import teller
from gravity_lint.model.logs.calls import logged
from gravity_lint.patterns import pattern

_JSON = "fastapi.responses.JSONResponse"
_TEXTS = frozenset(
    ("builtins.str", "builtins.repr", "builtins.format", "builtins.ascii", "builtins.dict")
) | {"fastapi.encoders.jsonable_encoder", "builtins.list"}
_TRACES = ("traceback.format_exc", "traceback.format_exception", "sys.exc_info")
_TEXT_METHODS = frozenset(
    (
        *("format", "join", "strip", "lower", "upper", "replace", "split", "capitalize"),
        *("model_dump", "dict", "encode", "decode"),
    )
)


_DEVELOPMENT = pattern(
    r"(?i)(?:^|_)(?:debug|dev|develop(?:ment)?|env(?:ironment)?|local|prod(?:uction)?|verbose)(?:_|$)"
)
"""Names on which hangs whether internals are shown."""
_PRODUCTION = pattern(r"(?i)(?:\w*_)?prod(?:uction)?")
"""Names of what is true where clients are."""


class ServerError(AtCall, Record, frozen=True):
    """A construction of an ``HTTPException`` or ``JSONResponse`` whose status is 5xx."""

    site: CallSite
    cls: Class | External
    status: int

    @cached_property
    def leaked(self) -> f.Expression | None:
        """The part of what the client gets that contains the caught exception."""
        names = frozenset(_caught_at(self.site))
        if any(_is_for_developers(block) for block in self.site.step.block.ancestors()):
            return None
        parts = list(self._payload)
        while parts:
            part = parts.pop(0)
            if isinstance(part, f.Mapping):
                parts = [*part.values, *parts]
            elif isinstance(part, f.Collection):
                parts = [*part.items, *parts]
            elif _contains(self.site.scope, part, names):
                return part
        return None

    @property
    def logged(self) -> bool:
        """Tell whether what was caught is logged beside: in the clause, or by the handler."""
        clause = clause_of(self.site.step)
        if clause is not None:
            return teller(clause) is not None
        return bool(logged(self.site.scope))

    @property
    def _payload(self) -> Iterator[f.Expression]:
        call = self.site.call
        if isinstance(self.cls, External):
            is_response = inherits(self.cls, _JSON)
            given = call.argument(0, "content") if is_response else call.argument(1, "detail")
            if given is not None:
                yield given
            return
        yield from call.arguments
        for keyword in call.keywords:
            if keyword.name not in ("status_code", "headers", "cause"):
                yield keyword.value


@by_module
def server_errors(module: Module) -> Iterator[ServerError]:
    """Return the places in the app where an answer with a known 5xx status is made."""
    for site, made in makings_in(module, _JSON, HTTP_EXCEPTION) if in_app(module) else ():
        if inherits(made, _JSON) is True:
            status = status_of(site.scope, site.call.argument(1, "status_code"))
        else:
            status = constructed_status(site.scope, site.call)
        if status is not None and 500 <= status < 600 and not _has_no_client(site.scope):
            yield ServerError(site, made, status)


def _has_no_client(scope: Scope) -> bool:
    """Tell whether a worker alone runs what *scope* lies in: nobody waits for an answer there."""
    service = scope.module.service
    while isinstance(scope, Function):
        if is_task(scope):
            return not any(in_app(site.module) for site in calls_to(service, scope))
        scope = scope.parent or scope.module
    return False


def _caught_at(site: CallSite) -> Iterator[str]:
    """Yield the names of the exceptions that are at hand, those of the domain aside.

    The text of a domain exception is written for who calls the service.
    """
    service = site.module.service
    by_handler = _clauses_by_handler(service)
    for handler in site.step.handlers:
        kinds = by_handler[id(handler)]
        if handler.name is not None and not _all_domain(service, kinds):
            yield handler.name
    keys = _handled(service).get(site.scope)
    if keys is not None and isinstance(site.scope, Function) and len(site.scope.arguments) > 1:
        if not _all_domain(service, keys):
            yield site.scope.arguments[1].name


def _all_domain(service: Service, kinds: tuple[Class | External | int | None, ...]) -> bool:
    return all(isinstance(k, Class | External) and is_domain(service, k) for k in kinds)


@query
def _clauses_by_handler(service: Service) -> dict[int, tuple[Class | External | None, ...]]:
    return {id(clause.handler): clause.kinds for clause in clauses(service)}


@query
def _handled(service: Service) -> dict[Scope, tuple[Class | External | int | None, ...]]:
    return {handler.function: handler.keys for handler in handlers(service)}


def _is_for_developers(block: Block) -> bool:
    """Tell whether *block* runs, or does not, depending on something like ``settings.debug``.

    What runs in production alone is for clients.
    """
    if not isinstance(block.owner, f.If):
        return False
    asked = f.called(block.owner.test)
    if isinstance(asked, f.Name | f.Attribute) and _PRODUCTION.fullmatch(asked.name):
        return block.part != "body"
    return any(
        isinstance(x, f.Name | f.Attribute) and _DEVELOPMENT.search(x.name)
        for x in f.walk(block.owner.test)
    )


def _contains(
    scope: Scope,
    expression: f.Expression,
    names: frozenset[str],
    seen: frozenset[str] = frozenset(),
) -> bool:
    """Tell whether *expression* certainly puts the text of an exception into what it gives.

    *names* hold exceptions; *seen* are the variables that are being looked into.
    """

    def inside(*parts: f.Expression) -> bool:
        return any(_contains(scope, part, names, seen) for part in parts)

    match expression:
        case f.Name(name=name):
            return name in names or _holds(scope, name, names, seen)
        case f.Attribute(value=f.Name(name=name), name="args" | "orig"):
            return name in names
        case f.Template(parts=parts):
            return inside(*(part.value for part in parts if isinstance(part, f.Hole)))
        case f.Binary(left=left, right=right):
            return inside(left, right)
        case f.Boolean(operator="and"):
            # ``settings.debug and str(e)``: as with a condition.
            return False
        case f.Boolean(values=values) | f.Mapping(values=values):
            return inside(*values)
        case f.Collection(items=items):
            return inside(*items)
        case f.Subscript(value=value):
            return inside(value)
        case f.Conditional(body=body, otherwise=otherwise):
            # ``str(e) if settings.debug else "..."`` is how one keeps it in.
            return inside(body) and inside(otherwise)
        case f.Call(function=function, arguments=arguments, keywords=keywords):
            given = (*arguments, *(keyword.value for keyword in keywords))
            path = path_of(scope, function)
            if path in _TRACES:
                return True
            if path in _TEXTS:
                return inside(*given)
            if isinstance(function, f.Attribute) and function.name in _TEXT_METHODS:
                return inside(function.value, *given)
            callee = callee_of(scope, expression)
            return isinstance(callee, Class) and inside(*given)
    return False


def _holds(scope: Scope, name: str, names: frozenset[str], seen: frozenset[str]) -> bool:
    """Tell whether the variable *name* is only ever given the text of a caught exception."""
    if name in seen or name not in scope.bindings:
        return False
    bindings = scope.bindings[name]
    return all(
        isinstance(binding, Assigned)
        and binding.value is not None
        and _contains(scope, binding.value, names, seen | {name})
        for binding in bindings
    )
