"""A repository inherits `BaseRepository[Model]`.

The base brings what every repository offers (get, list, count, create, delete), written and tested
once. The type argument tells readers, editors and type checkers of which model the results are.
It may be given through a class in between. Protocols and abstract classes only say what a
repository offers, and a generic class is a base itself; one of which it is not known that it keeps
its entities in a database session may have no use for the base, nor for a base with a model.

## Bad
```python title=app/repositories/order_repository.py
from sqlalchemy.ext.asyncio import AsyncSession


class OrderRepository:
    def __init__(self, db: AsyncSession) -> None:
        self.db = db
```

## Good
```python title=app/repositories/order_repository.py
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.order import Order
from app.repositories.base import BaseRepository


class OrderRepository(BaseRepository[Order]):
    def __init__(self, db: AsyncSession) -> None:
        super().__init__(Order, db)
```
"""

from gravity_lint.model.code.scopes import Class
from gravity_lint.model.services.repository_classes import RepositoryClass, repository_classes
from gravity_lint.rule import CONFORMS, Answer, Cause, Scope, Severity, Violation, rule


@rule(
    code="GRV301",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Repository Pattern",
    subjects=repository_classes,
)
def check(repository: RepositoryClass) -> Answer:
    """The class reaches the base, and the base knows its model."""
    if not repository.well_named or repository.is_base:
        return None
    base = repository.base_names[0]
    if repository.is_interface:
        return None
    if repository.reaches_base is False:
        if not repository.lacks_base:
            return None
        other = repository.other_base or repository.usual_above
        if other is not None and not repository.finds_base:
            ways = f"call that `{base}`, or add it to `vocabulary.extend-repository-bases`"
            return renamed(repository, other, f"{other.name}[...]", ways)
        plain = repository.plain_base
        if plain is not None and not repository.finds_base:
            ways = f"derive that from `Generic[T]`, and call it `{base}`"
            return renamed(repository, plain, plain.name, ways)
        closed = repository.closed_home
        if closed is not None:
            return Violation(
                f"`{repository.name}` does not inherit `{closed.name}`, which is not generic;"
                f" derive that from `Generic[T]` and inherit `{closed.name}[Model]` here",
                cause=not_generic(closed),
            )
        advice = "the base brings what every repository offers"
        usual = repository.usual_base
        if usual is not None:
            advice = f"inherit `{usual.name}[...]`, and call that `{base}`"
        elif not repository.finds_base:
            advice = "make that base, generic in its model, with what every repository offers"
        return Violation(f"`{repository.name}` does not inherit `{base}[...]`; {advice}")
    if repository.reaches_base is None or repository.names_model is None:
        return None
    if repository.names_model:
        return CONFORMS
    closed = repository.closed_base
    if closed is not None:
        if not repository.on_database:
            return None
        return Violation(
            f"`{repository.name}` inherits `{closed.name}`, which is not generic; derive that from"
            f" `Generic[T]` and write `{closed.name}[Model]` here, so that its results have a type",
            cause=not_generic(closed),
        )
    if not repository.keeps_entities:
        return None
    taken = repository.parameters_of_base
    if len(taken) > 1:
        return Violation(
            f"`{repository.name}` inherits `{base}` without its types; write"
            f" `{base}[{', '.join(taken)}]` with its own, so that its results have a type"
        )
    return Violation(
        f"`{repository.name}` inherits `{base}` without its model; write `{base}[Model]`, so that"
        " its results have a type"
    )


def renamed(repository: RepositoryClass, base: Class, shown: str, ways: str) -> Violation:
    """Say that *repository* inherits *base*, as *shown*, which is to be the base by its name."""
    return Violation(
        f"`{repository.name}` inherits `{shown}`, which is no `{repository.base_names[0]}`; {ways}",
        cause=Cause(
            base.module, base.span, f"repositories inherit `{base.name}` as their base; {ways}"
        ),
    )


def not_generic(base: Class) -> Cause:
    """Return the place at which the base of repositories would take its model."""
    what = f"`{base.name}` is not generic; derive it from `Generic[T]`"
    return Cause(base.module, base.span, what)
