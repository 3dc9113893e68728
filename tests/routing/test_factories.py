"""Functions and classes that make routers: their paths are known, or said to be open.

The sources here are run, as `tests/layouts` are; they go beyond what can be followed.
"""

from __future__ import annotations

import pytest
from fastapi import FastAPI

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.model.api.routing import endpoints, endpoints_in, routing

HEAD = """
import functools
from enum import Enum
try:
    from enum import StrEnum
except ImportError:
    class StrEnum(str, Enum):
        __str__ = str.__str__
        __format__ = str.__format__
from fastapi import APIRouter, FastAPI
app = FastAPI()
class Color(str, Enum):
    RED = "red"
    BLUE = "blue"
class Size(StrEnum):
    BIG = "big"
    SMALL = "small"
class Base:
    path = "base"
class Users(Base):
    path = "users"
"""

MAKE = """
def make(kind="none", *, prefix=""):
    router = APIRouter(prefix=prefix)
    @router.get(f"/{kind}/x")
    def get_x(): ...
    return router
"""

KNOWN = {
    "default and keyword": """
app.include_router(make())
app.include_router(make("a", prefix="/p"))
app.include_router(make(prefix="/q"), prefix="/more")
""",
    "keywords unpacked": """
app.include_router(make(**{"kind": "a", "prefix": "/p"}))
app.include_router(make("b"))
""",
    "members of a StrEnum": """
def sized(size: Size):
    router = APIRouter(prefix=f"/{size}")
    @router.get("/x")
    def get_x(): ...
    return router
app.include_router(sized(Size.BIG))
app.include_router(sized(Size.SMALL))
""",
    "class attributes": """
def crud(service):
    router = APIRouter(prefix="/" + service.path)
    @router.get("/" + service.__name__.lower())
    def get_x(): ...
    return router
app.include_router(crud(Base))
app.include_router(crud(Users))
""",
    "the same twice": """
app.include_router(make("a"))
app.include_router(make("a"), prefix="/again")
""",
    "pairs": """
for kind, prefix in (("a", "/p"), ("b", "/q")):
    app.include_router(make(kind), prefix=prefix)
""",
    "a local name": """
def named(kind):
    path = f"/{kind.lower()}s"
    router = APIRouter()
    @router.get(path)
    def get_x(): ...
    return router
app.include_router(named("A"))
app.include_router(named("B"))
""",
    "the loop stands in a function": """
def install(application):
    for kind in ["a", "b"]:
        application.include_router(make(kind), prefix=f"/{kind}")
install(app)
""",
    "an argument that matters to no path": """
def serving(service):
    router = APIRouter(prefix="/served")
    @router.get("/x")
    def get_x(): return service
    return router
first, second = FastAPI(), FastAPI()
app.include_router(serving(Base()))
app.include_router(serving(Users()), prefix="/again")
""",
    "a dict": """
KINDS = {"a": "/p", "b": "/q"}
for kind in KINDS:
    app.include_router(make(kind))
for prefix in KINDS.values():
    app.include_router(make("v", prefix=prefix))
""",
    "a factory that hands its argument on": """
def outer(kind):
    return make(kind, prefix="/outer")
app.include_router(outer("a"))
app.include_router(outer("b"))
""",
}

KNOWN |= {
    "a comprehension that includes": """
[app.include_router(router, prefix="/all") for router in (make("a"), make("b"))]
[app.include_router(make(kind)) for kind in ("c", "d")]
""",
    "settings that are made anew": """
from pydantic_settings import BaseSettings
class Settings(BaseSettings):
    prefix: str = "/set"
router = APIRouter()
@router.get("/x")
def get_x(): ...
def build(settings: Settings, lifespan=None):
    application = FastAPI(lifespan=lifespan)
    application.include_router(router, prefix=settings.prefix)
    return application
app = build(Settings())
other = build(Settings(), lifespan=None)
""",
}

KNOWN |= {
    "each caller adds to its own": """
first = make("a")
second = make("a")
@first.get("/first")
def get_first(): ...
@second.get("/second")
def get_second(): ...
app.include_router(first, prefix="/p")
app.include_router(second, prefix="/q")
""",
    "a factory without parameters": """
def bare():
    return APIRouter()
one = bare()
two = bare()
@one.get("/x")
def get_one(): ...
two.add_api_route("/y", get_one)
app.include_router(one, prefix="/p")
app.include_router(two, prefix="/q")
""",
    "a factory that adds to what another one makes": """
def bare():
    router = APIRouter()
    @router.get("/bare")
    def get_bare(): ...
    return router
def listing():
    router = bare()
    @router.get("/list")
    def get_list(): ...
    return router
one = listing()
two = listing()
three = bare()
@one.get("/one")
def get_one(): ...
@two.get("/two")
def get_two(): ...
@three.get("/three")
def get_three(): ...
app.include_router(one, prefix="/p")
app.include_router(two, prefix="/q")
app.include_router(three, prefix="/r")
""",
    "objects that hold one each": """
class Crud:
    def __init__(self, model):
        self.model = model
        self.router = APIRouter()
        self.router.add_api_route("/all", self.all_of)
    def all_of(self): ...
cats = Crud("cat")
dogs = Crud("dog")
@cats.router.get("/purr")
def purr(): ...
@dogs.router.get("/bark")
def bark(): ...
app.include_router(cats.router, prefix="/cats")
app.include_router(dogs.router, prefix="/dogs")
""",
    "a function that keeps to itself what it makes": """
def install(application):
    router = APIRouter(prefix="/kept")
    @router.get("/x")
    def get_x(): ...
    application.include_router(router)
install(app)
install(FastAPI())
""",
    "a function that remembers what it made": """
@functools.lru_cache
def shared():
    return APIRouter(prefix="/shared")
one = shared()
two = shared()
@one.get("/one")
def get_one(): ...
@two.get("/two")
def get_two(): ...
app.include_router(shared())
""",
    "a method that makes one each time": """
class Builder:
    @staticmethod
    def build():
        router = APIRouter()
        @router.get("/all")
        def all_of(): ...
        return router
    def build_more(self):
        return self.build()
one = Builder.build()
two = Builder().build_more()
three = Builder().build_more()
@one.get("/x")
def get_x(): ...
@two.get("/y")
def get_y(): ...
app.include_router(one, prefix="/one")
app.include_router(two, prefix="/two")
app.include_router(three, prefix="/three")
""",
    "an application that is made twice": """
def get_health(): ...
def make_app(title="t"):
    application = FastAPI(title=title)
    router = make("a")
    @router.get("/more")
    def get_more(): ...
    application.include_router(router, prefix="/p")
    application.include_router(make("b"), prefix="/q")
    application.add_api_route("/health", get_health)
    return application
app = make_app()
other = make_app("other")
""",
}

OPEN = {
    "a prefix assigned afterwards": """
router = make("a")
router.prefix = "/later"
@router.get("/y")
def get_y(): ...
app.include_router(router)
""",
    "a prefix that the class changes": """
class Versioned(APIRouter):
    def __init__(self, version=None, **kwargs):
        super().__init__(**kwargs)
        if version:
            self.prefix = f"/v{version}{self.prefix}"
router = Versioned(prefix="/a", version=1)
@router.get("/y")
def get_y(): ...
app.include_router(router)
""",
    "keywords changed before they are handed on": """
class Versioned(APIRouter):
    def __init__(self, **kwargs):
        kwargs["prefix"] = "/v1" + kwargs.get("prefix", "")
        super().__init__(**kwargs)
router = Versioned(prefix="/a")
@router.get("/y")
def get_y(): ...
app.include_router(router)
""",
    "prefixes changed in a loop": """
def bare(kind):
    router = APIRouter()
    router.prefix = f"/{kind}"
    @router.get("/y")
    def get_y(): ...
    return router
for router in (bare("a"), bare("b")):
    router.prefix = "/v1" + router.prefix
    app.include_router(router)
""",
    "members of str and Enum": """
for color in (Color.RED, Color.BLUE):
    app.include_router(make(color))
""",
    "all members": """
for color in Color:
    app.include_router(make(color.value))
""",
    "a parameter bound again": """
def again(kind):
    kind = kind + "s"
    router = APIRouter()
    @router.get(f"/{kind}")
    def get_x(): ...
    return router
app.include_router(again("a"))
app.include_router(again("b"))
""",
    "a partial": """
one = functools.partial(make, "a")
app.include_router(one())
app.include_router(make("b"))
""",
    "computed": """
for kind in ["a", "b"][::-1]:
    app.include_router(make(kind * 2))
""",
    "mapped": """
for router in map(make, ["a", "b"]):
    app.include_router(router)
""",
    "picked": """
ALL = {"a": make("a"), "b": make("b")}
app.include_router(ALL["a"])
app.include_router(ALL.get("b"))
""",
    "filtered": """
ALL = [make(kind) for kind in ("a", "b") if kind != "a"]
for router in ALL:
    app.include_router(router)
""",
    "attributes of subclasses": """
class View:
    path = "view"
    def router(self):
        router = APIRouter(prefix=f"/{self.path}")
        @router.get("/x")
        def get_x(): ...
        return router
class Cats(View):
    path = "cats"
class Dogs(View):
    path = "dogs"
app.include_router(Cats().router())
app.include_router(Dogs().router())
""",
    "class methods": """
class View:
    path = "view"
    @classmethod
    def router(cls):
        router = APIRouter(prefix=f"/{cls.path}")
        @router.get("/x")
        def get_x(): ...
        return router
class Cats(View):
    path = "cats"
app.include_router(Cats.router())
app.include_router(View.router())
""",
    "fields of objects": """
class Config:
    def __init__(self, path="none"):
        self.path = path
def configured(config: Config):
    router = APIRouter(prefix=f"/{config.path}")
    @router.get("/x")
    def get_x(): ...
    return router
app.include_router(configured(Config("a")))
app.include_router(configured(Config("b")))
""",
    "a factory in a factory": """
def outer(kind):
    def inner(part):
        router = APIRouter()
        @router.get(f"/{kind}/{part}")
        def get_x(): ...
        return router
    whole = APIRouter()
    whole.include_router(inner("x"))
    whole.include_router(inner("y"))
    return whole
app.include_router(outer("a"))
app.include_router(outer("b"))
""",
    "an object registers in a method": """
class Crud:
    def __init__(self, name):
        self.name = name
        self.router = APIRouter()
        self.add()
    def add(self):
        self.router.add_api_route(f"/{self.name}", self.all_of)
    def all_of(self): ...
app.include_router(Crud("a").router)
app.include_router(Crud("b").router)
""",
    "a base makes the router": """
class Crud:
    def __init__(self, name):
        self.router = APIRouter(prefix=f"/{name}")
        self.router.add_api_route("/x", self.all_of)
    def all_of(self): ...
class Cats(Crud):
    def __init__(self):
        super().__init__("cats")
class Dogs(Crud):
    def __init__(self):
        super().__init__("dogs")
app.include_router(Cats().router)
app.include_router(Dogs().router)
""",
    "a subclass has another endpoint": """
class Crud:
    def __init__(self, name):
        self.router = APIRouter(prefix=f"/{name}")
        self.router.add_api_route("/x", self.all_of)
    def all_of(self): ...
class Cats(Crud):
    def all_of(self, limit: int): ...
app.include_router(Cats("cats").router)
app.include_router(Crud("dogs").router)
""",
    "each turn of a loop adds to its own": """
for kind in ("a", "b"):
    router = make("x", prefix=f"/{kind}")
    if kind == "a":
        @router.get("/only")
        def get_only(): ...
    app.include_router(router)
""",
    "callers that add to what they got from a dict": """
ALL = {kind: make("x") for kind in ("a", "b")}
@ALL["a"].get("/first")
def get_first(): ...
app.include_router(ALL["a"], prefix="/p")
app.include_router(ALL["b"], prefix="/q")
""",
    "a subclass adds to what its base makes": """
class Crud:
    def __init__(self, name):
        self.router = APIRouter()
        self.router.add_api_route("/all", self.all_of)
    def all_of(self): ...
class Cats(Crud): ...
class Dogs(Crud):
    def __init__(self):
        super().__init__("dogs")
        self.router.add_api_route("/bark", self.bark)
    def bark(self): ...
cats, dogs = Cats("cats"), Dogs()
other_cats = Cats("cats")
other_dogs = Dogs()
app.include_router(other_cats.router, prefix="/cats")
app.include_router(other_dogs.router, prefix="/dogs")
""",
    "objects kept somewhere": """
class Crud:
    def __init__(self, name):
        self.router = APIRouter(prefix=f"/{name}")
        self.router.add_api_route(f"/{name}/x", self.all_of)
    def all_of(self): ...
ALL = dict(a=Crud("a"), b=Crud("b"))
for crud in ALL.values():
    app.include_router(crud.router)
def include(crud: Crud):
    app.include_router(crud.router, prefix="/again")
include(ALL["a"])
""",
    "a condition": """
def chosen(kind):
    router = APIRouter()
    if kind == "a":
        @router.get(f"/{kind}/only")
        def only(): ...
    @router.get(f"/{kind}/x")
    def get_x(): ...
    return router
app.include_router(chosen("a"))
app.include_router(chosen("b"))
""",
    "a format": """
def padded(number):
    router = APIRouter()
    @router.get(f"/{number:03}")
    def get_x(): ...
    return router
app.include_router(padded(1))
app.include_router(padded(2))
""",
}


def whole(source: str) -> str:
    """Return *source* with what it uses."""
    return HEAD + (MAKE if "make" in source else "") + source


def real_paths(source: str) -> set[str]:
    """Run *source*; return the paths of its application."""
    namespace: dict[str, object] = {"__name__": "app.main"}
    exec(compile(whole(source), "main.py", "exec"), namespace)
    application = namespace["app"]
    assert isinstance(application, FastAPI)
    return set(application.openapi()["paths"])


def told(source: str) -> tuple[set[str], bool]:
    """Return the paths that are known, and whether something is said to be open."""
    service = cases.service_of({"app/__init__.py": "", "app/main.py": whole(source)}, Settings())
    known = {
        path.path
        for endpoint in endpoints(service)
        for path in endpoint.paths or ()
        if not path.conditional
    }
    conditional = any(p.conditional for e in endpoints(service) for p in e.paths or ())
    opened = bool(routing(service).gaps) or any(e.paths is None for e in endpoints(service))
    return known, opened or conditional


@pytest.mark.parametrize("name", KNOWN)
def test_what_can_be_followed_is_known(name: str) -> None:
    assert told(KNOWN[name]) == (real_paths(KNOWN[name]), False)


@pytest.mark.parametrize("name", OPEN)
def test_what_cannot_be_followed_is_said_to_be_open(name: str) -> None:
    known, opened = told(OPEN[name])
    real = real_paths(OPEN[name])
    assert known <= real
    assert opened or known == real


def test_a_registration_is_one_subject_however_many_routers_are_made() -> None:
    source = """
def crud(kind):
    router = APIRouter(prefix=f"/{kind}")
    @router.get("/x")
    def get_x(): ...
    return router
for kind in ("a", "b", "c"):
    app.include_router(crud(kind))
"""
    text = whole(source)
    service = cases.service_of({"app/__init__.py": "", "app/main.py": text}, Settings())
    (module,) = [m for m in service.modules if m.name == "app.main"]
    assert len(endpoints(service)) == 3
    assert len(endpoints_in.of(module)) == 1


def test_an_application_that_is_made_twice_has_each_route_once() -> None:
    source = """
def make_app(title="t"):
    application = FastAPI(title=title)
    application.include_router(make("a"), prefix="/p")
    return application
app = make_app()
other = make_app("other")
"""
    service = cases.service_of({"app/__init__.py": "", "app/main.py": whole(source)}, Settings())
    assert len(endpoints(service)) == 1
