"""A name that a fix writes is there when the code runs, whichever way leads to it."""

from __future__ import annotations

import pytest

from gravity_lint.edits import AddDecorator, AddImport, InsertHandler, ReplaceExpression
from tests.fixing.places import at, mended, refused

STATUS = AddImport("fastapi", "status")
IMPORT = "from fastapi import status\n"


def replaced(text: str, *further: AddImport) -> str:
    """Return *text* with the first 404 written by name."""
    fixed = mended(text, ReplaceExpression(at(text, "404"), "status.HTTP_404_NOT_FOUND"), *further)
    compile(fixed, "fixed", "exec")
    return fixed


@pytest.mark.parametrize(
    "text",
    [
        "if TYPE_CHECKING:\n    from fastapi import status\n\nx = 404\n",
        "if typing.TYPE_CHECKING:\n    from fastapi import status\n\nx = 404\n",
        "if TC:\n    from fastapi import status\n\nx = 404\n",
        "if False:\n    from fastapi import status\n\nx = 404\n",
        "if MYPY:\n    from fastapi import status\nelse:\n    pass\n\nx = 404\n",
        "if sys.platform == 'win32':\n    from fastapi import status\n\ndef f():\n    return 404\n",
        "while y:\n    from fastapi import status\n\nx = 404\n",
        "for y in z:\n    from fastapi import status\n\nx = 404\n",
        "match y:\n    case 1:\n        from fastapi import status\n\nx = 404\n",
        "x = 404\nfrom fastapi import status\n",
        "def f(y=404): ...\nfrom fastapi import status\n",
        "@f(404)\ndef g(): ...\nfrom fastapi import status\n",
        "class C:\n    y = 404\nfrom fastapi import status\n",
        "[y for y in z if y == 404]\nfrom fastapi import status\n",
        "if y:\n    from fastapi import status\nelse:\n    x = 404\n",
        "def f():\n    return 404\nif y:\n    from fastapi import status\n",
    ],
)
@pytest.mark.parametrize("further", [(), (STATUS,)])
def test_what_may_be_missing_is_imported_for_good(
    text: str, further: tuple[AddImport, ...]
) -> None:
    fixed = replaced(text, *further)
    assert fixed.startswith(IMPORT)
    assert fixed.endswith(text.replace("404", "status.HTTP_404_NOT_FOUND", 1))


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import status\nx = 404\n",
        "if y:\n    from fastapi import status\nelse:\n    from fastapi import status\nx = 404\n",
        "if y:\n    from fastapi import status\nelse:\n    raise E\nx = 404\n",
        "try:\n    from fastapi import status\nexcept E:\n    raise\nx = 404\n",
        "try:\n    y()\nfinally:\n    from fastapi import status\nx = 404\n",
        "with y:\n    from fastapi import status\nx = 404\n",
        "if y:\n    from fastapi import status\n    x = 404\n",
        "def f():\n    return 404\nfrom fastapi import status\n",
        "x = lambda: 404\nfrom fastapi import status\n",
        "class C:\n    def f(self):\n        return 404\nfrom fastapi import status\n",
        "from fastapi import status\nclass C:\n    def f(self):\n        return 404\n",
        "é = 1; from fastapi import status; x = 404\n",
    ],
)
@pytest.mark.parametrize("further", [(), (STATUS,)])
def test_what_is_there_on_every_way_is_not(text: str, further: tuple[AddImport, ...]) -> None:
    assert replaced(text, *further) == text.replace("404", "status.HTTP_404_NOT_FOUND")


@pytest.mark.parametrize(
    "text",
    [
        "def f(status):\n    return 404\n",
        "def f():\n    from fastapi import status\n    return 404\n",
        "def f():\n    if y:\n        status = 1\n    else:\n        return\n    return 404\n",
        "def f():\n    for status in y:\n        print(404)\n",
        "def f():\n    with y as status:\n        print(404)\n",
        "def f():\n    try: ...\n    except E as status:\n        print(404)\n",
        "def f():\n    try:\n        status = 1\n    except E: ...\n    else:\n        g(404)\n",
        "def f():\n    match y:\n        case [status]:\n            print(404)\n",
        "def f():\n    status = 1\n    def g():\n        return 404\n",
        "x = [404 for status in y]\n",
        "x = lambda status: 404\n",
        "class C:\n    status = 1\n    x = 404\n",
        "from fastapi import *\nx = 404\n",
        "async def f():\n    async for status in y:\n        print(404)\n",
    ],
)
def test_nor_what_the_scope_has_itself(text: str) -> None:
    assert replaced(text) == text.replace("404", "status.HTTP_404_NOT_FOUND")


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    if y:\n        from fastapi import status\n    return 404\n",
        "def f():\n    x = 404\n    from fastapi import status\n",
        "from fastapi import status\ndef f():\n    x = 404\n    from fastapi import status\n",
        "def f():\n    for status in y: ...\n    return 404\n",
        "def f():\n    try: ...\n    except E as status: ...\n    return 404\n",
        "def f():\n    try:\n        status = y\n    except E:\n        return 404\n",
        "def f():\n    if y:\n        status = 1\n    def g():\n        return 404\n",
        "class C:\n    if y:\n        status = 1\n    x = 404\n",
        "try:\n    from fastapi import status\nexcept ImportError: ...\nx = 404\n",
        "if y:\n    from app.core import status\nx = 404\n",
        "if y:\n    from .core import status\nx = 404\n",
        "if y:\n    from fastapi import status\nelif z:\n    from http import status\nx = 404\n",
        "if y:\n    status = 1\nx = 404\n",
    ],
)
def test_where_nobody_can_tell_nothing_is_written(text: str) -> None:
    reason = refused(text, ReplaceExpression(at(text, "404"), "status.HTTP_404_NOT_FOUND"))
    assert reason == "`status` may not be bound there"


def test_decorators_and_clauses_read_names_too() -> None:
    text = "if TYPE_CHECKING:\n    import pytest\n\n\nasync def test_it(): ...\n"
    edit = AddDecorator(at(text, "async def test_it(): ..."), "pytest.mark.asyncio")
    assert mended(text, edit) == "import pytest\n\n" + text.replace(
        "async", "@pytest.mark.asyncio\nasync"
    )
    text = "if TYPE_CHECKING:\n    from a import E\n\ntry: ...\nexcept Exception: ...\n"
    edit = InsertHandler(at(text, "except Exception: ..."), "except E as e:\n    print(e)")
    assert mended(text, edit) == "from a import E\n\n" + text.replace(
        "except Exc", "except E as e:\n    print(e)\nexcept Exc"
    )


def test_names_that_stand_there_already_are_left_alone() -> None:
    text = "if y:\n    thing = 1\nx = f(thing)\n"
    assert mended(text, ReplaceExpression(at(text, "f(thing)"), "thing")) == (
        "if y:\n    thing = 1\nx = thing\n"
    )
