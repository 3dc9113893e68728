"""The programs of a service: which modules run together, where it makes several applications.

What no application has anything to do with may be of any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import ways
from gravity_lint.model.api.routers import routers
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import imported_modules
from gravity_lint.model.code.references import references_to
from gravity_lint.model.code.scopes import Function, Module
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
        seen = _closure(home, _loading(service))
        joined = {leader[x] for x in homes if x in seen}
        first = next(x for x in homes if x in joined)
        leader = {x: first if leader[x] in joined else leader[x] for x in homes}
    return leader


def may_share_process(module: Module, other: Module) -> bool:
    """Tell whether an object that *module* makes may be there in a process that runs *other*.

    Applications that share code run it each for itself, unless somebody loads both.
    """
    processes = _processes(module.service)
    one, another = processes.get(module), processes.get(other)
    return one is None or another is None or one == another


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


@query
def _loading(service: Service) -> dict[Module, list[Module]]:
    """Return what each module of the app imports."""
    return {m: [*imported_modules(m)] for m in service.modules if in_app(m)}


@query
def _processes(service: Service) -> dict[Module, int]:
    """Return the number of the process of each module that one alone runs."""
    homes = sorted(_starting(service), key=lambda x: x.relative)
    if len(homes) < 2:
        return {}
    loading = _loading(service)
    loaded: dict[Module, list[Module]] = {}
    for module, others in loading.items():
        for other in others:
            loaded.setdefault(other, []).append(module)
    numbers = {home: number for number, home in enumerate(homes)}
    joined = [{x for x in homes if _directory(x) == _directory(home)} for home in homes]
    before = {home: _closure(home, loaded) for home in homes}
    joined += [{x for x in homes if module in before[x]} for module in loading]
    for together in filter(None, joined):
        same = {numbers[x] for x in together}
        numbers = {x: min(same) if n in same else n for x, n in numbers.items()}
    found: dict[Module, int] = {}
    several: set[Module] = set()
    for home in homes:
        for module in _closure(home, loading):
            if found.setdefault(module, numbers[home]) != numbers[home]:
                several.add(module)
    return {module: number for module, number in found.items() if module not in several}


def _starting(service: Service) -> set[Module]:
    """Return the modules that make an application, or have one made by what several call for it."""
    homes = {module for module in _homes(service) if in_app(module)}
    for site in [*calls_to(service, "fastapi.FastAPI", *_FRAMEWORKS)]:
        if site.module in homes and isinstance(site.scope, Function):
            callers = {x.module for x in calls_to(service, site.scope) if in_app(x.module)}
            if len(callers - {site.module}) > 1 and len({*map(_directory, callers)}) > 1:
                homes = (homes - {site.module}) | callers
    return homes


def _closure(start: Module, leading: Mapping[Module, Iterable[Module]]) -> set[Module]:
    """Return *start* and all to which *leading* leads from there."""
    found, pending = {start}, [start]
    while pending:
        for other in leading.get(pending.pop(), ()):
            if other not in found:
                found.add(other)
                pending.append(other)
    return found


def _directory(module: Module) -> str:
    return module.relative.rpartition("/")[0] + "/" if "/" in module.relative else ""
