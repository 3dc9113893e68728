"""The body of a response where it can be read: a dict literal, or a schema that is dumped.

Constants, and functions of the service that make one, are followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.schemas import field_names
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.names import External, Variable, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.signatures import decorator_names, is_overridden
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import field_default, value_of
from gravity_lint.sources.spans import Span

_OPENAI = {"message", "type", "param", "code"}
_SUPER = External("builtins.super")
_DUMPING = ("json.dumps", "orjson.dumps", "ujson.dumps", "msgspec.json.encode")
_DUMPS = ("model_dump", "dict", "model_dump_json", "json")


class Maker(msgspec.Struct, frozen=True):
    """What makes a body for whoever asks it: a schema, a function, a constant of a module."""

    module: Module
    span: Span
    name: str


class Body(msgspec.Struct, frozen=True):
    """What is known of a body: its *keys*, whether there may be more, and its ``success``.

    *within* are the keys of what it says under ``error``; *maker* is what has made it, if that is
    not the place where it is sent.
    """

    keys: frozenset[str]
    open: bool
    success: bool | None
    within: frozenset[str] = frozenset()
    maker: Maker | None = None

    @property
    def prescribed(self) -> bool:
        """Tell whether its form is one that clients of somebody else's interface read.

        That is JSON-RPC's, OAuth's (RFC 6749, 5.2), and OpenAI's.
        """
        return (
            "jsonrpc" in self.keys
            or {"error", "error_description"} <= self.keys
            or (self.keys == {"error"} and {"message", "type", "code"} <= self.within <= _OPENAI)
        )


def body_of(scope: Scope, expression: f.Expression | None) -> Body | None:
    """Return the body that *expression*, given as content, makes; None if it cannot be read."""
    match expression:
        case f.Mapping():
            return _literal(scope, expression)
        case f.Name():
            return _held(scope, expression)
        case f.Await(value=value):
            return body_of(scope, value)
        case f.Conditional(body=one, otherwise=other):
            return _merged(body_of(scope, x) for x in (one, other) if not f.is_none(x))
        case f.Call():
            callee = callee_of(scope, expression)
            if isinstance(callee, Function):
                return _returned(callee, body_of)
            match expression.function:
                case f.Attribute(value=made, name=name) if name in _DUMPS:
                    parts = ("exclude", "include", "by_alias")
                    return None if any(map(expression.keyword, parts)) else _dumped(scope, made)
            if isinstance(callee, External):
                if callee.path in ("fastapi.encoders.jsonable_encoder", "json.loads"):
                    return body_of(scope, expression.argument(0, "obj"))
                if callee.path == "builtins.dict" and not expression.arguments:
                    return _keywords(scope, expression)
            return _dumped(scope, expression)
    return None


def dumped(scope: Scope, text: f.Expression | None) -> f.Expression | None:
    """Return what *text* is the JSON of: ``json.dumps(this).encode()``."""
    match text:
        case f.Call(function=f.Attribute(value=f.Call() as inner, name="encode")):
            return dumped(scope, inner)
        case f.Call(function=function, arguments=(given, *_)):
            if path_of(scope, function) in _DUMPING:
                return given
    return None


def _held(scope: Scope, name: f.Name) -> Body | None:
    """Return the body that the variable *name* holds, whichever it was given."""
    symbol = resolve(scope, name)
    if not isinstance(symbol, Variable):
        return None
    body = _merged(
        body_of(symbol.scope, row.value)
        if isinstance(row, Assigned) and not row.unpacked and not row.operator
        else None
        for row in symbol.bindings
        if not (isinstance(row, Assigned) and (row.value is None or f.is_none(row.value)))
    )
    if body is None:
        return None
    if body.maker is None and isinstance(symbol.scope, Module) and symbol.assigned is not None:
        maker = Maker(symbol.scope, symbol.assigned.span, symbol.name)
        body = msgspec.structs.replace(body, maker=maker)
    return _grown(symbol, body)


def _returned(
    function: Function, made_of: Callable[[Scope, f.Expression | None], Body | None]
) -> Body | None:
    """Return the body that *function* returns; *made_of* tells that of what it returns."""
    memory = function.module.service.memory
    key = ("returned body", made_of, function)
    return memory.ask(key, None, _find_returned, function, made_of)


def _find_returned(
    function: Function, made_of: Callable[[Scope, f.Expression | None], Body | None]
) -> Body | None:
    if is_overridden(function) or function.is_generator or not _says_it_all(function):
        return None
    body = _merged(
        made_of(function, x.value)
        for _, x in function.returned
        if x.value is None or not f.is_none(x.value)
    )
    if body is None or body.maker is not None:
        return body
    maker = Maker(function.module, function.span, function.label)
    return msgspec.structs.replace(body, maker=maker)


def _says_it_all(function: Function) -> bool:
    """Tell whether what *function* returns is what its callers get."""
    return all(name in ("staticmethod", "classmethod") for name in decorator_names(function))


def _merged(bodies: Iterable[Body | None]) -> Body | None:
    """Return what is known of a body that is one of those: all their keys.

    A ``None`` beside them has none, and is left out.
    """
    found: Body | None = None
    for body in bodies:
        if body is None:
            return None
        found = (
            body
            if found is None
            else Body(
                found.keys | body.keys,
                found.open or body.open,
                found.success if found.success is body.success else None,
                found.within | body.within,
                found.maker if found.maker == body.maker else None,
            )
        )
    return found


def _literal(scope: Scope, mapping: f.Mapping) -> Body:
    keys, is_open, success = set(mapping.literal_keys), False, None
    within: frozenset[str] = frozenset()
    for key, value in zip(mapping.keys, mapping.values, strict=True):
        if key is None:
            inner = body_of(scope, value)
            keys |= inner.keys if inner is not None else set()
            is_open = is_open or inner is None or inner.open
            success = inner.success if inner is not None else None
        elif not isinstance(key, f.Constant):
            is_open = True
        elif key.value == "success":
            success = _truth(scope, value)
        elif key.value == "error":
            within = _keys_of(scope, value)
    return Body(frozenset(keys), is_open, success, within)


def _keywords(scope: Scope, call: f.Call) -> Body:
    keys = frozenset(k.name for k in call.keywords if k.name is not None)
    within = _keys_of(scope, call.keyword("error"))
    return Body(keys, call.unpacks, _truth(scope, call.keyword("success")), within)


def _keys_of(scope: Scope, expression: f.Expression | None) -> frozenset[str]:
    body = body_of(scope, expression)
    return body.keys if body is not None else frozenset()


def _truth(scope: Scope, expression: f.Expression | None) -> bool | None:
    known = value_of(scope, expression)
    return known.value if known is not None and isinstance(known.value, bool) else None


def _dumped(scope: Scope, expression: f.Expression | None) -> Body | None:
    """Return the body that an object of a schema of the service gives."""
    if isinstance(expression, f.Name):
        symbol = resolve(scope, expression)
        if not isinstance(symbol, Variable) or symbol.value is None:
            return None
        scope, expression = symbol.scope, symbol.value
    if not isinstance(expression, f.Call):
        return None
    cls = callee_of(scope, expression)
    if isinstance(cls, Function):
        return _returned(cls, _dumped)
    if cls == _SUPER and isinstance(scope, Function):
        cls = scope.cls  # what the class above dumps are the fields of this one
    names = field_names(cls) if isinstance(cls, Class) else None
    if names is None or not isinstance(cls, Class):
        return None
    given = expression.keyword("success")
    success = _truth(scope, given)
    if given is None and not expression.unpacks:
        default = field_default(cls, "success")
        success = default.value if default and isinstance(default.value, bool) else None
    within = _keys_of(scope, expression.keyword("error"))
    maker = Maker(cls.module, cls.span, cls.name)
    return Body(frozenset(names), False, success, within, maker)


def _grown(variable: Variable, body: Body) -> Body:
    """Return *body* with what the scope puts into the variable after it is made."""
    keys, is_open, success = set(body.keys), body.open, body.success
    for step in variable.scope.steps:
        match step.statement:
            case f.Assign(targets=(f.Subscript(value=f.Name(name=name), index=index),)):
                if name == variable.name:
                    if isinstance(index, f.Constant) and isinstance(index.value, str):
                        keys.add(index.value)
                        success = None if index.value == "success" else success
                    else:
                        is_open = True
    for site in variable.scope.calls:
        match site.call.function:
            case f.Attribute(value=f.Name(name=name), name="update" | "setdefault"):
                is_open = is_open or name == variable.name
    return Body(frozenset(keys), is_open, success, body.within, body.maker)
