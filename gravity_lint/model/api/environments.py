"""What names stand for where the same code runs several times, and what calls really give.

A loop over a literal list, a function that takes the app: each time the names
stand for something else, and an `Environment` says what. A `Given` is a call
with that knowledge: what it gives for a keyword, through ``**`` and through the
functions that hand it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Iterated, Received
from gravity_lint.model.code.callables import CONSTRUCTORS, argument_for, constructor_of
from gravity_lint.model.code.calls import calls_to, makings_by, methods_called_in
from gravity_lint.model.code.endings import conditions
from gravity_lint.model.code.frameworks import CHANGING_LISTS
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import (
    External,
    Symbol,
    Variable,
    inherits,
    member,
    path_of,
    resolve,
)
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import type_of
from gravity_lint.model.code.values import (
    Known,
    is_shown_by_name,
    text_of,
    value_of,
    value_of_variable,
)

_MOST = 200
"""How many ways to run the same code are followed."""
_SETTINGS = ("pydantic.BaseSettings", "pydantic_settings.BaseSettings")
"""Objects of which each says what the others say: what is known of them are the defaults."""
_PLAIN = ("None", "bool", "int", "str")
_READING = ("copy", "get", "items", "keys", "values")
"""The methods of a dict that change nothing in it."""
_COMPARISONS = ("is", "is not", "==", "!=")

CALL = "()"
"""What stands in an environment for the call by which a function came to run."""

Environment: TypeAlias = "dict[str, Value]"
Value: TypeAlias = "tuple[Scope, f.Expression, Environment]"
"""An expression, where it is written, and what its names stand for there."""
_Entries: TypeAlias = "tuple[dict[str, Value], frozenset[str] | None]"
"""What a dict certainly holds, and the keys of what it may hold besides; None: any key."""


def symbol_in(scope: Scope, expression: f.Expression, environment: Environment) -> Symbol | None:
    """Return what *expression* stands for when its names are bound by *environment*."""
    if environment:
        match expression:
            case f.Name(name=name) if name in environment:
                return symbol_in(*environment[name])
            case f.Attribute(value=value, name=name):
                return member(symbol_in(scope, value, environment), name)
    return resolve(scope, expression)


def text_in(scope: Scope, expression: f.Expression | None, environment: Environment) -> str | None:
    """Return the known string that *expression* gives when its names are so bound."""
    if expression is None or not environment.keys() - {CALL}:
        return text_of(scope, expression)
    known = value_in(scope, expression, environment)
    return known.value if known is not None and isinstance(known.value, str) else None


def value_in(
    scope: Scope, expression: f.Expression, environment: Environment, depth: int = 12
) -> Known | None:
    """Return the known value that *expression* has when its names are so bound."""
    if not depth or not environment.keys() - {CALL}:
        return value_of(scope, expression) if depth else None
    match expression:
        case f.Name(name=name) if name in environment:
            return None if _is_rebound(scope, name) else value_in(*environment[name], depth - 1)
        case f.Name():
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable) and symbol.scope is scope:
                assigned = symbol.assigned
                if assigned is not None and assigned.value is not None:
                    return value_in(scope, assigned.value, environment, depth - 1)
        case f.Template(parts=parts):
            return _filled(scope, parts, environment, depth)
        case f.Binary(operator="+", left=left, right=right):
            texts = [value_in(scope, side, environment, depth - 1) for side in (left, right)]
            return _joined(texts)
        case f.Boolean(operator="or", values=values):
            for value in values:
                known = value_in(scope, value, environment, depth - 1)
                if known is None or known.value:
                    return known
            return known
        case f.Attribute():
            return _attribute_in(scope, expression, environment, depth)
        case f.Call(function=f.Attribute(value=value, name=name), keywords=()) if name in _EDITS:
            given = [value, *expression.arguments]
            words = [value_in(scope, inner, environment, depth - 1) for inner in given]
            texts_known = [w.value for w in words if w is not None and isinstance(w.value, str)]
            if len(texts_known) == len(words):
                try:
                    return Known(getattr(texts_known[0], name)(*texts_known[1:]))
                except TypeError:
                    return None
    return value_of(scope, expression)


_EDITS = (
    *("capitalize", "casefold", "lower", "title", "upper"),
    *("lstrip", "replace", "rstrip", "strip", "removeprefix", "removesuffix"),
)
"""What makes another text of a text, and of nothing else but texts."""


def _is_rebound(scope: Scope, name: str) -> bool:
    """Tell whether *name* may stand for something else than what it was given."""
    bindings = scope.bindings.get(name, ())
    return any(not isinstance(binding, Received | Iterated) for binding in bindings)


def _joined(known: list[Known | None]) -> Known | None:
    texts = [k.value for k in known if k is not None and isinstance(k.value, str)]
    return Known("".join(texts)) if len(texts) == len(known) else None


def _filled(
    scope: Scope, parts: tuple[str | f.Hole, ...], environment: Environment, depth: int
) -> Known | None:
    found: list[Known | None] = []
    for part in parts:
        if isinstance(part, str):
            found.append(Known(part))
            continue
        if part.format is not None or part.conversion not in ("", "s"):
            return None
        if is_shown_by_name(symbol_in(scope, part.value, environment)):
            return None
        known = value_in(scope, part.value, environment, depth - 1)
        found.append(Known(str(known.value)) if known is not None else None)
    return _joined(found)


def _attribute_in(
    scope: Scope, expression: f.Attribute, environment: Environment, depth: int
) -> Known | None:
    """Return the value of an attribute of what a name of the *environment* stands for."""
    base = symbol_in(scope, expression.value, environment)
    if expression.name == "__name__" and isinstance(base, Class | Function):
        return Known(base.name)
    if expression.name == "value" and isinstance(base, Variable) and isinstance(base.scope, Class):
        if inherits(base.scope, "enum.Enum"):
            return value_of(base.scope, base.value)
    found = member(base, expression.name)
    if isinstance(found, Variable):
        return value_of_variable(found)
    where, made, inner = followed(scope, expression.value, environment)
    if isinstance(made, f.Call) and made is not expression.value:
        given = Given(where, made, inner)
        if (value := given.keyword(expression.name)) is not None:
            return value_in(*value, depth - 1)
        if made.arguments or given.unpacks:
            return None
    if isinstance(scope, Function) and scope.cls is not None:
        if isinstance(expression.value, f.Name) and expression.value.name == scope.receiver:
            rows = scope.cls.attributes.get(expression.name, ())
            if len(rows) == 1 and rows[0][0] is scope and rows[0][1].value is not None:
                return value_in(scope, rows[0][1].value, environment, depth - 1)
    return value_of(scope, expression)


def followed(scope: Scope, expression: f.Expression, environment: Environment) -> Value:
    """Return what *expression* is where it is written out, if it is a name of the *environment*."""
    if isinstance(expression, f.Name) and expression.name in environment:
        return followed(*environment[expression.name])
    return scope, expression, environment


def listed(
    scope: Scope, given: f.Expression, environment: Environment | None = None, names: int = 8
) -> tuple[tuple[Scope, f.Expression], ...] | None:
    """Return the items of a literal list, also behind *names*; None if it is not one."""
    where, written, inner = followed(scope, given, environment or {})
    match written:
        case f.Constant(kind="None"):
            return ()
        case f.Collection(items=items):
            if any(isinstance(item, f.Starred) for item in items):
                return None
            return tuple(followed(where, item, inner)[:2] for item in items)
        case f.Binary(operator="+", left=left, right=right):
            first, second = (listed(where, side, inner, names) for side in (left, right))
            return None if first is None or second is None else (*first, *second)
        case f.Boolean(operator="or", values=(first_value, f.Collection(items=()))):
            return listed(where, first_value, inner, names)
        case f.Name() | f.Attribute():
            symbol = resolve(where, written)
            if isinstance(symbol, Variable) and symbol.value is not None and names:
                if not _is_filled(symbol):
                    return listed(symbol.scope, symbol.value, None, names - 1)
    return None


def _is_filled(variable: Variable) -> bool:
    """Tell whether something is added to the list that *variable* stands for, where it stands."""
    return any(
        isinstance(site.call.function, f.Attribute)
        and isinstance(owner := site.call.function.value, f.Name)
        and owner.name == variable.name
        and resolve(site.scope, owner) == variable
        for site in methods_called_in(variable.scope.module, *CHANGING_LISTS)
    )


def identity(environment: Environment) -> tuple[tuple[str, str], ...]:
    """Return what tells *environment* from others, where names stand for other things."""
    return tuple(
        sorted((name, _meaning(value)) for name, value in environment.items() if name != CALL)
    )


def agree(one: Environment, other: Environment) -> bool:
    """Tell whether what both environments know of is the same, and the same calls led there."""
    for name in one.keys() & other.keys():
        if name != CALL:
            if _meaning(one[name]) != _meaning(other[name]):
                return False
        elif one[CALL][1] is not other[CALL][1] or not agree(one[CALL][2], other[CALL][2]):
            return False
    return True


def _meaning(value: Value) -> str:
    where, written, inner = followed(*value)
    known = value_in(where, written, inner)
    if known is not None:
        return f"value {known.value!r}"
    made = type_of(where, written)
    if made is not None and made.cls is not None and made.is_a(*_SETTINGS):
        return f"settings {id(made.cls)}"
    symbol = symbol_in(where, written, inner)
    match symbol:
        case Variable(scope=owner, name=name) if owner is not where or name not in inner:
            return f"name {id(owner)} {name}"
        case External(path=path):
            return f"path {path}"
        case Class() | Function() | Module():
            return f"thing {id(symbol)}"
    return f"expression {id(written)} {identity(inner)}"


class Given(Record, frozen=True):
    """A *call* in *scope*, with what its names stand for."""

    scope: Scope
    call: f.Call
    environment: Environment

    def keyword(self, name: str) -> Value | None:
        """Return what the call gives for the keyword *name*, also through ``**``."""
        return self._keywords[0].get(name)

    def may_hide(self, name: str) -> bool:
        """Tell whether the call may give something for *name* that cannot be seen."""
        known, others = self._keywords
        return name not in known and (others is None or name in others)

    @property
    def unpacks(self) -> bool:
        """Tell whether some of the arguments cannot be seen."""
        return self._keywords[1] != frozenset()

    @cached_property
    def _keywords(self) -> _Entries:
        known: dict[str, Value] = {}
        starred = any(isinstance(argument, f.Starred) for argument in self.call.arguments)
        others: frozenset[str] | None = None if starred else frozenset()
        for keyword in self.call.keywords:
            if keyword.name is None:
                inner, more = _entries(self.scope, keyword.value, self.environment)
                known = {**inner, **known}
                others = _both(others, more)
            else:
                known[keyword.name] = (self.scope, keyword.value, self.environment)
        return known, others


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


def _entries(
    scope: Scope, mapping: f.Expression, environment: Environment, depth: int = 8
) -> _Entries:
    """Return what *mapping* holds by its literal keys, and which others it may hold."""
    where, written, inner = followed(scope, mapping, environment)
    rows: list[tuple[f.Expression | None, f.Expression]] = []
    match written:
        case f.Mapping(keys=keys, values=values):
            rows = list(zip(keys, values, strict=True))
        case f.Call(function=function, arguments=arguments) if (
            path_of(where, function) == "builtins.dict"
        ):
            rows = [(None, argument) for argument in arguments]
            rows += [(_key(keyword), keyword.value) for keyword in written.keywords]
        case f.Binary(operator="|", left=left, right=right):
            rows = [(None, left), (None, right)]
        case f.Conditional(body=body, otherwise=otherwise) if depth:
            return _either([_entries(where, way, inner, depth - 1) for way in (body, otherwise)])
        case f.Name() | f.Attribute() if depth:
            symbol = resolve(where, written)
            return _held(symbol, depth) if isinstance(symbol, Variable) else ({}, None)
        case _:
            return {}, None
    known: dict[str, Value] = {}
    others: frozenset[str] | None = frozenset()
    for key, value in rows:
        if key is None:
            more, hidden = _entries(where, value, inner, depth - 1) if depth else ({}, None)
            # What is not known may take the place of what stands before it.
            known = {**_without(known, hidden), **more}
            others = _both(others, hidden)
        elif isinstance(key, f.Constant) and isinstance(key.value, str):
            known[key.value] = (where, value, inner)
        else:
            known, others = {}, None
    return known, others


def _key(keyword: f.Keyword) -> f.Expression | None:
    if keyword.name is None:
        return None
    return f.Constant(*keyword.value.span.place, keyword.name, "str")


def _without(known: dict[str, Value], hidden: frozenset[str] | None) -> dict[str, Value]:
    return {} if hidden is None else {k: v for k, v in known.items() if k not in hidden}


def _either(ways: list[_Entries]) -> _Entries:
    """Return what a dict holds that is one of several: any of their keys, and none for certain."""
    others: frozenset[str] | None = frozenset()
    for known, more in ways:
        others = _both(others, _both(frozenset(known), more))
    return {}, others


def _held(variable: Variable, depth: int) -> _Entries:
    """Return the entries of the dict that *variable* holds, whichever it is given."""
    rows = [row for row in variable.bindings if not (isinstance(row, Assigned) and row.operator)]
    ways = [
        _entries(variable.scope, row.value, {}, depth - 1)
        for row in rows
        if isinstance(row, Assigned) and row.value is not None and not row.unpacked
    ]
    if not ways or len(ways) < len(rows):
        return {}, None
    known, others = ways[0] if len(ways) == 1 else _either(ways)
    changed = _changed(variable)
    return _without(known, changed), _both(others, changed)


def _changed(variable: Variable) -> frozenset[str] | None:
    """Return the keys of the dict in *variable* that may be changed; None if any may be."""
    found: frozenset[str] | None = frozenset()
    for step, mention in uses_of(variable):
        match step.statement:
            case f.Delete(targets=targets):
                found = _both(found, _keys_below(targets, mention))
            case f.Assign(operator="|", value=more) if more is not None and more is not mention:
                found = _both(found, _either([_entries(step.scope, more, {})])[1])
            case f.Assign(operator="", targets=targets):
                found = _both(found, _keys_below(targets, mention))
            case f.Assign():
                found = None
        for inner in step.parts:
            match inner:
                case f.Call(function=f.Attribute(value=value, name=name)) if value is mention:
                    found = _both(found, _keys_changed_by(step.scope, inner, name))
    return found


def _keys_below(targets: tuple[f.Expression, ...], mention: f.Expression) -> frozenset[str] | None:
    """Return the literal keys below *mention* that *targets* are; None if one is not literal."""
    indices = [x.index for x in targets if isinstance(x, f.Subscript) and x.value is mention]
    keys = [x.value for x in indices if isinstance(x, f.Constant) and isinstance(x.value, str)]
    return frozenset(keys) if len(keys) == len(indices) else None


def _keys_changed_by(scope: Scope, call: f.Call, method: str) -> frozenset[str] | None:
    """Return the keys that *call* of a dict's *method* may change; None if any may be."""
    if method in _READING:
        return frozenset()
    key = call.argument(0, None)
    match method:
        case "update":
            given = f.Call(*call.span.place, f.Name(*call.span.place, "dict"), (), call.keywords)
            ways = [_entries(scope, x, {}) for x in (*call.arguments, given)]
            return _either(ways)[1]
        case "pop" | "setdefault" if isinstance(key, f.Constant) and isinstance(key.value, str):
            return frozenset({key.value})
    return None


# -- callers -------------------------------------------------------------------------------


def callers(function: Function) -> tuple[CallSite, ...]:
    """Return the calls of *function*; those of its class if it is a constructor.

    An application that a test hands to a function of the service is not the
    service's, so tests call functions of tests only.
    """
    service = function.module.service
    found = tuple(calls_to(service, function))
    if function.name in CONSTRUCTORS:
        found = (*found, *makings_by(function, constructor_of))
    if layer_of(function.module) is Layer.TESTS:
        return found
    return tuple(site for site in found if layer_of(site.module) is not Layer.TESTS)


def environments(scope: Scope, step: Step, depth: int = 3) -> list[Environment]:
    """Return what the names at *step* stand for, one for each way to get there.

    Those are the calls of the function around it and the turns of loops over
    literal collections; not those that give a parameter by which the step is passed over.
    """
    found: list[Environment] = [{}]
    if isinstance(scope, Function) and depth:
        sites = [site for site in callers(scope) if site.scope is not scope]
        if sites:
            found = [
                parameters_of(scope, site.scope, site.call, outer)
                for site in sites
                for outer in environments_at(site, depth - 1)
            ]
    for loop in reversed(list(step.loops)):
        if isinstance(loop, f.For):
            found = [
                {**environment, **turn}
                for environment in found
                for turn in _turns(scope, loop, environment)
            ][:_MOST]
    tests = list(conditions(step))
    return [
        environment
        for environment in found
        if all(_settled(scope, test, environment) in (None, holds) for test, holds in tests)
    ]


def _settled(scope: Scope, test: f.Expression, environment: Environment) -> bool | None:
    """Return what *test* gives where a literal stands for the name that it asks; else None."""
    match test:
        case f.Unary(operator="not", operand=operand):
            inner = _settled(scope, operand, environment)
            return None if inner is None else not inner
        case f.Boolean(operator=operator, values=values):
            answers = [_settled(scope, value, environment) for value in values]
            if (operator == "or") in answers:
                return operator == "or"
            return None if None in answers else operator == "and"
        case f.Compare(
            left=f.Name() as name, operators=(operator,), others=(f.Constant(kind=kind) as other,)
        ) if kind in _PLAIN and operator in _COMPARISONS:
            given = _literal_given(scope, name, environment)
            same = given is not None and (given.kind, given.value) == (kind, other.value)
            return None if given is None else same is (operator in ("is", "=="))
        case f.Name():
            given = _literal_given(scope, test, environment)
            return None if given is None else bool(given.value)
    return None


def _literal_given(scope: Scope, name: f.Name, environment: Environment) -> f.Constant | None:
    """Return the plain literal that *name* stands for in *environment*, and keeps."""
    if name.name not in environment or _is_rebound(scope, name.name):
        return None
    _, written, _ = followed(scope, name, environment)
    return written if isinstance(written, f.Constant) and written.kind in _PLAIN else None


def environments_at(site: CallSite, depth: int = 3) -> list[Environment]:
    """Return what names stand for each time that the call *site* happens."""
    found = environments(site.scope, site.step, depth)
    for outer in site.around:
        if isinstance(outer, f.Comprehension):
            for only in outer.generators:
                found = [
                    {**environment, **turn}
                    for environment in found
                    for turn in _turns(site.scope, only, environment)
                ][:_MOST]
    return found


def parameters_of(
    function: Function, scope: Scope, call: f.Call, outer: Environment
) -> Environment:
    """Return what the parameters of *function* stand for in the *call* that *scope* makes."""
    found: Environment = {CALL: (scope, call, outer)}
    outside = function.parent or function.module
    whole = Given(scope, call, outer)
    for parameter in function.arguments:
        if parameter.kind is f.ParameterKind.VARIADIC_KEYWORD:
            found[parameter.name] = (scope, _rest(function, call), outer)
            continue
        given = argument_for(function, call, parameter)
        if given is not None:
            found[parameter.name] = (scope, given, outer)
        elif (unpacked := whole.keyword(parameter.name)) is not None:
            found[parameter.name] = unpacked
        elif parameter.default is not None and not whole.may_hide(parameter.name):
            found[parameter.name] = (outside, parameter.default, {})
    return found


def _rest(function: Function, call: f.Call) -> f.Mapping:
    """Return the keyword arguments of *call* for which *function* has no parameter."""
    taken = {parameter.name for parameter in function.arguments}
    rest = [k for k in call.keywords if k.name is None or k.name not in taken]
    return f.Mapping(*call.span.place, tuple(map(_key, rest)), tuple(k.value for k in rest))


def _turns(scope: Scope, loop: f.For | f.Generator, environment: Environment) -> list[Environment]:
    items = list(_items(scope, loop.iterable, environment, 3))
    if not items:
        return [{}]
    return [_unpacked(loop.target, *item) for item in items]


def _items(
    scope: Scope, iterable: f.Expression, environment: Environment, depth: int
) -> Iterator[tuple[Scope, f.Expression, Environment]]:
    """Yield the elements of a literal collection, also behind a name; nothing if not literal."""
    match iterable:
        case f.Collection(items=items):
            if not any(isinstance(item, f.Starred) for item in items):
                yield from ((scope, item, environment) for item in items)
        case f.Mapping(keys=keys):
            yield from ((scope, key, environment) for key in keys if key is not None)
        case f.Comprehension(element=element, generators=(only,)) if (
            iterable.key is None and not only.conditions and not only.is_async
        ):
            for item in _items(scope, only.iterable, environment, depth):
                yield scope, element, {**environment, **_unpacked(only.target, *item)}
        case f.Name(name=name) if name in environment and depth:
            yield from _items(*environment[name], depth - 1)
        case f.Call(function=f.Attribute(value=value, name="values"), arguments=()):
            for where, mapping in _literal(scope, value, environment, depth):
                if isinstance(mapping, f.Mapping) and None not in mapping.keys:
                    yield from ((where, inner, {}) for inner in mapping.values)
        case f.Call(function=f.Attribute(value=value, name="items"), arguments=()):
            for where, mapping in _literal(scope, value, environment, depth):
                if isinstance(mapping, f.Mapping):
                    for key, inner in zip(mapping.keys, mapping.values, strict=True):
                        if key is not None:
                            pair = f.Collection(*inner.span.place, "tuple", (key, inner))
                            yield where, pair, {}
        case f.Name() | f.Attribute():
            for where, literal in _literal(scope, iterable, environment, depth):
                yield from _items(where, literal, {}, depth - 1)


def _literal(
    scope: Scope, expression: f.Expression, environment: Environment, depth: int
) -> Iterator[tuple[Scope, f.Expression]]:
    if isinstance(expression, f.Collection | f.Mapping | f.Comprehension):
        yield scope, expression
    elif isinstance(expression, f.Name | f.Attribute) and depth:
        symbol = symbol_in(scope, expression, environment)
        if isinstance(symbol, Variable) and symbol.value is not None:
            yield from _literal(symbol.scope, symbol.value, {}, depth - 1)


def _unpacked(
    target: f.Expression, scope: Scope, item: f.Expression, environment: Environment
) -> Environment:
    match target:
        case f.Name(name=name):
            return {name: (scope, item, environment)}
        case f.Collection(items=targets) if isinstance(item, f.Collection) and len(
            item.items
        ) == len(targets):
            found: Environment = {}
            for inner, value in zip(targets, item.items, strict=True):
                found.update(_unpacked(inner, scope, value, environment))
            return found
    return {}
