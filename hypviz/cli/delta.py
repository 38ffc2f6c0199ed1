"""``python -m hypviz delta MODEL --prompts FILE|NAME``: how tree-like prompts are, in the tables or by layer, beside chance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import (
    StderrProgress,
    emit,
    end_in_part,
    json_option,
    model_argument,
    note,
    note_fewer,
    note_model,
    note_reading,
    trust_option,
    watching,
)
from hypviz.cli.numbers import Number
from hypviz.errors import Stopped
from hypviz.records.limits import SEED, TEXTS

if TYPE_CHECKING:
    from hypviz.records.answers import Column
    from hypviz.records.hyperbolicity import Hyperbolicity
    from hypviz.records.layers import LayerState, LayerStudy
    from hypviz.records.models import ModelRef
    from hypviz.records.texts import Corpus


TABLES = ("input", "output")


def _list(context: click.Context, option: click.Parameter, value: bool) -> None:
    """Print every null and every control with its line of help, and end."""
    if not value or context.resilient_parsing:
        return
    from hypviz.studies.nulls import CONTROLS, NULLS

    for title, entries in (("Nulls", NULLS), ("Controls", CONTROLS)):
        click.echo(f"{title}:")
        for name, entry in entries.items():
            click.echo(f"  {name}: {entry.help}")
    context.exit()


@click.command()
@model_argument
@click.option("--prompts", required=True, metavar="FILE|NAME", help="A .txt, .jsonl, .json or .csv file, or a bundled problem set.")
@click.option("--field", help="The column or JSON field that holds the text; found by itself when it is question, instruction or text.")
@click.option("--limit", type=Number(TEXTS), help="Measure the first N prompts only; by layer 50 unless given.")
@click.option("--seed", default=0, show_default=True, type=Number(SEED), help="Seed of the nulls and of the trees.")
@click.option(
    "--definition",
    default="base",
    show_default=True,
    type=click.Choice(["base", "exact"]),
    help="base: at the first token, as published. exact: the four-point delta over all base points.",
)
@click.option(
    "--metric",
    default="euclidean",
    show_default=True,
    type=click.Choice(["euclidean", "angle", "graph", "hyperbolic"]),
    help="Distances between rows; by layer always Euclidean.",
)
@click.option(
    "--layer", default="input", show_default=True, metavar="input|output|all|N", help="An embedding table, or hidden states in context."
)
@click.option("--nulls", is_flag=True, help="Measure every null, not only Gaussian points; --list-nulls names them.")
@click.option("--list-nulls", is_flag=True, is_eager=True, expose_value=False, callback=_list, help="Say what each null and control is.")
@click.option("--adapter", metavar="NAME=DIR", help="With --layer all or N: an adapter on the model; its layers are measured instead.")
@click.option("--per-prompt", is_flag=True, help="Also give delta_rel of every measured prompt, in order.")
@trust_option
@json_option
def command(
    model: str,
    prompts: str,
    field: str | None,
    trust_remote_code: bool,
    as_json: bool,
    per_prompt: bool,
    **how: Any,
) -> None:
    """Measure delta_rel of prompts on the model's embeddings, or on its hidden states.

    delta_rel is 2 delta / diameter: 0 for a tree, at most 1. The same prompts are measured with Gaussian vectors for tokens, because a
    value means nothing without the one that chance gives. Ctrl-C prints what there is; the same command goes on from there.
    """
    from hypviz.studies.models import resolve
    from hypviz.studies.texts import read_corpus

    asked = Asked(**how)
    which = asked.which()
    column = asked.column()
    texts = read_corpus(prompts, field=field)
    note_reading(texts)
    note_fewer(asked.limit, len(texts.texts), "prompts")
    ref = resolve(model, trust_remote_code=trust_remote_code, work=StderrProgress("reading the model"))
    if which in TABLES:
        record = asked.of_table(ref, texts, str(which))
        note_model(ref)
        emit(as_json, payload(record, per_prompt=per_prompt), words(record, per_prompt=per_prompt))
    else:
        asked.require_layer(ref, which)
        study = asked.of_layers(ref, texts, column)
        chosen = _chosen(study, which)
        note_model(ref)
        emit(as_json, layers_payload(study, chosen, per_prompt=per_prompt), layers_words(study, chosen, per_prompt=per_prompt))
        record = study
    if not record.is_whole:
        end_in_part()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the options ask of the prompts."""

    limit: int | None
    seed: int
    definition: str
    metric: str
    layer: str
    nulls: bool
    adapter: str | None

    def which(self) -> str | int:
        """A table, ``all`` layers, or the number of one; a usage error for options that do not go together."""
        which = _layer(self.layer)
        if which in TABLES and self.adapter is not None:
            raise click.UsageError("An adapter changes hidden states, not the embedding tables; add --layer all or --layer N.")
        if which not in TABLES and self.metric != "euclidean":
            raise click.UsageError("Hidden states are measured with Euclidean distances; leave --metric out.")
        return which

    def of_table(self, ref: ModelRef, texts: Corpus, table: str) -> Hyperbolicity:
        """The measurement on an embedding table, or as much of it as Ctrl-C leaves."""
        from hypviz.studies.hyperbolicity import PROMPTS, prompt_spec
        from hypviz.studies.nulls import GAUSSIAN, NULLS

        spec = prompt_spec(
            ref,
            texts,
            limit=self.limit,
            definition=self.definition,
            metric=self.metric,
            table=table,
            nulls=tuple(NULLS) if self.nulls else (GAUSSIAN,),
            seed=self.seed,
        )
        with watching("delta") as work:
            found = PROMPTS.get(spec, work)
        note(found.notice)
        return found.record

    def column(self) -> Column:
        """The adapter's column or the base's; `HypvizError` for a folder that holds no adapter."""
        from hypviz.records.answers import BASE, Column
        from hypviz.studies.asking import given_columns

        return given_columns([self.adapter])[0] if self.adapter is not None else Column(name=BASE)

    @staticmethod
    def require_layer(ref: ModelRef, which: str | int) -> None:
        """A usage error for a layer that the model does not have, before one is measured."""
        from hypviz.studies.models import summarise

        _require_layer(which, summarise(ref).n_layers + 1)

    def of_layers(self, ref: ModelRef, texts: Corpus, column: Column) -> LayerStudy:
        """The measurement by layer, or as much of it as Ctrl-C leaves."""
        from hypviz.cli.generate import lender
        from hypviz.records.specs.layers import USUAL_PROMPTS
        from hypviz.studies.asking import column_notice
        from hypviz.studies.layers import layers_spec, layers_study
        from hypviz.studies.models import no_answers
        from hypviz.studies.nulls import GAUSSIAN
        from hypviz.words.layers import reader_sentence

        note(column_notice(ref, column))
        note(reader_sentence(no_answers(ref)))
        spec = layers_spec(
            ref,
            texts,
            column,
            limit=self.limit or USUAL_PROMPTS,
            definition=self.definition,
            nulls=None if self.nulls else (GAUSSIAN,),
            seed=self.seed,
        )
        with watching("layers") as work:
            found = layers_study(lender(ref, to_answer=False)).get(spec, work)
        note(found.notice)
        return found.record


def _layer(text: str) -> str | int:
    if text in (*TABLES, "all"):
        return text
    if re.fullmatch("[0-9]{1,30}", text):
        return int(text)
    raise click.UsageError(f"--layer is input, output, all or a number from 0 on, not {text[:40]!r}.")


def _require_layer(which: str | int, n_layers: int) -> None:
    if isinstance(which, int) and which >= n_layers:
        raise click.UsageError(f"The model has layers 0 to {n_layers - 1}, but --layer {which} was asked for.")


def _chosen(study: LayerStudy, which: str | int) -> list[LayerState]:
    _require_layer(which, study.n_layers)
    chosen = [state for state in study.layers if which in ("all", state.layer)]
    if not chosen:
        raise Stopped(f"Stopped before layer {which} was measured; the same command goes on from there.")
    return chosen


def layers_payload(study: LayerStudy, chosen: list[LayerState], *, per_prompt: bool) -> dict[str, Any]:
    """The JSON object of ``--layer all`` and ``--layer N``."""
    return {
        "model": study.provenance.model,
        "column": study.column,
        "corpus": study.corpus,
        "definition": study.definition,
        "dimension": study.dimension,
        "first_dropped": study.first_dropped,
        "n_prompts": int(study.n_points.size),
        "n_too_short": study.n_too_short,
        "n_too_long": study.n_too_long,
        "seed": study.provenance.seed,
        "seconds": study.provenance.seconds,
        "whole": study.is_whole,
        "n_layers": study.n_layers,
        "n_nulls": study.n_nulls,
        "n_nulls_asked": study.n_nulls_asked,
        "layers": [_layer_row(state, per_prompt=per_prompt) for state in chosen],
    }


def _layer_row(state: LayerState, *, per_prompt: bool) -> dict[str, Any]:
    return {
        "layer": state.layer,
        "delta_rel_mean": float(state.delta_rel.mean()),
        "delta_rel_std": float(state.delta_rel.std()),
        "nulls": {null.name: {"mean": null.mean, "std": null.std, "verdict": null.comparison.verdict} for null in state.nulls},
        "verdict": state.verdict,
        "effect_size": state.nulls[0].comparison.effect_size if state.nulls else None,
        "norm_median": state.norm_median,
        "norm_largest": state.norm_largest,
        "radius_median": state.radius_median,
        "effective_dimension": state.effective_dimension,
        "top_share": state.top_share,
        "per_prompt": state.delta_rel.tolist() if per_prompt else [],
    }


def layers_words(study: LayerStudy, chosen: list[LayerState], *, per_prompt: bool) -> str:
    """The same for people."""
    from hypviz.words.layers import layer_sentence, layers_finding, points_sentence, reached_sentence

    lines = [layers_finding([study])] if len(chosen) > 1 else []
    for state in chosen:
        lines.append(layer_sentence(study, state.layer))
        values = enumerate(zip(study.n_points, state.delta_rel, strict=True), start=1) if per_prompt else ()
        lines += [f"  measured prompt {place}: {points} points, delta_rel {value:.4f}" for place, (points, value) in values]
    lines += filter(None, [reached_sentence(study)])
    return "\n".join([*lines, points_sentence(study), study.provenance.line])


def payload(record: Hyperbolicity, *, per_prompt: bool) -> dict[str, Any]:
    """The JSON object; `per_prompt` stays empty unless asked for."""
    compared = record.comparison
    nulls = {"gaussian": {"mean": record.null_mean, "std": record.null_std, "verdict": compared.verdict}} if compared else {}
    nulls |= {null.name: {"mean": null.mean, "std": null.std, "verdict": null.comparison.verdict} for null in record.others}
    return {
        "model": record.provenance.model,
        "corpus": record.corpus,
        "definition": record.definition,
        "metric": record.metric,
        "layer": record.table,
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
        "nulls": nulls,
        "controls": {control.name: float(control.delta_rel.mean()) for control in record.controls},
        "tree_max": record.tree_max,
        "whole": record.is_whole,
        "verdict": compared.verdict if compared else None,
        "difference": compared.difference.value if compared else None,
        "difference_interval": [compared.difference.low, compared.difference.high] if compared else None,
        "p": compared.p if compared else None,
        "effect_size": compared.effect_size if compared else None,
        "share_below_null": compared.share_below if compared else None,
        "seed": record.provenance.seed,
        "seconds": record.provenance.seconds,
        "per_prompt": record.deltas.delta_rel.tolist() if per_prompt else [],
    }


def words(record: Hyperbolicity, *, per_prompt: bool) -> str:
    """The same for people."""
    from hypviz.words.hyperbolicity import comparison_sentence, counts_sentence, delta_finding, nulls_sentence

    lines = [delta_finding(record), comparison_sentence(record), *filter(None, [nulls_sentence(record)]), counts_sentence(record)]
    if per_prompt:
        rows = zip(record.deltas.prompt, record.deltas.n_points, record.deltas.delta_rel, strict=True)
        lines += [f"  prompt {prompt + 1}: {points} points, delta_rel {value:.4f}" for prompt, points, value in rows]
    return "\n".join([*lines, record.provenance.line])
