"""What the rules on layers and schemas take for granted, asked of Python and pydantic."""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

import pytest
from pydantic import BaseModel, ConfigDict, Field
from pydantic.errors import PydanticUserError
from sqlalchemy.ext.asyncio import AsyncSession

from gravity_lint.model.api.pydantic import RENAMED

T = TypeVar("T")


class Item(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str = Field(alias="Name", default="x")
    size: int | None = None


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize(("old", "new"), sorted(RENAMED.items()))
def test_both_names_exist(old: str, new: str) -> None:
    assert hasattr(BaseModel, old)
    assert hasattr(BaseModel, new)


@pytest.mark.parametrize("given", [{}, {"by_alias": True}, {"exclude_none": True}])
@pytest.mark.parametrize("old", ["dict", "json"])
def test_dumps_are_the_same(old: str, given: dict[str, bool]) -> None:
    item = Item(size=1)
    assert getattr(item, old)(**given) == getattr(item, RENAMED[old])(**given)


def test_validation_is_the_same() -> None:
    assert Item.parse_obj({"Name": "y"}) == Item.model_validate({"Name": "y"})
    row = SimpleNamespace(Name="y", size=2)
    assert Item.from_orm(row) == Item.model_validate(row)


def test_from_orm_needs_from_attributes() -> None:
    class Bare(BaseModel):
        name: str

    with pytest.raises(PydanticUserError, match="from_attributes"):
        Bare.from_orm(SimpleNamespace(name="y"))


def test_orm_mode_means_nothing_any_more() -> None:
    class Old(BaseModel):
        name: str

        class Config:
            orm_mode = True

    with pytest.raises(PydanticUserError, match="from_attributes"):
        Old.from_orm(SimpleNamespace(name="y"))


def test_configuration_is_inherited_and_overridden() -> None:
    class Child(Item):
        model_config = ConfigDict(extra="forbid")

    class Closed(Item, from_attributes=False):
        pass

    class Inner(BaseModel):
        class Config:
            from_attributes = True

    assert Child.model_config.get("from_attributes") is True
    assert Closed.model_config.get("from_attributes") is False
    assert Inner.model_config.get("from_attributes") is True


def test_dict_never_follows_serialize_by_alias() -> None:
    class Aliased(BaseModel):
        model_config = ConfigDict(serialize_by_alias=True)

        name: str = Field(serialization_alias="Name", default="x")

    assert Aliased().dict() == {"name": "x"}
    assert Aliased().model_dump() == {"Name": "x"}


def test_json_refuses_what_its_successor_does_not_know() -> None:
    with pytest.raises(TypeError):
        Item().json(sort_keys=True)


def test_overriding_methods_inherit_docstrings() -> None:
    class Base:
        def count(self) -> int:
            """Count."""
            return 0

    class Child(Base):
        def count(self) -> int:
            return 1

    assert inspect.getdoc(Child().count) == "Count."


def test_fields_of_a_dataclass_are_its_constructor() -> None:
    @dataclasses.dataclass
    class Service:
        db: AsyncSession

    assert list(inspect.signature(Service).parameters) == ["db"]


def test_a_class_that_is_not_generic_takes_no_model() -> None:
    class Plain:
        pass

    class Repository(Generic[T]):
        pass

    class Between(Repository[T]):
        pass

    plain: Any = Plain
    with pytest.raises(TypeError):
        plain[int]
    assert Between[int]

    class Child(Between[int]):
        pass

    child: Any = Child
    with pytest.raises(TypeError):
        child[int]
