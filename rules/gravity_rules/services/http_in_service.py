"""Services and repositories know nothing of HTTP.

The same business logic serves an endpoint, an event handler and a scheduled job. A service that
raises `HTTPException` decides a status where there may be no request at all, and the exception
handlers never see what went wrong. It raises a domain exception; the API layer gives it a status.

`fastapi.concurrency`, `fastapi.encoders` and `starlette.concurrency` carry no HTTP and are allowed,
and so are `WebSocket` and `WebSocketDisconnect`: who keeps open sockets has no other name for them.
So is `status` where it serves for nothing but its `WS_...`, the codes to close them with.
What is only raised or returned is reported there, not a second time where it is imported.

## Bad
```python title=app/services/item_service.py
from fastapi import HTTPException, status


class ItemService:
    async def get_by_id(self, item_id: int):
        raise HTTPException(status_code=status.HTTP_404_NOT_FOUND, detail="no such item")
```

## Good
```python title=app/services/item_service.py
from app.core.exceptions import ItemNotFoundException


class ItemService:
    async def get_by_id(self, item_id: int):
        raise ItemNotFoundException(item_id)
```
"""

from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.services.transport import HttpUse, http_uses
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class HttpInServiceOptions(Options, frozen=True):
    """Options of the rule."""

    allowed: tuple[str, ...] = (
        "fastapi.concurrency",
        "fastapi.encoders",
        "starlette.concurrency",
        "fastapi.WebSocket",
        "fastapi.WebSocketDisconnect",
        "fastapi.websockets",
        "starlette.websockets",
    )
    """Modules of the web framework that carry no HTTP, or names in them."""


@rule(
    code="GRV203",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=http_uses,
    options=HttpInServiceOptions,
)
def check(use: HttpUse, options: HttpInServiceOptions) -> Answer:
    """Nothing of the web framework is imported, raised or returned."""
    shown = [
        name
        for path, name in zip(use.paths, use.shown, strict=True)
        if not any(path == known or path.startswith(f"{known}.") for known in options.allowed)
    ]
    if not shown:
        return CONFORMS
    names = ", ".join(f"`{name}`" for name in shown)
    if use.act == "raise":
        layer = "service" if layer_of(use.module) is Layer.SERVICES else "repository"
        if not use.paths[0].endswith(shown[0]):
            names += ", which is an HTTP exception"
        return Violation(
            f"`{use.label.rpartition('.')[2]}` raises {names}, so the {layer} layer decides what"
            " clients see; raise a domain exception and let its handler answer"
        )
    if use.act == "return":
        return Violation(
            f"`{use.label.rpartition('.')[2]}` returns a {names}; return data and let the endpoint"
            " make the response"
        )
    return Violation(
        f"{names} of the web framework {'is' if len(shown) == 1 else 'are'} imported; services and"
        " repositories know nothing of HTTP"
    )
