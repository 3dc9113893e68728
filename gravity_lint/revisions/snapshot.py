"""The files of a revision laid out for a while, so that they are read as any others are.

Only what bears on a judgement is laid out: Python, and what configures the
linter, pytest and packaging. No working tree is touched.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gravity_lint.git_index import entry
from gravity_lint.revisions.repository import Blob, Repository

_WANTED = re.compile(
    r".*\.(?:py|pyi|pyx|so|toml|cfg|ini|txt|in|ya?ml|sh|groovy)|[^.]+|\.gitignore",
    re.DOTALL,
)
"""Names of files that may bear on what is found: code, settings, scripts that start pytest."""
_LARGEST = 4 * 1024 * 1024
"""In bytes: what is larger is no code that anybody reads."""
_LINK = "120000"
_EXECUTABLE = "100755"


@contextmanager
def laid_out(
    repository: Repository,
    revision: str,
    *,
    wanted: Callable[[str], bool] = lambda path: True,
    parent: Path | None = None,
) -> Iterator[Path]:
    """Lay out the files of *revision* in a temporary directory, and give its top.

    The top is called as the repository's own, and counts as the top of a
    repository. *wanted* is asked for each path below it, with ``/``. *parent* is
    where the directory is made (default: where the system keeps such).
    """
    with tempfile.TemporaryDirectory(prefix="revision-", dir=parent) as directory:
        top = Path(directory) / (repository.top.name or "repository")
        top.mkdir()
        blobs = [
            blob
            for blob in repository.files(revision)
            if bears(blob.path)
            and blob.size <= _LARGEST
            and _is_below(blob.path)
            and wanted(blob.path)
        ]
        # All of it is tracked, whatever a ``.gitignore`` in it says.
        index = top / ".git/index"
        index.parent.mkdir()
        index.write_bytes(b"".join(entry(blob.path) for blob in blobs))
        contents = repository.contents([blob.object for blob in blobs])
        for blob, data in zip(blobs, contents, strict=True):
            _lay(top, blob, data)
        yield top


def bears(path: str) -> bool:
    """Tell whether a file of that name may bear on what is found in a service."""
    return _WANTED.fullmatch(PurePosixPath(path).name) is not None


def _is_below(path: str) -> bool:
    """Tell whether *path* stays below the top: trees that are made by hand may hold anything."""
    return not os.path.isabs(path) and not {"..", ".git"} & set(PurePosixPath(path).parts)


def _lay(top: Path, blob: Blob, data: bytes) -> None:
    place = top / blob.path
    if any(above.is_symlink() for above in place.parents if above.is_relative_to(top)):
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if blob.mode == _LINK:
        target = os.fsdecode(data)
        inside = os.path.normpath(os.path.join(os.path.dirname(blob.path), target))
        if not os.path.isabs(target) and not inside.startswith(".."):
            place.symlink_to(target)
        return
    place.write_bytes(data)
    if blob.mode == _EXECUTABLE:
        place.chmod(0o755)
