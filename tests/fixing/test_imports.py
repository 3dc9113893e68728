"""Imports come and go where a careful colleague would put them."""

from __future__ import annotations

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gravity_lint.edits import (
    AddDecorator,
    AddImport,
    InsertStatement,
    RemoveImport,
    ReplaceExpression,
)
from gravity_lint.fixing import House, apply
from tests.fixing.places import at, fix, mended, refused

STATUS = AddImport("fastapi", "status")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from fastapi import FastAPI\n", "from fastapi import FastAPI, status\n"),
        ("from fastapi import APIRouter, z\n", "from fastapi import APIRouter, status, z\n"),
        ("from fastapi import z, APIRouter\n", "from fastapi import z, APIRouter, status\n"),
        ("from fastapi import FastAPI  # a\n", "from fastapi import FastAPI, status  # a\n"),
        ("from fastapi import (FastAPI)\n", "from fastapi import (FastAPI, status)\n"),
        ("from fastapi import FastAPI as F\n", "from fastapi import FastAPI as F, status\n"),
        (
            "from fastapi import (\n    FastAPI,  # why\n    z,\n)\n",
            "from fastapi import (\n    FastAPI,  # why\n    status,\n    z,\n)\n",
        ),
        (
            "from fastapi import (\r\n    FastAPI,\r\n    Query  # why\r\n)\r\n",
            "from fastapi import (\r\n    FastAPI,\r\n    Query,  # why\r\n    status\r\n)\r\n",
        ),
        (
            "from fastapi import (\n    z,\n)\n",
            "from fastapi import (\n    status,\n    z,\n)\n",
        ),
        (
            "from fastapi import FastAPI, \\\n  Query\n",
            "from fastapi import FastAPI, \\\n  Query, status\n",
        ),
        (
            f"from fastapi import {', '.join(x * 8 for x in 'ABCDEFG')}\n",
            "from fastapi import (\n"
            + "".join(f"    {x},\n" for x in [*(x * 8 for x in "ABCDEFG"), "status"])
            + ")\n",
        ),
    ],
)  # fmt: skip
def test_a_name_joins_the_import_of_its_module(before: str, after: str) -> None:
    assert mended(before, STATUS) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "from fastapi import status\n\nx = 1\n"),
        ("def f(): ...\n", "from fastapi import status\n\n\ndef f(): ...\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nfrom fastapi import status\n'),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nfrom fastapi import status\n\nx = 1\n'),
        ('"""Doc."""', '"""Doc."""\n\nfrom fastapi import status'),
        (
            "#!/usr/bin/env python\n# coding: utf-8\n\n# about x\nx = 1\n",
            "#!/usr/bin/env python\n# coding: utf-8\n\nfrom fastapi import status\n\n"
            "# about x\nx = 1\n",
        ),
        (
            "from __future__ import annotations\n\nx = 1\n",
            "from __future__ import annotations\n\nfrom fastapi import status\n\nx = 1\n",
        ),
        (
            "# License\nimport os\n\nfrom app import y\n",
            "# License\nimport os\n\nfrom fastapi import status\n\nfrom app import y\n",
        ),
        (
            "# License\nfrom app import y\n",
            "# License\nfrom fastapi import status\n\nfrom app import y\n",
        ),
        (
            "import os\nimport structlog\nfrom app import y\n",
            "import os\nimport structlog\nfrom fastapi import status\nfrom app import y\n",
        ),
        (
            "import os\n\nimport structlog\nfrom pydantic import (\n    A,\n)  # why\n\nx = 1\n",
            "import os\n\nimport structlog\nfrom fastapi import status\nfrom pydantic import (\n"
            "    A,\n)  # why\n\nx = 1\n",
        ),
        (
            "import os\nif TYPE_CHECKING:\n    from fastapi import FastAPI\n",
            "import os\n\nfrom fastapi import status\nif TYPE_CHECKING:\n"
            "    from fastapi import FastAPI\n",
        ),
        (
            "try:\n    from fastapi import FastAPI\nexcept ImportError:\n    pass\n",
            "from fastapi import status\n\ntry:\n    from fastapi import FastAPI\n"
            "except ImportError:\n    pass\n",
        ),
        (
            "import z; import y\n\ndef f():\n    from fastapi import FastAPI\n",
            "from fastapi import status\n\nimport z; import y\n\ndef f():\n"
            "    from fastapi import FastAPI\n",
        ),
        ("", "from fastapi import status\n"),
        ("from fastapi import *\n", "from fastapi import *\nfrom fastapi import status\n"),
        ("def f(): ...\nfrom fastapi import z\n",
         "from fastapi import status\n\n\ndef f(): ...\nfrom fastapi import z\n"),
    ],
)  # fmt: skip
def test_else_it_gets_a_line_of_its_own(before: str, after: str) -> None:
    assert mended(before, STATUS) == after


def test_several_at_once_share_statements_and_keep_the_sections() -> None:
    text = "import os\n\nfrom app.b import c\n\nx = y\n"
    edits = (
        AddImport("fastapi", "status"),
        AddImport("datetime", "timezone"),
        AddImport("fastapi", "Query"),
        AddImport("json"),
        AddImport("app.a", "b", "d"),
        AddImport("fastapi", "status"),
    )
    assert mended(text, *edits) == (
        "import json\nimport os\nfrom datetime import timezone\n\n"
        "from fastapi import Query, status\n\n"
        "from app.a import b as d\nfrom app.b import c\n\nx = y\n"
    )


_HEADS = st.lists(
    st.sampled_from(
        (
            '"""Doc."""\n',
            "import os\n",
            "import os.path as path\n",
            "import zlib  # why\n",
            "from datetime import datetime\n",
            "from datetime import datetime  # why\n",
            "from datetime import (\n    datetime,\n)\n",
            "from datetime import (datetime)\n",
            "from functools import cache, \\\n    partial\n",
            "from fastapi import FastAPI\n",
            "from app.core import config\n",
            "from . import here\n",
            "\n",
            "# said\n",
            "x = 1\n",
        )
    ),
    max_size=6,
)
_WANTED = st.lists(
    st.sampled_from(
        (
            AddImport("structlog"),
            AddImport("json"),
            AddImport("datetime", "timezone"),
            AddImport("functools", "wraps"),
            AddImport("fastapi", "status"),
            AddImport("app.core", "logging", "logs"),
            AddImport("app.models.user", "User"),
        )
    ),
    min_size=1,
    unique=True,
)


@given(_HEADS, _WANTED)
@example(
    ["from datetime import datetime\n"], [AddImport("structlog"), AddImport("datetime", "timezone")]
)
def test_what_is_imported_is_what_was_and_what_is_wanted(
    head: list[str], wanted: list[AddImport]
) -> None:
    text = "".join(head)
    added = {(one.module, one.name, one.alias) for one in wanted}
    assert _imported(mended(text, *wanted)) == _imported(text) | added


def _imported(text: str) -> set[tuple[str, str | None, str | None]]:
    found: set[tuple[str, str | None, str | None]] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found.update((alias.name, None, alias.asname) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
            found.update((source, alias.name, alias.asname) for alias in node.names)
    return found


def test_it_stands_before_what_needs_it() -> None:
    text = "import os\n\nx = 1\n\nfrom fastapi import FastAPI\n"
    fixed = mended(text, ReplaceExpression(at(text, "1"), "status"), STATUS)
    assert fixed.index("import status") < fixed.index("x = status")


def test_it_stands_above_what_else_goes_to_the_top() -> None:
    text = "async def f():\n    pass\n"
    edits = (AddDecorator(at(text, text.strip()), "pytest.mark.x"), AddImport("pytest"))
    assert mended(text, *edits) == f"import pytest\n\n\n@pytest.mark.x\n{text}"
    text = '"""Doc."""\nx = 1\n'
    edits = (InsertStatement(at(text, '"""Doc."""'), "y = json"), AddImport("json"))
    assert mended(text, *edits) == '"""Doc."""\n\nimport json\n\ny = json\nx = 1\n'


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import status\n",
        "from fastapi import FastAPI, status\n",
        "try:\n    from fastapi import status\nexcept ImportError:\n    raise\n",
    ],
)
def test_what_is_imported_is_not_imported_again(text: str) -> None:
    assert refused(text, STATUS) == "it would change nothing"


def test_under_type_checking_is_not_imported() -> None:
    text = "import os\n\nif TYPE_CHECKING:\n    from fastapi import status\n"
    assert mended(text, STATUS) == text.replace("os\n", "os\n\nfrom fastapi import status\n")


@pytest.mark.parametrize(
    "text",
    [
        "status = 1\n",
        "from starlette import status\n",
        "import http as status\n",
        "def status(): ...\n",
        "class status: ...\n",
        "for status in x: ...\n",
        "with x as (status, y): ...\n",
        "try: ...\nexcept E as status: ...\n",
        "if x:\n    status: int = 1\n",
        "def f():\n    global status\n    status = 1\n",
        "print([status := 1 for x in y])\n",
        "match x:\n    case [status, *_]: ...\n",
        "if TYPE_CHECKING:\n    from starlette import status\n",
    ],
)
def test_a_name_that_is_taken_stops_the_fix(text: str) -> None:
    assert refused(text, STATUS) == "`status` means something else in this file"


@pytest.mark.parametrize(
    "text", ["x = [status for status in y]\n", "def f():\n    status = 1\n", "x.status = 1\n"]
)
def test_the_same_name_elsewhere_takes_nothing(text: str) -> None:
    assert mended(text, STATUS).startswith("from fastapi import status\n")


def test_plain_imports() -> None:
    assert mended("import a.b\n", AddImport("a.c")) == "import a.b\nimport a.c\n"
    assert refused("import a.b\n", AddImport("a.b")) == "it would change nothing"
    assert refused("import a.b\n", AddImport("a")) == "it would change nothing"
    assert "means something else" in refused("a = 1\n", AddImport("a.b"))
    assert mended("x = 1\n", AddImport("a", alias="b")) == "import a as b\n\nx = 1\n"


def test_two_meanings_of_one_name_take_turns() -> None:
    text = "x = 1\ny = 2\n"
    fixes = [
        fix(ReplaceExpression(at(text, "1"), "s"), AddImport("a", "s")),
        fix(ReplaceExpression(at(text, "2"), "s"), AddImport("b", "s")),
    ]
    applied = apply(text, fixes)
    assert (applied.done, applied.deferred) == ((0,), (1,))
    assert applied.text == "from a import s\n\nx = s\ny = 2\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import logging\n\nx = 1\n", "x = 1\n"),
        ("import os\nimport logging\nimport sys\n", "import os\nimport sys\n"),
        ("import os\n\nimport logging\n\nx = 1\n", "import os\n\nx = 1\n"),
        ("import os\nimport logging\n\nx = 1\n", "import os\n\nx = 1\n"),
        ("import os\nimport logging", "import os\n"),
        ("def f():\n    import logging\n\n    return 1\n", "def f():\n    return 1\n"),
        (
            "import logging\n\nlogging.x\n\ndef f():\n    if y:\n        import logging\n"
            "        z()\n",
            "import logging\n\nlogging.x\n\ndef f():\n    if y:\n        z()\n",
        ),
        (
            "def f():\n    import logging\n    x()\n\ndef g():\n    import logging\n"
            "    logging.x()\n",
            "def f():\n    x()\n\ndef g():\n    import logging\n    logging.x()\n",
        ),
        ("import logging\n\nx = ['logging.apis']\n", "x = ['logging.apis']\n"),
        ("import logging\n\nx: set = {'logging'}\n", "x: set = {'logging'}\n"),
        ("import logging\n\nx = {'logging': 'logging'}\n", "x = {'logging': 'logging'}\n"),
    ],
)
def test_remove_import(before: str, after: str) -> None:
    assert mended(before, RemoveImport("logging")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from a import b\n", ""),
        ("from a import b, c\n", "from a import c\n"),
        ("from a import c, b\n", "from a import c\n"),
        ("from a import (\n    b,\n    c,\n)\n", "from a import (\n    c,\n)\n"),
        ("from a import (\n    c,\n    b,\n)\n", "from a import (\n    c,\n)\n"),
    ],
)
def test_remove_a_name_from_an_import(before: str, after: str) -> None:
    assert mended(before, RemoveImport("a", "b")) == after


@pytest.mark.parametrize(
    "text",
    [
        "import logging\n\nlogging.info('x')\n",
        "import logging  # noqa: F401\n",
        "import logging  # set up on import\n",
        "import logging as logging\n",
        "import logging as log\n",
        "import logging\n\n__all__ = ['logging']\n",
        "import logging\n\nx: 'logging.Logger'\n",
        "import logging\n\nx: 'dict[str, logging.Logger]'\n",
        "import logging\n\nx: Callable[['logging.Logger'], None]\n",
        "import logging\n\nx = Callable[['logging.Logger'], None]\n",
        "import logging\n\n__all__ += ['logging']\n",
        "import logging\n\n__all__: list[str] = ['logging']\n",
        "import logging\n\nx = [cast('logging.Logger', y)]\n",
        "def f():\n    import logging\n",
        "def f():\n    import logging\n\n    def g():\n        logging.x()\n",
        "def f():\n    import logging  # set up\n    return 1\n",
        "def f():\n    x()\n    if y:\n        import logging\n",
        "class C:\n    import logging\n    x = 1\n",
        "try:\n    import logging\nexcept ImportError: ...\n",
        "import logging; import os\n",
        "import logging, os\n",
        "from x import *\n",
    ],
)
def test_an_import_that_may_be_needed_stays(text: str) -> None:
    assert refused(text, RemoveImport("logging")) == "it would change nothing"


def test_one_import_takes_the_place_of_another() -> None:
    text = "import logging\nfrom a import b, c\n\nlog = logging.getLogger(b)\n"
    edits = (
        ReplaceExpression(at(text, "logging.getLogger(b)"), "structlog.get_logger(d)"),
        AddImport("structlog"),
        RemoveImport("logging"),
        AddImport("a", "d"),
        RemoveImport("a", "b"),
        RemoveImport("a", "c"),
    )
    assert mended(text, *edits) == (
        "import structlog\nfrom a import d\n\nlog = structlog.get_logger(d)\n"
    )


def test_the_packages_of_the_service_come_last() -> None:
    text = "import os\n\nfrom shop.core import c\n"
    edits = (AddImport("fastapi", "status"), AddImport("shop.a", "b"))
    applied = apply(text, [fix(*edits)], House(frozenset({"shop"})))
    assert applied.text == (
        "import os\n\nfrom fastapi import status\n\nfrom shop.a import b\nfrom shop.core import c\n"
    )
