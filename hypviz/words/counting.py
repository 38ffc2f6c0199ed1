"""What all columns and each pair of an evaluation say beyond their counts: groups, the paper's rows, power, features; in sentences."""

from __future__ import annotations

from hypviz.records.evaluations import BETTER, CONSTANT, WORSE, Evaluation, PairCounts
from hypviz.scoring.features import features
from hypviz.words.features import features_sentence
from hypviz.words.groups import groups_sentence
from hypviz.words.paper import paper_sentences
from hypviz.words.power import power_sentence


def about_all(found: Evaluation) -> tuple[str, ...]:
    """Which columns cannot be told apart, and what the paper reports for the set."""
    together = groups_sentence(found.columns, found.pairs)
    return (*([together] if together else []), *paper_sentences(found.problems, found.provenance.model))


def about_pair(found: Evaluation, pair: PairCounts) -> tuple[str, ...]:
    """What so many problems can show of two columns that are not told apart, and whether a feature explains where they differ.

    Nothing is said of two columns that are not compared, nor of features where none differs.
    """
    if pair.verdict == CONSTANT:
        return ()
    names = [score.name for score in found.columns]
    power = power_sentence(pair) if pair.verdict not in (BETTER, WORSE) else None
    told = features(found.outcomes, names.index(pair.a), names.index(pair.b))
    said = features_sentence(told, pair.a, pair.b) if told.only_a + told.only_b else None
    return tuple(sentence for sentence in (power, said) if sentence)
