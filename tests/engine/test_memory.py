"""Answers do not depend on which question is asked first, circles included."""

import random
from collections.abc import Callable, Iterator

import pytest

import cases
from gravity_lint import facts as f
from gravity_lint.configuration.settings import Settings
from gravity_lint.model import Class, Function, Service
from gravity_lint.model.code.memory import Memory
from gravity_lint.model.code.names import ancestors, bound
from gravity_lint.model.code.types import callee_of, result_of, type_of
from gravity_lint.model.code.values import value_of

CIRCLES = {
    "app/a.py": """
from app.b import *
from app import b as other

x = other.y

class First(other.Second):
    def me(self):
        return self.you()
    def you(self):
        return self.me() if self else First()

class Inner(Inner.Deeper): ...

def ping(n):
    return pong(n) if n else "done"

def pong(n):
    return ping(n)

def told(n) -> "First":
    return asked(n)

def asked(n):
    return told(n)

text = text + "a"
left = right = left
host = "a" + port
port = "b" + host
""",
    "app/b.py": """
from app.a import *
from app import a as other

y = other.x

class Second(other.First): ...
class Third(Second, other.First): ...

def loop():
    value = loop()
    value = other.ping(value)
    return value

seen = loop().value
made = other.told(1)
again = made.me().you()
""",
}


def questions(service: Service) -> Iterator[tuple[str, Callable[[], object]]]:
    for scope in service.scopes:
        if isinstance(scope, Class):
            yield f"ancestors {scope.label}", lambda s=scope: ancestors(s)
        if isinstance(scope, Function):
            yield f"result {scope.label}", lambda s=scope: result_of(s)
        for name in scope.bindings:
            yield f"bound {scope.label} {name}", lambda s=scope, n=name: bound(s, n)
        for step in scope.steps:
            for expression in step.expressions:
                for x in f.walk(expression):
                    where = f"{scope.label} {x.span} {type(x).__name__}"
                    yield f"type {where}", lambda s=scope, e=x: type_of(s, e)
                    yield f"value {where}", lambda s=scope, e=x: value_of(s, e)
                    if isinstance(x, f.Call):
                        yield f"callee {where}", lambda s=scope, e=x: callee_of(s, e)


def answers(order: random.Random) -> dict[str, str]:
    service = cases.service_of(CIRCLES, Settings())
    asked = list(questions(service))
    order.shuffle(asked)
    return {name: repr(ask()) for name, ask in asked}


def test_the_order_of_questions_changes_no_answer() -> None:
    first = answers(random.Random(0))
    for seed in range(1, 40):
        assert answers(random.Random(seed)) == first


def follow(memory: Memory, edges: dict[str, str], node: str) -> frozenset[str]:
    """Return what can be reached from *node*: the least answer that fits all circles."""

    def work() -> frozenset[str]:
        found = {node}
        for other in edges.get(node, ""):
            found |= follow(memory, edges, other)
        return frozenset(found)

    return memory.ask(("reach", node), frozenset(), work)


@pytest.mark.parametrize("seed", range(60))
def test_circles_in_circles_give_what_fits_all_of_them(seed: int) -> None:
    order = random.Random(seed)
    nodes = "abcdefgh"
    edges = {n: "".join(order.sample(nodes, order.randrange(0, 3))) for n in nodes}
    memory = Memory()
    for node in order.sample(nodes, len(nodes)):
        reached, pending = {node}, [node]
        while pending:
            for other in edges[pending.pop()]:
                if other not in reached:
                    reached.add(other)
                    pending.append(other)
        assert follow(memory, edges, node) == reached


def test_what_fails_is_not_remembered() -> None:
    memory = Memory()

    def fail() -> str:
        memory.ask("inner", None, lambda: memory.ask("outer", "guess", fail))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        memory.ask("outer", None, fail)
    assert memory.ask("outer", None, lambda: "right") == "right"
    assert memory.ask("inner", None, lambda: "right") == "right"
