"""What pydantic 1 makes of generic models and of optional fields, as the model knows it."""

from __future__ import annotations

import warnings
from typing import Generic, TypeVar

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pydantic.v1 import BaseModel, Field
    from pydantic.v1.generics import GenericModel

T = TypeVar("T")


class Base(BaseModel):
    pass


class Alone(BaseModel, Generic[T]):
    data: list[T]


class Whole(GenericModel, Generic[T]):
    data: list[T]


class Derived(Base, GenericModel, Generic[T]):
    data: list[T]


class Told(BaseModel):
    plain: int | None
    shown: int | None = Field(example=1)
    given: int | None = Field(..., description="number")


@pytest.mark.parametrize("model", [Whole[int], Derived[int]])
def test_generic_models_say_what_they_hold(model: type[BaseModel]) -> None:
    assert model.schema()["properties"]["data"]["items"] == {"type": "integer"}


def test_what_is_generic_for_python_alone_does_not() -> None:
    assert Alone.schema()["properties"]["data"]["items"] == {}


def test_the_generic_class_stands_in_place_of_the_plain_one() -> None:
    with pytest.raises(TypeError):
        type("Both", (BaseModel, GenericModel), {})


def test_what_is_optional_may_be_left_out() -> None:
    assert Told.schema()["required"] == ["given"]
