"""What kind of content endpoints answer with: JSON, a page, a file, or the way to elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from gravity_lint import facts as f
from gravity_lint.model.api.endpoints import AtEndpoint, Endpoint
from gravity_lint.model.api.environments import followed
from gravity_lint.model.api.handmade import (
    RESPONSE,
    answers_with_data,
    answers_with_file,
    answers_with_page,
    answers_without_json,
    gives_start_page,
    is_file,
    is_html,
    is_json,
    is_non_json,
    is_redirection,
    may_answer_with_json,
    redirects,
)
from gravity_lint.model.api.routers import Router
from gravity_lint.model.api.routing import endpoints
from gravity_lint.model.code.annotations import unfold
from gravity_lint.model.code.names import External, Symbol, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.patterns import pattern

_EVERYTHING_BELOW = pattern(r"/\{\w+:path\}$")


class Media(AtEndpoint, Record, frozen=True):
    """An endpoint, asked about the kind of content that it answers with.

    Three things tell of it: the class of responses that its registration names or inherits, the
    return annotation, and what the function returns.
    """

    endpoint: Endpoint

    @property
    def response_class(self) -> tuple[Scope, f.Expression] | None:
        """The ``response_class`` given, or else the nearest ``default_response_class``."""
        given = self.endpoint.keyword("response_class")
        if given is not None:
            return self.endpoint.registrar, given
        for above in reversed(self.endpoint.inherited[0]):
            default = above.keyword("default_response_class")
            if default is not None:
                return followed(*default)[:2]
        return None

    @property
    def is_non_json(self) -> bool:
        """Tell whether it certainly is no JSON: a file, a picture, a page.

        Where JSON is declared, and given on another way, that is what it is.
        """
        given = self.response_class
        if given is not None and not is_json(resolve(*given)):
            return True
        # A class of responses is only asked where the endpoint does not make the response itself.
        for symbol in self._annotated:
            if isinstance(symbol, External) and symbol.path == RESPONSE:
                return True
            if is_non_json(symbol):
                return True
        function = self.endpoint.function
        if not answers_without_json(function):
            return False
        model = self.endpoint.keyword("response_model")
        declared = function.returns if model is None else model
        return declared is None or f.is_none(declared) or not answers_with_data(function)

    @cached_property
    def is_download(self) -> bool:
        """Tell whether it is a file or a stream."""
        return any(map(is_file, self._named)) or answers_with_file(self.endpoint.function)

    @cached_property
    def is_html(self) -> bool:
        """Tell whether it certainly is HTML, whatever is asked for."""
        if any(map(is_json, self._annotated)) or may_answer_with_json(self.endpoint.function):
            return False
        return any(map(is_html, self._named)) or answers_with_page(self.endpoint.function)

    @property
    def is_page(self) -> bool:
        """Tell whether it is a page of HTML, for people rather than programs.

        So is what sends people elsewhere from a router of pages.
        """
        if self.is_html:
            return True
        router = self.endpoint.router
        return self.redirects and router in _routers_of_pages(self.module.service)

    @property
    def redirects(self) -> bool:
        """Tell whether it certainly sends people elsewhere."""
        return any(map(is_redirection, self._named)) or redirects(self.endpoint.function)

    @cached_property
    def is_fallback(self) -> bool:
        """Tell whether it is a page or a file for all that nothing else answers: a front end.

        That is all that the application is asked for, or the start page of the front end, at
        whatever address people come in.
        """
        methods, paths = self.endpoint.methods, self.endpoint.paths
        if not methods or not methods <= {"GET", "HEAD"} or not paths:
            return False
        everything = all(_EVERYTHING_BELOW.match(path.path) for path in paths)
        if not everything and not gives_start_page(self.endpoint.function):
            return False
        return self.is_non_json

    @property
    def _named(self) -> Iterator[Symbol | None]:
        """The classes that its registration and its annotation name."""
        given = self.response_class
        if given is not None:
            yield resolve(*given)
        yield from self._annotated

    @property
    def _annotated(self) -> Iterator[Symbol | None]:
        """The classes that the return annotation of the function names."""
        function = self.endpoint.function
        outside = function.parent or self.module
        return (resolve(scope, x) for scope, x in unfold(outside, function.returns))


@query
def _routers_of_pages(service: Service) -> frozenset[Router | None]:
    """Return the routers all of whose endpoints give pages, or send people elsewhere."""
    found: dict[Router | None, list[bool]] = {}
    for endpoint in endpoints(service):
        media = Media(endpoint)
        if media.is_html or not media.redirects:
            found.setdefault(endpoint.router, []).append(media.is_html)
    return frozenset(router for router, pages in found.items() if router and all(pages))
