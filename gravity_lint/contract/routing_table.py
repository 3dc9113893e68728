"""The routing table of services, as ``gravity-lint routes`` shows it."""

import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from gravity_lint import facts as f
from gravity_lint.configuration.files import NOTHING, Configurations, Imposed
from gravity_lint.contract.description import Operation
from gravity_lint.contract.extraction import Extraction
from gravity_lint.contract.gaps import gaps_of_access, gaps_of_files, gaps_of_routing, within
from gravity_lint.discovery.services import discover
from gravity_lint.errors import UsageError
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.order import placed_routes
from gravity_lint.model.api.paths import shown
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.api.routers import routers
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.auth.authentication import authenticating
from gravity_lint.model.outcomes import Outcome, outcomes
from gravity_lint.running.loading import Loaded, Loader
from gravity_lint.sources.depth import deeply


class Way(msgspec.Struct, frozen=True):
    """How one status comes about: the *cause* in words, and the *places* that lead there."""

    status: int
    cause: str
    places: tuple[str, ...] = ()


class Route(msgspec.Struct, frozen=True):
    """One method on one path.

    *path* is the effective one, as the framework would show it. *file* is
    relative to the path that was named, with ``/``. *auth* names the
    dependencies that authenticate. *conditional*: the route, its router or an
    include stands under an ``if`` or ``try``, so it may not exist at run time.
    *ways* say of each status where it comes from. *operation* is all that is promised there, where
    it has been asked for.
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
    ways: tuple[Way, ...] = ()
    operation: Operation | None = None


class Unresolved(msgspec.Struct, frozen=True):
    """A part of the routing that cannot be known from the source, and what it is."""

    file: str
    line: int
    what: str


class RouteTable(msgspec.Struct, frozen=True):
    """The routes in the order in which the framework tries them, and what is not known."""

    routes: tuple[Route, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()


def table(paths: Sequence[Path], imposed: Imposed = NOTHING, *, whole: bool = False) -> RouteTable:
    """Return the routing table of the services at *paths*; *whole*: with their operations.

    Naming files or directories inside a service limits what is shown of it.
    *imposed* is what the command line says about configuration files.
    Raises UsageError where a path does not exist or holds no Python file, and
    where there is neither an application nor a route.
    """
    return deeply(lambda: _table(paths, imposed, whole))


def _table(paths: Sequence[Path], imposed: Imposed, whole: bool) -> RouteTable:
    excluded = (*(imposed.exclude or ()), *imposed.extend_exclude)
    discovery = discover(paths, Configurations(imposed).above, exclude=excluded)
    bases = [path.resolve() for path in paths]
    loader = Loader()
    routes: list[Route] = []
    unresolved = [Unresolved("", 0, f"{x.path}: {x.message}") for x in discovery.problems]
    applications = 0
    for files in discovery.services:
        survey = _Survey(loader.load(files), bases, whole)
        applications += survey.applications
        routes += survey.routes()
        unresolved += survey.unresolved()
    if not (applications or routes or unresolved):
        named = ", ".join(map(str, paths))
        raise UsageError(f"{named}: no FastAPI application and no route in view")
    return RouteTable(tuple(routes), tuple(dict.fromkeys(unresolved)))


class _Survey:
    """What one loaded service says about its routes."""

    def __init__(self, loaded: Loaded, bases: Sequence[Path], whole: bool) -> None:
        self._loaded = loaded
        self._service = loaded.service
        self._bases = [base if base.is_dir() else base.parent for base in bases]
        self._extraction = Extraction(loaded.service, self._bases[0]) if whole else None
        self._reported = {str(path) for path in loaded.files.reported}
        self._endpoints = [e for e in endpoints(self._service) if self._is_reported(e)]

    def _is_reported(self, endpoint: Endpoint) -> bool:
        return not self._reported.isdisjoint((endpoint.module.path, endpoint.function.module.path))

    @property
    def applications(self) -> int:
        """How many applications the service makes."""
        return sum(router.is_app for router in routers(self._service))

    def routes(self) -> Iterator[Route]:
        """Yield the routes, application by application, in the order in which they are tried."""
        for placed in placed_routes(self._service):
            endpoint = placed.endpoint
            if not self._is_reported(endpoint):
                continue
            methods = ("WEBSOCKET",) if endpoint.websocket else sorted(endpoint.methods or ())
            model = Answering(endpoint).model
            extraction = self._extraction
            whole = list(extraction.operations_at(placed)) if extraction is not None else []
            for number, method in enumerate(methods):
                yield Route(
                    service=self._service.name,
                    method=method,
                    path=shown(placed.path) or "/",
                    endpoint=_name(endpoint),
                    file=self._file(endpoint.function.module.path),
                    line=endpoint.function.span.line,
                    response_model=f.render(model[1]) if model is not None else None,
                    statuses=tuple(outcome.status for outcome in outcomes(endpoint)),
                    auth=tuple(d.written for d in authenticating(endpoint)),
                    tags=endpoint.tags_at(placed.effective) or (),
                    conditional=placed.conditional,
                    ways=tuple(map(self._way, outcomes(endpoint))),
                    operation=whole[number] if whole else None,
                )

    def _way(self, outcome: Outcome) -> Way:
        places = [
            f"{self._file(site.module.path)}:{site.span.line} {f.render(site.call.function)}()"
            for site in outcome.calls
        ]
        place = f"{self._file(outcome.module.path)}:{outcome.span.line}"
        return Way(outcome.status, outcome.cause, (*places, place))

    def unresolved(self) -> Iterator[Unresolved]:
        """Yield what is not known: of files, of the routing, of who may call."""
        for path, problem in self._loaded.problems:
            yield Unresolved(self._file(path), 1, problem)
        files = gaps_of_files(self._service, ())
        routing = gaps_of_routing(self._service, self._endpoints)
        access = gaps_of_access(self._endpoints)
        for gap in within(itertools.chain(files, routing), self._reported):
            yield Unresolved(self._file(gap.path), gap.span.line, gap.what)
        for gap in access:
            yield Unresolved(self._file(gap.path), gap.span.line, gap.what)

    def _file(self, path: str) -> str:
        place = Path(path)
        for base in self._bases:
            if place.is_relative_to(base):
                return place.relative_to(base).as_posix()
        return Path(os.path.relpath(place, self._bases[0])).as_posix()


def _name(endpoint: Endpoint) -> str:
    function = endpoint.function
    return function.name if function.cls is None else f"{function.cls.name}.{function.name}"
