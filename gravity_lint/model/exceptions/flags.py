"""What a call of a function cannot reach, because of the constants that it gives.

``get(key, strict=False)`` does not reach what stands under ``if strict:``.
"""

from __future__ import annotations

from gravity_lint import facts as f
from gravity_lint.model.api.environments import argument_for
from gravity_lint.model.code.scopes import Function
from gravity_lint.model.code.steps import Step

_KINDS = ("bool", "int", "None", "str")


def shuts_out(call: f.Call, function: Function, step: Step) -> bool:
    """Tell whether *call*, a call of *function*, certainly does not reach its *step*."""
    if call.unpacks:
        return False
    inner: f.Statement = step.statement
    for block in step.block.ancestors():
        for statement in block.statements:
            if statement is inner:
                break
            if isinstance(statement, f.If) and _leaves(statement.body):
                if _holds(statement.test, function, call) is True:
                    return True
        if block.owner is None:
            break
        if isinstance(block.owner, f.If):
            if _holds(block.owner.test, function, call) is (block.part != "body"):
                return True
        inner = block.owner
    return False


def _leaves(statements: tuple[f.Statement, ...]) -> bool:
    """Tell whether a function is left at the end of *statements*."""
    return bool(statements) and isinstance(statements[-1], f.Return | f.Raise)


def _holds(test: f.Expression, function: Function, call: f.Call) -> bool | None:
    match test:
        case f.Name():
            given = _given(test, function, call)
            return None if given is None else bool(given.value)
        case f.Unary(operator="not", operand=operand):
            inner = _holds(operand, function, call)
            return None if inner is None else not inner
        case f.Boolean(operator=operator, values=values):
            answers = [_holds(value, function, call) for value in values]
            decides = operator == "or"
            if decides in answers:
                return decides
            return None if None in answers else not decides
        case f.Compare(
            left=f.Name() as name,
            operators=("is" | "is not" | "==" | "!=" as operator,),
            others=(f.Constant() as other,),
        ):
            given = _given(name, function, call)
            if given is None:
                return None
            if given.kind != other.kind and "None" not in (given.kind, other.kind):
                return None  # 1 == True
            same = (given.kind, given.value) == (other.kind, other.value)
            return same is (operator in ("is", "=="))
    return None


def _given(name: f.Name, function: Function, call: f.Call) -> f.Constant | None:
    """Return the constant that the parameter called *name* has, if nothing else is put into it."""
    parameter = function.parameter(name.name)
    if parameter is None or len(function.bindings[name.name]) != 1:
        return None
    given = argument_for(function, call, parameter)
    if given is None:
        given = parameter.default
    return given if isinstance(given, f.Constant) and given.kind in _KINDS else None
