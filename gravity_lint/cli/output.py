"""Where a report goes: standard output, or a file that is complete or untouched."""

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TextIO, cast

from gravity_lint.errors import UsageError


@contextlib.contextmanager
def opened(file: Path | None, *, adding: bool = False) -> Iterator[TextIO]:
    """Give the stream to write a report to; *adding*: behind what is in the *file* already.

    For a *file*, that is memory, which is written to the file in one step at
    the end; an exception inside leaves the file as it was. That the reader of
    standard output goes away, as ``head`` does, is no error. Raises UsageError
    where the output cannot be written.
    """
    if file is None:
        with _standard_output() as stream:
            yield stream
        return
    data = io.BytesIO()
    page = io.TextIOWrapper(data, "utf-8", "backslashreplace", newline="")
    yield page
    page.flush()
    try:
        before = file.read_bytes() if adding and file.is_file() else b""
        _write(file, before + data.getvalue())
    except OSError as error:
        raise UsageError(_unwritable(file, error.strerror or str(error))) from error


@contextlib.contextmanager
def _standard_output() -> Iterator[TextIO]:
    if sys.stdout is None:
        raise UsageError("cannot write the report: standard output is closed")
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_standard_output()
    except OSError as error:
        _abandon_standard_output()
        reason = error.strerror or error
        raise UsageError(f"cannot write the report to standard output: {reason}") from error


OUTPUT: Final = "output"
ERROR: Final = "error"


class Overheard:
    """What was written to standard output and error.

    *words* are written to `OUTPUT` or `ERROR`, in that order; *whole*: nothing was in the way.
    """

    def __init__(self) -> None:
        self.words: list[tuple[str, str]] = []
        self.whole = True


@contextlib.contextmanager
def overheard() -> Iterator[Overheard]:
    """Give what takes up whatever is written to standard output and error meanwhile."""
    heard = Overheard()
    before = sys.stdout, sys.stderr
    sys.stdout = cast("TextIO", _Ear(sys.stdout, OUTPUT, heard))
    sys.stderr = cast("TextIO", _Ear(sys.stderr, ERROR, heard))
    try:
        yield heard
    finally:
        sys.stdout, sys.stderr = before


class _Ear:
    """A stream, of which it is noted what is written to it."""

    def __init__(self, stream: TextIO, name: str, heard: Overheard) -> None:
        self._stream = stream
        self._name = name
        self._heard = heard

    def write(self, text: str) -> int:
        self._heard.words.append((self._name, text))
        with self._trying():
            return self._stream.write(text)

    def writelines(self, lines: Iterable[str]) -> None:
        self.write("".join(lines))

    def flush(self) -> None:
        with self._trying():
            self._stream.flush()

    @contextlib.contextmanager
    def _trying(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._heard.whole = False
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _abandon_standard_output() -> None:
    """Send what is still in the buffer nowhere, or the interpreter complains when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def ensure_writable(file: Path, option: str = "--output-file") -> None:
    """Raise UsageError if it is plain from the start that *file* cannot be written."""
    if file.is_dir():
        raise UsageError(_unwritable(file, "it is a directory", option))
    directory = file.resolve().parent
    if not directory.is_dir():
        raise UsageError(_unwritable(file, f"there is no directory {directory}", option))
    if not os.access(file if _special(file) else directory, os.W_OK):
        raise UsageError(_unwritable(file, "permission denied", option))


def _write(file: Path, data: bytes) -> None:
    if _special(file):
        with file.open("wb") as device:
            device.write(data)
        return
    from gravity_lint.sources.writing import replace  # most runs write no file

    replace(file, data)


def _special(file: Path) -> bool:
    """Tell whether *file* is a pipe or a device, which must not be replaced."""
    return file.exists() and not file.is_file()


def _unwritable(file: Path, reason: str, option: str = "the report") -> str:
    return f"{option}: cannot write {file}: {reason}; the report was not saved"
