"""Which routers a service makes an OpenAPI document of, beside that of the whole application."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.routers import routers_in
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.service import Service, query

_MAKER = "fastapi.openapi.utils.get_openapi"


@query
def documented_routers(service: Service) -> frozenset[int]:
    """Return the routers, by their identity, whose routes are given to ``get_openapi``."""
    return frozenset(
        id(router)
        for site in calls_to(service, _MAKER)
        if (given := site.call.keyword("routes")) is not None
        for part in f.walk(given)
        if isinstance(part, f.Attribute) and part.name == "routes"
        for router in routers_in(site.scope, part.value, {})
    )
