"""An editor without a screen: it talks to the real program over real pipes."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Union

import pytest_lsp
from lsprotocol import types as lsp
from pygls.protocol import default_converter
from pygls.uris import from_fs_path, to_fs_path
from pytest_lsp.client import register_lsp_features

PATIENCE = 60
"""Seconds until a test gives up."""

VSCODE = "visual_studio_code"


class Editor:
    """Keeps the texts that are open, and what the server has told."""

    def __init__(self, client: pytest_lsp.LanguageClient) -> None:
        self.client = client
        self.texts: dict[Path, str] = {}
        self.versions: dict[Path, int] = {}

    # -- what a user does ---------------------------------------------------------------------

    def open(self, path: Path, text: str | None = None) -> None:
        self.texts[path] = path.read_bytes().decode() if text is None else text
        self.versions[path] = 1
        item = lsp.TextDocumentItem(uri(path), "python", 1, self.texts[path])
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def type(self, path: Path, text: str) -> None:
        """Make *text* the whole text of an open file."""
        self.texts[path] = text
        self.versions[path] += 1
        document = lsp.VersionedTextDocumentIdentifier(self.versions[path], uri(path))
        change = lsp.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    def save(self, path: Path) -> None:
        path.write_bytes(self.texts[path].encode("utf-8", "surrogatepass"))
        document = lsp.TextDocumentIdentifier(uri(path))
        self.client.text_document_did_save(lsp.DidSaveTextDocumentParams(document))

    def close(self, path: Path) -> None:
        del self.texts[path]
        document = lsp.TextDocumentIdentifier(uri(path))
        self.client.text_document_did_close(lsp.DidCloseTextDocumentParams(document))

    def happened(self, *paths: Path, kind: lsp.FileChangeType = lsp.FileChangeType.Changed) -> None:
        """Tell that others have changed files on disk."""
        changes = [lsp.FileEvent(uri(path), kind) for path in paths]
        self.client.workspace_did_change_watched_files(lsp.DidChangeWatchedFilesParams(changes))

    def apply(self, edit: lsp.WorkspaceEdit) -> None:
        """Carry out what an action proposes."""
        for one in edit.document_changes or ():
            assert isinstance(one, lsp.TextDocumentEdit)
            path = path_of(one.text_document.uri)
            assert one.text_document.version == self.versions[path]
            self.type(path, changed(self.texts[path], one.edits))

    async def actions(
        self, path: Path, place: lsp.Range, only: Sequence[str] | None = None
    ) -> dict[str, lsp.CodeAction]:
        """Return what is offered at *place*, by title."""
        here = [x for x in self.diagnostics(path) if x.range.start.line <= place.end.line]
        here = [x for x in here if place.start.line <= x.range.end.line]
        context = lsp.CodeActionContext(here, only)
        document = lsp.TextDocumentIdentifier(uri(path))
        parameters = lsp.CodeActionParams(document, place, context)
        found = await self.client.text_document_code_action_async(parameters)
        return {x.title: x for x in found or () if isinstance(x, lsp.CodeAction)}

    # -- what comes of it ---------------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until the server has told everything."""
        request = self.client.protocol.send_request_async("gravity-lint/settled", {})
        await asyncio.wait_for(request, PATIENCE)

    def diagnostics(self, path: Path) -> Sequence[lsp.Diagnostic]:
        return self.client.diagnostics.get(uri(path), ())

    @property
    def shown(self) -> dict[Path, list[lsp.Diagnostic]]:
        """All diagnostics by file, without files that have none."""
        return {
            path_of(address): list(found)
            for address, found in self.client.diagnostics.items()
            if found
        }

    def codes(self, path: Path) -> list[Any]:
        return [one.code for one in self.diagnostics(path)]


def uri(path: Path) -> str:
    found = from_fs_path(str(path))
    assert found is not None
    return found


def path_of(address: str) -> Path:
    found = to_fs_path(address)
    assert found is not None
    return Path(found)


def _converter() -> Any:
    """Return what reads messages; lsprotocol takes an action that has a command for a command."""
    converter = default_converter()

    def structured(value: Any, _: object) -> Any:
        plain = isinstance(value.get("command"), str)
        return converter.structure(value, lsp.Command if plain else lsp.CodeAction)

    converter.register_structure_hook(Union[lsp.Command, lsp.CodeAction], structured)  # noqa: UP007
    return converter


@asynccontextmanager
async def editing(
    *folders: Path,
    options: Sequence[str] = (),
    kind: str = VSCODE,
    encodings: Any = None,
    lenses: bool = True,
) -> AsyncIterator[Editor]:
    """Give an editor that has *folders* open; *options* are those of the server."""
    client = pytest_lsp.LanguageClient(converter_factory=_converter)
    register_lsp_features(client)
    command = [sys.executable, "-m", "gravity_lint", "server", *options]
    await client.start_io(*command)
    capabilities = pytest_lsp.client_capabilities(kind)
    if encodings is not None:
        assert capabilities.general is not None
        capabilities.general.position_encodings = encodings
    if not lenses:
        assert capabilities.text_document is not None
        capabilities.text_document.code_lens = None
    parameters = lsp.InitializeParams(
        capabilities=capabilities,
        workspace_folders=[lsp.WorkspaceFolder(uri(folder), folder.name) for folder in folders],
    )
    await client.initialize_session(parameters)
    editor = Editor(client)
    try:
        yield editor
    finally:
        await asyncio.wait_for(client.shutdown_session(), PATIENCE)
        await client.stop()


def changed(text: str, edits: Sequence[lsp.TextEdit]) -> str:
    """Return *text* after *edits*, carried out as an editor does: from the last to the first."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    ends = [m.end() - m.start() for m in re.finditer(r"\r\n|\r|\n", text)]
    starts = [0]
    for line, end in zip(lines, ends, strict=False):
        starts.append(starts[-1] + len(line.encode("utf-16-le", "surrogatepass")) // 2 + end)
    units = text.encode("utf-16-le", "surrogatepass")

    def offset(place: lsp.Position) -> int:
        return 2 * (starts[place.line] + place.character)

    for edit in sorted(edits, key=lambda x: offset(x.range.start), reverse=True):
        new = edit.new_text.encode("utf-16-le", "surrogatepass")
        units = units[: offset(edit.range.start)] + new + units[offset(edit.range.end) :]
    return units.decode("utf-16-le", "surrogatepass")
