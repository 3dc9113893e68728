"""The broad clauses of endpoints, and the answers that are lost in them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.edits import AddImport, Edit
from gravity_lint.model.api.routing import endpoint_functions, endpoints
from gravity_lint.model.code.endings import always_raises
from gravity_lint.model.code.names import External, ancestors, imports_any, look_up, path_of
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import Spelling, spell
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite, Step, arms_of
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.exceptions.classes import constructed_status, exception_classes, is_root
from gravity_lint.model.exceptions.clauses import Clause, clauses_by_trial
from gravity_lint.model.exceptions.coverage import (
    applications_of,
    handlers_for,
    lacks_handler,
    status_answered,
)
from gravity_lint.model.exceptions.escapes import Escape, arriving, passes
from gravity_lint.model.exceptions.handlers import answers_of
from gravity_lint.model.exceptions.registrations import App, Registration
from gravity_lint.model.logs.calls import logged
from gravity_lint.model.logs.reports import reports
from gravity_lint.sources.spans import Span

_PUTTING_OFF = (f.Conditional, f.Boolean, f.Comprehension, f.Lambda)
"""In what a call may not be made, or not at once."""
_TELLING = ("builtins.print", "traceback.print_exc", "traceback.print_exception")
_CLEARING = ("rollback", "close", "aclose")
_ON = -1
"""No status: nothing is answered."""


class Catching(Record, frozen=True):
    """A clause of an endpoint that takes every exception."""

    endpoint: Function
    clause: Clause

    @property
    def module(self) -> Module:
        """The module of the endpoint."""
        return self.clause.module

    @property
    def span(self) -> Span:
        """The head of the clause."""
        return self.clause.span

    @property
    def extent(self) -> Span:
        """The lines of its head."""
        return self.clause.extent

    @property
    def label(self) -> str:
        """The dotted name of the endpoint."""
        return self.endpoint.label

    @cached_property
    def swallowed(self) -> tuple[Escape, ...]:
        """What certainly arrives at the clause, has an answer of its own, and is not let through.

        Nothing where the clause makes its answer of what it caught: it hands the
        exception on to a function, or reads a status off it. Where it leads on, the
        endpoint can do without the call that failed; what it raises itself is lost. Nor is
        anything lost of a domain exception for which there is no handler yet.
        """
        if self._answers_by_itself is False:
            return ()
        return tuple(
            escape
            for escape in arriving(self.endpoint, self.clause.trial)
            if self._takes(escape)
            and not lacks_handler(self.module.service, escape.thrown.symbol)
            and not (escape.calls and (self.leads_on or self._tries_again(escape)))
        )

    @cached_property
    def _answers_by_itself(self) -> bool:
        if self.clause.asks_status:
            return False
        return not any(
            recipient.callee is None
            or isinstance(recipient.callee, Function)
            or isinstance(recipient.step.statement, f.Return | f.Raise)
            for recipient in self.clause.recipients
        )

    @cached_property
    def leads_on(self) -> bool:
        """Tell whether the clause lets the endpoint go on, and there is something to go on with."""
        return self._ends(self.clause.handler.body) == {_ON} and _is_followed(self.clause.step)

    @cached_property
    def answers_instead(self) -> bool:
        """Tell whether the clause does something else, and answers no error after it.

        What the `try` raises by itself may be its way to come here.
        """
        return any(
            isinstance(step.statement, f.Return)
            and (self._answered.get(id(step.statement)) or 200) < 400
            and not _says_failed(step.statement.value)
            for step in self.clause.steps
        ) and any(True for _ in self._work())

    def _work(self) -> Iterator[CallSite]:
        """Yield what the clause waits for, beside telling and what a session does by itself."""
        told = {id(row.call) for row in logged(self.endpoint)}
        for site in self.endpoint.calls:
            if not site.awaited or site.step not in self.clause.steps or id(site.call) in told:
                continue
            name = site.call.function.name if isinstance(site.call.function, f.Attribute) else ""
            if name not in _CLEARING and reports(site) is False:
                yield site

    def _tries_again(self, escape: Escape) -> bool:
        """Tell whether the clause begins with the call that raised: it raises out of it again."""
        raised = callee_of(self.endpoint, escape.calls[0].call)
        first = self.clause.steps[0]
        return isinstance(first.statement, f.Return | f.Assign | f.Evaluate) and any(
            site.step is first
            and not any(isinstance(x, _PUTTING_OFF) for x in site.around)
            and isinstance(raised, Function)
            and callee_of(self.endpoint, site.call) is raised
            for site in self.endpoint.calls
        )

    def _takes(self, escape: Escape) -> bool:
        symbol = escape.thrown.symbol
        for clause in clauses_by_trial(self.module)[id(self.clause.trial)]:
            if clause.handler is self.clause.handler:
                break
            if clause.takes(symbol) is not False:
                return False
        if self.clause.lets_pass(symbol) is not False or self.clause.tells_apart(symbol):
            return False
        return escape.thrown.status is None or not self._always_answers(escape.thrown.status)

    def _always_answers(self, status: int) -> bool:
        """Tell whether the clause answers *status* on each way whose status is known."""
        ends = self._ends(self.clause.handler.body)
        return status in ends and ends <= {status, None}

    def _ends(self, statements: tuple[f.Statement, ...]) -> set[int | None]:
        """Return the statuses with which *statements* leave the endpoint; None: not known.

        Nothing that is answered here is `_ON`: the way leads on.
        """
        found: set[int | None] = set()
        for statement in statements:
            match statement:
                case f.Return() | f.Raise():
                    return found | {self._answered.get(id(statement))}
                case f.Jump(kind="break" | "continue"):
                    return found | {_ON}
                case f.If() | f.With() | f.Try() | f.Match() | f.For() | f.While():
                    arms = [self._ends(body) for body in arms_of(statement)]
                    whole = not isinstance(statement, f.For | f.While | f.Match)
                    if isinstance(statement, f.If) and not statement.otherwise:
                        whole = False
                    ends = set().union(*arms)
                    found |= ends - {_ON}
                    if whole and _ON not in ends:
                        return found
        return found | {_ON}

    @cached_property
    def _answered(self) -> dict[int, int]:
        """The statuses of what the clause returns and raises, by the identity of the statement."""
        found = {
            id(answer.step.statement): answer.status
            for answer in answers_of(self.endpoint)
            if answer.step in self.clause.steps and answer.status is not None
        }
        for step in self.clause.steps:
            if isinstance(step.statement, f.Raise) and isinstance(step.statement.exception, f.Call):
                status = constructed_status(self.endpoint, step.statement.exception)
                if status is not None and passes(step, External("fastapi.HTTPException")):
                    found[id(step.statement)] = status
        return found

    @property
    def statuses(self) -> frozenset[int]:
        """The statuses that the clause itself answers, by an HTTP exception or a response."""
        return frozenset(self._answered.values())

    def handler_of(self, escape: Escape) -> Registration | None:
        """Return the handler that would have answered, if it is in view."""
        found = handlers_for(self.module.service, escape.thrown.symbol, self._answering)
        return found[0] if found else None

    def status_of(self, escape: Escape) -> int | None:
        """Return the status that *escape* would have had; None if it is not known."""
        return status_answered(self.module.service, escape.thrown, self._answering)

    @cached_property
    def _answering(self) -> tuple[App, ...]:
        """The applications that answer for the endpoint; none if that is not known."""
        registered = endpoints(self.module.service)
        return applications_of(*(x for x in registered if x.function is self.endpoint))

    @cached_property
    def besides(self) -> tuple[str, ...]:
        """What the clause calls and sets beside telling and answering: what passes by misses it.

        That is what outlives the clause: not what is called of, and set on, what it makes itself.
        """
        told = {id(row.call) for row in logged(self.endpoint)}
        found: list[str] = []
        for site in self.endpoint.calls:
            if site.step not in self.clause.steps or not (site.discarded or _is_waited_for(site)):
                continue
            if id(site.call) in told or reports(site) is not False or always_raises(site.step):
                continue
            if path_of(self.endpoint, site.call.function) not in _TELLING:
                found += self._outliving("calls", site.call.function)
        for step in self.clause.steps:
            for target in _targets(step.statement):
                if isinstance(target, f.Subscript) or (
                    isinstance(target, f.Attribute) and target.name != "status_code"
                ):
                    verb = "deletes" if isinstance(step.statement, f.Delete) else "sets"
                    found += self._outliving(verb, target)
        return tuple(dict.fromkeys(found))

    def _outliving(self, verb: str, changed: f.Expression) -> tuple[str, ...]:
        """Say what is done to *changed*, unless that is made in the clause."""
        named = {x.name for x in f.walk(changed) if isinstance(x, f.Name)}
        return () if named & self._made else (f"{verb} `{f.render(changed)}`",)

    @cached_property
    def _made(self) -> frozenset[str | None]:
        """The names that the clause binds."""
        made = {self.clause.handler.name}
        for step in self.clause.steps:
            for target in _targets(step.statement):
                bound = target.items if isinstance(target, f.Collection) else (target,)
                made.update(x.name for x in bound if isinstance(x, f.Name))
        return frozenset(made)

    def passing_clause(self) -> tuple[str, tuple[Edit, ...]] | None:
        """Return the clause that lets through what is swallowed, with the imports it needs.

        It takes all domain exceptions and ``HTTPException``, so that it stays right when the
        service learns to raise more.
        """
        roots = {self._root_of(escape) for escape in self.swallowed if not escape.thrown.is_http}
        root = root_in_view(self.module.service)
        if not roots and root is not None and self._spell(root) is not None:
            roots = {root}
        wanted = [
            *sorted(roots, key=lambda r: r.label if isinstance(r, Class) else r.path),
            External("fastapi.HTTPException"),
        ]
        known = [spelling for x in wanted if (spelling := self._spell(x)) is not None]
        if len(known) < len(wanted):
            return None
        names = [spelling.text for spelling in known]
        head = names[0] if len(names) == 1 else f"({', '.join(names)})"
        imports = tuple(edit for spelling in known for edit in spelling.edits)
        return f"except {head}:\n    raise", imports

    def _root_of(self, escape: Escape) -> Class | External:
        """Return the root of a domain exception where it is certain to exist, else its class."""
        words = self.module.service.settings.vocabulary
        symbol = escape.thrown.symbol
        for ancestor in ancestors(symbol):
            if ancestor is not None and is_root(ancestor, words):
                return ancestor
        return root_in_view(self.module.service) or symbol

    def _spell(self, symbol: Class | External) -> Spelling | None:
        if isinstance(symbol, External):
            module, _, name = symbol.path.rpartition(".")
            return spell(self.endpoint, module, name)
        for candidate in self.module.bindings:
            if look_up(self.endpoint, candidate) is symbol:
                return Spelling(candidate)
        free = look_up(self.endpoint, symbol.name) is None
        if not free or symbol.name in self.module.bindings or not isinstance(symbol.parent, Module):
            return None
        # That its dotted name works is known if the module already imports in this way.
        if not imports_any(self.module, (symbol.parent.name.partition(".")[0],)):
            return None
        return Spelling(symbol.name, (AddImport(symbol.parent.name, symbol.name),))


def _says_failed(value: f.Expression | None) -> bool:
    """Tell whether *value* is an answer that speaks of a failure: `{"success": False}`."""
    if not isinstance(value, f.Mapping):
        return value is None or f.is_none(value)
    for key, given in zip(value.keys, value.values, strict=True):
        word = key.value if isinstance(key, f.Constant) else None
        said = given.value if isinstance(given, f.Constant) else None
        if word in ("error", "errors") or (word in ("success", "ok") and said is False):
            return True
        if word == "status" and said in ("error", "failed", "failure"):
            return True
    return False


def _targets(statement: f.Statement) -> tuple[f.Expression, ...]:
    """Return what *statement* assigns to or deletes."""
    return statement.targets if isinstance(statement, f.Assign | f.Delete) else ()


def _is_waited_for(site: CallSite) -> bool:
    """Tell whether the call is awaited, and nothing done with its result."""
    return site.awaited and len(site.around) == 1 and isinstance(site.step.statement, f.Evaluate)


def _is_followed(step: Step) -> bool:
    """Tell whether something comes behind the statement at *step*: another one, or a next turn."""
    inner: f.Statement = step.statement
    for block in step.block.ancestors():
        if block.statements[-1] is not inner:
            return True
        if isinstance(block.owner, f.For | f.While):
            return True
        if block.owner is not None:
            inner = block.owner
    return False


@query
def root_in_view(service: Service) -> Class | External | None:
    """Return the root of the domain exceptions: the app's own, or one that it imports."""
    own = {x.cls for x in exception_classes(service) if is_root(x.cls, service.settings.vocabulary)}
    if own:
        return own.pop() if len(own) == 1 else None
    name = service.settings.vocabulary.exception_root.rpartition(".")[2]
    for module in service.modules:
        if name in module.bindings:
            symbol = look_up(module, name)
            if isinstance(symbol, External):
                return symbol
    return None


@by_module
def broad_clauses_of_endpoints(module: Module) -> Iterator[Catching]:
    """Return the clauses of endpoints that take every exception, endpoint by endpoint.

    Those of WebSockets are left out: no status is sent there.
    """
    for function in endpoint_functions.of(module):
        for step in function.steps:
            if isinstance(step.statement, f.Try):
                for clause in clauses_by_trial(module)[id(step.statement)]:
                    if clause.broad and function in _answering_requests(module.service):
                        yield Catching(function, clause)


@query
def _answering_requests(service: Service) -> frozenset[Function]:
    """Return the functions of endpoints that are no WebSockets only."""
    return frozenset(x.function for x in endpoints(service) if not x.websocket)
