"""Names and texts out of a linted tree are inert in every output: nobody obeys them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gravity_lint.cli import main
from gravity_lint.reporting.text import inert, visible

EVIL = [
    "::error::pwned",
    " ::add-mask::a",
    "a\n::error file=x::pwned",
    "b\r::warning::w",
    "##[add-mask]x",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[buildStatus status='SUCCESS']",
    "c\x1b[31mred\x1b]0;title\x07",
    "d\u202egnp.exe",
    "e\u2028f\u200b",
    "<script>alert(1)<",
    "[x](javascript:alert(1))`|*",
    "'\"\\ %0A::error::x",
    "g\udcff",
]
OBEYED = re.compile(r"^\s*::(?!(?:error|warning|notice) (?:file|title)=)|##[\w.-]*\[")
SHOWN_AS_THEY_ARE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u202e\u2028\udc80-\udcff]")
MAIN = """from fastapi import FastAPI
from app.routes import router

app = FastAPI()
app.include_router(router)
"""
ROUTES = '''from fastapi import APIRouter

router = APIRouter(prefix="/x\\n::error::pwned\\x1b[31m")


@router.get("{path}", status_code=201)
async def f():
    """
    ::error::docstring ##[add-mask]x
    """
    print("##[error]x")
    return "::error::x"
'''


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    top = tmp_path / "fleet"
    for name in EVIL:
        odd = name.replace("/", "_")
        place = top / odd / "app"
        place.mkdir(parents=True)
        (top / odd / "pyproject.toml").write_text("[project]\nname = 'x'\n")
        (place / "__init__.py").write_text("")
        (place / "main.py").write_text(MAIN)
        path = repr("/" + name.encode("utf-8", "replace").decode())[1:-1]
        (place / "routes.py").write_text(ROUTES.replace("{path}", path.replace('"', "'")))
        (place / f"{odd}.py").write_text("def f(:\n")
    (top / ".git").mkdir()
    monkeypatch.chdir(top)
    for variable in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(variable, raising=False)
    return top


def said(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[str, str]:
    """Return what the program writes to both streams."""
    assert main(arguments) in (0, 1)
    out, err = capfdbinary.readouterr()
    return out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "surrogateescape")


def hold(text: str) -> None:
    assert SHOWN_AS_THEY_ARE.search(text) is None
    assert [line for line in text.split("\n") if OBEYED.search(line)] == []


FORMATS = ["full", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson"]


@pytest.mark.parametrize(
    "arguments",
    [
        *(["check", "--format", form] for form in FORMATS),
        ["check", "--statistics"],
        ["check", "--show-settings", "::error::pwned"],
        ["routes"],
        ["routes", "--format", "json"],
        ["report"],
        ["report", "--format", "json"],
        ["report", "--format", "html"],
    ],
    ids=" ".join,
)
def test_reports_hold_no_command(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes], arguments: list[str]
) -> None:
    out, err = said(capfdbinary, *arguments)
    hold(out)
    hold(err)
    form = arguments[-1]
    if form in ("json", "sarif", "gitlab", "rdjson"):
        told = json.dumps(json.loads(out))
        assert "##vso[" in told or "settings" in out
    if form == "junit":
        assert ElementTree.fromstring(out).tag == "testsuites"


def test_the_page_has_no_script_of_theirs(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    page, _ = said(capfdbinary, "report", "--format", "html")
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert "&lt;script&gt;alert" in page


def test_what_is_told_of_fixes_holds_none(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    out, err = said(capfdbinary, "--fix", "--unsafe-fixes", "--format", "concise")
    assert "mended" in err
    hold(out)
    hold(err)


def test_a_patch_is_exact_and_github_obeys_nothing_in_it(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(["--diff", "--unsafe-fixes"]) == 1
    data, _ = capfdbinary.readouterr()
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    command = re.fullmatch("::stop-commands::([0-9a-f]{32})", lines[0])
    assert command is not None
    assert lines[-2] == f"::{command[1]}::"
    assert lines.count(lines[-2]) == 1
    headers = [line for line in lines if line.startswith(("--- ", "+++ "))]
    assert len(headers) == 2 * len(EVIL)
    assert not any(SHOWN_AS_THEY_ARE.search(line) for line in headers)
    (tree / ".git").rmdir()
    subprocess.run(["git", "init", "--quiet"], cwd=tree, check=True)
    subprocess.run(["git", "apply"], cwd=tree, input=data, check=True)
    assert main(["--diff", "--unsafe-fixes", "--quiet"]) == 0


@pytest.mark.parametrize("name", [name for name in EVIL if "\udcff" not in name])
def test_complaints_hold_none(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes], name: str
) -> None:
    (tree / name / "gravity-lint.toml").write_text("nonsense = 1\n")
    for arguments in ([name], ["baseline", name], ["routes", name], [f"{name}x"], ["--x", name]):
        assert main(arguments) == (0 if arguments[0] == "routes" else 2)
        out, err = capfdbinary.readouterr()
        hold(out.decode())
        hold(err.decode())


def test_text_stays_as_it_is_where_it_is_no_command() -> None:
    for text in ("a::b", "x[::2]", "# [x]", "## Heading [x](y)", "a: b"):
        assert visible(text) == text
    assert visible("::error::x") == "\\x3a:error::x"
    assert json.loads(inert(json.dumps("##[error]x"))) == "##[error]x"


def test_no_environment_is_shown(
    tree: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    for arguments in (["--format", "json"], ["--show-settings"], ["report"]):
        out, err = said(capfdbinary, *arguments)
        assert "hunter2" not in out + err
    assert os.environ["SECRET_TOKEN"]
