"""Whether families stay together: known answers, brute force, and chance."""

from __future__ import annotations

import numpy as np
import pytest

from hypviz.layout import together

FAMILY = np.repeat(np.arange(4), 15)
WORD = np.arange(60) // 3  # five words a family, three spellings each


def _apart(places: np.ndarray) -> np.ndarray:
    return np.abs(places[:, None] - places[None, :])


def test_families_apart_are_wholly_together() -> None:
    rng = np.random.default_rng(0)
    found = together(_apart(100.0 * FAMILY + rng.uniform(0, 1, 60)), FAMILY, WORD)
    assert found is not None and found.share == 1.0 and found.k == 10 and found.by_chance == pytest.approx(12 / 57)


def test_spellings_of_the_same_word_count_for_nothing() -> None:
    """Every spelling lies on its own word's place, the words lie at random: nothing but chance is left."""
    rng = np.random.default_rng(1)
    found = [together(_apart(rng.permutation(20)[WORD] + 1e-6 * rng.uniform(0, 1, 60)), FAMILY, WORD) for _ in range(200)]
    assert np.mean([each.share for each in found]) == pytest.approx(found[0].by_chance, abs=0.02)


def test_it_is_counted_from_the_definition() -> None:
    rng = np.random.default_rng(2)
    keys, family, word = _apart(rng.normal(size=40)), rng.integers(0, 3, 40), np.arange(40) // 2
    shares = []
    for i in range(40):
        others = [j for j in range(40) if word[j] != word[i]]
        nearest = sorted(others, key=lambda j: keys[i, j])[:10]
        shares.append(np.mean(family[nearest] == family[i]))
    assert together(keys, family, word).share == pytest.approx(np.mean(shares))


def test_fewer_others_than_ten_are_all_looked_at() -> None:
    family, word = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 2, 3])
    found = together(_apart(np.arange(5.0)), family, word)
    assert found is not None and found.k == 3


@pytest.mark.parametrize(
    ("family", "word"), [([], []), ([0], [0]), ([0, 0], [1, 1]), ([0, 0, 0], [0, 1, 2])], ids=["none", "one", "one word", "one family"]
)
def test_where_nothing_can_be_compared_there_is_no_share(family: list[int], word: list[int]) -> None:
    n = len(family)
    assert together(np.zeros((n, n)), np.array(family, dtype=int), np.array(word, dtype=int)) is None
