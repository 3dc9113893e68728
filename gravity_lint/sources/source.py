r"""One file as it lies on disk: its text, its lines, and its tree or the reason why there is none.

Text is kept as it was decoded, line endings included, without a byte order
mark. A line ends where Python's own tokenizer ends it: at ``\n``, ``\r\n`` or
a lone ``\r``, and nowhere else (a form feed or ``U+2028`` ends none), so
`Source.lines` and the line numbers of the tree agree.
"""

import ast
import codecs
import gc
import re
import warnings
from pathlib import Path
from typing import NamedTuple

from gravity_lint.errors import UsageError
from gravity_lint.sources.depth import shallow

_LINE_END = re.compile(r"\r\n|\r|\n")
_FIRST_TWO_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?[^\r\n]*")
_FOREIGN_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class SourceError(NamedTuple):
    """Why a file has no tree: line and column (characters), from 1, of the first error."""

    line: int
    column: int
    message: str


class Source:
    """A file's text and what parsing it gave.

    *path* is absolute. Exactly one of *tree* and *error* is None.
    """

    __slots__ = ("error", "lines", "path", "text", "tree")

    def __init__(
        self, path: Path, text: str, tree: ast.Module | None, error: SourceError | None
    ) -> None:
        self.path = path
        self.text = text
        self.lines = split_lines(text)
        self.tree = tree
        self.error = error

    def __repr__(self) -> str:
        return f"<Source {self.path}>"


def read(path: Path) -> Source:
    """Return the source at *path*.

    Raises `UsageError` if the file cannot be read. Whatever it contains, being
    read is enough: what does not decode or parse becomes `Source.error`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error
    return from_bytes(path, data)


def from_bytes(path: Path, data: bytes) -> Source:
    """Return the source whose file holds *data*, decoded as Python decodes a module (PEP 263)."""
    text, error = _decode(data)
    if error is not None:
        return Source(path, text, None, error)
    return from_text(path, text)


def from_text(path: Path, text: str) -> Source:
    """Return the source whose file holds *text*."""
    text = text.removeprefix("\ufeff")
    tree, error = _parse(text)
    return Source(path, text, tree, error)


def encoded(text: str, like: bytes) -> bytes:
    """Return the bytes of a file that holds *text*, encoded as the file with the bytes *like* is.

    Raises `UnicodeEncodeError` if that encoding has no place for a character.
    """
    marked = like.startswith(codecs.BOM_UTF8)
    head = _FIRST_TWO_LINES.match(like)
    encoding = "utf-8"
    if not marked and head is not None and b"coding" in head.group():
        encoding = _declared_encoding(head.group(), marked)
    return codecs.BOM_UTF8 * marked + text.encode(encoding)


def head(data: bytes) -> bytes:
    """Return the beginning of *data* that says how the file is encoded, for `encoded`."""
    found = _FIRST_TWO_LINES.match(data)
    return b"" if found is None else found.group()


def decoded(data: bytes) -> str:
    """Return the text of the file with the bytes *data*, as `from_bytes` reads it."""
    return _decode(data)[0].removeprefix("\ufeff")


def split_lines(text: str) -> list[str]:
    """Return the lines of *text* without their ends, cut where Python's tokenizer cuts them."""
    lines = _LINE_END.split(text) if "\r" in text else text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def character_column(line_text: str, byte_offset: int) -> int:
    """Return the column (characters, from 1) of what `ast` places at *byte_offset* (from 0).

    `ast` counts the UTF-8 bytes of a line. This is the only place where bytes
    become characters.
    """
    if line_text.isascii():
        return byte_offset + 1
    encoded = line_text.encode("utf-8", "surrogatepass")
    return len(encoded[:byte_offset].decode("utf-8", "replace")) + 1


def _parse(text: str) -> tuple[ast.Module | None, SourceError | None]:
    """Parse *text*; whatever goes wrong becomes the error, and nothing is printed.

    The garbage collector rests meanwhile: a tree is all live objects, and
    walking them again and again doubles the time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _tree_of(text), None
    except SyntaxError as error:
        return None, _syntax_error(text, error)
    except (RecursionError, MemoryError):
        return None, SourceError(1, 1, "the code is nested too deeply to be parsed")
    except ValueError as error:  # a NUL before Python 3.12, a lone surrogate
        return None, _unparsable_character(text, error)
    finally:
        if collecting:
            gc.enable()


def _tree_of(text: str) -> ast.Module:
    with warnings.catch_warnings(), shallow():
        warnings.simplefilter("ignore")
        return ast.parse(text, "<source>")


def _syntax_error(text: str, error: SyntaxError) -> SourceError:
    """Return the place and words of *error*, whose own place may be missing or out of bounds."""
    if "\0" in text and "null byte" in error.msg:
        return _unparsable_character(text, error)
    lines = split_lines(text) or [""]
    line = min(max(error.lineno or 1, 1), len(lines))
    column = min(max(error.offset or 1, 1), len(lines[line - 1]) + 1)
    from gravity_lint.sources.newer import newer  # rarely needed

    return SourceError(line, column, f"{error.msg}{newer(text, error, _tree_of)}")


def _unparsable_character(text: str, error: Exception) -> SourceError:
    """Return the place of the first character that no Python source may hold."""
    found = re.search("[\0\ud800-\udfff]", text)
    if found is None:
        return SourceError(1, 1, str(error))
    line, column = _place(text[: found.start()])
    what = "a NUL character" if found.group() == "\0" else "a lone surrogate"
    return SourceError(line, column, f"{what} cannot stand in Python source")


def _place(before: str) -> tuple[int, int]:
    """Return line and column (from 1) of what follows *before*."""
    lines = _LINE_END.split(before)
    return len(lines), len(lines[-1]) + 1


def _decode(data: bytes) -> tuple[str, SourceError | None]:
    """Return the text of *data*; with an error, the text is only a legible rendering of it."""
    for mark, encoding in _FOREIGN_MARKS:
        if data.startswith(mark):
            message = f"the file is encoded as {encoding.upper()}, which Python does not read"
            return data.decode(encoding, "replace"), SourceError(1, 1, message)
    marked = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    encoding = "utf-8"
    head = _FIRST_TWO_LINES.match(data)
    if head is not None and b"coding" in head.group():
        try:
            encoding = _declared_encoding(head.group(), marked)
        except SyntaxError as error:
            return data.decode("utf-8", "replace"), SourceError(1, 1, error.msg)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return data.decode(encoding), None
    except UnicodeDecodeError as error:
        rendering = "utf-8" if encoding == "utf-8" else "latin-1"
        line, column = _place(data[: error.start].decode(rendering, "replace"))
        message = f"byte 0x{data[error.start : error.start + 1].hex()} is not valid {encoding}"
        return data.decode(rendering, "replace"), SourceError(line, column, message)
    except (LookupError, ValueError) as error:  # a codec that is no text encoding, or that fails
        return data.decode("latin-1"), SourceError(1, 1, f"encoding {encoding}: {error}")


def _declared_encoding(head: bytes, marked: bool) -> str:
    """Return the encoding that the first two lines of a file declare.

    Raises `SyntaxError` for an unknown encoding, or for another than UTF-8
    behind UTF-8's byte order mark.
    """
    import tokenize  # rarely needed, and not free

    lines = iter((codecs.BOM_UTF8 * marked + head).splitlines(keepends=True))
    encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
    return "utf-8" if encoding == "utf-8-sig" else encoding
