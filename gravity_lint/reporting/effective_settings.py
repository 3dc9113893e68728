"""The settings that hold, as a configuration file would spell them."""

from typing import TextIO

from gravity_lint.outcome import Effective
from gravity_lint.reporting.text import shown_path
from gravity_lint.reporting.toml import table


def render(effective: Effective, stream: TextIO) -> None:
    """Write where the settings come from, the settings, and the rules that run."""
    if effective.files:
        for file in effective.files:
            stream.write(f"# from {shown_path(file)}\n")
    else:
        stream.write("# no configuration file found; these are the defaults\n")
    stream.writelines(f"{line}\n" for line in table(effective.settings, "tool.gravity-lint"))
    stream.write(f"\n# {len(effective.selected)} rules run:\n")
    stream.writelines(f"#   {line}\n" for line in _wrapped(effective.selected))


def _wrapped(codes: tuple[str, ...]) -> list[str]:
    return [" ".join(codes[start : start + 10]) for start in range(0, len(codes), 10)]
