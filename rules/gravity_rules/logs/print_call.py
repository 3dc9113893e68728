"""The app does not print.

What is printed has no level, no time and no request it belongs to, and never reaches the place
where logs are collected. Log an event with its values instead. Scripts, `if __name__ ==
"__main__":` blocks and command-line modules (typer, click, argparse) speak to somebody at a
terminal and may print; so does a file in no layer that ends in such a block, or tells of its work
as soon as it is run, and that nothing imports: what it does at once, its own classes, and its
functions, if nobody else may run something of it (by a decorator, by the base of a class); and a
file in no layer that only these import. One that waits for work until it is stopped is a part of
the service. All other files are the app, be they in a layer or not.

## Bad
```python
async def create_item(name: str) -> None:
    print("creating", name)
```

## Good
```python
import structlog

logger = structlog.get_logger()


async def create_item(name: str) -> None:
    logger.info("creating_item", item_name=name)
```
"""

from gravity_lint.model.exceptions.clauses import clause_of
from gravity_lint.model.exceptions.traces import traced_in
from gravity_lint.model.logs.at_hand import logger_at
from gravity_lint.model.logs.prints import Print, prints
from gravity_lint.rule import Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV902",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Structured Logging",
    subjects=prints,
)
def check(call: Print) -> Answer:
    """Nothing in the app prints."""
    if call.to_terminal:
        return None
    clause = clause_of(call.site.step)
    method = "error" if call.tells_of_trouble else "info"
    if call.tells_failure or (
        call.tells_of_trouble and clause is not None and not traced_in(clause)
    ):
        method = "exception"
    if clause is not None and clause.always_reraises:
        method = "warning"  # the traceback goes on with the exception
    return Violation(
        "`print` writes past the log, without level, time or context; log an event with"
        f" `{logger_at(call.site.scope).name}.{method}(...)`"
    )
