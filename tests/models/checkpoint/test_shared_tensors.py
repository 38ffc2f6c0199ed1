"""Two checkpoints' shared tensors: the same place under other names, the numbers of every format, and what cannot be compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hypviz.models.checkpoint.folder import Checkpoint, open_checkpoint
from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.models.checkpoint.shared_tensors import rounding_energy, rows_of, shared_tensors, whole_tensor

ROWS, COLUMNS = 20, 32


def checkpoint(folder: Path, tensors: dict[str, torch.Tensor]) -> Checkpoint:
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (folder / name).write_text("{}")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return open_checkpoint(folder)


def numbers(seed: int = 0) -> torch.Tensor:
    return torch.randn(ROWS, COLUMNS, generator=torch.Generator().manual_seed(seed))


def quantised(folder: Path, name: str) -> tuple[Checkpoint, np.ndarray]:
    """A checkpoint of one table in Q8_0, as a GGUF file holds it, and its numbers."""
    from gguf import GGMLQuantizationType
    from gguf.quants import dequantize, quantize

    raw = quantize(numbers().numpy(), GGMLQuantizationType.Q8_0)
    folder.mkdir()
    file = folder / "table.gguf"
    file.write_bytes(raw.tobytes())
    tensor = StoredTensor(name=name, dtype="Q8_0", shape=(ROWS, COLUMNS), start=0, stop=raw.nbytes, file=file)
    return Checkpoint(folder=folder, files=(file,), tensors={name: tensor}, gguf=file), dequantize(raw, GGMLQuantizationType.Q8_0)


def test_the_same_place_under_other_names_is_shared_and_the_rest_is_told(tmp_path: Path) -> None:
    base = checkpoint(tmp_path / "a", {"model.layers.0.q.weight": numbers(), "model.only.weight": numbers(), "model.ids": torch.arange(3)})
    other = checkpoint(tmp_path / "b", {"language_model.layers.0.q.weight": numbers(1), "spare.weight": numbers(), "ids": torch.arange(3)})
    found = shared_tensors(base, other)
    assert found.pairs == (("model.layers.0.q.weight", "language_model.layers.0.q.weight"),)
    assert (found.only_base, found.only_other, found.packed) == (("model.only.weight",), ("spare.weight",), ("model.ids",))


def test_float8_is_read_with_its_scales_which_are_no_weights_of_their_own(tmp_path: Path) -> None:
    stored = numbers().to(torch.float8_e4m3fn)
    small = checkpoint(tmp_path / "a", {"q.weight": stored, "q.weight_scale_inv": torch.tensor(2.0)})
    plain = checkpoint(tmp_path / "b", {"q.weight": numbers()})
    found = shared_tensors(small, plain)
    assert found.pairs == (("q.weight", "q.weight"),) and not found.only_base
    expected = 2.0 * stored.float().numpy()
    assert np.array_equal(whole_tensor(small, "q.weight"), expected)
    parts = [rows for _, rows in rows_of(small, "q.weight", ROWS, 7)]
    assert [len(rows) for rows in parts] == [7, 7, 6] and np.array_equal(np.concatenate(parts), expected)
    assert rounding_energy(small.tensors["q.weight"], expected) is None


def test_quantised_rows_are_dequantised_whole_and_by_rows(tmp_path: Path) -> None:
    packed, expected = quantised(tmp_path / "a", "q.weight")
    plain = checkpoint(tmp_path / "b", {"q.weight": numbers()})
    assert shared_tensors(packed, plain).pairs == (("q.weight", "q.weight"),)
    assert np.array_equal(whole_tensor(packed, "q.weight"), expected)
    assert np.array_equal(np.concatenate([rows for _, rows in rows_of(packed, "q.weight", 10, 4)]), expected[:10])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_rounding_is_as_large_as_expected(tmp_path: Path, dtype: torch.dtype) -> None:
    true = torch.randn(20_000, dtype=torch.float64, generator=torch.Generator().manual_seed(5)) * 3.0
    stored = true.to(dtype)
    held = checkpoint(tmp_path / "a", {"w": stored})
    expected = rounding_energy(held.tensors["w"], stored.float().numpy())
    assert expected == pytest.approx(float((stored.double() - true).square().sum()), rel=0.05)
    assert rounding_energy(held.tensors["w"], np.zeros(4, dtype=np.float32)) == 0.0
