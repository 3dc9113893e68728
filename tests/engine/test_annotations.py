"""One walker reads every type expression, whatever it is spelled like."""

from __future__ import annotations

import sys

import pytest

import cases
from gravity_lint import facts as f
from gravity_lint.configuration.settings import Settings
from gravity_lint.model.api.schemas import same_type
from gravity_lint.model.code.annotations import metadata, opened, unfold
from gravity_lint.model.code.scopes import Scope
from gravity_lint.model.code.types import annotated_type

HEAD = (
    "from typing import *\n"
    "from typing import Annotated, Generic, NewType, Optional, TypeAlias, TypeVar, Union\n"
    "from typing_extensions import TypeAliasType\n"
    "T = TypeVar('T')\nS = TypeVar('S')\n"
    "class User: ...\nclass Item: ...\nclass Page(Generic[T]): ...\n"
)


def annotation(code: str) -> tuple[Scope, f.Expression]:
    """Return the annotation ``A`` of the last function of *code*."""
    function = cases.service_of({"app/a.py": code}, Settings()).functions[-1]
    given = function.parameters[-1].annotation
    assert function.parent is not None
    assert given is not None
    return function.parent, given


def spelled(code: str, name: str = "A") -> tuple[Scope, f.Expression]:
    return annotation(f"{HEAD}{code}\ndef read(a: {name}): ...\n")


SPELLINGS = [
    ("", "User", "User", []),
    ("", "'User'", "User", []),
    ("", "User | None", "User", []),
    ("", "Optional['User']", "User", []),
    ("", "Union[User, Item, None]", "User, Item", []),
    ("", "'User | Item'", "User, Item", []),
    ("A = User", "A", "A", []),
    ("A = User\nB = A\nC = B", "C", "C", []),
    ("A: TypeAlias = 'User | None'", "A", "User", []),
    ("A = Optional['Page[User]']", "A", "Page[User]", []),
    ("A = Annotated['User', 'x']", "A", "User", ['"x"']),
    ("A = Annotated[Annotated[User, 1], 2]", "A", "User", ["1", "2"]),
    ("A = Annotated[User, 1]\nB = Annotated[A, 2]\nC = B", "C", "User", ["1", "2"]),
    ("A = Annotated[User, 1]", "A | None", "User", []),
    ("A = Annotated[User | None, 1]", "A", "User", ["1"]),
    ("A = TypeAliasType('A', Annotated[User, 1])", "A", "User", ["1"]),
    ("A = TypeAliasType('A', 'User')\nB = TypeAliasType('B', A)", "B", "User", []),
    ("A = Annotated[T, 1]", "A[User]", "User", ["1"]),
    ("A = Union[T, S, None]", "A[Item, User]", "Item, User", []),
    ("A = Union[T, S]\nB = A[S, Item]", "B[User]", "User, Item", []),
    ("A = TypeAliasType('A', Optional[T], type_params=(S, T))", "A[Item, User]", "User", []),
    ("A = Page[T]", "A[User]", "Page[T]", []),
    ("A = NewType('A', User)", "A", "User", []),
    ("", "Final[User]", "User", []),
]


@pytest.mark.parametrize(("code", "name", "types", "added"), SPELLINGS)
def test_spellings(code: str, name: str, types: str, added: list[str]) -> None:
    found = spelled(code, name)
    assert ", ".join(f.render(x) for _, x in unfold(*found)) == types
    assert [f.render(x) for _, x in metadata(*found)] == added


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type statements are new in Python 3.12")
@pytest.mark.parametrize(
    ("code", "name", "types"),
    [
        ("type A = User | None", "A", "User"),
        ("type A = 'User'\ntype B = A", "B", "B"),  # the class, by another name
        ("type A = 'User | None'\ntype B = A", "B", "User"),
        ("type A[X] = X | Item", "A[User]", "User, Item"),
    ],
)
def test_type_statements(code: str, name: str, types: str) -> None:
    # With ``from typing import *`` anything may be a name of the library.
    head = HEAD.replace("from typing import *", "from typing import Optional")
    found = annotation(f"{head}{code}\ndef read(a: {name}): ...\n")
    assert ", ".join(f.render(x) for _, x in unfold(*found)) == types


def test_arguments_of_a_generic_alias_are_what_it_is_subscripted_by() -> None:
    (page,) = opened(*spelled("A = Page[T]", "A[User]")).alternatives
    assert [f.render(x) for _, x in page.arguments] == ["User"]


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("A = Page[list[T]]\n", "A[T]", "Page[List[T]]"),
        ("A = Page[T]\n", "A[User]", "Page[User]"),
        ("A = Page[T] | None\n", "A['User']", "Optional[Page[User]]"),
    ],
)
def test_same_types(code: str, one: str, other: str) -> None:
    head = HEAD.replace("from typing import *", "from typing import List")
    function = cases.service_of(
        {"app/a.py": f"{head}{code}def read(a: {one}, b: {other}): ...\n"}, Settings()
    ).functions[-1]
    first, second = (p.annotation for p in function.parameters)
    assert function.parent is not None
    assert first is not None
    assert second is not None
    assert same_type((function.parent, first), (function.parent, second)) is True


@pytest.mark.parametrize(
    "code",
    [
        "A = B\nB = A\ndef f(a: A): ...\n",
        "class M:\n    A = A | None\n    def f(self, a: A): ...\n",
        "from typing import Annotated\nA = Annotated[A, 1]\ndef f(a: A): ...\n",
        'from typing import Union\nA = Union["A", int]\ndef f(a: A): ...\n',
        'A = dict[str, "A"] | list["A"]\ndef f(a: A): ...\n',
        'from typing import TypeAliasType\nA = TypeAliasType("A", list["A"])\ndef f(a: A): ...\n',
    ],
)
def test_an_alias_that_leads_back_to_itself_is_no_reason_to_stop(code: str) -> None:
    placed = annotation(code)
    annotated_type(*placed)
    same_type(placed, placed)
    assert len(list(unfold(*placed))) < 10
    assert len(metadata(*placed)) < 10
