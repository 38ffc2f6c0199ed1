"""What of an evaluation hangs on the rule, the token limit, a constant answer or padding, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypviz.records.answers import ColumnScore, Evaluation
from hypviz.records.numbers import show_number
from hypviz.words.numbers import share
from hypviz.words.verdict import pair_sentence, title

PAPER_RULE = "the last number, as the paper counts"


def on_the_rule(found: Evaluation) -> str:
    """In how many answers the two rules differ, what each column reaches by careful reading, and where a verdict turns."""
    read = sum(score.n_read_differently for score in found.columns)
    total = found.n * len(found.columns)
    if not read:
        return f"Both rules, {PAPER_RULE}, and careful reading, find the same number in each of the {total:,} answers."
    judged = sum(score.n_judged_differently for score in found.columns)
    hangs = {0: "on none of them does right or wrong hang", 1: "on one of them right or wrong hangs"}.get(
        judged, f"on {judged:,} of them right or wrong hangs"
    )
    careful = ", ".join(f"{title(s.name)} {s.careful_correct:,} ({share(s.careful_accuracy.value, 1)})" for s in found.columns)
    words = f"The rules find different numbers in {read:,} of {total:,} answers; {hangs} on the rule."
    words += f" Right by careful reading: {careful}." if judged else ""
    turned = [
        f"{title(a.a)} and {title(a.b)}: {pair_sentence(b)}"
        for a, b in zip(found.pairs, found.careful_pairs, strict=True)
        if a.verdict != b.verdict
    ]
    if turned:
        return f"{words} By careful reading the verdict is another. {' '.join(turned)}"
    return words + (" No verdict changes." if judged and found.pairs else "")


def on_the_limit(found: Evaluation) -> str | None:
    """Which answers are unfinished, how they count, the accuracy without them, and where a verdict turns; None without any."""
    cut = [score for score in found.columns if score.n_cut]
    if not cut:
        return None
    limit = f"{found.decoding.max_new_tokens:,} tokens"
    unfinished = [score for score in cut if score.unfinished]
    right = sum(score.n_cut - score.unfinished for score in cut)
    parts: list[str] = []
    if unfinished:
        counts = ", ".join(f"{title(s.name)} {s.unfinished:,}" for s in unfinished)
        parts.append(f"Unfinished, cut at {limit} before a right number: {counts}.")
        parts.append("They count as not right, as in the paper's protocol; of the finished answers right:")
        parts[-1] += f" {', '.join(_of_finished(s) for s in unfinished)}."
    if right:
        parts.append(f"{right:,} {'answer was' if right == 1 else 'answers were'} cut at {limit} after a right number, which counts.")
    turned = [
        f"{title(a.a)} and {title(a.b)}: {pair_sentence(b)}"
        for a, b in zip(found.pairs, found.finished_pairs, strict=True)
        if b is not None and a.verdict != b.verdict
    ]
    if turned:
        parts.append(f"Without the problems on which either is unfinished the verdict is another. {' '.join(turned)}")
    elif any(pair is not None for pair in found.finished_pairs):
        parts.append("Without the problems on which either is unfinished no verdict changes.")
    if unfinished:
        parts.append("A longer answer may finish them.")
    return " ".join(parts)


def on_the_constant(found: Evaluation) -> str | None:
    """Which columns give one number to nearly every problem, and which others reach no more than the best such answer; None without any."""
    n = f"{found.n:,}"
    always = f"always answering {show_number(found.majority.answer)} ({found.majority.correct:,} of {n} right)"
    parts = [
        f"{title(s.name)} answers {show_number(s.usual)} to {'every problem' if s.n_usual == s.n else f'{s.n_usual:,} of {n} problems'}."
        for s in found.columns
        if s.answers_constant
    ]
    low = [title(s.name) for s in found.columns if not s.answers_constant and not s.beats_constant]
    if low:
        parts.append(f"Not shown to be better than {always}: {', '.join(low)}.")
    return " ".join(parts) or None


def answered_one_by_one(found: Evaluation, titles: Mapping[str, str]) -> str | None:
    """The sentence on columns whose prompts were not put into batches, or None."""
    names = [titles.get(score.name, score.name) for score in found.columns if score.one_by_one]
    if not names:
        return None
    return (
        f"{', '.join(names)}: padding a prompt to the length of a longer one changes the answer to it (the architecture does not hide "
        "padding), so every prompt was answered alone."
    )


def same_twice(scores: Sequence[ColumnScore]) -> str | None:
    """Columns with the very same adapter, which answer alike and count as a pair of the tests all the same; None without any."""
    groups: dict[str, list[str]] = {}
    for score in scores:
        groups.setdefault(score.weights.fingerprint, []).append(score.name)
    several = [" and ".join(group) for group in groups.values() if len(group) > 1]
    if not several:
        return None
    return f"The same adapter stands in several columns ({'; '.join(several)}), so between these nothing can differ; leave all but one out."


def _of_finished(score: ColumnScore) -> str:
    """Right answers among those that ended by themselves; a right one that was cut is neither."""
    finished, right = score.n - score.n_cut, score.correct - (score.n_cut - score.unfinished)
    if not finished:
        return f"{title(score.name)} finished none"
    return f"{title(score.name)} {right:,} of {finished:,} ({share(right / finished, 1)})"
