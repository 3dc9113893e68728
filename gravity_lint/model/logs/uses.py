"""What is made of a logger, wherever it goes: calls that log, and all else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import taken_apart
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.handing import handed_over
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, Variable, ancestors, bases, bound
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import attributes_called, uses_of
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_property
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import type_of
from gravity_lint.model.logs.calls import LEVELS, LogCall, log_calls_by_scope
from gravity_lint.model.logs.configuration import SETTING_UP
from gravity_lint.model.logs.kinds import logger_kind
from gravity_lint.model.logs.loggers import LoggerBinding
from gravity_lint.model.logs.providers import receivers_of

_GIVES_NOTHING = frozenset({"builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC"})
"""Classes of which one inherits no logger."""


_LOGGING = frozenset(LEVELS) - {"msg", "trace", "success"}
"""The methods by which loggers of ``logging`` log, and structlog's do."""


class Use(Record, frozen=True):
    """A mention of a logger at *step*, with the *call* that it makes; None: it does not log.

    *mention* is what stands there, where that is a name or an attribute. It may be another's, if
    it is not *certain*.
    """

    step: Step
    call: LogCall | None
    mention: f.Expression | None = None
    certain: bool = True

    @property
    def asked(self) -> str | None:
        """The attribute that is read of the logger there; None where something else happens."""
        statement = self.step.statement
        stored = statement.targets if isinstance(statement, f.Assign | f.Delete) else ()
        for inner in self.step.parts:
            if isinstance(inner, f.Attribute) and inner.value is self.mention:
                return None if any(inner is target for target in stored) else inner.name
        return None

    @property
    def takes_method(self) -> bool:
        """Tell whether a method that logs is taken there, for something to call: `logger.info`."""
        return self.call is None and self.asked in _LOGGING

    @property
    def may_log(self) -> bool:
        """Tell whether something made of the logger there logs: a method, a child."""
        return self.takes_method or (self.asked == "getChild" and not self._sets_up_child())

    def _sets_up_child(self) -> bool:
        """Tell whether the child is no more than set up: ``logger.getChild("x").setLevel(...)``."""
        return any(
            isinstance(inner, f.Attribute)
            and inner.name in SETTING_UP
            and isinstance(inner.value, f.Call)
            and isinstance(made := inner.value.function, f.Attribute)
            and made.value is self.mention
            for inner in self.step.parts
        )


def uses_of_variable(variable: Variable, seen: frozenset[Function] = frozenset()) -> Iterator[Use]:
    """Yield the mentions of a name that is bound to a logger, behind its bindings.

    Through functions that give it to their callers as well, but for those *seen*.
    """
    index = _calls_by_receiver(variable.scope.module.service)
    returned = _returns_of(variable.scope, variable.name)
    for step, mention in uses_of(variable):
        if id(step.statement) in returned or _is_no_use(step, mention):
            continue
        kept = _kept_on_self(step, mention)
        giver = _giver(step, mention)
        if giver is not None:
            yield Use(step, None, mention)
            yield from _uses_of_result(giver, seen)
        elif kept is not None:
            assert isinstance(step.scope, Function)
            yield from uses_of_attribute(
                variable.scope.module.service, step.scope.cls, kept.name, kept
            )
        else:
            yield Use(step, index.get(id(mention)), mention)


def _giver(step: Step, mention: f.Expression) -> Function | None:
    """Return the function that gives its callers what is mentioned."""
    match step.statement:
        case f.Return(value=value) | f.Evaluate(value=f.Yield(value=value)) if (
            value is mention and isinstance(step.scope, Function)
        ):
            return step.scope
    return None


def _kept_on_self(step: Step, mention: f.Expression) -> f.Attribute | None:
    """Return the attribute of its object to which a method gives what is mentioned."""
    scope, statement = step.scope, step.statement
    if not isinstance(scope, Function) or scope.cls is None or not scope.parameters:
        return None
    match statement:
        case f.Assign(targets=(f.Attribute(value=f.Name(name=owner)) as kept,), value=value) if (
            value is mention and statement.annotation is None
        ):
            return kept if owner == scope.parameters[0].name else None
    return None


def _returns_of(scope: Scope, name: str) -> set[int]:
    """Return the statements by which a function gives the value of *name* to its callers."""
    if not isinstance(scope, Function):
        return set()
    return {
        id(statement)
        for _, statement in scope.returned
        if isinstance(statement.value, f.Name) and statement.value.name == name
    }


def _is_no_use(step: Step, mention: f.Expression) -> bool:
    """Tell whether *step* only binds what it mentions, or asks whether it is there."""
    statement = step.statement
    if isinstance(statement, f.Assign):
        if any(mention is x for one in taken_apart(statement) for x in one.targets):
            return True
    return any(
        isinstance(x, f.Compare)
        and x.left is mention
        and all(operator in ("is", "is not") for operator in x.operators)
        and all(map(f.is_none, x.others))
        for x in step.parts
    )


def uses_of_attribute(
    service: Service, owner: Class | None, name: str, but: f.Expression | None = None
) -> Iterator[Use]:
    """Yield the attributes called *name* that may be the one of *owner*, but its binding *but*.

    Those are all in the service but the ones of classes of no kin: whose the
    rest are is not always known.
    """
    index = _calls_by_receiver(service)
    kept = _attributes_by_class(service, name)
    related: dict[Class | None, None] = {None: None}
    if owner is not None:
        own = {owner, *heirs(service, owner)}
        kin = (x for x in kept if x is not None and not own.isdisjoint((x, *heirs(service, x))))
        related.update(dict.fromkeys(kin))
    else:
        related.update(dict.fromkeys(kept))
    for cls in related:
        for step, mention in kept.get(cls, ()):
            if mention is not but and not _is_no_use(step, mention):
                yield Use(step, index.get(id(mention)), mention, certain=cls is not None)


def modules_of_heirs(binding: LoggerBinding) -> list[Module]:
    """Return the other modules whose classes log with what *binding* keeps on its object.

    By their names, in order. Not those whose classes keep one of their own in its place, nor those
    that have a logger already.
    """
    function, target = binding.scope, binding.target
    if not binding.of_self or not isinstance(function, Function) or function.cls is None:
        return []
    assert isinstance(target, f.Attribute)
    found = {
        mention.step.module
        for heir in heirs(binding.module.service, function.cls)
        if heir.module is not binding.module and not _has_logger(heir.module)
        for mention in heir.module.mentions(target.name)
        if isinstance(scope := mention.step.scope, Function)
        and scope.cls is heir
        and isinstance(mention.expression, f.Attribute)
        and isinstance(mention.expression.value, f.Name)
        and mention.expression.value.name == scope.receiver
        and provider_of_attribute(scope, mention.expression) in (None, function.cls)
    }
    return sorted(found, key=lambda module: module.name)


def _has_logger(module: Module) -> bool:
    """Tell whether *module* has a logger at its top, whoever makes it, be it an imported one."""
    return "logger" in module.bindings or any(
        isinstance(symbol := bound(module, name), Variable)
        and symbol.value is not None
        and logger_kind(symbol.scope, symbol.value) is not None
        for name in module.bindings
    )


def uses_of_result(function: Function) -> Iterator[Use]:
    """Yield what is made of the logger that *function* gives to its callers.

    A function that is handed around without being called may give it to anybody.
    """
    yield from _uses_of_result(function, frozenset())


def _uses_of_result(function: Function, seen: frozenset[Function]) -> Iterator[Use]:
    if function in seen:
        return
    seen |= {function}
    service = function.module.service
    if is_property(function):
        if function.cls is not None:
            yield from uses_of_attribute(service, function.cls, function.name)
        return
    index = _calls_by_receiver(service)
    if handed_over(function):
        yield Use(function.step, None)
        for received in receivers_of(function):
            yield from uses_of_variable(received, seen)
    for site in calls_to(service, function):
        call = index.get(id(site.call))
        if call is not None:
            yield Use(site.step, call)
        elif not site.around:
            yield from _uses_of_value(site, seen)
        else:
            yield Use(site.step, None)


def _uses_of_value(site: CallSite, seen: frozenset[Function]) -> Iterator[Use]:
    """Yield what is made of the logger that the call *site* gives, a statement's whole value."""
    scope, statement = site.scope, site.step.statement
    service = scope.module.service
    match statement:
        case f.Assign(targets=targets, value=value) if value is site.call:
            for target in targets:
                if isinstance(target, f.Name):
                    yield from uses_of_variable(Variable(scope, target.name), seen)
                    if isinstance(scope, Class):
                        yield from uses_of_attribute(service, scope, target.name, target)
                    if isinstance(scope, Function) and _returns_of(scope, target.name):
                        yield from _uses_of_result(scope, seen)
                elif isinstance(target, f.Attribute) and isinstance(scope, Function):
                    yield from uses_of_attribute(service, scope.cls, target.name, target)
                else:
                    yield Use(site.step, None)
        case f.Return() if isinstance(scope, Function):
            yield from _uses_of_result(scope, seen)
        case f.Evaluate():
            pass
        case _:
            yield Use(site.step, None)


@query
def _calls_by_receiver(service: Service) -> dict[int, LogCall]:
    """Return the calls that log, by the identity of the expression that is their logger."""
    return {
        id(call.receiver): call
        for module in service.modules
        for calls in log_calls_by_scope(module).values()
        for call in calls
        if call.receiver is not None
    }


_Mentions: TypeAlias = "list[tuple[Step, f.Attribute]]"


def _attributes_by_class(service: Service, name: str) -> dict[Class | None, _Mentions]:
    """Return the attributes called *name* by the class that keeps them.

    None stands for all of which it is not known whose they are.
    """
    return service.memory.ask(("attributes", name), {}, _by_class, service, name)


def _by_class(service: Service, name: str) -> dict[Class | None, _Mentions]:
    kept: dict[Class | None, _Mentions] = {}
    for step, mention in attributes_called(service, name):
        cls = provider_of_attribute(step.scope, mention) or _keeper(step.scope, mention)
        kept.setdefault(cls, []).append((step, mention))
    return kept


def _keeper(scope: Scope, mention: f.Attribute) -> Class | None:
    """Return the class of what has the attribute *mention* where a library's class gives it."""
    owner = type_of(scope, mention.value)
    if owner is None or owner.cls is None:
        return None
    service = owner.cls.module.service
    above = ancestors(owner.cls)
    outside = [x for x in above if isinstance(x, External)]
    if any(None in bases(x) for x in above if isinstance(x, Class)):
        return None
    if any(service.has_package(x.package) for x in outside):
        return None  # a module of the service's own that is not in view
    return owner.cls if any(x.path not in _GIVES_NOTHING for x in outside) else None


def provider_of_attribute(scope: Scope, mention: f.Attribute) -> Class | None:
    """Return the class of the service that has the attribute *mention*, itself or for its heirs."""
    owner = type_of(scope, mention.value)
    if owner is None or owner.cls is None:
        return None
    for ancestor in ancestors(owner.cls):
        if not isinstance(ancestor, Class):
            return None
        if mention.name in ancestor.bindings or mention.name in ancestor.attributes:
            return ancestor
    return None
