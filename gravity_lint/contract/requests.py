"""What operations take: parameters and bodies, as FastAPI puts them together."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gravity_lint.contract.description import Body, Field, Kind, Parameter, Shape
from gravity_lint.contract.payloads import NULL, STRING, Shaper, unknown
from gravity_lint.model.api.endpoints import Endpoint
from gravity_lint.model.api.inputs import Input, inputs
from gravity_lint.model.code.annotations import opened
from gravity_lint.model.code.names import inherits, resolve
from gravity_lint.model.code.scopes import Class
from gravity_lint.model.code.values import text_of

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


class Asked(msgspec.Struct, frozen=True):
    """What one operation takes; *unknown* is not known of it, *hiding* may take more."""

    parameters: tuple[Parameter, ...]
    body: Body | None
    hiding: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Requests:
    """Asks endpoints what they take; *shaper* makes the shapes."""

    def __init__(self, shaper: Shaper) -> None:
        self.shaper = shaper

    def of(self, endpoint: Endpoint, path: str) -> Asked:
        """Return what *endpoint* takes from requests to *path*."""
        taken = inputs(endpoint, path)
        unknown_parts: list[str] = []
        parameters: list[Parameter] = []
        body: list[Input] = []
        for row in taken.rows:
            if row.location is None:
                unknown_parts.append(f"where `{row.argument.name}` is taken from")
            elif row.location in ("body", "form", "file"):
                body.append(row)
            elif row.name is None:
                unknown_parts.append(
                    f"the name of the {row.location} parameter {row.argument.name}"
                )
            else:
                parameters.append(self._parameter(row, row.name))
        parameters.sort(key=lambda p: ("path", "query", "header", "cookie").index(p.location))
        made = self._body(body, taken.forms, endpoint)
        return Asked(tuple(parameters), made, taken.hiding, tuple(unknown_parts))

    def _parameter(self, row: Input, name: str) -> Parameter:
        return Parameter(
            name,
            row.location or "",
            self._shape(row),
            row.required,
            row.default is not None,
            row.default.value if row.default is not None else None,
            self.shaper.place(row.argument.scope.module, row.argument.parameter.span),
            not row.hidden,
        )

    def _shape(self, row: Input) -> Shape:
        parameter = row.argument.parameter
        scope, annotation = row.argument.scope, parameter.annotation
        if annotation is not None and row.marker_is_default and row.marker is not None:
            shape = self.shaper.unlimited(scope, annotation, [(scope, row.marker)])
        else:
            shape = self.shaper.described(scope, annotation, row.marks)
        if row.location == "file":
            return _as_file(shape)
        return shape

    def _body(self, rows: Sequence[Input], forms: Sequence[str], endpoint: Endpoint) -> Body | None:
        if not rows and not forms:
            return None
        place = None
        if rows:
            first = rows[0].argument
            place = self.shaper.place(first.scope.module, first.parameter.span)
        media = _media(rows, bool(forms))
        if len(rows) == 1 and not forms and not _embedded(rows[0]):
            return Body(self._shape(rows[0]), rows[0].required, media, place)
        fields = [self._field(row) for row in rows]
        for form in forms:
            fields += _oauth2_form(strict=form.endswith("Strict"))
        if any(row.name is None for row in rows):
            return Body(unknown("how a part of the body is called"), None, media, place)
        needed = [field.required for field in fields]
        required = True if True in needed else None if None in needed else False
        name = f"Body of {endpoint.name}"
        return Body(Shape(Kind.OBJECT, name, fields=tuple(fields)), required, media, place)

    def _field(self, row: Input) -> Field:
        return Field(
            row.name or "",
            self._shape(row),
            row.required,
            row.default is not None,
            row.default.value if row.default is not None else None,
            self.shaper.place(row.argument.scope.module, row.argument.parameter.span),
        )


def _embedded(row: Input) -> bool:
    """Tell whether the only part of a body is a field of an object all the same."""
    embed = row.marker.keyword("embed") if row.marker is not None else None
    if embed is not None and getattr(embed, "value", None) is True:
        return True
    if row.location == "file":
        return True
    if row.location != "form":
        return False
    kinds = opened(row.argument.scope, row.argument.parameter.annotation).alternatives
    return not any(
        isinstance(cls := resolve(x.scope, x.expression), Class)
        and inherits(cls, "pydantic.BaseModel")
        for x in kinds
    )


def _media(rows: Sequence[Input], forms: bool) -> str:
    if any(row.location == "file" for row in rows):
        return MULTIPART
    if forms or any(row.location == "form" for row in rows):
        return FORM
    given = {
        text_of(row.argument.scope, row.marker.keyword("media_type"))
        for row in rows
        if row.marker is not None and row.marker.keyword("media_type") is not None
    }
    only = given.pop() if len(given) == 1 else None
    return only or JSON


def _as_file(shape: Shape) -> Shape:
    """Return *shape* where it is a part of a form: bytes are a file."""
    if shape.kind is Kind.STRING and shape.format == "binary":
        return Shape(Kind.FILE)
    if shape.kind is Kind.ARRAY and shape.item is not None:
        return msgspec.structs.replace(shape, item=_as_file(shape.item))
    if shape.kind is Kind.UNION:
        return msgspec.structs.replace(shape, members=tuple(map(_as_file, shape.members)))
    return shape


def _oauth2_form(*, strict: bool) -> list[Field]:
    """Return the fields of ``OAuth2PasswordRequestForm``, which FastAPI brings."""
    nothing = Shape(Kind.UNION, members=(STRING, NULL))
    password = Shape(Kind.STRING, bounds=(("pattern", "^password$"),))
    kind = password if strict else Shape(Kind.UNION, members=(password, NULL))
    return [
        Field("grant_type", kind, strict, not strict, None),
        Field("username", STRING),
        Field("password", Shape(Kind.STRING, format="password")),
        Field("scope", STRING, False, True, ""),
        Field("client_id", nothing, False, True, None),
        Field("client_secret", nothing, False, True, None),
    ]
