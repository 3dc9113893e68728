"""Which routers a service makes an OpenAPI document of, beside that of the whole application."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.wiring import receivers
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.service import Service, query

_MAKER = "fastapi.openapi.utils.get_openapi"


@query
def documented_routers(service: Service) -> frozenset[int]:
    """Return the routers, by their identity, whose routes are given to ``get_openapi``."""
    return frozenset(
        id(router)
        for site in calls_to(service, _MAKER)
        for given in _written(site.scope, site.call.keyword("routes"))
        for part in f.walk(given)
        if isinstance(part, f.Attribute) and part.name == "routes"
        for router, _ in receivers(site, part.value)
    )


def _written(scope: Scope, given: f.Expression | None) -> Iterator[f.Expression]:
    """Yield what *given* is, and what the variable is of which it is the name."""
    if given is not None:
        yield given
    symbol = resolve(scope, given) if isinstance(given, f.Name) else None
    if isinstance(symbol, Variable) and symbol.scope is scope and symbol.value is not None:
        yield symbol.value
