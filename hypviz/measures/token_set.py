"""What is measured of one set of tokens: delta over all quadruples, two dimensions, and the lengths of their rows."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from hypviz.errors import HypvizError
from hypviz.hyperbolicity import euclidean_distances, four_point_delta
from hypviz.measures.dimension import effective_dimension, two_nn_dimension
from hypviz.records.token_sets import FEWEST, TokenSet
from hypviz.work import NOBODY, Work


def measure_set(rows: Float[np.ndarray, "n d"], work: Work = NOBODY) -> TokenSet:
    """The measures of `rows` (n, d), n >= 4, under the Euclidean distance; raises `HypvizError` for fewer, and `Stopped`."""
    if len(rows) < FEWEST:
        raise HypvizError(f"{len(rows)} tokens are to be measured, but a delta needs at least {FEWEST}; choose more.")
    x = np.asarray(rows, dtype=np.float64)
    work.check()
    D = euclidean_distances(x)
    found = four_point_delta(D, checked=True, work=work)
    if not found.exact:
        work.check()
    low, median, high = np.quantile(np.linalg.norm(x, axis=1), (0.25, 0.5, 0.75))
    return TokenSet(
        delta_low=found.lower,
        delta_high=found.upper,
        diameter=found.diameter,
        four=np.array(found.points or range(FEWEST), dtype=np.int64),
        near_dimension=two_nn_dimension(D),
        effective_dimension=effective_dimension(x),
        norm_low=float(low),
        norm_median=float(median),
        norm_high=float(high),
    )
