"""Headers are trusted only after arithmetic; values equal those of the safetensors library bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import read_float32, read_header


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(3)
    made = {d: torch.randn(5, 7, generator=generator) * 10 for d in ("float64", "float32", "float16", "bfloat16")}
    tensors = {name: value.to(getattr(torch, name)) for name, value in made.items()}
    tensors["float32"][0, 0] = float("inf")
    tensors["bfloat16"][0, 0] = float("nan")
    tensors["empty"] = torch.zeros(0, 3)
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    return tmp_path / "model.safetensors", tensors


def test_values_equal_torchs_conversion_to_float32(saved: tuple[Path, dict[str, torch.Tensor]]) -> None:
    file, tensors = saved
    header = read_header(file)
    assert set(header) == set(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(read_float32(header[name]), tensor.float().numpy(), err_msg=name)


def test_every_truncation_is_noticed(saved: tuple[Path, dict[str, torch.Tensor]], tmp_path: Path) -> None:
    data = saved[0].read_bytes()
    for keep in [0, 4, 8, 9, 100, len(data) // 2, len(data) - 1]:
        cut = tmp_path / "cut.safetensors"
        cut.write_bytes(data[:keep])
        with pytest.raises(ModelError, match=r"cut\.safetensors is (cut short|damaged) .*copy or download it again"):
            read_header(cut)


def test_added_bytes_are_noticed(saved: tuple[Path, dict[str, torch.Tensor]]) -> None:
    saved[0].write_bytes(saved[0].read_bytes() + b"\0\0")
    with pytest.raises(ModelError, match="2 bytes that belong to no tensor"):
        read_header(saved[0])


@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_a_sentence_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzz.safetensors"
    file.write_bytes(data)
    try:
        read_header(file)
    except ModelError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [8, 4]}},
        {"a": {"dtype": "F32", "shape": [1]}},
        {"a": 3},
        [1, 2],
    ],
)
def test_impossible_headers_are_refused(tmp_path: Path, body: object) -> None:
    raw = json.dumps(body).encode()
    file = tmp_path / "odd.safetensors"
    file.write_bytes(len(raw).to_bytes(8, "little") + raw + b"\0" * 4)
    with pytest.raises(ModelError, match="damaged"):
        read_header(file)


def test_overlapping_tensors_are_refused(tmp_path: Path) -> None:
    body = {name: {"dtype": "F32", "shape": [2], "data_offsets": [start, start + 8]} for name, start in (("a", 0), ("b", 4))}
    raw = json.dumps(body).encode()
    (tmp_path / "over.safetensors").write_bytes(len(raw).to_bytes(8, "little") + raw + bytes(12))
    with pytest.raises(ModelError, match="b overlaps another tensor"):
        read_header(tmp_path / "over.safetensors")


def test_a_git_lfs_pointer_is_named(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n", encoding="ascii")
    with pytest.raises(ModelError, match="git lfs pull"):
        read_header(file)


def test_quantised_values_are_refused(tmp_path: Path) -> None:
    save_file({"q": torch.zeros(4, dtype=torch.int8)}, tmp_path / "q.safetensors")
    with pytest.raises(ModelError, match="stored as I8"):
        read_float32(read_header(tmp_path / "q.safetensors")["q"])


@pytest.mark.parametrize(("dtype", "bits"), [("", 32), ("F8_E9", 8), ("F4", 4), ("F6_E2M3", 6), ("C64", 64)])
def test_numbers_in_a_format_that_cannot_be_computed_with_are_refused_by_the_tensors_name(tmp_path: Path, dtype: str, bits: int) -> None:
    header = {
        "fine": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "model.strange": {"dtype": dtype, "shape": [16], "data_offsets": [8, 8 + 2 * bits]},
    }
    raw = json.dumps(header).encode()
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(raw).to_bytes(8, "little") + raw + b"\0" * (8 + 2 * bits))
    with pytest.raises(ModelError, match=rf"stores model\.strange as '{dtype}': .* choose a release of the model in bfloat16"):
        read_header(file)
