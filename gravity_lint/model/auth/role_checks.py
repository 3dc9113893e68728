"""Checks of a user's rank: those that endpoints make, and the dependencies that could make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import Dependency, dependencies, own_dependencies
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.programs import may_run_with, program_of
from gravity_lint.model.api.routing import endpoints_in
from gravity_lint.model.auth.ranks import (
    FLAGS,
    RANKS,
    Meaning,
    asks_permission,
    bare,
    conditions,
    has_rank,
    meaning_of,
    word_of,
)
from gravity_lint.model.auth.role_guards import (
    RoleGuard,
    asked_of,
    free_names,
    may_ask_for_ranks,
    refuses,
    refusing_tests,
    role_guards,
    users_of,
)
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.importing import loaded_with
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.steps import Step
from gravity_lint.patterns import pattern

_PERMITTING = pattern(r"[Pp]erm(?:s|ission)|[Pp]rivilege|[Ss]cope")
"""What may be asked in the place of a role, and is none."""


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
            bool(known) or may_ask_for_ranks(service, maker)
        )

    def _is_made_by(self, guard: RoleGuard) -> bool:
        """Tell whether *guard* refuses by what it asks, and asks all of it, of the same users.

        It finds out who that is in the same way, and spares nobody whom the check refuses.
        """
        return (
            not self.asked.isdisjoint(guard.asked)
            and self.asked <= guard.asked | guard.passing
            and guard.passing <= self.asked
            and guard.may_ask(self.taken)
            and guard.knows(self.taken)
            and guard.lets_in_no_others
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
    def known_guard(self) -> RoleGuard | None:
        """A dependency of the service that makes the same check, or one that is made for each.

        Those who have a rank are not refused by what is made for the ranks that it lets in.
        """
        module = self.step.scope.module
        known = [
            guard
            for guard in role_guards(module.service)
            if self._is_made_by(guard)
            and may_run_with(guard.module, program_of(module))
            and (guard.module is module or _may_import(module, guard))
        ]
        same = (x for x in known if x.meaning is not None and x.meaning == self.meaning)
        made = (x for x in known if x.meaning is None and not self.excludes)
        return next(same, None) or next(made, None)


def _may_import(module: Module, guard: RoleGuard) -> bool:
    """Tell whether *module* can take *guard* from its module, which does not keep it to itself."""
    return not guard.name.startswith("_") and module not in loaded_with(guard.module)


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
    for test in refusing_tests(provider):
        names = {x.name for x in f.walk(test) if isinstance(x, f.Name)} - bound.keys()
        if len(names) == 1 and (gives or names <= users_of(provider).keys()):
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
        arm = branch.body if refuses(branch.body) else branch.otherwise
        if not refuses(arm):
            return None
        function = self.endpoint.function
        user, parts = "", tuple(conditions(branch.test, arm is branch.body))
        for condition in parts:
            asked = condition.expression
            if not asks_permission(asked):
                return None
            for name in free_names(function, asked):
                if name not in self.users:
                    return None
                user = name
        if not user:
            return None
        meaning = meaning_of(function, branch.test, user, arm is branch.body)
        excludes = any(map(has_rank, parts))
        ranks, shown = asked_of(function, branch.test), f.render(branch.test)
        return RoleCheck(step, self.users[user], shown, ranks, meaning, excludes)

    def _choice(self, step: Step, choice: f.Match) -> RoleCheck | None:
        """Return the check that a ``match`` over the user's rank makes, if an arm of it refuses."""
        if word_of(bare(choice.subject)) not in RANKS | FLAGS:
            return None
        if not any(refuses(case.body) for case in choice.cases):
            return None
        guards = [case.guard for case in choice.cases if case.guard is not None]
        names = [
            n for x in (choice.subject, *guards) for n in free_names(self.endpoint.function, x)
        ]
        if not names or not self.users.keys() >= set(names):
            return None
        asked, shown = asked_of(self.endpoint.function, choice.subject), f.render(choice.subject)
        return RoleCheck(step, self.users[names[0]], f"match {shown}", asked)


def _only_tried(step: Step) -> bool:
    return all(
        block.owner is None or (isinstance(block.owner, f.Try) and block.part == "body")
        for block in step.block.ancestors()
    )


@by_module(where=endpoints_in)
def user_endpoints(module: Module) -> Iterator[UserEndpoint]:
    """Return the endpoints that take the user who is asking from a dependency, each once."""
    found = {endpoint.function: endpoint for endpoint in reversed(endpoints_in.of(module))}
    for function, endpoint in reversed(found.items()):
        users = users_of(function)
        if users:
            yield UserEndpoint(endpoint, users)
