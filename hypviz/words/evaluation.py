"""What of an evaluation hangs on the rule, the token limit, a constant answer or padding, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypviz.marking import RULES, Step
from hypviz.records.answers import RIGHT
from hypviz.records.evaluations import ColumnScore, Evaluation, Outcome
from hypviz.records.problems import show_answer
from hypviz.words.numbers import share
from hypviz.words.verdict import pair_sentence, title


def rule_label(name: str) -> str:
    """A marking rule in a sentence: ``careful``, ``the paper's``."""
    label = RULES[name].label
    return f"{label[0].lower()}{label[1:]}"


def marked_by(found: Evaluation) -> str:
    """What is read in an answer, and when it is right."""
    return f"An answer is {RULES[found.rule].sentence}"


def on_the_rule(found: Evaluation) -> str:
    """How many answers the rules read differently, on how many problems right or wrong hangs on them, and where a verdict turns."""
    read = sum(score.n_read_differently for score in found.columns)
    total, names = found.n * len(found.columns), ", ".join(rule_label(name) for name in found.rules)
    if not found.n_hanging:
        same = f"read the same in each of the {total:,} answers" if not read else f"read {read:,} of the {total:,} answers differently"
        return f"All rules ({names}) {same}, and none turns right into wrong."
    rows = f"{found.n_hanging:,} of {found.n:,} problems"
    words = (
        f"On {rows} right or wrong hangs on the marking rule. Right by each: {'; '.join(_by_rule(found, rule) for rule in found.rules)}."
    )
    turned = [
        f"By the rule “{rule_label(rule)}” {title(a.a)} and {title(a.b)}: {pair_sentence(b)}"
        for rule, pairs in found.other_pairs.items()
        for a, b in zip(found.pairs, pairs, strict=True)
        if a.verdict != b.verdict
    ]
    if turned:
        return f"{words} By another rule a verdict is another. {' '.join(turned)}"
    return words + (" No verdict changes." if found.pairs else "")


def by_other_rules(row: Outcome, k: int) -> str | None:
    """What the other rules make of column k's answer where they judge it differently; None where none does."""
    if not row.hangs(k):
        return None
    others = ((rule, marks[k]) for rule, marks in row.marks.items() if not marks[k].is_formal)
    marks = {rule: mark for rule, mark in others if (mark.state == RIGHT) != row.right[k]}
    read = "; ".join(f"{rule_label(rule)} reads {show_answer(mark.value)}, {mark.state}" for rule, mark in marks.items())
    return f"By another rule: {read}."


def about_steps(steps: Sequence[Step]) -> str | None:
    """How many equations of a worked answer are true, and the first that is not; None without any."""
    if not steps:
        return None
    wrong = [step for step in steps if not step.is_right]
    if not wrong:
        return f"{'Its one step is' if len(steps) == 1 else f'All {len(steps)} steps are'} true."
    gives = f"gives {show_answer(wrong[0].written)} for {show_answer(wrong[0].value)}"
    if len(steps) == 1:
        return f"Its one step is not true: it {gives}."
    if len(wrong) == len(steps):
        return f"None of its {len(steps)} steps is true: the first {gives}."
    one = len(wrong) == 1
    return f"{len(wrong)} of {len(steps)} steps {'is' if one else 'are'} not true: {'it' if one else 'the first'} {gives}."


def _by_rule(found: Evaluation, rule: str) -> str:
    counts = ", ".join(
        f"{title(score.name)} {score.by_rule[rule]:,} ({share(score.by_rule[rule] / found.n, 1)})" for score in found.columns
    )
    return f"{rule_label(rule)} {counts}"


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
        parts.append(f"Unfinished, cut at {limit} before a right answer: {counts}.")
        parts.append("They count as not right, as in the paper's protocol; of the finished answers right:")
        parts[-1] += f" {', '.join(_of_finished(s) for s in unfinished)}."
    if right:
        parts.append(f"{right:,} {'answer was' if right == 1 else 'answers were'} cut at {limit} after a right answer, which counts.")
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
    """Which columns give one answer to nearly every problem, and which others reach no more than the best such answer; None without any.

    Where all references differ no constant is the best, and nothing is said of one.
    """
    n = f"{found.n:,}"
    parts = [
        f"{title(s.name)} answers {show_answer(s.usual)} to {'every problem' if s.n_usual == s.n else f'{s.n_usual:,} of {n} problems'}."
        for s in found.columns
        if s.answers_constant
    ]
    low = [title(s.name) for s in found.columns if not s.answers_constant and not s.beats_constant]
    if low and found.majority is not None:
        always = f"always answering {show_answer(found.majority.answer)} ({found.majority.correct:,} of {n} right)"
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
