"""Whether the signature of a message is verified: it tells who has sent that, without a token.

RFC 9421 signs the headers that it names itself, and webhooks have headers of their makers: who
verifies a message hands on all of its headers, to what knows which of them count. Others send the
signature with the body, and whoever takes it compares that with the one that it works out.
"""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.parameters import names_in_request
from gravity_lint.model.auth.credentials import is_request, last_name, takes_request
from gravity_lint.model.code.callables import argument_for
from gravity_lint.model.code.casing import in_snake_case
from gravity_lint.model.code.names import Variable, path_of, resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.steps import CallSite, Step
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.exceptions.escapes import raised_by
from gravity_lint.patterns import pattern

_VERIFYING = pattern(r"(?:^|[._])(?:\w+?_)?(?:verif(?:y|ier|ies|ied)|signatures?)(?![a-z])")
_PROVING = pattern(
    r"_?(?:verify|validate|check|is_valid)_(?:\w+_)?(?:signature|hmac|webhook)|construct_event"
)
_CHECKING = pattern(r"(?:^|\.)_?(?:authenticate|check|validate)(?![a-z])\w*$")
_WEBHOOK = pattern(r"(?:webhooks?|callbacks?|ipn)(?![a-z])")
_SENT_TO = pattern(r"(?:webhooks?|callbacks?|ipn)(?:/(?!\{(?:\w+_)?id\})[^/]+)?/?$")
"""Paths to which others send; below the id of a webhook, people keep it."""
_TAKING = frozenset({"accept", "handle", "ingest", "on", "process", "receive"})
"""First words of the names of functions to which others send."""
_KEEPING = frozenset(
    {
        *("add", "configure", "create", "delete", "deliver", "disable", "dispatch", "enable"),
        *("fire", "get", "list", "ping", "publish", "register", "remove", "replay", "retry"),
        *("save", "send", "set", "setup", "subscribe", "test", "trigger", "update", "validate"),
    }
)
"""First words of the names of functions that keep webhooks, or send to others."""
_SIGNATURE = pattern(r"(?:\w+_)?(?:signature|hmac)")
_CHALLENGES = ("challenge", "crc_token", "echostr", "hub.challenge", "hub_challenge")
"""What those who send to a webhook ask for first: to be given it back."""
_COMPARING = ("hmac.compare_digest", "secrets.compare_digest")
_COPYING = frozenset({"copy", "items", "mutablecopy"})
_DEEPEST = 4


def is_proof_of_sender(call: f.Call) -> bool:
    """Tell whether *call* is of what proves, by its name, who has sent the body."""
    return _PROVING.fullmatch(last_name(call.function)) is not None


def is_for_programs(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* is a webhook: a program of others sends to it, and no user.

    Not one by which people keep their own webhooks: ``create_webhook``, ``test_webhook``.
    """
    function = endpoint.function
    words = function.name.lower().strip("_").split("_")
    paths = [x.path for x in endpoint.paths or ()] or [endpoint.own_path or ""]
    if asks_for_challenge(endpoint):
        return True
    if "POST" not in (endpoint.methods or ()) or words[0] in _KEEPING:
        return False
    if takes_request(function) and any(map(_SENT_TO.search, paths)):
        return True
    if not any(map(_WEBHOOK.search, (function.name, *paths))):
        return False
    return words[0] in _TAKING or _WEBHOOK.search(words[-1]) is not None


def asks_for_challenge(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* gives back what a sender shows when a webhook is set up."""
    asked = names_in_request(endpoint.function)
    return endpoint.methods == frozenset({"GET"}) and not asked.isdisjoint(_CHALLENGES)


def verifies_sender(
    function: Function, held: frozenset[str] = frozenset(), hops: int = _DEEPEST
) -> bool:
    """Tell whether *function* has a message verified, by all of its headers or by its signature.

    It refuses the message where that fails, be it by what raises below. What is not in view may
    raise as well; a function that is given all headers, as *held* are, may do it in its place.
    """
    sites = function.calls
    if any(_is_verification(x, held) for x in sites) or any(map(_compares, function.steps)):
        return True
    for site in sites if hops else ():
        given = [x for x in site.call.given if _is_whole(function, x, held)]
        callee = callee_of(function, site.call) if given else None
        if isinstance(callee, Function):
            taken = {x.name: argument_for(callee, site.call, x) for x in callee.arguments}
            names = frozenset(name for name, x in taken.items() if any(x is y for y in given))
            if verifies_sender(callee, names, hops - 1):
                return True
    return False


def _compares(step: Step) -> bool:
    """Tell whether *step* refuses what has another signature than it should."""
    return (
        isinstance(step.statement, f.If)
        and _refuses(step.statement)
        and any(
            isinstance(x, f.Compare)
            and x.operators == ("!=",)
            and any(map(_is_signature, (x.left, *x.others)))
            and not any(isinstance(y, f.Constant) for y in (x.left, *x.others))
            for x in f.walk(step.statement.test)
        )
    )


def _is_signature(expression: f.Expression) -> bool:
    """Tell whether *expression* is called so: ``body.signature``, ``data["signature"]``."""
    match expression:
        case f.Name(name=name) | f.Attribute(name=name):
            pass
        case f.Subscript(index=f.Constant(value=str(name))):
            pass
        case f.Call(
            function=f.Attribute(name="get" | "pop"), arguments=(f.Constant(value=str(name)), *_)
        ):
            pass
        case _:
            return False
    return _SIGNATURE.fullmatch(name.lower()) is not None


def _is_verification(site: CallSite, held: frozenset[str]) -> bool:
    scope, call = site.scope, site.call
    if path_of(scope, call.function) in _COMPARING:
        return _is_asked(site)
    written = in_snake_case(f.render(f.called(call)))
    verifying = _VERIFYING.search(written) is not None
    if not verifying and not _CHECKING.search(written):
        return False
    given = call.given
    whole = any(_is_whole(scope, x, held) or _is_signature(x) for x in given)
    callee = callee_of(scope, call)
    if isinstance(callee, Function):
        return whole and (any(True for _ in raised_by(callee)) or _is_asked(site))
    return whole or (verifying and any(is_request(scope, x) for x in given))


def _is_whole(
    scope: Scope, expression: f.Expression | None, held: frozenset[str], depth: int = _DEEPEST
) -> bool:
    """Tell whether *expression* holds all headers of the request, as the names *held* do."""
    match expression:
        case f.Attribute(value=request, name="headers"):
            return is_request(scope, request)
        case f.Attribute(value=value, name="raw"):
            return _is_whole(scope, value, held, depth)
        case f.Call(function=f.Attribute(value=value, name=name)) if name in _COPYING:
            return _is_whole(scope, value, held, depth)
        case f.Call(function=f.Name(name="dict" | "list"), arguments=(value, *_)):
            return _is_whole(scope, value, held, depth)
        case f.Mapping(keys=keys, values=values):
            rows = zip(keys, values, strict=True)
            return any(key is None and _is_whole(scope, value, held, depth) for key, value in rows)
        case f.Comprehension(generators=(first, *_)):
            return _is_whole(scope, first.iterable, held, depth)
        case f.Name(name=name) if name in held:
            return True
        case f.Name() if depth:
            symbol = resolve(scope, expression)
            return isinstance(symbol, Variable) and _is_whole(
                symbol.scope, symbol.value, held, depth - 1
            )
    return False


def _is_asked(site: CallSite) -> bool:
    """Tell whether what the call *site* answers decides whether the function goes on."""
    kept = set[str]()
    match site.step.statement:
        case f.Assign(targets=targets):
            kept = {x.name for x in targets if isinstance(x, f.Name)}
    for step in site.scope.steps:
        statement = step.statement
        if not isinstance(statement, f.If) or step.index < site.step.index:
            continue
        asked = any(
            x is site.call or (isinstance(x, f.Name) and x.name in kept)
            for x in f.walk(statement.test)
        )
        if asked and _refuses(statement):
            return True
    return False


def _refuses(statement: f.If) -> bool:
    ends = (*statement.body[-1:], *statement.otherwise[-1:])
    return any(isinstance(x, f.Raise | f.Return) for x in ends)
