"""What a service does that the rest of the world will notice: commits and published events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from gravity_lint.model.api.environments import callers
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.layers import Layer, in_app, layer_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_overridden, is_special
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.events.broker import publishing_calls
from gravity_lint.model.events.names import event_names
from gravity_lint.model.logs.reports import decorated_to_log, logged_after, logs
from gravity_lint.model.services.commits import commits_of
from gravity_lint.model.services.functions import session_functions
from gravity_lint.model.services.service_classes import service_classes


class Deed(AtCall, Record, frozen=True):
    """The last call in *function* by which it commits or publishes.

    *last* is the statement with which it is done, where that is not the call's own.
    """

    function: Function
    site: CallSite
    last: Step | None = None
    shown: str = ""
    """What does it, as one says it."""
    mends: bool = True
    """Whether it also counts where an ``except`` clause does it."""

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

        What a function of the service does in its place is that function's to log,
        and what a private one does may be logged by those who call it.
        """
        callee = callee_of(self.site.scope, self.site.call)
        if isinstance(callee, Function) and logs(callee):
            return True
        answer = logged_after(self.function, self.site.step, self.last)
        if answer is False and _is_private(self.function):
            answer = self._logged_by_callers(self.function, {self.function})
        if answer is False and decorated_to_log(self.function):
            return None
        return None if isinstance(callee, Function) and not answer else answer

    @cached_property
    def silent_callers(self) -> tuple[CallSite, ...]:
        """The calls of a private function after which nothing is logged either."""
        if not _is_private(self.function):
            return ()
        return tuple(
            site
            for site in self._counting(callers(self.function))
            if logged_after(site.scope, site.step) is False
        )

    @cached_property
    def place(self) -> Function:
        """The function in which one log call at the end would do for this.

        That of the deed, or where it is private and all who call it without logging are one
        function, that one, and so on.
        """
        function, seen = self.function, {self.function}
        while _is_private(function):
            silent = {
                site.scope
                for site in self._counting(callers(function))
                if logged_after(site.scope, site.step) is False
            }
            outer = silent.pop() if len(silent) == 1 else None
            if not isinstance(outer, Function) or outer in seen:
                break
            function = outer
            seen.add(function)
        return function

    @property
    def shares_place(self) -> bool:
        """Tell whether other commits that are not logged either would be logged in that place."""
        return _silent_places(self.module.service)[self.place] > 1

    def _counting(self, sites: tuple[CallSite, ...]) -> tuple[CallSite, ...]:
        """Return those of *sites* that count, as the deed itself would in their place."""
        return tuple(site for site in sites if self.mends or not any(site.step.handlers))

    def _logged_by_callers(self, function: Function, seen: set[Function]) -> bool | None:
        """Tell whether whoever calls the private *function* logs after it.

        False if nobody calls it, None if only those do who do not count.
        """
        if handed_over(function) or is_overridden(function):
            return None
        sites = callers(function)
        answers: list[bool | None] = []
        for site in self._counting(sites):
            answer = logged_after(site.scope, site.step)
            caller = site.scope
            if answer is False and isinstance(caller, Function) and _is_private(caller):
                if caller not in seen and callers(caller):
                    answer = self._logged_by_callers(caller, {*seen, caller})
            answers.append(answer)
        if False in answers or not sites:
            return False
        return None if None in answers or not answers else True


def _is_private(function: Function) -> bool:
    return not function.public and not is_special(function)


@by_module
def commits(module: Module) -> Iterator[Deed]:
    """Return the last commit of each service method, those in ``except`` clauses aside.

    So do functions of the services layer, where they are written instead of methods.
    """
    methods = [x for business in service_classes.of(module) for x in business.methods]
    if layer_of(module) is Layer.SERVICES:
        methods += session_functions.of(module)
    for method in methods:
        rows = [x for x in commits_of(method) if x.changes and not any(x.step.handlers)]
        if rows:
            last = rows[-1]
            yield Deed(method, last.site, last.last, last.shown, mends=False)


@query
def _silent_places(service: Service) -> Counter[Function]:
    """Return how many commits that are not logged could be logged at the end of a function."""
    return Counter(commit.place for commit in commits(service) if commit.logged is False)


@query
def publications(service: Service) -> tuple[Deed, ...]:
    """Return the last call of each function of the app by which it publishes an event."""
    sites = [site for site in publishing_calls(service) if in_app(site.module)]
    sites += [name.site for name in event_names(service) if name.published]
    last: dict[Function, CallSite] = {}
    for site in sites:
        if isinstance(site.scope, Function) and not site.deferred:
            known = last.get(site.scope)
            if known is None or known.step.index <= site.step.index:
                last[site.scope] = site
    return tuple(Deed(function, site) for function, site in last.items())
