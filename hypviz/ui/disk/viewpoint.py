"""The point of view of a link, read as the component reads it, and one sentence where the address has a text that is none."""

from __future__ import annotations

import math
import re

import streamlit as st

from hypviz.errors import HypvizError
from hypviz.records.layout import DiskLayout
from hypviz.ui.shell.text import escape_markdown

CAMERA = "camera"  # in the address
VIEWS = ("poincare", "klein", "native")
BEYOND = 9.0  # how far past the farthest token a link may look from: what a drag reaches, and 1 for another radius
LARGEST = 1e12  # number of an isometry
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_SHOWN = 60  # characters of a text that cannot be read


def say_unreadable_camera(layout: DiskLayout, *, farthest: float | None = None) -> None:
    """Nothing where the address has no point of view, or one that the component takes; `farthest` where tokens go beyond the layout's."""
    said = st.query_params.get(CAMERA)
    if said is None:
        return
    try:
        check_viewpoint(said, farthest=float(layout.rho.max(initial=0.0)) if farthest is None else farthest)
    except HypvizError as error:
        st.warning(escape_markdown(str(error)), icon=":material/link_off:")


def check_viewpoint(text: str, *, farthest: float) -> None:
    """Raise `HypvizError` for a text that is no point of view on tokens up to the distance `farthest` from the layout's centre."""
    parts = text.split(",")
    numbers, view = parts[:4], parts[4] if len(parts) > 4 else VIEWS[0]
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
    instead = "the usual view is shown. Turn the disk as you want it, and press Link beside it for a new one."
    if len(parts) not in (4, 5) or view not in VIEWS or not all(_NUMBER.fullmatch(number) for number in numbers):
        views = f"{', '.join(VIEWS[:-1])} or {VIEWS[-1]}"
        raise HypvizError(f"The address says {CAMERA}={shown}, which is no point of view (four numbers and {views}); {instead}")
    ar, ai, br, bi = map(float, numbers)
    size = ar * ar + ai * ai
    if max(map(abs, (ar, ai, br, bi))) >= LARGEST or abs(size - br * br - bi * bi - 1) > 1e-9 * (1 + size):
        raise HypvizError(f"The address says {CAMERA}={shown}, whose numbers are those of no isometry; {instead}")
    away = 2 * math.asinh(math.hypot(br, bi))
    if away > farthest + BEYOND:
        raise HypvizError(
            f"The address says {CAMERA}={shown}, which looks from {away:.1f} off the centre, more than the {farthest + BEYOND:.1f} "
            f"of this layout; {instead}"
        )
