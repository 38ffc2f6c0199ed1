"""Two layouts of the same vocabulary over each other: the second one moved by the best isometry, and how far tokens drift."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import HypvizError
from hypviz.geometry import PolarPoints, align, polar_distance
from hypviz.records.layout import DiskLayout
from hypviz.words.disk import layout_name
from hypviz.words.numbers import share

if TYPE_CHECKING:
    import pandas as pd

NEAR = 1.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LayoutPair:
    """`second` lies over the first as well as an isometry can; `drift` (n,) is the distance left, `title` the finding."""

    second: DiskLayout
    drift: np.ndarray
    title: str


def pair_table(first: DiskLayout, pair: LayoutPair, text: Sequence[str]) -> pd.DataFrame:
    """Every token with its place in both layouts, the second one moved, and the distance between them."""
    import pandas as pd

    columns = {"token_id": first.token_ids, "text": [text[i] for i in first.token_ids], "rho": first.rho, "theta": first.theta}
    return pd.DataFrame(columns | {"second_rho": pair.second.rho, "second_theta": pair.second.theta, "drift": pair.drift})


def layout_pair(first: DiskLayout, second: DiskLayout) -> LayoutPair:
    """Raises `HypvizError` for layouts of different tokens."""
    if not np.array_equal(first.token_ids, second.token_ids):
        raise HypvizError("The two layouts hold different tokens; lay both out with the same number of tokens and the same frequencies.")
    target = PolarPoints(rho=first.rho, theta=first.theta)
    found = align(target, PolarPoints(rho=second.rho, theta=second.theta), seed=first.seed)
    moved = dataclasses.replace(second, rho=found.points.rho, theta=found.points.theta % (2.0 * np.pi))
    other = np.random.default_rng(first.seed).permutation(len(found.drift))
    chance = polar_distance(found.points.rho, found.points.theta, to_rho=first.rho[other], to_theta=first.theta[other])
    mirror = ", mirrored," if found.reflected else ""
    title = (
        f"Laid over {layout_name(first, second)} by the best isometry{mirror} a token of {layout_name(second, first)} is "
        f"{np.median(found.drift):.1f} away in the median ({np.median(chance):.1f} from a random token's place); "
        f"{share(float((found.drift < NEAR).mean()))} lie within 1"
    )
    return LayoutPair(second=moved, drift=found.drift, title=title)
