"""The scopes of a service: modules, classes and functions, what they bind and what they do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import (
    Binding,
    Received,
    assigns_value,
    bound_by,
    loads,
    says_checking,
    stays,
    taken_apart,
)
from gravity_lint.model.code.steps import (
    CallSite,
    Contents,
    Mention,
    Step,
    contents_of,
    holds_import,
    steps_of,
)
from gravity_lint.sources.spans import Span

if TYPE_CHECKING:
    from gravity_lint.model.code.service import Service


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
        return steps_of(self, self.body)

    @cached_property
    def contents(self) -> Contents:
        """What stands in the expressions of the scope's own statements."""
        return contents_of(self)

    @property
    def calls(self) -> tuple[CallSite, ...]:
        """Every call that the scope itself makes, in source order, outer before inner."""
        return self.contents.calls

    def calls_in(self, step: Step) -> Sequence[CallSite]:
        """Return the calls that *step*, one of the scope's own, makes itself."""
        return self._calls_by_step.get(step.index, ())

    @cached_property
    def _calls_by_step(self) -> dict[int, list[CallSite]]:
        found: dict[int, list[CallSite]] = {}
        for site in self.calls:
            found.setdefault(site.step.index, []).append(site)
        return found

    @cached_property
    def inside(self) -> dict[f.Handler | f.For | f.While, tuple[Step, ...]]:
        """The steps inside each ``except`` clause and each loop's body, nested ones included."""
        found: dict[f.Handler | f.For | f.While, list[Step]] = {}
        for step in self.steps:
            for outer in (*step.handlers, *step.loops):
                found.setdefault(outer, []).append(step)
        return {outer: tuple(steps) for outer, steps in found.items()}

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
        """Everything that each name of the scope is bound to, in source order.

        But for ``import app.models`` before ``app = FastAPI()``, which is there to load the module,
        and for ``app = app``.
        """
        found: dict[str, list[Binding]] = {}
        self._bind_parameters(found)
        loading: set[str] = set()
        for step, name, binding in self.binding_steps:
            before = found.setdefault(name, [])
            if stays(name, binding, before):
                continue
            if loads(binding):
                loading.add(name)
            elif name in loading and step.block.parent is None and assigns_value(binding):
                before[:] = [x for x in before if not loads(x)]
                loading.discard(name)
            before.append(binding)
        outer: set[str] = set()
        for step in self.steps:
            if isinstance(step.statement, f.Global):
                outer.update(step.statement.names)
        return {name: tuple(b) for name, b in found.items() if name not in outer}

    @property
    def binding_steps(self) -> Iterator[tuple[Step, str, Binding]]:
        """The names that statements of the scope bind, in it or outside, in source order."""
        defined = {d.step.index: d for d in self.definitions}
        walruses: dict[int, list[f.Walrus]] = {}
        for step, walrus in self.contents.walruses:
            walruses.setdefault(step.index, []).append(walrus)
        for step in self.steps:
            at = step.index
            for name, binding in bound_by(step, defined.get(at), walruses.get(at, ())):
                yield step, name, binding

    def _bind_parameters(self, found: dict[str, list[Binding]]) -> None:
        """Add the parameters of a function."""

    def walk(self) -> Iterator[Class | Function]:
        """Yield every class and function below this scope, outer before inner."""
        for definition in self.definitions:
            yield definition
            yield from definition.walk()

    def outward(self) -> Iterator[Scope]:
        """Yield this scope and those in which it stands, inner before outer: the module last."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def importing(self) -> Iterator[Scope]:
        """Yield this scope and those below it in which something is imported, outer before inner.

        Nobody has to know the steps of the others.
        """
        yield self
        for definition in self.definitions:
            if holds_import(definition.body):
                yield from definition.importing()

    def release(self) -> None:
        """Take the scope and those inside it apart: nothing refers to itself any more."""
        for definition in self.__dict__.get("definitions", ()):
            definition.release()
        self.__dict__.clear()

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
        self.layer: Any = None
        """What `layers` knows of it: too often asked for to be looked up elsewhere."""

    def says(self, path: str, name: str, facts: f.ModuleFacts) -> bool:
        """Tell whether the file at *path* is this one, and what follows from its facts the same."""
        return self.facts is facts and self.name == name and self.path == path

    def move(self, service: Service) -> None:
        """Stand in *service* from now on.

        What is remembered of a scope, beside the memory of the service, follows from the facts
        of its file alone; only the layer hangs on the configuration.
        """
        self.service = service
        self.layer = None

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
                    if says_checking(value, found):
                        found.add(name)
        return frozenset(found)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The module and every class and function in it."""
        return (self, *self.walk())

    @cached_property
    def calls_by_word(self) -> dict[str, tuple[CallSite, ...]]:
        """Every call of the file by the last word of what it calls, in source order."""
        found: dict[str, list[CallSite]] = {}
        for scope in self.scopes:
            for site in scope.calls:
                named = site.call.function
                while isinstance(named, f.Subscript):  # ``Response[User](...)`` calls ``Response``
                    named = named.value
                if isinstance(named, f.Name | f.Attribute):
                    found.setdefault(named.name, []).append(site)
        return {word: tuple(sites) for word, sites in found.items()}

    def mentions(self, word: str) -> tuple[Mention, ...]:
        """Return the names and attributes in the file that are called *word*, in source order."""
        found = self._mentions.get(word)
        if found is None:
            saying = (x.contents for x in self.scopes if word in x.contents.words)
            rows = [row for contents in saying for row in contents.mentions(word)]
            found = self._mentions[word] = tuple(rows)
        return found

    @cached_property
    def _mentions(self) -> dict[str, tuple[Mention, ...]]:
        """What was asked for."""
        return {}

    def mentions_any(self, words: Iterable[str]) -> bool:
        """Tell whether a name or an attribute in the file is called one of *words*."""
        return any(word in scope.contents.words for scope in self.scopes for word in words)

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function of the file, methods and nested ones included."""
        return tuple(x for x in self.walk() if isinstance(x, Function))

    @cached_property
    def bound_inside(self) -> dict[str, tuple[tuple[Function, Binding], ...]]:
        """What functions bind names of the module's top to: they say ``global`` of them."""
        found: dict[str, list[tuple[Function, Binding]]] = {}
        for function in self.functions:
            said = [x.statement for x in function.steps if isinstance(x.statement, f.Global)]
            names = {name for x in said if x.kind == "global" for name in x.names}
            for _, name, binding in function.binding_steps if names else ():
                if name in names:
                    found.setdefault(name, []).append((function, binding))
        return {name: tuple(rows) for name, rows in found.items()}

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
        """The assignments to ``self.<name>`` or ``<the class>.<name>`` in the methods, by name."""
        found: dict[str, list[tuple[Function, f.Assign]]] = {}
        for method in self.definitions:
            if not isinstance(method, Function):
                continue
            for step in method.steps:
                if isinstance(step.statement, f.Assign):
                    for assign in taken_apart(step.statement):
                        match assign.targets[0]:
                            case f.Attribute(value=f.Name(name=receiver), name=name):
                                if receiver in (method.receiver, self.name):
                                    found.setdefault(name, []).append((method, assign))
        return {name: tuple(rows) for name, rows in found.items()}


_RECEIVERS = ("self", "cls", "mcs", "this", "klass")


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
    def remarks(self) -> tuple[f.Remark, ...]:
        """The comments inside, if it is named as tests are."""
        return self.definition.remarks

    @property
    def cls(self) -> Class | None:
        """The class whose method it is."""
        return self.parent if isinstance(self.parent, Class) else None

    @cached_property
    def receiver(self) -> str | None:
        """The name of a method's first parameter (``self``); None for static methods.

        What a decorator takes as it stands in the class has none: by the annotation that its first
        parameter has, that is one like the others.
        """
        if self.cls is None or not self.parameters:
            return None
        if any(isinstance(d, f.Name) and d.name == "staticmethod" for d in self.decorators):
            return None
        first = self.parameters[0]
        if self.decorators and first.annotation is not None and first.name not in _RECEIVERS:
            return None
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
        return bool(self.contents.yields)

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
