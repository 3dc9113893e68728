"""What an editor offers about a finding, and what comes of choosing it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosts.server.editor import changed, editing, path_of
from hosts.server.test_diagnostics import lay_out
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types as lsp

from gravity_lint.hosts.server.documents import Documents, uri_of
from gravity_lint.hosts.server.edits import edits
from gravity_lint.hosts.server.pages import Pages

ROUTER = """from fastapi import APIRouter

router = APIRouter(prefix="/orders")


@router.post("", status_code=201)
async def create_order() -> dict[str, str]:
    name = "😀"; print(name)
    return {}


@router.get("")
async def list_orders() -> list[str]:
    return []
"""
LOGGED = """import structlog

logger = structlog.get_logger(__name__)


def done(number: int) -> None:
    logger.info(f"done {number}")
"""
EVERYWHERE = lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0))
NUMERIC, PRINT = "GRV108", "GRV902"


def at(line: int) -> lsp.Range:
    return lsp.Range(lsp.Position(line, 0), lsp.Position(line, 80))


@pytest.mark.asyncio
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
async def test_a_safe_fix_is_preferred_and_mends(tmp_path: Path, ending: str) -> None:
    router = lay_out(tmp_path)
    async with editing(tmp_path, options=["--select", NUMERIC]) as editor:
        editor.open(router, ROUTER.replace("\n", ending))
        await editor.settled()
        assert editor.codes(router) == [NUMERIC]
        offered = await editor.actions(router, at(5))
        action = offered[f"Mend {NUMERIC} numeric-status-code"]
        assert action.is_preferred
        assert action.kind == lsp.CodeActionKind.QuickFix
        assert [one.code for one in action.diagnostics or ()] == [NUMERIC]
        assert action.edit is not None
        editor.apply(action.edit)
        assert "status.HTTP_201_CREATED" in editor.texts[router]
        assert editor.texts[router].count(ending) == editor.texts[router].count("\n")
        await editor.settled()
        assert editor.codes(router) == []
        assert await editor.actions(router, at(5)) == {}


@pytest.mark.asyncio
async def test_an_unsafe_fix_says_so_and_is_not_preferred(tmp_path: Path) -> None:
    file = lay_out(tmp_path).with_name("jobs.py")
    (tmp_path / "requirements.txt").write_text("structlog\n")
    file.write_text(LOGGED)
    async with editing(tmp_path, options=["--select", "GRV904"]) as editor:
        editor.open(file)
        await editor.settled()
        offered = await editor.actions(file, at(6))
        (action,) = (one for title, one in offered.items() if "unsafe" in title)
        assert not action.is_preferred
        assert action.edit is not None
        editor.apply(action.edit)
        assert 'logger.info("done", number=number)' in editor.texts[file]


PACK = '''"""Wants ``print``.

## Bad
## Good
"""
from gravity_lint.edits import ReplaceExpression
from gravity_lint.facts import Name
from gravity_lint.rule import Applicability, Scope, Severity, Violation, rule


def said(service):
    for scope in service.scopes:
        for site in scope.calls:
            if isinstance(site.call.function, Name) and site.call.function.name == "say":
                yield site


@rule(code="ACM101", severity=Severity.ERROR, scope=Scope.FILE, pattern="", subjects=said)
def check(site):
    return Violation("say `print`")


@check.fix(Applicability.SAFE)
def fix(site):
    return (ReplaceExpression(site.call.function.span, "print"),)
'''


@pytest.mark.asyncio
async def test_a_fix_that_would_do_harm_is_not_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "installed" / "acme_rules"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text("__gravity_lint_rules__ = True\n")
    (pack / "wordy.py").write_text(PACK)
    monkeypatch.setenv("PYTHONPATH", str(pack.parent))
    packs = '[tool.gravity-lint]\nrule-packs = ["gravity_rules", "acme_rules"]\n'
    router = lay_out(tmp_path / "service", configuration=packs)
    options = ["--select", f"{PRINT},ACM101", "--allow-pack", "acme_rules"]
    async with editing(tmp_path / "service", options=options) as editor:
        editor.open(router, ROUTER.replace("print", "say"))
        await editor.settled()
        assert editor.codes(router) == ["ACM101"]
        action = (await editor.actions(router, at(7)))["Mend ACM101 wordy"]
        assert action.edit is None
        assert not action.is_preferred
        assert action.disabled is not None
        assert f"it would bring {PRINT}" in action.disabled.reason
        assert await editor.actions(router, at(7), ["source.fixAll"]) == {}


@pytest.mark.asyncio
async def test_all_safe_fixes_of_a_file_at_once(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    text = ROUTER.replace('@router.get("")', '@router.get("", status_code=202)')
    async with editing(tmp_path, options=["--select", NUMERIC]) as editor:
        editor.open(router, text)
        await editor.settled()
        assert editor.codes(router) == [NUMERIC, NUMERIC]
        offered = await editor.actions(router, EVERYWHERE, ["source.fixAll"])
        (action,) = offered.values()
        assert action.kind == "source.fixAll.gravityLint"
        assert action.edit is not None
        editor.apply(action.edit)
        await editor.settled()
        assert editor.codes(router) == []
        assert await editor.actions(router, EVERYWHERE, ["source.organizeImports"]) == {}


@pytest.mark.asyncio
async def test_in_the_menu_all_fixes_are_tried_when_they_are_chosen(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    async with editing(tmp_path, options=["--select", NUMERIC]) as editor:
        editor.open(router, ROUTER)
        await editor.settled()
        offered = await editor.actions(router, at(0))
        action = offered["Mend all that is safe in this file"]
        assert action.edit is None
        resolved = await editor.client.code_action_resolve_async(action)
        assert resolved.edit is not None
        editor.apply(resolved.edit)
        await editor.settled()
        assert editor.codes(router) == []


@pytest.mark.asyncio
async def test_a_suppression_asks_for_its_reason(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    async with editing(tmp_path, options=["--select", f"{PRINT},GRV001,GRV002"]) as editor:
        editor.open(router, ROUTER)
        await editor.settled()
        offered = await editor.actions(router, at(7))
        action = offered[f"Suppress {PRINT} here, with a reason"]
        assert action.edit is not None
        editor.apply(action.edit)
        line = editor.texts[router].splitlines()[7]
        assert line == f'    name = "😀"; print(name)  # gravity-lint: ignore[{PRINT}] -- say why'
        await editor.settled()
        assert editor.codes(router) == []
        assert action.command is not None
        await editor.client.workspace_execute_command_async(
            lsp.ExecuteCommandParams(action.command.command, action.command.arguments)
        )
        (shown,) = editor.client.shown_documents
        units = line.encode("utf-16-le")
        assert shown.selection is not None
        start, end = shown.selection.start.character, shown.selection.end.character
        assert units[2 * start : 2 * end].decode("utf-16-le") == "say why"


@pytest.mark.asyncio
async def test_shows_the_rule(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    async with editing(tmp_path, options=["--select", PRINT]) as editor:
        editor.open(router, ROUTER)
        await editor.settled()
        offered = await editor.actions(router, at(7))
        command = offered[f"Show why: {PRINT} print-call"].command
        assert command is not None
        await editor.client.workspace_execute_command_async(
            lsp.ExecuteCommandParams(command.command, command.arguments)
        )
        (shown,) = editor.client.shown_documents
        page = path_of(shown.uri).read_text()
        assert page.startswith(f"# {PRINT}")
        assert "## Bad" in page


@given(
    st.lists(st.sampled_from(["a", "é", "😀x", "", "b"]), max_size=8),
    st.lists(st.sampled_from(["a", "é", "😀x", "", "c"]), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\ufeff"]),
)
def test_edits_make_the_new_text(old: list[str], new: list[str], end: str, mark: str) -> None:
    before, after = end.join(old), end.join(new)
    documents = Documents()
    documents.put(uri_of("/x.py"), mark + before, 1)
    pages = Pages(documents, lsp.PositionEncodingKind.Utf16)
    assert changed(mark + before, edits(pages, "/x.py", before, after)) == mark + after
