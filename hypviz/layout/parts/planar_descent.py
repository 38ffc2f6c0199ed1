"""t-SNE in the plane: affinities between near neighbours attract, all points repel, the repulsion by one convolution a round.

In: true neighbours and their squared distances. Out: points in the plane. Van der Maaten and Hinton, Visualizing data using t-SNE,
JMLR 2008, minimise the divergence of p_ij from q_ij ~ 1 / (1 + |y_i - y_j|^2). The repulsion is minus half the slope of the potential
sum_j 1 / (1 + |y - y_j|^2), over its sum; charges are spread to a grid by cubic B-splines, the potential is a convolution there, and
the same splines read its value and slope (the idea of Linderman and others, Fast interpolation-based t-SNE, Nature Methods 2019, with
the splines of Essmann and others' smooth particle mesh, J. Chem. Phys. 1995). Rounds of exaggerated attraction first make groups
whole; the last rounds at less than 1 give crowded groups room (Boehm, Berens and Kobak, JMLR 2022). Nothing is drawn at random.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import numpy as np
from jaxtyping import Complex64, Float32, Float64, Int, Int32, Int64
from scipy import fft, sparse

from hypviz.layout.parts import planar_kernels as loops
from hypviz.work import NOBODY, Work

PERPLEXITY = 10.0
PHASES = ((100, 12.0, 0.5), (150, 1.0, 0.8), (300, 0.7, 0.8))  # rounds, exaggeration of the attraction, momentum
RATE = 1.0 / 12.0  # a point: the rate that the first phase bears, kept, since a larger one throws points far out
LONGEST = 5.0  # step
N_ROUNDS = sum(rounds for rounds, _, _ in PHASES)
SPACING = 0.5  # of the grid, in units of the plane, in which the kernel is 1 wide
MARGIN = 4  # nodes around the points, for the splines and for growth
GROWTH = 64  # nodes by which a grid grows at least: the kernel is transformed anew then
NEARLY_ALL = 0.98
FEW = 700  # points up to which looking at every pair is faster than the grid
START = 1.0  # standard deviation of the start along its longer axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Affinities:
    """p_ij as rows of edges: those of row i are `first[i]` to `first[i + 1]`, to the rows `end` with `weight`, which sums to 1 over all."""

    first: Int64[np.ndarray, " n1"]
    end: Int32[np.ndarray, " m"]
    weight: Float32[np.ndarray, " m"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """`points` (n, 2) in the plane after `n_rounds_done` of `n_rounds` rounds: fewer where it was stopped."""

    points: Float64[np.ndarray, "n 2"]
    n_rounds: int
    n_rounds_done: int


def symmetric_affinities(nearest: Int[np.ndarray, "n k"], squared: Float64[np.ndarray, "n k"]) -> Affinities:
    """p_ij = (p_j|i + p_i|j) / 2n for neighbours (n, k) at squared distances; the perplexity is at most two thirds of k."""
    n, k = len(nearest), int(nearest.shape[1])
    one_way = loops.affinities(np.ascontiguousarray(squared), max(1.0, min(PERPLEXITY, 2.0 * k / 3.0)))
    start: np.ndarray = np.repeat(np.arange(n), k)
    matrix = sparse.coo_array((one_way.ravel() / (2.0 * n), (start, nearest.ravel())), shape=(n, n)).tocsr()
    both = cast("sparse.csr_array", (matrix + matrix.T).tocsr())
    both.sort_indices()
    return Affinities(
        first=np.asarray(both.indptr, dtype=np.int64),
        end=np.asarray(both.indices, dtype=np.int32),
        weight=np.asarray(both.data, dtype=np.float32),
    )


@dataclass(slots=True)
class _Repulsion:
    """The kernel 1 / (1 + r^2) on a grid that grows with the points."""

    n_nodes: int = 0
    kernel: Complex64[np.ndarray, "g h"] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.complex64))

    def of(
        self,
        x: Float64[np.ndarray, " n"],
        y: Float64[np.ndarray, " n"],
        force_x: Float64[np.ndarray, " n"],
        force_y: Float64[np.ndarray, " n"],
    ) -> float:
        """The sum Z of 1 / (1 + r^2) over all ordered pairs; the sums of (y_i - y_j) / (1 + r^2)^2 over j are written into the forces."""
        low_x, low_y = float(x.min()), float(y.min())
        reach = max(float(x.max()) - low_x, float(y.max()) - low_y)
        self._grow(int(reach / SPACING) + 2 * MARGIN)
        u, v = (x - low_x) / SPACING + MARGIN, (y - low_y) / SPACING + MARGIN
        size = self.n_nodes
        grid = np.zeros((size, size), dtype=np.float32)
        loops.spread(u, v, grid)
        whole = (2 * size, 2 * size)
        potential = np.asarray(fft.irfft2(np.asarray(fft.rfft2(grid, s=whole)) * self.kernel, s=whole))[:size, :size]
        total = loops.look_up(u, v, np.ascontiguousarray(potential), force_x, force_y)
        force_x /= -2.0 * SPACING
        force_y /= -2.0 * SPACING
        return total - len(x)  # without each point on itself

    def _grow(self, n_nodes: int) -> None:
        if n_nodes <= self.n_nodes:
            return
        size = cast("int", cast("object", fft.next_fast_len(n_nodes + GROWTH, real=True)))
        away = SPACING * np.minimum(np.arange(2 * size), 2 * size - np.arange(2 * size))
        sampled = 1.0 / (1.0 + away[:, None] ** 2 + away**2)
        turn = np.pi * np.arange(2 * size) / size
        spline = (2.0 + np.cos(turn)) / 3.0  # what the splines, at the nodes, make of a wave; once to spread, once to read
        smoothing = spline[:, None] * spline[: size + 1]
        self.kernel = (np.asarray(fft.rfft2(sampled)) / smoothing**2).astype(np.complex64)
        self.n_nodes = size


def descend_in_plane(
    start: Float64[np.ndarray, "n 2"],
    graph: Affinities,
    *,
    wanted: Float64[np.ndarray, " n"] | None = None,
    pull: float = 0.0,
    steady: bool = False,
    work: Work = NOBODY,
) -> Plane:
    """The plane after `N_ROUNDS` rounds from `start` (n, 2), or after fewer where it is stopped.

    `steady` is for a start that is a layout already: the last phase alone, so that only those points go far that have to.
    `wanted` (n,) are radii, 1 at the rim, to which points are drawn once groups are whole, by springs as strong as `pull` says; 0: none.
    """
    n = len(start)
    x, y = (START * (start - start.mean(axis=0)) / max(float(start.std(axis=0).max()), 1e-300)).T.copy()
    speeds, gains = np.zeros((2, n)), np.ones((2, n))
    near, far = np.empty((2, n)), np.empty((2, n))
    repel, made = loops.repel if n <= FEW else _Repulsion().of, 0
    phases = PHASES[-1:] if steady else PHASES
    n_rounds = sum(rounds for rounds, _, _ in phases)
    for rounds, exaggeration, momentum in phases:
        for _ in range(rounds):
            if work.is_stopped:
                return Plane(points=np.stack([x, y], axis=1), n_rounds=n_rounds, n_rounds_done=made)
            loops.attract(x, y, graph.first, graph.end, graph.weight, near[0], near[1])
            total = repel(x, y, far[0], far[1])
            force = 4.0 * (exaggeration * near + far / total)
            if exaggeration <= 1.0 and wanted is not None and pull:
                force += _spring(x, y, wanted, pull)
            loops.move(x, y, speeds, gains, force, RATE * n, momentum, LONGEST)
            x -= x.mean()
            y -= y.mean()
            made += 1
            work.report(made, n_rounds)
    return Plane(points=np.stack([x, y], axis=1), n_rounds=n_rounds, n_rounds_done=made)


def _spring(
    x: Float64[np.ndarray, " n"], y: Float64[np.ndarray, " n"], wanted: Float64[np.ndarray, " n"], pull: float
) -> Float64[np.ndarray, "2 n"]:
    """What draws each point to its wanted share of the radius within which nearly all points lie."""
    radius = np.hypot(x, y)
    rim = float(np.quantile(radius, NEARLY_ALL))
    stretch = wanted * rim / np.maximum(radius, 1e-9) - 1.0
    return (pull / len(x)) * stretch * np.stack([x, y])
