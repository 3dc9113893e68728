"""Which classes of the service stand below others."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gravity_lint import facts as f
from gravity_lint.model.code.frameworks import external_heirs
from gravity_lint.model.code.names import External, ancestors
from gravity_lint.model.code.questions import question
from gravity_lint.model.code.scopes import Class, Module
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.words import known_as, saying, words_of


def heirs(service: Service, *tops: str | Class) -> tuple[Class, ...]:
    """Return the classes that certainly inherit one of *tops*, in source order.

    A top is a class of the service, or the canonical path of an external one.
    """
    return service.memory.ask(("heirs", tops), (), _heirs, service, tops)


def _heirs(service: Service, tops: tuple[str | Class, ...]) -> tuple[Class, ...]:
    outside = external_heirs(tuple([top for top in tops if isinstance(top, str)]))
    inside = [top for top in tops if isinstance(top, Class)]
    words = [word for path in outside for word in words_of(service, path)]
    words += [word for cls in inside for word in words_of(service, cls)]
    return below(service, words, lambda cls: cls not in tops and inherits_one(cls, tops))


def inherits_one(cls: Class, tops: Iterable[str | Class]) -> bool:
    """Tell whether *cls* certainly is or inherits one of *tops*."""
    lineage = {x.path if isinstance(x, External) else x for x in ancestors(cls)}
    return not lineage.isdisjoint(tops)


def below(
    service: Service, words: Iterable[str], belongs: Callable[[Class], bool]
) -> tuple[Class, ...]:
    """Return the classes that belong, in source order.

    A class can only do so if a base of it is called by one of *words*, or does so itself.
    """
    found: set[Class] = set()
    seen = set(words)
    new = [*seen]
    while new:
        word = new.pop()
        for module in saying(service, (f"({word}",)):
            for cls in _classes_by_base(module).get(word, ()):
                if cls not in found and belongs(cls):
                    found.add(cls)
                    more = set(known_as(service, cls.name)) - seen
                    seen |= more
                    new += more
    return in_source_order(found)


@question
def _classes_by_base(module: Module) -> dict[str, list[Class]]:
    """Return the classes of *module* by the last words of their bases."""
    found: dict[str, list[Class]] = {}
    for cls in module.classes:
        for base in cls.definition.bases:
            named = base.value if isinstance(base, f.Subscript) else base
            word = named.name if isinstance(named, f.Name | f.Attribute) else ""
            found.setdefault(word, []).append(cls)
    return found


def in_source_order(classes: Iterable[Class]) -> tuple[Class, ...]:
    """Return *classes* as the service has them."""
    chosen = set(classes)
    modules = sorted({cls.module for cls in chosen}, key=lambda module: module.relative)
    return tuple([cls for module in modules for cls in module.classes if cls in chosen])
