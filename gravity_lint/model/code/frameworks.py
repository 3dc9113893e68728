"""What the model knows by heart about the libraries that services use.

One name for each thing that can be imported from several places, and what the
calls give that no annotation in the service tells. `tests/engine` holds every
line against the installed libraries.
"""

import builtins
from functools import lru_cache

_ASYNCIO = "sqlalchemy.ext.asyncio"

CHANGING_LISTS = ("append", "clear", "extend", "insert", "pop", "remove")
"""The methods of a list by which something else is in it."""

ALIASES: dict[str, str] = {
    "fastapi.routing.APIRouter": "fastapi.APIRouter",
    "fastapi.applications.FastAPI": "fastapi.FastAPI",
    "fastapi.exceptions.HTTPException": "fastapi.HTTPException",
    "starlette.exceptions.HTTPException": "fastapi.HTTPException",
    "fastapi.param_functions.Depends": "fastapi.Depends",
    "fastapi.param_functions.Security": "fastapi.Security",
    "fastapi.param_functions.Query": "fastapi.Query",
    "fastapi.param_functions.Path": "fastapi.Path",
    "fastapi.param_functions.Body": "fastapi.Body",
    "fastapi.param_functions.Header": "fastapi.Header",
    "fastapi.param_functions.Cookie": "fastapi.Cookie",
    "fastapi.param_functions.File": "fastapi.File",
    "fastapi.param_functions.Form": "fastapi.Form",
    "fastapi.params.Depends": "fastapi.Depends",
    "fastapi.params.Security": "fastapi.Security",
    "fastapi.params.Query": "fastapi.Query",
    "fastapi.params.Path": "fastapi.Path",
    "fastapi.params.Body": "fastapi.Body",
    "fastapi.params.Header": "fastapi.Header",
    "fastapi.params.Cookie": "fastapi.Cookie",
    "fastapi.params.File": "fastapi.File",
    "fastapi.params.Form": "fastapi.Form",
    "fastapi.security.api_key": "fastapi.security",
    "fastapi.security.http": "fastapi.security",
    "fastapi.security.oauth2": "fastapi.security",
    "fastapi.security.open_id_connect_url": "fastapi.security",
    "fastapi.requests.Request": "fastapi.Request",
    "starlette.requests.Request": "fastapi.Request",
    "starlette.requests.HTTPConnection": "fastapi.requests.HTTPConnection",
    "fastapi.websockets.WebSocket": "fastapi.WebSocket",
    "starlette.websockets.WebSocket": "fastapi.WebSocket",
    "starlette.responses.Response": "fastapi.Response",
    "fastapi.responses.Response": "fastapi.Response",
    "starlette.responses.JSONResponse": "fastapi.responses.JSONResponse",
    "starlette.responses.HTMLResponse": "fastapi.responses.HTMLResponse",
    "starlette.responses.PlainTextResponse": "fastapi.responses.PlainTextResponse",
    "starlette.responses.RedirectResponse": "fastapi.responses.RedirectResponse",
    "starlette.responses.StreamingResponse": "fastapi.responses.StreamingResponse",
    "starlette.responses.FileResponse": "fastapi.responses.FileResponse",
    "starlette.status": "fastapi.status",
    "starlette.background.BackgroundTasks": "fastapi.BackgroundTasks",
    "fastapi.background.BackgroundTasks": "fastapi.BackgroundTasks",
    "sqlalchemy.ext.asyncio.session.AsyncSession": "sqlalchemy.ext.asyncio.AsyncSession",
    f"{_ASYNCIO}.session.async_sessionmaker": f"{_ASYNCIO}.async_sessionmaker",
    "sqlalchemy.ext.asyncio.engine.AsyncEngine": "sqlalchemy.ext.asyncio.AsyncEngine",
    "sqlalchemy.ext.asyncio.engine.AsyncConnection": "sqlalchemy.ext.asyncio.AsyncConnection",
    f"{_ASYNCIO}.engine.create_async_engine": f"{_ASYNCIO}.create_async_engine",
    "sqlalchemy.orm.session.Session": "sqlalchemy.orm.Session",
    "sqlalchemy.orm.session.object_session": "sqlalchemy.orm.object_session",
    "sqlalchemy.orm.session.sessionmaker": "sqlalchemy.orm.sessionmaker",
    "sqlalchemy.orm.scoping.scoped_session": "sqlalchemy.orm.scoped_session",
    f"{_ASYNCIO}.scoping.async_scoped_session": f"{_ASYNCIO}.async_scoped_session",
    "sqlalchemy.engine.create_engine": "sqlalchemy.create_engine",
    "sqlalchemy.future.select": "sqlalchemy.select",
    "sqlalchemy.sql.select": "sqlalchemy.select",
    "sqlalchemy.sql.expression.select": "sqlalchemy.select",
    "sqlalchemy.sql.expression.delete": "sqlalchemy.delete",
    "sqlalchemy.sql.expression.update": "sqlalchemy.update",
    "sqlalchemy.sql.expression.insert": "sqlalchemy.insert",
    "sqlalchemy.sql.expression.text": "sqlalchemy.text",
    "sqlalchemy.sql.delete": "sqlalchemy.delete",
    "sqlalchemy.sql.update": "sqlalchemy.update",
    "sqlalchemy.sql.insert": "sqlalchemy.insert",
    "sqlalchemy.sql.text": "sqlalchemy.text",
    "sqlalchemy.sql.expression.func": "sqlalchemy.func",
    "sqlalchemy.sql.func": "sqlalchemy.func",
    "sqlmodel.ext.asyncio.session.AsyncSession": "sqlalchemy.ext.asyncio.AsyncSession",
    "sqlmodel.Session": "sqlalchemy.orm.Session",
    "sqlmodel.orm.session.Session": "sqlalchemy.orm.Session",
    "sqlmodel.select": "sqlalchemy.select",
    "sqlmodel.func": "sqlalchemy.func",
    "sqlmodel.delete": "sqlalchemy.delete",
    "sqlmodel.update": "sqlalchemy.update",
    "sqlmodel.insert": "sqlalchemy.insert",
    "sqlmodel.text": "sqlalchemy.text",
    "sqlmodel.create_engine": "sqlalchemy.create_engine",
    "sqlmodel.sql.expression.select": "sqlalchemy.select",
    "structlog.stdlib.get_logger": "structlog.get_logger",
    "structlog.getLogger": "structlog.get_logger",
    "pydantic.v1.main.BaseModel": "pydantic.v1.BaseModel",
    "pydantic.main.BaseModel": "pydantic.BaseModel",
    "pydantic.fields.Field": "pydantic.Field",
    "pydantic.generics.GenericModel": "pydantic.BaseModel",
    "pydantic.BaseSettings": "pydantic_settings.BaseSettings",
    "pydantic_settings.main.BaseSettings": "pydantic_settings.BaseSettings",
    "redis.asyncio.client.Redis": "redis.asyncio.Redis",
    "redis.asyncio.StrictRedis": "redis.asyncio.Redis",
    "aioredis.Redis": "redis.asyncio.Redis",
    "aioredis.from_url": "redis.asyncio.from_url",
    "redis.asyncio.utils.from_url": "redis.asyncio.from_url",
    "redis.client.Redis": "redis.Redis",
    "redis.StrictRedis": "redis.Redis",
    "redis.asyncio.cluster.RedisCluster": "redis.asyncio.RedisCluster",
    "redis.cluster.RedisCluster": "redis.RedisCluster",
    "redis.asyncio.connection.ConnectionPool": "redis.asyncio.ConnectionPool",
    "redis.connection.ConnectionPool": "redis.ConnectionPool",
    "aio_pika.connection.connect": "aio_pika.connect",
    "aio_pika.robust_connection.connect_robust": "aio_pika.connect_robust",
    "aio_pika.message.Message": "aio_pika.Message",
    "typing_extensions": "typing",
    "attrs.define": "attr.define",
    "attrs.field": "attr.field",
    "attrs.frozen": "attr.frozen",
    "attrs.mutable": "attr.mutable",
    "collections.abc.Sequence": "typing.Sequence",
    "collections.abc.Iterable": "typing.Iterable",
    "collections.abc.AsyncGenerator": "typing.AsyncGenerator",
    "collections.abc.AsyncIterator": "typing.AsyncIterator",
    "collections.abc.AsyncIterable": "typing.AsyncIterable",
    "collections.abc.Generator": "typing.Generator",
    "collections.abc.Iterator": "typing.Iterator",
    "collections.abc.Awaitable": "typing.Awaitable",
    "collections.abc.Coroutine": "typing.Coroutine",
    "collections.abc.Callable": "typing.Callable",
    "collections.abc.Mapping": "typing.Mapping",
    "typing.List": "builtins.list",
    "typing.Dict": "builtins.dict",
    "typing.Set": "builtins.set",
    "typing.FrozenSet": "builtins.frozenset",
    "typing.Tuple": "builtins.tuple",
    "typing.Type": "builtins.type",
    "starlette.templating.Jinja2Templates": "fastapi.templating.Jinja2Templates",
    "httpx._client.AsyncClient": "httpx.AsyncClient",
    "starlette.testclient.TestClient": "fastapi.testclient.TestClient",
}

RESULTS: dict[str, str] = {
    "structlog.get_logger": "structlog.BoundLogger",
    "structlog.BoundLogger.bind": "structlog.BoundLogger",
    "structlog.BoundLogger.new": "structlog.BoundLogger",
    "structlog.BoundLogger.unbind": "structlog.BoundLogger",
    "logging.getLogger": "logging.Logger",
    "logging.Logger.getChild": "logging.Logger",
    "redis.asyncio.from_url": "redis.asyncio.Redis",
    "redis.asyncio.Redis.from_url": "redis.asyncio.Redis",
    "contextvars.ContextVar.set": "contextvars.Token",
    "redis.from_url": "redis.Redis",
    "redis.Redis.from_url": "redis.Redis",
    "redis.asyncio.Redis.from_pool": "redis.asyncio.Redis",
    "redis.Redis.from_pool": "redis.Redis",
    "redis.asyncio.RedisCluster.from_url": "redis.asyncio.RedisCluster",
    "redis.RedisCluster.from_url": "redis.RedisCluster",
    "redis.asyncio.Redis.client": "redis.asyncio.Redis",
    "redis.asyncio.Redis.pipeline": "redis.asyncio.client.Pipeline",
    "redis.Redis.pipeline": "redis.client.Pipeline",
    "aioredis.create_redis": "redis.asyncio.Redis",
    "aioredis.create_redis_pool": "redis.asyncio.Redis",
    "sqlalchemy.ext.asyncio.create_async_engine": "sqlalchemy.ext.asyncio.AsyncEngine",
    "sqlalchemy.ext.asyncio.async_sessionmaker()": "sqlalchemy.ext.asyncio.AsyncSession",
    f"{_ASYNCIO}.async_sessionmaker.begin": f"{_ASYNCIO}.AsyncSession",
    f"{_ASYNCIO}.async_scoped_session": f"{_ASYNCIO}.async_scoped_session",
    f"{_ASYNCIO}.async_scoped_session()": f"{_ASYNCIO}.AsyncSession",
    "sqlalchemy.orm.sessionmaker()": "sqlalchemy.orm.Session",
    "sqlalchemy.orm.sessionmaker.begin": "sqlalchemy.orm.Session",
    "sqlalchemy.orm.scoped_session": "sqlalchemy.orm.scoped_session",
    "sqlalchemy.orm.scoped_session()": "sqlalchemy.orm.Session",
    "sqlalchemy.orm.object_session": "sqlalchemy.orm.Session",
    "requests.session": "requests.Session",
    "sqlalchemy.create_engine": "sqlalchemy.Engine",
    "fastapi.openapi.docs.get_redoc_html": "fastapi.responses.HTMLResponse",
    "fastapi.openapi.docs.get_swagger_ui_html": "fastapi.responses.HTMLResponse",
    "fastapi.openapi.docs.get_swagger_ui_oauth2_redirect_html": "fastapi.responses.HTMLResponse",
    "fastapi.templating.Jinja2Templates.TemplateResponse": "fastapi.responses.HTMLResponse",
    "aio_pika.connect_robust": "aio_pika.RobustConnection",
    "aio_pika.connect": "aio_pika.Connection",
}
"""What calling a function gives, where that is not told by its name."""


_LONGEST = 32
"""A path with more words comes from a long chain of calls; only its beginning was ever known."""


def canonical(path: str) -> str:
    """Return the one name by which the model calls the external thing at *path*."""
    if path in ALIASES:
        return ALIASES[path]
    if path.count(".") > _LONGEST:
        return path
    head, _, tail = path.rpartition(".")
    while head:
        if head in ALIASES:
            return f"{ALIASES[head]}.{tail}"
        head, _, more = head.rpartition(".")
        tail = f"{more}.{tail}"
    return path


def _other_words() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for other, path in ALIASES.items():
        word = other.rpartition(".")[2]
        if word != path.rpartition(".")[2]:
            found.setdefault(path, set()).add(word)
    return found


_OTHER_WORDS = _other_words()


def other_words(path: str) -> set[str]:
    """Return the last words of names for the external thing at *path* that its own does not end in.

    ``structlog.getLogger`` is ``structlog.get_logger``.
    """
    return _OTHER_WORDS.get(path, set())


BASES: dict[str, tuple[str, ...]] = {
    "abc.ABC": (),
    "enum.Enum": (),
    "enum.IntEnum": ("builtins.int", "enum.Enum"),
    "enum.StrEnum": ("builtins.str", "enum.Enum"),
    "typing.Any": (),
    "typing.Generic": (),
    "datetime.date": (),
    "datetime.datetime": ("datetime.date",),
    "decimal.Decimal": (),
    "pathlib.Path": (),
    "uuid.UUID": (),
    "typing.Protocol": (),
    "typing.TypedDict": (),
    "typing.NamedTuple": ("builtins.tuple",),
    "pydantic.BaseModel": (),
    "pydantic.v1.BaseModel": (),
    "pydantic.RootModel": ("pydantic.BaseModel",),
    "pydantic_settings.BaseSettings": ("pydantic.BaseModel",),
    "fastapi.FastAPI": ("starlette.applications.Starlette",),
    "starlette.applications.Starlette": (),
    "fastapi.APIRouter": ("starlette.routing.Router",),
    "starlette.routing.Router": (),
    "fastapi.HTTPException": ("builtins.Exception",),
    "fastapi.exceptions.RequestValidationError": ("builtins.Exception",),
    "fastapi.security.base.SecurityBase": (),
    "fastapi.security.APIKeyCookie": ("fastapi.security.base.SecurityBase",),
    "fastapi.security.APIKeyHeader": ("fastapi.security.base.SecurityBase",),
    "fastapi.security.APIKeyQuery": ("fastapi.security.base.SecurityBase",),
    "fastapi.security.HTTPBasic": ("fastapi.security.base.SecurityBase",),
    "fastapi.security.HTTPBearer": ("fastapi.security.base.SecurityBase",),
    "fastapi.security.HTTPDigest": ("fastapi.security.base.SecurityBase",),
    "fastapi.security.OAuth2": ("fastapi.security.base.SecurityBase",),
    "fastapi.security.OAuth2AuthorizationCodeBearer": ("fastapi.security.OAuth2",),
    "fastapi.security.OAuth2PasswordBearer": ("fastapi.security.OAuth2",),
    "fastapi.security.OpenIdConnect": ("fastapi.security.base.SecurityBase",),
    "fastapi.Response": (),
    "fastapi.responses.JSONResponse": ("fastapi.Response",),
    "fastapi.responses.ORJSONResponse": ("fastapi.responses.JSONResponse",),
    "fastapi.responses.UJSONResponse": ("fastapi.responses.JSONResponse",),
    "fastapi.responses.HTMLResponse": ("fastapi.Response",),
    "fastapi.responses.PlainTextResponse": ("fastapi.Response",),
    "fastapi.responses.RedirectResponse": ("fastapi.Response",),
    "fastapi.responses.StreamingResponse": ("fastapi.Response",),
    "fastapi.responses.FileResponse": ("fastapi.Response",),
    "sqlalchemy.orm.DeclarativeBase": (),
    "sqlmodel.SQLModel": ("pydantic.BaseModel",),
    "sqlalchemy.ext.asyncio.AsyncSession": (),
    "sqlalchemy.orm.Session": (),
    "sqlalchemy.exc.SQLAlchemyError": ("builtins.Exception",),
    "sqlalchemy.exc.IntegrityError": ("sqlalchemy.exc.SQLAlchemyError",),
    "pydantic.ValidationError": ("builtins.ValueError",),
}
"""What the classes of the libraries inherit, as far as a rule may ask."""


def external_bases(path: str) -> tuple[str, ...] | None:
    """Return the canonical paths of the bases of an external class; None if not known."""
    if path in BASES:
        return BASES[path]
    module, _, name = path.rpartition(".")
    if module == "builtins":
        known = getattr(builtins, name, None)
        if isinstance(known, type):
            return tuple(f"builtins.{base.__name__}" for base in known.__bases__)
    return None


@lru_cache(maxsize=64)
def external_heirs(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return *paths* and the paths of all external classes that inherit one of them."""
    known = [*BASES]
    if any(path.startswith("builtins.") for path in paths):
        names = (name for name, value in vars(builtins).items() if isinstance(value, type))
        known += [f"builtins.{name}" for name in names]
    found = dict.fromkeys(paths)
    while more := [x for x in known if x not in found and found.keys() & (external_bases(x) or ())]:
        found.update(dict.fromkeys(more))
    return tuple(found)
