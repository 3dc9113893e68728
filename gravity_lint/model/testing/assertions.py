"""What tests assert, and what of an answer they look at.

A test asserts with ``assert``, with pytest's and unittest's helpers, with the
assertions of mocks, or by calling something that does. A helper of the tests
is followed; one that is not known is taken at its name: ``check_...`` asserts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Received
from gravity_lint.model.code.names import External, Variable, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.testing.clients import ClientCall, calls_by_scope, is_run_by_pytest
from gravity_lint.model.testing.fixtures import closure, fixture_for
from gravity_lint.model.testing.tests import CollectedTest, in_tests
from gravity_lint.patterns import pattern

_ASSERTING = frozenset(
    f"pytest.{name}"
    for name in ("raises", "warns", "deprecated_call", "fail", "xfail", "RaisesGroup", "RaisesExc")
)
_WORDS = pattern(
    r"assert|check|verif|expect|should|validat|ensure|compare|match|snapshot|approve|benchmark"
    r"|must|raise_for_status|raises|fail|schemathesis|same|equal"
)
_RAISING = pattern(r"_*(?:assert|check|verif|ensure|validate|require|must|guard|reject)")
_STATUS = frozenset(
    {
        "status_code",
        "raise_for_status",
        "is_success",
        "is_error",
        "is_client_error",
        "is_server_error",
        "is_redirect",
        "has_redirect_location",
        "is_informational",
        "ok",
        "reason_phrase",
    }
)
_DEEPEST = 5


def _scopes(function: Function) -> Iterator[Scope]:
    yield function
    yield from function.walk()


# -- assertions ----------------------------------------------------------------------------


def asserts(test: CollectedTest, helpers: Collection[str] = ()) -> bool | None:
    """Tell whether *test* asserts anything; None if that is not known.

    *helpers* are names of functions and methods that are known to assert.
    """
    answer = _asserts(test.function, _DEEPEST, set())
    if answer is not True and helpers and _calls_one_of(test.function, helpers):
        return True
    if answer is False and any(_is_expectation(d) for d in test.function.decorators):
        return True
    if answer is False and any(
        isinstance(step.statement, f.Assert)
        for fixture in closure(test.function)
        for step in fixture.teardown
    ):
        return True
    return answer


def _calls_one_of(function: Function, names: Collection[str]) -> bool:
    return any(
        isinstance(site.call.function, f.Name | f.Attribute) and site.call.function.name in names
        for scope in _scopes(function)
        for site in scope.calls
    )


def _is_expectation(decorator: f.Expression) -> bool:
    """Tell whether *decorator* expects something: a failure, an exception, a benchmark."""
    return any(
        isinstance(inner, f.Attribute | f.Name)
        and (inner.name == "xfail" or inner.name in ("raises", "warns"))
        for inner in f.walk(decorator)
    )


def _asserts(function: Function, depth: int, seen: set[Function]) -> bool | None:
    if function in seen or depth == 0:
        return False
    seen.add(function)
    unknown = False
    for scope in _scopes(function):
        for step in scope.steps:
            match step.statement:
                case f.Assert():
                    return True
                case f.Raise(exception=raised) if raised is not None:
                    return True
                case f.With(items=items):
                    if any(_is_given(scope, item.context) for item in items):
                        unknown = True  # ``with expectation:``, a parameter
        for site in scope.calls:
            answer = _asserts_by(site, depth, seen)
            if answer:
                return True
            unknown = unknown or answer is None
    return None if unknown else False


def _asserts_by(site: CallSite, depth: int, seen: set[Function]) -> bool | None:
    """Tell whether the call *site* asserts; None if it may."""
    function = site.call.function
    name = function.name if isinstance(function, f.Name | f.Attribute) else ""
    callee = callee_of(site.scope, site.call)
    match callee:
        case Function():
            if in_tests(callee.module):
                return _asserts(callee, depth - 1, seen)
            # What is tested. That it checks something is no assertion, but a bare call of what
            # only raises or does not raise says what is expected.
            return None if _is_bare(site) and _RAISING.match(name) else False
        case Class():
            return False
        case External(path=path):
            if path in _ASSERTING:
                return True
            if "assert" in name or _WORDS.search(name):
                return True if "assert" in name else None
            return None if "test" in path.rpartition(".")[0] and site.discarded else False
    if "assert" in name.lower():
        return True
    if _WORDS.search(name.lower()):
        return None
    if isinstance(function, f.Name) and _is_given(site.scope, function):
        return _asserts_by_fixture(site.scope, function, depth, seen)
    return False


def _is_bare(site: CallSite) -> bool:
    """Tell whether the call, awaited or not, is a statement of its own."""
    return isinstance(site.step.statement, f.Evaluate) and all(
        isinstance(outer, f.Await) for outer in site.around
    )


def _is_given(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is a parameter: what it does is the caller's to say."""
    if not isinstance(expression, f.Name):
        return False
    symbol = resolve(scope, expression)
    return isinstance(symbol, Variable) and any(isinstance(b, Received) for b in symbol.bindings)


def _asserts_by_fixture(
    scope: Scope, function: f.Name, depth: int, seen: set[Function]
) -> bool | None:
    """Tell whether calling what a fixture gives asserts; None if it is not known."""
    symbol = resolve(scope, function)
    if not isinstance(symbol, Variable) or not isinstance(symbol.scope, Function):
        return None
    if not is_run_by_pytest(symbol.scope):
        return None
    fixture = fixture_for(symbol.scope, function.name)
    if fixture is None:
        return None
    return _asserts(fixture.function, depth - 1, seen)


# -- statuses ------------------------------------------------------------------------------


def requests_of(test: CollectedTest) -> tuple[ClientCall, ...]:
    """Return the requests that *test* itself makes, those in its nested functions included."""
    index = calls_by_scope(test.module.service)
    return tuple(call for scope in _scopes(test.function) for call in index.get(scope, ()))


def looks_at_status(test: CollectedTest) -> bool | None:
    """Tell whether *test* looks at the status of an answer; None if something else may."""
    calls = requests_of(test)
    if any(not call.client.plain or call.client.keyword("event_hooks") for call in calls):
        return None
    if all(_is_expected_to_fail(call) or _is_left_alone(call) for call in calls):
        return None
    return _looks(test.function, _names_of(calls), _DEEPEST, set())


def _is_expected_to_fail(call: ClientCall) -> bool:
    """Tell whether the request stands in ``with pytest.raises(...)``: no answer comes."""
    for block in call.site.step.block.ancestors():
        if isinstance(block.owner, f.With):
            for item in block.owner.items:
                if isinstance(item.context, f.Call):
                    callee = callee_of(call.site.scope, item.context)
                    if isinstance(callee, External) and callee.path == "pytest.raises":
                        return True
    return False


def _is_left_alone(call: ClientCall) -> bool:
    """Tell whether the request only becomes a task: whether an answer comes is not known."""
    return any(
        isinstance(outer, f.Call)
        and isinstance(outer.function, f.Name | f.Attribute)
        and outer.function.name in ("create_task", "ensure_future", "start_soon")
        for outer in call.site.around
    )


def _names_of(calls: tuple[ClientCall, ...]) -> frozenset[str]:
    """Return the names of the answers and of the clients."""
    found: set[str] = set()
    for call in calls:
        match call.site.step.statement:
            case f.Assign(targets=targets):
                found.update(
                    inner.name
                    for target in targets
                    for inner in f.walk(target)
                    if isinstance(inner, f.Name)
                )
            case f.With(items=items):
                found.update(i.target.name for i in items if isinstance(i.target, f.Name))
        match call.site.call.function:
            case f.Attribute(value=f.Name(name=name)):
                found.add(name)
    return frozenset(found)


def _looks(
    function: Function, names: frozenset[str], depth: int, seen: set[Function]
) -> bool | None:
    """Tell whether *function* looks at a status, or hands one of *names* to something that may."""
    if function in seen or depth == 0:
        return False
    seen.add(function)
    unknown = False
    for scope in _scopes(function):
        for step in scope.steps:
            for expression in step.expressions:
                for inner in f.walk(expression):
                    match inner:
                        case f.Attribute(name=name) if name in _STATUS:
                            return True
                        case f.Constant(value="status_code" | "is_success"):
                            return True
        for site in scope.calls:
            answer = _looks_by(site, names, depth, seen)
            if answer:
                return True
            unknown = unknown or answer is None
    return None if unknown else False


def _looks_by(
    site: CallSite, names: frozenset[str], depth: int, seen: set[Function]
) -> bool | None:
    given = (*site.call.arguments, *(keyword.value for keyword in site.call.keywords))
    handed = any(_hands_on(argument, names) for argument in given)
    callee = callee_of(site.scope, site.call)
    match callee:
        case Function() if in_tests(callee.module):
            return _looks(callee, names, depth - 1, seen)
        case External(path=path) if path.startswith("builtins."):
            return False
        case External(path=path) if path.startswith("asyncio."):
            return False
    return None if handed else False


def _hands_on(argument: f.Expression, names: frozenset[str]) -> bool:
    """Tell whether *argument* is an answer or a client itself, not something read from it."""
    match argument:
        case f.Name(name=name):
            return name in names
        case f.Starred(value=value) | f.Await(value=value):
            return _hands_on(value, names)
        case f.Collection(items=items):
            return any(_hands_on(item, names) for item in items)
        case f.Call(function=f.Attribute(value=f.Name(name=name), name=method)):
            return name in names and method in ("get", "post", "put", "patch", "delete", "request")
    return False
