"""Literal addresses of what a service talks to: brokers, caches, databases."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from gravity_lint import facts as f
from gravity_lint.model.layers import in_app
from gravity_lint.model.names import inherits, path_of
from gravity_lint.model.scopes import Class, Module, Scope, Step
from gravity_lint.model.service import Service, query
from gravity_lint.spans import Span

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
_ADDRESS = re.compile(r"(?P<scheme>(?P<family>[a-z]+)(?:\+[a-z0-9_]+)?)://[^\s/]+")
_SETTINGS_MODULES = ("config.py", "settings.py")
_TEXT_METHODS = ("startswith", "endswith", "replace", "split", "removeprefix", "partition")


@dataclass(frozen=True, eq=False)
class Address:
    """A string literal that is the address of a broker, a cache or a database."""

    text: str
    scheme: str
    expression: f.Constant
    step: Step
    in_settings: bool

    @property
    def kind(self) -> str:
        """What it is the address of."""
        return _KINDS[self.scheme.partition("+")[0]]

    @property
    def module(self) -> Module:
        """The module that holds it."""
        return self.step.module

    @property
    def span(self) -> Span:
        """The literal."""
        return self.expression.span

    @property
    def extent(self) -> Span:
        """Its statement."""
        return self.step.extent

    @property
    def label(self) -> str:
        """The dotted name of the scope."""
        return self.step.label


@query
def addresses(service: Service) -> tuple[Address, ...]:
    """Return the literal addresses in the app, those of the settings marked as such.

    Defaults of ``os.getenv``, texts that are only compared or replaced, and
    descriptions and examples of schemas are none.
    """
    found: list[Address] = []
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        settings = _holds_settings(scope)
        for step in scope.steps:
            for expression in step.expressions:
                for literal in _literals(scope, expression):
                    text = str(literal.value)
                    match = _ADDRESS.match(text)
                    if match is not None and match["family"] in _KINDS:
                        found.append(Address(text, match["scheme"], literal, step, settings))
    return tuple(found)


def _holds_settings(scope: Scope) -> bool:
    current: Scope | None = scope
    while current is not None:
        if isinstance(current, Class) and inherits(current, "pydantic_settings.BaseSettings"):
            return True
        if isinstance(current, Module):
            return PurePosixPath(current.relative).name in _SETTINGS_MODULES
        current = current.parent
    return False


def _literals(scope: Scope, expression: f.Expression) -> list[f.Constant]:
    """Return the strings of *expression* that look like URLs and are used as such."""
    found: list[f.Constant] = []
    stack = [expression]
    while stack:
        current = stack.pop()
        match current:
            case f.Constant(value=str(text)):
                if "://" in text:
                    found.append(current)
                continue
            case f.Template() | f.Compare():
                continue
            case f.Call(function=f.Attribute(name=name)) if name in _TEXT_METHODS:
                continue
            case f.Call():
                path = path_of(scope, current.function)
                if path in ("os.getenv", "os.environ.get", "pydantic.Field"):
                    continue
        stack.extend(f.children(current))
    return found
