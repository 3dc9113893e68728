"""Whatever the module and the fixes: the outcome parses, and comments and line ends survive."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gravity_lint import facts as f
from gravity_lint.edits import (
    AddDecorator,
    AddImport,
    Edit,
    InsertHandler,
    InsertStatement,
    MakeAsync,
    RemoveArgument,
    RemoveImport,
    ReplaceArgument,
    ReplaceExpression,
    SetKeyword,
    SetReturns,
    WrapExpression,
)
from gravity_lint.facts.extract import extract
from gravity_lint.fixing import apply
from gravity_lint.sources.source import from_text
from tests.fixing.places import at, fix, mended, refused

LINES = [
    '"""Doc."""',
    "from __future__ import annotations",
    "import os  # os",
    "from fastapi import FastAPI",
    "from fastapi import (\n    Query,  # query\n    Path\n)",
    "x = f(a, b)  # call",
    "y = f(\n    a,  # a\n    # gone\n    b=g(c for c in d),\n)",
    "z = (f(a) or g(), [1, 2], {'k': f'{a!r}'})",
    "w = (\n    'é'  # one\n    'ü'\n)",
    "if a: b(); c()",
    "if a:\n\tb(c, *d, **e)\n\t# tail\nelse: pass",
    "try:\n    a()\n    # body\n# clause\nexcept A as e: raise  # raise\nfinally:\n    b()",
    "@d(1)\n# between\n@e\ndef h(p, q=f(1), *, r: int = 2) -> int:  # sig\n    return p + q  # ret",
    "async def k(\n    p,  # p\n):\n    '''Doc\n    more'''\n    await f(p); return",
    "class C(B):\n  # c\n  n: int = f()\n\n  def m(self): return self.n",
    "lambda: f(x := 1)",
    "a \\\n  .b(c)",
    "# alone",
    "\f",
    "",
]


def edits_of(text: str) -> list[Edit]:
    """Return some edit for everything that *text* holds."""
    facts = extract(from_text(Path("/x.py"), text))
    found: list[Edit] = []

    def expression(expression: f.Expression | None) -> None:
        if expression is None:
            return
        for inner in f.walk(expression):
            place = inner.span
            if (place.line, place.column) == (place.end_line, place.end_column):
                continue  # it has no text of its own
            if not isinstance(inner, f.Starred):
                found.append(ReplaceExpression(inner.span, "new or old"))
                found.append(WrapExpression(inner.span, "wrap(", ")"))
            if isinstance(inner, f.Call):
                found.append(SetKeyword(inner.span, "key", "1"))
                found.append(SetKeyword(inner.span, "other", '"é"'))
                found.extend(RemoveArgument(inner.span, x.span) for x in inner.arguments)
                found.extend(
                    ReplaceArgument(inner.span, x.span, ('"a %s"', "(yield)"))
                    for x in inner.arguments
                )

    def visit(node: Any) -> None:
        if isinstance(node, f.FunctionDefinition | f.ClassDefinition):
            found.append(AddDecorator(node.span, "new"))
            found.append(AddDecorator(node.span, "new", innermost=True))
        if isinstance(node, f.FunctionDefinition):
            found.extend((MakeAsync(node.span), SetReturns(node.span, "Answer")))
        if isinstance(node, f.Handler):
            found.append(InsertHandler(node.span, "except New:\n    raise"))
        elif not isinstance(node, f.Case | f.WithItem | f.Parameter | f.Import):
            found.append(InsertStatement(node.span, "new()"))
        for name in node.__struct_fields__:
            value = getattr(node, name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, EXPRESSIONS):
                    expression(part)
                elif hasattr(part, "__struct_fields__") and hasattr(part, "span"):
                    visit(part)

    for statement in facts.body:
        visit(statement)
    return found


def comments(text: str) -> list[str]:
    lines = io.StringIO(text, newline=None)
    tokens = tokenize.generate_tokens(lines.readline)
    return sorted(token.string for token in tokens if token.type == tokenize.COMMENT)


EXPRESSIONS = get_args(f.Expression)
IMPORTS: list[Edit] = [
    AddImport("fastapi", "status"),
    AddImport("json"),
    AddImport("app.x", "y"),
    RemoveImport("os"),
    RemoveImport("fastapi", "Query"),
    RemoveImport("fastapi", "FastAPI"),
]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=8), st.randoms(use_true_random=False),
    st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(),
)  # fmt: skip
def test_any_fixes_on_any_module(lines: list[str], random: Any, end: str, ends: bool) -> None:
    head = [x for x in LINES[:2] if x in lines]
    text = "\n".join([*head, *(x for x in lines if x not in head)]) + "\n" * ends
    text = text.replace("\n", end)
    possible = edits_of(text)
    if not possible:
        return
    fixes = []
    for _ in range(random.randint(1, 12)):
        chosen = random.sample(possible, min(len(possible), random.randint(1, 3)))
        fixes.append(fix(*chosen, *random.sample(IMPORTS, random.randint(0, 2))))
    applied = apply(text, fixes)
    assert sorted([*applied.done, *applied.deferred, *applied.failed]) == list(range(len(fixes)))
    ast.parse(applied.text)
    assert comments(applied.text) == comments(text)
    assert end not in text or set(re.findall(r"\r\n|\r|\n", applied.text)) <= {end}
    assert applied.text.count("\f") == text.count("\f")
    for reason in applied.failed.values():
        assert "such expression" not in reason


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_those_of_the_neighbourhood(end: str) -> None:
    text = f"x = f(a){end}y = f({end}    b,{end}){end}"
    edits = (SetKeyword(at(text, f"f({end}    b,{end})"), "c", "1"), AddImport("json"))
    fixed = mended(text, *edits)
    assert fixed == (f"import json{end}{end}x = f(a){end}y = f({end}    b,{end}    c=1,{end}){end}")


def test_mixed_line_ends_stay_mixed() -> None:
    text = "import os\r\nx = f(\n    a,\n)\ry = 1"
    edits = (SetKeyword(at(text, "f(\n    a,\n)"), "c", "1"), AddImport("json"))
    assert mended(text, *edits) == "import json\r\nimport os\r\nx = f(\n    a,\n    c=1,\n)\ry = 1"


def test_form_feeds_stay() -> None:
    text = "import os\n\f\nx = f(a)\n\n \f \ndef g(): ...\n"
    assert mended(text, SetKeyword(at(text, "f(a)"), "b", "1")) == text.replace("(a", "(a, b=1")
    text = "x = '''\f'''\ny = f(a)"
    assert mended(text, SetKeyword(at(text, "f(a)"), "b", "1")) == text.replace("(a", "(a, b=1")


def test_what_libcst_would_lose_is_left_alone() -> None:
    text = "x = f(a)\n\fdef g(): ...\n"
    reason = refused(text, SetKeyword(at(text, "f(a)"), "b", "1"))
    assert reason == "the file cannot be parsed without loss"
    assert refused("x = (\n", ReplaceExpression(at("x", "x"), "y")) == reason


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("rest", ["\n", "\n  ", "\n  \n", "\n\n\t", "  \n\n \f"])
def test_blanks_at_the_end_stay(rest: str, end: str) -> None:
    text = f"x = f(a)\n{rest}".replace("\n", end)
    assert mended(text, SetKeyword(at(text, "f(a)"), "b", "1")) == text.replace("(a", "(a, b=1")
    assert mended(text, AddImport("json")) == f"import json{end}{end}{text}"


def test_tabs_stay() -> None:
    text = "class A:\n\tdef f(self):\n\t\treturn g(\n\t\t\ta,\n\t\t)\n"
    call = at(text, "g(\n\t\t\ta,\n\t\t)")
    assert mended(text, SetKeyword(call, "b", "1")) == text.replace("a,\n", "a,\n\t\t\tb=1,\n")
