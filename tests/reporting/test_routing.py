import io
import json
import re

import pytest

from gravity_lint.contract.routing_table import Route, RouteTable, Unresolved, Way
from gravity_lint.reporting.routing import FORMATS
from tests.reporting.samples import Terminal

TABLE = RouteTable(
    routes=(
        Route(
            service="users",
            method="GET",
            path="/api/v1/users/{id}",
            endpoint="get_user",
            file="app/api/users.py",
            line=12,
            response_model="ApiResponse[User]",
            statuses=(200, 404),
            auth=("get_current_user",),
            tags=("users",),
            conditional=True,
            ways=(
                Way(
                    404,
                    "`NotFound` raised in `UserService.get`",
                    ("app/api/users.py:14 service.get()", "app/services/users.py:20"),
                ),
            ),
        ),
        Route("billing", "POST", "/a|b\x1b[1m", "post_bill", "billing/app/api.py", 3),
        Route("users", "DELETE", "/api/v1/users/{id}", "delete_user", "app/api/users.py", 30),
    ),
    unresolved=(Unresolved("app/main.py", 3, "the prefix comes from `os.environ`"),),
)


def rendered(name: str, table: RouteTable = TABLE) -> str:
    stream = io.StringIO()
    FORMATS[name](table, stream, "there")
    return stream.getvalue()


def test_text() -> None:
    assert (
        rendered("text")
        == """\
billing
  POST  /a|b\\x1b[1m
        there/billing/app/api.py:3 post_bill

users
  GET     /api/v1/users/{id}  200 404  [get_current_user]
          there/app/api/users.py:12 get_user (conditional) -> ApiResponse[User]
  DELETE  /api/v1/users/{id}
          there/app/api/users.py:30 delete_user

not known from the source
  there/app/main.py:3: the prefix comes from `os.environ`

3 routes, 1 unresolved.
"""
    )


def test_a_narrow_terminal_breaks_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "44")
    stream = Terminal()
    FORMATS["verbose"](TABLE, stream, "there")
    text = stream.getvalue()
    lines = text.splitlines()
    words = re.sub(r"\s+", " ", rendered("verbose"))
    assert max(map(len, lines)) <= 44
    assert re.sub(r"\s+", " ", text) == words


def test_verbose_text_says_where_each_status_comes_from() -> None:
    lines = rendered("verbose").splitlines()
    place = next(n for n, line in enumerate(lines) if "(conditional)" in line)
    assert lines[place + 1 : place + 5] == [
        "      404  `NotFound` raised in `UserService.get`",
        "           there/app/api/users.py:14 service.get()",
        "           there/app/services/users.py:20",
        "      tags users",
    ]


def test_json_keeps_the_order_of_the_table() -> None:
    data = json.loads(rendered("json"))
    assert [route["method"] for route in data["routes"]] == ["GET", "POST", "DELETE"]
    assert data["routes"][0] == {
        "service": "users",
        "method": "GET",
        "path": "/api/v1/users/{id}",
        "endpoint": "get_user",
        "file": "app/api/users.py",
        "line": 12,
        "response_model": "ApiResponse[User]",
        "statuses": [200, 404],
        "auth": ["get_current_user"],
        "tags": ["users"],
        "conditional": True,
    }
    assert data["unresolved"] == [
        {"file": "app/main.py", "line": 3, "what": "the prefix comes from `os.environ`"}
    ]


def test_markdown_cells_survive_bars() -> None:
    text = rendered("markdown")
    assert "| POST | `/a\\|b\\x1b[1m` | `post_bill` billing/app/api.py:3 |  |  |  |  |" in text
    assert "- app/main.py:3: the prefix comes from `os.environ`" in text


def test_a_service_without_routes_says_so() -> None:
    assert rendered("text", RouteTable()) == "0 routes, 0 unresolved.\n"
    said = json.loads(rendered("json", RouteTable()))
    assert said == {"routes": [], "unresolved": [], "schemas": {}}
