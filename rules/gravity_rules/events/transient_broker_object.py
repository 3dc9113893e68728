"""Queues and exchanges are durable.

A transient queue or exchange is gone after a restart of the broker, and with it every message that
was waiting. Queues that belong to one connection (`exclusive`, `auto_delete`, without a name of
their own) are meant to go, and `passive=True` declares nothing. The fix is unsafe: a queue that
exists with other properties cannot be declared again until it is deleted.

## Bad
```python title=app/core/events.py
import aio_pika


async def declare(channel: aio_pika.Channel):
    return await channel.declare_queue("orders")
```

## Good
```python title=app/core/events.py
import aio_pika


async def declare(channel: aio_pika.Channel):
    return await channel.declare_queue("orders", durable=True)
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import SetKeyword
from gravity_lint.model import CallSite
from gravity_lint.model.code.values import Known, value_of
from gravity_lint.model.events.broker import declarations
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
    code="GRV703",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=declarations,
)
def check(site: CallSite) -> Answer:
    """What is declared survives a restart, unless it is meant to go."""
    call = site.call
    named = call.argument(0, "name")
    if call.unpacks or named is None or value_of(site.scope, named) in (Known(""), Known(None)):
        return None
    for temporary in ("exclusive", "auto_delete", "passive"):
        given = call.keyword(temporary)
        known = value_of(site.scope, given)
        if given is not None and (known is None or known.value):
            return None
    exchange = isinstance(call.function, f.Attribute) and call.function.name == "declare_exchange"
    durable = call.argument(2 if exchange else None, "durable")
    known = value_of(site.scope, durable)
    if durable is not None and known is None:
        return None
    if known is not None and known.value:
        return CONFORMS
    what, lost = (
        ("an exchange", "its bindings") if exchange else ("a queue", "all that waits in it")
    )
    return Violation(
        f"`{f.render(call.function)}` declares {what} that a restart of the broker deletes, with"
        f" {lost}; declare it with `durable=True`"
    )


@check.fix(Applicability.UNSAFE)
def fix(site: CallSite) -> Edits:
    """Declare it durable."""
    return (SetKeyword(site.call.span, "durable", "True"),)
