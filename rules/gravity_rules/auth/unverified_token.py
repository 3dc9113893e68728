"""A token is read with its signature checked, by algorithms that the service names.

Without the check everyone can write any `sub` into a token. Without `algorithms` python-jose
accepts whichever algorithm the token itself names, and PyJWT refuses to decode at all. Reading a
token's header (`get_unverified_header`) is fine, and so is a look at the issuer if the same
function, or what calls it, then decodes the token properly. A client may read the token that its
issuer answered it, and a command line the one of whoever runs it; and everybody may look how long a
token lives, if at nothing else. A `PyJWK` carries its algorithm; Authlib takes the algorithms
elsewhere and is not judged, nor does the rule say that algorithms are missing where the options do
not stand in the code: they may turn the check off.

## Bad
```python title=app/core/security.py
import jwt


def read_tenant(token: str) -> str:
    return jwt.decode(token, options={"verify_signature": False})["tenant"]
```

## Good
```python title=app/core/security.py
import jwt

from app.config import settings


def read_tenant(token: str) -> str:
    return jwt.decode(token, settings.JWT_SECRET, algorithms=["HS256"])["tenant"]
```
"""

from gravity_lint.model.auth.tokens import TokenCall, token_decodings
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV805",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Authentication Patterns",
    subjects=token_decodings,
    alarm="token that nobody verifies",
)
def check(call: TokenCall) -> Answer:
    """The signature is verified, by named algorithms."""
    off = call.unverified
    if off is not None:
        if call.verified_later or call.reads_own or call.reads_lifetime:
            return None
        lacking = " and ".join(call.lacking)
        return Violation(
            f"`{call.written}` does not verify the token's signature ({off}), so everyone can forge"
            f" it; leave that out{lacking and f' and give {lacking}'}"
        )
    named = call.names_algorithms
    if named is False:
        consequence = (
            "accepts any algorithm that the token itself names"
            if call.accepts_any_algorithm
            else "refuses every token"
        )
        return Violation(
            f"`{call.written}` names no algorithms and so {consequence}; give `algorithms=[...]`"
        )
    return CONFORMS if named else None
