"""The facts of one service's files by content, kept from run to run and decoded one by one."""

from __future__ import annotations

import contextlib
from functools import cache

import msgspec

from gravity_lint.facts import ModuleFacts
from gravity_lint.running.cases import digest_of

_ENCODER = msgspec.msgpack.Encoder()


@cache
def _decoder() -> msgspec.msgpack.Decoder[ModuleFacts]:
    """Return what decodes facts; making it takes as long as parsing some files."""
    return msgspec.msgpack.Decoder(ModuleFacts)


class KeptFacts:
    """What an earlier run has *stored*, and what the next one may use."""

    def __init__(self, stored: bytes | None) -> None:
        self._stored: dict[bytes, msgspec.Raw] = {}
        if stored is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                self._stored = msgspec.msgpack.decode(stored, type=dict[bytes, msgspec.Raw])
        self._used: dict[bytes, msgspec.Raw] = {}
        self.has_news = False
        """Whether there is something that was not stored."""

    def get(self, content: bytes | str) -> ModuleFacts | None:
        """Return the facts of *content*, None if they are not known."""
        key = digest_of(content)
        found = self._stored.get(key)
        if found is None:
            return None
        self._used[key] = found
        return _decoder().decode(found)

    def add(self, content: bytes | str, facts: ModuleFacts) -> None:
        """Keep the *facts* of *content*."""
        try:
            encoded = msgspec.Raw(_ENCODER.encode(facts))
        except ValueError:
            return  # a text from elsewhere that is none
        self._used[digest_of(content)] = encoded
        self.has_news = True

    def encoded(self) -> bytes:
        """Return what was asked for and added, and nothing else."""
        return _ENCODER.encode(self._used)
