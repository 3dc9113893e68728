"""The routing table that the command shows is the one that the running service has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gravity_lint.cli import main
from tests.contract.documents import differences, operations

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
ORDERS = EXAMPLES / "orders_service"
ASK = """
import json
from app.main import app
print(json.dumps({
    path: {method.upper(): sorted(operation["responses"]) for method, operation in item.items()}
    for path, item in app.openapi()["paths"].items()
}))
"""

WHOLE = "import json; from app.main import app; print(json.dumps(app.openapi()))"


@pytest.fixture(scope="module")
def documented() -> dict[str, dict[str, list[str]]]:
    """What the running example says in its OpenAPI document, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        capture_output=True,
        text=True,
        check=True,
        cwd=ORDERS,
        env={"PYTHONPATH": str(ORDERS), "JWT_SECRET": "x" * 40},
    )
    document: dict[str, dict[str, list[str]]] = json.loads(done.stdout.splitlines()[-1])
    return document


def table(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["routes", "--format", "json", str(path)]) == 0
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown


def service(root: Path, files: dict[str, str]) -> Path:
    (root / "pyproject.toml").write_text("", encoding="utf-8")
    for name, code in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(code, encoding="utf-8")
    return root


def test_the_table_is_that_of_the_running_app(
    documented: dict[str, dict[str, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    shown = table(ORDERS, capsys)
    assert shown["unresolved"] == []
    assert {(r["method"], r["path"]) for r in shown["routes"]} == {
        (method, path) for path, methods in documented.items() for method in methods
    }
    for route in shown["routes"]:
        declared = {int(x) for x in documented[route["path"]][route["method"]]}
        assert declared <= set(route["statuses"]), route


def test_what_a_route_says(capsys: pytest.CaptureFixture[str]) -> None:
    routes = {(r["method"], r["path"]): r for r in table(ORDERS, capsys)["routes"]}
    said = routes["DELETE", "/api/v1/orders/{order_id}"]
    assert [(p["name"], p["in"], p["required"]) for p in said.pop("parameters")] == [
        ("order_id", "path", True)
    ]
    answers = {row["status"]: row for row in said.pop("answers")}
    assert answers[404]["declared"] is False
    assert "OrderNotFoundException" in answers[404]["cause"]
    assert answers[200]["content"] == {
        "application/json": {"schema": {"$ref": "#/schemas/ApiResponse_null_"}}
    }
    assert said == {
        "service": "orders_service",
        "method": "DELETE",
        "path": "/api/v1/orders/{order_id}",
        "endpoint": "delete_order",
        "file": "app/api/v1/orders.py",
        "line": 200,
        "response_model": "ApiResponse[None]",
        "statuses": [200, 401, 403, 404, 409, 422],
        "auth": ["require_role(UserRole.ADMIN)"],
        "tags": ["Orders"],
        "conditional": False,
        "body": None,
        "security": [{"HTTPBearer": []}],
        "deprecated": False,
        "documented": True,
        "unknown": [],
    }
    assert routes["POST", "/api/v1/auth/login"]["auth"] == []
    assert routes["POST", "/api/v1/auth/login"]["statuses"] == [200, 401, 422]


def test_the_openapi_document_is_that_of_the_running_app(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHOLE],
        capture_output=True,
        text=True,
        check=True,
        cwd=ORDERS,
        env={"PYTHONPATH": str(ORDERS), "JWT_SECRET": "x" * 40},
    )
    real = operations(json.loads(done.stdout.splitlines()[-1]))
    assert main(["routes", "--format", "openapi", str(ORDERS)]) == 0
    known = operations(json.loads(capsys.readouterr().out))
    assert set(known) == set(real)
    for key, row in known.items():
        assert list(differences({**row, "unknown": []}, real[key])) == [], key


def test_an_openapi_document_is_of_one_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "--format", "openapi", str(EXAMPLES)]) == 2
    assert "an OpenAPI document is of one" in capsys.readouterr().err


def test_routes_are_in_the_order_in_which_they_are_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    paths = [r["path"] for r in table(ORDERS, capsys)["routes"] if r["method"] == "GET"]
    assert paths.index("/api/v1/orders/summary") < paths.index("/api/v1/orders/{order_id}")


def test_a_named_file_limits_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = table(ORDERS / "app" / "api" / "health.py", capsys)
    assert [(r["path"], r["file"]) for r in shown["routes"]] == [
        ("/health", "health.py"),
        ("/health/ready", "health.py"),
    ]


def test_verbose_text_shows_the_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "--verbose", str(ORDERS)]) == 0
    text = capsys.readouterr().out
    assert "404  `CustomerNotFoundException` raised in `CustomerService.get_by_id`" in text
    assert "app/api/v1/auth.py:64 UserService(db).authenticate()" in text


def test_parts_that_are_not_known_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = service(
        tmp_path,
        {
            "app/main.py": (
                "from fastapi import APIRouter, Depends, FastAPI\n"
                "from shared import guard_tokens, prefix\n"
                "app = FastAPI()\n"
                "router = APIRouter()\n"
                "lost = APIRouter()\n"
                "@router.get('/a')\nasync def a(): ...\n"
                "@lost.get('/b')\nasync def b(): ...\n"
                "@app.get('/c')\nasync def c(token=Depends(guard_tokens)): ...\n"
                "app.include_router(router, prefix=prefix())\n"
            ),
            "app/broken.py": "def f(:\n",
        },
    )
    shown = table(root, capsys)
    assert [r["path"] for r in shown["routes"]] == ["/c"]
    told = {(x["file"], x["line"]): x["what"] for x in shown["unresolved"]}
    assert told["app/broken.py", 1].startswith("the file does not parse")
    assert told["app/main.py", 12] == "prefix `prefix()`"
    assert any("`/b` (b) is included" in what for what in told.values())
    assert "whether `guard_tokens` authenticates" in told.values()


def test_several_methods_sub_applications_and_websockets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = service(
        tmp_path,
        {
            "app/main.py": (
                "from fastapi import FastAPI\n"
                "app = FastAPI()\n"
                "inner = FastAPI()\n"
                "app.mount('/admin', inner)\n"
                "@inner.get('/users/{name:path}')\nasync def users(name: str): ...\n"
                "@app.api_route('/both', methods=['POST', 'GET'])\nasync def both(): ...\n"
                "@app.websocket('/ws')\nasync def ws(websocket): ...\n"
                "@app.get('/hidden', include_in_schema=False)\nasync def hidden(): ...\n"
                "if app.debug:\n"
                "    @app.get('/debug')\n    async def debug(): ...\n"
            )
        },
    )
    rows = [(r["method"], r["path"], r["conditional"]) for r in table(root, capsys)["routes"]]
    assert sorted(rows) == [
        ("GET", "/admin/users/{name}", False),
        ("GET", "/both", False),
        ("GET", "/debug", True),
        ("GET", "/hidden", False),
        ("POST", "/both", False),
        ("WEBSOCKET", "/ws", False),
    ]


def test_routers_without_an_application(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = service(
        tmp_path,
        {
            "app/api.py": (
                "from fastapi import APIRouter\n"
                "outer = APIRouter(prefix='/api')\n"
                "router = APIRouter(prefix='/items')\n"
                "@router.get('/')\nasync def items(): ...\n"
                "outer.include_router(router)\n"
            )
        },
    )
    shown = table(root, capsys)
    assert [r["path"] for r in shown["routes"]] == ["/api/items/"]
    assert "no application is in view" in shown["unresolved"][0]["what"]


@pytest.mark.parametrize("files", [{"app/main.py": "print('hello')\n"}, {}])
def test_nothing_to_show(
    files: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["routes", str(service(tmp_path, files))]) == 2
    assert "gravity-lint: error: " in capsys.readouterr().err


def test_a_path_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "no/such/place"]) == 2
    assert "no/such/place: no such file or directory" in capsys.readouterr().err


def test_the_table_shows_nothing_that_a_main_block_serves_to_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = """from fastapi import FastAPI

app = FastAPI()


@app.get("/api/v1/orders")
async def list_orders() -> list[str]:
    return []


if __name__ == "__main__":
    demo = FastAPI()

    @demo.get("/api/v1/demo")
    async def show() -> str:
        return "how it is used"
"""
    shown = table(service(tmp_path, {"app/main.py": code}), capsys)
    assert [route["endpoint"] for route in shown["routes"]] == ["list_orders"]
    assert shown["unresolved"] == []
