"""Partial updates: a schema that is dumped to be written over an entity."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.routing import endpoint_functions
from gravity_lint.model.api.schemas import fields
from gravity_lint.model.code.annotations import symbol_of, unfold
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.names import Variable, ancestors, inherits, look_up, path_of
from gravity_lint.model.code.occurrences import occurrences
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.services.functions import business_functions

_PREFIXES = ("update", "patch", "partial_")
_LEAVING_OUT = ("exclude_none", "exclude_defaults")
"""Other ways to leave out what was not sent, or most of it."""
_SET = ("model_fields_set", "__fields_set__")
"""What a schema knows of what was sent."""
_SCHEMA = "pydantic.BaseModel"
_TAKERS = ("update", "values", "sqlmodel_update", "update_from_dict")


class UpdateDump(AtCall, Record, frozen=True):
    """``data.model_dump(...)`` in a function that updates, written over an entity."""

    site: CallSite
    function: Function
    dumped: f.Expression

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.function.label

    @property
    def shown(self) -> str:
        """The call as one writes it, without its arguments: ``data.model_dump``."""
        return f.render(self.site.call.function)

    @cached_property
    def partial(self) -> bool | None:
        """Tell whether only what the client sent is dumped; None if something else sees to it."""
        call = self.site.call
        given = call.keyword("exclude_unset")
        if given is not None:
            if isinstance(given, f.Constant):
                return bool(given.value)
            return None
        if call.unpacks or any(call.keyword(name) is not None for name in _LEAVING_OUT):
            return None
        if call.keyword("include") is not None:
            return None
        if any(x in self.function.contents.words for x in _SET):
            return None
        return None if self._all_required else False

    @property
    def _all_required(self) -> bool:
        """Tell whether a client must send every field, so that nothing is ever left out."""
        found = type_of(self.site.scope, self.dumped)
        if found is None or found.cls is None or inherits(found.cls, _SCHEMA) is not True:
            return False
        own = [x for x in ancestors(found.cls) if isinstance(x, Class)]
        declared = [field for cls in own for field in fields(cls)]
        return bool(declared) and not any(field.has_default for field in declared)


@by_module
def update_dumps(module: Module) -> Iterator[UpdateDump]:
    """Return the dumps in ``update*``, ``patch*`` and ``partial_*`` that overwrite an entity."""
    return (
        UpdateDump(site, function, site.call.function.value)
        for function in business_functions.of(module)
        if function.name.startswith(_PREFIXES)
        for site in function.calls
        if isinstance(site.call.function, f.Attribute)
        if _is_given(function, site.call.function.value)
        if _dumps(function, site.call.function) and _overwrites(function, site)
        if not _is_kept(function, site.call.function.value)
    )


def _is_given(function: Function, dumped: f.Expression) -> bool:
    """Tell whether what is dumped came with the call: not, say, a copy of the entity itself."""
    while isinstance(dumped, f.Attribute):
        dumped = dumped.value
    if not isinstance(dumped, f.Name) or dumped.name == function.receiver:
        return False
    return function.parameter(dumped.name) is not None


def _is_kept(function: Function, dumped: f.Expression) -> bool:
    """Tell whether what is dumped is what the same class gives whole: no client sends it.

    ``get() -> Order`` beside ``update(order: Order)``, and no endpoint that takes an ``Order``.
    """
    found = type_of(function, dumped)
    if found is None or found.cls is None or function.cls is None:
        return False
    given = any(
        symbol_of(*placed) is found.cls
        for method in function.cls.methods.values()
        if method is not function
        for placed in unfold(method.parent or method, method.returns)
    )
    return given and found.cls not in _sent(function.module.service)


@query
def _sent(service: Service) -> frozenset[Class]:
    """Return the classes of the service that endpoints take, with their bases."""
    return frozenset(
        cls
        for function in endpoint_functions(service)
        for parameter in function.parameters
        for placed in unfold(function.module, parameter.annotation)
        if isinstance(taken := symbol_of(*placed), Class)
        for cls in ancestors(taken)
        if isinstance(cls, Class)
    )


def _dumps(function: Function, method: f.Attribute) -> bool:
    if method.name == "model_dump":
        return True
    if method.name != "dict":
        return False
    found = type_of(function, method.value)
    return found is not None and found.is_a(_SCHEMA)


def _overwrites(function: Function, site: CallSite) -> bool:
    """Tell whether what is dumped certainly ends in ``setattr`` or ``update``."""
    if _taken(function, site.step, site.call, site.around):
        return True
    match site.step.statement:
        case f.Assign(targets=(f.Name(name=name),), value=value):
            # ``data if isinstance(data, dict) else data.model_dump()``
            kept = site.around == () or (
                len(site.around) == 1 and isinstance(site.around[0], f.Conditional)
            )
            if value is None or not kept or look_up(function, name) != Variable(function, name):
                return False
            if _sifts(function, name):
                return False
            return any(
                _taken(function, step, mention, around)
                for step in function.steps
                for expression in step.expressions
                for mention, around in occurrences(expression, name)
            )
    return False


def _taken(
    function: Function, step: Step, expression: f.Expression, around: tuple[f.Expression, ...]
) -> bool:
    """Tell whether what stands around *expression*, a dict, writes all of it over something."""
    match around:
        case (
            f.Call(function=f.Attribute(name="items")) as items,
            f.Attribute(),
        ) if isinstance(step.statement, f.For) and step.statement.iterable is items:
            return _sets_all(function, step.statement)
        case (
            f.Call(function=called, arguments=(_, f.Name(), f.Subscript() as picked)),
            f.Subscript(),
        ) if picked.value is expression:
            return path_of(function, called) == "builtins.setattr"
    outer = around[-1] if around else None
    if not isinstance(outer, f.Call) or not isinstance(outer.function, f.Attribute):
        return False
    if outer.function.name not in _TAKERS or not _writes(function, outer.function):
        return False
    whole = any(argument is expression for argument in outer.arguments)
    unpacked = any(k.name is None and k.value is expression for k in outer.keywords)
    callee = callee_of(function, outer)
    if isinstance(callee, Function) and any(
        (unpacked and x.kind is f.ParameterKind.VARIADIC_KEYWORD)
        or (whole and argument_for(callee, outer, x) is expression)
        for x in callee.arguments
        if _sifts(callee, x.name)
    ):
        return False
    return whole or unpacked


def _sifts(function: Function, name: str) -> bool:
    """Tell whether *function* may take entries of the dict *name* out before it uses the rest."""
    for step in function.steps:
        match step.statement:
            case f.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, f.Subscript) and f.is_name(target.value, name):
                        if not isinstance(target.index, f.Constant):
                            return True
            case f.For(iterable=iterable) as loop if any(occurrences(iterable, name)):
                if _asks_for_values(function, loop, name):
                    return True
        for inner in step.parts:
            if isinstance(inner, f.Comprehension) and any(
                generator.conditions and any(occurrences(generator.iterable, name))
                for generator in inner.generators
            ):
                return True
    return False


def _asks_for_values(function: Function, loop: f.For, name: str) -> bool:
    """Tell whether *loop* over the dict *name* makes something hang on a value in it."""
    names = {name}
    match loop.target:
        case f.Collection(items=(f.Name(), f.Name(name=value))):
            names.add(value)
    return any(
        isinstance(step.statement, f.If)
        and any(around is loop for around in step.loops)
        and any(isinstance(x, f.Name) and x.name in names for x in f.walk(step.statement.test))
        for step in function.steps
    )


def _writes(function: Function, method: f.Attribute) -> bool:
    """Tell whether *method* writes over what is stored: not into a dict, not a new row."""
    if method.name == "values":
        return _begins_with(function, method.value) == "sqlalchemy.update"
    found = type_of(function, method.value)
    return found is None or found.path != "builtins.dict"


def _begins_with(function: Function, chain: f.Expression) -> str | None:
    """Return the path of the call with which a *chain* of methods begins."""
    while isinstance(chain, f.Call) and isinstance(chain.function, f.Attribute):
        path = path_of(function, chain.function)
        if path is not None:
            return path
        chain = chain.function.value
    return path_of(function, chain.function) if isinstance(chain, f.Call) else None


def _sets_all(function: Function, loop: f.For) -> bool:
    """Tell whether *loop* over fields and values sets attributes, whatever the values are."""
    match loop.target:
        case f.Collection(items=(f.Name(), f.Name(name=value))):
            pass
        case _:
            return False
    sets = False
    for step in function.steps:
        if not any(around is loop for around in step.loops):
            continue
        for expression in step.expressions:
            if isinstance(step.statement, f.If) and any(occurrences(expression, value)):
                return False
            for inner in f.walk(expression):
                if isinstance(inner, f.Call):
                    if path_of(function, inner.function) == "builtins.setattr":
                        if isinstance(inner.argument(2), f.Boolean | f.Conditional):
                            return False  # ``value or getattr(entity, field)``
                        sets = True
    return sets
