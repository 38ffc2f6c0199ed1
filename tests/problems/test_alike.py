"""Questions that are the same but for case, white space and punctuation; numbers keep what belongs to them."""

from __future__ import annotations

import pytest

from hypviz.problems.alike import plain_question


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tom has 12 apples. How many?", "tom has 12 apples  how many ?"),
        ("Tom’s box - how many?", "Tom's box, how many"),
        ("“Ann” has ２ dogs", "Ann has 2 dogs."),
        ("Sum: 3, 4", "sum 3 4"),
        ("fill the _ in", "fill the in"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert plain_question(one) == plain_question(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("2.5 apples", "25 apples"), ("-3 degrees", "3 degrees"), ("40% of it", "40 of it"), ("1/2 cup", "12 cup"), ("a + b", "a b")],
)
def test_not_the_same(one: str, other: str) -> None:
    assert plain_question(one) != plain_question(other)
