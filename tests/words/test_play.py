"""What is said of a played vocabulary: the title names the step with the most in one line, and what is needed names the tokens."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.records import Provenance
from hypviz.records.play import Played
from hypviz.words.play import layers_need, play_title

ONE_LINE = 118  # characters of a heading in a window of 1280 pixels


@pytest.fixture
def played() -> Played:
    """4,000 tokens of which 5 %, 55 % and 10 % move at three steps."""
    n, labels = 4_000, ("the embeddings", "layer 10", "layer 20", "layer 30")
    noise = np.ones((3, n))
    drift = np.stack([np.where(np.arange(n) < share * n, 2.0, 0.5) for share in (0.05, 0.55, 0.1)])
    places = np.zeros((4, n))
    return Played(
        labels=labels,
        rho=places,
        theta=places,
        drift=drift,
        noise=noise,
        noise_median=np.full(3, 0.3),
        provenance=Provenance(model="m", revision="r", seed=0, versions={}, seconds=0.0),
    )


def test_the_title_names_the_step_with_the_most_in_one_line(played: Played) -> None:
    title = play_title(played)
    assert "From layer 10 to layer 20, 55 %" in title and "4,000" in title and "of 3 steps" in title and len(title) <= ONE_LINE


def test_what_is_needed_names_how_many_of_how_many() -> None:
    assert "4,000 most frequent of 49,152" in layers_need(4_000, 49_152, 3)
    assert "most frequent" not in layers_need(900, 900, 3) and "900 tokens" in layers_need(900, 900, 3)
