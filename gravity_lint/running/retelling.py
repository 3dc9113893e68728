"""What an earlier run has told, where one that is asked the same would tell the same.

Where nobody looks at a terminal, the words follow from what was asked, the environment and the
files. So neither findings nor what shows them need be loaded to say them again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gravity_lint.running.cache import Caches, kept_near, name_of
from gravity_lint.running.fingerprint import own_fingerprint
from gravity_lint.sources.digests import digest
from gravity_lint.sources.surroundings import Sight, Surroundings

_SHELLS = frozenset({"_", "OLDPWD", "PWD", "SHLVL"})
"""Variables that a shell keeps for itself."""


class Told(NamedTuple):
    """The exit *status* of a run, and its *words*: each with the name of the stream."""

    status: int
    words: Sequence[tuple[str, str]]


class Retelling:
    """What the run over *paths* has told that was asked the same; *asked* is all that was said."""

    def __init__(self, asked: Mapping[str, object], paths: Sequence[Path], caches: Caches) -> None:
        self._caches = caches
        self._place = Path(os.path.abspath(paths[0]))
        self._name = f"{name_of(os.getcwd(), sorted(asked.items()))}.told"
        environment = ((k, v) for k, v in sorted(os.environ.items()) if k not in _SHELLS)
        self._stamp = own_fingerprint() + digest(
            repr([*environment]).encode("utf-8", "surrogatepass")
        )

    def recall(self) -> Told | None:
        """Return what was told then; None: there was nothing, or something has changed since."""
        data = self._caches.load(kept_near(self._place), self._name, self._stamp)
        if data is None:
            return None
        marks, _, told = data.partition(b"\n")
        noted = {key: Sight(tuple(mark), bytes.fromhex(x)) for key, mark, x in json.loads(marks)}
        around = Surroundings()
        if not around.still(noted):
            return None
        grown = around.refreshed(noted)
        if grown is not None:
            self._store(grown, told)
        status, words = json.loads(told)
        return Told(status, words)

    def remember(self, told: Told, noted: Mapping[str, Sight]) -> None:
        """Keep *told*, and what was *noted* meanwhile, for the next run."""
        self._store(noted, json.dumps(told).encode())

    def _store(self, noted: Mapping[str, Sight], told: bytes) -> None:
        rows = [(key, sight.mark, sight.digest.hex()) for key, sight in noted.items()]
        data = b"\n".join([json.dumps(rows).encode(), told])
        self._caches.store(kept_near(self._place), self._name, self._stamp, data)
        self._caches.finish()
