"""Names, types and values, followed across the files of a service."""

from __future__ import annotations

import pytest

import cases
from gravity_lint import facts as f
from gravity_lint.configuration.settings import Settings
from gravity_lint.model import Class, Function, Module, Scope, Service
from gravity_lint.model.code.bindings import Imported
from gravity_lint.model.code.names import External, Variable, inherits, resolve
from gravity_lint.model.code.types import callee_of, type_of
from gravity_lint.model.code.values import Known, value_of


def service(**files: str) -> Service:
    """Link files named like ``app__api__users`` for ``app/api/users.py``."""
    named = {name.replace("__", "/") + ".py": code for name, code in files.items()}
    return cases.service_of(named, Settings())


def last(scope: Scope) -> f.Expression:
    statement = scope.steps[-1].statement
    assert isinstance(statement, f.Evaluate)
    return statement.value


def ask(main: str, **files: str) -> tuple[Module, f.Expression]:
    """Return the module ``app.main`` and the expression that it ends in."""
    found = service(app__main=main, **files).find("app.main")
    assert found is not None
    return found, last(found)


EXTERNAL = [
    ("import fastapi as f\nf.APIRouter", "fastapi.APIRouter"),
    ("from fastapi.routing import APIRouter as R\nR", "fastapi.APIRouter"),
    ("from starlette import status\nstatus.HTTP_200_OK", "fastapi.status.HTTP_200_OK"),
    ("from fastapi import APIRouter\nRouter = APIRouter\nRouter", "fastapi.APIRouter"),
    ("print", "builtins.print"),
    (
        "try:\n    import ujson as json\nexcept ImportError:\n    json = None\njson.dumps",
        "ujson.dumps",
    ),
    ("from typing import List\nList", "builtins.list"),
    ("import redis.asyncio as redis\nredis.Redis", "redis.asyncio.Redis"),
    ("import redis.asyncio\nredis.Redis", "redis.Redis"),
    ("import xml.dom.minidom as xml\nxml.parse", "xml.dom.minidom.parse"),
    ("from fastapi import *\nAPIRouter", "fastapi.APIRouter"),
    ("from fastapi import *\nprint", "builtins.print"),
    (
        "try:\n    from fastapi import APIRouter\n"
        "except ImportError:\n    from flask import Blueprint as APIRouter\nAPIRouter",
        "fastapi.APIRouter",
    ),
    (
        "try:\n    from ..too.far import BaseModel\n"
        "except ImportError:\n    from pydantic import BaseModel\nBaseModel",
        "pydantic.BaseModel",
    ),
]


@pytest.mark.parametrize(("code", "path"), EXTERNAL)
def test_external_names(code: str, path: str) -> None:
    module, expression = ask(code)
    assert resolve(module, expression) == External(path)


UNKNOWN = [
    "x",
    "if a:\n    from json import dumps\nelse:\n    from ujson import dumps\ndumps",
    "for print in prints:\n    pass\nprint.x",
    "from ..too.far import x\nx",
    "from fastapi import *\nfrom flask import *\nRequest",
    "from fastapi import *\n_Private",
]


@pytest.mark.parametrize("code", UNKNOWN)
def test_what_cannot_be_known(code: str) -> None:
    module, expression = ask(code)
    assert not isinstance(resolve(module, expression), External)


def test_re_exports_and_star_imports() -> None:
    files = {
        "app/main.py": "from app.api import Thing\nThing",
        "app/api/__init__.py": "from .v1 import *",
        "app/api/v1.py": "from app.things import Thing as Thing",
        "app/things.py": "class Thing: ...",
    }
    module = cases.service_of(files, Settings()).find("app.main")
    assert module is not None
    found = resolve(module, last(module))
    assert isinstance(found, Class)
    assert found.label == "app.things.Thing"


@pytest.mark.parametrize(
    ("stars", "code", "label"),
    [
        ("from .one import *\nfrom .two import *", "class Thing: ...", "app.two.Thing"),
        ("from .one import *\nfrom .two import *", "class _Thing: ...", "app.one.Thing"),
        (
            "from .one import *\nfrom .two import *",
            "__all__ = []\nclass Thing: ...",
            "app.one.Thing",
        ),
        ("from .two import *\nfrom .one import *", "class Thing: ...", "app.one.Thing"),
        ("from lib import *\nfrom .one import *", "", "app.one.Thing"),
    ],
)
def test_the_last_star_that_brings_a_name_wins(stars: str, code: str, label: str) -> None:
    found = resolve(*ask(f"{stars}\nThing", app__one="class Thing: ...", app__two=code))
    assert isinstance(found, Class)
    assert found.label == label


def test_stars_lead_through_the_service_to_a_library() -> None:
    module, expression = ask(
        "from app.compat import APIRouter\nAPIRouter", app__compat="from fastapi import *"
    )
    assert resolve(module, expression) == External("fastapi.APIRouter")


def test_a_package_wins_over_the_module_beside_it() -> None:
    files = {
        "app/main.py": "import app.api\napp.api.Thing",
        "app/api.py": "Thing = 1",
        "app/api/__init__.py": "class Thing: ...",
    }
    module = cases.service_of(files, Settings()).find("app.main")
    assert module is not None
    found = resolve(module, last(module))
    assert isinstance(found, Class)
    assert found.module.relative == "app/api/__init__.py"


CHECKING = [
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:",
    "from typing import TYPE_CHECKING as TC\nif TC:",
    "import typing as t\nif t.TYPE_CHECKING:",
    "import typing\nTC = typing.TYPE_CHECKING\nif TC:",
    "from typing import TYPE_CHECKING\nTC = TYPE_CHECKING\nif TC and PY310:",
    "TYPE_CHECKING = False\nif TYPE_CHECKING:",
    "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    x = 1\nelse:",
]
RUNNING = [
    "from typing import TYPE_CHECKING\nif not TYPE_CHECKING:",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    x = 1\nelse:",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING or PY310:",
    "from app.flags import DEBUG as TC\nif TC:",
]


@pytest.mark.parametrize(
    ("code", "answer"), [*((code, True) for code in CHECKING), *((code, False) for code in RUNNING)]
)
def test_what_only_type_checkers_import(code: str, answer: bool) -> None:
    module, _ = ask(f"{code}\n    from app.models import User\nUser")
    (binding,) = module.bindings["User"]
    assert isinstance(binding, Imported)
    assert binding.checking is answer


def test_a_submodule_is_an_attribute_of_its_package() -> None:
    module, expression = ask(
        "from app.api import users\nusers.router", app__api__users="router = make()"
    )
    found = resolve(module, expression)
    assert isinstance(found, Variable)
    assert found.scope.label == "app.api.users"


def test_circular_imports_lead_nowhere() -> None:
    module, expression = ask(
        "from app.a import x\nx", app__a="from app.b import x", app__b="from app.a import x"
    )
    assert resolve(module, expression) is None


def test_two_roots_do_not_mix() -> None:
    one = service(app__x="class A: ...")
    other = service(app__y="from app.x import A\nA")
    module = other.find("app.y")
    assert module is not None
    assert one.find("app.x") is not None
    assert resolve(module, last(module)) == External("app.x.A")


SRC = "from acme.core import A\nA"


@pytest.mark.parametrize(
    "files",
    [
        {"src/acme/main.py": SRC, "src/acme/core.py": "class A: ..."},
        {
            "backend/acme/__init__.py": "",
            "backend/acme/main.py": SRC,
            "backend/acme/core.py": "class A: ...",
        },
        {"deep/down/acme/main.py": SRC, "deep/down/acme/core.py": "class A: ..."},
    ],
)
def test_packages_wherever_they_lie(files: dict[str, str]) -> None:
    found = cases.service_of(files, Settings())
    module = next(m for m in found.modules if m.relative.endswith("main.py"))
    assert isinstance(resolve(module, last(module)), Class)


@pytest.mark.parametrize(
    ("files", "file", "name"),
    [
        # A namespace package by which all but one import.
        (
            {
                "shop/core/__init__.py": "",
                "shop/core/engine.py": "",
                "shop/main.py": "from shop.core.engine import A\nfrom shop.core.base import B",
                "tool.py": "from core.engine import A",
            },
            "shop/core/engine.py",
            "shop.core.engine",
        ),
        # A file that nobody imports goes by the packages around it.
        (
            {
                "shop/core/__init__.py": "",
                "shop/core/parts/tax.py": "",
                "shop/core/parts/__init__.py": "",
                "shop/main.py": "from shop.core.parts import A",
                "tool.py": "from core.engine import A",
            },
            "shop/core/parts/tax.py",
            "shop.core.parts.tax",
        ),
        # No import can say the name of the directory.
        (
            {
                "services/__init__.py": "",
                "services/chain-api/app/__init__.py": "",
                "services/chain-api/tools/check.py": "",
                "main.py": "from services import admin",
            },
            "services/chain-api/tools/check.py",
            "tools.check",
        ),
        # A package that others call by its whole name is none to be imported from.
        (
            {
                "app/__init__.py": "",
                "app/parts/core/__init__.py": "",
                "app/parts/core/tools/__init__.py": "",
                "app/parts/core/tools/clients.py": "",
                "app/parts/mapper.py": "from tools.clients import A",
                "app/main.py": "from app.parts.core.engine import B",
            },
            "app/parts/core/tools/clients.py",
            "app.parts.core.tools.clients",
        ),
    ],
)
def test_a_file_is_called_as_it_is_imported(files: dict[str, str], file: str, name: str) -> None:
    found = cases.service_of(files, Settings())
    assert next(m for m in found.modules if m.relative == file).name == name


@pytest.mark.parametrize(
    ("files", "answer"),
    [
        # Two programs, each run in its own directory.
        (
            {
                "orders/main.py": "from schemas import A\nA",
                "orders/schemas.py": "class A: ...",
                "billing/main.py": "",
                "billing/schemas.py": "class A: ...",
            },
            "orders/schemas.py",
        ),
        # So is what lies in a package of theirs.
        (
            {
                "orders/api/__init__.py": "",
                "orders/api/main.py": "from schemas.base import A\nA",
                "orders/schemas/base.py": "class A: ...",
                "billing/api/__init__.py": "",
                "billing/schemas/base.py": "class A: ...",
            },
            "orders/schemas/base.py",
        ),
        # Packages of one name in two programs.
        (
            {
                "orders/api/__init__.py": "",
                "orders/api/main.py": "from .models import A\nA",
                "orders/api/models.py": "class A: ...",
                "billing/api/__init__.py": "",
                "billing/api/models.py": "class A: ...",
            },
            "orders/api/models.py",
        ),
        # A directory that is imported from is a package, and what lies in it has its name.
        (
            {
                "app/main.py": "from redis import A\nA",
                "app/redis.py": "class A: ...",
                "run.py": "from app.main import A",
            },
            None,
        ),
        ({"jobs/main.py": "from logging import A\nA", "jobs/logging.py": "class A: ..."}, None),
        # Python's own library comes before what one program has put on its path.
        (
            {
                "app/__init__.py": "",
                "app/main.py": "from logging import A\nA",
                "parts/core/__init__.py": "",
                "parts/core/tools/__init__.py": "",
                "parts/core/tools/clients.py": "",
                "parts/core/logging.py": "class A: ...",
                "parts/mapper.py": "from tools.clients import B",
            },
            None,
        ),
        # A program imports from its directory, a package or not, whatever it is called by others.
        (
            {
                "app/__init__.py": "",
                "app/main.py": "from things import A\nA",
                "app/things.py": "class A: ...",
            },
            "app/things.py",
        ),
        (
            {
                "app/__init__.py": "",
                "app/main.py": "from routers.things import B\nfrom things import A\nA",
                "app/routers/things.py": "class B: ...",
                "app/things.py": "class A: ...",
                "tests/test_things.py": "from app.things import A",
            },
            "app/things.py",
        ),
        (
            {
                "orders/__init__.py": "",
                "orders/main.py": "from schemas import A\nA",
                "orders/schemas.py": "class A: ...",
                "billing/__init__.py": "",
                "billing/app.py": "from schemas import A\nfrom parts.one import B",
                "billing/schemas.py": "class A: ...",
                "billing/parts/__init__.py": "",
                "billing/parts/one.py": "class B: ...",
            },
            "orders/schemas.py",
        ),
        # What lies at the root is found from there, and what is called as a library may be one.
        (
            {
                "app/__init__.py": "",
                "app/main.py": "from things import A\nA",
                "app/things.py": "class A: ...",
                "things.py": "class A: ...",
            },
            "things.py",
        ),
        (
            {
                "app/__init__.py": "",
                "app/main.py": "from redis import A\nA",
                "app/redis.py": "from redis import A\nclass B(A): ...",
            },
            None,
        ),
        (
            {
                "app/__init__.py": "",
                "app/main.py": "from redis import A\nA",
                "app/redis.py": "class B: ...",
            },
            None,
        ),
        # A program that says the name of its package is run from above.
        (
            {
                "app/__init__.py": "",
                "app/main.py": "from app.parts import B\nfrom things import A\nA",
                "app/parts.py": "class B: ...",
                "app/things.py": "class A: ...",
            },
            None,
        ),
    ],
)
def test_programs_that_share_a_root(files: dict[str, str], answer: str | None) -> None:
    found = cases.service_of(files, Settings())
    module = next(m for m in found.modules if m.relative.endswith("main.py") and m.body)
    symbol = resolve(module, last(module))
    assert (symbol.module.relative if isinstance(symbol, Class) else None) == answer


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("class A(Exception): ...\nA", True),
        ("class B(ValueError): ...\nclass A(B): ...\nA", True),
        ("class A: ...\nA", False),
        ("from lib import B\nclass A(B): ...\nA", None),
        ("class A(make_base()): ...\nA", None),
        ("from fastapi import HTTPException\nclass A(HTTPException): ...\nA", True),
    ],
)
def test_inheritance_is_known_or_unknown(code: str, answer: bool | None) -> None:
    module, expression = ask(code)
    found = resolve(module, expression)
    assert isinstance(found, Class)
    assert inherits(found, "builtins.Exception") is answer


SESSION = "sqlalchemy.ext.asyncio.AsyncSession"
TYPES = [
    (
        f"from {SESSION.rpartition('.')[0]} import AsyncSession\ndef f(db: AsyncSession):\n    db",
        SESSION,
    ),
    (
        "from typing import Annotated\nfrom fastapi import Depends\n"
        "from sqlalchemy.ext.asyncio import AsyncSession\ndef get(): ...\n"
        "Db = Annotated[AsyncSession, Depends(get)]\ndef f(db: Db | None = None):\n    db",
        SESSION,
    ),
    (
        "from fastapi import Depends\nfrom collections.abc import AsyncGenerator\n"
        "from sqlalchemy.ext.asyncio import AsyncSession\n"
        "async def get() -> AsyncGenerator[AsyncSession, None]: ...\n"
        "def f(db=Depends(get)):\n    db",
        SESSION,
    ),
    (
        "from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\n"
        "maker = async_sessionmaker(create_async_engine('x'))\n"
        "async def f():\n    async with maker() as db:\n        pass\n    db",
        SESSION,
    ),
    (
        "from sqlalchemy.orm import sessionmaker\nfrom sqlalchemy.ext.asyncio import AsyncSession\n"
        "maker = sessionmaker(class_=AsyncSession)\ndef f():\n    db = maker()\n    db",
        SESSION,
    ),
    (
        "import structlog\nlog = structlog.get_logger().bind(a=1)\ndef f():\n    log",
        "structlog.BoundLogger",
    ),
    (
        "import structlog\nlog = structlog.stdlib.get_logger()\ndef f():\n    log",
        "structlog.BoundLogger",
    ),
    ("def f(a: 'list[int]'):\n    a", "builtins.list"),
    ("def f():\n    x = 1\n    x = 'a'\n    x", None),
    ("def f():\n    x = None\n    x = 'a'\n    x", "builtins.str"),
    (
        "def f():\n    try:\n        pass\n    except KeyError as e:\n        pass\n    e",
        "builtins.KeyError",
    ),
]


@pytest.mark.parametrize(("code", "path"), TYPES)
def test_types(code: str, path: str | None) -> None:
    found = service(app__main=code).find("app.main")
    assert found is not None
    function = found.functions[-1]
    known = type_of(function, last(function))
    if path is None:
        assert known is None or known.path != "structlog.BoundLogger"
    else:
        assert known is not None
        assert known.path == path


def test_methods_of_what_self_holds() -> None:
    found = service(
        app__repo="class Repo:\n    async def get(self): ...\n",
        app__main=(
            "from app.repo import Repo\n"
            "class Base:\n    def __init__(self, repo: Repo):\n        self.repo = repo\n"
            "class Service(Base):\n    async def run(self):\n        await self.repo.get()\n"
        ),
    ).find("app.main")
    assert found is not None
    run = next(x for x in found.functions if x.name == "run")
    callee = callee_of(run, run.calls[0].call)
    assert isinstance(callee, Function)
    assert callee.label == "app.repo.Repo.get"


VALUES = [
    ("A = '/api'\nA + '/v1'", "/api/v1"),
    ("V = 1\nf'/api/v{V}'", "/api/v1"),
    ("V = 1.5\nf'{V:.2f}'", None),
    ("import os\nos.getenv('P', '/api')", "/api"),
    ("import os\nos.environ['P']", None),
    ("from app.config import settings\nsettings.prefix", "/api/v1"),
    ("from app.config import Settings\nSettings().prefix", "/api/v1"),
    ("from app.config import settings\nsettings.secret", None),
    ("from app.config import settings\nf'{settings.prefix}/x'.rstrip('/')", "/api/v1/x"),
    ("A = 'a'\nA = 'b'\nA", None),
    ("A = 'a'\nA += 'b'\nA", None),
    ("import enum\nclass E(str, enum.Enum):\n    X = '/x'\nE.X", "/x"),
    ("import enum\nclass E(enum.Enum):\n    X = '/x'\nE.X.value", "/x"),
    ("import enum\nclass E(enum.Enum):\n    X = '/x'\nE.X", None),
    ("A = A", None),
]
CONFIG = (
    "from pydantic import Field\nfrom pydantic_settings import BaseSettings\n"
    "class Settings(BaseSettings):\n    version: int = 1\n    secret: str\n"
    "    prefix: str = Field('/api/v1', description='x')\n"
    "def get_settings() -> Settings: ...\nsettings = get_settings()\n"
)


@pytest.mark.parametrize(("code", "text"), VALUES)
def test_values(code: str, text: str | None) -> None:
    module = service(app__main=code, app__config=CONFIG).find("app.main")
    assert module is not None
    statement = module.steps[-1].statement
    value = statement.value if isinstance(statement, f.Evaluate | f.Assign) else None
    assert value_of(module, value) == (None if text is None else Known(text))
