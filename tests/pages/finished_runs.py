"""A finished fine-tune as a worker would have left it, with real adapter files but without training."""

from __future__ import annotations

import dataclasses
import os
import shutil
import time
from pathlib import Path

from hypviz import runs
from hypviz.records.runs import DONE
from hypviz.runs.folder import open_run
from tests.runs.specs import tiny_problems, tiny_spec


def finished_run(
    model: Path,
    adapters: dict[str, Path],
    *,
    state: str = DONE,
    learned: str = "one-step",
    seed: int = 0,
    methods: tuple[str, ...] = ("lora", "hyplora"),
) -> str:
    """The id of a run of `model` on the problems `learned` whose members `methods` have the given adapters."""
    spec = dataclasses.replace(tiny_spec(model), problems=learned, seed=seed, methods=methods)
    folder = open_run(runs.create(spec, tiny_problems()).run_id)
    members = []
    for member in folder.read_status().members:
        shutil.copytree(adapters[member.method], folder.path / "adapter" / member.method)
        members.append(dataclasses.replace(member, steps=6, adapter=f"adapter/{member.method}", adapter_steps=6))
    now = time.time()
    status = dataclasses.replace(
        folder.read_status(), state=state, step=6, members=tuple(members), pid=os.getpid(), started_at=now - 9, ended_at=now
    )
    folder.write_status(status)
    return folder.run_id
