"""Rows of a table that were never trained, found from the rows alone: zero, equal or nearly equal to others, or next to nothing long.

In: the rows and which of them a token has. Out: `UntrainedRows`. In a table that is an output layer too, a token that no text holds is
pushed the same way at every step, so that such rows end in one place (Land and Bartolo, "Fishing for Magikarp", EMNLP 2024,
arXiv 2405.05417); where weights decay and nothing else moves them, they end at zero. A row that still is as it was drawn at random
cannot be told from a trained one, and is not found. Quantised rows are judged as they are: rounding moves nearly equal rows apart, or
makes them equal; trained rows are a hundred times farther from each other.

Every row is read once, in blocks, and kept as a projection to `SKETCHED` numbers; those that lie near another are read again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.spatial import KDTree

from hypviz.records.rows import Rows
from hypviz.records.untrained import REASONS, UntrainedRows
from hypviz.work import NOBODY, Work

NEAR = 0.005  # of the distance between two rows: nearer to the middle of its group is a row that nothing has told from the others
SHORT = 0.01  # of the length of a row
USUAL = 0.75  # the quantile that stands for the rows of a table, of which more than half may be untrained
FEWEST = 5  # rows that make a group; two where one of them has no token, so that it is known that nothing trained it
SKETCHED = 16  # numbers of a projection, whose distances are those of the rows to a quarter
SLACK = 3.0  # by which the projections of near rows may be farther apart: their own error, and two rows on either side of a place
BLOCK = 2_000_000  # numbers widened at once
ZERO, EQUAL, ALIKE, TINY = range(len(REASONS))
READING = 0.8  # of the time


def find_untrained(
    rows: Rows, has_token: Bool[np.ndarray, " n"], *, table: str, n_whole: int | None = None, work: Work = NOBODY
) -> UntrainedRows:
    """Judge every row that a token has; the others are known to be untrained, and are what a row may be equal to. Raises `Stopped`."""
    norms, sketch = _looked_at(rows, work.part(READING, "looking for rows that were never trained"))
    reason, others = np.full(len(norms), -1), np.zeros(len(norms), dtype=np.int64)
    tokens = np.flatnonzero(has_token)
    if tokens.size:
        usual = norms[tokens][norms[tokens] > 0]
        tiny = norms < SHORT * float(np.quantile(usual, USUAL)) if usual.size else np.zeros(len(norms), dtype=bool)
        reason[tiny] = TINY
        apart = _apart(sketch[tokens])
        for members in _groups(sketch, SLACK * NEAR * apart, has_token):
            kept, equals = _in_one_place(rows, members, sketch, NEAR * apart)
            if _is_group(kept, has_token):
                many = equals >= FEWEST - 1
                reason[kept] = np.where(many, EQUAL, ALIKE)
                others[kept] = np.where(many, equals, len(kept) - 1)
        zero = norms == 0
        reason[zero], others[zero] = ZERO, int(zero.sum()) - 1
    ids = tokens[reason[tokens] >= 0]
    return UntrainedRows(
        table=table,
        ids=ids.astype(np.int64),
        reason=reason[ids].astype(np.uint8),
        others=others[ids].astype(np.int32),
        n_judged=len(tokens),
        n_whole=n_whole,
    )


def _looked_at(rows: Rows, work: Work) -> tuple[Float64[np.ndarray, " n"], Float64[np.ndarray, "n k"]]:
    """The L2 norm of every row and its projection, which keeps distances."""
    n, d = len(rows), rows.shape[1]
    onto = np.random.default_rng(0).standard_normal((d, SKETCHED)) / np.sqrt(SKETCHED)
    norms, sketch = np.empty(n), np.empty((n, SKETCHED))
    for start, block in _blocks(rows, np.arange(n)):
        work.check()
        norms[start : start + len(block)] = np.sqrt(np.einsum("ij,ij->i", block, block))
        sketch[start : start + len(block)] = block @ onto
        work.report(start + len(block), n)
    return norms, sketch


def _blocks(rows: Rows, ids: Int64[np.ndarray, " m"]) -> Iterator[tuple[int, Float64[np.ndarray, "b d"]]]:
    """The rows `ids` (ascending) a block at a time, each with its place among them."""
    step = max(1, BLOCK // max(rows.shape[1], 1))
    for start in range(0, len(ids), step):
        some = ids[start : start + step]
        whole = int(some[-1]) - int(some[0]) + 1 == len(some)
        yield start, rows[slice(int(some[0]), int(some[-1]) + 1) if whole else some].astype(np.float64)


def _apart(sketch: Float64[np.ndarray, "n k"]) -> float:
    """How far two rows usually are from each other, by seeded random pairs."""
    other = np.random.default_rng(0).permutation(len(sketch))
    return float(np.quantile(np.linalg.norm(sketch - sketch[other], axis=1), USUAL))


def _groups(sketch: Float64[np.ndarray, "n k"], reach: float, has_token: Bool[np.ndarray, " n"]) -> Iterator[Int64[np.ndarray, " m"]]:
    """Rows (ascending) whose projections lie within `reach` of one place, the fullest place first, each row in one group at most.

    Places are cells half as wide, which stand for all rows in them: thousands of rows in one place are as cheap as few.
    """
    if reach <= 0 or len(sketch) < 2:
        return
    cell, size = _cells(sketch, reach / 2)
    middles = np.stack([np.bincount(cell, weights=column) / size for column in sketch.T], axis=1)
    tree: Any = KDTree(middles)
    away = np.asarray(tree.query(middles, k=2, distance_upper_bound=reach)[0], dtype=np.float64)[:, 1]
    seeds = np.flatnonzero((size > 1) | np.isfinite(away))
    order, first = np.argsort(cell, kind="stable"), np.cumsum(size) - size
    taken = np.zeros(len(size), dtype=bool)
    for seed in seeds[np.lexsort((away[seeds], -size[seeds]))]:
        if taken[seed]:
            continue
        near = np.asarray(tree.query_ball_point(middles[seed], reach), dtype=np.int64)
        near = near[~taken[near]]
        taken[near] = True
        members = np.sort(np.concatenate([order[first[one] : first[one] + size[one]] for one in near]))
        if _is_group(members, has_token):
            yield members


def _cells(sketch: Float64[np.ndarray, "n k"], width: float) -> tuple[Int64[np.ndarray, " n"], Int64[np.ndarray, " cells"]]:
    """The cell of a grid in which each projection lies, and how many lie in each cell that is not empty."""
    _, cell, size = np.unique(np.floor(sketch / width).astype(np.int64), axis=0, return_inverse=True, return_counts=True)
    return cell.ravel(), size


def _is_group(members: Int64[np.ndarray, " m"], has_token: Bool[np.ndarray, " n"]) -> bool:
    return len(members) >= FEWEST or (len(members) > 1 and not has_token[members].all())


def _in_one_place(
    rows: Rows, members: Int64[np.ndarray, " m"], sketch: Float64[np.ndarray, "n k"], within: float
) -> tuple[Int64[np.ndarray, " kept"], Int64[np.ndarray, " kept"]]:
    """The members that lie `within` of the middle of those in their midst, by the rows themselves, and how many others equal each."""
    away = np.linalg.norm(sketch[members] - np.median(sketch[members], axis=0), axis=1)
    core = members[away <= SLACK * within]
    total = np.zeros(rows.shape[1])
    for _, block in _blocks(rows, core):
        total += block.sum(axis=0)
    middle, inside, marks = total / max(len(core), 1), np.zeros(len(core), dtype=bool), list[bytes]()
    for start, block in _blocks(rows, core):
        inside[start : start + len(block)] = np.linalg.norm(block - middle, axis=1) <= within
        marks += [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in block + 0.0]  # no -0
    kept = [mark for mark, is_in in zip(marks, inside, strict=True) if is_in]
    times = Counter(kept)
    return core[inside], np.array([times[mark] - 1 for mark in kept], dtype=np.int64)
