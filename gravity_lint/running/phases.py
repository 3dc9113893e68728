"""How far a run is, in two phases: its files are read, then the rules are asked about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[str, float], None]
"""Called with the phase ("reading" or "judging") and the share of the run that is done, 0 to 1."""

READING = "reading"
JUDGING = "judging"


class Phases:
    """Counts each file twice, once when it is read and once when all rules were asked about it."""

    def __init__(self, files: int, tell: Progress | None) -> None:
        self._steps = 2 * max(files, 1)
        self._tell = tell
        self._done = 0.0

    def read(self) -> None:
        """One file has been read."""
        self._advance(READING, 1)

    def judged(self, files: int, rules: int) -> None:
        """One of *rules* has been asked about a service of so many *files*."""
        self._advance(JUDGING, files / max(rules, 1))

    def recalled(self, files: int) -> None:
        """So many *files* need neither be read nor judged: what was found in them is known."""
        self._advance(JUDGING, 2 * files)

    def _advance(self, phase: str, steps: float) -> None:
        self._done += steps
        if self._tell is not None:
            self._tell(phase, min(self._done / self._steps, 1.0))
