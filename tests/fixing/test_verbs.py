"""Each verb on awkward layouts: what it should write, and nothing else changed."""

from __future__ import annotations

import pytest

from gravity_lint.edits import (
    AddDecorator,
    InsertHandler,
    InsertStatement,
    MakeAsync,
    RemoveArgument,
    ReplaceArgument,
    ReplaceComment,
    ReplaceDecorator,
    ReplaceExpression,
    SetKeyword,
    SetReturns,
    WrapExpression,
)
from gravity_lint.fixing import apply
from gravity_lint.sources.spans import Span
from tests.fixing.places import at, fix, mended, refused


@pytest.mark.parametrize(
    ("before", "part", "text", "after"),
    [
        ("x = a.b  # why\n", "a.b", "c", "x = c  # why\n"),
        ("x = (a)\n", "a", "b or c", "x = (b or c)\n"),
        ("x = a.real\n", "a", "b + c", "x = (b + c).real\n"),
        ("x = a.real\n", "a", "f(b)", "x = f(b).real\n"),
        ("x = a()\n", "a", "lambda: 1", "x = (lambda: 1)()\n"),
        ("x = a[0]\n", "a", "await b", "x = (await b)[0]\n"),
        ("x = a[0]\n", "0", "b or c", "x = a[b or c]\n"),
        ("x = not a\n", "a", "b or c", "x = not (b or c)\n"),
        ("x = not a\n", "a", "b is c", "x = not b is c\n"),
        ("x = a and d\n", "a", "b or c", "x = (b or c) and d\n"),
        ("x = a and d\n", "a", "b == c", "x = b == c and d\n"),
        ("x = a == d\n", "a", "b == c", "x = (b == c) == d\n"),
        ("x = a if c else d\n", "c", "e if f else g", "x = a if (e if f else g) else d\n"),
        ("x = a\n", "a", "b, c", "x = (b, c)\n"),
        ("x = a\n", "a", "b := c", "x = (b := c)\n"),
        ("f(x for x in y)\n", "(x for x in y)", "z", "f(z)\n"),
        ("f((1, 2))\n", "(1, 2)", "z", "f((z))\n"),
        ("x = ('a'\n     'b')\n", "'a'\n     'b'", "'ab'", "x = ('ab')\n"),
        ("é = 'ü' + a\n", "a", "b", "é = 'ü' + b\n"),
        ("print(f'{a!r:>{b}}')\n", "b", "c", "print(f'{a!r:>{c}}')\n"),
    ],
)
def test_replace_expression(before: str, part: str, text: str, after: str) -> None:
    span = at(before, part, 2 if before.startswith("print") and part == "p" else 1)
    assert mended(before, ReplaceExpression(span, text)) == after


@pytest.mark.parametrize(
    ("before", "code", "text", "after"),
    [
        ('x = f"{a.b()}"\n', "a.b()", "c", 'x = f"{c}"\n'),
        ('x = f"{ a.b( 1 ) !r}"\n', "a.b(1)", "c", 'x = f"{ c !r}"\n'),
        ('x = f"{a.b[\'c\']}" "{a.b}"\n', "a.b['c']", "d", 'x = f"{d}" "{a.b}"\n'),
        (
            'x = ("a" \'b\'\n     f"é{a}")  # why\n',
            "a",
            "c",
            'x = ("a" \'b\'\n     f"é{c}")  # why\n',
        ),
        ('x = f"""\n{a}\n  {b:{c}}"""\n', "c", "d", 'x = f"""\n{a}\n  {b:{d}}"""\n'),
        ('x = f"{a}".join(f"{a}" for b in c)\n', "a", "d", 'x = f"{d}".join(f"{a}" for b in c)\n'),
        ("x = f\"{f'{a}'}{{a}}\"\n", "a", "b or c", "x = f\"{f'{b or c}'}{{a}}\"\n"),
        ('x = f"{a.b}"\n', "a", "b or c", 'x = f"{(b or c).b}"\n'),
    ],
)
def test_inside_of_a_string(before: str, code: str, text: str, after: str) -> None:
    """Only the place of the string is known, and the code that stands in it."""
    assert mended(before, ReplaceExpression(_place_of_string(before), text, code)) == after


def _place_of_string(text: str) -> Span:
    column = 5 + text.startswith("x = (")
    return Span(1, column, 1, column)


@pytest.mark.parametrize(
    ("before", "code", "text", "reason"),
    [
        ('x = f"{a} {a}"\n', "a", "b", "says the same several times"),
        ('x = f"{a=}"\n', "a", "b", "shows its code"),
        ('x = f"{a}"\n', "c", "b", "is not certain"),
        ('x = f"{a}"\n', "", "b", "where this fix cannot write"),
        ('x = f"{a}"\n', "a", "b['c']", "does not fit into the string"),
        ('x = f"{a}"\n', "a", "b(\n)", "does not fit into the string"),
        ("x = y\n", "a", "b", "no such string"),
    ],
)
def test_what_a_string_does_not_take(before: str, code: str, text: str, reason: str) -> None:
    assert reason in refused(before, ReplaceExpression(_place_of_string(before), text, code))


def test_a_keyword_inside_of_a_string() -> None:
    before = 'x = f"{f(a, b=1)}{g(a)}"\n'
    span = _place_of_string(before)
    after = 'x = f"{f(a, b=2)}{g(a)}"\n'
    assert mended(before, SetKeyword(span, "b", "2", code="f(a, b=1)")) == after
    after = 'x = f"{f(a, b=1)}{g(a, c=True)}"\n'
    assert mended(before, SetKeyword(span, "c", "True", code="g(a)")) == after
    assert "cannot write" in refused(before, SetKeyword(span, "c", "True"))
    before = 'x: "f(a)" = 1\n'
    assert "cannot write" in refused(before, SetKeyword(at(before, '"f(a)"'), "c", "True"))


@pytest.mark.parametrize(
    ("before", "part", "around", "after"),
    [
        ("x = f()\n", "f()", ("await ", ""), "x = await f()\n"),
        ("x = f().y\n", "f()", ("await ", ""), "x = (await f()).y\n"),
        ("x = (f()).y\n", "f()", ("await ", ""), "x = (await f()).y\n"),
        ("x = f() or g\n", "f()", ("await ", ""), "x = await f() or g\n"),
        ("g(x for x in y)\n", "(x for x in y)", ("list(", ")"), "g(list(x for x in y))\n"),
        ("x = ('a'\n    'b')\n", "'a'\n    'b'", ("f(", ")"), "x = (f('a'\n    'b'))\n"),
        ("x = a\\\n  .b\n", "a\\\n  .b", ("f(", ")"), "x = f(a\\\n  .b)\n"),
        ("f(\n    a  # why\n    .b\n)\n", "a  # why\n    .b", ("g(", ")"),
         "f(\n    g(a  # why\n    .b)\n)\n"),
    ],
)  # fmt: skip
def test_wrap_expression(before: str, part: str, around: tuple[str, str], after: str) -> None:
    assert mended(before, WrapExpression(at(before, part), *around)) == after


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("f()", "f(a=1)"),
        ("f( )", "f(a=1)"),
        ("f(x)", "f(x, a=1)"),
        ("f(x,)", "f(x, a=1,)"),
        ("f(x, )", "f(x, a=1, )"),
        ("f(**x)", "f(**x, a=1)"),
        ("f(x for x in y)", "f((x for x in y), a=1)"),
        ("f(a=2)", "f(a=1)"),
        ("f(b, a = (2), c=3)", "f(b, a = (1), c=3)"),
        ("f(\n    x,\n)", "f(\n    x,\n    a=1,\n)"),
        ("f(\n    x,  # why\n)", "f(\n    x,  # why\n    a=1,\n)"),
        ("f(\n    x,\n    # y=2,\n)", "f(\n    x,\n    a=1,\n    # y=2,\n)"),
        ("f(\n    x\n)", "f(\n    x,\n    a=1\n)"),
        ("f(\n    x  # why\n)", "f(\n    x,  # why\n    a=1\n)"),
        ("f(x,\n  y=2)", "f(x,\n  y=2,\n  a=1)"),
        ("f(x,\n  y=2,)", "f(x,\n  y=2,\n  a=1,)"),
        ("f(x, y={\n    1: 2,\n})", "f(x, y={\n    1: 2,\n}, a=1)"),
        ("f(\n    x, y\n)", "f(\n    x, y, a=1\n)"),
        ("f(\n    x, y,\n)", "f(\n    x, y, a=1,\n)"),
        (
            "f(\n    y={\n        1: 2,\n    },\n)",
            "f(\n    y={\n        1: 2,\n    },\n    a=1,\n)",
        ),
        ("f(\n    # nothing yet\n)", "f(\n    # nothing yet\n    a=1,\n)"),
        ("f(\n)", "f(a=1)"),
        ("f(\r\n    x,\r\n)", "f(\r\n    x,\r\n    a=1,\r\n)"),
        ("f(\n\tx,\n)", "f(\n\tx,\n\ta=1,\n)"),
        ("f(\n    x=(\n        1\n    ),\n)", "f(\n    x=(\n        1\n    ),\n    a=1,\n)"),
        ("f(x)(y)", "f(x)(y, a=1)"),
        ("(f)(x)", "(f)(x, a=1)"),
        ("f(*x, y := 2)", "f(*x, y := 2, a=1)"),
    ],
)
def test_set_keyword(call: str, after: str) -> None:
    for lead, rest in (("", "\n"), ("x = (", ")  # end"), ("@", "\ndef g(): ...\n")):
        if lead == "@" and call.startswith("("):
            continue
        text = lead + call + rest
        assert mended(text, SetKeyword(at(text, call), "a", "1")) == lead + after + rest


def test_several_keywords_of_one_call_come_in_order() -> None:
    for text, after in (("f()\n", "f(b=1, a=2)\n"), ("f(x)\n", "f(x, b=1, a=2)\n")):
        call = at(text, text.strip())
        assert mended(text, SetKeyword(call, "b", "1"), SetKeyword(call, "a", "2")) == after
        fixes = [fix(SetKeyword(call, "b", "1")), fix(SetKeyword(call, "a", "2"))]
        assert apply(text, fixes).text == after
        assert apply(text, fixes).done == (0, 1)


def test_two_opinions_about_one_keyword_take_turns() -> None:
    text = "f(x)\n"
    call = at(text, "f(x)")
    applied = apply(text, [fix(SetKeyword(call, "a", v)) for v in ("1", "2", "1")])
    assert (applied.text, applied.done, applied.deferred) == ("f(x, a=1)\n", (0, 2), (1,))


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("f(x)", "f(1, 2)"),
        ("f(x,)", "f(1, 2,)"),
        ("f(x, y, z=3)", "f(1, 2, y, z=3)"),
        ("f(y, x, z=3)", "f(y, 1, 2, z=3)"),
        ("f(\n    x\n)", "f(\n    1,\n    2\n)"),
        ("f(\n    x,  # why\n    z=3,\n)", "f(\n    1,\n    2,  # why\n    z=3,\n)"),
        ("f(\r\n\tx,\r\n)", "f(\r\n\t1,\r\n\t2,\r\n)"),
        ("f(y, x\n)", "f(y, 1, 2\n)"),
    ],
)
def test_replace_argument(call: str, after: str) -> None:
    text = f"a = {call}\n"
    edit = ReplaceArgument(at(text, call), at(text, "x"), ("1", "2"))
    assert mended(text, edit) == f"a = {after}\n"
    assert mended(text, edit, SetKeyword(at(text, call), "z", "3")).count("z=3") == 1


def test_lines_of_what_is_written_end_as_those_of_the_file() -> None:
    text = "a = 0\r\nf(x  ,)\r\n"
    call, lines = at(text, "f(x  ,)"), "f(\n    1  ,\n)"
    for edit in (
        ReplaceExpression(call, lines),
        ReplaceArgument(call, at(text, "x"), ("(\n1)",)),
        SetKeyword(call, "y", "(\n1)"),
        WrapExpression(call, "(\n", ")"),
    ):
        assert "\n" not in mended(text, edit).replace("\r\n", "")


@pytest.mark.parametrize(
    ("call", "parts", "after"),
    [
        ("f(x)", ["x"], "f()"),
        ("f(x, y)", ["x"], "f(y)"),
        ("f(x, y)", ["y"], "f(x)"),
        ("f(x, y,)", ["y"], "f(x,)"),
        ("f(x, k=y, z=1)", ["y"], "f(x, z=1)"),
        ("f(x, y, z)", ["y", "z"], "f(x)"),
        ("f(x, y, z)", ["x", "z"], "f(y)"),
        ("f(x, *y)", ["y"], "f(x)"),
        ("f(x, *y)", ["*y"], "f(x)"),
        ("f(x, **y)", ["y"], "f(x)"),
        ("f(\n    x,\n    y,\n)", ["y"], "f(\n    x,\n)"),
        ("f(\n    x,\n    y,\n)", ["x"], "f(\n    y,\n)"),
        ("f(\n    x,\n    y\n)", ["y"], "f(\n    x\n)"),
        ("f(x, (y))", ["y"], "f(x)"),
    ],
)
def test_remove_argument(call: str, parts: list[str], after: str) -> None:
    text = f"{call}\n"
    edits = [RemoveArgument(at(text, call), at(text, part)) for part in parts]
    assert mended(text, *edits) == f"{after}\n"


def test_a_keyword_takes_the_seat_of_a_removed_argument() -> None:
    text = "log.info('x %s', y, exc_info=True)\n"
    call = at(text, text.strip())
    edits = (
        ReplaceExpression(at(text, "'x %s'"), "'x'"),
        RemoveArgument(call, at(text, "y")),
        SetKeyword(call, "y", "y"),
        SetKeyword(call, "n", "1"),
    )
    assert mended(text, *edits) == "log.info('x', y=y, n=1, exc_info=True)\n"
    text = "log.info(\n    'x %s %s',\n    y,\n    z,\n)\n"
    call = at(text, text.strip())
    edits = (
        RemoveArgument(call, at(text, "y")),
        RemoveArgument(call, at(text, "z")),
        SetKeyword(call, "y", "y"),
        SetKeyword(call, "z", "z"),
    )
    assert mended(text, *edits) == "log.info(\n    'x %s %s',\n    y=y,\n    z=z,\n)\n"


def test_a_comment_beside_a_removed_argument_stops_the_fix() -> None:
    text = "f(\n    x,  # why\n    y,\n)\n"
    call = at(text, text.strip())
    assert refused(text, RemoveArgument(call, at(text, "x"))) == "a comment would be lost"


@pytest.mark.parametrize(
    ("function", "after"),
    [
        ("def f(): ...", "def f() -> int: ..."),
        ("def f() : ...", "def f() -> int : ..."),
        ("def f() -> str: ...", "def f() -> int: ..."),
        ("def f() -> 'str': ...", "def f() -> int: ..."),
        ("def f(\n    a,  # why\n):\n    ...", "def f(\n    a,  # why\n) -> int:\n    ..."),
        ("async def f(a=(1)):\n    ...", "async def f(a=(1)) -> int:\n    ..."),
    ],
)
def test_set_returns(function: str, after: str) -> None:
    text = f"@d\n{function}\n"
    assert mended(text, SetReturns(at(text, function), "int")) == f"@d\n{after}\n"


def test_make_async() -> None:
    text = "class A:\n    @d\n    # c\n    def f(self): ...\n"
    span = at(text, "def f(self): ...")
    assert mended(text, MakeAsync(span)) == text.replace("def f", "async def f")
    done = text.replace("def f", "async def f")
    assert refused(done, MakeAsync(at(done, "async def f(self): ..."))) == (
        "it would change nothing"
    )


def test_replace_decorator() -> None:
    text = "@a.b(  # why\n)\n@ (c)\ndef f(): ...\n"
    assert mended(text, ReplaceDecorator(at(text, "c"), "d")) == text.replace("(c)", "(d)")
    assert refused(text, ReplaceDecorator(at(text, "a.b(  # why\n)"), "d")) == (
        "a comment would be lost"
    )


def test_add_decorator() -> None:
    text = "class A:\n    @a\n    # c\n    @b\n    # d\n    def f(self): ...\n"
    span = at(text, "def f(self): ...")
    outer = text.replace("    @a", "    @new\n    @a")
    assert mended(text, AddDecorator(span, "new")) == outer
    inner = text.replace("    def", "    @new\n    def")
    assert mended(text, AddDecorator(span, "new", innermost=True)) == inner
    text = "def f(): ...\r\n"
    span = at(text, "def f(): ...")
    both = (AddDecorator(span, "new"), MakeAsync(span))
    assert mended(text, *both) == "@new\r\nasync def f(): ...\r\n"


def test_insert_handler() -> None:
    text = (
        "try:\n\tx()\n\t# of the body\n# about the clause\n# in two lines\n"
        "except Exception:\n\tpass\n"
    )
    clause = "except A:\n    if b:\n        raise\n"
    assert mended(text, InsertHandler(at(text, "except Exception:\n\tpass"), clause)) == (
        "try:\n\tx()\n\t# of the body\nexcept A:\n\tif b:\n\t\traise\n# about the clause\n"
        "# in two lines\nexcept Exception:\n\tpass\n"
    )


def test_insert_handler_deep_inside() -> None:
    text = "def f():\r\n  try: x()\r\n  except B: pass\r\n  finally: y()\r\n"
    clause = "    except A:\n        raise"
    assert mended(text, InsertHandler(at(text, "except B: pass"), clause)) == text.replace(
        "  except B", "  except A:\r\n    raise\r\n  except B"
    )


def test_insert_statement() -> None:
    text = "def f():\n    a = 1  # why\n\n    b = 2\n"
    span = at(text, "a = 1")
    assert mended(text, InsertStatement(span, "c = 3\nd = 4")) == text.replace(
        "why\n", "why\n    c = 3\n    d = 4\n"
    )
    text = "if x:\n    a = 1"
    assert mended(text, InsertStatement(at(text, "a = 1"), "c = 3")) == text + "\n    c = 3"
    assert mended(text, InsertStatement(at(text, text), "c = 3")) == text + "\nc = 3"
    for text in ("a = 1; b = 2\n", "if x: a = 1\n"):
        assert "shares its line" in refused(text, InsertStatement(at(text, "a = 1"), "c = 3"))


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("x = 1  # old\ny = 2\n", "# new", "x = 1  # new\ny = 2\n"),
        ("x = 1  # old\ny = 2\n", "", "x = 1\ny = 2\n"),
        ("  # old\ny = 2\n", "", "y = 2\n"),
        ("x = '#'  # old\r\n", "", "x = '#'\r\n"),
        ("x = 1 # old", "", "x = 1"),
        ("f(  # old\n  1)\n", "", "f(\n  1)\n"),
    ],
)
def test_replace_comment(before: str, text: str, after: str) -> None:
    assert mended(before, ReplaceComment(1, text)) == after


def test_no_comment_there() -> None:
    assert "no such comment" in refused("x = 1\n", ReplaceComment(1, ""))
    assert "behind the end" in refused("x = 1\n", ReplaceComment(9, ""))


@pytest.mark.parametrize("text", ["x = [\n    1,  # one\n]\n", "x = f(\n    # why\n    1\n)\n"])
def test_a_comment_inside_what_is_replaced_stops_the_fix(text: str) -> None:
    value = text.removeprefix("x = ").strip()
    assert refused(text, ReplaceExpression(at(text, value), "y")) == "a comment would be lost"


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (ReplaceExpression(at("x = 1 + y\n", "1 +"), "2"), "no such expression"),
        (ReplaceExpression(at("x = 1 + y\n", "1"), "2 +"), "no expression"),
        (SetKeyword(at("x = 1 + y\n", "y"), "a", "1"), "no such call"),
        (MakeAsync(at("x = 1 + y\n", "y")), "no such definition"),
        (InsertHandler(at("x = 1 + y\n", "y"), "pass"), "no such except clause"),
        (InsertStatement(at("x = 1 + y\n", "y"), "pass"), "no such statement"),
        (InsertStatement(at("x = 1 + y\n", "x = 1 + y"), "a b"), "would not parse"),
    ],
)
def test_what_does_not_fit_is_refused(edit: object, reason: str) -> None:
    assert reason in refused("x = 1 + y\n", edit)  # type: ignore[arg-type]


def test_a_fix_is_all_or_nothing() -> None:
    text = "x = a + b\n"
    edits = (ReplaceExpression(at(text, "a"), "c"), ReplaceExpression(at(text, "x ="), "d"))
    assert "no such expression" in refused(text, *edits)
    assert refused(text, *[ReplaceExpression(at(text, "a"), x) for x in "cd"]) == (
        "its edits overlap"
    )


def test_overlapping_fixes_take_turns() -> None:
    text = "x = a + b\n"
    outer, inner = at(text, "a + b"), at(text, "a")
    fixes = [fix(ReplaceExpression(outer, "c")), fix(WrapExpression(inner, "f(", ")"))]
    assert apply(text, fixes).deferred == (1,)
    assert apply(text, fixes[::-1]).deferred == (1,)
    fixes = [fix(WrapExpression(outer, "f(", ")")), fix(ReplaceExpression(at(text, "b"), "c"))]
    applied = apply(text, fixes)
    assert (applied.done, applied.deferred) == ((0,), (1,))


def test_one_broken_fix_does_not_spoil_the_others() -> None:
    text = "x = a\ny = b\n"
    fixes = [
        fix(ReplaceExpression(at(text, "a"), "c")),
        fix(InsertStatement(at(text, "x = a"), "a b")),
        fix(ReplaceExpression(at(text, "b"), "d")),
    ]
    applied = apply(text, fixes)
    assert (applied.text, applied.done) == ("x = c\ny = d\n", (0, 2))
    assert "would not parse" in applied.failed[1]


def test_the_same_fix_twice_is_done_once() -> None:
    text = "x = f()\n"
    twice = [fix(WrapExpression(at(text, "f()"), "await g(", ")"))] * 2
    assert apply(text, twice).done == (0, 1)
    assert apply(text, twice).text == "x = await g(f())\n"


def test_a_call_that_gets_too_long_for_its_line_is_spread() -> None:
    path = "/a/rather/long/path/to/a/{thing_id}"
    text = f'@router.get("{path}", tags=[1, 2], **more)\r\ndef f(): ...\r\n'
    call = at(text, f'router.get("{path}", tags=[1, 2], **more)')
    fixes = [fix(SetKeyword(call, "summary", '"S"')), fix(SetKeyword(call, "deprecated", "True"))]
    assert apply(text, fixes).text == (
        f'@router.get(\r\n    "{path}",\r\n    tags=[1, 2],\r\n    **more,\r\n'
        '    summary="S",\r\n    deprecated=True,\r\n)\r\ndef f(): ...\r\n'
    )
    assert apply(text, fixes[:1]).text == text.replace("**more", '**more, summary="S"')


def test_in_a_file_of_long_lines_it_is_not() -> None:
    text = f"x = {'a' * 110}\nf(b)\n"
    assert mended(text, SetKeyword(at(text, "f(b)"), "c", "d" * 90)).count("\n") == 2


def test_a_call_in_the_middle_of_a_line_is_not_spread() -> None:
    text = "x = f(b) + g(c)\n"
    assert mended(text, SetKeyword(at(text, "f(b)"), "c", "d" * 90)).count("\n") == 1
    text = "x = f(b)  # why\n"
    assert mended(text, SetKeyword(at(text, "f(b)"), "c", "d" * 90)) == (
        f"x = f(\n    b,\n    c={'d' * 90},\n)  # why\n"
    )
    text = "x = f(c for c in b)\n"
    assert mended(text, SetKeyword(at(text, "f(c for c in b)"), "c", "d" * 90)) == (
        f"x = f(\n    (c for c in b),\n    c={'d' * 90},\n)\n"
    )


def test_how_long_a_line_gets_depends_on_all_edits() -> None:
    text = f"x = f('{'long' * 20}')\n"
    call = at(text, text.removeprefix("x = ").strip())
    edits = (ReplaceExpression(at(text, f"'{'long' * 20}'"), "'short'"), SetKeyword(call, "a", "1"))
    assert mended(text, *edits) == "x = f('short', a=1)\n"
    text = "x = f('short')\n"
    edits = (
        ReplaceExpression(at(text, "'short'"), f"'{'long' * 20}'"),
        SetKeyword(at(text, "f('short')"), "a", "1"),
    )
    assert mended(text, *edits) == f"x = f(\n    '{'long' * 20}',\n    a=1,\n)\n"


def test_a_call_is_spread_where_what_is_replaced_gets_too_long() -> None:
    text = "def f():\n    raise HTTPException(status_code=404, detail='There is no such thing')\n"
    new = ReplaceExpression(at(text, "404"), "status.HTTP_404_NOT_FOUND")
    assert mended(text, new) == (
        "def f():\n    raise HTTPException(\n        status_code=status.HTTP_404_NOT_FOUND,\n"
        "        detail='There is no such thing',\n    )\n"
    )
    text = (
        "raise HTTPException(\n"
        "    status_code=404, detail='There is no such thing here at all, neither'\n)\n"
    )
    new = ReplaceExpression(at(text, "404"), "status.HTTP_404_NOT_FOUND")
    assert mended(text, new) == (
        "raise HTTPException(\n    status_code=status.HTTP_404_NOT_FOUND,\n"
        "    detail='There is no such thing here at all, neither',\n)\n"
    )
    more = SetKeyword(at(text, text.removeprefix("raise ").strip()), "headers", "{}")
    assert mended(text, new, more) == (
        "raise HTTPException(\n    status_code=status.HTTP_404_NOT_FOUND,\n"
        "    detail='There is no such thing here at all, neither',\n    headers={},\n)\n"
    )


def test_a_cause_may_follow_a_call_that_is_spread() -> None:
    text = "raise HTTPException(status_code=404, detail='There is no such thing at all') from e\n"
    new = ReplaceExpression(at(text, "404"), "status.HTTP_404_NOT_FOUND")
    assert mended(text, new).endswith("    detail='There is no such thing at all',\n) from e\n")


def test_the_outermost_call_that_can_be_spread_is() -> None:
    text = f"x = outer(1, inner(a, '{'b' * 40}'))  # why\n"
    new = ReplaceExpression(Span(1, 20, 1, 21), "long_" * 4 + "name")
    assert mended(text, new) == (
        f"x = outer(\n    1,\n    inner({'long_' * 4}name, '{'b' * 40}'),\n)  # why\n"
    )


def test_parameters_are_spread_where_the_def_line_gets_too_long() -> None:
    head = "def read(a: int = f(1), /, *rest: str, key: str | None = None, **others: object)"
    text = f"class A:\n    {head} -> int:  # why\n        return 1\n"
    function = at(text, text.partition("    ")[2].rstrip("\n"))
    parameters = (
        "a: int = f(1),\n        /,\n        *rest: str,\n        key: str | None = None,\n"
        "        **others: object,"
    )
    wide = "list[AnswerOfTheService]"
    assert mended(text, MakeAsync(function), SetReturns(function, wide)) == (
        f"class A:\n    async def read(\n        {parameters}\n    ) -> {wide}:  # why\n"
        "        return 1\n"
    )
    assert mended(text, SetReturns(function, "str")) == text.replace("int:  #", "str:  #")


def test_a_header_without_a_line_of_parameters_only_gets_longer() -> None:
    text = "def read(\n    a: int,\n): return a\n"
    function = at(text, text.rstrip("\n"))
    assert mended(text, SetReturns(function, "x" * 90)) == (
        f"def read(\n    a: int,\n) -> {'x' * 90}: return a\n"
    )
    text = "def read(): return 1\n"
    function = at(text, text.rstrip("\n"))
    assert mended(text, SetReturns(function, "x" * 90)) == f"def read() -> {'x' * 90}: return 1\n"
