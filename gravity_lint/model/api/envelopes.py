"""The response envelopes of a service: where they are defined, and where they are made."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.lookalikes import listed_in
from gravity_lint.model.api.programs import may_run_with, program_of
from gravity_lint.model.api.pydantic import reads_one
from gravity_lint.model.api.schemas import (
    Field,
    field_names,
    fields,
    is_schema,
    is_wrapper,
    wrapper_classes,
)
from gravity_lint.model.code.annotations import opened
from gravity_lint.model.code.callables import is_dataclass
from gravity_lint.model.code.calls import calls_in
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, ancestors, inherits, look_up, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Class, Module
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtCall, AtClass
from gravity_lint.model.code.words import saying

DOCUMENTED = {
    "response": ("success", "message", "data", "timestamp"),
    "paginated": ("success", "data", "total", "page", "page_size", "total_pages"),
    "error": ("success", "error", "detail", "timestamp"),
}
"""The fields that the patterns document gives to each kind of envelope."""
_PARSERS = ("model_validate", "model_validate_json", "parse_obj", "parse_raw")
"""The methods of pydantic's models that make one of data from elsewhere."""
_FILLING = ("pydantic.model_validator", "pydantic.root_validator")
"""What decorates methods of models that may fill in fields before pydantic looks at them."""


class Envelope(AtClass, Record, frozen=True):
    """A class by which the service wraps its answers; *kind*: response, paginated or error."""

    cls: Class
    kind: str

    @cached_property
    def field_names(self) -> set[str] | None:
        """The names of its fields, and their aliases, inherited ones included; None if unknown."""
        names = field_names(self.cls)
        if names is None:
            return None
        classes = (x for x in ancestors(self.cls) if isinstance(x, Class))
        return names | {x.alias for cls in classes for x in fields(cls) if x.alias is not None}

    @cached_property
    def generic(self) -> bool | None:
        """Tell whether it takes a type argument; None if not knowable."""
        if self.cls.definition.type_parameters:
            return True
        for ancestor in ancestors(self.cls):
            if ancestor is None:
                return None
            if isinstance(ancestor, External) and ancestor.path == "typing.Generic":
                return True
            if isinstance(ancestor, Class) and ancestor.definition.type_parameters:
                return True
        return False

    @cached_property
    def inherited(self) -> Envelope | None:
        """The envelope of the same kind that it inherits; None if there is none."""
        above = [x for x in ancestors(self.cls) if isinstance(x, Class) and x is not self.cls]
        return next(
            (
                found
                for base in above
                for found in envelopes.of(base.module)
                if found.cls is base and found.kind == self.kind
            ),
            None,
        )

    @cached_property
    def is_foreign(self) -> bool:
        """Tell whether it is what another service answers: it is only used to read that.

        Functions that are not registered anywhere may take it, and return it.
        """
        uses = [(_reads(*use), use) for use in uses_of(self.cls)]
        if not any(reads for reads, _ in uses) or _is_promised(self.cls):
            return False
        return all(reads or _annotates(*use) for reads, use in uses)

    @property
    def undescribed(self) -> tuple[str, ...]:
        """The names of its own fields that must be given, and have no description."""
        own = (_schema_field(field, in_envelope=True, settled=False) for field in fields(self.cls))
        return tuple(x.name for x in own if x.described is False and x.must_be_given)

    @property
    def has_every_field(self) -> bool:
        """Tell whether it certainly has the fields that the patterns document shows."""
        return self.field_names is not None and self.field_names.issuperset(DOCUMENTED[self.kind])

    @property
    def complete(self) -> bool:
        """Tell whether it certainly is as the patterns document shows it."""
        return self.has_every_field and (self.kind == "error" or self.generic is not False)


def _reads(step: Step, mention: f.Name | f.Attribute) -> bool:
    """Tell whether *mention* is of a class that something is parsed into.

    ``X.model_validate(...)``, or ``X(**response.json())``.
    """
    for part in step.parts:
        match part:
            case f.Attribute(value=value, name=name) if value is mention and name in _PARSERS:
                return True
            case f.Call(function=function, arguments=(), keywords=(only,)):
                if function is mention and only.name is None and _is_json(only.value):
                    return True
    return False


def _is_json(value: f.Expression) -> bool:
    """Tell whether *value* is what a response holds: ``response.json()``."""
    called = value.value if isinstance(value, f.Await) else value
    return (
        isinstance(called, f.Call)
        and isinstance(called.function, f.Attribute)
        and called.function.name == "json"
        and not called.arguments
    )


def _annotates(step: Step, mention: f.Name | f.Attribute) -> bool:
    """Tell whether *mention* is in the annotation of a parameter of what nobody registers."""
    match step.statement:
        case f.FunctionDefinition(decorators=(), parameters=parameters):
            given = [x.annotation for x in parameters if x.annotation is not None]
            return any(part is mention for x in given for part in f.walk(x))
    return False


def _is_promised(cls: Class) -> bool:
    """Tell whether a function that is registered somewhere says that it returns *cls*."""
    return any(
        isinstance(part, f.Name | f.Attribute) and resolve(function.parent or function, part) is cls
        for module in saying(cls.module.service, (cls.name,))
        for function in module.functions
        if function.decorators and function.returns is not None
        for part in f.walk(function.returns)
    )


@by_module
def envelopes(module: Module) -> Iterator[Envelope]:
    """Return the envelope classes that the service defines, by their configured names.

    Not those by which it only reads what others answer.
    """
    words = module.service.settings.vocabulary
    found: list[Envelope] = []
    for cls in module.classes if in_app(module) else ():
        if not is_schema(cls):
            continue
        if cls.name in words.paginated_wrappers:
            found.append(Envelope(cls, "paginated"))
        elif cls.name in words.response_wrappers:
            found.append(Envelope(cls, "response"))
        elif cls.name in words.error_wrappers:
            found.append(Envelope(cls, "error"))
    return (envelope for envelope in found if not envelope.is_foreign)


def known_wrapper(module: Module, names: tuple[str, ...]) -> str | None:
    """Return the first of *names* by which *module* can have, or takes from elsewhere, a wrapper.

    A class that happens to be called so, and that it could not answer with, is none; nor is one of
    another program.
    """
    return next((name for name in names if _is_known(module, name)), None)


def _is_known(module: Module, name: str) -> bool:
    modules = _saying(module, name)
    if not any(cls.name == name for other in modules for cls in other.classes):
        return bool(modules)
    taken = (look_up(other, name) for other in modules)
    return bool(_own(module, name)) or any(isinstance(symbol, External) for symbol in taken)


def _saying(module: Module, name: str) -> tuple[Module, ...]:
    """Return what says *name* of all that may run together with *module*."""
    program = program_of(module)
    found = saying(module.service, (name,))
    return tuple(other for other in found if may_run_with(other, program))


def _own(module: Module, name: str) -> tuple[Class, ...]:
    """Return the own classes *name* that may be the envelope of the answers of *module*."""
    return tuple(
        cls
        for other in _saying(module, name)
        if in_app(other)
        for cls in other.classes
        if cls.name == name and _may_answer(cls)
    )


def _may_answer(cls: Class) -> bool:
    """Tell whether *cls* may be a schema, and is not only what others' answers are read by."""
    if inherits(cls, "pydantic.BaseModel", "sqlmodel.SQLModel") is False:
        return is_dataclass(cls)
    return not Envelope(cls, "response").is_foreign


def takes_no_type(module: Module, name: str | None) -> bool:
    """Tell whether the own envelope *name* of *module* certainly has to be made generic first."""
    found = [Envelope(cls, "response").generic for cls in _own(module, name)] if name else []
    return bool(found) and all(generic is False for generic in found)


def place_of_content(module: Module, name: str | None) -> str | None:
    """Return the field in which the envelope *name* has what it wraps; None if that is not known.

    One that is yet to be made (None for its name) has it where the patterns document shows it.
    """
    if name is None:
        return "data"
    found = {_content_field(cls) for cls in _own(module, name)}
    return found.pop() if len(found) == 1 else None


def _content_field(cls: Class) -> str | None:
    names = field_names(cls)
    return "data" if names is not None and "data" in names else listed_in(cls)


class SchemaField(Field, Record, frozen=True):
    """A field of a schema; *in_envelope* if its class is an envelope or inherits one.

    *settled* unless its class is an envelope that is not yet as it should be.
    """

    in_envelope: bool
    settled: bool

    @property
    def described(self) -> bool | None:
        """Tell whether it has a description; None if the arguments are hidden."""
        definition = self.definition
        if definition is None:
            value = self.assigned.value
            return None if isinstance(value, f.Call) else False
        if definition.keyword("description") is not None:
            return True
        return None if definition.unpacks else False

    @property
    def must_be_given(self) -> bool:
        """Tell whether whoever makes an object has to give it; ``Optional`` suffices pydantic 1."""
        given, definition = self.assigned.value, self.definition
        if self.has_default or not reads_one(self.module.service):
            return not self.has_default
        if given is not None and (given is not definition or definition.argument(0, "default")):
            return True  # ``...``
        return not opened(self.cls, self.assigned.annotation).optional


def _schema_field(field: Field, *, in_envelope: bool, settled: bool) -> SchemaField:
    return SchemaField(field.cls, field.name, field.assigned, in_envelope, settled)


@by_module
def schema_fields(module: Module) -> Iterator[SchemaField]:
    """Return the fields of all schemas of the app."""
    words = module.service.settings.vocabulary
    names = (*words.response_wrappers, *words.paginated_wrappers, *words.error_wrappers)
    complete = {envelope.cls: envelope.complete for envelope in envelopes.of(module)}
    return (
        _schema_field(
            field,
            # What is called so and no envelope is what others answer.
            in_envelope=cls in complete
            or (cls.name not in names and is_wrapper(module.service, cls, names) is True),
            settled=complete.get(cls, True),
        )
        for cls in (module.classes if in_app(module) else ())
        if is_schema(cls)
        for field in fields(cls)
    )


class WrapperCall(AtCall, Record, frozen=True):
    """A place where a response wrapper of the service is made."""

    site: CallSite
    cls: Class

    def requires(self, name: str) -> bool | None:
        """Tell whether the wrapper must be given the field *name*; None if not knowable.

        A class that fills in fields by itself (its own ``__init__``, a validator that
        runs before) is not known.
        """
        for ancestor in ancestors(self.cls):
            if ancestor is None:
                return None
            if isinstance(ancestor, Class):
                if "__init__" in ancestor.methods or _fills_in(ancestor):
                    return None
                for field in fields(ancestor):
                    if field.name == name:
                        return not field.has_default
        return False


def _fills_in(cls: Class) -> bool:
    return any(
        isinstance(decorator, f.Call) and path_of(cls, decorator.function) in _FILLING
        for method in cls.methods.values()
        for decorator in method.decorators
    )


@by_module
def wrapper_calls(module: Module) -> Iterator[WrapperCall]:
    """Return the calls of the service's own response wrappers in the app."""
    names = module.service.settings.vocabulary.response_wrappers
    if in_app(module):
        for cls in wrapper_classes(module.service, names):
            for site in calls_in(module, cls):
                yield WrapperCall(site, cls)
