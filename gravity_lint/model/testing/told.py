"""What tests ask for that they do not write down themselves.

A scenario in a language of its own gives the path to a step, a schema or a table that is read the
one to a test, and what goes over all routes asks for each.
"""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.code.bindings import Assigned, Iterated, Received
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.service import Service, query
from gravity_lint.model.code.steps import CallSite
from gravity_lint.model.code.types import callee_of
from gravity_lint.model.code.values import text_of
from gravity_lint.model.code.words import saying, says
from gravity_lint.model.testing.asking import Asking, askings
from gravity_lint.model.testing.clients import VERBS, ClientCall, client_calls
from gravity_lint.model.testing.tests import in_tests

_STEPS = ("pytest_bdd", "behave")
"""Libraries by which tests are told what to ask for in files of another language."""
_GENERATING = ("schemathesis",)
"""Libraries that make a test of each operation of a schema."""
_READING = (
    *("load", "loads", "safe_load", "full_load", "load_all", "safe_load_all", "DictReader"),
    "get_openapi",
)
"""What reads a table of cases, or makes a schema."""
_DEEPEST = 4


@query
def told_elsewhere(service: Service) -> frozenset[str | None]:
    """Return the methods of the requests whose paths stand elsewhere; None: any."""
    requests: list[ClientCall | Asking] = [*client_calls(service), *askings(service)]
    known = {
        request.method
        for request in requests
        if request.target is None
        and (says(request.site.module, _STEPS) or _is_read(request.site.scope, request.url))
    }
    steps = [module for module in saying(service, _STEPS) if in_tests(module)]
    sites = (site for module in steps for scope in module.scopes for site in scope.calls)
    known |= {method for site in sites for method in _may_ask_for(site)}
    generated = any(map(in_tests, saying(service, _GENERATING)))
    return frozenset((*known, None) if generated else known)


def _is_read(scope: Scope, url: f.Expression | None, depth: int = _DEEPEST) -> bool:
    """Tell whether *url* is made of what is read from elsewhere, by any number of names."""
    for part in f.walk(url) if url is not None and depth else ():
        match part:
            case f.Attribute(name="routes" | "openapi") | f.Constant(value="paths"):
                return True  # the routes of an application, the operations of its schema
            case f.Call(function=f.Name(name=name) | f.Attribute(name=name)) if name in _READING:
                return True
            case f.Name():
                symbol = resolve(scope, part)
                if isinstance(symbol, Variable) and any(
                    _is_read(where, source, depth - 1) for where, source in _sources(symbol)
                ):
                    return True
    return False


def _sources(variable: Variable) -> Iterator[tuple[Scope, f.Expression]]:
    """Yield what *variable* is taken from: what it is bound to, or the sets of a test."""
    scope = variable.scope
    for binding in variable.bindings:
        match binding:
            case Assigned(value=source) | Iterated(iterable=source) if source is not None:
                yield scope, source
            case Received() if isinstance(scope, Function):
                for decorator in scope.decorators:
                    named = f.called(decorator)
                    if isinstance(named, f.Attribute) and named.name == "parametrize":
                        yield scope.parent or scope.module, decorator


def _may_ask_for(site: CallSite) -> Iterator[str | None]:
    """Yield the method by which a step may ask for what it is given: ``context.client.get(path)``.

    Of a context nobody knows what it keeps, but what it answers is kept or handed on.
    """
    function, call = site.call.function, site.call
    if not isinstance(function, f.Attribute) or function.name not in (*VERBS, "request"):
        return
    if not isinstance(site.step.statement, f.Assign | f.Return) or not all(
        isinstance(outer, f.Await) for outer in site.around
    ):
        return
    asks = function.name == "request"
    url = call.argument(1, "url") if asks else call.argument(0, "url")
    if url is None or callee_of(site.scope, call) is not None or text_of(site.scope, url):
        return
    method = text_of(site.scope, call.argument(0, "method")) if asks else function.name
    yield method.upper() if method else None
