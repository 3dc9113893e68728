"""Where functions read by hand who sends a request, and which names speak of that."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from gravity_lint import facts as f
from gravity_lint.model.api.parameters import REQUESTS
from gravity_lint.model.api.routers import DECORATORS
from gravity_lint.model.code.annotations import markers
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.questions import question
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Module, Scope
from gravity_lint.model.code.steps import Step
from gravity_lint.model.code.types import annotated_type, callee_of
from gravity_lint.model.code.values import text_of
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_PARTS = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ACCESS = pattern(
    r"access|accounts?|acl|actor|admin|apikey|auth[nz]?|authenticat(?:e[ds]?|ion|or)"
    r"|authori[sz](?:e[dr]?|ation)|bearer|caller|claims?|clerk|cognito|credentials?|current"
    r"|firebase|guard|identity|jwt|keycloak|logged|login|member|oauth|oidc|owner"
    r"|permissions?|permit(?:ted)?|policy|principal|privileges?|protect(?:ed)?|rbac|roles?|scopes?"
    r"|secured?|security|signature|sso|staff|subject|super(?:admin|user|visor)|sysadmin|tokens?"
    r"|users?"
)
_PROVIDED = pattern(
    r"agent|broker|bus|cache|clients?|config|conn|connection|controller|crud|dao|database|db|engine"
    r"|factory|filters?|gateway|handler|kafka|language|limit(?:er)?|locale|logger|maker|manager|mongo"
    r"|page|paginat(?:ion|or)|params|parameters|pool|producer|publisher|query|queue|redis|repo"
    r"|repositor(?:y|ies)|services?|sessions?|settings|storage|store|transaction|uow|usecase|work"
)
_CALLERS = frozenset({"agent", "client", "manager", "producer", "publisher", "service"})
"""Words of what gives tools that also are words for who is asking."""
_DEMANDING = frozenset(
    {"allow", "authenticated", "check", "current", "ensure", "has", "is", "only", "require"}
    | {"required", "requires", "verified", "verify"}
)
_PEOPLE = pattern(r"(?:.*_)?(?:user|account|member|admin|customer|person|principal)")
_CLAIMS = frozenset(
    {"apikey", "claim", "claims", "jwt", "key", "keys", "payload", "token", "tokens"}
)
_RIGHTS = frozenset({"permissions", "privileges", "rights", "roles", "scopes"})
_JOINTS = pattern(r"\b(?:by|for|from|in|of|or|with|dep|dependency)\b.*")
_SIGNED = pattern(r"\b(?:sign|sig|hmac|digest|secret|verification)\b")
"""Words of headers by which a program proves that it has sent the body."""
_SESSION = pattern(r"sess|sid")
_FORGERY = pattern(r"csrf|xsrf")
_PROTECTING = frozenset(
    {"guard", "protect", "protected", "secure", "secured", "security", "token", "tokens"}
)
"""Words of what keeps forged requests out that also are words of access."""
_OTHERS = pattern(r"\baccess (?:control (?:allow|request)|log(?:ging|s)?)\b")
"""Words of headers by which browsers ask for another origin, and of logs."""
_TASTES = frozenset(
    {"consent", "currency", "i18n", "lang", "language", "locale", "theme", "timezone", "tz"}
)
"""Last words of the names of what a request says of its sender without naming anybody."""
_SENT = ("cookies", "session")
"""What a request brings besides its headers, by names that the service chooses."""
_TOKEN = pattern(r"(?:\w+_)?(?:token|api_?key|signature|secret|otp)")
_SHOWING = frozenset({"critical", "debug", "error", "exception", "info", "print", "warning"})
"""What is called to show something to whoever keeps the service."""
_IDENTITIES = ("auth", "cookies", "session", "user")
"""What a request holds of its sender besides the headers."""
_HOLDING = frozenset({"headers", "state", *_IDENTITIES})
"""The attributes of a request of which something is read by hand."""

_DEEPEST = 3
"""How many functions may pass a header on."""


@lru_cache(maxsize=4096)
def speaks_of_access(name: str) -> bool:
    """Tell whether *name* is that of something that may decide who may do what.

    Services, repositories and the like are none: ``get_user_service``.
    """
    parts = _words(name)
    if not parts or provides_tools(name) or names_nobody(name):
        return False
    said = _OTHERS.sub("", " ".join(parts))
    return any(_ACCESS.fullmatch(part) for part in said.split()) or "api key" in said


@lru_cache(maxsize=4096)
def names_nobody(name: str) -> bool:
    """Tell whether *name* is that of something by which nobody is known: ``csrftoken``, ``lang``.

    What proves that a form is the service's own is sent by whoever has been given the form.
    """
    parts = [part.lower() for part in _PARTS.findall(name)]
    others = [part for part in parts if not _FORGERY.search(part) and part not in _PROTECTING]
    if len(others) < len(parts) and _FORGERY.search(name.lower()):
        return not any(_ACCESS.fullmatch(part) for part in others)
    return bool(parts) and parts[-1] in _TASTES


def is_person(name: str) -> bool:
    """Tell whether *name* is that of somebody: ``current_user``, ``admin``."""
    return _PEOPLE.fullmatch(name) is not None


def speaks_of_claims(name: str) -> bool:
    """Tell whether *name* is that of a token or key, or of what it says: no user, but names one.

    ``get_token_claims``, ``token_data``, ``payload``, ``api_key``.
    """
    parts = [part for part in _words(name) if part not in ("data", "info")]
    return bool(parts) and parts[-1] in _CLAIMS


def speaks_of_rights(name: str) -> bool:
    """Tell whether *name* is that of what somebody may do: ``scopes``, ``user_permissions``."""
    return bool(parts := _words(name)) and parts[-1] in _RIGHTS


def provides_tools(name: str) -> bool:
    """Tell whether *name* is that of something that gives an object to work with."""
    parts = _words(name)
    if parts and parts[-1] in _CALLERS and not _DEMANDING.isdisjoint(parts[:-1]):
        return False  # who calls has to be one
    return bool(parts) and _PROVIDED.fullmatch(parts[-1]) is not None


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    said = " ".join(part.lower() for part in _PARTS.findall(name))
    return tuple((_JOINTS.sub("", said) or said).split())


class CredentialRead(Record, frozen=True):
    """A place at which *function* reads something that tells who sends the request.

    *header* is the name of a header, in lower case; empty for cookies, the
    request's state and so on. *forwarded*: it only goes into a mapping, as
    into the headers of another request. *unused*: a parameter that nothing mentions,
    where no decorator may. *kept*: what of the request's state is asked for, which something
    else has put there.
    """

    function: Function
    span: Span
    header: str
    forwarded: bool = False
    unused: bool = False
    kept: str = ""


def credential_reads(function: Function) -> tuple[CredentialRead, ...]:
    """Return where *function* reads credentials from the request by hand, in source order."""
    return function.module.service.memory.ask(
        ("credential reads", function), None, lambda: (*_parameters(function), *_reads(function))
    )


def header_reads(function: Function) -> tuple[CredentialRead, ...]:
    """Return where *function* reads headers that hold credentials, in source order."""
    if _names_headers(function.module):
        return tuple(read for read in credential_reads(function) if read.header)
    return tuple(read for read in _parameters(function) if read.header)


@question
def _names_headers(module: Module) -> bool:
    return module.mentions_any(("headers",))


@question
def _may_read(module: Module) -> bool:
    return module.mentions_any(_HOLDING)


def _parameters(function: Function) -> Iterator[CredentialRead]:
    """Yield the ``Header`` and ``Cookie`` parameters that hold credentials."""
    outside = function.parent or function.module
    for parameter in function.arguments:
        for scope, candidate in markers(outside, parameter):
            if not isinstance(candidate, f.Call):
                continue
            marker = resolve(scope, candidate.function)
            if marker not in (External("fastapi.Header"), External("fastapi.Cookie")):
                continue
            alias = candidate.keyword("alias")
            name = text_of(scope, alias) if alias is not None else parameter.name
            name = (name or "").lower().replace("_", "-")
            if names_nobody(name):
                continue
            is_session = marker == External("fastapi.Cookie") and _SESSION.search(name)
            if speaks_of_access(name) or _SIGNED.search(name) or is_session:
                header = name if marker == External("fastapi.Header") else ""
                forwarded = header != "" and _only_forwarded(function, parameter.name)
                unused = not _is_used(function, parameter.name)
                yield CredentialRead(function, parameter.span, header, forwarded, unused)


def _reads(function: Function) -> Iterator[CredentialRead]:
    if not _may_read(function.module):
        return
    for step in function.steps:
        statement = step.statement
        if isinstance(statement, f.FunctionDefinition | f.ClassDefinition):
            continue
        targets = statement.targets if isinstance(statement, f.Assign) else ()
        for expression in step.expressions:
            nobodies = {id(x) for x in _asked_for_nobody(function, expression)}
            mapped = {
                id(inner)
                for outer in f.walk(expression)
                if isinstance(outer, f.Mapping)
                for value in outer.values
                for inner in f.walk(value)
            }
            for inner in f.walk(expression):
                header = _read(function, inner)
                if header is None or id(inner) in nobodies:
                    continue
                forwarded = id(inner) in mapped or _goes_on(function, step, inner)
                kept = ""
                if not header and not any(inner is target for target in targets):
                    kept = _kept(inner)
                yield CredentialRead(function, inner.span, header, forwarded, kept=kept)


def _kept(expression: f.Expression) -> str:
    """Return what of the request's state *expression* asks for."""
    match expression:
        case f.Call(arguments=(_, f.Constant(value=str(name)), *_)):
            return name
        case f.Attribute(value=f.Attribute(name="state"), name=name):
            return name
    return ""


def _asked_for_nobody(scope: Scope, expression: f.Expression) -> Iterator[f.Expression]:
    """Yield the cookies and sessions that are only asked for what names nobody."""
    for inner in f.walk(expression):
        match inner:
            case (
                f.Call(
                    function=f.Attribute(
                        value=f.Attribute(name=sent) as asked, name="get" | "pop" | "setdefault"
                    ),
                    arguments=(name, *_),
                )
                | f.Subscript(value=f.Attribute(name=sent) as asked, index=name)
                | f.Compare(
                    left=name,
                    operators=("in" | "not in",),
                    others=(f.Attribute(name=sent) as asked,),
                )
            ) if sent in _SENT:
                if names_nobody(text_of(scope, name) or last_name(name)):
                    yield asked


def _read(scope: Scope, expression: f.Expression) -> str | None:
    """Return the header that *expression* reads, empty for another trace of the sender."""
    match expression:
        case (
            f.Call(
                function=f.Attribute(value=headers, name="get" | "getlist" | "pop"),
                arguments=(name, *_),
            )
            | f.Subscript(value=headers, index=name)
        ) if _is_headers(scope, headers):
            text = (text_of(scope, name) or "").lower()
            if names_nobody(text):
                return None
            return text if speaks_of_access(text) or _SIGNED.search(text) else None
        case (
            f.Call(
                function=f.Name(name="getattr"),
                arguments=(
                    f.Attribute(value=request, name="state"),
                    f.Constant(value=str(name)),
                    *_,
                ),
            )
            | f.Attribute(value=f.Attribute(value=request, name="state"), name=name)
        ):
            telling = speaks_of_access(name) and not names_nobody(name)
            return "" if telling and is_request(scope, request) else None
        case f.Attribute(value=request, name=name) if name in _IDENTITIES:
            return "" if is_request(scope, request) else None
    return None


def _is_headers(scope: Scope, expression: f.Expression) -> bool:
    if isinstance(expression, f.Name):
        symbol = resolve(scope, expression)
        if isinstance(symbol, Variable) and isinstance(symbol.value, f.Attribute):
            scope, expression = symbol.scope, symbol.value
    match expression:
        case f.Attribute(value=request, name="headers"):
            return is_request(scope, request)
    return False


def is_request(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is the request: by its annotation, or an untyped ``request``."""
    match expression:
        case f.Attribute(name="request"):
            return True
        case f.Name(name=name):
            for owner in scope.outward():
                if isinstance(owner, Function) and (parameter := owner.parameter(name)) is not None:
                    if parameter.annotation is None:
                        return name in ("request", "req", "conn", "websocket")
                    made = annotated_type(owner.parent or owner.module, parameter.annotation)
                    return made is not None and made.path in REQUESTS
    return False


def may_check(function: Function, name: str) -> bool:
    """Tell whether *function* may hold its parameter *name* against something, or hand it on.

    What is only logged, printed or put into the answer says nothing of who sends it.
    """
    if any(last_name(decorator) not in DECORATORS for decorator in function.decorators):
        return True
    if any(name in x.contents.words for x in function.walk()):
        return True  # in a function inside
    held = {name}
    for step in function.steps:
        for expression in step.expressions:
            said = {id(x) for x in f.walk(expression) if isinstance(x, f.Name) and x.name in held}
            shown = {id(part) for part in _shown(step, expression)}
            if not said <= shown:
                return True
            match step.statement:
                case f.Assign(targets=(f.Name(name=other),), value=value) if value is expression:
                    held.update([other] if said else ())
    return False


def _shown(step: Step, expression: f.Expression) -> Iterator[f.Expression]:
    """Yield the parts of *expression* that are at most shown: as a text, in an answer, in a log."""
    pending = [expression]
    if not isinstance(step.statement, f.Assign | f.Evaluate | f.Return):
        return
    while pending:
        part = pending.pop()
        yield part
        match part:
            case f.Template(parts=parts):
                pending += [x.value for x in parts if isinstance(x, f.Hole)]
            case f.Mapping(values=values):
                pending += values
            case f.Call() if last_name(part) in _SHOWING or _answers(step.scope, part):
                pending += part.given


def _answers(scope: Scope, call: f.Call) -> bool:
    """Tell whether *call* makes an answer, of a class or of a template."""
    made = resolve(scope, call.function)
    if last_name(call) == "TemplateResponse":
        return True
    return isinstance(made, External) and made.path.startswith("fastapi.responses.")


def is_token(name: str) -> bool:
    """Tell whether *name* is that of a credential."""
    return _TOKEN.fullmatch(name) is not None and not names_nobody(name)


def takes_request(function: Function) -> bool:
    """Tell whether *function* gets the whole request."""
    return any(
        is_request(function, f.Name(*parameter.span.place, parameter.name))
        for parameter in function.arguments
    )


def _goes_on(function: Function, step: Step, read: f.Expression) -> bool:
    """Tell whether what *step* reads is kept under a name and then only forwarded."""
    match step.statement:
        case f.Assign(targets=(f.Name(name=name),), value=value) if value is read:
            return _only_forwarded(function, name)
        case f.Assign(targets=(f.Subscript(),), value=value) if value is read:
            return True
    return False


def _is_used(function: Function, name: str) -> bool:
    """Tell whether *function*, or what stands in it, says *name*, or a decorator may use it."""
    if any(last_name(decorator) not in DECORATORS for decorator in function.decorators):
        return True
    return any(
        isinstance(mention.expression, f.Name)
        for scope in (function, *function.walk())
        for mention in scope.contents.mentions(name)
    )


def _only_forwarded(function: Function, name: str, depth: int = 0) -> bool:
    """Tell whether *name* fills a mapping, and else is at most asked if it is set.

    Or a function of the service gets it, and does no more with it.
    """
    forwarded = False
    for step in function.steps:
        if isinstance(step.statement, f.FunctionDefinition | f.ClassDefinition):
            continue
        for expression in step.expressions:
            filling = {
                id(part)
                for outer in f.walk(expression)
                for value in (outer.values if isinstance(outer, f.Mapping) else ())
                for part in _fillings(value)
            }
            filling.update(_passed_on(function, expression, name, depth))
            asking: set[int] = set()
            if isinstance(step.statement, f.If):
                asking.update(id(operand) for operand in _operands(expression))
            for outer in f.walk(expression):
                if isinstance(outer, f.Conditional):
                    asking.update(id(operand) for operand in _operands(outer.test))
            if isinstance(step.statement, f.Assign):
                asking.update(id(target) for target in step.statement.targets)
                if any(isinstance(t, f.Subscript) for t in step.statement.targets):
                    filling.update(id(part) for part in _fillings(step.statement.value))
            for inner in f.walk(expression):
                if isinstance(inner, f.Name) and inner.name == name:
                    if id(inner) not in filling | asking:
                        return False
                    forwarded = forwarded or id(inner) in filling
    return forwarded


def _passed_on(
    function: Function, expression: f.Expression, name: str, depth: int
) -> Iterator[int]:
    """Yield the arguments of *expression* by which functions of the service only forward *name*."""
    for call in f.walk(expression) if depth < _DEEPEST else ():
        if not isinstance(call, f.Call):
            continue
        passed = [x for x in call.given if isinstance(x, f.Name) and x.name == name]
        callee = callee_of(function, call) if passed else None
        if not isinstance(callee, Function) or callee is function:
            continue
        for parameter in callee.arguments:
            argument = argument_for(callee, call, parameter)
            if any(argument is x for x in passed):
                if _only_forwarded(callee, parameter.name, depth + 1):
                    yield id(argument)


def _fillings(value: f.Expression | None) -> Iterator[f.Expression]:
    """Yield what *value* is in the end: the alternatives, and what a text holds."""
    match value:
        case f.Boolean(values=values):
            for part in values:
                yield from _fillings(part)
        case f.Conditional(body=body, otherwise=otherwise):
            yield from _fillings(body)
            yield from _fillings(otherwise)
        case f.Template(parts=parts):
            yield from (part.value for part in parts if isinstance(part, f.Hole))
        case _ if value is not None:
            yield value


def _operands(test: f.Expression) -> Iterator[f.Expression]:
    """Yield what *test* asks whether it is set."""
    match test:
        case f.Unary(operator="not", operand=operand):
            yield from _operands(operand)
        case f.Boolean(values=values):
            for value in values:
                yield from _operands(value)
        case f.Compare(left=left, operators=("is" | "is not",), others=(f.Constant(kind="None"),)):
            yield left
        case _:
            yield test


def last_name(expression: f.Expression) -> str:
    """Return the last name by which *expression* says what it is, or calls; empty without one."""
    match expression:
        case f.Name(name=name) | f.Attribute(name=name):
            return name
        case f.Call(function=function):
            return last_name(function)
    return ""
