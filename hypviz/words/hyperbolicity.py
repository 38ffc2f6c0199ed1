"""What a `Hyperbolicity` record says, in sentences for titles, captions and the command line; nothing is computed twice."""

from __future__ import annotations

from hypviz.hyperbolicity.base import ONE_BASE
from hypviz.hyperbolicity.nulls import null_label
from hypviz.hyperbolicity.nulls.measuring import N_REPEATS
from hypviz.hyperbolicity.paper import PROVENANCE
from hypviz.hyperbolicity.prompts import FEWEST_POINTS, MOST_POINTS
from hypviz.records.hyperbolicity import Hyperbolicity, NullDeltas, VocabularyDelta
from hypviz.words.digits import decimals_apart
from hypviz.words.numbers import share, signed
from hypviz.words.untrained import left_out_words

METRIC_WORDS = {
    "euclidean": "d is the Euclidean distance",
    "angle": "d is the angle in radians",
    "graph": "d is the shortest path in the graph of the 10 nearest neighbours",
    "hyperbolic": "d is the distance in hyperbolic space (curvature −1) after the exponential map of x / √d",
}
WHY_N = (
    "Why n matters: even random points have a delta_rel of their own, which changes with their number n and with the dimension d, "
    "and δ itself can only grow when points are added. So deltas are only compared at equal n, every prompt with points of its own n and d."
)

PAPER_VALUES = f"Grey diamonds: the values printed in {PROVENANCE}, mean and standard deviation over prompts of four data sets."
DEFINITION_LABELS = {"base": "at the first token", "exact": "over all base points"}


def delta_finding(record: Hyperbolicity) -> str:
    """Mean delta_rel, the verdict in its fixed wording, and the chance value; without it while chance has not been measured."""
    part, n = _part_words(record.n_nulls, len(record.asked)), _decimals(record)
    measured = f"Mean δ_rel {record.delta_rel_mean:.{n}f}"
    if record.comparison is None or record.null_mean is None:
        return f"{measured} over {record.n_prompts:,} prompts, not compared with chance yet{part}"
    return f"{measured} is {record.comparison.verdict}: Gaussian points of the same n and d give {record.null_mean:.{n}f}{part}"


def nulls_sentence(record: Hyperbolicity) -> str:
    """The other nulls, each with its verdict, and those that have not been measured."""
    n = _decimals(record)
    parts = [f"{verdict_against(null)} ({null.mean:.{n}f} ± {null.std:.{n}f})" for null in record.others]
    to_come = _to_come(record.asked[record.n_nulls :], len(record.begun))
    sentences = [f"Beside the other nulls: {'; '.join(parts)}."] if parts else []
    return " ".join([*sentences, *([f"Not measured yet: {to_come}."] if to_come else [])])


def _decimals(record: Hyperbolicity) -> int:
    """Those at which the title and the sentence on the other nulls, read together, bear their verdicts out."""
    first = [(record.null_mean, record.comparison.verdict)] if record.comparison is not None and record.null_mean is not None else []
    return decimals_apart(record.delta_rel_mean, [*first, *((null.mean, null.comparison.verdict) for null in record.others)])


def _to_come(names: tuple[str, ...], begun: int) -> str:
    """The nulls that are not in; of the first of them `begun` repeats are."""
    words = [null_label(name) for name in names]
    if words and begun:
        words[0] += f" ({begun} of {N_REPEATS} repeats, too few to judge by)"
    return "; ".join(words)


def _part_words(n: int, asked: int) -> str:
    """How much of what was asked is in, for a title over a part; nothing over the whole."""
    return "" if n == asked else f" (a part: {n} of {asked} nulls {'is' if n == 1 else 'are'} in)"


def verdict_against(null: NullDeltas) -> str:
    """The verdict in its fixed wording with the null's own name in the place of ``chance``."""
    return null.comparison.verdict.removesuffix("chance") + null_label(null.name)


def comparison_sentence(record: Hyperbolicity) -> str:
    """The difference with the range chance allows, p, the effect size and the share of prompts below their null."""
    found = record.comparison
    if found is None:
        return "Not compared with chance yet."
    d = found.difference
    floor = 2 / (record.deltas.null_delta_rel.shape[0] + 1)
    size = "" if found.effect_size is None else f", {abs(found.effect_size):.1f} standard deviations of a single prompt's chance value"
    return (
        f"{_compared(record)}: {signed(d.value, 3)} (95 % range {signed(d.low, 3)} to {signed(d.high, 3)}, "
        f"{p_words(found.p, floor)}){size}; "
        f"{share(found.share_below)} of prompts lie below their own chance value (50 % would be no difference)."
    )


def _compared(record: Hyperbolicity) -> str:
    n = record.deltas.compared.size
    return "Measured minus chance" if n == record.n_prompts else f"Measured minus chance, over {n:,} prompts drawn by the seed"


def counts_sentence(record: Hyperbolicity) -> str:
    """What was measured, from which base, and what was left out."""
    n = record.deltas.n_points
    points = f"{int(n.min())} to {int(n.max())} distinct tokens each" if n.size > 1 else f"{int(n[0])} distinct tokens"
    parts = [f"{record.n_prompts:,} {'prompts' if record.n_prompts > 1 else 'prompt'} of {record.corpus}, {points}, d = {record.dimension}"]
    if record.n_too_short:
        parts.append(f"{record.n_too_short:,} with fewer than {FEWEST_POINTS} distinct tokens not measured")
    if record.n_too_long:
        parts.append(f"{record.n_too_long:,} with more than {MOST_POINTS:,} not measured")
    if record.n_skipped:
        parts.append(f"{record.n_skipped:,} rows without text left out")
    return "; ".join(parts) + "."


def definition_words(record: Hyperbolicity) -> str:
    """The definition, the base point, the distances, the null and the verdict's rule."""
    n_sets = record.deltas.null_delta_rel.shape[0] or N_REPEATS
    base = (
        f"δ is taken at one base point b, {record.base}: it lies between half of the four-point δ and all of it"
        if record.definition == ONE_BASE
        else "δ is the four-point δ, the largest over all base points"
    )
    return (
        f"{base}; {METRIC_WORDS[record.metric]}, between the {record.table} embedding rows of a prompt's tokens, in double "
        "precision; tokens that occur twice change nothing. Chance is measured on the same prompts with every token's row replaced by "
        f"independent Gaussian numbers, {n_sets} times: the same n, the same d, the same shared tokens. The mean over prompts is called "
        "lower or higher than chance when it lies outside the middle 95 % of those means."
    )


def vocabulary_finding(record: VocabularyDelta) -> str:
    """The certified value and its verdict beside the first null; the interval while it has not closed."""
    if not record.exact:
        where = _either("is", "lies", *_ends(record), ".4f")
        return f"δ_rel of {record.n_points:,} tokens {where}: the search has not closed its interval"
    value = f"δ_rel of {record.n_points:,} tokens is {record.delta_rel:.4f}"
    part = _part_words(len(record.nulls), len(record.asked))
    if not record.nulls:
        return f"{value}, not compared with chance yet{part}" if record.asked else value
    first = record.nulls[0]
    n = decimals_apart(record.delta_rel, [(first.mean, first.comparison.verdict)])
    return f"{value}, {verdict_against(first)} ({first.mean:.{n}f}){part}"


def course_finding(record: VocabularyDelta) -> str:
    """How far the certified interval has closed, and in which time."""
    seconds = float(record.course_seconds[-1]) if record.course_seconds.size else 0.0
    if record.exact:
        return f"The interval that contains δ closed after {seconds:.1f} s"
    return f"After {seconds:.1f} s δ_rel is certain to {_either('be', 'lie', *_ends(record), '.4f')}"


def _ends(record: VocabularyDelta) -> tuple[float, float]:
    """The interval that contains δ_rel."""
    return record.delta_rel, 2.0 * record.upper / record.diameter


def _either(same: str, apart: str, low: float, high: float, digits: str) -> str:
    """``is 0.3824, to within 2e-06`` where both ends print alike, else ``lies between 0.38 and 0.41 (width 0.03)``."""
    if f"{low:{digits}}" != f"{high:{digits}}":
        return f"{apart} between {low:{digits}} and {high:{digits}} (width {high - low:.2g})"
    return f"{same} {low:{digits}}" + (f", to within {high - low:.1g}" if high > low else "")


def vocabulary_sentences(record: VocabularyDelta, shown: tuple[str, ...]) -> list[str]:
    """The interval and who attains it, the spread over base points, the mean, and every null; `shown` are the four tokens."""
    where, average = _either("is", "lies", record.lower, record.upper, ".6g"), record.average
    if not record.exact:
        return [
            f"δ {where}, diameter {record.diameter:.4g}; the search was stopped before every quadruple was accounted for, so δ may be any "
            "value in this interval."
        ]
    a, b, c, d = shown
    why = " by rounding and ties" if record.upper > record.lower else ""
    lines = [
        f"δ {where}{why}, diameter {record.diameter:.4g}; every quadruple of the {record.n_points:,} tokens is accounted for, by "
        f"{record.how}.",
        f"Four tokens attain it: {a}–{b} and {c}–{d} are the pairs of the largest sum.",
    ]
    if average is None:
        return [*lines, "Not measured yet: δ at each base point, the mean δ over quadruples, and the nulls."]
    lines += [
        f"At one base point δ_rel is {2 * record.base_deltas.min() / record.diameter:.3f} to "
        f"{2 * record.base_deltas.max() / record.diameter:.3f}, depending on the base; the mean δ over quadruples is {average.value:.4g} "
        f"({share(average.level)} interval {average.low:.4g} to {average.high:.4g}).",
    ]
    n = decimals_apart(record.delta_rel, [(null.mean, null.comparison.verdict) for null in record.nulls])
    verdicts = "; ".join(f"{verdict_against(null)} ({null.mean:.{n}f} ± {null.delta_rel.std():.{n}f})" for null in record.nulls)
    to_come = _to_come(record.asked[len(record.nulls) :], len(record.begun))
    if record.n_without_token:
        lines.append(f"{record.n_without_token:,} spare rows of the table belong to no token and are never drawn.")
    if record.n_untrained:
        lines.append(left_out_words(record.n_untrained))
    lines += [f"It is {verdicts}."] if record.nulls else []
    return [*lines, f"Not measured yet: {to_come}."] if to_come else lines


def p_words(p: float, floor: float) -> str:
    """``p = 0.62``; at the `floor` that the number of simulated sets allows, ``p ≤ 0.05, the least that 39 simulated sets can show``."""
    if p > floor + 1e-12:
        return f"p = {p:.2g}"
    return f"p ≤ {p:.2g}, the least that {round(2 / floor) - 1} simulated sets can show"
