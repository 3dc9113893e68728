"""Which names the service says where, by their last word, and what that tells of parameters."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Mention


@query
def mentions(service: Service) -> dict[str, list[Mention]]:
    """Every name and attribute of the service by its last word."""
    found: dict[str, list[Mention]] = {}
    for scope in service.scopes:
        for mention in scope.contents.mentions:
            found.setdefault(mention.expression.name, []).append(mention)
    return found


@query
def renamed(service: Service) -> dict[str, set[str]]:
    """Return the names that ``import ... as`` gives, by the last word of what is imported."""
    found: dict[str, set[str]] = {}
    for scope in service.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if isinstance(binding, Imported) and binding.fact.renamed:
                    word = binding.fact.name or binding.fact.module.rpartition(".")[2]
                    found.setdefault(word, set()).add(name)
    return found


def is_left_at_none(function: Function, name: str) -> bool:
    """Tell whether the parameter *name* of *function* is None by default and nobody gives another.

    By the word alone: whoever calls something of that name, or hands it over, may mean it.
    """
    parameter = function.parameter(name)
    if parameter is None or not _is_none(parameter.default):
        return False
    service = function.module.service
    made = function.cls if function.name == "__init__" else None
    word = made.name if made is not None else function.name
    if function.decorators or word in renamed(service):
        return False
    if made is not None and (made.name in _inherited(service) or made.decorators):
        return False
    sites = [x for x in mentions(service).get(word, ()) if not _is_annotation(x)]
    names = [p.name for p in function.arguments]
    position = names.index(name) if parameter.kind is not f.ParameterKind.KEYWORD_ONLY else None
    return bool(sites) and all(
        site.call is not None
        and not site.call.unpacks
        and _is_none_or_absent(site.call.argument(position, name))
        for site in sites
    )


@query
def _inherited(service: Service) -> frozenset[str]:
    """Return the last words of all bases of classes."""
    return frozenset(_words(service))


def _words(service: Service) -> Iterator[str]:
    for scope in service.scopes:
        if isinstance(scope, Class):
            for base in scope.definition.bases:
                yield from (x.name for x in f.walk(base) if isinstance(x, f.Name | f.Attribute))


def _is_none(expression: f.Expression | None) -> bool:
    return isinstance(expression, f.Constant) and expression.kind == "None"


def _is_none_or_absent(expression: f.Expression | None) -> bool:
    return expression is None or _is_none(expression)


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
