"""What a `FrequencyNorm` record says, in sentences for titles, captions and the command line; nothing is computed twice.

"as in the paper" is said where both of its tests agree: norms fall with frequency, in no range of it the other way, and its four token
groups stand in its order. Everything that speaks against a sentence stands in the sentence.
"""

from __future__ import annotations

from itertools import pairwise

from hypviz.frequency.paper import PAPER_GAMMA, PAPER_GROUPS, PROVENANCE_GAMMA, PROVENANCE_GROUPS, TOKEN_GROUPS
from hypviz.frequency.shape import direction
from hypviz.records.frequency import STAGES, FrequencyNorm, FrequencyRange, GroupSummary, NormTurn
from hypviz.records.statistics import Interval
from hypviz.words.numbers import part, share, signed

WEAK = 0.2  # rank correlations below this are called weak
WIDE = 0.75  # coverage below this stands in the title
SMALL_TAIL = 50  # below about this many observations an exponent cannot be trusted (Clauset, Shalizi and Newman 2009)


def norm_finding(record: FrequencyNorm) -> str:
    """How norms go with frequency, whether the paper's two tests agree, and how many tokens were counted if few were."""
    if "correlation" not in record.measured:
        return "How norms go with frequency is not measured yet"
    parts = [_order(record)]
    if record.correlation is not None and not _as_in_the_paper(record):
        parts.append(groups_clause(record))
    if record.coverage < WIDE:
        parts.append(coverage_clause(record))
    return "; ".join(parts)


def _order(record: FrequencyNorm) -> str:
    found = record.correlation
    if found is None:
        return f"Frequency and norm cannot be compared: {(record.correlation_missing or 'nothing was counted').rstrip('.')}"
    if record.turn is not None:
        return _turned(record.turn, found.value)
    numbers = f"Spearman {_with_ends(found)}"
    overall, against = direction(found), _against(record)
    if overall == 0:
        return _no_order(found.excludes(0.0), numbers, against)
    size = "smaller" if overall < 0 else "larger"
    if against:
        return f"Frequent tokens have {size} norms over all ({numbers}), but {_listed(against)}"
    how = "slightly " if abs(found.value) < WEAK else ""
    opinion = ""
    if overall > 0:
        opinion = ", the opposite of the paper"
    elif _as_in_the_paper(record):
        opinion = ", as in the paper, and its four token groups keep its order"
    return f"Frequent tokens have {how}{size} norms here{opinion}: {numbers}"


def _turned(turn: NormTurn, over_all: float) -> str:
    first, then = ("fall", "rise") if turn.below.value < 0 else ("rise", "fall")
    return (
        f"Norms {first} with frequency up to about {turn.at:,} occurrences ({signed(turn.below.value, 2)}), then {then} "
        f"({signed(turn.above.value, 2)} among the tokens that make {part(turn.share_above)} of the text); {signed(over_all, 2)} over all"
    )


def _no_order(told: bool, numbers: str, against: list[FrequencyRange]) -> str:
    start = "Norms hardly go with frequency here" if told else "No order between frequency and norm can be told here"
    return f"{start}: {numbers}" + (f"; but {_listed(against)}" if against else "")


def _against(record: FrequencyNorm) -> list[FrequencyRange]:
    """The ranges whose order is not that of the whole."""
    overall = direction(record.correlation)
    return [r for r in record.ranges if len(record.ranges) > 1 and direction(r.correlation) not in (0, overall)]


def _listed(ranges: list[FrequencyRange]) -> str:
    """``norms fall among those seen 10 to 99 times (−0.30, 20 % of the text)``."""
    said: list[str] = []
    for r in ranges:
        assert r.correlation is not None
        way = "fall" if r.correlation.value < 0 else "rise"
        said.append(f"{way} among those seen {range_words(r)} ({signed(r.correlation.value, 2)}, {part(r.share)} of the text)")
    return "norms " + " and ".join(said)


def range_words(r: FrequencyRange) -> str:
    """``10 to 99 times``, ``once``, ``100 times or more``."""
    if r.high is None:
        return f"{r.low:,} times or more" if r.low > 1 else "at all"
    return f"{r.low:,} to {r.high:,} times"


def ranges_sentence(record: FrequencyNorm) -> str:
    """The coefficient by range of frequency, with its interval, the tokens and their share of the text."""
    if "ranges" not in record.measured:
        return "The correlation by range of frequency is not measured yet."
    said: list[str] = []
    for r in record.ranges:
        found = r.correlation
        value = _with_ends(found) if found else f"no correlation, {r.missing}"
        said.append(f"{range_words(r)}: {value} ({r.n:,} tokens, {part(r.share)} of the text)")
    turn = record.turn
    if turn is not None:
        said.append(
            f"up to {turn.at:,} times {_with_ends(turn.below)}, beyond {_with_ends(turn.above)}, both at {part(turn.above.level)}, the "
            f"clearest of {turn.n_tried} places tried"
        )
    return f"Spearman's correlation of frequency and norm among tokens seen {'; '.join(said)}." if said else "No token was counted."


def coverage_clause(record: FrequencyNorm) -> str:
    """How many of the tokens were counted at all, to end a title."""
    return f"{record.n_distinct:,} of {record.n_countable:,} tokens were counted ({part(record.coverage)})"


def distribution_finding(record: FrequencyNorm) -> str:
    """The exponent, which tokens it describes, and how a lognormal compares; the better of the two is named first."""
    fit = record.fit
    if "fit" not in record.measured:
        return "The power law is not fitted yet"
    if fit is None:
        return f"No power law was fitted: {(record.fit_missing or 'nothing was counted').rstrip('.')}"
    whom = f"{fit.n_tail:,} of the {fit.n:,} counted tokens"
    law = f"power law of exponent −{fit.gamma:.2f} (±{fit.sigma:.2f})"
    few = f"; {fit.n_tail:,} tokens are too few to trust it" if fit.n_tail < SMALL_TAIL else ""
    if fit.lognormal is not None and fit.lognormal.preferred == "lognormal":
        numbers = f"(R = {signed(fit.lognormal.ratio, 2)}, p {p_value(fit.lognormal.p)})"
        return f"From {fit.xmin:,} occurrences on, {whom}, a lognormal describes the counts better than the {law} {numbers}{few}"
    return f"From {fit.xmin:,} occurrences on, {whom}, the distribution falls like a {law}; {lognormal_words(record)}{few}"


def lognormal_words(record: FrequencyNorm) -> str:
    """Which of the two tails the data favour, with R and p."""
    lognormal = record.fit.lognormal if record.fit else None
    if lognormal is None:
        return "the lognormal was not compared"
    numbers = f"(R = {signed(lognormal.ratio, 2)}, p {p_value(lognormal.p)})"
    if lognormal.preferred == "neither":
        return f"a lognormal cannot be told from it {numbers}"
    if lognormal.preferred == "lognormal":
        return f"a lognormal describes it better {numbers}"
    return f"a lognormal describes it worse {numbers}"


def groups_order(record: FrequencyNorm) -> str | None:
    """``paper`` where the mean norms grow from group to group, ``reverse`` where they fall, ``other``; None if no form has all four.

    Bare words and words after a space must agree where both have all four groups.
    """
    orders = {order for form in (True, False) if (order := _order_of(_means(record, form))) is not None}
    if not orders:
        return None
    return orders.pop() if len(orders) == 1 else "other"


def groups_clause(record: FrequencyNorm) -> str:
    """The paper's second test beside the first, without a verdict on the first."""
    return {
        "paper": "the paper's four token groups keep its order",
        "reverse": "the paper's four token groups stand in the reverse of its order",
        "other": "the paper's four token groups do not keep its order",
        None: "the paper's token groups cannot be compared here",
    }[groups_order(record)]


def groups_finding(record: FrequencyNorm) -> str:
    """Whether the four groups keep the paper's order, and how the mean norm changes from group 1 to group 4, in each form."""
    changes = [groups[3].norm[0] / groups[0].norm[0] - 1 for groups in PAPER_GROUPS.values()]
    paper = f"in the paper's models {100 * min(changes):.0f} to {share(max(changes))} larger"
    forms = [form for form in (True, False) if growth(record, form) is not None]
    if not forms:
        return f"Groups 1 and 4 cannot be compared here, their words are no single tokens; group 4 is {paper}"
    said = " and ".join(f"{_change(growth(record, form))} {'after a space' if form else 'bare'}" for form in forms)
    order = groups_clause(record) if groups_order(record) else "not every group has single tokens"
    return f"{order[0].upper()}{order[1:]}: group 4's mean norm is {said}, beside group 1's; {paper}{_caution(record)}"


def _caution(record: FrequencyNorm) -> str:
    """What of the 28 words the figure lacks or knows no frequency of, in the form that a running text has."""
    spaced = [f for f in record.forms if f.leading_space]
    split, unseen = sum(f.token_id is None for f in spaced), sum(f.count == 0 for f in spaced)
    parts = [f"{split} of its {len(spaced)} words are several tokens after a space"] if split else []
    parts += [f"{unseen} were never counted"] if unseen else []
    return f" ({', '.join(parts)})" if parts else ""


def _change(change: float | None) -> str:
    assert change is not None
    if abs(change) < 0.005:
        return "the same"
    return f"{share(abs(change))} {'larger' if change > 0 else 'smaller'}"


def growth(record: FrequencyNorm, leading_space: bool) -> float | None:
    """Mean norm of group 4 over that of group 1, less 1; None if either has no single-token word of that form."""
    first, last = summary(record, 1, leading_space), summary(record, 4, leading_space)
    if first.norm is None or last.norm is None or first.norm[0] <= 0:
        return None
    return last.norm[0] / first.norm[0] - 1


def summary(record: FrequencyNorm, group: int, leading_space: bool) -> GroupSummary:
    """The summary of one group in one form."""
    return next(g for g in record.groups if (g.group, g.leading_space) == (group, leading_space))


def counts_sentence(record: FrequencyNorm) -> str:
    """What was counted and how, how much of the vocabulary that covers, and what was left out."""
    counted = f"{record.n_tokens:,} tokens in {record.n_texts:,} texts of {record.corpus}"
    parts = [f"{counted}: {coverage_clause(record)}"]
    if record.n_special:
        parts.append(f"{record.n_special:,} special tokens left out")
    if record.n_untrained:
        found = f", of which {record.n_untrained_counted:,} occur there" if record.n_untrained_counted else ""
        parts.append(f"{record.n_untrained:,} others whose rows were never trained left out{found}")
    if record.n_skipped:
        parts.append(f"{record.n_skipped:,} rows without text left out")
    if record.n_unplaced:
        parts.append(f"{record.n_unplaced:,} words cut into tokens alone, not as in a text")
    if record.n_without_row:
        parts.append(f"{record.n_without_row:,} words left out that have a token without an embedding row")
    source = f" {record.source[0].upper()}{record.source[1:]}." if record.source else ""
    return "; ".join(parts) + "." + source


def missing_sentence(record: FrequencyNorm) -> str:
    """What a stop left out; empty where nothing is missing."""
    names = {
        "fit": "the power law",
        "correlation": "the correlation",
        "ranges": "the correlation by range of frequency",
        "turn": "where it turns",
    }
    missing = [names[stage] for stage in STAGES if stage not in record.measured]
    return f"The measurement was stopped before {' and '.join(missing)} was known." if missing else ""


def split_sentence(record: FrequencyNorm) -> str:
    """The words that are no single token after a space, with their pieces, and those that were never counted."""
    split = [f for f in record.forms if f.leading_space and f.token_id is None]
    bare = [f for f in record.forms if not f.leading_space and f.token_id is None]
    unseen = [f for f in record.forms if f.leading_space and f.count == 0]
    counted = f" Never counted after a space: {', '.join(f.word for f in unseen)}." if unseen else ""
    if not split and not bare:
        return f"Every word of the four groups is a single token, bare and after a space.{counted}"
    named = ", ".join(f"{f.word} ({' · '.join(f.pieces)})" for f in split) or "none"
    return f"Split into several tokens after a space: {named}. Bare: {', '.join(f.word for f in bare) or 'none'}.{counted}"


def gamma_of_the_paper() -> str:
    """The paper's range of exponents."""
    return f"{min(PAPER_GAMMA.values()):.2f} to {max(PAPER_GAMMA.values()):.2f}"


def exponents_note() -> str:
    """What the paper says of exponents, and what a power law proves."""
    return (
        f"The paper reports exponents of {gamma_of_the_paper()} ({PROVENANCE_GAMMA}). A power law is no proof of a hierarchy: "
        "R compares its likelihood with that of a lognormal on the same tail, and only p below 0.1 decides between them."
    )


def groups_note(record: FrequencyNorm) -> str:
    """What the chart of groups shows, which words they hold, and where the paper's numbers come from."""
    words = "; ".join(f"{i}: {' '.join(group)}" for i, group in enumerate(TOKEN_GROUPS, start=1))
    return (
        f"Means over the words that are a single token, with the smallest and largest as bars. {split_sentence(record)}\n"
        f"Groups: {words}. The paper's numbers: {PROVENANCE_GROUPS}, counted in its own questions."
    )


def p_value(p: float) -> str:
    """``= 0.032`` with two significant digits; below .001 only that."""
    return "< 0.001" if p < 0.001 else f"= {p:.2g}"


def _with_ends(found: Interval) -> str:
    """``−0.30 [−0.41, −0.18]``."""
    return f"{signed(found.value, 2)} [{signed(found.low, 2)}, {signed(found.high, 2)}]"


def _as_in_the_paper(record: FrequencyNorm) -> bool:
    """Both of the paper's tests: norms fall with frequency, throughout, and its token groups stand in its order."""
    falls = direction(record.correlation) < 0 and record.turn is None and not _against(record)
    return falls and groups_order(record) == "paper"


def _means(record: FrequencyNorm, leading_space: bool) -> list[float] | None:
    norms = [summary(record, group, leading_space).norm for group in (1, 2, 3, 4)]
    return None if any(norm is None for norm in norms) else [norm[0] for norm in norms if norm is not None]


def _order_of(means: list[float] | None) -> str | None:
    if means is None:
        return None
    steps = [later - earlier for earlier, later in pairwise(means)]
    return "paper" if min(steps) > 0 else "reverse" if max(steps) < 0 else "other"
