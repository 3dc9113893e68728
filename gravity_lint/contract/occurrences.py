"""What has become of exceptions, events and cache keys: of what belongs to no operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import TypeAlias

import msgspec

from gravity_lint.contract.changes import Change, Direction, NotCompared, Severity
from gravity_lint.contract.description import CacheKey, Description, Event, Raised
from gravity_lint.contract.shapes import differences

Said: TypeAlias = Change | NotCompared


def compare_exceptions(old: Description, new: Description) -> Iterator[Said]:
    """Yield what has become of exceptions of which no operation tells."""
    before = {**_told(old), **{raised.name: raised for raised in old.raised if raised.handled}}
    after = {raised.name: raised for raised in new.raised}
    told, gone = _told(new), set()
    for name, was in before.items():
        is_ = after.get(name)
        if was.status is None or name in told or (is_ is None and not was.foreign):
            continue
        subject = f"exception {name}"
        if is_ is None and new.handling:
            if was.handler not in gone:
                # Whether a library raises it, nobody knows.
                words = f"is answered with 500 where it arises, and was answered with {was.status}"
                yield _of_exception("error-lost", Severity.POSSIBLY, name, words, was, None)
        elif is_ is None or is_.handled is None or (is_.handled and is_.status is None):
            words = "what it is answered with is not known"
            yield NotCompared(subject, words, place=is_.place if is_ is not None else None)
        elif not is_.handled:
            gone.add(was.handler)
            words = (
                f"is answered with 500, as nothing handles it; it was answered with {was.status}"
            )
            yield _of_exception("error-lost", Severity.BREAKING, name, words, was, is_)
        elif is_.status != was.status:
            words = f"is answered with {is_.status} and was answered with {was.status}"
            yield _of_exception("error-changed", Severity.POSSIBLY, name, words, was, is_)


def _of_exception(
    kind: str, severity: Severity, name: str, words: str, was: Raised, is_: Raised | None
) -> Change:
    now = (is_.handler or is_.place) if is_ is not None else None
    why = ""
    if was.handler is not None and (is_ is None or is_.handler is None):
        why = f"its handler stood in {was.handler.shown}"
    place = now or was.handler or was.place
    return Change(
        kind, severity, f"exception {name}", words, place=place, gone=now is None, why=why
    )


def _told(description: Description) -> dict[str, Raised]:
    """Return the exceptions of which operations tell, as far as one is answered in one way."""
    found: dict[str, Raised] = {}
    for operation in description.operations:
        for answer in operation.answers or ():
            if answer.exception:
                made = Raised(answer.exception, answer.place, True, answer.status, answer.handler)
                before = found.setdefault(made.name, made)
                if before.status != made.status:
                    found[made.name] = msgspec.structs.replace(made, status=None)
    return found


def compare_events(old: Sequence[Event], new: Sequence[Event]) -> Iterator[Said]:
    """Yield what has become of events, at the end that publishes and at the one that listens."""
    before = {(event.name, event.published): event for event in old}
    after = {(event.name, event.published): event for event in new}
    for key, event in before.items():
        if key not in after:
            if event.published:
                severity, words = Severity.BREAKING, "is no longer published"
            else:
                severity, words = Severity.POSSIBLY, "is no longer subscribed to"
            kind = "event-unpublished" if event.published else "event-unsubscribed"
            yield Change(kind, severity, event.name, words, place=event.place, gone=True)
    for key, event in after.items():
        if key not in before:
            words = "is published now" if event.published else "is subscribed to now"
            kind = "event-published" if event.published else "event-subscribed"
            yield Change(kind, Severity.COMPATIBLE, event.name, words, place=event.place)
        elif event.payload is not None and before[key].payload is not None:
            direction = Direction.RESPONSE if event.published else Direction.REQUEST
            for difference in differences(
                before[key].payload or event.payload, event.payload, direction
            ):
                what = f"`{difference.path}` of its payload" if difference.path else "its payload"
                words = f"{what}: {difference.words}"
                if difference.unknown:
                    yield NotCompared(event.name, words, difference.always, place=event.place)
                else:
                    kind = f"payload-{difference.kind}"
                    yield Change(kind, difference.severity, event.name, words, place=event.place)


def compare_keys(
    old: Sequence[CacheKey], new: Sequence[CacheKey], shared: Set[str]
) -> Iterator[Said]:
    """Yield what has become of the keys; it breaks nobody where no other service reads them."""
    before = {(key.pattern, key.written): key for key in old}
    after = {(key.pattern, key.written): key for key in new}
    for address, key in before.items():
        if address not in after and key.written:
            words = "is no longer written"
            yield Change(
                "cache-key-removed",
                Severity.POSSIBLY if key.pattern in shared else Severity.COMPATIBLE,
                key.pattern,
                words,
                place=key.place,
                gone=True,
            )
    for address, key in after.items():
        if address not in before and key.written:
            words = "is written now"
            yield Change(
                "cache-key-added", Severity.COMPATIBLE, key.pattern, words, place=key.place
            )
