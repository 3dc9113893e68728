"""Where a path would get its version: the one place to change for all endpoints below it."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import cached_property

import msgspec

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import EffectivePath, Endpoint
from gravity_lint.model.api.environments import Value
from gravity_lint.model.api.inclusions import Inclusion, Place
from gravity_lint.model.api.prescribed import has_fixed_place
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Module, Scope
from gravity_lint.model.code.service import Service
from gravity_lint.model.code.values import text_of
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

_VERSION = pattern(r"/v[0-9]+(?=/|$)")
_BEGINNING = pattern(r"(?:/api)?/v[0-9]+(?=/|$)")
_API = pattern(r"/api(?=/|$)")
_INSIDE = pattern(r"(?:/api)?(?P<version>/v[0-9]+)(?=/|$)")
_REST = pattern(r"\{\w+:path\}")


class Repair(msgspec.Struct, frozen=True):
    """What to write where, so that paths begin with a version.

    *own* tells whether that is the registration of the endpoint itself, *path* what it makes of
    the whole path. *after* is empty where what stands there is to go.
    """

    module: Module
    span: Span
    giver: str
    before: str
    after: str
    own: bool
    path: str

    @property
    def place(self) -> Place:
        """Where it is made."""
        return self.module, self.span


class Moved(Record, frozen=True):
    """A path that a *repair* gives its version."""

    endpoint: Endpoint
    effective: EffectivePath
    repair: Repair

    @property
    def path(self) -> str:
        """What becomes of it."""
        return self.repair.path

    @property
    def stays(self) -> bool:
        """Tell whether it is asked for where it is, and needs no version."""
        return self.endpoint.operational or has_fixed_place(self.effective.path)

    @property
    def is_shown(self) -> bool:
        """Tell whether it needs a version: it does not stay, and is in the OpenAPI document."""
        return not self.stays and self.endpoint.documented_at(self.effective) is True

    @property
    def is_right_below(self) -> bool:
        """Tell whether at most one segment, or no prefix, stands behind what is to be changed."""
        before = self.repair.before
        if not before:
            return not self.effective.mount.prefix.strip("/")
        return "/" not in self.effective.path.partition(before)[2].strip("/")


class Spot(Record, frozen=True):
    """The one place where all the *moves* get their version; they are in source order."""

    versions: Versions
    moves: tuple[Moved, ...]

    @cached_property
    def probe(self) -> EffectivePath | None:
        """What moves with the others, right below the place, though it is asked for where it is.

        A root that has members, or takes what is no probe, is a collection and moves as well.
        Another probe comes before the root.
        """
        others = {x.effective.path for x in self.moves if not x.stays}
        if any(path.startswith("/{") for path in others):
            others.add("/")
        kept = [x.effective for x in self.moves if x.stays and x.is_right_below]
        kept = [x for x in kept if x.path not in others]
        return min(kept, key=lambda x: x.path == "/", default=None)

    @cached_property
    def beginning(self) -> str | None:
        """What each text is to begin with that the place gives, if it gives several.

        It stands in a loop then, or in a function that has several callers.
        """
        alike = [moved.repair for moved in self.moves]
        if len({x.before for x in alike}) < 2:
            return None
        begun = {found[0] for x in alike if (found := _BEGINNING.match(x.after)) is not None}
        return begun.pop() if len(begun) == 1 else "/api/v<N>"

    def said_again(self, repair: Repair) -> tuple[str, tuple[str, ...]]:
        """Return the version that *repair* would make stand twice, and who says it as well."""
        begun = _BEGINNING.match(repair.after)
        version = begun[0] if begun is not None else ""
        doubled = f"{repair.after.rstrip('/')}{version}/"
        return version, tuple(
            dict.fromkeys(
                part.giver
                for moved in (self.moves if version else ())
                if moved.path.startswith(doubled)
                for part in moved.effective.parts
                if part.text.startswith(f"{version}/")
            )
        )


class Versions(Record, frozen=True):
    """The paths of *service*, held against the *pattern* with which each is to begin."""

    service: Service
    pattern: str

    @cached_property
    def paths(self) -> dict[Endpoint, tuple[EffectivePath, ...]]:
        """The paths of each endpoint as its clients ask for them, where that is known."""
        return {
            endpoint: tuple(
                seen
                for effective in endpoint.paths or ()
                if (seen := _seen(effective, self.pattern)) is not None
            )
            for endpoint in endpoints(self.service)
        }

    @cached_property
    def moves(self) -> dict[EffectivePath, Moved]:
        """What gives the paths their version that begin otherwise, where a single place can."""
        return self._moves(frozenset())

    def _moves(self, closed: frozenset[Place]) -> dict[EffectivePath, Moved]:
        """Return the moves where the includes at *closed* stay as they are.

        An include that gives a version to what has no prefix gives it to all that comes by it. A
        router beside that must not get it as well; where it has to, for the sake of other
        includes, this one is closed.
        """
        nearest = [
            Moved(endpoint, effective, repair)
            for endpoint, effective in self._lacking
            if (repair := self._repair_of(endpoint, effective, closed)) is not None
        ]
        bare = {x.repair.place for x in nearest if not x.repair.before and x.is_shown}
        around = {x: self._bare(x.endpoint, x.effective, closed, bare) for x in nearest}
        apart = {x.repair.place for x, outer in around.items() if outer is None}
        torn = {x.place for moved, x in around.items() if x and moved.repair.place in apart}
        if torn:
            return self._moves(closed | torn)
        return {
            x.effective: Moved(x.endpoint, x.effective, outer) if outer is not None else x
            for x, outer in around.items()
        }

    @cached_property
    def _spots(self) -> dict[Place, Spot]:
        rows: dict[Place, list[Moved]] = {}
        for moved in self.moves.values():
            rows.setdefault(moved.repair.place, []).append(moved)
        return {place: Spot(self, tuple(moves)) for place, moves in rows.items()}

    def spot_of(self, repair: Repair) -> Spot:
        """Return the place of *repair*, with all that moves when it is made."""
        return self._spots[repair.place]

    @cached_property
    def _lacking(self) -> tuple[tuple[Endpoint, EffectivePath], ...]:
        return tuple(
            (endpoint, effective)
            for endpoint, paths in self.paths.items()
            for effective in paths
            if not begins(effective.path, self.pattern)
        )

    def _repair_of(
        self, endpoint: Endpoint, effective: EffectivePath, closed: frozenset[Place]
    ) -> Repair | None:
        """Return the outermost place where a version makes *effective* begin as it should.

        Not a place from which paths hang that begin so already, nor an include at *closed*. None
        where no single part of the path can be mended so.
        """
        parts = [part for part in effective.parts if part.text.strip("/")]
        parts = parts or [part for part in effective.parts[-1:] if part.text]
        above = effective.root
        for part in parts:
            own = part is effective.parts[-1]
            free = part.place not in self._settled
            # What stands before the version, or already holds one, is changed where it is written.
            if (own or not free) and above == effective.root and _takes_prefix(part.text, above):
                around = self._bare(endpoint, effective, closed)
                if around is not None:
                    return around
            if free:
                ahead = part.place in self._ahead
                after = "" if ahead else _versioned(above, part.text)
                whole = above + after + effective.path[len(above) + len(part.text) :]
                if not begins(whole, self.pattern):
                    return None
                return Repair(*part.place, part.giver, part.text, after, own, whole)
            above += part.text
        return None

    def _bare(
        self,
        endpoint: Endpoint,
        effective: EffectivePath,
        closed: frozenset[Place],
        places: Container[Place] | None = None,
    ) -> Repair | None:
        """Return the outermost include, of those at *places*, that gives no prefix yet, and may.

        It stands before all that gives one.
        """
        root, prefix = effective.root, _versioned(effective.root, "")
        for link in _bare_links(endpoint, effective):
            if link.place in closed or link.place in self._settled:
                continue
            if places is None or link.place in places:
                path = f"{root}{prefix}{effective.path[len(root) :]}"
                return Repair(*link.place, "`include_router`", "", prefix, False, path)
        return None

    @cached_property
    def _settled(self) -> frozenset[Place]:
        """The places that stay: of parts of paths that begin as they should, or may not.

        And of all that stands behind the place of another path that is to be changed.
        """
        found: set[Place] = set()
        for paths in self.paths.values():
            for effective in paths:
                if begins(effective.path, self.pattern):
                    found.update(part.place for part in effective.parts)
                    found.update(link.place for link in effective.mount.links)
                elif not _takes_prefix(effective.path[len(effective.root) :], effective.root):
                    # No prefix may be given where it would stand before an ``/api`` that is there.
                    found.update(link.place for link in effective.mount.links)
        # What stands behind the place that is to be changed is settled by that.
        places = [[x.place for x in e.parts if x.text.strip("/")] for _, e in self._lacking]
        behind = [place for row in places for place in [x for x in row if x not in found][1:]]
        return frozenset(found.union(behind))

    @cached_property
    def _ahead(self) -> frozenset[Place]:
        """The places of what only stands before paths that begin as they should."""
        found: dict[Place, bool] = {}
        for paths in self.paths.values():
            for effective in paths:
                above = effective.root
                for part in effective.parts:
                    rest = effective.path[len(above) + len(part.text) :]
                    first = above == effective.root and begins(effective.root + rest, self.pattern)
                    first = first and bool(part.text.strip("/"))
                    found[part.place] = first and found.get(part.place, True)
                    above += part.text
        return frozenset(place for place, ahead in found.items() if ahead)


def versions_of(service: Service, pattern: str) -> Versions:
    """Return the paths of *service*, held against *pattern*."""
    return service.memory.ask(("versions", pattern), None, Versions, service, pattern)


def begins(path: str, pattern: str) -> bool:
    """Tell whether *path* begins as *pattern* wants, also where it ends there: ``/api/v1``."""
    return re.match(pattern, path.rstrip("/") + "/") is not None


def may_take_version(path: str, pattern: str) -> bool:
    """Tell whether what a ``{rest:path}`` in *path* takes may begin as *pattern* wants: a gateway.

    ``/{rest:path}`` answers ``/api/v1/items`` as it is.
    """
    return any(begins(_REST.sub(taken, path, count=1), pattern) for taken in ("api/v1/x", "v1/x"))


def _seen(effective: EffectivePath, pattern: str) -> EffectivePath | None:
    """Return *effective* below the ``root_path`` of its application, with which clients ask for it.

    Starlette takes that off a path before it looks for the route (before 0.33 it left it there). A
    root that says nothing of versions, such as the name of the service at a gateway, is left out.
    """
    root = effective.mount.app.root_path if effective.mount.app is not None else ""
    if root == "" or (root is None and begins(effective.path, pattern)):
        return effective
    if root is None:
        return None
    root = root.rstrip("/")
    if begins(f"{root}/v1", pattern):
        whole = root + effective.path
        if begins(effective.path, pattern) and not begins(whole, pattern):
            return None
        return EffectivePath(
            whole, effective.parts, effective.mount, effective.conditional, root=root
        )
    tells = root.endswith("/api") or _VERSION.search(root) is not None
    return None if tells and not begins(effective.path, pattern) else effective


class Blank(msgspec.Struct, frozen=True):
    """What a path begins with and is empty as far as is known: *written* so, to become *after*.

    *own* tells whether the registration of the endpoint itself says so, and not an include.
    """

    written: f.Expression
    after: str
    own: bool


def blank_of(endpoint: Endpoint, effective: EffectivePath) -> Blank | None:
    """Return the name or the setting, empty by default, that gives *effective* its beginning."""
    if effective.root or not _takes_prefix(effective.path, ""):
        return None
    after = _versioned("", "")
    for text, given in _prefixes(endpoint, effective):
        blank = _blank_beginning(*given[:2]) if given is not None else None
        if blank is not None:
            return Blank(blank, after, False)
        if text:
            return None
    blank = _blank_beginning(endpoint.registrar, endpoint.registration.argument(0, "path"))
    return Blank(blank, after, True) if blank is not None else None


def _prefixes(
    endpoint: Endpoint, effective: EffectivePath
) -> Iterator[tuple[str | None, Value | None]]:
    """Yield the prefixes before the route's own path, and what is written for each."""
    links = effective.mount.links
    top = links[0].parent if links else endpoint.router
    routers = [top, *(link.child for link in links)]
    for number, router in enumerate(routers):
        if number:
            link = links[number - 1]
            yield link.prefix, None if link.is_mount else link.given.keyword("prefix")
        if router is not None:
            yield router.prefix, router.given.keyword("prefix") if router.given else None


def _blank_beginning(scope: Scope, path: f.Expression | None) -> f.Expression | None:
    match path:
        case f.Name() | f.Attribute():
            return path if text_of(scope, path) == "" else None
        case f.Template(parts=(f.Hole(value=first), *_)) | f.Binary(operator="+", left=first):
            return _blank_beginning(scope, first)
    return None


def _versioned(above: str, text: str) -> str:
    """Return *text* with the version in it that a path begins with *above* it."""
    if above.rstrip("/").endswith("/api"):
        return f"/v1{text}"
    if above:
        return text
    said = _INSIDE.search(text)
    if said is not None and said.start():
        # The version is there, only not at the beginning.
        before = _API.sub("", text[: said.start()], 1)
        return f"/api{said['version']}{before}{text[said.end() :]}"
    if text == "/api" or text.startswith("/api/"):
        rest = text[len("/api") :]
        return f"/api{rest}" if _VERSION.match(rest) else f"/api/v1{rest}"
    return f"/api{text}" if _VERSION.match(text) else f"/api/v1{text}"


def _takes_prefix(path: str, root: str) -> bool:
    """Tell whether a prefix around it, below *root*, gives *path* the version that it lacks."""
    return _versioned(root, path) == f"{_versioned(root, '')}{path}"


def _bare_links(endpoint: Endpoint, effective: EffectivePath) -> Iterator[Inclusion]:
    """Yield the includes without a prefix that stand before all that gives *effective* one."""
    links = effective.mount.links
    top = links[0].parent if links else endpoint.router
    if top is None or top.prefix:
        return
    for link in links:
        if link.prefix != "":
            return
        if not link.is_mount:
            yield link
        if link.child.prefix:
            return
