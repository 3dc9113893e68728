"""What of a test can run: the function, and those inside it that something calls or gets."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.scopes import Class, Function, Scope


def running(function: Function) -> tuple[Scope, ...]:
    """Return *function* and the scopes inside it that can run.

    A function that nobody mentions, and no decorator registers, never does.
    """
    return function.module.service.memory.ask(("running", function), (), _running, function)


def _running(function: Function) -> tuple[Scope, ...]:
    found: list[Scope] = [function]
    waiting: list[Function | Class] = list(function.definitions)
    mentioned: set[str] = set()
    fresh: list[Scope] = [function]
    while fresh:
        for scope in fresh:
            mentioned |= _words(scope)
        fresh = [x for x in waiting if x.decorators or x.name in mentioned]
        waiting = [x for x in waiting if x not in fresh]
        for scope in fresh:
            if isinstance(scope, Class):
                # Whoever has the class may call each of its methods.
                fresh += [x for x in scope.walk() if x not in fresh]
            else:
                waiting += scope.definitions
        found += fresh
    return tuple(found)


def _words(scope: Scope) -> set[str]:
    """Return the names that the statements of *scope* mention."""
    return {
        inner.name
        for step in scope.steps
        for inner in step.parts
        if isinstance(inner, f.Name | f.Attribute)
    }
