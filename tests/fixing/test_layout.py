"""What a formatter had laid out stays laid out; lines that get too long are broken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gravity_lint.discovery.formatting import line_length
from gravity_lint.edits import ReplaceExpression, SetKeyword
from gravity_lint.fixing import House, apply
from tests.fixing.places import at, fix

LONG = "status.HTTP_404_NOT_FOUND"


def mended(text: str, old: str, new: str, width: int | None = 88) -> str:
    applied = apply(text, [fix(ReplaceExpression(at(text, old), new))], House(width=width))
    assert applied.done == (0,), applied.failed
    return applied.text


def formatted(text: str, width: int = 88) -> str:
    """Return *text* as ruff formats it."""
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={width}", "-"]
    ran = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return ran.stdout


STATEMENTS = [
    'raise HTTPException(status_code=404, detail="the boat that you asked for is gone")',
    'raise HTTPException(status_code=404, detail="the boat that you asked for, i'
    's it gone?") from e',
    'return JSONResponse(404, {"detail": "the boat that you asked for is gone"}, background=task)',
    'raise ApiException[Boat](404, detail="the boat that you asked for is gone, they say")',
    'PROBLEMS["a boat that nobody knows"] = HTTPException(404, detail="there is none of that")',
    'problems: dict[str, HTTPException] = {"boat": HTTPException(404, detail="there is none")}',
    'x = await refuse(request, "the boat that you asked for is gone", status_code=404, why=None)',
    "PROBLEMS.extend(\n"
    '    [HTTPException(status_code=404, detail="the boat that you asked for is gone")]\n)',
    "PROBLEMS.insert(\n"
    '    1, HTTPException(status_code=404, detail="the boat you want is not free now")\n)',
    "PROBLEMS.insert(\n"
    '    1,\n    HTTPException(status_code=404, detail="the boat you want is not free now "),\n)',
    "app.include_router(\n"
    '    boats, prefix="/boats", responses={404: {"description": "there is no boat"}}, tags=[]\n)',
    '@router.get("/boats/{boat_id}", status_code=404, summary="Get the boat that is not there")\n'
    "def f(): ...",
    "def refuse(request: Request, error: Exception, status_code: int = 404) -> JSONResponse: ...",
    "def refuse(\n"
    '    request: Request, error: Exception, status_code: int = 404, detail: str = "none"\n'
    ") -> None: ...",
    'async def refuse_that(status_code: Literal["the long name of a literal", 1,'
    " 2] = 404) -> X: ...",
    'x = f(a, b)(c, status_code=404, detail="the boat that you asked for is gone, it seems")',
    'x = f(404, *arguments, "the boat that you asked for is gone", **keywords_of_a_long_name)',
    "x = Query(\n"
    '    404, description="the boat that you asked for is gone", ge=1, le=900, alias="l"\n)',
    "async def find(lim: int = Query(404, le=900)) -> Boat | Raft | Canoe | Kayak | Gondola: ...",
    'x = one(two(three(404, "the boat that you asked for is gone, it seems, since yesterday!")))',
    'x = [404, "the boat that you asked for is gone, it seems, since yesterday", {"a": (1,)}]',
    'x: Annotated[int, Query(404, description="the boat that you asked for is gone")] = None',
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_formatter_has_nothing_to_do_afterwards(statement: str) -> None:
    inside = "\n".join(f"        {line}" for line in statement.split("\n"))
    text = f"class A:\n    def g(self):\n{inside}\n"
    width = max(88, *(len(line) for line in text.split("\n")))
    assert formatted(text, width) == text
    fixed = mended(text, "404", LONG, width)
    assert formatted(fixed, width) == fixed


@pytest.mark.parametrize("statement", STATEMENTS)
def test_nor_where_a_line_gets_shorter(statement: str) -> None:
    text = formatted(f"{statement.replace('404', LONG)}\n")
    fixed = mended(text, LONG, "404")
    assert formatted(fixed) == fixed


CHAINS = [
    "log.info(f'the boat {boat} that you asked for is gone, and with it its sails. ' f'It is "
    "{reason}', 404)",
    "log.info(f'the boat {boat} that you asked for is gone, and with it all its sails. ' f'It is"
    " gone for {reason} for all that anybody can tell')\nx = 404",
    "rows = select(Boat).where(Boat.status == 404, Boat.name == 'the boat that is gone now',"
    " Boat.owner == owner).limit(10)",
    "rows = (await self.session.execute(select(Boat).where(Boat.status == 404, Boat.name == 'x'))"
    ").scalars()",
    "rows = await self.session.execute(select(Boat).where(Boat.status == 404, Boat.name =="
    " 'the boat that is gone', Boat.owner == own).limit(10))",
    "x = self.client.get('/boats/gone/now', status_code=404, why=None).json().get('detail', {})"
    ".get('message', 1)",
    "x = session.query(Boat).filter(Boat.status == 404, Boat.nameless == 1).order_by(Boat.name)"
    ".limit(1).all()",
    "log.bind(a=1).info('the boat that you asked for is gone, it seems', status_code=404, a=1)",
    "x = {'boat': find(404, 'the boat that you asked for', 'is', 'gone'), 'raft': one or other,"
    " 'owner': owner if owner else None}",
    "if find('the boat that you asked for', 404) and (search('the boat that', 'is') or look(41)):"
    " pass",
]


@pytest.mark.parametrize("statement", CHAINS)
def test_inside_of_a_chain_a_formatter_has_nothing_to_do_either(statement: str) -> None:
    text = formatted(f"async def f():\n    {statement}\n")
    fixed = mended(text, "404", LONG)
    assert formatted(fixed) == fixed


@pytest.mark.parametrize(
    "text",
    [
        "x = a(1) \\\n    .b(404, 'the boat that you asked for is gone') \\\n    .c()\n",
        "x = (\n    a\n    .b(404, 'the boat that you asked for',\n    'gone')\n    .c()\n)\n",
        'x = (\n    a("""\n(\n""", 404, \'the boat that you asked for is gone\')\n    .c()\n)\n',
    ],
)
def test_a_link_that_no_formatter_wrote_stays(text: str) -> None:
    assert mended(text, "404", LONG, 60) == text.replace("404", LONG)


def test_a_link_is_laid_out_whatever_stands_around_it() -> None:
    text = (
        'x = (\n    a("""\n(""")  # why (\n'
        "    .b(404, 'the boat that you asked for is gone')\n  .c()\n)\n"
    )
    assert mended(text, "404", LONG, 60) == (
        'x = (\n    a("""\n(""")  # why (\n'
        "    .b(\n        status.HTTP_404_NOT_FOUND,\n"
        "        'the boat that you asked for is gone',\n    )\n  .c()\n)\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "x = f(404, a)+[\n  b ]\n",
        "x = f(404,\n      a, b)\n",
        "x = f(404, a)  # why\n",
        "x = f(\n    404,  # why\n    a\n)\n",
        'x = f(404, """\n  a\n""")\n',
        "x = f(404, \\\n  a)\n",
        "x = f(404, a) if b else c\n",
        "x=f( 404,a )\n",
    ],
)
def test_what_no_formatter_wrote_only_changes_where_it_must(text: str) -> None:
    assert mended(text, "404", "409") == text.replace("404", "409")


def test_a_call_that_is_broken_has_an_argument_a_line() -> None:
    text = 'raise HTTPException(status_code=404, detail="the boat that you want is gone")\n'
    assert mended(text, "404", LONG) == (
        "raise HTTPException(\n    status_code=status.HTTP_404_NOT_FOUND,\n"
        '    detail="the boat that you want is gone",\n)\n'
    )


def test_arguments_that_come_after_one_on_a_line_of_its_own_end_in_a_comma() -> None:
    text = (
        "log.info(\n    f'the boat {boat} that you asked for is gone, and with it the sails'\n)\n"
    )
    call = at(text, text.strip())
    event = ReplaceExpression(at(text, text.split("\n")[1].strip()), "'boat_gone'")
    more = [
        SetKeyword(call, "boat", "boat"),
        SetKeyword(call, "sails", "'all the white ones that were there'"),
    ]
    assert apply(text, [fix(event, *more)], House(width=60)).text == (
        "log.info(\n    'boat_gone',\n    boat=boat,\n"
        "    sails='all the white ones that were there',\n)\n"
    )
    assert apply(text, [fix(event, *more[:1])], House(width=75)).text == (
        "log.info('boat_gone', boat=boat)\n"
    )


def test_line_ends_and_indentation_are_those_of_the_file() -> None:
    text = "class A:\r\n\tx = f(404, 'the boat that you asked for is gone')\r\n"
    assert mended(text, "404", LONG, 60) == (
        "class A:\r\n\tx = f(\r\n\t\tstatus.HTTP_404_NOT_FOUND,\r\n"
        "\t\t'the boat that you asked for is gone',\r\n\t)\r\n"
    )


def test_strings_in_strings_are_not_torn_apart() -> None:
    text = "x = f(404, f'{a[\"b, c\"]} is a text that has brackets and commas, too (three)')\n"
    fixed = mended(text, "404", LONG)
    assert "f'{a[\"b, c\"]} is a text that has brackets and commas, too (three)'" in fixed


@pytest.mark.parametrize("indent", ["", "    ", "        "])
def test_a_line_that_was_too_long_keeps_its_indentation(indent: str) -> None:
    head = "".join(f"{' ' * 4 * depth}if a:\n" for depth in range(len(indent) // 4))
    line = "log(404, 'the boat that you asked for is gone, and all its sails are gone as well')"
    text = f"{head}{indent}{line}\n"
    fixed = mended(text, "404", LONG, 86)
    lines = fixed.removeprefix(head).splitlines()
    assert (lines[0], lines[-1]) == (f"{indent}log(", f"{indent})")
    assert all(line.startswith(f"{indent}    ") for line in lines[1:-1])


def test_comments_and_strings_do_not_tell_how_long_lines_may_get() -> None:
    long = "a line that goes on and on, as nobody breaks it where it stands in a comment or a text"
    text = f"# {long}\nx = f(404, 'the boat that you asked for is gone, and all its sails')\n"
    text += f"v = g(\n    status=1,\n    detail='{long}',\n)\n"
    text += f'def h():\n    """{long}\n\n{long}\n    """\n'
    text += f"z = (\n    '{long}'\n)\n" + "y = 1\n" * 20
    fixed = mended(text, "404", LONG, None)
    assert "x = f(\n    status.HTTP_404_NOT_FOUND,\n" in fixed


@pytest.mark.parametrize(
    ("files", "length"),
    [
        ({}, None),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, None),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 100\n"}, 100),
        ({"pyproject.toml": "[tool.black]\nline-length = 79\n"}, 79),
        ({"pyproject.toml": "[tool.black]\n"}, 88),
        ({"pyproject.toml": "[tool.ruff.lint]\nselect = []\n"}, 88),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 'x'\n"}, 88),
        ({"ruff.toml": "line-length = 120\n", "pyproject.toml": "[tool.black]\n"}, 120),
        ({"../.ruff.toml": "line-length = 110\n"}, 110),
        ({"../pyproject.toml": "[tool.black]\n", "setup.cfg": "[flake8]\nmax-line-length=90"}, 90),
        ({"tox.ini": "[flake8]\nmax_line_length = 95\n"}, 95),
        ({"tox.ini": "[flake8\n", "pyproject.toml": "[", ".flake8": "x"}, None),
        ({"../../ruff.toml": "line-length = 110\n"}, None),
    ],
)
def test_the_project_sets_the_line_length(
    tmp_path: Path, files: dict[str, str], length: int | None
) -> None:
    root = tmp_path / "repository" / "service"
    root.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()
    for name, text in files.items():
        (root / name).write_text(text)
    assert line_length(root) == length
