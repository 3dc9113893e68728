"""Messages say what their body is.

A consumer that finds no `content_type` must guess how to read the body, and tools that show queues
show bytes. The fix gives `application/json` where the body is made by `json.dumps`.

## Bad
```python title=app/core/events.py
import json

import aio_pika


def make(data: dict) -> aio_pika.Message:
    return aio_pika.Message(body=json.dumps(data).encode())
```

## Good
```python title=app/core/events.py
import json

import aio_pika


def make(data: dict) -> aio_pika.Message:
    return aio_pika.Message(body=json.dumps(data).encode(), content_type="application/json")
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import SetKeyword
from gravity_lint.model import CallSite
from gravity_lint.model.events.broker import holds_json, is_typed_later, messages
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
    code="GRV708",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Event-Driven Patterns",
    subjects=messages,
)
def check(site: CallSite) -> Answer:
    """The message has a content type."""
    given = site.call.keyword("content_type")
    if given is not None and not f.is_none(given):
        return CONFORMS
    if is_typed_later(site):
        return CONFORMS
    if site.call.unpacks:
        return None
    return Violation(
        "this message does not say what its body is; give"
        ' `content_type="application/json"` (or whatever it holds)'
    )


@check.fix(Applicability.SAFE)
def fix(site: CallSite) -> Edits:
    """Say that it is JSON, where the body certainly is."""
    if not holds_json(site):
        return Withheld("what the body holds is not certain")
    return (SetKeyword(site.call.span, "content_type", '"application/json"'),)
