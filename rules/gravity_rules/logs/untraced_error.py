"""An error that is logged in an `except` clause carries the traceback.

`error=str(e)` says what, never where. `exc_info=True` (or `logger.exception`) adds the traceback,
which is gone once the clause is left. One line with it is enough: of several, the first is judged.
Broad clauses are judged by GRV406; a clause that raises the same exception again loses nothing, and
one that ends a command tells whoever has started it.

The fix adds `exc_info=True`. It is safe: the line is the same and says more.

## Bad
```python
import structlog

logger = structlog.get_logger()


def parse(text: str) -> int:
    try:
        return int(text)
    except ValueError as e:
        logger.error("number_unreadable", error=str(e))
        return 0
```

## Good
```python
import structlog

logger = structlog.get_logger()


def parse(text: str) -> int:
    try:
        return int(text)
    except ValueError as e:
        logger.error("number_unreadable", error=str(e), exc_info=True)
        return 0
```
"""

from gravity_lint.edits import SetKeyword
from gravity_lint.model.exceptions.clauses import clause_of
from gravity_lint.model.exceptions.traces import first_error_in, tells_a_terminal, traced_in
from gravity_lint.model.logs.at_hand import logger_for
from gravity_lint.model.logs.calls import LogCall, log_calls
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    rule,
)


@rule(
    code="GRV905",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Structured Logging",
    subjects=log_calls,
)
def check(call: LogCall) -> Answer:
    """An error inside a clause is logged with its traceback."""
    clause = clause_of(call.step)
    if clause is None or clause.broad or call is not first_error_in(clause):
        return None
    if call.traced is None or tells_a_terminal(clause):
        return None
    if call.call.keyword("exc_info") is not None or traced_in(clause):
        return CONFORMS
    return Violation(
        f"`{call.name}` in `{clause.head}` leaves out where the error came from;"
        f" {logger_for(call.scope, call).passing}"
    )


@check.fix(Applicability.SAFE)
def fix(call: LogCall) -> Edits:
    """Log the traceback."""
    return (SetKeyword(call.span, "exc_info", "True"),)
