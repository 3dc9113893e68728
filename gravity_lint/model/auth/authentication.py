"""Which dependencies authenticate, and so which endpoints know who is asking.

A dependency authenticates if it is called as the team calls such things, if it
is a security scheme of FastAPI's, if it depends on one that authenticates, or
if it refuses with 401. What may authenticate out of view is neither a yes nor
a no: a dependency of which only a telling name is in sight, a scheme that lets
everyone pass (``auto_error=False``), a middleware.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.dependencies import (
    Dependency,
    hides_dependencies,
    listed_dependencies,
    of_class,
    own_dependencies,
)
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.parameters import REQUESTS
from gravity_lint.model.api.paths import parameters
from gravity_lint.model.api.routers import Router, routers
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.model.auth.containers import UNSEEN, makers
from gravity_lint.model.auth.credentials import (
    credential_reads,
    is_request,
    is_token,
    last_name,
    may_check,
    names_nobody,
    provides_tools,
    speaks_of_access,
    takes_request,
)
from gravity_lint.model.auth.middlewares import authenticates_before_routing
from gravity_lint.model.auth.openings import is_meant_open, may_register
from gravity_lint.model.auth.signatures import is_proof_of_sender, verifies_sender
from gravity_lint.model.auth.strangers import knows_nobody
from gravity_lint.model.code.annotations import markers, opened
from gravity_lint.model.code.callables import constructor_of, signature_of
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import (
    External,
    Symbol,
    ancestors,
    class_member,
    inherits,
    resolve,
)
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.signatures import is_abstract, is_stub
from gravity_lint.model.code.types import annotated_type, callee_of, type_of
from gravity_lint.model.exceptions.classes import Thrown
from gravity_lint.model.exceptions.coverage import status_answered
from gravity_lint.model.exceptions.escapes import raised_by

_DEEPEST = 4
"""How many functions may call one another before one leaves it to another class to refuse."""
SCHEME = "fastapi.security.base.SecurityBase"
_BODILESS = frozenset({"DELETE", "GET", "HEAD"})
"""The methods of requests that are sent without a body."""
_KNOWN = (
    "builtins",
    "datetime",
    "decimal",
    "dependency_injector",
    "fastapi",
    "fastapi_cache",
    "fastapi_filter",
    "fastapi_limiter",
    "fastapi_pagination",
    "pydantic",
    "sqlalchemy",
    "starlette",
    "typing",
    "uuid",
)
"""Packages whose classes and functions authenticate nobody, security schemes aside."""


def authenticates(dependency: Dependency) -> bool | None:
    """Tell whether *dependency* lets only those pass who say who they are; None if unknown."""
    names = {dependency.name}
    for symbol in (dependency.provider, dependency.made_by):
        if isinstance(symbol, Function | Class | External):
            names.add(symbol.name)
    if names.intersection(dependency.scope.module.service.settings.vocabulary.auth_dependencies):
        return True
    if is_scheme(dependency):
        return _scheme_refuses(dependency)
    telling = any(speaks_of_access(name) for name in names)
    if isinstance(dependency.provider, Function):
        return guards(dependency.provider, telling)
    if isinstance(dependency.provider, Class):
        return _class_guards(dependency.provider, telling)
    if isinstance(dependency.made_by, Function):
        made = [guards(function, telling) for function in _candidates(dependency.made_by)]
        if made:
            return True if all(made) else None if telling or made != [False] else False
    if _is_known(dependency.provider):
        return False
    if isinstance(dependency.given, f.Lambda):
        return False
    if all(names_nobody(name) for name in names):
        return False
    # Whatever else is out of view may authenticate, unless it is called like a tool.
    return False if provides_tools(dependency.name) and not telling else None


def identifies(dependency: Dependency) -> bool:
    """Tell whether *dependency* authenticates and gives who is asking.

    Not a scheme, which gives a token, nor what merely depends on the user, such
    as the parameters of a list: it is called so, or asks a scheme itself.
    """
    if is_scheme(dependency) or not authenticates(dependency):
        return False
    configured = dependency.scope.module.service.settings.vocabulary.auth_dependencies
    provider = dependency.provider
    names = {dependency.name, provider.name if isinstance(provider, Function | External) else ""}
    if any(name in configured or speaks_of_access(name) for name in names):
        return True
    return (
        isinstance(provider, Function)
        and not provides_tools(provider.name)
        and any(is_scheme(own) for own in own_dependencies(provider))
    )


def may_give_nobody(function: Function) -> bool:
    """Tell whether *function* says that it may give ``None``."""
    given = opened(function.parent or function.module, function.returns)
    if function.is_generator:
        given = next((opened(*x.arguments[0]) for x in given.alternatives if x.arguments), given)
    return given.optional


def _class_guards(cls: Class, telling: bool) -> bool | None:
    """Tell whether making an object of *cls*, as a dependency, authenticates.

    By what its signature depends on, or by what its constructor does.
    """
    if signature_of(cls) is None and not all(
        _is_known(ancestor) for ancestor in ancestors(cls) if not isinstance(ancestor, Class)
    ):
        return None
    answers = [authenticates(dependency) for dependency in own_dependencies(cls)]
    constructor = constructor_of(cls)
    if constructor is not None:
        answers.append(guards(constructor, telling))
    after = class_member(cls, "__post_init__")
    if isinstance(after, Function) and refuses(after, 401):
        return True
    return True if True in answers else None if None in answers else False


def _candidates(factory: Function) -> list[Function]:
    """Return the functions of which *factory* returns one, or else those inside it."""
    found = [
        symbol
        for _, statement in factory.returned
        for value in (
            (statement.value.body, statement.value.otherwise)
            if isinstance(statement.value, f.Conditional)
            else (statement.value,)
        )
        if isinstance(symbol := resolve(factory, value), Function)
    ]
    return found or [x for x in factory.definitions if isinstance(x, Function)]


def is_scheme(dependency: Dependency) -> bool:
    """Tell whether *dependency* is a security scheme of ``fastapi.security``, or made on one."""
    return any(
        isinstance(symbol, Class | External) and inherits(symbol, SCHEME) is True
        for symbol in (dependency.made_by, dependency.provider)
    )


def _scheme_refuses(dependency: Dependency) -> bool | None:
    """Tell whether a scheme refuses by itself: ``auto_error=False`` leaves that to others."""
    given = dependency.given
    if isinstance(given, f.Call):
        lenient = given.keyword("auto_error")
        if given.unpacks or (
            lenient is not None and not (isinstance(lenient, f.Constant) and lenient.value is True)
        ):
            provider = dependency.provider
            return True if isinstance(provider, Function) and refuses(provider, 401) else None
    return True


def guards(function: Function, telling: bool = False) -> bool | None:
    """Tell whether *function*, as a dependency, authenticates.

    *telling*: it is known under a name that speaks of access.
    """
    # a function that depends on itself
    return function.module.service.memory.ask(
        ("guards", function, telling),
        False,
        _guards,
        function,
        telling or speaks_of_access(function.name),
    )


def _guards(function: Function, telling: bool) -> bool | None:
    below = [authenticates(dependency) for dependency in own_dependencies(function)]
    if True in below or refuses(function, 401):
        return True
    if None in below or credential_reads(function) or verifies_sender(function):
        return None
    if _is_given_access(function) or _leaves_refusing(function):
        return None
    if refuses(function, 403) and not knows_nobody(function):
        return None
    if telling and (
        _is_in_the_dark(function) or _hands_over(function) or _refuses_somehow(function)
    ):
        return None
    return False


def _is_given_access(function: Function) -> bool:
    """Tell whether what a container makes for *function* may turn away those who are not known.

    A container makes it before *function* runs; an object that is given the request may do so when
    it is asked who is there.
    """
    for maker in makers(function):
        match maker:
            case Function():
                if maker is not function and guards(maker) is not False:
                    return True
            case Class():
                if _knows_sender(maker):
                    return True
            case _:
                return maker is UNSEEN
    return False


def _knows_sender(cls: Class) -> bool:
    """Tell whether objects of *cls* are given the request, and may tell by it who has sent it."""
    given = signature_of(cls) or ()
    if not any(
        made is not None and made.path in REQUESTS
        for argument in given
        for made in [annotated_type(argument.scope, argument.parameter.annotation)]
    ):
        return False
    return speaks_of_access(cls.name) or any(
        speaks_of_access(method.name) or credential_reads(method) or refuses(method, 401)
        for method in cls.methods.values()
    )


def _is_in_the_dark(function: Function) -> bool:
    """Tell whether *function* takes nothing, and so what it gives comes from a context."""
    return not function.arguments and any(
        isinstance(site.call.function, f.Attribute) and site.call.function.name == "get"
        for site in function.calls
    )


def _hands_over(function: Function) -> bool:
    """Tell whether *function* hands the request, or a token, to something out of view."""
    if takes_request(function):
        return True
    return any(speaks_of_access(x.name) and not _is_path(x.name) for x in _asked_for(function))


def _asked_for(function: Function) -> Iterator[f.Parameter]:
    """Yield the parameters of *function* that requests give: its dependencies give the others."""
    provided = {id(dependency.parameter) for dependency in own_dependencies(function)}
    return (parameter for parameter in function.arguments if id(parameter) not in provided)


def _is_path(name: str) -> bool:
    """Tell whether *name* is that of a key to a record rather than of a credential."""
    return name.endswith(("_id", "_ids", "_in", "_data", "_service", "id"))


def refuses(function: Function, status: int) -> bool:
    """Tell whether what *function* raises, itself or in what it calls, is answered by *status*."""
    service = function.module.service
    return any(_answered(service, thrown) == status for thrown in raised_by(function))


def _refuses_somehow(function: Function) -> bool:
    """Tell whether *function* raises an HTTP exception with a status that is not known."""
    service = function.module.service
    return any(t.is_http and _answered(service, t) is None for t in raised_by(function))


def _answered(service: Service, thrown: Thrown) -> int | None:
    found = status_answered(service, thrown)
    if found is None:
        # A shared exception, of which only the name is in view.
        name = thrown.name.lower()
        if "unauthor" in name or "authentication" in name or "unauthenticated" in name:
            return 401
        if "forbidden" in name or "authorization" in name or "permission" in name:
            return 403
    return found


# -- endpoints -------------------------------------------------------------------------------


def ways_in(endpoint: Endpoint) -> Iterator[tuple[Dependency, ...]]:
    """Yield what *endpoint* itself depends on, for each of its paths.

    In FastAPI's order: what is listed from the application inwards comes
    before the parameters.
    """
    own = (*of_class(endpoint), *own_dependencies(endpoint.function))
    for way in endpoint.inherited:
        yield (*listed_dependencies(way), *own)


def authenticating(endpoint: Endpoint) -> tuple[Dependency, ...]:
    """Return the dependencies of *endpoint* that authenticate, each spelling once."""
    found: dict[str, Dependency] = {}
    for dependency in next(ways_in(endpoint)):
        if authenticates(dependency):
            found.setdefault(dependency.written, dependency)
    return tuple(found.values())


def authenticated(endpoint: Endpoint) -> bool | None:
    """Tell whether a dependency lets only those call *endpoint* who say who they are.

    False where any of its paths is certainly open. None where something that
    may authenticate is out of view, or where the endpoint checks credentials
    by itself: it takes or reads them, or answers 401.
    """
    verdicts = []
    for way in ways_in(endpoint):
        answers = [authenticates(dependency) for dependency in way]
        verdicts.append(True if True in answers else None if None in answers else False)
    if all(verdicts):
        return True
    if False not in verdicts or hides_dependencies(endpoint) or endpoint.websocket:
        return None
    service, function = endpoint.module.service, endpoint.function
    if routing(service).gaps and not any(router.is_app for router in routers(service)):
        return None  # an application out of view takes the routers
    if (
        any(
            not (read.unused and read.header == "authorization")
            for read in credential_reads(function)
        )
        or _takes_token(endpoint)
        or refuses(function, 401)
        or _asks_directly(function)
        or _is_given_access(function)
        or _leaves_refusing(function)
        or _shows_sender(function)
    ):
        return None
    if any(True for _ in out_of_view(endpoint)) or authenticates_before_routing(endpoint):
        return None
    return None if may_register(endpoint) else False


@query
def open_routers(service: Service) -> dict[Router, tuple[int, bool]]:
    """Return the routers of which no endpoint authenticates, with the number of their endpoints.

    One dependency of the router mends them all. Operational and public endpoints are left out;
    beside the number stands whether there are any.
    """
    verdicts: dict[Router, list[bool | None]] = {}
    meant: set[Router] = set()
    for endpoint in endpoints(service):
        if endpoint.router is None:
            continue
        if is_meant_open(endpoint):
            meant.add(endpoint.router)
        else:
            verdicts.setdefault(endpoint.router, []).append(authenticated(endpoint))
    return {
        router: (len(answers), router in meant)
        for router, answers in verdicts.items()
        if router.call is not None and len(answers) > 1 and set(answers) == {False}
    }


def _takes_token(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* asks for what is called like a credential: ``invitation_token``.

    In its path, which then is the secret, or to do something with it.
    """
    function, provided = endpoint.function, own_dependencies(endpoint.function)
    given = {x for path in endpoint.paths or () for x in parameters(path.path)}
    given.update(parameters(endpoint.own_path or ""), (x.parameter_name for x in provided))
    return any(
        x.name in given or may_check(function, x.name)
        for x in function.arguments
        if is_token(x.name)
    )


def _asks_directly(function: Function) -> bool:
    """Tell whether *function* calls what elsewhere is a dependency that authenticates.

    So is a helper that reads credentials from the request which it is given, and what verifies the
    signature of the body, or a message by all of its headers, or takes the user out of a context.
    """
    names = function.module.service.settings.vocabulary.auth_dependencies
    for site in function.calls:
        if is_proof_of_sender(site.call):
            return True
        callee = callee_of(function, site.call)
        if isinstance(callee, Function | External) and callee.name in names:
            return True
        if isinstance(callee, Function) and takes_request(callee) and credential_reads(callee):
            return True
        if isinstance(callee, Function) and speaks_of_access(callee.name):
            if _is_in_the_dark(callee):
                return True
    return verifies_sender(function)


def _leaves_refusing(function: Function, depth: int = _DEEPEST) -> bool:
    """Tell whether *function* calls a method of which another class has the body, which refuses.

    What a class of the service makes of an abstract method, or the only one there is of that name.
    """
    for site in function.calls:
        callee = callee_of(function, site.call)
        if not isinstance(callee, Function) or callee is function:
            continue
        if callee.cls is not None and (is_stub(callee) or is_abstract(callee)):
            if any(refuses(body, 401) for body in _bodies(callee)):
                return True
        elif depth and _leaves_refusing(callee, depth - 1):
            return True
    return False


def _shows_sender(function: Function) -> bool:
    """Tell whether *function* hands the request, or a token that it was sent, out of view.

    Who gets these may refuse by them.
    """
    return any(
        is_request(function, given) or _is_sent_token(function, given)
        for site in function.calls
        if _is_out_of_view(function, site.call)
        for given in site.call.given
    )


def _is_sent_token(function: Function, given: f.Expression) -> bool:
    """Tell whether *given* is a part of what *function* was sent that is called like a token."""
    match given:
        case f.Attribute(value=f.Name(name=name)):
            return function.parameter(name) is not None and is_token(given.name)
    return False


def _is_out_of_view(function: Function, call: f.Call) -> bool:
    """Tell whether nobody knows what *call* does: its function, or the object, is a stranger's."""
    callee = callee_of(function, call)
    if callee is None and isinstance(call.function, f.Attribute):
        owner = type_of(function, call.function.value)
        callee = External(owner.path) if owner is not None and owner.cls is None else None
    if callee is None:
        return not isinstance(call.function, f.Attribute)
    if not isinstance(callee, External):
        return False
    return not _is_known(callee) and callee.package not in sys.stdlib_module_names


def _bodies(stub: Function) -> tuple[Function, ...]:
    """Return what may run where the method *stub* is called."""
    service, above = stub.module.service, stub.cls
    below = heirs(service, above) if above is not None else ()
    found = tuple(cls.methods[stub.name] for cls in below if stub.name in cls.methods)
    if below:
        return found
    others = [x for x in _methods(service).get(stub.name, ()) if x is not stub]
    return tuple(others) if len(others) == 1 else ()


@query
def _methods(service: Service) -> dict[str, list[Function]]:
    """Return the methods of the classes of the app, by their names."""
    found: dict[str, list[Function]] = {}
    for module in service.modules:
        for cls in module.classes if in_app(module) else ():
            for name, method in cls.methods.items():
                found.setdefault(name, []).append(method)
    return found


def out_of_view(endpoint: Endpoint) -> Iterator[f.Expression]:
    """Yield what may authenticate besides dependencies, and of which only the name is in view.

    A decorator, a parameter's type or default, the class of the route.
    """
    function = endpoint.function
    outside = function.parent or function.module
    for decorator in function.decorators:
        if endpoint.site.call is not decorator and speaks_of_access(last_name(decorator)):
            yield decorator
    for parameter in _asked_for(function):
        for scope, candidate in markers(outside, parameter):
            if isinstance(candidate, f.Call) and not _is_known(resolve(scope, candidate.function)):
                if speaks_of_access(last_name(candidate)):
                    yield candidate
        kind = parameter.annotation
        if isinstance(kind, f.Name | f.Attribute):
            symbol = resolve(outside, kind)
            if not isinstance(symbol, Class) and not _is_known(symbol):
                telling = speaks_of_access(last_name(kind)) or speaks_of_access(parameter.name)
                foreign = isinstance(symbol, External)
                if telling or (foreign and _may_be_provided(endpoint, parameter)):
                    yield kind
    for way in endpoint.inherited:
        for above in way:
            given = above.keyword("route_class")
            if given is not None and speaks_of_access(last_name(given[1])):
                yield given[1]


def _may_be_provided(endpoint: Endpoint, parameter: f.Parameter) -> bool:
    """Tell whether the type of *parameter*, which is out of view, may say what provides it.

    A request without a body has nothing else to fill an object with.
    """
    return (
        endpoint.methods is not None
        and endpoint.methods <= _BODILESS
        and parameter.default is None
        and not provides_tools(parameter.name)
        and parameter.name not in parameters(endpoint.own_path or "")
    )


def _is_known(symbol: Symbol | None) -> bool:
    return isinstance(symbol, External) and symbol.package in _KNOWN
