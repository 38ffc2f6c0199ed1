"""The true neighbours of the rows that are laid out, stored once for every method, radius and order of the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np

from hypviz.records.layout import Neighbours
from hypviz.store import Store
from hypviz.studies.disk.building import N_NEIGHBOURS

ALGORITHM = 1


def stored_neighbours(
    origin: dict[str, Any],
    token_ids: np.ndarray,
    values: Callable[[], np.ndarray],
    *,
    store: Store,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Neighbours:
    """Stored or computed, for the rows `token_ids` (n,) of `values` (n_rows, d), in that order; `origin` names the table.

    Raises `Stopped`. They are kept in the order of the ids, so that other counts of the same tokens find them again.
    """
    from hypviz.layout import centred_units, true_neighbours

    ascending = np.argsort(token_ids, kind="stable")
    ids = token_ids[ascending]

    def compute() -> Neighbours:
        units, _ = centred_units(values()[ids])
        return true_neighbours(units, k=N_NEIGHBOURS, progress=progress, should_stop=should_stop)

    spec = {
        **origin,
        "rows": hashlib.sha256(np.ascontiguousarray(ids, dtype=np.int64).tobytes()).hexdigest(),
        "k": N_NEIGHBOURS,
        "algorithm": ALGORITHM,
        "versions": {"numpy": version("numpy")},
    }
    found = store.load_or_compute("disk_neighbours", spec, Neighbours, compute).record
    place = np.empty(len(ids), dtype=np.int64)
    place[ascending] = np.arange(len(ids))
    return Neighbours(nearest=ascending[found.nearest[place]].astype(np.int32), least=found.least[place], n_as_near=found.n_as_near[place])
