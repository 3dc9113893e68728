import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gravity_lint.reporting.mending import diff, refuse, render
from gravity_lint.running.outcome import Mended, Mending, Refusal, Report
from gravity_lint.sources.source import decoded, head
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


def test_the_same_refusal_is_said_once() -> None:
    stream = io.StringIO()
    codes = ["GRV108", "GRV108", "GRV901", "GRV108"]
    refused = tuple(Refusal(finding(code), "no room") for code in codes)
    refuse(Mending(Report(), (), refused), stream)
    assert stream.getvalue().count("no room") == 2
    assert "users.py:1:1 (and 2 more places): GRV108" in stream.getvalue()


def test_nothing_mended_says_nothing() -> None:
    stream = io.StringIO()
    render(Mending(Report()), stream)
    assert stream.getvalue() == ""


PROGRAMS = [
    pytest.param(command, marks=pytest.mark.skipif(not shutil.which(command[0]), reason="needs it"))
    for command in (["patch", "-p1", "--binary"], ["git", "apply"])
]


def patched(directory: Path, command: list[str], *mended: Mended) -> None:
    """Apply with *command* in *directory* what `diff` writes."""
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    diff(Mending(Report(), mended), stream)
    subprocess.run(
        command,
        cwd=directory,
        input=stream.buffer.getvalue(),  # type: ignore[attr-defined]
        check=True,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
    )


@pytest.mark.parametrize("command", PROGRAMS)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a = 1\nb = 2\n", b"a = 1\nb = 3\n"),
        (b"a = 1\nb = 2", b"a = 1\nb = 3"),
        (b"a = 1", b"a = 1\n"),
        (b"a = 1\r\nb = 2\r\n", b"a = 1\r\nb = 3\r\n"),
        (b"a = 1\r\nb = 2\nc = 3\r", b"a = 1\r\nb = 3\nc = 3\r"),
        (b"a = '\x0c\xe2\x80\xa8'\nb = 2\n", b"a = '\x0c\xe2\x80\xa8'\nb = '\x1b[1m'\n"),
        (b"\xef\xbb\xbfa = 1\n", b"\xef\xbb\xbfa = 2\n"),
        (b"\xef\xbb\xbfa = 1\r\n", b"\xef\xbb\xbfimport b\r\na = 1\r\n"),
        (b"# coding: latin-1\na = '\xe9'\n", b"# coding: latin-1\na = '\xe8'\n"),
        (b"# coding: cp1252\r\na = '\x80'", b"# coding: cp1252\r\nb = '\x80'"),
        (b"# coding: shift-jis\na = '\x83\x5c'\n", b"# coding: shift-jis\nb = '\x83\x5c'\n"),
    ],
)
@pytest.mark.parametrize(
    "path",
    ["app/x.py", "a b/my file.py", "été/\u540d.py", 'a"b/c\\d.py', "tab\there.py", "new\nline.py"],
)
def test_a_piped_diff_applies(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: list[str],
    before: bytes,
    after: bytes,
    path: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(before)
    patched(tmp_path, command, Mended(str(file), decoded(before), decoded(after), (), head(before)))
    assert file.read_bytes() == after


@pytest.mark.parametrize("command", PROGRAMS[1:])
def test_git_applies_it_below_the_root_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    service = tmp_path / "services" / "one"
    service.mkdir(parents=True)
    monkeypatch.chdir(service)
    (service / "x.py").write_text("a = 1\n")
    patched(service, command, Mended(str(service / "x.py"), "a = 1\n", "a = 2\n", ()))
    assert (service / "x.py").read_text() == "a = 2\n"


def test_a_terminal_sees_control_characters_spelled_out() -> None:
    stream = Terminal()
    diff(mending("x = '\x1b[2J[red]'\n", "x = '\x1b[3J[red]'\n"), stream)
    text = stream.getvalue()
    assert "\x1b[32m+x = '\\x1b[3J[red]'" in text
    assert "\x1b[31m-x = '\\x1b[2J[red]'" in text
