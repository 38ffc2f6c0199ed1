"""Specs: one identity for one question, and the way into an address and back."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hypviz.errors import HypvizError
from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Spec):
    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    method: str = "plain"
    radius: float = 4.0
    n: int | None = None
    nulls: tuple[str, ...] = ("gaussian",)
    exact: bool = False


def model(**changes: str) -> ModelRef:
    known = {"source": "a/b", "kind": "hub", "path": "/x", "revision": None, "dtype": "float32", "fingerprint": "f0"}
    return ModelRef(**{**known, **changes})  # type: ignore[arg-type]


def test_the_same_content_in_another_place_is_the_same_question() -> None:
    here, there = Question(model=model()), Question(model=model(path="/y", source="c/d"))
    assert here.identity == there.identity
    assert here.identity != Question(model=model(fingerprint="f1")).identity


@pytest.mark.parametrize("change", [{"method": "x"}, {"radius": 4.5}, {"n": 3}, {"nulls": ()}, {"exact": True}])
def test_every_field_counts(change: dict[str, object]) -> None:
    assert Question(model=model(), **change).identity != Question(model=model()).identity  # type: ignore[arg-type]


def test_four_and_four_point_nought_are_one_question() -> None:
    assert Question(model=model(), radius=4).identity == Question(model=model(), radius=4.0).identity


def test_an_address_says_what_differs_and_leads_back() -> None:
    asked = Question(model=model(), method="x", radius=2.5, n=7, nulls=("a", "b"), exact=True)
    assert Question(model=model()).to_address() == {}
    assert asked.to_address() == {"method": "x", "radius": "2.5", "n": "7", "nulls": "a,b", "exact": "yes"}
    assert Question.from_address(asked.to_address(), model=model()) == asked
    assert Question.from_address({"n": "none", "other": "1"}, model=model()) == Question(model=model())


@pytest.mark.parametrize(("name", "value"), [("n", "many"), ("radius", "wide"), ("exact", "1")])
def test_a_value_that_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(HypvizError, match=f"{name}={value}"):
        Question.from_address({name: value}, model=model())


def test_what_has_no_identity_is_refused() -> None:
    with pytest.raises(TypeError, match="nulls"):
        _ = Question(model=model(), nulls=(b"x",)).identity  # type: ignore[arg-type]


@pytest.mark.parametrize("radius", [0.1 + 0.2, 1e-9, 123456.789, 4.0])
def test_an_address_keeps_every_digit(radius: float) -> None:
    asked = Question(model=model(), radius=radius)
    assert Question.from_address(asked.to_address(), model=model()) == asked


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_no_number_is_not_taken_for_one(value: str) -> None:
    with pytest.raises(HypvizError, match=f"radius={value}"):
        Question.from_address({"radius": value}, model=model())
