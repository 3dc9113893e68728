"""Four times the code takes at most five times the work, whatever its shape.

Work is counted in calls of functions, Python's own and those written in C: seconds would tell
about the machine.
"""

import sys
from collections.abc import Callable
from typing import Any

import pytest

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.installed import OWN_PACKS
from gravity_lint.model.api.inclusions import MOST
from gravity_lint.model.api.routing import endpoints, routing
from gravity_lint.rule import Scope
from gravity_lint.running.judging import judge
from gravity_lint.running.packs import load_rules
from gravity_lint.sources.depth import deeply

Files = dict[str, str]
SHAPES: dict[str, tuple[Callable[[int], Files], int]] = {}
LIMIT = 5.0


def shape(size: int) -> Callable[[Callable[[int], Files]], Callable[[int], Files]]:
    """Make a generator of files of so many parts a shape that is measured at this *size*."""

    def register(generate: Callable[[int], Files]) -> Callable[[int], Files]:
        SHAPES[generate.__name__] = generate, size
        return generate

    return register


def lines(template: str, count: int) -> str:
    return "".join(f"{template.format(n=n, m=n + 1)}\n" for n in range(count))


APP = "from fastapi import APIRouter, Depends, FastAPI, HTTPException\n\napp = FastAPI()\n"


@shape(30)
def tries_in_a_function(n: int) -> Files:
    clause = "    except ValueError:\n        logger.error('failed', n={n})"
    body = lines(f"    try:\n        work({{n}})\n{clause}", n)
    head = "import structlog\n\nlogger = structlog.get_logger(__name__)\n\n\ndef run():\n"
    return {"app/services/a.py": head + body}


@shape(30)
def tries_that_raise(n: int) -> Files:
    body = lines(
        "    try:\n        work({n})\n    except ValueError as e:\n"
        "        logger.error('failed')\n        raise RuntimeError('x') from e",
        n,
    )
    head = "import logging\n\nlogger = logging.getLogger(__name__)\n\n\ndef run():\n"
    return {"app/services/a.py": head + body}


@shape(30)
def nested_tries(n: int) -> Files:
    depth = min(n, 60)
    body = "".join(f"{'  ' * x}try:\n" for x in range(depth)) + "  " * depth + "work()\n"
    body += "".join(
        f"{'  ' * x}except ValueError:\n{'  ' * x}  raise\n" for x in reversed(range(depth))
    )
    return {"app/services/a.py": "def run():\n" + "".join(f" {x}\n" for x in body.splitlines())}


@shape(30)
def lambdas_in_a_loop(n: int) -> Files:
    body = lines("    callbacks.append(lambda: item + {n})", n)
    return {"app/a.py": f"callbacks = []\nfor item in range(3):\n{body}"}


@shape(30)
def functions_in_a_loop(n: int) -> Files:
    body = lines("    @app.get('/{n}')\n    def f{n}():\n        return item", n)
    return {"app/main.py": f"{APP}\nfor item in range(3):\n{body}"}


@shape(30)
def numeric_statuses(n: int) -> Files:
    body = lines("@app.get('/r{n}', status_code=201)\nasync def r{n}() -> dict: ...\n", n)
    imports = lines("from app.other import thing{n}", n)
    return {"app/main.py": APP + imports + body}


@shape(30)
def routes_of_a_router(n: int) -> Files:
    body = lines("@app.get('/r{n}')\nasync def r{n}() -> dict: ...\n", n)
    return {"app/main.py": APP + body}


@shape(30)
def routes_with_parameters(n: int) -> Files:
    body = lines("@app.get('/r/{{a{n}}}/x{n}')\nasync def r{n}(a{n}: int) -> dict: ...\n", n)
    return {"app/main.py": APP + body}


@shape(30)
def methods_of_a_class(n: int) -> Files:
    body = lines("    def m{n}(self, a: int) -> int:\n        return self.m{m}(a)", n)
    return {"app/services/a.py": f"class Service:\n{body}"}


@shape(3)
def routers_included_twice_per_level(n: int) -> Files:
    made = lines("r{n} = APIRouter()", n * 3 + 1)
    routes = f"@r{n * 3}.get('/x')\nasync def x() -> dict: ...\n"
    includes = lines(
        "r{n}.include_router(r{m}, prefix='/a')\nr{n}.include_router(r{m}, prefix='/b')", n * 3
    )
    return {"app/main.py": f"{APP}\n{made}{routes}{includes}app.include_router(r0)\n"}


@shape(10)
def constants_that_double(n: int) -> Files:
    body = "a0 = '/x'\n" + lines("a{m} = a{n} + a{n}", n)
    return {"app/main.py": f"{APP}\n{body}\n@app.get(a{n})\nasync def x() -> dict: ...\n"}


@shape(30)
def chains_of_exception_classes(n: int) -> Files:
    body = "class E0(Exception):\n    status_code = 400\n" + lines("class E{m}(E{n}): ...", n)
    raising = lines("def f{n}():\n    raise E{n}('x')", n)
    return {"app/core/exceptions.py": body + raising}


@shape(15)
def nested_routers(n: int) -> Files:
    made = lines("r{n} = APIRouter()", n + 1)
    routes = lines("@r{n}.get('/x{n}')\nasync def x{n}() -> dict: ...\n", n)
    includes = lines("r{n}.include_router(r{m}, prefix='/p{n}')", n)
    return {"app/main.py": f"{APP}\n{made}{routes}{includes}app.include_router(r0)\n"}


@shape(12)
def endpoints_times_includes(n: int) -> Files:
    routes = lines("@r.get('/x{n}')\nasync def x{n}() -> dict: ...\n", n)
    includes = lines("app.include_router(r, prefix='/v{n}')", 3)
    return {"app/main.py": f"{APP}r = APIRouter()\n{routes}{includes}"}


@shape(12)
def includes_of_a_router(n: int) -> Files:
    routes = lines("@r.get('/x{n}')\nasync def x{n}() -> dict: ...\n", 3)
    includes = lines("app.include_router(r, prefix='/v{n}')", n)
    return {"app/main.py": f"{APP}r = APIRouter()\n{routes}{includes}"}


@shape(30)
def published_events(n: int) -> Files:
    body = lines("    await broker.publish('order.event_{n}', {{'id': {n}}})", n)
    handlers = lines(
        "@broker.subscriber('order.event_{n}')\nasync def on_{n}(message: dict): ...\n", n
    )
    head = "from app.broker import RabbitMQBroker\n\nbroker = RabbitMQBroker()\n\n"
    return {
        "app/broker.py": "import aio_pika\n\n\nclass RabbitMQBroker:\n"
        "    async def publish(self, event, message): ...\n"
        "    async def subscribe(self, event, handler): ...\n",
        "app/events.py": f"{head}async def run():\n{body}\n{handlers}",
    }


@shape(30)
def classes_in_a_circle(n: int) -> Files:
    body = lines("class C{n}(C{m}): ...", n) + f"class C{n}(C0): ...\n"
    return {"app/a.py": body + lines("def f{n}(x: C{n}):\n    return x.name", n)}


@shape(15)
def requests_times_routes(n: int) -> Files:
    routes = lines("@app.get('/x{n}')\nasync def x{n}() -> dict: ...\n", n)
    tests = lines("def test_{n}():\n    assert client.get('/x{n}').status_code == 200\n", n)
    head = "from fastapi.testclient import TestClient\nfrom app.main import app\n\n"
    return {
        "app/main.py": APP + routes,
        "tests/test_x.py": f"{head}client = TestClient(app)\n\n{tests}",
    }


@shape(30)
def suppressions(n: int) -> Files:
    return {"app/a.py": lines("print({n})  # noqa: GRV904 -- why", n)}


@shape(30)
def names_bound_again(n: int) -> Files:
    return {"app/a.py": lines("x = f(x, {n})", n) + lines("def g{n}():\n    return x", n)}


@shape(30)
def functions_that_call_each_other(n: int) -> Files:
    body = lines("def f{n}(a):\n    return f{m}(a)", n) + f"def f{n}(a):\n    return f0(a)\n"
    return {"app/services/a.py": body}


@shape(30)
def modules_that_import_all_of_the_next(n: int) -> Files:
    files = {f"app/m{x}.py": f"from app.m{x + 1} import *\nv{x} = 1\n" for x in range(n)}
    return {**files, f"app/m{n}.py": "last = 1\n", "app/use.py": "from app.m0 import *\nlast\n"}


@shape(15)
def dependencies_that_branch(n: int) -> Files:
    body = "".join(
        f"def d{x}(a=Depends(d{x + 1}), b=Depends(d{x + 1})): ...\n" for x in reversed(range(n))
    )
    route = "@app.get('/x')\nasync def x(a=Depends(d0)) -> dict: ...\n"
    return {"app/main.py": f"{APP}def d{n}(): ...\n{body}{route}"}


@shape(30)
def dependencies_in_a_chain(n: int) -> Files:
    body = "".join(f"def d{x}(a=Depends(d{x + 1})): ...\n" for x in reversed(range(n)))
    routes = lines("@app.get('/x{n}')\nasync def x{n}(a=Depends(d0)) -> dict: ...\n", 3)
    return {"app/main.py": f"{APP}def d{n}(): ...\n{body}{routes}"}


@shape(12)
def models_that_hold_each_other_twice(n: int) -> Files:
    body = lines("class M{m}(BaseModel):\n    a: M{n}\n    b: list[M{n}]", n)
    head = "from pydantic import BaseModel\n\n\nclass M0(BaseModel):\n    x: int\n"
    route = f"@app.get('/x', response_model=M{n})\nasync def x(a: M{n}) -> M{n}: ...\n"
    return {"app/main.py": APP + head + body + route}


@shape(12)
def calls_in_a_diamond(n: int) -> Files:
    body = lines(
        "def f{n}(a):\n    g{m}(a)\n    return f{m}(a)\n\n\n"
        "def g{n}(a):\n    f{m}(a)\n    return g{m}(a)\n\n",
        n,
    )
    body += f"def f{n}(a):\n    raise ValueError(a)\n\n\ndef g{n}(a):\n    raise KeyError(a)\n"
    route = "@app.get('/x')\nasync def x():\n    try:\n        return f0(1)\n"
    route += "    except Exception:\n        pass\n"
    return {
        "app/services/a.py": body,
        "app/main.py": f"{APP}from app.services.a import f0\n\n\n{route}",
    }


@shape(15)
def ifs_in_a_row(n: int) -> Files:
    body = lines("    if a{n}:\n        await message.ack()\n    else:\n        x = x + 1", n)
    head = "import aio_pika\n\n\nasync def on(message: aio_pika.IncomingMessage):\n    x = 0\n"
    return {"app/events.py": head + body}


@shape(12)
def fixtures_that_branch(n: int) -> Files:
    fixture = "@pytest.fixture\ndef {k}{x}(f{y}, g{y}): return {k}{y}\n"
    body = "".join(
        fixture.format(k=k, x=x, y=x + 1) for x in reversed(range(n)) for k in ("f", "g")
    )
    last = "".join(f"@pytest.fixture\ndef {k}{n}(): return app\n" for k in ("f", "g"))
    return {
        "tests/conftest.py": f"import pytest\nfrom app.main import app\n\n{last}{body}",
        "app/main.py": APP,
        "tests/test_a.py": "def test_a(f0):\n    assert f0.get('/x').status_code == 200\n",
    }


@shape(30)
def handlers_and_exceptions(n: int) -> Files:
    classes = "class GravityException(Exception): ...\n" + lines(
        "class E{n}Exception(GravityException): ...", n
    )
    handlers = lines(
        "@app.exception_handler(E{n}Exception)\nasync def h{n}(request, exc):\n"
        "    return JSONResponse({{'a': 1}}, status_code=404)\n",
        n,
    )
    routes = lines(
        "@app.get('/x{n}')\nasync def x{n}() -> dict:\n    raise E{n}Exception('x')\n", n
    )
    head = "from fastapi.responses import JSONResponse\nfrom app.core.exceptions import *\n"
    return {"app/core/exceptions.py": classes, "app/main.py": APP + head + handlers + routes}


@shape(12)
def star_imports_in_a_diamond(n: int) -> Files:
    both = "from app.a{x} import *\nfrom app.b{x} import *\n"
    files = {f"app/{k}{x}.py": both.format(x=x + 1) for x in range(n) for k in ("a", "b")}
    use = "from app.a0 import *\n\nv\nw\nq\n"
    return {**files, f"app/a{n}.py": "v = 1\n", f"app/b{n}.py": "w = 1\n", "app/use.py": use}


@shape(12)
def values_that_branch(n: int) -> Files:
    body = lines("if a{n}:\n    p = p + '/a'\nelse:\n    p = p + '/b'", n)
    return {"app/main.py": f"{APP}p = '/x'\n{body}\n@app.get(p)\nasync def x(): ...\n"}


@shape(12)
def decorators_in_a_row(n: int) -> Files:
    made = lines(
        "def deco{n}(f):\n    @wraps(f)\n    def w(*a):\n        return f(*a)\n    return w\n", n
    )
    used = lines("@deco{n}", n)
    return {"app/main.py": f"{APP}{made}@app.get('/x')\n{used}async def x(): ...\n"}


@shape(8)
def applications_in_applications(n: int) -> Files:
    body = lines(
        "r{n} = APIRouter(prefix='/p{n}')\n\n\n@r{n}.get('/x')\nasync def x{n}(): ...\n\n\n"
        "app.include_router(r{n})\napp.include_router(r{n}, prefix='/v{n}')\n"
        "app.mount('/m{n}', FastAPI())",
        n,
    )
    return {"app/main.py": APP + body}


@shape(20)
def services_that_use_each_other(n: int) -> Files:
    text = (
        "from app.services.s{y} import S{y}\n\n\nclass S{x}:\n"
        "    def __init__(self, other: S{y}):\n        self.other = other\n\n"
        "    async def go(self):\n        return await self.other.go()\n"
    )
    return {f"app/services/s{x}.py": text.format(x=x, y=(x + 1) % n) for x in range(n)}


@shape(30)
def services_and_routes(n: int) -> Files:
    """Code as it is written, as a yardstick."""
    files: Files = {"app/main.py": APP}
    for x in range(n):
        files[f"app/api/r{x}.py"] = (
            f"from fastapi import APIRouter\nfrom app.services.s{x} import S{x}\n"
            f"router = APIRouter(prefix='/r{x}')\n\n"
            f"@router.get('/list')\nasync def l{x}(s: S{x}) -> dict:\n    return await s.all()\n"
        )
        files[f"app/services/s{x}.py"] = f"class S{x}:\n    async def all(self) -> dict: ...\n"
        files["app/main.py"] += (
            f"from app.api.r{x} import router as r{x}\napp.include_router(r{x}, prefix='/api/v1')\n"
        )
    return files


def work(files: Files) -> int:
    """Return how many calls it takes to judge *files* by all rules."""
    rules = [rule for rule in load_rules(OWN_PACKS) if rule.scope is not Scope.RUN]
    service = cases.service_of(files, Settings())
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1

    def judged() -> None:
        sys.setprofile(count)
        try:
            judgement = judge(service, rules)
        finally:
            sys.setprofile(None)
        assert judgement.crashes == ()

    deeply(judged)
    return calls


@pytest.mark.parametrize("name", SHAPES)
def test_work_grows_with_the_code(name: str) -> None:
    generate, size = SHAPES[name]
    work(generate(2))  # what is worked out once for all services
    small, large = work(generate(size)), work(generate(4 * size))
    assert large <= LIMIT * small, f"{name}: {small} calls, then {large}: {large / small:.1f} times"


def test_ways_beyond_counting_are_cut_off_and_said() -> None:
    service = cases.service_of(routers_included_twice_per_level(3), Settings())
    assert len(endpoints(service)[0].paths or ()) == MOST
    assert any("more than" in gap.what for gap in routing(service).gaps)


def test_texts_beyond_reading_are_not_known() -> None:
    files = constants_that_double(60)
    service = cases.service_of(files, Settings())
    assert endpoints(service)[0].paths is None
