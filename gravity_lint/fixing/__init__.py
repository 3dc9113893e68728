"""Carrying out fixes: edits in, text out. The only package that loads libcst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from gravity_lint.findings.finding import Fix

__all__ = ["PLAIN", "Applied", "House", "apply"]


class Applied(msgspec.Struct, frozen=True):
    """What came of some fixes for one text.

    They are named by their index. *deferred* touch the same places as others
    and can be tried on the new text; *failed* cannot be carried out, and why.
    """

    text: str
    done: tuple[int, ...] = ()
    deferred: tuple[int, ...] = ()
    failed: Mapping[int, str] = {}


class House(msgspec.Struct, frozen=True):
    """How a service writes its code: what is known of that.

    *own* are its own packages, whose imports come behind those of others.
    *width* is the line length that it sets, None if it sets none: then a file
    is judged by the lines that it has.
    """

    own: frozenset[str] = frozenset({"app", "src", "tests"})
    width: int | None = None


PLAIN: Final = House()
"""The house of which nothing is known."""


def apply(text: str, fixes: Sequence[Fix], house: House = PLAIN) -> Applied:
    """Carry out as many of *fixes* as can be at once on *text*, each as a whole or not at all.

    The spans of their edits are places in *text*. Whatever they do not touch
    stays as it is; the new text parses if the old one did.
    """
    # libcst takes longer to load than all the rest.
    from gravity_lint.fixing.bench import apply_together, bench_for
    from gravity_lint.fixing.sheet import MisfitError

    try:
        bench = bench_for(text, house)
    except MisfitError as misfit:
        return Applied(text, failed=dict.fromkeys(range(len(fixes)), str(misfit)))
    return apply_together(bench, fixes)
