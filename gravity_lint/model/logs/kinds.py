"""Which values are loggers, and whose.

A logger is known by what makes it (``structlog.get_logger``,
``logging.getLogger``) or by its annotation, wherever it is kept: a module, an
attribute, a parameter, the result of a function of the service, whatever that
function promises. What only looks like a logger (one that a library made,
loguru's) has an unknown kind: it counts where it matters that something is
logged, and nowhere else.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Received
from gravity_lint.model.code.calls import calls_to
from gravity_lint.model.code.layers import Layer, layer_of
from gravity_lint.model.code.names import Variable, ancestors, path_of, resolve
from gravity_lint.model.code.references import uses_of
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.signatures import is_property
from gravity_lint.model.code.types import Type, callee_of, type_of
from gravity_lint.patterns import pattern

_STRUCTLOG = frozenset(
    {
        "structlog.BoundLogger",
        "structlog.stdlib.BoundLogger",
        "structlog.stdlib.AsyncBoundLogger",
        "structlog.typing.BindableLogger",
        "structlog.typing.FilteringBoundLogger",
        "structlog.types.BindableLogger",
        "structlog.types.FilteringBoundLogger",
    }
)
_STDLIB = frozenset({"logging.Logger", "logging.LoggerAdapter", "logging.RootLogger"})
_OPEN = frozenset({"typing.Any", "builtins.object"})
"""Types that promise nothing: what the body gives counts."""
_LOGGING_MODULES = ("logfire",)
"""Libraries whose functions log."""
REBINDING = ("bind", "new", "unbind", "try_unbind")
"""The methods of structlog's loggers that give another one."""
STRUCTLOG_FACTORY = "structlog.get_logger"
STDLIB_FACTORY = "logging.getLogger"
LOGURU = "loguru.logger"
ROOTS = ("logging", "logging.root")
"""What logs through the root logger: ``logging.info(...)``."""
_LIKE_A_LOGGER = pattern(r"(?:.*_)?log(?:ger)?_*|.*logger_*", re.IGNORECASE)


class LoggerKind(enum.Enum):
    """Whose logger it is."""

    STRUCTLOG = "structlog"
    STDLIB = "stdlib"
    UNKNOWN = "unknown"


def logger_kind(scope: Scope, expression: f.Expression | None) -> LoggerKind | None:
    """Return what kind of logger *expression* is, None if it does not even look like one."""
    if expression is None:
        return None
    return scope.module.service.memory.ask(
        ("logger", scope, expression), None, _logger_kind, scope, expression
    )


def _logger_kind(scope: Scope, expression: f.Expression) -> LoggerKind | None:
    if _is_given_to_processor(scope, expression):
        return LoggerKind.UNKNOWN
    path = path_of(scope, expression)
    if path in ROOTS:
        return LoggerKind.STDLIB
    if path in _LOGGING_MODULES:
        return LoggerKind.UNKNOWN
    found = type_of(scope, expression)
    kind = _kind_of_type(scope, found)
    if kind is None and (found is None or found.is_class or found.path in _OPEN):
        kind = _kind_of_value(scope, expression)
    if kind is not None:
        return kind
    if looks_like_a_logger(expression) or is_loguru(scope, expression):
        return LoggerKind.UNKNOWN
    # ``structlog.wrap_logger(...).bind(...)`` is what its maker is called for.
    made = "" if found is None else _adopted(_rebound(found.path or found.name)).removesuffix("()")
    return LoggerKind.UNKNOWN if _LIKE_A_LOGGER.fullmatch(made.rpartition(".")[2]) else None


def _is_given_to_processor(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is what structlog hands to a processor: the logger that it wraps.

    Whatever its annotation says, that may be one of the standard library.
    """
    match scope, expression:
        case (
            Function(arguments=(f.Parameter(name=given), _, f.Parameter(name="event_dict"))),
            f.Name(name=name),
        ):
            return name == given
    return False


def _kind_of_type(scope: Scope, found: Type | None) -> LoggerKind | None:
    if found is None or found.is_class:
        return None
    if found.cls is not None:
        # A class of the service's own that inherits from a logger may do more than log.
        return LoggerKind.UNKNOWN if found.is_a(*_STDLIB, *_STRUCTLOG) else None
    if _rebound(found.path) in _STRUCTLOG:
        return LoggerKind.STRUCTLOG
    if _adopted(found.path) in _STDLIB:
        return LoggerKind.STDLIB
    factory = _rebound(found.path).removesuffix("()")
    if factory in scope.module.service.settings.vocabulary.logger_factories:
        return LoggerKind.STRUCTLOG
    return LoggerKind.STDLIB if _is_shared(scope, found) else None


def is_loguru(scope: Scope, expression: f.Expression | None) -> bool:
    """Tell whether *expression* is loguru's logger, whatever ``bind`` and ``opt`` made of it."""
    if expression is None:
        return False
    found = type_of(scope, expression)
    path = path_of(scope, expression) if found is None else found.path
    return path == LOGURU or (path or "").startswith(f"{LOGURU}.")


def comes_from_shared_code(scope: Scope, expression: f.Expression | None) -> bool:
    """Tell whether a function makes *expression* that is configured as a factory of loggers."""
    found = type_of(scope, expression) if expression is not None else None
    return found is not None and _is_shared(scope, found)


def _is_shared(scope: Scope, found: Type) -> bool:
    vocabulary = scope.module.service.settings.vocabulary
    return _rebound(found.path).removesuffix("()") in vocabulary.stdlib_logger_factories


def _rebound(path: str) -> str:
    """Return the class of the logger from which ``bind`` and the like gave the one of *path*."""
    owner, _, method = path.removesuffix("()").rpartition(".")
    return _rebound(owner) if path.endswith("()") and method in REBINDING else path


def _adopted(path: str) -> str:
    """Return the class of the logger whose ``getChild`` gave the one of *path*."""
    return _adopted(path.removesuffix(".getChild()")) if path.endswith(".getChild()") else path


def _kind_of_value(scope: Scope, expression: f.Expression) -> LoggerKind | None:
    """Return the kind of logger that *expression* is by what makes it, where no type tells."""
    match expression:
        case f.Call(function=f.Attribute(value=value, name=name)) if name in REBINDING:
            if logger_kind(scope, value) is LoggerKind.STRUCTLOG:
                return LoggerKind.STRUCTLOG
        case f.Call(function=f.Attribute(value=value, name="getChild")):
            if logger_kind(scope, value) is LoggerKind.STDLIB:
                return LoggerKind.STDLIB
        case f.Boolean(values=values):
            return _agreed(logger_kind(scope, x) for x in values if not _is_never_given(scope, x))
        case f.Conditional(body=body, otherwise=otherwise):
            sides = (x for x in (body, otherwise) if not _is_never_given(scope, x))
            return _agreed(logger_kind(scope, x) for x in sides)
    if isinstance(expression, f.Call):
        callee = callee_of(scope, expression)
        return _kind_of_result(callee) if isinstance(callee, Function) else None
    if isinstance(expression, f.Name | f.Attribute):
        symbol = resolve(scope, expression)
        if isinstance(symbol, Variable):
            return _kind_of_variable(symbol)
        if isinstance(symbol, Function):
            return _kind_of_property(symbol)
    if isinstance(expression, f.Attribute):
        owner = type_of(scope, expression.value)
        kind = _kind_of_attribute(owner, expression.name) if owner is not None else None
        return kind or _agreed(logger_kind(scope, value) for value in _given_to(scope, expression))
    return None


def _given_to(scope: Scope, attribute: f.Attribute) -> Iterator[f.Expression]:
    """Yield what *scope* itself gives to *attribute*, by the same words."""
    for step in scope.steps:
        match step.statement:
            case f.Assign(targets=targets, value=value, operator="") if value is not None:
                for target in targets:
                    if isinstance(target, f.Attribute) and target.name == attribute.name:
                        if f.render(target) == f.render(attribute):
                            yield value


def _kind_of_result(function: Function) -> LoggerKind | None:
    """Return the kind of logger that *function* returns, although it promises ``Any`` or nothing.

    What its body returns is known; a promise that is kept elsewhere is not looked at.
    """
    if function.is_generator or function.is_async:
        return None
    returned = [statement.value for _, statement in function.returned]
    if not returned or any(value is None for value in returned):
        return None
    return _agreed(logger_kind(function, value) for value in returned)


def _kind_of_property(function: Function) -> LoggerKind | None:
    return _kind_of_result(function) if is_property(function) else None


def _kind_of_variable(variable: Variable) -> LoggerKind | None:
    """Return the kind of logger on which all that *variable* is bound to agrees."""
    kinds: list[LoggerKind | None] = []
    for binding in variable.bindings:
        match binding:
            case Assigned(value=None):
                pass
            case Assigned(value=value, unpacked=(), operator="") if value is not None:
                if not f.is_none(value):
                    kinds.append(logger_kind(variable.scope, value))
            case Received(parameter=parameter) if isinstance(variable.scope, Function):
                if not is_never_given(variable.scope, parameter):
                    return None
            case _:
                return None
    return _agreed(kinds)


def _kind_of_attribute(owner: Type, name: str) -> LoggerKind | None:
    for ancestor in ancestors(owner.symbol):
        if not isinstance(ancestor, Class):
            return None
        symbol = ancestor.bindings.get(name)
        if symbol is not None:
            method = ancestor.methods.get(name)
            if method is not None:
                return _kind_of_property(method)
            return _kind_of_variable(Variable(ancestor, name))
        if name in ancestor.attributes:
            return _agreed(
                logger_kind(method, assign.value)
                for method, assign in ancestor.attributes[name]
                if assign.value is not None and not f.is_none(assign.value)
            )
    return None


def _agreed(kinds: Iterable[LoggerKind | None]) -> LoggerKind | None:
    """Return the kind on which all agree; what only looks like a logger agrees with nothing."""
    found = set(kinds)
    only = found.pop() if len(found) == 1 else None
    return None if only is LoggerKind.UNKNOWN else only


def _is_never_given(scope: Scope, expression: f.Expression) -> bool:
    """Tell whether *expression* is a parameter that is None, as nobody gives it anything."""
    if not isinstance(expression, f.Name) or not isinstance(scope, Function):
        return False
    parameter = scope.parameter(expression.name)
    return parameter is not None and is_never_given(scope, parameter)


def is_never_given(function: Function, parameter: f.Parameter) -> bool:
    """Tell whether *parameter* of *function* is None in every call, as no caller gives it a value.

    All callers have to be known: a function or class that is also handed
    around as a value, inherited from or registered by a decorator may get
    anything.
    """
    default = parameter.default
    if default is None or not f.is_none(default):
        return False
    return function.module.service.memory.ask(
        ("never given", function, parameter.name), False, _is_left_out, function, parameter
    )


def _is_left_out(function: Function, parameter: f.Parameter) -> bool:
    return all(
        _leaves_out(call, position, parameter.name)
        for call, position in _ways_to_call(function, parameter)
    )


def _ways_to_call(
    function: Function, parameter: f.Parameter
) -> Iterator[tuple[f.Call | None, int | None]]:
    """Yield the calls of *function*, each with the position of *parameter* in it.

    None for a call stands for a mention that may lead to any call.
    """
    service = function.module.service
    arguments = [p.name for p in function.arguments if p.kind is not f.ParameterKind.KEYWORD_ONLY]
    position = arguments.index(parameter.name) if parameter.name in arguments else None
    called: Function | Class = function
    if function.cls is not None:
        if function.name != "__init__":
            yield None, None  # through which object, is not always known
            return
        called = function.cls
    if called.decorators:
        yield None, None
    sites = [site for site in calls_to(service, called) if layer_of(site.module) is not Layer.TESTS]
    direct = {id(site.call.function) for site in sites}
    for site in sites:
        yield site.call, position
    for step, mention in uses_of(called):
        if layer_of(step.module) is Layer.TESTS or id(mention) in direct:
            continue
        if not _in_annotation(step.statement, mention):
            yield None, None


def _in_annotation(statement: f.Statement, mention: f.Expression) -> bool:
    """Tell whether *mention* only says of which type something is.

    What an annotation calls, ``Annotated[X, Depends(X)]``, is a value.
    """
    if not isinstance(statement, f.FunctionDefinition):
        return False
    annotations = [p.annotation for p in statement.parameters if p.annotation is not None]
    values = [x for a in annotations for x in f.walk(a) if isinstance(x, f.Call)]
    return _mentioned_in(annotations, mention) and not _mentioned_in(values, mention)


def _mentioned_in(expressions: Iterable[f.Expression], mention: f.Expression) -> bool:
    return any(mention is inner for x in expressions for inner in f.walk(x))


def _leaves_out(call: f.Call | None, position: int | None, name: str) -> bool:
    if call is None or call.unpacks or any(isinstance(x, f.Starred) for x in call.arguments):
        return False
    if call.keyword(name) is not None:
        return False
    return position is None or len(call.arguments) <= position


def looks_like_a_logger(expression: f.Expression) -> bool:
    """Tell whether *expression* is called as loggers are."""
    match expression:
        case f.Name(name=name):
            return _LIKE_A_LOGGER.fullmatch(name) is not None
        case f.Attribute(value=value, name=name):
            return _LIKE_A_LOGGER.fullmatch(name) is not None or looks_like_a_logger(value)
        case f.Call(function=function):
            return looks_like_a_logger(function)
    return False
