"""Verdicts of earlier runs: recalled where nothing on which they depend has changed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence

import msgspec

from gravity_lint.configuration.files import Configuration
from gravity_lint.discovery.services import ServiceFiles
from gravity_lint.installed import OWN_PACKS
from gravity_lint.running.cache import Caches
from gravity_lint.running.cases import Case, Circumstances, Gatherer
from gravity_lint.running.outcome import Overrides, Report
from gravity_lint.sources.digests import digest
from gravity_lint.sources.surroundings import Sight

_KEPT = 4
"""How many verdicts on one service are kept: as many as there are ways in which it is asked."""


class _Entry(msgspec.Struct, array_like=True):
    """What is kept about one service.

    *noted* is what was seen around it when its *files* were these, *circumstances* what followed.
    *sound* names configurations in which there is no mistake; *verdicts* are newest first.
    """

    files: bytes = b""
    noted: dict[str, Sight] = {}
    circumstances: Circumstances = Circumstances()
    sound: list[bytes] = []
    verdicts: list[tuple[bytes, msgspec.Raw]] = []


class Asked(msgspec.Struct, frozen=True):
    """A case, the name under which it is kept, and the *key* of everything its verdict owes to."""

    case: Case
    layers: bytes
    name: str
    key: bytes
    entry: _Entry


_ENCODER = msgspec.msgpack.Encoder(enc_hook=str, order="deterministic")
_ENTRY = msgspec.msgpack.Decoder(_Entry)
_REPORT = msgspec.msgpack.Decoder(Report)


class Verdicts:
    """The verdicts of one run: recalled from earlier ones, remembered for later ones."""

    def __init__(
        self,
        gatherer: Gatherer,
        overrides: Overrides,
        fingerprint: bytes,
        caches: Caches,
    ) -> None:
        """*fingerprint* stands for the program; *caches* keep what is remembered."""
        self._gatherer = gatherer
        # What a baseline excuses is decided later.
        self._overrides = msgspec.structs.replace(overrides, baseline=None)
        self._fingerprint = fingerprint
        self._caches = caches
        self._entries: dict[str, _Entry] = {}
        self._layers: dict[tuple[int, ...], tuple[Sequence[Configuration], bytes]] = {}
        self._sound: set[bytes] = set()

    def are_sound(self, files: ServiceFiles, layers: Sequence[Configuration]) -> bool:
        """Tell whether it is known that there is no mistake in the configurations *layers*.

        Not of those that name packs besides the linter's own: leave must be asked to use them.
        """
        if any(not set(OWN_PACKS).issuperset(layer.settings.rule_packs) for layer in layers):
            return False
        key = self._layers_key(layers)
        return key in self._sound or key in self._entry(files).sound

    def vouch(self, layers: Sequence[Configuration]) -> None:
        """Know from now on that there is no mistake in the configurations *layers*."""
        self._sound.add(self._layers_key(layers))

    def ask(
        self,
        files: ServiceFiles,
        layers: Sequence[Configuration],
        texts: Mapping[str, str],
        suppress: bool,
    ) -> Asked:
        """Gather the case of *files*, and say what its verdict owes to."""
        entry = self._entry(files)
        members = digest("\0".join(map(str, files.files)).encode("utf-8", "surrogateescape"))
        surroundings = self._gatherer.surroundings
        if entry.files == members and surroundings.still(entry.noted):
            circumstances = entry.circumstances
        else:
            with surroundings.noting() as noted:
                circumstances = self._gatherer.look_around(files)
            entry = _Entry(members, noted, circumstances, entry.sound, entry.verdicts)
        case = self._gatherer.gather(files, texts, circumstances)
        digests = case.digests()
        for path, content in digests:
            if path not in texts:
                surroundings.note_code(path, content)
        configured = self._layers_key(layers)
        key = _key(
            *(self._fingerprint, configured, files.root, files.files, files.reported, suppress),
            *(circumstances, case.problems, digests),
        )
        return Asked(case, configured, _name_of(files), key, entry)

    def _layers_key(self, layers: Sequence[Configuration]) -> bytes:
        """Return what stands for the configurations of a service, and for the command line."""
        key = tuple(map(id, layers))
        if key not in self._layers:
            self._layers[key] = layers, _key(self._fingerprint, self._overrides, layers)
        return self._layers[key][1]

    def recall(self, asked: Asked) -> Report | None:
        """Return the verdict on *asked* of an earlier run."""
        for key, data in asked.entry.verdicts:
            if key == asked.key:
                try:
                    report = _REPORT.decode(data)
                except msgspec.MsgspecError:
                    return None
                sources = asked.case.texts.only(report.mentioned)
                return msgspec.structs.replace(report, sources=sources)
        return None

    def remember(self, asked: Asked, report: Report) -> None:
        """Keep the verdict on *asked*.

        Not where a rule has crashed, which may not do so again, nor where a configuration has a
        mistake, which is told every time.
        """
        if asked.layers not in self._sound and asked.layers not in asked.entry.sound:
            return
        if any(problem.code is not None for problem in report.problems):
            return
        others = [row for row in asked.entry.verdicts if row[0] != asked.key]
        sound = [*self._sound.intersection([asked.layers]), *asked.entry.sound]
        try:
            data = msgspec.Raw(_ENCODER.encode(msgspec.structs.replace(report, sources={})))
            rows = [(asked.key, data), *others][:_KEPT]
            sound = list(dict.fromkeys(sound))[:_KEPT]
            entry = _ENCODER.encode(
                msgspec.structs.replace(asked.entry, sound=sound, verdicts=rows)
            )
        except (ValueError, msgspec.MsgspecError):
            return  # a name that is no text
        self._store(asked, "verdict", entry)

    def facts(self, asked: Asked) -> bytes | None:
        """Return what is kept of the facts of the files of *asked* (see `KeptFacts`)."""
        return self._caches.load(asked.case.files.root, f"{asked.name}.facts", self._fingerprint)

    def remember_facts(self, asked: Asked, facts: bytes) -> None:
        """Keep *facts* for the next run."""
        self._store(asked, "facts", facts)

    def _store(self, asked: Asked, kind: str, content: bytes) -> None:
        root = asked.case.files.root
        self._caches.store(root, f"{asked.name}.{kind}", self._fingerprint, content)

    def _entry(self, files: ServiceFiles) -> _Entry:
        name = _name_of(files)
        if name not in self._entries:
            self._entries[name] = _Entry()
            found = self._caches.load(files.root, f"{name}.verdict", self._fingerprint)
            if found is not None:
                with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                    self._entries[name] = _ENTRY.decode(found)
        return self._entries[name]


def _name_of(files: ServiceFiles) -> str:
    return digest(os.fspath(files.root).encode("utf-8", "surrogateescape")).hex()


def _key(*stated: object) -> bytes:
    """Return what stands for all that is *stated*."""
    try:
        return digest(_ENCODER.encode(stated))
    except ValueError:  # a name that is no text
        return digest(repr(stated).encode("utf-8", "surrogatepass"))
