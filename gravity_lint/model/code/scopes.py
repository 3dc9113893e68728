"""The scopes of a service: modules, classes and functions, what they bind and what they do."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.records import Record
from gravity_lint.sources.spans import Span

if TYPE_CHECKING:
    from gravity_lint.model.code.service import Service


# -- what a name can be bound to -----------------------------------------------------------


class Imported(Record, frozen=True):
    """Bound by an import; *checking* if only under ``if TYPE_CHECKING``."""

    fact: f.Import
    checking: bool
    guarded: bool
    """Inside a ``try``: another binding may stand in if the import fails."""


class Assigned(Record, frozen=True):
    """Bound by an assignment.

    *value* is None for a bare annotation. *unpacked* is the path of indices of
    an unpacking (``a, (b, c) = value`` binds ``c`` with ``(1, 1)``).
    """

    value: f.Expression | None
    annotation: f.Expression | None
    unpacked: tuple[int, ...]
    span: Span
    operator: str = ""


class Defined(Record, frozen=True):
    """Bound by ``def`` or ``class``."""

    scope: Function | Class


class Received(Record, frozen=True):
    """A parameter."""

    parameter: f.Parameter


class Iterated(Record, frozen=True):
    """Bound by a ``for``: an element of *iterable*."""

    iterable: f.Expression
    unpacked: tuple[int, ...]
    span: Span
    is_async: bool


class Entered(Record, frozen=True):
    """Bound by ``with context as name``."""

    context: f.Expression
    is_async: bool
    span: Span


class Caught(Record, frozen=True):
    """Bound by ``except type as name``."""

    handler: f.Handler


class Opaque(Record, frozen=True):
    """Bound in a way about which nothing is known (``match``, ``global`` elsewhere, ``del``)."""

    span: Span


Binding: TypeAlias = Imported | Assigned | Defined | Received | Iterated | Entered | Caught | Opaque


# -- what a scope does ---------------------------------------------------------------------

Owner: TypeAlias = f.If | f.For | f.While | f.Try | f.With | f.Match


class Block(Record, frozen=True):
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

    def within(self, other: Block) -> bool:
        """Tell whether this block is *other* or lies inside it."""
        return any(block is other for block in self.ancestors())


class Step(Record, frozen=True):
    """A statement at its place; *index* counts the steps of its scope in source order."""

    statement: f.Statement
    block: Block
    index: int

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
        if not any(True for _ in nested(self.statement)):
            return self.span
        last = max((x.span.end_line for x in self.expressions), default=self.span.line)
        return Span(self.span.line, self.span.column, last, self.span.end_column)

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.scope.label

    @property
    def expressions(self) -> tuple[f.Expression, ...]:
        """The expressions that the statement itself evaluates, without those of its blocks."""
        return headers(self.statement)

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


class CallSite(Record, frozen=True):
    """A call at its place.

    *around* are the expressions that enclose the call within its statement,
    outermost first.
    """

    call: f.Call
    step: Step
    scope: Scope
    around: tuple[f.Expression, ...]

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

    @property
    def awaited(self) -> bool:
        """Tell whether the call's own result is awaited on the spot."""
        return bool(self.around) and isinstance(self.around[-1], f.Await)

    @property
    def discarded(self) -> bool:
        """Tell whether the call is a statement of its own, its result unused."""
        return not self.around and isinstance(self.step.statement, f.Evaluate)

    @property
    def deferred(self) -> bool:
        """Tell whether the call stands in a lambda, so that it runs at another time."""
        return any(isinstance(x, f.Lambda) for x in self.around)


def headers(statement: f.Statement) -> tuple[f.Expression, ...]:
    """Return the expressions that *statement* evaluates, not those of the blocks inside it."""
    found: list[f.Expression | None] = []
    match statement:
        case f.Evaluate(value=value) | f.Return(value=value):
            found = [value]
        case f.Assign(targets=targets, value=value):
            found = [value, *targets]
        case f.Raise(exception=exception, cause=cause):
            found = [exception, cause]
        case f.Assert(test=test, message=message):
            found = [test, message]
        case f.Delete(targets=targets):
            found = list(targets)
        case f.If(test=test) | f.While(test=test):
            found = [test]
        case f.For(target=target, iterable=iterable):
            found = [iterable, target]
        case f.Try(handlers=handlers):
            found = [h.type for h in handlers]
        case f.With(items=items):
            for item in items:
                found += [item.context, item.target]
        case f.Match(subject=subject, cases=cases):
            found = [subject, *(c.guard for c in cases)]
        case f.FunctionDefinition(decorators=decorators, parameters=parameters):
            found = [*decorators, *(p.default for p in parameters)]
            found += [p.annotation for p in parameters]
        case f.ClassDefinition(decorators=decorators, bases=bases, keywords=keywords):
            found = [*decorators, *bases, *(value for _, value in keywords)]
    return tuple(x for x in found if x is not None)


def nested(
    statement: f.Statement,
) -> Iterator[tuple[str, tuple[f.Statement, ...], f.Handler | None]]:
    """Yield the blocks inside *statement*: which arm, its statements, its ``except`` clause."""
    match statement:
        case f.If(body=body, otherwise=otherwise):
            yield "body", body, None
            yield "otherwise", otherwise, None
        case f.For(body=body, otherwise=otherwise) | f.While(body=body, otherwise=otherwise):
            yield "body", body, None
            yield "otherwise", otherwise, None
        case f.Try(body=body, handlers=handlers, otherwise=otherwise, final=final):
            yield "body", body, None
            for handler in handlers:
                yield "handler", handler.body, handler
            yield "otherwise", otherwise, None
            yield "final", final, None
        case f.With(body=body):
            yield "body", body, None
        case f.Match(cases=cases):
            for case in cases:
                yield "case", case.body, None


# -- scopes --------------------------------------------------------------------------------


class Scope:
    """Something that binds names and has a body: a module, a class or a function."""

    module: Module
    parent: Scope | None
    label: str
    """The dotted name: ``app.api.users.list_users``."""

    @property
    def body(self) -> tuple[f.Statement, ...]:
        """The statements of the scope."""
        raise NotImplementedError

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every statement of the scope in source order, without those of scopes inside it."""
        found: list[Step] = []

        def visit(block: Block) -> None:
            for statement in block.statements:
                found.append(Step(statement, block, len(found)))
                for part, statements, handler in nested(statement):
                    if statements:
                        owner = statement
                        assert not isinstance(owner, f.FunctionDefinition | f.ClassDefinition)
                        visit(Block(self, block, owner, part, statements, handler))  # type: ignore[arg-type]

        visit(Block(self, None, None, "body", self.body))
        return tuple(found)

    @cached_property
    def calls(self) -> tuple[CallSite, ...]:
        """Every call that the scope itself makes, in source order, outer before inner."""
        found: list[CallSite] = []
        for step in self.steps:
            for expression in step.expressions:
                stack: list[tuple[f.Expression, tuple[f.Expression, ...]]] = [(expression, ())]
                while stack:
                    current, around = stack.pop()
                    if isinstance(current, f.Name | f.Constant):
                        continue
                    if isinstance(current, f.Call):
                        found.append(CallSite(current, step, self, around))
                    inner = (*around, current)
                    stack.extend([(child, inner) for child in f.children(current)][::-1])
        return tuple(found)

    @cached_property
    def definitions(self) -> tuple[Class | Function, ...]:
        """The classes and functions defined directly in this scope, also inside its blocks."""
        found: list[Class | Function] = []
        for step in self.steps:
            match step.statement:
                case f.FunctionDefinition() as function:
                    found.append(Function(self, function, step))
                case f.ClassDefinition() as definition:
                    found.append(Class(self, definition, step))
        return tuple(found)

    @cached_property
    def bindings(self) -> dict[str, tuple[Binding, ...]]:
        """Everything that each name of the scope is bound to, in source order."""
        found: dict[str, list[Binding]] = {}
        self._bind_parameters(found)
        defined = {d.step.index: d for d in self.definitions}
        for step in self.steps:
            for name, binding in _bound_by(step, defined):
                found.setdefault(name, []).append(binding)
        outer: set[str] = set()
        for step in self.steps:
            if isinstance(step.statement, f.Global):
                outer.update(step.statement.names)
        return {name: tuple(b) for name, b in found.items() if name not in outer}

    def _bind_parameters(self, found: dict[str, list[Binding]]) -> None:
        """Add the parameters of a function."""

    def walk(self) -> Iterator[Class | Function]:
        """Yield every class and function below this scope, outer before inner."""
        for definition in self.definitions:
            yield definition
            yield from definition.walk()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.label}>"


class Module(Scope):
    """One file of a service."""

    def __init__(
        self, service: Service, path: str, relative: str, name: str, facts: f.ModuleFacts
    ) -> None:
        self.service = service
        self.path = path
        """Absolute path."""
        self.relative = relative
        """Path below the service root, with ``/``."""
        self.name = name
        """Dotted name by which the service's own code imports it."""
        self.facts = facts
        self.module = self
        self.parent = None
        self.label = name

    @property
    def body(self) -> tuple[f.Statement, ...]:
        """The statements of the module."""
        return self.facts.body

    @property
    def is_package(self) -> bool:
        """Tell whether the file is an ``__init__.py``."""
        return self.relative.rpartition("/")[2] == "__init__.py"

    @property
    def span(self) -> Span:
        """The first character of the file."""
        return Span(1, 1, 1, 1)

    @property
    def extent(self) -> Span:
        """The first line."""
        return self.span

    @cached_property
    def stars(self) -> tuple[f.Import, ...]:
        """The ``from x import *`` lines of the module."""
        imports = (x.statement for x in self.steps if isinstance(x.statement, f.Import))
        return tuple(fact for fact in imports if fact.name == "*")

    @cached_property
    def checking_names(self) -> frozenset[str]:
        """The names by which the module's top says ``TYPE_CHECKING``."""
        found = {"TYPE_CHECKING"}
        for statement in self.body:
            match statement:
                case f.Import(name="TYPE_CHECKING", bound=bound):
                    found.add(bound)
                case f.Assign(targets=(f.Name(name=name),), value=value) if value is not None:
                    if _says_checking(value, found):
                        found.add(name)
        return frozenset(found)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The module and every class and function in it."""
        return (self, *self.walk())

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function of the file, methods and nested ones included."""
        return tuple(x for x in self.walk() if isinstance(x, Function))

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """Every class of the file, nested ones included."""
        return tuple(x for x in self.walk() if isinstance(x, Class))


class _Definition(Scope):
    """What classes and functions share."""

    definition: f.FunctionDefinition | f.ClassDefinition

    def __init__(
        self, parent: Scope, definition: f.FunctionDefinition | f.ClassDefinition, step: Step
    ) -> None:
        self.parent = parent
        self.module = parent.module
        self.definition = definition
        self.step = step
        """The definition as a step of the scope around it."""
        self.label = f"{parent.label}.{definition.name}"

    @property
    def name(self) -> str:
        """The name in the source."""
        return self.definition.name

    @property
    def body(self) -> tuple[f.Statement, ...]:
        """The statements inside, without the docstring."""
        return self.definition.body

    @property
    def docstring(self) -> f.Docstring | None:
        """The docstring."""
        return self.definition.docstring

    @property
    def decorators(self) -> tuple[f.Expression, ...]:
        """The decorator expressions, outermost first. They belong to the scope around."""
        return self.definition.decorators

    @property
    def span(self) -> Span:
        """The name in the ``def`` or ``class`` line."""
        return self.definition.name_span

    @property
    def extent(self) -> Span:
        """From the first decorator to the end of the signature."""
        whole, signature = self.definition.whole, self.definition.signature
        return Span(whole.line, whole.column, signature.end_line, signature.end_column)

    @property
    def public(self) -> bool:
        """Tell whether the name has no leading underscore."""
        return not self.name.startswith("_")


class Class(_Definition):
    """A class of the service."""

    definition: f.ClassDefinition

    @cached_property
    def methods(self) -> dict[str, Function]:
        """The functions defined in the class body, by name; the last one wins."""
        return {d.name: d for d in self.definitions if isinstance(d, Function)}

    @cached_property
    def attributes(self) -> dict[str, tuple[tuple[Function, f.Assign], ...]]:
        """The assignments to ``self.<name>`` in the methods, by name."""
        found: dict[str, list[tuple[Function, f.Assign]]] = {}
        for method in self.definitions:
            if not isinstance(method, Function) or method.receiver is None:
                continue
            for step in method.steps:
                if isinstance(step.statement, f.Assign):
                    for target in step.statement.targets:
                        match target:
                            case f.Attribute(value=f.Name(name=receiver), name=name):
                                if receiver == method.receiver:
                                    found.setdefault(name, []).append((method, step.statement))
        return {name: tuple(rows) for name, rows in found.items()}


class Function(_Definition):
    """A function or method of the service."""

    definition: f.FunctionDefinition

    @property
    def is_async(self) -> bool:
        """Tell whether it is an ``async def``."""
        return self.definition.is_async

    @property
    def parameters(self) -> tuple[f.Parameter, ...]:
        """The parameters in order, ``self`` included."""
        return self.definition.parameters

    @property
    def returns(self) -> f.Expression | None:
        """The return annotation."""
        return self.definition.returns

    @property
    def cls(self) -> Class | None:
        """The class whose method it is."""
        return self.parent if isinstance(self.parent, Class) else None

    @cached_property
    def receiver(self) -> str | None:
        """The name of a method's first parameter (``self``); None for static methods."""
        if self.cls is None or not self.parameters:
            return None
        if any(isinstance(d, f.Name) and d.name == "staticmethod" for d in self.decorators):
            return None
        first = self.parameters[0]
        positional = (f.ParameterKind.POSITIONAL, f.ParameterKind.POSITIONAL_ONLY)
        return first.name if first.kind in positional else None

    @cached_property
    def arguments(self) -> tuple[f.Parameter, ...]:
        """The parameters that callers give: without a method's receiver."""
        return self.parameters[1:] if self.receiver is not None else self.parameters

    def parameter(self, name: str) -> f.Parameter | None:
        """Return the parameter called *name*."""
        return next((p for p in self.parameters if p.name == name), None)

    @cached_property
    def is_generator(self) -> bool:
        """Tell whether the body yields."""
        return any(
            isinstance(x, f.Yield)
            for step in self.steps
            for expression in step.expressions
            for x in f.walk(expression)
        )

    @property
    def returned(self) -> Iterator[tuple[Step, f.Return]]:
        """The ``return`` statements with their places."""
        for step in self.steps:
            if isinstance(step.statement, f.Return):
                yield step, step.statement

    @property
    def raised(self) -> Iterator[tuple[Step, f.Raise]]:
        """The ``raise`` statements with their places."""
        for step in self.steps:
            if isinstance(step.statement, f.Raise):
                yield step, step.statement

    def _bind_parameters(self, found: dict[str, list[Binding]]) -> None:
        for parameter in self.parameters:
            found[parameter.name] = [Received(parameter)]


# -- who binds what ------------------------------------------------------------------------


def _bound_by(step: Step, defined: dict[int, Class | Function]) -> Iterator[tuple[str, Binding]]:
    statement = step.statement
    match statement:
        case f.Import(bound=bound):
            if bound != "*":
                yield bound, Imported(statement, checks_types(step), _in_try(step))
        case f.Assign(targets=targets, value=value, annotation=annotation, operator=operator):
            for target in targets:
                for name, path in _targets(target):
                    yield name, Assigned(value, annotation, path, statement.span, operator)
        case f.FunctionDefinition() | f.ClassDefinition():
            yield statement.name, Defined(defined[step.index])
        case f.For(target=target, iterable=iterable, is_async=is_async):
            for name, path in _targets(target):
                yield name, Iterated(iterable, path, target.span, is_async)
        case f.With(items=items, is_async=is_async):
            for item in items:
                if isinstance(item.target, f.Name):
                    yield item.target.name, Entered(item.context, is_async, item.target.span)
                elif item.target is not None:
                    for name, _ in _targets(item.target):
                        yield name, Opaque(item.target.span)
        case f.Try(handlers=handlers):
            for handler in handlers:
                if handler.name is not None:
                    yield handler.name, Caught(handler)
        case f.Match(cases=cases):
            for case in cases:
                for name in case.captures:
                    yield name, Opaque(case.span)
    for expression in step.expressions:
        for inner in f.walk(expression):
            if isinstance(inner, f.Walrus):
                yield inner.target.name, Assigned(inner.value, None, (), inner.span)


def _targets(
    target: f.Expression, path: tuple[int, ...] = ()
) -> Iterator[tuple[str, tuple[int, ...]]]:
    match target:
        case f.Name(name=name):
            yield name, path
        case f.Collection(items=items):
            for index, item in enumerate(items):
                yield from _targets(item, (*path, index))
        case f.Starred(value=value):
            # What a starred target takes is a list of unknown length.
            yield from _targets(value, (*path, -1))


def checks_types(step: Step) -> bool:
    """Tell whether *step* only happens for type checkers: ``if TYPE_CHECKING:``."""
    for block in step.block.ancestors():
        if isinstance(block.owner, f.If):
            test, names = block.owner.test, step.module.checking_names
            if block.part == "body" and _says_checking(test, names):
                return True
            if block.part == "otherwise" and isinstance(test, f.Unary) and test.operator == "not":
                if _says_checking(test.operand, names):
                    return True
    return False


def _says_checking(test: f.Expression, names: Set[str]) -> bool:
    """Tell whether *test* can only hold for type checkers; *names* mean ``TYPE_CHECKING``."""
    match test:
        case f.Name(name=name):
            return name in names
        case f.Attribute(name=name):
            return name == "TYPE_CHECKING"
        case f.Boolean(operator="and", values=values):
            return any(_says_checking(value, names) for value in values)
    return False


def _in_try(step: Step) -> bool:
    return any(isinstance(block.owner, f.Try) for block in step.block.ancestors())
