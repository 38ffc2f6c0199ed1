"""From a layout to the scene that the disk component draws: all columns that can colour a token, and the words beside the picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from hypviz.layout import LAYOUTS
from hypviz.plots.disk import CATEGORIES, KINDS, SCALE
from hypviz.plots.style import GREY, VERMILION
from hypviz.problems.taxonomy import TAXONOMY
from hypviz.records.disk_scene import NOTHING, DiskScene
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TOKEN_KINDS, TokenTable
from hypviz.studies.disk_view import disk_colour
from hypviz.vocabulary.scripts import SCRIPTS, script_codes


def disk_scene(layout: DiskLayout, table: TokenTable, norms: np.ndarray, *, key: str, partner: str | None = None) -> DiskScene:
    """Every laid out token with what the component may show of it; `norms` (n_rows,) are those of all embedding rows, `key`
    names the scene in the browser, `partner` another one that moves with it."""
    text = tuple(table.text[i] for i in layout.token_ids)
    taxonomy = disk_colour(layout, table, norms, "taxonomy")
    return DiskScene(
        token_ids=layout.token_ids,
        text=text,
        rho=layout.rho,
        theta=layout.theta,
        counts=layout.counts,
        norm=disk_colour(layout, table, norms, "norm").values,
        kind=table.kind[layout.token_ids],
        category=np.where(np.isnan(taxonomy.values), NOTHING, taxonomy.values).astype(int),
        script=script_codes(text),
        kept=layout.kept,
        kinds=TOKEN_KINDS,
        categories=tuple(name.removeprefix("piece of ") for name in TAXONOMY),  # short enough for a plate
        scripts=SCRIPTS,
        words={"key": key, "partner": partner, "vocabulary": int(table.has_token.sum()), **_words(layout, taxonomy.middles)},
    )


def _words(layout: DiskLayout, middles: tuple[int, ...]) -> dict[str, Any]:
    """What the header says beside the columns: names, colours, and where the categories lie."""
    return {
        "method": LAYOUTS.require(layout.method).label + (", output table" if layout.table == "output" else ""),
        "radius": layout.radius,
        "source": layout.radius_source,
        "counted": bool(layout.counts.any()),
        "model": layout.provenance.model,
        "provenance": layout.provenance.line,
        "middles": list(middles),
        "neighbours": layout.quality.k,
        "colours": {
            "kind": [[KINDS[name], "circle"] for name in TOKEN_KINDS],
            "taxonomy": [list(CATEGORIES[name]) for name in TAXONOMY],
            "scale": [list(stop) for stop in SCALE],
            "missing": GREY,
            "mark": VERMILION,
        },
    }
