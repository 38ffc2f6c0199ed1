"""How long measuring a picture is said to take: as long as its ranks, which are sampled where rows are many or wide."""

from __future__ import annotations

import numpy as np

from hypviz.records.specs.disk import LayoutSpec, MatrixRows
from hypviz.ui.disk.jobs import measuring_seconds


def asked(width: int) -> LayoutSpec:
    """Of a matrix of so many columns, whose rows are not looked at here."""
    values = np.zeros((2, width), dtype=np.float32)
    return LayoutSpec(rows=MatrixRows(values=values, counts=None, label="m.npy", counts_label=None, fingerprint="0"))


def test_a_wide_table_takes_less_than_a_narrow_one_of_which_all_ranks_are_looked_at() -> None:
    wide, narrow = measuring_seconds(asked(4096), 10_000), measuring_seconds(asked(576), 10_000)
    assert wide < 0.5 * narrow and measuring_seconds(asked(4096), 100) == measuring_seconds(asked(576), 100)
    assert measuring_seconds(asked(576), 10_000, ways=1) < narrow < measuring_seconds(asked(576), 100_000)
