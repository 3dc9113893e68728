"""The one thread in which services are loaded and judged.

Judging waits until nobody has typed for a moment. Between two rules the thread looks up: it gives
up what is overtaken by a newer text, and answers what was asked meanwhile.
"""

from __future__ import annotations

import gc
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from gravity_lint.sources.depth import deeply

T = TypeVar("T")

_REST = 20.0
"""Seconds without anything to do after which the garbage collector may run: what lives here is
large, and walking it while somebody types takes as long as judging."""


class OvertakenError(Exception):
    """A newer text has come: what was being worked out is of no use any more."""


class Desk:
    """Does *work* whenever something has changed, and answers questions in between."""

    def __init__(self, work: Callable[[], None], pause: float) -> None:
        """*pause*: seconds without a change before work begins."""
        self._work = work
        self._pause = pause
        self._condition = threading.Condition()
        self._questions: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._settled: list[Future[None]] = []
        self._due: float | None = None
        self._rested = True
        self._changes = 0
        self._begun = 0
        """How many changes there had been when what is going on began."""
        self._closed = False
        # A thread of its own waits for the deep one, and neither keeps the program alive.
        self._thread = threading.Thread(
            target=lambda: deeply(self._run), name="gravity-lint desk", daemon=True
        )

    def open(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Do nothing more."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def changed(self, *, at_once: bool = False) -> None:
        """Work again, and give up what is going on: something is going to change.

        Called before it does, so that no answer is given of it that the work does not hear of.
        """
        with self._condition:
            self._changes += 1
            self._due = time.monotonic() + (0.0 if at_once else self._pause)
            self._condition.notify_all()

    def ask(self, question: Callable[[], T]) -> Future[T]:
        """Have *question* answered in the thread, before anything else."""
        future: Future[T] = Future()
        with self._condition:
            self._questions.append((question, future))
            self._condition.notify_all()
        return future

    def settled(self) -> Future[None]:
        """Return what is done as soon as all work is."""
        future: Future[None] = Future()
        with self._condition:
            self._settled.append(future)
            self._condition.notify_all()
        return future

    def look_up(self, phase: str = "", share: float = 0.0) -> None:
        """Answer what was asked; raises OvertakenError where a newer text has come.

        Called from within the work, between two rules (as `Progress` is). An answer may have been
        given of the newer text already: what is being worked on is not to be trusted then.
        """
        if self._questions and not self._is_overtaken():
            self._answer()
        if self._is_overtaken():
            raise OvertakenError

    def _is_overtaken(self) -> bool:
        return self._closed or self._changes != self._begun

    def _run(self) -> None:
        while self._wait():
            self._begun = self._changes
            self._answer()
            if self._is_due():
                with self._condition:
                    self._due, self._begun, self._rested = None, self._changes, False
                try:
                    self._work()
                except OvertakenError:
                    self._resume()
            self._tell_settled()

    def _tell_settled(self) -> None:
        with self._condition:
            if self._due is None and not self._questions:
                for future in self._settled:
                    if future.set_running_or_notify_cancel():
                        future.set_result(None)
                self._settled.clear()

    def _resume(self) -> None:
        """Take up again what was given up, if nothing newer is due."""
        with self._condition:
            if self._due is None:
                self._due = time.monotonic()

    def _wait(self) -> bool:
        """Wait for something to do; tell whether there is."""
        with self._condition:
            while not (self._closed or self._questions or self._is_due() or self._is_awaited()):
                if self._due is not None:
                    self._condition.wait(max(self._due - time.monotonic(), 0.0))
                elif not self._condition.wait(None if self._rested else _REST):
                    self._rested = True
                    gc.collect()
        return not self._closed

    def _is_due(self) -> bool:
        return self._due is not None and self._due <= time.monotonic()

    def _is_awaited(self) -> bool:
        return self._due is None and bool(self._settled)

    def _answer(self) -> None:
        while self._questions and self._changes == self._begun:
            question, future = self._questions.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(question())
            except BaseException as error:
                future.set_exception(error)
