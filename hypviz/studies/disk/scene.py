"""From a layout to the scene that the disk component draws: every colouring of its tokens, and the words beside the picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from hypviz.colours import COLOURS
from hypviz.layout import LAYOUTS
from hypviz.palette import GREY, VERMILION
from hypviz.records.disk_scene import DiskScene, SceneColour
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TokenTable
from hypviz.studies.disk.view import tokens_of


def disk_scene(layout: DiskLayout, table: TokenTable, norms: np.ndarray, *, key: str, partner: str | None = None) -> DiskScene:
    """Every laid out token with what the component may show of it; `norms` (n_rows,) are those of all embedding rows, `key`
    names the scene in the browser, `partner` another one that moves with it."""
    tokens = tokens_of(layout, table, norms)
    return DiskScene(
        token_ids=layout.token_ids,
        text=tokens.text,
        rho=layout.rho,
        theta=layout.theta,
        counts=layout.counts,
        norm=np.asarray(tokens.norms, dtype=np.float64),
        kept=layout.kept,
        colours=tuple(
            SceneColour(name=name, label=entry.label, help=entry.help, colour=entry.colour(tokens)) for name, entry in COLOURS.items()
        ),
        words={"key": key, "partner": partner, "vocabulary": int(table.has_token.sum()), **_words(layout)},
    )


def _words(layout: DiskLayout) -> dict[str, Any]:
    """What the header says beside the columns."""
    return {
        "method": LAYOUTS.require(layout.method).label + (", output table" if layout.table == "output" else ""),
        "radius": layout.radius,
        "source": layout.radius_source,
        "counted": bool(layout.counts.any()),
        "model": layout.provenance.model,
        "provenance": layout.provenance.line,
        "neighbours": layout.quality.k,
        "colours": {"missing": GREY, "mark": VERMILION},
    }
