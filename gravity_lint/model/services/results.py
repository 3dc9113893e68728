"""What service functions give back that is the transport's: envelopes, responses, statuses."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.registration import api_modules
from gravity_lint.model.api.schemas import is_wrapper
from gravity_lint.model.api.statuses import status_of
from gravity_lint.model.code.annotations import unfold
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import External, Symbol, inherits, look_up, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.signatures import gives_value
from gravity_lint.model.code.subjects import AtWholeFunction
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.exceptions.classes import is_exception
from gravity_lint.model.services.service_classes import service_classes
from gravity_lint.model.services.transport import is_made_response
from gravity_lint.sources.spans import Span

_HTTP_EXCEPTION = "fastapi.HTTPException"
_RESPONSE = "the response object"
_STATUS_NAMES = ("status_code", "http_status", "http_status_code")


class Leftover(msgspec.Struct, frozen=True):
    """Something of the transport: *what* it is, in words, and where it stands.

    Of a *status* that something is made with, that and no words; *exception* is the class that is
    made with it, if it is an exception.
    """

    what: str
    at: Span
    status: str = ""
    exception: str = ""


class ServiceResult(AtWholeFunction, Record, frozen=True):
    """A function of the services layer, asked about what it gives back."""

    function: Function
    leftovers: tuple[Leftover, ...]

    @property
    def name(self) -> str:
        """The function's name, that of its class before it."""
        cls = self.function.cls
        return f"{cls.name}.{self.function.name}" if cls is not None else self.function.name


@by_module
def service_results(module: Module) -> Iterator[ServiceResult]:
    """Return the methods of services and the functions of their layer, endpoints aside."""
    functions: list[Function] = []
    if layer_of(module) is Layer.SERVICES:
        functions += [x for x in module.definitions if isinstance(x, Function)]
    for business in service_classes.of(module):
        functions += business.methods
    if functions and module not in api_modules(module.service):
        for function in functions:
            yield ServiceResult(function, tuple(_leftovers(function)))


def _leftovers(function: Function) -> Iterator[Leftover]:
    """Yield what *function* gives back of the transport.

    What a module of the services layer imports of the framework and returns is told of there.
    """
    told = layer_of(function.module) is Layer.SERVICES and any(
        _is_told(function, statement) for _, statement in function.returned
    )
    outside = function.parent or function.module
    if function.returns is not None and not _gives_others(function):
        for scope, alternative in unfold(outside, function.returns):
            if path_of(scope, alternative) == "typing.Callable":
                continue
            for part in f.walk(alternative):
                if isinstance(part, f.Name | f.Attribute):
                    what = _described(function, resolve(scope, part))
                    if what is not None and not (told and what.startswith(_RESPONSE)):
                        yield Leftover(f"returns {what}", function.returns.span)
    for _, statement in function.returned:
        if told and _is_told(function, statement):
            continue
        if gives_value(statement) and statement.value is not None:
            for value in _parts(statement.value):
                found = type_of(function, value)
                what = _described(function, found.symbol) if found and not found.is_class else None
                if what is not None:
                    yield Leftover(f"returns {what}", value.span)
                elif _is_status(function, value):
                    yield Leftover(f"returns the HTTP status `{f.render(value)}`", value.span)
                yield from _given(function, value)
    for _, raised in function.raised:
        if isinstance(raised.exception, f.Call):
            callee = resolve(function, raised.exception.function)
            # An HTTPException is transport as a whole.
            if isinstance(callee, Class | External) and not inherits(callee, _HTTP_EXCEPTION):
                yield from _given(function, raised.exception)


def _gives_others(function: Function) -> bool:
    """Tell whether all that *function* returns is of classes in view that are no transport.

    Then its annotation is wrong, and a type checker's matter.
    """
    values = [
        value
        for _, statement in function.returned
        if gives_value(statement) and statement.value is not None
        for value in _parts(statement.value)
    ]
    return bool(values) and all(_is_other(function, value) for value in values)


def _is_other(function: Function, value: f.Expression) -> bool:
    """Tell whether *value* is of a class in view that is no transport, or of one that nobody binds.

    The latter raises NameError, and gives nothing.
    """
    if isinstance(value, f.Call) and isinstance(value.function, f.Name):
        if _is_unbound(function, value.function.name):
            return True
    found = type_of(function, value)
    return (
        found is not None
        and found.cls is not None
        and not found.is_class
        and _described(function, found.cls) is None
    )


def _is_unbound(function: Function, name: str) -> bool:
    if any(name in scope.bindings for scope in function.outward()):
        return False
    return not function.module.stars and look_up(function, name) is None


def _is_told(function: Function, statement: f.Return) -> bool:
    made = type_of(function, statement.value)
    return made is not None and is_made_response(made)


def _described(function: Function, symbol: Symbol | None) -> str | None:
    """Return what *symbol* is of the transport, in words; None if it is nothing of it."""
    if not isinstance(symbol, Class | External):
        return None
    service = function.module.service
    words = service.settings.vocabulary
    if is_wrapper(service, symbol, (*words.response_wrappers, *words.error_wrappers)):
        return f"the response wrapper `{symbol.name}`"
    if inherits(symbol, "fastapi.Response"):
        return f"{_RESPONSE} `{symbol.name}`"
    return None


def _parts(value: f.Expression) -> Iterator[f.Expression]:
    """Yield what is returned: the alternatives of a conditional, the items of a tuple."""
    match value:
        case f.Conditional(body=body, otherwise=otherwise):
            yield from _parts(body)
            yield from _parts(otherwise)
        case f.Collection(kind="tuple", items=items):
            for item in items:
                yield from _parts(item)
        case _:
            yield value


def _is_status(function: Function, value: f.Expression) -> bool:
    """Tell whether *value* names a status: ``status.HTTP_...``, ``HTTPStatus...``."""
    named = isinstance(value, f.Name | f.Attribute)
    symbol = resolve(function, value) if named else None
    return isinstance(symbol, External) and status_of(function, value) is not None


def _given(function: Function, value: f.Expression) -> Iterator[Leftover]:
    """Yield the statuses that *value* is made with, under a name that says so."""
    service, exception = function.module.service, ""
    named: list[tuple[str | None, f.Expression]] = []
    match value:
        case f.Call(keywords=keywords):
            made = callee_of(function, value)
            if isinstance(made, Class | External):
                raised = is_exception(service, made)
                # An HTTPException is transport as a whole.
                exception = made.name if raised and not inherits(made, _HTTP_EXCEPTION) else ""
                own = made if isinstance(made, Class) and not raised else None
                named = [
                    (k.name, k.value)
                    for k in keywords
                    if k.name in _STATUS_NAMES and not (own and _is_of_another(own, k.name))
                ]
        case f.Mapping(keys=keys, values=values):
            named = [
                (str(k.value), v)
                for k, v in zip(keys, values, strict=True)
                if isinstance(k, f.Constant)
            ]
    for name, given in named:
        if name in _STATUS_NAMES and isinstance(given, f.Constant | f.Attribute | f.Name):
            status = status_of(function, given)
            if status is not None and 100 <= status < 600:
                yield Leftover("", given.span, f.render(given), exception)


def _is_of_another(cls: Class, name: str) -> bool:
    """Tell whether the status that objects of *cls* keep as *name* is what another service said.

    Elsewhere they are made with the status of a response, or they are plain records whose status
    no module of the API asks for: it is then no answer of this service.
    """
    service = cls.module.service
    for site in calls_to(service, cls):
        for keyword in site.call.keywords:
            match keyword:
                case f.Keyword(name=said, value=f.Attribute(name="status_code" | "status")):
                    if said == name:
                        return True
    if any(inherits(cls, path) is not False for path in ("fastapi.Response", "pydantic.BaseModel")):
        return False
    return not any(
        isinstance(mention.expression, f.Attribute) and mention.step.module in api_modules(service)
        for mention in mentions(service, name)
    )
