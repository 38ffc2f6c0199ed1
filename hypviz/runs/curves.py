"""metrics.jsonl: appending one line per step and member, and reading the lines back as curves.

A step line is ``{"method", "step", "loss", "seconds", "lr", "gradient"}``; a probe line ``{"method", "step", "delta_ratio",
"gain_low", "gain_median", "gain_high", "gain_variation"}``; the last of each is not in old files. After a resume a step may stand
twice; the last line counts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from hypviz.records.runs import MemberCurve, RunMetrics

_STEP = ("loss", "seconds", "lr", "gradient")
_PROBE = ("delta_ratio", "gain_low", "gain_median", "gain_high", "gain_variation")
_OPTIONAL = {"gradient", "gain_variation"}  # a line without them is no damaged one


def append(path: Path, row: dict[str, Any]) -> None:
    """Add one line in a single write, so that a killed worker leaves whole lines."""
    with open(path, "ab", buffering=0) as file:
        file.write((json.dumps(row, allow_nan=False) + "\n").encode("utf-8"))


def read_curves(run_id: str, path: Path, methods: tuple[str, ...]) -> RunMetrics:
    """The curves of all methods; a file that is not there yet gives empty ones."""
    raw = path.read_bytes() if path.exists() else b""
    whole = raw[: raw.rfind(b"\n") + 1]
    steps: dict[str, dict[int, list[float]]] = {method: {} for method in methods}
    probes: dict[str, dict[int, list[float]]] = {method: {} for method in methods}
    n_damaged = 0
    for line in whole.split(b"\n"):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            table, names = (steps, _STEP) if "loss" in row else (probes, _PROBE)
            table[row["method"]][_step_number(row["step"])] = [_number(row.get(name) if name in _OPTIONAL else row[name]) for name in names]
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            n_damaged += 1
    curves = tuple(_curve(method, steps[method], probes[method]) for method in methods)
    return RunMetrics(run_id=run_id, curves=curves, n_damaged=n_damaged)


def _step_number(value: Any) -> int:
    return int(np.int64(int(value)))  # OverflowError for one that no array of steps holds


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _curve(method: str, steps: dict[int, list[float]], probes: dict[int, list[float]]) -> MemberCurve:
    at, probed = sorted(steps), sorted(probes)
    values = np.array([steps[i] for i in at], dtype=np.float64).reshape(len(at), len(_STEP))
    measured = np.array([probes[i] for i in probed], dtype=np.float64).reshape(len(probed), len(_PROBE))
    return MemberCurve(
        method=method,
        steps=np.array(at, dtype=np.int64),
        losses=values[:, 0],
        seconds=values[:, 1],
        lrs=values[:, 2],
        gradients=values[:, 3],
        probe_steps=np.array(probed, dtype=np.int64),
        delta_ratio=measured[:, 0],
        gain_low=measured[:, 1],
        gain_median=measured[:, 2],
        gain_high=measured[:, 3],
        gain_variation=measured[:, 4],
    )
