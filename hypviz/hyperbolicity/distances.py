"""Distance matrices to measure delta on: points of R^d under three metrics, points of H^2, and weighted trees (delta 0).

In: points (n, d), polar coordinates, or a number of nodes and a seed. Out: a symmetric float64 matrix (n, n) with zero diagonal.
Spaces of known shape are `controls`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64

from hypviz.errors import HypvizError
from hypviz.hyperbolicity.checks import DISTANCE_BYTES, check_room

METRICS = ("euclidean", "angle", "graph", "hyperbolic")
NEIGHBOURS = 10
WIDE = 1024
NEAR, NEAR_IN_FLOAT32 = 1e-6, 0.2  # a squared distance below this share of the squared norms is computed again from the difference


def distances(points: Float[np.ndarray, "n d"], metric: str) -> Float64[np.ndarray, "n n"]:
    """One of `METRICS` between rows: |x - y|, the angle between x and y, shortest paths in the kNN graph of |x - y|, or the
    distance in hyperbolic space of curvature -1 after the exponential map at the origin of x / sqrt d.

    Raises `HypvizError` for a zero row under ``angle`` and ``hyperbolic`` and for a graph in several parts.
    """
    if metric == "euclidean":
        return gram_distances(points[None])[0]
    if metric == "angle":
        return angles(points)
    if metric == "graph":
        return graph_distances(points, k=NEIGHBOURS)
    if metric == "hyperbolic":
        radius = np.linalg.norm(np.asarray(points, dtype=np.float64), axis=1) / np.sqrt(np.shape(points)[1])
        return _polar(radius, angles(points))
    raise HypvizError(f"There is no metric {metric!r}; choose one of {', '.join(METRICS)}.")


def stacked_distances(points: Float[np.ndarray, "m n d"], metric: str, *, centred: bool = False) -> Float64[np.ndarray, "m n n"]:
    """`distances` of each layer of a stack; `centred` as for `gram_distances`."""
    return gram_distances(points, centred=centred) if metric == "euclidean" else np.stack([distances(one, metric) for one in points])


def euclidean_distances(points: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n n"]:
    """|x_i - x_j| from the differences themselves in float64, so that near-duplicates keep their distance."""
    from scipy.spatial.distance import pdist, squareform

    return squareform(pdist(np.asarray(points, dtype=np.float64)))


def gram_distances(points: Float[np.ndarray, "m n d"], *, centred: bool = False, room: int | None = None) -> Float64[np.ndarray, "m n n"]:
    """|x_i - x_j| of each layer of a stack through Gram matrices of the centred points.

    Many times faster than differences and within 1e-9 of them, relatively: a squared distance that is small beside the norms is
    computed again from the difference. For float32 points with d >= `WIDE` the products are taken in float32, which leaves 1e-6.
    `centred` says that they are centred as they are, or nearly so, which saves a pass over them.
    Raises `HypvizError` where `room` bytes do not hold the distances of one layer (None: any do).
    """
    points = np.asarray(points)
    check_room(points.shape[1], DISTANCE_BYTES, room)
    wide = points.dtype == np.float32 and points.shape[2] >= WIDE
    x = points if wide else np.asarray(points, dtype=np.float64)
    x = x if centred else x - x.mean(axis=1, keepdims=True)
    products = (x @ x.transpose(0, 2, 1)).astype(np.float64)
    square = np.einsum("mii->mi", products)
    scale = square[:, :, None] + square[:, None, :]
    squared = scale - 2 * products
    layer, i, j = np.nonzero(np.triu(squared < (NEAR_IN_FLOAT32 if wide else NEAR) * scale, 1))
    for start in range(0, layer.size, 1024):
        at = slice(start, start + 1024)
        difference = points[layer[at], i[at]].astype(np.float64) - points[layer[at], j[at]]
        squared[layer[at], i[at], j[at]] = squared[layer[at], j[at], i[at]] = np.einsum("ij,ij->i", difference, difference)
    D = np.sqrt(np.maximum(squared, 0.0))
    D = np.maximum(D, D.transpose(0, 2, 1))  # a product of matrices need not be symmetric in the last bit
    diagonal = np.arange(points.shape[1])
    D[:, diagonal, diagonal] = 0.0
    return D


def angles(points: Float[np.ndarray, "n d"]) -> Float64[np.ndarray, "n n"]:
    """The angle between rows in radians, from 2 arcsin of half the chord, which keeps small angles."""
    norm = np.linalg.norm(np.asarray(points, dtype=np.float64), axis=1, keepdims=True)
    if (norm == 0).any():
        raise HypvizError(f"{int((norm == 0).sum())} points are 0 and have no direction; leave them out or use Euclidean distances.")
    chord = gram_distances((points / norm)[None])[0]
    return 2.0 * np.arcsin(np.minimum(chord / 2.0, 1.0))


def graph_distances(points: Float[np.ndarray, "n d"], *, k: int) -> Float64[np.ndarray, "n n"]:
    """Shortest paths along the edges to the k nearest rows (either way), an edge as long as the Euclidean distance."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import shortest_path

    D = gram_distances(np.asarray(points)[None])[0]
    n = len(D)
    near = np.argsort(D + np.diag(np.full(n, np.inf)), axis=1, kind="stable")[:, : min(k, n - 1)]
    rows = np.repeat(np.arange(n), near.shape[1])
    length = np.maximum(D[rows, near.ravel()], np.finfo(np.float64).tiny)  # scipy takes 0 for no edge
    paths = shortest_path(coo_matrix((length, (rows, near.ravel())), shape=(n, n)).tocsr(), directed=False)
    if not np.isfinite(paths).all():
        raise HypvizError(f"The graph of the {k} nearest neighbours is in several parts; take more points or Euclidean distances.")
    return np.minimum(paths, paths.T)


def hyperbolic_distances(rho: Float[np.ndarray, " n"], theta: Float[np.ndarray, " n"]) -> Float64[np.ndarray, "n n"]:
    """Distances in H^2 of curvature -1 between polar points: sinh^2(d/2) = sinh^2((r-s)/2) + sinh r sinh s sin^2((t-u)/2)."""
    return _polar(np.asarray(rho, dtype=np.float64), theta[:, None] - theta)


def _polar(rho: Float64[np.ndarray, " n"], angle: Float64[np.ndarray, "n n"]) -> Float64[np.ndarray, "n n"]:
    """The formula of `hyperbolic_distances` for the angle of every pair, its two terms added as logarithms: no radius overflows."""
    with np.errstate(divide="ignore"):
        radial = 2.0 * _log_sinh(np.abs(rho[:, None] - rho) / 2.0)
        across = _log_sinh(rho)[:, None] + _log_sinh(rho) + 2.0 * np.log(np.abs(np.sin(angle / 2.0)))
    half = np.logaddexp(radial, across) / 2.0  # log sinh(d/2)
    D = 2.0 * np.where(half < 20.0, np.arcsinh(np.exp(np.minimum(half, 20.0))), half + np.log(2.0))
    np.fill_diagonal(D, 0.0)
    return np.maximum(D, D.T)


def _log_sinh(x: np.ndarray) -> np.ndarray:
    """log sinh x for x >= 0, -inf at 0."""
    return x + np.log(-np.expm1(-2.0 * x)) - np.log(2.0)


def tree_distances(n: int, seed: int) -> Float64[np.ndarray, "n n"]:
    """Path lengths between the n nodes of a random recursive tree (node i hangs on a uniform earlier node), weights in [0.5, 1.5)."""
    rng = np.random.default_rng([seed, n])
    D = np.zeros((n, n))
    for node in range(1, n):
        parent = int(rng.integers(node))
        D[node, :node] = D[parent, :node] + rng.uniform(0.5, 1.5)
        D[:node, node] = D[node, :node]
    return D
