"""Paths whose parts, each given by somebody else, say the same thing twice."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from gravity_lint.model.api.endpoints import EffectivePath, Endpoint
from gravity_lint.model.api.inclusions import Part, Place
from gravity_lint.model.api.order import Placed, at_path, matches_all, placed_routes, takes_all
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.service import Service, query


class Doubled(msgspec.Struct, frozen=True):
    """The segments that two parts of a path both give, where they meet."""

    text: str
    first: Part
    second: Part


def doubled_segment(effective: EffectivePath) -> Doubled | None:
    """Return where two parts of *effective* repeat each other's segments; None if nowhere.

    ``/api/v1`` before ``/api/v1/users`` repeats two segments, ``/companies``
    before ``/companies/`` one. A parameter repeats nothing, and what a single
    part says twice was meant.
    """
    parts = [part for part in effective.parts if part.text.strip("/")]
    for index, second in enumerate(parts[1:], 1):
        before = [s for part in parts[:index] for s in part.text.strip("/").split("/") if s]
        after = [s for s in second.text.strip("/").split("/") if s]
        for length in range(min(len(before), len(after)), 0, -1):
            run = after[:length]
            if before[-length:] == run and not any("{" in segment for segment in run):
                return Doubled("/" + "/".join(run), parts[index - 1], second)
    return None


def part_to_change(endpoint: Endpoint, doubled: Doubled) -> Part:
    """Return which of the two parts is to go: nothing else may hang on it.

    That is the include, unless some of what it includes repeats nothing, or
    the same is included elsewhere and repeats the other include as well. Where what it includes
    also repeats nothing elsewhere, it is the include after all.
    """
    first, second = doubled.first, doubled.second
    if "include" not in first.giver:
        return second
    shared = any(
        other.first.place != first.place and other.second.place == second.place
        for path in endpoint.paths or ()
        if (other := doubled_segment(path)) is not None
    )
    if always_doubles(endpoint, first) and not shared:
        return first
    return second if shared or always_doubles(endpoint, second) else first


def always_doubles(endpoint: Endpoint, part: Part) -> bool:
    """Tell whether every path in which *part* is repeats it, or is repeated by it."""
    every, repeating = _uses(endpoint.module.service)[part.place]
    return every == repeating


class Taking(msgspec.Struct, frozen=True, eq=False):
    """A route, the *taker*, that would get all requests of another one, the *taken*."""

    taker: Placed
    taken: Placed

    @property
    def is_among_neighbours(self) -> bool:
        """Tell whether both are added to one router, where either can be added first."""
        return self.taker.endpoint.router is self.taken.endpoint.router

    @property
    def is_of_one_path(self) -> bool:
        """Tell whether the other could take the requests just as well."""
        return matches_all(self.taken, self.taker)


def takings(service: Service, part: Part) -> tuple[Taking, ...]:
    """Return what comes of it where *part* no longer says what is there twice.

    That is between routes that it moves and those that stay where they are, in order.
    """
    return service.memory.ask(("takings", *part.place), (), _takings, service, part)


def _takings(service: Service, part: Part) -> tuple[Taking, ...]:
    found: list[Taking] = []
    moving, staying = _routes(service)
    for route in moving.get(part.place, ()):
        for other in staying.get(route.top, ()):
            pairs = ((route, other), (other, route))
            found += [Taking(one, two) for one, two in pairs if takes_all(one, two)]
    return tuple(found)


_Moving: TypeAlias = dict[Place, list[Placed]]
_Staying: TypeAlias = dict[int, list[Placed]]


@query
def _routes(service: Service) -> tuple[_Moving, _Staying]:
    """Return the routes that say something twice, as they are mended, by the parts that do.

    And those of each application that say nothing twice. What one shadows that stays, or moves with
    it, gets no requests before and after.
    """
    moving: _Moving = {}
    staying: _Staying = {}
    for route in placed_routes(service):
        doubled = doubled_segment(route.effective)
        above = doubled_segment(route.shadow.effective) if route.shadow is not None else None
        if doubled is None:
            if route.shadow is None or above is not None:
                staying.setdefault(route.top, []).append(route)
            continue
        with_it = [part.place for part in (above.first, above.second)] if above else ()
        for part in (doubled.first, doubled.second):
            if part.place not in with_it:
                moving.setdefault(part.place, []).append(_mended(route, doubled))
    return moving, staying


def _mended(route: Placed, doubled: Doubled) -> Placed:
    """Return *route* as it is once it says nothing twice."""
    parts = route.effective.parts
    number = parts.index(doubled.second)
    before = "".join(part.text for part in parts[:number])
    after = "".join(part.text for part in parts[number + 1 :])
    rest = f"/{doubled.second.text.lstrip('/')}".removeprefix(doubled.text)
    return at_path(route, f"{before}{rest}{after}")


@query
def _uses(service: Service) -> dict[Place, tuple[int, int]]:
    """Return how many paths each part is in, and in how many of them it is repeated."""
    found: dict[Place, tuple[int, int]] = {}
    for endpoint in endpoints(service):
        for path in endpoint.paths or ():
            doubled = doubled_segment(path)
            for part in path.parts:
                repeated = doubled is not None and part in (doubled.first, doubled.second)
                every, repeating = found.get(part.place, (0, 0))
                found[part.place] = every + 1, repeating + repeated
    return found
