"""Roles are required by a dependency, not compared in the endpoint.

`Depends(require_role("admin"))` stands in the signature: it is seen in a review, runs before any
work is done, answers the same everywhere, and the routing table shows it. An `if` in the body is
forgotten in the next endpoint, and each copy words its refusal anew.

The rule speaks of an `if` or `match` that refuses (raises) by nothing but the role, the permissions
or a flag such as `is_superuser` of the authenticated user. It says nothing where the check also
hangs on what is asked for (`item.owner_id != current_user.id`), where it chooses what to return
rather than whether to, and behind an earlier `return`. A dependency of the service is named where
it is certain to refuse the same people: it finds out in the same way who is asking, and neither
spares others nor lets in the roles above.

## Bad
```python
from fastapi import APIRouter, Depends, HTTPException, status

from app.core.security import get_current_user
from app.models.user import User

router = APIRouter(prefix="/api/v1/items")


@router.delete("/{item_id}")
async def delete_item(item_id: int, current_user: User = Depends(get_current_user)):
    if current_user.role != "admin":
        raise HTTPException(status_code=status.HTTP_403_FORBIDDEN, detail="admins only")
```

## Good
```python
from fastapi import APIRouter, Depends

from app.core.security import require_role
from app.models.user import User

router = APIRouter(prefix="/api/v1/items")


@router.delete("/{item_id}")
async def delete_item(item_id: int, current_user: User = Depends(require_role("admin"))):
    return {}
```
"""

from gravity_lint.model.auth.guards import makers_in_use
from gravity_lint.model.auth.role_checks import RoleCheck, UserEndpoint, user_endpoints
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV803",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Authentication Patterns",
    subjects=user_endpoints,
)
def check(endpoint: UserEndpoint) -> Answer:
    """The endpoint leaves the role of its user to a dependency."""
    checks = endpoint.role_checks
    if not checks:
        return CONFORMS
    first = checks[0]
    return Violation(
        f"`{endpoint.endpoint.name}` checks the role of `{first.user}` itself"
        f" (`{first.condition}`); {_advice(endpoint, first)}",
        at=first.step.extent,
    )


def _advice(endpoint: UserEndpoint, check: RoleCheck) -> str:
    """Say what refuses before *endpoint* runs, or could, in the place of its *check*."""
    before, known = endpoint.refused_before(check), check.known_guard
    if before is not None:
        return f"`{before}`, which it depends on, refuses that already: take the check out"
    made = None
    if known is None and not check.excludes:
        made = next(filter(check.may_be_left_to, makers_in_use(endpoint.endpoint)), None)
    taken = endpoint.taken_of(known.name if known is not None else made or "")
    if taken is not None:
        other, own = taken
        place = "in place of" if own else "beside"
        return f"depend on what refuses that, {place} `{other}`, and take the check out"
    if known is not None:
        of = f" of `{known.home}`" if known.home is not None else ""
        return f"depend on `{known.name}`{of}, which refuses before the endpoint runs"
    if check.excludes:
        return "make a dependency that refuses such users before the endpoint runs"
    if made is not None:
        return f"depend on what refuses before the endpoint runs, such as `{made}`"
    such = f", such as `{check.new_guard}`" if check.new_guard is not None else ""
    return f"make a dependency that refuses before the endpoint runs{such}"
