"""What a value in a log message is called: ``role_name`` for ``role_data.name``."""

from __future__ import annotations

import re

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Caught, Received
from gravity_lint.model.code.casing import in_snake_case
from gravity_lint.model.code.names import path_of
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.types import annotated_type, callee_of, type_of
from gravity_lint.patterns import pattern

_GENERIC = frozenset(
    {
        *("self", "cls", "data", "payload", "request", "req", "obj", "settings", "config", "cfg"),
        *("result", "row", "body", "params", "kwargs", "args", "context", "ctx", "info", "options"),
        *("e", "ex", "exc", "err", "args", "state", "value", "values", "item", "instance", "opts"),
        *("pagination", "stats", "report", "metrics", "response_data", "message", "msg"),
    }
)
"""Words for the holder of a value that say nothing about it."""
_VAGUE = frozenset(
    {
        *("id", "name", "type", "value", "key", "code", "data", "title", "label", "kind", "status"),
        *("state", "count", "size", "text", "message", "path", "url", "index", "date"),
        *("level", "event", "timestamp", "args", "module", "filename", "created", "process"),
    }
)
"""Words for a value that need the holder to be understood."""
_ORIGINS = ("new_", "db_", "existing_", "current_", "created_", "updated_", "saved_")
_SHAPES = ("_data", "_in", "_create", "_update", "_obj", "_info", "_schema", "_dto", "_request")
_TRANSPARENT = frozenset(
    {
        *("builtins.str", "builtins.repr", "builtins.int", "builtins.float", "builtins.list"),
        *("builtins.sorted", "builtins.round", "builtins.tuple", "builtins.set", "builtins.bool"),
        *("builtins.abs", "builtins.min", "builtins.max", "builtins.sum", "json.dumps"),
        *("builtins.dict", "builtins.next", "builtins.getattr", "os.path.basename"),
    }
)
"""Functions whose result is called as what they are given."""
_TIDYING = frozenset(
    {
        *("isoformat", "strip", "lstrip", "rstrip", "lower", "upper", "title", "strftime", "hex"),
        *("total_seconds", "decode", "encode", "model_dump", "dict", "as_posix", "items", "keys"),
        *("values", "copy", "to_dict", "replace", "format", "split", "capitalize", "json"),
    }
)
"""Methods whose result is called as what they belong to."""
_CLEANING = pattern(
    r"(?:_*(?:log|to|as|make|do|safe)_)?_*(?:saniti[sz]e|clean|scrub|mask|redact|hide|obfuscate|escape"
    r"|quote|unquote|format|fmt|shorten|short|truncate|trim|strip|normali[sz]e|stringify|humanize|safe"
    r"|pretty|dump|dumps|serialize|jsonable|slugify|render|encode|decode|repr|str|to_str|abbrev\w*"
    r"|summari[sz]e|censor|anonymi[sz]e|filter|coerce|ensure_str|force_str)(?:_\w+)?"
)
"""Functions that only make what they are given fit to be shown."""
_VERBS = pattern(r"(?:get|compute|calculate|build|fetch|find|load|make|read|count)_(?=\w)")
_STOP = frozenset(
    {
        *("a", "an", "the", "with", "by", "for", "to", "from", "in", "at", "of", "on", "as", "is"),
        *("was", "are", "were", "and", "or", "via", "using", "into", "not", "no", "new", "this"),
        *(
            "id",
            "ids",
            "failed",
            "took",
            "has",
            "have",
            "successfully",
            "than",
            "that",
            "due",
            "because",
            "after",
        ),
    }
)


def caught(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is the name of a caught exception, here or by who hands it in."""
    if not isinstance(expression, f.Name):
        return False
    bindings = scope.bindings.get(expression.name, ())
    if any(isinstance(b, Caught) for b in bindings):
        return True
    made = type_of(scope, expression) if any(isinstance(b, Received) for b in bindings) else None
    return made is not None and not made.is_class and made.is_a("builtins.BaseException")


def name_of(scope: Scope, expression: f.Expression) -> str | None:
    """Return what the value of *expression* is called, in snake case; None if nothing tells."""
    found = _name_of(scope, expression)
    if found is None:
        return None
    return in_snake_case(found).strip("_").removesuffix("_str") or None


def _name_of(scope: Scope, expression: f.Expression) -> str | None:
    if caught(scope, expression):
        return "error"
    match expression:
        case f.Name(name=name):
            return name
        case f.Attribute(value=value, name="__name__" | "__qualname__"):
            return _class_name(scope, value)
        case f.Attribute(value=value, name="value"):
            return _name_of(scope, value)
        case f.Attribute(value=value, name=name):
            return _held(scope, value, name)
        case f.Subscript(value=value, index=f.Constant(value=str(key))) if key.isidentifier():
            return _held(scope, value, key)
        case f.Subscript(value=value) | f.Await(value=value) | f.Starred(value=value):
            return _name_of(scope, value)
        case f.Call():
            return _name_of_result(scope, expression)
        case f.Conditional(body=body, otherwise=otherwise):
            return _name_of(scope, body) or _name_of(scope, otherwise)
        case f.Boolean(values=values):
            return next((n for v in values if (n := _name_of(scope, v)) is not None), None)
        case f.Binary(operator="-", left=left, right=right):
            if any(_reads_clock(side) for side in (left, right)):
                return "duration"
            return None
        case f.Binary(operator="*" | "/" | "//", left=left):
            return _name_of(scope, left)
        case f.Comprehension(generators=(generator, *_)):
            return _name_of(scope, generator.iterable)
    return None


def _class_name(scope: Scope, value: f.Expression) -> str | None:
    """Return what the name of a class or function is called."""
    match value:
        case f.Call(function=f.Name(name="type"), arguments=(inner,)):
            pass
        case f.Attribute(value=inner, name="__class__"):
            pass
        case _:
            name = _name_of(scope, value)
            return None if name is None else f"{name}_name"
    if caught(scope, inner):
        return "error_type"
    if isinstance(inner, f.Name) and inner.name in ("self", "cls"):
        return "class_name"
    name = _name_of(scope, inner)
    return None if name is None else f"{name}_type"


def _held(scope: Scope, holder: f.Expression, name: str) -> str | None:
    """Return what the part *name* of *holder* is called."""
    bare = name.strip("_")
    if isinstance(holder, f.Name) and holder.name in ("self", "cls"):
        return bare
    if caught(scope, holder):
        return "error" if bare in ("message", "msg", "detail", "args", "reason") else bare
    owner = holder.name if isinstance(holder, f.Attribute) else _name_of(scope, holder)
    if owner is None:
        return bare
    owner = _bare(owner)
    if owner.lower() in _GENERIC and (bare.lower() not in _VAGUE or owner in ("self", "cls", "e")):
        return bare
    if bare.lower().startswith(f"{owner}_") or bare == owner:
        return bare
    return f"{owner}_{bare}"


def _bare(owner: str) -> str:
    """Cut from the holder's name where it comes from and which shape it has."""
    for origin in _ORIGINS:
        owner = owner.removeprefix(origin) or owner
    for shape in _SHAPES:
        owner = owner.removesuffix(shape) or owner
    return owner


def _name_of_result(scope: Scope, call: f.Call) -> str | None:
    first = call.arguments[0] if call.arguments else None
    match call.function:
        case f.Name(name="len") if first is not None:
            name = _name_of(scope, first)
            return None if name is None else f"{name}_count"
        case f.Name(name="sum") if isinstance(first, f.Comprehension):
            element = first.element
            return f"total_{element.name}" if isinstance(element, f.Attribute) else "total"
        case f.Name(name="type") if first is not None:
            return _class_name(scope, call)
        case f.Name(name="getattr") if first is not None and len(call.arguments) > 1:
            key = call.arguments[1].value if isinstance(call.arguments[1], f.Constant) else ""
            known = isinstance(key, str) and key.isidentifier()
            return _held(scope, first, str(key)) if known else _name_of(scope, first)
        case f.Name() | f.Attribute() if (
            first is not None and path_of(scope, call.function) in _TRANSPARENT
        ):
            return _name_of(scope, first)
        case f.Name() | f.Attribute() if _cleans(scope, call):
            return _name_of(scope, call.arguments[0])
        case f.Name(name=function):
            return _VERBS.sub("", function.lstrip("_"))
        case f.Attribute(value=f.Constant(kind="str"), name="join") if first is not None:
            return _name_of(scope, first)
        case f.Attribute(value=value, name="get" | "pop") if isinstance(first, f.Constant):
            key = str(first.value)
            return _held(scope, value, key) if key.isidentifier() else _name_of(scope, value)
        case f.Attribute(value=value, name=method) if method in _TIDYING:
            return _name_of(scope, value)
        case f.Attribute(value=value, name=method):
            return _held(scope, value, _VERBS.sub("", method))
    return None


def _cleans(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call* makes the one thing that it is given fit to be shown, and no more."""
    function = call.function
    if not isinstance(function, f.Name | f.Attribute) or not call.arguments:
        return False
    first = call.arguments[0]
    if isinstance(first, f.Constant | f.Starred) or _name_of(scope, first) is None:
        return False
    if len(function.name.strip("_")) <= 2 or _CLEANING.fullmatch(function.name):
        return True
    callee = callee_of(scope, call)
    if not isinstance(callee, Function) or len(callee.arguments) != 1:
        return False
    # A function from text to text gives no new thing a name.
    parameter = callee.arguments[0]
    taken = annotated_type(callee.parent or callee, parameter.annotation)
    given = annotated_type(callee.parent or callee, callee.returns)
    return taken is not None and taken == given and taken.path == "builtins.str"


def is_named_by_function(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether the name of *expression* is that of the function which gives its value."""
    match expression:
        case f.Await(value=value):
            return is_named_by_function(scope, value)
        case f.Call(function=f.Name(name="len" | "sum" | "type")):
            return False
        case f.Call(function=f.Name() | f.Attribute(), arguments=arguments):
            first = arguments[0] if arguments else None
            if first is not None:
                if path_of(scope, expression.function) in _TRANSPARENT:
                    return is_named_by_function(scope, first)
                if _cleans(scope, expression):
                    return is_named_by_function(scope, first)
            match expression.function:
                case f.Attribute(value=value, name=method) if method in _TIDYING:
                    return is_named_by_function(scope, value)
                case f.Attribute(name="get" | "pop"):
                    return False
            return True
        case f.Conditional(body=body):
            return is_named_by_function(scope, body)
        case f.Boolean(values=(first, *_)):
            return is_named_by_function(scope, first)
    return False


def _reads_clock(expression: f.Expression) -> bool:
    match expression:
        case f.Call(function=f.Attribute() | f.Name()):
            word = f.render(expression.function).rpartition(".")[2]
            return word in ("perf_counter", "monotonic", "time")
        case f.Name(name=name):
            return name.startswith(("start", "began", "t0"))
    return False


def noun_before(text: str) -> str:
    """Return the word of *text* that names the value behind it: ``plugin`` in "Loading plugin"."""
    words: list[str] = re.findall(r"[A-Za-z][A-Za-z0-9_]*", text)
    while words and words[-1].lower() in _STOP:
        words.pop()
    if not words or words[-1].lower().endswith(("ing", "ed")):
        return ""
    return words[-1].lower()
