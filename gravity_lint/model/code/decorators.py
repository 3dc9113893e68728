"""Decorators of the service that put a wrapper in the place of the function they are given."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, path_of, resolve
from gravity_lint.model.code.occurrences import readings
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import type_of
from gravity_lint.model.code.words import saying, words_of

_WRAPS = "functools.wraps"
_UPDATES = "functools.update_wrapper"
_COPIED = ("__name__", "__wrapped__", "__signature__", "__dict__", "__qualname__")
_PLAIN = ("builtins.staticmethod", "builtins.classmethod", "builtins.property")
_ASKING = (
    _WRAPS,
    _UPDATES,
    "asyncio.iscoroutinefunction",
    "inspect.iscoroutinefunction",
    "inspect.signature",
)
"""What is given a function, and does not call it."""
_CASTS = ("typing.cast", "builtins.cast")


class Wrapper(AtFunction, Record, frozen=True):
    """A function that *decorator* returns in the place of its parameter *wrapped*."""

    function: Function
    decorator: Function
    wrapped: str

    @property
    def outer(self) -> Function | Class:
        """What users of the decorator write: the outermost function that gives it, or the class."""
        outer = self.decorator
        while isinstance(outer.parent, Function) and outer.name in _returned_names(outer.parent):
            outer = outer.parent
        if outer.name == "__call__" and outer.cls is not None:
            return outer.cls
        return outer

    @property
    def name(self) -> str:
        """The name of what users write."""
        return self.outer.name

    @property
    def is_called_by_hand(self) -> bool:
        """Tell whether ``@`` is not enough, as it needs more than a function, or is never used."""
        needed = [x for x in self.decorator.arguments if x.default is None]
        if len(needed) > 1:
            return True
        if self.outer is not self.decorator or _decorates(self.decorator, called=False):
            return False
        return any(True for _ in calls_to(self.decorator.module.service, self.decorator))

    @cached_property
    def takes_identity(self) -> bool | None:
        """Tell whether the wrapper takes the name, docstring and signature of what it wraps.

        None where another decorator, or a copy by hand, may do that.
        """
        answer: bool | None = False
        for decorator in self.function.decorators:
            named = f.called(decorator)
            if path_of(self.decorator, named) == _WRAPS:
                return True
            answer = None
        for site in self.decorator.calls:
            if any(f.is_name(x, self.function.name) for x in site.call.arguments):
                match site.call.function:
                    case f.Call(function=maker) if path_of(self.decorator, maker) == _WRAPS:
                        return True
                path = path_of(self.decorator, site.call.function)
                if path == _UPDATES:
                    return True
                if path not in _CASTS:
                    answer = None
        for step in self.decorator.steps:
            if isinstance(step.statement, f.Assign):
                for target in step.statement.targets:
                    match target:
                        case f.Attribute(value=owner, name=name) if name in _COPIED:
                            if f.is_name(owner, self.function.name):
                                answer = None
        return answer

    @cached_property
    def reaches_frameworks(self) -> bool:
        """Tell whether something may look at the signature of a function that is decorated.

        FastAPI and its like take parameters from it: with it, the wrapper is called otherwise.
        """
        if len(self.decorator.bindings.get(self.wrapped, ())) > 1:
            return True
        written: set[int] = set()
        for function in self.function.module.service.functions:
            outside = function.parent
            if outside is None or not function.decorators:
                continue
            ours = {id(d) for d in function.decorators if self._may_be(outside, f.called(d))}
            if ours:
                written |= ours
                others = [d for d in function.decorators if id(d) not in ours]
                if any(path_of(outside, f.called(d)) not in _PLAIN for d in others):
                    return True
                if handed_over(function):
                    return True
        # Called by hand, it gives a function that may go anywhere.
        if not isinstance(self.outer, Function):
            return False
        calls = calls_to(self.function.module.service, self.outer)
        return any(id(site.call) not in written for site in calls)

    @property
    def shows_another(self) -> bool:
        """Tell whether the wrapper names parameters of its own, which what it wraps may not have.

        Who calls it by the signature of what it wraps does not give them.
        """
        variadic = (f.ParameterKind.VARIADIC, f.ParameterKind.VARIADIC_KEYWORD)
        return any(
            x.kind not in variadic and x.name not in ("self", "cls")
            for x in self.function.definition.parameters
        )

    def _may_be(self, scope: Scope, decorator: f.Expression) -> bool:
        """Tell whether *decorator* may be this one: a method of some object often is not known."""
        symbol = resolve(scope, decorator)
        if symbol is None or isinstance(symbol, Variable):
            if isinstance(decorator, f.Attribute):
                owner = type_of(scope, decorator.value)
                if owner is not None and owner.cls is None:
                    return False  # the method of an object of some library
            names = (self.outer.name, self.decorator.name)
            last = decorator.name if isinstance(decorator, f.Name | f.Attribute) else ""
            return last in names or isinstance(self.outer, Class)
        return symbol is self.outer


@by_module
def wrappers(module: Module) -> Iterator[Wrapper]:
    """Return the wrappers in the app that decorators return.

    A function that makes a callback out of a function is no decorator, nor is one that chooses
    among several, or gives one what it was given beside it; one is known by what its wrapper does,
    pass on whatever it is called with, or by its use.
    """
    for decorator in module.functions if in_app(module) else ():
        if not decorator.arguments:
            continue
        inner = [x for x in decorator.definitions if isinstance(x, Function)]
        returned = _returned_names(decorator) if inner else ()
        for function in inner:
            if function.name not in returned:
                continue
            wrapped = decorator.arguments[0]
            if wrapped.name in ("self", "cls") or _is_class(wrapped) or _is_factory(function):
                continue
            used = _decorates(decorator, called=False) or _decorates(decorator.parent, called=True)
            others = () if used else [x for x in decorator.arguments[1:] if x.default is None]
            if any(_runs(function, x.name, as_called=True) for x in others):
                continue
            if any(_gives(function, wrapped.name, x.name) for x in others):
                continue
            if _runs(function, wrapped.name, as_called=not used):
                yield Wrapper(function, decorator, wrapped.name)


def runs_in_place(decorator: Function) -> bool:
    """Tell whether a plain function is certainly called where *decorator* stands for it.

    By a wrapper that is no coroutine function, and which has no other do it: what is given to
    something else may run in a thread.
    """
    found = [x for x in wrappers.of(decorator.module) if x.outer is decorator]
    inner = [x.function for x in found]
    return any(not function.is_async for function in inner) and all(
        _is_read(scope, around) or (scope in inner and _is_called(mention, around))
        for wrapper in found
        for scope in (wrapper.decorator, *wrapper.decorator.walk())
        for _, mention, around in readings(scope, wrapper.wrapped)
    )


def _is_called(mention: f.Expression, around: tuple[f.Expression, ...]) -> bool:
    """Tell whether *mention* is called where it stands, not in a ``lambda`` by somebody else."""
    match around[-1:]:
        case (f.Call(function=function),):
            return function is mention and not any(isinstance(x, f.Lambda) for x in around)
    return False


def _is_read(scope: Scope, around: tuple[f.Expression, ...]) -> bool:
    """Tell whether the mention that stands in *around* only asks what the function is."""
    match around[-1:]:
        case (f.Attribute(),):
            return True
        case (f.Call(function=function),):
            return path_of(scope, function) in _ASKING
    return False


def _decorates(decorator: Scope | None, *, called: bool) -> bool:
    """Tell whether *decorator* is used as ``@name``, or as ``@name(...)`` where that is asked."""
    if not isinstance(decorator, Function | Class):
        return False
    service = decorator.module.service
    return any(
        isinstance(written, f.Call) is called and resolve(scope, f.called(written)) is decorator
        for module in saying(service, [f"@{word}" for word in words_of(service, decorator)])
        for scope in module.scopes
        for definition in scope.definitions
        for written in definition.decorators
    )


def _returned_names(decorator: Function) -> tuple[str, ...]:
    names: list[str] = []
    for _, statement in decorator.returned:
        stack = [statement.value] if statement.value is not None else []
        while stack:
            match stack.pop():
                case f.Name(name=name):
                    names.append(name)
                case f.Conditional(body=body, otherwise=otherwise):
                    stack += [otherwise, body]
                case f.Call(function=function, arguments=(_, value)):
                    if path_of(decorator, function) in _CASTS:
                        stack.append(value)
    return tuple(dict.fromkeys(names))


def _is_class(parameter: f.Parameter) -> bool:
    """Tell whether a decorator takes a class: what it returns is no wrapper of a function."""
    if parameter.name.rstrip("_").endswith(("cls", "class", "klass")):
        return True
    match parameter.annotation:
        case f.Name(name="type" | "Type") | f.Subscript(value=f.Name(name="type" | "Type")):
            return True
    return False


def _is_factory(function: Function) -> bool:
    """Tell whether *function* gives a function that it defines: it makes wrappers, and is none."""
    inner = {x.name for x in function.definitions if isinstance(x, Function)}
    return any(name in inner for name in _returned_names(function))


def _runs(function: Function, wrapped: str, *, as_called: bool) -> bool:
    """Tell whether *function* calls *wrapped*, or has it called with what it was called with.

    With *as_called*, only a call counts that passes on whatever *function* is called with.
    """
    if wrapped in function.bindings:
        return False
    for scope in (function, *function.walk()):
        for site in scope.calls:
            passes = _passes_on(function, site.call)
            if f.is_name(site.call.function, wrapped) and (passes or not as_called):
                return True
            if passes and any(f.is_name(x, wrapped) for x in site.call.arguments):
                if not _makes_an_object(site.call):
                    return True
    return False


def _gives(function: Function, wrapped: str, other: str) -> bool:
    """Tell whether *function* calls *wrapped* with *other*, which its own callers do not give."""
    return any(
        f.is_name(site.call.function, wrapped) and any(f.is_name(x, other) for x in site.call.given)
        for scope in (function, *function.walk())
        for site in scope.calls
    )


def _makes_an_object(call: f.Call) -> bool:
    """Tell whether *call* makes an object, by its name: what that does with a function is its own.

    A provider calls it when somebody asks for a value.
    """
    named = call.function
    return isinstance(named, f.Name | f.Attribute) and named.name.lstrip("_")[:1].isupper()


def _passes_on(function: Function, call: f.Call) -> bool:
    """Tell whether *call* is given all that *function* takes without naming it."""
    kinds = {p.kind: p.name for p in function.parameters}
    keywords = kinds.get(f.ParameterKind.VARIADIC_KEYWORD)
    if keywords is None or (f.ParameterKind.VARIADIC not in kinds and len(kinds) > 1):
        return False
    return any(k.name is None and f.is_name(k.value, keywords) for k in call.keywords)
