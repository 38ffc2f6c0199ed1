"""A base for adapters, and a gain that is one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hypviz.gains import GAINS
from tests.hyplora.conftest import make_base  # noqa: F401
from tests.toys import toy_entry

TOY_GAIN = '''
"""A gain that grows with the square of the token's length and does not know the update's."""

from hypviz.gains.entry import GainSlopes, RadialGain


def gain(u, p):
    return 1.0 + u * u / 6.0


def slopes(u, p, g):
    by_input = 1.0 / (3.0 * g)
    return GainSlopes(by_output_over_p2=0.0 * u, by_input_over_u2=by_input, by_radius=-by_input * u * u)


def formula(u, p, m):
    return 1 + u * u / 6


ENTRY = RadialGain(name="square", label="square", help="1 + u^2/6", order=15, gain=gain, slopes=slopes, formula=formula, wide=True)
'''


@pytest.fixture
def toy_gain(tmp_path: Path) -> Iterator[str]:
    """The name of a gain whose file lies outside the package while the test runs."""
    with toy_entry(GAINS, "hypviz.gains", "toy_square", TOY_GAIN, tmp_path):
        yield "square"
