"""What is known of modules that are not in view."""

from pathlib import Path

import pytest

from gravity_lint.discovery.unseen import Unseen, unseen
from gravity_lint.running.outcome import Overrides
from gravity_lint.running.run import run
from gravity_lint.sources.surroundings import Surroundings


def lay_out(top: Path, *names: str, **contents: str) -> None:
    for name in (*names, *contents):
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(contents.get(name, ""), encoding="utf-8")


def of(root: Path, *files: str) -> Unseen:
    return unseen(root, [root / file for file in files], Surroundings())


def test_what_lies_beside_the_files_may_be_imported(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        "app/__init__.py",
        "app/users.py",
        "app/fast.cpython-311-x86_64-linux-gnu.so",
        "app/excluded.py",
        "app/generated/__init__.py",
        "app/stub.pyi",
    )
    found = of(tmp_path, "app/__init__.py", "app/users.py")
    for name in ("fast", "excluded", "generated", "stub"):
        assert found.may_hold(f"app/{name}")
    assert not found.may_hold("app/users")
    assert not found.may_hold("app/nothing")
    assert not found.may_hold("fast")


@pytest.mark.parametrize("name", ["_version", "generated", "inner/api_pb2"])
def test_what_git_overlooks_may_be_there_at_another_time(tmp_path: Path, name: str) -> None:
    lay_out(tmp_path, ".git/HEAD", "services/orders/app/main.py", "services/orders/app/inner/x.py")
    (tmp_path / ".gitignore").write_text("**/app/_version.py\n", encoding="utf-8")
    root = tmp_path / "services/orders"
    (root / ".gitignore").write_text("generated/\n", encoding="utf-8")
    (root / "app/inner/.gitignore").write_text("*_pb2.py\n!kept_pb2.py\n", encoding="utf-8")
    found = of(root, "app/main.py", "app/inner/x.py")
    assert found.may_hold(f"app/{name}")
    assert not found.may_hold("app/inner/kept_pb2")
    assert not found.may_hold("app/api_pb2")
    assert not found.may_hold("app/nothing")


def test_what_is_above_the_repository_says_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*\n", encoding="utf-8")
    lay_out(tmp_path / "repository", ".git/HEAD", "app/main.py")
    assert not of(tmp_path / "repository", "app/main.py").may_hold("app/nothing")


def test_a_module_that_is_left_out_lies_in_its_layer(tmp_path: Path) -> None:
    lay_out(
        tmp_path,
        "src/shop/__init__.py",
        "src/shop/api/__init__.py",
        "src/shop/api/deps.py",
        "src/shop/services/__init__.py",
        **{
            "pyproject.toml": '[tool.gravity-lint]\nexclude = ["src/shop/api/deps.py"]\n',
            "src/shop/services/order_service.py": "from shop.api.deps import get_db\n"
            "from shop.api.missing import get_page\n",
        },
    )
    found = run([tmp_path], Overrides(select=("GRV213",))).findings
    assert [(x.span.line, "`shop.api.deps`" in x.message) for x in found] == [(1, True)]


@pytest.mark.parametrize(
    "name", ["main.py.jinja", "main.py-tpl", "main.py_tmpl", "{% if web %}main.py{% endif %}.j2"]
)
def test_a_template_beside_the_files_becomes_a_module(tmp_path: Path, name: str) -> None:
    lay_out(tmp_path, f"app/{name}", "app/page.html.jinja", "app/x.py.orig", "texts/x.py.j2")
    lay_out(tmp_path, "app/api/script.py.mako", "app/api/users.py")
    assert of(tmp_path, "app/api/users.py").templates == {f"app/{name}"}


ROUTER = """
from fastapi import APIRouter

router = APIRouter()


@router.get("/orders")
async def list_orders() -> list[int]:
    return []
"""
APP = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/api/v1/items")
async def list_items() -> list[int]:
    return []
"""
CALLS = """
def test_stock(client):
    assert client.get("/api/v1/stock").status_code == 200
"""


@pytest.mark.parametrize("app", ["", APP])
@pytest.mark.parametrize("name", ["main.py.jinja", "main.html.jinja"])
def test_what_a_template_becomes_may_include_any_router_and_add_routes(
    tmp_path: Path, name: str, app: str
) -> None:
    contents = {
        "src/app/api/orders.py": ROUTER,
        "src/app/items.py": app,
        "src/tests/test_stock.py": CALLS,
    }
    lay_out(tmp_path, f"src/app/{name}", "src/app/__init__.py", **contents)
    overrides = Overrides(select=("GRV101", "GRV102", "GRV123", "GRV507"))
    codes = {x.code for x in run([tmp_path], overrides).findings}
    alone = {"GRV102", "GRV123", "GRV507"} if app else {"GRV101", "GRV102"}
    assert codes == ({"GRV102"} if app else set()) if name == "main.py.jinja" else alone


CLASS = """
from fastapi import FastAPI

app = FastAPI()


class ChatService:
    async def send(self) -> None:
        print("sent")


@app.get("/api/v1/chats")
async def list_chats() -> list[int]:
    return []
"""


@pytest.mark.parametrize("repository", [True, False])
@pytest.mark.parametrize("own", ["tests/test_other.py", "app/other.py"])
def test_tests_beside_the_root_may_be_those_of_the_service(
    tmp_path: Path, repository: bool, own: str
) -> None:
    lay_out(
        tmp_path / "all",
        *([".git/HEAD"] if repository else []),
        f"backend/{own}",
        "backend/app/__init__.py",
        "tests/unit/test_chat.py",
        **{
            "backend/pyproject.toml": "[project]\nname = 'backend'\n",
            "backend/app/services/chat.py": CLASS,
        },
    )
    root = tmp_path / "all/backend"
    overrides = Overrides(select=("GRV508", "GRV509"))
    findings = run([root], overrides).findings
    assert [x.code for x in findings] == (["GRV509", "GRV508"] if own.startswith("tests") else [])
    # Those beside the root may ask for it all the same.
    assert all("no test of this service " in x.message for x in findings)


def test_tests_beside_the_repository_are_none_of_the_service(tmp_path: Path) -> None:
    lay_out(tmp_path, "tests/test_chat.py", "all/.git/HEAD", "all/app/main.py", "all/in/app/x.py")
    assert not of(tmp_path / "all", "app/main.py").tests
    assert not of(tmp_path / "all/in", "app/x.py").tests
