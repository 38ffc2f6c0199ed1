"""From a layout to one picture of it: the colour of every token, the selected one with its neighbours, and the point of view."""

from __future__ import annotations

import numpy as np

from hypviz.geometry import disk_points, geodesic, recentre, recentre_polar
from hypviz.layout.findings import disk_finding
from hypviz.records.disk_view import DiskColour, DiskView, Marked
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TOKEN_KINDS, Embeddings, TokenTable
from hypviz.studies.disk import TokenNeighbours

COLOURS = ("kind", "frequency", "norm", "neighbours kept")
STEPS = 24


def disk_view(
    layout: DiskLayout,
    table: TokenTable,
    embeddings: Embeddings,
    *,
    colour: str,
    found: TokenNeighbours | None,
    centred: bool,
) -> DiskView:
    """The picture with `colour` (one of `COLOURS`), the selected token's neighbours, and the token in the middle if `centred`."""
    row = found.row if found is not None and centred else None
    seen = _seen(layout, row)
    text = tuple(table.text[i] for i in layout.token_ids)
    title = disk_finding(layout)
    return DiskView(
        title=title,
        alt=_words(layout, text, colour, found, row),
        token_ids=layout.token_ids,
        text=text,
        counts=layout.counts,
        rho=layout.rho,
        theta=layout.theta,
        x=seen[:, 0],
        y=seen[:, 1],
        colour=disk_colour(layout, table, embeddings, colour),
        centre_row=row,
        marked=_marked(layout, found, row) if found is not None else None,
    )


def disk_colour(layout: DiskLayout, table: TokenTable, embeddings: Embeddings, name: str) -> DiskColour:
    """The values behind one of `COLOURS`."""
    n = len(layout.token_ids)
    if name == "kind":
        values = table.kind[layout.token_ids].astype(np.float64)
        return DiskColour(name=name, label="kind of token", values=values, categories=TOKEN_KINDS, missing="")
    if name == "norm":
        values = np.linalg.norm(embeddings.values[layout.token_ids].astype(np.float64), axis=1)
        return DiskColour(name=name, label="L2 norm of the row", values=values, categories=None, missing="")
    values = np.full(n, np.nan)
    if name == "neighbours kept":
        values[layout.query] = layout.kept
        return DiskColour(name=name, label="of 10 neighbours kept", values=values, categories=None, missing="not measured")
    counted = layout.counts > 0
    if not counted.any():
        values = np.log10(1.0 + np.arange(n))
        return DiskColour(name=name, label="log10 of the token-id rank (proxy)", values=values, categories=None, missing="")
    values[counted] = np.log10(layout.counts[counted])
    missing = f"not in {layout.radius_source}"
    return DiskColour(name=name, label="log10 of the count", values=values, categories=None, missing=missing)


def _seen(layout: DiskLayout, row: int | None) -> np.ndarray:
    """Disk coordinates (n, 2) from the layout's centre, or from the token in `row`."""
    if row is None:
        return disk_points(layout.rho, layout.theta)
    points = recentre(layout.rho, layout.theta, centre_rho=float(layout.rho[row]), centre_theta=float(layout.theta[row]))
    return disk_points(points.rho, points.theta)


def _marked(layout: DiskLayout, found: TokenNeighbours, centre: int | None) -> Marked:
    return Marked(
        row=found.row,
        nearest=found.nearest,
        cosine=found.cosine,
        kept=found.in_disk,
        distance=found.distance,
        paths=np.stack([_path(layout, found.row, int(other), centre) for other in found.nearest]),
    )


def _path(layout: DiskLayout, start: int, end: int, centre: int | None) -> np.ndarray:
    """The geodesic between two tokens as the view sees it, (STEPS, 2)."""
    a, b = (layout.rho[start], layout.theta[start]), (layout.rho[end], layout.theta[end])
    way = geodesic(from_rho=float(a[0]), from_theta=float(a[1]), to_rho=float(b[0]), to_theta=float(b[1]), n=STEPS)
    if centre is not None:
        way = recentre_polar(way.rho, way.theta, centre_rho=float(layout.rho[centre]), centre_theta=float(layout.theta[centre]))
    return disk_points(way.rho, way.theta)


def _words(layout: DiskLayout, text: tuple[str, ...], colour: str, found: TokenNeighbours | None, centre: int | None) -> str:
    middle = ", ".join(repr(t) for t in text[:8])
    parts = [
        f"The unit disk with {len(text):,} tokens as points, coloured by {colour}.",
        f"{disk_finding(layout)}.",
        f"The most frequent tokens are {middle}." if layout.counts.any() else f"The first tokens are {middle}.",
        "Circles mark the hyperbolic distances 1, 2 and 3 from the middle; the outer circle is infinitely far away.",
    ]
    if found is not None:
        near = ", ".join(repr(text[i]) for i in found.nearest)
        where = "It lies in the middle." if centre is not None else ""
        parts.append(f"Selected is {text[found.row]!r}; its nearest neighbours in the original space are {near}. {where}")
    return " ".join(parts).strip()
