"""One optimizer step of every member on one batch, metered member by member."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from accelerate import Accelerator
from torch import Tensor

from hypviz.errors import HypvizError
from hypviz.hyplora import probe
from hypviz.methods import METHODS
from hypviz.records.hyplora import ProbeSummary
from hypviz.records.runs import RunProbe, RunSpec
from hypviz.worker.answer_loss import AnswerLoss
from hypviz.worker.clipping import shorten
from hypviz.worker.members import Member, activate, learning_rate
from hypviz.worker.memory import adapter_bytes, kept_for_backward
from hypviz.worker.report import Report
from hypviz.worker.timing import LOOK, Timing, is_look

if TYPE_CHECKING:
    from peft import PeftModel

Batch = Mapping[str, Tensor]


class Stepper:
    """Holds the prepared model and optimizers; `answer_loss` is the same model with its loss, without accelerate's wrapper."""

    def __init__(
        self,
        *,
        accelerator: Accelerator,
        answer_loss: AnswerLoss,
        members: list[Member],
        spec: RunSpec,
        report: Report,
        timing: Timing,
    ) -> None:
        self.accelerator, self.answer_loss, self.members, self.spec = accelerator, answer_loss, members, spec
        self.report, self.timing = report, timing
        self.peft_model: PeftModel = answer_loss.peft_model
        activate(self.peft_model, members[0], members)
        self._model, *self._optimizers = accelerator.prepare(answer_loss, *(member.optimizer for member in members))
        self._scale = spec.accumulate * accelerator.num_processes  # accelerate and DDP divide by these

    def step(self, step: int, parts: Sequence[Batch]) -> None:
        """Every member learns from the same parts; then its loss, seconds and learning rate are written down."""
        losses, seconds = [0.0] * len(self.members), [0.0] * len(self.members)
        for part in parts:
            with self.accelerator.accumulate(self._model):
                for i in range(len(self.members)):
                    loss, spent = self._learn(i, part, step, losses[i])
                    self.timing.note(self.members[i].method, spent, step)
                    losses[i], seconds[i] = losses[i] + loss, seconds[i] + spent
        for member, loss, spent in zip(self.members, losses, seconds, strict=True):
            member.count(loss, spent)
            row = {"method": member.method, "step": step + 1, "loss": loss, "seconds": spent, "lr": learning_rate(step, self.spec)}
            self.report.metric(row | {"gradient": member.gradient})
        if is_look(step, self.spec):
            self._look(step + 1, parts[-1])
        self._tell(step + 1)

    def _learn(self, i: int, part: Batch, step: int, loss_so_far: float) -> tuple[float, float]:
        """Forward, backward and, on the last part, clip and update; returns (this part's loss, seconds)."""
        member, optimizer = self.members[i], self._optimizers[i]
        activate(self.peft_model, member, self.members)
        started = self._clock(reset_peak=True)
        loss = self._model(**part)
        self.accelerator.backward(loss * self._scale)
        value = float(self.accelerator.reduce(loss.detach(), reduction="sum"))
        if self.accelerator.sync_gradients:
            groups = member.layers if self.spec.clip == "layer" else (tuple(member.parameters.values()),)
            norms = shorten(groups, self.spec.clip_norm)
            self._require_finite(member, step, value + loss_so_far, math.hypot(*norms))
            n_long = sum(norm > self.spec.clip_norm for norm in norms)
            member.n_clipped, member.n_layers_clipped = member.n_clipped + (n_long > 0), member.n_layers_clipped + n_long
            member.gradient = math.hypot(*norms)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate(step, self.spec)
        optimizer.step()
        optimizer.zero_grad()
        spent = self._clock() - started
        if self.accelerator.device.type == "cuda":
            member.peak_bytes = max(member.peak_bytes or 0, torch.cuda.max_memory_allocated(self.accelerator.device))
        return value, spent

    def _look(self, step: int, part: Batch) -> None:
        """One more forward pass per member, outside its metered time: |Delta|/|Wx|, the gain, and on CPU the bytes kept."""
        entries = []
        for member in self.members:
            started = self._clock()
            activate(self.peft_model, member, self.members)
            with kept_for_backward(self.peft_model) as kept, probe(self.peft_model) as seen, self.accelerator.autocast():
                by_loss = self.answer_loss.look(part["input_ids"], part["attention_mask"], part["labels"])
            if self.accelerator.device.type == "cpu":
                n_bytes = kept.n_bytes + by_loss + adapter_bytes(list(member.parameters.values()))
                member.peak_bytes = max(member.peak_bytes or 0, n_bytes)
            found = seen.summary().of(member.method)
            self.timing.note(LOOK, self._clock() - started, step)
            if found is None or found.overall.ratio is None:
                continue
            entries.append(found)
            gain = found.overall.gain if found.hyperbolic else None
            gains = {"gain_low": gain and gain.low, "gain_median": gain and gain.median, "gain_high": gain and gain.high}
            gains["gain_variation"] = found.variation
            self.report.metric({"method": member.method, "step": step, "delta_ratio": found.overall.ratio.median, **gains})
        self.report.probe(RunProbe(step=step, summary=ProbeSummary(adapters=tuple(entries))))

    def _tell(self, step: int) -> None:
        for member in self.members:
            self.report.member(
                member.method,
                steps=member.steps,
                seconds=member.seconds,
                first_loss=member.first_loss,
                last_loss=member.last_loss,
                n_clipped=member.n_clipped,
                n_layers_clipped=member.n_layers_clipped,
                peak_bytes=member.peak_bytes,
            )
        self.report.update(step=step)

    def _require_finite(self, member: Member, step: int, loss: float, norm: float) -> None:
        if math.isfinite(loss) and math.isfinite(norm):
            return
        spec = self.spec
        what = f"loss of {member.title} became {loss}" if not math.isfinite(loss) else f"gradient of {member.title} became {norm}"
        if step == 0 and not math.isfinite(loss):  # B = 0: this is the loss of the base
            precise = "" if spec.precision == "float32" else ", or use the precision float32"
            raise HypvizError(f"The {what} at step 1, where nothing is learned yet; check the weights of {spec.base.label}{precise}.")
        long = METHODS[member.method].feels_long_tokens and spec.lora_beyond is None
        bent = "a calibrated radius, a length in radii beyond which tokens are adapted as LoRA (lora_beyond), " if long else ""
        raise HypvizError(
            f"The {what} at step {step + 1} (learning rate {spec.lr:g}); start again with {bent}a lower learning rate or a longer warm-up."
        )

    def _clock(self, *, reset_peak: bool = False) -> float:
        if self.accelerator.device.type == "cuda":
            torch.cuda.synchronize(self.accelerator.device)
            if reset_peak:
                torch.cuda.reset_peak_memory_stats(self.accelerator.device)
        return time.perf_counter()
