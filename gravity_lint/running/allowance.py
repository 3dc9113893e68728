"""Which rule packs whoever runs the linter allows, besides those of the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec

from gravity_lint.errors import UsageError

VARIABLE: Final = "GRAVITY_LINT_RULE_PACKS"
"""The environment variable that allows packs: their names, with commas."""
USER_FILE = "gravity-lint/gravity-lint.toml"
"""The user's own configuration, below ``$XDG_CONFIG_HOME`` (``~/.config``): its ``rule-packs``."""


def allowed_outside() -> frozenset[str]:
    """Return the packs that the environment and the user's own configuration allow.

    Raises UsageError where that configuration is broken.
    """
    named = os.environ.get(VARIABLE, "").split(",")
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    file = Path(home) / USER_FILE
    try:
        table = msgspec.toml.decode(file.read_bytes())
        listed = msgspec.convert(table.get("rule-packs", []), list[str])
    except OSError:
        listed = []
    except (msgspec.MsgspecError, ValueError) as error:
        raise UsageError(f"{file}: rule-packs: {error}") from error
    return frozenset(name.strip() for name in (*named, *listed) if name.strip())
