"""Packed weights against the definitions and, where transformers has its own reading of a format, against that."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hypviz.errors import ModelError
from hypviz.models.checkpoint.headers import read_header
from hypviz.models.checkpoint.packed.scheme import raw, unpacked
from hypviz.models.checkpoint.packed.tensors import PackedTensor, bits_of, put_together, read_packed
from tests.packed_weights import bnb_4bit, ct_words, gptq, mlx, words


def decoded(state: Mapping[str, torch.Tensor], settings: dict, name: str, tmp_path: Path) -> tuple[PackedTensor, np.ndarray]:
    save_file(dict(state), tmp_path / "m.safetensors")
    found = put_together(read_header(tmp_path / "m.safetensors"), settings)
    assert found.refusal is None and list(found.tensors) == [name]
    tensor = found.tensors[name]
    assert isinstance(tensor, PackedTensor)
    return tensor, read_packed(tensor)


def weight(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(rows, columns)).astype(np.float32)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8])
def test_numbers_of_any_bits_come_out_of_their_words(bits: int) -> None:
    rows = np.random.default_rng(bits).integers(0, 1 << bits, size=(3, 96))
    np.testing.assert_array_equal(unpacked(words(rows, bits), bits)[:, :96], rows)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_gptq_in_all_its_bits(bits: int, tmp_path: Path) -> None:
    state, true = gptq(weight(32, 64), bits=bits, size=32)
    tensor, found = decoded({f"m.{k}": v for k, v in state.items()}, {"quant_method": "gptq", "bits": bits}, "m.weight", tmp_path)
    np.testing.assert_array_equal(found, true)
    assert (tensor.dtype, bits_of(tensor)) == (f"GPTQ {bits}-bit", bits)


@pytest.mark.parametrize("shape", [(3, 5), (4, 64), (7, 48)])
@pytest.mark.parametrize("nested", [False, True])
def test_a_last_block_of_bitsandbytes_that_is_shorter(shape: tuple[int, int], nested: bool, tmp_path: Path) -> None:
    true_weight = weight(*shape)
    state, true = bnb_4bit(true_weight if true_weight.size % 2 == 0 else np.pad(true_weight, ((0, 0), (0, 1))), nested=nested)
    _, found = decoded({f"m.{k}": v for k, v in state.items()}, {}, "m.weight", tmp_path)
    np.testing.assert_array_equal(found, true)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_mlx_is_what_transformers_makes_of_it(bits: int, tmp_path: Path) -> None:
    from transformers.integrations.metal_quantization import _affine_dequantize_tensor as theirs

    state, _ = mlx(weight(24, 128), bits=bits, size=64)
    _, found = decoded({f"m.{k}": v for k, v in state.items()}, {"bits": bits, "group_size": 64}, "m.weight", tmp_path)
    expected = theirs(state["weight"].view(torch.int32), state["scales"], state["biases"], 64, bits)
    np.testing.assert_array_equal(found, expected.numpy())


def test_experts_in_mxfp4_are_what_transformers_makes_of_them(tmp_path: Path) -> None:
    from transformers.integrations.mxfp4 import convert_moe_packed_tensors

    generator = torch.Generator().manual_seed(1)
    blocks = torch.randint(0, 256, (3, 10, 2, 16), generator=generator, dtype=torch.uint8)
    scales = torch.randint(118, 132, (3, 10, 2), generator=generator, dtype=torch.uint8)
    stored = {"mlp.experts.down_proj_blocks": blocks, "mlp.experts.down_proj_scales": scales}
    tensor, found = decoded(stored, {"quant_method": "mxfp4"}, "mlp.experts.down_proj", tmp_path)
    expected = convert_moe_packed_tensors(blocks, scales, dtype=torch.float32)
    assert tensor.shape == tuple(expected.shape) == (3, 64, 10) and tensor.dtype == "MXFP4"
    np.testing.assert_array_equal(found, expected.numpy())


def test_mxfp4_of_compressed_tensors_has_a_power_of_two_for_32(tmp_path: Path) -> None:
    codes = np.random.default_rng(2).integers(0, 256, size=(6, 32), dtype=np.uint8)
    powers = np.random.default_rng(3).integers(120, 130, size=(6, 2), dtype=np.uint8)
    stored = {"m.weight_packed": torch.from_numpy(codes), "m.weight_scale": torch.from_numpy(powers)}
    tensor, found = decoded(stored, {"quant_method": "compressed-tensors"}, "m.weight", tmp_path)
    table = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]
    for i in range(6):
        for j in range(64):
            code = codes[i, j // 2] >> 4 if j % 2 else codes[i, j // 2] & 15
            assert found[i, j] == table[code] * 2.0 ** (int(powers[i, j // 32]) - 127)
    assert tensor.dtype == "MXFP4"


@pytest.mark.parametrize("marked", [False, True])
def test_groups_in_the_order_of_activations(marked: bool, tmp_path: Path) -> None:
    """``weight_g_idx`` gives every input its group; -1 throughout means that they follow each other."""
    true_weight = weight(16, 64)
    order = np.random.default_rng(4).permutation(64)
    state, true = ct_words(true_weight[:, order] if marked else true_weight)
    group = np.arange(64) // 16
    if marked:  # columns go back to their places, and each says to which group it belongs
        back = np.argsort(order)
        q = unpacked(state["weight_packed"].numpy(), 4)[:, back]
        state["weight_packed"], true, group = torch.from_numpy(words(q, 4)), true[:, back], group[back]
    state["weight_g_idx"] = torch.from_numpy(group.astype(np.int32)) if marked else torch.full((64,), -1, dtype=torch.int32)
    _, found = decoded({f"m.{k}": v for k, v in state.items()}, {"quant_method": "compressed-tensors"}, "m.weight", tmp_path)
    np.testing.assert_allclose(found, true, rtol=2e-7)


def test_a_zero_for_every_row_in_bytes(tmp_path: Path) -> None:
    q = np.random.default_rng(6).integers(-128, 128, size=(4, 8)).astype(np.int8)
    zero, scale = np.array([[1], [-2], [3], [0]], dtype=np.int8), np.array([[0.5], [1], [2], [4]], dtype=np.float32)
    stored = {"weight": q, "weight_zero_point": zero, "weight_scale": scale}
    made = {f"m.{name}": torch.from_numpy(value) for name, value in stored.items()}
    _, found = decoded(made, {"quant_method": "compressed-tensors"}, "m.weight", tmp_path)
    np.testing.assert_array_equal(found, (q.astype(np.float32) - zero) * scale)


def test_floats_where_whole_numbers_are_expected_are_refused(tmp_path: Path) -> None:
    save_file({"m": torch.ones(3)}, tmp_path / "m.safetensors")
    with pytest.raises(ModelError, match="is stored as F32 where whole numbers are expected"):
        raw(read_header(tmp_path / "m.safetensors")["m"])


def test_plain_tensors_stay_as_they_are(tmp_path: Path) -> None:
    save_file({"a.weight": torch.ones(3, 4), "a.scales": torch.ones(3)}, tmp_path / "m.safetensors")
    tensors = read_header(tmp_path / "m.safetensors")
    found = put_together(tensors, {"bits": 4, "group_size": 64})
    assert found.tensors == tensors and bits_of(tensors["a.weight"]) == 32
