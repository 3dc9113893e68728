"""Schemas are used by the names of pydantic 2.

`from_orm`, `.dict()`, `class Config` and `@validator` still work and warn; they go with the next
major version, and their arguments and errors are those of a library that nobody develops any more.
Off by default, because the document itself shows two of them.

The fix is safe and writes the new name where it means the same: `.dict(...)`, `.json(...)`,
`.parse_obj(x)`, and `.from_orm(x)` of a schema with `from_attributes=True`. It leaves a service
alone that is written for pydantic 1, and the rule one whose requirements, or their lock, admit no
pydantic 2: FastAPI before 0.100 takes no other.

## Bad
```python title=app/schemas/item.py
from pydantic import BaseModel


class Item(BaseModel):
    name: str


def store(item: Item) -> dict:
    return item.dict(exclude_unset=True)
```

## Good
```python title=app/schemas/item.py
from pydantic import BaseModel


class Item(BaseModel):
    name: str


def store(item: Item) -> dict:
    return item.model_dump(exclude_unset=True)
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import ReplaceExpression
from gravity_lint.model.api.pydantic import SchemaUse, requires_one, schema_uses, speaks_two
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


@rule(
    code="GRV190",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=schema_uses,
    default=False,
)
def check(use: SchemaUse) -> Answer:
    """The name is that of pydantic 2."""
    if requires_one(use.module.service):
        return None
    if use.old == use.new:
        return CONFORMS
    then = "" if speaks_two(use.module.service) else ", once the service runs with pydantic 2"
    advice = "; ".join((f"write `{use.new}`{then}", *use.otherwise))
    return Violation(f"`{use.old}` is the spelling of pydantic 1; {advice}")


@check.fix(Applicability.SAFE)
def fix(use: SchemaUse) -> Edits:
    """Write the new name where it means the same."""
    if use.obstacle is not None:
        return Withheld(use.obstacle)
    method = use.call.function if use.call is not None else None
    if not isinstance(method, f.Attribute) or method.span.line != method.span.end_line:
        return Withheld("what the method is called on goes on over several lines")
    new, code = f"{f.render(method.value)}.{use.new}", f.render(method)
    return (ReplaceExpression(method.span, new, code),)
