"""What ``hypviz evaluate`` prints: an evaluation as one JSON object, and in words with a line for every column, seed and pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypviz.records.evaluations import ColumnScore, Evaluation, PairCounts
    from hypviz.records.samples import SinglesPair
    from hypviz.records.seeds import Origin, SeedsVerdict


def payload(model: str, found: Evaluation) -> dict[str, Any]:
    """The whole evaluation except its rows, as what ``--json`` prints."""
    from hypviz.records.problems import json_answer

    return {
        "model": model,
        "problems": found.problems,
        "n": found.n,
        "n_too_long": found.n_too_long,
        "n_skipped": found.n_skipped,
        "skipped": list(found.skipped),
        "max_new_tokens": found.decoding.max_new_tokens,
        "majority_answer": None if found.majority is None else json_answer(found.majority.answer),
        "majority_accuracy": None if found.majority is None else found.majority.accuracy,
        "columns": [_column(score) for score in found.columns],
        "pairs": [_pair(pair) for pair in found.pairs],
        "rule": found.rule,
        "n_hanging_on_the_rule": found.n_hanging,
        "n_clusters": found.n_clusters,
        "samples": found.samples,
        "samples_asked": found.samples_asked,
        "single_pairs": [_single_pair(pair) for pair in found.single_pairs],
        "other_pairs": {rule: [_pair(pair) for pair in pairs] for rule, pairs in found.other_pairs.items()},
        "finished_pairs": [None if pair is None else _pair(pair) for pair in found.finished_pairs],
        "origins": [_origin(origin) for origin in found.origins],
        "over_seeds": [_over_seeds(verdict) for verdict in found.over_seeds],
        **_sentences(found),
    }


def _sentences(found: Evaluation) -> dict[str, str | None]:
    from hypviz.words.evaluation import marked_by, on_the_constant, on_the_limit, on_the_rule
    from hypviz.words.origins import on_the_training
    from hypviz.words.over_seeds import few_seeds, unshared, width_sentence
    from hypviz.words.stopping import on_the_stop
    from hypviz.words.verdict import adjustment

    return {
        "stopped": on_the_stop(found),
        "marked_by": marked_by(found),
        "on_the_rule": on_the_rule(found),
        "on_the_limit": on_the_limit(found),
        "on_the_constant": on_the_constant(found),
        "on_the_training": on_the_training(found),
        "adjustment": adjustment(len(found.over_seeds or found.pairs)),
        "width_over_seeds": width_sentence(found.over_seeds),
        "few_seeds": few_seeds(found.over_seeds),
        "unshared_seeds": unshared(found.over_seeds),
    }


def _column(score: ColumnScore) -> dict[str, Any]:
    from hypviz.records.problems import json_answer

    over = score.over_constant
    return {
        "name": score.name,
        "method": score.weights.method,
        "fingerprint": score.weights.fingerprint,
        "n": score.n,
        "correct": score.correct,
        "accuracy": score.accuracy.value,
        "interval": [score.accuracy.low, score.accuracy.high],
        "singles": None if score.singles is None else score.singles.value,
        "singles_interval": None if score.singles is None else [score.singles.low, score.singles.high],
        "wrong": score.wrong,
        "unfinished": score.unfinished,
        "no_answer": score.no_answer,
        "no_text": score.no_text,
        "n_cut": score.n_cut,
        "one_by_one": score.one_by_one,
        "by_rule": score.by_rule,
        "n_read_differently": score.n_read_differently,
        "n_judged_differently": score.n_judged_differently,
        "usual_answer": json_answer(score.usual),
        "n_usual": score.n_usual,
        "answers_constant": score.answers_constant,
        "over_constant": None if over is None else over.value,
        "over_constant_interval": None if over is None else [over.low, over.high],
        "over_constant_level": None if over is None else over.level,
        "beats_constant": score.beats_constant,
        "seconds": score.seconds,
    }


def _pair(pair: PairCounts) -> dict[str, Any]:
    from hypviz.words.verdict import pair_sentence

    return {
        "a": pair.a,
        "b": pair.b,
        "both_right": pair.both_right,
        "only_a": pair.only_a,
        "only_b": pair.only_b,
        "both_wrong": pair.both_wrong,
        "unfinished": pair.unfinished,
        "neither_answered": pair.neither_answered,
        "other_unfinished": pair.other_unfinished,
        "p": pair.p,
        "mcnemar_p": pair.p if pair.n_clusters is None else None,
        "n_clusters": pair.n_clusters,
        "adjusted_p": pair.adjusted_p,
        "n_pairs": pair.n_pairs,
        "difference": pair.difference.value,
        "difference_interval": [pair.difference.low, pair.difference.high],
        "difference_level": pair.difference.level,
        "verdict": pair.verdict,
        "constants": list(pair.constants),
        "sentence": pair_sentence(pair),
    }


def _single_pair(pair: SinglesPair) -> dict[str, Any]:
    from hypviz.words.samples import single_sentence

    return {
        "a": pair.a,
        "b": pair.b,
        "n_answers": pair.n_answers,
        "n_clusters": pair.n_clusters,
        "p": pair.p,
        "adjusted_p": pair.adjusted_p,
        "n_pairs": pair.n_pairs,
        "difference": pair.difference.value,
        "difference_interval": [pair.difference.low, pair.difference.high],
        "difference_level": pair.difference.level,
        "verdict": pair.verdict,
        "sentence": single_sentence(pair),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "name": origin.column,
        "run_id": origin.run_id,
        "seed": origin.seed,
        "learned": origin.learned,
        "n_trained_on": None if origin.seen is None else len(origin.seen),
        "same_file": origin.same_file,
    }


def _over_seeds(verdict: SeedsVerdict) -> dict[str, Any]:
    from hypviz.words.over_seeds import verdict_sentence

    return {
        "a": verdict.a,
        "b": verdict.b,
        "n": verdict.n,
        "seeds": [
            {"seed": r.seed, "right_a": r.right_a, "right_b": r.right_b, "only_a": r.only_a, "only_b": r.only_b} for r in verdict.rows
        ],
        "difference": verdict.difference.value,
        "difference_interval": [verdict.difference.low, verdict.difference.high],
        "difference_level": verdict.difference.level,
        "p": verdict.p,
        "adjusted_p": verdict.adjusted_p,
        "n_pairs": verdict.n_pairs,
        "seeds_spread": verdict.seeds_spread,
        "seeds_half_width": verdict.seeds_half,
        "problems_half_width": verdict.problems_half,
        "verdict": verdict.verdict,
        "sentence": verdict_sentence(verdict),
    }


def text(found: Evaluation) -> str:
    """The evaluation in words, one line for every column, seed and pair."""
    from hypviz.words.clusters import on_the_clusters
    from hypviz.words.numbers import counted
    from hypviz.words.samples import how_decoded
    from hypviz.words.verdict import adjustment

    lines = [f"{found.problems}, {counted(found.n, 'problem')}, {how_decoded(found)}", *_column_lines(found)]
    if found.over_seeds:  # the pairs are of one seed each, and their counts stand in the rows of the seeds
        lines += _seed_lines(found)
    else:
        lines += [line for pair in found.pairs for line in _pair_lines(pair)]
    lines += on_the_clusters(found)
    together = adjustment(len(found.over_seeds or found.pairs))
    return "\n".join([*lines, *([together] if together else [])])


def _column_lines(found: Evaluation) -> list[str]:
    from hypviz.records.problems import show_answer
    from hypviz.words.evaluation import marked_by, on_the_constant, on_the_limit, on_the_rule
    from hypviz.words.origins import on_the_training

    width = max(len(score.name) for score in found.columns)
    lines: list[str] = []
    for score in found.columns:
        low, high = 100 * score.accuracy.low, 100 * score.accuracy.high
        lines.append(
            f"  {score.name:<{width}}  {score.correct:>5,} right  {100 * score.accuracy.value:5.1f} %  "
            f"({low:.1f} to {high:.1f})  {score.wrong:,} wrong, {score.unfinished:,} unfinished, "
            f"{score.no_answer + score.no_text:,} without an answer"
        )
    if (best := found.majority) is not None:
        lines.append(f"  always answering {show_answer(best.answer)} would be right {100 * best.accuracy:.1f} % of the time")
    said = (marked_by(found), on_the_training(found), on_the_constant(found), on_the_limit(found), on_the_rule(found))
    return lines + [f"  {sentence}" for sentence in said if sentence]


def _seed_lines(found: Evaluation) -> list[str]:
    from hypviz.words.over_seeds import about_seeds, verdict_sentence
    from hypviz.words.verdict import title

    lines: list[str] = []
    for verdict in found.over_seeds:
        lines.append(verdict_sentence(verdict))
        lines += [
            f"  seed {row.seed}: {title(verdict.a)} {row.right_a:,}, {title(verdict.b)} {row.right_b:,} right; "
            f"only {title(verdict.a)} {row.only_a:,}, only {title(verdict.b)} {row.only_b:,}"
            for row in verdict.rows
        ]
    return [*lines, *about_seeds(found.over_seeds)]


def _pair_lines(pair: PairCounts) -> list[str]:
    from hypviz.words.verdict import pair_sentence

    counts = (
        f"{pair.a} / {pair.b}: both right {pair.both_right:,}, only {pair.a} {pair.only_a:,}, only {pair.b} {pair.only_b:,}, "
        f"neither {pair.both_wrong:,} ({pair.unfinished:,} of them unfinished)"
    )
    return [counts, f"  {pair_sentence(pair)}"]
