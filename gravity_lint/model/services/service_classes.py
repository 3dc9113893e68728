"""The service classes of the app."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.names import (
    External,
    ancestors,
    class_member,
    path_of,
)
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.types import SESSION_MAKERS
from gravity_lint.model.services.business import BusinessClass, is_data, is_protocol

_SLICES = ("service", "services")
_OF_UNITS = frozenset({"aclose", "begin", "close", "commit", "flush", "rollback"})
"""What a unit of work offers."""


class ServiceClass(BusinessClass, Record, frozen=True):
    """A class of the service layer, or one that is named like it."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """How the names of services end."""
        return self.module.service.settings.vocabulary.service_suffixes

    @property
    def well_named(self) -> bool:
        """Tell whether the name ends as those of services do."""
        return self.name.endswith(self.suffixes)

    @property
    def in_layer(self) -> bool:
        """Tell whether it stands in the services layer."""
        return self.layer is Layer.SERVICES

    @property
    def in_slice(self) -> bool:
        """Tell whether its file is the services layer of one slice: ``app/users/service.py``."""
        return _is_of_slice(self.module)

    @property
    def is_misplaced(self) -> bool:
        """Tell whether it works with a session, is called a service, and stands among no others."""
        works = self.uses_session and self.offers_methods
        return works and self.well_named and not (self.in_layer or self.in_slice)

    @property
    def among_slices(self) -> bool:
        """Tell whether the others have their business logic slice by slice, and no layer for it."""
        return _has_slices(self.module.service)


def _is_of_slice(module: Module) -> bool:
    return any(part in _SLICES for part in module.relative.removesuffix(".py").split("/"))


@query
def _has_slices(service: Service) -> bool:
    app = [module for module in service.modules if in_app(module)]
    layered = any(layer_of(module) is Layer.SERVICES for module in app)
    return not layered and any(map(_is_of_slice, app))


@by_module
def service_classes(module: Module) -> Iterator[ServiceClass]:
    """Return the service classes of the app.

    In the services layer, the public classes that are named like services or
    work with a session; elsewhere, those that are named so and have one, if it is not FastAPI that
    gives it to them. Protocols are none, nor are schemas, models and exceptions.
    """
    suffixes = module.service.settings.vocabulary.service_suffixes
    in_layer = layer_of(module) is Layer.SERVICES
    for cls in module.classes if in_app(module) else ():
        named = cls.name.endswith(suffixes)
        if not cls.public or not (named or in_layer) or isinstance(cls.parent, Function):
            continue
        found = ServiceClass(cls)
        if is_data(cls) or is_protocol(cls) or (found.is_dependency and not in_layer):
            continue
        works = found.has_session and found.offers_methods and not _has_other_part(cls)
        if works or (in_layer and named):
            yield found


def _has_other_part(cls: Class) -> bool:
    """Tell whether *cls* plays another part.

    It is a repository, a unit of work, what the web framework asks for (an authentication backend,
    a middleware), or what everybody has their sessions from.
    """
    if _lends_sessions(cls):
        return True
    vocabulary = cls.module.service.settings.vocabulary
    if cls.name.endswith(vocabulary.service_suffixes):
        return False
    entered = any(class_member(cls, name) is not None for name in ("__enter__", "__aenter__"))
    asked_for = any(
        isinstance(x, External) and x.package in ("fastapi", "starlette") for x in ancestors(cls)
    )
    if entered or _only_ends(cls):
        return True
    return asked_for or cls.name.endswith(vocabulary.repository_suffixes)


def _only_ends(cls: Class) -> bool:
    """Tell whether one can only end with *cls* what others have done: ``commit``, ``rollback``."""
    offered = {method.name for method in cls.methods.values() if method.public}
    return "commit" in offered and offered <= _OF_UNITS


def _lends_sessions(cls: Class) -> bool:
    """Tell whether *cls* makes the factory of sessions, and yields what that makes to others."""
    return any(method.is_generator for method in cls.methods.values()) and any(
        isinstance(assign.value, f.Call)
        and path_of(method, assign.value.function) in SESSION_MAKERS
        for rows in cls.attributes.values()
        for method, assign in rows
    )
