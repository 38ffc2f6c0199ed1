"""A frequency for tokens that were never counted: a ridge probe that reads log(1 + count) from a token's row, norm and number.

In: rows (n, d) and counts (n,). Out: for each token what it is predicted to have, by probes that have not seen its own count
(cross-fitting), and how well that holds of counts that were held out. A count of 0 is a fact like the others: in a million words it says
that the token is rare, and it takes part. Only tokens that no text could have counted stay out of the fit. The penalty (Hoerl and Kennard,
Ridge regression, Technometrics 1970) bears on the row and not on norm and number. It is the one of `PENALTIES` whose predictions across
folds err least, and none of these is light: a free row learns what the text is about, and predicts a text about something else worse than
the token's number does (benchmarks/rank_probe.py). Products are float64 and made a block of rows at a time: memory is a Gram matrix
(d + 3)^2 for each fold and a few more, and one block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Bool, Float64, Int, Int64

from hypviz.records.ranks import ProbeFindings
from hypviz.records.rows import Rows
from hypviz.statistics import spearman
from hypviz.statistics.rows import row_norms
from hypviz.work import NOBODY, Work

N_FOLDS = 5
PENALTIES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # of a token, in units of the mean variance of a row's numbers
NEARLY_NOTHING = 1e-9  # the penalty on norm and number, so that a constant one has an answer
FEWEST_COUNTED, FEWEST = 10, 50  # tokens from which on a probe is fitted
FEWEST_SEEN = 50  # tokens of one half of the text only, from which on the other half tells what is unseen
BLOCK = 4_000_000  # numbers widened at once
_SCALING, _MULTIPLYING, _SOLVING, _READING = 0.15, 0.55, 0.15, 0.15  # shares of the time


@dataclass(frozen=True, slots=True, kw_only=True)
class RankProbe:
    """`score` (m,) float64 of every token that was asked for, larger where more is predicted, and the `findings`."""

    score: Float64[np.ndarray, " m"]
    findings: ProbeFindings


def fit_rank_probe(
    values: Rows,
    counts: Int[np.ndarray, " n"],
    *,
    tokens: Int64[np.ndarray, " m"],
    countable: Bool[np.ndarray, " m"],
    seed: int,
    penalties: tuple[float, ...] = PENALTIES,
    work: Work = NOBODY,
) -> RankProbe | None:
    """The probe over the rows `tokens` (m,); `countable` (m,) is False for those that no text can hold. Raises `Stopped`.

    None where fewer than `FEWEST_COUNTED` tokens were counted, `FEWEST` could have been, or all of these equally often.
    """
    known = counts[tokens][countable]
    if (known > 0).sum() < FEWEST_COUNTED or known.size < FEWEST or known.min() == known.max():
        return None
    rng = np.random.default_rng(seed)
    fold = _folds(counts[tokens], rng)
    some = rng.binomial(known, 0.5)  # half of the text: of a Poisson count two independent halves
    features = _features(values, tokens, countable, work.part(_SCALING, "measuring the rows"))
    targets = np.log1p(np.stack([known, some], axis=1).astype(np.float64))
    grams = _grams(features, fold, countable, targets, work.part(_MULTIPLYING, "multiplying the rows"))
    penalty, weights = _solved(grams, penalties, work.part(_SOLVING, "choosing the penalty"))
    predicted = _predicted(features, fold, weights, work.part(_READING, "reading the probe"))
    findings = _findings(predicted[countable], -tokens[countable], known, some, penalty=penalty, seed=seed)
    return RankProbe(score=predicted[:, 0], findings=findings)


def _findings(
    predicted: Float64[np.ndarray, "k 2"],
    number: Int64[np.ndarray, " k"],
    known: Int[np.ndarray, " k"],
    some: Int[np.ndarray, " k"],
    *,
    penalty: float,
    seed: int,
) -> ProbeFindings:
    """Of the predictions from all counts `known` (k,), and from their half `some` (k,), both beside the `number` (k,) of a token."""
    unseen = some == 0
    held_out = (known - some)[unseen]
    is_told = (held_out > 0).sum() >= FEWEST_SEEN
    return ProbeFindings(
        n_counted=int((known > 0).sum()),
        n_countable=known.size,
        n_folds=N_FOLDS,
        penalty=penalty,
        spearman=_agreement(predicted[:, 0], known),
        id_spearman=_agreement(number, known),
        n_held_out=int(unseen.sum()),
        held_out_spearman=_agreement(predicted[unseen, 1], held_out) if is_told else None,
        held_out_id_spearman=_agreement(number[unseen], held_out) if is_told else None,
        seed=seed,
    )


def _folds(counts: Int[np.ndarray, " m"], rng: np.random.Generator) -> Int64[np.ndarray, " m"]:
    """The fold of each token, dealt so that all folds hold frequent and rare ones: else their means alone would predict, backwards."""
    hands = rng.permuted(np.tile(np.arange(N_FOLDS), (-(-len(counts) // N_FOLDS), 1)), axis=1).ravel()
    fold = np.empty(len(counts), dtype=np.int64)
    fold[np.lexsort((rng.random(len(counts)), counts))] = hands[: len(counts)]
    return fold


def _agreement(score: np.ndarray, counts: Int[np.ndarray, " n"]) -> float | None:
    return spearman(score, counts) if len(counts) >= 3 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Features:
    """What the probe reads of the rows `tokens`: d numbers of the centred row over their common scale, norm, number and a one."""

    values: Rows
    tokens: Int64[np.ndarray, " m"]
    mean: Float64[np.ndarray, " d"]
    scale: float
    beside: Float64[np.ndarray, "m 3"]

    @property
    def width(self) -> int:
        """How many there are of a token."""
        return len(self.mean) + self.beside.shape[1]

    def blocks(self, places: Int64[np.ndarray, " k"]) -> Iterator[tuple[Int64[np.ndarray, " b"], Float64[np.ndarray, "b f"]]]:
        """The features of the tokens in `places`, some at a time."""
        step = max(1, BLOCK // self.width)
        for start in range(0, len(places), step):
            part = places[start : start + step]
            rows = self.values[self.tokens[part]].astype(np.float64)
            rows -= self.mean
            rows /= self.scale
            yield part, np.concatenate([rows, self.beside[part]], axis=1)


def _features(values: Rows, tokens: Int64[np.ndarray, " m"], countable: Bool[np.ndarray, " m"], work: Work) -> _Features:
    """Centred and scaled by what the countable tokens have."""
    known = tokens[countable]
    step = max(1, BLOCK // max(values.shape[1], 1))
    total, squares = np.zeros(values.shape[1]), 0.0
    for start in range(0, len(known), step):
        work.check()
        total += values[known[start : start + step]].sum(axis=0, dtype=np.float64)
        work.report(min(start + step, len(known)), 2 * len(known))
    mean = total / len(known)
    for start in range(0, len(known), step):
        work.check()
        squares += float(np.square(values[known[start : start + step]] - mean).sum())
        work.report(len(known) + min(start + step, len(known)), 2 * len(known))
    scale = np.sqrt(squares / max(len(known) * values.shape[1], 1))
    norms = np.concatenate([row_norms(values[tokens[start : start + step]]) for start in range(0, len(tokens), step)])
    number = np.log1p(tokens.astype(np.float64))
    beside = [_standardised(norms, countable), _standardised(number, countable), np.ones(len(tokens))]
    return _Features(values=values, tokens=tokens, mean=mean, scale=scale or 1.0, beside=np.stack(beside, axis=1))


def _standardised(column: Float64[np.ndarray, " m"], countable: Bool[np.ndarray, " m"]) -> Float64[np.ndarray, " m"]:
    spread = float(column[countable].std())
    return (column - column[countable].mean()) / (spread or 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grams:
    """Of each fold: `inner` (folds, f, f) of the features with themselves, `outer` (folds, f, t) with the targets, `squares` (folds, t) of
    those, and the numbers `size` (folds,) of its countable tokens."""

    inner: Float64[np.ndarray, "folds f f"]
    outer: Float64[np.ndarray, "folds f t"]
    squares: Float64[np.ndarray, "folds t"]
    size: Int64[np.ndarray, " folds"]


def _grams(
    features: _Features, fold: Int64[np.ndarray, " m"], countable: Bool[np.ndarray, " m"], targets: Float64[np.ndarray, "k t"], work: Work
) -> _Grams:
    width, n_targets = features.width, targets.shape[1]
    inner, outer = np.zeros((N_FOLDS, width, width)), np.zeros((N_FOLDS, width, n_targets))
    target_of = np.cumsum(countable) - 1
    squares, size, done = np.zeros((N_FOLDS, n_targets)), np.zeros(N_FOLDS, dtype=np.int64), 0
    for k in range(N_FOLDS):
        mine = np.flatnonzero((fold == k) & countable)
        squares[k], size[k] = np.square(targets[target_of[mine]]).sum(axis=0), len(mine)
        for part, block in features.blocks(mine):
            work.check()
            inner[k] += block.T @ block
            outer[k] += block.T @ targets[target_of[part]]
            done += len(part)
            work.report(done, len(targets))
    return _Grams(inner=inner, outer=outer, squares=squares, size=size)


def _solved(grams: _Grams, penalties: tuple[float, ...], work: Work) -> tuple[float, Float64[np.ndarray, "folds f t"]]:
    """The penalty that errs least on the first target across folds, and each fold's weights, from the other folds."""
    from scipy import linalg

    n_folds, width, n_targets = grams.outer.shape
    error, best = np.zeros(len(penalties)), np.zeros((len(penalties), n_folds, width, n_targets))
    whole, right = grams.inner.sum(axis=0), grams.outer.sum(axis=0)
    borne = np.zeros(width)
    for k in range(n_folds):
        left, n = whole - grams.inner[k], int(grams.size.sum() - grams.size[k])
        for p, penalty in enumerate(penalties):
            work.check()
            borne[:] = n * penalty
            borne[-3:-1], borne[-1] = n * NEARLY_NOTHING, 0.0
            penalised = left.copy()
            penalised.flat[:: width + 1] += borne
            weights = cast("np.ndarray", linalg.solve(penalised, right - grams.outer[k], assume_a="pos", overwrite_a=True))
            best[p, k] = weights
            first = weights[:, 0]
            error[p] += grams.squares[k, 0] - 2.0 * first @ grams.outer[k, :, 0] + first @ grams.inner[k] @ first
            work.report(k * len(penalties) + p + 1, n_folds * len(penalties))
    chosen = int(np.argmin(error))
    return penalties[chosen], best[chosen]


def _predicted(
    features: _Features, fold: Int64[np.ndarray, " m"], weights: Float64[np.ndarray, "folds f t"], work: Work
) -> Float64[np.ndarray, "m t"]:
    """What each token is predicted to have, by the probe that did not see its fold."""
    predicted, done = np.empty((len(fold), weights.shape[2])), 0
    for k in range(N_FOLDS):
        for part, block in features.blocks(np.flatnonzero(fold == k)):
            work.check()
            predicted[part] = block @ weights[k]
            done += len(part)
            work.report(done, len(fold))
    return predicted
