"""From a layout to the scene that the disk component draws: every colouring of its tokens, and the words beside the picture."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from hypviz.colours import COLOURS
from hypviz.layout import LAYOUTS
from hypviz.palette import GREY, VERMILION
from hypviz.records.disk_scene import DiskScene, SceneColour, SceneFrame
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TokenTable
from hypviz.records.play import Played
from hypviz.studies.disk.view import tokens_of
from hypviz.words.play import HOW, step_sentences


def disk_scene(
    layout: DiskLayout,
    table: TokenTable,
    norms: np.ndarray,
    *,
    key: str,
    partner: str | None = None,
    own: tuple[SceneColour, ...] = (),
    played: Played | None = None,
) -> DiskScene:
    """Every laid out token with what the component may show of it; `norms` (n_rows,) are those of all embedding rows, `key`
    names the scene in the browser, `partner` another one that moves with it, `own` are colourings beside those that ship, and `played`
    says where else the tokens go."""
    tokens = tokens_of(layout, table, norms)
    return DiskScene(
        token_ids=layout.token_ids,
        text=tokens.text,
        rho=layout.rho,
        theta=layout.theta,
        counts=layout.counts,
        norm=np.asarray(tokens.norms, dtype=np.float64),
        kept=layout.kept,
        colours=(
            *(SceneColour(name=name, label=entry.label, help=entry.help, colour=entry.colour(tokens)) for name, entry in COLOURS.items()),
            *own,
        ),
        words={"key": key, "partner": partner, "vocabulary": int(table.has_token.sum()), **_words(layout, partner), **_said(played)},
        frames=() if played is None else _frames(played),
    )


def _frames(played: Played) -> tuple[SceneFrame, ...]:
    """Those after the first, which the layout itself is."""
    return tuple(
        SceneFrame(label=played.labels[k], rho=played.rho[k], theta=played.theta[k], moved=played.moved[k - 1])
        for k in range(1, len(played.labels))
    )


def _said(played: Played | None) -> dict[str, Any]:
    """The words beside the player."""
    return {} if played is None else {"first": played.labels[0], "steps": list(step_sentences(played)), "how": HOW}


def _shape(layout: DiskLayout) -> str:
    """A name that the layout has at every radius: views are carried from one to another."""
    how = (layout.method, layout.pull, layout.table, layout.radius_source, layout.seed, layout.n_rounds_done, layout.provenance.revision)
    return hashlib.sha256(repr(how).encode("utf-8") + layout.token_ids.tobytes()).hexdigest()[:16]


def _words(layout: DiskLayout, partner: str | None) -> dict[str, Any]:
    """What the header says beside the columns; a layout beside a `partner` was moved over it and has no view to carry."""
    return {
        "method": LAYOUTS.require(layout.method).label + (", output table" if layout.table == "output" else ""),
        "radius": layout.radius,
        "shape": None if partner else _shape(layout),
        "source": layout.radius_source,
        "counted": bool(layout.counts.any()),
        "model": layout.provenance.model,
        "provenance": layout.provenance.line,
        "neighbours": layout.quality.k,
        "colours": {"missing": GREY, "mark": VERMILION},
    }
