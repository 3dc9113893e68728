"""A service takes its session in the constructor and keeps it on `self`.

`OrderService(db)` says at a glance in whose transaction everything that the service does happens.
A session that is given to each method, or that the service opens itself, can be another one each
time, and a test has to replace it in many places. The annotation `AsyncSession` tells readers and
tools what it is. Under which attribute it is kept is free; a base class may keep it, and the
fields of a dataclass are its constructor. A constructor that takes repositories, a unit of work or
a session factory is not judged, nor is a method that a bus or a scheduler is given to call: no
session lives as long. Where one object serves for good, it can only be given a factory. An
interface may have a method take the session, and FastAPI calls dependencies in its own way.

## Bad
```python title=app/services/audit_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class AuditService:
    async def record(self, db: AsyncSession, action: str) -> None:
        await db.commit()
```

## Good
```python title=app/services/audit_service.py
from sqlalchemy.ext.asyncio import AsyncSession


class AuditService:
    def __init__(self, db: AsyncSession) -> None:
        self.db = db

    async def record(self, action: str) -> None:
        await self.db.commit()
```
"""

from gravity_lint.model.code.signatures import decorator_names
from gravity_lint.model.services.intake import Intake, Way, intake_of
from gravity_lint.model.services.lifetimes import made_for_all
from gravity_lint.model.services.service_classes import ServiceClass, service_classes
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule

_OF_CLASSES = frozenset({"classmethod", "staticmethod"})
PATTERN = "take `db: AsyncSession` in `__init__` and keep it on `self`"


@rule(
    code="GRV202",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Service Layer Patterns",
    subjects=service_classes,
)
def check(service: ServiceClass) -> Answer:
    """The constructor takes the session, annotated, and keeps it."""
    intake = intake_of(service)
    # A mixin takes what the class that it is mixed into has been given.
    if intake is None or service.name.endswith("Mixin"):
        return None
    if intake.way is Way.KEPT:
        return CONFORMS
    return Violation(f"`{service.name}` {departure(intake)}; {advice(service, intake)}")


def advice(service: ServiceClass, intake: Intake) -> str:
    """Say how the service should come by its session."""
    again = intake.way is Way.AGAIN
    pattern = "annotate it `AsyncSession`, and use what is kept on `self`" if again else PATTERN
    method = service.cls.methods.get(intake.name)
    if method is not None and not _OF_CLASSES.isdisjoint(decorator_names(method)):
        pattern = f"make that a method of objects, {pattern}"
    shared = made_for_all(service.cls)
    if not shared or intake.way not in (Way.PER_CALL, Way.AGAIN, Way.OWN):
        return pattern
    if service.openers and not again:
        return (
            "take a session factory (`async_sessionmaker`) in `__init__`, since"
            f" `{shared}` outlives each session"
        )
    return f"{pattern}, and make one for each session instead of `{shared}` for all"


def departure(intake: Intake) -> str:
    """Say how the service comes by its session instead."""
    match intake.way:
        case Way.DROPPED:
            return f"takes the session `{intake.name}` and never keeps it"
        case Way.UNANNOTATED:
            return f"takes its session as `{intake.name}`, not annotated `AsyncSession`"
        case Way.MISANNOTATED:
            return f"awaits its session `{intake.name}`, which is not annotated `AsyncSession`"
        case Way.PER_CALL:
            return f"is given its session with each call of `{intake.name}`"
        case Way.AGAIN:
            return (
                f"takes `{intake.parameter}` without annotation, and again with each call of"
                f" `{intake.name}`"
            )
    return f"opens a session of its own in `{intake.name}`"
