"""From a parsed file to its facts: one traversal of the tree.

The only module behind the source stage that knows `ast`.
"""

import ast
import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

from gravity_lint.facts import expressions as e
from gravity_lint.facts import statements as s
from gravity_lint.findings.suppressions import Suppression, parse
from gravity_lint.sources.source import Source, character_column
from gravity_lint.sources.spans import Span

_OPERATORS: dict[type[ast.AST], str] = {
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


def extract(source: Source) -> s.ModuleFacts:
    """Return the facts of *source*; those of a file that does not parse hold only its fault."""
    suppressions = parse(source.text)
    if source.tree is None:
        fault = None
        if source.error is not None:
            at = source.error
            span = Span(at.line, at.column, at.line, at.column + 1)
            fault = s.SyntaxFault(span, at.message)
        return s.ModuleFacts(lines=len(source.lines), fault=fault, suppressions=suppressions)
    return _Extractor(source.lines).module(source.tree, suppressions)


def _storable(text: str) -> str:
    """Return *text* without lone surrogates, which cannot be stored as UTF-8."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _last_word(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_alias(annotation: ast.expr) -> bool:
    """Tell whether ``name: annotation = value`` makes *name* a type alias."""
    return _last_word(annotation) == "TypeAlias"


class _Extractor:
    """Turns the nodes of one tree into facts."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._ascii = [line.isascii() for line in lines]
        self._forward: Span | None = None
        self._expressions: dict[type[ast.AST], Callable[[Any], e.Expression]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Constant: self._constant,
            ast.Call: self._call,
            ast.JoinedStr: self._template,
            ast.Subscript: self._subscript,
            ast.Slice: self._slice,
            ast.Starred: self._starred,
            ast.List: self._collection,
            ast.Tuple: self._collection,
            ast.Set: self._collection,
            ast.Dict: self._mapping,
            ast.BinOp: self._binary,
            ast.BoolOp: self._boolean,
            ast.UnaryOp: self._unary,
            ast.Compare: self._compare,
            ast.IfExp: self._conditional,
            ast.Await: self._await,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.SetComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.DictComp: self._comprehension,
            ast.NamedExpr: self._walrus,
        }
        self._statements: dict[type[ast.AST], Callable[[Any], s.Statement]] = {
            ast.Expr: self._evaluate,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augmented,
            ast.Return: lambda n: s.Return(self._span(n), self._maybe(n.value)),
            ast.Raise: lambda n: s.Raise(self._span(n), self._maybe(n.exc), self._maybe(n.cause)),
            ast.Assert: lambda n: s.Assert(
                self._span(n), self.expression(n.test), self._maybe(n.msg)
            ),
            ast.Delete: lambda n: s.Delete(self._span(n), self._all(n.targets)),
            ast.Global: lambda n: s.Global(self._span(n), "global", tuple(n.names)),
            ast.Nonlocal: lambda n: s.Global(self._span(n), "nonlocal", tuple(n.names)),
            ast.Pass: lambda n: s.Jump(self._span(n), "pass"),
            ast.Break: lambda n: s.Jump(self._span(n), "break"),
            ast.Continue: lambda n: s.Jump(self._span(n), "continue"),
            ast.If: self._if,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.Try: self._try,
            ast.With: self._with,
            ast.AsyncWith: self._with,
            ast.Match: self._match,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.ClassDef: self._class,
        }
        if sys.version_info >= (3, 12):
            self._statements[ast.TypeAlias] = self._type_alias
        if hasattr(ast, "TryStar"):
            self._statements[ast.TryStar] = self._try

    # -- places ---------------------------------------------------------------------------

    def _column(self, line: int, offset: int) -> int:
        if line <= len(self._ascii) and self._ascii[line - 1]:
            return offset + 1
        return character_column(self._lines[line - 1] if line <= len(self._lines) else "", offset)

    def _between(self, line: int, offset: int, end_line: int, end_offset: int) -> Span:
        return Span(line, self._column(line, offset), end_line, self._column(end_line, end_offset))

    def _span(self, node: Any) -> Span:
        if self._forward is not None:
            return self._forward
        return self._between(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)

    # -- modules and blocks ---------------------------------------------------------------

    def module(self, tree: ast.Module, suppressions: tuple[Suppression, ...]) -> s.ModuleFacts:
        docstring, body = self._documented(tree.body)
        return s.ModuleFacts(
            docstring, self._block(body), len(self._lines), suppressions=suppressions
        )

    def _documented(self, body: list[ast.stmt]) -> tuple[s.Docstring | None, list[ast.stmt]]:
        match body:
            case [ast.Expr(value=ast.Constant(value=str(text))) as first, *rest]:
                return s.Docstring(self._span(first), inspect.cleandoc(text)), rest
        return None, body

    def _block(self, body: Sequence[ast.stmt]) -> tuple[s.Statement, ...]:
        statements: list[s.Statement] = []
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                statements.extend(self._imports(node))
                continue
            build = self._statements.get(type(node))
            if build is None:
                continue
            try:
                statements.append(build(node))
            except RecursionError:
                # Nested deeper than Python itself can walk: nothing is known about it.
                continue
        return tuple(statements)

    def _imports(self, node: ast.Import | ast.ImportFrom) -> list[s.Import]:
        whole = self._span(node)
        if isinstance(node, ast.ImportFrom):
            return [
                s.Import(
                    self._span(alias),
                    node.module or "",
                    alias.name,
                    alias.asname or alias.name,
                    node.level,
                    whole,
                    alias.asname is not None,
                )
                for alias in node.names
            ]
        return [
            s.Import(
                self._span(alias),
                alias.name,
                None,
                alias.asname or alias.name.partition(".")[0],
                0,
                whole,
                alias.asname is not None,
            )
            for alias in node.names
        ]

    # -- definitions ----------------------------------------------------------------------

    def _whole(self, node: Any) -> Span:
        own = self._span(node)
        if not node.decorator_list:
            return own
        first = self._span(node.decorator_list[0])
        return Span(first.line, max(1, first.column - 1), own.end_line, own.end_column)

    def _signature(self, node: Any) -> Span:
        own = self._span(node)
        first = node.body[0]
        decorators = getattr(first, "decorator_list", None)
        line = decorators[0].lineno if decorators else first.lineno
        last = own.line
        if isinstance(node, ast.ClassDef):
            parts: list[ast.AST] = [*node.bases, *(k.value for k in node.keywords)]
        else:
            a = node.args
            parts = [*a.posonlyargs, *a.args, *a.kwonlyargs, *a.defaults]
            parts += [x for x in (a.vararg, a.kwarg, node.returns, *a.kw_defaults) if x]
        for part in parts:
            last = max(last, getattr(part, "end_lineno", last))
        # The closing parenthesis and colon may stand on lines of their own.
        while last + 1 < line and not self._lines[last - 1].split("#")[0].rstrip().endswith(":"):
            last += 1
        return Span(own.line, own.column, last, len(self._lines[last - 1].rstrip()) + 1)

    def _name_span(self, node: Any) -> Span:
        own = self._span(node)
        text = self._lines[own.line - 1] if own.line <= len(self._lines) else ""
        keyword = "class" if isinstance(node, ast.ClassDef) else "def"
        at = text.find(keyword, own.column - 1)
        start = text.find(node.name, at + len(keyword)) if at >= 0 else -1
        if start < 0:
            return Span(own.line, own.column, own.line, own.column + 1)
        return Span(own.line, start + 1, own.line, start + 1 + len(node.name))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> s.FunctionDefinition:
        docstring, body = self._documented(node.body)
        return s.FunctionDefinition(
            self._span(node),
            node.name,
            self._name_span(node),
            isinstance(node, ast.AsyncFunctionDef),
            self._parameters(node.args),
            self._annotation(node.returns),
            self._all(node.decorator_list),
            docstring,
            self._block(body),
            self._whole(node),
            self._signature(node),
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

    def _class(self, node: ast.ClassDef) -> s.ClassDefinition:
        docstring, body = self._documented(node.body)
        return s.ClassDefinition(
            self._span(node),
            node.name,
            self._name_span(node),
            self._all(node.bases),
            tuple((k.arg, self.expression(k.value)) for k in node.keywords),
            tuple(p.name for p in getattr(node, "type_params", ())),
            self._all(node.decorator_list),
            docstring,
            self._block(body),
            self._whole(node),
            self._signature(node),
        )

    # -- simple statements ----------------------------------------------------------------

    def _evaluate(self, node: ast.Expr) -> s.Evaluate:
        return s.Evaluate(self._span(node), self.expression(node.value))

    def _assign(self, node: ast.Assign) -> s.Assign:
        return s.Assign(
            self._span(node), self._all(node.targets), self.expression(node.value), None, ""
        )

    def _annotated(self, node: ast.AnnAssign) -> s.Assign:
        return s.Assign(
            self._span(node),
            (self.expression(node.target),),
            self._annotation(node.value) if _is_alias(node.annotation) else self._maybe(node.value),
            self._annotation(node.annotation),
            "",
        )

    def _type_alias(self, node: Any) -> s.Assign:
        """Return what ``type Name[T] = value`` (Python 3.12) binds."""
        target, value = self.expression(node.name), self._annotation(node.value)
        return s.Assign(self._span(node), (target,), value, None, "")

    def _augmented(self, node: ast.AugAssign) -> s.Assign:
        return s.Assign(
            self._span(node),
            (self.expression(node.target),),
            self.expression(node.value),
            None,
            _OPERATORS[type(node.op)],
        )

    # -- compound statements --------------------------------------------------------------

    def _if(self, node: ast.If) -> s.If:
        return s.If(
            self._span(node),
            self.expression(node.test),
            self._block(node.body),
            self._block(node.orelse),
        )

    def _for(self, node: ast.For | ast.AsyncFor) -> s.For:
        return s.For(
            self._span(node),
            self.expression(node.target),
            self.expression(node.iter),
            self._block(node.body),
            self._block(node.orelse),
            isinstance(node, ast.AsyncFor),
        )

    def _while(self, node: ast.While) -> s.While:
        return s.While(
            self._span(node),
            self.expression(node.test),
            self._block(node.body),
            self._block(node.orelse),
        )

    def _try(self, node: Any) -> s.Try:
        return s.Try(
            self._span(node),
            self._block(node.body),
            tuple(
                s.Handler(self._span(h), self._maybe(h.type), h.name, self._block(h.body))
                for h in node.handlers
            ),
            self._block(node.orelse),
            self._block(node.finalbody),
        )

    def _with(self, node: ast.With | ast.AsyncWith) -> s.With:
        return s.With(
            self._span(node),
            tuple(
                s.WithItem(
                    self._span(item.context_expr),
                    self.expression(item.context_expr),
                    self._maybe(item.optional_vars),
                )
                for item in node.items
            ),
            self._block(node.body),
            isinstance(node, ast.AsyncWith),
        )

    def _match(self, node: ast.Match) -> s.Match:
        cases: list[s.Case] = []
        for case in node.cases:
            captures: list[str] = []
            values: list[e.Expression] = []
            for part in ast.walk(case.pattern):
                if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name:
                    captures.append(part.name)
                elif isinstance(part, ast.MatchMapping) and part.rest:
                    captures.append(part.rest)
                elif isinstance(part, ast.MatchValue):
                    values.append(self.expression(part.value))
                elif isinstance(part, ast.MatchClass):
                    values.append(self.expression(part.cls))
            cases.append(
                s.Case(
                    self._span(case.pattern),
                    tuple(captures),
                    tuple(values),
                    self._maybe(case.guard),
                    self._block(case.body),
                )
            )
        return s.Match(self._span(node), self.expression(node.subject), tuple(cases))

    # -- expressions ----------------------------------------------------------------------

    def expression(self, node: ast.expr) -> e.Expression:
        return self._expressions[type(node)](node)

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
                last = _last_word(value)
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
                return e.Constant(span, _storable(value), "str")
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
                    parts.append(_storable(str(part.value)))
        finally:
            self._forward = outer
        return e.Template(whole, tuple(parts))

    def _subscript(self, node: ast.Subscript) -> e.Expression:
        if _last_word(node.value) in ("Annotated", "Optional", "Union"):
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
            _OPERATORS[type(node.op)],
            self.expression(node.left),
            self.expression(node.right),
        )

    def _boolean(self, node: ast.BoolOp) -> e.Boolean:
        return e.Boolean(self._span(node), _OPERATORS[type(node.op)], self._all(node.values))

    def _unary(self, node: ast.UnaryOp) -> e.Expression:
        return e.Unary(self._span(node), _OPERATORS[type(node.op)], self.expression(node.operand))

    def _compare(self, node: ast.Compare) -> e.Compare:
        return e.Compare(
            self._span(node),
            self.expression(node.left),
            tuple(_OPERATORS[type(op)] for op in node.ops),
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
