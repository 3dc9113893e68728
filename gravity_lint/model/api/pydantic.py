"""Where schemas are used by the names of pydantic 1 and of pydantic 2."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.schemas import is_missing_schema, schemas
from gravity_lint.model.code.bindings import Assigned, Imported
from gravity_lint.model.code.names import ancestors, inherits, look_up, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import references_in
from gravity_lint.model.code.scopes import Class, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.types import type_of
from gravity_lint.model.code.words import saying
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_BASES = (
    "pydantic.BaseModel",
    "pydantic.RootModel",
    "pydantic_settings.BaseSettings",
    "sqlmodel.SQLModel",
)
RENAMED = {
    "construct": "model_construct",
    "copy": "model_copy",
    "dict": "model_dump",
    "from_orm": "model_validate",
    "json": "model_dump_json",
    "parse_obj": "model_validate",
    "parse_raw": "model_validate_json",
    "schema": "model_json_schema",
    "schema_json": "model_json_schema",
    "update_forward_refs": "model_rebuild",
}
"""The methods of schemas that have another name since pydantic 2."""
_NEW = frozenset(RENAMED.values())
_DUMPING = frozenset(
    {"by_alias", "exclude", "exclude_defaults", "exclude_none", "exclude_unset", "include"}
)
_DECORATORS = ("pydantic.validator", "pydantic.root_validator")
_ONLY_ONE = {"BaseSettings", "validator", "root_validator"}
_ONLY_TWO = {
    "ConfigDict",
    "RootModel",
    "TypeAdapter",
    "computed_field",
    "field_serializer",
    "field_validator",
    "model_serializer",
    "model_validator",
}
_SETTINGS_OF_ONE = {
    "allow_mutation",
    "allow_population_by_field_name",
    "anystr_lower",
    "anystr_strip_whitespace",
    "anystr_upper",
    "keep_untouched",
    "max_anystr_length",
    "min_anystr_length",
    "orm_mode",
    "schema_extra",
    "smart_union",
    "underscore_attrs_are_private",
    "validate_all",
}
_SETTINGS_OF_TWO = {
    "from_attributes",
    "json_schema_extra",
    "populate_by_name",
    "str_strip_whitespace",
    "validate_default",
}
_NEW_DECORATORS = ("pydantic.field_validator", "pydantic.model_validator")


class SchemaUse(AtStep, Record, frozen=True):
    """A use of pydantic: what the code writes (*old*), and how pydantic 2 writes it (*new*).

    Both are the same where that is how it is written. *call* is set for a call
    of a method of *cls*. *at* is where it stands, *otherwise* says what is done in another way.
    """

    old: str
    new: str
    step: Step
    at: Span
    cls: Class | None = None
    call: f.Call | None = None
    otherwise: tuple[str, ...] = ()

    @property
    def span(self) -> Span:
        """The name, or the whole of what is written the old way."""
        return self.at

    @property
    def obstacle(self) -> str | None:
        """Say why the call may not do the same under its new name; None where it does.

        ``dict`` and ``json`` take some more arguments than their successors,
        and serialise by alias where those follow the configuration;
        ``from_orm`` fails without ``from_attributes``.
        """
        if self.call is None:
            return "a configuration or a validator takes more than another name"
        if self.cls is None:
            return f"the class whose `{self.old}` it is is not in view"
        service = self.module.service
        if not speaks_two(service):
            return "the service uses what only pydantic 1 has"
        if self.old in _overridden(service):
            return f"a class of the service has a method `{self.old}` of its own"
        keywords = {keyword.name for keyword in self.call.keywords}
        unlike = f"`{self.new}` does not take all that `{self.old}` is given here"
        if self.old in ("dict", "json"):
            if self.call.arguments or not keywords <= _DUMPING:
                return unlike
            return "schemas of the service are dumped by alias" if _aliased(service) else None
        if self.old not in ("from_orm", "parse_obj") or inherits(self.cls, "sqlmodel.SQLModel"):
            return f"`{self.new}` does not do quite what `{self.old}` does"
        if len(self.call.arguments) + len(keywords) != 1 or self.call.unpacks:
            return unlike
        if self.old == "from_orm" and configured(self.cls, "from_attributes") is not True:
            return f"`{self.cls.name}` is not configured with `from_attributes=True`"
        return None


@by_module
def schema_uses(module: Module) -> tuple[SchemaUse, ...]:
    """Return where schemas are used in a way that pydantic 2 writes differently from pydantic 1.

    Calls of methods of what certainly is a schema, configurations and validators. Not what runs
    with one of the two alone, as the code asks which of them it has.
    """
    found = (*_calls(module), *_configurations(module), *_validators(module))
    return tuple(use for use in found if not _serves_one(use))


_ASKING = pattern(
    r"pydantic|\b(?:ConfigDict|TypeAdapter|computed_field|(?:field|model)_validator)\b"
    r"|hasattr\([^)]*[\"']model_\w+[\"']",
    re.IGNORECASE,
)
"""How code asks which pydantic it has."""
_MISSING = pattern(r"\b(?:AttributeError|ImportError|ModuleNotFoundError)\b")


def _serves_one(use: SchemaUse) -> bool:
    """Tell whether *use* stands where the code has asked for the version, or fallen back to it."""
    for block in use.step.block.ancestors():
        if isinstance(block.owner, f.If) and _ASKING.search(f.render(block.owner.test)):
            return True
        caught = block.handler.type if block.handler is not None else None
        if caught is not None and _MISSING.search(f.render(caught)):
            return True
    return use.call is not None and any(
        isinstance(outer, f.Conditional)
        and _ASKING.search(f.render(outer.test)) is not None
        and any(inner is use.call for inner in f.walk(outer))
        for outer in use.step.parts
    )


def _calls(module: Module) -> Iterator[SchemaUse]:
    for scope in module.scopes:
        for site in scope.calls:
            match site.call.function:
                case f.Attribute(value=value, name=name) if name in RENAMED or name in _NEW:
                    owner = type_of(scope, value)
                    cls = owner.symbol if owner is not None else resolve(scope, value)
                    new = RENAMED.get(name, name)
                    if isinstance(cls, Class):
                        if inherits(cls, *_BASES) and not _has(cls, name):
                            yield SchemaUse(name, new, site.step, site.span, cls, site.call)
                    elif is_missing_schema(module.service, cls):
                        yield SchemaUse(name, new, site.step, site.span, None, site.call)


def _has(cls: Class, name: str) -> bool:
    return any(isinstance(a, Class) and name in a.bindings for a in ancestors(cls))


def _configurations(module: Module) -> Iterator[SchemaUse]:
    for cls in module.classes:
        inner = [d for d in cls.definitions if isinstance(d, Class) and d.name == "Config"]
        assigned = "model_config" in cls.bindings
        if (inner or assigned) and inherits(cls, *_BASES):
            for config in inner:
                yield SchemaUse("class Config", "model_config", config.step, config.span, cls)
            if assigned and not inner:
                yield SchemaUse("model_config", "model_config", cls.step, cls.span, cls)


def _validators(module: Module) -> Iterator[SchemaUse]:
    for reference in references_in(module, *_DECORATORS, *_NEW_DECORATORS):
        definition = reference.step.statement
        if not isinstance(definition, f.FunctionDefinition):
            continue
        old = reference.path.rpartition(".")[2]
        new: str = f"@{old}"
        other: tuple[str, ...] = ()
        if reference.path in _DECORATORS:
            decorator = next(
                (d for d in definition.decorators if f.called(d).span == reference.span), None
            )
            new, other = _as_two_has_it(reference.path, decorator, definition)
        yield SchemaUse(f"@{old}", new, reference.step, reference.span, otherwise=other)


_VALUES = "values"
"""The parameter of a validator by which pydantic 1 gives the fields that are valid already."""


def _as_two_has_it(
    path: str, decorator: f.Expression | None, definition: f.FunctionDefinition
) -> tuple[str, tuple[str, ...]]:
    """Return how pydantic 2 writes a validator, and how what else the old one is told."""
    call = decorator if isinstance(decorator, f.Call) else None
    given = {keyword.name: keyword.value for keyword in call.keywords} if call is not None else {}
    before = f.is_true(given.get("pre"))
    if path == "pydantic.root_validator":
        if before:
            return '@model_validator(mode="before")', ()
        return '@model_validator(mode="after")', ("it takes the model itself, as `self`",)
    other = []
    if f.is_true(given.get("always")):
        other.append("`always=True` is `Field(validate_default=True)` there")
    if f.is_true(given.get("each_item")):
        other.append("`each_item=True` is a validator on the type of the items there")
    if any(parameter.name == _VALUES for parameter in definition.parameters):
        other.append("`values` is the `data` of a `ValidationInfo` there")
    return '@field_validator(..., mode="before")' if before else "@field_validator", tuple(other)


# -- what a fix must know --------------------------------------------------------------------


@query
def speaks_two(service: Service) -> bool:
    """Tell whether the service may run with pydantic 2: nothing is written for pydantic 1 alone.

    A service with both spellings is on its way, and has pydantic 2. That still has most of what is
    spelled the old way, so where it is required, only what it has no more speaks against it.
    """
    imported = {
        (binding.fact.module, binding.fact.name or "")
        for module in saying(service, ("pydantic", "pydantic_settings"))
        for bindings in module.bindings.values()
        for binding in bindings
        if isinstance(binding, Imported)
    }
    names = {name for module, name in imported if module == "pydantic"}
    settings = {name for cls in schemas(service) for name in _configuration(cls)}
    if service.distribution.asks_for("pydantic", _TWO):
        return "BaseSettings" not in names
    one = bool(names & _ONLY_ONE or settings & _SETTINGS_OF_ONE)
    two = (
        bool(names & _ONLY_TWO or settings & _SETTINGS_OF_TWO)
        or any(module == "pydantic_settings" for module, _ in imported)
        or any("model_config" in cls.bindings for cls in schemas(service))
        or any(u.call and u.old in _NEW for m in saying(service, _NEW) for u in _calls(m))
    )
    return two or not one


_TWO = pattern(r"(?:===?|~=|>=?|\^|~|=)?\s*v?2(?:\.[\d*]+)*\s*")
_BELOW_TWO = pattern(r"(?:===?|~=|\^|~|=)?\s*v?1(?:\.[\d*]+)*\s*|<\s*2(?:\.0+)*\s*|<=\s*1(?:\..*)?")
_BELOW_100 = pattern(
    r"(?:===?|\^|~|=)?\s*v?0\.\d\d?(?:\.[\d*]+)*\s*|~=\s*0\.\d\d?\.\d.*"
    r"|<=?\s*0\.\d\d?(?:\..*)?|<\s*0\.100(?:\.0+)*"
)


@query
def requires_one(service: Service) -> bool:
    """Tell whether the requirements of the service, or their lock, admit pydantic 1 only.

    FastAPI takes no other before 0.100.
    """
    asks_for = service.distribution.asks_for
    return asks_for("pydantic", _BELOW_TWO) or asks_for("fastapi", _BELOW_100)


def reads_one(service: Service) -> bool:
    """Tell whether it is pydantic 1 that reads the schemas of the service, by all that is known."""
    return requires_one(service) or not speaks_two(service)


@query
def _overridden(service: Service) -> frozenset[str]:
    """Return the old names under which a class of the service has a method of its own."""
    return frozenset(
        name
        for module in saying(service, RENAMED)
        for cls in module.classes
        for name in cls.methods
        if name in RENAMED and inherits(cls, *_BASES) is not False
    )


@query
def _aliased(service: Service) -> bool:
    """Tell whether a schema may be configured to be dumped by alias."""
    return any("serialize_by_alias" in _configuration(cls) for cls in schemas(service))


def configured(cls: Class, name: str) -> bool | None:
    """Return the truth of the setting *name* in the configuration of *cls*; None if not known."""
    for ancestor in ancestors(cls):
        if ancestor is None:
            return None
        if isinstance(ancestor, Class):
            settings = _configuration(ancestor)
            if name in settings:
                value = settings[name]
                truth = value.value if isinstance(value, f.Constant) else None
                return truth if isinstance(truth, bool) else None
            if "**" in settings:
                return None
    return False


def setting_of(cls: Class, name: str) -> tuple[bool, tuple[Scope, f.Expression] | None]:
    """Return whether it is known what *cls* is configured to for *name*, and what that is.

    Bases hand their configuration down. Without any, it is known, and None.
    """
    for ancestor in ancestors(cls):
        if ancestor is None:
            return False, None
        if isinstance(ancestor, Class):
            settings = _configuration(ancestor)
            if name in settings:
                value = settings[name]
                return value is not None, (ancestor, value) if value is not None else None
            if "**" in settings:
                return False, None
    return True, None


def _configuration(cls: Class) -> dict[str, f.Expression | None]:
    """Return what *cls* itself configures; the key ``**`` stands for what cannot be read."""
    found: dict[str, f.Expression | None] = {k: v for k, v in cls.definition.keywords if k}
    for name in ("model_config", "Config"):
        for binding in cls.bindings.get(name, ()):
            if isinstance(binding, Assigned):
                found.update(_written(cls, binding.value))
    for inner in cls.definitions:
        if isinstance(inner, Class) and inner.name == "Config":
            if inner.definition.bases:
                found["**"] = None
            for name, bindings in inner.bindings.items():
                last = bindings[-1]
                found[name] = last.value if isinstance(last, Assigned) else None
    return found


def _written(cls: Class, value: f.Expression | None) -> dict[str, f.Expression | None]:
    match value:
        case f.Call(arguments=(), keywords=keywords):
            return {k.name or "**": k.value for k in keywords}
        case f.Mapping(keys=keys, values=values):
            return {
                str(k.value) if isinstance(k, f.Constant) else "**": v
                for k, v in zip(keys, values, strict=True)
            }
        case f.Name(name=name):
            symbol = look_up(cls, name)
            value = getattr(symbol, "value", None)
            if isinstance(value, f.Call | f.Mapping):
                return _written(cls, value)
    return {"**": None}
