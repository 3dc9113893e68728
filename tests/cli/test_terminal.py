"""A real terminal of 80 columns, with tmux between us and it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIDTH = 80
DONE = "the-end-of-it"

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not here")


class Terminal:
    """One shell in a terminal that is 80 columns wide, and what stands on its screen."""

    def __init__(self, directory: Path) -> None:
        self._socket = f"gravity-{uuid.uuid4().hex}"
        size = ["-x", str(WIDTH), "-y", "50"]
        shell = ["env", "PS1=$ ", "bash", "--norc", "--noprofile"]
        self._tmux("-f", os.devnull, "new-session", "-d", *size, "-c", str(directory), *shell)
        self._tmux("set-option", "-g", "history-limit", "50000")

    def run(self, *arguments: str) -> list[str]:
        """Run the linter with *arguments*; return the lines on the screen as they are shown."""
        program = [sys.executable, "-m", "gravity_lint", *arguments]
        self._tmux("clear-history")
        typed = f"clear; {shlex.join(program)}; echo {DONE[:4]}''{DONE[4:]}"
        self._tmux("send-keys", "-l", typed)
        self._tmux("send-keys", "Enter")
        for _ in range(300):
            shown = self._tmux("capture-pane", "-p", "-S", "-").splitlines()
            if DONE in shown:
                return shown[: shown.index(DONE)]
            time.sleep(0.1)
        raise AssertionError("\n".join(shown))

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self._socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(ROOT)
    yield opened
    opened.close()


def unbroken(lines: list[str], words: list[str]) -> None:
    """Assert that each of *words* stands on one line: the terminal has not torn it apart."""
    for word in words:
        assert any(word in line for line in lines), word


def test_routes_fit_and_no_word_is_torn(terminal: Terminal) -> None:
    lines = terminal.run("routes", "examples/orders_service")
    assert max(map(len, lines)) <= WIDTH
    unbroken(lines, ["examples/orders_service/app/api/v1/customers.py:93", "get_customer"])
    unbroken(lines, ["/api/v1/customers/{customer_id}", "[get_current_user]"])
    unbroken(lines, ["ApiResponse[CustomerRead]"])


def test_findings_and_summary_fit(terminal: Terminal) -> None:
    lines = terminal.run("examples/legacy_service", "--select", "GRV1,GRV4,GRV8")
    assert max(map(len, lines)) <= WIDTH
    headings = [line for line in lines if re.match(r"\S+\.py:\d+:\d+: GRV", line)]
    assert len(headings) > 50
    assert "]" not in lines  # a bracket that the edge has torn off
    summary = lines[next(n for n, line in enumerate(lines) if line.startswith("pattern")) :]
    unbroken(summary, ["First of all:", "gravity-lint --statistics", "--unsafe-fixes"])
    whole = " ".join(line.strip() for line in summary)
    assert "which may change what clients and logs see" in whole


def test_statistics_are_a_line_per_rule(terminal: Terminal) -> None:
    lines = terminal.run("--statistics", "examples/legacy_service")
    rows = [line for line in lines if " GRV" in line]
    assert len(rows) > 50
    whole = re.compile(r" +\d+ .*  (error|warning)  .*[%-] +[\d-]+ +[\d-]+")
    assert [row for row in rows if not whole.fullmatch(row)] == []
    assert lines[-1].endswith("service.")
    unbroken(lines, ["findings", "errors", "warnings", "service."])


def test_a_rule_is_explained(terminal: Terminal) -> None:
    lines = terminal.run("explain", "GRV101")
    unbroken(lines, ["GRV101 unversioned-route", "include_router", "endpoints.operational"])


def test_a_short_summary_beside_the_findings_fits(terminal: Terminal) -> None:
    lines = terminal.run("examples/legacy_service", "--format", "concise", "--select", "GRV9")
    unbroken(lines, ["findings", "fixable:", "--unsafe-fixes"])
