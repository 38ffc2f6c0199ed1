"""What every plot function returns: a figure with its finding, its words for those who cannot see it, and its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`title` says the finding, `alt` describes the picture in words, `data` is what the download holds."""

    figure: go.Figure
    title: str
    alt: str
    data: pd.DataFrame
