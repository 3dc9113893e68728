"""What the server knows of a service: routes, who may call, where a status comes from."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hosts.server.editor import Editor, editing, path_of, uri
from hosts.server.test_diagnostics import MAIN, ROUTER, lay_out
from lsprotocol import types as lsp

from gravity_lint.contract.routing_table import table

ORDERS = Path(__file__).parents[3] / "examples" / "orders_service"


class Reader:
    """An editor in the example that conforms."""

    def __init__(self, editor: Editor, root: Path) -> None:
        self.editor = editor
        self.root = root

    def at(self, file: str, text: str) -> tuple[lsp.TextDocumentIdentifier, lsp.Position]:
        """Return the place in the middle of the first *text* in *file*."""
        lines = (self.root / file).read_text().splitlines()
        number = next(number for number, line in enumerate(lines) if text in line)
        column = lines[number].index(text) + len(text) // 2
        document = lsp.TextDocumentIdentifier(uri(self.root / file))
        return document, lsp.Position(number, column)

    async def hover(self, file: str, text: str) -> str:
        asked = lsp.HoverParams(*self.at(file, text))
        found = await self.editor.client.text_document_hover_async(asked)
        assert found is not None
        assert isinstance(found.contents, lsp.MarkupContent)
        return found.contents.value

    async def definition(self, file: str, text: str) -> list[str]:
        asked = lsp.DefinitionParams(*self.at(file, text))
        return self._lines(await self.editor.client.text_document_definition_async(asked))

    async def references(self, file: str, text: str) -> list[str]:
        context = lsp.ReferenceContext(include_declaration=False)
        asked = lsp.ReferenceParams(context, *self.at(file, text))
        return self._lines(await self.editor.client.text_document_references_async(asked))

    def _lines(self, found: object) -> list[str]:
        """Return file and line of each place, with what stands there."""
        assert isinstance(found, Sequence)
        shown = []
        for one in found:
            path, line = path_of(one.uri), one.range.start.line
            text = path.read_text().splitlines()[line].strip()
            shown.append(f"{path.relative_to(self.root).as_posix()}: {text}")
        return shown


@asynccontextmanager
async def reading(tmp_path: Path) -> AsyncIterator[Reader]:
    root = tmp_path / "orders"
    shutil.copytree(ORDERS, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    async with editing(root) as editor:
        yield Reader(editor, root)


@pytest.mark.asyncio
async def test_tells_of_an_endpoint(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        told = await reader.hover("app/api/v1/orders.py", "async def get_order(")
        assert "### GET /api/v1/orders/{order_id}" in told
        assert "**who may call** `get_current_user`" in told
        assert "**answers with** `ApiResponse[OrderRead]`" in told
        assert "| **200** | declared" in told
        assert "| **404** | `OrderNotFoundException` raised in `OrderService" in told
        assert "app/services/order_service.py:" in told
        assert "`/api/v1` [app/core" in told or "`/api/v1` [app/api/__init__.py:10]" in told
        assert told == await reader.hover("app/api/v1/orders.py", '"/{order_id}",')


@pytest.mark.asyncio
async def test_tells_of_routers_and_includes(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        told = await reader.hover("app/api/v1/customers.py", "router = APIRouter")
        assert told.startswith("**router** under `/api/v1/customers`")
        assert "- `DELETE /api/v1/customers/{customer_id}`" in told
        told = await reader.hover("app/api/v1/__init__.py", "router.include_router(orders.router)")
        assert told.startswith("**includes** the router of [app/api/v1/orders.py:")
        assert "- `GET /api/v1/orders/summary`" in told
        told = await reader.hover("app/main.py", "FastAPI(")
        assert told.startswith("**application** with")


@pytest.mark.asyncio
async def test_goes_from_a_request_to_its_endpoint_and_back(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        test = "tests/integration/test_auth_api.py"
        told = await reader.hover(test, 'client.get("/api/v1/auth/me"')
        assert told.startswith("`GET /api/v1/auth/me` meets `get_me` in [app/api/v1/auth.py:")
        found = await reader.definition(test, 'client.get("/api/v1/auth/me"')
        assert len(found) == 1
        assert found[0].startswith("app/api/v1/auth.py: async def get_me(")
        back = await reader.references("app/api/v1/auth.py", "get_me(")
        assert any(one.startswith(f"{test}: ") and "auth/me" in one for one in back), back


@pytest.mark.asyncio
async def test_goes_from_an_endpoint_to_its_includes(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        found = await reader.definition("app/api/v1/customers.py", "async def get_customer")
        expected = (
            "app/api/v1/__init__.py: router.include_router(customers.router, ",
            "app/api/__init__.py: api_router.include_router(v1.router, ",
            "app/main.py: application.include_router(api_router)",
            "app/api/v1/customers.py: router = APIRouter(",
        )
        assert [one[: len(start)] for one, start in zip(found, expected, strict=True)] == [
            *expected
        ]


@pytest.mark.asyncio
async def test_goes_from_a_raise_to_its_handler_and_back(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        file = "app/services/customer_service.py"
        statement = "raise CustomerNotFoundException(customer_id)"
        told = await reader.hover(file, statement)
        assert told.startswith("`CustomerNotFoundException` is answered with **404**")
        assert "`GET /api/v1/customers/{customer_id}`" in told
        found = await reader.definition(file, statement)
        assert found == ["app/core/exception_handlers.py: async def resource_not_found_handler("]
        back = await reader.definition(
            "app/core/exception_handlers.py", "def resource_not_found_handler"
        )
        assert f"{file}: {statement}" in back
        leaves = await reader.references(file, statement)
        assert any("async def get_customer(" in one for one in leaves)


@pytest.mark.asyncio
async def test_routes_are_symbols_and_lenses(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        expected = table([reader.root]).routes
        found = await reader.editor.client.workspace_symbol_async(lsp.WorkspaceSymbolParams(""))
        assert {one.name for one in found or ()} == {f"{x.method} {x.path}" for x in expected}
        found = await reader.editor.client.workspace_symbol_async(
            lsp.WorkspaceSymbolParams("get orders export")
        )
        assert [one.name for one in found or ()] == ["GET /api/v1/orders/export"]
        document = lsp.TextDocumentIdentifier(uri(reader.root / "app/api/v1/orders.py"))
        outline = await reader.editor.client.text_document_document_symbol_async(
            lsp.DocumentSymbolParams(document)
        )
        own = [x for x in expected if x.file == "app/api/v1/orders.py"]
        assert [one.name for one in outline or ()] == [f"{x.method} {x.path}" for x in own]
        lenses = await reader.editor.client.text_document_code_lens_async(
            lsp.CodeLensParams(document)
        )
        titles = [one.command.title for one in lenses or () if one.command is not None]
        assert titles == [
            " · ".join(
                part
                for part in (
                    f"{x.method} {x.path}",
                    ", ".join(x.auth),
                    " ".join(map(str, x.statuses)),
                )
                if part
            )
            for x in own
        ]


@pytest.mark.asyncio
async def test_knows_what_is_being_typed(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    main = tmp_path / "app" / "main.py"
    async with editing(tmp_path) as editor:
        editor.open(main)
        editor.type(main, MAIN.format(include='app.include_router(router, prefix="/v2")'))
        found = await editor.client.workspace_symbol_async(lsp.WorkspaceSymbolParams(""))
        assert [one.name for one in found or ()] == ["GET /v2/orders"]
        document = lsp.TextDocumentIdentifier(uri(router))
        asked = lsp.HoverParams(document, lsp.Position(6, 14))
        told = await editor.client.text_document_hover_async(asked)
        assert told is not None
        assert isinstance(told.contents, lsp.MarkupContent)
        assert "### GET /v2/orders" in told.contents.value
        assert "everybody: no dependency authenticates" in told.contents.value


@pytest.mark.asyncio
async def test_says_nothing_where_there_is_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path)
    async with editing(tmp_path) as editor:
        for name in ("app/main.py", "README.md", "elsewhere/x.py"):
            document = lsp.TextDocumentIdentifier(uri(tmp_path / name))
            asked = lsp.HoverParams(document, lsp.Position(1, 1))
            assert await editor.client.text_document_hover_async(asked) is None
            lenses = await editor.client.text_document_code_lens_async(lsp.CodeLensParams(document))
            assert not lenses


@pytest.mark.asyncio
async def test_tells_what_an_endpoint_takes_and_answers(tmp_path: Path) -> None:
    async with reading(tmp_path) as reader:
        told = await reader.hover("app/api/v1/orders.py", "async def create_order(")
        assert "**security scheme** `HTTPBearer`" in told
        assert "| body | `OrderCreate` | application/json |" in told
        assert "|  | `note`? | string or null |" in told
        assert "|  | `items` | list of `OrderItemCreate` |" in told
        assert "| in JSON | `ApiResponse[OrderRead]` |" in told
        assert "| `data`? | `OrderRead` or null |" in told
        told = await reader.hover("app/api/v1/orders.py", "async def list_orders(")
        assert "| query | `limit`? = `10` | integer |" in told
        assert "| query | `status`? | `OrderStatus` or null |" in told
        told = await reader.hover("app/api/v1/orders.py", "async def get_order(")
        assert "| path | `order_id` | integer |" in told


TAKING = """from typing import Annotated, Literal

from fastapi import APIRouter, Body, Cookie, Header, Query, Security
from fastapi.responses import HTMLResponse
from fastapi.security import OAuth2PasswordBearer
from elsewhere import Unknown
from pydantic import BaseModel

router = APIRouter()
scheme = OAuth2PasswordBearer("token", scheme_name="Own")


class Wide(BaseModel):
    {fields}


class Note(BaseModel):
    kind: Literal["a|b", 2]
    pairs: list[dict[str, int | None]]
    place: tuple[int, str] = (1, "x")


@router.put("/notes")
async def put_note(
    note: Note | None = None,
    tag: Annotated[str, Query(alias="t")] = "a|b",
    x_trace: Annotated[str | None, Header()] = None,
    visit: Annotated[int, Cookie()] = 3,
    user: str = Security(scheme, scopes=["read", "write"]),
    other: Unknown = None,
) -> list[Note]: ...


@router.get("/wide")
async def get_wide() -> Wide: ...


@router.get("/page", response_class=HTMLResponse)
async def get_page() -> str: ...
"""


@pytest.mark.asyncio
async def test_tells_of_types_defaults_and_what_is_not_known(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    router.write_text(TAKING.replace("{fields}", "\n    ".join(f"f{n}: int" for n in range(30))))
    async with editing(tmp_path) as editor:
        reader = Reader(editor, tmp_path)
        told = await reader.hover("app/api.py", "put_note(")
        assert "**security scheme** `Own` with read, write" in told
        assert "| query | `t`? = `'a\\|b'` | string |" in told
        assert "| header | `x-trace`? | string or null |" in told
        assert "| cookie | `visit`? = `3` | integer |" in told
        assert "| body | `Note` or null | application/json, optional |" in told
        assert "|  | `kind` | `'a\\|b'` or `2` |" in told
        assert "|  | `pairs` | list of (map of (integer or null)) |" in told
        assert "|  | `place`? | list of integer, string |" in told
        assert "| ? | where `other` is taken from |  |" in told
        assert "| in JSON | list of `Note` |" in told
        told = await reader.hover("app/api.py", "get_wide(")
        assert "| `f19` | integer |\n| … 10 more |  |" in told
        told = await reader.hover("app/api.py", "get_page(")
        assert "**answers with** text/html" in told
        assert "in JSON" not in told


@pytest.mark.asyncio
async def test_keeps_its_lines_while_one_is_being_typed(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    document = lsp.TextDocumentIdentifier(uri(router))
    more = '\n\n@router.post("")\nasync def add_order() -> str:\n    return ""\n'
    async with editing(tmp_path) as editor:
        editor.open(router, ROUTER + more)

        async def seen() -> list[tuple[str, int]]:
            client = editor.client
            lenses = await client.text_document_code_lens_async(lsp.CodeLensParams(document))
            outline = await client.text_document_document_symbol_async(
                lsp.DocumentSymbolParams(document)
            )
            assert outline is not None
            symbols = [one for one in outline if isinstance(one, lsp.DocumentSymbol)]
            assert all(x.range.start <= x.selection_range.start for x in symbols)
            rows = [x.selection_range.start.line for x in symbols]
            assert rows == [x.range.start.line for x in lenses or ()]
            titles = [x.command.title for x in lenses or () if x.command is not None]
            return list(zip(titles, rows, strict=True))

        get, post = await seen()
        assert (get[1], post[1]) == (6, 12)
        editor.type(router, "import os\n" + ROUTER + "\n\ndef half(" + more)
        assert await seen() == [(get[0], 7), (post[0], 15)]
        editor.type(router, ROUTER.replace("async def list_orders()", "async def list(") + more)
        assert await seen() == [get, post]
        editor.type(router, ROUTER.replace("async def", "asyn def").replace('@router.get("")', ""))
        assert await seen() == [get]
        editor.type(router, ROUTER)
        assert await seen() == [get]


LOOPS = """from fastapi import APIRouter

router = APIRouter(prefix="/orders")


class Odd(Exception): ...


for path in ("/a", "/b"):

    @router.get(path)
    async def looped() -> str:
        raise Odd


@router.get("/both")
@router.api_route("/other", methods=["PUT", "PATCH"])
async def both() -> str:
    return ""
"""


@pytest.mark.asyncio
async def test_tells_of_loops_of_several_registrations_and_of_routers_with_prefixes(
    tmp_path: Path,
) -> None:
    router = lay_out(tmp_path)
    router.write_text(LOOPS)
    async with editing(tmp_path) as editor:
        reader = Reader(editor, tmp_path)
        told = await reader.hover("app/api.py", "looped() ")
        assert "### GET /api/v1/orders/a\n" in told
        assert "### GET /api/v1/orders/b\n" in told
        told = await reader.hover("app/api.py", "both() ")
        assert "### GET /api/v1/orders/both\n" in told
        assert "### PATCH|PUT /api/v1/orders/other\n" in told
        told = await reader.hover("app/api.py", "router = APIRouter")
        assert told.startswith("**router** under `/api/v1/orders`\n")
        told = await reader.hover("app/api.py", "raise Odd")
        assert told == "`Odd` has no handler: where it leaves an endpoint, **500**"
        found = await reader.definition("app/api.py", "both() ")
        assert [one.partition(":")[0] for one in found] == ["app/main.py", "app/api.py"]
        document = lsp.TextDocumentIdentifier(uri(router))
        lenses = await editor.client.text_document_code_lens_async(lsp.CodeLensParams(document))
        titles = [one.command.title for one in lenses or () if one.command is not None]
        assert [title.partition(" · ")[0] for title in titles] == [
            "GET /api/v1/orders/a",
            "GET /api/v1/orders/b",
            "GET /api/v1/orders/both",
            "PATCH|PUT /api/v1/orders/other",
        ]


@pytest.mark.asyncio
async def test_hints_stand_for_lenses_where_the_editor_has_none(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    document = lsp.TextDocumentIdentifier(uri(router))
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(20, 0))
    above = lsp.Range(lsp.Position(0, 0), lsp.Position(5, 0))
    async with editing(tmp_path, lenses=False) as editor:
        ask = editor.client.text_document_inlay_hint_async
        (hint,) = await ask(lsp.InlayHintParams(document, whole)) or ()
        assert hint.label == "GET /api/v1/orders · open · 200"
        assert hint.position == lsp.Position(6, len("async def list_orders() -> list[str]:"))
        assert not await ask(lsp.InlayHintParams(document, above))
    async with editing(tmp_path) as editor:
        assert not await editor.client.text_document_inlay_hint_async(
            lsp.InlayHintParams(document, whole)
        )
