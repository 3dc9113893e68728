"""What a scope does: its statements in order, each in its block, and what stands in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.records import Record
from gravity_lint.sources.spans import Span

if TYPE_CHECKING:
    from gravity_lint.model.code.scopes import Module, Scope


Owner: TypeAlias = f.If | f.For | f.While | f.Try | f.With | f.Match


class _Place(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What there is once for each statement, call or name of a service.

    It refers to its scope, which refers to it, and the collector does not follow that: whoever
    is done with a service takes it apart (`Service.release`).
    """


class Block(_Place, frozen=True):
    """A run of statements: a scope's whole body, or one arm of a compound statement.

    *part* says which arm: ``body``, ``otherwise`` (``else``), ``handler``,
    ``final``, ``case``. The outermost block has no owner.
    """

    scope: Scope
    parent: Block | None
    owner: Owner | None
    part: str
    statements: tuple[f.Statement, ...]
    handler: f.Handler | None = None

    def ancestors(self) -> Iterator[Block]:
        """Yield this block and the blocks around it, inner before outer."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent

    def before(self, statement: f.Statement) -> Iterator[f.Statement]:
        """Yield what this block runs before *statement*, a part of it."""
        return itertools.takewhile(lambda x: x is not statement, self.statements)

    def within(self, other: Block) -> bool:
        """Tell whether this block is *other* or lies inside it."""
        return any(block is other for block in self.ancestors())


class Step(_Place, frozen=True):
    """A statement at its place; *index* counts the steps of its scope in source order."""

    statement: f.Statement
    block: Block
    index: int

    @property
    def expressions(self) -> tuple[f.Expression, ...]:
        """What the statement itself evaluates, without what its blocks do."""
        found = _EVALUATED.get(type(self.statement))
        return () if found is None else tuple([x for x in found(self.statement) if x is not None])

    @property
    def parts(self) -> Iterator[f.Expression]:
        """What the statement itself evaluates, with everything inside it: outer before inner."""
        return itertools.chain.from_iterable(map(f.walk, self.expressions))

    @property
    def scope(self) -> Scope:
        """The scope that takes the step."""
        return self.block.scope

    @property
    def module(self) -> Module:
        """The module in which the statement stands."""
        return self.scope.module

    @property
    def span(self) -> Span:
        """Where the statement stands."""
        return self.statement.span

    @property
    def extent(self) -> Span:
        """The lines of the statement, without those of the blocks inside it."""
        if type(self.statement) not in _ARMS:
            return self.span
        line, column = self.span.line, self.span.column
        ends = ((x.span.end_line, x.span.end_column) for x in self.expressions)
        return Span(line, column, *max(ends, default=(line, column)))

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.scope.label

    @property
    def handlers(self) -> Iterator[f.Handler]:
        """The ``except`` clauses around the statement, inner before outer."""
        return (b.handler for b in self.block.ancestors() if b.handler is not None)

    @property
    def loops(self) -> Iterator[f.For | f.While]:
        """The loops in whose body the statement stands, inner before outer."""
        for block in self.block.ancestors():
            if block.part == "body" and isinstance(block.owner, f.For | f.While):
                yield block.owner

    @property
    def trying(self) -> Iterator[f.Try]:
        """The ``try`` statements whose clauses see an exception of this one, inner before outer."""
        for block in self.block.ancestors():
            if block.part == "body" and isinstance(block.owner, f.Try):
                yield block.owner


class CallSite(_Place, frozen=True):
    """A call at its place.

    *around* are the expressions that enclose the call within its statement,
    outermost first.
    """

    call: f.Call
    step: Step
    around: tuple[f.Expression, ...]

    @property
    def scope(self) -> Scope:
        """The scope that makes the call."""
        return self.step.block.scope

    @property
    def span(self) -> Span:
        """Where the call stands."""
        return self.call.span

    @property
    def module(self) -> Module:
        """The module in which the call stands."""
        return self.scope.module

    @property
    def extent(self) -> Span:
        """The lines of the statement that makes the call, without those of blocks inside it."""
        return self.step.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope that makes the call."""
        return self.scope.label

    def is_given(self, names: Container[str | None]) -> bool:
        """Tell whether one of *names* stands in what the call is given."""
        return any(
            isinstance(inner, f.Name) and inner.name in names
            for argument in self.call.given
            for inner in f.walk(argument)
        )

    @property
    def awaited(self) -> bool:
        """Tell whether the call's own result is awaited on the spot."""
        return bool(self.around) and isinstance(self.around[-1], f.Await)

    @property
    def discarded(self) -> bool:
        """Tell whether the call is a statement of its own, its result unused."""
        return not self.around and isinstance(self.step.statement, f.Evaluate)

    @property
    def bound_name(self) -> str | None:
        """The name to which alone the call's result is bound, as it is: ``name = call()``."""
        match self.step.statement:
            case f.Assign(targets=(f.Name(name=name),), value=value) if value is self.call:
                return name
        return None

    @property
    def deferred(self) -> bool:
        """Tell whether the call stands in a lambda, so that it runs at another time."""
        return any(isinstance(x, f.Lambda) for x in self.around)

    @property
    def inner_names(self) -> frozenset[str]:
        """The names that the lambdas and comprehensions around it bind, and nothing else sees."""
        found: set[str] = set()
        for outer in self.around:
            if isinstance(outer, f.Lambda):
                found.update(parameter.name for parameter in outer.parameters)
            elif isinstance(outer, f.Comprehension):
                targets = (inner for x in outer.generators for inner in f.walk(x.target))
                found.update(inner.name for inner in targets if isinstance(inner, f.Name))
        return frozenset(found)


class Mention(_Place, frozen=True):
    """A name or an attribute at its place; *call* is the call of which it is the function."""

    step: Step
    expression: f.Name | f.Attribute
    call: f.Call | None


class Contents(Record, frozen=True):
    """What stands in the expressions of a scope's steps: in source order, outer before inner.

    *words* are the last words of all names and attributes. As there are so many, *named* tells of
    these in one row: each step before what stands in it, each call before the name that it calls.
    """

    calls: tuple[CallSite, ...]
    words: tuple[str, ...]
    named: tuple[Step | f.Call | f.Name | f.Attribute, ...]
    walruses: tuple[tuple[Step, f.Walrus], ...]
    yields: tuple[tuple[Step, f.Yield], ...]

    def mentions(self, word: str) -> Iterator[Mention]:
        """Yield the names and attributes called *word*."""
        if word in self.words:
            step = before = self.named[0]
            for part in self.named:
                if isinstance(part, Step):
                    step = part
                elif not isinstance(part, f.Call) and part.name == word:
                    call = before if isinstance(before, f.Call) else None
                    yield Mention(step, part, call)  # type: ignore[arg-type]
                before = part


def steps_of(scope: Scope, body: tuple[f.Statement, ...]) -> tuple[Step, ...]:
    """Return the statements of *scope*, whose *body* is given, in source order."""
    found: list[Step] = []
    _visit(Block(scope, None, None, "body", body), found)
    return tuple(found)


def _visit(block: Block, found: list[Step]) -> None:
    for statement in block.statements:
        found.append(Step(statement, block, len(found)))
        inner = _ARMS.get(type(statement))
        if inner is not None:
            for part, statements, handler in inner(statement):
                if statements:
                    _visit(Block(block.scope, block, statement, part, statements, handler), found)  # type: ignore[arg-type]


def arms_of(statement: f.Statement) -> tuple[tuple[f.Statement, ...], ...]:
    """Return the blocks directly inside *statement* that hold something."""
    inner = _ARMS.get(type(statement))
    return () if inner is None else tuple([body for _, body, _ in inner(statement) if body])


def holds_import(body: tuple[f.Statement, ...]) -> bool:
    """Tell whether something is imported in *body*, the scopes in it included."""
    for statement in body:
        match statement:
            case f.Import():
                return True
            case f.FunctionDefinition(body=inner) | f.ClassDefinition(body=inner):
                found = holds_import(inner)
            case _:
                found = any(map(holds_import, arms_of(statement)))
        if found:
            return True
    return False


def contents_of(scope: Scope) -> Contents:
    """Return what stands in the expressions of *scope*, found in one pass over them."""
    calls: list[CallSite] = []
    words: list[str] = []
    named: list[Step | f.Call | f.Name | f.Attribute] = []
    walruses: list[tuple[Step, f.Walrus]] = []
    yields: list[tuple[Step, f.Yield]] = []
    stack: list[tuple[f.Expression, tuple[f.Expression, ...]]] = []
    for step in scope.steps:
        stack += [(expression, ()) for expression in reversed(step.expressions)]
        named.append(step)
        while stack:
            current, around = stack.pop()
            kind = type(current)
            if kind is f.Constant:
                continue
            if kind is f.Name or kind is f.Attribute:
                outer = around[-1] if around else None
                if isinstance(outer, f.Call) and outer.function is current:
                    named.append(outer)
                named.append(current)  # type: ignore[arg-type]
                words.append(current.name)  # type: ignore[union-attr]
                if kind is f.Name:
                    continue
            elif kind is f.Call:
                calls.append(CallSite(current, step, around))  # type: ignore[arg-type]
            elif kind is f.Walrus:
                walruses.append((step, current))  # type: ignore[arg-type]
            elif kind is f.Yield:
                yields.append((step, current))  # type: ignore[arg-type]
            inner = (*around, current)
            stack += [(part, inner) for part in f.children(current)[::-1]]
    return Contents(tuple(calls), tuple(words), tuple(named), tuple(walruses), tuple(yields))


# -- which parts a statement has -------------------------------------------------------------


def _of_function(x: f.FunctionDefinition) -> list[f.Expression | None]:
    defaults = [p.default for p in x.parameters]
    return [*x.decorators, *defaults, *[p.annotation for p in x.parameters]]


_EVALUATED: dict[type, Callable[[Any], Iterable[f.Expression | None]]] = {
    f.Evaluate: lambda x: (x.value,),
    f.Return: lambda x: (x.value,),
    f.Assign: lambda x: (x.value, *x.targets),
    f.Raise: lambda x: (x.exception, x.cause),
    f.Assert: lambda x: (x.test, x.message),
    f.Delete: lambda x: x.targets,
    f.If: lambda x: (x.test,),
    f.While: lambda x: (x.test,),
    f.For: lambda x: (x.iterable, x.target),
    f.Try: lambda x: [handler.type for handler in x.handlers],
    f.With: lambda x: [part for item in x.items for part in (item.context, item.target)],
    f.Match: lambda x: (x.subject, *[case.guard for case in x.cases]),
    f.FunctionDefinition: _of_function,
    f.ClassDefinition: lambda x: (*x.decorators, *x.bases, *[value for _, value in x.keywords]),
}

_Arm: TypeAlias = tuple[str, tuple[f.Statement, ...], f.Handler | None]


def _arms_of_try(x: f.Try) -> Iterator[_Arm]:
    yield "body", x.body, None
    for handler in x.handlers:
        yield "handler", handler.body, handler
    yield "otherwise", x.otherwise, None
    yield "final", x.final, None


_TWO_ARMED = (f.If, f.For, f.While)
_ARMS: dict[type, Callable[[Any], Iterable[_Arm]]] = {
    **dict.fromkeys(
        _TWO_ARMED, lambda x: (("body", x.body, None), ("otherwise", x.otherwise, None))
    ),
    f.Try: _arms_of_try,
    f.With: lambda x: (("body", x.body, None),),
    f.Match: lambda x: [("case", case.body, None) for case in x.cases],
}
