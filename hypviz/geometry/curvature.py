"""What c means, and what others call it: the only module that converts curvatures.

Here and in every signature of the project c > 0 and the sectional curvature is -c. arXiv 2410.04010v2 writes K = 1/c. geoopt's
``PoincareBall(c)`` has curvature -c, its ``Stereographic(k)`` curvature k, its ``Lorentz(k)`` curvature -1/k. Lengths carry the
unit 1/sqrt(c): the dimensionless rho = sqrt(c) * distance does not know c.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

from hypviz.errors import HypvizError

if TYPE_CHECKING:
    import geoopt


def check_curvature(c: float) -> float:
    """c itself; raises `HypvizError` unless it is finite and positive."""
    if not (math.isfinite(c) and c > 0):
        raise HypvizError(f"The curvature is -c with c > 0, but c is {c}; give a positive number (a flat space is the limit c to 0).")
    return float(c)


def disk_radius(*, c: float) -> float:
    """The Euclidean radius 1/sqrt(c) of the Poincaré ball of curvature -c."""
    return 1.0 / math.sqrt(check_curvature(c))


def to_dimensionless(distance: Float64[np.ndarray, "..."], *, c: float) -> Float64[np.ndarray, "..."]:
    """rho = sqrt(c) * distance."""
    return math.sqrt(check_curvature(c)) * np.asarray(distance, dtype=np.float64)


def from_dimensionless(rho: Float64[np.ndarray, "..."], *, c: float) -> Float64[np.ndarray, "..."]:
    """distance = rho / sqrt(c)."""
    return np.asarray(rho, dtype=np.float64) / math.sqrt(check_curvature(c))


def paper_k(*, c: float) -> float:
    """K = 1/c, the symbol of arXiv 2410.04010v2."""
    return 1.0 / check_curvature(c)


@lru_cache(maxsize=16)
def ball(*, c: float) -> geoopt.PoincareBall:
    """geoopt's Poincaré ball of curvature -c, in float64."""
    import geoopt
    import torch

    curvature = torch.tensor(check_curvature(c), dtype=torch.float64)
    return geoopt.PoincareBall(c=curvature)  # pyright: ignore[reportArgumentType]  # a tensor decides the type of geoopt's numbers


@lru_cache(maxsize=16)
def hyperboloid(*, c: float) -> geoopt.Lorentz:
    """geoopt's Lorentz model of curvature -c, in float64: its k is 1/c."""
    import geoopt
    import torch

    curvature = torch.tensor(paper_k(c=c), dtype=torch.float64)
    return geoopt.Lorentz(k=curvature)  # pyright: ignore[reportArgumentType]  # a tensor decides the type of geoopt's numbers


@lru_cache(maxsize=16)
def stereographic(*, c: float) -> geoopt.Stereographic:
    """geoopt's stereographic model of curvature -c, in float64: its k is -c."""
    import geoopt
    import torch

    curvature = torch.tensor(-check_curvature(c), dtype=torch.float64)
    return geoopt.Stereographic(k=curvature)  # pyright: ignore[reportArgumentType]  # a tensor decides the type of geoopt's numbers
