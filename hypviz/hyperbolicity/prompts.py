"""Prompts as sets of points: token ids in, distinct points out, delta of each prompt.

In: token ids per prompt, first token first, and the embedding rows (n_vocab, d). Out: `PromptPoints`, then their
`RelativeDeltas` in float64. Two tokens with equal rows are one point; duplicates change neither delta nor the diameter, so each
point enters once, and the first token's point is the base. Does not read models or texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Integer

from hypviz.errors import HypvizError
from hypviz.hyperbolicity.base import ONE_BASE, RelativeDeltas, relative_deltas
from hypviz.hyperbolicity.distances import stacked_distances
from hypviz.records.rows import Rows
from hypviz.work import NOBODY, Work

FEWEST_POINTS = 4
MOST_POINTS = 3000  # a distance matrix of 72 MB
SHORT, LOOKED_AT = 0.1, 500  # of the mean squared norm, of about so many rows
HEAD = 16  # the numbers of a row that tell most rows apart
_TOGETHER = 128
_BATCH = 1 << 21  # 16 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPoints:
    """The measurable prompts: `points[i]` indexes the rows of `table` (n_distinct, d); prompt[i] is its index among all prompts."""

    table: Float[np.ndarray, "n_distinct d"]
    points: tuple[Integer[np.ndarray, " n_points"], ...]
    prompt: Integer[np.ndarray, " n_prompts"]
    n_tokens: Integer[np.ndarray, " n_prompts"]
    n_too_short: int
    n_too_long: int

    @property
    def n_points(self) -> Integer[np.ndarray, " n_prompts"]:
        """Distinct points per prompt."""
        return np.array([p.size for p in self.points], dtype=np.int64)


def prompt_points(prompts: Sequence[Sequence[int]], embeddings: Rows, *, none_is_fine: bool = False) -> PromptPoints:
    """Look up each prompt's tokens; `HypvizError` if an id has no row, a used row is not finite, or no prompt is measurable
    (unless `none_is_fine`)."""
    used = np.unique(np.concatenate([np.asarray(p, dtype=np.int64) for p in prompts])) if prompts else np.zeros(0, dtype=np.int64)
    if used.size and (used[0] < 0 or used[-1] >= len(embeddings)):
        raise HypvizError(
            f"Token id {used[-1] if used[0] >= 0 else used[0]} has no row in a table of {len(embeddings)}; use the model's own tokenizer."
        )
    rows = np.asarray(embeddings[used])
    broken = used[_not_finite(rows)]
    if broken.size:
        raise HypvizError(
            f"{broken.size} tokens of these prompts have NaN or infinite embeddings (first id {broken[0]}); the weights are damaged."
        )
    point_of_row, table = _distinct_rows(rows)
    sets = [_in_order(point_of_row[np.searchsorted(used, np.asarray(p, dtype=np.int64))]) for p in prompts]
    keep = [i for i, s in enumerate(sets) if FEWEST_POINTS <= s.size <= MOST_POINTS]
    n_too_short = sum(s.size < FEWEST_POINTS for s in sets)
    if not keep and not none_is_fine:
        raise HypvizError(
            f"None of the {len(sets)} prompts has between {FEWEST_POINTS} and {MOST_POINTS} distinct tokens; choose longer texts."
        )
    return PromptPoints(
        table=table,
        points=tuple(sets[i] for i in keep),
        prompt=np.array(keep, dtype=np.int64),
        n_tokens=np.array([len(prompts[i]) for i in keep], dtype=np.int64),
        n_too_short=n_too_short,
        n_too_long=len(sets) - len(keep) - n_too_short,
    )


def draw_prompts(prompts: PromptPoints, n: int, *, seed: int) -> Integer[np.ndarray, " n"]:
    """Rows of `n` prompts drawn without replacement, in order; all rows where there are no more than `n`."""
    if n >= len(prompts.points):
        return np.arange(len(prompts.points))
    return np.sort(np.random.default_rng(seed).choice(len(prompts.points), size=n, replace=False))


def same_size_batches(points: Sequence[Integer[np.ndarray, " n_points"]], dimension: int) -> Iterator[Integer[np.ndarray, " batch"]]:
    """Indices of sets of equal size, at most `_TOGETHER` at once and few enough for `_BATCH` numbers in memory."""
    sizes = np.array([p.size for p in points])
    for n in np.unique(sizes):
        members = np.flatnonzero(sizes == n)
        step = min(_TOGETHER, max(1, _BATCH // (int(n) * max(int(n), dimension))))
        yield from (members[start : start + step] for start in range(0, members.size, step))


def measure_prompts(prompts: PromptPoints, *, definition: str = ONE_BASE, metric: str = "euclidean", work: Work = NOBODY) -> RelativeDeltas:
    """delta of each prompt, at its first token or over all base points, in one of `distances.METRICS`; raises `Stopped`."""
    delta, diameter, done = np.empty(len(prompts.points)), np.empty(len(prompts.points)), 0
    table, centred = prompts.table, metric == "euclidean" and _about_centred(prompts.table)
    for batch in same_size_batches(prompts.points, table.shape[1]):
        work.check()
        points = table[np.stack([prompts.points[i] for i in batch])]
        found = relative_deltas(stacked_distances(points, metric, centred=centred), definition, work=work)
        delta[batch], diameter[batch] = found.delta, found.diameter
        done += batch.size
        work.report(done, len(prompts.points))
    return RelativeDeltas(
        delta=delta, diameter=diameter, delta_rel=np.divide(2 * delta, diameter, out=np.zeros_like(delta), where=diameter > 0)
    )


def prompt_deltas(table: Float[np.ndarray, "n_vocab d"], prompts: Sequence[Sequence[int]], *, definition: str = ONE_BASE) -> RelativeDeltas:
    """delta of every prompt (m,) from token ids and the embedding rows (n_vocab, d), in order; 0 for fewer than four points.

    The base is the first token's row; tokens that occur twice change nothing. Raises `HypvizError` as `prompt_points` does.
    """
    found = RelativeDeltas(delta=np.zeros(len(prompts)), diameter=np.zeros(len(prompts)), delta_rel=np.zeros(len(prompts)))
    if not len(prompts):
        return found
    sets = prompt_points(prompts, table, none_is_fine=True)
    if sets.n_too_long:
        raise HypvizError(f"{sets.n_too_long} prompts have more than {MOST_POINTS:,} distinct tokens; cut them into parts.")
    measured = measure_prompts(sets, definition=definition)
    for name in ("delta", "diameter", "delta_rel"):
        getattr(found, name)[sets.prompt] = getattr(measured, name)
    return found


def state_points(states: Sequence[Float[np.ndarray, "n_tokens d"]], *, drop_first: bool) -> PromptPoints:
    """Prompts of hidden states, each (n_tokens, d), as points: every position is its own unless two states are equal.

    `drop_first` leaves the first position out, whose norm dwarfs all others in many models. `HypvizError` as `prompt_points`.
    """
    if not states:
        raise HypvizError("None of the 0 prompts can be measured; choose texts of a few words at least.")
    kept = [s[1:] if drop_first else s for s in states]
    rows = np.concatenate(kept)
    broken = _not_finite(rows).size
    if broken:
        raise HypvizError(f"{broken} hidden states are NaN or infinite; load the model in float32 or use another checkpoint.")
    edges = np.cumsum([0, *(len(s) for s in kept)])
    prompts = [np.arange(a, b).tolist() for a, b in pairwise(edges)]
    return prompt_points(prompts, rows)


def _about_centred(table: np.ndarray) -> bool:
    """Whether the mean of the rows is short beside them, going by a few, so that taking it off would make no product more accurate."""
    some = table[:: max(1, len(table) // LOOKED_AT)].astype(np.float64)
    mean = some.sum(axis=0) / max(len(some), 1)
    return bool(len(some) * (mean @ mean) <= SHORT * np.einsum("ij,ij->", some, some))


def _not_finite(rows: np.ndarray) -> np.ndarray:
    """Indices of rows with a NaN or an infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        doubtful = np.flatnonzero(~np.isfinite(rows.sum(axis=1)))  # a sum may also overflow
    return doubtful[~np.isfinite(rows[doubtful]).all(axis=1)]


def _distinct_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(index of each row's point, the distinct rows in order of first appearance); -0.0 and 0.0 are one point."""
    heads: dict[bytes, list[int]] = {}
    for i, head in enumerate(np.ascontiguousarray(rows[:, :HEAD]) + rows.dtype.type(0)):
        heads.setdefault(head.tobytes(), []).append(i)
    first = np.arange(len(rows))
    for members in heads.values():
        if len(members) > 1:  # only those need to be compared to their ends
            seen: dict[bytes, int] = {}
            for i in members:
                first[i] = seen.setdefault(blake2b(rows[i] + rows.dtype.type(0), digest_size=16).digest(), i)
    kept, point_of_row = np.unique(first, return_inverse=True)
    return point_of_row, rows if kept.size == len(rows) else rows[kept]


def _in_order(points: np.ndarray) -> np.ndarray:
    """Distinct points in order of first appearance, so that the base stays first."""
    return points[np.sort(np.unique(points, return_index=True)[1])]
