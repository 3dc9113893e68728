"""Where tokens are made and read: PyJWT, python-jose, Authlib, joserfc.

Facts from these libraries. PyJWT takes a third argument of ``decode`` for the
algorithms and refuses to decode without, unless the key is a ``PyJWK``, which
has one; ``options={"verify_signature": False}`` turns the check off (its first
version: ``verify=False``). python-jose takes the same arguments, and without
algorithms accepts whichever the token itself names. Authlib and joserfc give
the algorithms elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.auth.credentials import last_name
from gravity_lint.model.auth.origins import is_of_provider, is_own
from gravity_lint.model.code.bindings import Assigned
from gravity_lint.model.code.calls import (
    THREADS,
    calls_in,
    calls_to,
    methods_called,
    run_in_thread,
    thing_called,
)
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Variable,
    imports_any,
    path_of,
    resolve,
    written_out,
)
from gravity_lint.model.code.questions import by_module, calling
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_stub, overridden
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtCall
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import Known, text_of, value_of

_PYJWT = ("jwt.decode", "jwt.decode_complete", "jwt.PyJWT.decode", "jwt.PyJWT.decode_complete")
_JOSE = ("jose.jwt.decode", "jose.jws.verify")
_ELSEWHERE = ("authlib.jose.jwt.decode", "authlib.jose.JsonWebToken.decode", "joserfc.jwt.decode")
_ENCODERS = (
    "jwt.encode",
    "jwt.PyJWT.encode",
    "jose.jwt.encode",
    "jose.jws.sign",
    "authlib.jose.jwt.encode",
    "authlib.jose.JsonWebToken.encode",
    "joserfc.jwt.encode",
)
DECODERS = (*_PYJWT, *_JOSE, *_ELSEWHERE)

_LIBRARIES = ("jwt", "jose", "authlib", "joserfc", "passlib", "bcrypt", "argon2", "pwdlib")


class TokenCall(AtCall, Record, frozen=True):
    """A call that makes or reads a token; *callee* is its canonical path.

    Where *in_thread* is set, another call has a thread make it, the last of those around it.
    """

    callee: str
    site: CallSite
    in_thread: bool = False

    @property
    def written(self) -> str:
        """The function as the code writes it."""
        return f.render(self.site.call.function)

    @property
    def makes(self) -> bool:
        """Tell whether it makes a token; it reads one otherwise."""
        return self.callee in _ENCODERS

    @property
    def only_looks(self) -> bool:
        """Tell whether it reads a token without verifying it."""
        return self.decodes and self.unverified is not None

    @property
    def decodes(self) -> bool:
        """Tell whether it reads a token and can be told by its arguments not to verify it."""
        return self.callee in (*_PYJWT, *_JOSE)

    @property
    def accepts_any_algorithm(self) -> bool:
        """Tell whether its library, given no algorithms, takes whichever the token names."""
        return self.callee in _JOSE

    @property
    def unverified(self) -> str | None:
        """What turns the check of the signature off, as the code writes it."""
        scope, call = self.site.scope, self.site.call
        for name in ("verify", "verify_signature"):
            given = call.keyword(name)
            if given is not None and value_of(scope, given) == Known(False):
                return f"{name}=False"
        for name in ("verify_signature", "verify"):
            entry = _entry(scope, call.argument(3, "options"), name)
            if entry is not None and value_of(*entry) == Known(False):
                return f'"{name}": False'
        algorithms = self._algorithms
        if isinstance(algorithms, f.Collection):
            if any((text_of(scope, x) or "").lower() == "none" for x in algorithms.items):
                return 'the algorithm "none"'
        return None

    @property
    def lacking(self) -> tuple[str, ...]:
        """What it needs to verify the token and is not given: the key, the algorithms."""
        key = self.site.call.argument(1, "key")
        keyless = key is None or (isinstance(key, f.Constant) and not key.value)
        found = ("the key",) if keyless else ()
        return found if self.names_algorithms else (*found, "`algorithms=[...]`")

    @property
    def _algorithms(self) -> f.Expression | None:
        return self.site.call.argument(2, "algorithms")

    @property
    def names_algorithms(self) -> bool | None:
        """Tell whether it says which algorithms it accepts; None if that is not known."""
        given = self._algorithms
        if given is not None:
            return not f.is_none(given)
        if self.site.call.unpacks:
            return None
        if not _is_written(self.site.scope, self.site.call.argument(3, "options")):
            return None  # they may say not to verify it
        key = self.site.call.argument(1, "key")
        if not self.accepts_any_algorithm and not _is_plain(self.site.scope, key):
            return None  # a ``PyJWK`` has its algorithm
        return False

    @property
    def reads_lifetime(self) -> bool:
        """Tell whether nothing but the times are read of the token: who forges them gains nothing.

        A proxy asks for how long to keep a connection, a client whether to fetch a new token.
        """
        return _is_asked_for_times(self.site)

    @property
    def reads_own(self) -> bool:
        """Tell whether it only reads a token that the service itself was given by the issuer."""
        return not self.makes and is_own(self.site.scope, self.site.call.argument(0))

    @property
    def reads_foreign(self) -> bool:
        """Tell whether it reads what somebody else has issued, to or for this service."""
        return self.reads_own or (not self.makes and is_of_provider(self.site.call.argument(0)))

    @property
    def verified_later(self) -> bool:
        """Tell whether the same function, or whoever calls it, also has the token verified.

        Then this call only looks who has issued it, to find the key or to refuse early. It does not
        where what it gives is returned before that: then the token is believed on that way.
        """
        token, scope = self.site.call.argument(0), self.site.scope
        if token is None:
            return False
        if _is_verified(scope, token):
            return not _is_believed(self.site, token)
        if not isinstance(token, f.Name) or not isinstance(scope, Function):
            return False
        if token.name not in {p.name for p in scope.arguments}:
            return False
        calls = _callers(scope)
        gives = any(_is_given_whole(self.site, x.value) for _, x in scope.returned)
        return bool(calls) and all(
            any(
                _is_verified(site.scope, given) and not (gives and _is_believed(site, given))
                for given in site.call.given
            )
            for site in calls
        )


_DEEPEST = 8
_TIMES = ("exp", "iat", "nbf")


def _is_plain(scope: Scope, key: f.Expression | None, depth: int = _DEEPEST) -> bool:
    """Tell whether *key* certainly is no ``PyJWK``: text, what the settings hold, a raw key."""
    match key:
        case None | f.Constant() | f.Template():
            return True
        case f.Attribute(name="key"):
            return True
        case f.Boolean(values=values) if depth:
            return all(_is_plain(scope, x, depth - 1) for x in values)
        case f.Await(value=value) if depth:
            return _is_plain(scope, value, depth - 1)
        case f.Name() if depth:
            symbol = resolve(scope, key)
            if isinstance(symbol, Variable) and not isinstance(symbol.scope, Class):
                rows = [x for x in symbol.bindings if not _is_left_open(x)]
                if rows and all(isinstance(x, Assigned) and not x.unpacked for x in rows):
                    given = [x.value for x in rows if isinstance(x, Assigned)]
                    return all(_is_plain(symbol.scope, x, depth - 1) for x in given)
    made = type_of(scope, key)
    if made is not None and not made.path.endswith("()"):
        return "JWK" not in made.name.upper()
    match key:
        case f.Call():
            callee = callee_of(scope, key)
            return isinstance(callee, External) and callee.path.startswith("os.")
        case f.Subscript(value=value):
            return path_of(scope, value) == "os.environ"
        case f.Attribute(value=f.Name(name="self"), name=name) | f.Name(name=name):
            return name.isupper() or "secret" in name.lower()
    return isinstance(key, f.Attribute)


def _is_asked_for_times(site: CallSite) -> bool:
    """Tell whether all that is asked of what *site* gives are the times, as far as that is seen."""
    scope, call = site.scope, site.call
    asked = _asked_for_times(scope)
    if id(call) in asked:
        return True
    match site.step.statement:
        case f.Assign(targets=(f.Name(name=name) as target,), value=value) if value is call:
            return len(scope.bindings.get(name, ())) == 1 and all(
                id(mention.expression) in asked
                for mention in scope.contents.mentions(name)
                if mention.expression is not target
            )
    return False


def _asked_for_times(scope: Scope) -> set[int]:
    """Return what *scope* asks for times, or only whether it is there."""
    found: set[int] = set()
    for step in scope.steps:
        if isinstance(step.statement, f.If):
            found |= {id(x) for x in _conditions(step.statement.test)}
        for part in step.parts:
            match part:
                case f.Subscript(value=value, index=f.Constant(value=claim)):
                    pass
                case f.Call(
                    function=f.Attribute(value=value, name="get"),
                    arguments=(f.Constant(value=claim), *_),
                ):
                    pass
                case f.Compare(left=f.Constant(value=claim), others=(value,)):
                    pass
                case _:
                    continue
            if claim in _TIMES:
                found.add(id(value))
    return found


def _conditions(test: f.Expression) -> Iterator[f.Expression]:
    match test:
        case f.Boolean(values=values):
            for value in values:
                yield from _conditions(value)
        case f.Unary(operator="not", operand=operand):
            yield from _conditions(operand)
        case _:
            yield test


def _is_left_open(binding: object) -> bool:
    """Tell whether *binding* only says that there is no key yet."""
    value = binding.value if isinstance(binding, Assigned) else None
    return f.is_none(value)


def _callers(function: Function) -> tuple[CallSite, ...]:
    """Return the calls of the app that may run *function*; tests check it alone.

    Also by a method in whose place it stands. Where there is none, a call by its name of an object
    of which nothing is known, or no more than a protocol.
    """
    service = function.module.service
    known = tuple(
        site for site in calls_to(service, function, *overridden(function)) if in_app(site.module)
    )
    if known or function.cls is None:
        return known
    return tuple(
        site
        for site in methods_called(service, function.name)
        if in_app(site.module) and _is_left_to_the_object(site)
    )


def _is_left_to_the_object(site: CallSite) -> bool:
    """Tell whether only the object of which a method is called has the method that runs."""
    callee = thing_called(site)
    return callee is None or (isinstance(callee, Function) and is_stub(callee))


def _is_verified(scope: Scope, token: f.Expression) -> bool:
    """Tell whether *scope* decodes *token* with the check on, or hands it to what does."""
    return any(True for _ in _verifications(scope, token))


def _verifications(scope: Scope, token: f.Expression) -> Iterator[CallSite]:
    """Yield the calls by which *scope* has *token* verified."""
    shown = f.render(token)
    calls, functions = _verifying(scope.module.service)
    names = {function.name for function in functions if function.cls is not None}
    for site in scope.calls:
        if not any(f.render(given) == shown for given in site.call.given):
            continue
        if (
            id(site.call) in calls
            or callee_of(scope, site.call) in functions
            or (last_name(site.call) in names and _is_left_to_the_object(site))
        ):
            yield site


def _is_believed(site: CallSite, token: f.Expression) -> bool:
    """Tell whether what the call *site* gives is returned, and nothing verified *token* before."""
    if not isinstance(site.step.statement, f.Return) or not _is_all_of(site):
        return False
    return not any(
        other.call is site.call
        or (other.step.index < site.step.index and not isinstance(other.step.statement, f.Return))
        for other in _verifications(site.scope, token)
    )


def _is_all_of(site: CallSite) -> bool:
    """Tell whether the statement has no more to say than the call, awaited or not."""
    return all(isinstance(outer, f.Await) for outer in site.around)


def _is_given_whole(site: CallSite, value: f.Expression | None) -> bool:
    """Tell whether *value*, which is returned, is all that the call *site* has read."""
    if value is site.call:
        return True
    statement = site.step.statement
    return (
        isinstance(value, f.Name)
        and isinstance(statement, f.Assign)
        and statement.value is site.call
        and any(isinstance(x, f.Name) and x.name == value.name for x in statement.targets)
    )


def _hands_on(site: CallSite) -> bool:
    """Tell whether a function calls something with what it is itself called with."""
    own = {p.name for p in site.scope.arguments} if isinstance(site.scope, Function) else set()
    return any(isinstance(given, f.Name) and given.name in own for given in site.call.given)


@query
def _verifying(service: Service) -> tuple[frozenset[int], frozenset[Function]]:
    """Return the calls that verify a token, and the functions that do, or have it done.

    Where a method of a subclass does, that of the class above may.
    """
    calls: set[int] = set()
    new: list[Function] = []
    for call in token_decodings(service):
        if call.unverified is None and isinstance(call.site.scope, Function):
            calls.add(id(call.site.call))
            new.append(call.site.scope)
    found: set[Function] = set()
    while new:
        function = new.pop()
        if function not in found:
            found.add(function)
            new += overridden(function)
            for site in calls_to(service, function):
                if isinstance(site.scope, Function) and _hands_on(site):
                    new.append(site.scope)
    return frozenset(calls), frozenset(found)


def _entry(
    scope: Scope, given: f.Expression | None, key: str, names: int = 8
) -> tuple[Scope, f.Expression] | None:
    """Return what the dict that *given* is has under *key*, also behind *names*, and its scope."""
    found: f.Expression | None = None
    parts: tuple[f.Expression, ...] = ()
    match given:
        case f.Name() | f.Attribute():
            symbol = resolve(scope, given)
            if isinstance(symbol, Variable) and names:
                return _entry(symbol.scope, symbol.value, key, names - 1)
        case f.Mapping(keys=keys, values=values):
            found = given.get(key)
            parts = tuple(x for name, x in zip(keys, values, strict=True) if name is None)
        case f.Call(function=f.Name(name="dict"), arguments=parts):
            found = given.keyword(key)
        case f.Binary(operator="|", left=left, right=right):
            parts = (left, right)
    if found is not None:
        return scope, found
    entries = (_entry(scope, part, key, names - 1) for part in reversed(parts))
    return next((entry for entry in entries if entry is not None), None) if names else None


def _is_written(scope: Scope, options: f.Expression | None) -> bool:
    """Tell whether all of *options* stands in the code, if there are any."""
    match written_out((scope, options))[1] if options is not None else None:
        case None:
            return True
        case f.Mapping() as mapping:
            return not mapping.unpacks
        case f.Call(function=f.Name(name="dict"), arguments=()) as call:
            return not call.unpacks
    return False


@by_module(where=calling(*DECODERS, *_ENCODERS))
def token_calls(module: Module) -> Iterator[TokenCall]:
    """Return the calls of the app that make or read tokens, those in a thread behind the others."""
    if not in_app(module):
        return
    callees = (*DECODERS, *_ENCODERS)
    for callee in callees:
        for site in calls_in(module, callee):
            yield TokenCall(callee, site)
    for site in calls_in(module, *THREADS):
        run = run_in_thread(site)
        path = path_of(run.scope, run.call.function) if run is not None else None
        if run is not None and path in callees:
            yield TokenCall(path, run, in_thread=True)


def keeps_credentials(module: Module) -> bool:
    """Tell whether *module* is about passwords, tokens or how they come with a request."""
    return imports_any(module, _LIBRARIES) or any(
        isinstance(step.statement, f.Import) and step.statement.module == "fastapi.security"
        for step in module.steps
    )


@by_module(where=token_calls)
def token_decodings(module: Module) -> Iterator[TokenCall]:
    """Return the calls that read a token and can be told not to verify it.

    What becomes of one that is read in a thread is not followed.
    """
    return (call for call in token_calls.of(module) if call.decodes and not call.in_thread)
