"""Answers under letters: which letter hides which column, by lot from the question alone, and what a vote on them said."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from string import ascii_uppercase

import numpy as np

from hypviz.records.answers import Comparison
from hypviz.words.numbers import counted


def lettered(comparison: Comparison) -> dict[str, str]:
    """Letter to name of the column, A first; the lot is seeded by question and decoding, so that it falls alike every time."""
    names = [column.name for column in comparison.columns]
    seed = int.from_bytes(sha256(f"{comparison.question}\n{comparison.base.decoding.line}\n{names}".encode()).digest()[:8])
    drawn = np.random.default_rng(seed).permutation(len(names))
    return {letter: names[i] for letter, i in zip(ascii_uppercase, drawn.tolist(), strict=False)}


def revealed(letters: Mapping[str, str], titles: Mapping[str, str], votes: Mapping[str, int]) -> str:
    """Who was behind each letter, with the votes, those with the most first."""
    order = sorted(letters, key=lambda letter: -votes.get(letter, 0))
    return "; ".join(f"{letter} is {titles[letters[letter]]} ({counted(votes.get(letter, 0), 'vote')})" for letter in order) + "."
