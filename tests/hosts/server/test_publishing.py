"""What the editor is told without asking: a bar where work takes long, and nothing twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp

from gravity_lint.errors import Problem
from gravity_lint.hosts.server import publishing
from gravity_lint.hosts.server.documents import Documents, uri_of
from gravity_lint.hosts.server.publishing import Bar, Publisher
from gravity_lint.hosts.server.session import Stand
from gravity_lint.running.outcome import Report

UTF16 = lsp.PositionEncodingKind.Utf16


def test_a_bar_shows_work_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "_PATIENCE", 0.0)
    sent: list[Any] = []
    bar = Bar(lambda method, parameters: sent.append(parameters.value), lambda token: True)
    for share in (0.1, 0.1, 0.5, 1.0):
        bar.show("judging", share)
    bar.end()
    kinds = [type(value) for value in sent]
    report = lsp.WorkDoneProgressReport
    assert kinds == [lsp.WorkDoneProgressBegin, report, report, report, lsp.WorkDoneProgressEnd]
    assert [value.percentage for value in sent[1:-1]] == [10, 50, 100]


@pytest.mark.parametrize(("patience", "able"), [(99.0, True), (0.0, False)])
def test_no_bar_for_short_work_and_where_the_editor_has_none(
    monkeypatch: pytest.MonkeyPatch, patience: float, able: bool
) -> None:
    monkeypatch.setattr(publishing, "_PATIENCE", patience)
    sent: list[Any] = []
    bar = Bar(lambda method, parameters: sent.append(parameters), lambda token: able)
    for share in (0.1, 0.5, 1.0):
        bar.show("judging", share)
    bar.end()
    assert sent == []


def test_nothing_is_told_twice_and_what_has_gone_is_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool\n")
    broken = Report(problems=(Problem(str(file), "broken TOML", line=1),))
    notice = Problem(str(tmp_path), "a pattern matches no file")
    sent: list[tuple[str, Any]] = []
    publisher = Publisher(Documents(), lambda *message: sent.append(message))
    folder = str(tmp_path)
    for report in (broken, broken, Report(notices=(notice,)), Report(notices=(notice,))):
        publisher.publish(Stand(folder, frozenset(), report, complete=True), UTF16)
    diagnostics = [x for method, x in sent if method == lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS]
    assert [(x.uri, [one.message for one in x.diagnostics]) for x in diagnostics] == [
        (uri_of(str(file)), ["broken TOML"]),
        (uri_of(str(file)), []),
    ]
    logged = [x.message for method, x in sent if method == lsp.WINDOW_LOG_MESSAGE]
    assert logged == [f"{file}: broken TOML", f"{tmp_path}: a pattern matches no file"]


def test_what_was_told_of_a_folder_that_is_closed_is_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool\n")
    report = Report(problems=(Problem(str(file), "broken TOML", line=1),))
    sent: list[Any] = []
    publisher = Publisher(Documents(), lambda method, parameters: sent.append(parameters))
    publisher.publish(Stand(str(tmp_path), frozenset(), report, complete=True), UTF16)
    publisher.withdraw(frozenset([str(tmp_path)]))
    publisher.withdraw(frozenset())
    assert sent[-1] == lsp.PublishDiagnosticsParams(uri_of(str(file)), [])
    assert len(sent) == 3
