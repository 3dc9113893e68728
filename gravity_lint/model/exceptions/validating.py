"""What the validators of schemas raise: pydantic answers for that, if it is what it takes.

Facts from pydantic: it makes a ``ValidationError`` of a ``ValueError`` and of an
``AssertionError``; anything else goes on to whoever made the object.
"""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.code.names import ancestors, inherits, path_of
from gravity_lint.model.code.scopes import Class, Function
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.words import saying
from gravity_lint.model.exceptions.escapes import raised_by

_TAKEN = ("builtins.ValueError", "builtins.AssertionError")
_VALIDATORS = ("field_validator", "model_validator", "validator", "root_validator")


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
        thrown.symbol
        for module in saying(service, _VALIDATORS)
        for function in module.functions
        if _validates(function)
        for thrown in raised_by(function)
    )


def _validates(function: Function) -> bool:
    scope = function.parent or function.module
    paths = {path_of(scope, f.called(decorator)) for decorator in function.decorators}
    return not paths.isdisjoint(f"pydantic.{name}" for name in _VALIDATORS)
