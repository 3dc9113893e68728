"""What endpoints answer by hand: responses of their own, pages, files, redirects, nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.statuses import status_of
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.endings import ends_raising
from gravity_lint.model.code.names import External, Symbol, Variable, ancestors, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.signatures import gives_value
from gravity_lint.model.code.types import Type, callee_of, type_of
from gravity_lint.model.code.values import text_of
from gravity_lint.patterns import pattern

_EVENTS = (
    "fastapi.sse.EventSourceResponse",
    "sse_starlette.EventSourceResponse",
    "sse_starlette.sse.EventSourceResponse",
)
"""Streams of events, FastAPI's own and those of sse-starlette, which derive from ``Response``."""
NON_JSON = (
    *_EVENTS,
    "fastapi.responses.StreamingResponse",
    "fastapi.responses.FileResponse",
    "fastapi.responses.RedirectResponse",
    "fastapi.responses.HTMLResponse",
    "fastapi.responses.PlainTextResponse",
)
RESPONSE = "fastapi.Response"
_REDIRECTION = "fastapi.responses.RedirectResponse"
_FILES = (
    *_EVENTS,
    "fastapi.responses.StreamingResponse",
    "fastapi.responses.FileResponse",
)
_HTML = (
    "fastapi.responses.HTMLResponse",
    "starlette.templating._TemplateResponse",
    "fastapi.templating._TemplateResponse",
)
_CLASSES = frozenset(
    {
        *(path.rpartition(".")[2] for path in NON_JSON),
        *("JSONResponse", "ORJSONResponse", "UJSONResponse"),
    }
)
_FOREIGN = pattern(
    r"text/(?!html|plain)|audio/|image/|video/|application/(?!json|xhtml|problem|vnd\.api|hal)"
)
"""Kinds of content that are kept as files: tables, pictures, archives."""
_DATA = ("builtins.dict", "builtins.list")
_DEEPEST = 3
_GIVING_DATA = frozenset(
    {
        *sys.stdlib_module_names,
        *("asyncpg", "fastapi", "fastapi_pagination", "httpx", "motor", "msgspec", "numpy"),
        *("orjson", "pandas", "pydantic", "requests", "sqlalchemy", "sqlmodel", "starlette"),
    }
)
"""Packages of whose functions is known whether they make a response."""
_PAGES = frozenset({"html", "redirect", "template"})
"""Words of the names of functions that answer people: ``authorize_redirect``, ``render_html``."""


def is_response(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a class of responses."""
    if not isinstance(symbol, Class | External):
        return False
    return any(
        isinstance(a, External)
        and (a.path in (RESPONSE, *_EVENTS) or a.path.startswith("fastapi.responses."))
        for a in ancestors(symbol)
    )


def is_json(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a class of JSON responses, FastAPI's or the service's own."""
    return isinstance(symbol, Class | External) and any(
        isinstance(a, External) and a.path.endswith("JSONResponse") for a in ancestors(symbol)
    )


def is_non_json(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a class of responses that hold no JSON."""
    if not isinstance(symbol, Class | External):
        return False
    return any(isinstance(a, External) and a.path in NON_JSON for a in ancestors(symbol))


def is_file(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a class of responses that hold a file or a stream."""
    return isinstance(symbol, Class | External) and any(
        isinstance(a, External) and a.path in _FILES for a in ancestors(symbol)
    )


def is_html(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a class of responses that hold a page of HTML."""
    return isinstance(symbol, Class | External) and any(
        isinstance(a, External) and a.path in _HTML for a in ancestors(symbol)
    )


def answers_with_page(function: Function) -> bool:
    """Tell whether *function* returns a page of HTML, or what templates make of one."""
    return any(is_html(made.symbol) for made in _returned(function)) or any(
        isinstance(statement.value, f.Call)
        and isinstance(statement.value.function, f.Attribute)
        and statement.value.function.name == "TemplateResponse"
        for _, statement in function.returned
    )


def may_answer_with_json(function: Function) -> bool:
    """Tell whether *function* also returns JSON, and not to say that something is wrong."""
    for _, statement in function.returned:
        match statement.value:
            case f.Mapping():
                return True
            case f.Call() as call if is_json(callee_of(function, call)):
                if call.argument(1, "status_code") is None and not call.unpacks:
                    return True
    return False


def is_redirection(symbol: Symbol | None) -> bool:
    """Tell whether *symbol* is a class of responses that send people elsewhere."""
    return isinstance(symbol, Class | External) and any(
        isinstance(a, External) and a.path == _REDIRECTION for a in ancestors(symbol)
    )


def redirects(function: Function) -> bool:
    """Tell whether all that *function* returns, and that is known, sends people elsewhere."""
    made = list(_returned(function))
    return bool(made) and all(is_redirection(x.symbol) for x in made)


def gives_start_page(function: Function) -> bool:
    """Tell whether *function*, or what it has answer, names the start page of a front end."""
    memory = function.module.service.memory
    return memory.ask(("start page", function), False, _gives_start_page, function)


def _gives_start_page(function: Function) -> bool:
    parts = list(_parts_of_answer(function))
    templates = {id(given) for inner in parts for given in _templates_in(inner)}
    return any(
        isinstance(inner, f.Constant)
        and str(inner.value).endswith("index.html")
        and (id(inner) not in templates or inner.value == "index.html")
        for inner in parts
    )


def _templates_in(expression: f.Expression) -> tuple[f.Expression, ...]:
    """Return what *expression* has a page made of: a template of a directory is one of many."""
    match expression:
        case f.Call(function=f.Attribute(name="TemplateResponse" | "get_template")):
            return tuple(expression.given)
    return ()


def _parts_of_answer(function: Function) -> Iterator[f.Expression]:
    """Yield the expressions of *function* and of what it has answer."""
    for each in (function, *_asked_for_the_answer(function)):
        for step in each.steps:
            yield from step.parts


def names_path(function: Function, pattern: str) -> bool:
    """Tell whether *function*, or what it has answer, writes a path that begins as *pattern*."""
    return any(
        isinstance(text, str) and re.match(pattern, text) is not None
        for inner in _parts_of_answer(function)
        for text in _texts(inner)
    )


def _texts(expression: f.Expression) -> tuple[object, ...]:
    match expression:
        case f.Constant(value=value):
            return (value,)
        case f.Template(parts=parts):
            return parts[:1]
    return ()


def answers_by_hand(function: Function) -> bool:
    """Tell whether a ``return`` of *function* gives a response, which has a status of its own.

    Not one that says what is wrong, here or where the answer comes from. A class out of view that
    is called like one of FastAPI's is its subclass. Functions that promise nothing are followed to
    what they return.
    """
    return _by_hand(function, _DEEPEST)


def _by_hand(function: Function, depth: int) -> bool:
    return any(
        is_response(made.symbol) or (made.cls is None and made.name in _CLASSES)
        for _, statement in function.returned
        if not _says_error(function, statement.value)
        for made in _kinds_of(function, statement.value, _DEEPEST, errors=False)
    ) or (
        depth > 0
        and any(
            callee.returns is None and _by_hand(callee, depth - 1)
            for callee in _asked_for_the_answer(function)
        )
    )


def _says_error(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value* is a call that gives the status of an error."""
    status = value.argument(1, "status_code") if isinstance(value, f.Call) else None
    return (status_of(scope, status) or 0) >= 400


def _asked_for_the_answer(function: Function) -> Iterator[Function]:
    """Yield the functions of the service whose result *function* returns."""
    for _, statement in function.returned:
        scope: Scope = function
        value = statement.value
        if isinstance(value, f.Name):
            symbol = resolve(function, value)
            if isinstance(symbol, Variable):
                scope, value = symbol.scope, symbol.value
        if isinstance(value, f.Await):
            value = value.value
        callee = callee_of(scope, value) if isinstance(value, f.Call) else None
        if isinstance(callee, Function):
            yield callee


def answers_without_json(function: Function) -> bool:
    """Tell whether a ``return`` of *function* gives a response that holds no JSON."""
    return any(made.path == RESPONSE or is_non_json(made.symbol) for made in _returned(function))


def answers_with_data(function: Function) -> bool:
    """Tell whether a ``return`` of *function* certainly gives what FastAPI makes JSON of."""
    return any(
        not is_response(made.symbol) and (made.cls is not None or made.path.startswith(_DATA))
        for made in _returned(function)
    )


def answers_with_file(function: Function) -> bool:
    """Tell whether a ``return`` of *function* gives a file or a stream, or text of another kind."""
    return any(is_file(made.symbol) for made in _returned(function)) or any(
        isinstance(statement.value, f.Call)
        and _FOREIGN.match(text_of(function, statement.value.keyword("media_type")) or "")
        for _, statement in function.returned
    )


def answers_nothing_known(function: Function) -> bool:
    """Tell whether *function* never returns, or gives what a library calls a page or a redirect."""
    if any(_may_be_response(function, statement.value) for _, statement in function.returned):
        return True
    if function.is_generator or any(gives_value(r) for _, r in function.returned):
        return False
    return ends_raising(function.body)


def _returned(function: Function) -> Iterator[Type]:
    for _, statement in function.returned:
        yield from _kinds_of(function, statement.value, _DEEPEST)


def _kinds_of(
    scope: Scope, value: f.Expression | None, depth: int, *, errors: bool = True
) -> Iterator[Type]:
    """Yield the types of what *value* may be, each where it is not always the same.

    Functions of the service are followed to what they return; without *errors*, not to what says
    that something is wrong.
    """
    made = type_of(scope, value)
    if made is not None or not depth:
        if made is not None and not made.is_class:
            yield made
        return
    match value:
        case f.Await(value=inner) | f.Walrus(value=inner):
            yield from _kinds_of(scope, inner, depth, errors=errors)
        case f.Conditional(body=body, otherwise=otherwise):
            yield from _kinds_of(scope, body, depth, errors=errors)
            yield from _kinds_of(scope, otherwise, depth, errors=errors)
        case f.Name():
            symbol = resolve(scope, value)
            if isinstance(symbol, Variable):
                for binding in symbol.bindings:
                    if isinstance(binding, Assigned) and not (binding.unpacked or binding.operator):
                        yield from _kinds_of(symbol.scope, binding.value, depth - 1, errors=errors)
        case f.Call():
            callee = callee_of(scope, value)
            if isinstance(callee, Function) and not callee.is_generator:
                for _, statement in callee.returned:
                    if errors or not _says_error(callee, statement.value):
                        yield from _kinds_of(callee, statement.value, depth - 1, errors=errors)


def _may_be_response(scope: Scope, value: f.Expression | None) -> bool:
    """Tell whether *value* comes from something out of view that may make a response.

    A function of a library of which nothing is known may, else what says that it makes a page.
    """
    if isinstance(value, f.Await):
        value = value.value
    if not isinstance(value, f.Call) or not isinstance(value.function, f.Name | f.Attribute):
        return False
    callee = callee_of(scope, value)
    if isinstance(callee, Function | Class):
        return False
    if isinstance(callee, External) and callee.name.islower():
        if callee.package not in _GIVING_DATA:
            return True
    return not _PAGES.isdisjoint(value.function.name.split("_"))
