"""Which dependencies authenticate, and so which endpoints know who is asking.

A dependency authenticates if it is called as the team calls such things, if it
is a security scheme of FastAPI's, if it depends on one that authenticates, or
if it refuses with 401. What may authenticate out of view is neither a yes nor
a no: a dependency of which only a telling name is in sight, a scheme that lets
everyone pass (``auto_error=False``), a middleware.
"""

from __future__ import annotations

from collections import Counter
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
from gravity_lint.model.api.responses import Answering
from gravity_lint.model.api.routers import Router, routers
from gravity_lint.model.api.routing import routing
from gravity_lint.model.api.schemas import field_names
from gravity_lint.model.auth.credentials import (
    credential_reads,
    provides_tools,
    speaks_of_access,
    takes_request,
    takes_token,
)
from gravity_lint.model.code.annotations import metadata, opened
from gravity_lint.model.code.callables import constructor_of, signature_of
from gravity_lint.model.code.layers import in_app
from gravity_lint.model.code.names import (
    External,
    Symbol,
    ancestors,
    class_member,
    inherits,
    resolve,
)
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import annotated_type, callee_of, type_of
from gravity_lint.model.exceptions.classes import Thrown
from gravity_lint.model.exceptions.coverage import status_answered
from gravity_lint.model.exceptions.escapes import escapes, own_raises
from gravity_lint.patterns import pattern

SCHEME = "fastapi.security.base.SecurityBase"
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
    if None in below or refuses(function, 403) or credential_reads(function):
        return None
    if telling and (
        _is_in_the_dark(function) or _hands_over(function) or _refuses_somehow(function)
    ):
        return None
    return False


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
    return any(speaks_of_access(p.name) and not _is_path(p.name) for p in function.arguments)


def _is_path(name: str) -> bool:
    """Tell whether *name* is that of a key to a record rather than of a credential."""
    return name.endswith(("_id", "_ids", "_in", "_data", "_service", "id"))


def refuses(function: Function, status: int) -> bool:
    """Tell whether what *function* raises, itself or in what it calls, is answered by *status*."""
    service = function.module.service
    return any(_answered(service, thrown) == status for thrown in _raised(function))


def _refuses_somehow(function: Function) -> bool:
    """Tell whether *function* raises an HTTP exception with a status that is not known."""
    service = function.module.service
    return any(t.is_http and _answered(service, t) is None for t in _raised(function))


def _raised(function: Function) -> Iterator[Thrown]:
    """Yield what *function* raises, itself or in what it calls."""
    for _, thrown in own_raises(function.module).get(function, ()):
        yield thrown
    for escape in escapes(function):
        yield escape.thrown


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


_OPENING = pattern(
    r"((user|admin|customer|member|staff|guest|google|github|facebook|apple|microsoft|azure|discord"
    r"|telegram|wechat|social|sso|oauth2?|oidc|ldap|saml|email|phone|password|passkey|web|api)_)?"
    r"(log_?in|sign_?in|sign_?up)(_user|_for_access_token|_with_\w+)?"
    r"|refresh_(access_)?tokens?|register(_user|_account)?"
)
"""How functions are called that let people in, or give them an account."""
_ACCOUNTS = pattern(r"accounts?|auth\w*|login|oauth2?|oidc|sessions?|sso|users?")
"""Segments of paths below which they do."""
_SENDING = pattern(
    r"authorize_redirect|(\w+_)?authori[sz](?:ation|e)_url|get_(?:login|auth)_(?:redirect|url)"
)
"""How methods of OAuth clients are called that give the page of an identity provider."""
_SIGNING = pattern(r"auth|oauth2?|oidc|sso|login")
"""Segments of paths below which identity providers send people back."""


def is_meant_open(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* is there for people who are not known yet, or for operation.

    By its path, also where a scheme names it as the one that gives tokens; by the name of a
    function that lets people in; because it sends them to an identity provider or takes the
    ``code`` with which that sends them back; or because it gives whatever page is asked for, that
    of the login among them.
    """
    if endpoint.operational or endpoint.public:
        return True
    paths = [x.path for x in endpoint.paths or ()] or [endpoint.own_path or ""]
    segments = {segment for path in paths for segment in path.split("/")}
    methods, function = endpoint.methods or frozenset(), endpoint.function
    if Answering(endpoint).is_fallback:
        return True
    if methods == {"GET"}:
        code = function.parameter("code")
        sent_back = code is not None and code.default is None and "{code}" not in segments
        is_signing = any(_SIGNING.fullmatch(segment) for segment in segments)
        return is_signing and (sent_back or _sends_to_provider(function))
    if methods and methods.isdisjoint(("GET", "HEAD", "DELETE")):
        if "POST" in methods and Answering(endpoint).named_by_scheme:
            return True
        named = _OPENING.fullmatch(function.name) is not None
        return named and any(_ACCOUNTS.fullmatch(segment) for segment in segments)
    return False


def _sends_to_provider(function: Function) -> bool:
    """Tell whether *function* sends people to an identity provider."""
    return any(
        isinstance(site.call.function, f.Name | f.Attribute)
        and _SENDING.fullmatch(site.call.function.name)
        for site in function.calls
    )


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
        credential_reads(function)
        or takes_token(function)
        or refuses(function, 401)
        or _asks_directly(function)
    ):
        return None
    if any(True for _ in out_of_view(endpoint)) or authenticates_before_routing(service):
        return None
    return None if _may_register(endpoint) else False


_PEOPLE = pattern(r"(?:account|customer|member|user)s?")
_JOINING = pattern(r"(?:user_?)?(?:regist(?:er|ration)|sign-?_?up)(?:[-_]?\w+)?")


def _may_register(endpoint: Endpoint) -> bool:
    """Tell whether *endpoint* may be how people get an account: nothing else may be.

    It takes a password for a new member of the users.
    """
    paths = [x.path.rstrip("/").rpartition("/")[2] for x in endpoint.paths or ()]
    if endpoint.methods != frozenset({"POST"}) or not all(map(_PEOPLE.fullmatch, paths)):
        return False
    return _takes_password(endpoint.function) and not _has_registration(endpoint.module.service)


def _takes_password(function: Function) -> bool:
    for argument in signature_of(function) or ():
        made = annotated_type(argument.scope, argument.parameter.annotation)
        names = field_names(made.cls) if made is not None and made.cls is not None else None
        if any("password" in name.lower() for name in names or ()):
            return True
    return False


@query
def _has_registration(service: Service) -> bool:
    """Tell whether the service has an endpoint that is called a registration."""
    return any(
        _JOINING.fullmatch(word)
        for endpoint in routing(service).endpoints
        for word in (
            endpoint.function.name,
            *(path.path.rstrip("/").rpartition("/")[2] for path in endpoint.paths or ()),
        )
    )


def own_guards(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the dependencies by which *endpoint* could find out who is asking, as one writes them.

    Of those that build upon each other the one below; not one that may let people pass unknown.
    First come those that let in everybody who is known, before them what the router takes
    elsewhere, and of those the most used. Where none is in use, it is one that is there to be used.
    """
    service = endpoint.module.service
    near = _guards_by_router(service).get(endpoint.router, ())
    return tuple(x for x in near if not _is_strict(x)) or _guards_of(service)


@query
def _guards_by_router(service: Service) -> dict[Router | None, tuple[str, ...]]:
    found: dict[Router | None, list[Dependency]] = {}
    for endpoint, dependency in _guards_in_use(service):
        found.setdefault(endpoint.router, []).append(dependency)
    return {router: _lowest(guards) for router, guards in found.items()}


@query
def _guards_of(service: Service) -> tuple[str, ...]:
    in_use = [dependency for _, dependency in _guards_in_use(service)]
    return _lowest(in_use) or _unused_guards(service)


@query
def _guards_in_use(service: Service) -> tuple[tuple[Endpoint, Dependency], ...]:
    """Return the guards of the documented endpoints; others may be those of the documentation."""
    return tuple(
        (endpoint, dependency)
        for endpoint in routing(service).endpoints
        if endpoint.in_schema is not False
        for way in ways_in(endpoint)
        for dependency in way
        if _is_guard(dependency)
    )


def _lowest(guards: list[Dependency]) -> tuple[str, ...]:
    """Return how one writes those of *guards* that build upon no other, the best to take first."""
    found: dict[Symbol | None, Counter[str]] = {}
    for dependency in guards:
        found.setdefault(dependency.provider, Counter())[_spelled(dependency)] += 1
    queue = list(found)
    while queue:
        for below in _below(queue.pop()):
            if below.provider not in found and _is_guard(below):
                if "user" in below.name.split("_"):
                    found[below.provider] = Counter([_spelled(below)])
                    queue.append(below.provider)
    lowest = [
        spelled
        for provider, spelled in found.items()
        if found.keys().isdisjoint(x.provider for x in _below(provider))
    ]
    lowest.sort(key=lambda spelled: (_is_strict(min(spelled)), -spelled.total(), min(spelled)))
    usual = [x for x in lowest if x.total() * _RARE >= lowest[0].total()]
    return tuple(dict.fromkeys(spelled.most_common(1)[0][0] for spelled in usual))


_RARE = 4
"""A guard that is taken so many times less often than the best is for something else."""
_RANKS = frozenset(
    {"admin", "manager", "owner", "permission", "permissions", "role", "roles", "staff"}
    | {"super", "superuser"}
)


def _is_strict(name: str) -> bool:
    """Tell whether a dependency, by its *name*, only lets some people in."""
    return not _RANKS.isdisjoint(name.lower().replace(".", "_").split("_"))


def _below(provider: Symbol | None) -> tuple[Dependency, ...]:
    return own_dependencies(provider) if isinstance(provider, Function) else ()


def _spelled(dependency: Dependency) -> str:
    given = dependency.given
    return f.render(given) if isinstance(given, f.Name | f.Attribute) else dependency.name


def _is_guard(dependency: Dependency) -> bool:
    """Tell whether *dependency*, as it stands, gives whoever is asking, and only if known."""
    provider = dependency.provider
    if dependency.made_by is not None:
        return False
    if isinstance(provider, External):
        return provider.name == dependency.name and identifies(dependency)
    if not isinstance(provider, Function) or _may_give_nobody(provider):
        return False
    return identifies(dependency) or refuses(provider, 401)


def _unused_guards(service: Service) -> tuple[str, ...]:
    """Return the function that is there to be depended on, and asks a scheme, or for the request.

    What else has parameters would get them from the query, a token among them.
    """
    names = service.settings.vocabulary.auth_dependencies
    found = {
        function.name
        for function in service.functions
        if function.name in names
        and function.parent is function.module
        and in_app(function.module)
        and not any(isinstance(x, Function) for x in function.definitions)
        and _is_dependency(function)
    }
    return tuple(sorted(found, key=names.index)[:1])


def _is_dependency(function: Function) -> bool:
    """Tell whether *function* asks FastAPI for who is asking.

    A bare ``token: str`` would be the query's, and what asks for nothing needs somebody before it.
    """
    return bool(own_dependencies(function) or takes_request(function) or credential_reads(function))


def _may_give_nobody(function: Function) -> bool:
    """Tell whether *function* says that it may give ``None``."""
    given = opened(function.parent or function.module, function.returns)
    if function.is_generator:
        given = next((opened(*x.arguments[0]) for x in given.alternatives if x.arguments), given)
    return given.optional


@query
def open_routers(service: Service) -> dict[Router, int]:
    """Return the routers of which no endpoint authenticates, with the number of their endpoints.

    Operational and public endpoints are left out. One dependency of the router mends them all.
    """
    verdicts: dict[Router, list[bool | None]] = {}
    for endpoint in routing(service).endpoints:
        if endpoint.router is not None and not is_meant_open(endpoint):
            verdicts.setdefault(endpoint.router, []).append(authenticated(endpoint))
    return {
        router: len(answers)
        for router, answers in verdicts.items()
        if router.call is not None and len(answers) > 1 and set(answers) == {False}
    }


def _asks_directly(function: Function) -> bool:
    """Tell whether *function* calls what elsewhere is a dependency that authenticates.

    So is a helper that reads credentials from the request which it is given.
    """
    names = function.module.service.settings.vocabulary.auth_dependencies
    for site in function.calls:
        callee = callee_of(function, site.call)
        if isinstance(callee, Function | External) and callee.name in names:
            return True
        if isinstance(callee, Function) and takes_request(callee) and credential_reads(callee):
            return True
    return False


def out_of_view(endpoint: Endpoint) -> Iterator[f.Expression]:
    """Yield what may authenticate besides dependencies, and of which only the name is in view.

    A decorator, a parameter's type or default, the class of the route.
    """
    function = endpoint.function
    outside = function.parent or function.module
    for decorator in function.decorators:
        if endpoint.site.call is not decorator and speaks_of_access(_last(decorator)):
            yield decorator
    provided = {id(d.parameter) for d in own_dependencies(function)}
    for parameter in function.arguments:
        if id(parameter) in provided:
            continue
        candidates = [(outside, parameter.default), *metadata(outside, parameter.annotation)]
        for scope, candidate in candidates:
            if isinstance(candidate, f.Call) and not _is_known(resolve(scope, candidate.function)):
                if speaks_of_access(_last(candidate)):
                    yield candidate
        kind = parameter.annotation
        if isinstance(kind, f.Name | f.Attribute):
            symbol = resolve(outside, kind)
            if not isinstance(symbol, Class) and not _is_known(symbol):
                if speaks_of_access(_last(kind)) or speaks_of_access(parameter.name):
                    yield kind
    for way in endpoint.inherited:
        for above in way:
            given = above.keyword("route_class")
            if given is not None and speaks_of_access(_last(given[1])):
                yield given[1]


def _is_known(symbol: Symbol | None) -> bool:
    return isinstance(symbol, External) and symbol.path.partition(".")[0] in _KNOWN


def _last(expression: f.Expression) -> str:
    match expression:
        case f.Name(name=name) | f.Attribute(name=name):
            return name
        case f.Call(function=function):
            return _last(function)
    return ""


# -- what comes before the endpoints ---------------------------------------------------------


@query
def authenticates_before_routing(service: Service) -> bool:
    """Tell whether a middleware may authenticate, so that no endpoint need do so.

    By its name, or because it reads credentials; and whatever takes the app
    and is called so: ``setup_auth(app)``.
    """
    for scope in service.scopes:
        if not in_app(scope.module):
            continue
        for site in scope.calls:
            if _may_authenticate(site):
                return True
        for function in scope.definitions:
            if isinstance(function, Function) and _is_middleware(function) and _may_admit(function):
                return True
    return False


def _may_authenticate(site: CallSite) -> bool:
    call = site.call
    name = _last(call.function)
    if isinstance(call.function, f.Call) and name == "middleware":
        made = resolve(site.scope, call.argument(0))  # ``app.middleware("http")(check)``
        return isinstance(made, Function) and _may_admit(made)
    if name in ("add_middleware", "Middleware"):
        given = call.argument(0, "middleware_class") or call.argument(0, "cls")
        dispatch = resolve(site.scope, call.keyword("dispatch"))
        if isinstance(dispatch, Function) and _may_admit(dispatch):
            return True
        return given is not None and _is_gate(site.scope, given)
    if name.endswith("Middleware"):
        return _is_gate(site.scope, call.function)
    if not speaks_of_access(name) or isinstance(callee_of(site.scope, call), Function):
        return False
    given_all = (*call.arguments, *(k.value for k in call.keywords))
    return any(_is_app(site.scope, argument) for argument in given_all)


def _is_gate(scope: Scope, given: f.Expression) -> bool:
    """Tell whether the middleware *given* may authenticate."""
    name = _last(given)
    if speaks_of_access(name.removesuffix("Middleware")) and "Headers" not in name:
        return True
    symbol = resolve(scope, given)
    return isinstance(symbol, Class) and any(
        credential_reads(method) for method in symbol.methods.values()
    )


def _may_admit(middleware: Function) -> bool:
    """Tell whether the function *middleware* may decide who is let in."""
    return speaks_of_access(middleware.name) or bool(credential_reads(middleware))


def _is_middleware(function: Function) -> bool:
    return any(
        isinstance(decorator, f.Call)
        and isinstance(decorator.function, f.Attribute)
        and decorator.function.name == "middleware"
        for decorator in function.decorators
    )


def _is_app(scope: Scope, expression: f.Expression) -> bool:
    if not isinstance(expression, f.Name | f.Attribute):
        return False
    found = type_of(scope, expression)
    if found is not None:
        return not found.is_class and found.is_a("starlette.applications.Starlette")
    return isinstance(expression, f.Name) and expression.name in ("app", "application")
