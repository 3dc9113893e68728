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
