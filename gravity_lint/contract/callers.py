"""Who leans on what has changed, in the other services of the run. Only what is certain."""

from __future__ import annotations

from collections.abc import Sequence

from gravity_lint.contract.changes import Change
from gravity_lint.contract.description import Description


def with_callers(
    changes: Sequence[Change], old: Sequence[Description], new: Sequence[Description]
) -> tuple[Change, ...]:
    """Return *changes*, each with the places in other services that certainly lean on it."""
    return tuple(changes)
