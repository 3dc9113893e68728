"""Paging parameters have bounds.

`limit=100000000` is a valid query for an endpoint without bounds, and so are `skip=-1` and
`page=0`: the database reads the whole table, or the query fails with a 500. Offsets start at 0,
pages and sizes at 1, and a page holds at most 100 items. The fix is unsafe: requests outside of the
bounds get a 422 from then on.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items")


@router.get("/")
async def list_items(skip: int = 0, limit: int = 10) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter, Query

router = APIRouter(prefix="/api/v1/items")


@router.get("/")
async def list_items(
    skip: int = Query(0, ge=0, description="Number of items to skip"),
    limit: int = Query(10, ge=1, le=100, description="Number of items to return"),
) -> dict:
    return {}
```
"""

from gravity_lint.edits import SetKeyword
from gravity_lint.model.api.parameters import DeclaredParameter, query_parameters
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Options,
    Scope,
    Severity,
    Violation,
    rule,
)


class UnboundedPaginationOptions(Options, frozen=True):
    """What the paging parameters are called, and how large a page may be."""

    offsets: tuple[str, ...] = ("skip", "offset")
    """Parameters that say how many rows to skip: from 0."""
    pages: tuple[str, ...] = ("page",)
    """Parameters that say which page: from 1."""
    sizes: tuple[str, ...] = ("limit", "page_size", "size", "per_page")
    """Parameters that say how many rows a page has: from 1 to the largest."""
    largest: int = 100
    """The most rows that a page may have."""


@rule(
    code="GRV113",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=query_parameters,
    options=UnboundedPaginationOptions,
)
def check(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> Answer:
    """Offsets, pages and sizes have a lower bound, sizes an upper one as well."""
    if "GET" not in parameter.methods or not parameter.numeric:
        return None
    sized = parameter.name in options.sizes
    if not sized and parameter.name not in (*options.offsets, *options.pages):
        return None
    bounds = parameter.bounds
    if bounds is None:
        return None
    least = 0 if parameter.name in options.offsets else 1
    missing = []
    if bounds.lower is None:
        missing.append(f"lower bound (`ge={least}`)")
    if sized and bounds.upper is None:
        missing.append(f"upper bound (`le={options.largest}`)")
    if missing:
        return Violation(
            f"`{parameter.name}` of `{parameter.endpoint_name}` has no {' and no '.join(missing)},"
            " so any caller can ask for everything at once or for nothing sensible"
            if sized
            else f"`{parameter.name}` of `{parameter.endpoint_name}` has no {missing[0]}, so a"
            " negative value reaches the database"
        )
    if sized and isinstance(bounds.upper, int | float) and bounds.upper > options.largest:
        return Violation(
            f"`{parameter.name}` of `{parameter.endpoint_name}` allows pages of {bounds.upper:g};"
            f" the pattern allows at most {options.largest} (`le={options.largest}`)"
        )
    return CONFORMS


@check.fix(Applicability.UNSAFE)
def fix(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> Edits:
    """Add what is missing to the parameter's own `Query(...)`."""
    marker, bounds = parameter.marker, parameter.bounds
    if marker is None or bounds is None or parameter.kind != "fastapi.Query":
        return None
    edits = []
    if bounds.lower is None:
        least = 0 if parameter.name in options.offsets else 1
        edits.append(SetKeyword(marker.span, "ge", str(least)))
    if parameter.name in options.sizes and (bounds.upper is None or bounds.upper > options.largest):
        name = "lt" if marker.keyword("lt") is not None else "le"
        value = options.largest + (1 if name == "lt" else 0)
        edits.append(SetKeyword(marker.span, name, str(value)))
    return tuple(edits) or None
