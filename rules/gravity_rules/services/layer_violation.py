"""Imports go down the layers: API, services, repositories, models and schemas.

A service that imports from the API cannot be used without it, a repository that imports a service
draws business logic into queries, and sooner or later such an import becomes a circle. `core`
serves all layers and imports none of the API; services it may import, as the auth dependency does.
What counts is where a name is defined as well as where it is imported from. Imports under
`TYPE_CHECKING` are allowed.

## Bad
```python title=app/api/deps.py
def get_db() -> None:
    return None
```
```python title=app/services/order_service.py
from app.api.deps import get_db

print(get_db)
```

## Good
```python title=app/core/database.py
def get_db() -> None:
    return None
```
```python title=app/services/order_service.py
from app.core.database import get_db

print(get_db)
```
"""

from typing import Literal, TypeAlias

from gravity_lint.model.services.imports import LayerImport, Origin, layer_imports
from gravity_lint.rule import CONFORMS, Answer, Note, Options, Scope, Severity, Violation, rule

LayerName: TypeAlias = Literal["api", "services", "repositories", "models", "schemas", "core"]


class LayerViolationOptions(Options, frozen=True):
    """For each layer, the layers from which it must not import."""

    api: tuple[LayerName, ...] = ()
    """What endpoints must not import."""
    services: tuple[LayerName, ...] = ("api",)
    """What services must not import."""
    repositories: tuple[LayerName, ...] = ("api", "services")
    """What repositories must not import."""
    models: tuple[LayerName, ...] = ("api", "services", "repositories")
    """What models must not import."""
    schemas: tuple[LayerName, ...] = ("api", "services", "repositories")
    """What schemas must not import."""
    core: tuple[LayerName, ...] = ("api",)
    """What the core must not import."""

    def above(self, layer: str) -> tuple[LayerName, ...]:
        """Return the layers from which *layer* must not import."""
        found: tuple[LayerName, ...] = getattr(self, layer)
        return found


@rule(
    code="GRV213",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Service Layer Patterns",
    subjects=layer_imports,
    options=LayerViolationOptions,
)
def check(found: LayerImport, options: LayerViolationOptions) -> Answer:
    """Nothing comes from a layer above."""
    above = options.above(found.layer.value)
    for origin in found.origins:
        if origin.layer.value in above and not found.checking:
            what = f"`{origin.name}` from " if origin.name != origin.path else ""
            return Violation(
                f"the {found.layer.value} layer imports {what}`{origin.path}`, which is in the"
                f" {origin.layer.value} layer; imports go down the layers, from the API to services"
                " to repositories to models",
                notes=source(origin),
            )
    return CONFORMS


def source(origin: Origin) -> tuple[Note, ...]:
    """Show where the name comes from."""
    if origin.module is None:
        return ()
    return (Note(origin.module, origin.module.span, f"`{origin.name}` is from here"),)
