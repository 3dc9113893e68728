"""The texts that are open in the editor: they hold, whatever lies on disk."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from pygls.uris import from_fs_path, to_fs_path

from gravity_lint.hosts.server.positions import MARK
from gravity_lint.sources.source import decoded


class Document(msgspec.Struct, frozen=True):
    """An open text: *uri* as the editor spells it, *path* as the linter does.

    *text* is all that the editor has, a byte order mark included if it shows one.
    """

    uri: str
    path: str
    text: str
    version: int | None

    @property
    def content(self) -> str:
        """The text as the linter sees it."""
        return self.text.removeprefix(MARK)


class Documents:
    """The open documents by path.

    Any thread may read. A document never changes, another takes its place: so one that was seen to
    be saved cannot be taken for a newer one.
    """

    def __init__(self) -> None:
        self._open: dict[str, Document] = {}
        self._saved: dict[str, Document] = {}

    def put(self, uri: str, text: str, version: int | None) -> str | None:
        """Take up a text, and return its path; None for what is no file."""
        path = path_of(uri)
        if path is not None:
            self._open = {**self._open, path: Document(uri, path, text, version)}
        return path

    def close(self, uri: str) -> str | None:
        """Let go of a text: the file on disk holds again."""
        path = path_of(uri)
        self._open = {name: one for name, one in self._open.items() if name != path}
        return path

    def get(self, path: str) -> Document | None:
        """Return the document that is open for the file at *path*."""
        return self._open.get(path)

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all open documents."""
        return frozenset(self._open)

    def compare(self) -> None:
        """See which documents say what lies on disk; they need not take its place."""
        documents = self._open
        self._saved = {
            path: one for path, one in documents.items() if one.content == _on_disk(path)
        }

    def texts(self) -> dict[str, str]:
        """Return the texts that take the place of files, by path: Python that is not on disk."""
        documents, saved = self._open, self._saved
        return {
            path: one.content
            for path, one in documents.items()
            if saved.get(path) is not one and path.endswith(".py")
        }

    def uri(self, path: str) -> str:
        """Return the address of the file at *path*, as the editor spells it if it is open."""
        document = self._open.get(path)
        return document.uri if document is not None else uri_of(path)


def path_of(uri: str) -> str | None:
    """Return the absolute path of *uri*, behind all links; None for what is no file."""
    path = to_fs_path(uri)
    return None if path is None else os.path.realpath(path)


def uri_of(path: str) -> str:
    """Return the address of the file at *path*."""
    return from_fs_path(path) or path


def _on_disk(path: str) -> str | None:
    try:
        return decoded(Path(path).read_bytes())
    except OSError:
        return None
