"""From one text to another, in the smallest edits that an editor can carry out."""

from __future__ import annotations

import io
from difflib import SequenceMatcher

from lsprotocol import types as lsp

from gravity_lint.hosts.server.pages import Pages
from gravity_lint.hosts.server.positions import Page


def edits(pages: Pages, path: str, before: str, after: str) -> list[lsp.TextEdit]:
    """Return what makes *after* of *before*, which is the text of the file at *path*.

    Whole lines are replaced, so that cursors and folds elsewhere stay where they are.
    """
    page = pages.page(path)
    old, new = _lines(before), _lines(after)
    found: list[lsp.TextEdit] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, first, last, start, end in matcher.get_opcodes():
        if kind != "equal":
            place = lsp.Range(_start(page, old, first), _start(page, old, last))
            found.append(lsp.TextEdit(place, "".join(new[start:end])))
    return found


def workspace_edit(
    pages: Pages, path: str, changes: list[lsp.TextEdit], capabilities: lsp.ClientCapabilities
) -> lsp.WorkspaceEdit:
    """Return *changes* of one file; where the editor can, with the version that they are for."""
    uri, version = pages.uri(path), pages.version(path)
    workspace = capabilities.workspace
    able = workspace.workspace_edit if workspace is not None else None
    if able is None or not able.document_changes:
        return lsp.WorkspaceEdit(changes={uri: changes})
    document = lsp.OptionalVersionedTextDocumentIdentifier(uri, version)
    return lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(document, list(changes))])


def _start(page: Page, lines: list[str], number: int) -> lsp.Position:
    """Return where the line *number* (from 0) begins; behind the last one, the end of the text."""
    if number < len(lines) or not lines or lines[-1].endswith(("\n", "\r")):
        return page.position(number + 1, 1)
    return page.position(len(lines), len(lines[-1]) + 1)


def _lines(text: str) -> list[str]:
    return io.StringIO(text, newline="").readlines()
