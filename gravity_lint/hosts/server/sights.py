"""What of the service stands at a place in a file: routes, routers, requests, exceptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from gravity_lint.model import Module
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import Inclusion
from gravity_lint.model.api.routers import Router, routers
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.code.steps import Step
from gravity_lint.model.exceptions.classes import Thrown, thrown_by
from gravity_lint.model.exceptions.coverage import active_registrations
from gravity_lint.model.exceptions.registrations import Registration
from gravity_lint.model.testing.requests import Request, requests
from gravity_lint.sources.spans import Span

Point: TypeAlias = tuple[int, int]
"""Line and column, from 1."""


class Raised(msgspec.Struct, frozen=True):
    """A ``raise`` of something known."""

    step: Step
    thrown: Thrown


Subject: TypeAlias = Endpoint | Router | Inclusion | Request | Raised | Registration


class Sight(msgspec.Struct, frozen=True):
    """A *subject*, and the place that stands for it."""

    subject: Subject
    span: Span


class View(msgspec.Struct, frozen=True):
    """What stands at one place: the *subjects* for which it stands, the first one foremost.

    There are several where a function answers under several registrations.
    """

    subjects: tuple[Subject, ...]
    span: Span


def view(module: Module, point: Point) -> View | None:
    """Return what stands at *point* of *module*: the smallest place that holds it."""
    holding = [one for one in sights(module) if _holds(one.span, point)]
    first = min(holding, key=lambda one: _size(one.span), default=None)
    if first is None:
        return None
    same = (x.subject for x in holding if x.span == first.span)
    kind = type(first.subject)
    return View(tuple(dict.fromkeys(x for x in same if isinstance(x, kind))), first.span)


def sights(module: Module) -> Iterator[Sight]:
    """Yield everything in *module* of which there is something to tell."""
    service = module.service
    for endpoint in endpoints(service):
        if endpoint.module is module:
            yield Sight(endpoint, endpoint.span)
        if endpoint.function.module is module:
            yield Sight(endpoint, endpoint.function.span)
    for router in routers(service):
        if router.module is module:
            yield Sight(router, _statement(router))
    for inclusion in routing(service).inclusions:
        if inclusion.site.module is module:
            yield Sight(inclusion, inclusion.site.span)
    for request in requests(service):
        if request.module is module:
            yield Sight(request, request.call.site.span)
    for registration in active_registrations(service):
        if registration.module is module:
            yield Sight(registration, registration.at)
        if registration.function is not None and registration.function.module is module:
            yield Sight(registration, registration.function.span)
    for raised in raises(module):
        yield Sight(raised, raised.step.span)


def raises(module: Module) -> Iterator[Raised]:
    """Yield the ``raise`` statements of *module* that name what they throw."""
    for function in module.functions:
        for step, statement in function.raised:
            thrown = thrown_by(function, statement.exception)
            if thrown is not None:
                yield Raised(step, thrown)


def _statement(router: Router) -> Span:
    """Return where a router is made, the name that it is given included."""
    span = router.span
    for step in router.scope.steps:
        if step.span.contains(span) and step.extent.contains(span):
            return step.extent
    return span


def _holds(span: Span, point: Point) -> bool:
    return (span.line, span.column) <= point <= (span.end_line, span.end_column)


def _size(span: Span) -> tuple[int, int]:
    return span.end_line - span.line, span.end_column - span.column
