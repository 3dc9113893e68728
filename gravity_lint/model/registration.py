"""Which modules register endpoints: they are the API, in whatever directory they lie."""

from __future__ import annotations

from gravity_lint.model.references import references_to
from gravity_lint.model.routing import endpoints
from gravity_lint.model.scopes import Module
from gravity_lint.model.service import Service, query


@query
def api_modules(service: Service) -> frozenset[Module]:
    """Return the modules that make a router or an application, or register an endpoint."""
    made = references_to(service, "fastapi.APIRouter", "fastapi.FastAPI")
    return frozenset(
        [reference.module for reference in made if reference.call is not None]
        + [endpoint.module for endpoint in endpoints(service)]
    )
