"""The gain of the paper with the radius as it is printed, 1/sqrt(c)."""

from __future__ import annotations

from hypviz.gains.entry import RadialGain
from hypviz.gains.log_of_exp import formula, gain, number, slopes

ENTRY = RadialGain(
    name="paper",
    label="as printed: R = 1/√c",
    help="the paper's map with the radius at 1/sqrt(c), as printed",
    order=20,
    gain=gain,
    slopes=slopes,
    formula=formula,
    number=number,
    wide=False,
)
