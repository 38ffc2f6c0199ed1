"""When and where a run saves: a checkpoint every so many seconds, one PEFT folder per member at the end."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

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
        """A checkpoint if `checkpoint_seconds` have passed since the last one."""
        if step < self._spec.steps and time.monotonic() - self._saved_at > self._spec.checkpoint_seconds:
            self._save_checkpoint(step)

    def stop(self, step: int) -> None:
        """Checkpoint and adapters as they are after `step` steps; nothing before the first one."""
        if step > 0:
            self._save_checkpoint(step)
            self._save_adapters(step)

    def finish(self, step: int) -> None:
        """The final adapters; the checkpoint has served its purpose."""
        self._save_adapters(step)
        if self._stepper.accelerator.is_main_process:
            shutil.rmtree(self._folder.checkpoint, ignore_errors=True)
        self._stepper.accelerator.wait_for_everyone()

    def _save_checkpoint(self, step: int) -> None:
        if self._stepper.accelerator.is_main_process:
            checkpoint.save(self._folder.checkpoint, self._stepper.members, step, self._write_adapter)
        self._saved_at = time.monotonic()

    def _save_adapters(self, step: int) -> None:
        if not self._stepper.accelerator.is_main_process:
            return
        for member in self._stepper.members:
            found = self._write_adapter(member.method, self._folder.adapter(member.method))
            place = f"{ADAPTERS}/{member.method}"
            self._report.member(member.method, adapter=place, adapter_steps=step, adapter_fingerprint=found)

    def _write_adapter(self, method: str, folder: Path) -> str:
        card = save_adapter(
            self._stepper.peft_model,
            method,
            folder,
            base_fingerprint=self._spec.base.fingerprint,
            method=method,
            run_id=self._folder.run_id,
            asking=self._spec.asking,
        )
        return card.adapter_fingerprint
