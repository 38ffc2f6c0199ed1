"""Numbers for people: digits, percent signs and minus signs."""

from __future__ import annotations

import pytest

from hypviz.words.numbers import minus, part, percent, share, signed


def test_every_share_has_a_space_before_its_sign():
    said = [percent(0.077), percent(1e-7), percent(2e4), share(0.2), share(0.0771, 1), part(0.77)]
    assert said == ["7.7 %", "below 0.001 %", "2e+06 %", "20 %", "7.7 %", "77 %"]


@pytest.mark.parametrize(("value", "said"), [(0.0, "0 %"), (1.0, "100 %"), (0.999, "99.9 %"), (0.0004, "0.04 %"), (0.5, "50 %")])
def test_a_part_is_not_called_nothing_or_all(value, said):
    assert part(value) == said


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        (-0.3, 2, "−0.30"),
        (0.4, 2, "+0.40"),
        (0.0, 2, "+0.00"),
        (-0.003, 2, "−0.003"),
        (-0.0004, 2, "−0.0004"),
        (-1e-9, 2, "−0.000000"),
        (-0.0990, 4, "−0.0990"),
        (-1.26, 1, "−1.3"),
    ],
)
def test_a_sign_is_a_real_one_and_never_hidden(value, digits, said):
    assert signed(value, digits) == said


def test_a_minus_is_no_hyphen():
    assert minus("-0.04") == "−0.04" and minus("+0.04") == "+0.04"
