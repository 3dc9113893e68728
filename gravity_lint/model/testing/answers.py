"""What tests look at of the answers to their requests."""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.names import External
from gravity_lint.model.code.references import attributes_called
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.testing.clients import ClientCall, calls_by_scope, client_of
from gravity_lint.model.testing.reach import running
from gravity_lint.model.testing.tests import CollectedTest, in_tests

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
_PASSING = ("builtins.", "asyncio.")
"""Where functions come from that look at no status."""


def requests_of(test: CollectedTest) -> tuple[ClientCall, ...]:
    """Return the requests that *test* itself makes, those in its nested functions included.

    What goes to the hosts of others is not the service's to answer.
    """
    scopes = running(test.function)
    calls = (call for x in scopes for call in calls_by_scope(x.module).get(x, ()))
    return tuple(call for call in calls if not call.goes_elsewhere)


def looks_at_status(test: CollectedTest) -> bool | None:
    """Tell whether *test* looks at the status of an answer; None if something else may."""
    calls = requests_of(test)
    if any(not call.client.plain or _may_raise_itself(call) for call in calls):
        return None
    if all(_is_expected_to_fail(call) or _is_left_alone(call) for call in calls):
        return None
    return _looks(test.function, calls, _DEEPEST, set())


def _may_raise_itself(call: ClientCall) -> bool:
    """Tell whether the client has hooks, by its constructor or later: they see every answer."""
    if call.client.keyword("event_hooks") is not None:
        return True
    hooked = attributes_called(call.module.service, "event_hooks")
    return any(client_of(at.scope, named.value) == call.client for at, named in hooked)


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


class _Answers:
    """The answers to *calls* in what runs of one function, and by which names it calls them.

    The clients count as well: whoever gets one may look at what it is answered.
    """

    def __init__(self, calls: tuple[ClientCall, ...], scopes: tuple[Scope, ...]) -> None:
        self._calls = {id(call.site.call) for call in calls}
        self._names: set[str] = set()
        for call in calls:
            if isinstance(call.site.call.function, f.Attribute):
                owner = call.site.call.function.value
                if isinstance(owner, f.Name | f.Attribute):
                    self._names.add(f.render(owner))
        before = -1
        while before < len(self._names):
            before = len(self._names)
            for scope in scopes:
                for step in scope.steps:
                    self._follow(step.statement, step.expressions)

    def _follow(self, statement: f.Statement, expressions: tuple[f.Expression, ...]) -> None:
        match statement:
            case f.Assign(targets=targets, value=value) if value is not None and self.hold(value):
                self._bind(*targets)
            case f.For(target=target, iterable=iterable) if self.hold(iterable):
                self._bind(target)
            case f.With(items=items):
                self._bind(*(i.target for i in items if i.target and self.hold(i.context)))
        for expression in expressions:
            for inner in f.walk(expression):
                match inner:
                    case f.Walrus(target=target, value=value) if self.hold(value):
                        self._bind(target)
                    case f.Comprehension(generators=generators):
                        for generator in generators:
                            if self.hold(generator.iterable):
                                self._bind(generator.target)

    def _bind(self, *targets: f.Expression) -> None:
        for target in targets:
            match target:
                case f.Name() | f.Attribute():
                    self._names.add(f.render(target))
                case f.Collection(items=items):
                    self._bind(*items)
                case f.Starred(value=value) | f.Subscript(value=value):
                    self._bind(value)

    def hold(self, expression: f.Expression) -> bool:
        """Tell whether *expression* is an answer or a client, or keeps one: not what it says."""
        match expression:
            case f.Name() | f.Attribute():
                return f.render(expression) in self._names
            case f.Starred(value=value) | f.Await(value=value) | f.Walrus(value=value):
                return self.hold(value)
            case f.Subscript(value=value):
                return self.hold(value)
            case f.Collection(items=items):
                return any(map(self.hold, items))
            case f.Mapping(values=values) | f.Boolean(values=values):
                return any(map(self.hold, values))
            case f.Conditional(body=body, otherwise=otherwise):
                return self.hold(body) or self.hold(otherwise)
            case f.Comprehension(element=element):
                return self.hold(element)
            case f.Call(function=function, arguments=arguments):
                if id(expression) in self._calls:
                    return True
                # ``zip(answers, ...)``, ``await asyncio.gather(*calls)``, ``answers.values()``
                return any(map(self.hold, arguments)) or (
                    isinstance(function, f.Attribute)
                    and function.name in ("values", "items", "copy", "pop")
                    and self.hold(function.value)
                )
        return False


def _looks(
    function: Function, calls: tuple[ClientCall, ...], depth: int, seen: set[Function]
) -> bool | None:
    """Tell whether *function* looks at a status, or hands an answer to something that may."""
    if function in seen or depth == 0:
        return False
    seen.add(function)
    scopes = running(function)
    answers = _Answers(calls, scopes)
    unknown = False
    for scope in scopes:
        for step in scope.steps:
            if isinstance(step.statement, f.Match) and answers.hold(step.statement.subject):
                unknown = True  # ``case Response(status_code=200)``
            # ``fake.status_code = 200`` looks at none.
            given = step.statement.targets if isinstance(step.statement, f.Assign) else ()
            for part in step.parts:
                match part:
                    case f.Attribute(name=name) if name in _STATUS and part not in given:
                        return True
                    case f.Constant(value="status_code" | "is_success"):
                        return True
        for site in scope.calls:
            answer = _looks_by(site, answers, calls, depth, seen)
            if answer:
                return True
            unknown = unknown or answer is None
    return None if unknown else False


def _looks_by(
    site: CallSite,
    answers: _Answers,
    calls: tuple[ClientCall, ...],
    depth: int,
    seen: set[Function],
) -> bool | None:
    callee = callee_of(site.scope, site.call)
    handed = any(map(answers.hold, site.call.given))
    if handed and any(k.name in _STATUS for k in site.call.keywords):
        return True  # ``expect(answer, status_code=200)``
    match callee:
        case Function() if in_tests(callee.module):
            return _looks(callee, calls, depth - 1, seen)
        case External(path=path) if path.startswith(_PASSING):
            return False
    if any(call.site.call is site.call for call in calls):
        return False
    return None if handed else False
