"""Timestamps carry their time zone.

`datetime.utcnow()` gives a naive datetime: compared with an aware one it raises
`TypeError`, and stored in a `timestamptz` column it is read as local time. Python 3.12
deprecates it. `datetime.now(timezone.utc)` says the same and says in which zone. The fix
leaves a time without one (`.replace(tzinfo=None)`) where it is compared, handed over,
returned or kept, as what it meets there may have none. It is unsafe because elsewhere the
text of the time changes: it names the zone.

## Bad
```python
from datetime import datetime

created = datetime.utcnow()
```

## Good
```python
from datetime import datetime, timezone

created = datetime.now(timezone.utc)
```
"""

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.edits import ReplaceExpression
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.references import Reference, references_in, spell
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.times import meets_others
from gravity_lint.rule import (
    Answer,
    Applicability,
    Edits,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)

UTCNOW = "datetime.datetime.utcnow"


@by_module
def uses(module: Module) -> Iterator[Reference]:
    """Every mention of `datetime.utcnow`, called or handed over as a factory."""
    return references_in(module, UTCNOW)


@rule(
    code="GRV191",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="API Development Patterns",
    subjects=uses,
    default=False,
)
def check(use: Reference) -> Answer:
    """Every use departs from the pattern."""
    zone = spell(use.place, "datetime", "timezone")
    now = f"{_owner(use)}.now({zone.text if zone else 'timezone'}.utc)"
    if use.call is None:
        now = f"lambda: {now}"
    naive = "where it is stored or compared without one"
    if use.is_lengthened:
        naive = "as more is written behind its text"
    return Violation(
        "`datetime.utcnow` gives a datetime without a time zone and is deprecated since"
        f" Python 3.12; use `{now}`, with `.replace(tzinfo=None)` {naive}"
    )


@check.fix(Applicability.UNSAFE)
def fix(use: Reference) -> Edits:
    """Ask for the current time in UTC, where the use is a plain call on the class.

    It has its zone where it meets no other time. Not where its text is added to: the zone would be
    named twice, ``+00:00Z``.
    """
    if use.call is None or not isinstance(use.expression, f.Attribute):
        return Withheld("it is not called on the spot, and who calls it is not known")
    if use.is_lengthened:
        return Withheld("more is written behind its text, and the zone would stand there twice")
    zone = spell(use.place, "datetime", "timezone")
    if zone is None:
        return Withheld("`timezone` means something else there")
    now, code = f"{_owner(use)}.now({zone.text}.utc)", f.render(use.call)
    if meets_others(use.place, use.step, use.call):
        now += ".replace(tzinfo=None)"
    return (ReplaceExpression(use.call.span, now, code), *zone.edits)


def _owner(use: Reference) -> str:
    """Return the class `datetime` as the use writes it."""
    return f.render(use.expression.value) if isinstance(use.expression, f.Attribute) else "datetime"
