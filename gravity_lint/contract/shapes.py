"""Comparing two types, as callers meet them.

What a request may hold must not become less, what a response may hold must not
become more: the same difference breaks callers one way and is harmless the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import msgspec

from gravity_lint.contract.changes import Direction, Severity
from gravity_lint.contract.description import Field, Kind, Place, Shape

_UPPER: Final = ("le", "lt", "max_length", "max_items", "max_digits", "decimal_places")
_LOWER: Final = ("ge", "gt", "min_length", "min_items")
_SCALARS: Final = (Kind.STRING, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN)


class Difference(msgspec.Struct, frozen=True):
    """One difference: a *kind* without its direction, where in the type it is, what it is in words.

    *path* leads there: ``data.items[].price``. *unknown*: nothing can be said, *always* as little
    on the other side. *place* is where
    that part of the type is written, if it is *gone* in the old code.
    """

    kind: str
    severity: Severity
    path: str
    words: str
    unknown: bool = False
    always: bool = False
    place: Place | None = None
    gone: bool = False


Alike: TypeAlias = "dict[tuple[int, int, Direction], tuple[Shape, Shape]]"
"""Pairs of shapes between which there is no difference, by their identities."""


def differences(
    old: Shape, new: Shape, direction: Direction, alike: Alike | None = None
) -> Iterator[Difference]:
    """Yield how *new* differs from *old* for values that travel in *direction*.

    *alike* remembers which models have been found to be the same: types share their parts, and
    without it those would be looked at as often as there are ways to them.
    """
    comparison = _Comparison(direction, {} if alike is None else alike)
    yield from comparison.compare(old, new, "")


def identical(one: Shape, other: Shape) -> bool:
    """Tell whether two shapes are the same on the wire, wherever they are written."""
    return not any(differences(one, other, Direction.REQUEST))


class _Comparison:
    def __init__(self, direction: Direction, alike: Alike) -> None:
        self._direction = direction
        self._asks = direction is Direction.REQUEST
        self._alike = alike

    def compare(self, old: Shape, new: Shape, path: str) -> Iterator[Difference]:
        unknown = [shape for shape in (old, new) if shape.kind is Kind.UNKNOWN]
        if unknown:
            side = "was and is" if len(unknown) > 1 else "was" if unknown[0] is old else "is"
            reasons = "; ".join(dict.fromkeys(shape.why for shape in unknown))
            words = f"what it {side} is not known ({reasons})"
            yield msgspec.structs.replace(self._unknown(path, words), always=len(unknown) > 1)
            return
        if old.nullable != new.nullable:
            yield self._nullable(new.nullable, path)
        one, other = old.present, new.present
        if one.kind is Kind.UNION or other.kind is Kind.UNION:
            yield from self._unions(one, other, path)
            return
        wrapped = self._wrapped(one, other, path)
        if wrapped is not None:
            yield wrapped
            if wrapped.severity is Severity.BREAKING:
                return
        if _values(one) is not None or _values(other) is not None:
            yield from self._enumerations(one, other, path)
            return
        if one.kind is not other.kind:
            if Kind.REFERENCE in (one.kind, other.kind) and one.name == other.name:
                return
            yield self._retyped(one, other, path)
            return
        if one.format != other.format:
            yield self._narrowed_or_widened(
                "format", bool(other.format), f"{_named(one)} became {_named(other)}", path
            )
        yield from self._bounds(one, other, path)
        if one.kind is Kind.OBJECT:
            yield from self._models(one, other, path)
        elif one.members and len(one.members) == len(other.members):
            for number, (was, is_) in enumerate(zip(one.members, other.members, strict=True)):
                yield from self.compare(was, is_, f"{path}[{number}]")
        elif one.item is not None and other.item is not None:
            yield from self.compare(one.item, other.item, f"{path}[]")

    # -- what a value may be -------------------------------------------------------------------

    def _nullable(self, now: bool, path: str) -> Difference:
        words = "may be null now" if now else "may no longer be null"
        # Callers may go on sending it, and must not be surprised by it.
        severity = Severity.COMPATIBLE if now is self._asks else Severity.BREAKING
        return self._difference("nullable" if now else "not-nullable", severity, path, words)

    def _retyped(self, one: Shape, other: Shape, path: str) -> Difference:
        words = f"was {_named(one)} and is {_named(other)}"
        wider, narrower = _wider(other, one), _wider(one, other)
        if wider if self._asks else narrower:
            return self._difference("retyped", Severity.COMPATIBLE, path, words)
        return self._difference("retyped", Severity.BREAKING, path, words)

    def _narrowed_or_widened(self, what: str, narrowed: bool, words: str, path: str) -> Difference:
        kind = f"{what}-{'narrowed' if narrowed else 'widened'}"
        if self._asks:
            severity = Severity.BREAKING if narrowed else Severity.COMPATIBLE
        else:
            severity = Severity.COMPATIBLE if narrowed else Severity.POSSIBLY
        return self._difference(kind, severity, path, words)

    def _enumerations(self, one: Shape, other: Shape, path: str) -> Iterator[Difference]:
        before, after = _values(one), _values(other)
        if before is None or after is None:
            words = f"was {_named(one)} and is {_named(other)}"
            yield self._narrowed_or_widened("values", after is not None, words, path)
            return
        gone = [value for value in before if value not in after]
        come = [value for value in after if value not in before]
        if gone:
            words = (
                f"no longer takes the {_listed(gone)}"
                if self._asks
                else f"is never {_listed(gone)} now"
            )
            severity = Severity.BREAKING if self._asks else Severity.COMPATIBLE
            yield self._difference("value-removed", severity, path, words)
        if come:
            words = f"takes {_listed(come)} now" if self._asks else f"may be {_listed(come)} now"
            severity = Severity.COMPATIBLE if self._asks else Severity.POSSIBLY
            yield self._difference("value-added", severity, path, words)

    def _unions(self, one: Shape, other: Shape, path: str) -> Iterator[Difference]:
        gone, come = list(_members(one)), list(_members(other))
        # What has stayed as it is goes first: two lists are alike, whatever is in them.
        for is_same in (self._is_same, _alike):
            for member in list(gone):
                partner = next((x for x in come if is_same(member, x)), None)
                if partner is not None:
                    gone.remove(member)
                    come.remove(partner)
                    yield from self.compare(member, partner, path)
        if len(gone) == len(come) == 1:
            yield from self.compare(gone[0], come[0], path)
            return
        if gone:
            words = f"is no longer {_alternatives(gone)}"
            severity = Severity.BREAKING if self._asks else Severity.COMPATIBLE
            yield self._difference("union-member-removed", severity, path, words)
        if come:
            words = f"may be {_alternatives(come)} now"
            severity = Severity.COMPATIBLE if self._asks else Severity.POSSIBLY
            yield self._difference("union-member-added", severity, path, words)

    def _is_same(self, one: Shape, other: Shape) -> bool:
        return _alike(one, other) and not any(self.compare(one, other, ""))

    def _bounds(self, one: Shape, other: Shape, path: str) -> Iterator[Difference]:
        before, after = dict(one.bounds), dict(other.bounds)
        for name in dict.fromkeys((*before, *after)):
            was, is_ = before.get(name), after.get(name)
            if was == is_ and (name in before) == (name in after):
                continue
            narrowed = _narrowed(name, was, is_)
            words = f"`{name}` was {_shown(was)} and is {_shown(is_)}"
            if narrowed is None:
                severity = Severity.BREAKING if self._asks else Severity.POSSIBLY
                yield self._difference("constraint-changed", severity, path, words)
            else:
                yield self._narrowed_or_widened("constraint", narrowed, words, path)

    # -- models --------------------------------------------------------------------------------

    def _models(self, one: Shape, other: Shape, path: str) -> Iterator[Difference]:
        if one.naming != other.naming:
            yield self._unknown(path, "how its fields are called now")
            return
        key = (id(one), id(other), self._direction)
        if key in self._alike:
            return
        found = list(self._objects(one, other, path))
        if not found:
            self._alike[key] = (one, other)  # kept, or others may get their identities
        yield from found

    def _objects(self, one: Shape, other: Shape, path: str) -> Iterator[Difference]:
        before = {field.name: field for field in one.fields}
        after = {field.name: field for field in other.fields}
        gone = [before[name] for name in before if name not in after]
        come = [after[name] for name in after if name not in before]
        for was, is_ in _renamed(gone, come):
            gone.remove(was)
            come.remove(is_)
            words = f"the field `{was.name}` is called `{is_.name}` now"
            severity = Severity.BREAKING
            if self._asks and was.name in is_.also:
                severity = Severity.COMPATIBLE
                words += "; its old name is taken as well"
            elif self._asks and was.required is False and other.extra != "forbid":
                severity = Severity.POSSIBLY
            below = _below(path, is_.name)
            found = self._difference("field-renamed", severity, below, words)
            yield _placed(found, is_.place)
        for field in gone:
            yield _placed(self._field_gone(field, other, path), field.place, gone=True)
        for field in come:
            yield _placed(self._field_come(field, path), field.place)
        for name, field in before.items():
            if name in after:
                for difference in self._field_changed(field, after[name], _below(path, name)):
                    yield _placed(difference, after[name].place)
        if one.extra != other.extra and "forbid" in (one.extra, other.extra) and self._asks:
            severity = Severity.BREAKING if other.extra == "forbid" else Severity.COMPATIBLE
            words = f"fields that it does not have were {_extra(one)} and are {_extra(other)}"
            yield self._difference("extra-fields", severity, path, words)

    def _field_gone(self, field: Field, other: Shape, path: str) -> Difference:
        words = f"the field `{field.name}` is gone"
        if not self._asks:
            severity = Severity.BREAKING
        else:
            severity = Severity.BREAKING if other.extra == "forbid" else Severity.POSSIBLY
        return self._difference("field-removed", severity, _below(path, field.name), words)

    def _field_come(self, field: Field, path: str) -> Difference:
        required = {True: "required ", False: "optional ", None: ""}[field.required]
        words = f"there is a new {required}field `{field.name}`"
        severity = Severity.COMPATIBLE
        if self._asks and field.required is None:
            return self._unknown(_below(path, field.name), "whether the new field is required")
        if self._asks and field.required:
            severity = Severity.BREAKING
        return self._difference("field-added", severity, _below(path, field.name), words)

    def _field_changed(self, old: Field, new: Field, path: str) -> Iterator[Difference]:
        if old.required is None or new.required is None:
            yield self._unknown(path, "whether it is required")
        elif old.required != new.required:
            words = "is required now" if new.required else "may be left out now"
            if self._asks:
                severity = Severity.BREAKING if new.required else Severity.COMPATIBLE
            else:
                severity = Severity.COMPATIBLE if new.required else Severity.POSSIBLY
            kind = "required" if new.required else "optional"
            yield self._difference(f"field-{kind}", severity, path, words)
        elif self._asks and old.has_default and new.has_default and old.default != new.default:
            words = f"is {_shown(new.default)} where it is left out, and was {_shown(old.default)}"
            yield self._difference("default-changed", Severity.POSSIBLY, path, words)
        yield from self.compare(old.shape, new.shape, path)

    def _wrapped(self, one: Shape, other: Shape, path: str) -> Difference | None:
        """Return that an answer is put into an envelope, taken out of one, or into pages."""
        if self._asks or path:
            return None
        inside_one, inside_other = _content(one), _content(other)
        if inside_other is not None and _same(one, inside_other):
            words = f"is wrapped in {_named(other)} now"
            return self._difference("wrapped", Severity.BREAKING, path, words)
        if inside_one is not None and _same(inside_one, other):
            words = f"is no longer wrapped in {_named(one)}"
            return self._difference("unwrapped", Severity.BREAKING, path, words)
        if inside_one is not None and inside_other is not None and _pages(other) != _pages(one):
            words = f"was {_named(one)} and is {_named(other)}"
            kind = "paginated" if _pages(other) else "unpaginated"
            missing = {field.name for field in one.fields} - {field.name for field in other.fields}
            # With all fields still there, only the items may be fewer.
            severity = Severity.BREAKING if missing else Severity.POSSIBLY
            return self._difference(kind, severity, path, words)
        return None

    def _difference(self, kind: str, severity: Severity, path: str, words: str) -> Difference:
        return Difference(kind, severity, path, words)

    @staticmethod
    def _unknown(path: str, words: str) -> Difference:
        return Difference("", Severity.COMPATIBLE, path, words, unknown=True)


def _placed(difference: Difference, place: Place | None, *, gone: bool = False) -> Difference:
    """Return *difference* with its place, if none nearer to it is known."""
    if difference.place is not None or place is None:
        return difference
    return msgspec.structs.replace(difference, place=place, gone=gone)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _values(shape: Shape) -> tuple[Any, ...] | None:
    return shape.values if shape.kind is Kind.ENUM else None


def _members(shape: Shape) -> tuple[Shape, ...]:
    return shape.members if shape.kind is Kind.UNION else (shape,)


def _alike(one: Shape, other: Shape) -> bool:
    """Tell whether two members of unions are the same one, be it changed inside."""
    if one.kind is not other.kind:
        return False
    return one.name == other.name if one.name or other.name else one.format == other.format


def _same(one: Shape, other: Shape) -> bool:
    return (
        not any(
            difference.severity is not Severity.COMPATIBLE or difference.unknown
            for difference in differences(one, other, Direction.RESPONSE)
        )
        and one.kind is other.kind
    )


def _content(shape: Shape) -> Shape | None:
    """Return what an envelope holds: the field ``data`` of a model that also has others."""
    if shape.kind is not Kind.OBJECT or len(shape.fields) < 2:
        return None
    return next((field.shape.present for field in shape.fields if field.name == "data"), None)


def _pages(shape: Shape) -> bool:
    names = {field.name for field in shape.fields}
    return {"total", "page"} <= names or {"total", "page_size"} <= names


def _renamed(gone: list[Field], come: list[Field]) -> list[tuple[Field, Field]]:
    """Return the one field that has gone with the one that came, if they are of one type."""
    if len(gone) == len(come) == 1 and identical(gone[0].shape, come[0].shape):
        return [(gone[0], come[0])]
    return []


def _wider(one: Shape, other: Shape) -> bool:
    """Tell whether every value of *other* is one of *one*."""
    if one.kind is Kind.ANY:
        return True
    return one.kind is Kind.NUMBER and other.kind is Kind.INTEGER


def _narrowed(name: str, was: Any, is_: Any) -> bool | None:
    """Tell whether a constraint allows less than before; None where the two cannot be compared."""
    if was is None:
        return True
    if is_ is None:
        return False
    try:
        if name in _UPPER:
            return bool(is_ < was)
        if name in _LOWER:
            return bool(is_ > was)
    except TypeError:
        return None
    return None


def _extra(shape: Shape) -> str:
    return {"ignore": "ignored", "allow": "kept", "forbid": "refused"}.get(shape.extra, shape.extra)


def _named(shape: Shape) -> str:
    if shape.name:
        return f"`{shape.name}`"
    if shape.kind is Kind.ARRAY and shape.item is not None:
        return f"a list of {_named(shape.item)}"
    if shape.kind is Kind.ENUM:
        return f"one of {_listed(shape.values)}"
    if shape.kind is Kind.UNION:
        return _alternatives(shape.members)
    name = f"`{shape.kind.value}`"
    return f"{name} ({shape.format})" if shape.format else name


def _listed(values: Any) -> str:
    return ", ".join(_shown(value) for value in values)


def _alternatives(shapes: Any) -> str:
    return " or ".join(_named(shape) for shape in shapes)


def _shown(value: Any) -> str:
    return (
        "not given" if value is None else f"`{value!r}`" if isinstance(value, str) else f"`{value}`"
    )
