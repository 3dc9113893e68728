"""The verbs in which a fix says what is to change: plain data, no syntax trees.

A rule composes its fix from these; `gravity_lint.fixing` carries them out with
libcst. Every span names a node of the file by its place (see `Span`), exactly
as the facts of the file give it. ``text`` is Python source.

What stands inside an f-string has no place of its own there, only that of the string, without
length. A verb that takes ``code``, what stands there now as Python source, is carried out all the
same; a fix with any other verb at such a place is not offered.
"""

from typing import TypeAlias

import msgspec

from gravity_lint.sources.spans import Span


class _Edit(msgspec.Struct, frozen=True, tag=True):
    """What all edits share: they are frozen, tagged data."""

    @property
    def is_lost(self) -> bool:
        """Tell whether it is about something inside a string, and nothing says about what."""
        spans = (getattr(self, name) for name in self.__struct_fields__)
        empty = any(isinstance(span, Span) and span.empty for span in spans)
        return empty and not getattr(self, "code", "")


class ReplaceExpression(_Edit, frozen=True):
    """Put the expression *text* where the expression at *at*, *code*, stands."""

    at: Span
    text: str
    code: str = ""


class WrapExpression(_Edit, frozen=True):
    """Put *before* and *after* around the expression at *at*: ``await ``, ``list(`` … ``)``."""

    at: Span
    before: str
    after: str = ""


class SetKeyword(_Edit, frozen=True):
    """Give the call at *call*, *code*, the keyword argument ``name=text``, in place if it has one.

    New ones take the place of arguments that the same fix removes, else they
    come last, or before all other keywords when *leading*.
    """

    call: Span
    name: str
    text: str
    leading: bool = False
    code: str = ""


class RemoveArgument(_Edit, frozen=True):
    """Drop from the call at *call* the argument whose value stands at *argument*."""

    call: Span
    argument: Span


class ReplaceArgument(_Edit, frozen=True):
    """Put the arguments *texts* where the positional one at *argument* of the call stands.

    Each is an expression of its own, in the layout that the call has.
    """

    call: Span
    argument: Span
    texts: tuple[str, ...]


class SetReturns(_Edit, frozen=True):
    """Give the function whose ``def`` statement stands at *function* the return annotation *text*.

    *function* is the span of the function definition without its decorators.
    """

    function: Span
    text: str


class MakeAsync(_Edit, frozen=True):
    """Make the ``def`` at *function* (its span without decorators) an ``async def``."""

    function: Span


class ReplaceDecorator(_Edit, frozen=True):
    """Put the expression *text* where the decorator expression at *at* stands."""

    at: Span
    text: str


class AddDecorator(_Edit, frozen=True):
    """Put the decorator ``@text`` directly above the ``def``/``class`` at *definition*.

    It becomes the innermost decorator when *innermost*, else the outermost.
    """

    definition: Span
    text: str
    innermost: bool = False


class InsertHandler(_Edit, frozen=True):
    """Put the except clause *text*, of several lines, before the clause at *before*."""

    before: Span
    text: str


class InsertStatement(_Edit, frozen=True):
    """Put the statement *text* on its own line directly after the statement at *after*.

    Lines that *text* begins with and that are empty stay. An import is named by the place of one
    of its names.
    """

    after: Span
    text: str


class AddImport(_Edit, frozen=True):
    """Import *module* (``import module``), or *name* from it, unless the file already does.

    A fix is refused where the module's top uses the name for something else;
    see `gravity_lint.model.code.references.spell` for the scopes below it.
    """

    module: str
    name: str | None = None
    alias: str | None = None


class RemoveImport(_Edit, frozen=True):
    """Drop the import of *module* (or of *name* from it) if the file does not use it any more.

    It stays while any code of the file reads the name, or a string that could
    be an annotation or an entry of ``__all__``, and where a comment stands
    beside it. An import inside a function goes if nothing in that function
    reads it. Whether other modules import the name from this one is for the
    rule to know: then it must not ask for this.
    """

    module: str
    name: str | None = None
    alias: str | None = None


class ReplaceComment(_Edit, frozen=True):
    """Put *text* where the comment on line *line* stands; an empty text removes the comment."""

    line: int
    text: str


class Replacement(msgspec.Struct, frozen=True):
    """What edits come to in a text: *text* where *span* stands, or put there if that is empty."""

    span: Span
    text: str


Edit: TypeAlias = (
    ReplaceExpression
    | WrapExpression
    | SetKeyword
    | RemoveArgument
    | ReplaceArgument
    | SetReturns
    | MakeAsync
    | ReplaceDecorator
    | AddDecorator
    | InsertHandler
    | InsertStatement
    | AddImport
    | RemoveImport
    | ReplaceComment
)
