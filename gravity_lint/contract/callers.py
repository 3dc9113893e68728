"""Who leans on what has changed, in the other services of the run. Only what is certain.

A request leans on an operation if its method and every part of its path are those of the
operation, and if nothing else of the run can be meant: its address names the service, or it names
none of them and only one of them has such a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

import msgspec

from gravity_lint.contract.changes import Change, Severity
from gravity_lint.contract.description import Call, Description, Operation, Place
from gravity_lint.model.events.names import is_routed

_PARAMETER: Final = re.compile(r"\{[^}]*\}")
_WORD: Final = re.compile(r"[a-z0-9]+")
_COMMON: Final = frozenset(
    {
        *("api", "app", "base", "client", "com", "config", "get", "host", "http", "https"),
        *("local", "localhost", "service", "services", "settings", "self", "srv", "svc", "the"),
        *("uri", "url", "www", "internal", "address", "endpoint", "server", "os", "environ"),
    }
)
"""Words that tell no service from another."""


def with_callers(
    changes: Sequence[Change], old: Sequence[Description], new: Sequence[Description]
) -> tuple[Change, ...]:
    """Return *changes*, each with the places in other services that certainly lean on it."""
    names = {(description.root, description.service) for description in (*old, *new)}
    before = {description.root: description for description in old}
    calls = list(_calls(new, before, names))
    found = []
    for change in changes:
        rows: list[tuple[str, Place]] = []
        if change.severity is not Severity.COMPATIBLE:
            subject = change.before or change.subject
            rows = [place for called, place in calls if called == (change.root, _address(subject))]
            rows += _listeners(change, new)
        found.append(msgspec.structs.replace(change, callers=tuple(dict.fromkeys(rows))))
    return tuple(found)


def _calls(
    callers: Sequence[Description],
    called: dict[str, Description],
    names: Set[tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], tuple[str, Place]]]:
    """Yield each call, by the service and the operation of it that it certainly means."""
    for description in callers:
        for call in description.calls:
            meant = [
                (root, operation)
                for root, other in called.items()
                if root != description.root
                for operation in other.operations
                if _answers(operation, call)
            ]
            roots = {root for root, _ in meant}
            named = _named(call.host, names)
            if named:
                roots &= named
            if len(roots) != 1:
                continue
            (only,) = roots
            if not named and len(_literal(call)) < 2:
                continue  # ``/health``, of whom?
            operation = next(operation for root, operation in meant if root == only)
            yield (only, _address(operation.name)), (description.service, call.place)


def _answers(operation: Operation, call: Call) -> bool:
    """Tell whether *call* certainly is for *operation*."""
    if operation.method != call.method or operation.shadow:
        return False
    own, given = operation.path.split("/"), call.path.split("/")
    return len(own) == len(given) and all(
        _fits(part, other) for part, other in zip(own, given, strict=True)
    )


def _fits(part: str, given: str) -> bool:
    if part.startswith("{") and part.endswith("}"):
        return bool(given) and not part.endswith(":path}")
    return part == given


def _literal(call: Call) -> list[str]:
    return [part for part in call.path.split("/") if part and "*" not in part]


def _named(host: str, names: Set[tuple[str, str]]) -> set[str]:
    """Return the services that the words of an address name."""
    words = set(_WORD.findall(host.lower())) - _COMMON
    whole = {word.rstrip("s") for word in words}
    found = set()
    for root, name in names:
        own = {word.rstrip("s") for word in _WORD.findall(name.lower())} - _COMMON
        if own and own <= whole:
            found.add(root)
    return found


def _address(subject: str) -> str:
    return _PARAMETER.sub("{}", subject)


def _listeners(change: Change, services: Sequence[Description]) -> Iterator[tuple[str, Place]]:
    """Yield who subscribes to the event, or reads the cache key, that has changed."""
    for description in services:
        if description.root == change.root:
            continue
        if change.kind.startswith(("event-", "payload-")):
            for event in description.events:
                if not event.published and event.place and is_routed(event.name, change.subject):
                    yield description.service, event.place
        elif change.kind.startswith("cache-key-"):
            for key in description.keys:
                if not key.written and key.place and key.pattern == change.subject:
                    yield description.service, key.place
