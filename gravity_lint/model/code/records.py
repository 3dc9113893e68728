"""What the model is made of: records that cost little to declare and little to make."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, frozen=True, eq=False, dict=True):
    """Something of which there is one at each place: it never changes, and equals only itself.

    A subclass names its fields; what follows from them is a property, or a `cached_property`
    where it is asked for often. What equals all that says the same is a plain frozen
    `msgspec.Struct`.
    """
