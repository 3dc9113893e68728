# ruff: noqa: E501 -- the edits are read beside each other
"""One edit each: what is replaced in the small service, and what that does to callers."""

from __future__ import annotations

from typing import Any, NamedTuple

B, P, S, C = "breaking", "possibly breaking", "security", "compatible"
BOATS, SCHEMAS, MAIN = "app/boats.py", "app/schemas.py", "app/main.py"
ERRORS, SECURITY = "app/errors.py", "app/security.py"
FORM = {"headers": {"Authorization": "Bearer secret"}}


class Seen(NamedTuple):
    """What a request shows before and after: the statuses, or keys of the JSON that is answered."""

    method: str
    path: str
    before: Any
    after: Any
    given: dict[str, Any] = {}  # noqa: RUF012
    what: str = "status"


class Pair(NamedTuple):
    """An edit of *file* that makes *new* of *old*, and the changes that it is, kind by severity.

    Where an OpenAPI document cannot show it, *seen* are requests that do.
    """

    title: str
    file: str
    old: str
    new: str
    changes: dict[str, str]
    seen: tuple[Seen, ...] = ()
    hidden: bool = False
    unknown: bool = False


PAIRS = [
    # -- endpoints
    Pair("an endpoint is removed", BOATS, '@router.get("/names", response_model=list[str])\n', "",
         {"endpoint-removed": B}),
    Pair("an endpoint is added", BOATS, '@router.get("/{boat_id}/raw")',
         '@router.get("/{boat_id}/all")\n@router.get("/{boat_id}/raw")', {"endpoint-added": C}),
    Pair("an include's prefix moves all", MAIN, 'prefix="/api/v1"', 'prefix="/v1"',
         {"endpoint-moved": B}),
    Pair("a router's prefix moves all", BOATS, 'prefix="/boats"', 'prefix="/ships"',
         {"endpoint-moved": B}),
    Pair("a path moves", BOATS, '"/{boat_id}/raw"', '"/{boat_id}/plain"', {"endpoint-moved": B}),
    Pair("a path gets a slash at its end", BOATS, '"/{boat_id}/raw"', '"/{boat_id}/raw/"', {"endpoint-moved": P},
         (Seen("GET", "/api/v1/boats/1/raw", 200, 307),)),
    Pair("a body is answered where there was none", BOATS, '    "/{boat_id}",\n    status_code=204,\n',
         '    "/{boat_id}",\n    status_code=200,\n', {"success-status-changed": B}),
    Pair("a router is no longer included", MAIN, 'app.include_router(boats.router, prefix="/api/v1")',
         "", {"endpoint-removed": B}, unknown=True),
    Pair("a router is included on a condition", MAIN, "app.include_router(boats",
         "if app.title:\n    app.include_router(boats", {"endpoint-conditional": P}, hidden=True),
    Pair("an endpoint is behind another", BOATS, '@router.get("/names", response_model=list[str])\n'
         'async def names():\n    return ["Ariel"]\n\n\n', "", {"endpoint-removed": B}),
    Pair("a later path takes the place of a word", BOATS, '"/names"', '"/{boat_id}/text"',
         {"endpoint-removed": B, "media-changed": B, "status-removed": C},
         (Seen("GET", "/api/v1/boats/names", 200, 422),), hidden=True),
    Pair("a word stands behind a parameter", BOATS, '@router.get("/names", response_model=list[str])\n'
         'async def names():\n    return ["Ariel"]\n\n\n@router.get(\n    "/{boat_id}", response_model=ApiResponse[BoatRead], '
         'responses={404: {"model": ErrorBody}}\n)\nasync def get_boat(boat_id: int):\n'
         '    return {"success": True, "data": find(boat_id)}\n', '@router.get(\n    "/{boat_id}", '
         'response_model=ApiResponse[BoatRead], responses={404: {"model": ErrorBody}}\n)\nasync def get_boat(boat_id: int):\n'
         '    return {"success": True, "data": find(boat_id)}\n\n\n@router.get("/names", response_model=list[str])\n'
         'async def names():\n    return ["Ariel"]\n', {"endpoint-shadowed": B},
         (Seen("GET", "/api/v1/boats/names", 200, 422),), hidden=True),
    Pair("the method changes", BOATS, '@router.get("/{boat_id}/raw"', '@router.post("/{boat_id}/raw"',
         {"method-changed": B}),
    Pair("a path parameter is renamed", BOATS, '@router.get("/{boat_id}/raw")\nasync def raw(boat_id',
         '@router.get("/{ident}/raw")\nasync def raw(ident', {"path-parameter-renamed": P}),
    Pair("a path parameter is added", BOATS, '@router.get("/{boat_id}/raw")\nasync def raw(',
         '@router.get("/{boat_id}/raw/{part}")\nasync def raw(part: str, ', {"endpoint-moved": B}),
    Pair("a path parameter is removed", BOATS, '@router.get("/{boat_id}/raw")\nasync def raw(boat_id: int)',
         '@router.get("/raw/it")\nasync def raw(boat_id: int = 1)', {"endpoint-moved": B, "parameter-added": C}),
    Pair("a path parameter is retyped", BOATS, "async def raw(boat_id: int)",
         "async def raw(boat_id: str)", {"parameter-retyped": B}),
    Pair("an endpoint is hidden", BOATS, '"/{boat_id}/raw")', '"/{boat_id}/raw", include_in_schema=False)',
         {"endpoint-hidden": P}, hidden=True),
    Pair("an endpoint is deprecated", BOATS, '"/{boat_id}/raw")', '"/{boat_id}/raw", deprecated=True)',
         {"endpoint-deprecated": C}),
    Pair("only the function's name changes", BOATS, "async def raw(", "async def rough(", {}),
    Pair("only the model's name changes", SCHEMAS, "ErrorBody", "Error", {}),
    # -- statuses
    Pair("the success status changes", BOATS, ", status_code=status.HTTP_201_CREATED", "",
         {"success-status-changed": B}),
    Pair("a raised status is new", BOATS, "    if boat_id > 50:", "    if boat_id > 70:\n"
         "        raise HTTPException(status_code=451)\n    if boat_id > 50:", {"status-added": P},
         (Seen("GET", "/api/v1/boats/80", 410, 451),), hidden=True),
    Pair("a raised status is gone", BOATS, "    if boat_id > 50:\n"
         "        raise HTTPException(status_code=410)\n", "", {"status-removed": C},
         (Seen("GET", "/api/v1/boats/60", 410, 200),), hidden=True),
    Pair("a handler is removed", ERRORS, "app.add_exception_handler(BoatNotFoundError, not_found)", "pass", {"error-lost": B},
         (Seen("GET", "/api/v1/boats/101/raw", 404, 500),), hidden=True),
    Pair("a handler of another root is removed", ERRORS, "app.add_exception_handler(TooHeavyError, too_heavy)", "pass",
         {"error-lost": B}, (Seen("GET", "/api/v1/boats/50/weight", 409, 500),), hidden=True),
    Pair("a handler of another root answers otherwise", ERRORS, "status_code=409", "status_code=413",
         {"error-changed": P}, (Seen("GET", "/api/v1/boats/50/weight", 409, 413),), hidden=True),
    Pair("the status of an exception changes", ERRORS, "    status_code = 423", "    status_code = 425",
         {"error-changed": P}, (Seen("GET", "/api/v1/boats/50/course", 423, 425),), hidden=True),
    Pair("a handler of a library's exception is removed", ERRORS, "app.add_exception_handler(LookupError, unknown)",
         "pass", {"error-lost": B}, (Seen("GET", "/api/v1/boats/80/course", 404, 500),), hidden=True),
    Pair("a handler of what a library raises is removed", ERRORS,
         "app.add_exception_handler(json.JSONDecodeError, unreadable)", "pass", {"error-lost": P},
         (Seen("GET", "/api/v1/boats/20/course", 400, 500),), hidden=True),
    Pair("a handler of what is not valid is added", ERRORS, "app.add_exception_handler(LookupError, unknown)",
         "app.add_exception_handler(LookupError, unknown)\n"
         "    app.add_exception_handler(RequestValidationError, unreadable)", {"error-changed": P},
         (Seen("GET", "/api/v1/boats/x/course", 422, 400),), hidden=True),
    Pair("an exception is raised that nothing handles", BOATS, "    if boat_id > 40:\n        raise TooHeavyError\n",
         "    if boat_id > 40:\n        raise TooHeavyError\n    if boat_id > 30:\n        raise LostError\n"
         '    return 1\n\n\nclass LostError(Exception):\n    """Nobody handles it."""\n\n\nasync def rest():\n',
         {"status-added": P}, (Seen("GET", "/api/v1/boats/35/weight", 200, 500),), hidden=True),
    Pair("a raised status is caught and answered by hand", BOATS, "    return find(boat_id)\n",
         "    try:\n        return find(boat_id)\n    except HTTPException as error:\n"
         "        return JSONResponse({}, status_code=error.status_code)\n"
         "    except Exception:\n        return JSONResponse({}, status_code=500)\n", {"status-added": P},
         (Seen("GET", "/api/v1/boats/60/raw", 410, 410),), hidden=True, unknown=True),
    Pair("a documented error is gone", BOATS, ", responses={404: {\"model\": ErrorBody}}", "",
         {"response-undescribed": P}, hidden=True),
    Pair("a documented error changes", SCHEMAS, "class ErrorBody(BaseModel):\n    error: str",
         "class ErrorBody(BaseModel):\n    error: int", {"response-retyped": B}),
    Pair("a field of a schema that is written by hand is gone", BOATS, ', "wait": {"type": "integer"}},', "},",
         {"response-field-removed": B}),
    Pair("a schema that is written by hand is retyped", BOATS, '"wait": {"type": "integer"}', '"wait": {"type": "string"}',
         {"response-retyped": B}),
    Pair("a media type that is documented by hand is gone", BOATS, '        "text/plain": {},\n', "", {"media-removed": P}),
    # -- who is let in
    Pair("a login is added", BOATS, '@router.get("/{boat_id}/raw")',
         '@router.get("/{boat_id}/raw", dependencies=[Depends(get_current_user)])',
         {"authentication-added": B, "status-added": P},
         (Seen("GET", "/api/v1/boats/1/raw", 200, 401),)),
    Pair("a login is removed", BOATS, ", dependencies=[Depends(get_current_user)]", "",
         {"authentication-removed": S, "status-removed": C}),
    Pair("a role is added", BOATS, "Depends(get_current_user)]", 'Depends(get_current_user), '
         'Depends(require_role("admin"))]', {"authorization-added": B, "status-added": P},
         (Seen("PUT", "/api/v1/boats/1", 422, 403, FORM),), True),
    Pair("a role changes", BOATS, 'require_role("sailor")', 'require_role("captain")',
         {"authorization-changed": B}, (Seen("DELETE", "/api/v1/boats/1", 204, 403, FORM),), True),
    Pair("a role is removed", BOATS, 'Depends(require_role("sailor"))', "Depends(get_current_user)",
         {"authorization-removed": S, "status-removed": C}, (), True),
    Pair("a scope is added", BOATS, 'scopes=["read"]', 'scopes=["read", "moor"]',
         {"authorization-added": B}, (Seen("GET", "/api/v1/boats/1/owner", 200, 403, FORM),)),
    Pair("a scope that is a member of an enumeration is added", BOATS, 'scopes=["read"]',
         'scopes=[Right.READ, Right.MOOR]', {"authorization-added": B},
         (Seen("GET", "/api/v1/boats/1/owner", 200, 403, FORM),)),
    Pair("a scope is written as a member of an enumeration", BOATS, 'scopes=["read"]', "scopes=[Right.READ]", {}),
    Pair("a scope changes", BOATS, 'scopes=["read"]', 'scopes=["write"]', {"authorization-changed": B}),
    Pair("a scheme is asked for that a login asks for already", BOATS, "Depends(get_current_user)]",
         "Depends(get_current_user), Depends(scheme)]", {}),
    Pair("a right is added to an object that lets in", BOATS, "rights=[Right.READ]",
         "rights=[Right.READ, Right.MOOR]", {"authorization-added": B},
         (Seen("GET", "/api/v1/boats/1/berth", 200, 403, FORM),), True),
    Pair("a right is taken from an object that lets in", BOATS, "rights=[Right.READ]", "rights=[], lenient=True",
         {"authorization-removed": S}, (), True),
    Pair("the whole router asks for a login", BOATS, 'tags=["boats"]',
         'tags=["boats"], dependencies=[Depends(get_current_user)]',
         {"authentication-added": B, "status-added": P}),
    # -- parameters
    Pair("a required query is added", BOATS, 'order: str = "name"', "flag: bool", {
         "parameter-added": B, "parameter-removed": P}),
    Pair("an optional query is added", BOATS, 'order: str = "name",', 'order: str = "name",\n'
         "    flag: bool = False,", {"parameter-added": C}),
    Pair("a required header is added", BOATS, 'order: str = "name",', 'order: str = "name",\n'
         "    x_key: Annotated[str, Header()],", {"parameter-added": B}),
    Pair("an optional cookie is added", BOATS, 'order: str = "name",', 'order: str = "name",\n'
         "    theme: Annotated[str, Cookie()] = 'dark',", {"parameter-added": C}),
    Pair("a header becomes required", BOATS, "trace: Annotated[str | None, Header()] = None",
         "trace: Annotated[str | None, Header()]", {"parameter-required": B}),
    Pair("a query is removed", BOATS, '    order: str = "name",\n', "", {"parameter-removed": P}),
    Pair("a query is renamed", BOATS, 'order: str = "name"', 'sort: str = "name"',
         {"parameter-renamed": P}),
    Pair("a query's alias changes", BOATS, 'alias="q"', 'alias="query"', {"parameter-renamed": P}),
    Pair("a query becomes a header", BOATS, 'order: str = "name"',
         'order: Annotated[str, Header()] = "name"', {"parameter-moved": B}),
    Pair("a header becomes a cookie", BOATS, "trace: Annotated[str | None, Header()]",
         "trace: Annotated[str | None, Cookie()]", {"parameter-moved": B}),
    Pair("a query becomes required", BOATS, 'order: str = "name"', "order: str",
         {"parameter-required": B}),
    Pair("a query's default changes", BOATS, 'order: str = "name"', 'order: str = "length"',
         {"parameter-default-changed": P}),
    Pair("a query is retyped", BOATS, 'order: str = "name"', "order: int = 1",
         {"parameter-default-changed": P, "parameter-retyped": B}),
    Pair("a bound is narrowed, in a dependency", BOATS, "le=100", "le=50",
         {"parameter-constraint-narrowed": B}),
    Pair("a bound is widened, in a dependency", BOATS, "le=100", "le=500",
         {"parameter-constraint-widened": C}),
    Pair("a length is narrowed", BOATS, "min_length=2", "min_length=3",
         {"parameter-constraint-narrowed": B}),
    Pair("a query takes a list no longer", BOATS, "kinds: Annotated[list[str], Query()] = []",
         'kinds: str = "a"', {"parameter-retyped": B}),
    Pair("an enumeration loses a value", SCHEMAS, '    BLUE = "blue"\n', "", {
         "parameter-value-removed": B, "request-value-removed": B, "response-value-removed": C}),
    Pair("an enumeration gains a value", SCHEMAS, '    BLUE = "blue"\n',
         '    BLUE = "blue"\n    GREEN = "green"\n', {"parameter-value-added": C,
         "request-value-added": C, "response-value-added": P}),
    # -- bodies
    Pair("a required field is added to a body", SCHEMAS, "    colour: Colour\n    note:",
         "    colour: Colour\n    weight: int\n    note:", {"request-field-added": B}),
    Pair("an optional field is added to a body", SCHEMAS, "    crew: int = 2\n",
         "    crew: int = 2\n    guests: int = 0\n", {"request-field-added": C}),
    Pair("a field of a body is removed", SCHEMAS, "    crew: int = 2\n", "",
         {"request-field-removed": P}),
    Pair("a field of a body becomes required", SCHEMAS, "crew: int = 2", "crew: int",
         {"request-field-required": B}),
    Pair("a field of a body is no longer null", SCHEMAS, "    note: str | None = None",
         '    note: str = ""', {"request-not-nullable": B, "request-default-changed": P}),
    Pair("a field of a body is retyped", SCHEMAS, "    crew: int = 2\n    tags", "    crew: bool = True\n    tags",
         {"request-retyped": B, "request-default-changed": P}),
    Pair("a field's default changes", SCHEMAS, "crew: int = 2", "crew: int = 3",
         {"request-default-changed": P}),
    Pair("a field's length is limited", SCHEMAS, "max_length=5", "max_length=3",
         {"request-constraint-narrowed": B}),
    Pair("a limit of an inherited field is lifted", SCHEMAS, "le=400", "le=4000",
         {"request-constraint-widened": C, "response-constraint-widened": P}),
    Pair("a union loses a member", SCHEMAS, "Annotated[Union[Engine, Sail], Field(discriminator=\"kind\")]",
         "Engine", {"request-union-member-removed": B}),
    Pair("a literal changes", SCHEMAS, 'Literal["sail"] = "sail"', 'Literal["sails"] = "sails"', {
         "request-value-removed": B, "request-value-added": C, "request-default-changed": P,
         "response-value-removed": C, "response-value-added": P}),
    Pair("a body is wrapped in its name", BOATS, "    length: Annotated[int | None, Body(le=400)] = None,\n",
         "", {"request-retyped": B}),
    Pair("a body is added", BOATS, "async def raw(boat_id: int)",
         "async def raw(boat_id: int, owner: Owner)", {"body-added": B}),
    Pair("a body is removed", BOATS, "async def create_boat(boat: BoatCreate)",
         "async def create_boat()", {"body-removed": P, "status-removed": C}),
    Pair("a form becomes JSON", BOATS, "title: Annotated[str, Form(max_length=20)]",
         "title: Annotated[str, Body(max_length=20, embed=True)]", {"body-media-changed": B}),
    Pair("a form field becomes required", BOATS, 'title: Annotated[str, Form()] = "none"',
         "title: Annotated[str, Form()]", {"request-field-required": B}),
    Pair("another file is wanted", BOATS, "file: UploadFile,", "file: UploadFile, second: UploadFile,",
         {"request-field-added": B}),
    Pair("an alias changes on both ways", SCHEMAS, 'alias="berths"', 'alias="places"',
         {"request-field-renamed": B, "response-field-renamed": B}),
    Pair("an alias generator is dropped", SCHEMAS, "alias_generator=to_camel, ", "",
         {"request-field-renamed": B, "response-field-renamed": B},
         (Seen("POST", "/api/v1/boats/harbours", 200, 422, {"json": {"harbourName": "a", "berths": 1}}),
          Seen("POST", "/api/v1/boats/harbours", 200, 200, {"json": {"harbour_name": "a", "berths": 1}})),
         True),
    Pair("a field is renamed that a function of the service's own names", SCHEMAS, "    flag: bool = False\n",
         "    flags: bool = False\n", {"request-field-renamed": P, "response-field-renamed": B}),
    Pair("a function of the service's own names fields otherwise", SCHEMAS, "name.upper()", "name.title()",
         {}, unknown=True),
    Pair("an alias is added and the old name stays", SCHEMAS, "class Owner(BaseModel):\n    name: str",
         'class Owner(BaseModel):\n    model_config = ConfigDict(populate_by_name=True)\n'
         '    name: str = Field(validation_alias="title")', {}),
    Pair("further fields are refused", SCHEMAS, 'extra="forbid"', 'extra="ignore"',
         {"request-extra-fields": C}),
    # -- answers
    Pair("a field of an answer is removed", SCHEMAS, "    papers: dict[str, str]\n", "",
         {"response-field-removed": B}),
    Pair("a field of an answer is added", SCHEMAS, "    papers: dict[str, str]\n",
         "    papers: dict[str, str]\n    flag: str = \"x\"\n", {"response-field-added": C}),
    Pair("a field of an answer is renamed", SCHEMAS, "papers: dict", "documents: dict",
         {"response-field-renamed": B}),
    Pair("a field of an answer is retyped", SCHEMAS, "built: datetime", "built: int",
         {"response-retyped": B}),
    Pair("a decimal becomes a number", SCHEMAS, "price: Decimal", "price: float",
         {"response-retyped": B}),
    Pair("a field of an answer becomes null", SCHEMAS, "built: datetime", "built: datetime | None",
         {"response-nullable": B}),
    Pair("values of a dict are retyped", SCHEMAS, "papers: dict[str, str]", "papers: dict[str, int]",
         {"response-retyped": B}),
    Pair("a nested field is removed", SCHEMAS, "    email: str | None = None\n", "",
         {"response-field-removed": B}),
    Pair("a union of an answer gains a member", SCHEMAS, "drive: Engine | Sail",
         "drive: Engine | Sail | Owner", {"response-union-member-added": P}),
    Pair("a computed field is added", SCHEMAS, "    rank: int | None = None\n",
         "    rank: int | None = None\n\n    @computed_field\n    @property\n"
         "    def feet(self) -> float:\n        return self.length * 3.3\n",
         {"response-field-added": C}),
    Pair("an answer is unwrapped", BOATS, 'response_model=ApiResponse[BoatRead], responses',
         "response_model=BoatRead, responses", {"response-unwrapped": B}),
    Pair("an answer is wrapped", BOATS, 'raw")\n', 'raw", response_model=BoatRead)\n',
         {"response-described": P}),
    Pair("an answer is put into an envelope", BOATS, '@router.patch("/{boat_id}", response_model=BoatRead)',
         '@router.patch("/{boat_id}", response_model=ApiResponse[BoatRead])', {"response-wrapped": B}),
    Pair("a list is paginated", BOATS, '"/names", response_model=list[str]',
         '"/names", response_model=PaginatedResponse[str]', {"response-wrapped": B}),
    Pair("a field of an answer gets a default", SCHEMAS, "papers: dict[str, str]", "papers: dict[str, str] = {}",
         {"response-field-optional": P}),
    Pair("a list is paginated no longer", BOATS, "response_model=PaginatedResponse[BoatRead]",
         "response_model=ApiResponse[list[BoatRead]]", {"response-unpaginated": B}),
    Pair("a list becomes one", BOATS, '"/names", response_model=list[str]', '"/names", response_model=str',
         {"response-retyped": B}),
    Pair("nulls are left out", BOATS, "response_model_exclude_none=False", "response_model_exclude_none=True",
         {"response-omits": P}, (Seen("GET", "/api/v1/boats/1/owner", {"email", "name"}, {"name"},
         FORM, "keys"),), True),
    Pair("a field is excluded", BOATS, "response_model_exclude_none=False", 'response_model_exclude={"email"}',
         {"response-field-removed": B}, (Seen("GET", "/api/v1/boats/1/owner", {"email", "name"}, {"name"},
         FORM, "keys"),), True),
    Pair("only some fields are included", BOATS, "response_model_exclude_none=False",
         'response_model_include={"name"}', {"response-field-removed": B},
         (Seen("GET", "/api/v1/boats/1/owner", {"email", "name"}, {"name"}, FORM, "keys"),), True),
    Pair("aliases are not used on the way out", BOATS, '"/harbours", response_model=Harbour',
         '"/harbours", response_model=Harbour, response_model_by_alias=False',
         {"response-field-removed": B, "response-field-added": C},
         (Seen("POST", "/api/v1/boats/harbours", {"harbourName", "berths"},
         {"harbour_name", "berth_count"}, {"json": {"harbourName": "a", "berths": 1}}, "keys"),), True),
    Pair("plain text becomes JSON", BOATS, ", response_class=PlainTextResponse", "", {"media-changed": B}),
    Pair("a serializer that says what it gives", SCHEMAS, "    built: datetime\n",
         "    built: datetime\n\n    @field_serializer(\"built\")\n    def _built(self, value) -> int:\n"
         "        return 1\n", {"response-retyped": B}),
    Pair("a serializer that does not say what it gives", SCHEMAS, "    built: datetime\n",
         "    built: datetime\n\n    @field_serializer(\"built\")\n    def _built(self, value):\n"
         "        return 1\n", {}, unknown=True),
    Pair("a type that the source does not tell", SCHEMAS, "    built: datetime\n",
         "    built: __import__(\"datetime\").date\n", {}, unknown=True),
]  # fmt: skip
