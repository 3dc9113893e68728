"""The body of a response where it can be read: a dict literal, or a schema that is dumped."""

from __future__ import annotations

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.schemas import field_names
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.scopes import Class, Scope
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import field_default, value_of

_DUMPS = ("model_dump", "dict", "model_dump_json", "json")


class Body(msgspec.Struct, frozen=True):
    """What is known of a body: its *keys*, whether there may be more, and its ``success``.

    *within* are the keys of what it says under ``error``.
    """

    keys: frozenset[str]
    open: bool
    success: bool | None
    within: frozenset[str] = frozenset()

    @property
    def prescribed(self) -> bool:
        """Tell whether its form is one that clients of somebody else's interface read.

        That is JSON-RPC's, OAuth's (RFC 6749, 5.2), and OpenAI's.
        """
        return (
            "jsonrpc" in self.keys
            or {"error", "error_description"} <= self.keys
            or (self.keys == {"error"} and {"message", "type", "param", "code"} <= self.within)
        )


def body_of(scope: Scope, expression: f.Expression | None) -> Body | None:
    """Return the body that *expression*, given as content, makes; None if it cannot be read."""
    match expression:
        case f.Mapping():
            return _literal(scope, expression)
        case f.Name():
            symbol = resolve(scope, expression)
            if isinstance(symbol, Variable) and symbol.value is not None:
                body = body_of(symbol.scope, symbol.value)
                return None if body is None else _grown(symbol, body)
        case f.Call(function=f.Attribute(value=made, name=name)) if name in _DUMPS:
            if any(expression.keyword(name) for name in ("exclude", "include", "by_alias")):
                return None
            return _dumped(scope, made)
        case f.Call():
            callee = callee_of(scope, expression)
            if isinstance(callee, External):
                if callee.path in ("fastapi.encoders.jsonable_encoder", "json.loads"):
                    return body_of(scope, expression.argument(0, "obj"))
                if callee.path == "builtins.dict" and not expression.arguments:
                    return _keywords(scope, expression)
            return _dumped(scope, expression)
    return None


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


def _dumped(scope: Scope, expression: f.Expression) -> Body | None:
    """Return the body that an object of a schema of the service gives."""
    if isinstance(expression, f.Name):
        symbol = resolve(scope, expression)
        if not isinstance(symbol, Variable) or symbol.value is None:
            return None
        scope, expression = symbol.scope, symbol.value
    if not isinstance(expression, f.Call):
        return None
    cls = callee_of(scope, expression)
    names = field_names(cls) if isinstance(cls, Class) else None
    if names is None or not isinstance(cls, Class):
        return None
    given = expression.keyword("success")
    success = _truth(scope, given)
    if given is None and not expression.unpacks:
        default = field_default(cls, "success")
        success = default.value if default and isinstance(default.value, bool) else None
    within = _keys_of(scope, expression.keyword("error"))
    return Body(frozenset(names), False, success, within)


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
    return Body(frozenset(keys), is_open, success, body.within)
