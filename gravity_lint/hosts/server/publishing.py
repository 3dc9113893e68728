"""What an editor is told without asking: findings, what goes wrong, and how far the work is."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import msgspec
from lsprotocol import types as lsp

from gravity_lint.errors import Problem
from gravity_lint.findings.finding import Finding
from gravity_lint.hosts.server.diagnostics import diagnostic, lament, words
from gravity_lint.hosts.server.documents import Document, Documents
from gravity_lint.hosts.server.pages import Pages
from gravity_lint.hosts.server.session import Stand

Send = Callable[[str, Any], None]
"""Sends a notification, by method and parameters, from any thread."""

_PATIENCE = 0.5
"""Seconds after which work is shown as going on."""


class _Sent(msgspec.Struct, frozen=True):
    """What the editor has been told of one file, and of which of its texts."""

    document: Document | None = None
    findings: tuple[Finding, ...] = ()
    laments: tuple[Problem, ...] = ()


_NOTHING = _Sent()


class Publisher:
    """Sends diagnostics that the editor does not have yet, and says each trouble once."""

    def __init__(self, documents: Documents, send: Send) -> None:
        self._documents = documents
        self._send = send
        self._sent: dict[str, dict[str, _Sent]] = {}
        self._said: dict[str, frozenset[Problem]] = {}

    def publish(self, stand: Stand, encoding: lsp.PositionEncodingKind) -> None:
        """Tell of *stand* what is new; in a complete one, what is not there has gone."""
        pages = Pages(self._documents, encoding, stand.report.sources)
        found: dict[str, list[Finding]] = {path: [] for path in stand.files}
        for finding in stand.report.findings:
            if finding.path in found:
                found[finding.path].append(finding)
        laments: dict[str, list[Problem]] = {}
        if stand.complete:
            for problem in stand.report.problems:
                if os.path.isfile(problem.path):
                    laments.setdefault(problem.path, []).append(problem)
            self._say(stand)
        sent = self._sent.setdefault(stand.folder, {})
        gone = sent.keys() if stand.complete else frozenset()
        for path in dict.fromkeys((*found, *laments, *gone)):
            document = self._documents.get(path)
            news = _Sent(document, tuple(found.get(path, ())), tuple(laments.get(path, ())))
            if sent.get(path, _NOTHING) != news:
                self._tell(path, news, pages)
            if news == _NOTHING:
                sent.pop(path, None)
            else:
                sent[path] = news

    def withdraw(self, folders: frozenset[str]) -> None:
        """Take back what was told of folders other than *folders*."""
        for folder in self._sent.keys() - folders:
            told = self._sent.pop(folder)
            self._said.pop(folder, None)
            for path in told:
                if not any(path in others for others in self._sent.values()):
                    self._tell(path, _NOTHING, Pages(self._documents))

    def _tell(self, path: str, news: _Sent, pages: Pages) -> None:
        diagnostics = [diagnostic(finding, pages) for finding in news.findings]
        diagnostics += (lament(problem, pages) for problem in news.laments)
        version = news.document.version if news.document is not None else None
        uri = self._documents.uri(path)
        self._send(
            lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            lsp.PublishDiagnosticsParams(uri, diagnostics, version),
        )

    def _say(self, stand: Stand) -> None:
        """Say what is wrong in a folder that was not wrong before."""
        troubles = dict.fromkeys(stand.report.problems, lsp.MessageType.Error)
        troubles.update(dict.fromkeys(stand.report.notices, lsp.MessageType.Warning))
        before = self._said.get(stand.folder, frozenset())
        self._said[stand.folder] = frozenset(troubles)
        for problem, kind in troubles.items():
            if problem not in before:
                self._write(problem, kind)

    def _write(self, problem: Problem, kind: lsp.MessageType) -> None:
        """Write *problem* to the log; show it where no file could."""
        message = f"{problem.path}: {words(problem)}".removeprefix(": ")
        told = "\n".join(filter(None, (message, problem.trace)))
        self._send(lsp.WINDOW_LOG_MESSAGE, lsp.LogMessageParams(kind, told))
        no_place = kind is lsp.MessageType.Error and not os.path.isfile(problem.path)
        if problem.code is not None or no_place:
            self._send(lsp.WINDOW_SHOW_MESSAGE, lsp.ShowMessageParams(kind, message))


class Bar:
    """A bar of progress, shown once the work takes longer than a moment."""

    def __init__(self, send: Send, create: Callable[[str], bool]) -> None:
        """*create* asks the editor for a bar with a token, and tells whether it has any."""
        self._send = send
        self._create = create
        self._begun = time.monotonic()
        self._token: str | None = None
        self._share = -1

    def show(self, phase: str, share: float) -> None:
        """Show that so much of the work is done."""
        percentage = int(share * 100)
        if percentage <= self._share or time.monotonic() - self._begun < _PATIENCE:
            return
        self._share = percentage
        if self._token is None:
            token = f"gravity-lint-{uuid.uuid4()}"
            if not self._create(token):
                self._begun = float("inf")
                return
            self._token = token
            self._report(lsp.WorkDoneProgressBegin("gravity-lint", message=phase, percentage=0))
        self._report(lsp.WorkDoneProgressReport(message=phase, percentage=percentage))

    def end(self) -> None:
        """Take the bar away."""
        if self._token is not None:
            self._report(lsp.WorkDoneProgressEnd())

    def _report(self, value: Any) -> None:
        assert self._token is not None
        self._send(lsp.PROGRESS, lsp.ProgressParams(self._token, value))
