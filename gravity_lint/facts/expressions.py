"""The expressions of a file as plain data.

The classes follow Python's own expression grammar, with what no rule tells
apart folded together (one `Collection` for lists, tuples and sets, one
`Comprehension` for all four kinds). Each has a `span`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from gravity_lint.facts.nodes import Node


class Name(Node, frozen=True):
    """A bare name."""

    name: str


class Attribute(Node, frozen=True):
    """``value.name``."""

    value: Expression
    name: str


class Constant(Node, frozen=True):
    """A literal.

    *kind* is the name of its type (``str``, ``int``, ``float``, ``bool``,
    ``None``, ``bytes``, ``complex``, ``ellipsis``). *value* is the literal
    itself where JSON has it, else its ``repr``.
    """

    value: str | int | float | bool | None
    kind: str


class Hole(Node, frozen=True):
    """A replacement field of an f-string: ``{value!conversion:format}``."""

    value: Expression
    conversion: str
    format: Template | None


class Template(Node, frozen=True):
    """An f-string: literal text and holes in order."""

    parts: tuple[str | Hole, ...]


class Keyword(Node, frozen=True):
    """A keyword argument; *name* is None for ``**value``."""

    name: str | None
    value: Expression


class Call(Node, frozen=True):
    """``function(*arguments, **keywords)``."""

    function: Expression
    arguments: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]

    def keyword(self, name: str) -> Expression | None:
        """Return the value given to the keyword *name*, None if it is not given."""
        for keyword in self.keywords:
            if keyword.name == name:
                return keyword.value
        return None

    def argument(self, position: int | None, name: str | None = None) -> Expression | None:
        """Return the argument at *position* (from 0) or of keyword *name*, whichever is given.

        Positions behind a ``*unpacking`` are not known and give None.
        """
        if position is not None:
            for index, argument in enumerate(self.arguments):
                if isinstance(argument, Starred):
                    break
                if index == position:
                    return argument
        return self.keyword(name) if name is not None else None

    @property
    def given(self) -> tuple[Expression, ...]:
        """All that is given, whatever for: the arguments, then the values of the keywords."""
        return (*self.arguments, *(keyword.value for keyword in self.keywords))

    @property
    def unpacks(self) -> bool:
        """Tell whether ``*`` or ``**`` hides some of the arguments."""
        return any(k.name is None for k in self.keywords) or any(
            isinstance(a, Starred) for a in self.arguments
        )


class Subscript(Node, frozen=True):
    """``value[index]``; several indices are a tuple `Collection`."""

    value: Expression
    index: Expression

    @property
    def indices(self) -> tuple[Expression, ...]:
        """The indices, one or several."""
        if isinstance(self.index, Collection) and self.index.kind == "tuple":
            return self.index.items
        return (self.index,)


class Slice(Node, frozen=True):
    """``lower:upper:step``."""

    lower: Expression | None
    upper: Expression | None
    step: Expression | None


class Starred(Node, frozen=True):
    """``*value``."""

    value: Expression


class Collection(Node, frozen=True):
    """A list, tuple or set display; *kind* is ``list``, ``tuple`` or ``set``."""

    kind: str
    items: tuple[Expression, ...]


class Mapping(Node, frozen=True):
    """A dict display; a key is None for ``**value``."""

    keys: tuple[Expression | None, ...]
    values: tuple[Expression, ...]

    def get(self, key: str) -> Expression | None:
        """Return the value under the literal string *key*, None if there is none."""
        for name, value in zip(self.keys, self.values, strict=True):
            if isinstance(name, Constant) and name.value == key:
                return value
        return None

    @property
    def literal_keys(self) -> frozenset[str]:
        """The keys that are literal strings."""
        return frozenset(
            k.value for k in self.keys if isinstance(k, Constant) and isinstance(k.value, str)
        )

    @property
    def unpacks(self) -> bool:
        """Tell whether ``**`` hides some of the entries."""
        return any(key is None for key in self.keys)


class Binary(Node, frozen=True):
    """``left operator right`` with an arithmetic or bitwise operator."""

    operator: str
    left: Expression
    right: Expression


class Boolean(Node, frozen=True):
    """``values`` joined by ``and`` or ``or``."""

    operator: str
    values: tuple[Expression, ...]


class Unary(Node, frozen=True):
    """``-x``, ``+x``, ``~x``, ``not x``."""

    operator: str
    operand: Expression


class Compare(Node, frozen=True):
    """A comparison; *operators* and *others* run in parallel."""

    left: Expression
    operators: tuple[str, ...]
    others: tuple[Expression, ...]


class Conditional(Node, frozen=True):
    """``body if test else otherwise``."""

    test: Expression
    body: Expression
    otherwise: Expression


class Await(Node, frozen=True):
    """``await value``."""

    value: Expression


class Yield(Node, frozen=True):
    """``yield value`` or ``yield from value``."""

    value: Expression | None
    delegates: bool


class ParameterKind(enum.Enum):
    """How a parameter takes its argument."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL = "positional"
    VARIADIC = "variadic"
    KEYWORD_ONLY = "keyword-only"
    VARIADIC_KEYWORD = "variadic-keyword"


class Parameter(Node, frozen=True):
    """A parameter of a function or a lambda."""

    name: str
    kind: ParameterKind
    annotation: Expression | None
    default: Expression | None


class Lambda(Node, frozen=True):
    """``lambda parameters: body``."""

    parameters: tuple[Parameter, ...]
    body: Expression


class Generator(Node, frozen=True):
    """One ``for target in iterable if …`` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]
    is_async: bool


class Comprehension(Node, frozen=True):
    """A comprehension; *kind* is ``list``, ``set``, ``generator`` or ``dict`` (then with a key)."""

    kind: str
    key: Expression | None
    element: Expression
    generators: tuple[Generator, ...]


class Walrus(Node, frozen=True):
    """``target := value``."""

    target: Name
    value: Expression


Expression: TypeAlias = (
    Name
    | Attribute
    | Constant
    | Template
    | Call
    | Subscript
    | Slice
    | Starred
    | Collection
    | Mapping
    | Binary
    | Boolean
    | Unary
    | Compare
    | Conditional
    | Await
    | Yield
    | Lambda
    | Comprehension
    | Walrus
)


_E = TypeVar("_E", bound="Expression | None")


def called(expression: _E) -> Expression | _E:
    """Return what *expression* calls, itself where it is no call: ``x`` of ``@x`` and ``@x()``."""
    return expression.function if isinstance(expression, Call) else expression


def is_none(expression: Expression | None) -> bool:
    """Tell whether *expression* is the literal ``None``."""
    return isinstance(expression, Constant) and expression.kind == "None"


def is_ellipsis(expression: Expression | None) -> bool:
    """Tell whether *expression* is ``...``."""
    return isinstance(expression, Constant) and expression.kind == "ellipsis"


def is_true(expression: Expression | None) -> bool:
    """Tell whether *expression* is the literal ``True``."""
    return isinstance(expression, Constant) and expression.value is True


def is_false(expression: Expression | None) -> bool:
    """Tell whether *expression* is the literal ``False``."""
    return isinstance(expression, Constant) and expression.value is False


def is_name(expression: Expression | None, name: str) -> bool:
    """Tell whether *expression* is the bare *name*."""
    return isinstance(expression, Name) and expression.name == name


def children(expression: Expression) -> Sequence[Expression]:
    """Return the direct parts of *expression* in source order."""
    parts = _PARTS.get(type(expression))
    return () if parts is None else parts(expression)


def walk(expression: Expression) -> list[Expression]:
    """Return *expression* and everything inside it, outer before inner, in source order."""
    found: list[Expression] = []
    stack = [expression]
    while stack:
        current = stack.pop()
        found.append(current)
        parts = _PARTS.get(type(current))
        if parts is not None:
            stack += parts(current)[::-1]
    return found


def _of_template(x: Template) -> list[Expression]:
    found: list[Expression] = []
    for part in x.parts:
        if isinstance(part, Hole):
            found.append(part.value)
            if part.format is not None:
                found.append(part.format)
    return found


def _of_mapping(x: Mapping) -> list[Expression]:
    pairs = zip(x.keys, x.values, strict=True)
    return [part for pair in pairs for part in pair if part is not None]


def _of_lambda(x: Lambda) -> list[Expression]:
    return [*[p.default for p in x.parameters if p.default is not None], x.body]


def _of_comprehension(x: Comprehension) -> list[Expression]:
    found = [x.element] if x.key is None else [x.key, x.element]
    for generator in x.generators:
        found += (generator.target, generator.iterable, *generator.conditions)
    return found


_PARTS: dict[type, Callable[[Any], Sequence[Expression]]] = {
    Attribute: lambda x: (x.value,),
    Starred: lambda x: (x.value,),
    Await: lambda x: (x.value,),
    Call: lambda x: (x.function, *x.arguments, *[k.value for k in x.keywords]),
    Template: _of_template,
    Collection: lambda x: x.items,
    Mapping: _of_mapping,
    Subscript: lambda x: (x.value, x.index),
    Binary: lambda x: (x.left, x.right),
    Boolean: lambda x: x.values,
    Unary: lambda x: (x.operand,),
    Compare: lambda x: (x.left, *x.others),
    Conditional: lambda x: (x.body, x.test, x.otherwise),
    Yield: lambda x: () if x.value is None else (x.value,),
    Lambda: _of_lambda,
    Comprehension: _of_comprehension,
    Walrus: lambda x: (x.target, x.value),
    Slice: lambda x: [end for end in (x.lower, x.upper, x.step) if end is not None],
}
"""What the kinds of expressions that have parts consist of."""
