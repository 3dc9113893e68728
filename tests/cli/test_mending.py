"""Mending and suppressing from the command line."""

import ast
import io
import subprocess
import sys
from pathlib import Path

import pytest

from gravity_lint.cli import main

ROUTES = """\
from fastapi import APIRouter, HTTPException

router = APIRouter(prefix="/api/v1/items")


@router.get("/{item_id}")
async def read(item_id: int) -> int:
    raise HTTPException(status_code=404)
"""
FIXED = ROUTES.replace("HTTPException\n", "HTTPException, status\n", 1).replace(
    "=404", "=status.HTTP_404_NOT_FOUND"
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.gravity-lint]\nselect = ['GRV108', 'GRV102']\n")
    api = tmp_path / "app" / "api"
    api.mkdir(parents=True)
    (api / "items.py").write_text(ROUTES)
    monkeypatch.chdir(tmp_path)
    return api / "items.py"


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input_is_passed_on_mended(
    file: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    given(monkeypatch, b"\xef\xbb\xbf" + ROUTES.replace("\n", "\r\n").encode())
    file.write_text("# as it lies on disk")
    assert main(["--fix", "--stdin-filename", str(file)]) == 1
    out, err = capfdbinary.readouterr()
    assert out == b"\xef\xbb\xbf" + FIXED.replace("\n", "\r\n").encode()
    assert b"mended app/api/items.py: GRV108" in err
    assert b"GRV102" in err
    assert file.read_text() == "# as it lies on disk"


@pytest.mark.parametrize("data", [b"x = 1\n", b"x = (\n", b"", b"# coding: latin-1\nx = '\xe9'"])
def test_standard_input_that_needs_no_mending_is_passed_on(
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    data: bytes,
) -> None:
    given(monkeypatch, data)
    main(["--fix", "--stdin-filename", str(file), "--format", "json"])
    assert capfdbinary.readouterr().out == data


def test_what_standard_input_cannot_hold_is_passed_on_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data = b"# coding: unicode_escape\n" + ROUTES.encode()
    given(monkeypatch, data)
    assert main(["--fix", "--stdin-filename", str(file)]) == 2
    out, err = capfdbinary.readouterr()
    assert out == data
    assert b"cannot be mended" in err


def test_fix_only_says_nothing_of_what_is_left(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--fix-only", "."]) == 0
    assert capsys.readouterr().out == (
        "mended app/api/items.py: GRV108\nMended 1 finding in 1 file.\n"
    )
    assert file.read_text() == FIXED
    assert main(["."]) == 1


def test_fix_only_passes_standard_input_on(
    file: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    given(monkeypatch, ROUTES.encode())
    assert main(["--fix-only", "--stdin-filename", str(file)]) == 0
    out, err = capfdbinary.readouterr()
    assert out == FIXED.encode()
    assert b"GRV102" not in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--fix-only", "--statistics"], "--fix-only reports nothing"),
        (["--fix", "--add-noqa"], "mend first"),
        (["--add-noqa=a # b"], "one line"),
        (["--add-noqa=a\nb"], "one line"),
        (["--add-noqa", "--stdin-filename", "x.py"], "not standard input"),
    ],
)
def test_contradictions(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
    assert file.read_text() == ROUTES


AWKWARD = '''\
from fastapi import APIRouter, HTTPException
from fastapi.responses import JSONResponse  # noqa: E501

router = APIRouter(prefix="/api/v1/items")


@router.get("/a", status_code=201, description="""
about it
""")
@router.get("/b", status_code=202)  # also here
@router.get("/c", status_code=203)  # noqa: E501,W291 -- long
async def read() -> int:
    raise HTTPException(404, \\
        "not here")


@router.get("/d")  # noqa: GRV102
async def more() -> JSONResponse:
    x = HTTPException(404); y = HTTPException(409)
    return JSONResponse(
        status_code=404,
        content={},
    )
'''


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("reason", ["", "since the strike"])
def test_what_is_suppressed_is_silent_for_both_tools(
    file: Path, capsys: pytest.CaptureFixture[str], end: str, reason: str
) -> None:
    text = AWKWARD.replace("\n", end)
    file.write_bytes(text.encode())
    assert flake8(file)
    assert main([f"--add-noqa={reason}" if reason else "--add-noqa", "."]) == 0
    assert "Suppressed 10 findings in 1 file." in capsys.readouterr().out
    after = file.read_bytes().decode()
    assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(text))
    assert after.count(end) == text.count(end)
    assert after.count(reason) >= 5
    assert "# noqa: E501,W291, GRV102, GRV108 -- long" in after
    assert main(["."]) == 0
    assert flake8(file) == ""
    assert main(["--add-noqa", "."]) == 0
    assert file.read_bytes().decode() == after


def flake8(file: Path) -> str:
    command = [sys.executable, "-m", "flake8", "--select", "GRV108,GRV102", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_what_cannot_be_suppressed_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file.parent / "broken.py").write_text("x = (\n")
    (file.parent / "locked.py").write_text(ROUTES)
    (file.parent / "locked.py").chmod(0o444)
    assert main(["--add-noqa", "--extend-select", "GRV003", "."]) == 2
    out, err = capsys.readouterr()
    assert "not suppressed app/api/broken.py:1: GRV003" in err
    assert "locked.py: cannot be written: the file is read-only" in err
    assert "Suppressed 2 findings in 1 file." in out
