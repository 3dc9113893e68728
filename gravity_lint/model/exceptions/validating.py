"""What the validators of schemas raise: pydantic answers for that, if it is what it takes.

Facts from pydantic: it makes a ``ValidationError`` of a ``ValueError`` and of an
``AssertionError``; anything else goes on to whoever made the object.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.names import ancestors, inherits, path_of, resolve
from gravity_lint.model.code.scopes import Class, Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.words import saying
from gravity_lint.model.exceptions.escapes import raised_by

_TAKEN = ("builtins.ValueError", "builtins.AssertionError")
_DECORATORS = ("field_validator", "model_validator", "validator", "root_validator")
_ANNOTATING = ("AfterValidator", "BeforeValidator", "PlainValidator", "WrapValidator")


def taken_by_pydantic(service: Service, cls: Class) -> str | None:
    """Return the base for which pydantic takes exceptions of class *cls* that a validator raises.

    None where no validator raises them, or pydantic does not take them.
    """
    if not any(isinstance(x, Class) and cls in ancestors(x) for x in _raised(service)):
        return None
    base = next((path for path in _TAKEN if inherits(cls, path)), None)
    return base.rpartition(".")[2] if base else None


@query
def _raised(service: Service) -> frozenset[object]:
    """Return the classes of what validators raise, themselves or in what they call."""
    return frozenset(
        thrown.symbol for function in _validators(service) for thrown in raised_by(function)
    )


def _validators(service: Service) -> Iterator[Function]:
    for module in saying(service, _DECORATORS):
        for function in module.functions:
            scope = function.parent or module
            paths = {path_of(scope, f.called(decorator)) for decorator in function.decorators}
            if not paths.isdisjoint(f"pydantic.{name}" for name in _DECORATORS):
                yield function
    for module in saying(service, _ANNOTATING):
        for step in (step for scope in module.scopes for step in scope.steps):
            if isinstance(step.statement, f.Assign):
                yield from _annotating(step.scope, step.statement)


def _annotating(scope: Scope, assign: f.Assign) -> Iterator[Function]:
    """Yield the functions of ``name: Annotated[int, AfterValidator(function)]``."""
    for expression in (assign.annotation, assign.value):
        for part in f.walk(expression) if expression is not None else ():
            match part:
                case f.Call(function=called, arguments=(given, *_)):
                    path = path_of(scope, called) or ""
                    symbol = resolve(scope, given)
                    if path.startswith("pydantic.") and isinstance(symbol, Function):
                        if path.rpartition(".")[2] in _ANNOTATING:
                            yield symbol
