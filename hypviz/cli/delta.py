"""``python -m hypviz delta MODEL --prompts FILE|NAME``: how tree-like prompts are, beside chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import StderrProgress, emit, json_option, model_argument, never_stop, note, trust_option

if TYPE_CHECKING:
    from hypviz.records.hyperbolicity import Hyperbolicity


@click.command()
@model_argument
@click.option("--prompts", required=True, metavar="FILE|NAME", help="A .txt, .jsonl, .json or .csv file, or a bundled problem set.")
@click.option("--field", help="The column or JSON field that holds the text; found by itself when it is question, instruction or text.")
@click.option("--limit", type=click.IntRange(min=1), help="Measure the first N prompts only.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(min=0), help="Seed of the Gaussian null and of the trees.")
@click.option("--per-prompt", is_flag=True, help="Also give delta_rel of every measured prompt, in order.")
@trust_option
@json_option
def command(
    model: str, prompts: str, field: str | None, limit: int | None, seed: int, per_prompt: bool, trust_remote_code: bool, as_json: bool
) -> None:
    """Measure delta_rel of prompts on the model's input embeddings.

    delta_rel is 2 delta / diameter with the Gromov products at the first token: 0 for a tree, at most 1. The same prompts are
    measured with Gaussian vectors for tokens, because a value means nothing without the one that chance gives.
    """
    from hypviz.corpora import read_corpus
    from hypviz.models import resolve
    from hypviz.studies.hyperbolicity import prompt_hyperbolicity

    texts = read_corpus(prompts, field=field)
    ref = resolve(model, trust_remote_code=trust_remote_code, progress=StderrProgress("reading the model"))
    found = prompt_hyperbolicity(ref, texts, limit=limit, seed=seed, progress=StderrProgress("delta"), should_stop=never_stop)
    note(found.notice)
    emit(as_json, payload(found.record, per_prompt=per_prompt), words(found.record, per_prompt=per_prompt))


def payload(record: Hyperbolicity, *, per_prompt: bool) -> dict[str, Any]:
    """The JSON object; `per_prompt` stays empty unless asked for."""
    compared = record.comparison
    return {
        "model": record.provenance.model,
        "corpus": record.corpus,
        "n_prompts": record.n_prompts,
        "n_too_short": record.n_too_short,
        "n_too_long": record.n_too_long,
        "n_skipped": record.n_skipped,
        "n_compared": int(record.deltas.compared.size),
        "base": record.base,
        "dimension": record.dimension,
        "delta_rel_mean": record.delta_rel_mean,
        "delta_rel_std": record.delta_rel_std,
        "null_gaussian_mean": record.null_mean,
        "null_gaussian_std": record.null_std,
        "tree_max": record.tree_max,
        "verdict": compared.verdict,
        "difference": compared.difference.value,
        "difference_interval": [compared.difference.low, compared.difference.high],
        "p": compared.p,
        "effect_size": compared.effect_size,
        "share_below_null": compared.share_below,
        "seed": record.provenance.seed,
        "seconds": record.provenance.seconds,
        "per_prompt": record.deltas.delta_rel.tolist() if per_prompt else [],
    }


def words(record: Hyperbolicity, *, per_prompt: bool) -> str:
    """The same for people."""
    from hypviz.hyperbolicity.findings import comparison_sentence, counts_sentence, delta_finding

    lines = [delta_finding(record), comparison_sentence(record), counts_sentence(record)]
    if per_prompt:
        rows = zip(record.deltas.prompt, record.deltas.n_points, record.deltas.delta_rel, strict=True)
        lines += [f"  prompt {prompt + 1}: {points} points, delta_rel {value:.4f}" for prompt, points, value in rows]
    return "\n".join([*lines, record.provenance.line])
