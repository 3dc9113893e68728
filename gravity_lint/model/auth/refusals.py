"""Refusals of auth dependencies: because nobody knows who is asking, or because they may not."""

from __future__ import annotations

import enum
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import own_dependencies
from gravity_lint.model.api.routing import endpoint_by_function
from gravity_lint.model.auth.authentication import guards
from gravity_lint.model.auth.credentials import is_person
from gravity_lint.model.auth.ranks import Condition, asks_permission, conditions, word_of
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.names import External, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module
from gravity_lint.model.code.steps import Block, Step
from gravity_lint.model.code.subjects import AtStep
from gravity_lint.model.exceptions.escapes import own_raises
from gravity_lint.patterns import pattern

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
_CLAIMS = pattern(r"(?:token_)?(?:claims|data|payload)|decoded(?:_token)?")
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


def guard(step: Step) -> tuple[f.Expression, bool] | None:
    """Return the test of the innermost ``if`` on which *step* depends, and how it must turn out.

    Also that of an ``if …: return`` directly before it.
    """
    block = step.block
    if isinstance(block.owner, f.If):
        return block.owner.test, block.part == "body"
    match [*block.before(step.statement)]:
        case [*_, f.If(test=test, body=(*_, f.Return()), otherwise=())]:
            return test, False
    return None


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
        if _is_last_resort(self.step):
            return None
        found = guard(self.step)
        reasons = (
            {_reason(self.function, c) for c in conditions(*found)} if found is not None else set()
        )
        return reasons.pop() if len(reasons) == 1 else None


def _is_last_resort(step: Step) -> bool:
    """Tell whether claims of a token hold none of the words for which ``elif`` has a branch each.

    Such a token is no good, whatever it is asked for.
    """
    block = step.block
    around = block.parent
    match block, around:
        case (
            Block(part="otherwise", owner=f.If(test=f.Compare(left=left, operators=("==",)))),
            Block(part="otherwise", owner=f.If(test=f.Compare(left=before, operators=("==",)))),
        ) if around.statements == (block.owner,):
            claims = (x for x in f.walk(left) if isinstance(x, f.Name))
            return f.render(left) == f.render(before) and any(
                _CLAIMS.fullmatch(x.name) for x in claims
            )
    return False


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
    if _CREDENTIALS.fullmatch(name) is not None or name in _claims_given(function):
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
        and not _asks_for_more(function, value)
        for value in values
        if not f.is_none(value)
    )


def _claims_given(function: Function) -> frozenset[str]:
    """Return the parameters by which *function* is given the claims of a token.

    The dependency that gives them is itself given the credentials, and no more.
    """
    return frozenset(
        dependency.parameter_name
        for dependency in own_dependencies(function)
        if _CLAIMS.fullmatch(dependency.parameter_name)
        if isinstance(dependency.provider, Function) and dependency.provider.arguments
        if all(_CREDENTIALS.fullmatch(x.name) for x in dependency.provider.arguments)
    )


def _asks_for_more(function: Function, value: f.Expression) -> bool:
    """Tell whether *value* is made of claims that *function* is given, and of the request."""
    names = {inner.name for inner in f.walk(value) if isinstance(inner, f.Name)}
    asked = {p.name for p in function.arguments}
    given = {dependency.parameter_name for dependency in own_dependencies(function)}
    return not names.isdisjoint(_claims_given(function)) and not names.isdisjoint(asked - given)


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
        if function not in endpoint_by_function(module.service) and _is_auth_dependency(function)
    )


def _is_auth_dependency(function: Function) -> bool:
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
