"""How long the examples of a fine-tune are, from a sample of them: what its time and its memory depend on."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.asking import Asking
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet

SAMPLE = 160
LONGEST = 32
_KEPT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """Tokens of sampled examples (n,), how many of them are learned (n,), and of the longest example."""

    tokens: np.ndarray
    learned: np.ndarray
    longest: int

    def padded(self, n: int) -> float:
        """Expected tokens of a part of `n` examples with its padding."""
        rng = np.random.default_rng(0)
        return float(n * rng.choice(self.tokens, size=(400, n)).max(axis=1).mean())


_CACHE: OrderedDict[tuple[str, str, int, Asking], Lengths] = OrderedDict()


def example_lengths(ref: ModelRef, problems: ProblemSet, max_tokens: int, asking: Asking) -> Lengths:
    """From a seeded sample, and the problems with the most characters for the longest; if none fits, every example counts as longest."""
    key = (ref.fingerprint, problems.fingerprint, max_tokens, asking)
    if key not in _CACHE:
        _CACHE[key] = _measure(ref, problems, max_tokens, asking)
        while len(_CACHE) > _KEPT:
            _CACHE.popitem(last=False)
    return _CACHE[key]


def _measure(ref: ModelRef, problems: ProblemSet, max_tokens: int, asking: Asking) -> Lengths:
    from hypviz.worker.data import encode_examples

    known = problems.problems
    drawn: list[int] = np.random.default_rng(0).permutation(len(known))[:SAMPLE].tolist()
    by_length = sorted(known, key=lambda p: len(p.question) + len(p.solution), reverse=True)[:LONGEST]
    try:
        sample = encode_examples(ref, [known[i] for i in drawn], max_tokens=max_tokens, asking=asking).items
    except HypvizError:  # none of these fits; whether any does, the worker says
        only = np.array([max_tokens])
        return Lengths(tokens=only, learned=only, longest=max_tokens)
    tokens = np.array([len(example.ids) for example in sample])
    try:
        tail = max(len(example.ids) for example in encode_examples(ref, by_length, max_tokens=max_tokens, asking=asking).items)
    except HypvizError:  # the longest do not fit and are left out, so that others come close to the limit
        tail = max_tokens
    return Lengths(
        tokens=tokens,
        learned=np.array([example.n_answer for example in sample]),
        longest=max(int(tokens.max()), tail),
    )
