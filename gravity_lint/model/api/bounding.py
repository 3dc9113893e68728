"""Which parameters the code bounds itself: by a check that refuses, or by cutting them down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Flag, auto
from functools import reduce
from operator import and_, or_

from gravity_lint import facts as f
from gravity_lint.model.api.parameters import DeclaredParameter
from gravity_lint.model.code.callables import (
    CONSTRUCTORS,
    argument_for,
    constructor_of,
    signature_of,
)
from gravity_lint.model.code.names import Variable, ancestors, path_of, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.types import callee_of, type_of_parameter
from gravity_lint.model.code.values import text_of, value_of

_ORDERS = frozenset({"<", "<=", ">", ">="})
_MEMBERSHIP = frozenset({"in", "not in"})
_CUTS = ("builtins.min", "builtins.max", "builtins.sorted", "numpy.clip")
_SAME = ("builtins.int", "builtins.abs", "builtins.round", "math.floor")
"""What gives the number that it gets, or nearly so."""
_VALIDATORS = ("pydantic.field_validator", "pydantic.validator")
_DEEPEST = 3
"""How many functions may hand a parameter on."""


class Sides(Flag):
    """On which sides a number is kept within bounds."""

    NEITHER = 0
    LOWER = auto()
    UPPER = auto()
    BOTH = LOWER | UPPER


_SIDES = {"builtins.max": Sides.LOWER, "builtins.min": Sides.UPPER}
"""Where the calls bound that cut on one side only."""


def bounded_by_hand(parameter: DeclaredParameter) -> Sides:
    """Return where *parameter* may be kept within bounds by code, rather than by its declaration.

    An ``if`` compares it with a known value, or ``min`` or ``max`` gets it, also as ``int(limit)``
    and ``limit or 20``; so may a function or a constructor do that it is handed on to. Of a field
    of a class, that is asked of the methods of the class and of those that take an object of it.
    How far they let it go is not worked out, nor on which side a comparison does.
    """
    owner, name = parameter.owner, parameter.name
    if isinstance(owner, Class):
        return _bounds_field(owner, name, parameter)
    found = _bounds(_Held(owner, "", name), _DEEPEST)
    cls = owner.cls if owner.name in CONSTRUCTORS else None
    if cls is None:
        return found
    return _union([found, *(_bounds_field(cls, x, parameter) for x in _fields_from(owner, name))])


def _union(sides: Iterable[Sides]) -> Sides:
    return reduce(or_, sides, Sides.NEITHER)


class _Held(Record, frozen=True):
    """What *function* has of the parameter: a *name* of its own, or that attribute of *holder*.

    Whoever calls it gives known numbers for the parameters *known*: ``clamp(limit, 1, 100)``.
    """

    function: Function
    holder: str
    name: str
    known: frozenset[str] = frozenset()

    def knows(self, expression: f.Expression) -> bool:
        """Tell whether *expression* is a known number."""
        if isinstance(expression, f.Name) and expression.name in self.known:
            return True
        found = value_of(self.function, expression)
        return found is not None and isinstance(found.value, int | float)

    def is_it(self, expression: f.Expression | None) -> bool:
        """Tell whether *expression* says just that."""
        match expression:
            case f.Name(name=name):
                return not self.holder and name == self.name
            case f.Attribute(value=f.Name(name=holder), name=name):
                return (holder, name) == (self.holder, self.name)
        return False


def _bounds(held: _Held, depth: int) -> Sides:
    function, others = held.function, _other_names(held)
    for step in function.steps:
        match step.statement:
            case f.If(test=test) | f.While(test=test) | f.Assert(test=test):
                tests = [test]
            case f.Match(cases=cases):
                tests = [case.guard for case in cases if case.guard is not None]
            case _:
                tests = []
        tests += [x.test for x in step.parts if isinstance(x, f.Conditional) and _chooses(held, x)]
        if any(_compares(held, part, others) for test in tests for part in f.walk(test)):
            return Sides.BOTH
    return _union(_bounds_in(held, site.call, others, depth) for site in function.calls)


def _bounds_in(held: _Held, call: f.Call, others: frozenset[str], depth: int) -> Sides:
    """Return where *call* bounds what is held: it cuts it down, or hands it on to what does."""
    path = path_of(held.function, call.function)
    if path in _CUTS:
        parts = _chosen_from(call)
        if any(_carries(held, x, others) or _begins(held, path, x, parts, others) for x in parts):
            return _SIDES.get(path, Sides.BOTH)
    callee = callee_of(held.function, call) if depth else None
    if isinstance(callee, Class):
        return _bounds_made(held, callee, call, others, depth - 1)
    if not isinstance(callee, Function) or callee is held.function:
        return Sides.NEITHER
    return _union(_bounds(x, depth - 1) for x in _handed_on(held, callee, call, others))


def _begins(
    held: _Held, path: str, part: f.Expression, parts: list[f.Expression], others: frozenset[str]
) -> bool:
    """Tell whether *part* says with which row a page begins, which is the first at the least.

    That is ``max(page - 1, 0)``, and ``max((page - 1) * size, 0)``.
    """
    match part:
        case f.Binary(operator="*", left=f.Binary() as left):
            return _begins(held, path, left, parts, others)
        case f.Binary(operator="-", left=left, right=right):
            known = (value_of(held.function, x) for x in parts)
            first = any(x is not None and x.value == 0 for x in known)
            return (
                path == "builtins.max"
                and first
                and held.knows(right)
                and _carries(held, left, others)
            )
    return False


def _bounds_made(
    held: _Held, cls: Class, call: f.Call, others: frozenset[str], depth: int
) -> Sides:
    """Return where *cls*, of which *call* makes an object of what is held, bounds what it keeps."""
    constructor, found = constructor_of(cls), Sides.NEITHER
    if constructor is None:
        given = [(x.name, call.argument(i, x.name)) for i, x in enumerate(signature_of(cls) or ())]
        fields = [name for name, argument in given if _carries(held, argument, others)]
    else:
        handed = list(_handed_on(held, constructor, call, others))
        found = _union(_bounds(each, depth) for each in handed)
        fields = [x for each in handed for x in _fields_from(constructor, each.name)]
    return found | _union(_bounds_own(cls, field, depth) for field in fields)


def _handed_on(
    held: _Held, callee: Function, call: f.Call, others: frozenset[str]
) -> Iterator[_Held]:
    """Yield what *call* gives *callee* of what is held: that itself, or what holds it."""
    taken = {x.name: argument_for(callee, call, x) for x in callee.arguments}
    for name, argument in taken.items():
        carried = _carries(held, argument, others)
        if carried or (isinstance(argument, f.Name) and argument.name == held.holder):
            known = frozenset(key for key, x in taken.items() if x is not None and held.knows(x))
            holder, kept = ("", name) if carried else (name, held.name)
            yield _Held(callee, holder, kept, known)


def _other_names(held: _Held) -> frozenset[str]:
    """Return the names of the function that get what is held: ``size = int(limit or 20)``."""
    found: set[str] = set()
    for step in held.function.steps:
        match step.statement:
            case f.Assign(targets=(f.Name(name=name),), value=value, operator=""):
                if _carries(held, value, found):
                    found.add(name)
    return frozenset(found)


def _carries(held: _Held, expression: f.Expression | None, others: Iterable[str]) -> bool:
    """Tell whether *expression* gives what is held: itself, or something else where it is unset."""
    match expression:
        case f.Call(function=function, arguments=(inner, *_)) if (
            path_of(held.function, function) in _SAME
        ):
            return _carries(held, inner, others)
        case f.Call(function=function) if path_of(held.function, function) in _SIDES:
            return any(_carries(held, x, others) for x in _chosen_from(expression))
        case f.Boolean(values=values):
            return any(_carries(held, value, others) for value in values)
        case f.Conditional(body=body, otherwise=otherwise):
            return _carries(held, body, others) or _carries(held, otherwise, others)
        case f.Walrus(value=value):
            return _carries(held, value, others)
        case f.Name(name=name) if name in others:
            return True
    return held.is_it(expression)


def _chosen_from(call: f.Call) -> list[f.Expression]:
    """Return what ``min`` chooses from: its arguments, or what the list holds that one is."""
    return [
        x
        for each in call.given
        for x in (each.items if isinstance(each, f.Collection) else (each,))
    ]


def _chooses(held: _Held, choice: f.Conditional) -> bool:
    """Tell whether *choice* gives a known number where its test decides so: ``x if x > 0 else 0``.

    ``page - 1 if page > 1 else None`` shows something, and cuts nothing down.
    """
    return any(map(held.knows, (choice.body, choice.otherwise)))


def _compares(held: _Held, expression: f.Expression, others: frozenset[str]) -> bool:
    if not isinstance(expression, f.Compare):
        return False
    sides = (expression.left, *expression.others)
    if not any(_carries(held, side, others) for side in sides):
        return False
    if _MEMBERSHIP.intersection(expression.operators):
        return any(_is_choice(held.function, side) for side in expression.others)
    return bool(_ORDERS.intersection(expression.operators)) and any(
        held.knows(side) or value_of(held.function, side) is not None
        for side in sides
        if not _carries(held, side, others)
    )


def _is_choice(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is what a number may be one of: ``(10, 20)``, ``range(1, 100)``."""
    if isinstance(expression, f.Name | f.Attribute):
        symbol = resolve(scope, expression)
        if isinstance(symbol, Variable) and symbol.value is not None:
            scope, expression = symbol.scope, symbol.value
    match expression:
        case f.Collection(items=items):
            return all(value_of(scope, item) is not None for item in items)
        case f.Call(function=function):
            return path_of(scope, function) == "builtins.range"
    return False


# -- fields --------------------------------------------------------------------------------


def _bounds_field(cls: Class, field: str, parameter: DeclaredParameter) -> Sides:
    """Return where what has an object of *cls*, the class itself or an endpoint, bounds *field*.

    The class that endpoints take may be one below: then each of those has to.
    """
    given = list(_given(cls, parameter))
    taken = _union(_bounds(_Held(taker, name, field), _DEEPEST) for taker, name, _ in given)
    own = [_bounds_own(made, field, _DEEPEST) for made in {made for *_, made in given} or {cls}]
    return taken | reduce(and_, own)


def _given(cls: Class, parameter: DeclaredParameter) -> Iterator[tuple[Function, str, Class]]:
    """Yield who takes an object of *cls*, under which name, and of which class that is."""
    for taker in parameter.takers:
        for argument in taker.function.arguments:
            made = type_of_parameter(taker.function, argument)
            if made is not None and made.cls is not None and cls in ancestors(made.cls):
                yield taker.function, argument.name, made.cls


def _bounds_own(cls: Class, field: str, depth: int) -> Sides:
    """Return where a method of *cls*, its own or one that it inherits, bounds its *field*."""
    methods: dict[str, Function] = {}
    for ancestor in ancestors(cls):
        if isinstance(ancestor, Class):
            methods = ancestor.methods | methods
    if any(_validates(method, field) for method in methods.values()):
        return Sides.BOTH
    return _union(
        _bounds(_Held(method, method.receiver, field), depth)
        for method in methods.values()
        if method.receiver is not None
    )


def _validates(method: Function, field: str) -> bool:
    """Tell whether pydantic asks *method* about values of *field*."""
    return any(
        isinstance(decorator, f.Call)
        and path_of(method.parent or method.module, decorator.function) in _VALIDATORS
        and any(
            text_of(method.parent or method.module, x) in (field, "*") for x in decorator.arguments
        )
        for decorator in method.decorators
    )


def _fields_from(constructor: Function, name: str) -> Iterator[str]:
    """Yield the attributes by which the *constructor* keeps its parameter *name*."""
    held = _Held(constructor, "", name)
    others = _other_names(held)
    for step in constructor.steps:
        match step.statement:
            case f.Assign(targets=targets, value=value) if _carries(held, value, others):
                for target in targets:
                    match target:
                        case f.Attribute(value=f.Name(name=receiver), name=attribute):
                            if receiver == constructor.receiver:
                                yield attribute
