"""What an endpoint promises to answer, as FastAPI reads it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.annotating import SeenAnnotation, seen_annotation
from gravity_lint.model.api.documentation import DocumentedResponse, documented_responses
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.enveloping import bare_returns, is_answered_around
from gravity_lint.model.api.handmade import (
    answers_by_hand,
    answers_nothing_known,
    is_json,
    is_response,
)
from gravity_lint.model.api.media import Media
from gravity_lint.model.api.routers import VERBS
from gravity_lint.model.api.routing import endpoints, endpoints_in
from gravity_lint.model.api.schemas import field_names, same_type, tells_content
from gravity_lint.model.api.statuses import BODILESS, status_of
from gravity_lint.model.api.wrapping import Wrapping
from gravity_lint.model.code.annotations import Alternative, opened, unfold
from gravity_lint.model.code.bindings import Received
from gravity_lint.model.code.names import External, Symbol, Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import decorator_names, gives_value, is_stub
from gravity_lint.model.code.types import callee_of, type_of

_REGISTERING = frozenset((*VERBS, "api_route"))
"""The decorators that register an endpoint and leave its result as it is."""
_SINGLE = frozenset(f"builtins.{name}" for name in ("bool", "dict", "float", "int", "str"))
"""What of Python's own is no list."""


class Answering(AtEndpoint, Record, frozen=True):
    """An endpoint, asked about what it answers."""

    endpoint: Endpoint

    @property
    def name(self) -> str:
        """The bare name of the function."""
        return self.endpoint.function.name

    @property
    def operational(self) -> bool:
        """Tell whether the endpoint serves the operation of the service (health, metrics)."""
        return self.endpoint.operational

    @cached_property
    def explicit(self) -> f.Expression | None:
        """What ``response_model=`` gives, ``None`` included; None if it is not given."""
        return self.endpoint.keyword("response_model")

    @property
    def annotation(self) -> f.Expression | None:
        """The return annotation."""
        return self.endpoint.function.returns

    @cached_property
    def seen(self) -> SeenAnnotation:
        """The return annotation that FastAPI sees, decorators between."""
        return seen_annotation(self.endpoint)

    @property
    def hidden_by(self) -> f.Expression | None:
        """The decorator that keeps the return annotation from FastAPI, where that would count."""
        if self.explicit is not None or self.annotation is None or f.is_none(self.annotation):
            return None
        return self.seen.hidden_by

    @cached_property
    def model(self) -> tuple[Scope, f.Expression] | None:
        """The expression that FastAPI takes for the response model, and where it is written.

        ``response_model=`` wins; else it is the return annotation that decorators leave, unless
        that is ``None`` or a ``Response`` class.
        """
        if self.explicit is not None:
            return None if _is_no_model(self.explicit) else (self.endpoint.registrar, self.explicit)
        scope, annotation = self.seen.scope, self.seen.annotation
        if annotation is None or f.is_none(annotation):
            return None
        if any(is_response(resolve(where, x)) for where, x in unfold(scope, annotation)):
            return None
        return scope, annotation

    @cached_property
    def alternatives(self) -> tuple[tuple[Scope, f.Expression], ...]:
        """The response model's alternatives: its union opened, aliases followed."""
        return tuple(unfold(*self.model)) if self.model is not None else ()

    @property
    def names_a_type(self) -> bool:
        """Tell whether the response model may be written as a type.

        FastAPI also takes a function, or what a parameter happens to stand for;
        type checkers take neither.
        """
        return not any(
            isinstance(symbol, Function) or _is_received(symbol)
            for scope, alternative in self.alternatives
            for symbol in (resolve(scope, part) for part in f.walk(alternative))
        )

    @property
    def field_names(self) -> frozenset[str]:
        """The names of the fields of the model's own class, as far as they are known."""
        made = (resolve(*_written_class(placed)) for placed in self.alternatives)
        known = (field_names(cls) for cls in made if isinstance(cls, Class))
        return frozenset(name for names in known if names for name in names)

    @cached_property
    def wrapping(self) -> Wrapping:
        """The response model, asked about the envelope in which it comes."""
        found = opened(*self.model).alternatives if self.model is not None else ()
        return Wrapping(self.module.service, found)

    @cached_property
    def annotation_agrees(self) -> bool | None:
        """Tell whether annotation and ``response_model`` mean the same; None if not knowable.

        An annotation may tell what the ``dict`` or ``list`` holds that the decorator names.
        """
        if self.model is None or self.annotation is None:
            return None
        annotation = (self._inside, self.annotation)
        return tells_content(annotation, self.model) or same_type(self.model, annotation)

    @cached_property
    def model_is_annotation(self) -> bool:
        """Tell whether ``response_model``, written as annotation, would mean the same there.

        The function must stand in the scope that registers it, and return
        nothing that a type checker or FastAPI would read differently.
        """
        return (
            self.explicit is not None and self.endpoint.registrar is self.endpoint.function.parent
        )

    @property
    def gives_nothing(self) -> bool:
        """Tell whether the function says that it may return None, does, and the model takes none.

        FastAPI then answers 500.
        """
        function = self.endpoint.function
        if self.model is None or not opened(self._inside, self.annotation).optional:
            return False
        if opened(*self.model).optional or self.annotation_agrees is not False:
            return False
        returned = [statement.value for _, statement in function.returned]
        return any(value is None or f.is_none(value) for value in returned)

    @property
    def is_silent(self) -> bool:
        """Tell whether the function has something to do and returns nothing, where it must."""
        function = self.endpoint.function
        if self.model is None or opened(*self.model).optional:
            return False
        if function.is_generator or is_stub(function) or isinstance(function.body[-1], f.Raise):
            return False
        if any(name not in _REGISTERING for name in decorator_names(function)):
            return False
        return not any(gives_value(statement) for _, statement in function.returned)

    @cached_property
    def ambiguous(self) -> bool:
        """Tell whether the function is registered again with another response model."""
        return len(_models_by_function(self.module.service)[self.endpoint.function]) > 1

    @property
    def is_repeated(self) -> bool:
        """Tell whether another registration of the function has given the same model already."""
        given = _models_by_function(self.module.service)[self.endpoint.function].values()
        return self.explicit is not None and self.endpoint not in given

    @cached_property
    def annotated_response(self) -> bool:
        """Tell whether the return annotation is a ``Response`` class: an answer made by hand."""
        return any(
            is_response(resolve(scope, x)) for scope, x in unfold(self._inside, self.annotation)
        )

    @cached_property
    def by_hand(self) -> bool:
        """Tell whether it makes its answer by hand, status included: annotated so, or returned."""
        function = self.endpoint.function
        return self.annotated_response or answers_by_hand(function) or is_answered_around(function)

    @cached_property
    def unclear(self) -> bool:
        """Tell whether what it answers may be no JSON, by what it calls, or is never anything.

        So it is, too, where a decorator leaves in doubt which annotation FastAPI sees.
        """
        if self.explicit is None and not self.seen.known:
            return True
        return answers_nothing_known(self.endpoint.function)

    @property
    def answers_many(self) -> bool:
        """Tell whether it certainly answers with a list or with a page of one."""
        wrapping = self.wrapping
        return bool(wrapping.paginated or wrapping.lists or wrapping.counts) or any(
            what == "a list" for _, what in bare_returns(self.endpoint.function)
        )

    @cached_property
    def lists(self) -> bool | None:
        """Tell whether it is read and returns a list; None where it is not known what it returns.

        Its annotation counts, whether FastAPI sees it or not.
        """
        if self.endpoint.methods is None or "GET" not in self.endpoint.methods:
            return False
        function = self.endpoint.function
        promised = opened(self._inside, self.annotation).alternatives
        said = Wrapping(self.module.service, promised).lists
        if said or any(what == "a list" for _, what in bare_returns(function)):
            return True
        given = [statement.value for _, statement in function.returned]
        tells = said is False and not any(_tells_nothing(x) for x in promised)
        return False if tells or all(_is_one(function, x) for x in given) else None

    @cached_property
    def documented_apart(self) -> DocumentedResponse | None:
        """What ``responses=``, inherited ones included, shows of the answer that is no error."""
        for given in self.endpoint.inherited[0]:
            for row in documented_responses(given):
                if 200 <= row.status < 300 and row.shows_content:
                    return row
        return None

    @cached_property
    def may_be_documented_apart(self) -> bool:
        """Tell whether a ``responses=`` may show the answer and cannot be read."""
        return any(
            given.may_hide("responses")
            or (given.keyword("responses") is not None and not any(documented_responses(given)))
            for given in self.endpoint.inherited[0]
        )

    @cached_property
    def status(self) -> int | None:
        """The status that the registration declares, if it is known."""
        return status_of(self.endpoint.registrar, self.endpoint.keyword("status_code"))

    @cached_property
    def judgeable(self) -> bool:
        """Tell whether the rules on response models concern the endpoint at all.

        Not those that answer with something other than JSON or with no body,
        that are no part of the OpenAPI document, or whose registration hides
        its arguments behind ``**``.
        """
        endpoint = self.endpoint
        if endpoint.websocket or endpoint.registration.unpacks or endpoint.in_schema is not True:
            return False
        if self.status in BODILESS or self._may_be_bodiless:
            return False
        return not Media(endpoint).is_non_json

    @property
    def _may_be_bodiless(self) -> bool:
        """Tell whether it gives nothing, and declares a status that is not known."""
        if self.status is not None or self.endpoint.keyword("status_code") is None:
            return False
        return not any(gives_value(statement) for _, statement in self.endpoint.function.returned)

    @property
    def _inside(self) -> Scope:
        """Where the annotations of the function are resolved."""
        return self.endpoint.function.parent or self.module


@query
def _models_by_function(service: Service) -> dict[Function, dict[str, Endpoint]]:
    """Return the response models of each function, as written, and who gives each first."""
    found: dict[Function, dict[str, Endpoint]] = {}
    for endpoint in endpoints(service):
        models = found.setdefault(endpoint.function, {})
        given = endpoint.keyword("response_model")
        if given is not None:
            models.setdefault(f.render(given), endpoint)
    return found


@by_module(where=endpoints_in)
def answering(module: Module) -> Iterator[Answering]:
    """Return every endpoint."""
    return (Answering(endpoint) for endpoint in endpoints_in.of(module))


@by_module(where=endpoints_in)
def json_answers(module: Module) -> Iterator[Answering]:
    """Return the endpoints that the rules on response models concern."""
    return (answer for answer in answering.of(module) if answer.judgeable)


def _is_no_model(given: f.Expression) -> bool:
    """Tell whether *given* is ``None``, ``""`` or the like, which FastAPI takes for no model."""
    match given:
        case f.Constant(value=value):
            return not value
        case f.Collection(items=()) | f.Mapping(keys=()):
            return True
    return False


def _is_received(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a parameter."""
    return isinstance(symbol, Variable) and any(isinstance(b, Received) for b in symbol.bindings)


def _tells_nothing(promised: Alternative) -> bool:
    """Tell whether what is *promised* may be anything."""
    symbol = resolve(promised.scope, promised.expression)
    return isinstance(symbol, External) and symbol.path in ("builtins.object", "typing.Any")


def _is_one(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value* certainly is no list, nor an envelope that may hold one."""
    if value is None or isinstance(value, f.Mapping):
        return True
    if isinstance(value, f.Call) and is_json(callee_of(scope, value)):
        return _is_one(scope, value.argument(0, "content"))
    made = type_of(scope, value)
    return made is not None and not made.is_class and made.path in _SINGLE


def _written_class(placed: tuple[Scope, f.Expression]) -> tuple[Scope, f.Expression]:
    """Return the class that *placed* names, without its type arguments."""
    scope, expression = placed
    return scope, expression.value if isinstance(expression, f.Subscript) else expression
