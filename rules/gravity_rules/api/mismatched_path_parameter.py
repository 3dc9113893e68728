"""Each parameter in the path is taken by the function.

`/items/{item_id}` with a function that takes `id` answers 422 to every request: FastAPI looks for
`id` in the query, and what stands in the path goes nowhere. A dependency may take the parameter as
well, and so may a `Path(alias=...)`.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

import re

from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.parameters import DeclaredParameter, asked_for_in_query, taken_names
from gravity_lint.model.api.paths import parameters
from gravity_lint.model.api.routing import endpoints_in
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV116",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=endpoints_in,
)
def check(endpoint: Endpoint) -> Answer:
    """The function, or something that it depends on, takes every parameter of its own path."""
    if endpoint.own_path is None or endpoint.plain:
        return None
    wanted = parameters(endpoint.own_path)
    if not wanted:
        return None
    taken = taken_names(endpoint)
    if taken is None:
        return None
    missing = [name for name in wanted if name not in taken]
    if not missing:
        return CONFORMS
    advice = "take it, or leave it out of the path"
    if any(may_be(parameter, missing[0], wanted) for parameter in asked_for_in_query(endpoint)):
        advice = "the names must be the same"
    return Violation(
        f"the path `{endpoint.own_path}` has a parameter `{{{missing[0]}}}` that neither"
        f" `{endpoint.name}` nor what it depends on takes; {advice}",
        at=endpoint.path_span,
    )


def may_be(parameter: DeclaredParameter, missing: str, wanted: tuple[str, ...]) -> bool:
    """Tell whether *parameter* may be meant for *missing* of the *wanted* names of the path."""
    if parameter.name in wanted:
        return False
    return parameter.required or not words(parameter.name).isdisjoint(words(missing))


def words(name: str) -> set[str]:
    """Return the words of *name*: those of ``orderId`` and ``order_id`` are the same."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+", name)}
