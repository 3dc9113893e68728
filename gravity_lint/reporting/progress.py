"""A progress bar for runs that take long enough to wonder about."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Ticker:
    """Call it with files done and files in all; a bar appears on a terminal after *delay* seconds.

    It stands on standard error, never in a report, and goes away at the end.
    """

    def __init__(
        self, stream: TextIO | None = None, *, delay: float = 1.0, silent: bool = False
    ) -> None:
        self._silent = silent
        self._stream = stream if stream is not None else sys.stderr
        self._delay = delay
        self._began = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> "Ticker":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show that *done* of *total* files are judged."""
        if self._bar is None:
            if done >= total or time.monotonic() - self._began < self._delay:
                return
            if self._silent or not self._stream.isatty():
                return
            self._begin(total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)

    def _begin(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._bar = Progress(
            TextColumn("judging"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            console=Console(file=self._stream),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task("files", total=total)
        self._bar.start()
