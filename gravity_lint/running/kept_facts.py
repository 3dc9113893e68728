"""The facts of one service's files by content, kept from run to run and decoded one by one."""

from __future__ import annotations

import contextlib

import msgspec

from gravity_lint.facts import ModuleFacts
from gravity_lint.running.cases import digest_of

_ENCODER = msgspec.msgpack.Encoder()
_FACTS = msgspec.msgpack.Decoder(ModuleFacts)
_STORED = msgspec.msgpack.Decoder(dict[bytes, msgspec.Raw])


class KeptFacts:
    """What an earlier run has *stored*, and what the next one may use."""

    def __init__(self, stored: bytes | None) -> None:
        self._stored: dict[bytes, msgspec.Raw] = {}
        if stored is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                self._stored = _STORED.decode(stored)
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
        return _FACTS.decode(found)

    def add(self, content: bytes | str, facts: ModuleFacts) -> None:
        """Keep the *facts* of *content*."""
        self._used[digest_of(content)] = msgspec.Raw(_ENCODER.encode(facts))
        self.has_news = True

    def encoded(self) -> bytes:
        """Return what was asked for and added, and nothing else."""
        return _ENCODER.encode(self._used)
