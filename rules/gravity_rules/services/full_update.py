"""An update writes what the client sent, and nothing else.

`model_dump()` also gives the fields that the client left out, with their defaults. Written over the
entity, they wipe what is stored: a request that changes the name of a customer deletes the phone
number. `model_dump(exclude_unset=True)` gives what was sent.

A schema all of whose fields are required leaves nothing out, and `exclude_none` is somebody's
decision that `null` changes nothing; both are left alone, as is what only takes those entries of
the dict that it wants. What the same class also gives whole, as a repository does with its
entities, and no endpoint takes is not sent by any client. The fix is unsafe: fields that were wiped
until now stay.

## Bad
```python title=app/services/item_service.py
class ItemService:
    async def update(self, item, item_data):
        for field, value in item_data.model_dump().items():
            setattr(item, field, value)
```

## Good
```python title=app/services/item_service.py
class ItemService:
    async def update(self, item, item_data):
        for field, value in item_data.model_dump(exclude_unset=True).items():
            setattr(item, field, value)
```
"""

from gravity_lint.edits import SetKeyword
from gravity_lint.model.services.updates import UpdateDump, update_dumps
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
    code="GRV212",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=update_dumps,
)
def check(dump: UpdateDump) -> Answer:
    """Only what was set is dumped."""
    if dump.partial is not False:
        return CONFORMS if dump.partial else None
    return Violation(
        f"`{dump.shown}(...)` in `{dump.function.name}` also gives the fields that the client left"
        " out, and they overwrite what is stored; pass `exclude_unset=True`"
    )


@check.fix(Applicability.UNSAFE)
def fix(dump: UpdateDump) -> Edits:
    """Leave out what was not set."""
    return (SetKeyword(dump.span, "exclude_unset", "True"),)
