"""A fine-tune with all three members, as a worker would have left it: curves and a look before the first step, but no training."""

from __future__ import annotations

import dataclasses
import os
import time
from pathlib import Path

from hypviz import runs
from hypviz.methods.comparison import BASELINE, CONTROL, SUBJECT
from hypviz.records.hyplora import ProbeSummary
from hypviz.records.runs import RUNNING, RunProbe
from hypviz.runs.curves import append
from hypviz.runs.folder import RunFolder, open_run
from tests.runs.specs import TRIO, tiny_problems, tiny_spec
from tests.words.test_gain import adapter, at, layer

GAPS = {BASELINE: 0.0, CONTROL: -0.15, SUBJECT: -0.2}


def run_of_three(model: Path, state: str, *, n: int = 20, n_clipped: dict[str, int] | None = None, **spec_changes: object) -> RunFolder:
    """Losses after `n` steps of 20 are lower by `GAPS`; `n_clipped` by method."""
    changes = {
        "steps": 20,
        "methods": TRIO,
        "clip": "layer",
        "lora_beyond": 6.0,
        "radius": "calibrated",
        "quantile": 1.0,
        **spec_changes,
    }
    spec = dataclasses.replace(tiny_spec(model), **changes)
    folder = open_run(runs.create(spec, tiny_problems()).run_id)
    for place, (method, gap) in enumerate(GAPS.items()):
        for step in range(1, n + 1):
            noise = (step * (place + 2) % 5) / 400
            append(folder.metrics, {"method": method, "step": step, "loss": 2.0 - step / 50 + gap + noise, "seconds": 0.1, "lr": 0.01})
        gains = {"gain_low": 2.0, "gain_median": 2.4, "gain_high": 3.0}
        append(
            folder.metrics,
            {"method": method, "step": max(n, 1), "delta_ratio": 0.04, **(gains if method == SUBJECT else dict.fromkeys(gains, None))},
        )
    found = adapter(layer(at(0, "q_proj"), 2.4, 0.1, None), layer(at(0, "v_proj"), 2.6, 0.1, None))
    folder.write_start(RunProbe(step=0, summary=ProbeSummary(adapters=(found,))))
    status, now = folder.read_status(), time.time()
    members = tuple(
        dataclasses.replace(
            m,
            steps=n,
            seconds=0.1 * n,
            first_loss=2.0 if n else None,
            last_loss=1.6 if n else None,
            n_parameters=900,
            n_clipped=(n_clipped or {}).get(m.method, 0),
            n_layers_clipped=2 * (n_clipped or {}).get(m.method, 0),
        )
        for m in status.members
    )
    folder.write_status(
        dataclasses.replace(
            status,
            state=state,
            phase="training",
            step=n,
            members=members,
            pid=os.getpid(),
            started_at=now - 5,
            ended_at=None if state == RUNNING else now,
            queued_at=now - 60,
        )
    )
    return folder
