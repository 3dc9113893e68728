"""Expressions of a tree as facts, annotations with the forward references in them parsed."""

import ast
from collections.abc import Callable, Sequence
from typing import Any

from gravity_lint.facts import expressions as e
from gravity_lint.facts.places import Places
from gravity_lint.sources.spans import Span

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.MatMult: "@",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.FloorDiv: "//",
    ast.Invert: "~",
    ast.Not: "not",
    ast.UAdd: "+",
    ast.USub: "-",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.And: "and",
    ast.Or: "or",
}
"""How operators are written."""


def storable(text: str) -> str:
    """Return *text* without lone surrogates, which cannot be stored as UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def last_word(node: ast.expr) -> str:
    """Return the last word of a dotted name; nothing for anything else."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


class ExpressionReader(Places):
    """Turns the expressions of one tree into facts."""

    def expression(self, node: ast.expr) -> e.Expression:
        """Return *node* as a fact."""
        return _READERS[type(node)](self, node)

    def _maybe(self, node: ast.expr | None) -> e.Expression | None:
        return None if node is None else self.expression(node)

    def _all(self, nodes: Sequence[ast.expr]) -> tuple[e.Expression, ...]:
        return tuple([self.expression(node) for node in nodes])

    def _annotation(self, node: ast.expr | None) -> e.Expression | None:
        """Return an annotation with the forward references in it parsed."""
        if node is None:
            return None
        match node:
            case ast.Constant(value=str(text)):
                try:
                    inner = ast.parse(text.strip(), mode="eval").body
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    return self.expression(node)
                outer, self._forward = self._forward, self._span(node)
                try:
                    return self._annotation(inner)
                finally:
                    self._forward = outer
            case ast.Subscript(value=value, slice=index):
                last = last_word(value)
                if last == "Literal":
                    return self.expression(node)
                return e.Subscript(
                    self._span(node),
                    self.expression(value),
                    self._annotated_index(index, first_only=last == "Annotated"),
                )
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                sides = self._annotation(left), self._annotation(right)
                if sides[0] is not None and sides[1] is not None:
                    return e.Binary(self._span(node), "|", sides[0], sides[1])
        return self.expression(node)

    def _annotated_index(self, node: ast.expr, *, first_only: bool) -> e.Expression:
        if isinstance(node, ast.Tuple | ast.List):
            items = tuple(
                self._annotation(item) or self.expression(item)
                if index == 0 or not first_only
                else self.expression(item)
                for index, item in enumerate(node.elts)
            )
            kind = "tuple" if isinstance(node, ast.Tuple) else "list"
            return e.Collection(self._span(node), kind, items)
        return self._annotation(node) or self.expression(node)

    def _name(self, node: ast.Name) -> e.Name:
        return e.Name(self._span(node), node.id)

    def _attribute(self, node: ast.Attribute) -> e.Attribute:
        return e.Attribute(self._span(node), self.expression(node.value), node.attr)

    def _constant(self, node: ast.Constant) -> e.Constant:
        span, value = self._span(node), node.value
        match value:
            case None:
                return e.Constant(span, None, "None")
            case bool():
                return e.Constant(span, value, "bool")
            case str():
                return e.Constant(span, storable(value), "str")
            case int() if -(2**63) <= value < 2**63:
                return e.Constant(span, value, "int")
            case int() | float():
                return e.Constant(span, float("inf") if isinstance(value, int) else value, "float")
            case bytes() | complex():
                return e.Constant(span, repr(value), type(value).__name__)
        return e.Constant(span, "...", "ellipsis")

    def _call(self, node: ast.Call) -> e.Call:
        return e.Call(
            self._span(node),
            self.expression(node.func),
            self._all(node.args),
            tuple(
                [e.Keyword(self._span(k), k.arg, self.expression(k.value)) for k in node.keywords]
            ),
        )

    def _template(self, node: ast.JoinedStr) -> e.Template:
        whole = self._span(node)
        # Before Python 3.12 the places inside an f-string are not reliable. What stands there is
        # reported at its beginning, as a stretch of no length, which no edit can take for a node.
        inside = Span(whole.line, whole.column, whole.line, whole.column)
        outer, self._forward = self._forward, self._forward or inside
        try:
            parts: list[str | e.Hole] = []
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    spec = part.format_spec
                    parts.append(
                        e.Hole(
                            self._span(part),
                            self.expression(part.value),
                            chr(part.conversion) if part.conversion > 0 else "",
                            self._template(spec) if isinstance(spec, ast.JoinedStr) else None,
                        )
                    )
                elif isinstance(part, ast.Constant):
                    parts.append(storable(str(part.value)))
        finally:
            self._forward = outer
        return e.Template(whole, tuple(parts))

    def _subscript(self, node: ast.Subscript) -> e.Expression:
        if last_word(node.value) in ("Annotated", "Optional", "Union"):
            return self._annotation(node) or self._indexed(node)
        return self._indexed(node)

    def _indexed(self, node: ast.Subscript) -> e.Subscript:
        return e.Subscript(
            self._span(node), self.expression(node.value), self.expression(node.slice)
        )

    def _slice(self, node: ast.Slice) -> e.Slice:
        return e.Slice(
            self._span(node),
            self._maybe(node.lower),
            self._maybe(node.upper),
            self._maybe(node.step),
        )

    def _starred(self, node: ast.Starred) -> e.Starred:
        return e.Starred(self._span(node), self.expression(node.value))

    def _collection(self, node: ast.List | ast.Tuple | ast.Set) -> e.Collection:
        return e.Collection(self._span(node), type(node).__name__.lower(), self._all(node.elts))

    def _mapping(self, node: ast.Dict) -> e.Mapping:
        return e.Mapping(
            self._span(node), tuple([self._maybe(k) for k in node.keys]), self._all(node.values)
        )

    def _binary(self, node: ast.BinOp) -> e.Binary:
        return e.Binary(
            self._span(node),
            OPERATORS[type(node.op)],
            self.expression(node.left),
            self.expression(node.right),
        )

    def _boolean(self, node: ast.BoolOp) -> e.Boolean:
        return e.Boolean(self._span(node), OPERATORS[type(node.op)], self._all(node.values))

    def _unary(self, node: ast.UnaryOp) -> e.Expression:
        return e.Unary(self._span(node), OPERATORS[type(node.op)], self.expression(node.operand))

    def _compare(self, node: ast.Compare) -> e.Compare:
        return e.Compare(
            self._span(node),
            self.expression(node.left),
            tuple(OPERATORS[type(op)] for op in node.ops),
            self._all(node.comparators),
        )

    def _conditional(self, node: ast.IfExp) -> e.Conditional:
        return e.Conditional(
            self._span(node),
            self.expression(node.test),
            self.expression(node.body),
            self.expression(node.orelse),
        )

    def _await(self, node: ast.Await) -> e.Await:
        return e.Await(self._span(node), self.expression(node.value))

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> e.Yield:
        return e.Yield(self._span(node), self._maybe(node.value), isinstance(node, ast.YieldFrom))

    def _lambda(self, node: ast.Lambda) -> e.Lambda:
        return e.Lambda(self._span(node), self._parameters(node.args), self.expression(node.body))

    def _comprehension(self, node: Any) -> e.Comprehension:
        kinds = {
            ast.ListComp: "list",
            ast.SetComp: "set",
            ast.GeneratorExp: "generator",
            ast.DictComp: "dict",
        }
        is_dict = isinstance(node, ast.DictComp)
        return e.Comprehension(
            self._span(node),
            kinds[type(node)],
            self.expression(node.key) if is_dict else None,
            self.expression(node.value if is_dict else node.elt),
            tuple(
                e.Generator(
                    self._span(g.target),
                    self.expression(g.target),
                    self.expression(g.iter),
                    self._all(g.ifs),
                    bool(g.is_async),
                )
                for g in node.generators
            ),
        )

    def _walrus(self, node: ast.NamedExpr) -> e.Walrus:
        return e.Walrus(
            self._span(node),
            e.Name(self._span(node.target), node.target.id),
            self.expression(node.value),
        )

    def _parameters(self, arguments: ast.arguments) -> tuple[e.Parameter, ...]:
        kinds = e.ParameterKind
        positional = [(a, kinds.POSITIONAL_ONLY) for a in arguments.posonlyargs]
        positional += [(a, kinds.POSITIONAL) for a in arguments.args]
        missing = len(positional) - len(arguments.defaults)
        defaults: list[ast.expr | None] = [None] * missing + list(arguments.defaults)
        rows: list[tuple[ast.arg, e.ParameterKind, ast.expr | None]] = [
            (a, kind, default) for (a, kind), default in zip(positional, defaults, strict=True)
        ]
        if arguments.vararg:
            rows.append((arguments.vararg, kinds.VARIADIC, None))
        rows += [
            (a, kinds.KEYWORD_ONLY, default)
            for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        ]
        if arguments.kwarg:
            rows.append((arguments.kwarg, kinds.VARIADIC_KEYWORD, None))
        return tuple(
            e.Parameter(
                self._span(a), a.arg, kind, self._annotation(a.annotation), self._maybe(default)
            )
            for a, kind, default in rows
        )


_READERS: dict[type[ast.AST], Callable[[ExpressionReader, Any], e.Expression]] = {
    ast.Name: ExpressionReader._name,
    ast.Attribute: ExpressionReader._attribute,
    ast.Constant: ExpressionReader._constant,
    ast.Call: ExpressionReader._call,
    ast.JoinedStr: ExpressionReader._template,
    ast.Subscript: ExpressionReader._subscript,
    ast.Slice: ExpressionReader._slice,
    ast.Starred: ExpressionReader._starred,
    ast.List: ExpressionReader._collection,
    ast.Tuple: ExpressionReader._collection,
    ast.Set: ExpressionReader._collection,
    ast.Dict: ExpressionReader._mapping,
    ast.BinOp: ExpressionReader._binary,
    ast.BoolOp: ExpressionReader._boolean,
    ast.UnaryOp: ExpressionReader._unary,
    ast.Compare: ExpressionReader._compare,
    ast.IfExp: ExpressionReader._conditional,
    ast.Await: ExpressionReader._await,
    ast.Yield: ExpressionReader._yield,
    ast.YieldFrom: ExpressionReader._yield,
    ast.Lambda: ExpressionReader._lambda,
    ast.ListComp: ExpressionReader._comprehension,
    ast.SetComp: ExpressionReader._comprehension,
    ast.GeneratorExp: ExpressionReader._comprehension,
    ast.DictComp: ExpressionReader._comprehension,
    ast.NamedExpr: ExpressionReader._walrus,
}
"""How each kind of expression is read. Not a part of the reader, which would hold itself by it."""
