"""A progress bar for runs that take long enough to wonder about."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Ticker:
    """Call it with a phase and the share of the run that is done, 0 to 1.

    A bar appears on a terminal after *delay* seconds. It stands on standard
    error, never in a report, and goes away at the end.
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

    def __call__(self, phase: str, share: float) -> None:
        """Show that the run is in *phase*, and what *share* of it is done."""
        if self._silent:
            return
        if self._bar is None:
            if share >= 1 or time.monotonic() - self._began < self._delay:
                return
            if not self._stream.isatty():
                self._silent = True
                return
            self._begin(phase)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=share, description=phase)

    def _begin(self, phase: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            console=Console(file=self._stream),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._bar.add_task(phase, total=1.0)
        self._bar.start()
