"""Paths whose parts, each given by somebody else, say the same thing twice."""

from __future__ import annotations

import msgspec

from gravity_lint.model.api.endpoints import EffectivePath
from gravity_lint.model.api.inclusions import Part


class Doubled(msgspec.Struct, frozen=True):
    """The segments that two parts of a path both give, where they meet."""

    text: str
    first: Part
    second: Part


def doubled_segment(effective: EffectivePath) -> Doubled | None:
    """Return where two parts of *effective* repeat each other's segments; None if nowhere.

    ``/api/v1`` before ``/api/v1/users`` repeats two segments, ``/companies``
    before ``/companies/`` one. A parameter repeats nothing, and what a single
    part says twice was meant.
    """
    parts = [part for part in effective.parts if part.text.strip("/")]
    for index, second in enumerate(parts[1:], 1):
        before = [s for part in parts[:index] for s in part.text.strip("/").split("/") if s]
        after = [s for s in second.text.strip("/").split("/") if s]
        for length in range(min(len(before), len(after)), 0, -1):
            run = after[:length]
            if before[-length:] == run and not any("{" in segment for segment in run):
                return Doubled("/" + "/".join(run), parts[index - 1], second)
    return None
