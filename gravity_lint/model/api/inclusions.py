"""Who includes or mounts whom, and every way from an application down to a router.

What is followed: includes and mounts through constants, settings, loops over
literals and functions that take the app.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.routers import Router, routers, routers_in, text_in
from gravity_lint.model.api.wiring import (
    Gap,
    is_conditional,
    is_routing,
    receivers,
    wiring_calls,
    written,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.sources.spans import Span

_DEEPEST = 12


class Part(msgspec.Struct, frozen=True):
    """A piece of an effective path: its text, who gives it, and where."""

    text: str
    giver: str
    module: Module
    span: Span


class Mount(Record, frozen=True):
    """One way from an application down to a router.

    *parts* are the pieces of the prefix from the outside in, *links* the
    includes that lead there.
    """

    app: Router | None
    parts: tuple[Part, ...]
    links: tuple[Inclusion, ...]
    conditional: bool

    @property
    def prefix(self) -> str:
        """The whole prefix."""
        return "".join(part.text for part in self.parts)


class Inclusion(Record, frozen=True):
    """``parent.include_router(child, prefix=...)``, or ``parent.mount(path, child)``.

    *prefix* is None if it is not known. *order* sorts what one parent holds.
    """

    parent: Router
    child: Router
    site: CallSite
    prefix: str | None
    prefix_span: Span
    conditional: bool
    is_mount: bool
    order: tuple[int, int]


class Inclusions(msgspec.Struct):
    """Everything that a service says about who includes whom."""

    known: list[Inclusion] = []
    gaps: list[Gap] = []


@query
def inclusions(service: Service) -> Inclusions:
    """Return the includes and mounts of *service*, in source order."""
    found = Inclusions()
    for order, site, method in wiring_calls(service):
        if method.name in ("include_router", "mount"):
            _included(found, site, method, order)
    return found


def _included(found: Inclusions, site: CallSite, method: f.Attribute, order: int) -> None:
    is_mount = method.name == "mount"
    parents = receivers(site, method.value)
    if not parents and not is_routing(site, method.value):
        return
    given = site.call.argument(1, "app") if is_mount else site.call.argument(0, "router")
    if not parents:
        found.gaps.append(Gap(site.module, method.value.span, f"router {written(method.value)}"))
    placed = False
    seen: set[tuple[int, int, str | None]] = set()
    for number, (parent, environment) in enumerate(parents):
        children = routers_in(site.scope, given, environment)
        if is_mount and not any(child.is_app for child in children):
            return  # static files, or another ASGI application: no routes of the service
        if not children:
            continue
        placed = True
        where = site.call.argument(0, "path") if is_mount else site.call.keyword("prefix")
        prefix: str | None = ""
        if where is not None:
            prefix = text_in(site.scope, where, environment)
        elif site.call.unpacks:
            prefix = None
        if prefix is None:
            found.gaps.append(
                Gap(site.module, where.span if where else site.span, f"prefix {written(where)}")
            )
        for child in children:
            # A router that a function makes for each of its callers includes once.
            if (id(parent), id(child), prefix) in seen:
                continue
            seen.add((id(parent), id(child), prefix))
            found.known.append(
                Inclusion(
                    parent,
                    child,
                    site,
                    prefix.rstrip("/") if prefix is not None and is_mount else prefix,
                    where.span if where is not None else site.span,
                    is_conditional(site.step),
                    is_mount,
                    (order, number),
                )
            )
    if parents and not placed:
        found.gaps.append(Gap(site.module, site.span, f"router {written(given)}"))


# -- mounts --------------------------------------------------------------------------------


def mounts(router: Router) -> tuple[Mount, ...]:
    """Return every known way from an application to *router*; none if there is no known one."""
    # a circle of includes leads nowhere
    return router.module.service.memory.ask(
        ("mounts", router), (), lambda: tuple(_mounts(router, _DEEPEST))
    )


@query
def _inclusions_of(service: Service) -> dict[int, list[Inclusion]]:
    """Return the includes and mounts of each router, by its identity."""
    found: dict[int, list[Inclusion]] = {}
    for inclusion in inclusions(service).known:
        found.setdefault(id(inclusion.child), []).append(inclusion)
    return found


def _mounts(router: Router, depth: int) -> Iterator[Mount]:
    if router.prefix is None or depth == 0:
        return
    own = _own_part(router)
    service = router.module.service
    inclusions = _inclusions_of(service).get(id(router), [])
    if router.is_app and not any(i.is_mount for i in inclusions):
        yield Mount(router, (), (), False)
    if router.is_app:
        inclusions = [i for i in inclusions if i.is_mount]
    elif not inclusions and not any(r.is_app for r in routers(service)):
        yield Mount(None, own, (), False)
    for inclusion in inclusions:
        if inclusion.prefix is None:
            continue
        for outer in mounts(inclusion.parent):
            parts = outer.parts
            if inclusion.prefix:
                giver = "the mount" if inclusion.is_mount else "`include_router`"
                parts += (
                    Part(inclusion.prefix, giver, inclusion.site.module, inclusion.prefix_span),
                )
            yield Mount(
                router if inclusion.is_mount else outer.app,
                parts + own,
                (*outer.links, inclusion),
                outer.conditional or inclusion.conditional,
            )


def _own_part(router: Router) -> tuple[Part, ...]:
    given = router.keyword("prefix")
    if not router.prefix or given is None:
        return ()
    return (Part(router.prefix, "the router", router.module, given.span),)
