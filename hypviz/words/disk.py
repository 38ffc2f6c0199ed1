"""What a layout shows, in sentences: shared by the chart's title, the page and the command line."""

from __future__ import annotations

from hypviz.layout import LAYOUTS
from hypviz.layout.sentences import order_of_uncounted
from hypviz.records.layout import ROW_ORDER, TOKEN_ID_ORDER, DiskLayout
from hypviz.words.numbers import percent, share, signed
from hypviz.words.ranks import ranks_sentence
from hypviz.words.untrained import left_out_words

GUESSED = (4_000, 20_000, 50_000)  # tokens for which the table of methods says how long a layout takes
WIDE = 0.75  # the share of counted tokens below which the title speaks of it


def layout_name(layout: DiskLayout, other: DiskLayout) -> str:
    """The method's name; beside a layout of another table, with the table's own."""
    return LAYOUTS.require(layout.method).label + (f" of the {layout.table} table" if layout.table != other.table else "")


def disk_finding(layout: DiskLayout) -> str:
    """The title: how many tokens, the share of neighbours that the disk keeps, and what chance would keep."""
    n, kept = len(layout.token_ids), layout.quality.neighbours_kept_at_10
    chance = "as every picture does: there are no others" if layout.quality.k == n - 1 else f"{_by_chance(layout)} by chance"
    keeps = f"{n:,} tokens; the disk keeps {_two_digits(kept)} of the {_nearest(layout)} nearest neighbours ({chance})"
    return keeps + uncounted_clause(layout)


def unmeasured_finding(layout: DiskLayout) -> str:
    """The title while a layout is shown at a radius at which it is still being measured."""
    return f"{len(layout.token_ids):,} tokens at R = {layout.radius:g}; how many neighbours the disk keeps there is being measured"


def uncounted_clause(layout: DiskLayout) -> str:
    """``; only 546 tokens were counted, ...``, or nothing where most were or where frequency decides no place."""
    n = len(layout.token_ids)
    counted = n - layout.n_uncounted
    if not LAYOUTS.require(layout.method).uses_frequency or counted >= WIDE * n:
        return ""
    if not counted:
        return f"; no token was counted, {ROW_ORDER if layout.table == 'matrix' else TOKEN_ID_ORDER} stands in for frequency"
    return f"; only {counted:,} tokens were counted ({share(counted / n)}), the others follow {order_of_uncounted(layout)}"


def methods_help() -> str:
    """Every layout method in one line each, for the help beside the menu."""
    return "\n\n".join(f"{method.label}: {method.help}." for method in LAYOUTS.values())


def methods_table() -> str:
    """The layout methods as docs/LAYOUTS.md has them."""
    rows: list[str] = []
    for name, method in LAYOUTS.items():
        guesses = " | ".join(f"{method.seconds(n):.0f} s" for n in GUESSED)
        rows.append(f"| `{name}` | {method.label} | {method.help} | {', '.join(method.libraries)} | {guesses} |")
    sizes = " | ".join(f"{n:,} tokens" for n in GUESSED)
    return "\n".join([f"| method | name | what it does | libraries | {sizes} |", "|" + "---|" * (4 + len(GUESSED)), *rows]) + "\n"


def family_finding(*, member: str, n_words: int, n_near: int, same: float, chance: float) -> str:
    """Under colours that are families of meaning: how far words of one lie together, beside chance; `member` is "a taxonomy word"."""
    return (
        f"Of the {n_near} tokens nearest to {member} in the disk, {share(same)} on average are of its own category "
        f"({share(chance, 1)} by chance; {n_words:,} words)"
    )


def how_it_was_made(layout: DiskLayout) -> list[str]:
    """Where radius and angle come from, and everything that was left out, sampled or stands in for something else."""
    method = LAYOUTS.require(layout.method)
    lines = [method.radius_sentence(layout), method.angle_sentence(layout)]
    if layout.table == "output":
        lines.insert(0, "The rows are those of the output layer.")
    if layout.n_rounds_done < layout.n_rounds:
        lines.insert(0, stopped_sentence(layout.n_rounds_done, layout.n_rounds))
    if ranks := ranks_sentence(layout):
        lines.append(ranks)
    if layout.n_without_token:
        lines.append(f"{layout.n_without_token:,} spare rows of the table belong to no token and are left out.")
    if layout.n_untrained:
        lines.append(left_out_words(layout.n_untrained))
    if layout.n_zero_rows:
        lines.append(f"{layout.n_zero_rows:,} embedding rows equal the mean and have no direction; their angle means nothing.")
    if layout.n_clipped:
        lines.append(f"{layout.n_clipped:,} tokens lie so far out that their disk coordinates round to the boundary circle.")
    return lines


def quality_sentence(layout: DiskLayout) -> str:
    """The measures that the title leaves out."""
    quality, radius_from = layout.quality, LAYOUTS.require(layout.method).radius_from
    parts = [
        f"Measured on every drawn token: {share(quality.neighbours_kept_at_10, 1)} of the {_nearest(layout)} nearest neighbours kept "
        f"({share(quality.angle_neighbours_kept_at_10, 1)} by the angle alone, {_by_chance(layout)} by chance; tokens that are equally "
        f"near as the last of them count too){_other_depths(layout)}"
    ]
    parts.append(f"one token in a hundred fills {share(layout.hub_share)} of all places among the true nearest, those of the hubs")
    if quality.trustworthiness is not None and quality.continuity is not None:
        whom = "" if quality.n_queries == quality.n_tokens else f"on a sample of {quality.n_queries:,} tokens (seed {layout.seed}): "
        parts.append(f"{whom}trustworthiness {quality.trustworthiness:.3f}, continuity {quality.continuity:.3f}")
    if quality.distance_spearman is not None:
        every = quality.n_pairs == quality.n_tokens * (quality.n_tokens - 1) // 2
        pairs = "all pairs" if every else f"{quality.n_pairs:,} random pairs"
        parts.append(f"on {pairs}: rank correlation of distances {signed(quality.distance_spearman, 2)}")
    if quality.radius_spearman is not None and radius_from != "rank":  # there the radius is the rank itself
        parts.append(_radius_and_rank(layout, quality.radius_spearman))
    if quality.radius_norm_spearman is not None and radius_from != "norm":
        parts.append(f"rank correlation of radius and norm {signed(quality.radius_norm_spearman, 2)}")
    parts.append(f"{share(quality.rim_share)} of the drawn tokens lie on the rim (|z| > 0.95)")
    parts.append(f"{share(quality.fill)} of 800 cells of equal area in the drawn disk hold a token")
    return "; ".join(parts) + "."


def _radius_and_rank(layout: DiskLayout, over_all: float) -> str:
    """How the radius goes with the ranks of all tokens, and with the counts of those that have one."""
    n, uncounted, of_counted = len(layout.token_ids), layout.n_uncounted, layout.quality.radius_count_spearman
    if uncounted == n:
        return f"rank correlation of radius and {layout.radius_source} {signed(-over_all, 2)}"
    if not uncounted:
        return f"rank correlation of radius and frequency {signed(over_all, 2)}"
    said = f"rank correlation of radius and frequency {signed(over_all, 2)} over all tokens by the ranks that they have"
    return said if of_counted is None else f"{said}, {signed(of_counted, 2)} over the {n - uncounted:,} counted ones by their counts"


def stopped_sentence(n_done: int, n_rounds: int) -> str:
    """For a layout that is shown although it is not finished."""
    return f"Stopped after {n_done} of {n_rounds} rounds: this is how far the layout had come."


def _nearest(layout: DiskLayout) -> str:
    """How many neighbours are looked at: ten, or as many as there are."""
    return "ten" if layout.quality.k == 10 else str(layout.quality.k)


def _other_depths(layout: DiskLayout) -> str:
    """What is kept of the one nearest and of the thirty nearest, beside chance."""
    quality, words = layout.quality, {1: "the one nearest", 30: "the thirty nearest"}
    at = zip(quality.depths, quality.kept_at, quality.chance_at, strict=True)
    told = [f"{share(kept, 1)} of {words[depth]} ({_two_digits(chance)})" for depth, kept, chance in at if depth in words]
    return f"; {', '.join(told)}" if told else ""


def _by_chance(layout: DiskLayout) -> str:
    """The chance level, in digits that can be compared with those of the title."""
    return _two_digits(layout.quality.kept_by_chance)


def _two_digits(value: float) -> str:
    """A share that may be small, with two significant digits, so that 0.4 % does not read 0 %, below a chance of 0.24 %."""
    return share(value) if value >= 0.095 else percent(value)
