"""Whatever happens in the editor, what it shows is what a fresh run says of the same texts.

Short here; `make fuzz` goes on for long, GRAVITY_LINT_SESSION names another service to edit a copy
of, and GRAVITY_LINT_SEED another course of events.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import pytest
from hosts.server.editor import Editor, editing, uri
from lsprotocol import types as lsp

from gravity_lint.hosts.server import session
from gravity_lint.hosts.server.documents import Documents
from gravity_lint.hosts.server.positions import Page
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.running.run import run
from gravity_lint.sources.depth import deeply

LEGACY = Path(__file__).parents[3] / "examples" / "legacy_service"
SERVICE = Path(os.environ.get("GRAVITY_LINT_SESSION", LEGACY))
SEED = int(os.environ.get("GRAVITY_LINT_SEED", "0"))
EDITS = int(os.environ.get("GRAVITY_LINT_FUZZ", "3")) * 10

LINES = (
    "print('here')",
    "password = 'hunter2'",
    "async def wait():\n    import time\n    time.sleep(1)",
    "def broken(:",
    "x = 1  # noqa: GRV904",
    "# gravity-lint: ignore-file[GRV5]",
    "from app.core.exceptions import *",
    "try:\n    y = 1\nexcept Exception:\n    pass",
    "router = None",
    "class ProductNotFound(Exception): ...",
    "prefix = '/api/v1'",
    "\x0c# ünïcödé 😀",
    "name = '\u2028'; print('😀' * 3); print(name)",
)
CONFIGURATIONS = (
    '[tool.gravity-lint]\nignore = ["GRV1"]\n',
    '[tool.gravity-lint.severity]\nGRV904 = "error"\n',
    "[tool.gravity-lint]\nrequire-suppression-reason = true\n",
    "[tool.gravity-lint]\nunknown-key = 1\n",
    "[tool.gravity-lint\n",
    "[project]\nname = 'x'\ndependencies = ['fastapi', 'structlog']\n",
)


class Script:
    """Does at random what people do in an editor, and around it."""

    def __init__(self, editor: Editor, root: Path, seed: int) -> None:
        self.editor = editor
        self.root = root
        self.random = random.Random(seed)
        self.number = 0

    def files(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*.py") if path.is_file())

    def act(self) -> str:
        """Do one thing, and say which."""
        self.number += 1
        opened = sorted(self.editor.texts)
        if not opened or self.random.random() < 0.1:
            path = self.random.choice([x for x in self.files() if x not in opened] or [None])
            if path is not None:
                self.editor.open(path)
                return f"open {path.name}"
        if self.random.random() < 0.75:
            return self.edit(self.random.choice(opened))
        return self.random.choice(
            (
                self.save,
                self.close,
                self.create,
                self.delete,
                self.rename,
                self.change,
                self.configure,
            )
        )()

    def edit(self, path: Path) -> str:
        lines = self.editor.texts[path].splitlines(keepends=True)
        at = self.random.randint(0, len(lines))
        match self.random.randint(0, 5):
            case 0 | 1:
                indent = (
                    lines[at - 1][: len(lines[at - 1]) - len(lines[at - 1].lstrip())] if at else ""
                )
                lines.insert(at, f"{indent.strip(chr(10))}{self.random.choice(LINES)}\n")
            case 2 | 3 if lines:
                del lines[min(at, len(lines) - 1)]
            case 4:
                lines.insert(at, self.random.choice(lines or [""]))
            case _:
                lines = [x.replace("\r\n", "\n").replace("\n", "\r\n") for x in lines]
        text = "".join(lines)
        if self.random.random() < 0.3:  # a burst
            for end in range(3):
                self.editor.type(path, f"{text}# {end}\n")
        self.editor.type(path, text)
        return f"edit {path.name}"

    def save(self) -> str:
        path = self.random.choice(sorted(self.editor.texts))
        path.parent.mkdir(parents=True, exist_ok=True)
        self.editor.save(path)
        return f"save {path.name}"

    def close(self) -> str:
        path = self.random.choice(sorted(self.editor.texts))
        self.editor.close(path)
        return f"close {path.name}"

    def create(self) -> str:
        like = self.random.choice(self.files())
        path = like.with_name(f"fresh_{self.number}.py")
        shutil.copy(like, path)
        self.editor.happened(path)
        return f"create {path.name}"

    def delete(self) -> str:
        path = self.random.choice(self.files())
        path.unlink()
        self.editor.happened(path)
        return f"delete {path.name}"

    def rename(self) -> str:
        path = self.random.choice(self.files())
        other = path.with_name(f"renamed_{self.number}.py")
        path.rename(other)
        if path in self.editor.texts:
            self.editor.close(path)
            self.editor.open(other)
        self.editor.happened(path, other)
        return f"rename {path.name}"

    def change(self) -> str:
        path = self.random.choice(self.files())
        path.write_text(path.read_text() + self.random.choice(LINES) + "\n")
        self.editor.happened(path)
        return f"change {path.name} on disk"

    def configure(self) -> str:
        path = self.root / "pyproject.toml"
        path.write_text(self.random.choice(CONFIGURATIONS))
        self.editor.happened(path)
        return "configure"


def fresh(root: Path, texts: dict[Path, str], mirror: Path) -> Report:
    """Judge a copy of *root* on disk, in which *texts* are written down, as a first run would."""
    shutil.rmtree(mirror, ignore_errors=True)
    shutil.copytree(root, mirror)
    for path, text in texts.items():
        place = mirror / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
    return run([mirror], Overrides())


Row = tuple[str, lsp.Range, str, str]
"""File, place, code and words."""


def compared(editor: Editor, root: Path, mirror: Path) -> tuple[list[Row], list[Row]]:
    """Return what the editor shows and what it should show."""
    report = fresh(root, editor.texts, mirror)

    def row(path: str, place: lsp.Range, code: str, words: str) -> Row:
        return os.path.relpath(path, mirror), place, code, words.replace(str(mirror), str(root))

    expected = [
        row(x.path, Page(report.sources[x.path]).range(x.span), x.code, x.message)
        for x in report.findings
    ]
    shown = [
        (str(path.relative_to(root)), one.range, str(one.code), one.message)
        for path, found in editor.shown.items()
        for one in found
    ]
    problems = {(os.path.relpath(x.path, mirror), x.message) for x in report.problems}
    told = {(path, words.replace(str(root), str(mirror))) for path, _, _, words in shown}
    assert problems <= told
    shown = [x for x in shown if (x[0], x[3].replace(str(root), str(mirror))) not in problems]
    return sorted(shown, key=repr), sorted(expected, key=repr)


@pytest.mark.asyncio
async def test_shows_what_a_fresh_run_says(tmp_path: Path) -> None:
    root, mirror = tmp_path / "legacy", tmp_path / "mirror" / "legacy"
    shutil.copytree(SERVICE, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    (root / ".git").mkdir()
    done: list[str] = []
    async with editing(root) as editor:
        script = Script(editor, root, SEED)
        await editor.settled()
        for _ in range(EDITS):
            shown, expected = compared(editor, root, mirror)
            assert shown == expected, done[-5:]
            done.append(script.act())
            await editor.settled()


def test_open_files_come_first_and_are_told_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "legacy"
    shutil.copytree(LEGACY, root, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    monkeypatch.setattr(session, "_LARGE", 1)
    documents = Documents()
    judged = session.Session(documents, Overrides())
    judged.name([str(root)])

    def settle() -> list[session.Stand]:
        return deeply(lambda: list(judged.settle(lambda phase, share: None)))

    settle()
    file = root / "app" / "api" / "v1" / "products.py"
    path = documents.put(uri(file), f"{file.read_text()}\nprint('here')\n", 1)
    assert path is not None
    judged.touch(path)
    first, last = settle()
    assert first.files == {path}
    assert not first.complete
    assert last.complete
    assert len(last.files) > 20
    told = [x for x in last.report.findings if x.path == path]
    assert told == [x for x in first.report.findings if x.path == path]
    assert any(x.code == "GRV902" for x in told)
