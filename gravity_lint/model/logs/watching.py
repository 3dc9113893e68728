"""Tests that look for what is logged: whoever renames an event breaks them."""

from __future__ import annotations

import re

from gravity_lint import facts as f
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.logs.loggers import LogCall
from gravity_lint.model.logs.messages import message, message_parts

_READING = frozenset({"assertLogs", "assertNoLogs", "capture_logs", "caplog", "capfd", "capsys"})
_PATCHED = re.compile(r"[\w.]+\.(?:log|logger|logging|_logger)(?:\.\w+)?")
"""What a test names to put something else in a logger's place."""
_SHORTEST = 6
"""How much text two strings must share for one to be looked for in the other, in characters."""


def watcher(call: LogCall) -> Step | None:
    """Return a statement of a test that looks for the text of *call*, if there is one."""
    texts = _texts(call)
    for wanted, step in _looked_for(call.module.service):
        if any(wanted in text or text in wanted for text in texts):
            return step
    return None


def _texts(call: LogCall) -> list[str]:
    """Return the stretches of text in the message of *call* that are long enough to tell it."""
    parts = message_parts(call)
    if parts is None:
        event = message(call)
        parts = (str(event.value),) if isinstance(event, f.Constant) else ()
    texts = (part.strip() for part in parts if isinstance(part, str))
    return [text for text in texts if len(text) >= _SHORTEST]


@query
def _looked_for(service: Service) -> tuple[tuple[str, Step], ...]:
    """Return the texts that stand in tests which read the log, each with its place."""
    found: dict[str, Step] = {}
    for scope in service.scopes:
        if layer_of(scope.module) is Layer.TESTS and _reads_logs(scope):
            for step in scope.steps:
                for expression in step.expressions:
                    for inner in f.walk(expression):
                        if isinstance(inner, f.Constant) and isinstance(inner.value, str):
                            text = inner.value.strip()
                            if len(text) >= _SHORTEST and not _PATCHED.fullmatch(text):
                                found.setdefault(text, step)
    return tuple(found.items())


def _reads_logs(scope: Scope) -> bool:
    if not isinstance(scope, Function):
        return False
    if any(p.name in _READING for p in scope.parameters):
        return True
    expressions = [x for step in scope.steps for x in step.expressions] + list(scope.decorators)
    for expression in expressions:
        for inner in f.walk(expression):
            match inner:
                case f.Name(name=name) | f.Attribute(name=name) if name in _READING:
                    return True
                case f.Constant(value=str(text)) if _PATCHED.fullmatch(text):
                    return True
    return False
