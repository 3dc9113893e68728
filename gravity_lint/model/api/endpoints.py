"""Endpoints, and what reaches them: paths, tags, and the calls that they inherit from."""

from __future__ import annotations

from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.environments import Given, listed, value_in
from gravity_lint.model.api.inclusions import Mount, Part, mounts, ways
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.schemas import is_list
from gravity_lint.model.code.annotations import Alternative, opened
from gravity_lint.model.code.layers import matches_any
from gravity_lint.model.code.names import External, Variable, inherits, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Class, Function, Module, Scope
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.values import text_of, value_of
from gravity_lint.patterns import pattern
from gravity_lint.sources.spans import Span

PAGING = frozenset({"cursor", "limit", "offset", "page", "page_size", "per_page", "size", "skip"})
"""What the parameters are called that ask for a part of a list."""
_STATES = frozenset({"docs", "heartbeat", "live", "metrics", "ready", "up"})
"""Last words of probes, and of the documentation, that things of a resource may be as well."""
_NO_RESOURCE = pattern(
    r"_*(?:actuator|admin|api|debug|health\w*|internal|management|monitor(?:ing)?|observability|ops"
    r"|probes?|public|service|status|system|v\d+\w*)"
)
"""Segments of paths that are no resource."""
_BY_KEYS = ("builtins.dict", "typing.Dict", "typing.Mapping", "collections.abc.Mapping")


class EffectivePath(Record, frozen=True):
    """One path under which an endpoint answers.

    *root* is what of *path* is none of the *parts*: the ``root_path`` of the application, if it is
    asked about those who call it through its proxy.
    """

    path: str
    parts: tuple[Part, ...]
    mount: Mount
    conditional: bool
    root: str = ""


class Endpoint(Record, frozen=True):
    """A function registered on a router.

    *site* is the registering call (the decorator's, or ``add_api_route``),
    *methods* are None where they are not known and empty for a WebSocket,
    *own_path* is what the registration itself says, with the router's own
    prefix left out.
    """

    function: Function
    site: CallSite
    router: Router | None
    methods: frozenset[str] | None
    own_path: str | None
    path_span: Span
    websocket: bool
    plain: bool
    conditional: bool
    order: tuple[int, int]

    @property
    def registration(self) -> f.Call:
        """The registering call."""
        return self.site.call

    @property
    def registrar(self) -> Scope:
        """The scope in which the registration is written."""
        return self.site.scope

    @property
    def module(self) -> Module:
        """The module that registers it."""
        return self.site.module

    @property
    def span(self) -> Span:
        """The registering call."""
        return self.site.call.span

    @property
    def extent(self) -> Span:
        """The function's head if that is where it is registered, else the registering statement."""
        if self.site.step is self.function.step:
            return self.function.extent
        return self.site.step.extent

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.function.label

    @property
    def name(self) -> str:
        """The bare name of the function."""
        return self.function.name

    @property
    def decorated(self) -> bool:
        """Tell whether a decorator registers it."""
        return self.site.step is self.function.step

    @property
    def registered_name(self) -> str | None:
        """The name that FastAPI knows the route by; None where it cannot be told."""
        given = self.keyword("name")
        if given is None:
            return None if self.registration.unpacks else self.function.name
        known = value_of(self.registrar, given)
        if known is None:
            return None
        return known.value if isinstance(known.value, str) else self.function.name

    def keyword(self, name: str) -> f.Expression | None:
        """Return what the registration gives for *name*."""
        return self.registration.keyword(name)

    @cached_property
    def paths(self) -> tuple[EffectivePath, ...] | None:
        """Every path under which it answers; None if that is not known.

        A router that is mounted nowhere is judged by its own prefix only if
        the service has no application in view.
        """
        if self.own_path is None or self.router is None:
            return None
        found = mounts(self.router)
        if not found:
            return None
        own = Part(self.own_path, f"the route of `{self.name}`", self.module, self.path_span)
        return tuple(
            EffectivePath(
                mount.prefix + self.own_path,
                (*mount.parts, own),
                mount,
                mount.conditional or self.conditional,
            )
            for mount in found
        )

    @cached_property
    def _matched_paths(self) -> tuple[str, ...]:
        """Its paths, without a slash at the end; what is known of one whose beginning is not."""
        if self.paths is not None:
            return tuple(path.path.rstrip("/") or "/" for path in self.paths)
        if self.own_path is None:
            return ()
        known = f"{self.router.prefix or ''}{self.own_path}" if self.router else self.own_path
        # Below a prefix that is not known, there is no root.
        return (known.rstrip("/"),) if known.rstrip("/") else ()

    @cached_property
    def operational(self) -> bool:
        """Tell whether it serves the operation of the service, by the configured globs.

        Such an endpoint is read, and asks for nothing in particular: its path has no parameter. Nor
        does it list what is below a resource: ``/matches/live`` are those that are being played.
        Where not even the end of its path is known, it may be one.
        """
        globs = self.module.service.settings.endpoints.operational
        methods = self.methods or frozenset()
        if self.own_path is None:
            return bool(methods) and methods <= {"GET", "HEAD"} and not self._ends_known
        return (
            bool(methods)
            and methods <= {"GET", "HEAD"}
            and any(
                "{" not in path
                and _is_one_of(path, globs)
                and not (_is_below_resource(path) and self._lists)
                for path in self._matched_paths
            )
        )

    @property
    def _ends_known(self) -> bool:
        """Tell whether the last segment of a path that is not known stands in the registration."""
        match self.registration.argument(0, "path"):
            case f.Template(parts=(*_, str(end))):
                return "/" in end
            case f.Binary(operator="+", right=right):
                return "/" in (text_of(self.registrar, right) or "")
        return False

    @property
    def _lists(self) -> bool:
        """Tell whether it answers with a list, or is asked for a part of one."""
        if any(argument.name in PAGING for argument in self.function.arguments):
            return True
        model, scope = self.keyword("response_model"), self.registrar
        if model is None:
            model, scope = self.function.returns, self.function.parent or self.module
        return any(
            is_list(resolve(*placed))
            for alternative in opened(scope, model).alternatives
            for placed in ((alternative.scope, alternative.expression), *_content(alternative))
        )

    @cached_property
    def public(self) -> bool:
        """Tell whether the configuration lists it as open to everyone."""
        globs = self.module.service.settings.endpoints.public
        return any(_is_one_of(path, globs) for path in self._matched_paths)

    @cached_property
    def in_schema(self) -> bool | None:
        """Tell whether an OpenAPI document shows it on some path; None if that is not known."""
        answers = [self._shown_through(mount) for mount in self._mounts]
        return True if True in answers else None if None in answers else False

    def documented_at(self, effective: EffectivePath) -> bool | None:
        """Tell whether an OpenAPI document shows it on this path; None if that is not known."""
        return self._shown_through(effective.mount)

    def _shown_through(self, mount: Mount | None) -> bool | None:
        if self.plain or self.websocket:
            return False
        answers = [self._flag(given) for given in self._inherited_through(mount)]
        return False if False in answers else None if None in answers else True

    @staticmethod
    def _flag(given: Given) -> bool | None:
        value = given.keyword("include_in_schema")
        if value is None:
            return True
        known = value_in(*value)
        return bool(known.value) if known is not None else None

    @cached_property
    def _mounts(self) -> tuple[Mount | None, ...]:
        """The ways to it, known or not; one None where there is no way from an application."""
        return (self.router and ways(self.router)) or (None,)

    @cached_property
    def inherited(self) -> tuple[tuple[Given, ...], ...]:
        """The calls whose ``tags``, ``dependencies`` and so on it inherits, for each of its paths.

        Of the application, the includes and the routers, outermost first; its
        own registration is the last.
        """
        return tuple(self._inherited_through(mount) for mount in self._mounts)

    def _inherited_through(self, mount: Mount | None) -> tuple[Given, ...]:
        found: list[Given] = []
        for link in mount.links if mount is not None else ():
            if link.is_mount:
                # An application is mounted as a stranger: it inherits nothing.
                found.clear()
                continue
            if link.parent.given is not None:
                found.append(link.parent.given)
            found.append(link.given)
        if self.router is not None and self.router.given is not None:
            found.append(self.router.given)
        found.append(Given(self.registrar, self.registration, {}))
        return tuple(found)

    def _inherits_unseen(self, mount: Mount | None) -> bool:
        """Tell whether a router on the way may hand down what cannot be seen."""
        above = [link.parent for link in mount.links if not link.is_mount] if mount else []
        return any(not router.plain for router in (*above, self.router) if router is not None)

    @property
    def hides_ways(self) -> bool:
        """Tell whether a router on a way to it is not in view, or keeps to itself what it gives."""
        return self.router is None or any(
            self._inherits_unseen(mount) or (mount is not None and not mount.known)
            for mount in self._mounts
        )

    @cached_property
    def tags(self) -> tuple[str, ...] | None:
        """The tags on the path that has the fewest, in FastAPI's order; None if one is unknown."""
        ways = [self._tags_through(mount) for mount in self._mounts]
        return None if None in ways else min((way for way in ways if way is not None), key=len)

    @property
    def tagged(self) -> bool | None:
        """Tell whether some tag reaches it, on any of its paths; None if that is not known."""
        ways = [self._tags_through(mount) for mount in self._mounts]
        return True if any(ways) else None if None in ways else False

    def tags_at(self, effective: EffectivePath) -> tuple[str, ...] | None:
        """Return the tags on this path, in FastAPI's order; None if one is not known."""
        return self._tags_through(effective.mount)

    def _tags_through(self, mount: Mount | None) -> tuple[str, ...] | None:
        found: list[str] = []
        hidden = self._inherits_unseen(mount)
        for given in self._inherited_through(mount):
            value = given.keyword("tags")
            hidden = hidden or given.may_hide("tags")
            if value is None:
                continue
            items = listed(*value)
            texts = [_tag(where, item) for where, item in items] if items is not None else [None]
            hidden = hidden or None in texts
            found += [text for text in texts if text is not None]
        # Some tags are enough to know that there are some.
        return tuple(found) or None if hidden else tuple(found)


def _is_below_resource(path: str) -> bool:
    """Tell whether *path* ends in a word that also says which things are meant, below those."""
    *above, last = path.strip("/").split("/")
    return last in _STATES and any(_NO_RESOURCE.fullmatch(segment) is None for segment in above)


def _content(alternative: Alternative) -> tuple[tuple[Scope, f.Expression], ...]:
    """Return what a generic class holds, unless that has it by keys."""
    symbol = resolve(alternative.scope, alternative.expression)
    if isinstance(symbol, External) and symbol.path in _BY_KEYS:
        return ()
    return alternative.arguments


def _is_one_of(path: str, globs: tuple[str, ...]) -> bool:
    """Tell whether one of *globs* takes *path*, in whichever case that is written.

    The path has no slash at its end; who lists it may write it with the one that its route has.
    """
    bare = tuple(glob.rstrip("/") or glob for glob in globs)
    return any(
        matches_any(spelled, bare) or matches_any(spelled.lstrip("/"), bare)
        for spelled in {path, path.lower()}
    )


def _tag(scope: Scope, item: f.Expression) -> str | None:
    """Return the name of a tag: FastAPI takes text, and members of enumerations by their value."""
    text = text_of(scope, item)
    if text is None:
        member = resolve(scope, item)
        if isinstance(member, Variable) and isinstance(member.scope, Class):
            if inherits(member.scope, "enum.Enum"):
                return text_of(member.scope, member.value)
    return text


class AtEndpoint:
    """What is an *endpoint*, asked about one side of it."""

    endpoint: Endpoint

    @property
    def module(self) -> Module:
        """The module that registers it."""
        return self.endpoint.module

    @property
    def span(self) -> Span:
        """The registering call."""
        return self.endpoint.span

    @property
    def extent(self) -> Span:
        """The function's head if that is where it is registered, else the registering statement."""
        return self.endpoint.extent

    @property
    def label(self) -> str:
        """The dotted name of the function."""
        return self.endpoint.label
