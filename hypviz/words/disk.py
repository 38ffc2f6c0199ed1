"""What a layout shows, in sentences: shared by the chart's title, the page and the command line."""

from __future__ import annotations

from hypviz.layout.coverage import uncounted_clause
from hypviz.records.layout import FREQUENCY_RADIUS, ROW_ORDER, DiskLayout

METHOD_LABELS = {
    "dendrogram": "Dendrogram",
    "hyperbolic-umap": "Hyperbolic UMAP",
    "frequency-umap": "Hyperbolic UMAP with frequency",
    "tree": "Tree of tokens",
    "umap": "UMAP",
    "umap-hyperboloid": "UMAP hyperboloid",
    "pca": "PCA",
    "norm-radius": "Norm as radius",
}


def layout_name(layout: DiskLayout, other: DiskLayout) -> str:
    """The method's name; beside a layout of another table, with the table's own."""
    return METHOD_LABELS[layout.method] + (f" of the {layout.table} table" if layout.table != other.table else "")


def disk_finding(layout: DiskLayout) -> str:
    """The title: how many tokens, the share of neighbours that the disk keeps, and what chance would keep."""
    n, kept = len(layout.token_ids), layout.quality.neighbours_kept_at_10
    chance = "as every picture does: there are no others" if layout.quality.k == n - 1 else f"{_by_chance(layout)} by chance"
    keeps = f"{n:,} tokens; the disk keeps {_two_digits(kept)} of the {_nearest(layout)} nearest neighbours ({chance})"
    return keeps + uncounted_clause(layout)


def family_finding(*, member: str, n_words: int, n_near: int, same: float, chance: float) -> str:
    """Under colours that are families of meaning: how far words of one lie together, beside chance; `member` is "a taxonomy word"."""
    return (
        f"Of the {n_near} tokens nearest to {member} in the disk, {percent(same)} on average are of its own category "
        f"({percent(chance, 1)} by chance; {n_words:,} words)"
    )


def how_it_was_made(layout: DiskLayout) -> list[str]:
    """Where radius and angle come from, and everything that was left out, sampled or stands in for something else."""
    lines = [_radius_sentence(layout), _angle_sentence(layout)]
    if layout.table == "output":
        lines.insert(0, "The rows are those of the output layer.")
    if layout.n_rounds_done < layout.n_rounds:
        lines.insert(0, stopped_sentence(layout.n_rounds_done, layout.n_rounds))
    if layout.method in ("frequency-umap", "tree") and 0 < layout.n_uncounted < len(layout.token_ids):
        lines.append(f"{layout.n_uncounted:,} tokens that do not occur in {layout.radius_source} rank behind it in token-id order.")
    if layout.n_without_token:
        lines.append(f"{layout.n_without_token:,} spare rows of the table belong to no token and are left out.")
    if layout.n_zero_rows:
        lines.append(f"{layout.n_zero_rows:,} embedding rows equal the mean and have no direction; their angle means nothing.")
    if layout.n_clipped:
        lines.append(f"{layout.n_clipped:,} tokens lie so far out that their disk coordinates round to the boundary circle.")
    return lines


def quality_sentence(layout: DiskLayout) -> str:
    """The measures that the title leaves out."""
    quality = layout.quality
    parts = [
        f"Measured on every drawn token: {percent(quality.neighbours_kept_at_10, 1)} of the {_nearest(layout)} nearest neighbours kept "
        f"({percent(quality.angle_neighbours_kept_at_10, 1)} by the angle alone, {_by_chance(layout)} by chance; tokens that are equally "
        "near as the last of them count too)"
    ]
    if quality.trustworthiness is not None and quality.continuity is not None:
        whom = "" if quality.n_queries == quality.n_tokens else f"on a sample of {quality.n_queries:,} tokens (seed {layout.seed}): "
        parts.append(f"{whom}trustworthiness {quality.trustworthiness:.3f}, continuity {quality.continuity:.3f}")
    if quality.distance_spearman is not None:
        every = quality.n_pairs == quality.n_tokens * (quality.n_tokens - 1) // 2
        pairs = "all pairs" if every else f"{quality.n_pairs:,} random pairs"
        parts.append(f"on {pairs}: rank correlation of distances {quality.distance_spearman:+.2f}")
    if quality.radius_spearman is not None and layout.method not in FREQUENCY_RADIUS:  # there the radius is the rank itself
        counted = len(layout.token_ids) - layout.n_uncounted
        parts.append(f"on the {counted:,} counted tokens: rank correlation of radius and frequency {quality.radius_spearman:+.2f}")
    if quality.radius_norm_spearman is not None and layout.method != "norm-radius":
        parts.append(f"rank correlation of radius and norm {quality.radius_norm_spearman:+.2f}")
    parts.append(f"{percent(quality.rim_share)} of the drawn tokens lie on the rim (|z| > 0.95)")
    parts.append(f"{percent(quality.fill)} of 800 cells of equal area in the drawn disk hold a token")
    return "; ".join(parts) + "."


def stopped_sentence(n_done: int, n_rounds: int) -> str:
    """For a layout that is shown although it is not finished."""
    return f"Stopped after {n_done} of {n_rounds} rounds: this is how far the layout had come."


def _nearest(layout: DiskLayout) -> str:
    """How many neighbours are looked at: ten, or as many as there are."""
    return "ten" if layout.quality.k == 10 else str(layout.quality.k)


def _by_chance(layout: DiskLayout) -> str:
    """The chance level, in digits that can be compared with those of the title."""
    return _two_digits(layout.quality.kept_by_chance)


def _two_digits(share: float) -> str:
    """A share that may be small, with two significant digits, so that 0.4 % does not read 0 %, below a chance of 0.24 %."""
    return percent(share) if share >= 0.095 else f"{100 * share:.2g} %"


def percent(share: float, digits: int = 0) -> str:
    """A share for people: ``20 %``."""
    return f"{100 * share:.{digits}f} %"


def _radius_sentence(layout: DiskLayout) -> str:
    if layout.method in FREQUENCY_RADIUS:
        return _frequency_sentence(layout)
    farthest = f"scaled so that the farthest token lies at R = {layout.radius:g}"
    if layout.method == "umap":
        far = f" The {layout.n_shortened:,} longest tangent vectors grow only with their logarithm." if layout.n_shortened else ""
        return f"Radius from UMAP, {farthest}; frequency plays no part in it.{far}"
    if layout.method == "umap-hyperboloid":
        return f"Radius from umap-learn's hyperboloid, its middle moved to the origin, {farthest}; frequency plays no part in it."
    if layout.method == "tree":
        return f"Radius from the length of the path to the root, the most frequent token, {farthest}."
    if layout.method == "norm-radius":
        return f"Radius in proportion to the L2 norm of the row, the largest norm at R = {layout.radius:g}; frequency plays no part in it."
    descending = "Radius and angle from descending UMAP's cross-entropy with the hyperbolic distance"
    if layout.method == "frequency-umap":
        return f"{descending}, every token drawn towards a radius by {_rank_of(layout)}, {farthest}."
    return f"{descending}, {farthest}; frequency gave the start only."


def _frequency_sentence(layout: DiskLayout) -> str:
    if layout.n_uncounted == len(layout.token_ids):
        proxy = "row order" if layout.radius_source == ROW_ORDER else "token id"
        return f"Radius from the {proxy}, which stands in for the frequency rank (a proxy), up to R = {layout.radius:g}."
    source = f"Radius from the frequency rank in {layout.radius_source}, up to R = {layout.radius:g}"
    if not layout.n_uncounted:
        return f"{source}."
    return f"{source}; {layout.n_uncounted:,} tokens that do not occur there follow in token-id order."


def _rank_of(layout: DiskLayout) -> str:
    """What gives the ranks, in words."""
    if layout.n_uncounted < len(layout.token_ids):
        return f"its frequency rank in {layout.radius_source}"
    return f"its {'row order' if layout.radius_source == ROW_ORDER else 'token id'} (a proxy for the frequency rank)"


def _angle_sentence(layout: DiskLayout) -> str:
    if layout.method in ("umap", "umap-hyperboloid"):
        how = "carried into the disk by the exponential map" if layout.method == "umap" else "laid out on the hyperboloid"
        return f"Angle from UMAP of the centred rows (cosine), {how}."
    if layout.method in ("pca", "norm-radius"):
        return "Angle from the first two principal components of the centred rows."
    groups = "" if layout.n_groups is None else f" in {layout.n_groups} k-means groups"
    if layout.method in ("hyperbolic-umap", "frequency-umap"):
        return f"The start is an average-linkage tree on centred cosine distances{groups}."
    if layout.method == "tree":
        return _tree_sentence(layout)
    if layout.n_groups is None:
        return "Angle from the leaf order of an average-linkage tree on centred cosine distances."
    return f"Angle from leaf orders of average-linkage trees in {layout.n_groups} k-means groups, the groups ordered by their centres."


def _tree_sentence(layout: DiskLayout) -> str:
    within = "" if layout.n_groups is None else f", within {layout.n_groups} k-means groups and then over the groups"
    counted = layout.n_uncounted < len(layout.token_ids)
    proxy = "" if counted else f" ({layout.radius_source} stands in for the frequency)"
    return (
        f"Where two branches of an average-linkage tree on centred cosine distances meet{within}, the less frequent of their two most "
        f"frequent tokens hangs below the other{proxy}; each branch owns the arc of its tokens."
    )
