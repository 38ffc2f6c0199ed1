"""What a `FrequencyNorm` record says, in sentences for titles, captions and the command line; nothing is computed twice."""

from __future__ import annotations

from hypviz.frequency.paper import PAPER_GAMMA, PAPER_GROUPS
from hypviz.records.frequency import FrequencyNorm, GroupSummary

WEAK = 0.2  # rank correlations below this are called weak


def norm_finding(record: FrequencyNorm) -> str:
    """Whether frequent tokens have shorter rows here, with the correlation, also when the paper says otherwise."""
    found = record.correlation
    if found is None:
        return f"Frequency and norm cannot be compared: {record.correlation_missing}"
    numbers = f"Spearman {signed(found.value)} [{signed(found.low)}, {signed(found.high)}]"
    if not found.excludes(0.0):
        return f"No order between frequency and norm can be told here: {numbers}"
    how = "slightly " if abs(found.value) < WEAK else ""
    if found.value < 0:
        return f"Frequent tokens have {how}smaller norms here, as in the paper: {numbers}"
    return f"Frequent tokens have {how}larger norms here, the opposite of the paper: {numbers}"


def distribution_finding(record: FrequencyNorm) -> str:
    """The exponent, where the tail starts, and how a lognormal compares."""
    fit = record.fit
    if fit is None:
        return f"No power law was fitted: {record.fit_missing}"
    start = f"From {fit.xmin:,} occurrences on the distribution falls like f^−{fit.gamma:.2f} (±{fit.sigma:.2f})"
    return f"{start}; {lognormal_words(record)}"


def lognormal_words(record: FrequencyNorm) -> str:
    """Which of the two tails the data favour, with R and p."""
    lognormal = record.fit.lognormal if record.fit else None
    if lognormal is None:
        return "the lognormal was not compared"
    numbers = f"(R = {signed(lognormal.ratio)}, p = {p_value(lognormal.p)})"
    if lognormal.preferred == "neither":
        return f"a lognormal describes it as well {numbers}"
    if lognormal.preferred == "lognormal":
        return f"a lognormal describes it better {numbers}"
    return f"a lognormal describes it worse {numbers}"


def groups_finding(record: FrequencyNorm) -> str:
    """How the mean norm changes from group 1 to group 4, beside the paper's models."""
    changes = [groups[3].norm[0] / groups[0].norm[0] - 1 for groups in PAPER_GROUPS.values()]
    paper = f"in the paper's models it is {100 * min(changes):.0f} to {100 * max(changes):.0f} % larger"
    form = next((s for s in (True, False) if growth(record, s) is not None), None)
    if form is None:
        return f"Groups 1 and 4 cannot be compared here, their words are no single tokens; {paper}"
    change = growth(record, form)
    assert change is not None
    where = "after a space" if form else "bare"
    if abs(change) < 0.005:
        return f"Group 4 has the same mean norm as group 1 here ({where}); {paper}"
    size = f"{abs(100 * change):.0f} % {'larger' if change > 0 else 'smaller'}"
    return f"The mean norm of group 4 is {size} than that of group 1 here ({where}); {paper}"


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
    """What was counted, and what was left out."""
    counted = f"{record.n_tokens:,} tokens in {record.n_texts:,} texts of {record.corpus}"
    parts = [f"{counted}, {record.n_distinct:,} different ones of {record.vocab_size:,}"]
    if record.n_special:
        parts.append(f"{record.n_special:,} special tokens left out")
    if record.n_skipped:
        parts.append(f"{record.n_skipped:,} rows without text left out")
    return "; ".join(parts) + "."


def split_sentence(record: FrequencyNorm) -> str:
    """The words that are no single token after a space, with their pieces."""
    split = [f for f in record.forms if f.leading_space and f.token_id is None]
    bare = [f for f in record.forms if not f.leading_space and f.token_id is None]
    if not split and not bare:
        return "Every word of the four groups is a single token, bare and after a space."
    named = ", ".join(f"{f.word} ({' · '.join(f.pieces)})" for f in split) or "none"
    return f"Split into several tokens after a space: {named}. Bare: {', '.join(f.word for f in bare) or 'none'}."


def gamma_of_the_paper() -> str:
    """The paper's range of exponents."""
    return f"{min(PAPER_GAMMA.values()):.2f} to {max(PAPER_GAMMA.values()):.2f}"


def signed(value: float) -> str:
    """Two decimals with a real minus sign; three where two would hide the sign of a small number."""
    text = f"{value:+.2f}" if abs(value) >= 0.005 or value == 0 else f"{value:+.3f}"
    return text.replace("-", "−")


def p_value(p: float) -> str:
    """Two significant digits; below .001 only that."""
    return "< 0.001" if p < 0.001 else f"{p:.2g}"
