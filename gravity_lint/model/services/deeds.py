"""What a service does that the rest of the world will notice: commits and published events."""

from __future__ import annotations

from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.events.broker import broker_calls
from gravity_lint.model.events.names import event_names
from gravity_lint.model.logs.loggers import logged_after, logs
from gravity_lint.model.services.business import service_classes
from gravity_lint.model.services.sessions import session_calls_of


class Deed(AtCall, Record, frozen=True):
    """The last call in *function* by which it commits or publishes."""

    function: Function
    site: CallSite

    @property
    def module(self) -> Module:
        """The module of the function."""
        return self.function.module

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.function.label

    @property
    def logged(self) -> bool | None:
        """Tell whether it is logged once it is done; None if unknown.

        What a function of the service does in its place is that function's to log.
        """
        callee = callee_of(self.site.scope, self.site.call)
        if isinstance(callee, Function) and logs(callee):
            return True
        answer = logged_after(self.function, self.site.step)
        return None if isinstance(callee, Function) and not answer else answer


@query
def commits(service: Service) -> tuple[Deed, ...]:
    """Return the last commit of each service method, those in ``except`` clauses aside."""
    found: list[Deed] = []
    for business in service_classes(service):
        for method in business.methods:
            rows = [c for c in session_calls_of(method, "commit") if not any(c.site.step.handlers)]
            if rows:
                found.append(Deed(method, rows[-1].site))
    return tuple(found)


@query
def publications(service: Service) -> tuple[Deed, ...]:
    """Return the last call of each function of the app by which it publishes an event."""
    sites = [site for site in broker_calls(service, "publish") if in_app(site.module)]
    sites += [name.site for name in event_names(service) if name.published]
    last: dict[Function, CallSite] = {}
    for site in sites:
        if isinstance(site.scope, Function) and not site.deferred:
            known = last.get(site.scope)
            if known is None or known.step.index <= site.step.index:
                last[site.scope] = site
    return tuple(Deed(function, site) for function, site in last.items())
