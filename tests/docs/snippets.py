"""The fenced blocks of a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^(`{3,})([\w.+-]*)[^\n`]*\n(.*?)^\1$", re.MULTILINE | re.DOTALL)


class Snippet(NamedTuple):
    """A block: on which page, in which line it begins, in which language, and what it says."""

    page: str
    line: int
    language: str
    text: str


def snippets(page: str, *languages: str) -> list[Snippet]:
    """Return the blocks of ``docs/<page>.md`` in *languages*."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    return [
        Snippet(page, text.count("\n", 0, found.start()) + 1, found[2], found[3])
        for found in _FENCE.finditer(text)
        if found[2] in languages
    ]


def rows(*blocks: Snippet) -> list[Any]:
    """Return *blocks* as parameters of a test, called by their places."""
    return [pytest.param(block, id=f"{block.page}.md:{block.line}") for block in blocks]
