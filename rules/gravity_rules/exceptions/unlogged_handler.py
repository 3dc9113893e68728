"""An exception handler logs what it answers.

The client gets an envelope, and the operator learns from the log that something was refused or
failed. What ends as a 5xx is logged with its traceback. A handler that leaves the exception on the
request or in a context variable, for somebody else to log, is not judged.

## Bad
```python
from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse

app = FastAPI()


@app.exception_handler(ValueError)
async def handle_value_error(request: Request, exc: ValueError) -> JSONResponse:
    return JSONResponse({"error": str(exc)}, status_code=status.HTTP_400_BAD_REQUEST)
```

## Good
```python
import structlog
from fastapi import FastAPI, Request, status
from fastapi.responses import JSONResponse

app = FastAPI()
logger = structlog.get_logger()


@app.exception_handler(ValueError)
async def handle_value_error(request: Request, exc: ValueError) -> JSONResponse:
    logger.warning("value_error", error=str(exc))
    return JSONResponse({"error": str(exc)}, status_code=status.HTTP_400_BAD_REQUEST)
```
"""

from gravity_lint.model.exceptions.handlers import ExceptionHandler, handlers
from gravity_lint.model.exceptions.prints import handler_only_prints
from gravity_lint.model.exceptions.traces import Trace, trace_of_handler
from gravity_lint.model.logs.at_hand import logger_at
from gravity_lint.model.logs.calls import logged
from gravity_lint.rule import CONFORMS, Answer, Scope, Severity, Violation, rule


@rule(
    code="GRV414",
    severity=Severity.WARNING,
    scope=Scope.SERVICE,
    pattern="Error Handling Patterns",
    subjects=handlers,
)
def check(handler: ExceptionHandler) -> Answer:
    """The handler logs, and a server error with its traceback."""
    trace = trace_of_handler(handler)
    if trace is None or trace is Trace.KEPT:
        return None
    # A plain function is run in a thread, where there is no current exception to be found.
    way = "exc_info=True" if handler.function.is_async else f"exc_info={handler.exception}"
    logger = logger_at(handler.function)
    if logger.of_loguru:
        way = f"{logger.name}.opt(exception={handler.exception}).error"
    statuses = {status for status in handler.statuses if status is not None}
    if trace is Trace.NOTHING:
        how = f"log an event, with `{way}` if the answer is a 5xx"
        if statuses and None not in handler.statuses:
            how = f"log it with `{way}`" if min(statuses) >= 500 else "log an event"
            if min(statuses) < 500 <= max(statuses):
                how = f"log an event, with `{way}` where the answer is a 5xx"
        instead = ", in place of `print`" if handler_only_prints(handler) else ""
        return Violation(
            f"`{handler.name}` answers {handler.subject} without logging it; {how}{instead}"
        )
    if trace is Trace.TEXT and statuses and min(statuses) >= 500:
        verb = "log with" if logger.of_loguru else "pass"
        vain = any(call.asks_in_vain for call in logged(handler.function))
        why = ", as loguru knows no `exc_info`" if vain else ""
        return Violation(
            f"`{handler.name}` answers {min(statuses)} and logs without the traceback{why};"
            f" {verb} `{way}`"
        )
    return CONFORMS
