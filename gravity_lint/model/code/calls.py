"""Who calls what, across the service."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint.model.code.names import External
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of


@query
def calls_by_callee(service: Service) -> dict[str | Function | Class, tuple[CallSite, ...]]:
    """Return every call whose callee is known, by callee.

    The callee is a function or class of the service, or the canonical path of
    something external (methods of external objects included:
    ``sqlalchemy.ext.asyncio.AsyncSession.commit``).
    """
    found: dict[str | Function | Class, list[CallSite]] = {}
    for scope in service.scopes:
        for site in scope.calls:
            callee = callee_of(scope, site.call)
            if isinstance(callee, External):
                found.setdefault(callee.path, []).append(site)
            elif isinstance(callee, Function | Class):
                found.setdefault(callee, []).append(site)
    return {callee: tuple(sites) for callee, sites in found.items()}


def calls_to(service: Service, *callees: str | Function | Class) -> Iterator[CallSite]:
    """Yield the calls of *callees*, module by module in source order."""
    index = calls_by_callee(service)
    for callee in callees:
        yield from index.get(callee, ())
