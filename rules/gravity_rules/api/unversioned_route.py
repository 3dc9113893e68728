"""Routes live under a versioned path.

Clients pin a version: `/api/v1/...` stays as it is while `/api/v2/...` changes. A route outside of
it can never be changed without breaking somebody. Where the prefix is given is free: on the
`APIRouter`, at `include_router`, through a constant or the settings; what counts is the path under
which the route answers.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/items", tags=["Items"])


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

import re

from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import endpoints
from gravity_lint.rule import CONFORMS, Answer, Note, Options, Scope, Severity, Violation, rule


class UnversionedRouteOptions(Options, frozen=True):
    """The regular expression with which every path begins."""

    pattern: str = r"/api/v[0-9]+/"
    """A regular expression; a path is looked at from its beginning."""


@rule(
    code="GRV101",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=endpoints,
    options=UnversionedRouteOptions,
)
def check(endpoint: Endpoint, options: UnversionedRouteOptions) -> Answer:
    """Each path under which the endpoint answers begins with the pattern."""
    if endpoint.paths is None or endpoint.operational:
        return None
    for effective in endpoint.paths:
        # The collection itself may answer without the slash: /api/v1.
        if re.match(options.pattern, effective.path.rstrip("/") + "/") is None:
            return Violation(
                f"`{endpoint.name}` answers under `{effective.path or '/'}`, which does not begin"
                " with a version; give its router a prefix such as `/api/v1`, here or at"
                " `include_router`",
                notes=tuple(
                    Note(part.module, part.span, f"{part.giver} gives `{part.text}`")
                    for part in effective.parts[:-1]
                ),
            )
    return CONFORMS
