"""What fixes have changed, what they would change, and which were refused."""

from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from gravity_lint.reporting.text import counted, shown_path, visible
from gravity_lint.running.outcome import Mended, Mending

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
    """Write a line per fix that was not applied, with the reason."""
    for refusal in mending.refused:
        finding = refusal.finding
        place = f"{visible(shown_path(finding.path))}:{finding.span.line}:{finding.span.column}"
        stream.write(
            f"not mended {place}: {finding.code} {finding.name}: {visible(refusal.reason)}\n"
        )


def diff(mending: Mending, stream: TextIO, *, plain: bool = False) -> None:
    """Write what the fixes would change as a unified diff.

    Where nobody looks it is exact, for `patch -p0`; a terminal gets colours, and
    control characters spelled out.
    """
    terminal = not plain and stream.isatty()
    for mended in mending.mended:
        if terminal:
            _draw(mended, stream)
        else:
            stream.writelines(_difference(mended))


def _draw(mended: Mended, stream: TextIO) -> None:
    from rich.text import Text

    from gravity_lint.reporting.console import Canvas

    Canvas(stream).draw(
        *(
            Text(visible(line.rstrip("\r\n").replace("\t", "    ")), _DIFF_COLOURS.get(line[0], ""))
            for line in _difference(mended)
        )
    )


def _difference(mended: Mended) -> Iterator[str]:
    import difflib  # slow to import, and only needed here

    path = shown_path(mended.path)
    lines = difflib.unified_diff(
        _lines(mended.before), _lines(mended.after), fromfile=path, tofile=path
    )
    for line in lines:
        if line.endswith("\n"):
            yield line
        else:
            yield f"{line}\n"
            yield "\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    # Not `splitlines`, which splits at form feeds and at characters inside strings.
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _refused(mending: Mending) -> str:
    number = len(mending.refused)
    return f"; {number} {'fix' if number == 1 else 'fixes'} refused" if number else ""
