"""Which modules register endpoints: they are the API, in whatever directory they lie."""

from __future__ import annotations

from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.code.references import references_to
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query


@query
def api_modules(service: Service) -> frozenset[Module]:
    """Return the modules that make or include a router, make an app, or register an endpoint."""
    made = references_to(service, "fastapi.APIRouter", "fastapi.FastAPI")
    return frozenset(
        [reference.module for reference in made if reference.call is not None]
        + [inclusion.site.module for inclusion in routing(service).inclusions]
        + [endpoint.module for endpoint in endpoints(service)]
    )
