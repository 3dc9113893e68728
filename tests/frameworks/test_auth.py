"""What the rules on authentication take for granted about FastAPI and PyJWT."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import httpx
import jwt
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Security, params
from fastapi.routing import APIRoute
from fastapi.security import (
    APIKeyHeader,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
)
from fastapi.security.base import SecurityBase

KEY = "k" * 40


def refuse() -> None:
    raise HTTPException(status_code=401)


def status(app: FastAPI, path: str, **headers: str) -> int:
    async def ask() -> int:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return (await client.get(path, headers=headers)).status_code

    return asyncio.run(ask())


async def answer() -> dict[str, int]:
    return {}


@pytest.mark.parametrize(
    "scheme",
    [HTTPBearer(), OAuth2PasswordBearer(tokenUrl="token"), APIKeyHeader(name="X-Key")],
    ids=lambda scheme: type(scheme).__name__,
)
def test_a_scheme_refuses_and_is_documented(scheme: Any) -> None:
    app = FastAPI(dependencies=[Depends(scheme)])
    app.get("/a")(answer)
    # Older versions answer 403 where newer ones answer 401.
    assert status(app, "/a") in (401, 403)
    assert app.openapi()["paths"]["/a"]["get"]["security"]


def test_a_scheme_without_auto_error_lets_everyone_pass() -> None:
    app = FastAPI(dependencies=[Depends(HTTPBearer(auto_error=False))])
    app.get("/a")(answer)
    assert status(app, "/a") == 200


def test_a_password_form_is_no_scheme() -> None:
    assert not issubclass(OAuth2PasswordRequestForm, SecurityBase)


def test_dependencies_run_wherever_they_are_given() -> None:
    guard = [Depends(refuse)]
    app = FastAPI()
    by_include, inner = APIRouter(), APIRouter()
    by_router = APIRouter(dependencies=guard)
    outer = APIRouter(dependencies=guard)
    for router, path in ((by_router, "/router"), (by_include, "/include"), (inner, "/outer")):
        router.get(path)(answer)
    outer.include_router(inner)
    app.include_router(by_router)
    app.include_router(by_include, dependencies=guard)
    app.include_router(outer)
    app.get("/decorator", dependencies=guard)(answer)
    app.get("/open")(answer)
    for path in ("/router", "/include", "/outer", "/decorator"):
        assert status(app, path) == 401
    assert status(app, "/open") == 200


def test_a_mounted_application_inherits_nothing() -> None:
    app, inner = FastAPI(dependencies=[Depends(refuse)]), FastAPI()
    inner.get("/a")(answer)
    app.mount("/inner", inner)
    assert status(app, "/inner/a") == 200


def test_listed_dependencies_come_before_those_of_parameters() -> None:
    order: list[str] = []
    app = FastAPI(dependencies=[Depends(lambda: order.append("app"))])

    @app.get("/a", dependencies=[Depends(lambda: order.append("decorator"))])
    async def a(own: Any = Depends(lambda: order.append("parameter"))) -> None: ...  # noqa: B008

    assert status(app, "/a") == 200
    assert order == ["app", "decorator", "parameter"]


def test_security_is_a_dependency() -> None:
    assert isinstance(Security(refuse, scopes=["a"]), params.Depends)


def test_a_call_that_returns_depends_is_a_dependency() -> None:
    def require(role: str) -> Any:
        return Depends(refuse)

    app = FastAPI()

    @app.get("/a")
    async def a(user: Any = require("admin")) -> None: ...  # noqa: B008

    assert status(app, "/a") == 401


def test_only_what_is_taken_from_the_request_is_documented_with_422() -> None:
    app = FastAPI()

    @app.get("/a")
    async def a(request: Request, token: Annotated[str, Depends(HTTPBearer())]) -> None: ...

    @app.get("/b/{name}")
    async def b(name: str) -> None: ...

    answers = {r.path: app.openapi()["paths"][r.path]["get"]["responses"] for r in _routes(app)}
    assert "422" not in answers["/a"]
    assert "422" in answers["/b/{name}"]


def _routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.routes if isinstance(route, APIRoute)]


def test_pyjwt_refuses_without_algorithms() -> None:
    token = jwt.encode({"sub": "1"}, KEY, algorithm="HS256")
    with pytest.raises(jwt.DecodeError):
        jwt.decode(token, KEY)
    assert jwt.decode(token, KEY, ["HS256"])["sub"] == "1"


def test_pyjwt_takes_the_algorithm_of_a_key_that_has_one() -> None:
    token = jwt.encode({"sub": "1"}, KEY, algorithm="HS256")
    key = jwt.PyJWK(
        {"kty": "oct", "k": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s", "alg": "HS256"}
    )
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, key)


def test_pyjwt_reads_forged_tokens_when_told_to() -> None:
    token = jwt.encode({"sub": "1"}, "forged" * 8, algorithm="HS256")
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == "1"
