"""Things are looked for by their words: nothing is missed that looking everywhere would find."""

from __future__ import annotations

from pathlib import Path

import pytest

import cases
from gravity_lint.configuration.settings import Settings
from gravity_lint.model import Service
from gravity_lint.model.code.calls import calls_in, calls_to, makings, thing_called
from gravity_lint.model.code.lineage import heirs
from gravity_lint.model.code.names import External, ancestors
from gravity_lint.model.code.questions import ByModule
from gravity_lint.model.code.words import words_of
from gravity_lint.rule import Scope
from gravity_lint.running.packs import load_rules

EXAMPLES = Path(__file__).parents[2] / "examples"

NAMES = {
    "app/made.py": """
from fastapi import APIRouter as Made
import app.base
Router = app.base.Own
class Below(Router):
    own = print
    def go(self) -> None:
        super().go()
        self.own("x")
""",
    "app/base.py": """
from fastapi import APIRouter
class Own(APIRouter):
    def go(self) -> None: ...
    gone = go
class Box: ...
def make() -> Own:
    return Own()
""",
    "app/main.py": """
from app.made import *
from app import base as b
other = b.make
def run(router: Router = Below()):
    other().gone()
    local = b.Own
    local()
    if (named := b.Own):
        named()
    Made(prefix="/x")
    b.Box[int]()
try:
    from nowhere import make
except ImportError:
    make = other
make()
""",
}


def service_of(name: str) -> Service:
    if name == "names":
        return cases.service_of(NAMES, Settings())
    root = EXAMPLES / name
    files = {p.relative_to(root).as_posix(): p.read_text("utf-8") for p in root.rglob("*.py")}
    return cases.service_of(files, Settings())


SERVICES = ("names", "orders_service", "legacy_service")


@pytest.mark.parametrize("name", SERVICES)
def test_every_call_is_found_by_what_it_calls(name: str) -> None:
    service = service_of(name)
    sites = [site for scope in service.scopes for site in scope.calls]
    known = [(site, thing) for site in sites if (thing := thing_called(site)) is not None]
    assert known
    for site, thing in known:
        expected = [other for other, called in known if called == thing]
        assert [*calls_to(service, thing)] == expected
        here = [other for other in expected if other.module is site.module]
        assert [*calls_in(site.module, thing)] == here


@pytest.mark.parametrize("name", SERVICES)
def test_every_heir_is_found(name: str) -> None:
    service = service_of(name)
    lineages = {cls: ancestors(cls)[1:] for cls in service.classes}
    for top in {x for lineage in lineages.values() for x in lineage if x is not None}:
        expected = tuple(cls for cls, lineage in lineages.items() if top in lineage)
        assert heirs(service, top.path if isinstance(top, External) else top) == expected


def test_other_names_lead_to_the_thing() -> None:
    service = service_of("names")
    own = next(cls for cls in service.classes if cls.name == "Own")
    assert words_of(service, own) == ("Own", "Router", "local", "named")
    assert words_of(service, "structlog.get_logger") == ("getLogger", "get_logger")
    made = [site.call.span.line for site, _ in makings(service, "fastapi.APIRouter")]
    assert len(made) == len([*calls_to(service, own)]) + 2  # ``Below()``, ``Made()``


@pytest.mark.parametrize("name", SERVICES[1:])
def test_subjects_of_one_file_are_those_of_the_whole(name: str) -> None:
    """Asked file by file in a new service, each question gives what it gives for all of them."""
    rules = [rule for rule in load_rules(("gravity_rules",)) if rule.scope is not Scope.RUN]
    questions = {rule.subjects for rule in rules if isinstance(rule.subjects, ByModule)}
    assert len(questions) > 50
    whole, narrow = service_of(name), service_of(name)
    for asked in questions:
        all_of_it = [(x.module.relative, x.span, x.label) for x in asked(whole)]
        one_by_one = [
            (x.module.relative, x.span, x.label)
            for module in reversed(narrow.modules)
            for x in asked.of(module)
        ]
        assert sorted(one_by_one) == sorted(all_of_it)
        for module in narrow.modules:
            assert {x.module for x in asked.of(module)} <= {module}
