"""What is known of exceptions: their classes, what is raised, what clauses do, who answers."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cases
from gravity_lint import facts as f
from gravity_lint.configuration.settings import Settings, Vocabulary
from gravity_lint.model import Class, Function, Module, Service
from gravity_lint.model.code.names import External, resolve
from gravity_lint.model.exceptions.bodies import Body, body_of
from gravity_lint.model.exceptions.classes import (
    is_domain,
    is_kind_of,
    method_resolution,
    thrown_by,
)
from gravity_lint.model.exceptions.clauses import Clause, clauses
from gravity_lint.model.exceptions.coverage import active_registrations, hidden_registrations
from gravity_lint.model.exceptions.escapes import escapes
from gravity_lint.model.exceptions.registrations import registrations
from gravity_lint.sources.spans import Span

ROOT = "class GravityException(Exception): ...\n"


def service(code: str, settings: Settings = Settings(), **files: str) -> Service:  # noqa: B008
    named = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    return cases.service_of({"app/main.py": code, **named}, settings)


def main(service: Service) -> Module:
    found = service.find("app.main")
    assert found is not None
    return found


def function(service: Service, name: str) -> Function:
    (found,) = (x for x in service.functions if x.name == name)
    return found


def named(service: Service, expression: str) -> Class | External:
    """Return what the dotted name *expression* stands for in the main module."""
    current: f.Expression | None = None
    for word in expression.split("."):
        at = Span(1, 1, 1, 1)
        current = (
            f.Name(*at.place, word) if current is None else f.Attribute(*at.place, current, word)
        )
    found = resolve(main(service), current)
    assert isinstance(found, Class | External), expression
    return found


# -- classes ---------------------------------------------------------------------------------


@given(st.lists(st.lists(st.integers(0, 5), max_size=3, unique=True), min_size=1, max_size=6))
def test_method_resolution_is_pythons(rows: list[list[int]]) -> None:
    made: dict[str, Any] = {}
    code = ""
    for number, indices in enumerate(rows):
        bases = [f"C{i}" for i in indices if i < number and f"C{i}" in made] or ["Exception"]
        try:
            cls = type(f"C{number}", tuple(made.get(b, Exception) for b in bases), {})
        except TypeError:  # no consistent order
            code += f"class C{number}({', '.join(bases)}): ...\n"
            broken = service(code)
            assert method_resolution(named(broken, f"C{number}")) is None
            return
        made[cls.__name__] = cls
        code += f"class C{number}({', '.join(bases)}): ...\n"
    ours = service(code)
    for name, cls in made.items():
        found = method_resolution(named(ours, name))
        assert found is not None
        assert [x.name for x in found] == [x.__name__ for x in cls.__mro__]


DOMAIN = [
    ("class A(GravityException): ...", True),
    ("class A(Exception): ...", False),
    ("from x import Base\nclass A(Base): ...", None),
    ("from x import Base\nclass A(Base, GravityException): ...", True),
    ("from gravity_common.exceptions import A", True),
    ("from gravity_common.exceptions.http import A", True),
    ("from gravity_common.exceptions_extra import A", None),
    ("from gravity_common.handlers import A", None),
    ("from elsewhere import GravityException as A", True),
    ("from fastapi import HTTPException as A", False),
]


@pytest.mark.parametrize(("code", "answer"), DOMAIN)
def test_domain_exceptions(code: str, answer: bool | None) -> None:
    ours = service(ROOT + code)
    assert is_domain(ours, named(ours, "A")) is answer


def test_the_root_may_be_named_by_its_whole_path() -> None:
    settings = Settings(vocabulary=Vocabulary(exception_root="app.errors.Base"))
    files = {"app__errors": "class Base(Exception): ...\nclass A(Base): ..."}
    ours = service("from app.errors import A\nclass Base(Exception): ...", settings, **files)
    assert is_domain(ours, named(ours, "A")) is True
    assert is_domain(ours, named(ours, "Base")) is False


KINDS = [
    ("KeyError", "LookupError", True),
    ("KeyError", "ValueError", False),
    ("Own", "GravityException", True),
    ("Own", "Exception", True),
    ("Own", "ValueError", False),
    ("GravityException", "Own", False),
    ("Shared", "Exception", True),
    ("Shared", "KeyError", False),
    ("Shared", "HTTPException", None),
    ("Shared", "Other", None),
    ("Shared", "Shared", True),
    ("Missing", "Conflict", False),
    ("Missing", "ResourceMissing", None),
    ("Below", "Conflict", False),
    ("Below", "Missing", True),
    ("Shared", "Own", False),
    ("Shared", "Foreign", False),
    ("Below", "Foreign", False),
    ("Half", "Foreign", None),
    ("Half", "KeyError", None),
    ("Half", "GravityException", True),
    ("Foreign", "Exception", True),
    ("Foreign", "Own", None),
]


@pytest.mark.parametrize(("symbol", "kind", "answer"), KINDS)
def test_what_a_clause_takes(symbol: str, kind: str, answer: bool | None) -> None:
    ours = service(
        ROOT
        + """
from fastapi import HTTPException
from gravity_common.exceptions import Shared, Other
from gravity_common.exceptions import NotFoundException as Missing
from gravity_common.exceptions import ResourceNotFoundException as ResourceMissing
from gravity_common.exceptions import ConflictException as Conflict
from x import Foreign

class Own(GravityException): ...
class Below(Missing): ...
class Half(made(), GravityException): ...
"""
    )
    assert is_kind_of(ours, named(ours, symbol), named(ours, kind)) is answer


# -- what is raised --------------------------------------------------------------------------

RAISED = [
    ("raise KeyError", "KeyError", None),
    ("raise KeyError('x') from None", "KeyError", None),
    ("raise HTTPException(404)", "HTTPException", 404),
    ("raise HTTPException(status.HTTP_409_CONFLICT)", "HTTPException", 409),
    ("raise HTTPException(status_code=HTTPStatus.GONE)", "HTTPException", 410),
    ("raise HTTPException(code)", "HTTPException", None),
    ("raise HTTPException(**given)", "HTTPException", None),
    ("raise GONE", "HTTPException", 410),
    ("raise make(404)", "HTTPException", None),
    ("raise teapot()", "HTTPException", 418),
    ("raise annotated()", "Own", 451),
    ("raise Own()", "Own", 451),
    ("raise KeyError('x').with_traceback(None)", "KeyError", None),
    ("error = Own()\n    raise error", "Own", 451),
    ("raise either()", None, None),
    ("raise given", None, None),
    ("raise given.error", None, None),
    ("raise unknown('x')", None, None),
    ("raise print", None, None),
]


@pytest.mark.parametrize(("code", "name", "status"), RAISED)
def test_what_is_thrown(code: str, name: str | None, status: int | None) -> None:
    ours = service(
        f"""
from http import HTTPStatus
from fastapi import HTTPException, status

GONE = HTTPException(410)

class Own(HTTPException):
    status_code = 451
    def __init__(self): ...

def make(code): return HTTPException(code)
def teapot(): return HTTPException(418)
def annotated() -> Own: return GONE or None
def either():
    if GONE: return KeyError()
    return ValueError()

def fail(given, code):
    {code}
"""
    )
    (row,) = function(ours, "fail").raised
    thrown = thrown_by(function(ours, "fail"), row[1].exception)
    assert (thrown.name if thrown is not None else None) == name
    if name != "Own" or "annotated" not in code:
        assert (thrown.status if thrown is not None else None) == status


def test_the_shortest_way_out_is_shown() -> None:
    ours = service(
        ROOT
        + """
class A(GravityException): ...

class Store:
    def get(self): raise A
    def find(self): return self.get()

def long(store: Store): return middle(store)
def middle(store: Store): return store.find()
def short(store: Store):
    long(store)
    store.get()
def again(): again()
"""
    )
    (escape,) = escapes(function(ours, "long"))
    names = [x.call.function.name for x in escape.calls]  # type: ignore[union-attr]
    assert names == ["middle", "find", "get"]
    assert escape.raiser == "Store.get"
    (escape,) = escapes(function(ours, "short"))
    assert len(escape.calls) == 1
    assert escapes(function(ours, "again")) == ()


def test_a_long_chain_and_a_wide_fan_take_no_time() -> None:
    code = ROOT + "def f0(): raise GravityException\n"
    code += "".join(f"def f{n}(): f{n - 1}()\n" for n in range(1, 2000))
    ours = service(code)
    (escape,) = escapes(function(ours, "f1999"))
    assert len(escape.calls) == 1999


# -- clauses ---------------------------------------------------------------------------------

PASSING = [
    ("raise", True),
    ("raise e", True),
    ("raise e from None", True),
    ("raise e.with_traceback(None)", True),
    ("raise type(e)('x')", True),
    ("log(e)\n        raise", True),
    ("raise ValueError", False),
    ("raise ValueError from e", False),
    ("pass", False),
    ("if isinstance(e, KeyError):\n            raise", True),
    ("if isinstance(e, (OSError, LookupError)):\n            raise", True),
    ("if isinstance(e, OSError | KeyError):\n            raise", True),
    ("if isinstance(e, OSError):\n            raise", False),
    ("if not isinstance(e, OSError):\n            raise", True),
    ("if isinstance(e, OSError):\n            pass\n        else:\n            raise", True),
    ("if isinstance(e, OSError) or isinstance(e, KeyError):\n            raise", True),
    ("if isinstance(e, KeyError) and debug:\n            raise", None),
    ("if debug:\n            raise", None),
    ("with lock:\n            raise", True),
    ("for x in e.args:\n            raise", None),
]


def only_clause(body: str) -> Clause:
    ours = service(f"def f():\n    try:\n        g()\n    except Exception as e:\n        {body}\n")
    (clause,) = clauses(ours)
    return clause


@pytest.mark.parametrize(("body", "answer"), PASSING)
def test_what_a_clause_lets_pass(body: str, answer: bool | None) -> None:
    assert only_clause(body).lets_pass(External("builtins.KeyError")) is answer


APART = [
    ("code = 404 if isinstance(e, KeyError) else 500", True),
    ("code = 404 if isinstance(e, errors) else 500", True),
    ("code = 404 if isinstance(e, OSError) else 500", False),
    ("code = 404 if isinstance(e, Exception) else 500", False),
    ("code = CODES[type(e)]", True),
    ("code = CODES.get(e.__class__, 500)", True),
    ("match e:\n            case KeyError():\n                pass", True),
    ("log(type(e).__name__, e.__class__.__qualname__, str(e))", False),
    ("log(type(other))", False),
]


@pytest.mark.parametrize(("body", "answer"), APART)
def test_whether_a_clause_tells_apart(body: str, answer: bool) -> None:
    assert only_clause(body).tells_apart(External("builtins.KeyError")) is answer


GIVEN = [
    ("raise translate(e)", True),
    ("raise e if debug else ValueError()", True),
    ("raise known or e", True),
    ("return respond(e)", True),
    ("error = e", True),
    ("raise ValueError from e", False),
    ("raise ValueError(e) from e", False),
    ("log.error('x', error=e)", False),
    ("print(e)", False),
    ("return str(e)", False),
]


@pytest.mark.parametrize(("body", "answer"), GIVEN)
def test_whether_a_clause_hands_on(body: str, answer: bool) -> None:
    assert bool(only_clause(body).recipients) is answer


# -- handlers --------------------------------------------------------------------------------

REGISTERED = {
    "@app.exception_handler(KeyError)\nasync def handle(r, e): ...": ["KeyError"],
    "@app.exception_handler(404)\ndef handle(r, e): ...": ["404"],
    "@app.exception_handler(exc_class_or_status_code=KeyError)\ndef handle(r, e): ...": [
        "KeyError"
    ],
    "def handle(r, e): ...\napp.add_exception_handler(KeyError, handle)": ["KeyError"],
    "def handle(r, e): ...\napp.add_exception_handler(handler=handle, "
    "exc_class_or_status_code=KeyError)": ["KeyError"],
    "def handle(r, e): ...\napp2 = FastAPI(exception_handlers={KeyError: handle, 500: handle})": [
        "KeyError",
        "500",
    ],
    "def handle(r, e): ...\nT = {KeyError: handle}\nFastAPI(exception_handlers=T)": ["KeyError"],
    "def handle(r, e): ...\nFastAPI(exception_handlers={**{KeyError: handle}})": ["KeyError"],
    "def handle(r, e): ...\nfor k in (KeyError, OSError):\n"
    "    app.add_exception_handler(k, handle)": ["KeyError", "OSError"],
    "def handle(r, e): ...\nfor k, h in {KeyError: handle}.items():\n"
    "    app.add_exception_handler(k, h)": ["KeyError"],
    "def handle(r, e): ...\nclass App(FastAPI):\n    def __init__(self):\n"
    "        self.add_exception_handler(KeyError, handle)": ["KeyError"],
    "from functools import partial\ndef handle(r, e, x): ...\n"
    "app.add_exception_handler(KeyError, partial(handle, x=1))": ["KeyError"],
    "def make():\n    def handle(r, e): ...\n    return handle\n"
    "app.add_exception_handler(KeyError, make())": ["KeyError"],
    "class H:\n    def handle(self, r, e): ...\napp.add_exception_handler(KeyError, H().handle)": [
        "KeyError"
    ],
    "def handle(r, e): ...\napp.exception_handlers[KeyError] = handle": ["KeyError"],
    "def handle(r, e): ...\napp.exception_handlers.update({KeyError: handle})": ["KeyError"],
    "def handle(r, e): ...\napp.exception_handlers = {KeyError: handle}": ["KeyError"],
}


@pytest.mark.parametrize("code", REGISTERED)
def test_registrations(code: str) -> None:
    ours = service(f"from fastapi import FastAPI\napp = FastAPI()\n{code}\n")
    found = registrations(ours)
    keys = [str(r.key) if isinstance(r.key, int) else r.key and r.key.name for r in found]
    assert keys == REGISTERED[code]
    assert {r.function.name if r.function else None for r in found} == {"handle"}


@pytest.mark.parametrize(
    "code",
    [
        "from flask import Flask\napp = Flask(__name__)\n"
        "@app.exception_handler(KeyError)\ndef handle(r, e): ...",
        "from fastapi import APIRouter\nrouter = APIRouter()\n"
        "@router.exception_handler(KeyError)\ndef handle(r, e): ...",
    ],
)
def test_what_is_no_registration_of_an_app(code: str) -> None:
    assert [r for r in registrations(service(code)) if code.startswith("from fastapi")] == []


HIDDEN = [
    ("app.add_exception_handler(kind, handle)", True),
    ("from acme import setup\nsetup(app)", True),
    ("from acme import setup\nsetup(application=app)", True),
    ("from acme import HANDLERS\nx = FastAPI(exception_handlers=HANDLERS)", True),
    ("from acme import HANDLERS\napp.exception_handlers.update(HANDLERS)", True),
    ("from acme import HANDLERS\napp.exception_handlers = HANDLERS", True),
    ("from fastapi.routing import APIRoute\nclass Route(APIRoute): ...", True),
    ("from prometheus_fastapi_instrumentator import Instrumentator\n"
     "Instrumentator().instrument(app)", False),
    ("from starlette.middleware.gzip import GZipMiddleware\n"
     "app.add_middleware(GZipMiddleware)", False),
    ("from acme import ErrorMiddleware\napp.add_middleware(ErrorMiddleware)", True),
    ("from acme import ProblemDetails\nfrom starlette.middleware import Middleware\n"
     "x = FastAPI(middleware=[Middleware(ProblemDetails)])", True),
    ("from acme import TimingMiddleware\napp.add_middleware(TimingMiddleware)", False),
    ("from starlette.middleware.errors import ServerErrorMiddleware\n"
     "app.add_middleware(ServerErrorMiddleware)", False),
    ("class ErrorMiddleware: ...\napp.add_middleware(ErrorMiddleware)", False),
    ("def setup(app): ...\nsetup(app)", False),
    ("print(app)", False),
]  # fmt: skip


@pytest.mark.parametrize(("code", "answer"), HIDDEN)
def test_handlers_out_of_sight(code: str, answer: bool) -> None:
    ours = service(f"from fastapi import FastAPI\napp = FastAPI()\n{code}\n")
    assert hidden_registrations(ours) is answer


CALLED = [
    ("setup(app)", True),
    ("from app import handlers\nhandlers.setup(app)", True),
    ("from app.handlers import setup as prepare\nprepare(app)", True),
    ("from app.handlers import setup", False),
    ("", False),
]


@pytest.mark.parametrize(("code", "active"), CALLED)
def test_who_is_never_called_registers_nothing(code: str, active: bool) -> None:
    handlers = "def setup(app):\n    @app.exception_handler(KeyError)\n    def handle(r, e): ...\n"
    ours = service(
        f"from fastapi import FastAPI\napp = FastAPI()\n{code}\n", app__handlers=handlers
    )
    assert bool(active_registrations(ours)) is active
    library = service("", app__handlers=handlers)
    assert active_registrations(library)


def test_the_maker_of_an_app_is_called_from_outside() -> None:
    ours = service(
        "from fastapi import FastAPI\ndef create_app(settings):\n    app = FastAPI()\n"
        "    @app.exception_handler(KeyError)\n    def handle(r, e): ...\n    return app\n"
    )
    assert active_registrations(ours)


BODIES = {
    '{"a": 1, "success": False}': Body(frozenset({"a", "success"}), False, False),
    '{"a": 1, **more}': Body(frozenset({"a"}), True, None),
    '{**{"a": 1}, "b": 2}': Body(frozenset({"a", "b"}), False, None),
    '{key: 1, "a": 2}': Body(frozenset({"a"}), True, None),
    'dict(a=1, success=True)': Body(frozenset({"a", "success"}), False, True),
    "dict(pairs)": None,
    "jsonable_encoder({'a': 1})": Body(frozenset({"a"}), False, None),
    "Error(detail='x').model_dump()": Body(frozenset({"success", "detail"}), False, False),
    "Error(detail='x', success=True).dict()": Body(frozenset({"success", "detail"}), False, True),
    "Error(**given).model_dump(mode='json')": Body(frozenset({"success", "detail"}), False, None),
    "Error(detail='x').model_dump(exclude={'detail'})": None,
    "Error(detail='x').model_dump(by_alias=True)": None,
    "ERROR.model_dump()": Body(frozenset({"success", "detail"}), False, False),
    "unknown()": None,
    "'text'": None,
}  # fmt: skip


@pytest.mark.parametrize("code", BODIES)
def test_bodies(code: str) -> None:
    ours = service(
        "from fastapi.encoders import jsonable_encoder\nfrom pydantic import BaseModel\n"
        "class Error(BaseModel):\n    success: bool = False\n    detail: str\n"
        f"ERROR = Error(detail='x')\n{code}\n"
    )
    statement = main(ours).steps[-1].statement
    assert isinstance(statement, f.Evaluate)
    body = body_of(main(ours), statement.value)
    assert (body and msgspec.structs.replace(body, maker=None)) == BODIES[code]
    made_elsewhere = body is not None and code.startswith(("Error(", "ERROR."))
    assert bool(body and body.maker) == made_elsewhere


def test_the_tables_do_not_repeat_themselves() -> None:
    for table in (DOMAIN, RAISED, PASSING, APART, GIVEN, HIDDEN, CALLED):
        rows = [str(row[0]) for row in table]
        doubled = [row for row, group in itertools.groupby(sorted(rows)) if len(list(group)) > 1]
        assert not doubled
