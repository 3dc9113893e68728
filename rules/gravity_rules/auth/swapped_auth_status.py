"""401 says who are you, 403 says you may not.

A client that gets 401 asks its user to log in again or refreshes the token; one that gets 403 tells
them that they lack a right. Swapped, the first logs out people who merely lack a role, the second
leaves those with an expired token in front of a locked door. The document answers 401 for missing
and invalid credentials, 403 for roles and disabled accounts.

The rule judges the `HTTPException`s of authentication dependencies whose condition says plainly why
they refuse: a comparison of a role, `is_superuser`, `is_active`; no token, an error of the JWT
library. Everything else is left alone.

## Bad
```python title=app/core/security.py
from fastapi import Depends, HTTPException, status


async def require_admin(current_user=Depends(get_current_user)):
    if current_user.role != "admin":
        raise HTTPException(status_code=status.HTTP_401_UNAUTHORIZED, detail="admins only")
    return current_user
```

## Good
```python title=app/core/security.py
from fastapi import Depends, HTTPException, status


async def require_admin(current_user=Depends(get_current_user)):
    if current_user.role != "admin":
        raise HTTPException(status_code=status.HTTP_403_FORBIDDEN, detail="admins only")
    return current_user
```
"""

from gravity_lint.model.auth.refusals import Reason, Refusal, refusals
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV802",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Authentication Patterns",
    subjects=refusals,
)
def check(refusal: Refusal) -> Answer:
    """The status fits the reason."""
    reason = refusal.reason
    if reason is None:
        return None
    name = refusal.function.name
    if reason is Reason.PERMISSION and refusal.status == 401:
        return Violation(
            f"`{name}` answers 401 to valid credentials that it does not let pass"
            f" (`{refusal.condition}`); that is 403, 401 is for missing or invalid credentials"
        )
    if reason is Reason.CREDENTIALS and refusal.status == 403:
        return Violation(
            f"`{name}` answers 403 to missing or invalid credentials; that is 401, 403 is for those"
            " who are known and may not"
        )
    return CONFORMS
