"""An earlier run that was asked the same: what it has found, if all that it saw is as it was.

It has noted everything at which it looked. So nothing has to be found, read or judged anew to know
that nothing would come out differently.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from gravity_lint.running.cache import Caches, kept_near, name_of
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.sources.digests import digest
from gravity_lint.sources.surroundings import Sight, Surroundings, code_key

_ENVIRONMENT = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "GRAVITY_LINT_RULE_PACKS")
"""The variables on which it depends what is judged, and how."""


def asked_here(*asked: object) -> str:
    """Return the name under which is kept what follows from *asked* and from the environment."""
    return name_of(*asked, *map(os.environ.get, _ENVIRONMENT))


class _Kept(msgspec.Struct, array_like=True):
    noted: dict[str, Sight]
    report: msgspec.Raw


class PastRun:
    """The run over *paths* that was asked the same; *fingerprint* stands for the program."""

    def __init__(
        self, paths: Sequence[Path], overrides: Overrides, fingerprint: bytes, caches: Caches
    ) -> None:
        self.around = Surroundings()
        """What a run sees the file system through; what was looked at again stays known to it."""
        self.noted: Mapping[str, Sight] = {}
        """All that was looked at for what is recalled or remembered."""
        self._caches = caches
        self._stamp = fingerprint
        here = os.getcwd()
        self._named = [Path(os.path.realpath(path)) for path in paths]
        self._name = f"{asked_here(here, *map(str, paths), overrides)}.run"

    def recall(self) -> Report | None:
        """Return what was found then; None: there was none, or something has changed since."""
        home = kept_near(self._named[0])
        data = self._caches.load(home, self._name, self._stamp)
        if data is None:
            return None
        try:
            kept = msgspec.msgpack.decode(data, type=_Kept)
            if not self.around.still(kept.noted):
                return None
            report = msgspec.msgpack.decode(kept.report, type=Report)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        grown = self.around.refreshed(kept.noted)
        if grown is not None:
            self._store(home, grown, kept.report)
        self.noted = grown or kept.noted
        return msgspec.structs.replace(report, sources=_OnDisk(report, kept.noted))

    def remember(self, report: Report, noted: Mapping[str, Sight], root: Path) -> None:
        """Keep *report*, and what was *noted* meanwhile, for the next run.

        *root* is that of the first service. What went wrong is told every time, as it may not do
        so again; and what is named file by file is seldom named so twice.
        """
        if report.problems:
            return
        if not all(map(self.around.is_directory, self._named)):
            return
        from gravity_lint.findings.fingerprints import words

        home = self._named[0] if root.is_relative_to(self._named[0]) else root
        with contextlib.suppress(ValueError, msgspec.MsgspecError):  # a name that is no text
            # What every format for programs tells is worked out once, while the texts are at hand.
            known = words(report.findings, report.sources)
            kept = msgspec.structs.replace(report, sources={}, fingerprints=known)
            data = msgspec.msgpack.encode(kept)
            self._store(home, noted, msgspec.Raw(data))
            self.noted = noted

    def _store(self, home: Path, noted: Mapping[str, Sight], report: msgspec.Raw) -> None:
        data = msgspec.msgpack.encode(_Kept(dict(noted), report))
        self._caches.store(home, self._name, self._stamp, data)
        self._caches.finish()


class _OnDisk(Mapping[str, str]):
    """The texts of the files that a report mentions, read where they are asked for."""

    def __init__(self, report: Report, noted: Mapping[str, Sight]) -> None:
        self._report = report
        self._noted = noted

    def __getitem__(self, path: str) -> str:
        sight = self._noted[code_key(path)]
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise KeyError(path) from error
        if digest(data) != sight.digest:
            raise KeyError(path)
        from gravity_lint.sources.source import decoded  # it loads the parser

        return decoded(data)

    def __iter__(self) -> Iterator[str]:
        return (path for path in self._report.mentioned if code_key(path) in self._noted)

    def __len__(self) -> int:
        return sum(1 for _ in self)
