"""Classes of the repositories layer are called `*Repository`.

The name tells a reader of a service, where no path is in sight, that the thing talks to the
database and holds no rules. Concerned are the classes that make or run queries, work with a session
or inherit the base of all repositories; exceptions, protocols, data classes and what is entered for
the length of a transaction are called what they are, and a `*Service` with a session is a service,
whose place `misnamed-service` judges.

## Bad
```python title=app/repositories/stock.py
from sqlalchemy.ext.asyncio import AsyncSession


class StockQueries:
    def __init__(self, db: AsyncSession) -> None:
        self.db = db
```

## Good
```python title=app/repositories/stock.py
from sqlalchemy.ext.asyncio import AsyncSession


class StockRepository:
    def __init__(self, db: AsyncSession) -> None:
        self.db = db
```
"""

from gravity_lint.model.services.repository_classes import RepositoryClass, repository_classes
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV302",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Repository Pattern",
    subjects=repository_classes,
)
def check(repository: RepositoryClass) -> Answer:
    """The name ends as those of repositories do."""
    if not repository.in_layer or repository.is_service:
        return None
    if repository.well_named:
        return CONFORMS
    if repository.is_scaffold or repository.is_unit_of_work or not repository.cls.public:
        return None
    return Violation(
        f"`{repository.name}` is a class of the repositories layer but is not called"
        f" `*{repository.suffixes[0]}`{_advice(repository)}"
    )


def _advice(repository: RepositoryClass) -> str:
    """Say what else its new name asks for."""
    if not repository.lacks_base:
        return ""
    base = repository.base_names[0]
    if repository.finds_base:
        return f"; repositories also inherit `{base}[...]`"
    if repository.other_base is not None:
        return f"; its base `{repository.other_base.name}` is to be called `{base}`, too"
    if repository.plain_base is not None:
        plain = repository.plain_base.name
        return f"; its base `{plain}` is to be generic in its model, and called `{base}`, too"
    if repository.usual_base is not None:
        usual = repository.usual_base.name
        return f"; repositories also inherit `{usual}[...]`, which is to be called `{base}`"
    return f"; repositories also inherit `{base}[...]`, which is yet to be made"
