"""A module has one logger, at its top, called `logger`.

Whoever opens a file of the fleet knows what to write. A logger on `self`, in a function or under
another name makes everyone look first. A channel of its own (`getLogger("app.access")`) beside the
module's may have a name of its own, and so may one with context. Loggers that carry context
(`logger.bind(...)`, also `structlog.get_logger(order_id=...)`) are values, which functions and
objects may keep.

## Bad
```python
import structlog


class OrderService:
    def __init__(self) -> None:
        self.log = structlog.get_logger()
```

## Good
```python
import structlog

logger = structlog.get_logger()


class OrderService:
    async def create(self) -> None:
        logger.info("order_created")
```
"""

from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.loggers import LoggerBinding, logger_bindings
from gravity_lint.model.logs.namesakes import (
    Namesake,
    is_needed_before,
    namesake,
    own_among,
)
from gravity_lint.model.logs.origins import is_not_logged_with
from gravity_lint.model.logs.reports import carries_logs
from gravity_lint.model.logs.uses import modules_of_heirs
from gravity_lint.rule import CONFORMS, Answer, Options, Scope, Severity, Violation, rule


class NonstandardLoggerNameOptions(Options, frozen=True):
    """What a module may call its logger."""

    names: tuple[str, ...] = ("logger",)
    """Bare names."""


@rule(
    code="GRV906",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Structured Logging",
    subjects=logger_bindings,
    options=NonstandardLoggerNameOptions,
)
def check(binding: LoggerBinding, options: NonstandardLoggerNameOptions) -> Answer:
    """A logger is a name of its module, and the usual one."""
    if _serves_others(binding):
        return None
    if binding.returned:
        return None
    usual = options.names[0]
    if not binding.of_module:
        if carries_logs(binding.module):
            return None  # it fetches the loggers of those for whom it logs
        if binding.carries_context:
            return None
        return Violation(
            f"`{binding.name}` is bound inside `{binding.scope.label.rpartition('.')[2]}`; a module"
            f" has one logger at its top, called `{usual}`{_elsewhere(binding)}"
        )
    if binding.name in options.names:
        return CONFORMS
    taken = namesake(binding.module, options.names)
    if (binding.is_channel or binding.carries_context) and taken is not None:
        return None  # a log of its own, beside the module's
    beside = [x for x in logger_bindings.of(binding.module) if x.of_module]
    if binding.is_channel and len(beside) > 1:
        if binding is not beside[0] or not all(x.is_channel for x in beside):
            return None  # once one is the module's, the others are channels beside it
        return Violation(
            f"neither `{binding.name}` nor another of the module's loggers is called `{usual}`;"
            " call one of them so, or bind the module's own by that name"
        )
    if taken is not None:
        return Violation(_beside(binding, taken))
    own = own_among([x for x in beside if not (x.is_channel or _serves_others(x))])
    if own is not None and own.name != binding.name and not binding.is_channel:
        return Violation(
            f"`{binding.name}` is a second logger beside `{own.name}`; log through that one, called"
            f" `{usual}`, and drop `{binding.name}`"
        )
    return Violation(f"the module's logger is called `{binding.name}`; call it `{usual}`")


def _serves_others(binding: LoggerBinding) -> bool:
    return binding.kind is LoggerKind.STDLIB and is_not_logged_with(binding)


def _beside(binding: LoggerBinding, taken: Namesake) -> str:
    """Say what to do with a logger beside what has the usual name already."""
    name, usual = binding.name, taken.name
    if taken.is_no_logger:
        return (
            f"the module's logger is called `{name}`, and something else `{usual}`; call that"
            f" otherwise, and the logger `{usual}`"
        )
    if taken.is_made_of(binding):
        return f"`{name}` is a second logger, of which `{usual}` is made; make `{usual}` at once"
    if binding.kind is LoggerKind.STRUCTLOG and taken.is_of_others:
        return (
            f"`{name}` is a second logger beside `{usual}`, which is not structlog's; call this"
            f" one `{usual}` in place of that"
        )
    above = f"bind `{usual}` above it, " if is_needed_before(binding, usual) else ""
    return (
        f"`{name}` is a second logger beside `{usual}`; {above}log through `{usual}` and drop"
        f" `{name}`"
    )


def _elsewhere(binding: LoggerBinding) -> str:
    """Say which modules need a logger of their own before this one can go."""
    modules = modules_of_heirs(binding)
    if not modules:
        return ""
    others = f" and {len(modules) - 1} more" if len(modules) > 1 else ""
    need = "need" if others else "needs"
    return (
        f"; `{modules[0].name}`{others}, whose classes inherit `{binding.name}`, {need} one first"
    )
