"""Where a name stands inside of expressions, and what is around it there."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.steps import Step


def occurrences(
    expression: f.Expression, name: str
) -> Iterator[tuple[f.Name, tuple[f.Expression, ...]]]:
    """Yield each mention of *name* in *expression* with what is around it, outermost first."""
    stack: list[tuple[f.Expression, tuple[f.Expression, ...]]] = [(expression, ())]
    while stack:
        current, around = stack.pop()
        if isinstance(current, f.Name) and current.name == name:
            yield current, around
        inner = (*around, current)
        stack.extend((child, inner) for child in reversed([*f.children(current)]))


def readings(scope: Scope, name: str) -> Iterator[tuple[Step, f.Name, tuple[f.Expression, ...]]]:
    """Yield each mention of *name* in the statements of *scope* that does not just bind it.

    With the statement, and with what is around it there, outermost first.
    """
    for step in scope.steps:
        bound = step.statement.targets if isinstance(step.statement, f.Assign) else ()
        for expression in step.expressions:
            if not any(expression is target for target in bound if isinstance(target, f.Name)):
                for mention, around in occurrences(expression, name):
                    yield step, mention, around
