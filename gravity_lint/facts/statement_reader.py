"""Statements of a tree as facts, down from the module."""

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from gravity_lint.facts import expressions as e
from gravity_lint.facts import statements as s
from gravity_lint.facts.expression_reader import OPERATORS, ExpressionReader, last_word, storable
from gravity_lint.facts.headers import is_generated
from gravity_lint.facts.naming import Naming
from gravity_lint.findings.suppressions import Suppression
from gravity_lint.sources.spans import Span


class StatementReader(ExpressionReader):
    """Turns one tree into facts."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines)
        self._aliases: list[s.Alias] = []
        """Those of the scopes that have been read."""

    def _inside(
        self, body: Sequence[ast.stmt], values: Iterable[str] = ()
    ) -> tuple[s.Statement, ...]:
        """Return the statements of a scope in which *values* are bound from the start."""
        outer, self._naming = self._naming, Naming(values)
        try:
            found = self._block(body)
            self._aliases += self._naming.aliases()
        finally:
            self._naming = outer
        return found

    def module(self, tree: ast.Module, suppressions: tuple[Suppression, ...]) -> s.ModuleFacts:
        """Return the facts of the whole file."""
        docstring, body = self._documented(tree.body)
        statements = self._block(body)
        return s.ModuleFacts(
            docstring,
            statements,
            len(self._lines),
            suppressions=suppressions,
            generated=is_generated(self._lines, docstring.text if docstring is not None else ""),
            words=" ".join(self._words),
            aliases=tuple(dict.fromkeys([*self._naming.aliases(), *self._aliases])),
        )

    def _documented(self, body: list[ast.stmt]) -> tuple[s.Docstring | None, list[ast.stmt]]:
        match body:
            case [ast.Expr(value=ast.Constant(value=str(text))) as first, *rest]:
                return s.Docstring(*self._place(first), storable(inspect.cleandoc(text))), rest
        return None, body

    def _block(self, body: Sequence[ast.stmt]) -> tuple[s.Statement, ...]:
        statements: list[s.Statement] = []
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                statements.extend(self._imports(node))
                continue
            read = _READERS.get(type(node))
            if read is None:
                continue
            try:
                statements.append(read(self, node))
            except RecursionError:
                # Nested deeper than Python itself can walk: nothing is known about it.
                continue
        return tuple(statements)

    def _imports(self, node: ast.Import | ast.ImportFrom) -> list[s.Import]:
        whole = Span.at(*self._place(node))
        for alias in node.names:
            path = alias.name.split(".")
            self._words.update(dict.fromkeys(path))
            if isinstance(node, ast.Import):
                self._words.update(_packages(alias.name))
            if alias.asname is not None:
                self._words[alias.asname] = None
            bound = alias.asname or path[0]
            self._naming.imports(bound, path[-1], renamed=alias.asname is not None)
        if isinstance(node, ast.ImportFrom):
            self._words.update(dict.fromkeys(node.module.split(".") if node.module else ["."]))
            if node.module and not node.level:
                self._words.update(_packages(node.module))
            return [
                s.Import(
                    *self._place(alias),
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
                *self._place(alias),
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

    def _head(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
        """Note the words by which a definition and what decorates it can be found."""
        self._words[node.name] = None
        for decorator in node.decorator_list:
            named = decorator.func if isinstance(decorator, ast.Call) else decorator
            self._words[f"@{last_word(named)}"] = None

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> s.FunctionDefinition:
        self._head(node)
        self._words[f"{node.name}:"] = None
        docstring, body = self._documented(node.body)
        parameters = self._parameters(node.args)
        return s.FunctionDefinition(
            *self._place(node),
            node.name,
            self._name_of(node),
            self._signature(node),
            self._all(node.decorator_list),
            docstring,
            self._inside(body, [parameter.name for parameter in parameters]),
            isinstance(node, ast.AsyncFunctionDef),
            parameters,
            self._annotation(node.returns),
            self._remarks(node) if node.name.startswith("test") else (),
        )

    def _remarks(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[s.Remark, ...]:
        found: list[s.Remark] = []
        below = 0  # the line on which the last one would go on
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            code, comment = _taken_apart(self._lines[line - 1])
            if not comment:
                continue
            text = storable(comment.strip("# \t"))
            if line == below and not code:
                found[-1] = s.Remark(found[-1].line, f"{found[-1].text} {text}")
            else:
                found.append(s.Remark(line, text))
            below = 0 if code else line + 1
        return tuple(found)

    def _class(self, node: ast.ClassDef) -> s.ClassDefinition:
        self._head(node)
        for base in node.bases:
            named = base.value if isinstance(base, ast.Subscript) else base
            self._words[f"({last_word(named)}"] = None
        docstring, body = self._documented(node.body)
        return s.ClassDefinition(
            *self._place(node),
            node.name,
            self._name_of(node),
            self._signature(node),
            self._all(node.decorator_list),
            docstring,
            self._inside(body),
            self._all(node.bases),
            tuple((k.arg, self.expression(k.value)) for k in node.keywords),
            tuple(p.name for p in getattr(node, "type_params", ())),
        )

    # -- simple statements ----------------------------------------------------------------

    def _evaluate(self, node: ast.Expr) -> s.Evaluate:
        return s.Evaluate(*self._place(node), self.expression(node.value))

    def _assign(self, node: ast.Assign) -> s.Assign:
        return self._assigned(node, self._all(node.targets), self.expression(node.value), None)

    def _annotated(self, node: ast.AnnAssign) -> s.Assign:
        targets = (self.expression(node.target),)
        value = (
            self._annotation(node.value) if _is_alias(node.annotation) else self._maybe(node.value)
        )
        return self._assigned(node, targets, value, self._annotation(node.annotation))

    def _type_alias(self, node: Any) -> s.Assign:
        """Return what ``type Name[T] = value`` (Python 3.12) binds."""
        targets, value = (self.expression(node.name),), self._annotation(node.value)
        return self._assigned(node, targets, value, None)

    def _assigned(
        self,
        node: ast.stmt,
        targets: tuple[e.Expression, ...],
        value: e.Expression | None,
        annotation: e.Expression | None,
    ) -> s.Assign:
        self._naming.assigns(targets, value)
        return s.Assign(*self._place(node), targets, value, annotation, "")

    def _augmented(self, node: ast.AugAssign) -> s.Assign:
        targets = (self.expression(node.target),)
        self._naming.assigns(targets, None)
        return s.Assign(
            *self._place(node),
            targets,
            self.expression(node.value),
            None,
            OPERATORS[type(node.op)],
        )

    def _return(self, node: ast.Return) -> s.Return:
        return s.Return(*self._place(node), self._maybe(node.value))

    def _raise(self, node: ast.Raise) -> s.Raise:
        return s.Raise(*self._place(node), self._maybe(node.exc), self._maybe(node.cause))

    def _assert(self, node: ast.Assert) -> s.Assert:
        return s.Assert(*self._place(node), self.expression(node.test), self._maybe(node.msg))

    def _delete(self, node: ast.Delete) -> s.Delete:
        return s.Delete(*self._place(node), self._all(node.targets))

    def _global(self, node: ast.Global | ast.Nonlocal) -> s.Global:
        return s.Global(*self._place(node), type(node).__name__.lower(), tuple(node.names))

    def _jump(self, node: ast.Pass | ast.Break | ast.Continue) -> s.Jump:
        return s.Jump(*self._place(node), type(node).__name__.lower())

    # -- compound statements --------------------------------------------------------------

    def _if(self, node: ast.If) -> s.If:
        return s.If(
            *self._place(node),
            self.expression(node.test),
            self._block(node.body),
            self._block(node.orelse),
        )

    def _for(self, node: ast.For | ast.AsyncFor) -> s.For:
        target = self.expression(node.target)
        self._naming.assigns((target,), None)
        return s.For(
            *self._place(node),
            target,
            self.expression(node.iter),
            self._block(node.body),
            self._block(node.orelse),
            isinstance(node, ast.AsyncFor),
        )

    def _while(self, node: ast.While) -> s.While:
        return s.While(
            *self._place(node),
            self.expression(node.test),
            self._block(node.body),
            self._block(node.orelse),
        )

    def _try(self, node: Any) -> s.Try:
        return s.Try(
            *self._place(node),
            self._block(node.body),
            tuple(
                s.Handler(*self._place(h), self._maybe(h.type), h.name, self._block(h.body))
                for h in node.handlers
            ),
            self._block(node.orelse),
            self._block(node.finalbody),
        )

    def _with(self, node: ast.With | ast.AsyncWith) -> s.With:
        return s.With(
            *self._place(node),
            tuple(
                s.WithItem(
                    *self._place(item.context_expr),
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
                    *self._place(case.pattern),
                    tuple(captures),
                    tuple(values),
                    self._maybe(case.guard),
                    self._block(case.body),
                )
            )
        return s.Match(*self._place(node), self.expression(node.subject), tuple(cases))


@lru_cache(maxsize=4096)
def _packages(name: str) -> dict[str, None]:
    """Return the dotted names of the module called *name* and of what it lies in, with a dot."""
    parts = name.split(".")
    return {f"{'.'.join(parts[:end])}.": None for end in range(1, len(parts) + 1)}


def _taken_apart(line: str) -> tuple[str, str]:
    """Return the code and the comment of a *line*; in neither is a mark that stands in a string."""
    at = line.find("#")
    while at >= 0:
        code = line[:at]
        if not (code.count("'") % 2 or code.count('"') % 2):
            return code.strip(), line[at:]
        at = line.find("#", at + 1)
    return line, ""


def _is_alias(annotation: ast.expr) -> bool:
    """Tell whether ``name: annotation = value`` makes *name* a type alias."""
    return last_word(annotation) == "TypeAlias"


_READERS: dict[type[ast.AST], Callable[[StatementReader, Any], s.Statement]] = {
    ast.Expr: StatementReader._evaluate,
    ast.Assign: StatementReader._assign,
    ast.AnnAssign: StatementReader._annotated,
    ast.AugAssign: StatementReader._augmented,
    ast.Return: StatementReader._return,
    ast.Raise: StatementReader._raise,
    ast.Assert: StatementReader._assert,
    ast.Delete: StatementReader._delete,
    ast.Global: StatementReader._global,
    ast.Nonlocal: StatementReader._global,
    ast.Pass: StatementReader._jump,
    ast.Break: StatementReader._jump,
    ast.Continue: StatementReader._jump,
    ast.If: StatementReader._if,
    ast.For: StatementReader._for,
    ast.AsyncFor: StatementReader._for,
    ast.While: StatementReader._while,
    ast.Try: StatementReader._try,
    ast.With: StatementReader._with,
    ast.AsyncWith: StatementReader._with,
    ast.Match: StatementReader._match,
    ast.FunctionDef: StatementReader._function,
    ast.AsyncFunctionDef: StatementReader._function,
    ast.ClassDef: StatementReader._class,
}
if sys.version_info >= (3, 12):
    _READERS[ast.TypeAlias] = StatementReader._type_alias
if hasattr(ast, "TryStar"):
    _READERS[ast.TryStar] = StatementReader._try
