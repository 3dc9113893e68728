"""Paging parameters have bounds.

`limit=100000000` is a valid query for an endpoint without bounds, and so are `skip=-1` and
`page=0`: the database reads the whole table, or the query fails with a 500. Offsets start at 0,
pages and sizes at 1, and a page holds at most 100 items; where the first page is 0 by default, that
is the bound. The parameters of a dependency count, and so do the fields of a class or a model that
stands for them. A parameter that the function itself compares, or has another do so, is not judged;
where it is only cut down by `min` or by `max`, the other bound is asked for. A `size` may be one of
pixels: it counts beside an offset or a page, or where the endpoint answers many. A `page` that
requests have to give may be one of a book: it counts beside a size. How much a file holds that is
downloaded has a bound, which may be higher.

The fix adds the bounds to the `Query(...)` or `Field(...)` of the parameter itself. It is unsafe:
requests outside of the bounds get a 422 from then on. It is not offered where the default itself is
outside: FastAPI does not validate defaults, so a call without the parameter would get as much.

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
from gravity_lint.model.api.bounding import Sides, bounded_by_hand
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.media import Media
from gravity_lint.model.api.parameters import (
    DeclaredParameter,
    query_parameters,
    request_parameters,
)
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.code.scopes import Function
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Cause,
    Edits,
    Options,
    Scope,
    Severity,
    Violation,
    Withheld,
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
    if bounds is None or not any(pages(parameter, x, options) for x in readers(parameter)):
        return None
    large = sized and is_large(parameter, options)
    undeclared = undeclared_sides(parameter, options)
    if not undeclared and not large:
        return CONFORMS
    sides = missing_sides(parameter, options)
    if undeclared and not sides:
        return None
    missing = []
    if Sides.LOWER in sides:
        missing.append(f"lower bound (`ge={least_of(parameter, options)}`)")
    if Sides.UPPER in sides:
        missing.append(f"upper bound (`le={options.largest}`)")
    wrong = f"has no {' and no '.join(missing)}" if missing else ""
    if large:
        also = f"{wrong} and " if wrong else ""
        wrong = (
            f"{also}allows pages of {bounds.upper:g}; the pattern allows at most"
            f" {options.largest} (`le={options.largest}`)"
        )
    else:
        wrong = f"{wrong}, so requests may ask for {asked(parameter, sides, options)}"
    shared = parameter.shared_description
    return Violation(
        f"{named(parameter)} {wrong}{unfit(parameter, options)}{declaring(parameter)}",
        cause=Cause(shared[0], shared[1].span, f"what is declared here {wrong}")
        if shared is not None
        else None,
    )


def readers(parameter: DeclaredParameter) -> list[Endpoint]:
    """Return the endpoints by which *parameter* is judged: those that only read."""
    return [taker for taker in parameter.takers if "GET" in (taker.methods or ())]


def undeclared_sides(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> Sides:
    """Return on which sides the declaration of *parameter* does not bound it, as it should."""
    bounds, sides = parameter.bounds, Sides.NEITHER
    if bounds is not None and bounds.lower is None:
        sides |= Sides.LOWER
    if bounds is not None and bounds.upper is None and parameter.name in options.sizes:
        sides |= Sides.UPPER
    return sides


def missing_sides(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> Sides:
    """Return on which sides nothing bounds *parameter*, neither its declaration nor the code."""
    undeclared = undeclared_sides(parameter, options)
    return undeclared & ~bounded_by_hand(parameter) if undeclared else undeclared


def least_of(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> int:
    """Return the least that *parameter* may be; a page that is 0 by default is counted from 0."""
    if parameter.name in options.pages and parameter.default is not None:
        return 0 if parameter.default.value == 0 else 1
    return 0 if parameter.name in options.offsets else 1


def is_large(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> bool:
    """Tell whether the upper bound of *parameter* allows for too large a page."""
    upper = parameter.bounds.upper if parameter.bounds is not None else None
    return upper is not None and upper > options.largest and not is_about_files(parameter)


def is_about_files(parameter: DeclaredParameter) -> bool:
    """Tell whether *parameter*, which has an upper bound, says how much a file may hold."""
    bounded = parameter.bounds is not None and parameter.bounds.upper is not None
    return bounded and all(Media(taker).is_download for taker in readers(parameter))


_OF_MANY_THINGS = ("size",)
"""Names of sizes that things have which are no pages: pictures, shoes, rooms."""


def pages(
    parameter: DeclaredParameter, endpoint: Endpoint, options: UnboundedPaginationOptions
) -> bool:
    """Tell whether *parameter* certainly is about the pages of what *endpoint* answers."""
    name = parameter.name
    beside = {argument.name for argument in request_parameters(endpoint)} - {name}
    unclear = set(_OF_MANY_THINGS) if Media(endpoint).is_non_json else set()
    if name in _OF_MANY_THINGS:
        starts = {*options.offsets, *(() if unclear else options.pages)}
        return Answering(endpoint).answers_many or not beside.isdisjoint(starts)
    if name in options.pages and parameter.required:
        return not beside.isdisjoint(set(options.sizes) - unclear)
    return True


def asked(parameter: DeclaredParameter, sides: Sides, options: UnboundedPaginationOptions) -> str:
    """Say what requests may ask for where nothing bounds *parameter* on *sides*."""
    if parameter.name in options.sizes:
        if Sides.UPPER in sides:
            return "any number of rows at once"
        return "fewer than one row"
    before = "page" if parameter.name in options.pages else "row"
    return f"what lies before the first {before}"


def named(parameter: DeclaredParameter) -> str:
    """Say which parameter it is, and who takes it where that is somebody else."""
    takers = readers(parameter)
    text = f"`{parameter.name}` of `{parameter.holder}`"
    if any(taker.function is parameter.owner for taker in takers):
        return text
    if not takers:
        return text
    takes = f"and {len(takers) - 1} more take" if len(takers) > 1 else "takes"
    return f"{text}, which `{takers[0].name}` {takes},"


def unfit(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> str:
    """Say that the default is out of the bounds, if it is; empty if not."""
    default = parameter.default.value if parameter.default is not None else None
    if not isinstance(default, int) or isinstance(default, bool):
        return ""
    if parameter.name in options.sizes and default > options.largest:
        if is_about_files(parameter):
            return ""
        return f"; its default of {default} has to fit as well"
    if default < least_of(parameter, options):
        return f"; its default of {default} has to fit as well"
    return ""


def declaring(parameter: DeclaredParameter) -> str:
    """Say what to bound the parameter by if nothing declares it; empty if something does."""
    if parameter.marker is not None or not isinstance(parameter.owner, Function):
        return ""
    return "; declare it with a `Query(...)` that has a `description=`, too"


@check.fix(Applicability.UNSAFE)
def fix(parameter: DeclaredParameter, options: UnboundedPaginationOptions) -> Edits:
    """Add what is missing to the `Query(...)` or `Field(...)` of the parameter."""
    marker, bounds = parameter.description, parameter.bounds
    if marker is None or bounds is None or parameter.kind not in ("", "fastapi.Query"):
        return Withheld("the parameter has no `Query(...)` to put the bounds into")
    if not parameter.owns_description:
        return Withheld("what validates the parameter stands elsewhere, and others may share it")
    if unfit(parameter, options):
        return Withheld("the default is outside of the bounds, and FastAPI does not validate it")
    edits, sides = [], missing_sides(parameter, options)
    if Sides.LOWER in sides:
        least = least_of(parameter, options)
        edits.append(SetKeyword(marker.span, "ge", str(least)))
    if Sides.UPPER in sides or (parameter.name in options.sizes and is_large(parameter, options)):
        name = "lt" if marker.keyword("lt") is not None else "le"
        value = options.largest + (1 if name == "lt" else 0)
        edits.append(SetKeyword(marker.span, name, str(value)))
    return tuple(edits)
