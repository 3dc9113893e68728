"""The current user has a class.

`current_user: User = Depends(get_current_user)` tells readers, editors and type checkers what can
be asked of it. As a `dict`, or without annotation, every `current_user["id"]` is a guess that fails
when the token changes, and fails as a 500. Claims, a payload or a token are no user and may be what
they are, as may scopes and permissions; a dependency that only refuses gives nobody; and a
parameter whose name begins with an underscore, and that nothing uses, is there for its dependency
alone.

## Bad
```python
from fastapi import APIRouter, Depends

from app.core.security import get_current_user

router = APIRouter(prefix="/api/v1/profile")


@router.get("/")
async def get_profile(current_user: dict = Depends(get_current_user)):
    return {"id": current_user["sub"]}
```

## Good
```python
from fastapi import APIRouter, Depends

from app.core.security import get_current_user
from app.models.user import User

router = APIRouter(prefix="/api/v1/profile")


@router.get("/")
async def get_profile(current_user: User = Depends(get_current_user)):
    return {"id": current_user.id}
```
"""

from gravity_lint import facts as f
from gravity_lint.model.auth.identities import IdentityParameter, identity_parameters
from gravity_lint.rule import CONFORMS, Answer, Cause, Scope, Severity, Violation, rule


@rule(
    code="GRV806",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Authentication Patterns",
    subjects=identity_parameters,
)
def check(identity: IdentityParameter) -> Answer:
    """The parameter is annotated with a class."""
    typed = identity.typed
    if typed is None:
        return None
    if typed:
        return CONFORMS
    name, source = identity.parameter.name, identity.source
    how = f"is annotated `{identity.annotation}`" if identity.annotation else "has no annotation"
    about = f"`{name}` of `{identity.function.name}`, which `{source}` gives, {how}"
    provider = identity.shapeless_provider
    if provider is None:
        if identity.given_class is not None:
            home = identity.home_of_class
            of = f" of `{home}`" if home else ""
            of += ", or `None`" if identity.may_be_nobody else ""
            return Violation(f"{about}; annotate it with `{identity.given_class}`{of}")
        return Violation(
            f"{about}; let that give an object of a class, if it does not yet, and annotate"
            f" `{name}` with the class"
        )
    gives = (
        f"gives `{f.render(provider.returns)}`" if provider.returns else "says not what it gives"
    )
    seen = identity.seen_class
    advice = f"let `{provider.name}` give an object of a class and say so"
    if seen is not None:
        advice = f"let `{provider.name}` say that it gives a `{seen}`"
    place = provider.definition.signature
    return Violation(
        f"{about}; {advice}, and annotate `{name}` with that class",
        cause=Cause(
            provider.module,
            place,
            f"`{provider.name}` {gives}; {advice}, and annotate with that class what takes it",
        ),
    )
