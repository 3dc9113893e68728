"""Short names for contents: the same name, the same content."""

from __future__ import annotations

# `hashlib` gives the same function and loads OpenSSL, which takes longer than all the hashing.
from _blake2 import blake2b

SIZE = 16
"""The number of bytes of a digest."""


def digest(data: bytes, key: bytes = b"") -> bytes:
    """Return the digest of *data*; with a *key*, one that nobody can make who has not got it."""
    return blake2b(data, digest_size=SIZE, key=key).digest()
