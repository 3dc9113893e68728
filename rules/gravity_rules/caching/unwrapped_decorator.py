"""A decorator's wrapper takes the identity of what it wraps.

Without `functools.wraps` every decorated function is called `wrapper`: in logs, in tracebacks, in
cache keys built from `__name__`. On an endpoint, FastAPI reads the wrapper's signature instead of
the endpoint's and asks clients for `args` and `kwargs`.

The fix is safe, and not offered where somebody else reads the signature of a decorated function: a
framework that registers it would begin to pass other arguments.

## Bad
```python title=app/core/cache.py
def timed(func):
    async def wrapper(*args, **kwargs):
        return await func(*args, **kwargs)

    return wrapper
```

## Good
```python title=app/core/cache.py
from functools import wraps


def timed(func):
    @wraps(func)
    async def wrapper(*args, **kwargs):
        return await func(*args, **kwargs)

    return wrapper
```
"""

from gravity_lint.edits import AddDecorator
from gravity_lint.model.code.decorators import Wrapper, wrappers
from gravity_lint.model.code.references import spell
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
    code="GRV604",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Caching Patterns",
    subjects=wrappers,
)
def check(wrapper: Wrapper) -> Answer:
    """The wrapper is made with `functools.wraps`, or by what does the same."""
    if wrapper.takes_identity is None:
        return None
    if wrapper.takes_identity:
        return CONFORMS
    if wrapper.shows_another and wrapper.reaches_frameworks:
        return None
    does = "is given" if wrapper.is_called_by_hand else "decorates"
    return Violation(
        f"whatever `{wrapper.name}` {does} becomes `{wrapper.function.name}`, with neither its"
        f" name nor its signature; put `@wraps({wrapper.wrapped})` on the wrapper"
    )


@check.fix(Applicability.SAFE)
def fix(wrapper: Wrapper) -> Edits:
    """Decorate the wrapper."""
    spelled = spell(wrapper.decorator, "functools", "wraps")
    if wrapper.reaches_frameworks:
        return Withheld(
            "a framework reads the signature of what it decorates, and would read another"
        )
    if spelled is None:
        return Withheld("`wraps` means something else there")
    text = f"{spelled.text}({wrapper.wrapped})"
    return (AddDecorator(wrapper.function.definition.span, text), *spelled.edits)
