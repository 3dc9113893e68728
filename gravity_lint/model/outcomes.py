"""The statuses with which an endpoint may answer, and how each comes about.

Declared ones are those of the OpenAPI document, FastAPI's own 422 included.
The others follow from the code: responses made by hand, exceptions that leave
the endpoint or a dependency and are answered by FastAPI or by a handler of the
service. Everything is *known*; what is not followed is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, dependencies
from gravity_lint.model.api.documentation import documented_responses
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.parameters import INJECTED, PASSWORD_FORMS, request_parameters
from gravity_lint.model.api.statuses import status_of
from gravity_lint.model.auth.authentication import is_scheme
from gravity_lint.model.code.callables import constructor_of
from gravity_lint.model.code.names import External, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import annotated_type
from gravity_lint.model.exceptions.coverage import applications_of, is_handled, status_answered
from gravity_lint.model.exceptions.escapes import Escape, decorators_let_out, escapes
from gravity_lint.model.exceptions.handlers import answers_of
from gravity_lint.sources.spans import Span

_REDIRECT = External("fastapi.responses.RedirectResponse")


class Outcome(Record, frozen=True):
    """One *status*: *cause* says in words where it comes from, *calls* lead there, outer first.

    *thrown* is the class of the exception that leads to it, if one does.
    """

    status: int
    cause: str
    module: Module
    span: Span
    calls: tuple[CallSite, ...] = ()
    thrown: Class | External | None = None


def outcomes(endpoint: Endpoint) -> tuple[Outcome, ...]:
    """Return the statuses of *endpoint* in ascending order, each with its shortest way."""
    if endpoint.websocket:
        return ()
    found: dict[int, Outcome] = {}
    for outcome in (*_declared(endpoint), *_validated(endpoint), *_reached(endpoint)):
        before = found.get(outcome.status)
        if before is None or len(outcome.calls) < len(before.calls):
            found[outcome.status] = outcome
    return tuple(found[status] for status in sorted(found))


def declared_statuses(endpoint: Endpoint) -> frozenset[int]:
    """Return the statuses under which the OpenAPI document describes *endpoint*."""
    return frozenset(o.status for o in (*_declared(endpoint), *_validated(endpoint)))


def raised_statuses(endpoint: Endpoint) -> frozenset[int]:
    """Return the statuses, documented or not, to which exceptions lead at *endpoint*."""
    return frozenset(outcome.status for outcome in _thrown(endpoint))


def _declared(endpoint: Endpoint) -> Iterator[Outcome]:
    given = endpoint.keyword("status_code")
    status = status_of(endpoint.registrar, given) if given is not None else None
    if given is None or f.is_none(given):
        cls = resolve(endpoint.registrar, endpoint.keyword("response_class"))
        status = 307 if cls == _REDIRECT else 200
    if status is not None:
        yield Outcome(status, "declared", endpoint.module, endpoint.span)
    for above in endpoint.inherited[0]:
        for row in documented_responses(above):
            yield Outcome(row.status, "documented in `responses`", row.scope.module, row.key.span)


def _validated(endpoint: Endpoint) -> Iterator[Outcome]:
    """Yield the 422 that FastAPI answers where anything is taken from the request."""
    for argument in request_parameters(endpoint):
        outside, parameter = argument.scope, argument.parameter
        made = annotated_type(outside, parameter.annotation)
        if made is None and isinstance(parameter.annotation, f.Name | f.Attribute):
            if resolve(outside, parameter.annotation) is None:
                continue  # it may be an alias for a dependency
        if made is None or not made.is_a(*INJECTED):
            cause = f"`{parameter.name}` is validated"
            yield Outcome(422, cause, argument.owner.module, parameter.span)
            return
    for dependency in dependencies(endpoint):
        if isinstance(dependency.provider, External) and dependency.provider.path in PASSWORD_FORMS:
            cause = f"the form of `{dependency.name}` is validated"
            place = dependency.given.span if dependency.given is not None else endpoint.span
            yield Outcome(422, cause, dependency.scope.module, place)
            return


def _reached(endpoint: Endpoint) -> Iterator[Outcome]:
    function = endpoint.function
    for answer in answers_of(function):
        if answer.call is not None and answer.status is not None:
            yield Outcome(answer.status, "returned", answer.module, answer.call.span)
    for step in function.steps:
        match step.statement:
            case f.Assign(targets=(f.Attribute(value=f.Name(name=name), name="status_code"),)):
                if function.parameter(name) is not None:
                    status = status_of(function, step.statement.value)
                    if status is not None:
                        yield Outcome(status, "set on the response", step.module, step.span)
    yield from _thrown(endpoint)


def _thrown(endpoint: Endpoint) -> Iterator[Outcome]:
    function = endpoint.function
    for escape in escapes(function):
        if decorators_let_out(function, escape.thrown.symbol):
            yield from _raised(escape, "", endpoint)
    for dependency in dependencies(endpoint):
        yield from _refused(dependency, endpoint)


def _refused(dependency: Dependency, endpoint: Endpoint) -> Iterator[Outcome]:
    provider = dependency.provider
    if isinstance(provider, Class):
        provider = constructor_of(provider)
    if isinstance(provider, Function):
        for escape in escapes(provider):
            yield from _raised(escape, f"dependency `{dependency.name}`: ", endpoint)
    elif is_scheme(dependency) and isinstance(dependency.given, f.Call):
        lenient = dependency.given.keyword("auto_error")
        if lenient is None:
            module = dependency.scope.module
            cause = f"dependency `{dependency.name}`: no credentials"
            yield Outcome(401, cause, module, dependency.given.span)


def _raised(escape: Escape, through: str, endpoint: Endpoint) -> Iterator[Outcome]:
    service = escape.origin.module.service
    apps, symbol = applications_of(endpoint), escape.thrown.symbol
    status = status_answered(service, escape.thrown, apps)
    handled = status is not None or is_handled(service, symbol, apps) is not False
    cause = f"{through}`{escape.name}` raised in `{escape.raiser}`"
    if not handled:
        status, cause = 500, f"{cause}, which nothing handles"
    if status is not None:
        origin = escape.origin
        yield Outcome(status, cause, origin.module, origin.span, escape.calls, symbol)
