"""The statements of a file as plain data, down to whole modules."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from gravity_lint.facts.expressions import Expression, Parameter
from gravity_lint.facts.nodes import Node
from gravity_lint.findings.suppressions import Suppression
from gravity_lint.sources.spans import Span


class Import(Node, frozen=True):
    """One imported name: ``import module [as bound]`` or ``from module import name [as bound]``.

    An ``import a, b`` gives two of these with the same *statement* span.
    *module* has no leading dots; *level* counts them. *name* is None for a
    plain import and ``*`` for a star import. *bound* is the name that the
    statement binds (``a`` for ``import a.b``), *renamed* tells whether an ``as``
    gives it (``import a.b as a`` binds the module ``a.b``).
    """

    module: str
    name: str | None
    bound: str
    level: int
    statement: Span
    renamed: bool


class Evaluate(Node, frozen=True):
    """An expression standing as a statement."""

    value: Expression


class Assign(Node, frozen=True):
    """``targets = value``, ``target: annotation = value``, or ``target operator= value``.

    A bare annotation has no value. *operator* is empty unless augmented.
    """

    targets: tuple[Expression, ...]
    value: Expression | None
    annotation: Expression | None
    operator: str


class Return(Node, frozen=True):
    """``return value``."""

    value: Expression | None


class Raise(Node, frozen=True):
    """``raise exception from cause``; a bare ``raise`` has no exception."""

    exception: Expression | None
    cause: Expression | None


class Assert(Node, frozen=True):
    """``assert test, message``."""

    test: Expression
    message: Expression | None


class Delete(Node, frozen=True):
    """``del targets``."""

    targets: tuple[Expression, ...]


class Global(Node, frozen=True):
    """``global names`` or ``nonlocal names`` (*kind*)."""

    kind: str
    names: tuple[str, ...]


class Jump(Node, frozen=True):
    """``pass``, ``break`` or ``continue`` (*kind*)."""

    kind: str


class If(Node, frozen=True):
    """``if test: body else: otherwise``; an ``elif`` is an `If` alone in *otherwise*."""

    test: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


class For(Node, frozen=True):
    """``[async] for target in iterable: body else: otherwise``."""

    target: Expression
    iterable: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    is_async: bool


class While(Node, frozen=True):
    """``while test: body else: otherwise``."""

    test: Expression
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


class Handler(Node, frozen=True):
    """An ``except`` clause; *type* is None for a bare one."""

    type: Expression | None
    name: str | None
    body: tuple[Statement, ...]


class Try(Node, frozen=True):
    """``try: body except …: else: otherwise finally: final``."""

    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    otherwise: tuple[Statement, ...]
    final: tuple[Statement, ...]


class WithItem(Node, frozen=True):
    """``context as target``."""

    context: Expression
    target: Expression | None


class With(Node, frozen=True):
    """``[async] with items: body``."""

    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]
    is_async: bool


class Case(Node, frozen=True):
    """One ``case`` of a `Match`: the names that its pattern binds, its guard, its body."""

    captures: tuple[str, ...]
    values: tuple[Expression, ...]
    guard: Expression | None
    body: tuple[Statement, ...]


class Match(Node, frozen=True):
    """``match subject: cases``."""

    subject: Expression
    cases: tuple[Case, ...]


class Docstring(Node, frozen=True):
    """A docstring, cleaned of its indentation as `inspect.cleandoc` does."""

    text: str


class _Definition(Node, frozen=True):
    """What classes and functions share.

    The *span* runs from the keyword to the end of the body; the name is on its first line.
    """

    name: str
    name_shape: int
    signature_shape: int
    decorators: tuple[Expression, ...]
    docstring: Docstring | None
    body: tuple[Statement, ...]

    @property
    def name_span(self) -> Span:
        """The name."""
        return Span.at(self.line, self.name_shape)

    @property
    def signature(self) -> Span:
        """What stands before the body: it ends in the colon's line."""
        return Span.at(self.line, self.signature_shape)

    @property
    def whole(self) -> Span:
        """The definition with its decorators."""
        own = self.span
        if not self.decorators:
            return own
        first = self.decorators[0].span
        return Span(first.line, max(1, first.column - 1), own.end_line, own.end_column)


class Remark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A comment, or several on lines of their own that follow each other; *line* is the first."""

    line: int
    text: str


class FunctionDefinition(_Definition, frozen=True):
    """A function; *remarks* are the comments inside, if it is named as tests are."""

    is_async: bool
    parameters: tuple[Parameter, ...]
    returns: Expression | None
    remarks: tuple[Remark, ...] = ()


class ClassDefinition(_Definition, frozen=True):
    """A class; *type_parameters* are the names in ``class Name[T]`` (Python 3.12)."""

    bases: tuple[Expression, ...]
    keywords: tuple[tuple[str | None, Expression], ...]
    type_parameters: tuple[str, ...]


Statement: TypeAlias = (
    Import
    | Evaluate
    | Assign
    | Return
    | Raise
    | Assert
    | Delete
    | Global
    | Jump
    | If
    | For
    | While
    | Try
    | With
    | Match
    | FunctionDefinition
    | ClassDefinition
)


class SyntaxFault(Node, frozen=True):
    """Why and where a file does not parse."""

    message: str


class Alias(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another *name* for what is called *word*: ``from x import word as name``, ``name = x.word``.

    *imported* tells the one from the other.
    """

    name: str
    word: str
    imported: bool


class ModuleFacts(msgspec.Struct, frozen=True):
    """Everything that one file says.

    *fault* is set, and the rest empty, if it does not parse; *unread*: it is too large to be read,
    and nothing else is known of it; *generated*: its head says that a program has written it.

    *words* is what can be known of the file without looking at its body, with a blank between one
    and the next: all names, attributes, keywords, imports and definitions, each once. ``word:``
    stands there where a function of that name is defined, ``(word`` where a class takes it as a
    base, ``@word`` where it decorates, and ``word()`` where what a call of it gives is called on
    the spot; ``a.b.`` where an absolute import goes through or into ``a.b``, and ``.`` where one
    names no module (``from . import x``).
    """

    docstring: Docstring | None = None
    body: tuple[Statement, ...] = ()
    lines: int = 0
    fault: SyntaxFault | None = None
    suppressions: tuple[Suppression, ...] = ()
    unread: bool = False
    generated: bool = False
    words: str = ""
    aliases: tuple[Alias, ...] = ()

    @property
    def is_unknown(self) -> bool:
        """Tell whether nothing is known of what the file defines."""
        return self.unread or self.fault is not None
