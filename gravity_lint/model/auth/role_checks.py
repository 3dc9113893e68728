"""Checks of a user's rank: those that endpoints make, and the dependencies that could make them."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import own_dependencies
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.programs import may_run_with, program_of
from gravity_lint.model.api.routing import endpoint_by_function, endpoints_in
from gravity_lint.model.auth.authentication import identifies
from gravity_lint.model.auth.ranks import (
    FLAGS,
    RANKS,
    Meaning,
    asked_in,
    asks_permission,
    bare,
    conditions,
    has_rank,
    meaning_of,
    word_of,
)
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.steps import Step


class RoleCheck(Record, frozen=True):
    """An ``if`` or ``match`` of an endpoint that refuses by nothing but its *user*'s rank."""

    step: Step
    user: str
    condition: str
    meaning: Meaning | None = None
    """On what it refuses, however that is written; None where it is no test."""
    excludes: bool = False
    """Whether it refuses those who have the rank, rather than all others."""

    @property
    def known_guard(self) -> str | None:
        """A dependency of the service that makes the same check, or one that is made for each.

        Those who have a rank are not refused by what is made for the ranks that it lets in.
        """
        asked = asked_in(self.condition)
        module = self.step.scope.module
        known = [
            guard
            for guard in role_guards(module.service)
            if guard.asked & asked and may_run_with(guard.module, program_of(module))
        ]
        same = (x.name for x in known if x.meaning is not None and x.meaning == self.meaning)
        made = (x.name for x in known if x.meaning is None and not self.excludes)
        return next(same, None) or next(made, None)

    @property
    def made_by(self) -> str | None:
        """The dependency that gives the user and has refused by the same check already."""
        function = self.step.scope
        for dependency in own_dependencies(function) if isinstance(function, Function) else ():
            parameter, provider = dependency.parameter, dependency.provider
            if parameter is None or parameter.name != self.user:
                continue
            if not isinstance(provider, Function):
                continue
            for test in _refusing_tests(provider):
                names = {x.name for x in f.walk(test) if isinstance(x, f.Name)}
                if len(names) == 1 and meaning_of(provider, test, min(names)) == self.meaning:
                    return dependency.written
        return None


class RoleGuard(Record, frozen=True):
    """A dependency that refuses because of what is *asked* of who is asking: a rank, a flag.

    *meaning* is that of its test, as if the parameter were called ``user``; None if it is made for
    the roles that it is given.
    """

    module: Module
    name: str
    meaning: Meaning | None
    asked: frozenset[str]


@by_module(where=lambda _: sorted(RANKS | FLAGS))
def role_guards(module: Module) -> Iterator[RoleGuard]:
    """Return the functions and classes of *module* that are, or make, such dependencies."""
    if not in_app(module) or module.service.hides(module):
        return
    for function in module.functions:
        if function in endpoint_by_function(module.service):
            continue
        for test in _refusing_tests(function):
            shown = f.render(test)
            user, maker = next(iter(_users(function)), None), _maker(function)
            if maker is not None:
                yield RoleGuard(module, maker, None, asked_in(shown))
            elif user is not None and function.parent is module:
                meaning = meaning_of(function, test, user)
                yield RoleGuard(module, function.name, meaning, asked_in(shown))


def _refusing_tests(function: Function) -> Iterator[f.Expression]:
    """Yield the conditions on which *function* refuses because of somebody's rank."""
    for step in function.steps:
        match step.statement:
            case f.If(test=test, body=body) if _refuses(body):
                if any(asks_permission(condition.expression) for condition in conditions(test)):
                    yield test


def _maker(function: Function) -> str | None:
    """Return how one writes what makes *function* a dependency for given roles; None if nothing."""
    outer = function.parent
    if isinstance(outer, Function) and outer.arguments and outer.parent is outer.module:
        return f"{outer.name}(...)"
    if function.name == "__call__" and function.cls is not None:
        return f"{function.cls.name}(...)"
    return None


class UserEndpoint(AtEndpoint, Record, frozen=True):
    """An endpoint that takes the user who is asking; *users* are the parameters' names."""

    endpoint: Endpoint
    users: frozenset[str]

    @property
    def role_checks(self) -> tuple[RoleCheck, ...]:
        """The checks of the user's role that a dependency could make.

        Not those that hang on what is asked for (who owns it, what is in the
        request), nor those behind which the function may already have answered.
        """
        found: list[RoleCheck] = []
        for step in self.endpoint.function.steps:
            match step.statement:
                case f.Return():
                    break
                case f.If() as branch if step.block.parent is None or _only_tried(step):
                    check = self._check(step, branch)
                    if check is not None:
                        found.append(check)
                case f.Match() as choice if step.block.parent is None or _only_tried(step):
                    check = self._choice(step, choice)
                    if check is not None:
                        found.append(check)
        return tuple(found)

    def _check(self, step: Step, branch: f.If) -> RoleCheck | None:
        arm = branch.body if _refuses(branch.body) else branch.otherwise
        if not _refuses(arm):
            return None
        function = self.endpoint.function
        user, parts = "", tuple(conditions(branch.test, arm is branch.body))
        for condition in parts:
            asked = condition.expression
            if not asks_permission(asked):
                return None
            for name in _free(function, asked):
                if name not in self.users:
                    return None
                user = name
        if not user:
            return None
        meaning = meaning_of(function, branch.test, user, arm is branch.body)
        return RoleCheck(step, user, f.render(branch.test), meaning, all(map(has_rank, parts)))

    def _choice(self, step: Step, choice: f.Match) -> RoleCheck | None:
        """Return the check that a ``match`` over the user's rank makes, if an arm of it refuses."""
        if word_of(bare(choice.subject)) not in RANKS | FLAGS:
            return None
        if not any(_refuses(case.body) for case in choice.cases):
            return None
        guards = [case.guard for case in choice.cases if case.guard is not None]
        names = [n for x in (choice.subject, *guards) for n in _free(self.endpoint.function, x)]
        if not names or not self.users.issuperset(names):
            return None
        return RoleCheck(step, names[0], f"match {f.render(choice.subject)}")


def _only_tried(step: Step) -> bool:
    return all(
        block.owner is None or (isinstance(block.owner, f.Try) and block.part == "body")
        for block in step.block.ancestors()
    )


def _refuses(statements: tuple[f.Statement, ...]) -> bool:
    return any(isinstance(statement, f.Raise) for statement in statements)


def _free(function: Function, expression: f.Expression) -> Iterator[str]:
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
    return not any(_free(function, value))


def _origin(function: Function, variable: Variable) -> str | None:
    """Return the parameter that a local name is another name of."""
    match variable.value:
        case f.Name(name=name) | f.Attribute(value=f.Name(name=name)):
            return name if function.parameter(name) is not None else None
    return None


@by_module(where=endpoints_in)
def user_endpoints(module: Module) -> Iterator[UserEndpoint]:
    """Return the endpoints that take the user who is asking from a dependency, each once."""
    found = {endpoint.function: endpoint for endpoint in reversed(endpoints_in.of(module))}
    for function, endpoint in reversed(found.items()):
        users = _users(function)
        if users:
            yield UserEndpoint(endpoint, users)


def _users(function: Function) -> frozenset[str]:
    """Return the names of the parameters by which *function* takes who is asking."""
    return frozenset(
        dependency.parameter.name
        for dependency in own_dependencies(function)
        if dependency.parameter is not None and identifies(dependency)
    )
