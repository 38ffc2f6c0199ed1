"""What a layout shows, in sentences: shared by the chart's title, the page and the command line."""

from __future__ import annotations

from hypviz.records.layout import DiskLayout

METHOD_LABELS = {"dendrogram": "Dendrogram", "hyperbolic-umap": "Hyperbolic UMAP", "umap": "UMAP"}


def disk_finding(layout: DiskLayout) -> str:
    """The title: how many tokens, and the share of neighbours that the disk keeps."""
    kept = layout.quality.neighbours_kept_at_10
    return f"{len(layout.token_ids):,} tokens; the disk keeps {percent(kept)} of the ten nearest neighbours"


def family_finding(*, n_words: int, n_near: int, same: float, chance: float) -> str:
    """Under the taxonomy's colours: how far words of one category lie together in the disk, beside what chance gives."""
    return (
        f"Of the {n_near} tokens nearest to a taxonomy word in the disk, {percent(same)} on average are of its own category "
        f"({percent(chance, 1)} by chance; {n_words:,} words)"
    )


def how_it_was_made(layout: DiskLayout) -> list[str]:
    """Where radius and angle come from, and everything that was left out, sampled or stands in for something else."""
    lines = [_radius_sentence(layout), _angle_sentence(layout)]
    if layout.n_zero_rows:
        lines.append(f"{layout.n_zero_rows:,} embedding rows equal the mean and have no direction; their angle means nothing.")
    if layout.n_clipped:
        lines.append(f"{layout.n_clipped:,} tokens lie so far out that their disk coordinates round to the boundary circle.")
    return lines


def quality_sentence(layout: DiskLayout) -> str:
    """The measures that the title leaves out."""
    quality = layout.quality
    whom = "all tokens" if quality.n_queries == quality.n_tokens else f"a sample of {quality.n_queries:,} tokens (seed {layout.seed})"
    parts = [f"Measured on {whom}: {percent(quality.neighbours_kept_at_10, 1)} of the ten nearest neighbours kept"]
    if quality.trustworthiness is not None:
        parts[0] += f", trustworthiness {quality.trustworthiness:.3f}"
    if quality.distance_spearman is not None:
        parts.append(f"on {quality.n_pairs:,} random pairs: rank correlation of distances {quality.distance_spearman:+.2f}")
    if quality.radius_spearman is not None and layout.method != "dendrogram":  # the dendrogram's radius is the rank itself
        counted = len(layout.token_ids) - layout.n_uncounted
        parts.append(f"on the {counted:,} counted tokens: rank correlation of radius and frequency {quality.radius_spearman:+.2f}")
    parts.append(f"{percent(quality.rim_share)} of all tokens lie on the rim (|z| > 0.95)")
    return "; ".join(parts) + "."


def percent(share: float, digits: int = 0) -> str:
    """A share for people: ``20 %``."""
    return f"{100 * share:.{digits}f} %"


def _radius_sentence(layout: DiskLayout) -> str:
    counted = len(layout.token_ids) - layout.n_uncounted
    if layout.method == "umap":
        far = f" The {layout.n_shortened:,} longest tangent vectors grow only with their logarithm." if layout.n_shortened else ""
        return f"Radius from UMAP, scaled so that the farthest token lies at R = {layout.radius:g}; frequency plays no part in it.{far}"
    if layout.method == "hyperbolic-umap":
        return (
            f"Radius and angle from descending UMAP's cross-entropy with the hyperbolic distance, scaled so that the farthest token lies "
            f"at R = {layout.radius:g}; frequency gave the start only."
        )
    if not counted:
        return f"Radius from the token id, which stands in for the frequency rank (a proxy), up to R = {layout.radius:g}."
    source = f"Radius from the frequency rank in {layout.radius_source}, up to R = {layout.radius:g}"
    if not layout.n_uncounted:
        return f"{source}."
    return f"{source}; {layout.n_uncounted:,} tokens that do not occur there follow in token-id order."


def _angle_sentence(layout: DiskLayout) -> str:
    if layout.method == "umap":
        return "Angle from UMAP of the centred rows (cosine), carried into the disk by the exponential map."
    groups = "" if layout.n_groups is None else f" in {layout.n_groups} k-means groups"
    if layout.method == "hyperbolic-umap":
        return f"The start is an average-linkage tree on centred cosine distances{groups}."
    if layout.n_groups is None:
        return "Angle from the leaf order of an average-linkage tree on centred cosine distances."
    return f"Angle from leaf orders of average-linkage trees in {layout.n_groups} k-means groups, the groups ordered by their centres."
