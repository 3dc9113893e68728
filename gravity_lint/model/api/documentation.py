"""What ``responses={...}`` documents, also behind names, ``**`` and ``|``."""

from __future__ import annotations

from collections.abc import Iterator

from gravity_lint import facts as f
from gravity_lint.model.api.environments import Given
from gravity_lint.model.api.statuses import status_of
from gravity_lint.model.code.names import Variable, resolve
from gravity_lint.model.code.records import Record
from gravity_lint.model.code.scopes import Function, Scope
from gravity_lint.model.code.values import text_of

_DEEPEST = 8


class DocumentedResponse(Record, frozen=True):
    """One *status* that is documented by *key*; *row* says how, both as they stand in *scope*."""

    status: int
    scope: Scope
    key: f.Expression
    row: f.Expression

    @property
    def model(self) -> tuple[Scope, f.Expression] | None:
        """The ``model`` of it, and where that is written; None without one."""
        scope, row = _written_out(self.scope, self.row)
        model = row.get("model") if isinstance(row, f.Mapping) else None
        if model is None or f.is_none(model):
            return None
        return scope, model

    @property
    def shows_content(self) -> bool:
        """Tell whether it says what the body is like: by a model, or in OpenAPI's own words."""
        _, row = _written_out(self.scope, self.row)
        content = row.get("content") if isinstance(row, f.Mapping) else None
        return self.model is not None or content is not None

    @property
    def content(self) -> tuple[Content, ...] | None:
        """The media types that are written out for it; None where they are not all known."""
        scope, row = _written_out(self.scope, self.row)
        given = row.get("content") if isinstance(row, f.Mapping) else None
        if given is None:
            return () if isinstance(row, f.Mapping) and not row.unpacks else None
        scope, content = _written_out(scope, given)
        if not isinstance(content, f.Mapping):
            return None
        found = []
        for key, value in zip(content.keys, content.values, strict=True):
            media = text_of(scope, key)
            where, entry = _written_out(scope, value)
            if media is None or not isinstance(entry, f.Mapping) or entry.unpacks:
                return None
            found.append(Content(media, where, entry.get("schema")))
        return tuple(found)


class Content(Record, frozen=True):
    """A *media* type that is written out by hand, with its *schema* if there is one."""

    media: str
    scope: Scope
    schema: f.Expression | None


def documented_responses(given: Given) -> Iterator[DocumentedResponse]:
    """Yield what *given* documents, in the order in which one takes the place of another."""
    value = given.keyword("responses")
    if value is not None:
        yield from _rows(value[0], value[1], _DEEPEST)


def _rows(scope: Scope, mapping: f.Expression, depth: int) -> Iterator[DocumentedResponse]:
    if not depth:
        return
    match mapping:
        case f.Mapping(keys=keys, values=values):
            for key, row in zip(keys, values, strict=True):
                if key is None:
                    yield from _rows(scope, row, depth - 1)
                    continue
                status = status_of(scope, key)
                if status is None and isinstance(key, f.Constant) and str(key.value).isdecimal():
                    status = int(str(key.value))
                if status is not None:
                    yield DocumentedResponse(status, scope, key, row)
        case f.Binary(operator="|", left=left, right=right):
            yield from _rows(scope, left, depth - 1)
            yield from _rows(scope, right, depth - 1)
        case f.Name() | f.Attribute() | f.Call():
            where, written = _written_out(scope, mapping)
            if written is not mapping:
                yield from _rows(where, written, depth - 1)


def _written_out(
    scope: Scope, expression: f.Expression, depth: int = _DEEPEST
) -> tuple[Scope, f.Expression]:
    """Return what *expression* is where it is written: behind a name, or made by a function."""
    symbol = resolve(scope, expression) if isinstance(expression, f.Name | f.Attribute) else None
    if isinstance(symbol, Variable) and symbol.value is not None:
        return _written_out(symbol.scope, symbol.value, depth - 1) if depth else (scope, expression)
    made_by = resolve(scope, expression.function) if isinstance(expression, f.Call) else None
    if isinstance(made_by, Function):
        returned = [statement.value for _, statement in made_by.returned]
        if len(returned) == 1 and isinstance(returned[0], f.Mapping):
            return made_by, returned[0]
    return scope, expression
