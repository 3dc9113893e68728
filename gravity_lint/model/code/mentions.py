"""Which names the service says where, by their last word, and what that tells of parameters."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.steps import Mention
from gravity_lint.model.code.words import renamed, saying


def mentions(service: Service, *words: str) -> Iterator[Mention]:
    """Yield every name and attribute of the service whose last word is one of *words*."""
    for word in words:
        for module in saying(service, (word,)):
            yield from module.mentions(word)


def is_left_at_none(function: Function, name: str) -> bool:
    """Tell whether the parameter *name* of *function* is None by default and nobody gives another.

    By the word alone: whoever calls something of that name, or hands it over, may mean it.
    """
    parameter = function.parameter(name)
    if parameter is None or not f.is_none(parameter.default):
        return False
    service = function.module.service
    made = function.cls if function.name == "__init__" else None
    word = made.name if made is not None else function.name
    if function.decorators or word in renamed(service):
        return False
    if made is not None and (_is_inherited(service, made.name) or made.decorators):
        return False
    sites = [x for x in mentions(service, word) if not _is_annotation(x)]
    names = [p.name for p in function.arguments]
    position = names.index(name) if parameter.kind is not f.ParameterKind.KEYWORD_ONLY else None
    return bool(sites) and all(
        site.call is not None
        and not site.call.unpacks
        and _is_none_or_absent(site.call.argument(position, name))
        for site in sites
    )


def _is_inherited(service: Service, word: str) -> bool:
    """Tell whether something called *word* stands in the bases of a class."""
    return any(
        isinstance(part, f.Name | f.Attribute) and part.name == word
        for module in saying(service, (word,))
        for cls in module.classes
        for base in cls.definition.bases
        for part in f.walk(base)
    )


def _is_none_or_absent(expression: f.Expression | None) -> bool:
    return expression is None or f.is_none(expression)


def _is_annotation(mention: Mention) -> bool:
    """Tell whether *mention* only says of what class a parameter is: no ``Depends()`` makes it."""
    match mention.step.statement:
        case f.FunctionDefinition(parameters=parameters):
            for parameter in parameters:
                if parameter.annotation is None:
                    continue
                parts = f.walk(parameter.annotation)
                if any(x is mention.expression for x in parts):
                    made = [*f.walk(parameter.annotation)]
                    if parameter.default is not None:
                        made += f.walk(parameter.default)
                    calls = [x for x in made if isinstance(x, f.Call)]
                    return all(call.arguments or call.keywords for call in calls)
    return False
