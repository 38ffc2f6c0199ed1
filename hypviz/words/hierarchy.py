"""What a `HierarchyTest` record says, in sentences for titles, captions and the command line; nothing is computed twice."""

from __future__ import annotations

from hypviz.records.hierarchy import DepthTest, HierarchyTest
from hypviz.words.numbers import signed

LEVEL = 0.05  # a two-sided p above this is called no evidence
PAPER_SAYS = (
    "The paper reads small norms as high places in a hierarchy, because general words are frequent and frequent words have small norms. "
    "If depth itself mattered, deeper words would have larger norms even among equally frequent ones: a correlation above 0."
)


def hierarchy_finding(record: HierarchyTest) -> str:
    """Whether depth predicts the norm among the counted words once frequency and length are held fixed, with what was never counted."""
    found = record.partial
    whom = "" if not record.n_uncounted else f" among the {record.n_counted:,} counted words"
    rest = "" if not record.n_uncounted else f"; {record.n_uncounted:,} of {record.n_words:,} words were never counted"
    if found is None:
        return f"Depth and norm cannot be compared at equal frequency here: {_why_not(record)}{rest}"
    numbers = f"partial rank correlation {_numbers(found)}"
    if found.p > LEVEL:
        return f"Depth does not detectably predict the norm{whom} once log frequency and token length are held fixed: {numbers}{rest}"
    which = "larger" if found.value > 0 else "smaller"
    return f"Deeper words have {which} norms{whom or ' here'}, log frequency and token length held fixed: {numbers}{rest}"


def _why_not(record: HierarchyTest) -> str:
    if record.counted_marginal is None:
        return f"the {record.n_counted:,} words that occur in {record.corpus} are too few, or too alike, for a test"
    return "log frequency and token length leave no order of one of them"


def correlations_sentence(record: HierarchyTest) -> str:
    """The correlation with each set of variables held fixed: over the counted words first, then over all and over the others."""
    said: list[str] = []
    if record.counted_marginal is not None:
        rows = (("nothing", record.counted_marginal), ("log frequency", record.frequency_fixed), ("both", record.partial))
        listed = "; ".join(f"{held} {_numbers(found)}" for held, found in rows)
        said.append(f"over the {record.n_counted:,} words that occur in {record.corpus}, {listed}")
    whole = f"nothing {_numbers(record.marginal)}; token length {_numbers(record.length_fixed)}"
    unknown = ", of which frequency cannot be held fixed" if record.n_uncounted else ""
    said.append(f"over all {record.n_words:,} words{unknown}, {whole}")
    return f"Rank correlation of depth and norm, by what is held fixed: {'. '.join(_opening(said))}. {_uncounted(record)}"


def _opening(said: list[str]) -> list[str]:
    """The first as it is, the others with a capital letter."""
    return [text if i == 0 else text[0].upper() + text[1:] for i, text in enumerate(said)]


def chance_sentence(record: HierarchyTest) -> str:
    """How large a correlation these words can tell from none."""
    found = record.partial
    if found is None:
        return "No permutation was made."
    return (
        f"95 % of {found.n_permutations:,} permutations of these {found.n:,} words lie within ±{found.chance:.2f}, "
        "so a dependence weaker than that would most likely go unseen."
    )


def counts_sentence(record: HierarchyTest) -> str:
    """Which words were compared, how many in each depth, and what was left out or does not occur."""
    depths = ", ".join(f"{n:,} at depth {depth}" for depth, n in zip(record.depth_value, record.n_at_depth, strict=True))
    parts = [f"{record.taxonomy} ({record.n_edges:,} edges), {record.n_words:,} words: {depths}"]
    if record.n_not_single:
        parts.append(f"{record.n_not_single:,} words left out that are no single token of this vocabulary")
    if record.n_uncounted:
        parts.append(f"{record.n_uncounted:,} of the {record.n_words:,} do not occur in {record.corpus}")
    if record.n_several_parents:
        parts.append(f"{record.n_several_parents:,} words with several parents stand at their shortest depth")
    if record.n_skipped:
        parts.append(f"{record.n_skipped:,} rows of the corpus without text left out")
    source = f" Frequencies from the {record.source}." if record.source else ""
    return "; ".join(parts) + "." + source


def definition_words(record: HierarchyTest) -> str:
    """Depth, norm, what is held fixed and how, the permutations, and what they take for granted."""
    n = "" if record.partial is None else f", {record.partial.n_permutations:,} times, so that p is at least {_least(record.partial):.2g}"
    return (
        "Depth is the number of edges from the nearest root. A word is taken as its most frequent single token, bare or after a "
        f"space, with a small or a capital first letter; the norm is the L2 norm of its row of {record.tensor_name} as stored. "
        f"Frequency is log(occurrences in {record.corpus}), known for the words that occur there and held fixed over those alone; length "
        "is the word's characters. All are ranked, frequency and length are taken out of the ranks of depth and norm by least squares, "
        "and what is left is correlated. For p, what is left of depth is permuted and the held ranks are taken out again (Freedman and "
        f"Lane 1983){n}. Words are taken as exchangeable; forms of "
        "one noun and words of one family are alike, which can make p smaller than it should be."
    )


def _uncounted(record: HierarchyTest) -> str:
    """What the words say whose frequency nobody knows, and whether it is something else."""
    if not record.n_uncounted:
        return "All of the words occur in the corpus."
    unknown = f"The {record.n_uncounted:,} words that do not occur in {record.corpus}, whose frequency is not known"
    if record.uncounted is None:
        return f"{unknown}, are too few, or too alike, for a test of their own."
    said = f"{unknown}, give {_numbers(record.uncounted)} with the token length held fixed"
    if record.partial is None or _direction(record.uncounted) == _direction(record.partial):
        return f"{said}."
    return f"{said}, which is another answer than that of the counted words: trust those, or choose a larger text."


def _direction(found: DepthTest | None) -> int:
    """-1 or +1 for an effect at `LEVEL`, 0 for none."""
    if found is None or found.p > LEVEL:
        return 0
    return 1 if found.value > 0 else -1


def _numbers(found: DepthTest | None) -> str:
    """``+0.079, p = 0.22``; ``p ≤`` where no permutation reached the value."""
    if found is None:
        return "without an order to compare"
    sign = "=" if found.p > _least(found) + 1e-12 else "≤"
    return f"{signed(found.value, 3)}, p {sign} {found.p:.2g}"


def _least(found: DepthTest) -> float:
    return 1 / (1 + found.n_permutations)
