"""Who opens a session of the database, and from which source it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.services.sessions import is_missing_maker, session_kind

_Source: TypeAlias = tuple[object, ...]

_ENGINES = ("sqlalchemy.ext.asyncio.create_async_engine", "sqlalchemy.create_engine")
_DEEPEST = 4


def opens(scope: Scope, call: f.Call, depth: int = 0) -> bool:
    """Tell whether *call*, seen from *scope*, certainly opens a session or makes an engine."""
    callee = callee_of(scope, call)
    match callee:
        case External(path=path):
            if path in _ENGINES or is_missing_maker(scope.module.service, path):
                return True
            if not path.endswith((".begin", "Session")):
                return False
        case Function():
            return depth < _DEEPEST and gives_its_own(callee, depth)
        case Class():
            pass
    # A class of sessions, or what a session maker is called for.
    return session_kind(scope, call) is not None


def gives_its_own(function: Function, depth: int) -> bool:
    """Tell whether *function* opens the session that it yields or returns."""
    if function.is_generator:
        given = [x.value for _, x in function.contents.yields]
    else:
        given = [r.value for _, r in function.returned]
    if not given or any(session_kind(function, value) is None for value in given):
        return False
    return any(opens(function, site.call, depth + 1) for site in function.calls)


def is_of(function: Function, scope: Scope, call: f.Call) -> bool:
    """Tell whether the session that *call* opens may be such as *function* gives.

    It is not where it comes from another maker or engine, or is asked for with other words: there
    may be more than one database, or a schema for each tenant. Where that is not known, it may be.
    """
    if callee_of(scope, call) is function:
        return True
    theirs = frozenset(_sources(function, _DEEPEST))
    return not theirs or _is_from(theirs, scope, call, _DEEPEST)


def _is_from(theirs: frozenset[_Source], scope: Scope, call: f.Call, depth: int) -> bool:
    callee = callee_of(scope, call)
    if not isinstance(callee, Function):
        own = frozenset(_made(scope, call))
        return not own or not own.isdisjoint(theirs)
    if _asked(callee, call) in theirs:
        return True
    if not depth or any(source[0] is callee for source in theirs):
        return False
    inner = [site.call for site in callee.calls if opens(callee, site.call, 1)]
    return bool(inner) and all(_is_from(theirs, callee, x, depth - 1) for x in inner)


def _sources(function: Function, depth: int) -> Iterator[_Source]:
    """Yield where the sessions that *function* gives come from: makers, engines, functions."""
    for site in function.calls if depth else ():
        if opens(function, site.call, 1):
            callee = callee_of(function, site.call)
            if isinstance(callee, Function):
                yield _asked(callee, site.call)
                yield from _sources(callee, depth - 1)
            else:
                yield from _made(function, site.call)


def _made(scope: Scope, call: f.Call) -> Iterator[_Source]:
    """Yield the maker that *call* calls, or what gave it, and the engine, as far as known."""
    maker = resolve(scope, call.function)
    if not isinstance(maker, Variable):
        yield from _engine(scope, call.argument(0, "bind"))
        return
    given = frozenset(_given(maker))
    yield from given
    if isinstance(maker.scope, Module) and not given:
        yield (maker,)
        if isinstance(maker.value, f.Call):
            yield from _engine(maker.scope, maker.value.argument(0, "bind"))


def _engine(scope: Scope, expression: f.Expression | None) -> Iterator[_Source]:
    engine = resolve(scope, expression) if expression is not None else None
    if isinstance(engine, Variable):
        given = frozenset(_given(engine))
        yield from given
        if isinstance(engine.scope, Module) and not given:
            yield (engine,)


def _given(variable: Variable) -> Iterator[_Source]:
    """Yield the function of the service that gives what *variable* holds: ``get_engine()``."""
    made = variable.value
    if isinstance(made, f.Call):
        giver = callee_of(variable.scope, made)
        if isinstance(giver, Function):
            yield _asked(giver, made)


def _asked(function: Function, call: f.Call) -> _Source:
    return function, ", ".join(map(f.render, call.given))
