"""The server itself: texts in, messages out, and questions handed to the desk."""

from __future__ import annotations

import asyncio
import os
import re
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcContentModified
from pygls.lsp.server import LanguageServer

from gravity_lint import __version__
from gravity_lint.hosts.server.actions import Actions
from gravity_lint.hosts.server.desk import Desk, OvertakenError
from gravity_lint.hosts.server.documents import Documents, path_of
from gravity_lint.hosts.server.pages import Pages
from gravity_lint.hosts.server.protocol import ForgivingProtocol, converter
from gravity_lint.hosts.server.publishing import Bar, Publisher
from gravity_lint.hosts.server.session import Session
from gravity_lint.running.outcome import Overrides

T = TypeVar("T")

_PAUSE = 0.1
"""Seconds without a key before services are judged."""
SETTLED = "gravity-lint/settled"
"""A request that is answered as soon as all is judged and told; for scripts and tests."""
_OWN_DIRECTORIES = (".gravity-lint-cache", ".git", "__pycache__")
_BEARING: Final = re.compile(r"(\.(py|toml|ini|cfg|txt|in)|\.gitignore|baseline[^/\\]*)$")
"""The names of files that bear on services."""
_UNWATCHED = 2.0
"""Seconds after which the disk is looked at while somebody types, where no editor watches it."""


class GravityServer(LanguageServer):
    """Speaks the protocol: takes texts in, hands questions to the desk."""

    def __init__(self, overrides: Overrides) -> None:
        # The whole text comes with each change: pygls would cut its lines at form feeds, too.
        super().__init__(
            "gravity-lint",
            __version__,
            text_document_sync_kind=lsp.TextDocumentSyncKind.Full,
            protocol_cls=ForgivingProtocol,
            converter_factory=converter,
        )
        self.documents = Documents()
        self.session = Session(self.documents, overrides)
        self.publisher = Publisher(self.documents, self.send)
        self.desk = Desk(self._settle, _PAUSE)
        self.loop: asyncio.AbstractEventLoop | None = None
        self._looked = 0.0

    @property
    def encoding(self) -> lsp.PositionEncodingKind:
        """How the editor counts characters."""
        return lsp.PositionEncodingKind(self.workspace.position_encoding)

    @property
    def is_shut_down(self) -> bool:
        """Whether the editor has said that it will go."""
        return isinstance(self.protocol, ForgivingProtocol) and self.protocol.is_shut_down

    @property
    def watches(self) -> bool:
        """Whether the editor tells of files that others change."""
        workspace = self.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        return watching is not None and bool(watching.dynamic_registration)

    # -- from the thread of the desk ----------------------------------------------------------

    def send(self, method: str, parameters: Any) -> None:
        """Send a notification; may be called in any thread."""
        if self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.protocol.notify, method, parameters)

    def _settle(self) -> None:
        """Judge what has changed, and tell of it."""
        bar = Bar(self.send, self._create_bar)

        def progress(phase: str, share: float) -> None:
            bar.show(phase, share)
            self.desk.look_up()

        try:
            for stand in self.session.settle(progress):
                self.desk.look_up()
                self.publisher.publish(stand, self.encoding)
            self.publisher.withdraw(self.session.folders)
            self._refresh()
        except OvertakenError:
            raise
        except Exception as error:
            self._confess(error)
        finally:
            bar.end()

    def _refresh(self) -> None:
        """Have the editor ask again what stands above endpoints: another file may have changed."""
        workspace = self.client_capabilities.workspace
        if self.loop is None or workspace is None:
            return
        for able, refresh in (
            (workspace.code_lens, self.workspace_code_lens_refresh),
            (workspace.inlay_hint, self.workspace_inlay_hint_refresh),
        ):
            if able is not None and able.refresh_support:
                self.loop.call_soon_threadsafe(refresh, None)

    def _create_bar(self, token: str) -> bool:
        window = self.client_capabilities.window
        if self.loop is None or window is None or not window.work_done_progress:
            return False
        self.loop.call_soon_threadsafe(self.work_done_progress.create, token)
        return True

    def _confess(self, error: Exception) -> None:
        """Say that the linter itself has failed; it goes on with the next change."""
        words = f"gravity-lint failed with {type(error).__name__}: {error}"
        trace = "".join(traceback.format_exception(error))
        kind = lsp.MessageType.Error
        self.send(lsp.WINDOW_LOG_MESSAGE, lsp.LogMessageParams(kind, f"{words}\n{trace}"))
        self.send(lsp.WINDOW_SHOW_MESSAGE, lsp.ShowMessageParams(kind, words))

    # -- from the thread of the protocol ------------------------------------------------------

    async def ask(self, question: Callable[[], T]) -> T:
        """Have *question* answered at the desk; raises what tells the editor to ask again."""
        try:
            return await asyncio.wrap_future(self.desk.ask(question))
        except OvertakenError as error:
            raise JsonRpcContentModified("the text has changed") from error

    def pages(self) -> Pages:
        """Return the texts as they are now."""
        return Pages(self.documents, self.encoding)

    def actions(self) -> Actions:
        """Return what can be done, to be asked at the desk."""
        return Actions(self.session, self.pages(), self.client_capabilities, self.desk.look_up)

    async def show(self, uri: str, selection: lsp.Range | None = None) -> None:
        """Have the editor show a document, if it can be told to."""
        window = self.client_capabilities.window
        if window is not None and window.show_document is not None:
            parameters = lsp.ShowDocumentParams(uri, take_focus=True, selection=selection)
            await self.window_show_document_async(parameters)

    def name_folders(self) -> None:
        """Take the folders that the editor has open now."""
        folders = [path_of(folder.uri) for folder in self.workspace.folders.values()]
        root = self.workspace.root_uri
        if not folders and root is not None:
            folders = [path_of(root)]
        named = frozenset(path for path in folders if path is not None)

        def name() -> None:
            self.desk.changed(at_once=True)
            self.session.name(named)

        self.desk.ask(name)

    def change(self, uri: str, text: str, version: int | None) -> None:
        """Take up the text of a document."""
        if path_of(uri) is None:
            return
        self.desk.changed()
        if not self.watches and time.monotonic() - self._looked > _UNWATCHED:
            self.session.outdate()
            self._looked = time.monotonic()
        path = self.documents.put(uri, text, version)
        if path is not None:
            self.session.touch(path)

    def close(self, uri: str) -> None:
        """Let go of the text of a document: the file on disk holds."""
        self.desk.changed()
        self.documents.close(uri)
        self.session.outdate()

    def look_again(self, events: Iterable[lsp.FileEvent] = ()) -> None:
        """Look at the disk again, unless all *events* are about files that bear on no service."""
        given = list(events)
        if given and not any(map(self._matters, given)):
            return
        self.desk.changed()
        self.session.outdate()

    def _matters(self, event: lsp.FileEvent) -> bool:
        """Tell whether what has happened to a file, or to a directory, may bear on a service."""
        path = path_of(event.uri)
        if path is None or not set(_OWN_DIRECTORIES).isdisjoint(path.split(os.sep)):
            return False
        if event.type is lsp.FileChangeType.Changed or _BEARING.search(path):
            return True
        return path in self.session.directories or os.path.isdir(path)
