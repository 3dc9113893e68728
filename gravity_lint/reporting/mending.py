"""What fixes have changed, what they would change, and which were refused."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TextIO

from gravity_lint.findings.finding import Finding
from gravity_lint.reporting.canvas import canvas_on
from gravity_lint.reporting.text import counted, exact_path, shown_path, visible
from gravity_lint.running.outcome import Mended, Mending
from gravity_lint.sources.source import encoded

_ESCAPES = {
    **{ord(char): f"\\{char}" for char in '"\\'},
    **dict(zip(b"\a\b\t\n\v\f\r", (f"\\{letter}" for letter in "abtnvfr"), strict=True)),
}
_DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def render(mending: Mending, stream: TextIO) -> None:
    """Write a line per mended file, and one per refused fix."""
    for mended in mending.mended:
        counts = Counter(finding.code for finding in mended.findings)
        codes = ", ".join(
            code if count == 1 else f"{code} ({count} times)"
            for code, count in sorted(counts.items())
        )
        stream.write(f"mended {visible(shown_path(mended.path))}: {codes}\n")
    refuse(mending, stream)
    if mending.mended:
        number = sum(len(mended.findings) for mended in mending.mended)
        stream.write(
            f"Mended {counted(number, 'finding')} in {counted(len(mending.mended), 'file')}"
            f"{_refused(mending)}.\n"
        )


def refuse(mending: Mending, stream: TextIO) -> None:
    """Write a line per rule and reason for which fixes were not applied, at the first place."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for refusal in mending.refused:
        groups.setdefault((refusal.finding.code, refusal.reason), []).append(refusal.finding)
    for (_, reason), findings in groups.items():
        first = findings[0]
        place = f"{visible(shown_path(first.path))}:{first.span.line}:{first.span.column}"
        more = f" (and {counted(len(findings) - 1, 'more place')})" if findings[1:] else ""
        stream.write(f"not mended {place}{more}: {first.code} {first.name}: {visible(reason)}\n")


def diff(mending: Mending, stream: TextIO, *, plain: bool = False) -> None:
    """Write what the fixes would change as a unified diff.

    Where nobody looks it is exact, byte by byte, for `git apply` and `patch -p1`
    in the working directory; a terminal gets colours, and control characters
    spelled out. GitHub is told not to look for commands in it.
    """
    terminal = not plain and stream.isatty()
    with nullcontext() if plain or not mending.mended else _unheard(stream):
        _diff(mending, stream, terminal=terminal)


@contextmanager
def _unheard(stream: TextIO) -> Iterator[None]:
    """Keep GitHub, if it reads the log, from obeying what is in it."""
    token = os.urandom(16).hex()
    heard = os.environ.get("GITHUB_ACTIONS") == "true"
    if heard:
        stream.write(f"::stop-commands::{token}\n")
    yield
    if heard:
        stream.write(f"::{token}::\n")


def _diff(mending: Mending, stream: TextIO, *, terminal: bool) -> None:
    for mended in mending.mended:
        if terminal:
            _draw(mended, stream)
        else:
            stream.flush()
            stream.buffer.writelines(_difference(mended))


def _draw(mended: Mended, stream: TextIO) -> None:
    canvas = canvas_on(stream)
    for line in (line.decode("utf-8", "replace") for line in _difference(mended)):
        shown = visible(line.rstrip("\r\n").replace("\t", "    "))
        canvas.line((shown, _DIFF_COLOURS.get(line[0], "")))
    canvas.flush()


def _difference(mended: Mended) -> Iterator[bytes]:
    import difflib  # slow to import, and only needed here

    path = exact_path(mended.path)
    lines = difflib.unified_diff(
        _lines(encoded(mended.before, mended.head)),
        _lines(encoded(mended.after, mended.head)),
        fromfile=_named(f"a/{path}"),
        tofile=_named(f"b/{path}"),
    )
    for line in lines:
        text = line.encode("utf-8", "surrogateescape")
        if text.endswith(b"\n"):
            yield text
        else:
            yield text + b"\n"
            yield b"\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    """Return the lines of *data*, which need not be text in UTF-8, as `difflib` compares them."""
    # Not `splitlines`, which splits at form feeds and at characters inside strings.
    parts = data.decode("utf-8", "surrogateescape").split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _named(path: str) -> str:
    """Return *path* as git writes it in a patch: in quotes where characters demand it."""
    if any(character in '"\\' or not character.isprintable() for character in path):
        data = path.encode("utf-8", "surrogateescape")
        escaped = (_ESCAPES.get(x) or (chr(x) if 32 <= x < 127 else f"\\{x:03o}") for x in data)
        return f'"{"".join(escaped)}"'
    return f"{path}\t" if " " in path else path


def _refused(mending: Mending) -> str:
    number = len(mending.refused)
    return f"; {number} {'fix' if number == 1 else 'fixes'} refused" if number else ""
