"""What all columns and each pair of an evaluation say beyond their counts: groups, the paper's rows, power, features; in sentences."""

from __future__ import annotations

from hypviz.records.evaluations import BETTER, CONSTANT, WORSE, Evaluation, PairCounts
from hypviz.scoring.features import features
from hypviz.words.clusters import on_the_clusters
from hypviz.words.evaluation import marked_by, on_the_constant, on_the_limit, on_the_rule
from hypviz.words.features import features_sentence
from hypviz.words.groups import groups_sentence
from hypviz.words.origins import on_the_training
from hypviz.words.over_seeds import about_seeds, verdict_sentence
from hypviz.words.paper import paper_sentences
from hypviz.words.power import power_sentence
from hypviz.words.samples import on_the_samples, on_the_singles
from hypviz.words.verdict import adjustment


def about_counts(found: Evaluation) -> tuple[str, ...]:
    """What is counted and how: the rule, samples, groups of problems, constants, the limit, the training set, and several seeds."""
    alone = (marked_by(found), on_the_training(found), on_the_constant(found), on_the_limit(found), on_the_rule(found))
    together = adjustment(len(found.over_seeds))
    return (
        *(sentence for sentence in alone if sentence),
        *on_the_samples(found, {}),
        *on_the_singles(found, {}),
        *on_the_clusters(found),
        *map(verdict_sentence, found.over_seeds),
        *about_seeds(found.over_seeds),
        *([together] if together else []),
    )


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
