"""Writing a file in one step: whatever happens, it is either the old one or the new one.

The new content goes into a temporary file beside the old one, which it then replaces. An
interrupt waits until that is done. What only a killed process can leave behind is not locked any
more, and `sweep` takes it away.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be removed anyway
    fcntl = None  # type: ignore[assignment]

_PREFIX, _SUFFIX = ".gravity-lint-", ".tmp"
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


def replace(file: Path, data: bytes) -> None:
    """Make *data* the content of *file*; a symbolic link keeps leading to the file.

    Mode, owner and extended attributes stay. Raises OSError, with the file as
    it was, where that cannot be done, where the file is marked read-only, or
    where it has other names, which would keep the old content.
    """
    target = file.resolve()
    old = target.stat() if target.exists() else None
    if old is not None and not (old.st_mode & 0o222 and os.access(target, os.W_OK)):
        raise PermissionError(13, "the file is read-only")
    if old is not None and old.st_nlink > 1:
        raise OSError(31, "the file has other names (hard links), which would keep the old text")
    with _undisturbed():
        try:
            _put(target, data, old)
        except FileNotFoundError:  # swept away before it was locked
            _put(target, data, old)


def sweep(directories: Iterable[Path]) -> None:
    """Take away what processes that were killed while writing have left in *directories*."""
    for directory in directories:
        with contextlib.suppress(OSError):
            for entry in os.scandir(directory):
                if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                    with contextlib.suppress(OSError):
                        _remove_abandoned(entry.path)


def _put(target: Path, data: bytes, old: os.stat_result | None) -> None:
    temporary = target.parent / f"{_PREFIX}{os.urandom(8).hex()}{_SUFFIX}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o600)
    try:
        with open(handle, "wb") as stream:
            _lock(handle)
            stream.write(data)
            stream.flush()
            os.fsync(handle)
            if old is not None:
                _take_over(old, target, temporary)
            temporary.chmod(_mode(old))
            if fcntl is not None:
                os.replace(temporary, target)  # while it is locked still
        if fcntl is None:
            os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _take_over(old: os.stat_result, target: Path, temporary: Path) -> None:
    """Give *temporary* the owner and the extended attributes of *target*, as far as may be."""
    if (old.st_uid, old.st_gid) != (os.getuid(), os.getgid()):
        with contextlib.suppress(OSError):
            os.chown(temporary, old.st_uid, old.st_gid)
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for name in os.listxattr(target):
                with contextlib.suppress(OSError):
                    os.setxattr(temporary, name, os.getxattr(target, name))


def _mode(old: os.stat_result | None) -> int:
    if old is not None:
        return old.st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _lock(handle: int) -> None:
    """Say that somebody is still at work on an open file; raises OSError where that is taken."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _remove_abandoned(path: str) -> None:
    if fcntl is None:
        os.unlink(path)
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        _lock(handle)
        os.unlink(path)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals that end the program wait until what is inside is done.

    Only the main thread hears signals; others are not interrupted by them.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    before = {}
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, lambda number, frame: heard.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if heard:
            signal.raise_signal(heard[0])
