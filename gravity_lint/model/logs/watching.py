"""Tests that look for what is logged: whoever renames an event breaks them."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.values import text_of
from gravity_lint.model.logs.calls import LogCall
from gravity_lint.model.logs.messages import message, message_parts
from gravity_lint.patterns import pattern

_READING = frozenset({"assertLogs", "assertNoLogs", "capture_logs", "caplog", "capfd", "capsys"})
_LISTENING = frozenset({"caplog", "assertLogs", "assertNoLogs"})
_PATCHED = pattern(r"[\w.]+\.(?:log|logger|logging|_logger)(?:\.\w+)?")
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
                for part in step.parts:
                    if isinstance(part, f.Constant) and isinstance(part.value, str):
                        text = part.value.strip()
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


# -- tests that read the log of the standard library -----------------------------------------


def reader_of(service: Service, logger: str | None) -> Step | None:
    """Return a test that reads what `logging` gets of the one called *logger*, if there is one.

    Of a logger whose name is not known (None) any test may.
    """
    for name, reader in _readers_of_logs(service).items():
        if not logger or not name or f"{logger}.".startswith(f"{name}."):
            return reader
    return None


@query
def _readers_of_logs(service: Service) -> dict[str, Step]:
    """Return the tests that read what ``logging`` gets, by the name of the logger they listen to.

    Under the root's name, which is empty, stands what may listen to any.
    """
    found: dict[str, Step] = {}
    for scope in service.scopes:
        if layer_of(scope.module) is not Layer.TESTS:
            continue
        step = _reading(scope)
        if step is not None:
            for name in _listened_to(scope) or ("",):
                found.setdefault(name, step)
    return found


def _reading(scope: Scope) -> Step | None:
    if isinstance(scope, Function) and any(p.name == "caplog" for p in scope.parameters):
        return scope.step
    for site in scope.calls:
        function = site.call.function
        if isinstance(function, f.Attribute) and function.name in _LISTENING:
            return site.step
    return None


def _listened_to(scope: Scope) -> set[str]:
    """Return the names of the loggers for which *scope* sets the level of what it reads.

    None of them where it does so for one that is not known.
    """
    names: set[str] = set()
    for site in scope.calls:
        match site.call.function:
            case f.Attribute(name="at_level" | "set_level"):
                given = site.call.argument(1, "logger")
            case f.Attribute(name=name) if name in _LISTENING:
                given = site.call.argument(0, "logger")
            case _:
                continue
        listened = text_of(scope, given) if given is not None else None
        if listened is None:
            return set()
        names.add(listened)
    return names
