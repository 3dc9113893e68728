"""The programs of a service: which modules run together, where it makes several applications.

What no application has anything to do with may be of any of them.
"""

from __future__ import annotations

from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import ways
from gravity_lint.model.api.routers import routers
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import imported_modules
from gravity_lint.model.code.references import references_to
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query

_FRAMEWORKS = (
    *("flask.Flask", "quart.Quart", "starlette.applications.Starlette", "litestar.Litestar"),
    *("sanic.Sanic", "aiohttp.web.Application"),
)
"""What makes applications other than FastAPI's."""


def program_of(module: Module) -> int:
    """Return the program to which *module* belongs, as a number that all of its modules share.

    Modules are of one where one imports the other, and with the application that lies next above.
    """
    return _programs(module.service).get(module, 0)


def application_of(endpoint: Endpoint) -> Module | None:
    """Return where the application is made that serves *endpoint*, one for all that run together.

    Of a program that makes several, one may serve what another has no part in: they do run together
    where the module of one leads to that of the other. Where that is not known, it is the one that
    has a directory of its own, in which the endpoint lies; else None.
    """
    service = endpoint.module.service
    served = ways(endpoint.router) if endpoint.router is not None else ()
    homes = {way.app.module if way.known and way.app is not None else None for way in served}
    found = {_applications(service).get(home) for home in homes if home is not None}
    if len(found) == 1 and None not in homes:
        return next(iter(found))
    apart = {x for x in _applications(service).values() if lies_apart(endpoint.module, x)}
    return next(iter(apart)) if len(apart) == 1 else None


def lies_apart(module: Module, home: Module) -> bool:
    """Tell whether *module* lies in a directory of the application alone that *home* makes."""
    own, leaders = _directory(home), _applications(home.service)
    return module.relative.startswith(own) and not any(
        other.relative.startswith(own) for other in leaders if leaders[other] is not leaders[home]
    )


@query
def _applications(service: Service) -> dict[Module, Module]:
    """Return the modules that make applications, each with the first of those it runs with."""
    homes = [x for x in dict.fromkeys(x.module for x in routers(service) if x.is_app) if in_app(x)]
    leader = {home: home for home in homes}
    for home in homes if len(homes) > 1 else ():
        pending, seen = [home], {home}
        while pending:
            for other in imported_modules(pending.pop()):
                if other not in seen and in_app(other):
                    seen.add(other)
                    pending.append(other)
        joined = {leader[x] for x in homes if x in seen}
        first = next(x for x in homes if x in joined)
        leader = {x: first if leader[x] in joined else leader[x] for x in homes}
    return leader


def may_run_with(module: Module, program: int) -> bool:
    """Tell whether *module* is of *program*, or of none that serves anything."""
    return program_of(module) == program or program_of(module) not in _serving(module.service)


@query
def _serving(service: Service) -> frozenset[int]:
    return frozenset(map(program_of, _homes(service)))


@query
def _homes(service: Service) -> frozenset[Module]:
    """Return the modules that make an application, of whatever framework."""
    made = (
        reference.module
        for path in _FRAMEWORKS
        for reference in references_to(service, path)
        if reference.call is not None
    )
    return frozenset([*(x.module for x in routers(service) if x.is_app), *made])


@query
def _programs(service: Service) -> dict[Module, int]:
    """Return the number of the program of each module; none if one module makes all there is."""
    homes = {module for module in _homes(service) if in_app(module)}
    if len(homes) < 2:
        return {}
    modules = [module for module in service.modules if in_app(module)]
    leader = {module: module for module in modules}

    def led_by(module: Module) -> Module:
        while leader[module] is not module:
            leader[module] = module = leader[leader[module]]
        return module

    for module in modules:
        above = [x for x in homes if module.relative.startswith(_directory(x))]
        nearest = max((len(_directory(x)) for x in above), default=0)
        near = [x for x in above if len(_directory(x)) == nearest]
        for other in (*imported_modules(module), *near):
            if other in leader:
                leader[led_by(module)] = led_by(other)
    numbers = {module: number for number, module in enumerate(modules)}
    return {module: numbers[led_by(module)] for module in modules}


def _directory(module: Module) -> str:
    return module.relative.rpartition("/")[0] + "/" if "/" in module.relative else ""
