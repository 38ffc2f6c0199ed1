"""``python -m hypviz finetune MODEL``: matched adapters, trained by the same worker as on the page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hypviz.cli.asking_options import AskedAs, asking_of
from hypviz.cli.common import StderrProgress, emit, note, note_fewer, note_model, note_reading, stoppable
from hypviz.cli.finetune_checks import check_before_reading
from hypviz.cli.finetune_options import Asked, asked_for
from hypviz.cli.finetune_report import of_seed, over_seeds, payload, telling, words
from hypviz.cli.problem_columns import advice, columns_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypviz.records.models import ModelSummary
    from hypviz.records.runs import RunRecord
    from hypviz.records.specs.finetune import ExperimentSpec
    from hypviz.studies.finetune.planning import Planned


@click.command()
@asked_for
def command(asked: Asked) -> None:
    """Fine-tune LoRA and HypLoRA on the same batches, with a control.

    The control, scaled-lora, is plain LoRA whose alpha is multiplied in every layer by the median gain that HypLoRA starts with: where
    HypLoRA is better than LoRA and not better than the control, a larger alpha explains it. Same batches, initial A, rank, alpha,
    learning rate, steps and seed for all; the loss is taken on the answers only. The run is listed on the Fine-tune page too. Ctrl-C
    stops it after the current step and keeps adapters that can be loaded.
    """
    from hypviz.studies.finetune import copies
    from hypviz.studies.finetune.planning import plan_run

    check_before_reading(asked)
    if asked.out is not None:
        copies.require_free(asked.out)
    spec, summary = _question(asked)
    planned = plan_run(spec, summary)
    note_model(spec.model)
    ended = _follow(spec, planned)
    _take_home(ended, asked.out)
    found = [(payload(record, place), words(record, place)) for record in ended for place in [_folder(asked.out, record, len(ended))]]
    if asked.seeds == 1:
        emit(asked.as_json, *found[0])
        return
    gaps = over_seeds(ended)
    several = {"runs": [numbers for numbers, _ in found], "over_seeds": gaps}
    emit(asked.as_json, several, "\n".join([*(told for _, told in found), *gaps["words"]]))


def _question(asked: Asked) -> tuple[ExperimentSpec, ModelSummary]:
    """The spec that the options ask for, with the problems and the model read, and the model's summary."""
    from hypviz.records.specs.finetune import ExperimentSpec
    from hypviz.studies.finetune.lessons import learned_from
    from hypviz.studies.finetune.setups import find_setup, missing_sentence, setup_targets
    from hypviz.studies.models import resolve, summarise

    with advice():
        problems = learned_from(asked.problems, limit=asked.limit, columns=columns_given(), work=StderrProgress("reading the problems"))
    note_reading(problems)
    note_fewer(asked.limit, len(problems.problems), "problems")
    ref = resolve(asked.model, trust_remote_code=asked.trust_remote_code, work=StderrProgress("reading the model"))
    summary, setup = summarise(ref), find_setup(asked.preset)
    if asked.targets is None:
        note(missing_sentence(setup, summary))
    spec = ExperimentSpec(
        model=ref,
        problems=problems,
        asking=asking_of(ref, AskedAs(**{name: getattr(asked, name) for name in _ASKED}), [], asked=[], source=problems),
        methods=asked.methods,
        steps=asked.steps,
        rank=setup.rank if asked.rank is None else asked.rank,
        alpha=setup.alpha if asked.alpha is None else asked.alpha,
        hyplora_alpha=setup.hyplora_alpha if asked.hyplora_alpha is None else asked.hyplora_alpha,
        targets=setup_targets(setup, summary) if asked.targets is None else asked.targets,
        lora_beyond=asked.lora_beyond or None,
        learn_c=not asked.fixed_radius,
        **{name: getattr(asked, name) for name in _AS_TYPED},
    )
    return spec, summary


_ASKED = ("template", "system", "shots", "shots_from", "shots_seed")
_AS_TYPED = (
    "lr",
    "gain",
    "c",
    "radius",
    "quantile",
    "seed",
    "seeds",
    "batch",
    "accumulate",
    "warmup",
    "max_tokens",
    "precision",
    "processes",
)


def _follow(spec: ExperimentSpec, planned: Planned) -> tuple[RunRecord, ...]:
    """Start a run a seed, and follow them to their ends."""
    from hypviz.studies.finetune.seeds import begin_all, wait_for_all, with_seeds
    from hypviz.words.runs import about, memory_sentence

    note(memory_sentence(planned.memory, planned.spec))
    specs = with_seeds(planned.spec, spec.seeds)
    note(f"it will take about {about(len(specs) * planned.time.seconds(planned.spec.steps))}, as a trial on this machine says.")
    started = begin_all(specs, spec.problems, planned.plan())
    alone = len(started) == 1
    names = f"run {started[0].run_id}" if alone else f"runs {', '.join(record.run_id for record in started)}"
    note(f"{names} started; Ctrl-C stops {'it' if alone else 'the one at work and those behind it,'} and keeps what it has learned.")
    with stoppable() as asked_to_stop:
        shown = StderrProgress("fine-tune", timed=False, asked_to_stop=asked_to_stop)
        return wait_for_all(started, telling(started, shown))


def _take_home(ended: Sequence[RunRecord], out: Path | None) -> None:
    """Say what is to be said of runs that have ended, and copy them; `HypvizError` for one that failed."""
    from hypviz.studies.finetune import copies
    from hypviz.words.clipping import clipping_warning
    from hypviz.words.runs import too_long_sentence

    for record in ended:
        copies.require_usable(record)
        note(of_seed(record, clipping_warning(record), several=len(ended) > 1))
        place = _folder(out, record, len(ended))
        if place is not None:
            copies.copy_run(record, place)
    note(too_long_sentence(ended[0]))


def _folder(out: Path | None, record: RunRecord, n_runs: int) -> Path | None:
    """Where the copy of a run goes: one folder a seed where there are several."""
    return out if out is None or n_runs == 1 else out / f"seed-{record.spec.seed}"
