"""Writing a file in one step: whatever happens, it is either the old one or the new one."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def replace(file: Path, data: bytes) -> None:
    """Make *data* the content of *file*; a symbolic link keeps leading to the file.

    Mode and owner stay. Raises OSError, with the file as it was, where that
    cannot be done or where the file is marked read-only.
    """
    import tempfile  # slow to import, and only needed here

    target = file.resolve()
    old = target.stat() if target.exists() else None
    if old is not None and not (old.st_mode & 0o222 and os.access(target, os.W_OK)):
        raise PermissionError(13, "the file is read-only")
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if old is not None and (old.st_uid, old.st_gid) != (os.getuid(), os.getgid()):
            with contextlib.suppress(OSError):
                os.chown(temporary, old.st_uid, old.st_gid)
        temporary.chmod(_mode(old))
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _mode(old: os.stat_result | None) -> int:
    if old is not None:
        return old.st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
