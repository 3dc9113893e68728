"""The request parameters of endpoints, as FastAPI reads them from signatures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, dependencies, is_documented
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.api.schemas import is_missing_schema
from gravity_lint.model.code.annotations import metadata, unfold
from gravity_lint.model.code.names import External, Variable, inherits, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import annotated_type
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.sources.spans import Span

MARKERS = (
    "fastapi.Query",
    "fastapi.Path",
    "fastapi.Header",
    "fastapi.Cookie",
    "fastapi.Body",
    "fastapi.Form",
    "fastapi.File",
)
_WHOLE = ("fastapi.Request", "fastapi.WebSocket", "fastapi.requests.HTTPConnection")
_HOLDING_PATH = ("path_params", "scope", "url")
"""What of a request the path can be read from."""


class Bounds(msgspec.Struct, frozen=True):
    """The bounds of a number; None: there is none on that side."""

    lower: float | None
    upper: float | None


class DeclaredParameter(Record, frozen=True):
    """A parameter of an endpoint, its own or one of a dependency.

    *owner* is the function that declares it, *methods* are those of the
    endpoints that it reaches, *endpoint_name* is one of them.
    """

    name: str
    owner: Function
    parameter: f.Parameter
    methods: frozenset[str]
    endpoint_name: str

    @property
    def module(self) -> Module:
        """The module that declares it."""
        return self.owner.module

    @property
    def span(self) -> Span:
        """The parameter's name."""
        return self.parameter.span

    @property
    def extent(self) -> Span:
        """The parameter and the head of the function around it."""
        return self.owner.extent

    @property
    def label(self) -> str:
        """The dotted name of the function, and the parameter's."""
        return f"{self.owner.label}.{self.name}"

    @property
    def _outside(self) -> Scope:
        return self.owner.parent or self.owner.module

    @cached_property
    def marker(self) -> f.Call | None:
        """The ``Query(...)``, ``Path(...)`` and so on that declares it, where it is written out."""
        for scope, call in self._markers():
            del scope
            return call
        return None

    @property
    def is_model(self) -> bool | None:
        """Tell whether it is a model, whose fields are the parameters; None if not known."""
        made = annotated_type(self._outside, self.parameter.annotation)
        if made is None:
            return None
        if is_missing_schema(self.module.service, made.symbol):
            return True
        return inherits(made.symbol, "pydantic.BaseModel")

    @cached_property
    def kind(self) -> str:
        """The canonical path of the marker (``fastapi.Query``); empty without one."""
        for scope, call in self._markers():
            symbol = resolve(scope, call.function)
            return symbol.path if isinstance(symbol, External) else ""
        return ""

    def _markers(self) -> Iterator[tuple[Scope, f.Call]]:
        candidates: list[tuple[Scope, f.Expression | None]] = [
            (self._outside, self.parameter.default)
        ]
        candidates += metadata(self._outside, self.parameter.annotation)
        for scope, candidate in candidates:
            if isinstance(candidate, f.Name | f.Attribute):
                symbol = resolve(scope, candidate)
                if isinstance(symbol, Variable):
                    scope, candidate = symbol.scope, symbol.value
            if isinstance(candidate, f.Call):
                symbol = resolve(scope, candidate.function)
                if isinstance(symbol, External) and symbol.path in MARKERS:
                    yield scope, candidate

    @property
    def hidden(self) -> bool:
        """Tell whether ``include_in_schema=False`` keeps it out of the OpenAPI document."""
        given = self.marker.keyword("include_in_schema") if self.marker is not None else None
        return isinstance(given, f.Constant) and given.value is False

    @cached_property
    def numeric(self) -> bool:
        """Tell whether it certainly is a whole number."""
        found = [resolve(s, x) for s, x in unfold(self._outside, self.parameter.annotation)]
        return bool(found) and all(
            isinstance(x, External) and x.path == "builtins.int" for x in found
        )

    @cached_property
    def bounds(self) -> Bounds | None:
        """Its bounds; None where they cannot be known."""
        lower = upper = None
        annotation = self.parameter.annotation
        for scope, call in [*self._markers(), *_calls(metadata(self._outside, annotation))]:
            if call.unpacks:
                return None
            for names, side in ((("ge", "gt"), "lower"), (("le", "lt"), "upper")):
                for name in names:
                    given = call.keyword(name)
                    if given is None:
                        continue
                    known = value_of(scope, given)
                    number = float("nan")
                    if known is not None and isinstance(known.value, int | float):
                        number = known.value - 1 if name == "lt" else known.value
                    if side == "lower":
                        lower = number
                    else:
                        upper = number
        if not self._understood():
            return None
        return Bounds(lower, upper)

    def _understood(self) -> bool:
        """Tell whether everything that could bound the parameter is in sight."""
        default = self.parameter.default
        if isinstance(default, f.Call) and self.marker is None:
            return False
        if isinstance(default, f.Name | f.Attribute) and self.marker is None:
            return value_of(self._outside, default) is not None
        for scope, extra in metadata(self._outside, self.parameter.annotation):
            if not isinstance(extra, f.Call):
                return False
            symbol = resolve(scope, extra.function)
            if not (isinstance(symbol, External) and symbol.path in (*MARKERS, "pydantic.Field")):
                return False
        return True


def _calls(
    rows: list[tuple[Scope, f.Expression]],
) -> Iterator[tuple[Scope, f.Call]]:
    """Yield the constraints of pydantic among *rows*: ``Field(ge=1)``."""
    for scope, row in rows:
        if isinstance(row, f.Call):
            symbol = resolve(scope, row.function)
            if isinstance(symbol, External) and symbol.path == "pydantic.Field":
                yield scope, row


@query
def query_parameters(service: Service) -> tuple[DeclaredParameter, ...]:
    """Return every parameter of every endpoint once, those of dependencies included."""
    found: dict[tuple[int, str], DeclaredParameter] = {}
    for endpoint in endpoints(service):
        methods = endpoint.methods or frozenset()
        for owner, parameter in request_parameters(endpoint):
            key = (id(owner), parameter.name)
            before = found[key].methods if key in found else frozenset()
            found[key] = DeclaredParameter(
                parameter.name, owner, parameter, methods | before, endpoint.function.name
            )
    return tuple(found.values())


@query
def declared_parameters(service: Service) -> tuple[DeclaredParameter, ...]:
    """Return the parameters of endpoints and their dependencies that a marker declares."""
    return tuple(p for p in query_parameters(service) if p.marker is not None)


def request_parameters(endpoint: Endpoint) -> Iterator[tuple[Function, f.Parameter]]:
    """Yield the parameters of the endpoint and of what it depends on that come from requests."""
    provided = dependencies(endpoint)
    filled = {(id(d.taken_by), d.parameter.name) for d in provided if d.parameter is not None}
    owners: dict[int, Function] = {id(endpoint.function): endpoint.function}
    for dependency in provided:
        provider = dependency.provider
        if isinstance(provider, Class):
            provider = provider.methods.get("__init__")
        if isinstance(provider, Function):
            owners[id(provider)] = provider
    for owner in owners.values():
        for parameter in owner.arguments:
            if (id(owner), parameter.name) not in filled:
                yield owner, parameter


def taken_names(endpoint: Endpoint) -> set[str] | None:
    """Return the names under which the endpoint and its dependencies take request parameters.

    Aliases count, and so does everything for a function that takes the whole
    ``Request``. None where something that may take parameters is not known.
    """
    service = endpoint.module.service
    if any(
        d.provider is None
        or (isinstance(d.provider, External) and not is_documented(service, d.provider))
        for d in _with_parameters(endpoint)
    ):
        return None
    found: set[str] = set()
    for owner, parameter in request_parameters(endpoint):
        if parameter.kind is f.ParameterKind.VARIADIC_KEYWORD:
            return None
        declared = DeclaredParameter(parameter.name, owner, parameter, frozenset(), "")
        made = annotated_type(owner.parent or owner.module, parameter.annotation)
        if made is not None and made.path in _WHOLE:
            if _may_read_path(owner, parameter.name):
                return None
            continue
        alias = declared.marker.keyword("alias") if declared.marker is not None else None
        found.add(parameter.name)
        if alias is not None:
            text = text_of(owner.parent or owner.module, alias)
            if text is None:
                return None
            found.add(text)
    return found


def _may_read_path(function: Function, request: str) -> bool:
    """Tell whether *function* may read path parameters off the *request* that it takes.

    It looks at them, or it hands the request on.
    """
    scopes = (function, *function.walk())
    for step in (step for scope in scopes for step in scope.steps):
        for expression in step.expressions:
            looked_at = {
                id(inner.value)
                for inner in f.walk(expression)
                if isinstance(inner, f.Attribute) and inner.name not in _HOLDING_PATH
            }
            for inner in f.walk(expression):
                if isinstance(inner, f.Name) and inner.name == request:
                    if id(inner) not in looked_at:
                        return True
    return False


def _with_parameters(endpoint: Endpoint) -> Iterator[Dependency]:
    """Yield the dependencies that may take path parameters of their own."""
    for dependency in dependencies(endpoint):
        provider = dependency.provider
        if isinstance(provider, External) and provider.path.startswith("fastapi.security."):
            continue
        yield dependency
