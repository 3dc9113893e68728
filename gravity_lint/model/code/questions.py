"""Questions about one module at a time, remembered as those to a whole service are.

What a rule is asked about is found so wherever it can be: for few named files, nobody has to look
for it in the others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeAlias, TypeVar, overload

from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.words import saying, words_of

T = TypeVar("T")


def question(function: Callable[[Module], T]) -> Callable[[Module], T]:
    """Make *function* a question to one module that is worked out once and remembered."""
    key = f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def ask(module: Module) -> T:
        return module.service.memory.ask((key, module), None, function, module)

    return ask


class ByModule(Generic[T]):
    """A question about modules, one by one; asked of a service, about all of them in their order.

    *where* gives the words of which a module says one, if there is an answer about it at all, or
    is a question of which there is one.
    """

    def __init__(self, function: Callable[[Module], Iterable[T]], where: Where | None) -> None:
        self._function = function
        self._key = f"{function.__module__}.{function.__qualname__}"
        self._where: Callable[[Service], Iterable[str]] | None
        self._where_key: str
        """Under which it is remembered where that is: once for all questions with the same."""
        if isinstance(where, ByModule):
            self._where, self._where_key = where._where, where._where_key
        else:
            self._where, self._where_key = where, self._key

    def modules(self, service: Service) -> Sequence[Module]:
        """Return the modules about which there may be an answer, in their order."""
        if self._where is None:
            return service.modules
        return service.memory.ask((self._where_key, "where"), (), self._said, service)

    def of(self, module: Module) -> tuple[T, ...]:
        """Return the answers about *module*."""
        memory = module.service.memory
        everywhere = memory.known((self._key, None))
        if everywhere is not None:
            rows: tuple[T, ...] = everywhere.get(module, ())
            return rows
        if self._where is not None and module not in self._places(module.service):
            return ()
        return memory.ask((self._key, module), (), self._work, module)

    def __call__(self, service: Service) -> tuple[T, ...]:
        """Return the answers about all modules of *service*."""
        memory, key = service.memory, (self._key, None)
        everywhere = memory.known(key)
        if everywhere is None:
            everywhere = memory.ask(key, {}, self._all, service)
            if memory.known(key) is not None:
                memory.forget((self._key, module) for module in self.modules(service))
        return tuple([found for rows in everywhere.values() for found in rows])

    def _said(self, service: Service) -> tuple[Module, ...]:
        assert self._where is not None
        return tuple(saying(service, self._where(service)))

    def _places(self, service: Service) -> frozenset[Module]:
        return service.memory.ask((self._where_key, "places"), frozenset(), self._placed, service)

    def _placed(self, service: Service) -> frozenset[Module]:
        return frozenset(self.modules(service))

    def _work(self, module: Module) -> tuple[T, ...]:
        return tuple(self._function(module))

    def _all(self, service: Service) -> dict[Module, tuple[T, ...]]:
        """Return the answers by module: about most there is none, and nothing to be remembered."""
        known, key, work = service.memory.known, self._key, self._function
        found: dict[Module, tuple[T, ...]] = {}
        for module in self.modules(service):
            rows = known((key, module))
            if rows is None:
                rows = tuple(work(module))
            if rows:
                found[module] = rows
        return found


Where: TypeAlias = "Callable[[Service], Iterable[str]] | ByModule[Any]"


@overload
def by_module(function: Callable[[Module], Iterable[T]]) -> ByModule[T]: ...


@overload
def by_module(*, where: Where) -> Callable[[Callable[[Module], Iterable[T]]], ByModule[T]]: ...


def by_module(
    function: Callable[[Module], Iterable[T]] | None = None, *, where: Where | None = None
) -> ByModule[T] | Callable[[Callable[[Module], Iterable[T]]], ByModule[T]]:
    """Make *function* a question about modules."""
    if function is not None:
        return ByModule(function, None)
    return lambda decorated: ByModule(decorated, where)


def calling(*paths: str) -> Callable[[Service], Iterable[str]]:
    """Return what gives the words by which one of the external things *paths* may be called."""
    return lambda service: [word for path in paths for word in words_of(service, path)]
