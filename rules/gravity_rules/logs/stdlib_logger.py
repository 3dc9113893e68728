"""The app logs through structlog.

`logging.getLogger` gives loggers that know text only: `logger.info("user_created", user_id=1)` is a
`TypeError` on them, so values end up inside sentences where nobody can search for them. With
`structlog.get_logger()` every line is an event with named values, bound context and one format.
`logging.info(...)`, which logs through the root logger, is reported as well.

The module that configures logging (by `basicConfig`, `dictConfig`, handlers on loggers, levels on
those of others) is exempt, and so are loggers of libraries (`"uvicorn.access"`) and the root
logger, which are fetched to be configured, and loggers of processors and of what these call: what
they logged through structlog would come back to them.

The fix rewrites the binding, types and imports, and leaves the calls to the fixes of the rules
about events: structlog takes every call that `logging` takes, but for conversions that can fail
(`%d` of None), which are rewritten with the logger. It is unsafe because lines look different and
go the way that structlog is configured for, past handlers, levels and filters of `logging` where it
is not told to use them. It is offered only where structlog is at home, in the imports of the app or
in the files that name its dependencies, and where nothing but calls is made of the logger: not
where its level is set, where it is handed to a function, where tests read its lines with `caplog`
or somebody configures it by its name (unless structlog's lines go through `logging`), or where
other services may import it from a shared package. `gravity-lint migrate-logging` brings a whole
service over, its configuration included.

## Bad
```python
import logging

logger = logging.getLogger(__name__)


def create_role(name: str) -> None:
    logger.info("Creating role: %s", name)
```

## Good
```python
import structlog

logger = structlog.get_logger()


def create_role(name: str) -> None:
    logger.info("creating_role", role_name=name)
```
"""

from gravity_lint import facts as f
from gravity_lint.model.logs.calls import log_calls
from gravity_lint.model.logs.configuration import SETTING_UP
from gravity_lint.model.logs.home import PASSED_ON, configures_structlog, is_for_logging, misfit
from gravity_lint.model.logs.kinds import LoggerKind
from gravity_lint.model.logs.obstacles import gives_msg, obstacle, only_of_logging
from gravity_lint.model.logs.origins import Origin, is_foreign, only_configured, origins
from gravity_lint.model.logs.swapping import swap
from gravity_lint.rule import (
    CONFORMS,
    Answer,
    Applicability,
    Edits,
    Note,
    Scope,
    Severity,
    Violation,
    Withheld,
    rule,
)


@rule(
    code="GRV901",
    severity=Severity.ERROR,
    scope=Scope.SERVICE,
    pattern="Structured Logging",
    subjects=origins,
)
def check(origin: Origin) -> Answer:
    """A logger of the app is structlog's."""
    if origin.kind is LoggerKind.STRUCTLOG:
        return CONFORMS
    if is_foreign(origin) or only_configured(origin):
        return None
    block = obstacle(origin)
    step = block.step if block is not None else None
    notes: tuple[Note, ...] = ()
    if step is not None and step is not origin.step:
        notes = (Note(step.module, step.span, f"`{origin.name}` is needed as `logging`'s here"),)
    advice = "bind it to `structlog.get_logger()`"
    asked = only_of_logging(origin)
    if asked in SETTING_UP:
        advice += (
            f", and leave `{asked}`, which that has not, to the module that configures logging"
        )
    elif asked is not None:
        advice += f", which has no `{asked}`"
        if asked in PASSED_ON and is_for_logging(origin.module.service):
            advice += " until structlog is configured"
    if gives_msg(origin):
        advice += ", and give `event` where its calls are given `msg`"
    broken = misfit(origin.module.service)
    if broken is not None:
        advice += (
            ", once `structlog.configure` is given `logger_factory=structlog.stdlib."
            f"LoggerFactory()`: until then `{broken.processor}` fails at the first line"
        )
        notes += (Note(broken.site.module, broken.site.span, "structlog is configured here"),)
    if not configures_structlog(origin.module.service):
        advice += " (nothing in view configures structlog: its lines would go to standard output)"
    if origin.call is not None:
        through = "the root logger" if origin.factory is None else "a logger"
        other = _logger_beside(origin) if asked is None else None
        if other is not None:
            return Violation(
                f"`{origin.name}` logs through {through} of the standard library, whose calls"
                f" take no keywords of one's own; use `{other}`, through which the module logs"
                " elsewhere",
                notes=notes,
            )
        return Violation(
            f"`{origin.name}` logs through {through} of the standard library, whose calls"
            f" take no keywords of one's own; use a logger of the module and {advice}",
            notes=notes,
        )
    named = f"`{origin.name}` is"
    if origin.binding is None and origin.factory is not None:
        named = f"`{origin.name}` gives what `{f.render(origin.factory.function)}` makes,"
    return Violation(
        f"{named} a logger of the standard library, whose calls take no keywords of"
        f" one's own; {advice}",
        notes=notes,
    )


def _logger_beside(origin: Origin) -> str | None:
    """Return the name of a logger of another make that the module of *origin* has already."""
    module = origin.module
    for call in log_calls.of(module):
        match call.receiver:
            case f.Name(name=name) if name in module.bindings:
                if call.kind is not LoggerKind.STDLIB:
                    return name
    return None


@check.fix(Applicability.UNSAFE)
def fix(origin: Origin) -> Edits:
    """Take structlog's logger."""
    block = obstacle(origin)
    if block is not None:
        return Withheld(block.reason)
    return swap(origin) or Withheld(f"{origin.module.relative} uses structlog's name otherwise")
