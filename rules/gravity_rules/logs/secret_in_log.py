"""Secrets stay out of the log.

Logs are copied, shipped, indexed and read by people who may not know the password. What is logged
under the name of a secret, or is a secret by its own name, is reported; what is only made of one
(masked, shortened, counted, compared) is not. The words are the team's: `secret-words`.

## Bad
```python
import structlog

logger = structlog.get_logger()


def login(email: str, password: str) -> None:
    logger.info("login_attempt", email=email, password=password)
```

## Good
```python
import structlog

logger = structlog.get_logger()


def login(email: str, password: str) -> None:
    logger.info("login_attempt", email=email, has_password=bool(password))
```
"""

from gravity_lint.model.logs.calls import LogCall, log_calls
from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.secrets import carries_values, leaks
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV907",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Structured Logging",
    subjects=log_calls,
    alarm="secret in the logs",
)
def check(call: LogCall) -> Answer:
    """No value of a log call is a secret."""
    if call.kind is LoggerKind.UNKNOWN:
        return None
    leak = next(leaks(call), None)
    if leak is not None:
        return Violation(
            f"the secret `{leak.name}` goes into the log as it is; leave it out or mask it",
            at=leak.value.span if leak.value.span.line == leak.value.span.end_line else None,
        )
    return CONFORMS if carries_values(call) else None
