"""Files are written in one step, as they were but for the fix, or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gravity_lint.fixing.saving import ChangedError, objection, save
from gravity_lint.sources import writing
from gravity_lint.sources.source import decoded


@pytest.mark.parametrize(
    ("data", "after"),
    [
        (b"x = 1\n", b"y = 1\n"),
        (b"x = 1\r\n'x'\r", b"y = 1\r\n'x'\r"),
        (b"\xef\xbb\xbfx = '\xc3\xa9'", b"\xef\xbb\xbfy = '\xc3\xa9'"),
        (b"\xef\xbb\xbf# coding: utf-8\nx = 1", b"\xef\xbb\xbf# coding: utf-8\ny = 1"),
        (b"# coding: latin-1\nx = '\xe9'\n", b"# coding: latin-1\ny = '\xe9'\n"),
        (b"#!/bin/x\n# coding=cp1252\nx = '\x80'", b"#!/bin/x\n# coding=cp1252\ny = '\x80'"),
    ],
)
def test_bytes_stay_what_they_were(tmp_path: Path, data: bytes, after: bytes) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(data)
    text = decoded(data)
    save(str(file), text, text.replace("x = ", "y = "))
    assert file.read_bytes() == after
    assert os.listdir(tmp_path) == ["x.py"]


def test_what_the_encoding_has_no_place_for_is_objected_to(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(b"# coding: latin-1\n")
    assert objection(str(file), "# coding: latin-1\né") is None
    assert objection(str(file), "# coding: latin-1\n→") == (
        "'→' cannot be written in the file's encoding, latin-1"
    )
    assert objection(str(tmp_path / "none.py"), "→") is None


def test_a_file_that_has_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("theirs\n")
    with pytest.raises(ChangedError, match="has changed since"):
        save(str(file), "old\n", "ours\n")
    assert file.read_text() == "theirs\n"


def test_the_mode_stays(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("old")
    file.chmod(0o751)
    writing.replace(file, b"new")
    assert stat.S_IMODE(file.stat().st_mode) == 0o751


def test_a_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "x.py", tmp_path / "x.py"
    target.write_text("old")
    link.symlink_to(Path("real", "x.py"))
    writing.replace(link, b"new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert os.listdir(tmp_path / "real") == ["x.py"]


def test_a_read_only_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("old")
    file.chmod(0o444)
    with pytest.raises(PermissionError, match="read-only"):
        writing.replace(file, b"new")
    assert file.read_text() == "old"


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_step_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, failure: BaseException
) -> None:
    def fail(*arguments: object) -> None:
        raise failure

    file = tmp_path / "x.py"
    file.write_text("old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(failure)):
        writing.replace(file, b"new")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.py"]


def test_a_killed_process_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    old, new = b"a" * 200_000, b"b" * 200_000
    code = (
        "import sys; from pathlib import Path; from gravity_lint.sources.writing import replace\n"
        "file = Path(sys.argv[1]); print('on', flush=True)\n"
        "while True:\n    replace(file, b'b' * 200_000); replace(file, b'a' * 200_000)\n"
    )
    root = Path(writing.__file__).parents[1]
    for pause in (0.01, 0.023, 0.04):
        file.write_bytes(old)
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(file)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert file.read_bytes() in (old, new)
        left = [name for name in os.listdir(tmp_path) if name != "x.py"]
        assert all(name.startswith(".x.py.") and not name.endswith(".py") for name in left)
