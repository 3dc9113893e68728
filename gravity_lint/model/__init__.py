"""The linked service: names to definitions, routers to mounts, calls to what they may raise."""

from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step

__all__ = ["CallSite", "Class", "Function", "Module", "Scope", "Service", "Step", "query"]
