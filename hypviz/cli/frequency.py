"""``python -m hypviz frequency MODEL [--corpus FILE|NAME]``: token frequency against embedding norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import (
    StderrProgress,
    emit,
    end_in_part,
    json_option,
    model_argument,
    note,
    note_model,
    note_reading,
    refuse,
    trust_option,
    watching,
)
from hypviz.cli.numbers import Number
from hypviz.cli.untrained import Untrained, untrained_option
from hypviz.records.limits import SEED

if TYPE_CHECKING:
    from hypviz.records.frequency import FrequencyNorm, FrequencyRange, GroupSummary, NormTurn


@click.command()
@model_argument
@click.option(
    "--corpus",
    metavar="FILE|NAME",
    help="A .txt, .jsonl, .json or .csv file, a bundled problem set, or general: the word table that ships with hypviz.  "
    "[default: general; bundled for the bundled model]",
)
@click.option("--field", help="The column or JSON field that holds the text; found by itself when it is question, instruction or text.")
@click.option("--seed", default=0, show_default=True, type=Number(SEED), help="Seed of the bootstrap interval.")
@click.option("--as-read", is_flag=True, help="Norms of the rows times what the model multiplies them by (Gemma: sqrt of their width).")
@untrained_option
@trust_option
@json_option
def command(
    model: str, corpus: str | None, field: str | None, seed: int, as_read: bool, untrained: bool, trust_remote_code: bool, as_json: bool
) -> None:
    """Count the tokens of a corpus and compare frequency with the norm of the embedding rows.

    Prints the power-law fit of the frequencies, Spearman's correlation of frequency and norm with its 95 % interval, over all and
    by range of frequency, and the paper's four token groups beside its Table 1.
    """
    from hypviz.records.specs.frequency import FrequencySpec
    from hypviz.studies.counts import default_source, named_source
    from hypviz.studies.frequency import FREQUENCY
    from hypviz.studies.models import resolve

    if corpus is None and field is not None:
        refuse("--field", "without --corpus", "name the file that has the field")
    texts = named_source(corpus, field=field) if corpus is not None else None
    ref = resolve(model, trust_remote_code=trust_remote_code, work=StderrProgress("reading the model"))
    texts = texts or default_source(ref)
    note_reading(texts)
    with watching("frequency") as work:
        found = FREQUENCY.get(FrequencySpec(model=ref, source=texts, seed=seed, untrained=untrained), work)
    note_model(ref)
    note(found.notice)
    for sentence in found.record.fit.notes if found.record.fit else ():
        note(sentence)
    record = found.record
    if as_read:
        if record.embedding_scale == 1:
            refuse("--as-read", "for a model that reads its rows as they are stored", "leave it out")
        record = record.as_read()
    rows = Untrained.of(ref, ("input",), taken_in=untrained)
    emit(as_json, payload(record) | {"untrained": rows.payload()}, "\n".join([words(record), *rows.words()]))
    if not found.record.is_whole:
        end_in_part()


def payload(record: FrequencyNorm) -> dict[str, Any]:
    """The JSON object; a missing fit or correlation is null and says why."""
    from hypviz.words.frequency import groups_order, norm_finding

    fit, correlation = record.fit, record.correlation
    lognormal = fit.lognormal if fit else None
    return {
        **_counted(record),
        "measured": list(record.measured),
        "gamma": fit.gamma if fit else None,
        "gamma_sigma": fit.sigma if fit else None,
        "xmin": fit.xmin if fit else None,
        "ks": fit.ks if fit else None,
        "n_tail": fit.n_tail if fit else None,
        "fit_missing": record.fit_missing,
        "fit_notes": list(fit.notes) if fit else [],
        "lognormal": {"ratio": lognormal.ratio, "p": lognormal.p, "preferred": lognormal.preferred} if lognormal else None,
        "spearman_frequency_norm": correlation.value if correlation else None,
        "spearman_interval": [correlation.low, correlation.high] if correlation else None,
        "spearman_missing": record.correlation_missing,
        "ranges": [_range(r) for r in record.ranges],
        "turn": _turn(record.turn) if record.turn else None,
        "finding": norm_finding(record),
        "groups_order": groups_order(record),
        "groups": [_group(g) for g in record.groups],
        "norms_of": record.tensor_name,
        "embedding_scale": record.embedding_scale,
        "seed": record.provenance.seed,
        "seconds": record.provenance.seconds,
    }


def _counted(record: FrequencyNorm) -> dict[str, Any]:
    """What was counted, and what was left out."""
    return {
        "model": record.provenance.model,
        "corpus": record.corpus,
        "n_texts": record.n_texts,
        "n_skipped": record.n_skipped,
        "n_tokens": record.n_tokens,
        "n_distinct": record.n_distinct,
        "n_special": record.n_special,
        "n_untrained": record.n_untrained,
        "n_untrained_counted": record.n_untrained_counted,
        "n_countable": record.n_countable,
        "coverage": record.coverage,
        "counts_from": record.source,
    }


def words(record: FrequencyNorm) -> str:
    """The same for people."""
    from hypviz.words.frequency import counts_sentence, distribution_finding, groups_finding, norm_finding, ranges_sentence

    lines = [
        counts_sentence(record),
        norm_finding(record),
        ranges_sentence(record),
        distribution_finding(record),
        groups_finding(record),
        "Token groups of the paper (mean norm, mean count; words that split into several tokens):",
        *(_group_line(g) for g in record.groups),
        record.provenance.line,
    ]
    return "\n".join(lines)


def _range(r: FrequencyRange) -> dict[str, Any]:
    found = r.correlation
    return {
        "from": r.low,
        "to": r.high,
        "n_tokens": r.n,
        "share_of_text": r.share,
        "spearman": found.value if found else None,
        "interval": [found.low, found.high] if found else None,
        "missing": r.missing,
    }


def _turn(turn: NormTurn) -> dict[str, Any]:
    return {
        "at": turn.at,
        "spearman_below": turn.below.value,
        "spearman_above": turn.above.value,
        "share_of_text_above": turn.share_above,
        "level": turn.below.level,
    }


def _group(group: GroupSummary) -> dict[str, Any]:
    return {
        "group": group.group,
        "leading_space": group.leading_space,
        "n_single": group.n_single,
        "split": list(group.split_words),
        "frequency_mean_min_max": list(group.frequency) if group.frequency else None,
        "norm_mean_min_max": list(group.norm) if group.norm else None,
    }


def _group_line(group: GroupSummary) -> str:
    form = "after a space" if group.leading_space else "bare         "
    numbers = f"{group.norm[0]:.3f}  {group.frequency[0]:>9,.1f}" if group.norm and group.frequency else "none is a single token"
    return f"  {group.group} {form}  {numbers}" + (f"  (split: {', '.join(group.split_words)})" if group.split_words else "")
