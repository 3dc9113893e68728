"""The parameters that hold who is asking, and the functions that find it out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import (
    Dependency,
    dependencies,
    listed_dependencies,
    of_class,
    own_dependencies,
)
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.auth.authentication import (
    SCHEME,
    identifies,
    is_scheme,
    may_give_nobody,
)
from gravity_lint.model.auth.credentials import (
    CredentialRead,
    header_reads,
    is_person,
    is_request,
    speaks_of_claims,
    speaks_of_rights,
)
from gravity_lint.model.code.annotations import unfold, written_type
from gravity_lint.model.code.endings import is_switched_off
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import External, inherits, resolve
from gravity_lint.model.code.questions import by_module
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_stub
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.subjects import AtFunction
from gravity_lint.model.code.types import Type, annotated_type, callee_of, type_of
from gravity_lint.model.code.values import text_of
from gravity_lint.sources.spans import Span

_SHAPELESS = (
    "builtins.dict",
    "builtins.object",
    "typing.Any",
    "typing.Mapping",
    "collections.abc.MutableMapping",
    "typing.MutableMapping",
)
_API_KEYS = (
    "fastapi.security.APIKeyCookie",
    "fastapi.security.APIKeyHeader",
    "fastapi.security.APIKeyQuery",
)
_SOCKETS = ("fastapi.WebSocket", "fastapi.requests.HTTPConnection")


class IdentityParameter(AtFunction, Record, frozen=True):
    """A parameter of *function* that takes who is asking from an authenticating dependency."""

    function: Function
    parameter: f.Parameter
    dependency: Dependency

    @property
    def span(self) -> Span:
        """The parameter."""
        return self.parameter.span

    @property
    def label(self) -> str:
        """The dotted name of the function, and the parameter's."""
        return f"{self.function.label}.{self.parameter.name}"

    @property
    def annotation(self) -> str:
        """Its type as the code writes it, without what ``Annotated`` adds; empty without one."""
        outside = self.function.parent or self.module
        return written_type(outside, self.parameter.annotation)

    @property
    def source(self) -> str:
        """What gives it, by the name that stands there: that of a maker only where one is called.

        A name to which something is bound that a maker has made is more than the maker's.
        """
        return self.dependency.alias or self.dependency.name

    @property
    def given_class(self) -> str | None:
        """The name of the class that the dependency says it gives."""
        made = self._made
        return made.name if made is not None and made.path not in _SHAPELESS else None

    @property
    def home_of_class(self) -> str | None:
        """The module of that class, where the service has others of the same name."""
        cls = self._made.cls if self._made is not None else None
        if cls is None or not isinstance(cls.parent, Module):
            return None
        several = _homes_of_classes(self.module.service)[cls.name] > 1
        return cls.module.name if several else None

    @property
    def may_be_nobody(self) -> bool:
        """Tell whether what gives it says that it may give ``None`` as well."""
        provider = self.dependency.provider
        return isinstance(provider, Function) and may_give_nobody(provider)

    @property
    def _made(self) -> Type | None:
        provider = self.dependency.provider
        if not isinstance(provider, Function):
            return None
        return annotated_type(provider.parent or provider.module, provider.returns)

    @property
    def shapeless_provider(self) -> Function | None:
        """The function of the service that gives it, if that gives nothing of a class."""
        provider = self.dependency.provider
        if not isinstance(provider, Function) or self.given_class is not None:
            return None
        made = annotated_type(provider.parent or provider.module, provider.returns)
        return provider if provider.returns is None or made is not None else None

    @property
    def seen_class(self) -> str | None:
        """The name of the class of whose objects that function gives one, and does not say so."""
        provider = self.shapeless_provider
        if provider is None or provider.returns is not None or provider.is_generator:
            return None
        values = [x.value for _, x in provider.returned]
        made = {type_of(provider, x) for x in values if x is not None and not f.is_none(x)}
        kind = made.pop() if len(made) == 1 and None not in values else None
        if kind is None or kind.cls is None or kind.is_class:
            return None
        nobody = any(x is not None and f.is_none(x) for x in values)
        return None if nobody or not isinstance(kind.cls.parent, Module) else kind.name

    @property
    def typed(self) -> bool | None:
        """Tell whether it is annotated with a class that has a shape; None if not known."""
        outside = self.function.parent or self.module
        found: list[bool | None] = []
        for scope, kind in unfold(outside, self.parameter.annotation):
            symbol = resolve(scope, kind)
            if isinstance(symbol, Class):
                found.append(True)
            elif isinstance(symbol, External):
                found.append(symbol.path not in _SHAPELESS)
            else:
                found.append(None)
        if False in found or not found:
            return False
        return None if None in found else True


@query
def _homes_of_classes(service: Service) -> Counter[str]:
    """Return in how many modules of the app a class of each name stands."""
    return Counter(
        cls.name
        for module in service.modules
        if in_app(module)
        for cls in module.classes
        if cls.parent is module
    )


@by_module
def identity_parameters(module: Module) -> Iterator[IdentityParameter]:
    """Return the parameters that take who is asking, of endpoints and of dependencies.

    What a security scheme gives is only a token, and so are claims and payloads
    no user; what begins with an underscore, and is not used, is only there to be asked for.
    """
    return (
        IdentityParameter(function, dependency.parameter, dependency)
        for function in module.functions
        if in_app(module) and function.arguments
        for dependency in own_dependencies(function)
        if dependency.parameter is not None
        and not _is_left_alone(function, dependency.parameter.name)
        and not _gives_nothing(dependency)
        and not _gives_claims(dependency)
        and identifies(dependency)
    )


def _is_left_alone(function: Function, name: str) -> bool:
    """Tell whether the parameter is called ``_``, or begins so and nobody uses it."""
    return name == "_" or (
        name.startswith("_")
        and not any(
            isinstance(mention.expression, f.Name)
            for scope in (function, *function.walk())
            for mention in scope.contents.mentions(name)
        )
    )


def _gives_claims(dependency: Dependency) -> bool:
    """Tell whether *dependency* gives what a token says: by its parameter, else by its own name.

    What somebody may do is nobody either: ``scopes``, ``permissions``.
    """
    name = dependency.parameter_name
    if speaks_of_rights(name):
        return True
    if speaks_of_claims(name) or is_person(name):
        return speaks_of_claims(name)
    return speaks_of_claims(dependency.name)


def _gives_nothing(dependency: Dependency) -> bool:
    """Tell whether *dependency* only refuses: there is nobody to be annotated.

    ``return True`` says no more than that it has not.
    """
    provider, parameter = dependency.provider, dependency.parameter
    if parameter is not None and f.is_none(parameter.annotation):
        return True
    if not isinstance(provider, Function) or provider.is_generator:
        return False
    if provider.returns is not None:
        return f.is_none(provider.returns)
    gives = any(not isinstance(x.value, f.Constant) for _, x in provider.returned if x.value)
    return not gives and not is_stub(provider)


class CredentialTaker(AtFunction, Record, frozen=True):
    """An endpoint or a dependency that gets at the ``Authorization`` header.

    *reads* are where it does so by hand; *helped* where it has a function do so
    that it gives the request to, and what that reads.
    """

    function: Function
    reads: tuple[CredentialRead, ...]
    helped: tuple[tuple[CallSite, CredentialRead], ...] = ()


@by_module
def credential_takers(module: Module) -> Iterator[CredentialTaker]:
    """Return the endpoints and dependencies that take the ``Authorization`` header.

    With what they read by hand; none where they leave that to a security
    scheme. Where a scheme takes the header already, what else reads it is not
    in its place, and is left out. FastAPI's bearer schemes are for requests,
    not for WebSockets, and a header that is only passed on authenticates
    nobody here.
    """
    for function in module.functions:
        if is_switched_off(function):
            continue
        reads, own = _reads(function), own_dependencies(function)
        helped = tuple(
            (site, read)
            for site in function.calls
            if any(is_request(function, given) for given in site.call.arguments)
            and isinstance(helper := callee_of(function, site.call), Function)
            and not _is_of_scheme(helper)
            for read in _reads(helper)[:1]
            if not _is_asked(helper)
        )
        if not (reads or helped or any(map(is_scheme, own))) or not _is_asked(function):
            continue
        if _takes_socket(function) or _is_of_scheme(function):
            continue
        if reads or helped:
            if any(map(_takes_header, own)) or _asks_scheme(function):
                continue
            if function in _behind_schemes(module.service):
                continue
        yield CredentialTaker(function, reads, helped)


def _is_asked(function: Function) -> bool:
    """Tell whether *function* is an endpoint, or a dependency: used, documented or with its own.

    What takes ``call_next`` is a middleware, for which nothing is resolved.
    """
    service = function.module.service
    if function.parameter("call_next") is not None:
        return False
    if in_app(function.module) and not service.hides(function.module):
        named = service.settings.vocabulary.auth_dependencies
        documented = function.name in named and isinstance(function.parent, Module)
        if documented or own_dependencies(function):
            return True
    return function in _called_for_requests(service)


@query
def _called_for_requests(service: Service) -> frozenset[Function]:
    """Return the functions of endpoints and of all that they depend on, WebSockets aside."""
    found: set[Function] = set()
    for endpoint in endpoints(service):
        if not endpoint.websocket:
            found.add(endpoint.function)
            for dependency in dependencies(endpoint):
                if isinstance(dependency.provider, Function):
                    found.add(dependency.provider)
    return frozenset(found)


@query
def _behind_schemes(service: Service) -> frozenset[Function]:
    """Return what runs only for endpoints that name a scheme which takes the header too.

    A scheme deep inside another dependency is that one's business.
    """
    behind: dict[Function, bool] = {}
    for endpoint in endpoints(service):
        named = (
            *own_dependencies(endpoint.function),
            *of_class(endpoint),
            *listed_dependencies(endpoint.inherited[0]),
        )
        schemed = any(map(_takes_header, named))
        for called in (endpoint.function, *(x.provider for x in dependencies(endpoint))):
            if isinstance(called, Function):
                behind[called] = schemed and behind.get(called, True)
    return frozenset(function for function, schemed in behind.items() if schemed)


def _takes_header(dependency: Dependency) -> bool:
    """Tell whether *dependency* is a security scheme that reads ``Authorization``.

    API keys come in another header, unless they are told to come in that one.
    """
    if not is_scheme(dependency):
        return False
    given = dependency.given
    name = given.argument(None, "name") if isinstance(given, f.Call) else None
    if any(
        isinstance(x, Class | External) and inherits(x, *_API_KEYS)
        for x in (dependency.made_by, dependency.provider)
    ):
        return (text_of(dependency.scope, name) or "").lower() == "authorization"
    return True


def _asks_scheme(function: Function) -> bool:
    """Tell whether *function* itself calls a scheme with the request: ``await bearer(request)``."""
    for site in function.calls:
        if any(is_request(function, given) for given in site.call.arguments):
            made = type_of(function, site.call.function)
            if made is not None and not made.is_class:
                if inherits(made.symbol, SCHEME) and not inherits(made.symbol, *_API_KEYS):
                    return True
    return False


def _reads(function: Function) -> tuple[CredentialRead, ...]:
    return tuple(
        read
        for read in header_reads(function)
        if read.header == "authorization" and not read.forwarded
    )


def _is_of_scheme(function: Function) -> bool:
    """Tell whether it is a method of a security scheme, which is what reads the header."""
    return function.cls is not None and inherits(function.cls, SCHEME) is True


def _takes_socket(function: Function) -> bool:
    outside = function.parent or function.module
    made = [annotated_type(outside, p.annotation) for p in function.arguments if p.annotation]
    return any(kind is not None and kind.path in _SOCKETS for kind in made)
