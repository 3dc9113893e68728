"""An endpoint's docstring tells its parameters, its result and its errors.

FastAPI shows the docstring to callers, and the next developer reads it before the code. `Args:`
names every parameter, dependencies included, `Returns:` says what comes back (a 204 has nothing to
say there), and `Raises:` what the body itself raises. NumPy's headings and reST's fields say the
same and are fine. Parameters with a leading underscore need no words.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    \"\"\"Get item by ID.\"\"\"
    return {"id": item_id}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    \"\"\"
    Get item by ID.

    Args:
        item_id: Item ID

    Returns:
        The item
    \"\"\"
    return {"id": item_id}
```
"""  # noqa: D214

from gravity_lint.model import Function
from gravity_lint.model.docstrings import endpoint_documentation, served_functions
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV112",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=served_functions,
)
def check(function: Function) -> Answer:
    """The docstring is there and leaves nothing out."""
    documentation = endpoint_documentation(function)
    if documentation.complete:
        return CONFORMS
    if not documentation.written:
        also = f", with {documentation.gaps}" if documentation.gaps else ""
        return Violation(f"the endpoint `{function.name}` has no docstring; say what it does{also}")
    return Violation(
        f"the docstring of the endpoint `{function.name}` leaves out {documentation.gaps}"
    )
