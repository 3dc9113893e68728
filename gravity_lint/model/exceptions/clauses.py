"""The ``except`` clauses of a service: what each takes, lets pass, and does with it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Symbol, Variable, path_of, resolve
from gravity_lint.model.code.occurrences import occurrences
from gravity_lint.model.code.questions import by_module, question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import Block, CallSite, Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.exceptions.classes import is_exception, is_kind_of
from gravity_lint.model.logs.calls import is_log_call
from gravity_lint.sources.spans import Span

_BROAD = ("builtins.Exception", "builtins.BaseException")
_STATUS_NAMES = ("code", "http_code", "to_http", "to_response")
_NAMING = ("__name__", "__qualname__", "__module__")
_LOOKING = frozenset(
    f"builtins.{name}"
    for name in (
        *("str", "repr", "type", "isinstance", "issubclass", "hasattr", "getattr"),
        *("format", "print", "id", "bool", "vars", "dir", "callable"),
    )
)
"""What only looks at an exception."""


class Recipient(Record, frozen=True):
    """Where the caught exception itself is handed on: *callee* None if unknown or no call."""

    callee: Symbol | None
    step: Step


class Clause(AtStep, Record, frozen=True):
    """An ``except`` clause; *step* is its ``try`` statement."""

    handler: f.Handler
    trial: f.Try
    step: Step

    @property
    def scope(self) -> Scope:
        """The scope whose clause it is."""
        return self.step.scope

    @property
    def span(self) -> Span:
        """The word ``except`` and the classes."""
        start = self.handler.span
        if self.handler.type is None:
            return Span(start.line, start.column, start.line, start.column + len("except"))
        end = self.handler.type.span
        return Span(start.line, start.column, end.end_line, end.end_column)

    @property
    def extent(self) -> Span:
        """The lines of its head."""
        return self.span

    @property
    def head(self) -> str:
        """Its head as one writes it: ``except Exception``."""
        if self.handler.type is None:
            return "except:"
        return f"except {f.render(self.handler.type)}"

    @cached_property
    def kinds(self) -> tuple[Class | External | None, ...]:
        """The classes it takes, None for one that is unknown; a bare one takes all."""
        if self.handler.type is None:
            return (External("builtins.BaseException"),)
        return tuple(kinds_meant(self.scope, self.handler.type))

    @property
    def broad(self) -> bool:
        """Tell whether it takes every exception: bare, ``Exception``, ``BaseException``."""
        return any(_is_broad(kind) for kind in self.kinds)

    @property
    def guards_nothing(self) -> bool:
        """Tell whether nothing is tried, and nothing done after it: the statement has no use."""
        trial = self.trial
        return not (trial.otherwise or trial.final) and all(
            _is_idle(x) and not (isinstance(x, f.Jump) and x.kind == "continue") for x in trial.body
        )

    @property
    def idle(self) -> bool:
        """Tell whether its body does nothing: ``pass``, ``...``, ``continue``."""
        return all(_is_idle(statement) for statement in self.handler.body)

    def takes(self, symbol: Class | External) -> bool | None:
        """Tell whether it takes an exception of class *symbol*; None if unknown.

        To come to what is no exception class is an error in itself.
        """
        service = self.module.service
        answers = [
            None
            if kind is None or is_exception(service, kind) is False
            else is_kind_of(service, symbol, kind)
            for kind in self.kinds
        ]
        return True if True in answers else None if None in answers else False

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The statements of its body, nested ones included."""
        return self.scope.inside.get(self.handler, ())

    @cached_property
    def reraises(self) -> tuple[Step, ...]:
        """The statements that raise again what was caught."""
        return tuple(step for step in self.steps if self._raises_again(step))

    def _raises_again(self, step: Step) -> bool:
        name = self.handler.name
        match step.statement:
            case f.Raise(exception=None):
                return next(step.handlers) is self.handler
            case f.Raise(exception=f.Name(name=raised)):
                return raised == name
            case f.Raise(
                exception=f.Call(
                    function=f.Attribute(value=f.Name(name=raised), name="with_traceback")
                )
            ):
                return raised == name
            case f.Raise(
                exception=f.Call(
                    function=f.Call(function=f.Name(name="type"), arguments=(f.Name(name=raised),))
                )
            ):
                return raised == name
        return False

    def lets_pass(self, symbol: Class | External) -> bool | None:
        """Tell whether an exception of class *symbol* that it takes is raised again.

        True if there is a way on which it is, None if that hangs on a condition
        that is not known. ``isinstance`` is understood.
        """
        answers = [self._reached(step, symbol) for step in self.reraises]
        return True if True in answers else None if None in answers else False

    def _reached(self, step: Step, symbol: Class | External) -> bool | None:
        answer: bool | None = True
        for block in self.blocks_around(step):
            if isinstance(block.owner, f.If):
                held = self._holds(block.owner.test, symbol)
                if held is not None and block.part == "otherwise":
                    held = not held
            else:
                held = True if isinstance(block.owner, f.With) else None
            if held is False:
                return False
            if held is None:
                answer = None
        return answer

    def blocks_around(self, step: Step) -> Iterator[Block]:
        """Yield the blocks of the clause in which *step* stands, innermost first."""
        for block in step.block.ancestors():
            if block.handler is self.handler:
                return
            yield block

    def _holds(self, test: f.Expression, symbol: Class | External) -> bool | None:
        match test:
            case f.Unary(operator="not", operand=operand):
                inner = self._holds(operand, symbol)
                return None if inner is None else not inner
            case f.Boolean(operator=operator, values=values):
                answers = [self._holds(value, symbol) for value in values]
                decides = operator == "or"
                if decides in answers:
                    return decides
                return None if None in answers else not decides
            case f.Call(
                function=f.Name(name="isinstance"), arguments=(f.Name(name=name), kinds)
            ) if name == self.handler.name:
                found = [
                    None if kind is None else is_kind_of(self.module.service, symbol, kind)
                    for kind in kinds_meant(self.scope, kinds)
                ]
                return True if True in found else None if None in found else False
        return None

    @cached_property
    def always_reraises(self) -> bool:
        """Tell whether what was caught is raised again on every way through the body."""
        again = {id(step.statement) for step in self.reraises}
        return _leaves(self.handler.body, again) and not any(
            isinstance(s.statement, f.Return | f.Raise) and id(s.statement) not in again
            for s in self.steps
        )

    @cached_property
    def recipients(self) -> tuple[Recipient, ...]:
        """Where the exception itself is handed on: into calls, variables, what is returned.

        Looking at it (``str``, ``isinstance``), logging it and wrapping it into
        another exception are no handing on.
        """
        if self.handler.name is None:
            return ()
        return tuple(
            Recipient(callee, step)
            for step in self.steps
            if step not in self.reraises
            for expression in step.expressions
            for callee in self._handed(step, expression)
        )

    def _handed(self, step: Step, expression: f.Expression) -> Iterator[Symbol | None]:
        for _, around in occurrences(expression, self.handler.name or ""):
            call = next((x for x in reversed(around) if isinstance(x, f.Call)), None)
            if around and isinstance(around[-1], f.Attribute | f.Template | f.Compare):
                continue
            if any(map(_is_text, around)):
                continue
            if call is None:
                if self._gives(step.statement, expression):
                    yield None
            elif not self._looks_only(step, call):
                yield callee_of(self.scope, call)

    def gives_itself(self, site: CallSite) -> bool:
        """Tell whether *site* is given the exception itself, and not only a text made of it."""
        return any(
            self._is_whole(around)
            for given in site.call.given
            for _, around in occurrences(given, self.handler.name or "")
        )

    def _is_whole(self, around: tuple[f.Expression, ...]) -> bool:
        """Tell whether the exception, with *around* it, is more there than a part or a text."""
        if around and isinstance(around[-1], f.Attribute):
            return around[-1].name.startswith("__")  # ``e.__traceback__``
        return not any(map(self._makes_text, around))

    def _makes_text(self, expression: f.Expression) -> bool:
        if isinstance(expression, f.Template) or _is_text(expression):
            return True
        callee = callee_of(self.scope, expression) if isinstance(expression, f.Call) else None
        return isinstance(callee, External) and callee.path in _LOOKING

    def _gives(self, statement: f.Statement, expression: f.Expression) -> bool:
        """Tell whether what *expression* gives leaves the clause; being a cause is no leaving."""
        if isinstance(statement, f.Raise):
            return expression is statement.exception
        return isinstance(statement, f.Assign | f.Return)

    def _looks_only(self, step: Step, call: f.Call) -> bool:
        callee = callee_of(self.scope, call)
        if isinstance(callee, External) and callee.path in _LOOKING:
            return True
        if is_log_call(self.scope, call):
            return not isinstance(callee, Function)
        if isinstance(step.statement, f.Raise):
            return isinstance(callee, Class) or (
                isinstance(callee, External) and callee.name[:1].isupper()
            )
        return False

    @cached_property
    def asks_status(self) -> bool:
        """Tell whether it reads a status off the exception: ``e.status_code``."""
        name = self.handler.name
        for step in self.steps:
            for inner in step.parts:
                match inner:
                    case f.Attribute(value=f.Name(name=owner), name=attribute):
                        if owner == name and _is_status_name(attribute):
                            return True
                    case f.Call(
                        function=f.Name(name="getattr" | "hasattr"),
                        arguments=(f.Name(name=owner), f.Constant(value=str(attribute)), *_),
                    ):
                        if owner == name and _is_status_name(attribute):
                            return True
        return False

    def tells_apart(self, symbol: Class | External) -> bool:
        """Tell whether it asks of what class the exception is, with *symbol* among the answers.

        ``type(e)`` may be asked for its name only; any other use of it may find
        the class in a table.
        """
        named: set[int] = set()
        for step in self.steps:
            match step.statement:
                case f.Match(subject=f.Name(name=subject)) if subject == self.handler.name:
                    return True
            for inner in step.parts:
                match inner:
                    case f.Attribute(value=value, name=attribute) if attribute in _NAMING:
                        named.add(id(value))
                if id(inner) not in named and self._asks_class(inner, symbol):
                    return True
        return False

    def _asks_class(self, expression: f.Expression, symbol: Class | External) -> bool:
        name = self.handler.name
        match expression:
            case f.Call(function=f.Name(name="type"), arguments=(f.Name(name=given),)):
                return given == name
            case f.Attribute(value=f.Name(name=owner), name="__class__"):
                return owner == name
            case f.Call(function=f.Name(name="isinstance"), arguments=(f.Name(name=given), kinds)):
                return given == name and any(
                    kind is None
                    or (
                        not _is_broad(kind)
                        and is_kind_of(self.module.service, symbol, kind) is not False
                    )
                    for kind in kinds_meant(self.scope, kinds)
                )
        return False


def _leaves(statements: tuple[f.Statement, ...], again: Set[int]) -> bool:
    """Tell whether every way through *statements* comes by one of those with an id in *again*."""
    for statement in statements:
        if id(statement) in again:
            return True
        match statement:
            case f.If(body=body, otherwise=otherwise):
                if _leaves(body, again) and _leaves(otherwise, again):
                    return True
            case f.With(body=body):
                if _leaves(body, again):
                    return True
            case f.Return() | f.Jump(kind="break" | "continue"):
                return False
    return False


def _is_status_name(attribute: str) -> bool:
    return "status" in attribute or attribute in _STATUS_NAMES


def _is_broad(kind: Class | External | None) -> bool:
    return isinstance(kind, External) and kind.path in _BROAD


def _is_text(expression: f.Expression) -> bool:
    """Tell whether *expression* puts values into a text: ``"..." % x``, ``"...".format(x)``."""
    match expression:
        case f.Binary(operator="%", left=f.Constant(kind="str")):
            return True
        case f.Call(function=f.Attribute(value=f.Constant(kind="str"), name="format")):
            return True
    return False


def _is_idle(statement: f.Statement) -> bool:
    match statement:
        case f.Jump(kind="pass" | "continue") | f.Evaluate(value=f.Constant()):
            return True
    return False


def kinds_meant(
    scope: Scope, expression: f.Expression, seen: frozenset[Variable] = frozenset()
) -> Iterator[Class | External | None]:
    """Yield the classes that ``except expression`` or ``isinstance(_, expression)`` means.

    *seen* are the names behind which it stands.
    """
    if isinstance(expression, f.Collection):
        for item in expression.items:
            yield from kinds_meant(scope, item, seen)
        return
    if isinstance(expression, f.Binary):
        yield from kinds_meant(scope, expression.left, seen)
        yield from kinds_meant(scope, expression.right, seen)
        return
    symbol = resolve(scope, expression)
    if isinstance(symbol, Variable) and isinstance(symbol.value, f.Collection):
        if symbol not in seen:
            yield from kinds_meant(symbol.scope, symbol.value, seen | {symbol})
        return
    yield symbol if isinstance(symbol, Class | External) else None


@question
def clauses_by_trial(module: Module) -> dict[int, tuple[Clause, ...]]:
    """Return the clauses of each ``try`` statement of *module*, by its identity."""
    return {
        id(step.statement): tuple(Clause(h, step.statement, step) for h in step.statement.handlers)
        for scope in module.scopes
        for step in scope.steps
        if isinstance(step.statement, f.Try)
    }


def clause_of(step: Step) -> Clause | None:
    """Return the innermost ``except`` clause in whose body *step* stands."""
    for block in step.block.ancestors():
        if block.handler is not None:
            rows = clauses_by_trial(step.module)[id(block.owner)]
            return next(clause for clause in rows if clause.handler is block.handler)
    return None


@by_module
def clauses(module: Module) -> Iterator[Clause]:
    """Return the ``except`` clauses of the app, in source order."""
    if in_app(module):
        for rows in clauses_by_trial(module).values():
            yield from rows


def suppresses(scope: Scope, context: f.Expression, symbol: Class | External) -> bool | None:
    """Tell whether ``with context`` swallows an exception of class *symbol*; None if unknown."""
    if not isinstance(context, f.Call) or path_of(scope, context.function) != "contextlib.suppress":
        return False
    answers = [
        None if kind is None else is_kind_of(scope.module.service, symbol, kind)
        for argument in context.arguments
        for kind in kinds_meant(scope, argument)
    ]
    return True if True in answers else None if None in answers else False
