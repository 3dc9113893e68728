"""httpx clients reach the application through a transport.

`AsyncClient(app=app)` was deprecated in httpx 0.27 and removed in 0.28; `ASGITransport` is what it
made of the argument. The patterns document still shows the old spelling, so the rule is off by
default.

The fix is safe: `transport=ASGITransport(app=app)` has been there since long before.

## Bad
```python title=tests/conftest.py
from httpx import AsyncClient

from app.main import app


def make_client():
    return AsyncClient(app=app, base_url="http://test")
```

## Good
```python title=tests/conftest.py
from httpx import ASGITransport, AsyncClient

from app.main import app


def make_client():
    return AsyncClient(transport=ASGITransport(app=app), base_url="http://test")
```
"""

from gravity_lint import facts as f
from gravity_lint.edits import RemoveArgument, SetKeyword
from gravity_lint.model.code.calls import calls_in
from gravity_lint.model.code.questions import by_module, calling
from gravity_lint.model.code.references import spell
from gravity_lint.model.code.scopes import Module
from gravity_lint.model.code.steps import CallSite
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


@by_module(where=calling("httpx.AsyncClient"))
def clients_of_applications(module: Module) -> list[CallSite]:
    """Return the httpx clients that are given an application or a transport."""
    return [
        site
        for site in calls_in(module, "httpx.AsyncClient")
        if site.call.keyword("app") is not None or site.call.keyword("transport") is not None
    ]


@rule(
    code="GRV590",
    severity=Severity.WARNING,
    scope=Scope.FILE,
    pattern="Testing Patterns",
    subjects=clients_of_applications,
    default=False,
)
def check(site: CallSite) -> Answer:
    """The application is given as a transport."""
    if site.call.keyword("app") is None:
        return CONFORMS
    return Violation(
        "httpx has removed `AsyncClient(app=...)`; give it `transport=ASGITransport(app=...)`"
    )


@check.fix(Applicability.SAFE)
def fix(site: CallSite) -> Edits:
    """Wrap the application into its transport."""
    app = site.call.keyword("app")
    transport = spell(site.scope, "httpx", "ASGITransport")
    if app is None or site.call.keyword("transport") is not None:
        return Withheld("it has a transport already")
    if transport is None:
        return Withheld("`ASGITransport` means something else there")
    return (
        SetKeyword(site.call.span, "transport", f"{transport.text}(app={f.render(app)})"),
        RemoveArgument(site.call.span, app.span),
        *transport.edits,
    )
