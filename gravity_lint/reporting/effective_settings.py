"""The settings that hold, as a configuration file would spell them, and where each comes from."""

from typing import TextIO

from gravity_lint.reporting.text import shown_path, visible
from gravity_lint.reporting.toml import entry
from gravity_lint.running.outcome import Effective

_A_LINE = 10


def render(effective: Effective, stream: TextIO) -> None:
    """Write every setting with its origin, and the codes of the rules that run.

    Defaults come first, so that what somebody has set stands at the end,
    where a terminal shows it.
    """
    configuration, selected = effective.configuration, effective.selected
    explained = [item for item in configuration.explained() if item[1] is not None]
    stream.write("# defaults\n")
    for key, value, origin in explained:
        if origin is None:
            stream.write(f"{entry(key, value)}\n")
    for file, _ in reversed(configuration.layers):
        stream.write(f"\n# from {visible(shown_path(str(file)))}\n")
        for key, value, origin in explained:
            if origin == file:
                stream.write(f"{entry(key, value)}\n")
    if not configuration.layers:
        stream.write("\n# no configuration file applies here\n")
    stream.write(f"\n# rules that run: {len(selected)}\n")
    for start in range(0, len(selected), _A_LINE):
        stream.write(f"#   {' '.join(selected[start : start + _A_LINE])}\n")
