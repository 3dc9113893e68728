"""What the service hands over, for others to call."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.mentions import mentions
from gravity_lint.model.code.names import resolve
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.steps import Mention
from gravity_lint.model.code.types import method_of, type_of


def _uncalled(function: Function) -> tuple[Mention, ...]:
    """Return the mentions of what is called as *function* is that do not call it on the spot."""
    said = mentions(function.module.service, function.name)
    return tuple([mention for mention in said if mention.call is None])


def handed_over(function: Function) -> bool:
    """Tell whether *function* may be mentioned somewhere without being called on the spot.

    An attribute of its name on something that is not known counts: it may be meant. What tests
    do with a function of the service, for them to see or to replace, tells nothing of the service.
    """
    service = function.module.service
    in_tests = layer_of(function.module) is Layer.TESTS
    for mention in service.memory.ask(("uncalled", function.name), (), _uncalled, function):
        step, expression = mention.step, mention.expression
        if not in_tests and layer_of(step.module) is Layer.TESTS:
            continue
        symbol = resolve(step.scope, expression)
        if symbol is function:
            return True
        if symbol is None and isinstance(expression, f.Attribute):
            owner = type_of(step.scope, expression.value)
            if owner is None or method_of(owner, expression.name) in (function, None):
                return True
    return False
