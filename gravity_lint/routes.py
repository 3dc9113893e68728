"""The routing table of services, as ``gravity-lint routes`` shows it."""

from collections.abc import Sequence
from pathlib import Path

import msgspec


class Route(msgspec.Struct, frozen=True):
    """One method on one path.

    *path* is the effective one, as the framework would show it. *file* is
    relative to the path that was named, with ``/``. *auth* names the
    dependencies that authenticate. *conditional*: the route, its router or an
    include stands under an ``if`` or ``try``, so it may not exist at run time.
    """

    service: str
    method: str
    path: str
    endpoint: str
    file: str
    line: int
    response_model: str | None = None
    statuses: tuple[int, ...] = ()
    auth: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    conditional: bool = False


class Unresolved(msgspec.Struct, frozen=True):
    """A part of the routing that cannot be known from the source, and what it is."""

    file: str
    line: int
    what: str


class RouteTable(msgspec.Struct, frozen=True):
    """The routes in the order in which the framework tries them, and what is not known."""

    routes: tuple[Route, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()


def table(paths: Sequence[Path]) -> RouteTable:
    """Return the routing table of the services at *paths*.

    Raises UsageError where a path does not exist or holds no Python file.
    """
    raise NotImplementedError
