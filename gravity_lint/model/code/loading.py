"""Modules that are loaded by their names: ``importlib.import_module(f"app.plugins.{name}")``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.values import text_of
from gravity_lint.patterns import pattern

_NAME = r"(\w+)"
"""What stands in a name that is put together: one name, as a rule."""
_MOST = 3
"""How many of those may stand in one; of more, too many names would have to be tried."""
_HOLE = pattern(r"%s|\{\w*\}")
_LOADERS = ("importlib.import_module", "builtins.__import__", "runpy.run_module")


@query
def loaded_by_name(service: Service) -> frozenset[tuple[Module, Module]]:
    """Return pairs of modules: one that is loaded by its name, and the one that does it.

    Of a name that is put together, what is written of it tells which it may be, if that begins with
    a package.
    """
    return frozenset(
        (module, site.module)
        for site in calls_to(service, *_LOADERS)
        for module in _loaded(site)
        if module is not site.module
    )


def _loaded(site: CallSite) -> Iterator[Module]:
    service, given = site.module.service, site.call.argument(0, "name")
    name = text_of(site.scope, given)
    if name is not None:
        found = service.find(name, site.module)
        if found is not None:
            yield found
        return
    shape = _shape(given)
    start = shape[0] if shape else None
    package, dot, rest = start.rpartition(".") if isinstance(start, str) else ("", "", "")
    if dot and sum(not isinstance(part, str) for part in shape) <= _MOST:
        parent = service.find(package, site.module)
        name = package if parent is None else parent.name
        may_be = re.compile(_expression([f"{name}.{rest}", *shape[1:]]))
        yield from (module for module in service.modules if may_be.fullmatch(module.name))


def _shape(name: f.Expression | None) -> list[str | f.Expression | None]:
    """Return what *name* is put together of: texts, and what is not known of it; None: no name."""
    match name:
        case f.Constant(value=str(text)):
            return [text]
        case f.Template(parts=parts):
            return [part if isinstance(part, str) else part.value for part in parts]
        case f.Binary(operator="+", left=left, right=right):
            return [*_shape(left), *_shape(right)]
        case f.Binary(operator="%", left=f.Constant(value=str(text))):
            return _filled(text)
        case f.Call(function=f.Attribute(value=f.Constant(value=str(text)), name="format")):
            return _filled(text)
    return [name]


def _filled(text: str) -> list[str | f.Expression | None]:
    first, *others = _HOLE.split(text)
    found: list[str | f.Expression | None] = [first]
    for other in others:
        found += [None, other]
    return found


def _expression(shape: list[str | f.Expression | None]) -> str:
    """Return the regular expression for names of *shape*; what stands in it twice is the same."""
    text, seen = "", dict[str, int]()
    for part in shape:
        if isinstance(part, str):
            text += re.escape(part)
            continue
        shown = "" if part is None else f.render(part)
        if shown and shown in seen:
            text += f"(?:\\{seen[shown]})"
        else:
            seen[shown] = text.count(_NAME) + 1
            text += _NAME
    return text
