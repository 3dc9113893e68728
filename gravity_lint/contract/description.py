"""What a service promises to those who call it, as plain data.

A description says what goes over the wire: operations with their parameters, bodies,
answers and security, events, cache keys. What the source does not tell stands in it as
unknown, and is compared with nothing.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

import msgspec

from gravity_lint.sources.spans import Span

Value: TypeAlias = str | int | float | bool | None
"""A member of an enumeration, or a default."""


class Place(msgspec.Struct, frozen=True, order=True):
    """Where something is said: *path* below the top that is described, with ``/``."""

    path: str
    span: Span

    @property
    def shown(self) -> str:
        """Return ``app/main.py:31``."""
        return f"{self.path}:{self.span.line}"


class Kind(enum.Enum):
    """What a value is in JSON."""

    ANY = "any"
    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    ARRAY = "array"
    MAP = "map"
    OBJECT = "object"
    ENUM = "enum"
    UNION = "union"
    FILE = "file"
    REFERENCE = "reference"
    """A model inside itself, by its name."""
    UNKNOWN = "unknown"


class Shape(msgspec.Struct, frozen=True):
    """A type as clients see it.

    *name* is that of a model or enumeration. *format* is JSON Schema's
    (``date-time``, ``uuid``). *item* is what an array or the values of a map hold,
    *members* are a union's, or what stands at each place of an array of fixed length, *values* an
    enumeration's. *bounds* are constraints under
    pydantic's names (``ge``, ``max_length``, ``pattern``). *extra* says what becomes of
    fields that a model does not have: ``ignore``, ``allow``, ``forbid``. *why* tells of an
    unknown shape what is not known. *naming* tells functions of the service's own apart that name
    fields, which stand there as calls: ``camel(first_name)``.
    """

    kind: Kind
    name: str = ""
    format: str = ""
    fields: tuple[Field, ...] = ()
    item: Shape | None = None
    members: tuple[Shape, ...] = ()
    values: tuple[Value, ...] = ()
    bounds: tuple[tuple[str, Value], ...] = ()
    discriminator: str = ""
    naming: str = ""
    extra: str = "ignore"
    why: str = ""
    place: Place | None = None

    @property
    def nullable(self) -> bool:
        """Tell whether null is one of its values."""
        return self.kind is Kind.NULL or any(member.nullable for member in self.members)

    @property
    def present(self) -> Shape:
        """Return the shape without null."""
        if self.kind is not Kind.UNION:
            return self
        rest = tuple(member for member in self.members if member.kind is not Kind.NULL)
        if len(rest) == 1:
            return rest[0]
        return msgspec.structs.replace(self, members=rest)


class Field(msgspec.Struct, frozen=True):
    """A field of a model, under the *name* that goes over the wire.

    *required* is None where that is not known. *default* counts only if it *has_default*
    that is known. *also* are other names that a request may use.
    """

    name: str
    shape: Shape
    required: bool | None = True
    has_default: bool = False
    default: Value = None
    place: Place | None = None
    also: tuple[str, ...] = ()


class Parameter(msgspec.Struct, frozen=True):
    """A parameter of a request; *location*: ``path``, ``query``, ``header``, ``cookie``, ``form``.

    *name* is the one that goes over the wire.
    """

    name: str
    location: str
    shape: Shape
    required: bool | None = True
    has_default: bool = False
    default: Value = None
    place: Place | None = None
    documented: bool = True


class Body(msgspec.Struct, frozen=True):
    """The body of a request."""

    shape: Shape
    required: bool | None = True
    media: str = "application/json"
    place: Place | None = None


class Answer(msgspec.Struct, frozen=True):
    """One status with which an operation may answer.

    *declared*: the OpenAPI document has it; *raised*: an exception leads to it. *shape* is None
    where it has no body, or none that is described. *cause* says in words how it comes about,
    *calls* which calls lead there. *exception* is the class that is raised, if one is, and
    *handler* is where the handler stands that answers it.
    *further* are media types with a shape each that are documented by hand; of an empty one it
    is not known what is.
    *included* and *excluded* are the fields that ``response_model_include`` and ``…_exclude`` name
    (None: the source does not tell), *omits* what is left out by its value: ``unset``,
    ``defaults``, ``none``. No OpenAPI document tells of these.
    """

    status: int
    shape: Shape | None = None
    media: str = "application/json"
    declared: bool = True
    raised: bool = False
    cause: str = ""
    calls: tuple[str, ...] = ()
    exception: str = ""
    handler: Place | None = None
    place: Place | None = None
    included: tuple[str, ...] | None = ()
    excluded: tuple[str, ...] | None = ()
    omits: tuple[str, ...] = ()
    further: tuple[tuple[str, Shape], ...] = ()


class Guard(msgspec.Struct, frozen=True, order=True):
    """A dependency that lets only some callers in, as *written*, and the *roles* that it wants.

    *implied* are the guards that it depends on itself, as they are written.
    """

    written: str
    roles: tuple[str, ...] = ()
    place: Place | None = None
    implied: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Return it as written, with the roles that are not in that."""
        more = [role for role in self.roles if role not in self.written]
        return f"`{self.written}`{' with ' + ', '.join(more) if more else ''}"


class Scheme(msgspec.Struct, frozen=True, order=True):
    """A security scheme of the OpenAPI document: its *kind* (``http``), and what FastAPI adds.

    *detail* is the HTTP scheme, or where an API key stands; *key* is what that is called, or the
    URL of tokens.
    """

    name: str
    kind: str
    detail: str = ""
    key: str = ""
    scopes: tuple[str, ...] = ()


class Operation(msgspec.Struct, frozen=True):
    """One method on one effective path, of the *application* (``app/main.py::app``).

    *endpoint* names the function below the described top (``app/api/orders.py::get_order``).
    *guards* is None where it is not known who is let in; empty: everybody. *body*,
    *parameters* and *answers* are None where they are not known as a whole. *shadow* names the
    operation that answers in its place. *given* are the places that give the path and
    what it inherits, outermost first; *through* are the includes and mounts on the way, as they are
    written. *hiding* are dependencies that may take more of the request,
    *doubtful* what may let fewer callers in, as both are written; *loose* says where it answers
    by hand with a status that is not known, *opaque* what may make others of its statuses.
    """

    method: str
    path: str
    endpoint: str
    place: Place
    parameters: tuple[Parameter, ...] | None = ()
    body: Body | None = None
    answers: tuple[Answer, ...] | None = ()
    guards: tuple[Guard, ...] | None = ()
    success: int | None = 200
    tags: tuple[str, ...] = ()
    summary: str = ""
    deprecated: bool = False
    documented: bool | None = True
    conditional: bool = False
    shadow: str = ""
    given: tuple[tuple[str, Place], ...] = ()
    through: tuple[tuple[str, Place], ...] = ()
    unknown: tuple[str, ...] = ()
    hiding: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    loose: tuple[str, ...] = ()
    opaque: tuple[str, ...] = ()
    security: tuple[Scheme, ...] = ()
    function: str = ""
    description: str = ""
    application: str = ""

    @property
    def name(self) -> str:
        """Return ``GET /api/v1/orders/{order_id}``."""
        return f"{self.method} {self.path}"


class Event(msgspec.Struct, frozen=True):
    """An event that is published or subscribed to; *payload* is None where it is not known."""

    name: str
    published: bool
    payload: Shape | None = None
    place: Place | None = None


class CacheKey(msgspec.Struct, frozen=True):
    """A key of a shared cache, with ``*`` for what is filled in; *written* or read."""

    pattern: str
    written: bool
    place: Place | None = None


class Call(msgspec.Struct, frozen=True):
    """A request to another service: *path* has ``*`` where something is filled in.

    *host* are the words that name where it goes; empty where they are not in view.
    """

    method: str
    path: str
    host: str
    place: Place


class Raised(msgspec.Struct, frozen=True):
    """An exception and what becomes of it, where no operation tells of it.

    It is raised at *place*, or has a handler there. *handled*: a handler answers for it, with that
    *status*; None where that is not known. *handler* is where that stands. *foreign*: its class
    is not of the service, so it may be raised out of view.
    """

    name: str
    place: Place | None
    handled: bool | None
    status: int | None = None
    handler: Place | None = None
    foreign: bool = False


class Unresolved(msgspec.Struct, frozen=True):
    """A part of the promise that the source does not tell."""

    what: str
    place: Place | None = None


class Description(msgspec.Struct, frozen=True):
    """Everything that one service promises; *root* is its directory below the described top.

    *unparsed* are the files in which it may promise more, as far as anybody can read them;
    *unplaced* are the endpoints of which it is not known where they answer; *adrift* those to
    which no way is known, so that they do if one of the *obscure* ways leads there. *handling*
    tells whether every exception handler is in view.
    """

    service: str
    root: str
    operations: tuple[Operation, ...] = ()
    events: tuple[Event, ...] = ()
    keys: tuple[CacheKey, ...] = ()
    calls: tuple[Call, ...] = ()
    raised: tuple[Raised, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    unparsed: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    adrift: tuple[str, ...] = ()
    obscure: tuple[str, ...] = ()
    handling: bool = False
