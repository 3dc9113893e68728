"""What goes over the pipes, to the byte: the protocol alone, and an answer to every request."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hosts.server.test_diagnostics import ONLY, PRINT, lay_out

PATIENCE = 60
"""Seconds until a test gives up."""


class Wire:
    """Writes and reads frames; what is no frame is an error."""

    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        assert program.stdin is not None
        assert program.stdout is not None
        self.program = program
        self.input: BinaryIO = program.stdin  # type: ignore[assignment]
        self.output: BinaryIO = program.stdout  # type: ignore[assignment]
        self.number = 0
        self.told: list[dict[str, Any]] = []

    def send(self, method: str, parameters: Any = None, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": parameters}
        if number is not None:
            message["id"] = number
        body = json.dumps(message).encode()
        self.input.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.input.flush()

    def ask(self, method: str, parameters: Any = None) -> dict[str, Any]:
        """Return the answer to a request, its error included."""
        self.number += 1
        self.send(method, parameters, self.number)
        while (message := self.read()).get("id") != self.number or "method" in message:
            self.told.append(message)
        return message

    def read(self) -> dict[str, Any]:
        size = 0
        while (line := self.output.readline().strip()) != b"":
            name, _, value = line.partition(b": ")
            assert name in (b"Content-Length", b"Content-Type"), line
            size = int(value) if name == b"Content-Length" else size
        found: dict[str, Any] = json.loads(self.output.read(size))
        return found

    def begin(self, root: Path, capabilities: Any = None) -> dict[str, Any]:
        folders = [{"uri": root.as_uri(), "name": root.name}]
        parameters = {"capabilities": capabilities or {}, "workspaceFolders": folders}
        answer = self.ask("initialize", {"processId": None, "rootUri": None, **parameters})
        self.send("initialized", {})
        return answer

    def codes(self, path: Path) -> list[str]:
        """Return what was told last of the file at *path*."""
        told = [
            m["params"] for m in self.told if m.get("method", "").endswith("publishDiagnostics")
        ]
        found = [x["diagnostics"] for x in told if x["uri"] == path.as_uri()]
        return [one["code"] for one in found[-1]] if found else []


@contextmanager
def wired(options: Sequence[str] = ONLY) -> Iterator[Wire]:
    command = [sys.executable, "-m", "gravity_lint", "server", *options]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    wire = Wire(program)
    try:
        yield wire
    finally:
        program.kill()
        program.wait()
        wire.input.close()
        wire.output.close()


def hover(path: Path) -> dict[str, Any]:
    return {"textDocument": {"uri": path.as_uri()}, "position": {"line": 6, "character": 12}}


def test_begins_and_ends_as_the_protocol_wants(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    with wired() as wire:
        refused = wire.ask("textDocument/hover", hover(router))
        assert refused["error"]["code"] == -32002
        assert "hoverProvider" in wire.begin(tmp_path)["result"]["capabilities"]
        wire.ask("gravity-lint/settled", {})
        assert wire.codes(router) == [PRINT]
        assert wire.ask("no/such", {})["error"]["code"] == -32601
        assert wire.ask("textDocument/hover", {"x": 1})["error"]["code"] == -32602
        assert "GET /api/v1/orders" in str(wire.ask("textDocument/hover", hover(router)))
        assert wire.ask("shutdown")["result"] is None
        assert wire.ask("textDocument/hover", hover(router))["error"]["code"] == -32600
        wire.send("exit")
        assert wire.program.wait(PATIENCE) == 0
        assert wire.output.read() == b""


@pytest.mark.parametrize("gone", ["exit", "closed", "closed while it judges"])
def test_ends_with_an_editor_that_goes_without_a_word(tmp_path: Path, gone: str) -> None:
    lay_out(tmp_path)
    with wired(()) as wire:
        wire.begin(tmp_path)
        if gone != "closed while it judges":
            wire.ask("gravity-lint/settled", {})
        if gone == "exit":
            wire.send("exit")
        else:
            wire.input.close()
        assert wire.program.wait(PATIENCE) == 1


NEWER = {
    "workspace": {
        "symbol": {"symbolKind": {"valueSet": [1, 99]}},
        "workspaceEdit": {"failureHandling": "wild", "resourceOperations": ["link"]},
    },
    "textDocument": {
        "hover": {"contentFormat": ["html", "markdown"]},
        "publishDiagnostics": {"tagSupport": {"valueSet": [1, 99]}},
    },
    "general": {"positionEncodings": ["utf-7", "utf-8"]},
    "telepathy": {"dynamicRegistration": True},
}


def test_serves_editors_that_can_do_what_nobody_has_heard_of(tmp_path: Path) -> None:
    router = lay_out(tmp_path)
    with wired() as wire:
        answer = wire.begin(tmp_path, NEWER)
        assert answer["result"]["capabilities"]["positionEncoding"] == "utf-8"
        wire.ask("gravity-lint/settled", {})
        assert wire.codes(router) == [PRINT]
