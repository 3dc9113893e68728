"""Files are written in one step, as they were but for the fix, or not at all."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import time
from encodings.aliases import aliases
from pathlib import Path

import pytest

from gravity_lint.fixing.saving import ChangedError, EncodingError, objection, save
from gravity_lint.sources import writing
from gravity_lint.sources.source import decoded, from_bytes


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


@pytest.mark.parametrize("encoding", sorted({*aliases.values(), "idna", "undefined", "punycode"}))
def test_whatever_the_codec_what_is_written_is_read_again(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "x.py"
    data = f"# coding: {encoding}\nx = 1  # \\n ~{{ +AOk-\n".encode()
    file.write_bytes(data)
    if from_bytes(file, data).error is not None:
        return
    before = decoded(data)
    after = before.replace("x = 1", "import y\nx = 2")
    refused = objection(str(file), after)
    if refused is None:
        save(str(file), before, after)
        assert decoded(file.read_bytes()) == after
        assert from_bytes(file, file.read_bytes()).error is None
        assert file.read_bytes().startswith(data.partition(b"x = 1")[0])
    else:
        with pytest.raises(EncodingError, match=re.escape(refused)):
            save(str(file), before, after)
        assert file.read_bytes() == data
    assert os.listdir(tmp_path) == ["x.py"]


@pytest.mark.parametrize(
    "data",
    [
        b"# coding: unicode_escape\nx = 1\n",
        b"# coding: raw_unicode_escape\nx = '\\u00e9'\n",
        b"# coding: utf-7\nx = '+AOk-'\n",
        b"# coding: iso2022_jp\nx = '\x1b(B'\n",
    ],
)
def test_bytes_that_nobody_has_touched_stay(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(data)
    text = decoded(data)
    after = text.replace("x =", "y =")
    try:
        save(str(file), text, after)
    except EncodingError:
        assert file.read_bytes() == data
    else:
        assert file.read_bytes() == data.replace(b"x =", b"y =")


def test_a_declaration_that_would_move_away_is_objected_to(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(b"# coding: latin-1\nx = '\xe9'\n")
    assert objection(str(file), "import a\nimport b\n# coding: latin-1\nx = '\xe9'\n") == (
        "in the file's encoding other bytes would change as well"
    )


def test_other_names_of_the_file_do_not_keep_the_old_text(tmp_path: Path) -> None:
    file, other = tmp_path / "x.py", tmp_path / "y.py"
    file.write_text("old")
    os.link(file, other)
    with pytest.raises(OSError, match="has other names"):
        writing.replace(file, b"new")
    assert (file.read_text(), other.read_text()) == ("old", "old")


def test_extended_attributes_stay(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("old")
    try:
        os.setxattr(file, "user.origin", b"here")
    except (OSError, AttributeError):
        pytest.skip("this file system has none")
    writing.replace(file, b"new")
    assert os.getxattr(file, "user.origin") == b"here"


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    file = tmp_path / f"{'x' * 251}.py"
    file.write_text("old")
    writing.replace(file, b"new")
    assert file.read_text() == "new"


LOOP = (
    "import signal, sys; from pathlib import Path\n"
    "from gravity_lint.sources.writing import replace\n"
    # A shell that starts this in the background has it ignore interrupts.
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "file = Path(sys.argv[1]); print('on', flush=True)\n"
    "while True:\n    replace(file, b'b' * 200_000); replace(file, b'a' * 200_000)\n"
)


def stopped(file: Path, pause: float, number: signal.Signals) -> list[str]:
    """Stop a process that writes *file* all the time; return what it leaves beside it."""
    root = Path(writing.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", LOOP, str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(root)},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(number)
        process.wait(timeout=60)
    assert file.read_bytes() in (b"a" * 200_000, b"b" * 200_000)
    return [name for name in os.listdir(file.parent) if name != file.name]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(b"a" * 200_000)
    for turn in range(12):
        assert stopped(file, 0.01 + turn * 0.0017, number) == []


def test_a_killed_process_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_bytes(b"a" * 200_000)
    for turn in range(12):
        left = stopped(file, 0.01 + turn * 0.0017, signal.SIGKILL)
        assert len(left) <= 1
        assert not any(name.endswith(".py") for name in left)
        writing.sweep([tmp_path])
        assert os.listdir(tmp_path) == ["x.py"]


def test_what_somebody_is_writing_is_not_swept_away(tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    busy = tmp_path / ".gravity-lint-0.tmp"
    (tmp_path / ".gravity-lint-1.tmp").write_text("")
    (tmp_path / "theirs.tmp").write_text("")
    with busy.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        writing.sweep([tmp_path, tmp_path / "none"])
        assert sorted(os.listdir(tmp_path)) == [busy.name, "theirs.tmp"]


def test_in_a_full_file_system_the_old_file_stays(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    file = tmp_path / "x.py"
    file.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            writing.replace(file, b"new" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.py"]
