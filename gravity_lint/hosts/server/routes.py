"""Routes as one reads them: method and path, who may call, what comes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gravity_lint import facts as f
from gravity_lint.model import Service
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.order import Placed, placed_routes
from gravity_lint.model.api.paths import shown
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.auth.authentication import authenticated, authenticating
from gravity_lint.model.code.service import query
from gravity_lint.model.outcomes import Outcome, outcomes

WEBSOCKET = "WEBSOCKET"
_UNKNOWN = "?"


class Line(msgspec.Struct, frozen=True):
    """One path of an endpoint, with all methods: ``GET /api/v1/orders``.

    *conditional*: it may not be there at run time; *shadow* is the route that answers instead.
    """

    text: str
    conditional: bool = False
    shadow: str | None = None


def lines(endpoint: Endpoint) -> tuple[Line, ...]:
    """Return every path of *endpoint*, as the framework shows it, in the order of the table.

    Where the way to it is not known, its own path stands behind dots.
    """
    placed = _placed(endpoint.module.service).get(endpoint, ())
    if placed:
        return tuple(
            Line(
                text(endpoint, one.path),
                one.conditional,
                text(one.shadow.endpoint, one.shadow.path) if one.shadow is not None else None,
            )
            for one in placed
        )
    own = endpoint.own_path
    prefix = endpoint.router.prefix if endpoint.router is not None else None
    return (Line(f"{methods(endpoint)} …{prefix or ''}{own if own is not None else _UNKNOWN}"),)


def methods(endpoint: Endpoint) -> str:
    """Return the methods of *endpoint*, as they stand in front of a path."""
    if endpoint.websocket:
        return WEBSOCKET
    return "|".join(sorted(endpoint.methods)) if endpoint.methods else _UNKNOWN


def text(endpoint: Endpoint, path: str) -> str:
    """Return ``GET /api/v1/orders`` for one *path* of *endpoint*."""
    return f"{methods(endpoint)} {shown(path) or '/'}"


def model(endpoint: Endpoint) -> str | None:
    """Return the response model as it is written."""
    found = Answering(endpoint).model
    return f.render(found[1]) if found is not None else None


def callers(endpoint: Endpoint) -> str:
    """Say who may call *endpoint*, as far as that is known."""
    names = [dependency.written for dependency in authenticating(endpoint)]
    if names:
        return ", ".join(names)
    if endpoint.public:
        return "public"
    known = authenticated(endpoint)
    return "open" if known is False else "authentication not known"


def statuses(endpoint: Endpoint) -> Sequence[Outcome]:
    """Return the statuses with where they come from."""
    return outcomes(endpoint)


def summary(endpoint: Endpoint) -> str:
    """Return all that fits in one line: paths, who may call, statuses."""
    found = lines(endpoint)
    more = f" +{len(found) - 1}" if len(found) > 1 else ""
    marks = ["conditional"] if found[0].conditional else []
    if found[0].shadow is not None:
        marks.append(f"never reached: {found[0].shadow}")
    numbers = " ".join(str(outcome.status) for outcome in outcomes(endpoint))
    parts = (f"{found[0].text}{more}", callers(endpoint), numbers, *marks)
    return " · ".join(part for part in parts if part)


def under(service: Service, endpoints: Iterable[Endpoint]) -> Iterator[str]:
    """Yield the paths of *endpoints* in the order in which the application tries them."""
    wanted = set(endpoints)
    for placed in placed_routes(service):
        if placed.endpoint in wanted:
            yield text(placed.endpoint, placed.path)


@query
def _placed(service: Service) -> dict[Endpoint, tuple[Placed, ...]]:
    found: dict[Endpoint, list[Placed]] = {}
    for placed in placed_routes(service):
        found.setdefault(placed.endpoint, []).append(placed)
    return {endpoint: tuple(rows) for endpoint, rows in found.items()}
