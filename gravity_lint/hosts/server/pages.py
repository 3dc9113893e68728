"""The texts into which positions point: what the editor has open, else what was judged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lsprotocol import types as lsp

from gravity_lint.hosts.server.documents import Documents
from gravity_lint.hosts.server.positions import MARK, Page
from gravity_lint.sources.source import decoded


class Pages:
    """Gives the page and the address of each file, made once."""

    def __init__(
        self,
        documents: Documents,
        encoding: lsp.PositionEncodingKind = lsp.PositionEncodingKind.Utf16,
        judged: Mapping[str, str] = {},
    ) -> None:
        """*judged* are texts by path that need not be read from disk."""
        self._documents = documents
        self._encoding = encoding
        self._judged = judged
        self._pages: dict[str, Page] = {}

    def uri(self, path: str) -> str:
        """Return the address of the file at *path*."""
        return self._documents.uri(path)

    def version(self, path: str) -> int | None:
        """Return the version of the open document at *path*."""
        document = self._documents.get(path)
        return None if document is None else document.version

    def text(self, path: str) -> str:
        """Return the text of the file at *path*, as the linter sees it."""
        return self._text(path).removeprefix(MARK)

    def page(self, path: str) -> Page:
        """Return the text of the file at *path*; it is empty where there is none."""
        if path not in self._pages:
            self._pages[path] = Page(self._text(path), self._encoding)
        return self._pages[path]

    def _text(self, path: str) -> str:
        document = self._documents.get(path)
        if document is not None:
            return document.text
        if path in self._judged:
            return self._judged[path]
        try:
            return decoded(Path(path).read_bytes())
        except OSError:
            return ""
