"""Functions that take messages from a queue, and whether they settle each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

from gravity_lint import facts as f
from gravity_lint.model.api.environments import callers
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Symbol, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import is_used
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import callee_of, method_of, type_of, type_of_parameter
from gravity_lint.model.events.broker import LIBRARY, broker_calls
from gravity_lint.patterns import pattern

_SETTLING = ("ack", "nack", "reject")
_PARTIAL = "functools.partial"
_INCOMING = (
    *(f"{LIBRARY}.{name}" for name in ("IncomingMessage", "AbstractIncomingMessage")),
    *(f"{LIBRARY}.message.IncomingMessage", f"{LIBRARY}.abc.AbstractIncomingMessage"),
)

_BELOW_SIX = pattern(
    r"(?:===?|~=|\^|~|=)?\s*v?[0-5](?:\.[\d*]+)*\s*|<\s*[0-6](?:\.0+)*\s*|<=\s*[0-5](?:\..*)?"
)

Body: TypeAlias = tuple[f.Statement, ...]
States: TypeAlias = frozenset[bool]
_NOWHERE: States = frozenset()
_SETTLED: States = frozenset({True})


class Consumer(AtFunction, Record, frozen=True):
    """A function that takes messages from a queue; *message* is its parameter."""

    function: Function
    message: f.Parameter

    @cached_property
    def hands_on(self) -> bool:
        """Tell whether the message, or a way to settle it, is given to something else."""
        own = (
            expression
            for step in self.function.steps
            for expression in step.expressions
            if not (isinstance(step.statement, f.With) and self._processes(expression))
        )
        inner = (x for scope in self.function.walk() for step in scope.steps for x in step.parts)
        return any(map(self._is_given, own)) or any(map(self._is_message, inner))

    def _is_given(self, expression: f.Expression) -> bool:
        match expression:
            case f.Attribute(value=value, name=name) if self._is_message(value):
                return name in (*_SETTLING, "process")
            case f.Call(function=f.Attribute(value=value, name=name)) if self._is_message(value):
                if name == "process":
                    return True  # the context is entered by something else
                return any(self._is_given(x) for x in expression.given)
        return self._is_message(expression) or any(
            self._is_given(x) for x in f.children(expression)
        )

    @cached_property
    def settles(self) -> bool:
        """Tell whether every path through the function acknowledges or rejects the message.

        A path that raises is none of them, unless a clause of the function takes it.
        """
        fallen, returned = self._after(self.function.body, False)
        return False not in fallen | returned

    def _after(self, body: Body, settled: bool) -> tuple[States, States]:
        """Return whether the message may be settled where *body* ends, and where it returns.

        *settled* says whether it is when the body begins.
        """
        states, returned = frozenset({settled}), _NOWHERE
        for statement in body:
            following = _NOWHERE
            for state in states:
                fallen, left = self._after_statement(statement, state)
                following |= fallen
                returned |= left
            states = following
        return states, returned

    def _after_statement(self, statement: f.Statement, settled: bool) -> tuple[States, States]:
        here = frozenset({settled})
        match statement:
            case f.Evaluate(value=value) | f.Assign(value=value):
                return (_SETTLED if self._settles(value) else here), _NOWHERE
            case f.Return(value=value):
                return _NOWHERE, (_SETTLED if self._settles(value) else here)
            case f.Raise():
                return _NOWHERE, _NOWHERE
            case f.With(items=items, body=body):
                at_once = self._takes_effect(statement)
                inside = settled or (at_once and any(self._processes(x.context) for x in items))
                return self._after(body, inside)
            case f.If(test=test, body=body, otherwise=otherwise):
                # ``if not message.processed:`` asks whether it is still to be done.
                done = settled or self._asks_whether_settled(test)
                one, other = self._after(body, settled), self._after(otherwise, done)
                return one[0] | other[0], one[1] | other[1]
            case f.Match(cases=cases):
                rows = [self._after(case.body, settled) for case in cases]
                fallen = frozenset[bool]().union(here, *(row[0] for row in rows))
                if cases and all(row[0] == _SETTLED for row in rows):
                    fallen = _SETTLED
                return fallen, frozenset[bool]().union(*(row[1] for row in rows))
            case f.For(body=body) | f.While(body=body):
                # How often a loop turns is not known: one that settles is taken to do so.
                fallen, returned = self._after(body, settled)
                return _SETTLED if True in fallen | returned else here, returned
            case f.Try():
                return self._after_try(statement, settled)
        return here, _NOWHERE

    def _after_try(self, statement: f.Try, settled: bool) -> tuple[States, States]:
        fallen, returned = self._after(statement.body, settled)
        following, left = _NOWHERE, returned
        for state in fallen:
            after, out = self._after(statement.otherwise, state)
            following, left = following | after, left | out
        for state in self._when_raising(statement.body, settled):
            for handler in statement.handlers:
                after, out = self._after(handler.body, state)
                following, left = following | after, left | out
        if statement.final:
            ends = [self._after(statement.final, state) for state in following]
            exits = [self._after(statement.final, state) for state in left]
            following = frozenset[bool]().union(*(x[0] for x in ends))
            left = frozenset[bool]().union(*(x[0] | x[1] for x in exits), *(x[1] for x in ends))
        return following, left

    def _when_raising(self, body: Body, settled: bool) -> States:
        """Return whether the message may be settled when one of the statements raises."""
        found: set[bool] = set()
        state = settled
        for statement in body:
            if isinstance(statement, f.With) and self._processes_at_once(statement):
                state = True
            elif isinstance(statement, f.Evaluate) and self._settles(statement.value):
                state = True
                continue
            found.add(state)
            after = self._after_statement(statement, state)[0]
            state = False not in after if after else state
        return frozenset(found)

    def _processes_at_once(self, statement: f.With) -> bool:
        return self._takes_effect(statement) and self._processes(statement.items[0].context)

    def _takes_effect(self, statement: f.With) -> bool:
        """Tell whether the context of a message can be entered so; aio-pika 6 only awaits it."""
        asks_for = self.function.module.service.distribution.asks_for
        return statement.is_async or asks_for("aio-pika", _BELOW_SIX)

    @property
    def enters_plainly(self) -> bool:
        """Tell whether a ``with`` is to enter the context of the message that only awaits."""
        return any(
            isinstance(step.statement, f.With)
            and not self._takes_effect(step.statement)
            and any(self._processes(x.context) for x in step.statement.items)
            for step in self.function.steps
        )

    def _settles(self, expression: f.Expression | None) -> bool:
        return expression is not None and any(
            isinstance(x, f.Call)
            and isinstance(x.function, f.Attribute)
            and (
                (x.function.name in _SETTLING and self._is_message(x.function.value))
                or x.function.name.startswith("basic_")
            )
            for x in f.walk(expression)
        )

    def _asks_whether_settled(self, test: f.Expression) -> bool:
        return any(
            isinstance(x, f.Attribute) and x.name == "processed" and self._is_message(x.value)
            for x in f.walk(test)
        )

    def _processes(self, context: f.Expression) -> bool:
        match context:
            case f.Call(function=f.Attribute(value=value, name="process")):
                return self._is_message(value)
        return False

    def _is_message(self, expression: f.Expression) -> bool:
        return isinstance(expression, f.Name) and expression.name == self.message.name


@by_module
def consumers(module: Module) -> Iterable[Consumer]:
    """Return the functions of the app that wait for messages: given to ``queue.consume(...)``.

    Consumers without acknowledgement (``no_ack=True``) are none: the broker
    forgets their messages by itself. Nor are decorated ones: their decorator may
    settle the message.
    """
    found = {x: y for x, y in _given_away(module.service).items() if x.module is module}
    for function in module.functions if in_app(module) else ():
        # Nobody here calls it or hands it on: it waits for messages all the same.
        if function in found or not function.is_async or function.decorators:
            continue
        if len(function.arguments) == 1:
            message = function.arguments[0]
            made = type_of_parameter(function, message)
            if made is not None and made.path in _INCOMING and not is_used(function):
                found[function] = Consumer(function, message)
    return found.values()


@query
def _given_away(service: Service) -> dict[Function, Consumer]:
    """Return the functions that are given to ``queue.consume(...)``."""
    found: dict[Function, Consumer] = {}
    for site in broker_calls(service, "consume"):
        no_ack = site.call.argument(1, "no_ack")
        if no_ack is not None and not (isinstance(no_ack, f.Constant) and no_ack.value is False):
            continue
        known = isinstance(callee_of(site.scope, site.call), External)
        for callback, position in _callbacks(site.scope, site.call.argument(0, "callback")):
            if not isinstance(callback, Function) or len(callback.arguments) <= position:
                continue
            plain = all(
                path_of(callback.parent or callback.module, d) == "builtins.staticmethod"
                for d in callback.decorators
            )
            consumer = Consumer(callback, callback.arguments[position])
            if plain and in_app(callback.module) and (known or _is_message(consumer)):
                found[callback] = consumer
    return found


def _callbacks(
    scope: Scope, given: f.Expression | None, depth: int = 3
) -> Iterator[tuple[Symbol | None, int]]:
    """Yield the functions behind a callback, and which of their arguments the message will be.

    Behind a parameter, those are what the callers give for it.
    """
    match given:
        case f.Call(function=maker, arguments=(inner, *bound)) if path_of(scope, maker) == _PARTIAL:
            for callback, position in _callbacks(scope, inner, depth):
                yield callback, position + len(bound)
            return
        case f.Name(name=name) if isinstance(scope, Function):
            parameter = scope.parameter(name)
            if parameter is not None:
                for site in callers(scope) if depth else ():
                    yield from _callbacks(
                        site.scope, argument_for(scope, site.call, parameter), depth - 1
                    )
                return
        case f.Attribute(value=value, name=name):
            owner = type_of(scope, value)
            if owner is not None and owner.cls is not None:
                yield method_of(owner, name), 0
                return
    yield resolve(scope, given), 0


def _is_message(consumer: Consumer) -> bool:
    """Tell whether a consumer's argument is annotated as, or used like, a message of aio-pika."""
    made = type_of_parameter(consumer.function, consumer.message)
    if made is not None:
        return made.path.startswith(f"{LIBRARY}.")
    return consumer.message.annotation is None and any(
        isinstance(x, f.Attribute)
        and x.name in ("body", "process", *_SETTLING)
        and isinstance(x.value, f.Name)
        and x.value.name == consumer.message.name
        for step in consumer.function.steps
        for x in step.parts
    )
