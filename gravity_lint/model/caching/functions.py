"""Functions whose results are cached, and what their decorator does with them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.schemas import is_orm_model
from gravity_lint.model.caching.texts import HOLE
from gravity_lint.model.code.annotations import unfold
from gravity_lint.model.code.bindings import Received
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.values import text_of
from gravity_lint.model.code.words import known_as
from gravity_lint.sources.spans import Span

_PREFIXES = ("key_prefix", "prefix", "namespace")
_DUMPS = External("json.dumps")


class CachedFunction(AtFunction, Record, frozen=True):
    """A function under the cache decorator."""

    function: Function
    decorator: f.Expression
    maker: Function | External

    @property
    def span(self) -> Span:
        """The decorator."""
        return self.decorator.span

    @property
    def outside(self) -> Scope:
        """The scope in which the decorator is written."""
        return self.function.parent or self.function.module

    @property
    def call(self) -> f.Call | None:
        """The decorator's call; None if it is used without one."""
        return self.decorator if isinstance(self.decorator, f.Call) else None

    @property
    def name(self) -> str:
        """What the decorator is called."""
        return self.maker.name

    @cached_property
    def prefix_parameter(self) -> f.Parameter | None:
        """The parameter of the service's own decorator that takes the prefix of the key."""
        if not isinstance(self.maker, Function):
            return None
        return next((p for p in self.maker.parameters if p.name in _PREFIXES), None)

    @cached_property
    def prefix(self) -> f.Expression | None:
        """What is given as ``key_prefix``."""
        if self.call is None:
            return None
        parameter = self.prefix_parameter
        if parameter is not None and isinstance(self.maker, Function):
            return self.call.argument(self.maker.parameters.index(parameter), parameter.name)
        if isinstance(self.maker, External):
            # The document's own signature: ``cache_result(ttl, key_prefix)``.
            return next(
                (x for x in (self.call.argument(1, name) for name in _PREFIXES) if x is not None),
                None,
            )
        return next((x for x in map(self.call.keyword, _PREFIXES) if x is not None), None)

    @cached_property
    def written(self) -> str | None:
        """The text with which its keys begin, `HOLE` included; None if it is not known."""
        place, given = self.outside, self.prefix
        if given is None and self.call is not None and not self.call.unpacks:
            if self.prefix_parameter is not None and isinstance(self.maker, Function):
                place = self.maker.parent or self.maker.module
                given = self.prefix_parameter.default
        text = text_of(place, given)
        if text is None:
            return None
        return f"{text}:{HOLE}" if self._separates else f"{text}{HOLE}"

    @property
    def _separates(self) -> bool:
        """Tell whether a colon follows the prefix (patterns document: it does)."""
        if not isinstance(self.maker, Function) or self.prefix_parameter is None:
            return True
        name = self.prefix_parameter.name
        for expression in _expressions_of(self.maker):
            match expression:
                case f.Template(parts=(f.Hole(value=f.Name(name=found)), str(text), *_)):
                    if found == name and text.startswith(":"):
                        return True
        return False

    @cached_property
    def awaits(self) -> bool:
        """Tell whether the decorator certainly awaits the function, however that is made."""
        if isinstance(self.maker, External):
            return True
        inner = [x for x in self.maker.walk() if isinstance(x, Function)]
        wrappers = [x for x in inner if x.is_async]
        asks = any(
            isinstance(x, f.Name | f.Attribute)
            and x.name in ("iscoroutinefunction", "isawaitable", "iscoroutine")
            for x in _expressions_of(self.maker)
        )
        return bool(wrappers) and not asks

    @cached_property
    def dumps_json(self) -> bool:
        """Tell whether the decorator certainly stores ``json.dumps`` of the result."""
        if isinstance(self.maker, External):
            return True
        for wrapper in (self.maker, *self.maker.walk()):
            results = {
                target.name
                for step in wrapper.steps
                if isinstance(step.statement, f.Assign)
                and isinstance(step.statement.value, f.Await)
                and _calls_parameter(wrapper, step.statement.value.value)
                for target in step.statement.targets
                if isinstance(target, f.Name)
            }
            for site in wrapper.calls:
                match site.call:
                    case f.Call(function=function, arguments=(f.Name(name=name), *_)) as call:
                        if name in results and resolve(wrapper, function) == _DUMPS:
                            return call.keyword("default") is None and not call.unpacks
        return False

    @cached_property
    def orm_result(self) -> str | None:
        """The ORM model that the function is annotated to return, if it certainly is one."""
        for scope, annotation in unfold(self.outside, self.function.returns):
            for inner in f.walk(annotation):
                symbol = resolve(scope, inner) if isinstance(inner, f.Name | f.Attribute) else None
                if isinstance(symbol, Class) and is_orm_model(symbol):
                    return symbol.name
        return None


def _calls_parameter(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* calls what a function around it was given."""
    if not isinstance(expression, f.Call):
        return False
    symbol = resolve(scope, expression.function)
    return isinstance(symbol, Variable) and all(isinstance(b, Received) for b in symbol.bindings)


def _expressions_of(function: Function) -> Iterator[f.Expression]:
    """Yield all expressions of *function* and of the functions inside it."""
    for scope in (function, *function.walk()):
        for step in scope.steps:
            for expression in step.expressions:
                yield from f.walk(expression)


def _decorating(service: Service) -> list[str]:
    """Return how a module writes cache decorators."""
    names = service.settings.vocabulary.cache_decorators
    return [f"@{word}" for word in known_as(service, *names)]


@by_module(where=_decorating)
def cached_functions(module: Module) -> Iterator[CachedFunction]:
    """Return the functions of the app under a cache decorator, by its configured names."""
    names = module.service.settings.vocabulary.cache_decorators
    for function in module.functions if in_app(module) else ():
        if function.parent is None:
            continue
        for decorator in function.decorators:
            named = f.called(decorator)
            symbol = resolve(function.parent, named)
            if isinstance(symbol, Function | External) and symbol.name in names:
                yield CachedFunction(function, decorator, symbol)
