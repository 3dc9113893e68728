import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gravity_lint.reporting.mending import diff, render
from gravity_lint.running.outcome import Mended, Mending, Refusal, Report
from tests.reporting.samples import Terminal, absolute, finding


def mending(before: str, after: str, path: str = "app/x.py") -> Mending:
    return Mending(Report(), (Mended(absolute(path), before, after, (finding(),)),))


def test_what_was_mended_and_what_was_not() -> None:
    stream = io.StringIO()
    done = Mended(absolute("app/x.py"), "", "", (finding("GRV108"), finding(), finding("GRV108")))
    refused = Refusal(finding("GRV901", name="stdlib-logger"), "the file would\nnot parse")
    render(Mending(Report(), (done,), (refused,)), stream)
    assert stream.getvalue() == (
        "mended app/x.py: GRV101, GRV108 (2 times)\n"
        "not mended app/api/users.py:1:1: GRV901 stdlib-logger: the file would\\nnot parse\n"
        "Mended 3 findings in 1 file; 1 fix refused.\n"
    )


def test_nothing_mended_says_nothing() -> None:
    stream = io.StringIO()
    render(Mending(Report()), stream)
    assert stream.getvalue() == ""


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs the patch program")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a = 1\nb = 2\n", "a = 1\nb = 3\n"),
        ("a = 1\nb = 2", "a = 1\nb = 3"),
        ("a = 1", "a = 1\n"),
        ("a = 1\r\nb = 2\r\n", "a = 1\r\nb = 3\r\n"),
        ("a = '\x0c\u2028'\nb = 2\n", "a = '\x0c\u2028'\nb = '\x1b[1m'\n"),
        ("", "import x\n"),
    ],
)
def test_patch_applies_a_piped_diff(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "app" / "x.py"
    file.parent.mkdir()
    file.write_bytes(before.encode())
    stream = io.StringIO()
    diff(mending(before, after), stream)
    subprocess.run(
        ["patch", "-p0", "--binary"],
        cwd=tmp_path,
        input=stream.getvalue().encode(),
        check=True,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert file.read_bytes().decode() == after


def test_a_terminal_sees_control_characters_spelled_out() -> None:
    stream = Terminal()
    diff(mending("x = '\x1b[2J[red]'\n", "x = '\x1b[3J[red]'\n"), stream)
    text = stream.getvalue()
    assert "\x1b[32m+x = '\\x1b[3J[red]'" in text
    assert "\x1b[31m-x = '\\x1b[2J[red]'" in text
