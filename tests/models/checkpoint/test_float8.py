"""Float8 weights with their scales are the numbers they stand for, on every page, or refused by the tensor's name."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.contents import contents_sentences, file_contents
from hypviz.models.checkpoint.float8 import FORMATS, float8_table, read_float8
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.checkpoint.headers import StoredTensor
from tests.models.checkpoint.test_embeddings import rewrite

BLOCK = 24  # of linears of 32 x 64: the last block is cut off by the edge
State = dict[str, torch.Tensor]


def scaled(state: State, wanted: Callable[[str], bool], block: int = BLOCK, named: str = "weight_scale_inv") -> tuple[State, State]:
    """The tensors with `wanted` weights in float8 by blocks of `block`, and what these stand for, number by number."""
    stored, true = dict(state), dict(state)
    for name, weight in state.items():
        if not wanted(name):
            continue
        rows, columns = weight.shape
        scale, q = torch.zeros(math.ceil(rows / block), math.ceil(columns / block)), torch.zeros(rows, columns)
        for i in range(rows):
            for j in range(columns):
                part = weight[i // block * block : (i // block + 1) * block, j // block * block : (j // block + 1) * block]
                scale[i // block, j // block] = part.float().abs().max() / 448
                q[i, j] = weight[i, j].float() / scale[i // block, j // block]
        stored[name] = q.to(torch.float8_e4m3fn)
        stored[name.removesuffix("weight") + named] = scale
        spread = scale.repeat_interleave(block, 0)[:rows].repeat_interleave(block, 1)[:, :columns]
        true[name] = stored[name].float() * spread
    return stored, true


def write(source: Path, target: Path, stored: State, quantisation: dict | None = None) -> Path:
    folder = Path(rewrite(source, target, lambda _: stored))
    if quantisation is not None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | {"quantization_config": quantisation}))
    return folder


def state_of(folder: Path) -> State:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def linears(name: str) -> bool:
    return name.endswith("up_proj.weight") or name.endswith("q_proj.weight")


@pytest.mark.parametrize(
    ("name", "kind"),
    list(zip(FORMATS, (torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz), strict=True)),
)
def test_every_byte_is_the_number_that_torch_reads(name: str, kind: torch.dtype) -> None:
    np.testing.assert_array_equal(float8_table(name), torch.arange(256, dtype=torch.uint8).view(kind).float().numpy())


@pytest.mark.parametrize("with_config", [True, False])
def test_blocks_are_multiplied_out_with_and_without_the_configuration(tiny_llama: Path, tmp_path: Path, with_config: bool) -> None:
    # where nothing says the size of a block it is the power of two that fits, so that the sizes said and found differ here
    block = BLOCK if with_config else 32
    stored, true = scaled(state_of(tiny_llama), linears, block)
    said = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [block, block]} if with_config else None
    ref = models.resolve(str(write(tiny_llama, tmp_path / "fp8", stored, said)))
    model = models.load_model(ref, dtype="float32")
    for name, value in model.named_parameters():
        np.testing.assert_array_equal(value.detach().numpy(), true[name].float().numpy(), err_msg=name)
    assert model.generation_config.eos_token_id is not None and not hasattr(model.config, "quantization_config")
    with torch.no_grad():
        assert bool(torch.isfinite(model(torch.tensor([[1, 2, 3]])).logits).all())
    lines = contents_sentences(file_contents(ref), label=ref.label, architecture="LlamaForCausalLM")
    assert any(line.startswith("4 weights are stored in 8 bits") and "(4 tensors)" in line for line in lines), lines


@pytest.mark.parametrize("named", ["weight_scale", "scale", "weight_scale_inv"])
def test_tables_with_scales_are_what_the_model_uses(tiny_llama: Path, tmp_path: Path, named: str) -> None:
    state = state_of(tiny_llama)
    stored, true = scaled(state, lambda n: n in ("model.embed_tokens.weight", "lm_head.weight"), 32, named)
    ref = models.resolve(str(write(tiny_llama, tmp_path / "fp8", stored)))
    model = models.load_model(ref, dtype="float32")
    for output, name in ((False, "model.embed_tokens.weight"), (True, "lm_head.weight")):
        values = models.read_embeddings(ref, output=output).values
        np.testing.assert_array_equal(values, true[name].numpy())
        layer = model.get_output_embeddings() if output else model.get_input_embeddings()
        np.testing.assert_array_equal(values, layer.weight.detach().numpy())


@pytest.mark.parametrize("shape", ["tensor", "row", "column of rows"])
def test_one_scale_and_one_scale_a_row(tiny_llama: Path, tmp_path: Path, shape: str) -> None:
    state, name = state_of(tiny_llama), "model.layers.0.mlp.up_proj.weight"
    weight = state[name].float()
    scale = weight.abs().max().reshape(1) / 448 if shape == "tensor" else weight.abs().amax(1) / 448
    quantised = (weight / (scale if shape == "tensor" else scale[:, None])).to(torch.float8_e4m3fn)
    kept = scale if shape != "column of rows" else scale[:, None]
    stored = state | {name: quantised, name + "_scale": kept, "model.layers.0.mlp.up_proj.input_scale": torch.ones(1)}
    model = models.load_model(models.resolve(str(write(tiny_llama, tmp_path / "fp8", stored))), dtype="float32")
    expected = quantised.float() * (scale if shape == "tensor" else scale[:, None])
    np.testing.assert_array_equal(model.get_parameter(name).detach().numpy(), expected.numpy())


def test_scales_that_are_powers_of_two_are_read_from_their_exponents(tmp_path: Path) -> None:
    file = tmp_path / "x"
    weights, powers = np.arange(64, dtype=np.uint8).reshape(8, 8), np.array([[126, 128], [120, 127]], dtype=np.uint8)
    file.write_bytes(weights.tobytes() + powers.tobytes())
    weight = StoredTensor(name="w", dtype="F8_E4M3", shape=(8, 8), start=0, stop=64, file=file)
    for dtype in ("F8_E8M0", "U8"):
        scale = StoredTensor(name="w_scale_inv", dtype=dtype, shape=(2, 2), start=64, stop=68, file=file)
        found = read_float8(weight, {"w": weight, "w_scale_inv": scale}, "w", block=None)
        spread = np.repeat(np.repeat(2.0 ** (powers.astype(int) - 127), 4, axis=0), 4, axis=1)
        np.testing.assert_array_equal(found, float8_table("F8_E4M3")[weights] * spread)


def test_scales_that_do_not_fit_are_refused_by_name(tiny_llama: Path, tmp_path: Path) -> None:
    stored, _ = scaled(state_of(tiny_llama), linears, 32)
    name = "model.layers.1.mlp.up_proj.weight"
    stored[f"{name}_scale_inv"] = torch.ones(3, 5)
    ref = models.resolve(str(write(tiny_llama, tmp_path / "fp8", stored)))
    with pytest.raises(ModelError, match=rf"{name} in .* and its scales {name}_scale_inv are \[3, 5\], which do not fit"):
        models.load_model(ref, dtype="float32")


def test_missing_scales_are_refused_by_name(tiny_llama: Path, tmp_path: Path) -> None:
    stored, _ = scaled(state_of(tiny_llama), linears, 32)
    name = "model.layers.1.mlp.up_proj.weight"
    some = {k: v for k, v in stored.items() if k != f"{name}_scale_inv"}
    none = {k: v for k, v in stored.items() if not k.endswith("scale_inv")}
    for i, left in enumerate((some, none)):
        ref = models.resolve(str(write(tiny_llama, tmp_path / f"fp8-{i}", left)))
        with pytest.raises(ModelError, match=r"is stored as F8_E4M3 and the scales that belong to it are missing"):
            models.load_model(ref, dtype="float32")


def test_plain_float8_without_any_scales_is_what_it_says(tiny_llama: Path, tmp_path: Path) -> None:
    state, name = state_of(tiny_llama), "model.layers.0.mlp.up_proj.weight"
    stored = state | {name: state[name].to(torch.float8_e5m2)}
    model = models.load_model(models.resolve(str(write(tiny_llama, tmp_path / "fp8", stored))), dtype="float32")
    np.testing.assert_array_equal(model.get_parameter(name).detach().numpy(), stored[name].float().numpy())


def test_scales_beside_plain_weights_and_unexplained_whole_numbers_are_refused(tiny_llama: Path, tmp_path: Path) -> None:
    state, name = state_of(tiny_llama), "model.layers.0.mlp.up_proj.weight"
    cases = (
        (state | {f"{name}_scale": torch.ones(1)}, rf"hold 1 scales that its architecture has no use for \(first: {name}_scale\)"),
        (state | {name: state[name].to(torch.int8)}, rf"stores {name} as whole numbers \(I8\)"),
    )
    for i, (stored, word) in enumerate(cases):
        ref = models.resolve(str(write(tiny_llama, tmp_path / f"x{i}", stored)))
        with pytest.raises(ModelError, match=word):
            models.load_model(ref, dtype="float32")
        lines = contents_sentences(file_contents(ref), label=ref.label, architecture="LlamaForCausalLM")
        assert any(name in line for line in lines[1:]), lines


def test_a_checkpoint_in_float8_opens_at_the_door(tiny_llama: Path, tmp_path: Path) -> None:
    folder = write(tiny_llama, tmp_path / "fp8", scaled(state_of(tiny_llama), linears)[0])
    assert len(open_checkpoint(folder).tensors) == len(state_of(tiny_llama)) + 4
