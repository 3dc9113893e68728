"""What middlewares answer themselves, before anything is routed."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.statuses import status_of
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.values import text_of
from gravity_lint.model.code.words import saying

_NEXT = ("app", "_app", "call_next", "inner", "next")
"""How a middleware calls what comes after it."""


@query
def answered_before_routing(service: Service) -> tuple[str, ...]:
    """Return the paths that middlewares answer, other than by a refusal.

    Those that a condition around the answer names; ``{rest:path}`` stands for all that begins so.
    """
    return tuple(
        dict.fromkeys(
            path
            for module in saying(service, ("call_next", "receive"))
            if in_app(module)
            for function in module.functions
            if function.parameter("call_next") or function.parameter("receive")
            for step in function.steps
            if _answers(function, step)
            for path in _conditions(function, step)
        )
    )


def _answers(function: Function, step: Step) -> bool:
    """Tell whether *step* gives an answer that is not made by what comes after *function*."""
    match step.statement:
        case f.Return(value=f.Call() as answer):  # not ``await call_next(...)``
            return (status_of(function, answer.argument(1, "status_code")) or 0) < 400
        case f.Return(value=f.Name()):
            return True
        case f.Evaluate(value=f.Await(value=f.Call(function=asked, arguments=arguments))):
            sends = any(isinstance(x, f.Name) and x.name == "send" for x in arguments)
            passes_on = isinstance(asked, f.Name | f.Attribute) and asked.name in _NEXT
            return sends and not passes_on
    return False


def _conditions(function: Function, step: Step) -> Iterator[str]:
    for block in step.block.ancestors():
        if not isinstance(block.owner, f.If) or block.part != "body":
            continue
        parts = list(f.walk(block.owner.test))
        begins = any(isinstance(x, f.Attribute) and x.name == "startswith" for x in parts)
        for part in parts:
            text = text_of(function, part)
            if text is not None and text.startswith("/"):
                yield text
                if begins and text.strip("/"):
                    yield f"{text.rstrip('/')}/{{rest:path}}"
