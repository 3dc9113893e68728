"""Descriptions of services, read off their source."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from gravity_lint import facts as f
from gravity_lint.configuration.files import NOTHING, Configurations, Imposed
from gravity_lint.configuration.settings import Waiver
from gravity_lint.contract.changes import Direction
from gravity_lint.contract.description import (
    Answer,
    Description,
    Guard,
    Operation,
    Place,
    Raised,
    Scheme,
    Shape,
    Unresolved,
)
from gravity_lint.contract.gaps import adrift, gaps_of_files, gaps_of_routing, unplaced
from gravity_lint.contract.handwritten import shape_of_schema
from gravity_lint.contract.messages import calls_of, events_of, keys_of
from gravity_lint.contract.payloads import Shaper, unknown
from gravity_lint.contract.requests import Requests
from gravity_lint.discovery.services import discover
from gravity_lint.errors import Problem
from gravity_lint.model import Service
from gravity_lint.model.api.dependencies import Dependency, dependencies, own_dependencies
from gravity_lint.model.api.documentation import documented_responses
from gravity_lint.model.api.endpoints import EffectivePath, Endpoint
from gravity_lint.model.api.environments import Given, listed, value_in
from gravity_lint.model.api.handmade import RESPONSE
from gravity_lint.model.api.inclusions import ways
from gravity_lint.model.api.media import Media
from gravity_lint.model.api.order import Placed, placed_routes
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.api.statuses import BODILESS, status_of
from gravity_lint.model.auth.authentication import authenticates, is_scheme, out_of_view, ways_in
from gravity_lint.model.auth.middlewares import authenticates_before_routing
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.names import (
    External,
    Symbol,
    Variable,
    ancestors,
    class_member,
    inherits,
    resolve,
)
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.values import text_of
from gravity_lint.model.exceptions.classes import Thrown, is_domain
from gravity_lint.model.exceptions.coverage import (
    active_registrations,
    apps,
    handlers_for,
    hidden_registrations,
    is_handled,
    status_answered,
)
from gravity_lint.model.exceptions.escapes import opaque_decorators, own_raises
from gravity_lint.model.exceptions.handlers import VALIDATION_ERROR, answers_of
from gravity_lint.model.outcomes import Outcome, declared_statuses, outcomes, raised_statuses
from gravity_lint.running.loading import Loaded, Loader
from gravity_lint.sources.depth import deeply
from gravity_lint.sources.spans import Span

_MEDIA: Final = {
    "fastapi.responses.FileResponse": "",
    "fastapi.responses.HTMLResponse": "text/html",
    "fastapi.responses.JSONResponse": "application/json",
    "fastapi.responses.PlainTextResponse": "text/plain",
    "fastapi.responses.RedirectResponse": "",
    "fastapi.responses.StreamingResponse": "",
    RESPONSE: "",
}
"""The media type that each class of responses says of itself; empty: none."""
_OMITTING: Final = {
    "response_model_exclude_defaults": "defaults",
    "response_model_exclude_none": "none",
    "response_model_exclude_unset": "unset",
}


_CONTENT: Final = unknown("what `content` documents")
_EVERYTHING: Final = {External("builtins.Exception"), External("builtins.BaseException")}
_INVALID: Final = External(VALIDATION_ERROR)
"""What FastAPI raises where a request is not valid, and answers with 422 itself."""


class Described(msgspec.Struct, frozen=True):
    """What services promise, and what kept some of them from being read."""

    descriptions: tuple[Description, ...] = ()
    problems: tuple[Problem, ...] = ()
    waivers: tuple[tuple[str, Waiver], ...] = ()
    """The breaks that each service lets pass, with its root."""


def describe_all(
    paths: Sequence[Path], top: Path, imposed: Imposed = NOTHING, loader: Loader | None = None
) -> Described:
    """Return what the services at *paths* promise; their places are told from *top*.

    Raises UsageError where a path does not exist or holds no Python file.
    """
    return deeply(lambda: _describe_all(paths, top, imposed, loader or Loader()))


def _describe_all(paths: Sequence[Path], top: Path, imposed: Imposed, loader: Loader) -> Described:
    excluded = (*(imposed.exclude or ()), *imposed.extend_exclude)
    discovery = discover(paths, Configurations(imposed).above, exclude=excluded)
    found: list[Description] = []
    waivers: list[tuple[str, Waiver]] = []
    for files in discovery.services:
        loaded = loader.load(files)
        found.append(describe(loaded, top))
        given = files.configuration.settings.contract.waivers
        waivers += ((found[-1].root, waiver) for waiver in given)
        loaded.service.release()
    return Described(tuple(found), tuple(discovery.problems), tuple(waivers))


def describe(loaded: Loaded, top: Path) -> Description:
    """Return what the service *loaded* promises; its places are told from *top*."""
    return Extraction(loaded.service, top, loaded.problems).description()


class Extraction:
    """One service, asked for everything that it promises."""

    def __init__(
        self, service: Service, top: Path, problems: Sequence[tuple[str, str]] = ()
    ) -> None:
        """*problems*: the files that could not be read, with why."""
        self._service = service
        self._problems = problems
        self._top = os.path.realpath(top)
        self._requests = Requests(Shaper(Direction.REQUEST, self._place))
        self._responses = Shaper(Direction.RESPONSE, self._place)
        self._told: dict[Class | External, Place | None] = {}
        """The exceptions that lead to a status of an operation, each with its handler."""
        self._by_name = Shaper(Direction.RESPONSE, self._place, by_alias=False)

    def description(self) -> Description:
        """Return everything that the service promises."""
        gaps = [
            *gaps_of_files(self._service, self._problems),
            *gaps_of_routing(self._service, endpoints(self._service)),
        ]
        unresolved = [Unresolved(gap.what, self._at(gap.path, gap.span)) for gap in gaps]
        operations = tuple(self.operations())
        return Description(
            self._service.name,
            self._relative(self._service.root),
            operations,
            tuple(events_of(self._service, self._place, self._responses, self._requests.shaper)),
            tuple(keys_of(self._service, self._place)),
            tuple(calls_of(self._service, self._place)),
            tuple(self._raised()),
            tuple(dict.fromkeys(unresolved)),
            tuple(
                self._relative(module.path)
                for module in self._service.modules
                if module.facts.fault is not None
            ),
            tuple(self._name(x.function) for x in unplaced(endpoints(self._service))),
            tuple(self._name(x.function) for x in adrift(endpoints(self._service))),
            tuple(gap.what for gap in routing(self._service).gaps),
            bool(apps(self._service)) and not hidden_registrations(self._service),
        )

    def operations(self) -> Iterator[Operation]:
        """Yield the operations in the order in which they are tried, application by application."""
        for placed in placed_routes(self._service):
            yield from self.operations_at(placed)

    def operations_at(self, placed: Placed) -> Iterator[Operation]:
        """Yield the operations of one route, one for each method."""
        endpoint = placed.endpoint
        for method in ("WEBSOCKET",) if endpoint.websocket else sorted(endpoint.methods or ()):
            yield self._operation(placed, method)

    # -- one operation -------------------------------------------------------------------------

    def _operation(self, placed: Placed, method: str) -> Operation:
        endpoint, effective = placed.endpoint, placed.effective
        way = self._way(endpoint, effective)
        asked = self._requests.of(endpoint, placed.path)
        function = endpoint.function
        lets_in = self._guards(endpoint, effective)
        shadow = ""
        if placed.shadow is not None:
            shadow = f"{method} {placed.shadow.path or '/'}"
        return Operation(
            method=method,
            path=placed.path or "/",
            endpoint=self._name(function),
            place=self._place(function.module, function.span),
            parameters=asked.parameters,
            body=asked.body,
            answers=() if endpoint.websocket else self._answers(endpoint, way),
            guards=lets_in[0],
            success=None if endpoint.websocket else _success(endpoint),
            tags=endpoint.tags_at(effective) or (),
            summary=text_of(endpoint.registrar, endpoint.keyword("summary")) or "",
            description=text_of(endpoint.registrar, endpoint.keyword("description")) or "",
            deprecated=any(_flag(given, "deprecated") for given in way),
            documented=endpoint.documented_at(effective),
            conditional=placed.conditional,
            shadow=shadow,
            given=tuple(
                (part.text, self._place(part.module, part.span))
                for part in effective.parts
                if part.text
            ),
            through=tuple(
                (f.render(link.site.call), self._place(link.site.module, link.site.span))
                for link in effective.mount.links
            ),
            unknown=asked.unknown,
            hiding=asked.hiding,
            doubtful=lets_in[1],
            loose=tuple(self._loose(endpoint)),
            opaque=tuple(self._opaque(endpoint)),
            security=lets_in[2],
            function=self._name(function).rpartition("::")[2],
            application=self._application(effective.mount.app),
        )

    def _application(self, app: Router | None) -> str:
        if app is None:
            return ""
        names = (
            name
            for name, bindings in app.scope.bindings.items()
            for binding in bindings
            if isinstance(binding, Assigned) and binding.value is app.call
        )
        name = next(names, app.scope.label.rpartition(".")[2])
        return f"{self._relative(app.module.path)}::{name}"

    def _name(self, function: Function) -> str:
        name = function.name if function.cls is None else f"{function.cls.name}.{function.name}"
        return f"{self._relative(function.module.path)}::{name}"

    def _way(self, endpoint: Endpoint, effective: EffectivePath) -> tuple[Given, ...]:
        return endpoint.inherited[self._number(endpoint, effective)]

    @staticmethod
    def _number(endpoint: Endpoint, effective: EffectivePath) -> int:
        """Return which of the ways to *endpoint* leads to this path of its."""
        found = ways(endpoint.router) if endpoint.router is not None else ()
        return next((n for n, way in enumerate(found) if way is effective.mount), 0)

    # -- who is let in -------------------------------------------------------------------------

    def _guards(
        self, endpoint: Endpoint, effective: EffectivePath
    ) -> tuple[tuple[Guard, ...], tuple[str, ...], tuple[Scheme, ...]]:
        """Return what certainly asks who is calling, what may, and the schemes behind it."""
        number = self._number(endpoint, effective)
        way = next(row for index, row in enumerate(ways_in(endpoint)) if index == number)
        guards: dict[str, Guard] = {}
        doubtful: list[str] = []
        schemes: dict[str, Scheme] = {}
        for dependency in way:
            verdict = authenticates(dependency)
            if verdict is None:
                doubtful.append(dependency.written or "a dependency that is not in view")
            elif verdict and dependency.written not in guards:
                place = None
                if dependency.given is not None:
                    place = self._place(dependency.scope.module, dependency.given.span)
                written, roles = dependency.written, _roles(dependency)
                guards[written] = Guard(written, roles, place, tuple(_implied(dependency)))
            for scheme in _schemes(dependency, set(), dependency.scopes):
                schemes.setdefault(scheme.name, scheme)
        doubtful += [f.render(x) for x in out_of_view(endpoint)]
        if authenticates_before_routing(endpoint):
            doubtful.append("a middleware")
        return tuple(guards.values()), tuple(dict.fromkeys(doubtful)), tuple(schemes.values())

    # -- what is answered ----------------------------------------------------------------------

    def _answers(self, endpoint: Endpoint, way: tuple[Given, ...]) -> tuple[Answer, ...] | None:
        if endpoint.registration.unpacks:
            return None
        answering = Answering(endpoint)
        success = _success(endpoint)
        declared, raised = declared_statuses(endpoint), raised_statuses(endpoint)
        documented = dict(self._documented(way))
        found = []
        for outcome in outcomes(endpoint):
            answer = self._answer(outcome, outcome.status in declared, raised)
            shape, further = documented.get(outcome.status, (None, ()))
            if outcome.status == success:
                answer = self._succeeding(answer, answering)
            elif shape is not None:
                answer = msgspec.structs.replace(answer, shape=shape)
            found.append(msgspec.structs.replace(answer, further=further))
        return tuple(found)

    def _answer(self, outcome: Outcome, declared: bool, raised: frozenset[int]) -> Answer:
        calls = tuple(
            f"{self._place(site.module, site.span).shown} {f.render(site.call.function)}()"
            for site in outcome.calls
        )
        place = self._place(outcome.module, outcome.span)
        thrown = outcome.thrown
        if thrown is not None and thrown not in self._told:
            self._told[thrown] = self._handler(thrown)
        return Answer(
            outcome.status,
            None,
            "",
            declared,
            outcome.status in raised,
            outcome.cause,
            calls,
            thrown.name if thrown is not None else "",
            self._told[thrown] if thrown is not None else None,
            place,
        )

    def _succeeding(self, answer: Answer, answering: Answering) -> Answer:
        endpoint = answering.endpoint
        if answer.status in BODILESS:
            return answer
        media = _media(endpoint)
        shape = None
        if media == "application/json" and answering.model is not None:
            by_name = f.is_false(endpoint.keyword("response_model_by_alias"))
            shaper = self._by_name if by_name else self._responses
            shape = shaper.shape(*answering.model)
        elif answering.explicit is None and not answering.seen.known:
            shape = unknown("what a decorator leaves of the return annotation")
        if media is None:
            media, shape = "", unknown("the response class")
        return msgspec.structs.replace(
            answer,
            shape=shape,
            media=media,
            included=_names(endpoint, "response_model_include"),
            excluded=_names(endpoint, "response_model_exclude"),
            omits=tuple(
                word for key, word in _OMITTING.items() if f.is_true(endpoint.keyword(key))
            ),
        )

    def _opaque(self, endpoint: Endpoint) -> Iterator[str]:
        """Yield the decorators of *endpoint* of which it is not known what they let out."""
        for decorator in opaque_decorators(endpoint.function):
            if decorator is not endpoint.site.call:
                where = self._place(endpoint.function.module, decorator.span).shown
                yield f"what `{f.render(decorator)}` in {where} makes of exceptions is not known"

    def _loose(self, endpoint: Endpoint) -> Iterator[str]:
        """Yield where *endpoint* answers with a status that is not known.

        By hand, or by raising something of which not all bases are in view.
        """
        providers = (dependency.provider for dependency in dependencies(endpoint))
        for function in (endpoint.function, *(x for x in providers if isinstance(x, Function))):
            for step, statement in function.raised:
                thrown = statement.exception
                cls = resolve(function, f.called(thrown))
                if thrown is None or isinstance(cls, Variable):
                    continue  # what has been caught, or made elsewhere
                if isinstance(cls, Class) and is_domain(self._service, cls):
                    continue  # its handlers say what it is answered with
                if (
                    not isinstance(cls, Class | External)
                    or inherits(cls, "fastapi.HTTPException") is None
                ):
                    where = self._place(step.module, step.span).shown
                    yield f"what `{f.render(thrown)}` in {where} is answered with is not known"
        for answer in answers_of(endpoint.function):
            call = answer.call
            given = call.argument(1, "status_code") if call is not None else None
            if call is not None and given is not None and answer.status is None:
                where = self._place(answer.module, call.span).shown
                yield f"`{f.render(given)}` in {where} is not known"

    def _documented(
        self, way: tuple[Given, ...]
    ) -> Iterator[tuple[int, tuple[Shape | None, tuple[tuple[str, Shape], ...]]]]:
        """Yield by status the models that ``responses=`` gives, and what is written out there.

        The inner ones come last, and take the place of the outer.
        """
        for given in way:
            for row in documented_responses(given):
                shape = self._responses.shape(*row.model) if row.model is not None else None
                content = row.content
                if content is None:
                    further: tuple[tuple[str, Shape], ...] = (("", _CONTENT),)
                else:
                    further = tuple((x.media, shape_of_schema(x.scope, x.schema)) for x in content)
                yield row.status, (shape, further)

    def _raised(self) -> Iterator[Raised]:
        """Yield the exceptions of which no operation has told: raised, or with a handler."""
        seen = set(self._told)
        places: list[tuple[Thrown, Place | None]] = [
            (thrown, self._place(step.module, step.span))
            for module in self._service.modules
            for rows in own_raises(module).values()
            for step, thrown in rows
        ]
        for registration in active_registrations(self._service):
            if isinstance(registration.key, Class | External):
                where = self._place(registration.module, registration.at)
                places.append((Thrown(registration.key), where))
        if apps(self._service):
            places.append((Thrown(_INVALID), None))
        for thrown, place in places:
            cls = thrown.symbol
            if cls in seen or thrown.is_http or cls in _EVERYTHING:
                continue
            seen.add(cls)
            handler = self._handler(cls)
            handled, status = is_handled(self._service, cls), status_answered(self._service, thrown)
            if cls == _INVALID and handler is None:
                handled, status = (True if handled is False else None), 422
            yield Raised(
                cls.name,
                place,
                handled,
                status,
                handler,
                isinstance(cls, External),
            )

    def _handler(self, cls: Class | External) -> Place | None:
        """Return where the handler of exceptions of class *cls* stands."""
        found = handlers_for(self._service, cls)
        function = found[0].function if found else None
        return self._place(function.module, function.span) if function is not None else None

    # -- places --------------------------------------------------------------------------------

    def _place(self, module: Module, span: Span) -> Place:
        return self._at(module.path, span)

    def _at(self, path: str, span: Span) -> Place:
        return Place(self._relative(path), span)

    def _relative(self, path: str) -> str:
        return os.path.relpath(os.path.realpath(path), self._top).replace(os.sep, "/")


def _success(endpoint: Endpoint) -> int | None:
    """Return the status with which *endpoint* succeeds; None where that is not known."""
    given = endpoint.keyword("status_code")
    if given is not None and not f.is_none(given):
        return status_of(endpoint.registrar, given)
    if endpoint.registration.unpacks:
        return None
    cls = resolve(endpoint.registrar, endpoint.keyword("response_class"))
    return 307 if cls == External("fastapi.responses.RedirectResponse") else 200


def _media(endpoint: Endpoint) -> str | None:
    """Return the media type of what succeeds; empty where there is none, None if not known."""
    given = Media(endpoint).response_class
    if given is None:
        return "application/json"
    cls = resolve(*given)
    if not isinstance(cls, Class | External):
        return None
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class) and "media_type" in ancestor.bindings:
            member = class_member(ancestor, "media_type")
            value = member.value if isinstance(member, Variable) else None
            return text_of(ancestor, value)
        if isinstance(ancestor, External) and ancestor.path in _MEDIA:
            return _MEDIA[ancestor.path]
        if isinstance(ancestor, External) and ancestor.path.endswith("JSONResponse"):
            return "application/json"
    return None


def _names(endpoint: Endpoint, word: str) -> tuple[str, ...] | None:
    """Return the fields that a set or list of the registration names; None if not known."""
    given = endpoint.keyword(word)
    if given is None:
        return ()
    items = listed(endpoint.registrar, given)
    texts = [text_of(scope, item) for scope, item in items] if items is not None else [None]
    if None in texts:
        return None
    return tuple(sorted(text for text in texts if text is not None))


def _flag(given: Given, word: str) -> bool:
    value = given.keyword(word)
    if value is None:
        return False
    known = value_in(*value)
    return known is not None and known.value is True


# -- security ------------------------------------------------------------------------------


def _roles(dependency: Dependency) -> tuple[str, ...]:
    """Return what a dependency that lets callers in wants of them, as far as it is written."""
    return tuple(sorted(dict.fromkeys((*dependency.arguments, *dependency.scopes))))


def _implied(dependency: Dependency, depth: int = 8) -> Iterator[str]:
    """Yield the guards that *dependency* depends on, near before far, as they are written."""
    provider = dependency.provider
    if isinstance(provider, Function | Class) and depth:
        for inner in own_dependencies(provider):
            if authenticates(inner):
                yield inner.written
                yield from _implied(inner, depth - 1)


def _schemes(
    dependency: Dependency, seen: set[Symbol], scopes: tuple[str, ...]
) -> Iterator[Scheme]:
    """Yield the security schemes of FastAPI that *dependency* is, or that stand behind it.

    *scopes* are what it demands, and what depends on it.
    """
    if is_scheme(dependency):
        scheme = _scheme(dependency)
        if scheme is not None:
            yield msgspec.structs.replace(scheme, scopes=scopes)
    provider = dependency.provider
    if isinstance(provider, Function | Class) and provider not in seen:
        seen.add(provider)
        for inner in own_dependencies(provider):
            yield from _schemes(inner, seen, (*scopes, *inner.scopes))


def _scheme(dependency: Dependency) -> Scheme | None:
    made_by = dependency.made_by or dependency.provider
    if not isinstance(made_by, Class | External):
        return None
    kinds = [x.name for x in ancestors(made_by) if isinstance(x, External)]
    call = _construction(dependency)
    scope = dependency.scope
    if isinstance(dependency.given, f.Name | f.Attribute):
        symbol = resolve(dependency.scope, dependency.given)
        scope = symbol.scope if isinstance(symbol, Variable) else scope
    named = text_of(scope, call.keyword("scheme_name")) if call is not None else None
    name = named or (made_by.name)
    for kind in kinds:
        match kind:
            case "HTTPBearer" | "HTTPBasic" | "HTTPDigest":
                return Scheme(name, "http", kind.removeprefix("HTTP").lower())
            case "APIKeyHeader" | "APIKeyQuery" | "APIKeyCookie":
                key = text_of(scope, call.keyword("name")) if call is not None else None
                where = kind.removeprefix("APIKey").lower()
                return Scheme(name, "apiKey", where, key or "")
            case "OAuth2PasswordBearer":
                url = text_of(scope, call.argument(0, "tokenUrl")) if call is not None else None
                return Scheme(name, "oauth2", "password", url or "")
            case "OAuth2AuthorizationCodeBearer":
                url = text_of(scope, call.keyword("tokenUrl")) if call is not None else None
                return Scheme(name, "oauth2", "authorizationCode", url or "")
            case "OpenIdConnect":
                url = text_of(scope, call.keyword("openIdConnectUrl")) if call else None
                return Scheme(name, "openIdConnect", "", url or "")
    return Scheme(name, "http", "")


def _construction(dependency: Dependency) -> f.Call | None:
    given = dependency.given
    if isinstance(given, f.Call):
        return given
    symbol = resolve(dependency.scope, given)
    if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call):
        return symbol.value
    return None
