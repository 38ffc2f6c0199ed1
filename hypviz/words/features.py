"""Whether a feature of the problems explains where two columns differ, in one sentence."""

from __future__ import annotations

from hypviz.scoring.features import Feature, Features
from hypviz.words.numbers import counted
from hypviz.words.verdict import show_p, title


def features_sentence(found: Features, a: str, b: str) -> str:
    """What the features say of columns a and b, with p-values adjusted for all that were tried; honest about too few problems."""
    one, other, n = title(a), title(b), found.only_a + found.only_b
    counts = f"{counted(n, 'problem' if found.n_groups is None else 'problem group')} {'differs' if n == 1 else 'differ'}"
    if n == 0:
        return f"{one} and {other} are right on the same problems, so that no feature of a problem tells them apart."
    both = f"{counts} ({found.only_a:,} right with {one} alone, {found.only_b:,} with {other})"
    if 0 in (found.only_a, found.only_b) and n > 1:
        alone = one if found.only_a else other
        return f"{counts}, and on all of them {alone} alone is right: no feature of a problem decides between {one} and {other}."
    if found.too_few:
        return f"Whether features of a problem explain where {one} and {other} differ: {both}, too few to tell."
    told = [each for each in found.found if each.explains]
    how = "" if found.exact else ", from random permutations"
    if not told:
        least = min(found.found, key=lambda each: each.adjusted_p)
        return (
            f"No feature of the problems is shown to explain where {one} and {other} differ: {both}; tried were "
            f"{', '.join(each.name for each in found.found)}, the least adjusted p {show_p(least.adjusted_p)}{how}."
        )
    said = "; ".join(_told(each, one, other) for each in told)
    tried = f"p adjusted for {counted(len(found.found), 'feature')}{how}"
    return f"Where {one} and {other} differ goes with a feature of the problems: {said}. {both}; {tried}."


def _told(each: Feature, one: str, other: str) -> str:
    more = other if each.effect > 0.5 else one
    medians = (each.median_b, each.median_a) if more == other else (each.median_a, each.median_b)
    if each.name == "size of its largest number":
        medians = (10 ** medians[0] - 1, 10 ** medians[1] - 1)
    less = one if more == other else other
    high, low = (f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in medians)
    return f"{each.name} higher where {more} alone is right (median {high} against {low} with {less}; p {show_p(each.adjusted_p)})"
