"""The vocabulary's bar holds every kind's share, and its title says the two that matter."""

from __future__ import annotations

import pytest

from hypviz.plots.vocabulary import KIND_COLOURS, kinds_chart
from hypviz.records.models import TOKEN_KINDS


def test_shares_add_up_and_the_title_states_them() -> None:
    kinds = dict(zip(TOKEN_KINDS, (60, 25, 4, 3, 2, 5, 1, 0), strict=True))
    chart = kinds_chart(kinds)
    assert chart.title == "60 % of the rows start a word, 25 % continue one"
    assert sum(bar.x[0] for bar in chart.figure.data) == pytest.approx(100)
    assert [bar.name for bar in chart.figure.data] == list(TOKEN_KINDS[:-1])
    assert list(chart.data["rows"]) == list(kinds.values())
    assert "100 embedding rows" in chart.alt and "25 word continuation (25.0 %)" in chart.alt


def test_every_kind_has_its_own_colour() -> None:
    assert set(KIND_COLOURS) == set(TOKEN_KINDS)
    assert len(set(KIND_COLOURS.values())) == len(TOKEN_KINDS)
