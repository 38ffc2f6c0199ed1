"""The gain of the paper with the radius at sqrt(d_in/c), so that u is sqrt(c) times the RMS of a token whatever the width."""

from __future__ import annotations

from hypviz.gains.entry import RadialGain
from hypviz.gains.log_of_exp import formula, gain, number, slopes

ENTRY = RadialGain(
    name="exact",
    label="exact: R = √(d/c)",
    help="the paper's map with the radius at sqrt(d/c)",
    order=10,
    gain=gain,
    slopes=slopes,
    formula=formula,
    number=number,
    wide=True,
)
