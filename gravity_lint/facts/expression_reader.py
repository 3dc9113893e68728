"""Expressions of a tree as facts, annotations with the forward references in them parsed."""

import ast
from collections.abc import Callable, Sequence
from typing import Any

from gravity_lint.facts import expressions as e
from gravity_lint.facts.naming import Naming
from gravity_lint.facts.places import Places
from gravity_lint.sources.spans import Span, shape_of

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

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines)
        self._words: dict[str, None] = {}
        """What `ModuleFacts.words` says."""
        self._naming = Naming()
        """What the scope binds that is being read."""

    def expression(self, node: ast.expr) -> e.Expression:
        """Return *node* as a fact."""
        return _READERS[type(node)](self, node)

    def _maybe(self, node: ast.expr | None) -> e.Expression | None:
        return None if node is None else self.expression(node)

    def _all(self, nodes: Sequence[ast.expr]) -> tuple[e.Expression, ...]:
        return tuple([_READERS[type(node)](self, node) for node in nodes]) if nodes else ()

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
                outer, self._forward = self._forward, self._place(node)
                try:
                    return self._annotation(inner)
                finally:
                    self._forward = outer
            case ast.Subscript(value=value, slice=index):
                last = last_word(value)
                if last == "Literal":
                    return self.expression(node)
                return e.Subscript(
                    *self._place(node),
                    self.expression(value),
                    self._annotated_index(index, first_only=last == "Annotated"),
                )
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                sides = self._annotation(left), self._annotation(right)
                if sides[0] is not None and sides[1] is not None:
                    return e.Binary(*self._place(node), "|", sides[0], sides[1])
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
            return e.Collection(*self._place(node), kind, items)
        return self._annotation(node) or self.expression(node)

    def _name(self, node: ast.Name) -> e.Name:
        self._words[node.id] = None
        line, shape = self._place(node)
        return e.Name(line, shape, node.id)

    def _attribute(self, node: ast.Attribute) -> e.Attribute:
        self._words[node.attr] = None
        line, shape = self._place(node)
        return e.Attribute(line, shape, self.expression(node.value), node.attr)

    def _constant(self, node: ast.Constant) -> e.Constant:
        (line, shape), value = self._place(node), node.value
        if isinstance(value, str):
            return e.Constant(line, shape, storable(value), "str")
        if value is None:
            return e.Constant(line, shape, None, "None")
        if isinstance(value, bool):
            return e.Constant(line, shape, value, "bool")
        if isinstance(value, int) and -(2**63) <= value < 2**63:
            return e.Constant(line, shape, value, "int")
        if isinstance(value, int | float):
            known = float("inf") if isinstance(value, int) else value
            return e.Constant(line, shape, known, "float")
        if isinstance(value, bytes | complex):
            return e.Constant(line, shape, repr(value), type(value).__name__)
        return e.Constant(line, shape, "...", "ellipsis")

    def _call(self, node: ast.Call) -> e.Call:
        line, shape = self._place(node)
        if isinstance(node.func, ast.Call):
            self._words[f"{last_word(node.func.func)}()"] = None
        return e.Call(
            line,
            shape,
            self.expression(node.func),
            self._all(node.args),
            tuple([self._keyword(x) for x in node.keywords]) if node.keywords else (),
        )

    def _keyword(self, node: ast.keyword) -> e.Keyword:
        if node.arg is not None:
            self._words[node.arg] = None
        line, shape = self._place(node)
        return e.Keyword(line, shape, node.arg, self.expression(node.value))

    def _template(self, node: ast.JoinedStr) -> e.Template:
        line, shape = self._place(node)
        # Before Python 3.12 the places inside an f-string are not reliable. What stands there is
        # reported at its beginning, as a stretch of no length, which no edit can take for a node.
        column = Span.at(line, shape).column
        inside = line, shape_of(column, 0, column)
        outer, self._forward = self._forward, self._forward or inside
        try:
            parts: list[str | e.Hole] = []
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    spec = part.format_spec
                    parts.append(
                        e.Hole(
                            *self._place(part),
                            self.expression(part.value),
                            chr(part.conversion) if part.conversion > 0 else "",
                            self._template(spec) if isinstance(spec, ast.JoinedStr) else None,
                        )
                    )
                elif isinstance(part, ast.Constant):
                    parts.append(storable(str(part.value)))
        finally:
            self._forward = outer
        return e.Template(line, shape, tuple(parts))

    def _subscript(self, node: ast.Subscript) -> e.Expression:
        if last_word(node.value) in ("Annotated", "Optional", "Union"):
            return self._annotation(node) or self._indexed(node)
        return self._indexed(node)

    def _indexed(self, node: ast.Subscript) -> e.Subscript:
        return e.Subscript(
            *self._place(node), self.expression(node.value), self.expression(node.slice)
        )

    def _slice(self, node: ast.Slice) -> e.Slice:
        return e.Slice(
            *self._place(node),
            self._maybe(node.lower),
            self._maybe(node.upper),
            self._maybe(node.step),
        )

    def _starred(self, node: ast.Starred) -> e.Starred:
        return e.Starred(*self._place(node), self.expression(node.value))

    def _collection(self, node: ast.List | ast.Tuple | ast.Set) -> e.Collection:
        return e.Collection(*self._place(node), type(node).__name__.lower(), self._all(node.elts))

    def _mapping(self, node: ast.Dict) -> e.Mapping:
        return e.Mapping(
            *self._place(node), tuple([self._maybe(k) for k in node.keys]), self._all(node.values)
        )

    def _binary(self, node: ast.BinOp) -> e.Binary:
        return e.Binary(
            *self._place(node),
            OPERATORS[type(node.op)],
            self.expression(node.left),
            self.expression(node.right),
        )

    def _boolean(self, node: ast.BoolOp) -> e.Boolean:
        return e.Boolean(*self._place(node), OPERATORS[type(node.op)], self._all(node.values))

    def _unary(self, node: ast.UnaryOp) -> e.Expression:
        return e.Unary(*self._place(node), OPERATORS[type(node.op)], self.expression(node.operand))

    def _compare(self, node: ast.Compare) -> e.Compare:
        return e.Compare(
            *self._place(node),
            self.expression(node.left),
            tuple(OPERATORS[type(op)] for op in node.ops),
            self._all(node.comparators),
        )

    def _conditional(self, node: ast.IfExp) -> e.Conditional:
        return e.Conditional(
            *self._place(node),
            self.expression(node.test),
            self.expression(node.body),
            self.expression(node.orelse),
        )

    def _await(self, node: ast.Await) -> e.Await:
        return e.Await(*self._place(node), self.expression(node.value))

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> e.Yield:
        return e.Yield(*self._place(node), self._maybe(node.value), isinstance(node, ast.YieldFrom))

    def _lambda(self, node: ast.Lambda) -> e.Lambda:
        return e.Lambda(*self._place(node), self._parameters(node.args), self.expression(node.body))

    def _comprehension(self, node: Any) -> e.Comprehension:
        kinds = {
            ast.ListComp: "list",
            ast.SetComp: "set",
            ast.GeneratorExp: "generator",
            ast.DictComp: "dict",
        }
        is_dict = isinstance(node, ast.DictComp)
        return e.Comprehension(
            *self._place(node),
            kinds[type(node)],
            self.expression(node.key) if is_dict else None,
            self.expression(node.value if is_dict else node.elt),
            tuple(
                e.Generator(
                    *self._place(g.target),
                    self.expression(g.target),
                    self.expression(g.iter),
                    self._all(g.ifs),
                    bool(g.is_async),
                )
                for g in node.generators
            ),
        )

    def _walrus(self, node: ast.NamedExpr) -> e.Walrus:
        self._words[node.target.id] = None
        target = e.Name(*self._place(node.target), node.target.id)
        value = self.expression(node.value)
        self._naming.assigns((target,), value)
        return e.Walrus(*self._place(node), target, value)

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
                *self._place(a), a.arg, kind, self._annotation(a.annotation), self._maybe(default)
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
