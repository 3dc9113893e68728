"""The request parameters of endpoints, as FastAPI reads them from signatures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cached_property

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.annotating import is_out_of_sight
from gravity_lint.model.api.dependencies import (
    Dependency,
    dependencies,
    is_documented,
    own_dependencies,
)
from gravity_lint.model.api.endpoints import PAGING, Endpoint
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.api.schemas import is_missing_schema
from gravity_lint.model.code.annotations import opened, unfold
from gravity_lint.model.code.callables import (
    Argument,
    description,
    descriptions,
    model_fields,
    signature_of,
)
from gravity_lint.model.code.names import (
    External,
    Variable,
    inherits,
    path_of,
    resolve,
    written_out,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_special
from gravity_lint.model.code.types import annotated_type
from gravity_lint.model.code.values import Known, text_of, value_of
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
REQUESTS = ("fastapi.Request", "fastapi.WebSocket", "fastapi.requests.HTTPConnection")
"""Types by which a parameter takes the whole request."""
INJECTED = (
    *REQUESTS,
    *("fastapi.BackgroundTasks", "fastapi.Response", "fastapi.security.SecurityScopes"),
)
"""What FastAPI gives to a parameter by its type, whatever the request holds."""
PASSWORD_FORMS = (
    "fastapi.security.OAuth2PasswordRequestForm",
    "fastapi.security.OAuth2PasswordRequestFormStrict",
)
_SPREADING = (
    "fastapi.Query",
    "fastapi.Path",
    "fastapi.Header",
    "fastapi.Cookie",
    "fastapi.Form",
)
"""Markers of which a model is taken field by field."""
_WHOLE_NUMBERS: dict[str, float | None] = {
    "builtins.int": None,
    "pydantic.NonNegativeInt": 0,
    "pydantic.PositiveInt": 1,
}
"""Types of whole numbers, with the least that they allow."""
_VARIADIC = (f.ParameterKind.VARIADIC, f.ParameterKind.VARIADIC_KEYWORD)
_FILE = "fastapi.UploadFile"
_VALUES = ("enum.Enum", "builtins.str", "builtins.int", "builtins.float")
"""What is one parameter, whatever else it inherits."""
_OF_ONE = (
    *("alias", "validation_alias", "ge", "gt", "le", "lt", "multiple_of"),
    *("min_length", "max_length", "pattern", "regex"),
)
"""What a marker says of one value: a model of parameters has it field by field."""
_TYPING = ("fastapi", "pydantic", "pydantic_extra_types", "starlette", "typing_extensions")
"""Libraries whose types of parameters are known to be no models, their own models apart."""
_SIMPLE = ("builtins.", "datetime.", "decimal.", "uuid.")
"""Modules whose types requests give."""
_FILLED_IN = ("fastapi.", "starlette.")
"""Modules whose types FastAPI fills in by itself."""
_IN_ADDRESS = ("", "fastapi.Path", "fastapi.Query")
"""Markers of what stands in the path or the query."""
_HOLDING_PATH = ("path_params", "scope", "url")
"""What of a request the path can be read from."""


class Bounds(msgspec.Struct, frozen=True):
    """The bounds of a number; None: there is none on that side."""

    lower: float | None
    upper: float | None


class DeclaredParameter(Record, frozen=True):
    """A parameter of endpoints, their own or one of a dependency, or a field of a class of them.

    *takers* are the endpoints that it reaches, in source order.
    """

    argument: Argument
    takers: tuple[Endpoint, ...] = ()

    @property
    def name(self) -> str:
        """What it is called where it is declared."""
        return self.argument.parameter.name

    @property
    def owner(self) -> Function | Class:
        """The function or class that declares it."""
        return self.argument.owner

    @property
    def module(self) -> Module:
        """The module that declares it."""
        return self.owner.module

    @property
    def span(self) -> Span:
        """The parameter's name."""
        return self.argument.parameter.span

    @property
    def extent(self) -> Span:
        """The parameter and the head of the function around it, or the field's statement."""
        return self.span if isinstance(self.owner, Class) else self.owner.extent

    @property
    def label(self) -> str:
        """The dotted name of the function or class, and the parameter's."""
        return f"{self.owner.label}.{self.name}"

    @property
    def holder(self) -> str:
        """The name of that function or class; of a dependency, that of what makes it."""
        owner = self.owner
        if any(taker.function is owner for taker in self.takers):
            return owner.name
        if isinstance(owner, Function) and owner.cls is not None and is_special(owner):
            return owner.cls.name
        return owner.parent.name if isinstance(owner.parent, Function) else owner.name

    @property
    def methods(self) -> frozenset[str]:
        """The methods of the endpoints that it reaches."""
        return frozenset(method for taker in self.takers for method in taker.methods or ())

    @property
    def untold(self) -> bool:
        """Tell whether only endpoints take it that no OpenAPI document shows: WebSockets, too."""
        return bool(self.takers) and all(taker.in_schema is False for taker in self.takers)

    @cached_property
    def marker(self) -> f.Call | None:
        """The ``Query(...)``, ``Path(...)`` and so on that declares it, where it is written out."""
        return next((call for _, call in self._markers()), None)

    @property
    def is_model(self) -> bool | None:
        """Tell whether it is a model, whose fields are the parameters; None if not known.

        What a call gives, such as ``create_model(...)``, is taken for one.
        """
        scope, annotation = self.argument.scope, self.argument.parameter.annotation
        made = annotated_type(scope, annotation)
        if made is None:
            symbols = [resolve(*placed) for placed in unfold(scope, annotation)]
            return True if any(isinstance(x, Variable) and _is_made(x) for x in symbols) else None
        if is_missing_schema(self.module.service, made.symbol):
            return True
        return inherits(made.symbol, "pydantic.BaseModel")

    @property
    def may_be_model(self) -> bool:
        """Tell whether it is a model, or what it is comes from where nothing is known of it.

        Only what ``Query`` declares may be one that is not seen to be: a path has no models.
        """
        made = annotated_type(self.argument.scope, self.argument.parameter.annotation)
        if self.kind != "fastapi.Query" or made is None or inherits(made.symbol, *_VALUES):
            return self.is_model is True
        if self.is_model:
            return True
        if self._is_told_as_one:
            return False
        if isinstance(made.symbol, External):
            top = made.symbol.package
            return top not in sys.stdlib_module_names and top not in _TYPING
        return self.is_model is None

    @property
    def _is_told_as_one(self) -> bool:
        """Tell whether it has what only a parameter of one value has: another name, bounds.

        Or a default that is a number or a text. That it may be None says nothing.
        """
        if any(call.keyword(word) is not None for _, call in self._markers() for word in _OF_ONE):
            return True
        known = self.default
        return known is not None and isinstance(known.value, str | int | float)

    @cached_property
    def kind(self) -> str:
        """The canonical path of the marker (``fastapi.Query``); empty without one."""
        for scope, call in self._markers():
            return path_of(scope, call.function) or ""
        return ""

    def _markers(self) -> Iterator[tuple[Scope, f.Call]]:
        for scope, call in descriptions(self.argument):
            if path_of(scope, call.function) in MARKERS:
                yield scope, call

    @property
    def description(self) -> f.Call | None:
        """The call that says how it is validated: its marker, or pydantic's ``Field(...)``."""
        return next((call for _, call in descriptions(self.argument)), None)

    @property
    def says_what_it_means(self) -> bool | None:
        """Tell whether the document describes it; None if not known.

        A marker that is the default value stands for itself; of what stands in ``Annotated``,
        pydantic's ``Field(...)`` too, FastAPI takes all.
        """
        scope, default = self.argument.scope, self.argument.parameter.default
        alone = description(scope, default)
        calls = [alone] if alone is not None else list(descriptions(self.argument))
        if any(call.keyword("description") is not None for _, call in calls):
            return True
        return None if any(call.unpacks for _, call in calls) else False

    @property
    def owns_description(self) -> bool:
        """Tell whether that call stands in its own declaration, where no other shares it."""
        declared = (self.argument.parameter.default, self.argument.parameter.annotation)
        given = self.description
        return given is not None and any(
            whole is not None and whole.span.contains(given.span) for whole in declared
        )

    @property
    def shared_description(self) -> tuple[Module, f.Call] | None:
        """That call and its module, where it stands elsewhere: in an alias, a constant."""
        if self.owns_description:
            return None
        return next(((scope.module, call) for scope, call in descriptions(self.argument)), None)

    @property
    def hidden(self) -> bool:
        """Tell whether ``include_in_schema=False`` keeps it out of the OpenAPI document."""
        given = self.marker.keyword("include_in_schema") if self.marker is not None else None
        return isinstance(given, f.Constant) and given.value is False

    @property
    def _kinds(self) -> set[str]:
        """The canonical paths of the types that it allows; the empty one for all others."""
        placed = unfold(self.argument.scope, self.argument.parameter.annotation)
        return {path_of(scope, kind) or "" for scope, kind in placed}

    @cached_property
    def numeric(self) -> bool:
        """Tell whether it certainly is a whole number."""
        return bool(self._kinds) and self._kinds <= _WHOLE_NUMBERS.keys()

    @cached_property
    def default(self) -> Known | None:
        """Its default value; None if there is none that is known."""
        scope, given = self.argument.scope, self.argument.parameter.default
        for where, call in descriptions(self.argument):
            if call is given or given is None:
                scope, given = where, call.argument(0, "default")
        return value_of(scope, given)

    @cached_property
    def required(self) -> bool:
        """Tell whether requests have to give it, for it has no default."""
        value = self.argument.parameter.default
        calls = [call for _, call in descriptions(self.argument)]
        if isinstance(value, f.Name | f.Attribute):
            symbol = resolve(self.argument.scope, value)
            value = symbol.value if isinstance(symbol, Variable) else value
        if value is not None and not any(value is call for call in calls):
            return f.is_ellipsis(value)
        given = [call.argument(0, "default") or call.keyword("default_factory") for call in calls]
        return all(x is None or f.is_ellipsis(x) for x in given)

    @cached_property
    def bounds(self) -> Bounds | None:
        """Its bounds; None where they cannot be known."""
        least = [_WHOLE_NUMBERS[kind] for kind in self._kinds if kind in _WHOLE_NUMBERS]
        lower = (
            min((x for x in least if x is not None), default=None) if None not in least else None
        )
        upper: float | None = None
        found = opened(self.argument.scope, self.argument.parameter.annotation)
        if not self._understood((*found.metadata, *found.inside)):
            return None
        for scope, call in _constraints(self.argument, found.inside):
            if call.unpacks:
                return None
            for word in ("ge", "gt", "le", "lt"):
                given = call.keyword(word)
                if given is None:
                    continue
                known = value_of(scope, given)
                number = float("nan")
                if known is not None and isinstance(known.value, int | float):
                    number = known.value + {"gt": 1, "lt": -1}.get(word, 0)
                if word in ("ge", "gt"):
                    lower = number
                else:
                    upper = number
        return Bounds(lower, upper)

    def _understood(self, added: tuple[tuple[Scope, f.Expression], ...]) -> bool:
        """Tell whether everything that could bound the parameter is in sight."""
        scope, default = self.argument.scope, self.argument.parameter.default
        if self.description is None:
            if isinstance(default, f.Call):
                return False
            if isinstance(default, f.Name | f.Attribute) and value_of(scope, default) is None:
                return False
        return all(
            isinstance(extra, f.Constant)
            or (
                isinstance(extra, f.Call)
                and path_of(where, extra.function) in (*MARKERS, "pydantic.Field")
            )
            for where, extra in map(written_out, added)
        )


def _constraints(
    argument: Argument, inside: tuple[tuple[Scope, f.Expression], ...]
) -> Iterator[tuple[Scope, f.Call]]:
    """Yield the calls that validate *argument*; pydantic looks *inside* unions as well."""
    yield from descriptions(argument)
    for scope, extra in map(written_out, inside):
        if isinstance(extra, f.Call):
            yield scope, extra


@query
def query_parameters(service: Service) -> tuple[DeclaredParameter, ...]:
    """Return every parameter of every endpoint once, those of dependencies included."""
    found: dict[tuple[int, str], tuple[Argument, list[Endpoint]]] = {}
    for endpoint in endpoints(service):
        for argument in request_parameters(endpoint):
            key = (id(argument.owner), argument.parameter.name)
            takers = found.setdefault(key, (argument, []))[1]
            if endpoint not in takers[-1:]:
                takers.append(endpoint)
    return tuple(DeclaredParameter(one, tuple(takers)) for one, takers in found.values())


def _is_made(variable: Variable) -> bool:
    """Tell whether a call gives the class that *variable* stands for; a ``NewType`` is no class."""
    value = variable.value
    if not isinstance(value, f.Call):
        return False
    return path_of(variable.scope, value.function) not in ("typing.NewType", "typing.TypeVar")


@query
def declared_parameters(service: Service) -> tuple[DeclaredParameter, ...]:
    """Return the parameters of endpoints and their dependencies that a marker declares.

    Not the fields of pydantic models, of whose markers only the constraints are left.
    """
    return tuple(
        p
        for p in query_parameters(service)
        if p.marker is not None
        and not (isinstance(p.owner, Class) and inherits(p.owner, "pydantic.BaseModel"))
    )


def request_parameters(endpoint: Endpoint) -> Iterator[Argument]:
    """Yield the parameters of the endpoint and of what it depends on that come from requests.

    The fields of a model in whose place FastAPI takes each of them are yielded
    in its stead. Of parameters that a decorator hides from FastAPI there is none.
    """
    if is_out_of_sight(endpoint):
        return
    provided = dependencies(endpoint)
    filled = {(id(d.taken_by), d.parameter.name) for d in provided if d.parameter is not None}
    for called in _called(endpoint, provided):
        for argument in signature_of(called) or ():
            if (id(argument.owner), argument.parameter.name) not in filled:
                yield from _fields_of_model(argument) or [argument]


def _called(endpoint: Endpoint, provided: tuple[Dependency, ...]) -> list[Function | Class]:
    """Return the functions and classes that FastAPI calls for *endpoint*, each once."""
    found: dict[Function | Class, None] = {endpoint.function: None}
    cls = endpoint.function.cls
    if cls is not None and endpoint.function.receiver is not None and is_view(cls):
        found[cls] = None
    for dependency in provided:
        if isinstance(dependency.provider, Function | Class):
            found[dependency.provider] = None
    return list(found)


def is_view(cls: Class) -> bool:
    """Tell whether a decorator makes a class-based view of *cls*, made anew for each request."""
    return bool(cls.decorators)


def _fields_of_model(argument: Argument) -> tuple[Argument, ...] | None:
    """Return the fields of the model that ``Annotated[Model, Query()]`` spreads."""
    for scope, call in descriptions(argument):
        if path_of(scope, call.function) in _SPREADING:
            made = annotated_type(argument.scope, argument.parameter.annotation)
            return model_fields(made.cls) if made is not None and made.cls is not None else None
    return None


def taken_names(endpoint: Endpoint) -> set[str] | None:
    """Return the names under which the endpoint and its dependencies take request parameters.

    Aliases count, and so does everything for a function that takes the whole
    ``Request``. None where something that may take parameters is not known, such as what the
    router's own class registers in the function's place.
    """
    service = endpoint.module.service
    if endpoint.router is not None and endpoint.router.registers_itself:
        return None
    if any(
        d.provider is None
        or (isinstance(d.provider, External) and not is_documented(service, d.provider))
        for d in _with_parameters(endpoint)
    ):
        return None
    if any(signature_of(called) is None for called in _called(endpoint, dependencies(endpoint))):
        return None
    found: set[str] = set()
    for argument in request_parameters(endpoint):
        if argument.parameter.kind is f.ParameterKind.VARIADIC_KEYWORD:
            return None
        made = annotated_type(argument.scope, argument.parameter.annotation)
        if made is not None and made.path in REQUESTS:
            owner = argument.owner
            if isinstance(owner, Class) or _may_read_path(owner, argument.name):
                return None
            continue
        name = name_in_request(argument)
        if name is None:
            return None
        found.add(name)
    return found


def asked_for_in_query(endpoint: Endpoint) -> Iterator[DeclaredParameter]:
    """Yield the parameters of the endpoint that requests give in the query, or in the path."""
    for argument in request_parameters(endpoint):
        parameter = DeclaredParameter(argument)
        made = annotated_type(argument.scope, argument.parameter.annotation)
        filled_in = made is not None and made.path.startswith(_FILLED_IN)
        if parameter.kind in _IN_ADDRESS and not filled_in and not _is_body(parameter):
            yield parameter


def takes_a_page(endpoint: Endpoint) -> bool:
    """Tell whether the endpoint, or what it depends on, is asked for a part of the whole."""
    return any(argument.name in PAGING for argument in request_parameters(endpoint))


def takes_a_body(endpoint: Endpoint) -> bool:
    """Tell whether the endpoint itself certainly takes something in the request's body."""
    own = signature_of(endpoint.function) or ()
    taken = {id(d.parameter) for d in dependencies(endpoint)}
    return any(
        id(argument.parameter) not in taken and _is_body(DeclaredParameter(argument))
        for argument in own
    )


def _is_body(parameter: DeclaredParameter) -> bool:
    if parameter.kind:
        return parameter.kind in ("fastapi.Body", "fastapi.Form", "fastapi.File")
    made = annotated_type(parameter.argument.scope, parameter.argument.parameter.annotation)
    if made is not None and made.path in ("builtins.dict", "builtins.list", _FILE):
        return True
    return parameter.is_model is True


class Demands(msgspec.Struct, frozen=True):
    """What a dependency has to be given: *names* in the path or the query, and maybe a *body*."""

    names: frozenset[str]
    body: bool


def demands(called: Function | Class) -> Demands:
    """Return what requests have to give *called*, as a dependency, besides headers and cookies."""
    memory = called.module.service.memory
    return memory.ask(("demands", called), Demands(frozenset(), False), _demands, called)


def _demands(called: Function | Class) -> Demands:
    below = own_dependencies(called)
    filled = {id(x.parameter) for x in below}
    names: set[str] = set()
    body = False
    for argument in signature_of(called) or ():
        if id(argument.parameter) in filled or not _is_asked_for(argument):
            continue
        parameter = DeclaredParameter(argument)
        if _is_body(parameter):
            body = True
        elif parameter.kind in _IN_ADDRESS:
            names.add(name_in_request(argument) or argument.name)
    for provider in (x.provider for x in below):
        if isinstance(provider, Function | Class):
            further = demands(provider)
            names |= further.names
            body = body or further.body
    return Demands(frozenset(names), body)


def _is_asked_for(argument: Argument) -> bool:
    """Tell whether requests certainly have to give *argument*: it has no default.

    What is of a type that is not known may be a dependency, or what FastAPI fills in.
    """
    parameter = DeclaredParameter(argument)
    if argument.parameter.kind in _VARIADIC or not parameter.required:
        return False
    if parameter.kind or argument.parameter.annotation is None or parameter.is_model:
        return True
    made = annotated_type(argument.scope, argument.parameter.annotation)
    return made is not None and (made.path == _FILE or made.path.startswith(_SIMPLE))


def names_in_request(function: Function) -> set[str | None]:
    """Return the names by which FastAPI looks for the parameters of *function* itself."""
    return {name_in_request(argument) for argument in signature_of(function) or ()}


def name_in_request(argument: Argument) -> str | None:
    """Return the name by which FastAPI looks for *argument*; None if it is not known.

    An alias takes the place of the parameter's own name, a validation alias that of both.
    """
    for word in ("validation_alias", "alias"):
        for scope, call in descriptions(argument):
            if call.unpacks:
                return None
            given = call.keyword(word)
            if given is not None and not f.is_none(given):
                return text_of(scope, given)
    return argument.name


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
