"""How long a rule may take over one service: the last resort against code that nobody has foreseen.

A thread looks at the clock, and where a rule has had its time, raises an error in the thread that
asks it. What was being worked out then is lost; so the service forgets all its answers, and the
next rule begins anew. After a few such rules the others are not asked any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Final

PATIENCE: Final = 3
"""How many rules may run out of time over one service before the others are not asked."""


class OutOfTimeError(BaseException):
    """A rule has had its time. It is no `Exception`, as it is nothing that code may handle."""


_LOOKS = 8
"""How often a rule is looked at in its time; what it did before the first look is not counted."""


_CHECKS = 100
"""Turns of a loop, at each of which Python raises what was asked for."""


class Clock:
    """Gives each rule *limit* seconds of the processor's time, and an eighth at most on top.

    Nothing is asked of the system where a rule begins and ends: that happens thousands of times,
    and takes longer than most rules do.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._asking = threading.get_ident()
        self._lock = threading.Lock()
        self._turn = 0
        """The number of the rule that is being asked, from 1."""
        self._asks = False
        self._raised = False
        self._done = threading.Event()
        self._turns = _Turns(self)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look at the time as long as this lasts."""
        watcher = threading.Thread(target=self._watch, name="gravity-lint clock", daemon=True)
        try:
            watcher.start()
        except RuntimeError:  # there is no room for another thread
            yield
            return
        try:
            yield
        finally:
            self._done.set()
            watcher.join()

    def timing(self) -> AbstractContextManager[None]:
        """Give what is done inside its time; raises OutOfTimeError in the middle of it."""
        return self._turns

    def begin(self) -> None:
        """Begin the next turn."""
        self._turn += 1
        self._asks = True

    def end(self) -> None:
        """End the turn, and take no notice of an error that comes too late.

        It is not called back: interpreters of Python 3.11 that are asked to (by a call with NULL)
        look for it again and again, and where a profiler is at work never get any further.
        """
        try:
            with self._lock:
                self._asks = False
                raised, self._raised = self._raised, False
            if raised:
                for _ in range(_CHECKS):
                    pass  # what is still to come comes here
        except OutOfTimeError:
            with self._lock:
                self._asks = self._raised = False

    def _watch(self) -> None:
        turn, began, pause = 0, 0.0, self.limit / _LOOKS
        while not self._done.wait(max(pause, 0.01)):
            pause = self.limit / _LOOKS
            with self._lock:
                if not self._asks or self._raised:
                    continue
                if turn != self._turn:
                    turn, began = self._turn, _spent(self._asking)
                    continue
                left = self.limit - (_spent(self._asking) - began)
                pause = min(pause, left)
                if left <= 0:
                    self._raised = True
                    _raise_in(self._asking, OutOfTimeError)


class _Turns(AbstractContextManager[None]):
    """The turns of a clock, one after the other: written out, as there are so many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __enter__(self) -> None:
        self._clock.begin()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clock.end()


def _spent(thread: int) -> float:
    """Return the seconds that the processor has worked for *thread*; else those on the clock."""
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(thread))
    except (AttributeError, OSError):
        return time.monotonic()


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise *error* in *thread* as soon as it runs Python again."""
    import ctypes  # rarely needed

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))
