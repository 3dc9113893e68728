"""What tests assert.

A test asserts with ``assert``, with pytest's and unittest's helpers, with the
assertions of mocks, or by calling something that does. A helper of the tests
is followed, wherever it lies; one that is not known is taken at its name: ``check_...`` asserts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Received
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import External, Variable, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.testing.clients import is_run_by_pytest
from gravity_lint.model.testing.fixtures import closure, fixture_for, fixture_of, requested
from gravity_lint.model.testing.reach import running
from gravity_lint.model.testing.tests import CollectedTest, in_tests
from gravity_lint.patterns import pattern

_ASSERTING = frozenset(
    f"pytest.{name}"
    for name in ("raises", "warns", "deprecated_call", "fail", "xfail", "RaisesGroup", "RaisesExc")
)
_FILTERS = ("warnings.filterwarnings", "warnings.simplefilter", "pytest.mark.filterwarnings")
_WORDS = pattern(
    r"assert|check|verif|expect|should|validat|ensure|compare|match|snapshot|approve|benchmark"
    r"|must|raise_for_status|raises|fail|schemathesis|same|equal"
)
_CAMEL = pattern(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_APOSTROPHES = pattern("['\u2019`]")
_RAISING = pattern(
    r"_*(?:assert|check|verif|ensure|validate|require|must|guard|reject|enforce|authori[sz]e|forbid)"
)
_UNRAISED = (
    r"\b(?:not|never|nor|cannot|(?:do|does|did|must|should|would|wo|ca)nt)\b(?: \w+){0,3}? "
    r"(?:rais|throw|fail|crash|explod|blow|break|complain|panic|propagat|escap|bubbl|die\b)"
    r"|\b(?:not|never|(?:do|does|did|must|should|would|wo)nt) (?:error|warn)s?\b"
    r"|\b(?:instead of|rather than)(?: \w+){0,1}? (?:rais|throw|fail|crash)|\braises? nothing\b"
    r"|\b(?:no|without|free of)(?: \w+){0,2}? (?:errors?|exceptions?|failures?|crash|rais)"
)
_UNRAISING = pattern(_UNRAISED)
"""How a comment says that nothing is to be raised."""
_QUIET = pattern(
    _UNRAISED + r"|\bnon-? ?(?:fatal|raising|throwing)"
    r"|\bfail(?:s|ing)?[- ](?:safe|open|soft)\b|\bfailsafe\b"
    r"|\bbest-? ?effort|\bsurviv|\bfault-? ?toleran|\bresilien|\bidempoten"
    r"|\bhandles (?:\w+ ){0,2}?(?:errors?|exceptions?|failures?)\b|\bkeeps going|\bcarries on"
    r"|\bcontinues (?:on|after|despite|past|when|if)\b|\b(?:error|exception|failure)s? continues\b"
    r"|\bno-? ?op\b|\bdo(?:es)? nothing\b|\bsilent|\bgraceful|\bsafely\b|\bis safe\b|\bharmless"
    r"|\bsafe (?:when|if|without|before|after)\b"
    r"|\b(?:ignor|tolerat|swallow|suppress)(?:e[ds]?|es|ing|s)\b|\bsmoke\b|\berror[ -]free\b"
    r"|\bcleanly\b|\bjust (?:tests?|checks?|see) that (?:it|one|we|you) can\b"
    r"|\bshould (?:still |also |just )?(?:pass|succeed)(?: (?:if|when|for|with)\b|[.,]|$)"
    r"|\b(?:is|are|be) (?:still |also )?(?:accepted|allowed|permitted|valid)\b|\bpass(?:es)? valid"
)
"""How a name or a docstring says that nothing is to be raised."""
_LETTING = pattern(
    r"\b(?:accept(?:s|ed)|allow(?:s|ed)|permit(?:s|ted)|tolerate[sd]|pass(?:es)?|succeeds?|valid)\b"
)
"""How a name says that something is let through where it might be refused."""
_ASSERTING_FIXTURES = ("httpx_mock", "respx_mock")
"""Fixtures of plugins that assert, when the test ends, that what was set up was asked for."""
_ASSERTING_MOCKS = ("respx.mock", "respx.MockRouter", "responses.RequestsMock")
_LENIENT = (
    *("assert_all_called", "assert_all_responses_were_requested", "assert_all_requests_are_fired"),
)
_NOTHING_RAISED = "contextlib.nullcontext"
"""pytest's documentation imports it as ``does_not_raise``."""
_TIMING = frozenset(
    {
        *("asyncio.wait_for", "asyncio.timeout", "asyncio.timeout_at"),
        *("anyio.fail_after", "trio.fail_after", "async_timeout.timeout"),
    }
)
"""What raises where something takes too long."""
_STARTING = frozenset({"start_soon", "start", "run", "run_sync", "to_thread", "submit"})
"""What runs the function that it is given, and lets what that raises through."""
_WAITING = frozenset({"wait_for_function", "wait_for_selector", "wait_for_url", "until"})
"""What of the objects of Playwright and Selenium raises where a page does not get somewhere."""
_FINDING = pattern(r"locator|get_by_\w+|first|last|nth")
_BROWSERS = ("playwright.", "selenium.")
_DEEPEST = 5


def asserts(test: CollectedTest, helpers: Collection[str] = ()) -> bool | None:
    """Tell whether *test* asserts anything; None if that is not known.

    *helpers* are names of functions and methods that are known to assert.
    """
    answer = _asserts(test.function, _DEEPEST, set())
    if answer is not True and helpers and _calls_one_of(test.function, helpers):
        return True
    if answer is False and (
        any(_is_expectation(d) for d in test.function.decorators)
        or _says_that_nothing_is_raised(test)
        or (not calls_nothing(test) and _notes_that_nothing_is_raised(test.function))
        or _says_that_it_imports(test)
        or any(_asserts_when_done(fixture.function) for fixture in closure(test.function))
    ):
        return True
    return _expects_requests(test) if answer is False else answer


def calls_nothing(test: CollectedTest) -> bool:
    """Tell whether nothing is done in *test* that could give something: nothing is called."""
    return not any(scope.calls for scope in running(test.function))


def _says_that_nothing_is_raised(test: CollectedTest) -> bool:
    """Tell whether the name or the docstring of *test*, or of its class, says so."""
    if _LETTING.search(test.name.replace("_", " ").lower()):
        return True
    told = [(test.name.replace("_", " "), test.function.docstring)]
    told += [(" ".join(_CAMEL.findall(cls.name)), cls.docstring) for cls in test.classes]
    texts = (f"{name}. {docstring.text if docstring else ''}" for name, docstring in told)
    return any(_QUIET.search(_plain(text)) for text in texts)


def _notes_that_nothing_is_raised(test: Function) -> bool:
    """Tell whether a comment in *test* says so, of something whose exceptions reach pytest."""
    caught = [
        statement
        for scope in running(test)
        for step in scope.steps
        if isinstance(statement := step.statement, f.Try) and statement.handlers
    ]
    return any(
        _UNRAISING.search(_plain(remark.text))
        and not any(x.span.line <= remark.line <= x.span.end_line for x in caught)
        for remark in test.remarks
    )


def _plain(text: str) -> str:
    """Return *text* as one line, in lower case and without apostrophes."""
    return " ".join(_APOSTROPHES.sub("", text).lower().split())


def _says_that_it_imports(test: CollectedTest) -> bool:
    """Tell whether *test* is there to import something, and is called for that."""
    return "import" in test.name.lower() and any(
        isinstance(step.statement, f.Import)
        for scope in running(test.function)
        for step in scope.steps
    )


def _asserts_when_done(function: Function) -> bool:
    """Tell whether the fixture *function* asserts when it is torn down."""
    made = fixture_of(function)
    late = {step.index for step in made.teardown} if made is not None else set()
    return any(
        isinstance(step.statement, f.Assert) for step in function.steps if step.index in late
    ) or any(
        site.step.index in late and _asserts_by(site, _DEEPEST, set()) is True
        for site in function.calls
    )


def _expects_requests(test: CollectedTest) -> bool | None:
    """Tell whether a mock asserts that what the test sets up is asked for; None if it may."""
    function = test.function
    asked = {*requested(function), *(x for y in closure(function) for x in requested(y.function))}
    named = [x for x in asked if x in _ASSERTING_FIXTURES and fixture_for(function, x) is None]
    outside = function.parent or function.module
    places = [(outside, decorator) for decorator in function.decorators]
    for scope in running(function):
        for step in scope.steps:
            if isinstance(step.statement, f.With):
                places += [(scope, item.context) for item in step.statement.items]
    calls = [(scope, x) for scope, x in places if _is_asserting_mock(scope, x)]
    if not named and not calls:
        return False
    # Each can be told not to: by the decorator's arguments or a mark.
    given = [*function.decorators, *(x for _, x in calls)]
    lenient = any(
        isinstance(inner, f.Call) and any(inner.keyword(x) is not None for x in _LENIENT)
        for expression in given
        for inner in f.walk(expression)
    )
    return None if lenient else True


def _is_asserting_mock(scope: Scope, expression: f.Expression) -> bool:
    named = f.called(expression)
    return path_of(scope, named) in _ASSERTING_MOCKS


def _calls_one_of(function: Function, names: Collection[str]) -> bool:
    return any(
        isinstance(site.call.function, f.Name | f.Attribute) and site.call.function.name in names
        for scope in running(function)
        for site in scope.calls
    )


def _is_expectation(decorator: f.Expression) -> bool:
    """Tell whether *decorator* expects something: a failure, an exception, a benchmark."""
    if isinstance(decorator, f.Call):
        if _turns_into_errors(decorator, f.render(decorator.function)):
            return True
    return any(
        isinstance(inner, f.Attribute | f.Name)
        and (inner.name == "xfail" or inner.name in ("raises", "warns"))
        for inner in f.walk(decorator)
    )


def _turns_into_errors(call: f.Call, path: str | None) -> bool:
    """Tell whether *call* makes warnings raise: what warns then fails the test."""
    action = call.argument(0, "action") or call.argument(0)
    return (
        path in _FILTERS
        and isinstance(action, f.Constant)
        and str(action.value).partition(":")[0] == "error"
    )


def _fails_with(site: CallSite, path: str | None) -> bool:
    """Tell whether the call raises where a program fails, or sets a mock to when it is called."""
    checks, effect = site.call.keyword("check"), site.call.keyword("side_effect")
    if path == "subprocess.run" and isinstance(checks, f.Constant) and checks.value is True:
        return True
    return effect is not None and _is_assertion_error(site.scope, effect)


def _asserts(function: Function, depth: int, seen: set[Function]) -> bool | None:
    if function in seen or depth == 0:
        return False
    seen.add(function)
    unknown = False
    for scope in running(function):
        for step in scope.steps:
            match step.statement:
                case f.Assert():
                    return True
                case f.Raise(exception=raised) if raised is not None:
                    # A function inside the test may be a fake, whose raising is what is tested.
                    if scope is function or _is_assertion_error(scope, raised):
                        return True
                    unknown = unknown or _is_called(scope)
                case f.With(items=items):
                    for item in items:
                        if _is_given(scope, item.context):
                            unknown = True  # ``with expectation:``, a parameter
                        elif _expects_nothing(scope, item.context):
                            return True
        for site in scope.calls:
            answer = _asserts_by(site, depth, seen)
            if answer:
                return True
            unknown = unknown or answer is None
    return None if unknown else False


def _helps(function: Function) -> bool:
    """Tell whether *function*, which lies in no tests, may be there for them all the same.

    An ``assert`` in a layer of the app is about the app, unless a name says that it is not.
    """
    names = f"{function.module.name}.{function.name}".lower()
    return layer_of(function.module) in (Layer.OTHER, Layer.NONE) or (
        "test" in names or "assert" in names
    )


def _states(function: Function, depth: int, seen: set[Function]) -> bool:
    """Tell whether *function* certainly asserts, where raising is no more than refusing."""
    if function in seen or depth <= 0:
        return False
    seen.add(function)
    scopes = running(function)
    if any(_is_assertion(scope, step.statement) for scope in scopes for step in scope.steps):
        return True
    called = [callee_of(scope, site.call) for scope in scopes for site in scope.calls]
    return any(
        (isinstance(callee, External) and callee.path in _ASSERTING)
        or (isinstance(callee, Function) and _helps(callee) and _states(callee, depth - 1, seen))
        for callee in called
    )


def _is_assertion(scope: Scope, statement: f.Statement) -> bool:
    """Tell whether *statement* asserts, and more than type checkers ask for."""
    match statement:
        case f.Assert(test=f.Compare(operators=("is not",), others=(f.Constant(kind="None"),))):
            return False
        case f.Assert(test=f.Call(function=f.Name(name="isinstance"))):
            return False
        case f.Assert():
            return True
        case f.Raise(exception=raised) if raised is not None:
            return _is_assertion_error(scope, raised)
    return False


def _is_assertion_error(scope: Scope, raised: f.Expression) -> bool:
    named = f.called(raised)
    return path_of(scope, named) == "builtins.AssertionError"


def _is_called(scope: Scope) -> bool:
    """Tell whether a function inside a test is called by it, and not only handed on."""
    return isinstance(scope, Function) and any(True for _ in calls_to(scope.module.service, scope))


def _expects_nothing(scope: Scope, context: f.Expression) -> bool:
    """Tell whether ``with context`` says that nothing is raised: ``does_not_raise()``."""
    if not isinstance(context, f.Call):
        return False
    written = context.function
    name = written.name if isinstance(written, f.Name | f.Attribute) else ""
    if path_of(scope, written) == _NOTHING_RAISED:
        return name != "nullcontext"
    return _QUIET.search(name.replace("_", " ").lower()) is not None


def _asserts_by(site: CallSite, depth: int, seen: set[Function]) -> bool | None:
    """Tell whether the call *site* asserts; None if it may."""
    path = path_of(site.scope, site.call.function)
    if _turns_into_errors(site.call, path) or _fails_with(site, path):
        return True
    if any(_asserts(handed, depth - 1, seen) for handed in _started(site)):
        return True
    function = site.call.function
    name = function.name if isinstance(function, f.Name | f.Attribute) else ""
    callee = callee_of(site.scope, site.call)
    match callee:
        case Function():
            if in_tests(callee.module):
                return _asserts(callee, depth - 1, seen)
            if _helps(callee) and _states(callee, depth - 1, seen):
                return True
            # What is tested. That it checks something is no assertion, but a bare call of what
            # only raises or does not raise says what is expected.
            return None if _is_bare(site) and _RAISING.match(name) else False
        case Class():
            return False
        case External(path=path):
            if path in _ASSERTING or path in _TIMING:
                return True
            if path.startswith(_BROWSERS) and name in (*_WAITING, "wait_for"):
                return True
            if "assert" in name or _WORDS.search(name):
                return True if "assert" in name else None
            return None if "test" in path.rpartition(".")[0] and _gives_nothing(site) else False
    if "assert" in name.lower() or _waits_for_a_page(function):
        return True
    if _WORDS.search(name.lower()):
        return None
    if isinstance(function, f.Name) and _is_given(site.scope, function):
        return _asserts_by_fixture(site.scope, function, depth, seen)
    if isinstance(function, f.Attribute) and _is_given(site.scope, function.value):
        # ``benchmark.pedantic(...)``, ``recwarn.pop(...)``: what a plugin hands in.
        receiver = function.value.name if isinstance(function.value, f.Name) else ""
        return None if receiver == "recwarn" or _WORDS.search(receiver) else False
    return False


def _started(site: CallSite) -> Iterator[Function]:
    """Yield the functions of the tests that the call runs beside them: ``tasks.start_soon(f)``."""
    function = site.call.function
    if isinstance(function, f.Attribute) and function.name in _STARTING:
        for argument in site.call.arguments:
            handed = resolve(site.scope, argument)
            if isinstance(handed, Function) and in_tests(handed.module):
                yield handed


def _waits_for_a_page(function: f.Expression) -> bool:
    """Tell whether *function* waits for what a browser is to show, by its name.

    ``page.wait_for_url``, ``page.locator("#done").wait_for``, ``WebDriverWait(driver, 5).until``.
    """
    match function:
        case f.Attribute(name="until", value=f.Call(function=f.Name(name=maker))):
            return maker == "WebDriverWait"
        case f.Attribute(name="wait_for", value=f.Call(function=f.Attribute(name=finder))):
            return _FINDING.fullmatch(finder) is not None
        case f.Attribute(name=name):
            return name in _WAITING and name.startswith("wait_for_")
    return False


def _is_bare(site: CallSite) -> bool:
    """Tell whether the call, awaited or not, is a statement of its own."""
    return isinstance(site.step.statement, f.Evaluate) and all(
        isinstance(outer, f.Await) for outer in site.around
    )


def _gives_nothing(site: CallSite) -> bool:
    """Tell whether what the call gives is not looked at: it is dropped, or all that a test does."""
    if _is_bare(site):
        return True
    return isinstance(site.step.statement, f.Return) and all(
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
