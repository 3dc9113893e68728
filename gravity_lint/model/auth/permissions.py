"""Conditions on who is asking: is it somebody at all, and may they do this."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import own_dependencies
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.programs import may_run_with, program_of
from gravity_lint.model.api.routing import endpoint_by_function, endpoints_in
from gravity_lint.model.auth.authentication import guards, identifies
from gravity_lint.model.auth.credentials import is_person
from gravity_lint.model.auth.ranks import FLAGS, RANKS, Meaning, bare, key_of, meaning_of, word_of
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.exceptions.escapes import own_raises
from gravity_lint.patterns import pattern

_QUESTIONS = pattern(r"has_(?:any_)?(?:roles?|permissions?|perms?|scopes?)|is_in_role")
_STANDINGS = frozenset(
    {
        "banned",
        "disabled",
        "is_active",
        "is_banned",
        "is_blocked",
        "is_disabled",
        "is_inactive",
        "is_suspended",
        "suspended",
    }
)
"""Whether the account of a user who is known is in good standing."""
_CREDENTIALS = pattern(
    r"(?:(?:access|bearer|auth|id|jwt|raw)_)?token|credentials?|creds|authorization"
    r"|auth(?:orization)?_header|bearer|jwt"
)
_IDENTITIES = pattern(
    r"(?:token_)?(?:claims|data|payload)|decoded(?:_token)?|sub|subject|email|username|user_name"
    r"|(?:db_|current_)?user(?:_id|_uuid)?|uid|account(?:_id)?"
)
"""What credentials are read for: whom they are of."""
_VERIFIERS = pattern(r"_?(?:verify|validate|check|is_valid)_?(?:\w+_)?(?:jwt|token|credentials)")
_TOKEN_ERRORS = pattern(
    r"(?:jwt|jose|authlib\.jose|joserfc)\.(?:[a-z]\w*\.)*"
    r"(?!JWKError)\w*(?:Token|JWT|JWS|Signature|Decode|Jose|Expired|Claim)\w*Error"
)


class Reason(enum.Enum):
    """Why a request is refused."""

    CREDENTIALS = "credentials"
    """They are missing or invalid: nobody knows who is asking."""
    PERMISSION = "permission"
    """It is known who is asking; they may not do this."""


class Condition(msgspec.Struct, frozen=True):
    """Part of a test that has no ``and`` or ``or`` in it; *holds*: as it is, or negated."""

    expression: f.Expression
    holds: bool


def conditions(test: f.Expression, holds: bool = True) -> Iterator[Condition]:
    """Yield the parts of *test*, each with what it must be for the test to be *holds*."""
    match test:
        case f.Boolean(values=values):
            for value in values:
                yield from conditions(value, holds)
        case f.Unary(operator="not", operand=operand):
            yield from conditions(operand, not holds)
        case _:
            yield Condition(test, holds)


def guard(step: Step) -> tuple[f.Expression, bool] | None:
    """Return the test of the innermost ``if`` on which *step* depends, and how it must turn out.

    Also that of an ``if …: return`` directly before it.
    """
    block = step.block
    if isinstance(block.owner, f.If):
        return block.owner.test, block.part == "body"
    before: f.Statement | None = None
    for statement in block.statements:
        if statement is step.statement:
            break
        before = statement
    if isinstance(before, f.If) and not before.otherwise:
        if before.body and isinstance(before.body[-1], f.Return):
            return before.test, False
    return None


# -- refusals --------------------------------------------------------------------------------


class Refusal(AtStep, Record, frozen=True):
    """An ``HTTPException`` with 401 or 403 that *function*, an auth dependency, raises."""

    function: Function
    step: Step
    status: int

    @property
    def label(self) -> str:
        """The dotted name of the dependency."""
        return self.function.label

    @property
    def condition(self) -> str:
        """The condition on which it is raised, as the code writes it."""
        found = guard(self.step)
        return f.render(found[0]) if found is not None else ""

    @property
    def reason(self) -> Reason | None:
        """Why it refuses, where that is certain."""
        handler = self.step.block.handler
        if handler is not None:
            return _reason_of_handler(self.function, handler)
        found = guard(self.step)
        reasons = (
            {_reason(self.function, c) for c in conditions(*found)} if found is not None else set()
        )
        return reasons.pop() if len(reasons) == 1 else None


def _reason_of_handler(function: Function, handler: f.Handler) -> Reason | None:
    """Return why a clause refuses: what it catches says that a token is no good."""
    kinds = handler.type.items if isinstance(handler.type, f.Collection) else (handler.type,)
    symbols = [resolve(function, kind) for kind in kinds if kind is not None]
    paths = [symbol.path if isinstance(symbol, External) else "" for symbol in symbols]
    about_tokens = [path for path in paths if _TOKEN_ERRORS.fullmatch(path)]
    others = {path for path in paths if path not in about_tokens}
    if about_tokens and others <= {"pydantic.ValidationError", "builtins.KeyError"}:
        return Reason.CREDENTIALS
    return None


def _reason(function: Function, condition: Condition) -> Reason | None:
    if asks_permission(condition.expression) or _asks_standing(condition.expression):
        return Reason.PERMISSION
    if _asks_credentials(condition) or _finds_nobody(function, condition):
        return Reason.CREDENTIALS
    return None


def _finds_nobody(function: Function, condition: Condition) -> bool:
    """Tell whether the condition is that credentials lead to nobody: no payload, no such user."""
    expression, missing = condition.expression, not condition.holds
    match expression:
        case f.Compare(left=left, operators=(operator,), others=(f.Constant(kind="None"),)):
            expression, missing = left, condition.holds == (operator in ("is", "=="))
    if isinstance(expression, f.Walrus):
        expression = expression.target
    if not missing or not isinstance(expression, f.Name):
        return False
    if _IDENTITIES.fullmatch(expression.name) is None:
        return False
    return _is_of_credentials(function, expression.name, set())


def _is_of_credentials(function: Function, name: str, seen: set[str]) -> bool:
    """Tell whether *name* holds credentials, or what *function* has made of them and no more."""
    if _CREDENTIALS.fullmatch(name) is not None:
        return True
    values = [b.value for b in function.bindings.get(name, ()) if isinstance(b, Assigned)]
    if name in seen or not values or len(values) < len(function.bindings[name]):
        return False
    seen.add(name)
    return all(
        value is not None
        and any(
            isinstance(inner, f.Name) and _is_of_credentials(function, inner.name, seen)
            for inner in f.walk(value)
        )
        for value in values
        if not (isinstance(value, f.Constant) and value.kind == "None")
    )


def asks_permission(expression: f.Expression) -> bool:
    """Tell whether *expression* asks for a rank or a flag of somebody: roles, permissions."""
    match expression:
        case f.Compare(left=left, others=(right,)):
            if any(isinstance(x, f.Constant) and x.kind == "None" for x in (left, right)):
                return False
            return any(word_of(bare(x)) in RANKS | FLAGS for x in (left, right))
        case f.Call(function=f.Attribute(name=name)):
            return (
                name in FLAGS
                or _QUESTIONS.fullmatch(name) is not None
                or key_of(expression) in FLAGS
            )
    return word_of(expression) in FLAGS


def _has_rank(condition: Condition) -> bool:
    """Tell whether *condition* is that somebody has a rank or a flag, not that they lack it."""
    match condition.expression:
        case f.Compare(operators=(operator,)):
            return condition.holds == (operator in ("==", "in", "is"))
    return condition.holds


def _asks_standing(expression: f.Expression) -> bool:
    match expression:
        case f.Attribute(value=value, name=name):
            return name in _STANDINGS and is_person(word_of(value))
        case f.Compare(left=left, operators=("is" | "==" | "is not" | "!=",), others=(right,)):
            return isinstance(right, f.Constant) and _asks_standing(left)
    return False


def _asks_credentials(condition: Condition) -> bool:
    """Tell whether the condition is that there are no credentials, or that they are no good."""
    expression, holds = condition.expression, condition.holds
    if isinstance(expression, f.Await):
        expression = expression.value
    match expression:
        case f.Compare(left=left, operators=(operator,), others=(f.Constant(kind="None"),)):
            missing = holds == (operator in ("is", "=="))
            return missing and _CREDENTIALS.fullmatch(word_of(left)) is not None
        case f.Compare(left=left, operators=(operator,), others=(f.Constant(value=str(text)),)):
            wrong = holds == (operator == "!=")
            return wrong and text.strip().lower() == "bearer" and "scheme" in f.render(left)
        case f.Call(function=f.Attribute(value=value, name="startswith"), arguments=(given, *_)):
            bearer = isinstance(given, f.Constant) and str(given.value).strip() == "Bearer"
            return not holds and bearer and _CREDENTIALS.fullmatch(word_of(value)) is not None
        case f.Call(function=function):
            return not holds and _VERIFIERS.fullmatch(word_of(function)) is not None
        case f.Name() | f.Attribute():
            return not holds and _CREDENTIALS.fullmatch(word_of(expression)) is not None
    return False


@by_module
def refusals(module: Module) -> Iterator[Refusal]:
    """Return the 401s and 403s that auth dependencies raise, in source order."""
    return (
        Refusal(function, step, thrown.status)
        for function, rows in own_raises(module).items()
        for step, thrown in rows
        if thrown.is_http and thrown.status in (401, 403)
        if function not in endpoint_by_function(module.service) and is_auth_dependency(function)
    )


def is_auth_dependency(function: Function) -> bool:
    """Tell whether *function* is a dependency that authenticates or authorises.

    By its name or that of the factory around it, or by what it depends on.
    """
    names = function.module.service.settings.vocabulary.auth_dependencies
    outer = function.parent
    if function.name in names or (isinstance(outer, Function) and outer.name in names):
        return True
    if not own_dependencies(function) and function.name != "__call__":
        return False
    return guards(function, telling=True) is not False


# -- endpoints -------------------------------------------------------------------------------


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
        asked = _asked(self.condition)
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


_WORDS = pattern(r"\w+|[^\w\s]")


def _asked(condition: str) -> frozenset[str]:
    return (RANKS | FLAGS).intersection(_WORDS.findall(condition))


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
                yield RoleGuard(module, maker, None, _asked(shown))
            elif user is not None and function.parent is module:
                meaning = meaning_of(function, test, user)
                yield RoleGuard(module, function.name, meaning, _asked(shown))


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
        return RoleCheck(step, user, f.render(branch.test), meaning, all(map(_has_rank, parts)))

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
