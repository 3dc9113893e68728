"""pytest, pytest-asyncio, anyio, httpx and SQLAlchemy judge what the rules about tests say."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import event
from sqlalchemy.exc import MissingGreenlet, StatementError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.discovery.pytest_configuration import PytestConfigurations
from gravity_lint.model.testing.running import (
    async_fixtures,
    async_tests,
    awaited_for,
    run_by_plugin,
)
from gravity_lint.model.testing.tests import collected_tests

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # newer versions of Starlette ask for httpx's successor
    from fastapi.testclient import TestClient


PLUGINS = ("-p", "pytest_asyncio.plugin", "-p", "anyio.pytest_plugin")


def run_pytest(root: Path, files: dict[str, str], *arguments: str) -> str:
    """Write *files* below *root* and return what pytest says about them."""
    for name, code in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGINS, *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def passed(output: str) -> set[str]:
    """Return the names of the tests that passed."""
    return set(re.findall(r"^PASSED \S+::(\w+)", output, re.MULTILINE))


ASYNC = {
    "test_marks.py": """
import pytest
import pytest_asyncio


@pytest.fixture
async def plain():
    return 1


@pytest_asyncio.fixture
async def awaited():
    return 1


async def test_unmarked():
    pass


@pytest.mark.asyncio
async def test_marked():
    pass


@pytest.mark.asyncio
async def test_plain_fixture(plain):
    assert plain == 1


@pytest.mark.asyncio
async def test_awaited_fixture(awaited):
    assert awaited == 1
""",
    "test_anyio.py": """
import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def by_anyio():
    return 1


async def test_anyio_fixture(by_anyio):
    assert by_anyio == 1
""",
}


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_async_tests_and_fixtures_run_as_the_model_says(tmp_path: Path, mode: str) -> None:
    """What the model says is run passes, and what it says is not does not."""
    files = {**ASYNC, "pytest.ini": f"[pytest]\nasyncio_mode = {mode}\n"}
    if mode == "auto":
        del files["test_anyio.py"]  # two plugins would want to run it
    ran = passed(run_pytest(tmp_path, files, "-rA", "-q"))
    service = cases.service_of(files, Settings())
    unawaited = {
        x.name for x in async_fixtures(service) if x.name != "awaited" and not awaited_for(x)
    }
    expected = {
        test.name
        for test in async_tests(service)
        if run_by_plugin(test) and not any(p.name in unawaited for p in test.function.arguments)
    }
    assert ran == expected
    assert unawaited == ({"plain"} if mode == "strict" else set())


def test_a_mark_that_a_hook_gives_awaits_no_fixture_of_pytest_itself(tmp_path: Path) -> None:
    hook = """
import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.asyncio)
"""
    files = {"test_marks.py": ASYNC["test_marks.py"], "conftest.py": hook}
    files["pytest.ini"] = "[pytest]\nasyncio_mode = strict\n"
    ran = passed(run_pytest(tmp_path, files, "-rA", "-q"))
    assert "test_awaited_fixture" in ran
    assert "test_plain_fixture" not in ran
    service = cases.service_of(files, Settings())
    assert [awaited_for(x) for x in async_fixtures(service) if x.name == "plain"] == [False]


COLLECTED = {
    "test_functions.py": """
import unittest

import pytest


@pytest.fixture
def test_data():
    return 1


def test_plain():
    def test_inner():
        pass


def testing():
    pass


def helper_test():
    pass


if True:

    def test_in_block():
        pass


def test_opted_out():
    pass


test_opted_out.__test__ = False


class TestMethods:
    def test_method(self):
        pass

    def helper(self):
        pass

    @staticmethod
    def test_static():
        pass

    class TestNested:
        def test_nested(self):
            pass

    class Other:
        def test_not_nested(self):
            pass


class TestConstructed:
    def __init__(self):
        pass

    def test_constructed(self):
        pass


class TestInherited(TestMethods):
    def test_own(self):
        pass


class TestOut:
    __test__ = False

    def test_out(self):
        pass


class Mixin:
    def test_mixed_in(self):
        pass


class TestMixed(Mixin):
    pass


class OrdersCase(unittest.TestCase):
    def test_unittest(self):
        pass
""",
    "sub/orders_test.py": "def test_suffixed():\n    pass\n",
    "sub/orders_tests.py": "def test_not_collected():\n    pass\n",
    "sub/conftest.py": "def test_in_conftest():\n    pass\n",
}


@pytest.mark.parametrize(
    "configuration",
    [
        "[pytest]\n",
        "[pytest]\npython_functions = test helper\npython_classes = *d Test\ntestpaths = .\n",
        "[pytest]\npython_files = *_tests.py sub/*_test.py\ntestpaths = sub\n",
    ],
)
def test_tests_are_those_that_pytest_collects(tmp_path: Path, configuration: str) -> None:
    """Names, classes, files and directories, as they are configured."""
    files = {**COLLECTED, "pytest.ini": configuration}
    output = run_pytest(tmp_path, files, "--collect-only", "-q")
    names = {line.rpartition("::")[2] for line in output.splitlines() if "::" in line}
    service = cases.service_of(files, Settings())
    assert {test.name for test in collected_tests(service)} == names


@pytest.mark.parametrize(
    "files",
    [
        {"pytest.ini": "[pytest]\n", "tox.ini": "[pytest]\nasyncio_mode = auto\n"},
        {"pyproject.toml": "[project]\n", "setup.cfg": "[tool:pytest]\nasyncio_mode = auto\n"},
        {"pytest.ini": "[pytest]\naddopts = -ra -o asyncio_mode=auto\n"},
        {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = ['--asyncio-mode', 'auto']\n"},
        {"../pytest.ini": "[pytest]\nasyncio_mode = auto\n"},
    ],
    ids=["first file wins", "no table", "overridden", "option", "above"],
)
def test_the_mode_is_the_one_that_the_plugin_uses(tmp_path: Path, files: dict[str, str]) -> None:
    """pytest's own search for its configuration, and pytest-asyncio's reading of it."""
    root = tmp_path / "service"
    root.mkdir()
    output = run_pytest(root, {**files, "test_x.py": "def test_x(): pass"}, "--collect-only")
    used = re.search(r"^asyncio: mode=(?:Mode\.)?(\w+)", output, re.MULTILINE)
    assert used is not None
    assert PytestConfigurations().of(root).asyncio_mode == used[1].lower()


def test_a_slash_is_redirected_and_httpx_does_not_follow() -> None:
    """Starlette's client does."""
    app = FastAPI()

    @app.get("/items")
    async def list_items() -> list[int]:
        return []

    async def ask() -> int:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
            return (await client.get("/items/")).status_code

    assert asyncio.run(ask()) == 307
    assert TestClient(app).get("/items/").status_code == 200


def test_get_routes_do_not_answer_head() -> None:
    """The rule on unknown routes is lenient here: Starlette's own routes do."""
    app = FastAPI()

    @app.get("/items")
    async def list_items() -> list[int]:
        return []

    app.add_route("/plain", lambda request: None)
    assert TestClient(app).head("/items").status_code == 405
    assert any("HEAD" in (getattr(route, "methods", None) or ()) for route in app.routes)


def test_a_base_url_goes_in_front_of_a_path() -> None:
    """Also in front of one that begins with a slash."""
    app = FastAPI()

    @app.get("/api/items")
    async def list_items() -> list[int]:
        return []

    assert TestClient(app, base_url="http://test/api").get("/items").status_code == 200


def test_clients_do_not_take_applications() -> None:
    """httpx 0.28 removed the argument."""
    with pytest.raises(TypeError, match="app"):
        AsyncClient(app=FastAPI())  # type: ignore[call-arg]


class Base(DeclarativeBase):
    """Base of the one table."""


class Item(Base):
    """A row."""

    __tablename__ = "items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


@pytest.mark.parametrize("expires", [True, False])
def test_expired_attributes_cannot_be_awaited(expires: bool) -> None:
    """An attribute is read after the commit."""

    async def read() -> str:
        engine = create_async_engine("sqlite+aiosqlite://")
        try:
            async with engine.begin() as connection:
                await connection.run_sync(Base.metadata.create_all)
            async with async_sessionmaker(engine, expire_on_commit=expires)() as session:
                item = Item(id=1, name="pen")
                session.add(item)
                await session.commit()
                return item.name
        finally:
            await engine.dispose()

    if expires:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the coroutine that nobody could await
            with pytest.raises((MissingGreenlet, StatementError), match="greenlet_spawn"):
                asyncio.run(read())
            gc.collect()
    else:
        assert asyncio.run(read()) == "pen"


def test_an_engine_keeps_its_connections_until_it_is_disposed_of() -> None:
    """The pool closes them then."""
    closed: list[object] = []

    async def use() -> None:
        engine = create_async_engine("sqlite+aiosqlite://")
        event.listen(engine.sync_engine, "close", lambda *given: closed.append(given))
        async with engine.connect():
            pass
        assert not closed
        await engine.dispose()

    asyncio.run(use())
    assert closed


def test_overrides_outlive_the_test() -> None:
    """They belong to the application."""
    app = FastAPI()

    def get_db() -> str:
        return "real"

    app.dependency_overrides[get_db] = lambda: "fake"
    with TestClient(app):
        pass
    assert get_db in app.dependency_overrides


def test_what_is_asked_of_the_result_of_raises_narrows_it(tmp_path: Path) -> None:
    """``match()`` on the result fails as ``match=`` does, and ``nullcontext`` expects nothing."""
    code = """
import contextlib
import pytest

def work(text):
    raise ValueError(text)

def test_other_message():
    pytest.raises(Exception, work, "yes").match("no")

def test_this_message():
    pytest.raises(Exception, work, "no").match("no")

def test_without():
    pytest.raises(Exception, work, "no")

def test_raised_in_spite_of_it():
    with contextlib.nullcontext():
        work("no")
"""
    output = run_pytest(tmp_path, {"test_x.py": code}, "-q", "-rA")
    passed = set(re.findall(r"^PASSED test_x.py::(\w+)", output, re.MULTILINE))
    assert passed == {"test_this_message", "test_without"}
