"""Queries that read many rows: whether they are bounded, and what becomes of the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.routing import endpoint_by_function
from gravity_lint.model.code.bindings import Assigned, Received
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, look_up, path_of, resolve
from gravity_lint.model.code.occurrences import occurrences, readings
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.references import references_in
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.signatures import decorator_names, is_overridden
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.subjects import AtFunction, AtStep
from gravity_lint.model.code.types import annotated_type, callee_of
from gravity_lint.model.services.functions import business_functions
from gravity_lint.model.services.sessions import (
    QUERYING,
    session_calls_of,
    session_kind,
    statements_of,
)
from gravity_lint.sources.spans import Span

_BOUNDS = frozenset({"fetch", "limit", "offset", "paginate", "partitions", "slice", "yield_per"})
"""Methods that bound what a query gives, or read it piece by piece."""
_BEYOND_COUNTING = _BOUNDS | {"with_for_update"}
"""Methods after which rows are not fetched for their number alone: fetching is what locks them."""
_PAGING = frozenset(
    {"cursor", "limit", "limits", "offset", "page", "pages", "pagination", "paging", "skip"}
)
"""Words of which the names of what pages are made."""
_PARAMETERS = _PAGING | frozenset(
    {"after", "batch", "before", "chunk", "count", "first", "max", "n", "size", "take", "top"}
)
"""Words that mean paging in the name of a parameter."""
_GROUPING = frozenset({"group_by", "distinct"})
"""Methods after which a query gives kinds of rows, of which there are few."""
_GATHERING = frozenset({"all", "fetchall"})
_SELECT = External("sqlalchemy.select")


# -- rows as a list ------------------------------------------------------------------------


def is_scalars(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* certainly is SQLAlchemy's result of single values.

    ``result.scalars()``, ``await session.scalars(...)``, ``.unique()`` of one, or
    a variable that holds one by then, on whatever way.
    """
    match expression:
        case f.Call(function=f.Attribute(value=value, name="unique")):
            return is_scalars(scope, value)
        case f.Call(function=f.Attribute(value=value, name="scalars")):
            return not isinstance(callee_of(scope, expression), Function | Class) and (
                session_kind(scope, value) is None or not _is_async(scope, value)
            )
        case f.Await(value=f.Call(function=f.Attribute(value=value, name="scalars"))):
            return session_kind(scope, value) is not None
        case f.Name():
            return _only_holds(scope, expression, is_scalars)
    return False


def is_row_list(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* certainly is ``scalars().all()``."""
    match expression:
        case f.Call(function=f.Attribute(value=value, name="all"), arguments=()):
            return is_scalars(scope, value)
        case f.Name():
            return _only_holds(scope, expression, is_row_list)
    return False


def _is_async(scope: Scope, expression: f.Expression) -> bool:
    kind = session_kind(scope, expression)
    return kind is not None and kind.value == "async"


def _only_holds(scope: Scope, name: f.Name, kind: Callable[[Scope, f.Expression], bool]) -> bool:
    """Tell whether all that the local variable *name* may hold there is of one *kind*.

    What is given to it further down only comes to be held in a loop.
    """
    held = _held(scope, name)
    if held is not None:
        return kind(scope, held)
    symbol = look_up(scope, name.name)
    if not isinstance(symbol, Variable) or symbol.scope is not scope:
        return False
    start = (name.span.line, name.span.column)
    given: list[f.Expression] = []
    for binding in symbol.bindings:
        if not isinstance(binding, Assigned) or binding.unpacked or binding.operator:
            return False
        if (binding.span.end_line, binding.span.end_column) <= start:
            given += [] if binding.value is None else [binding.value]
        elif not _comes_later(scope, binding.span, name.span):
            return False
    return bool(given) and all(kind(scope, value) for value in given)


def _comes_later(scope: Scope, binding: Span, read: Span) -> bool:
    """Tell whether *binding* stands behind what is *read*, and no loop leads back from there."""
    if (binding.end_line, binding.end_column) <= (read.line, read.column):
        return False
    step = _step_at(scope, read)
    return step is not None and not any(loop.span.contains(binding) for loop in step.loops)


def _held(scope: Scope, name: f.Name) -> f.Expression | None:
    """Return the one expression that the local variable *name* is ever given, further up.

    A parameter holds what its caller gave until it is given another value on the way here.
    """
    symbol = look_up(scope, name.name)
    if not isinstance(symbol, Variable) or symbol.scope is not scope:
        return None
    if not isinstance(scope, Function):
        return None
    assigned = symbol.assigned or _given_anew(scope, symbol, name)
    if assigned is None:
        return None
    end = (assigned.span.end_line, assigned.span.end_column)
    return assigned.value if end <= (name.span.line, name.span.column) else None


class ReturnedRows(AtStep, Record, frozen=True):
    """A ``return`` of rows in a function that promises a list; *made* tells that it makes one."""

    step: Step
    rows: f.Expression
    made: bool

    @property
    def can_be_made(self) -> bool:
        """Tell whether ``list`` means the builtin there."""
        return look_up(self.step.scope, "list") == External("builtins.list")


@by_module
def returned_rows(module: Module) -> Iterator[ReturnedRows]:
    """Return where functions of the app that are annotated as giving a list return rows.

    What an endpoint returns goes to FastAPI, which takes any sequence.
    """
    answering = endpoint_by_function(module.service)
    for function in module.functions if in_app(module) else ():
        if function.returns is None or function in answering:
            continue
        candidates = [(step, r.value) for step, r in function.returned if r.value is not None]
        if not candidates:
            continue
        promised = annotated_type(function.parent or function, function.returns)
        if promised is None or promised.path != "builtins.list" or promised.is_class:
            continue
        for step, value in candidates:
            inner = _listed(function, value)
            if inner is not None:
                if is_row_list(function, inner) or is_scalars(function, inner):
                    yield ReturnedRows(step, inner, made=True)
            elif is_row_list(function, value):
                yield ReturnedRows(step, value, made=False)


def _listed(scope: Scope, value: f.Expression) -> f.Expression | None:
    """Return what ``list(...)`` or ``[*...]`` makes a list of."""
    match value:
        case f.Call(arguments=(inner,), keywords=()) if (
            path_of(scope, value.function) == "builtins.list"
        ):
            return inner
        case f.Collection(kind="list", items=(f.Starred(value=inner),)):
            return inner
    return None


def _given_anew(function: Function, parameter: Variable, name: f.Name) -> Assigned | None:
    """Return the assignment that gives *parameter* another value on every way to *name*."""
    rows = [b for b in parameter.bindings if not isinstance(b, Received)]
    only = rows[0] if len(rows) == 1 else None
    if not isinstance(only, Assigned) or only.unpacked or only.operator:
        return None
    made, read = _step_at(function, only.span), _step_at(function, name.span)
    if made is None or read is None or not read.block.within(made.block):
        return None
    return only


def _step_at(scope: Scope, span: Span) -> Step | None:
    """Return the innermost step in which *span* lies."""
    around = [step for step in scope.steps if step.span.contains(span)]
    return around[-1] if around else None


# -- counting ------------------------------------------------------------------------------


class Count(AtStep, Record, frozen=True):
    """A place where the app counts rows: ``func.count()``, or ``len`` of what it has *fetched*.

    Where that is held by a variable, its rows may be counted *again*.
    """

    step: Step
    at: Span
    fetched: str
    again: tuple[Span, ...] = ()

    @property
    def span(self) -> Span:
        """The counting call."""
        return self.at


@by_module
def counts(module: Module) -> Iterator[Count]:
    """Return where the app counts rows, in SQL or in Python."""
    if not in_app(module):
        return
    for reference in references_in(module, "sqlalchemy.func.count"):
        if reference.call is not None:
            yield Count(reference.step, reference.call.span, "")
    held: dict[tuple[Scope, str], list[CallSite]] = {}
    for site in module.calls_by_word.get("len", ()):
        shown = _counted(site.scope, site)
        if shown is None:
            continue
        if isinstance(site.call.arguments[0], f.Name):
            held.setdefault((site.scope, shown), []).append(site)
        else:
            yield Count(site.step, site.span, shown)
    for (_, name), (first, *others) in held.items():
        yield Count(first.step, first.span, name, tuple(x.span for x in others))


def _counted(scope: Scope, site: CallSite) -> str | None:
    """Return how one writes the rows that ``len`` counts, if that is all that they serve for."""
    match site.call:
        case f.Call(function=f.Name(name="len"), arguments=(given,), keywords=()):
            if path_of(scope, site.call.function) != "builtins.len":
                return None
            fetched = _held(scope, given) if isinstance(given, f.Name) else given
            if fetched is None or not _fetches(scope, fetched) or not _reads_all(scope, fetched):
                return None
            rows = given if isinstance(given, f.Name) else _listed(scope, given)
            if isinstance(rows, f.Name) and not _only_counted(scope, rows.name):
                return None
            return f.render(given)
    return None


def _reads_all(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether the rows that *expression* gives certainly are all those of a plain select.

    A ``delete(...).returning(...)`` tells what it did, and one that is limited
    asks whether there are as many: neither is a count.
    """
    match expression:
        case f.Await(value=value):
            return _reads_all(scope, value)
        case f.Name():
            return _only_holds(scope, expression, _reads_all)
        case f.Call(function=f.Name(), arguments=(given, *_)):
            return _reads_all(scope, given)  # ``list(...)``
        case f.Call(function=f.Attribute(value=value, name=name)):
            if name in QUERYING and session_kind(scope, value) is not None:
                statement = expression.argument(0, "statement")
                return name == "query" or (statement is not None and _selects(scope, statement))
            return name not in _BEYOND_COUNTING and _reads_all(scope, value)
    return False


def _selects(scope: Scope, statement: f.Expression) -> bool:
    """Tell whether *statement* certainly is a ``select`` without bounds, built up step by step.

    What is added to it further down comes later: pages are cut when the rows have been counted.
    """
    match statement:
        case f.Name(name=name):
            symbol = look_up(scope, name)
            if not isinstance(symbol, Variable) or symbol.scope is not scope:
                return False
            given = [
                b.value if isinstance(b, Assigned) else None
                for b in symbol.bindings
                if not (isinstance(b, Assigned) and _comes_later(scope, b.span, statement.span))
            ]
            first = [x for x in given if x is None or not _builds_on(x, name)]
            grown = [x for x in given if x is not None and _builds_on(x, name)]
            return (
                bool(first)
                and all(x is not None and _selects(scope, x) for x in first)
                and not any(word in _BEYOND_COUNTING for x in grown for word in _methods(x))
            )
        case f.Call(function=f.Attribute(value=f.Call() | f.Name() as value, name=name)):
            if resolve(scope, statement.function) == _SELECT:
                return True
            return name not in _BEYOND_COUNTING and _selects(scope, value)
        case f.Call(function=function):
            return resolve(scope, function) == _SELECT
    return False


def _builds_on(statement: f.Expression, name: str) -> bool:
    """Tell whether *statement* is ``name.where(...)`` and the like."""
    match statement:
        case f.Call(function=f.Attribute(value=f.Name(name=root))):
            return root == name
        case f.Call(function=f.Attribute(value=value)):
            return _builds_on(value, name)
    return False


def _methods(statement: f.Expression) -> Iterator[str]:
    """Yield the methods called one after the other in *statement*, the last first."""
    match statement:
        case f.Call(function=f.Attribute(value=value, name=name)):
            yield name
            yield from _methods(value)


def _fetches(scope: Scope, expression: f.Expression) -> bool:
    inner = _listed(scope, expression)
    if inner is not None:
        return is_scalars(scope, inner) or is_row_list(scope, inner)
    if is_row_list(scope, expression):
        return True
    match expression:
        case f.Call(function=f.Attribute(value=value, name="all" | "fetchall"), arguments=()):
            return _is_result(scope, value)
    return False


def _is_result(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* certainly is what a session gives for a statement."""
    match expression:
        case f.Await(value=f.Call(function=f.Attribute(value=value, name=name))):
            return name in QUERYING and session_kind(scope, value) is not None
        case f.Call(function=f.Attribute(value=value, name=name)):
            if name in QUERYING and session_kind(scope, value) is not None:
                return name == "query" or not _is_async(scope, value)
            # ``query(...).filter(...)``
            return isinstance(value, f.Call) and _is_result(scope, value)
        case f.Name():
            return _only_holds(scope, expression, _is_result)
    return False


def _only_counted(scope: Scope, name: str) -> bool:
    """Tell whether the variable *name* of *scope* is read for nothing but ``len(name)``.

    Made a list for that, it is no more than counted.
    """
    if any(
        isinstance(x, f.Name) and x.name == name
        for inner in scope.walk()
        for step in inner.steps
        for x in step.parts
    ):
        return False
    for step in scope.steps:
        targets = step.statement.targets if isinstance(step.statement, f.Assign) else ()
        for expression in step.expressions:
            if any(expression is target for target in targets):
                continue
            for _, around in occurrences(expression, name):
                match around:
                    case [*_, f.Call(function=f.Name(name="len"))] | [
                        *_,
                        f.Call(function=f.Name(name="len")),
                        f.Call() | f.Collection(),
                    ]:
                        continue
                return False
    return True


# -- bounds --------------------------------------------------------------------------------


class ListQuery(AtFunction, Record, frozen=True):
    """A function of a service or repository that reads a list of rows with a statement.

    *bounded* is None where something unknown may bound it.
    """

    function: Function

    @cached_property
    def bounded(self) -> bool | None:
        """Tell whether it takes pagination parameters or limits its statement."""
        names = set(_words(self.function))
        if names & _BOUNDS or any(self._may_page(p.name) for p in self.function.arguments):
            return True
        if any(_pages(name, _PAGING) for name in names) or names & _GROUPING:
            return None
        if any(p.kind in _OPEN for p in self.function.parameters):
            return None
        return None if self._narrowed or self._handed_on else False

    def _may_page(self, name: str) -> bool:
        """Tell whether the parameter *name* may say how many rows are wanted, or which part.

        By its name, unless all that is done with it is to compare an attribute with it, a column's
        most likely, and to ask whether it is given: ``Item.price <= price_max``.
        """
        if not _pages(name, _PARAMETERS):
            return False
        compared = False
        for step, mention, around in readings(self.function, name):
            match around[-1:]:
                case (f.Compare(left=left, others=others),):
                    sides = [x for x in (left, *others) if x is not mention]
                    compared = compared or any(isinstance(x, f.Attribute) for x in sides)
                    if not all(isinstance(x, f.Attribute) or f.is_none(x) for x in sides):
                        return True
                case () if isinstance(step.statement, f.If) and step.statement.test is mention:
                    pass
                case _:
                    return True
        return not compared

    @property
    def _narrowed(self) -> bool:
        """Tell whether it asks for given rows or for aggregates only.

        By ``in_``, or by parameters that it gives to a statement made elsewhere.
        """
        for site in self.function.calls:
            match site.call:
                case f.Call(function=f.Attribute(name="in_")):
                    return True
                case f.Call(function=f.Attribute(name=name), arguments=(_, _, *_)):
                    if name in QUERYING and name != "query":
                        return True
        return all(
            all(_aggregates(made.scope, x) for x in made.call.arguments)
            for made in _begun(self.function).values()
        )

    @property
    def _handed_on(self) -> bool:
        """Tell whether something that is not SQLAlchemy's is given a statement."""
        held = {
            target.name
            for step in self.function.steps
            if isinstance(step.statement, f.Assign)
            for target in step.statement.targets
            if isinstance(target, f.Name)
            and step.statement.value is not None
            and self._holds_statement(step.statement.value)
        }
        known = {id(call.call) for call in session_calls_of(self.function)}
        for site in self.function.calls:
            if id(site.call) in known or not self._foreign(site.call):
                continue
            for argument in site.call.given:
                if isinstance(argument, f.Name) and argument.name in held:
                    return True
                if self._holds_statement(argument):
                    return True
        return False

    def _holds_statement(self, expression: f.Expression) -> bool:
        begun = _begun(self.function)
        while isinstance(expression, f.Call):
            if expression in begun:
                return True
            if not isinstance(expression.function, f.Attribute):
                return False
            expression = expression.function.value
        return False

    def _foreign(self, call: f.Call) -> bool:
        callee = callee_of(self.function, call)
        if isinstance(callee, External):
            return callee.package not in ("sqlalchemy", "builtins")
        if isinstance(callee, Function | Class):
            return True
        match call.function:
            case f.Name():
                return True
            case f.Attribute(value=value):
                while isinstance(value, f.Attribute):
                    value = value.value
                return isinstance(value, f.Name) and value.name == self.function.receiver
        return False


_OPEN = (f.ParameterKind.VARIADIC, f.ParameterKind.VARIADIC_KEYWORD)


def _words(function: Function) -> Iterator[str]:
    """Yield the attributes, names and keywords that *function* uses."""
    for step in function.steps:
        for part in step.parts:
            match part:
                case f.Attribute(name=name) | f.Name(name=name):
                    yield name
                case f.Call(keywords=keywords):
                    yield from (k.name for k in keywords if k.name is not None)


def _pages(name: str, words: frozenset[str]) -> bool:
    parts = name.lower().replace("pagesize", "page_size").split("_")
    return parts[-1] not in ("id", "ids") and not words.isdisjoint(parts)


def _aggregates(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether a column of a ``select`` is an aggregate: ``func.count()``, labelled or not."""
    while isinstance(expression, f.Call) and isinstance(expression.function, f.Attribute):
        path = path_of(scope, expression.function)
        if path is not None:
            return path.startswith("sqlalchemy.func.")
        expression = expression.function.value
    return False


def selects_of(function: Function) -> tuple[CallSite, ...]:
    """Return the calls with which *function* begins to select: ``select(...)``, ``.query(...)``."""
    found = [
        site for site in statements_of(function) if resolve(function, site.call.function) == _SELECT
    ]
    found += [call.site for call in session_calls_of(function, "query")]
    return tuple(found)


def _begun(function: Function) -> dict[f.Call, CallSite]:
    """Return where the selects of *function* begin, by the call in it that gives each."""
    found = {site.call: site for site in selects_of(function)}
    for site in function.calls:
        callee = callee_of(function, site.call)
        if isinstance(callee, Function) and not (site.call.arguments or site.call.keywords):
            made = _only_selects(callee)
            if made is not None:
                found[site.call] = made
    return found


def _only_selects(helper: Function) -> CallSite | None:
    """Return the select that *helper* certainly gives as it is: it does nothing else."""
    match selects_of(helper), helper.steps:
        case (site,), (Step(statement=f.Return(value=f.Call() as given)),):
            words = set(_words(helper))
            plain = _selects(helper, given) and "in_" not in words and words.isdisjoint(_GROUPING)
            own = not (helper.is_async or helper.arguments or is_overridden(helper))
            bare = set(decorator_names(helper)) <= {"classmethod", "staticmethod"}
            return site if plain and own and bare else None
    return None


@by_module
def list_queries(module: Module) -> Iterator[ListQuery]:
    """Return the functions of services and repositories that select rows and gather them all."""
    return (
        ListQuery(function)
        for function in business_functions.of(module)
        if not function.is_generator and _gathers(function) and _begun(function)
    )


def _gathers(function: Function) -> bool:
    """Tell whether *function* reads every row: ``.all()``, ``list(result.scalars())``, a loop."""
    reads = session_calls_of(function, *QUERYING)
    if not reads:
        return False
    # Without a size an asynchronous session gives all rows that are left, whatever its driver; the
    # cursor of a synchronous one as many as it is set to.
    whole = all(call.is_async for call in reads)
    for site in function.calls:
        match site.call:
            case f.Call(function=f.Attribute(name=name), arguments=()) if name in _GATHERING:
                return True
            case f.Call(function=f.Attribute(name="fetchmany"), arguments=(), keywords=()) if whole:
                return True
        inner = _listed(function, site.call)
        if inner is not None and (is_scalars(function, inner) or _is_result(function, inner)):
            return True
    for step in function.steps:
        iterated = [step.statement.iterable] if isinstance(step.statement, f.For) else []
        for part in step.parts:
            if isinstance(part, f.Comprehension):
                iterated += [generator.iterable for generator in part.generators]
        for iterable in iterated:
            if is_scalars(function, iterable) or _is_result(function, iterable):
                return True
    return False
