"""The matched members in motion: one base model, its adapters stepped in turn on the same batches.

In: a run folder with spec and problems. Out: metrics line by line, the status, checkpoints, and one PEFT folder per member. The
loss is taken on the answers only. Stepping, splitting over processes and mixed precision are accelerate's.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import torch
from accelerate import Accelerator, DataLoaderConfiguration, DistributedDataParallelKwargs
from accelerate.utils import GradientAccumulationPlugin
from torch import Tensor
from torch.utils.data import DataLoader

from hypviz.errors import HypvizError, Stopped
from hypviz.methods import METHODS
from hypviz.models import available_memory, resolve, show_size
from hypviz.records.models import ModelRef
from hypviz.records.runs import RunProbe, RunSpec
from hypviz.runs.folder import RunFolder
from hypviz.work import STOPPED, Work
from hypviz.worker.answer_loss import AnswerLoss
from hypviz.worker.checkpoint import restore
from hypviz.worker.data import Examples, Stream, collate, encode_examples
from hypviz.worker.members import attach_scaled, calibrate, load_base_with_adapters, look_before, make_member
from hypviz.worker.memory import MEASURED_CPU, MEASURED_CUDA
from hypviz.worker.report import Report
from hypviz.worker.saving import Saver
from hypviz.worker.stepping import Stepper
from hypviz.worker.timing import Timing, resources

if TYPE_CHECKING:
    from peft import PeftModel


def train(folder: RunFolder, spec: RunSpec, report: Report, work: Work) -> None:
    """Run from the last checkpoint (or the beginning) to the last step.

    `Stopped` if it was asked to end before that: between two stages of getting ready with nothing saved, later after the current step
    with checkpoint and adapters.
    """
    torch.set_num_threads(spec.threads)
    accelerator = _accelerator(spec)
    work = _agreed(work, accelerator)
    work.check()
    report.resources = lambda: resources(accelerator.device, report.now(), (), None)  # a kill while the model loads wants its figures too
    report.update(versions={name: version(name) for name in ("torch", "transformers", "peft", "accelerate")}, phase="reading the problems")
    _require_same_base(spec.base)
    work.check()
    examples = encode_examples(spec.base, folder.read_problems(), max_tokens=spec.max_tokens, asking=spec.asking, work=work)
    n_answer = sum(example.n_answer for example in examples.items)
    report.update(
        n_examples=len(examples.items),
        n_too_long=examples.n_too_long,
        n_rejoined=examples.n_rejoined,
        n_answer_tokens=n_answer,
        phase="loading the model",
    )
    stepper, start = _prepare(folder, spec, examples, report, accelerator, work)
    saver = Saver(folder=folder, spec=spec, stepper=stepper, report=report)
    report.update(phase="training", step=start)
    for step, parts in enumerate(_batches(spec, examples, start, accelerator), start=start):
        if work.is_stopped:
            saver.stop(step)
            raise Stopped(STOPPED)
        stepper.step(step, parts)
        saver.save_if_due(step + 1)
    report.update(phase="saving")
    saver.finish(spec.steps)


def _prepare(
    folder: RunFolder, spec: RunSpec, examples: Examples, report: Report, accelerator: Accelerator, work: Work
) -> tuple[Stepper, int]:
    """Everything before the first step, and the step to go on from; `Stopped` between two stages."""
    _require_memory(folder, spec, accelerator)
    peft_model = load_base_with_adapters(spec, work).to(accelerator.device)
    report.update(phase="measuring the layers")
    batch = _batch_of(0, spec, examples)
    with accelerator.autocast():
        calibration = calibrate(peft_model, spec, _inputs(batch, accelerator), work)
    work.check()
    if calibration is not None:
        report.calibration(calibration)
    _look_before(peft_model, spec, examples, report, accelerator, work)
    members = [make_member(peft_model, method, spec) for method in spec.methods]
    start = restore(folder.checkpoint, members, spec.steps)
    work.check()
    report.update(
        layer_c=tuple(layer.c for layer in calibration.layers) if calibration else (),
        bytes_measured=MEASURED_CUDA if accelerator.device.type == "cuda" else MEASURED_CPU,
    )
    for member in members:
        report.member(member.method, n_parameters=sum(p.numel() for p in member.parameters.values()))
    answer_loss = AnswerLoss(peft_model)
    with accelerator.autocast():
        answer_loss.settle(_small(batch, accelerator), [p for member in members for p in member.parameters.values()])
    work.check()
    timing = Timing(spec, start, report.now)
    report.resources = lambda: resources(accelerator.device, report.now(), timing.promises, answer_loss.all_logits_because)
    stepper = Stepper(accelerator=accelerator, answer_loss=answer_loss, members=members, spec=spec, report=report, timing=timing)
    return stepper, start


def _look_before(peft_model: PeftModel, spec: RunSpec, examples: Examples, report: Report, accelerator: Accelerator, work: Work) -> None:
    """On the second step's batch, which calibration has not seen, if there is one; the scale of scaled methods comes from it."""
    batch = _batch_of(min(1, spec.steps - 1), spec, examples)
    with accelerator.autocast():
        found = look_before(peft_model, spec, _inputs(batch, accelerator), work)
    work.check()
    if found is None:
        return
    report.start(RunProbe(step=0, summary=found))
    for method in spec.methods:
        other = METHODS[method].scaled_by
        start = found.of(other) if other is not None else None
        if start is not None:
            attach_scaled(peft_model, spec, method, start)
    peft_model.eval()


def _batch_of(step: int, spec: RunSpec, examples: Examples) -> dict[str, Tensor]:
    """The whole batch of the step with this number (from 0)."""
    stream = Stream(examples, steps=spec.steps, batch=spec.batch, seed=spec.seed, start=step)
    return collate([stream[i] for i in range(spec.batch)], pad_id=examples.pad_id)


def _inputs(batch: dict[str, Tensor], accelerator: Accelerator) -> dict[str, Tensor]:
    return {name: batch[name].to(accelerator.device) for name in ("input_ids", "attention_mask")}


def _small(batch: dict[str, Tensor], accelerator: Accelerator) -> dict[str, Tensor]:
    """The shortest example of a batch."""
    lengths = batch["attention_mask"].sum(dim=1)
    row = int(lengths.argmin())
    names = ("input_ids", "attention_mask", "labels")
    return {name: batch[name][row : row + 1, : int(lengths[row])].to(accelerator.device) for name in names}


def _accelerator(spec: RunSpec) -> Accelerator:
    """On CPU unless the spec says otherwise; batches are split, not multiplied, over processes."""
    if spec.device != "cpu" and not torch.cuda.is_available():
        raise HypvizError(f"The run asks for {spec.device}, but this machine shows no CUDA device; start it with device cpu.")
    if spec.device != "cpu" and spec.processes == 1:
        torch.cuda.set_device(int(spec.device.partition(":")[2]))
    accelerator = Accelerator(
        cpu=spec.device == "cpu",
        mixed_precision="bf16" if spec.precision == "bfloat16" else "no",
        # the parts of a step are drawn before it: a loader that has ended must not make an update of every part of the last step
        gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=spec.accumulate, sync_with_dataloader=False),
        dataloader_config=DataLoaderConfiguration(split_batches=True),
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=True)],  # the members that wait are unused
    )
    if accelerator.num_processes != spec.processes:
        found = accelerator.num_processes
        raise HypvizError(f"The run asks for {spec.processes} processes but {found} came together; start it with accelerate launch.")
    return accelerator


def _batches(spec: RunSpec, examples: Examples, start: int, accelerator: Accelerator) -> Iterator[list[dict[str, Any]]]:
    """The batches of each step from `start` on, in `accumulate` parts."""
    stream = Stream(examples, steps=spec.steps, batch=spec.batch, seed=spec.seed, start=start)
    if not len(stream):
        return
    loader = DataLoader(
        stream, batch_size=spec.batch // spec.accumulate, shuffle=False, collate_fn=partial(collate, pad_id=examples.pad_id)
    )
    parts: list[dict[str, Any]] = []
    for part in accelerator.prepare(loader):
        parts.append(part)
        if len(parts) == spec.accumulate:
            yield parts
            parts = []


def _require_memory(folder: RunFolder, spec: RunSpec, accelerator: Accelerator) -> None:
    """What was planned must still be free; a run may have waited in line for hours."""
    plan = folder.read_plan()
    if plan is None or accelerator.device.type != "cpu":
        return
    needed = spec.processes * (plan.memory.total_bytes - plan.memory.process_bytes)
    free = available_memory()
    if needed > free:
        raise HypvizError(
            f"This fine-tune of {spec.base.label} needs about {show_size(needed)} more memory and only {show_size(free)} are free by "
            "now; close other programs, then start it again."
        )


def _agreed(work: Work, accelerator: Accelerator) -> Work:
    """The same work for all processes of a group: the first one asks whether to end, and all of them hear the same answer."""
    if accelerator.num_processes == 1:
        return work

    def asked_to_stop() -> bool:
        if accelerator.is_main_process and work.is_stopped:
            accelerator.set_trigger()
        return accelerator.check_trigger()

    return Work(asked_to_stop=asked_to_stop)


def _require_same_base(base: ModelRef) -> None:
    """The weights on disk must be those the run was set up for."""
    found = resolve(base.path, trust_remote_code=base.trust_remote_code)
    if found.fingerprint != base.fingerprint:
        raise HypvizError(f"The model in {base.path} has changed since this fine-tune was set up; set it up again for the new weights.")
