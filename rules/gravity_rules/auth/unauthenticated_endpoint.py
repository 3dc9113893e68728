"""Every endpoint knows who is asking, unless it is listed as public.

A route without an authentication dependency is open to everyone who can reach the service, and
nothing in its code says whether that was meant. The document gives every endpoint
`current_user: User = Depends(get_current_user)`, or `Depends(require_role(...))`. A dependency of
the router, of an `include_router` or of the whole application counts as well, and so does whatever
depends on one that authenticates.

Endpoints that must be open (login, registration, password reset) are listed under
`endpoints.public`, to which `extend-public` adds; health checks and metrics under
`endpoints.operational`. So is what a security scheme names as its `tokenUrl`, what answers with
FastAPI's own pages of documentation, what an identity provider sends people back to, what confirms
an address or sends that letter again (`/auth/resend-confirmation`), how people register by such a
provider (`/auth/google/register`), and a function below an `auth`, `users` or `accounts` that is
called `login`, `register` or `refresh_token`. What the team calls its dependencies is
`vocabulary.auth-dependencies`. The rule says nothing where a middleware may
authenticate, where a dependency of which only a telling name is in view may do so, and about
endpoints that check credentials themselves, have a message verified by all of its headers, or show
the request or a token that they are sent to something out of view. A middleware that turns nobody
away is none of these; nor is a token against forged requests, one from the query that is at most
shown in a log or an answer, or a dependency that refuses somebody whom it looks up by nothing but
an id from the path or the query. What answers `OPTIONS` alone is asked by browsers, which show
nobody's credentials there.

## Bad
```python
from fastapi import APIRouter

router = APIRouter(prefix="/api/v1/invoices")


@router.get("/{invoice_id}")
async def get_invoice(invoice_id: int) -> dict:
    return {}
```

## Good
```python
from fastapi import APIRouter, Depends

from app.core.security import get_current_user
from app.models.user import User

router = APIRouter(prefix="/api/v1/invoices")


@router.get("/{invoice_id}")
async def get_invoice(
    invoice_id: int, current_user: User = Depends(get_current_user)
) -> dict:
    return {}
```
"""

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.routing import endpoints, endpoints_in, twins
from gravity_lint.model.auth.authentication import authenticated, open_routers
from gravity_lint.model.auth.guards import blocking_home, own_guards, strict_guard
from gravity_lint.model.auth.openings import is_meant_open
from gravity_lint.model.auth.signatures import asks_for_challenge, is_for_programs
from gravity_lint.patterns import pattern
from gravity_lint.rule import CONFORMS, Answer, Cause, Scope, Severity, Violation, rule, worst

_PROVING = pattern(r"signature|hmac|webhook")


@rule(
    code="GRV801",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Authentication Patterns",
    subjects=endpoints_in,
    alarm="endpoint open to everybody",
)
def check(endpoint: Endpoint) -> Answer:
    """Some dependency of the endpoint authenticates."""
    return worst(judged(twin) for twin in twins(endpoint))


def judged(endpoint: Endpoint) -> Answer:
    """Judge one of the routes that the registration makes."""
    if is_meant_open(endpoint):
        return None
    verdict = authenticated(endpoint)
    if verdict is False:
        steps = endpoint.function.steps
        if steps and all(isinstance(step.statement, f.Raise) for step in steps):
            return None  # it answers nobody anything
        get = _get_of(endpoint)
        if get is not None and judged(get) is None:
            return None  # it tells less than that
        guard = _guard(endpoint)
        on_app = endpoint.router is not None and endpoint.router.is_app
        where = " here" if on_app else ", here or on the router"
        return Violation(
            f"no dependency of `{endpoint.name}` authenticates its callers; {guard}{where}, or list"
            " its path under `endpoints.extend-public`",
            cause=_cause(endpoint),
        )
    return CONFORMS if verdict else None


def _get_of(head: Endpoint) -> Endpoint | None:
    """Return the GET endpoint of the same path, where *head* only answers HEAD."""
    if head.methods != frozenset({"HEAD"}):
        return None
    paths = {x.path for x in head.paths or ()}
    return next(
        (
            found
            for found in endpoints(head.module.service)
            if found.methods == frozenset({"GET"})
            and not paths.isdisjoint(x.path for x in found.paths or ())
        ),
        None,
    )


def _guard(endpoint: Endpoint) -> str:
    """Say what to depend on: what the service has, or what it needs."""
    if is_for_programs(endpoint):
        # Who sends has no user's token, but a secret by which the body is signed.
        proving = [guard for guard in own_guards(endpoint) if _PROVING.search(guard)]
        if proving:
            return f"take `{proving[0]}`"
        if asks_for_challenge(endpoint):
            return "make one that checks the token that whoever sends to it shows, and take it"
        return "make one that checks the signature of whoever sends to it, and take it"
    guard, taking = strict_guard(endpoint) or ("", ())
    # One of its own name is the other branch of an `if`.
    shown = [name for name in taking if name != endpoint.name]
    if shown:
        first, *others = shown
        also = f" and {len(others)} more do" if len(others) > 1 else " does"
        if len(others) == 1:
            also = f" and `{others[0]}` do"
        return f"take `{guard}` as `{first}`{also}"
    own = own_guards(endpoint)
    home = blocking_home(endpoint, own[0]) if own else None
    if home is not None:
        out = f"out of `{home.name}`, which imports this module"
        return f"move what gives `{own[0]}` {out}, and take it"
    if own:
        return "take " + " or ".join(f"`{guard}`" for guard in own[:2])
    return "make one that does, such as `get_current_user`, and take it"


def _cause(endpoint: Endpoint) -> Cause | None:
    """Return the router, where none of its endpoints authenticates."""
    router = endpoint.router
    found = open_routers(endpoint.module.service).get(router) if router is not None else None
    if router is None or found is None:
        return None
    count, beside = found
    what, its = ("application", "its own") if router.is_app else ("router", "its")
    which = f"{count} endpoints that are not meant to be open" if beside else f"{count} endpoints"
    return Cause(
        router.module,
        router.span,
        f"neither this {what} nor any of {its} {which} has a dependency that authenticates callers",
    )
