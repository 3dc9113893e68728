"""What is known of what stands at a place, in Markdown, as an editor shows it on hover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatchmethod
from pathlib import PurePath

from gravity_lint.contract.description import Operation
from gravity_lint.hosts.server import promises, routes
from gravity_lint.hosts.server.pages import Pages
from gravity_lint.hosts.server.sights import Raised, Subject
from gravity_lint.hosts.server.ways import endpoints_below, leaving, raised_into, requests_to
from gravity_lint.model import Module, Service
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inclusions import Inclusion, ways
from gravity_lint.model.api.paths import shown
from gravity_lint.model.api.routers import Router
from gravity_lint.model.exceptions.classes import is_domain
from gravity_lint.model.exceptions.coverage import handlers_for, is_handled, status_answered
from gravity_lint.model.exceptions.handlers import ExceptionHandler
from gravity_lint.model.exceptions.registrations import Registration
from gravity_lint.model.testing.requests import Request
from gravity_lint.sources.spans import Span

_MOST = 20
"""How many rows of one kind are shown."""


class Telling:
    """Tells of subjects; places are links."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def of(self, subject: Subject) -> str:
        """Return what is known of *subject*."""
        return "\n\n".join(filter(None, self._told(subject)))

    @singledispatchmethod
    def _told(self, subject: Subject) -> Iterator[str]:
        raise NotImplementedError

    @_told.register
    def _(self, endpoint: Endpoint) -> Iterator[str]:
        yield "\n".join(map(self._line, routes.lines(endpoint)))
        yield f"**who may call** {self._callers(endpoint)}"
        operation = promises.operation(endpoint)
        if operation is not None and operation.security:
            schemes = ", ".join(map(promises.scheme, operation.security))
            yield f"**security scheme** {schemes}"
        if operation is not None:
            yield _table(("takes", "", ""), list(promises.taken(operation)))
        yield from self._answering(endpoint, operation)
        yield "\n".join(self._statuses(endpoint))
        if operation is not None:
            yield "\n".join(f"- {loose}" for loose in dict.fromkeys(operation.loose))
        given = self._given(endpoint)
        if given:
            yield f"**the path** {given}"
        tags = endpoint.tags
        if tags:
            yield f"**tags** {', '.join(tags)}"
        asked = len(requests_to(endpoint))
        yield f"**tests** {asked} {'requests' if asked != 1 else 'request'} in view"

    @_told.register
    def _(self, router: Router) -> Iterator[str]:
        below = endpoints_below(router)
        if router.is_app:
            yield f"**application** with {len(below)} endpoints"
        else:
            mounted = [_prefix(mount.prefix) for mount in ways(router)]
            where = ", ".join(f"`{path}`" for path in dict.fromkeys(mounted))
            yield f"**router** {f'under {where}' if where else 'that no application includes'}"
        yield from self._routes(router.module.service, below)

    @_told.register
    def _(self, inclusion: Inclusion) -> Iterator[str]:
        prefix = inclusion.prefix
        words = "a prefix that is not known" if prefix is None else f"`{prefix or '/'}`"
        verb = "mounts" if inclusion.is_mount else "includes"
        made = self._link(inclusion.child.module, inclusion.child.span)
        yield f"**{verb}** the router of {made} under {words}"
        yield from self._routes(inclusion.child.module.service, endpoints_below(inclusion.child))

    @_told.register
    def _(self, request: Request) -> Iterator[str]:
        found = [route.endpoint for route in request.met if route.endpoint is not None]
        if not found:
            nearest = request.nearest
            hint = f"; `{nearest.path}` is nearest" if nearest is not None else ""
            yield f"`{request.shown}` meets no route{hint}"
        for endpoint in dict.fromkeys(found):
            place = self._link(endpoint.function.module, endpoint.function.span)
            yield f"`{request.shown}` meets `{endpoint.name}` in {place}"
            yield from self._told(endpoint)

    @_told.register
    def _(self, raised: Raised) -> Iterator[str]:
        service, thrown = raised.step.module.service, raised.thrown
        status = status_answered(service, thrown)
        handlers = handlers_for(service, thrown.symbol)
        if status is not None:
            yield f"`{thrown.name}` is answered with **{status}**"
        elif is_handled(service, thrown.symbol) is False:
            yield f"`{thrown.name}` has no handler: where it leaves an endpoint, **500**"
        else:
            yield f"`{thrown.name}`: how it is answered is not known"
        for registration in handlers[:1]:
            function = registration.function
            if function is not None:
                yield f"by `{function.name}` in {self._link(function.module, function.span)}"
        if thrown.is_http or is_domain(service, thrown.symbol):  # others are not followed
            yield from self._leaving(leaving(raised.step))

    @_told.register
    def _(self, registration: Registration) -> Iterator[str]:
        function = registration.function
        if function is None:
            yield "a handler that is not in view"
            return
        handler = ExceptionHandler(function, (registration.key,))
        numbers = ", ".join(str(status or "?") for status in dict.fromkeys(handler.statuses))
        yield f"`{function.name}` answers {handler.subject} with **{numbers or '?'}**"
        origins = raised_into(registration)
        rows = [self._link(x.step.module, x.step.span) for x in origins[:_MOST]]
        yield _listed("raised in", rows, len(origins))

    # -- parts --------------------------------------------------------------------------------

    @staticmethod
    def _line(line: routes.Line) -> str:
        marks = "  *(conditional)*" if line.conditional else ""
        if line.shadow is not None:
            marks += f"  *(never reached: `{line.shadow}` answers)*"
        return f"### {line.text}{marks}"

    def _callers(self, endpoint: Endpoint) -> str:
        return {
            "public": "everybody: its path is listed as public",
            "open": "everybody: no dependency authenticates",
        }.get(told := routes.callers(endpoint), f"`{told}`" if " not " not in told else told)

    def _answering(self, endpoint: Endpoint, operation: Operation | None) -> Iterator[str]:
        """Yield the response model as it is written, and what that is in JSON."""
        model = routes.model(endpoint)
        if model is not None:
            yield f"**answers with** `{model}`"
        answer = promises.answered(operation) if operation is not None else None
        if answer is None:
            return
        if answer.media and answer.media != "application/json":
            yield f"**answers with** {answer.media}"
        elif answer.shape is not None:
            head = ("in JSON", promises.words(answer.shape))
            yield _table(head, list(promises.fields(answer.shape)) or [("", "")])

    def _statuses(self, endpoint: Endpoint) -> Iterator[str]:
        found = routes.statuses(endpoint)
        if not found:
            return
        yield "| | |"
        yield "|---|---|"
        for outcome in found:
            steps = [(site.module, site.span) for site in outcome.calls]
            places = [*steps, (outcome.module, outcome.span)]
            way = " → ".join(self._link(module, span) for module, span in places)
            yield _row((f"**{outcome.status}**", f"{outcome.cause} {way}"))

    def _given(self, endpoint: Endpoint) -> str:
        """Say which part of the first path is given where."""
        for path in (endpoint.paths or ())[:1]:
            return " + ".join(
                f"`{part.text or '/'}` {self._link(part.module, part.span)}"
                for part in path.parts
                if part.text
            )
        return ""

    def _routes(self, service: Service, below: Sequence[Endpoint]) -> Iterator[str]:
        rows = list(routes.under(service, below))
        if rows:
            shown_rows = [f"- `{row}`" for row in rows[:_MOST]]
            more = [f"- … {len(rows) - _MOST} more"] if len(rows) > _MOST else []
            yield "\n".join((*shown_rows, *more))

    def _leaving(self, endpoints: Sequence[Endpoint]) -> Iterator[str]:
        rows = [f"`{routes.lines(endpoint)[0].text}`" for endpoint in endpoints[:_MOST]]
        yield _listed("leaves", rows, len(endpoints)) if rows else "leaves no endpoint in view"

    def _link(self, module: Module, span: Span) -> str:
        """Return a link to a place, which shows file and line."""
        name = PurePath(module.relative).as_posix()
        return f"[{name}:{span.line}]({self._pages.uri(module.path)}#L{span.line})"


def _listed(words: str, rows: Iterable[str], number: int) -> str:
    shown_rows = list(rows)
    more = f" and {number - len(shown_rows)} more" if number > len(shown_rows) else ""
    return f"{words} {', '.join(shown_rows)}{more}" if shown_rows else f"{words} nothing in view"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; empty without rows."""
    if not rows:
        return ""
    more = [[f"… {len(rows) - _MOST} more", *("" for _ in head[1:])]] if len(rows) > _MOST else []
    return "\n".join(map(_row, (head, ["---"] * len(head), *rows[:_MOST], *more)))


def _row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _prefix(path: str) -> str:
    return shown(path) or "/"
