"""What FastAPI takes from a request for an endpoint, and where from: path, query, body.

As `fastapi.dependencies.utils.analyze_param` decides: by the marker, by the names in the path,
else by the type. Parameters of everything that the endpoint depends on count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, dependencies, is_documented
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.enumerations import wire_value
from gravity_lint.model.api.parameters import INJECTED, MARKERS, PASSWORD_FORMS, is_view
from gravity_lint.model.code.annotations import Alternative, metadata, opened
from gravity_lint.model.code.callables import (
    Argument,
    descriptions,
    is_dataclass,
    model_fields,
    signature_of,
)
from gravity_lint.model.code.names import (
    External,
    Variable,
    ancestors,
    inherits,
    path_of,
    resolve,
    written_out,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.values import Known, text_of, value_of
from gravity_lint.patterns import pattern

_LOCATIONS: Final = {
    "fastapi.Query": "query",
    "fastapi.Path": "path",
    "fastapi.Header": "header",
    "fastapi.Cookie": "cookie",
    "fastapi.Body": "body",
    "fastapi.Form": "form",
    "fastapi.File": "file",
}
_TAKING_NOTHING: Final = (
    "fastapi_limiter.depends.RateLimiter",
    "fastapi_limiter.depends.WebSocketRateLimiter",
)
_COMPLEX: Final = (
    *("builtins.dict", "builtins.list", "builtins.set", "builtins.frozenset", "builtins.tuple"),
    *("typing.Dict", "typing.List", "typing.Set", "typing.FrozenSet", "typing.Tuple"),
    *("typing.Mapping", "typing.Sequence", "typing.Iterable", "typing.Collection", "typing.Deque"),
    *("collections.deque", "collections.abc.Mapping", "collections.OrderedDict"),
    *("collections.defaultdict", "typing.DefaultDict", "typing.MutableMapping"),
    *("typing.MutableSequence", "collections.abc.MutableMapping"),
)
_PARAMETER: Final = pattern(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?::[a-zA-Z_][a-zA-Z0-9_]*)?\}")


class Input(Record, frozen=True):
    """One thing that is taken from a request.

    *location* is ``path``, ``query``, ``header``, ``cookie``, ``body``, ``form`` or ``file``; None
    where it hangs on a type that is not known. *name* is the one that goes over the wire, None
    where it is not known. *required* is None where that is not known, *default* the value where
    it is known. *hidden*: the OpenAPI document does not show it.
    """

    argument: Argument
    location: str | None
    name: str | None
    required: bool | None
    default: Known | None
    marker: f.Call | None = None
    hidden: bool = False

    @property
    def marker_is_default(self) -> bool:
        """Tell whether the marker is the default, so that FastAPI drops what limits the type."""
        return self.marker is not None and self.argument.parameter.default is self.marker

    @property
    def marks(self) -> tuple[tuple[Scope, f.Expression], ...]:
        """What is said about it: in ``Annotated``, and by the marker that is its default."""
        scope, annotation = self.argument.scope, self.argument.parameter.annotation
        said = metadata(scope, annotation)
        calls = list(descriptions(self.argument))
        inner = {id(x) for placed in said for _, x in (placed, written_out(placed))}
        return (*said, *(row for row in calls if id(row[1]) not in inner))


class Inputs(Record, frozen=True):
    """Everything that is taken for one endpoint on one path.

    *hiding* are the dependencies that may take more, as they are written.
    """

    rows: tuple[Input, ...]
    forms: tuple[str, ...] = ()
    hiding: tuple[str, ...] = ()


def inputs(endpoint: Endpoint, path: str) -> Inputs:
    """Return what *endpoint* takes from requests to *path*, an effective path of its."""
    named = frozenset(_PARAMETER.findall(path.replace(" ", "")))
    rows: dict[tuple[str | None, str | None], Input] = {}
    forms: list[str] = []
    hiding: list[str] = []
    provided = dependencies(endpoint)
    filled = {(id(d.taken_by), d.parameter.name) for d in provided if d.parameter is not None}
    for called, dependency in _called(endpoint, provided):
        if isinstance(called, External):
            path_ = called.path
            if path_ in PASSWORD_FORMS:
                forms.append(path_)
            elif not _takes_nothing(endpoint, dependency, called) and dependency is not None:
                hiding.append(dependency.written)
            continue
        signature = signature_of(called) if called is not None else None
        if isinstance(called, Class) and any(
            isinstance(a, External) and a.path in PASSWORD_FORMS for a in ancestors(called)
        ):
            forms.append(PASSWORD_FORMS[0])
            continue
        if signature is None:
            hiding.append(dependency.written if dependency is not None else endpoint.name)
            continue
        for argument in signature:
            if (id(argument.owner), argument.parameter.name) in filled:
                continue
            for found in _inputs_of(argument, named):
                key = (found.location, found.name) if found.name else (None, argument.name)
                before = rows.get(key)
                if before is None or (found.required and not before.required):
                    rows[key] = found
    return Inputs(tuple(rows.values()), tuple(forms), tuple(dict.fromkeys(hiding)))


def _called(
    endpoint: Endpoint, provided: tuple[Dependency, ...]
) -> Iterator[tuple[Function | Class | External | None, Dependency | None]]:
    """Yield what FastAPI calls for *endpoint*, each once; None for what is not known."""
    yield endpoint.function, None
    seen: set[object] = {endpoint.function}
    cls = endpoint.function.cls
    if cls is not None and endpoint.function.receiver is not None:
        if is_view(cls):
            seen.add(cls)
            yield cls, None
    for dependency in provided:
        provider = dependency.provider
        if isinstance(provider, Function | Class | External):
            if provider not in seen:
                seen.add(provider)
                yield provider, dependency
        elif not isinstance(dependency.given, f.Lambda):
            yield None, dependency


def _takes_nothing(endpoint: Endpoint, dependency: Dependency | None, called: External) -> bool:
    return (
        called.path.startswith("fastapi.security.")
        or called.path in _TAKING_NOTHING
        or called.path in INJECTED
        or (dependency is not None and is_documented(endpoint.module.service, called))
    )


def _inputs_of(argument: Argument, named: frozenset[str]) -> Iterator[Input]:
    scope, parameter = argument.scope, argument.parameter
    marker = _marker(argument)
    kinds = opened(scope, parameter.annotation).alternatives
    if marker is None and any(_path(x) in INJECTED for x in kinds):
        return
    required, default = _default(argument, marker)
    if marker is not None:
        where, call = marker
        marked = _LOCATIONS[path_of(where, call.function) or ""]
        fields = _spread(kinds) if marked not in ("body", "file") else None
        if fields is not None:
            for field in fields:
                needed, value = _default(field, None)
                name = _name(field, None, marked)
                yield Input(field, marked, name, needed, value)
            return
        hidden = f.is_false(call.keyword("include_in_schema"))
        name = _name(argument, marker, marked)
        if marked == "path":
            required, default = True, None
        yield Input(argument, marked, name, required, default, call, hidden)
        return
    if argument.name in named:
        yield Input(argument, "path", argument.name, True, None)
        return
    location = _by_type(scope, parameter)
    yield Input(argument, location, argument.name, required, default)


def _marker(argument: Argument) -> tuple[Scope, f.Call] | None:
    for scope, call in descriptions(argument):
        if path_of(scope, call.function) in MARKERS:
            return scope, call
    return None


def _spread(kinds: tuple[Alternative, ...]) -> tuple[Argument, ...] | None:
    """Return the fields of the one model that a query, header, cookie or form is taken as."""
    if len(kinds) != 1:
        return None
    cls = resolve(kinds[0].scope, kinds[0].expression)
    if isinstance(cls, Class) and inherits(cls, "pydantic.BaseModel"):
        return model_fields(cls)
    return None


def _by_type(scope: Scope, parameter: f.Parameter) -> str | None:
    """Return where a parameter without marker is taken from; None where its type is not known."""
    if parameter.annotation is None:
        return "query"
    found = opened(scope, parameter.annotation)
    verdicts = [_is_scalar(x) for x in found.alternatives]
    if any(verdict == "file" for verdict in verdicts):
        return "file"
    if None in verdicts:
        return None
    return "query" if all(verdict == "scalar" for verdict in verdicts) else "body"


def _is_scalar(at: Alternative) -> str | None:
    """Return ``scalar``, ``complex`` or ``file``; None where the type is not known."""
    expression = at.expression
    base = expression.value if isinstance(expression, f.Subscript) else expression
    if isinstance(base, f.Call):
        path = path_of(at.scope, base.function) or ""
        return "complex" if path in ("pydantic.conlist", "pydantic.conset") else "scalar"
    symbol = resolve(at.scope, base)
    if isinstance(symbol, External):
        if symbol.path in ("fastapi.UploadFile", "starlette.datastructures.UploadFile"):
            return "file"
        if symbol.path in _COMPLEX:
            inner = expression.indices if isinstance(expression, f.Subscript) else ()
            files = (_is_scalar(Alternative(at.scope, x, at.given)) == "file" for x in inner)
            return "file" if any(files) else "complex"
        if symbol.path in ("pydantic.BaseModel", "sqlmodel.SQLModel"):
            return "complex"
        if symbol.package in _SCALAR_LIBRARIES:
            return "scalar"
        return None
    if isinstance(symbol, Class):
        kind = inherits(
            symbol, "pydantic.BaseModel", "typing.TypedDict", "typing.NamedTuple", "builtins.dict"
        )
        if kind:
            return "complex"
        if any(isinstance(x, Class) and is_dataclass(x) for x in ancestors(symbol)):
            return "complex"
        return "scalar" if kind is False else None
    if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call):
        made = path_of(symbol.scope, symbol.value.function)
        return "scalar" if made == "typing.TypeVar" else None
    return None


_SCALAR_LIBRARIES: Final = frozenset(
    {
        *("builtins", "datetime", "decimal", "enum", "ipaddress", "pathlib"),
        *("pydantic", "typing", "uuid"),
    }
)


def _path(at: Alternative) -> str:
    return path_of(at.scope, at.expression) or ""


def _default(
    argument: Argument, marker: tuple[Scope, f.Call] | None
) -> tuple[bool | None, Known | None]:
    scope, value = argument.scope, argument.parameter.default
    calls = [marker] if marker is not None else list(descriptions(argument))
    written = {id(call) for _, call in calls}
    named = resolve(scope, value) if isinstance(value, f.Name | f.Attribute) else None
    if isinstance(named, Variable) and id(named.value) in written:
        scope, value = named.scope, named.value
    if value is not None and id(value) not in written:
        if f.is_ellipsis(value):
            return True, None
        if isinstance(value, f.Call) and isinstance(resolve(scope, value.function), Function):
            return None, None
        return False, wire_value(scope, value)
    for where, call in calls:
        if call.unpacks:
            return None, None
        given = call.argument(0, "default")
        if given is not None:
            return (True, None) if f.is_ellipsis(given) else (False, wire_value(where, given))
        if call.keyword("default_factory") is not None:
            return False, None
    return True, None


def _name(argument: Argument, marker: tuple[Scope, f.Call] | None, location: str) -> str | None:
    calls = [marker] if marker is not None else list(descriptions(argument))
    for word in ("validation_alias", "alias"):
        for scope, call in calls:
            if call.unpacks:
                return None
            given = call.keyword(word)
            if given is not None and not f.is_none(given):
                return text_of(scope, given)
    if location == "header":
        for scope, call in calls:
            given = call.keyword("convert_underscores")
            known = value_of(scope, given)
            if given is not None and known is None:
                return None
            if known is not None and known.value is False:
                return argument.name
        return argument.name.replace("_", "-")
    return argument.name
