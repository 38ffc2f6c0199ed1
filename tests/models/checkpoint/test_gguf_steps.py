"""The noise of quantising as it is expected is what the ``gguf`` package's own quantiser makes, and steps are what numbers lie apart by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize, quantize

from hypviz.models.checkpoint.gguf_steps import _CODES, block_steps, step_energy
from hypviz.models.checkpoint.headers import StoredTensor

ROWS, COLUMNS = 64, 256


def stored(file: Path, kind: str, raw: np.ndarray) -> StoredTensor:
    file.write_bytes(b"head" + raw.tobytes())
    return StoredTensor(name="w", dtype=kind, shape=(ROWS, COLUMNS), start=4, stop=4 + raw.nbytes, file=file)


@pytest.mark.parametrize("kind", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0"])
def test_the_energy_is_that_of_quantising(tmp_path: Path, kind: str) -> None:
    values = np.random.default_rng(0).standard_normal((ROWS, COLUMNS)).astype(np.float32)
    raw = quantize(values, GGMLQuantizationType[kind])
    tensor, error = stored(tmp_path / "t", kind, raw), (dequantize(raw, GGMLQuantizationType[kind]) - values).astype(np.float64) ** 2
    assert step_energy(tensor) == pytest.approx(error.sum(), rel=0.15)
    some = step_energy(tensor, 10, 30)
    assert some == pytest.approx(error[10:30].sum(), rel=0.2)
    rest = (step_energy(tensor, 0, 10) or 0.0) + (step_energy(tensor, 30) or 0.0)
    assert (some or 0.0) + rest == pytest.approx(step_energy(tensor), rel=1e-12)


HALVES = {  # where in a block its numbers of half precision lie
    "Q4_0": (0,), "Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "Q8_0": (0,), "Q2_K": (80, 82), "Q3_K": (108,), "Q4_K": (0, 2),
    "Q5_K": (0, 2), "Q6_K": (208,),
}  # fmt: skip


@pytest.mark.parametrize("kind", _CODES)
def test_numbers_of_a_block_lie_whole_steps_apart(kind: str) -> None:
    rng, number = np.random.default_rng(1), GGMLQuantizationType[kind]
    blocks = rng.integers(0, 256, (200, GGML_QUANT_SIZES[number][1]), dtype=np.uint8)
    for at in HALVES[kind]:
        blocks[:, at : at + 2] = rng.uniform(0.5, 1.0, (200, 1)).astype(np.float16).view(np.uint8)
    at, n, _ = _CODES[kind]
    zeros = blocks.copy()
    zeros[:, at : at + n] = 0
    steps = block_steps(blocks, kind).astype(np.float64)
    apart = np.abs(dequantize(blocks, number).astype(np.float64) - dequantize(zeros, number))[steps > 0] / steps[steps > 0]
    assert (steps > 0).mean() > 0.9 and np.abs(apart - np.round(apart)).max() < 1e-2
    assert len(np.unique(np.round(apart))) in (4, 16, 129)  # codes as large as the lower bits, or signed bytes


def test_of_another_type_the_steps_are_not_known(tmp_path: Path) -> None:
    assert step_energy(stored(tmp_path / "t", "IQ4_NL", np.zeros(64, dtype=np.uint8))) is None
