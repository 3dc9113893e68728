"""The dependencies of a service that refuse by somebody's rank, and what they let others have."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, own_dependencies
from gravity_lint.model.api.routing import endpoint_by_function
from gravity_lint.model.auth.authentication import identifies
from gravity_lint.model.auth.ranks import (
    FLAGS,
    RANKS,
    Meaning,
    asked_in,
    asks_permission,
    conditions,
    key_of,
    meaning_of,
)
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import annotated_type, callee_of
from gravity_lint.model.code.words import saying
from gravity_lint.patterns import pattern

_OF_RANKS = pattern(
    r"(?i)role|perm(?:s|ission)|privilege|(?<!request\.)scope|admin|staff|super_?user|group|rank"
    r"|access_level|user_type|rights|policy|rbac|authori[sz]e"
)
"""What is said where somebody is asked for a rank."""
_MADE = pattern(r"(?:(?:Depends|Security)\()?(?:\w+\.)*(\w+)")
_PLAIN = ("builtins.str", "builtins.int", "uuid.UUID")
"""The types of what requests give by a name."""
_NAMING = pattern(r"(?:\w+_)?(?:e?mail|id|name|phone|pk|uid|user|uuid)")
_CHOSEN = ("fastapi.Body", "fastapi.Path", "fastapi.Query")
_ORDERING = frozenset({"<", "<=", ">", ">="})
_DEEPEST = 2
"""How many functions may hand a rank on."""


class RoleGuard(Record, frozen=True):
    """A dependency that refuses because of what is *asked* of who is asking: a rank, a flag.

    Those who have what is *passing* it lets in before. It takes who is asking from *users*, and
    *meaning* is that of its test, as if the parameter were called ``user``; None if it is made for
    the roles that it is given.
    """

    function: Function
    name: str
    meaning: Meaning | None
    asked: frozenset[str]
    passing: frozenset[str] = frozenset()
    users: tuple[Dependency, ...] = ()

    @property
    def module(self) -> Module:
        """The module that defines it."""
        return self.function.module

    @property
    def home(self) -> str | None:
        """That module's name, where others of the app define something that is called the same."""
        name = self.name.removesuffix("(...)")
        others = (
            found
            for module in saying(self.module.service, (name,))
            for found in module.definitions
            if found.name == name and module is not self.module and in_app(module)
        )
        return self.module.name if any(others) else None

    @property
    def lets_in_no_others(self) -> bool:
        """Tell whether it lets in those alone whom its test names.

        What is made for given ranks may let in those above them, too.
        """
        return self.meaning is not None or not _may_include_others(self.function)

    def may_ask(self, taken: Dependency) -> bool:
        """Tell whether it may ask who is *taken*: no annotation says that it is another kind."""
        kind, kinds = _kind(taken), list(map(_kind, self.users))
        return kind is None or not kinds or any(x is None or x == kind for x in kinds)

    def knows(self, taken: Dependency) -> bool:
        """Tell whether it finds out who is asking as *taken* does, and refuses whom that refuses.

        It may ask for more. What finds out in another way may believe others.
        """
        pending, seen = [self.function], set[Function]()
        while pending:
            function = pending.pop()
            if function in seen:
                continue
            seen.add(function)
            for below in own_dependencies(function):
                if below.provider == taken.provider and below.name == taken.name:
                    return True
                if isinstance(below.provider, Function):
                    pending.append(below.provider)
            if any(callee_of(function, site.call) == taken.provider for site in function.calls):
                return taken.provider is not None
        return taken.provider in seen


@by_module(where=lambda _: sorted(RANKS | FLAGS))
def role_guards(module: Module) -> Iterator[RoleGuard]:
    """Return the functions and classes of *module* that are, or make, such dependencies."""
    if not in_app(module) or module.service.hides(module):
        return
    for function in module.functions:
        if not any(True for _ in _refusals(function)):
            continue
        if function in endpoint_by_function(module.service) or _wraps(function):
            continue
        users, maker = users_of(function), _maker(function)
        if _judges_somebody_else(function, users):
            if maker is not None:
                yield RoleGuard(function, maker, None, frozenset())
            continue
        passing = frozenset(
            word
            for step in function.steps
            if isinstance(step.statement, f.If) and not refuses(step.statement.body)
            for word in asked_of(function, step.statement.test)
        )
        for test in refusing_tests(function):
            asked, names = asked_of(function, test), set(free_names(function, test))
            taken = tuple(x for x in own_dependencies(function) if x.parameter_name in names)
            user = next((x for x in users if x in names), None)
            if maker is not None:
                yield RoleGuard(function, maker, None, asked, passing, taken)
            elif user is not None and function.parent is module:
                meaning = meaning_of(function, test, user)
                yield RoleGuard(function, function.name, meaning, asked, passing, taken)


def asked_of(function: Function, test: f.Expression) -> frozenset[str]:
    """Return the ranks and flags that *test* asks somebody for: ``user.role not in roles``.

    Where it asks nobody, those of which it speaks.
    """
    spoken = asked_in(f.render(test))
    names = {key_of(inner) for inner in f.walk(test)}
    for inner in f.walk(test):
        if isinstance(inner, f.Attribute):
            of = inner.value.name if isinstance(inner.value, f.Name) else ""
            if not of or of != function.receiver:
                names.add(inner.name)
    return spoken & names or spoken


def may_ask_for_ranks(service: Service, maker: str) -> bool:
    """Tell whether *maker*, ``Depends(require(...))``, asks for the ranks that it is given alone.

    It speaks of a rank, by its name or inside, and is not seen to let in those above.
    """
    named = _MADE.match(maker)
    name = named.group(1) if named is not None else ""
    inside = [
        function
        for module in saying(service, (name, f"{name}:"))
        for function in module.functions
        if any(x.name == name for x in function.outward() if isinstance(x, Function | Class))
    ]
    speaks = _OF_RANKS.search(maker) is not None or any(
        not isinstance(expression, f.Constant)
        and _OF_RANKS.search(f.render(expression)) is not None
        for function in inside
        for step in function.steps
        if not _lets_pass(step)
        for expression in step.expressions
    )
    return speaks and not any(map(_may_include_others, inside))


def _may_include_others(function: Function, hops: int = _DEEPEST) -> bool:
    """Tell whether *function* may find more in a rank than the rank: by order, by a table.

    Itself, or in what it hands a rank on to.
    """
    for step in function.steps:
        for part in step.parts:
            match part:
                case f.Compare(operators=operators) if not _ORDERING.isdisjoint(operators):
                    return True
                case f.Call(function=f.Attribute(name="index"), arguments=(_,)):
                    return True
                case (
                    f.Subscript(value=table, index=index)
                    | f.Call(function=f.Attribute(value=table, name="get"), arguments=(index, *_))
                ) if not isinstance(index, f.Constant) and _is_table(function, table):
                    return True
    return hops > 0 and any(
        isinstance(called, Function) and _may_include_others(called, hops - 1)
        for site in function.calls
        if any(_OF_RANKS.search(f.render(given)) for given in site.call.given)
        for called in [callee_of(function, site.call)]
    )


def _is_table(function: Function, expression: f.Expression) -> bool:
    """Tell whether *expression* is a mapping that the code writes out: which roles a role has."""
    symbol = resolve(function, expression)
    return (
        isinstance(symbol, Variable)
        and not isinstance(symbol.scope, Function)
        and isinstance(symbol.value, f.Mapping | f.Comprehension)
    )


def _lets_pass(step: Step) -> bool:
    """Tell whether *step* spares some people a check that is about something else."""
    match step.statement:
        case f.If(body=(*_, f.Return())):
            return not any(
                before is step.statement and isinstance(after, f.Raise)
                for before, after in itertools.pairwise(step.block.statements)
            )
    return False


def _kind(user: Dependency) -> Class | None:
    """Return the class of the service by which *user* is annotated."""
    made = annotated_type(user.scope, user.parameter.annotation) if user.parameter else None
    return made.cls if made is not None else None


def _judges_somebody_else(function: Function, users: Mapping[str, Dependency]) -> bool:
    """Tell whether *function* refuses by nothing that is of its *users* themselves.

    But by another record to which they lead, that of an administrator, of a member; or, without
    any, by one that the request names: ``user_id``.
    """
    tests = list(_refusals(function))
    if users:
        return bool(tests) and not any(_is_of(function, x, users) for x in tests)
    named = {x.name for x in function.arguments if _is_plain(function, x)}
    return bool(named and tests) and all(_leads_back(function, x, named) for x in tests)


def _is_plain(function: Function, parameter: f.Parameter) -> bool:
    """Tell whether *parameter* says of whom, as the caller chooses: ``user_id``, no token."""
    made, default = annotated_type(function, parameter.annotation), parameter.default
    if isinstance(default, f.Call) and path_of(function, default.function) not in _CHOSEN:
        return False
    named = _NAMING.fullmatch(parameter.name) is not None
    return named and made is not None and made.path in _PLAIN


def _leads_back(
    function: Function, expression: f.Expression, names: set[str], hops: int = 4
) -> bool:
    """Tell whether *expression* is made with one of *names*, be it by way of local ones."""
    for inner in f.walk(expression):
        if not isinstance(inner, f.Name):
            continue
        if inner.name in names:
            return True
        symbol = resolve(function, inner) if hops else None
        if isinstance(symbol, Variable) and symbol.scope is function and symbol.value is not None:
            if _leads_back(function, symbol.value, names, hops - 1):
                return True
    return False


def _is_of(
    function: Function, test: f.Expression, users: Mapping[str, Dependency], names: int = 4
) -> bool:
    """Tell whether *test* asks *users* themselves, or for a rank of theirs that has a name."""
    if not users.keys().isdisjoint(free_names(function, test)):
        return True
    for inner in f.walk(test) if names else ():
        symbol = resolve(function, inner) if isinstance(inner, f.Name) else None
        if isinstance(symbol, Variable) and symbol.scope is function and symbol.value is not None:
            if asked_in(f.render(symbol.value)) and _is_of(
                function, symbol.value, users, names - 1
            ):
                return True
    return False


def refusing_tests(function: Function) -> Iterator[f.Expression]:
    """Yield the conditions on which *function* refuses because of somebody's rank."""
    for test in _refusals(function):
        if any(asks_permission(condition.expression) for condition in conditions(test)):
            yield test


def _refusals(function: Function) -> Iterator[f.Expression]:
    """Yield the conditions on which *function* refuses."""
    for step in function.steps:
        if isinstance(step.statement, f.If) and refuses(step.statement.body):
            yield step.statement.test


def _wraps(function: Function) -> bool:
    """Tell whether *function* stands in the place of another, as decorators have it.

    FastAPI would ask for its ``args`` and ``kwargs`` in the query.
    """
    open_kinds = (f.ParameterKind.VARIADIC, f.ParameterKind.VARIADIC_KEYWORD)
    outer = function.parent
    given = {x.name for x in outer.arguments} if isinstance(outer, Function) else set()
    return any(x.kind in open_kinds for x in function.parameters) or any(
        isinstance(site.call.function, f.Name) and site.call.function.name in given
        for site in function.calls
    )


def _maker(function: Function) -> str | None:
    """Return how one writes what makes *function* a dependency for given roles; None if nothing."""
    outer = function.parent
    if isinstance(outer, Function) and outer.arguments and outer.parent is outer.module:
        return f"{outer.name}(...)"
    if function.name == "__call__" and function.cls is not None:
        return f"{function.cls.name}(...)"
    return None


def refuses(statements: tuple[f.Statement, ...]) -> bool:
    """Tell whether what runs *statements* raises."""
    return any(isinstance(statement, f.Raise) for statement in statements)


def free_names(function: Function, expression: f.Expression) -> Iterator[str]:
    """Yield the names in *expression* that stand for something that each request brings."""
    for inner in f.walk(expression):
        if isinstance(inner, f.Name):
            symbol = resolve(function, inner)
            if isinstance(symbol, Variable) and symbol.scope is function:
                if not _is_written_out(function, symbol.value):
                    yield _origin(function, symbol) or inner.name


def _is_written_out(function: Function, value: f.Expression | None) -> bool:
    """Tell whether a local name holds what the code itself says: ``allowed = {"admin"}``."""
    if value is None or any(isinstance(x, f.Call | f.Await) for x in f.walk(value)):
        return False
    return not any(free_names(function, value))


def _origin(function: Function, variable: Variable) -> str | None:
    """Return the parameter that a local name is another name of."""
    match variable.value:
        case f.Name(name=name) | f.Attribute(value=f.Name(name=name)):
            return name if function.parameter(name) is not None else None
    return None


def users_of(function: Function) -> dict[str, Dependency]:
    """Return what gives *function* who is asking, by the names of the parameters that take it."""
    return {
        dependency.parameter.name: dependency
        for dependency in own_dependencies(function)
        if dependency.parameter is not None and identifies(dependency)
    }
