"""The linked service: names to definitions, routers to mounts, calls to what they may raise."""

from gravity_lint.model.code.scopes import CallSite, Class, Function, Module, Scope, Step
from gravity_lint.model.code.service import Service, query

__all__ = ["CallSite", "Class", "Function", "Module", "Scope", "Service", "Step", "query"]
