"""Comparing what services promised with what they promise now.

A promise is kept towards callers who keep to the old one. What either side does not
tell is listed as not compared, and never guessed.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Final, TypeAlias

import msgspec

from gravity_lint.contract.changes import Change, Direction, NotCompared, Severity
from gravity_lint.contract.description import (
    Answer,
    Description,
    Guard,
    Kind,
    Operation,
    Parameter,
    Place,
    Shape,
)
from gravity_lint.contract.occurrences import (
    Said,
    compare_events,
    compare_exceptions,
    compare_keys,
)
from gravity_lint.contract.shapes import Alike, differences, identical

_PARAMETER: Final = re.compile(r"\{([^}:]*)(:[^}]*)?\}")
_WHOLE: Final = ":path"
"""The convertor that takes more than one segment of a path; no other decides who answers."""
_BODILESS: Final = (204, 205, 304)
_Guards: TypeAlias = Mapping[tuple[str, tuple[str, ...]], Guard]


class Comparison(msgspec.Struct, frozen=True):
    """Every difference between two promises, and what could not be compared.

    *moved* are the roots that services had, with those that they have now.
    """

    changes: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...]
    moved: tuple[tuple[str, str], ...] = ()


def compare(old: Sequence[Description], new: Sequence[Description]) -> Comparison:
    """Compare the services *old* with the services *new*, which are told apart by their roots."""
    before = {description.root: description for description in old}
    after = {description.root: description for description in new}
    moved = _moved_services(before, after)
    for gone, come in moved:
        own, other = before.pop(gone), before.pop(come, None)
        before[come] = own
        if other is not None:
            before[gone] = other
    said: list[Said] = []
    readers = _readers([*before.values(), *after.values()])
    for root in dict.fromkeys((*before, *after)):
        one = before.get(root) or Description(after[root].service, root)
        other = after.get(root) or Description(before[root].service, root)
        rows = _services(one, other, readers)
        said += (msgspec.structs.replace(row, service=other.service, root=root) for row in rows)
    return Comparison(
        tuple(row for row in said if isinstance(row, Change)),
        tuple(dict.fromkeys(row for row in said if isinstance(row, NotCompared))),
        tuple(moved),
    )


def _moved_services(
    before: Mapping[str, Description], after: Mapping[str, Description]
) -> list[tuple[str, str]]:
    """Return the roots that have gone, with those under which the same services came.

    What lay at a root besides, and promises nothing, is in nobody's way.
    """
    gone = [root for root in before if _marks(before[root]) and not _marks(after.get(root))]
    come = [root for root in after if _marks(after[root]) and not _marks(before.get(root))]
    pairs: list[tuple[str, str]] = []
    for root in gone:
        own = _marks(before[root])
        rivals = [
            (len(own & _marks(after[other])), other)
            for other in come
            if other not in [pair[1] for pair in pairs]
        ]
        shared, best = max(rivals, default=(0, ""))
        if shared * 2 > len(own):
            pairs.append((root, best))
    return pairs


def _marks(description: Description | None) -> set[object]:
    """Return that by which a service is known again: its operations, events and keys."""
    if description is None:
        return set()
    return {
        *_by_address(description.operations),
        *((event.name, event.published) for event in description.events),
        *((key.pattern, key.written) for key in description.keys),
    }


def _readers(descriptions: Iterable[Description]) -> dict[str, set[str]]:
    """Return the services that read each cache key, by its pattern."""
    found: dict[str, set[str]] = {}
    for description in descriptions:
        for key in description.keys:
            if not key.written:
                found.setdefault(key.pattern, set()).add(description.root)
    return found


def _services(
    old: Description, new: Description, readers: Mapping[str, Set[str]]
) -> Iterator[Said]:
    before = {part.what: part for part in old.unresolved}
    after = {part.what: part for part in new.unresolved}
    for what, part in {**before, **after}.items():
        side = "" if what in before and what in after else " now" if what in after else " then"
        yield NotCompared("routes", f"{what} (not known{side})", not side, place=part.place)
    yield from _operations(old, new)
    yield from compare_exceptions(old, new)
    yield from compare_events(old.events, new.events)
    shared = {key for key, roots in readers.items() if roots - {old.root, new.root}}
    yield from compare_keys(old.keys, new.keys, shared)


# -- operations ----------------------------------------------------------------------------


def _operations(old: Description, new: Description) -> Iterator[Said]:
    before, after = _by_address(old.operations), _by_address(new.operations)
    pairs = list(_paired(before, after))
    # What neither side tells is lacking on both, and no difference.
    unparsed = sorted(set(old.unparsed) ^ set(new.unparsed))
    alike: Alike = {}
    lost = {raised.name for raised in new.raised if not raised.handled}
    gone = [was for was, is_ in pairs if is_ is None and was is not None]
    come = [is_ for was, is_ in pairs if was is None and is_ is not None]
    for one, other in pairs:
        if one is not None and other is not None:
            yield from _changed(_without(one, lost), other, alike, unparsed)
    for was, is_ in _moved(gone, come):
        gone.remove(was)
        come.remove(is_)
        yield _move(was, is_)
        yield from _changed(_without(was, lost), is_, alike, unparsed, moved=True)
    for operation, side in [*((x, new) for x in gone), *((x, old) for x in come)]:
        own, tense = (old, "is") if side is new else (new, "was")
        why = _unread(operation, side) or _unplaced(operation, own, side, tense)
        if why:
            (gone if side is new else come).remove(operation)
            yield NotCompared(operation.name, why, place=operation.place)
    for operation in gone:
        yield _change(
            "endpoint-removed",
            Severity.BREAKING,
            operation,
            f"is gone{_from_one(operation, new)}",
            operation.place,
            gone=True,
            why=_no_longer_through(operation, new.operations),
        )
    for operation in come:
        why = _no_longer_through(operation, old.operations, "is new")
        words = f"is new{_from_one(operation, old, 'in')}"
        yield _change(
            "endpoint-added", Severity.COMPATIBLE, operation, words, operation.place, why=why
        )


def _from_one(operation: Operation, other: Description, word: str = "from") -> str:
    """Say which application it is of, where another one has it on the *other* side as well."""
    if all(x.name != operation.name for x in other.operations):
        return ""
    return f" {word} the application `{operation.application}`"


def _without(operation: Operation, exceptions: Set[str]) -> Operation:
    """Return *operation* without the answers to *exceptions*, of which is told by themselves."""
    if operation.answers is None or not exceptions:
        return operation
    rest = tuple(x for x in operation.answers if x.declared or x.exception not in exceptions)
    return msgspec.structs.replace(operation, answers=rest)


def _unread(operation: Operation, other: Description) -> str:
    """Say which file of the *other* side should have *operation* and does not parse."""
    places = (operation.place, *(place for _, place in (*operation.through, *operation.given)))
    file = next((place.path for place in places if place.path in other.unparsed), "")
    return f"`{file}` does not parse" if file else ""


def _unplaced(operation: Operation, own: Description, other: Description, tense: str) -> str:
    """Say that the *other* side has the endpoint of *operation*, if it is not known where.

    Where no way to it is known there, only one that its *own* side does not have may lead to it.
    """
    endpoint = operation.endpoint
    if endpoint not in other.unplaced:
        if endpoint not in other.adrift or set(other.obscure) <= set(own.obscure):
            return ""
    return f"where `{operation.function}` {tense} included is not known"


def _no_longer_through(
    operation: Operation, others: Sequence[Operation], verb: str = "is gone"
) -> str:
    """Say which include led to *operation* and leads to none of *others*; empty if all still do."""
    known = {(text, place.path) for other in others for text, place in other.through}
    for text, place in operation.through:
        if (text, place.path) not in known:
            return f"`{text}` in {place.shown} {verb}"
    return ""


_Address: TypeAlias = tuple[str, str]


def _by_address(operations: Iterable[Operation]) -> dict[_Address, list[Operation]]:
    """Return the operations by what a client addresses: names of path parameters do not count.

    There is one of each application; what stands behind it there is never reached.
    """
    found: dict[_Address, list[Operation]] = {}
    for operation in operations:
        path = _PARAMETER.sub(
            lambda match: f"{{{_WHOLE if match[2] == _WHOLE else ''}}}", operation.path
        )
        rows = found.setdefault((operation.method, path), [])
        if all(row.application != operation.application for row in rows):
            rows.append(operation)
    return found


def _paired(
    before: Mapping[_Address, Sequence[Operation]], after: Mapping[_Address, Sequence[Operation]]
) -> Iterator[tuple[Operation | None, Operation | None]]:
    """Pair what was with what is; where several applications have it, each with its own."""
    for address in dict.fromkeys((*before, *after)):
        old, new = list(before.get(address, ())), list(after.get(address, ()))
        if not len(old) == len(new) == 1:
            for same in ("application", "endpoint"):
                for was in list(old):
                    alike = [x for x in new if getattr(x, same) == getattr(was, same)]
                    if alike:
                        old.remove(was)
                        new.remove(alike[0])
                        yield was, alike[0]
        yield from itertools.zip_longest(old, new)


def _moved(
    gone: Sequence[Operation], come: Sequence[Operation]
) -> list[tuple[Operation, Operation]]:
    """Pair what has gone with what came for the same function, where there is one of each."""
    pairs: list[tuple[Operation, Operation]] = []
    for was in gone:
        rows = [x for x in come if x.endpoint == was.endpoint]
        same = [x for x in rows if x.method == was.method] or [
            x for x in rows if x.path == was.path
        ]
        others = [
            x
            for x in gone
            if x.endpoint == was.endpoint and (x.method == was.method) and x is not was
        ]
        if len(same) == 1 and not others and same[0] not in [pair[1] for pair in pairs]:
            pairs.append((was, same[0]))
    return pairs


def _move(was: Operation, is_: Operation) -> Change:
    if was.path == is_.path:
        kind, words = (
            "method-changed",
            f"answers to {is_.method} now, and no longer to {was.method}",
        )
    else:
        kind, words = "endpoint-moved", f"was {was.name}, where nothing answers any more"
    severity = Severity.BREAKING
    if was.path != is_.path and was.path.rstrip("/") == is_.path.rstrip("/"):
        # Starlette's routers do that unless they are told not to; not all clients follow.
        severity = Severity.POSSIBLY
        words = f"was {was.name}; requests to that are redirected here, if clients follow"
    why = _given_otherwise(was, is_)
    change = _change(kind, severity, is_, words, is_.place, why=why)
    return msgspec.structs.replace(change, before=was.name)


def _given_otherwise(was: Operation, is_: Operation) -> str:
    """Say which part of the path is given otherwise, and where."""
    before, after = list(was.given), list(is_.given)
    while before and after and before[0][0] == after[0][0]:
        del before[0], after[0]
    while before and after and before[-1][0] == after[-1][0]:
        del before[-1], after[-1]
    now = ", ".join(f"`{text}` in {place.shown}" for text, place in after)
    then = ", ".join(f"`{text}` in {place.shown}" for text, place in before)
    if now and then:
        return f"the path was given by {then} and is given by {now}"
    return (
        f"the path is also given by {now}"
        if now
        else f"the path was also given by {then}"
        if then
        else ""
    )


def _changed(
    old: Operation,
    new: Operation,
    alike: Alike,
    unparsed: Sequence[str],
    *,
    moved: bool = False,
) -> Iterator[Said]:
    """Yield what is different about one operation."""
    for what in dict.fromkeys((*old.unknown, *new.unknown)):
        yield from _untold(new.name, what, what in old.unknown, what in new.unknown, new.place)
    yield from _standing(old, new)
    if not moved:
        yield from _path_parameters(old, new)
    yield from _guarded(old, new)
    if old.parameters is not None and new.parameters is not None:
        yield from _parameters(old, new)
    yield from _bodies(old, new, alike)
    if old.answers is not None and new.answers is not None:
        if unparsed:
            words = f"to which statuses its calls lead, as `{unparsed[0]}` does not parse"
            yield NotCompared(new.name, words, place=new.place)
            old, new = _declaring(old), _declaring(new)
        yield from _answers(old, new, alike)
    else:
        yield from _untold(
            new.name, "what it answers", old.answers is None, new.answers is None, new.place
        )


def _untold(name: str, what: str, was: bool, is_: bool, place: Place | None) -> Iterator[Said]:
    """Say that *what* was not known, or is not, where that is so."""
    sides = [word for word, lacking in (("was", was), ("is", is_)) if lacking]
    if sides:
        words = f"{what} ({' and '.join(sides)} not known)"
        yield NotCompared(name, words, len(sides) > 1, place=place)


def _standing(old: Operation, new: Operation) -> Iterator[Said]:
    """Yield whether the operation is reached and shown as before."""
    if new.shadow and not old.shadow:
        words = f"is never reached: `{new.shadow}` stands before it and answers"
        yield _change("endpoint-shadowed", Severity.BREAKING, new, words, new.place)
    elif old.shadow and not new.shadow:
        words = f"is reached now: `{old.shadow}` answered in its place"
        yield _change("endpoint-unshadowed", Severity.POSSIBLY, new, words, new.place)
    if new.conditional and not old.conditional:
        words = "may be missing now: it is registered or included on a condition"
        yield _change("endpoint-conditional", Severity.POSSIBLY, new, words, new.place)
    elif old.conditional and not new.conditional:
        words = "is always there now"
        yield _change("endpoint-unconditional", Severity.COMPATIBLE, new, words, new.place)
    if old.documented and new.documented is False:
        words = "is no longer in the OpenAPI document"
        yield _change("endpoint-hidden", Severity.POSSIBLY, new, words, new.place)
    elif old.documented is False and new.documented:
        words = "is in the OpenAPI document now"
        yield _change("endpoint-shown", Severity.COMPATIBLE, new, words, new.place)
    if new.deprecated != old.deprecated:
        kind = "endpoint-deprecated" if new.deprecated else "endpoint-undeprecated"
        words = "is deprecated now" if new.deprecated else "is no longer deprecated"
        yield _change(kind, Severity.COMPATIBLE, new, words, new.place)


def _path_parameters(old: Operation, new: Operation) -> Iterator[Said]:
    before = [match[1] for match in _PARAMETER.finditer(old.path)]
    after = [match[1] for match in _PARAMETER.finditer(new.path)]
    for was, is_ in zip(before, after, strict=True):
        if was != is_:
            words = f"the path parameter `{was}` is called `{is_}` now: generated clients notice"
            yield _change("path-parameter-renamed", Severity.POSSIBLY, new, words, new.place)


# -- who is let in -------------------------------------------------------------------------


def _guarded(old: Operation, new: Operation) -> Iterator[Said]:
    if old.guards is None or new.guards is None:
        side = "was" if old.guards is None else "is"
        if old.guards != new.guards:
            yield NotCompared(new.name, f"who {side} let in is not known", place=new.place)
        return
    before = {(guard.written, guard.roles): guard for guard in old.guards}
    after = {(guard.written, guard.roles): guard for guard in new.guards}
    come = _beyond(after, before)
    gone = _beyond(before, after)
    if set(old.doubtful) != set(new.doubtful):
        rows = sorted(set(old.doubtful) ^ set(new.doubtful))
        listed = ", ".join(f"`{row}`" for row in rows)
        words = f"who is let in: whether {listed} authenticates is not known"
        yield NotCompared(new.name, words, place=new.place)
        return
    place = (come[0].place if come else None) or new.place
    if after and not before and not new.doubtful:
        words = f"asks for a login now ({_written(new.guards)}): callers without one are refused"
        yield _change("authentication-added", Severity.BREAKING, new, words, place)
    elif before and not after and not new.doubtful:
        words = f"lets everybody in now; it asked for {_written(old.guards)}"
        yield _change(
            "authentication-removed", Severity.SECURITY, new, words, new.place, why=_stood(gone)
        )
    elif come and gone:
        yield from _guards_changed(gone, come, new, place)
    elif come:
        words = f"asks for {_written(come)} as well"
        yield _change("authorization-added", Severity.BREAKING, new, words, place)
    elif gone:
        words = f"no longer asks for {_written(gone)}"
        yield _change(
            "authorization-removed", Severity.SECURITY, new, words, new.place, why=_stood(gone)
        )


def _beyond(guards: _Guards, others: _Guards) -> list[Guard]:
    """Return those of *guards* that are none of *others*, nor implied by one of them."""
    implied = {written for guard in others.values() for written in guard.implied}
    return [
        guard
        for key, guard in guards.items()
        if key not in others and not (guard.written in implied and not guard.roles)
    ]


def _guards_changed(
    gone: Sequence[Guard], come: Sequence[Guard], new: Operation, place: Place | None
) -> Iterator[Said]:
    """Yield what it means that other dependencies ask who is calling."""
    words = f"asked for {_written(gone)} and asks for {_written(come)} now"
    before = {role for guard in gone for role in guard.roles}
    after = {role for guard in come for role in guard.roles}
    if before == after:
        # Who passes the one need not pass the other; often it has only got another name.
        yield _change("authentication-changed", Severity.POSSIBLY, new, words, place)
    elif before > after:
        yield _change("authorization-removed", Severity.SECURITY, new, words, place)
    elif before < after:
        yield _change("authorization-added", Severity.BREAKING, new, words, place)
    else:
        yield _change("authorization-changed", Severity.BREAKING, new, words, place)


def _stood(guards: Sequence[Guard]) -> str:
    return "; ".join(
        f"`{guard.written}` stood in {guard.place.shown}" for guard in guards if guard.place
    )


def _written(guards: Iterable[Guard]) -> str:
    return ", ".join(guard.shown for guard in guards)


# -- what is sent --------------------------------------------------------------------------


def _parameters(old: Operation, new: Operation) -> Iterator[Said]:
    operation, one, other = new, old.parameters or (), new.parameters or ()
    before = {(x.location, x.name): x for x in one if x.location != "path"}
    after = {(x.location, x.name): x for x in other if x.location != "path"}
    for written in sorted({*old.hiding, *new.hiding}):
        words = f"what `{written}` takes of the request is not known"
        always = written in old.hiding and written in new.hiding
        yield NotCompared(new.name, words, always, place=new.place)
    whole = set(old.hiding) == set(new.hiding) and set(old.unknown) == set(new.unknown)
    gone = [x for key, x in before.items() if key not in after]
    come = [x for key, x in after.items() if key not in before]
    for was in list(gone):
        for is_ in list(come):
            elsewhere = was.name == is_.name
            renamed = was.location == is_.location and identical(was.shape, is_.shape)
            if not elsewhere and not (renamed and len(gone) == len(come) == 1):
                continue
            gone.remove(was)
            come.remove(is_)
            severity = Severity.BREAKING if is_.required or elsewhere else Severity.POSSIBLY
            if elsewhere:
                kind = "parameter-moved"
                words = (
                    f"the {was.location} parameter `{was.name}` is a {is_.location} parameter now"
                )
            else:
                kind = "parameter-renamed"
                words = f"the {was.location} parameter `{was.name}` is called `{is_.name}` now"
            yield _change(kind, severity, operation, words, is_.place or operation.place)
            break
    if not whole:
        # What seems to have gone or come may be, or have been, taken by what is not in view.
        for parameter in (*gone, *come):
            words = f"the {parameter.location} parameter `{parameter.name}` on the other side"
            yield NotCompared(new.name, words, place=parameter.place or operation.place)
        gone, come = [], []
    for parameter in gone:
        words = f"the {parameter.location} parameter `{parameter.name}` is gone: it is ignored now"
        yield _change(
            "parameter-removed", Severity.POSSIBLY, operation, words, parameter.place, gone=True
        )
    for parameter in come:
        yield _come(parameter, operation)
    for key, was in before.items():
        if key in after:
            yield from _parameter(was, after[key], operation)
    paths = {x.name: x for x in one if x.location == "path"}
    for is_ in other:
        if is_.location == "path" and is_.name in paths:
            yield from _parameter(paths[is_.name], is_, operation)


def _come(parameter: Parameter, operation: Operation) -> Said:
    place = parameter.place or operation.place
    named = f"the {parameter.location} parameter `{parameter.name}`"
    if parameter.required is None:
        return NotCompared(
            operation.name, f"whether {named}, which is new, is required", place=place
        )
    if parameter.required:
        words = f"{named} is new and required"
        return _change("parameter-added", Severity.BREAKING, operation, words, place)
    words = f"{named} is new and optional"
    return _change("parameter-added", Severity.COMPATIBLE, operation, words, place)


def _parameter(old: Parameter, new: Parameter, operation: Operation) -> Iterator[Said]:
    place = new.place or operation.place
    named = f"the {new.location} parameter `{new.name}`"
    if old.required is None or new.required is None:
        if old.required != new.required:
            yield NotCompared(operation.name, f"whether {named} is required", place=place)
    elif new.required and not old.required:
        words = f"{named} is required now"
        yield _change("parameter-required", Severity.BREAKING, operation, words, place)
    elif old.required and not new.required:
        words = f"{named} may be left out now"
        yield _change("parameter-optional", Severity.COMPATIBLE, operation, words, place)
    elif old.has_default and new.has_default and old.default != new.default:
        words = f"{named} is `{new.default}` where it is left out, and was `{old.default}`"
        yield _change("parameter-default-changed", Severity.POSSIBLY, operation, words, place)
    yield from _shapes(
        old.shape, new.shape, Direction.REQUEST, "parameter", named, operation, place
    )


def _bodies(before: Operation, operation: Operation, alike: Alike) -> Iterator[Said]:
    old, new = before.body, operation.body
    if (old is None) != (new is None) and (before.unknown or operation.unknown):
        return  # what is not known may be the body
    if old is None and new is not None:
        severity = Severity.BREAKING if new.required else Severity.COMPATIBLE
        words = f"takes a {'required' if new.required else 'optional'} body now"
        yield _change("body-added", severity, operation, words, new.place or operation.place)
    elif old is not None and new is None:
        words = "takes no body any more: it is ignored now"
        yield _change("body-removed", Severity.POSSIBLY, operation, words, operation.place)
    elif old is not None and new is not None:
        place = new.place or operation.place
        if old.media != new.media:
            words = f"takes {new.media} now, and no longer {old.media}"
            yield _change("body-media-changed", Severity.BREAKING, operation, words, place)
        if old.required is False and new.required:
            yield _change("body-required", Severity.BREAKING, operation, "needs a body now", place)
        elif old.required and new.required is False:
            words = "works without a body now"
            yield _change("body-optional", Severity.COMPATIBLE, operation, words, place)
        yield from _shapes(
            old.shape, new.shape, Direction.REQUEST, "request", "the body", operation, place, alike
        )


# -- what is answered ----------------------------------------------------------------------


def _declaring(operation: Operation) -> Operation:
    """Return *operation* with the answers alone that it declares itself."""
    answers = tuple(answer for answer in operation.answers or () if answer.declared)
    return msgspec.structs.replace(operation, answers=answers)


def _answers(old: Operation, new: Operation, alike: Alike) -> Iterator[Said]:
    before = {answer.status: answer for answer in old.answers or ()}
    after = {answer.status: answer for answer in new.answers or ()}
    if old.success != new.success and old.success is not None and new.success is not None:
        place = after[new.success].place if new.success in after else None
        words = f"succeeds with {new.success} now, and no longer with {old.success}"
        yield _change("success-status-changed", Severity.BREAKING, new, words, place or new.place)
        one, other = before.get(old.success), after.get(new.success)
        bodiless = not {old.success, new.success}.isdisjoint(_BODILESS)
        if one is not None and other is not None and not bodiless:
            yield from _answer(one, other, new, alike)
    gone = [s for s in before if s not in after and s not in (old.success, new.success)]
    come = [s for s in after if s not in before and s not in (old.success, new.success)]
    lost = [
        status
        for status, answer in before.items()
        if status < 500 and answer.raised and not (status in after and after[status].raised)
    ]
    for status in come:
        answer = after[status]
        place = answer.place or new.place
        why = "; ".join(filter(None, [answer.cause, *answer.calls]))
        if old.opaque and not (status >= 500 and answer.raised and lost):
            words = f"whether it answered {status} before: {old.opaque[0]}"
            yield NotCompared(new.name, words, place=place)
        elif status >= 500 and answer.raised and lost:
            words = f"answers {status} where it answered {', '.join(map(str, lost))}"
            yield _change("error-lost", Severity.BREAKING, new, words, place, why=why)
            gone = [s for s in gone if s not in lost]
        elif (was := _answered_before(answer, gone, before)) is not None:
            gone.remove(was)
            words = f"answers {status} where it answered {was}"
            yield _change("error-changed", Severity.POSSIBLY, new, words, place, why=why)
        else:
            words = f"may answer {status} now"
            yield _change("status-added", Severity.POSSIBLY, new, words, place, why=why)
    for status in gone:
        doubts = (*new.opaque, *new.loose)
        if doubts:
            words = f"whether it still answers {status}: {doubts[0]}"
            yield NotCompared(new.name, words, place=new.place)
            continue
        words = f"nothing in view leads to {status} any more"
        old_answer = before[status]
        yield _change(
            "status-removed",
            Severity.COMPATIBLE,
            new,
            words,
            old_answer.place,
            gone=True,
            why="; ".join(filter(None, [old_answer.cause, *old_answer.calls])),
        )
    for status, answer in before.items():
        if status in after:
            yield from _answer(answer, after[status], new, alike)


def _answered_before(
    answer: Answer, gone: Iterable[int], before: Mapping[int, Answer]
) -> int | None:
    """Return which of the statuses that have *gone* belonged to the exception of *answer*."""
    if answer.exception in ("", "HTTPException"):
        return None
    return next((s for s in gone if before[s].exception == answer.exception), None)


def _answer(old: Answer, new: Answer, operation: Operation, alike: Alike) -> Iterator[Said]:
    place = new.place or operation.place
    named = f"the {new.status} answer"
    yield from _chosen(old, new, named, operation)
    yield from _written_by_hand(old, new, named, operation)
    if old.media != new.media:
        words = f"{named} is {new.media or 'made by hand'} now, and no longer {_media(old)}"
        yield _change("media-changed", Severity.BREAKING, operation, words, place)
    elif old.shape is not None and new.shape is not None:
        yield from _shapes(
            _sent(old), _sent(new), Direction.RESPONSE, "response", named, operation, place, alike
        )
    elif old.shape is not None:
        words = f"{named} is no longer described: anything may come"
        yield _change("response-undescribed", Severity.POSSIBLY, operation, words, place)
    elif new.shape is not None:
        words = f"{named} is described now, and what the model does not have is left out"
        yield _change("response-described", Severity.POSSIBLY, operation, words, place)


def _written_by_hand(old: Answer, new: Answer, named: str, operation: Operation) -> Iterator[Said]:
    """Yield what has become of the media types that are documented by hand."""
    before, after = dict(old.further), dict(new.further)
    place = new.place or operation.place
    if "" in before or "" in after:
        if before != after:
            yield NotCompared(operation.name, f"{named}: what `content` documents", place=place)
        return
    for media, shape in before.items():
        if media in after:
            yield from _shapes(
                shape, after[media], Direction.RESPONSE, "response", named, operation, place
            )
        elif media != new.media:
            words = f"{named} is no longer documented as {media}"
            yield _change("media-removed", Severity.POSSIBLY, operation, words, place)
    for media in after:
        if media not in before and media != old.media:
            words = f"{named} is documented as {media} as well now"
            yield _change("media-added", Severity.COMPATIBLE, operation, words, place)


def _media(answer: Answer) -> str:
    return answer.media or "made by hand"


def _chosen(old: Answer, new: Answer, named: str, operation: Operation) -> Iterator[Said]:
    """Yield what ``response_model_exclude_*`` change: fields may be missing by their value."""
    place = new.place or operation.place
    was, is_ = (x.included is None or x.excluded is None for x in (old, new))
    yield from _untold(operation.name, f"which fields of {named} are sent", was, is_, place)
    for what in new.omits:
        if what not in old.omits:
            words = f"{named} leaves out fields that {_OMITTED[what]} now"
            yield _change("response-omits", Severity.POSSIBLY, operation, words, place)
    for what in old.omits:
        if what not in new.omits:
            words = f"{named} has fields that {_OMITTED[what]} as well now"
            yield _change("response-no-longer-omits", Severity.POSSIBLY, operation, words, place)


_OMITTED: Final = {
    "defaults": "have their default",
    "none": "are null",
    "unset": "nobody has set",
}


def _sent(answer: Answer) -> Shape:
    """Return the shape of what is really sent: the fields that are included and not excluded."""
    shape = answer.shape
    assert shape is not None
    if shape.kind is not Kind.OBJECT or not (answer.included or answer.excluded):
        return shape
    fields = tuple(
        field
        for field in shape.fields
        if (not answer.included or field.name in answer.included)
        and field.name not in (answer.excluded or ())
    )
    return msgspec.structs.replace(shape, fields=fields)


def _shapes(
    old: Shape,
    new: Shape,
    direction: Direction,
    prefix: str,
    named: str,
    operation: Operation,
    place: Place | None,
    alike: Alike | None = None,
) -> Iterator[Said]:
    for difference in differences(old, new, direction, alike):
        what = f"`{difference.path}` of {named}" if difference.path else named
        if difference.unknown:
            words = f"{what}: {difference.words}"
            yield NotCompared(operation.name, words, difference.always, place=place)
        else:
            yield _change(
                f"{prefix}-{difference.kind}",
                difference.severity,
                operation,
                f"{what}: {difference.words}",
                difference.place or place,
                gone=difference.gone,
            )


def _change(
    kind: str,
    severity: Severity,
    operation: Operation,
    words: str,
    place: Place | None,
    *,
    gone: bool = False,
    why: str = "",
) -> Change:
    return Change(kind, severity, operation.name, words, place=place, gone=gone, why=why)
