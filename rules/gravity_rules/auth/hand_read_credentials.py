"""Credentials are taken by a security scheme, not read off the header.

`HTTPBearer()` and `OAuth2PasswordBearer(...)` check the scheme, answer what is missing, and put the
lock into the OpenAPI document, so that clients and the docs page know how to authenticate. Code
that reads `Authorization` itself forgets one of these: the scheme's case, the empty header, the
document.

The rule speaks of endpoints and dependencies. Middleware cannot use the schemes, nor can
WebSockets; a header that is only passed on to another service is no credential here.

A scheme refuses the request that has no such header. Where the user is optional, or a cookie or an
API key does as well, make it with `auto_error=False`: it gives None then.

The methods of a security scheme are not meant: they are what reads the header. A helper that is
given the request counts for the endpoint or dependency that calls it.

## Bad
```python title=app/core/security.py
from fastapi import Depends, Request

from app.core.database import get_db


async def get_current_user(request: Request, db=Depends(get_db)):
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return await find_user(db, token)
```

## Good
```python title=app/core/security.py
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.core.database import get_db

security = HTTPBearer()


async def get_current_user(
    credentials: HTTPAuthorizationCredentials = Depends(security), db=Depends(get_db)
):
    return await find_user(db, credentials.credentials)
```
"""

from gravity_lint.model.auth.identities import CredentialTaker, credential_takers
from gravity_lint.rule import CONFORMS, Answer, Cause, Scope, Severity, Violation, rule


@rule(
    code="GRV807",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Authentication Patterns",
    subjects=credential_takers,
)
def check(taker: CredentialTaker) -> Answer:
    """A security scheme reads the header."""
    advice = (
        "depend on a security scheme, which documents it: `HTTPBearer()` for a bearer token,"
        " `HTTPBasic()` for a name and a password,"
        ' `APIKeyHeader(name="Authorization")` for what has no scheme, each with'
        " `auto_error=False` where a request may do without the header"
    )
    if taker.reads:
        used = [read for read in taker.reads if not read.unused]
        if not used:
            return Violation(
                f"`{taker.function.name}` takes the `Authorization` header and never looks at it;"
                " take the parameter out: what is to authenticate depends on a security scheme",
                at=taker.reads[0].span,
            )
        return Violation(
            f"`{taker.function.name}` reads the `Authorization` header by hand; {advice}",
            at=used[0].span,
        )
    if taker.helped:
        site, read = taker.helped[0]
        helper = read.function
        return Violation(
            f"`{taker.function.name}` has `{helper.name}` read the `Authorization` header by hand;"
            f" {advice}",
            at=site.span,
            cause=Cause(
                helper.module,
                read.span,
                f"`{helper.name}` reads the `Authorization` header by hand; let those who call it"
                f" {advice}",
            ),
        )
    return CONFORMS
