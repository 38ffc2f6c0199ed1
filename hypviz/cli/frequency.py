"""``python -m hypviz frequency MODEL --corpus FILE|NAME``: token frequency against embedding norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import StderrProgress, emit, json_option, model_argument, never_stop, note, note_model, trust_option

if TYPE_CHECKING:
    from hypviz.records.frequency import FrequencyNorm, GroupSummary


@click.command()
@model_argument
@click.option("--corpus", required=True, metavar="FILE|NAME", help="A .txt, .jsonl, .json or .csv file, or a bundled problem set.")
@click.option("--field", help="The column or JSON field that holds the text; found by itself when it is question, instruction or text.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the bootstrap interval.")
@trust_option
@json_option
def command(model: str, corpus: str, field: str | None, seed: int, trust_remote_code: bool, as_json: bool) -> None:
    """Count the tokens of a corpus and compare frequency with the norm of the embedding rows.

    Prints the power-law fit of the frequencies, Spearman's correlation of frequency and norm with its 95 % interval, and the
    paper's four token groups beside its Table 1.
    """
    from hypviz.corpora import read_corpus
    from hypviz.models import resolve
    from hypviz.studies.frequency import frequency_norm

    texts = read_corpus(corpus, field=field)
    ref = resolve(model, trust_remote_code=trust_remote_code, progress=StderrProgress("reading the model"))
    note_model(ref)
    found = frequency_norm(ref, texts, seed=seed, progress=StderrProgress("frequency"), should_stop=never_stop)
    note(found.notice)
    for sentence in found.record.fit.notes if found.record.fit else ():
        note(sentence)
    emit(as_json, payload(found.record), words(found.record))


def payload(record: FrequencyNorm) -> dict[str, Any]:
    """The JSON object; a missing fit or correlation is null and says why."""
    fit, correlation = record.fit, record.correlation
    lognormal = fit.lognormal if fit else None
    return {
        "model": record.provenance.model,
        "corpus": record.corpus,
        "n_texts": record.n_texts,
        "n_skipped": record.n_skipped,
        "n_tokens": record.n_tokens,
        "n_distinct": record.n_distinct,
        "n_special": record.n_special,
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
        "groups": [_group(g) for g in record.groups],
        "seed": record.provenance.seed,
        "seconds": record.provenance.seconds,
    }


def words(record: FrequencyNorm) -> str:
    """The same for people."""
    from hypviz.frequency.findings import distribution_finding, norm_finding

    skipped = f" ({record.n_skipped:,} rows without text left out)" if record.n_skipped else ""
    special = f", {record.n_special:,} special ones left out" if record.n_special else ""
    lines = [
        f"{record.corpus}{skipped}: {record.n_tokens:,} tokens, {record.n_distinct:,} different ones of {record.vocab_size:,}{special}",
        norm_finding(record),
        distribution_finding(record),
        "Token groups of the paper (mean norm, mean count; words that split into several tokens):",
        *(_group_line(g) for g in record.groups),
        record.provenance.line,
    ]
    return "\n".join(lines)


def _group(group: GroupSummary) -> dict[str, Any]:
    return {
        "group": group.group,
        "leading_space": group.leading_space,
        "n_single": group.n_single,
        "split": list(group.split),
        "frequency_mean_min_max": list(group.frequency) if group.frequency else None,
        "norm_mean_min_max": list(group.norm) if group.norm else None,
    }


def _group_line(group: GroupSummary) -> str:
    form = "after a space" if group.leading_space else "bare         "
    numbers = f"{group.norm[0]:.3f}  {group.frequency[0]:>9,.1f}" if group.norm and group.frequency else "none is a single token"
    return f"  {group.group} {form}  {numbers}" + (f"  (split: {', '.join(group.split)})" if group.split else "")
