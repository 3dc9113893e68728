"""An expression in the place of another: whether it needs parentheses there."""

from __future__ import annotations

import ast

import libcst as cst

from gravity_lint.fixing.sheet import MisfitError, Sheet

_LOOSE, _CONDITION, _OR, _AND, _NOT, _COMPARISON, _OPERATION, _AWAIT, _ATOM = range(9)

_BINDING: dict[type[ast.AST], int] = {
    ast.NamedExpr: -1,
    ast.Yield: -1,
    ast.YieldFrom: -1,
    ast.Starred: _LOOSE,
    ast.Lambda: _CONDITION,
    ast.IfExp: _CONDITION,
    ast.Compare: _COMPARISON,
    ast.BinOp: _OPERATION,
    ast.Await: _AWAIT,
}
"""How tightly each kind of expression holds together; what is not here is an atom."""


def fitted(sheet: Sheet, node: cst.BaseExpression, text: str) -> str:
    """Return *text*, in parentheses if it would fall apart where *node* stands.

    Raises MisfitError if it is no expression.
    """
    try:
        new = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        raise MisfitError(f"{text!r} is no expression") from None
    binding = _binding(new, text)
    if node.lpar or binding == _ATOM or binding >= _demanded(sheet, node):
        return text
    return f"({text})"


def _binding(new: ast.expr, text: str) -> int:
    match new:
        case ast.BoolOp(op=ast.Or()):
            return _OR
        case ast.BoolOp():
            return _AND
        case ast.UnaryOp(op=ast.Not()):
            return _NOT
        case ast.UnaryOp():
            return _OPERATION
        case ast.Tuple() if not text.startswith("("):
            return -1
    return _BINDING.get(type(new), _ATOM)


def _demanded(sheet: Sheet, node: cst.BaseExpression) -> int:
    """Return how tightly an expression must hold together to stand where *node* does."""
    match sheet.parent(node):
        case cst.Attribute() | cst.Await():
            return _ATOM
        case cst.Call(func=function) if function is node:
            return _ATOM
        case cst.Subscript(value=value) if value is node:
            return _ATOM
        case cst.BinaryOperation():
            return _AWAIT
        case cst.UnaryOperation(operator=cst.Not()):
            return _NOT
        case cst.UnaryOperation():
            return _AWAIT
        case cst.Comparison() | cst.ComparisonTarget():
            return _OPERATION
        case cst.BooleanOperation(operator=cst.And()):
            return _NOT
        case cst.BooleanOperation():
            return _AND
        case cst.IfExp(orelse=last) if last is not node:
            return _OR
        case cst.StarredElement() | cst.StarredDictElement() | cst.CompFor() | cst.CompIf():
            return _OR
        case cst.Arg(star="*" | "**"):
            return _OR
    return _LOOSE
