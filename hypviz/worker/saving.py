"""When and where a run saves: a checkpoint to go on from and one PEFT folder per member, together, every so many seconds."""

from __future__ import annotations

import shutil
import time

from hypviz.hyplora import save_adapter
from hypviz.records.runs import RunSpec
from hypviz.runs.folder import ADAPTERS, RunFolder
from hypviz.worker import checkpoint
from hypviz.worker.report import Report
from hypviz.worker.stepping import Stepper


class Saver:
    """Only the first process writes; the others wait for it."""

    def __init__(self, *, folder: RunFolder, spec: RunSpec, stepper: Stepper, report: Report) -> None:
        self._folder, self._spec, self._stepper, self._report = folder, spec, stepper, report
        self._saved_at = time.monotonic()

    def save_if_due(self, step: int) -> None:
        """Save if `checkpoint_seconds` have passed since the last time."""
        if step < self._spec.steps and time.monotonic() - self._saved_at > self._spec.checkpoint_seconds:
            self.save(step)

    def save(self, step: int) -> None:
        """Checkpoint and adapters as they are after `step` steps; nothing before the first one."""
        if step > 0 and self._stepper.accelerator.is_main_process:
            checkpoint.save(self._folder.checkpoint, self._stepper.members, step)
            self._save_adapters(step)
        self._saved_at = time.monotonic()

    def finish(self, step: int) -> None:
        """The final adapters; the checkpoint has served its purpose."""
        if self._stepper.accelerator.is_main_process:
            self._save_adapters(step)
            shutil.rmtree(self._folder.checkpoint, ignore_errors=True)
        self._stepper.accelerator.wait_for_everyone()

    def _save_adapters(self, step: int) -> None:
        for member in self._stepper.members:
            card = save_adapter(
                self._stepper.peft_model,
                member.method,
                self._folder.adapter(member.method),
                base_fingerprint=self._spec.base.fingerprint,
                method=member.method,
                run_id=self._folder.run_id,
            )
            place = f"{ADAPTERS}/{member.method}"
            self._report.member(member.method, adapter=place, adapter_steps=step, adapter_fingerprint=card.adapter_fingerprint)
        self._report.flush()
