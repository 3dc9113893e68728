"""What an editor shows: words and places of the gate, through all that happens to files."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hosts.server.editor import editing
from lsprotocol import types as lsp

MAIN = "from fastapi import FastAPI\nfrom app.api import router\n\napp = FastAPI()\n{include}\n"
ROUTER = """from fastapi import APIRouter

router = APIRouter(prefix="/orders")


@router.get("")
async def list_orders() -> list[str]:
    print("here")
    return []
"""
INCLUDED = 'app.include_router(router, prefix="/api/v1")'
ONLY = ("--select", "GRV101,GRV902")
PRINT, UNVERSIONED = "GRV902", "GRV101"

UTF8 = lsp.PositionEncodingKind.Utf8


def lay_out(root: Path, *, include: str = INCLUDED, configuration: str = "") -> Path:
    """Write a small service, and return its router's file."""
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").touch()
    (root / "pyproject.toml").write_text(f'[project]\nname = "x"\n{configuration}')
    (root / "app" / "main.py").write_text(MAIN.format(include=include))
    router = root / "app" / "api.py"
    router.write_text(ROUTER)
    return router


@pytest.mark.asyncio
async def test_a_diagnostic_says_what_the_gate_says(tmp_path: Path) -> None:
    router = lay_out(tmp_path, include='app.include_router(router, prefix="/api")')
    async with editing(tmp_path, options=ONLY) as editor:
        await editor.settled()
        found = {one.code: one for one in editor.diagnostics(router)}
    shown = found[UNVERSIONED]
    assert shown.source == "gravity-lint"
    assert shown.severity is lsp.DiagnosticSeverity.Error
    assert "/api/orders" in shown.message
    assert shown.range == lsp.Range(lsp.Position(5, 1), lsp.Position(5, 15))
    assert shown.code_description is not None
    assert shown.code_description.href.endswith("/rules/GRV101/")
    related = shown.related_information or []
    assert any(one.location.uri.endswith("app/main.py") for one in related)


@pytest.mark.asyncio
async def test_an_unsaved_text_in_one_file_changes_what_is_said_of_another(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    main = tmp_path / "app" / "main.py"
    async with editing(tmp_path, options=ONLY) as editor:
        await editor.settled()
        assert editor.codes(router) == [PRINT]
        editor.open(main)
        editor.type(main, MAIN.format(include="app.include_router(router)"))
        await editor.settled()
        assert UNVERSIONED in editor.codes(router)
        editor.close(main)  # without having saved it
        await editor.settled()
        assert editor.codes(router) == [PRINT]


@pytest.mark.asyncio
async def test_files_come_and_go(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    async with editing(tmp_path, options=ONLY) as editor:
        await editor.settled()
        fresh = tmp_path / "app" / "fresh.py"
        editor.open(fresh, ROUTER)  # never saved
        await editor.settled()
        assert editor.codes(fresh) == [PRINT]
        moved = router.rename(tmp_path / "app" / "moved.py")
        editor.happened(router, moved)
        await editor.settled()
        assert editor.codes(router) == []
        assert PRINT in editor.codes(moved)
        moved.unlink()
        editor.happened(moved)
        editor.close(fresh)
        await editor.settled()
        assert editor.shown == {}


@pytest.mark.asyncio
async def test_directories_come_and_go_under_their_own_name_alone(tmp_path: Path) -> None:
    router = lay_out(tmp_path / "service")
    inner = tmp_path / "service" / "app" / "api"
    inner.mkdir()
    router = router.rename(inner / "__init__.py")
    async with editing(tmp_path / "service", options=ONLY) as editor:
        await editor.settled()
        assert editor.codes(router) == [PRINT]
        other = inner.rename(tmp_path / "service" / "app" / "web")
        editor.happened(inner, kind=lsp.FileChangeType.Deleted)
        editor.happened(other, kind=lsp.FileChangeType.Created)
        await editor.settled()
        assert editor.codes(router) == []
        assert PRINT in editor.codes(other / "__init__.py")
        shutil.rmtree(other)
        editor.happened(other, kind=lsp.FileChangeType.Deleted)
        await editor.settled()
        assert editor.shown == {}
        shutil.rmtree(tmp_path / "service")
        editor.happened(tmp_path / "service", kind=lsp.FileChangeType.Deleted)
        await editor.settled()
        lay_out(tmp_path / "service")
        editor.happened(tmp_path / "service", kind=lsp.FileChangeType.Created)
        await editor.settled()
        assert editor.codes(tmp_path / "service" / "app" / "api.py") == [PRINT]


@pytest.mark.asyncio
async def test_sees_what_others_change_where_the_editor_does_not_watch(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    main = tmp_path / "app" / "main.py"
    async with editing(tmp_path, kind="neovim", options=ONLY) as editor:
        editor.open(main)
        await editor.settled()
        assert editor.codes(router) == [PRINT]
        router.write_text(ROUTER.replace("print", "str"))
        await asyncio.sleep(2.1)
        editor.type(main, editor.texts[main] + "\n")
        await editor.settled()
        assert editor.codes(router) == []


@pytest.mark.asyncio
async def test_a_broken_configuration_is_said_where_it_is_broken(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    file = tmp_path / "pyproject.toml"
    async with editing(tmp_path, options=ONLY) as editor:
        await editor.settled()
        assert editor.codes(router) == [PRINT]
        file.write_text('[project]\nname = "x"\n[tool.gravity-lint]\nignroe = ["GRV902"]\n')
        editor.happened(file)
        await editor.settled()
        assert editor.codes(router) == []
        (told,) = editor.diagnostics(file)
        assert "ignroe" in told.message
        assert told.severity is lsp.DiagnosticSeverity.Error
        file.write_text('[project]\nname = "x"\n[tool.gravity-lint]\nignore = ["GRV999"]\n')
        editor.happened(file)
        await editor.settled()
        assert "GRV999" in editor.diagnostics(file)[0].message
        file.write_text('[project]\nname = "x"\n')
        editor.happened(file)
        await editor.settled()
        assert editor.codes(router) == [PRINT]
        assert not editor.diagnostics(file)


@pytest.mark.asyncio
async def test_several_folders_one_inside_the_other_and_services_in_services(
    tmp_path: Path,
) -> None:
    outer, other = tmp_path / "outer", tmp_path / "other"
    routers = [lay_out(outer), lay_out(outer / "services" / "inner"), lay_out(other)]
    (outer / ".git").mkdir()
    async with editing(outer, outer / "services", other, options=ONLY) as editor:
        await editor.settled()
        assert [editor.codes(router) for router in routers] == [[PRINT]] * 3
        editor.open(routers[1])
        editor.type(routers[1], ROUTER.replace("print", "str"))
        await editor.settled()
        assert [editor.codes(router) for router in routers] == [[PRINT], [], [PRINT]]
        folder = lsp.WorkspaceFolder(other.as_uri(), "other")
        event = lsp.WorkspaceFoldersChangeEvent(added=[], removed=[folder])
        editor.client.workspace_did_change_workspace_folders(
            lsp.DidChangeWorkspaceFoldersParams(event)
        )
        await editor.settled()
        assert [editor.codes(router) for router in routers] == [[PRINT], [], []]


@pytest.mark.asyncio
async def test_an_open_file_stays_told_while_its_folder_goes_and_comes(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    folder = lsp.WorkspaceFolder(tmp_path.as_uri(), "service")
    async with editing(tmp_path, options=ONLY) as editor:
        editor.open(router)
        await editor.settled()
        for added, removed in (([], [folder]), ([folder], []), ([], [folder])):
            event = lsp.WorkspaceFoldersChangeEvent(added=added, removed=removed)
            editor.client.workspace_did_change_workspace_folders(
                lsp.DidChangeWorkspaceFoldersParams(event)
            )
            await editor.settled()
            assert editor.codes(router) == [PRINT]


@pytest.mark.asyncio
async def test_a_baseline_counts_as_it_stands_and_one_that_is_gone_is_said(tmp_path: Path) -> None:
    router = lay_out(tmp_path, configuration='[tool.gravity-lint]\nbaseline = "known.txt"\n')
    file = tmp_path / "known.txt"
    command = [sys.executable, "-m", "gravity_lint", "baseline", "--output", file.name]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    async with editing(tmp_path, options=ONLY) as editor:
        await editor.settled()
        assert editor.codes(router) == []
        recorded = file.read_text()
        file.write_text("".join(x for x in recorded.splitlines(True) if PRINT not in x))
        editor.happened(file)
        await editor.settled()
        assert editor.codes(router) == [PRINT]
        for _ in range(2):
            file.unlink()
            editor.happened(file)
            await editor.settled()
            assert editor.codes(router) == []
            assert "there is no such baseline" in editor.client.messages[-1].message
            editor.client.messages.clear()
            file.write_text("".join(x for x in recorded.splitlines(True) if PRINT not in x))
            editor.happened(file)
            await editor.settled()
            assert editor.codes(router) == [PRINT]
            assert not editor.client.messages


@pytest.mark.asyncio
async def test_a_file_in_no_folder_is_judged_with_its_service_and_alone(tmp_path: Path) -> None:
    router = lay_out(tmp_path / "service", include="app.include_router(router)")
    script = tmp_path / "scripts" / "once.py"
    script.parent.mkdir()
    script.write_text("import os\n")
    async with editing(options=ONLY) as editor:
        editor.open(router)
        editor.open(script)
        await editor.settled()
        assert sorted(editor.codes(router)) == [UNVERSIONED, PRINT]
        assert editor.codes(script) == []
        editor.close(router)
        await editor.settled()
        assert editor.shown == {}


@pytest.mark.asyncio
async def test_what_is_left_out_and_what_is_no_python_says_nothing(tmp_path: Path) -> None:
    lay_out(tmp_path, configuration='[tool.gravity-lint]\nextend-exclude = ["generated"]\n')
    left = tmp_path / "generated" / "code.py"
    left.parent.mkdir()
    left.write_text("print(1)\n")
    page = tmp_path / "README.md"
    page.write_text("print(1)\n")
    async with editing(tmp_path, options=ONLY) as editor:
        editor.open(left)
        editor.open(page)
        await editor.settled()
        editor.type(left, "print(2)\n")
        await editor.settled()
        assert editor.codes(left) == []
        assert editor.codes(page) == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('x = "😀"; print(x)\n', (0, 10)),
        ('\ufeffx = "é"; print(x)\n', (0, 10)),
        ('x = 1\r\ny = "\u2028\x0c"; print(x)\r\n', (1, 10)),
    ],
)
async def test_points_where_the_editor_counts(
    tmp_path: Path, text: str, start: tuple[int, int]
) -> None:
    router = lay_out(tmp_path)
    async with editing(tmp_path, options=ONLY) as editor:
        editor.open(router, text)
        await editor.settled()
        (found,) = (one for one in editor.diagnostics(router) if one.code == PRINT)
        assert (found.range.start.line, found.range.start.character) == start


@pytest.mark.asyncio
async def test_counts_as_the_editor_wants(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    async with editing(tmp_path, encodings=[UTF8], options=ONLY) as editor:
        editor.open(router, 'x = "😀"; print(x)\n')
        await editor.settled()
        (found,) = (one for one in editor.diagnostics(router) if one.code == PRINT)
        assert found.range.start.character == 12


PACK = '''"""Crashes, and prints.

## Bad
## Good
"""
from gravity_lint.rule import Scope, Severity, rule

print("loaded")


@rule(
    code="ACM101",
    severity=Severity.ERROR,
    scope=Scope.FILE,
    pattern="",
    subjects=lambda service: service.modules,
)
def check(module):
    print("asked about", module.name)
    raise RuntimeError("this rule is broken")
'''


@pytest.mark.asyncio
async def test_a_rule_that_crashes_and_prints_is_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = tmp_path / "installed" / "acme_rules"
    pack.mkdir(parents=True)
    (pack / "__init__.py").write_text("__gravity_lint_rules__ = True\n")
    (pack / "crashing.py").write_text(PACK)
    monkeypatch.setenv("PYTHONPATH", str(pack.parent))
    packs = '[tool.gravity-lint]\nrule-packs = ["gravity_rules", "acme_rules"]\n'
    router = lay_out(tmp_path / "service", configuration=packs)
    async with editing(
        tmp_path / "service", options=["--select", "GRV902,ACM101", "--allow-pack", "acme_rules"]
    ) as editor:
        await editor.settled()
        assert editor.codes(router) == [PRINT]
        messages = [one.message for one in editor.client.messages]
        assert any("ACM101 crashed: RuntimeError: this rule is broken" in one for one in messages)
        assert any("Traceback" in one.message for one in editor.client.log_messages)
        editor.open(router)
        editor.type(router, ROUTER.replace("print", "str"))
        await editor.settled()
        assert editor.codes(router) == []


@pytest.mark.asyncio
async def test_says_what_to_install(tmp_path: Path) -> None:
    hidden = tmp_path / "pygls"
    hidden.mkdir()
    (hidden / "__init__.py").write_text("raise ModuleNotFoundError('no pygls', name='pygls')\n")
    done = subprocess.run(
        [sys.executable, "-m", "gravity_lint", "server"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "pip install 'gravity-lint[server]'" in done.stderr


@pytest.mark.asyncio
async def test_an_option_that_cannot_be_meant_is_a_message(tmp_path: Path) -> None:
    lay_out(tmp_path)
    async with editing(tmp_path, options=["--select", "GRV999"]) as editor:
        await editor.settled()
        assert "GRV999" in editor.client.messages[0].message
        assert editor.shown == {}
