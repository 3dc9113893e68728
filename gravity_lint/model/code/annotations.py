"""What a type expression says, however it is spelled: the one walker over annotations.

Opened are ``Annotated``, unions, ``Optional`` and forward references; followed
are aliases of aliases, ``TypeAliasType``, ``type`` statements, ``NewType`` and
generic aliases with what they are subscripted by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, Symbol, Variable, as_type, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope

_OPTIONAL = "typing.Optional"
_UNION = "typing.Union"
_ANNOTATED = "typing.Annotated"
_QUALIFIERS = (
    "typing.ClassVar",
    "typing.Final",
    "typing.NotRequired",
    "typing.ReadOnly",
    "typing.Required",
    "aioinject.Injected",
    "dishka.FromDishka",
    "dishka.integrations.fastapi.FromDishka",
    "wireup.Injected",
)
"""What stands around a type and leaves it as it is."""

Placed: TypeAlias = "tuple[Scope, f.Expression]"
"""An expression and the scope that it is written in."""


class Alternative(Record, frozen=True):
    """One of the types that a type expression allows: a class, with its arguments.

    *given* says what the type parameters of the alias mean through which it was reached.
    """

    scope: Scope
    expression: f.Expression
    given: Mapping[str, Alternative]

    @property
    def arguments(self) -> tuple[Placed, ...]:
        """Its type arguments, parameters of the alias replaced by what they mean."""
        if not isinstance(self.expression, f.Subscript):
            return ()
        return tuple(self._meant(index) for index in self.expression.indices)

    def _meant(self, index: f.Expression) -> Placed:
        if isinstance(index, f.Name) and index.name in self.given:
            meant = self.given[index.name]
            return meant.scope, meant.expression
        return self.scope, index


class Opened(Record, frozen=True):
    """A type expression, opened.

    *metadata* is what ``Annotated`` adds to the whole of it, inner before
    outer, *inside* what is added to single members of its union. *optional*:
    ``None`` is allowed.
    """

    alternatives: tuple[Alternative, ...] = ()
    metadata: tuple[Placed, ...] = ()
    inside: tuple[Placed, ...] = ()
    optional: bool = False


def opened(scope: Scope, annotation: f.Expression | None) -> Opened:
    """Return what *annotation*, seen from *scope*, allows and what is said about it."""
    if annotation is None:
        return Opened()
    return scope.module.service.memory.ask(
        ("opened", scope, annotation),
        Opened(),
        _opened,
        Alternative(scope, annotation, {}),
        frozenset(),
    )


def opened_within(at: Alternative) -> Opened:
    """Return what the type expression *at* its place allows, its type parameters being given."""
    return _opened(at, frozenset())


def unfold(scope: Scope, annotation: f.Expression | None) -> Iterator[Placed]:
    """Yield the alternatives of a type expression, each with the scope that it is written in."""
    return ((x.scope, x.expression) for x in opened(scope, annotation).alternatives)


def metadata(scope: Scope, annotation: f.Expression | None) -> list[Placed]:
    """Return what ``Annotated`` adds to the whole of a type, inner before outer.

    FastAPI looks for ``Depends`` and ``Query`` there, and in no member of a union.
    """
    return list(opened(scope, annotation).metadata) if _may_add(scope, annotation) else []


def markers(scope: Scope, parameter: f.Parameter) -> list[tuple[Scope, f.Expression | None]]:
    """Return where a *parameter* may say what gives it: its default, and what `metadata` tells.

    *scope* is the one in which the function stands, or whatever has the parameter.
    """
    return [(scope, parameter.default), *metadata(scope, parameter.annotation)]


def _may_add(scope: Scope, annotation: f.Expression | None) -> bool:
    """Tell whether something may be added to the whole of *annotation*: of most types, nothing."""
    match annotation:
        case None | f.Binary():
            return False
        case f.Subscript(value=value):
            symbol = symbol_of(scope, value)
            adding = isinstance(symbol, External) and symbol.path in (_ANNOTATED, *_QUALIFIERS)
            return adding or isinstance(symbol, Variable)
        case f.Name() | f.Attribute():
            return isinstance(symbol_of(scope, annotation), Variable)
    return True


def written_type(scope: Scope, annotation: f.Expression | None) -> str:
    """Return a type as the code writes it, without what ``Annotated`` adds; empty without one.

    An alias is opened where it stands for an ``Annotated``, which says more than the type.
    """
    seen: set[Variable] = set()
    while annotation is not None:
        symbol = None
        match annotation:
            case f.Constant(kind="str", value=str() as text):
                return text
            case f.Subscript(value=value, indices=(first, *_)) if _is_annotated(scope, value):
                annotation = first
                continue
            case f.Name() | f.Attribute():
                symbol = symbol_of(scope, annotation)
        if not isinstance(symbol, Variable) or symbol in seen:
            break
        aliased = _aliased(symbol)
        if not isinstance(aliased, f.Subscript) or not _is_annotated(symbol.scope, aliased.value):
            break
        seen.add(symbol)
        scope, annotation = symbol.scope, aliased
    return f.render(annotation) if annotation is not None else ""


def _is_annotated(scope: Scope, value: f.Expression) -> bool:
    return symbol_of(scope, value) == External(_ANNOTATED)


def symbol_of(scope: Scope, name: f.Expression) -> Symbol | None:
    """Return what *name* stands for in an annotation.

    No annotation means a function: above a method called ``list`` it is the builtin.
    """
    symbol = resolve(scope, name)
    if isinstance(symbol, Function) and isinstance(scope, Class) and symbol.parent is scope:
        symbol = resolve(scope.parent, name) if scope.parent is not None else None
    return as_type(scope, symbol)


def _opened(at: Alternative, seen: frozenset[Variable]) -> Opened:
    """Open what stands *at* its place; *seen* are the aliases that led there, in a circle maybe."""
    scope, given = at.scope, at.given
    match at.expression:
        case f.Constant(kind="None"):
            return Opened(optional=True)
        case f.Constant(kind="str", value=str() as text) as quoted if _is_dotted(text):
            return _opened(Alternative(scope, _named(quoted, text), given), seen)
        case f.Binary(operator="|", left=left, right=right):
            return _joined([_opened(Alternative(scope, x, given), seen) for x in (left, right)])
        case f.Subscript(value=value) as whole:
            symbol = symbol_of(scope, value)
            indices = [Alternative(scope, index, given) for index in whole.indices]
            if isinstance(symbol, External):
                if symbol.path == _ANNOTATED:
                    inner = _opened(indices[0], seen)
                    added = tuple((scope, index) for index in whole.indices[1:])
                    both = (*inner.metadata, *added)
                    return Opened(inner.alternatives, both, inner.inside, inner.optional)
                if symbol.path in (_UNION, _OPTIONAL):
                    members = _joined([_opened(index, seen) for index in indices])
                    nothing = members.optional or symbol.path == _OPTIONAL
                    return Opened(members.alternatives, (), members.inside, nothing)
                if symbol.path in _QUALIFIERS:
                    return _opened(indices[0], seen)
            if isinstance(symbol, Variable) and symbol not in seen:
                aliased = _aliased(symbol)
                if aliased is not None:
                    meant = dict(zip(_parameters(symbol, aliased), indices, strict=False))
                    within = Alternative(symbol.scope, aliased, meant)
                    return _opened(within, seen | {symbol})
        case f.Name(name=name) if name in given:
            return _opened(given[name], seen)
        case f.Name() | f.Attribute():
            symbol = symbol_of(scope, at.expression)
            if isinstance(symbol, Variable) and symbol not in seen:
                aliased = _aliased(symbol)
                if aliased is not None:
                    return _opened(Alternative(symbol.scope, aliased, {}), seen | {symbol})
    return Opened((at,))


def _joined(members: list[Opened]) -> Opened:
    return Opened(
        tuple(x for member in members for x in member.alternatives),
        (),
        tuple(x for member in members for x in (*member.metadata, *member.inside)),
        any(member.optional for member in members),
    )


def _aliased(variable: Variable) -> f.Expression | None:
    """Return the type expression that *variable* is another name for, if it is one."""
    value = variable.value
    match value:
        case f.Subscript() | f.Name() | f.Attribute() | f.Binary(operator="|"):
            return value
        case f.Call(function=function):
            made = resolve(variable.scope, function)
            if made == External("typing.TypeAliasType"):
                return value.argument(1, "value")
            if made == External("typing.NewType"):
                return value.argument(1, "tp")
    return None


def _parameters(variable: Variable, aliased: f.Expression) -> tuple[str, ...]:
    """Return the type parameters of the alias *variable*, in the order of their arguments."""
    value, scope = variable.value, variable.scope
    if isinstance(value, f.Call):
        declared = value.keyword("type_params")
        items = declared.items if isinstance(declared, f.Collection) else ()
        return tuple(item.name for item in items if isinstance(item, f.Name))
    found = (x.name for x in f.walk(aliased) if isinstance(x, f.Name) and _is_parameter(scope, x))
    return tuple(dict.fromkeys(found))


def _is_parameter(scope: Scope, name: f.Name) -> bool:
    """Tell whether *name* is a ``TypeVar``, or the parameter of a ``type`` statement."""
    symbol = resolve(scope, name)
    if symbol is None:
        return name.name not in scope.bindings
    if isinstance(symbol, Variable) and isinstance(symbol.value, f.Call):
        made = resolve(symbol.scope, symbol.value.function)
        return made == External("typing.TypeVar")
    return False


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))


def _named(at: f.Constant, text: str) -> f.Expression:
    """Return the name that a forward reference means."""
    first, *others = text.split(".")
    found: f.Expression = f.Name(*at.span.place, first)
    for other in others:
        found = f.Attribute(*at.span.place, found, other)
    return found
