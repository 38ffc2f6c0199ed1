"""From a layout to the scene that the disk component draws: all columns that can colour a token, and the words beside the picture."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

from hypviz.layout.findings import METHOD_LABELS
from hypviz.plots.disk import CATEGORIES, KINDS, SCALE
from hypviz.plots.style import GREY, VERMILION
from hypviz.problems.taxonomy import TAXONOMY
from hypviz.records.disk_scene import NOTHING, DiskScene
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TOKEN_KINDS, Embeddings, TokenTable
from hypviz.studies.disk_view import disk_colour

SCRIPTS = (
    "none",
    "Latin",
    "Cyrillic",
    "Greek",
    "Arabic",
    "Hebrew",
    "Han",
    "Japanese",
    "Hangul",
    "Devanagari",
    "Thai",
    "Bengali",
    "Tamil",
    "Georgian or Armenian",
    "other",
)
_SCRIPT_OF = {
    "LATIN": 1,
    "CYRILLIC": 2,
    "GREEK": 3,
    "ARABIC": 4,
    "HEBREW": 5,
    "CJK": 6,
    "HIRAGANA": 7,
    "KATAKANA": 7,
    "HANGUL": 8,
    "DEVANAGARI": 9,
    "THAI": 10,
    "BENGALI": 11,
    "TAMIL": 12,
    "GEORGIAN": 13,
    "ARMENIAN": 13,
}


def disk_scene(layout: DiskLayout, table: TokenTable, embeddings: Embeddings) -> DiskScene:
    """Every laid out token with what the component may show of it."""
    text = tuple(table.text[i] for i in layout.token_ids)
    taxonomy = disk_colour(layout, table, embeddings, "taxonomy")
    kept = np.full(len(text), NOTHING)
    kept[layout.query] = layout.kept
    return DiskScene(
        token_ids=layout.token_ids,
        text=text,
        rho=layout.rho,
        theta=layout.theta,
        counts=layout.counts,
        norm=disk_colour(layout, table, embeddings, "norm").values,
        kind=table.kind[layout.token_ids],
        category=np.where(np.isnan(taxonomy.values), NOTHING, taxonomy.values).astype(int),
        script=script_codes(text),
        kept=kept,
        kinds=TOKEN_KINDS,
        categories=tuple(TAXONOMY),
        scripts=SCRIPTS,
        words=_words(layout, taxonomy.middles),
    )


def script_codes(texts: Sequence[str]) -> np.ndarray:
    """The index into `SCRIPTS` of each text's first letter (n,), 0 where it has none."""
    return np.array([_script(next((sign for sign in text if sign.isalpha()), "")) for text in texts], dtype=np.int64)


def _script(letter: str) -> int:
    if not letter:
        return 0
    return _SCRIPT_OF.get(unicodedata.name(letter, "OTHER").split(" ")[0].split("-")[0], len(SCRIPTS) - 1)


def _words(layout: DiskLayout, middles: tuple[int, ...]) -> dict[str, Any]:
    """What the header says beside the columns: names, colours, and where the categories lie."""
    return {
        "method": METHOD_LABELS[layout.method],
        "radius": layout.radius,
        "source": layout.radius_source,
        "counted": bool(layout.counts.any()),
        "model": layout.provenance.model,
        "provenance": layout.provenance.line,
        "middles": list(middles),
        "measured": len(layout.query),
        "colours": {
            "kind": [[KINDS[name], "circle"] for name in TOKEN_KINDS],
            "taxonomy": [list(CATEGORIES[name]) for name in TAXONOMY],
            "scale": [list(stop) for stop in SCALE],
            "missing": GREY,
            "mark": VERMILION,
        },
    }
