"""Routes live under a versioned path.

Clients pin a version: `/api/v1/...` stays as it is while `/api/v2/...` changes. A route outside of
it can never be changed without breaking somebody. Where the prefix is given is free: on the
`APIRouter`, at `include_router`, through a constant or the settings; what counts is the path under
which the route answers, below the `root_path` of the application if it has one. What no OpenAPI
document shows (pages, WebSockets) needs no version, nor do the files of a front end that answer all
other paths (`/{path:path}`), nor what has its place by a standard (`/.well-known/...`, RFC 8615),
nor an old place that redirects to the versioned one. Nothing is said where a parameter of the path
gives it (`/api/{version}/...`) or may take it in, as the `/{path:path}` of a gateway does.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/items", tags=["Items"])


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/items", tags=["Items"])


@router.get("/{item_id}")
async def get_item(item_id: int) -> dict:
    return {}
```
"""

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import EffectivePath, Endpoint
from gravity_lint.model.api.handmade import names_path
from gravity_lint.model.api.media import Media
from gravity_lint.model.api.prescribed import has_fixed_place
from gravity_lint.model.api.routing import endpoints_in, twins
from gravity_lint.model.api.vacancies import Tenant, clash, displaced, is_there_already, tenant_of
from gravity_lint.model.api.versions import (
    Moved,
    Repair,
    Spot,
    Versions,
    begins,
    blank_of,
    may_take_version,
    versions_of,
)
from gravity_lint.patterns import pattern
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Cause,
    Expression,
    Note,
    Options,
    Scope,
    Severity,
    Violation,
    rule,
    worst,
)

_VERSION = pattern(r"/v[0-9]+(?:/|$)")
_GIVEN = pattern(r"(?:/[a-z]+)?/v?\{(?:[a-z]+_)?version(?:_[a-z]+)?(?::[a-z]+)?\}(?:/|$)")


class UnversionedRouteOptions(Options, frozen=True):
    """The regular expression with which every path begins."""

    pattern: Expression = r"/api/v[0-9]+/"
    """A regular expression; a path is looked at from its beginning."""


@rule(
    code="GRV101",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="API Development Patterns",
    subjects=endpoints_in,
    options=UnversionedRouteOptions,
)
def check(endpoint: Endpoint, options: UnversionedRouteOptions) -> Answer:
    """Each path under which the endpoint answers begins with the pattern."""
    return worst(judged(twin, options) for twin in twins(endpoint))


def judged(endpoint: Endpoint, options: UnversionedRouteOptions) -> Answer:
    """Judge one of the routes that the registration makes."""
    media = Media(endpoint)
    if endpoint.paths is None or endpoint.operational or media.is_fallback:
        return None
    if media.redirects and names_path(endpoint.function, options.pattern):
        return None  # the old place of what has its version
    versions = versions_of(endpoint.module.service, options.pattern)
    documented = [
        path
        for path in versions.paths[endpoint]
        if endpoint.documented_at(path)
        and _GIVEN.match(path.path) is None
        and not has_fixed_place(path.path)
    ]
    lacking = [
        path
        for path in documented
        if not begins(path.path, options.pattern)
        and not may_take_version(path.path, options.pattern)
    ]
    if lacking:
        return violation(endpoint, lacking, versions)
    return CONFORMS if documented else None


def violation(endpoint: Endpoint, lacking: list[EffectivePath], versions: Versions) -> Violation:
    """Say under which path the endpoint answers, and where a version makes it right.

    On several ways to it, each place that gives none is to be changed.
    """
    effective = lacking[0]
    lacks = "does not begin with a version"
    if _VERSION.search(effective.path):
        lacks = f"does not begin as `{versions.pattern}` wants it"
    if Media(endpoint).is_page:
        return Violation(
            f"`{endpoint.name}` answers under `{effective.path or '/'}`, which {lacks}; as a page"
            " for people it is no part of the API: give it `include_in_schema=False`"
        )
    advice, cause = remedy(endpoint, effective, versions)
    advice = "; ".join([advice, *further(endpoint, lacking, versions)])
    return Violation(
        f"`{endpoint.name}` answers under `{effective.path or '/'}`, which {lacks}; {advice}",
        notes=tuple(
            Note(part.module, part.span, f"{part.giver} gives `{part.text}`")
            for part in effective.parts[:-1]
        ),
        cause=cause,
    )


def further(endpoint: Endpoint, lacking: list[EffectivePath], versions: Versions) -> Iterator[str]:
    """Yield what gives the other ways their version, but for places that have been named."""
    moves = [versions.moves.get(effective) for effective in lacking]
    made = [moved.repair if moved is not None else None for moved in moves]
    places = [x and x.place for x in made]
    for number, (other, repair) in enumerate(zip(lacking, made, strict=True)):
        before = [x.path for x in lacking[:number]]
        if not number or places[number] in places[:number] or other.path in before:
            continue
        advice, _ = remedy(endpoint, other, versions)
        if repair and not repair.own and repair.path in [x.path for x in made[:number] if x]:
            advice = f"that would be the same; {aside(repair, versions.spot_of(repair))}"
        yield f"it answers under `{other.path or '/'}`, too: {advice}"


def remedy(
    endpoint: Endpoint, effective: EffectivePath, versions: Versions
) -> tuple[str, Cause | None]:
    """Return what gives *effective* its version, and the place where, if that is not the route."""
    moved = versions.moves.get(effective)
    if moved is None:
        return f"its path has to match `{versions.pattern}` from its beginning", None
    repair = moved.repair
    spot = versions.spot_of(repair)
    if not repair.own and is_there_already(spot):
        do = aside(repair, spot)
        message = f"what answers here is below a version already; {do}"
        return f"it is at `{repair.path}` already; {do}", cause_of(repair, message)
    blank = blank_of(endpoint, effective)
    if blank is not None:
        written = f.render(blank.written)
        empty = f"is empty by default; let that be `{blank.after}`"
        empty += "" if blank.own else objections(spot)
        cause = None if blank.own else cause_of(repair, f"the prefix `{written}` {empty}")
        return f"`{written}`, with which it begins, {empty}", cause
    advice, message = rewriting(repair, spot)
    if not repair.own:
        objection = objections(spot)
        version, givers = spot.said_again(repair)
        if givers:
            more = f", and of {len(givers) - 1} more" if len(givers) > 1 else ""
            objection = f", and take `{version}` out of {givers[0]}{more}{objection}"
        return advice + objection, cause_of(repair, message + objection)
    tenant = tenant_of(versions, moved)
    if tenant is not None:
        return moving_in(moved, tenant, advice), None
    taken = displaced(spot)
    if taken is not None:
        advice += f", behind `{taken[1].endpoint.name}`, whose `{taken[1].path}` it would take"
    return advice, None


def cause_of(repair: Repair, message: str) -> Cause:
    """Return the place that *repair* changes as the cause of all that comes by it."""
    return Cause(repair.module, repair.span, message)


def rewriting(repair: Repair, spot: Spot) -> tuple[str, str]:
    """Return what to write where *repair* is made: said of the route, and said at that place."""
    if not repair.before:
        return (
            f'give the `include_router` that it comes by `prefix="{repair.after}"`',
            f'what is included here has no version; give it `prefix="{repair.after}"`',
        )
    what = f"{repair.giver} gives `{repair.before}`"
    if not repair.after:
        return (
            f"{what} before that; leave it away",
            f"`{repair.before}` stands before a version; leave it away",
        )
    is_versioned = _VERSION.search(repair.before) is not None
    how = f"not as `{spot.versions.pattern}` wants it" if is_versioned else "with no version"
    if spot.beginning is not None:
        return (
            f"{what}, among others; let each begin with `{spot.beginning}`",
            f"what is given here begins {how}; let each text begin with `{spot.beginning}`",
        )
    return (
        f"{what}; write `{repair.after}` there",
        f"`{repair.before}` begins {how}; write `{repair.after}`",
    )


def moving_in(moved: Moved, tenant: Tenant, advice: str) -> str:
    """Return what to do where the path is taken already, or another route's path holds it."""
    if not tenant.exactly:
        return f"{advice}, before `{tenant.endpoint.name}`, which takes `{tenant.path}`"
    if tenant.endpoint.function is moved.endpoint.function:
        return f"remove it, `{tenant.path}` answers the same"
    return f"{advice}, but take another path than `{tenant.endpoint.name}`, which has that one"


def objections(spot: Spot) -> str:
    """Say which route would take what belongs to one that moves; empty if none.

    Or which probe at the top would move, or what a standard keeps there: they are asked for where
    they are.
    """
    probe = spot.probe
    apart = f"; keep `{probe.path}`, which needs none, apart" if probe is not None else ""
    found = clash(spot)
    if found is not None:
        moved, tenant = found
        name = f"`{tenant.endpoint.name}`"
        if tenant.exactly:
            return f"; `{moved.path}` needs another name then, {name} has that already{apart}"
        return f"; include it before {name}, whose `{tenant.path}` takes `{moved.path}` too{apart}"
    taken = displaced(spot)
    if taken is not None:
        moved, other = taken
        behind = f"; include it behind `{other.endpoint.name}`, whose `{other.path}`"
        return f"{behind} is taken by `{moved.path}` otherwise{apart}"
    return apart


def aside(repair: Repair, spot: Spot) -> str:
    """Say what to do to another way to what has its version elsewhere."""
    what = "mount" if repair.giver == "the mount" else "include"
    given = f"the {what} that gives `{repair.before}`" if repair.before else f"its bare {what}"
    hidden = f"keep {given} out of the OpenAPI document by `include_in_schema=False`"
    if what == "mount":
        return f"leave {given} away"
    probes = any(moved.stays for moved in spot.moves)
    return hidden if probes else f"leave {given} away, or {hidden.replace(given, 'it')}"
