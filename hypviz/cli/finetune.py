"""``python -m hypviz finetune MODEL``: matched adapters, trained by the same worker as on the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hypviz.cli.common import StderrProgress, emit, json_option, model_argument, note, note_model, note_reading, stoppable, trust_option
from hypviz.cli.finetune_report import loss_numbers, loss_words, of_seed, start_words, telling

if TYPE_CHECKING:
    from hypviz.records.runs import RunRecord
    from hypviz.studies.finetune.planning import Choices
    from hypviz.studies.finetune.setups import Setup


def _names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())


@click.command()
@model_argument
@click.option(
    "--methods",
    default="lora,scaled-lora,hyplora",
    show_default=True,
    callback=_names,
    help="Adapters trained in turn on the same batches.",
)
@click.option(
    "--preset",
    default="matched",
    show_default=True,
    metavar="matched|paper",
    help="paper: rank 32, alpha 64, HypLoRA's alpha 128, layers q, k, v, up, down (arXiv 2410.04010v2); loss, steps and data stay ours.",
)
@click.option("--problems", default="bundled", show_default=True, metavar="FILE|NAME", help="Problems to learn from.")
@click.option("--steps", type=int, default=150, show_default=True, help="Optimizer steps of each member.")
@click.option("--rank", type=int, help="Rank r of A and B. [default: 16; paper: 32]")
@click.option("--alpha", type=float, help="The update is scaled by alpha/r. [default: 32; paper: 64]")
@click.option("--hyplora-alpha", type=float, help="HypLoRA's own alpha; Scaled LoRA's is that times gains. [default: LoRA's; paper: 128]")
@click.option("--lr", type=float, help="Peak learning rate. [default: 3e-3 for bundled, else 3e-4]")
@click.option("--targets", callback=_names, metavar="A,B", help="Layers to adapt. [default: q,k,v,up,down_proj, or all linear layers]")
@click.option("--c", type=float, default=1.0, show_default=True, help="HypLoRA's curvature is -c; each layer's radius is sqrt(d/c).")
@click.option(
    "--radius", default="calibrated", show_default=True, metavar="calibrated|typical", help="Radius from the first batch, or from c."
)
@click.option("--quantile", type=float, default=1.0, show_default=True, help="Calibrated: this quantile of a layer's |x|/R is 3.")
@click.option("--lora-beyond", type=float, default=6.0, show_default=True, help="Tokens of more radii have gain 1; 0: none has.")
@click.option("--fixed-radius", is_flag=True, help="Do not train the radius.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides the initial A and the order of the problems.")
@click.option("--seeds", type=int, default=1, show_default=True, help="Repeat the run with this many seeds, --seed and those that follow.")
@click.option("--batch", type=int, default=8, show_default=True, help="Problems per step.")
@click.option("--accumulate", type=int, help="Parts a batch is worked off in, to save memory. [default: as many as memory asks for]")
@click.option("--warmup", type=int, help="Steps to reach the peak. [default: a fifteenth of the steps]")
@click.option("--max-tokens", type=int, help="Longest problem used; longer ones are counted. [default: 256]")
@click.option("--limit", type=int, help="Use the first N problems only.")
@click.option("--precision", metavar="float32|bfloat16", help="[default: decided by model size and hardware]")
@click.option("--processes", type=int, default=1, show_default=True, help="More than one is started by accelerate launch.")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Copy the finished run there: adapter/lora, adapter/hyplora, ..."
)
@trust_option
@json_option
def command(
    model: str,
    methods: tuple[str, ...],
    preset: str,
    problems: str,
    steps: int,
    rank: int | None,
    alpha: float | None,
    lr: float | None,
    targets: tuple[str, ...] | None,
    c: float,
    radius: str,
    quantile: float,
    lora_beyond: float,
    hyplora_alpha: float | None,
    fixed_radius: bool,
    seed: int,
    seeds: int,
    batch: int,
    accumulate: int | None,
    warmup: int | None,
    max_tokens: int | None,
    limit: int | None,
    precision: str | None,
    processes: int,
    out: Path | None,
    trust_remote_code: bool,
    as_json: bool,
) -> None:
    """Fine-tune LoRA and HypLoRA on the same batches, with a control.

    The control, scaled-lora, is plain LoRA whose alpha is multiplied in every layer by the median gain that HypLoRA starts with: where
    HypLoRA is better than LoRA and not better than the control, a larger alpha explains it. Same batches, initial A, rank, alpha,
    learning rate, steps and seed for all; the loss is taken on the answers only. The run is listed on the Fine-tune page too. Ctrl-C
    stops it after the current step and keeps adapters that can be loaded.
    """
    from hypviz.studies.finetune.planning import Choices
    from hypviz.studies.finetune.setups import find_setup

    setup = find_setup(preset)
    choices = Choices(
        methods=methods,
        steps=steps,
        rank=setup.rank if rank is None else rank,
        alpha=setup.alpha if alpha is None else alpha,
        lr=lr,
        targets=targets,
        c=c,
        radius=radius,
        quantile=quantile,
        lora_beyond=lora_beyond or None,
        hyplora_alpha=setup.hyplora_alpha if hyplora_alpha is None else hyplora_alpha,
        learn_c=not fixed_radius,
        seed=seed,
        batch=batch,
        accumulate=accumulate,
        warmup=warmup,
        max_tokens=max_tokens,
        precision=precision,
        processes=processes,
    )
    ended = _run(model, problems, limit, choices, out, setup, seeds, trust_remote_code=trust_remote_code)
    folders = [_folder(out, record, seeds) for record in ended]
    found = [(payload(record, folder), words(record, folder)) for record, folder in zip(ended, folders, strict=True)]
    if seeds == 1:
        emit(as_json, *found[0])
        return
    gaps = over_seeds(ended)
    emit(
        as_json, {"runs": [numbers for numbers, _ in found], "over_seeds": gaps}, "\n".join([*(told for _, told in found), *gaps["words"]])
    )


def over_seeds(ended: Sequence[RunRecord]) -> dict[str, Any]:
    """HypLoRA's training loss against the others' over all seeds that came to their end, in numbers and words."""
    from hypviz.records.runs import DONE
    from hypviz.studies.finetune.seeds import metrics_by_seed
    from hypviz.words.seeds import seeds_gaps, seeds_sentences

    gaps = seeds_gaps(metrics_by_seed([record for record in ended if record.state == DONE]))
    return {
        "loss_gaps": {
            f"{gap.method} minus {gap.against}": {
                "value": gap.interval.value,
                "interval": [gap.interval.low, gap.interval.high],
                "steps": gap.n_steps,
                "per_seed": {str(seed): value for seed, value in gap.per_seed.items()},
            }
            for gap in gaps
        },
        "words": list(seeds_sentences(gaps)),
    }


def _folder(out: Path | None, record: RunRecord, seeds: int) -> Path | None:
    """Where the copy of a run goes: one folder a seed where there are several."""
    return out if out is None or seeds == 1 else out / f"seed-{record.spec.seed}"


def payload(record: RunRecord, out: Path | None) -> dict[str, Any]:
    """The JSON object."""
    from hypviz.words.clipping import clipping_warning

    members = [
        {
            "method": m.method,
            "steps": m.steps,
            "seconds": m.seconds,
            "first_loss": m.first_loss,
            "last_loss": m.last_loss,
            "adapter": _adapter(m.adapter, record, out),
            "fingerprint": m.adapter_fingerprint,
            "n_parameters": m.n_parameters,
            "peak_bytes": m.peak_bytes,
            "n_clipped": m.n_clipped,
            "n_layers_clipped": m.n_layers_clipped,
        }
        for m in record.members
    ]
    return {
        "run_dir": str(out.resolve()) if out else record.folder,
        "run_id": record.run_id,
        "state": record.state,
        "model": record.spec.base.label,
        "problems": record.spec.problems,
        "n_examples": record.n_examples,
        "n_too_long": record.n_too_long,
        "n_rejoined": record.n_rejoined,
        "lr": record.spec.lr,
        "targets": list(record.spec.targets),
        "precision": record.spec.precision,
        "layer_c": list(record.layer_c),
        "bytes_measured": record.bytes_measured,
        "accumulate": record.spec.accumulate,
        "process_peak_bytes": record.resources.peak_bytes if record.resources else None,
        "expected_bytes": record.plan.memory.total_bytes if record.plan else None,
        "expected_seconds": record.plan.seconds if record.plan else None,
        "seconds": (record.ended_at or 0.0) - (record.started_at or 0.0) if record.started_at and record.ended_at else None,
        "all_logits_because": record.resources.all_logits_because if record.resources else None,
        "gain_words": gain_words(record),
        "quantile": record.spec.quantile,
        "lora_beyond": record.spec.lora_beyond,
        "clip": record.spec.clip,
        "start_words": start_words(record),
        "loss_words": loss_words(record),
        "clipping_warning": clipping_warning(record),
        **loss_numbers(record),
        "members": members,
    }


def words(record: RunRecord, out: Path | None) -> str:
    """What people need of it at the end: what was said before the first step, and the layers kind by kind, are in the JSON object."""
    from hypviz.words.clipping import clipped
    from hypviz.words.runs import all_logits_sentence, headline, memory_taken, time_taken

    lines = [f"Run {record.run_id} {headline(record)}"]
    for m in record.members:
        saved = _adapter(m.adapter, record, out)
        lines.append(f"  {m.method}: {m.seconds:.1f} s for {m.steps} steps, {saved or 'no adapter was saved'}")
        lines += [f"    {clipped(m, record.spec)}"] if m.steps else []
    for label, found in (("memory", memory_taken(record)), ("time", time_taken(record))):
        if found:
            lines.append(f"  {label}: {found}")
    lines += filter(None, [all_logits_sentence(record)])
    lines += [f"  {sentence}" for sentence in (*start_words(record)[:1], *gain_words(record, by_kind=False), *loss_words(record))]
    return "\n".join(lines)


def gain_words(record: RunRecord, *, by_kind: bool = True) -> list[str]:
    """What HypLoRA's gain did at the last probe, and what long tokens mean; empty before the first probe.

    `by_kind`: also kind of module by kind, and what c would bend the layers that hardly bend.
    """
    from hypviz import runs
    from hypviz.words.activations import calibrated, long_tokens
    from hypviz.words.gain import as_lora_sentence, curvature_sentence, kind_sentences, massive_sentence, sentences, whole_sentence

    (probe, calibration), start = runs.layers(record.run_id), runs.before_first_step(record.run_id)
    adapters = probe.summary.adapters if probe is not None else ()
    long = long_tokens((start.summary.adapters if start is not None else ()) or adapters)
    said: list[str | None] = []
    for entry in adapters:
        said.append(whole_sentence(entry))
        if start is None:
            said += sentences(entry) if by_kind else [massive_sentence(entry)]
        elif entry.hyperbolic:  # what is said of the start has the massive tokens
            said += [*kind_sentences(entry), curvature_sentence(entry)] if by_kind else []
            said.append(as_lora_sentence(entry))
    if long is not None and (long.is_warning or start is None):
        said.append(long.sentence)
    if calibration is not None and start is None:
        said.append(calibrated(calibration))
    return [sentence for sentence in said if sentence is not None]


def _run(
    model: str,
    problems: str,
    limit: int | None,
    choices: Choices,
    out: Path | None,
    setup: Setup,
    seeds: int,
    *,
    trust_remote_code: bool,
) -> tuple[RunRecord, ...]:
    from hypviz.corpora import read_problems
    from hypviz.models import resolve, summarise
    from hypviz.statistics.pace import roughly
    from hypviz.studies.finetune import copies
    from hypviz.studies.finetune.planning import plan_run
    from hypviz.studies.finetune.seeds import begin_all, check_seeds, wait_for_all, with_seeds
    from hypviz.studies.finetune.setups import missing_sentence, setup_targets
    from hypviz.words.clipping import clipping_warning
    from hypviz.words.runs import memory_sentence, too_long_sentence

    check_seeds(seeds)
    if out is not None:
        copies.require_free(out)
    found = read_problems(problems, limit=limit, split="train")
    note_reading(found)
    ref = resolve(model, trust_remote_code=trust_remote_code, work=StderrProgress("reading the model"))
    summary = summarise(ref)
    if choices.targets is None:
        choices = dataclasses.replace(choices, targets=setup_targets(setup, summary))
        note(missing_sentence(setup, summary))
    planned = plan_run(ref, summary, found, choices)
    note_model(ref)
    note(memory_sentence(planned.memory, planned.spec))
    specs = with_seeds(planned.spec, seeds)
    note(f"it will take about {roughly(len(specs) * planned.time.seconds(planned.spec.steps))}, as a trial on this machine says.")
    started = begin_all(specs, found, planned.plan())
    names = f"run {started[0].run_id}" if seeds == 1 else f"runs {', '.join(record.run_id for record in started)}"
    note(f"{names} started; Ctrl-C stops {'it' if seeds == 1 else 'the one at work and those behind it,'} and keeps what it has learned.")
    with stoppable() as asked_to_stop:
        shown = StderrProgress("fine-tune", timed=False, asked_to_stop=asked_to_stop)
        ended = wait_for_all(started, telling(started, shown))
    for record in ended:
        copies.require_usable(record)
        note(of_seed(record, clipping_warning(record), several=len(ended) > 1))
        if out is not None:
            copies.copy_run(record, _folder(out, record, seeds) or out)
    note(too_long_sentence(ended[0]))
    return ended


def _adapter(folder: str | None, record: RunRecord, out: Path | None) -> str | None:
    """Where the adapter lies now: in the run, or in its copy."""
    if folder is None or out is None:
        return folder
    return str(out.resolve() / Path(folder).relative_to(record.folder))
