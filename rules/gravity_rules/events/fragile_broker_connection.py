"""Connections to the broker are robust.

`aio_pika.connect` gives a connection that dies with the first restart of RabbitMQ and stays dead:
the service looks healthy and consumes nothing. `connect_robust` reconnects and declares its queues,
exchanges and consumers again. It takes the same arguments, so the fix is safe. A connection that is
opened to see whether there is a broker, and closed at once, has nothing to come back for.

## Bad
```python title=app/core/events.py
import aio_pika


async def connect(url: str):
    return await aio_pika.connect(url)
```

## Good
```python title=app/core/events.py
import aio_pika


async def connect(url: str):
    return await aio_pika.connect_robust(url)
```
"""

from collections.abc import Iterable

from gravity_lint import facts as f
from gravity_lint.edits import ReplaceExpression
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.references import (
    Reference,
    references_in,
    spell,
    unneeded_imports,
)
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.words import words_of
from gravity_lint.model.events.probes import is_probe
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

FRAGILE, ROBUST = "aio_pika.connect", "aio_pika.connect_robust"


@by_module(where=lambda service: [w for x in (FRAGILE, ROBUST) for w in words_of(service, x)])
def connections(module: Module) -> Iterable[Reference]:
    """Return the mentions in the app of what connects to the broker, called or handed over."""
    return references_in(module, FRAGILE, ROBUST) if in_app(module) else ()


@rule(
    code="GRV702",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=connections,
)
def check(connection: Reference) -> Answer:
    """The connection comes back by itself."""
    if connection.path == ROBUST:
        return CONFORMS
    if is_probe(connection.step, connection.call):
        return None
    return Violation(
        "`aio_pika.connect` does not come back after the broker restarts; use"
        " `aio_pika.connect_robust`"
    )


@check.fix(Applicability.SAFE)
def fix(connection: Reference) -> Edits:
    """Call the robust one, in the same spelling."""
    if isinstance(connection.expression, f.Attribute):
        owner = f.render(connection.expression.value)
        return (ReplaceExpression(connection.span, f"{owner}.connect_robust"),)
    spelled = spell(connection.place, "aio_pika", "connect_robust")
    if spelled is None:
        return Withheld("`connect_robust` means something else there")
    unused = unneeded_imports(connection.module, connection.expression)
    return (ReplaceExpression(connection.span, spelled.text), *spelled.edits, *unused)
