"""A given tree in the hyperbolic plane by Sarkar's construction, in polar coordinates.

In: parents and edge lengths. Out: polar points in float64. Every child lies at the scaled length of its edge from its parent; the
directions around a node are shared out in sectors. Sarkar, Low distortion Delaunay embedding of trees in hyperbolic plane, Graph
Drawing 2011; there the sectors are equal, here the parent owns half the plane and the children share the other half by
the size of their branches to the power `CROWDING`, which more than halves the distortion of trees with hubs. Polar coordinates
keep an angle to 4e-16, so that positions are exact to about 4e-16 sinh(rho): 1e-7 at rho = 20, useless beyond 35. Does not fit a tree.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int

from hypviz.errors import HypvizError
from hypviz.geometry.polar import PolarPoints, recentre_polar

CROWDING = 0.7
LARGEST = 35.0
HALVINGS = 60


def draw_tree(parent: Int[np.ndarray, " n"], length: Float[np.ndarray, " n"], *, radius: float) -> PolarPoints:
    """The nodes (n,), the root at the origin and the edges scaled alike so that the farthest node lies at `radius` (within 1e-6).

    `parent` (n,) integers, -1 at the one root; `length` (n,) of the edge to the parent, positive, ignored at the root. Raises
    `HypvizError` for anything that is no tree, and for a radius outside 0 to `LARGEST`.
    """
    if not 0.0 < radius <= LARGEST:
        raise HypvizError(f"The tree's radius is {radius:g}, but it must lie above 0 and at most at {LARGEST:g}; 12 is a good start.")
    order, children = _downwards(np.asarray(parent))
    length = np.asarray(length, dtype=np.float64)
    if length.shape != (len(order),) or not (np.isfinite(length[order[1:]]) & (length[order[1:]] > 0)).all():
        raise HypvizError("Every edge of a tree needs a positive length; give one number a node (the root's is ignored).")
    if len(order) == 1:
        return PolarPoints(rho=np.zeros(1), theta=np.zeros(1))
    size = _branch_sizes(np.asarray(parent), order)
    best = PolarPoints(rho=np.zeros(len(order)), theta=np.zeros(len(order)))
    low, high = 0.0, radius / length[order[1:]].min()
    for _ in range(HALVINGS):
        scale = (low + high) / 2.0
        points = _drawn(order, children, size, scale * length, radius)
        if points is None:
            high = scale
            continue
        low, best = scale, points
        if best.rho.max() > radius - 1e-6:
            break
    return best


def _drawn(
    order: list[int], children: list[np.ndarray], size: Float64[np.ndarray, " n"], length: Float64[np.ndarray, " n"], radius: float
) -> PolarPoints | None:
    """The nodes with edges of `length`, or None as soon as one lies beyond `radius`."""
    rho, theta, back = np.zeros(len(order)), np.zeros(len(order)), np.zeros(len(order))
    for i in order:
        below = children[i]
        if not below.size:
            continue
        sector = size[below] ** CROWDING
        whole = sector.sum()
        middle = np.cumsum(sector) - sector / 2.0
        # the parent, in direction `back`, owns the sector from -whole/2 to whole/2
        turn = 2.0 * np.pi * middle / whole if i == order[0] else back[i] + np.pi * (0.5 + middle / whole)
        seen = recentre_polar(length[below], turn, centre_rho=float(rho[i]), centre_theta=float(theta[i]) + np.pi)
        rho[below], theta[below] = seen.rho, seen.theta
        if seen.rho.max() > radius:
            return None
        for k in below:
            here = recentre_polar(rho[i : i + 1], theta[i : i + 1], centre_rho=float(rho[k]), centre_theta=float(theta[k]))
            back[k] = here.theta[0]
    return PolarPoints(rho=rho, theta=theta)


def _downwards(parent: Int[np.ndarray, " n"]) -> tuple[list[int], list[np.ndarray]]:
    """The nodes from the root down, each after its parent, and the children of every node."""
    n = len(parent)
    roots = np.flatnonzero(parent == -1)
    if parent.ndim != 1 or roots.size != 1 or not np.issubdtype(parent.dtype, np.integer) or (parent < -1).any() or (parent >= n).any():
        raise HypvizError("A tree needs one parent number a node and -1 at exactly one root; check the parents.")
    by_parent = np.argsort(parent, kind="stable")
    edge = np.searchsorted(parent[by_parent], np.arange(n + 1))
    children = [by_parent[edge[i] : edge[i + 1]] for i in range(n)]
    order = [int(roots[0])]
    for i in order:
        order.extend(int(k) for k in children[i])
    if len(order) != n:
        raise HypvizError(f"{n - len(order)} of {n} nodes do not hang below the root; the parents hold a circle.")
    return order, children


def _branch_sizes(parent: Int[np.ndarray, " n"], order: list[int]) -> Float64[np.ndarray, " n"]:
    """How many nodes hang on every node, itself included (n,) float64."""
    size = np.ones(len(order))
    for i in reversed(order[1:]):
        size[parent[i]] += size[i]
    return size
