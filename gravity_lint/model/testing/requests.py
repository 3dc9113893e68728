"""Requests that tests make to the service's own application, and what they meet there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import matches_any
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import result_of
from gravity_lint.model.code.words import saying, words_of
from gravity_lint.model.testing.additions import includes_unknown
from gravity_lint.model.testing.asking import Asking, askings, path_below
from gravity_lint.model.testing.clients import ClientCall, client_calls
from gravity_lint.model.testing.tables import Route, Table, is_given_away, meets, table_of
from gravity_lint.model.testing.tests import in_tests, tested_out_of_view
from gravity_lint.model.testing.told import told_elsewhere
from gravity_lint.model.testing.urls import ONE, Target, joined, path_in, target_of, url_text
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_REFUSED = pattern(
    r"not_?found|unknown|non_?exist|missing_(?:route|path)|invalid_(?:route|path|url|endpoint)"
    r"|no_such|40[45]|not_allowed|does(?:_not|nt)_exist|disabled|removed"
)
_REFUSALS = pattern(r"(?:HTTP_)?(?:404_)?NOT_FOUND|(?:HTTP_)?(?:405_)?METHOD_NOT_ALLOWED")
_ADDRESS = pattern(r"https?://[\w.:-]+(?:/[\w.-]+)*/?")
"""Where a service may run, with the path below which it does."""
_WORD = pattern(r"[A-Za-z_]\w*")
_NAMED_SEGMENT = pattern(r"/[^/{]")
_PLACE = pattern(r"\{[^{}]*\}")
_ALIKE = 0.7
"""From which ratio on (of difflib, at most 1) two words are the same, misspelled."""
_REDIRECTS = (301, 302, 303, 307, 308)


class Request(Record, frozen=True):
    """A request with a known path to an application with a known table."""

    call: ClientCall
    method: str
    target: Target
    table: Table

    @property
    def module(self) -> Module:
        """The module in which it stands."""
        return self.call.module

    @property
    def span(self) -> Span:
        """The URL."""
        return self.call.span

    @property
    def extent(self) -> Span:
        """The lines of its statement."""
        return self.call.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.call.label

    @property
    def shown(self) -> str:
        """The request for people: ``GET /api/v1/items``."""
        return f"{self.method} {self.target.shown}"

    @cached_property
    def at_path(self) -> tuple[Route, ...]:
        """The routes of that path, whatever their methods, with or without the last slash."""
        found = self.table.met_by(self.target, slash=False)
        return tuple(route for route in found if route.mounted)

    @property
    def certainly_at_path(self) -> tuple[Route, ...]:
        """Those of the application at that path, whatever stands there for what is not known."""
        asked = self.target.segments
        return tuple(
            route
            for route in self.at_path
            if not route.loose
            and all(
                segment is not None or own.startswith("{")
                for own, segment in zip(route.segments, asked, strict=False)
            )
        )

    @property
    def meets_unmounted(self) -> bool:
        """Tell whether a route answers it that no application holds, as far as can be seen."""
        found = self.table.met_by(self.target, slash=False)
        return any(not route.mounted and route.answers(self.method) for route in found)

    @cached_property
    def met(self) -> tuple[Route, ...]:
        """The routes that answer it, with or without the last slash."""
        return tuple(route for route in self.at_path if route.answers(self.method))

    @cached_property
    def met_exactly(self) -> tuple[Route, ...]:
        """The routes that answer it as it is written."""
        found = self.table.met_by(self.target, slash=True)
        return tuple(route for route in found if route.mounted and route.answers(self.method))

    @cached_property
    def nearest(self) -> Route | None:
        """The route for its method that was meant, if one is spelled so much like it."""
        if self.target.is_open:
            return None
        asked = self.target.segments
        close = {
            route.path: _distance(route.segments, asked)
            for route in self.table.routes
            if route.endpoint is not None and not route.loose and route.answers(self.method)
        }
        found = sorted((d, path) for path, d in close.items() if d is not None)
        if not found or (len(found) > 1 and found[0][0] == found[1][0]):
            return None  # none, or several as near
        return next(route for route in self.table.routes if route.path == found[0][1])

    @property
    def is_for_library(self) -> bool:
        """Tell whether a library that the application is given may serve it: metrics, health."""
        service = self.module.service
        globs = service.settings.endpoints.operational
        path = self.target.shown.rstrip("/") or "/"
        served = matches_any(path, globs) or matches_any(path.lstrip("/"), globs)
        return served and is_given_away(service)

    @cached_property
    def around(self) -> Function | None:
        """The outermost function around it: the test."""
        functions = [x for x in self.call.site.scope.outward() if isinstance(x, Function)]
        return functions[-1] if functions else None

    @cached_property
    def expects_refusal(self) -> bool:
        """Tell whether the test is about what the application does not have."""
        function = self.around
        if function is None:
            return False
        if _REFUSED.search(function.name) or _REFUSED.search(self.target.shown.replace("-", "_")):
            return True
        return any(_means_refusal(expression) for expression in _read(function))

    @cached_property
    def expects_redirect(self) -> bool:
        """Tell whether the test is about a redirect."""
        function = self.around
        if function is None:
            return False
        if "redirect" in function.name or "slash" in function.name:
            return True
        return any(
            (isinstance(inner, f.Constant) and inner.kind == "int" and inner.value in _REDIRECTS)
            or (isinstance(inner, f.Attribute) and "REDIRECT" in inner.name)
            for expression in _read(function)
            for inner in f.walk(expression)
        )


def _distance(own: tuple[str, ...], asked: tuple[str | None, ...]) -> float | None:
    """Return how far a route is from what is *asked* for; None: it is another resource.

    It was meant if but one segment is misspelled, missing or too much, or if only the beginning
    is, up to a word that both say: a prefix.
    """
    if abs(len(own) - len(asked)) == 1 and own and asked and own[-1] == asked[-1]:
        if _lacks_one(own, asked) or _lacks_one(asked, own):
            return 1.0
    if len(own) != len(asked):
        shorter = min(len(own), len(asked))
        end, last = own[len(own) - shorter :], asked[len(asked) - shorter :]
        fits = shorter > 0 and all(map(_is_like, end, last)) and end[0] == last[0]
        return float(abs(len(own) - len(asked))) if fits else None
    import difflib  # only here: few requests miss

    wrong = [(x, y) for x, y in zip(own, asked, strict=True) if not _is_like(x, y)]
    if len(wrong) != 1 or "{" in wrong[0][0]:
        return None
    ratio = difflib.SequenceMatcher(None, wrong[0][0], wrong[0][1] or "").ratio()
    return 1 - ratio if ratio >= _ALIKE else None


def _lacks_one(longer: Sequence[str | None], shorter: Sequence[str | None]) -> bool:
    """Tell whether *shorter* is *longer* without one segment that is a word."""
    return any(
        longer[gone] is not None
        and "{" not in (longer[gone] or "")
        and len(longer) == len(shorter) + 1
        and all(map(_is_like, (*longer[:gone], *longer[gone + 1 :]), shorter))
        for gone in range(len(longer))
    )


def _is_like(one: str | None, other: str | None) -> bool:
    """Tell whether a segment of a route and one that is asked for stand for the same."""
    return one is None or other is None or "{" in one or "{" in other or one == other


def _read(function: Function) -> Iterator[f.Expression]:
    """Yield the expressions of *function*, of its decorators and of the tables that these name."""
    yield from function.decorators
    outer = function.parent or function.module
    for decorator in function.decorators:
        for inner in f.walk(decorator):
            symbol = resolve(outer, inner) if isinstance(inner, f.Name) else None
            if isinstance(symbol, Variable) and symbol.value is not None:
                yield symbol.value
    for scope in (function, *function.walk()):
        for step in scope.steps:
            yield from step.expressions


def _means_refusal(expression: f.Expression) -> bool:
    """Tell whether a 404 or 405 in *expression* is meant, not one tolerated beside a 200."""
    match expression:
        case f.Constant(value=404 | 405, kind="int"):
            return True
        case f.Attribute(name=name) if _REFUSALS.fullmatch(name):
            return True
        case f.Compare(operators=("!=",)):
            return False
        case f.Compare(operators=("in" | "not in",), others=(f.Collection(items=items),)):
            if any(_is_success(item) for item in items):
                return False
    return any(_means_refusal(inner) for inner in f.children(expression))


def _is_success(expression: f.Expression) -> bool:
    match expression:
        case f.Constant(value=int(value), kind="int"):
            return 200 <= value < 300
        case f.Attribute(name=name):
            return "_20" in name or name in ("OK", "CREATED", "ACCEPTED", "NO_CONTENT")
    return False


@by_module
def requests(module: Module) -> Iterator[Request]:
    """Return the requests to the service's own applications, in source order."""
    for call in client_calls.of(module):
        if call.method is None or call.method == "OPTIONS" or call.url is None:
            continue
        app = call.client.app
        table = table_of(app) if app is not None else None
        target = call.target
        if table is not None and target is not None:
            yield Request(call, call.method, target, table)


# -- which endpoints are called ------------------------------------------------------------


def is_called(endpoint: Endpoint) -> bool | None:
    """Tell whether some test may call *endpoint*: by a path, by name, or directly.

    None where that is not in view: tests, or what these are told elsewhere that they ask for.
    """
    service = endpoint.module.service
    if tested_out_of_view(service):
        return None
    if endpoint in _called_endpoints(service):
        return True
    told = told_elsewhere(service)
    methods = endpoint.methods
    return None if told and (None in told or methods is None or methods & told) else False


@query
def _called_endpoints(service: Service) -> frozenset[Endpoint]:
    words = _words_of_tests(service)
    names = words.names
    calls = client_calls(service)
    targets = {(c.method, target) for c in calls if (target := c.target) is not None}
    loose = {
        (c.method, target)
        for c in calls
        if c.client.call is None and not c.client.by_name and (target := c.target) is not None
    }
    bases = {call.client.base_path or "" for call in calls} | {""}
    blind = any(call.target is None or call.method is None for call in calls)
    known = endpoints(service)
    there = [route for endpoint in known for route in _routes_of(endpoint) or ()]
    missing = [
        (method, target)
        for method, target in (targets if includes_unknown(service) else ())
        if not any(":path}" not in x.path and meets(x, target, False) for x in there)
    ]
    # Where the service runs it has no route of its own.
    roots = {
        x
        for x in words.addresses
        if (at := _target(x)) is not None and not any(meets(r, at, False) for r in there)
    }
    begun: set[str] = set()
    for asking in askings(service):
        if (target := asking.target) is not None:
            whole = any(meets(route, target, False) for route in there)
            (targets if whole else loose).add((asking.method, target))
        else:
            begun |= {asking.begun, *roots}
    # What stands elsewhere in the tests may be what follows there.
    rest = [path for path in words.spare if path.startswith("/")]
    helped = {_target(joined(base, path)) for path in rest for base in begun}
    named = {x for x in helped if x is not None and not x.is_open and x.segments[:1] != (None,)}
    written = {_target(joined(base, text)) for text in words.paths for base in bases} - {None}
    found: set[Function] = set()
    for endpoint in known:
        routes = _routes_of(endpoint)
        if (
            routes is None
            or endpoint.name in names
            or endpoint.function.name in names
            or any(
                meets(route, target, False) and route.answers(method)
                for route in routes
                for method, target in targets
            )
            or any(_ends_in(route, target, method) for route in routes for method, target in loose)
            or any(meets(route, target, False) for route in routes for target in named)
            or any(
                route is not None and meets(route, target, False) and route.answers(method)
                for route in (_own_route(endpoint),)
                for method, target in missing
            )
            or (
                (blind or endpoint.websocket)
                and any(meets(route, x, False) for route in routes for x in written if x)
            )
        ):
            found.add(endpoint.function)
    return frozenset(endpoint for endpoint in known if endpoint.function in found)


def _ends_in(route: Route, target: Target, method: str | None) -> bool:
    """Tell whether *target* is the end of the route's path, as below a base that is not known."""
    if not route.answers(method):
        return False
    starts = [m.start() for m in _NAMED_SEGMENT.finditer(route.path)]
    return any(
        meets(msgspec.structs.replace(route, path=route.path[i:]), target, False) for i in starts
    )


def _routes_of(endpoint: Endpoint) -> tuple[Route, ...] | None:
    """Return the routes of *endpoint*; None if a path is not known.

    An application answers a path with its ``root_path`` before it as well: Starlette takes it off.
    What stands before the paths of a router that no application in view includes nobody knows.
    """
    if endpoint.paths is None or endpoint.router is None:
        return None
    paths = dict.fromkeys(
        (f"{root}{effective.path}", effective.mount.app is None)
        for effective in endpoint.paths
        for root in ("", (effective.mount.app and effective.mount.app.root_path) or "")
    )
    return tuple(Route(path, endpoint.methods, endpoint, loose) for path, loose in paths)


def _own_route(endpoint: Endpoint) -> Route | None:
    """Return the route of *endpoint* on whatever includes its router; None if it is not known."""
    router = endpoint.router
    if router is None or router.prefix is None or endpoint.own_path is None:
        return None
    return Route(f"{router.prefix}{endpoint.own_path}", endpoint.methods, endpoint, loose=True)


def instances_of(cls: Class) -> Iterator[str]:
    """Yield the names under which modules of the service keep an object of *cls* for all to use."""
    for site in calls_to(cls.module.service, cls):
        if isinstance(site.scope, Module) and not in_tests(site.scope):
            if site.bound_name is not None:
                yield site.bound_name


def accessors_of(cls: Class) -> Iterator[Function]:
    """Yield the functions of the service that give an object of *cls*, by what they return."""
    service = cls.module.service
    for module in saying(service, words_of(service, cls)):
        for function in () if in_tests(module) else module.functions:
            given = result_of(function)
            if given is not None and given.cls is cls and function.cls is not cls:
                yield function


def is_called_in_tests(function: Function) -> bool:
    """Tell whether a test calls *function*, rather than put something in its place."""
    return any(in_tests(site.module) for site in calls_to(function.module.service, function))


def is_only_inherited(cls: Class) -> bool:
    """Tell whether other classes inherit *cls*, and nobody says its name for anything else."""
    service = cls.module.service
    return any(x is not cls and not in_tests(x.module) for x in heirs(service, cls)) and all(
        isinstance(mention.step.statement, f.ClassDefinition)
        for mention in mentions(service, *words_of(service, cls))
    )


def named_in_tests(service: Service) -> frozenset[str]:
    """Return all names that tests mention, also in strings: ``patch("app.services.X")``."""
    return _words_of_tests(service).names


class _Words(msgspec.Struct):
    """What tests write: *paths* anywhere, and *spare* ones that are not what a known request takes.

    *names* are all names and words, *addresses* the paths below which a service may run.
    """

    paths: set[str] = set()
    spare: set[str] = set()
    addresses: set[str] = set()
    names: frozenset[str] = frozenset()


@query
def _words_of_tests(service: Service) -> _Words:
    """Return the words of all tests."""
    found = _Words()
    words: set[str] = set()
    requests: list[ClientCall | Asking] = [*client_calls(service), *askings(service)]
    taken = {id(x.url) for x in requests if x.target is not None and x.method is not None}
    for module in service.modules:
        if not in_tests(module):
            continue
        for scope in module.scopes:
            for step in scope.steps:
                if isinstance(step.statement, f.Import) and step.statement.name is not None:
                    words.add(step.statement.name)
                for inner in step.parts:
                    match inner:
                        case f.Name(name=name) | f.Attribute(name=name):
                            words.add(name)
                        case f.Constant(value=str(text)) if not text.startswith("/"):
                            words.update(_WORD.findall(text))
                            if _ADDRESS.fullmatch(text):
                                found.addresses.add(path_in(text) or "")
                        case f.Constant(kind="str") | f.Template():
                            path = path_below(url_text(scope, inner) or ONE)
                            if path is not None:
                                found.paths.add(path)
                                if id(inner) not in taken:
                                    found.spare.add(path)
    found.names = frozenset(words)
    return found


def _target(path: str) -> Target | None:
    # A path as the API documents it: ``/orders/{order_id}``.
    return target_of(_PLACE.sub(ONE, path))
