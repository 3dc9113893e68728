"""Rule cases, in the grammar of `gravity_lint.testing.cases`, and ways to break the example.

A block ```` ```break app/services/order_service.py ```` is a way to break the
conforming example service: lines that begin with ``-`` stand in that file (with
those that begin with a space, once and in this order), lines that begin with
``+`` take their place. The rule must then report, and must not have done so
before.
"""

from __future__ import annotations

from dataclasses import dataclass

from gravity_lint.running.specimens import ROOT
from gravity_lint.running.specimens import laid_out as service_of
from gravity_lint.testing.cases import (
    FENCE,
    Case,
    expected,
    found,
    lint,
    parse,
    settings_of,
    unmarked,
    withheld,
)

__all__ = [
    "ROOT",
    "Breakage",
    "Case",
    "breakages",
    "expected",
    "found",
    "lint",
    "parse",
    "service_of",
    "settings_of",
    "unmarked",
    "withheld",
]


@dataclass
class Breakage:
    """A way to break a file of the conforming example: *before* becomes *after*."""

    path: str
    before: str
    after: str

    def apply(self, text: str) -> str:
        """Return the file with the change; *before* must stand in it just once."""
        assert text.count(self.before) == 1, f"{text.count(self.before)} places for:\n{self.before}"
        return text.replace(self.before, self.after)


def breakages(text: str) -> list[Breakage]:
    """Return the ways to break the example that a Markdown text holds."""
    found: list[Breakage] = []
    block: list[str] | None = None
    path = ""
    for line in text.splitlines():
        fence = FENCE.match(line)
        if block is None:
            words = fence["info"].split() if fence else []
            if words[:1] == ["break"]:
                block, path = [], words[1]
            elif fence:
                block, path = [], ""
        elif fence and not fence["info"]:
            if path:
                before = "".join(f"{x[1:]}\n" for x in block if not x.startswith("+"))
                after = "".join(f"{x[1:]}\n" for x in block if not x.startswith("-"))
                found.append(Breakage(path, before, after))
            block = None
        else:
            block.append(line)
    return found
