"""Checks of a user's rank: those that endpoints make, and the dependencies that could make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, dependencies, own_dependencies
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
    key_of,
    meaning_of,
    word_of,
)
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.importing import loaded_with
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import Variable, path_of, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import annotated_type
from gravity_lint.model.code.words import saying
from gravity_lint.patterns import pattern

_PERMITTING = pattern(r"[Pp]erm(?:s|ission)|[Pp]rivilege|[Ss]cope")
"""What may be asked in the place of a role, and is none."""

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


class RoleCheck(Record, frozen=True):
    """An ``if`` or ``match`` of an endpoint that refuses by nothing but its *user*'s rank."""

    step: Step
    taken: Dependency
    condition: str
    asked: frozenset[str]
    """The ranks and flags for which it asks."""
    meaning: Meaning | None = None
    """On what it refuses, however that is written; None where it is no test."""
    excludes: bool = False
    """Whether it refuses those who have a rank, rather than all others."""

    @property
    def user(self) -> str:
        """The name of the parameter that takes who is asking."""
        return self.taken.parameter_name

    def may_be_left_to(self, maker: str) -> bool:
        """Tell whether what *maker*, ``Depends(require(...))``, makes may ask what it asks.

        What is seen to ask for something else, or of somebody else, lets others in; so does what
        speaks of no rank at all: of a plan, of a quota.
        """
        if self.asked and self.asked <= FLAGS:
            return False
        if bool(_PERMITTING.search(maker)) != bool(_PERMITTING.search(self.condition)):
            return False
        service = self.step.module.service
        known = [x for x in role_guards(service) if maker in (x.name, f"Depends({x.name})")]
        return all(map(self._is_made_by, known)) and (
            bool(known) or _is_about_ranks(service, maker)
        )

    def _is_made_by(self, guard: RoleGuard) -> bool:
        """Tell whether *guard* refuses by what it asks, and asks all of it, of the same users."""
        return (
            not self.asked.isdisjoint(guard.asked)
            and self.asked <= guard.asked | guard.passing
            and _may_be_same(guard.users, self.taken)
        )

    @property
    def new_guard(self) -> str | None:
        """How a dependency could be called that makes it; None if another thing is called so."""
        flag = min(self.asked & FLAGS, default="")
        name = f"require_{flag.removeprefix('is_')}" if self.asked and self.asked <= FLAGS else ""
        here, known = self.step.module, name or "require_role"
        program = program_of(here)
        for module in here.service.modules:
            if known in module.bindings and may_run_with(module, program):
                return None
        return name or "require_role(...)"

    @property
    def known_guard(self) -> str | None:
        """A dependency of the service that makes the same check, or one that is made for each.

        Those who have a rank are not refused by what is made for the ranks that it lets in.
        """
        module = self.step.scope.module
        known = [
            guard
            for guard in role_guards(module.service)
            if self._is_made_by(guard)
            and may_run_with(guard.module, program_of(module))
            and (guard.module is module or module not in loaded_with(guard.module))
        ]
        same = (x.name for x in known if x.meaning is not None and x.meaning == self.meaning)
        made = (x.name for x in known if x.meaning is None and not self.excludes)
        return next(same, None) or next(made, None)


class RoleGuard(Record, frozen=True):
    """A dependency that refuses because of what is *asked* of who is asking: a rank, a flag.

    Those who have what is *passing* it lets in before. It takes who is asking from *users*, and
    *meaning* is that of its test, as if the parameter were called ``user``; None if it is made for
    the roles that it is given.
    """

    module: Module
    name: str
    meaning: Meaning | None
    asked: frozenset[str]
    passing: frozenset[str] = frozenset()
    users: tuple[Dependency, ...] = ()


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
        users, maker = _users(function), _maker(function)
        if _judges_somebody_else(function, users):
            if maker is not None:
                yield RoleGuard(module, maker, None, frozenset())
            continue
        passing = frozenset(
            word
            for step in function.steps
            if isinstance(step.statement, f.If) and not _refuses(step.statement.body)
            for word in _asked(function, step.statement.test)
        )
        for test in _refusing_tests(function):
            asked, names = _asked(function, test), set(_free(function, test))
            taken = tuple(x for x in own_dependencies(function) if x.parameter_name in names)
            user = next((x for x in users if x in names), None)
            if maker is not None:
                yield RoleGuard(module, maker, None, asked, passing, taken)
            elif user is not None and function.parent is module:
                meaning = meaning_of(function, test, user)
                yield RoleGuard(module, function.name, meaning, asked, passing, taken)


def _asked(function: Function, test: f.Expression) -> frozenset[str]:
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


def _may_be_same(users: tuple[Dependency, ...], taken: Dependency) -> bool:
    """Tell whether who is asking may be the same: no annotation says that it is another kind."""
    kind = _kind(taken)
    kinds = [_kind(user) for user in users]
    return kind is None or not kinds or any(x is None or x == kind for x in kinds)


def _is_about_ranks(service: Service, maker: str) -> bool:
    """Tell whether *maker*, ``Depends(require(...))``, speaks of a rank, by its name or inside."""
    named = _MADE.match(maker)
    name = named.group(1) if named is not None else ""
    return _OF_RANKS.search(maker) is not None or any(
        not isinstance(expression, f.Constant)
        and _OF_RANKS.search(f.render(expression)) is not None
        for module in saying(service, (name, f"{name}:"))
        for function in module.functions
        if name in (function.name, *(x.name for x in _around(function)))
        for step in function.steps
        if not _lets_pass(step)
        for expression in step.expressions
    )


def _lets_pass(step: Step) -> bool:
    """Tell whether *step* spares some people a check that is about something else."""
    match step.statement:
        case f.If(body=(*_, f.Return())):
            rows = step.block.statements
            after = [
                x for x, before in zip(rows[1:], rows, strict=False) if before is step.statement
            ]
            return not any(isinstance(x, f.Raise) for x in after)
    return False


def _around(function: Function) -> Iterator[Function | Class]:
    """Yield the functions and classes in which *function* stands."""
    outer = function.parent
    while isinstance(outer, Function | Class):
        yield outer
        outer = outer.parent


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
    if not users.keys().isdisjoint(_free(function, test)):
        return True
    for inner in f.walk(test) if names else ():
        symbol = resolve(function, inner) if isinstance(inner, f.Name) else None
        if isinstance(symbol, Variable) and symbol.scope is function and symbol.value is not None:
            if asked_in(f.render(symbol.value)) and _is_of(
                function, symbol.value, users, names - 1
            ):
                return True
    return False


def _refused_by(dependency: Dependency, user: str) -> Iterator[Meaning]:
    """Yield on what *dependency* refuses who is asking: what gives *user*, or takes them itself.

    With what the factory that made it was given for its own parameters.
    """
    provider, parameter = dependency.provider, dependency.parameter
    if not isinstance(provider, Function):
        return
    given, factory = dependency.given, dependency.made_by
    bound: dict[str, tuple[str, ...]] = {}
    if isinstance(given, f.Call) and isinstance(factory, Function):
        bound = {x.name: _given_for(given, factory, x) for x in factory.arguments}
    gives = parameter is not None and parameter.name == user
    for test in _refusing_tests(provider):
        names = {x.name for x in f.walk(test) if isinstance(x, f.Name)} - bound.keys()
        if len(names) == 1 and (gives or names <= _users(provider).keys()):
            yield _with(meaning_of(provider, test, min(names)), bound)


def _given_for(call: f.Call, factory: Function, parameter: f.Parameter) -> tuple[str, ...]:
    """Return what *call* gives *factory* for *parameter*, each thing as the code writes it."""
    if parameter.kind is f.ParameterKind.VARIADIC:
        items = call.arguments[factory.arguments.index(parameter) :]
    else:
        one = argument_for(factory, call, parameter)
        items = one.items if isinstance(one, f.Collection) else () if one is None else (one,)
    return tuple(map(f.render, items)) or (parameter.name,)


def _with(meaning: Meaning, given: dict[str, tuple[str, ...]]) -> Meaning:
    """Return *meaning* with what is *given* in the place of the names of parameters."""
    values = frozenset(x for value in meaning.values for x in given.get(value, (value,)))
    parts = frozenset(_with(part, given) for part in meaning.parts)
    return replace(meaning, values=values, parts=parts)


def _refusing_tests(function: Function) -> Iterator[f.Expression]:
    """Yield the conditions on which *function* refuses because of somebody's rank."""
    for test in _refusals(function):
        if any(asks_permission(condition.expression) for condition in conditions(test)):
            yield test


def _refusals(function: Function) -> Iterator[f.Expression]:
    """Yield the conditions on which *function* refuses."""
    for step in function.steps:
        if isinstance(step.statement, f.If) and _refuses(step.statement.body):
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


class UserEndpoint(AtEndpoint, Record, frozen=True):
    """An endpoint that takes the user who is asking; *users* are the parameters' names."""

    endpoint: Endpoint
    users: Mapping[str, Dependency]

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

    def refused_before(self, check: RoleCheck) -> str | None:
        """Return the dependency of the endpoint that has refused by the same *check* already."""
        for dependency in self._taken:
            if any(meaning == check.meaning for meaning in _refused_by(dependency, check.user)):
                return dependency.written
        return None

    def taken_of(self, maker: str) -> tuple[str, bool] | None:
        """Return what the endpoint takes of what *maker*, ``require_role(...)``, makes for each.

        With whether that is its own, so that it may take another in its place.
        """
        own = {id(dependency.given) for dependency in own_dependencies(self.endpoint.function)}
        for dependency in self._taken:
            made = f"{dependency.name}(...)"
            if isinstance(dependency.given, f.Call) and maker in (made, f"Depends({made})"):
                return f.render(dependency.given), id(dependency.given) in own
        return None

    @property
    def _taken(self) -> tuple[Dependency, ...]:
        """What runs before the endpoint on each way to it."""
        several = len(self.endpoint.inherited) > 1
        return own_dependencies(self.endpoint.function) if several else dependencies(self.endpoint)

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
        excludes = any(map(has_rank, parts))
        ranks, shown = _asked(function, branch.test), f.render(branch.test)
        return RoleCheck(step, self.users[user], shown, ranks, meaning, excludes)

    def _choice(self, step: Step, choice: f.Match) -> RoleCheck | None:
        """Return the check that a ``match`` over the user's rank makes, if an arm of it refuses."""
        if word_of(bare(choice.subject)) not in RANKS | FLAGS:
            return None
        if not any(_refuses(case.body) for case in choice.cases):
            return None
        guards = [case.guard for case in choice.cases if case.guard is not None]
        names = [n for x in (choice.subject, *guards) for n in _free(self.endpoint.function, x)]
        if not names or not self.users.keys() >= set(names):
            return None
        asked, shown = _asked(self.endpoint.function, choice.subject), f.render(choice.subject)
        return RoleCheck(step, self.users[names[0]], f"match {shown}", asked)


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


def _users(function: Function) -> dict[str, Dependency]:
    """Return what gives *function* who is asking, by the names of the parameters that take it."""
    return {
        dependency.parameter.name: dependency
        for dependency in own_dependencies(function)
        if dependency.parameter is not None and identifies(dependency)
    }
