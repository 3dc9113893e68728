"""Facts say what the file says: nothing lost that rules ask for, every span in its place."""

from __future__ import annotations

import ast
import gc
from pathlib import Path

import msgspec
import pytest

import gravity_lint
from gravity_lint import facts as f
from gravity_lint.facts.extract import extract
from gravity_lint.facts.places import Places
from gravity_lint.sources.source import from_text

OWN_FILES = sorted(Path(gravity_lint.__file__).parent.rglob("*.py"))


def module(code: str) -> f.ModuleFacts:
    return extract(from_text(Path("/x.py"), code))


def expression(code: str) -> f.Expression:
    statement = module(f"pass\n{code}").body[1]
    assert isinstance(statement, f.Evaluate)
    return statement.value


def cut(code: str, expression: f.Expression) -> str:
    span = expression.span
    assert span.line == span.end_line == 2
    return code[span.column - 1 : span.end_column - 1]


EXPRESSIONS = [
    "a",
    "a.b.c",
    "(1).real",
    "'it\\'s'",
    "\"a\" 'b'",
    "b'x'",
    "1j + ...",
    "f(a, *b, c=1, **d)",
    "f(x for x in y)",
    "a[1:2, ::3]",
    "a[b]",
    "a[1,]",
    "(a, b)",
    "(a,)",
    "()",
    "[a, *b]",
    "{a, b}",
    "{'k': v, **rest}",
    "a + b * c",
    "(a + b) * c",
    "a - (b - c)",
    "2 ** -x",
    "(-2) ** x",
    "-x ** 2",
    "(a ** b) ** c",
    "not a and (b or c)",
    "(not a) == b",
    "a < b <= c is not d not in e",
    "(a < b) < c",
    "a if b else c if d else e",
    "(a if b else c) if d else e",
    "[x async for x in y if z if w]",
    "{k: v for k, v in y}",
    "{x for x in (a if b else c)}",
    "(y := f(x))",
    "f'{a!r:>{width}} {{literal}}'",
    "f\"{d['k']} it's\"",
    "f'{ {1: 2}[1] }'",
    "(await_ or b).c",
    "~a & b | c ^ d << 1 >> 2 // 3 % 4 @ m",
    "lambda_(1)(2)[3].x",
    "lambda: 0",
    "lambda a, /, b=1, *c, d, e=lambda x: x, **f: (a, b)",
    "lambda a, /: a",
    "lambda *, a: a if b else c",
    "(lambda x: x)(1).y or (lambda: 1)",
    "[x for x in (lambda: y)() if (lambda: z)]",
    "(lambda: a) if (lambda: b) else lambda: c",
    "1e400",
    "'tab\\t and newline\\n'",
    "f'\\x00 \\x1b[1m \\u2028 {a}'",
    "f'''{a['k']} {b[\"it's\"]} 'so\\'' \"too\"'''",
]


@pytest.mark.parametrize("code", EXPRESSIONS)
def test_rendering_gives_the_same_tree(code: str) -> None:
    if "async" in code:
        inside = f"async def w():\n    {code}\n"
        function = module(inside).body[0]
        assert isinstance(function, f.FunctionDefinition)
        statement = function.body[0]
        assert isinstance(statement, f.Evaluate)
        rendered = f.render(statement.value)
        assert ast.dump(ast.parse(f"async def w():\n    {rendered}\n")) == ast.dump(
            ast.parse(inside)
        )
        return
    rendered = f.render(expression(f"({code})"))
    assert ast.dump(ast.parse(f"({rendered})")) == ast.dump(ast.parse(f"({code})"))


@pytest.mark.parametrize("odd", ["\n", "it's \"\"\" and '''", "\\"])
def test_a_template_whose_fields_no_quotes_hold_is_a_call(odd: str) -> None:
    """Python 3.12 takes any quotes and backslashes there, those before it do not."""
    template = expression("f'{{ {a!r:>{b}} {c}'")
    assert isinstance(template, f.Template)
    *parts, last = template.parts
    assert isinstance(last, f.Hole)
    constant = f.Constant(template.line, template.shape, odd, "str")
    parts.append(msgspec.structs.replace(last, value=constant))
    rendered = f.render(msgspec.structs.replace(template, parts=tuple(parts)))
    assert ".format(" in rendered
    assert eval(rendered, {"a": "x", "b": 5}) == "{   'x' " + odd


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.stem)
def test_facts_survive_storage(path: Path) -> None:
    found = module(path.read_text(encoding="utf-8"))
    stored = msgspec.msgpack.encode(found)
    assert repr(msgspec.msgpack.decode(stored, type=f.ModuleFacts)) == repr(found)
    stored = msgspec.json.encode(found)
    assert repr(msgspec.json.decode(stored, type=f.ModuleFacts)) == repr(found)


def test_surrogates_do_not_hinder_storage() -> None:
    found = module("x = '\\ud800'\ny = f'\\ud800{x}'\nz = 1 << 1, 99999999999999999999\n")
    stored = msgspec.msgpack.encode(found)
    assert repr(msgspec.msgpack.decode(stored, type=f.ModuleFacts)) == repr(found)


def test_columns_count_characters() -> None:
    code = "f('نام', 'ü', name)"
    call = expression(code)
    assert isinstance(call, f.Call)
    assert [cut(code, a) for a in call.arguments] == ["'نام'", "'ü'", "name"]
    assert cut(code, call) == code


def test_spans_of_a_function() -> None:
    code = (
        "@router.get('/')\n"
        "@cached\n"
        "async def items(\n"
        "    a: int = 1,\n"
        ") -> list[int]:\n"
        '    """Doc.\n\n    More."""\n'
        "    return []\n"
    )
    function = module(code).body[0]
    assert isinstance(function, f.FunctionDefinition)
    assert function.docstring is not None
    assert function.docstring.text == "Doc.\n\nMore."
    assert (function.name_span.line, function.name_span.column) == (3, 11)
    assert (function.whole.line, function.whole.column) == (1, 1)
    assert (function.span.line, function.span.end_line) == (3, 9)
    assert function.signature.end_line == 5
    assert len(function.body) == 1


@pytest.mark.parametrize(
    ("code", "column"),
    [("def d(): ...", 5), ("async def a(): ...", 11), ("class s: ...", 7), ("class  c(): ...", 8)],
)
def test_a_name_of_one_letter_is_not_found_in_the_keyword(code: str, column: int) -> None:
    definition = module(code).body[0]
    assert isinstance(definition, f.FunctionDefinition | f.ClassDefinition)
    assert definition.name_span.column == column


def test_what_stands_in_an_f_string_has_no_place_that_an_edit_could_take() -> None:
    template = expression('f"a {b.c()} {d!r:{e}}"')
    assert cut('f"a {b.c()} {d!r:{e}}"', template) == 'f"a {b.c()} {d!r:{e}}"'
    inside = [x for x in f.walk(template) if x is not template]
    assert len(inside) > 4
    assert all(x.span.empty and (x.span.line, x.span.column) == (2, 1) for x in inside)


def test_forward_references_are_parsed() -> None:
    code = "def f(x: 'Annotated[Session, Depends(get)]', y: Literal['a']) -> 'list[\"User\"]': ..."
    function = module(code).body[0]
    assert isinstance(function, f.FunctionDefinition)
    first, second = (p.annotation for p in function.parameters)
    assert first is not None
    assert second is not None
    assert function.returns is not None
    assert f.render(first) == "Annotated[Session, Depends(get)]"
    assert f.render(second) == 'Literal["a"]'
    assert f.render(function.returns) == "list[User]"


def test_what_nests_too_deep_is_left_out_and_nothing_else() -> None:
    deep = "x = " + "+".join(["a"] * 900)
    found = module(f"first = 1\n{deep}\nlast = 2\n")
    names = [s.targets[0] for s in found.body if isinstance(s, f.Assign)]
    assert [f.render(name) for name in names][0 :: len(names) - 1] == ["first", "last"]


def test_a_file_that_does_not_parse_has_only_its_fault() -> None:
    found = module("def f(:\n")
    assert found.fault is not None
    assert found.fault.span.line == 1
    assert found.body == ()


def test_nothing_but_facts_is_left_of_a_file() -> None:
    """The collector rests while files are read: what refers to itself would stay with its tree."""

    def held() -> int:
        return sum(isinstance(x, Places | ast.Module) for x in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        before = held()
        module("async def f(x: int) -> str:\n    return [y async for y in x]\n")
        assert held() == before
    finally:
        gc.enable()
