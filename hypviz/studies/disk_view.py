"""From a layout to one picture of it: the colour of every token, the selected one with its neighbours, and the point of view."""

from __future__ import annotations

import numpy as np

from hypviz.geometry import disk_points, geodesic, polar_distance, recentre_polar
from hypviz.layout import nearest_in_disk
from hypviz.problems.taxonomy import TAXONOMY, category_by_word
from hypviz.records.disk_view import DiskColour, DiskView, Marked
from hypviz.records.layout import DiskLayout
from hypviz.records.models import TOKEN_KINDS, TokenTable
from hypviz.studies.disk import TokenNeighbours
from hypviz.vocabulary.scripts import SCRIPTS, script_codes
from hypviz.words.disk import disk_finding, family_finding, uncounted_clause

COLOURS = ("kind", "taxonomy", "script", "frequency", "norm", "neighbours kept")
STEPS = 24
FAMILY = 10  # the nearest tokens among which a word's own category is looked for


def disk_view(
    layout: DiskLayout,
    table: TokenTable,
    norms: np.ndarray,
    *,
    colour: str,
    found: TokenNeighbours | None,
    centred: bool,
) -> DiskView:
    """The picture with `colour` (one of `COLOURS`), the selected token's neighbours, and the token in the middle if `centred`."""
    row = found.row if found is not None and centred else None
    seen = _seen(layout, row)
    text = tuple(table.text[i] for i in layout.token_ids)
    painted = disk_colour(layout, table, norms, colour)
    title = _title(layout, painted)
    return DiskView(
        title=title,
        alt=_words(layout, title, text, colour, found, row),
        token_ids=layout.token_ids,
        text=text,
        counts=layout.counts,
        rho=layout.rho,
        theta=layout.theta,
        x=seen[:, 0],
        y=seen[:, 1],
        colour=painted,
        centre_row=row,
        marked=_marked(layout, found, row) if found is not None else None,
    )


def disk_colour(layout: DiskLayout, table: TokenTable, norms: np.ndarray, name: str) -> DiskColour:
    """The values behind one of `COLOURS`; `norms` (n_rows,) are those of all embedding rows."""
    n = len(layout.token_ids)
    if name == "kind":
        values = table.kind[layout.token_ids].astype(np.float64)
        return DiskColour(name=name, label="kind of token", values=values, categories=TOKEN_KINDS, missing="")
    if name == "script":
        codes_of = script_codes([table.text[i] for i in layout.token_ids]).astype(np.float64)
        return DiskColour(name=name, label="writing system", values=codes_of, categories=SCRIPTS, missing="")
    if name == "taxonomy":
        codes = {word: list(TAXONOMY).index(category) for word, category in category_by_word().items()}
        values = np.array([codes.get(table.text[i].strip().lower(), np.nan) for i in layout.token_ids])
        return DiskColour(
            name=name,
            label="category",
            values=values,
            categories=tuple(TAXONOMY),
            missing="not in the taxonomy",
            middles=tuple(_medoid(layout, np.flatnonzero(values == code)) for code in range(len(TAXONOMY)) if (values == code).any()),
        )
    if name == "norm":
        values = norms[layout.token_ids]
        return DiskColour(name=name, label="L2 norm of the row", values=values, categories=None, missing="")
    if name == "neighbours kept":
        label = f"of {layout.quality.k} neighbours kept"
        return DiskColour(name=name, label=label, values=layout.kept.astype(np.float64), categories=None, missing="")
    values = np.full(n, np.nan)
    counted = layout.counts > 0
    if not counted.any():
        values = np.log10(1.0 + np.arange(n))
        return DiskColour(name=name, label="log10 of the token-id rank (proxy)", values=values, categories=None, missing="")
    values[counted] = np.log10(layout.counts[counted])
    missing = f"not in {layout.radius_source}"
    return DiskColour(name=name, label="log10 of the count", values=values, categories=None, missing=missing)


def _medoid(layout: DiskLayout, rows: np.ndarray) -> int:
    """The one of `rows` with the smallest sum of hyperbolic distances to the others."""
    rho, theta = layout.rho[rows], layout.theta[rows]
    total = [polar_distance(rho, theta, to_rho=float(r), to_theta=float(t)).sum() for r, t in zip(rho, theta, strict=True)]
    return int(rows[int(np.argmin(total))])


def _title(layout: DiskLayout, painted: DiskColour) -> str:
    """What the disk keeps; under the taxonomy's colours, whether a category's words lie together."""
    if painted.name != "taxonomy":
        return disk_finding(layout)
    rows = np.flatnonzero(np.isfinite(painted.values))
    if not rows.size or len(layout.token_ids) < 2:
        return "No token of this vocabulary is a word of the taxonomy"
    own = painted.values[rows]
    near = nearest_in_disk(layout.rho, layout.theta, rows, k=FAMILY)
    same = float((painted.values[near] == own[:, None]).mean())
    members = np.bincount(own.astype(int))
    chance = float(((members[own.astype(int)] - 1) / (len(layout.token_ids) - 1)).mean())
    return family_finding(n_words=rows.size, n_near=near.shape[1], same=same, chance=chance) + uncounted_clause(layout)


def _seen(layout: DiskLayout, row: int | None) -> np.ndarray:
    """Disk coordinates (n, 2) from the layout's centre, or from the token in `row`."""
    if row is None:
        return disk_points(layout.rho, layout.theta)
    points = recentre_polar(layout.rho, layout.theta, centre_rho=float(layout.rho[row]), centre_theta=float(layout.theta[row]))
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


def _words(layout: DiskLayout, title: str, text: tuple[str, ...], colour: str, found: TokenNeighbours | None, centre: int | None) -> str:
    middle = ", ".join(repr(t) for t in text[:8])
    parts = [
        f"The unit disk with {len(text):,} tokens as points, coloured by {colour}.",
        f"{title}.",
        f"The most frequent tokens are {middle}." if layout.counts.any() else f"The first tokens are {middle}.",
        "Circles mark the hyperbolic distances 1, 2 and 3 from the middle; the outer circle is infinitely far away.",
    ]
    if found is not None:
        near = ", ".join(repr(text[i]) for i in found.nearest)
        where = "It lies in the middle." if centre is not None else ""
        parts.append(f"Selected is {text[found.row]!r}; its nearest neighbours in the original space are {near}. {where}")
    return " ".join(parts).strip()
