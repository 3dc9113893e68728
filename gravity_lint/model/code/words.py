"""Which modules say a word, and by which words a thing is known.

What a question is about is mostly said by few modules of a service. Asked for by its words, the
others need not be looked into at all: nobody has to know what they do, bind or call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from gravity_lint.model.code.frameworks import other_words
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query

Thing: TypeAlias = str | Function | Class
"""The canonical path of something external, or a definition of the service."""


@query
def _places(service: Service) -> dict[str, list[int]]:
    """Return the numbers of the modules that say each word."""
    found: dict[str, list[int]] = {}
    for number, module in enumerate(service.modules):
        for word in module.facts.words.split(" "):
            found.setdefault(word, []).append(number)
    return found


def saying(service: Service, words: Iterable[str]) -> Iterator[Module]:
    """Yield the modules that say one of *words* (see `ModuleFacts.words`), in their order."""
    places = _places(service)
    rows = [places[word] for word in words if word in places]
    numbers = rows[0] if len(rows) == 1 else sorted({number for row in rows for number in row})
    for number in numbers:
        yield service.modules[number]


@query
def renamed(service: Service) -> dict[str, set[str]]:
    """Return the names that ``import ... as`` gives, by the last word of what is imported."""
    return _aliases(service, imported=True)


@query
def _other_names(service: Service) -> dict[str, set[str]]:
    """Return the names that imports and assignments give, by the word of what gets them."""
    return _aliases(service, imported=False)


def _aliases(service: Service, *, imported: bool) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for module in service.modules:
        for alias in module.facts.aliases:
            if alias.imported or not imported:
                found.setdefault(alias.word, set()).add(alias.name)
    return found


def saying_both(service: Service, words: Iterable[str], others: Iterable[str]) -> Iterator[Module]:
    """Yield the modules that say one of *words* and one of *others*, in their order."""
    beside = set(saying(service, others))
    return (module for module in saying(service, words) if module in beside)


def words_ending(service: Service, endings: str | tuple[str, ...]) -> list[str]:
    """Return the words of *service* that end in one of *endings*."""
    return [word for word in _places(service) if word.endswith(endings)]


def says(module: Module, words: Iterable[str]) -> bool:
    """Tell whether *module* says one of *words*."""
    return not set(words).isdisjoint(module.facts.words.split(" "))


def known_as(service: Service, *words: str) -> tuple[str, ...]:
    """Return *words* and all other names that the service gives to what is called so."""
    others = _other_names(service)
    if len(words) == 1 and words[0] not in others:
        return words
    return _reached(others, words)


def originals(service: Service, word: str) -> tuple[str, ...]:
    """Return *word* and all of which it is another name."""
    return _reached(_words_renamed(service), (word,))


def _reached(names: Mapping[str, set[str]], start: Iterable[str]) -> tuple[str, ...]:
    """Return *start* and all to which *names* lead from there."""
    found = set(start)
    new = [*found]
    while new:
        more = names.get(new.pop(), set()) - found
        found |= more
        new += more
    return tuple(sorted(found))


@query
def _words_renamed(service: Service) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for word, names in _other_names(service).items():
        for name in names:
            found.setdefault(name, set()).add(word)
    return found


def functions_called(service: Service, name: str) -> Iterator[Function]:
    """Yield the functions of the service whose own name is *name*."""
    for module in saying(service, (f"{name}:",)):
        yield from (function for function in module.functions if function.name == name)


def words_of(service: Service, thing: Thing) -> tuple[str, ...]:
    """Return every word that may stand last where *thing* is named."""
    if isinstance(thing, str):
        return known_as(service, thing.rpartition(".")[2], *other_words(thing))
    return known_as(service, thing.name)
