"""Room for deep code: chains of a thousand calls, names that follow from a thousand others.

The model follows code recursively, as code is written. Python allows itself a
thousand calls, and the stack of a main thread not many more; so the work is
done in a thread whose stack has room for all the calls that it may make.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

_CALLS = 100_000
_STACK = 512 * 1024 * 1024
"""Reserved, not used: what no call reaches costs nothing. The worst call takes about 3 kB."""

_FOR_PARSERS = 1_000
_NAME = "gravity-lint"


def deeply(work: Callable[[], T]) -> T:
    """Return what *work* returns, or raise what it raises, after running it with a deep stack.

    Where the system has no room for one, it runs with the stack that there is.
    """
    if threading.current_thread().name == _NAME:
        return work()
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)

    # A daemon, so that an interrupted program does not wait for it.
    thread = threading.Thread(target=run, name=_NAME, daemon=True)
    before = sys.getrecursionlimit()
    try:
        size = threading.stack_size(_STACK)
    except (ValueError, RuntimeError):
        return work()
    try:
        sys.setrecursionlimit(max(before, _CALLS))
        thread.start()
    except RuntimeError:
        sys.setrecursionlimit(before)
        return work()
    finally:
        threading.stack_size(size)
    try:
        thread.join()
    finally:
        if not thread.is_alive():
            sys.setrecursionlimit(before)
    for error in errors:
        raise error
    return results[0]


@contextmanager
def shallow() -> Iterator[None]:
    """Let Python's parser refuse what it would refuse anywhere, however deep the stack is.

    Its limit follows from that of calls, and code that it refuses no program imports.
    """
    before = sys.getrecursionlimit()
    if before <= _FOR_PARSERS:
        yield
        return
    try:
        sys.setrecursionlimit(_FOR_PARSERS)
    except RecursionError:  # already deeper than that
        yield
        return
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
