"""Connections to a broker that are opened only to see whether that works."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.steps import Step


def is_probe(step: Step, call: f.Call | None) -> bool:
    """Tell whether nothing is done with the connection that *call* opens in *step* but closing it.

    It is entered without a name, or the name that it gets is only ever closed.
    """
    match step.statement:
        case f.With(items=items):
            return any(item.target is None and _opens(item.context, call) for item in items)
        case f.Assign(targets=(f.Name(name=name) as target,), value=value) if value is not None:
            others = [
                mention.expression
                for mention in step.scope.contents.mentions(name)
                if mention.expression is not target
            ]
            closed = {
                id(site.call.function.value)
                for site in step.scope.calls
                if isinstance(site.call.function, f.Attribute)
                and site.call.function.name in ("close", "aclose")
            }
            return _opens(value, call) and bool(others) and all(id(x) in closed for x in others)
    return False


def _opens(expression: f.Expression, call: f.Call | None) -> bool:
    if isinstance(expression, f.Await):
        return _opens(expression.value, call)
    return call is not None and expression is call
