"""Short names for contents: the same name, the same content."""

from __future__ import annotations

# `hashlib` gives the same function and loads OpenSSL, which takes longer than all the hashing.
from _blake2 import blake2b

SIZE = 16
"""The number of bytes of a digest."""


def digest(*parts: bytes, key: bytes = b"") -> bytes:
    """Return the digest of *parts*, one behind the other.

    With a *key*, nobody can make it who has not got that.
    """
    found = blake2b(digest_size=SIZE, key=key)
    for part in parts:
        found.update(part)
    return found.digest()
