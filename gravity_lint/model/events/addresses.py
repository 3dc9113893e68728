"""Literal addresses of what a service talks to: brokers, caches, databases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import inherits, path_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.scripts import is_main_block, is_script
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.words import saying
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_KINDS = {
    "amqp": "broker",
    "amqps": "broker",
    "kafka": "broker",
    "nats": "broker",
    "redis": "cache",
    "rediss": "cache",
    "memcached": "cache",
    "postgresql": "database",
    "postgres": "database",
    "mysql": "database",
    "mariadb": "database",
    "mongodb": "database",
    "mssql": "database",
    "oracle": "database",
}
_SCHEME = r"(?P<scheme>(?P<family>[a-z]+)(?:\+[a-z0-9_]+)?)://"
_ADDRESS = pattern(_SCHEME + r"(?:[^\s/@]*@)?[A-Za-z0-9\[]")
_HOLE = "\0"
"""Stands for what an f-string fills in."""
_BEGINNING = pattern(_SCHEME + rf"(?:[^\s/@]*@)?[A-Za-z0-9.-]+(?::(?:\d+|{_HOLE}))?(?:[/?]|$)")
"""The beginning of an f-string whose host is written down as a whole."""
_BLANK = pattern(r"[{}<>$]|%[s(d]|\.\.\.")
_STANDING_IN = pattern(r"_*(?:InMemory|Fake|Mock|Stub|Dummy|Null|NoOp|Noop)(?![a-z])")
"""How classes are called that are used where no server is at hand."""
_SETTINGS_WORDS = ("config", "settings", "conf", "configuration", "env", "environment")
_TEXT_METHODS = (
    *("startswith", "endswith", "replace", "split", "removeprefix", "removesuffix", "partition"),
    *("rpartition", "rsplit", "count", "find", "index", "match", "sub", "compile", "fullmatch"),
)
_DEFAULTING = ("get", "getattr", "getenv", "get_str", "pop", "setdefault", "str", "config", "env")
"""Calls that read a setting; what they fall back to is its default."""
_TELLING = (
    *("description", "example", "examples", "openapi_examples", "json_schema_extra", "help"),
    *("schema_extra", "title", "default"),
)
"""Keywords and keys under which a text is shown to people, or is a setting's default."""


class Address(AtStep, Record, frozen=True):
    """A string literal that is the address of a broker, a cache or a database."""

    text: str
    scheme: str
    expression: f.Constant | f.Template
    step: Step
    in_settings: bool

    @property
    def has_settings(self) -> bool:
        """Tell whether the service has settings, by that name, from which it could be read."""
        service = self.step.module.service
        return any(map(in_app, saying(service, ("settings", "Settings", "BaseSettings"))))

    @property
    def kind(self) -> str:
        """What it is the address of."""
        return _KINDS[self.scheme.partition("+")[0]]

    @property
    def span(self) -> Span:
        """The literal."""
        return self.expression.span


@by_module
def addresses(module: Module) -> Iterator[Address]:
    """Return the literal addresses in the app, those of the settings marked as such.

    Defaults of settings that are read by a call, texts that are only compared or
    replaced, descriptions and examples are none; nor is what a module does when
    it is run by hand, or what a class gives its base that talks to nobody.
    """
    if not in_app(module) or not _holds_a_url(module.facts.body):
        return
    for scope in module.scopes:
        if _stands_in(scope):
            continue
        settings = _holds_settings(scope)
        for step in scope.steps:
            for expression in step.expressions if _holds_a_url(step.expressions) else ():
                if _is_never_used(step, expression):
                    continue
                for literal, text in _literals(scope, expression):
                    pattern = _ADDRESS if isinstance(literal, f.Constant) else _BEGINNING
                    match = pattern.match(text)
                    if match is None or match["family"] not in _KINDS or _told(step):
                        continue
                    if _BLANK.search(text):
                        continue  # a pattern that is filled in elsewhere
                    if not (is_main_block(step) or is_script(step.module)):
                        yield Address(text, match["scheme"], literal, step, settings)


def _stands_in(scope: Scope) -> bool:
    """Tell whether *scope* is in a class that stands in for one that talks to a server."""
    current: Scope | None = scope
    while current is not None:
        if isinstance(current, Class) and _STANDING_IN.match(current.name):
            return True
        current = current.parent
    return False


def _is_never_used(step: Step, expression: f.Expression) -> bool:
    """Tell whether *expression* is the default of a parameter that every call in view gives."""
    for function in step.scope.definitions:
        if isinstance(function, Function) and function.definition is step.statement:
            for position, parameter in enumerate(function.arguments):
                if parameter.default is expression:
                    called = function.cls if function.name == "__init__" else function
                    calls = list(calls_to(step.module.service, called or function))
                    given = (x.call.argument(position, parameter.name) for x in calls)
                    return bool(calls) and all(x is not None for x in given)
    return False


def _holds_a_url(facts: Sequence[f.Statement | f.Expression]) -> bool:
    """Tell whether there may be a URL in *facts*: packed, they are searched faster than walked."""
    return b"://" in msgspec.msgpack.encode(facts)


def _told(step: Step) -> bool:
    """Tell whether a statement only gives examples: ``json_schema_extra = {...}``."""
    match step.statement:
        case f.Assign(targets=(f.Name(name=name),)):
            return name in _TELLING
    return False


def _holds_settings(scope: Scope) -> bool:
    current: Scope | None = scope
    while current is not None:
        if isinstance(current, Class) and inherits(current, "pydantic_settings.BaseSettings"):
            return True
        if isinstance(current, Class) and current.name.endswith(("Settings", "Config")):
            if current.name != "Config" or not isinstance(current.parent, Class):
                return True
        if isinstance(current, Module):
            words = re.split(r"[/._]", current.relative)
            return any(word in _SETTINGS_WORDS for word in words)
        current = current.parent
    return False


def _literals(
    scope: Scope, expression: f.Expression
) -> Iterator[tuple[f.Constant | f.Template, str]]:
    """Yield the texts of *expression* that look like URLs and are used as such."""
    stack = [expression]
    while stack:
        current = stack.pop()
        match current:
            case f.Constant(value=str(text)):
                if "://" in text:
                    yield current, text
                continue
            case f.Template(parts=parts):
                if parts and isinstance(parts[0], str) and "://" in parts[0]:
                    yield current, "".join(x if isinstance(x, str) else _HOLE for x in parts)
                continue
            case f.Compare():
                continue
            case f.Boolean(operator="or", values=(f.Call() | f.Attribute(), *_)):
                continue  # what a setting falls back to
            case f.Mapping(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if not (isinstance(key, f.Constant) and key.value in _TELLING):
                        stack.append(value)
                continue
            case f.Call():
                stack += _used_by(scope, current)
                continue
        stack.extend(f.children(current))


def _used_by(scope: Scope, call: f.Call) -> Iterator[f.Expression]:
    """Yield the parts of *call* in which an address would be one that is used."""
    method = call.function.name if isinstance(call.function, f.Name | f.Attribute) else ""
    if isinstance(call.function, f.Attribute):
        if method in _TEXT_METHODS:
            return
        yield call.function.value
    if method == "Field" and path_of(scope, call.function) == "pydantic.Field":
        if _holds_settings(scope):
            yield from (x for x in (call.argument(0, "default"),) if x is not None)
        return
    reads = method in _DEFAULTING or method.startswith("get_")
    yield from call.arguments[:1] if reads else call.arguments
    yield from (k.value for k in call.keywords if k.name not in _TELLING)
