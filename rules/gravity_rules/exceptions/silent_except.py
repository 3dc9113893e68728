"""A broad `except` does something with what it catches.

`except Exception: pass` hides every defect that will ever be made inside its `try`: a typo, a lost
connection, a full disk all look like success. Catch the one exception that is expected, or log what
came. A handler or formatter of `logging` cannot log that logging failed and is left alone; what
hides the failures of an event handler is `unguarded-handler`'s.

## Bad
```python
async def warm(cache, keys):
    for key in keys:
        try:
            await cache.load(key)
        except Exception:
            continue
```

## Good
```python
async def warm(cache, keys):
    for key in keys:
        try:
            await cache.load(key)
        except KeyError:
            continue
```
"""

from gravity_lint.model.events.handlers import guards_handlers
from gravity_lint.model.exceptions.clauses import Clause, clauses
from gravity_lint.model.logs.reports import makes_logs
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV412",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Error Handling Patterns",
    subjects=clauses,
)
def check(clause: Clause) -> Answer:
    """A clause that takes everything is not empty."""
    if not (clause.broad and clause.idle):
        return CONFORMS
    if makes_logs(clause.scope) or guards_handlers(clause):
        return None
    if clause.guards_nothing:
        return Violation(
            f"`{clause.head}` does nothing, and nothing in its `try` can fail; take both away"
        )
    return Violation(
        f"`{clause.head}` does nothing with what it catches, so every failure in this `try` goes"
        " unseen; catch what is expected, or log it"
    )
