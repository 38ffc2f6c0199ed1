"""Models whose weights are packed: tables as they are stored, every weight the number that its bits stand for, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.contents import contents_sentences, file_contents
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.checkpoint.packed.rows import PackedRows
from hypviz.models.checkpoint.packed.tensors import PackedTensor, method_of, read_packed, settings_of
from hypviz.models.checkpoint.shared_tensors import whole_tensor
from hypviz.models.checkpoint.table_rows import table_rows
from tests.packed_weights import METHODS, bnb_8bit, linear, mlx, packed_state, write_packed

INPUT, HEAD = "model.embed_tokens.weight", "lm_head.weight"


@pytest.fixture
def state(tiny_llama: Path) -> dict[str, torch.Tensor]:
    return load_file(tiny_llama / "model.safetensors")


@pytest.mark.parametrize("method", METHODS)
def test_every_page_has_the_numbers_that_the_bits_stand_for(method: str, tiny_llama: Path, state, tmp_path: Path) -> None:
    pack, settings, label = METHODS[method]
    held, true = packed_state(state, pack)
    source = str(write_packed(tiny_llama, tmp_path / "small", held, settings))
    ref = models.resolve(source)
    assert (ref.dtype, ref.quantised_rows, ref.label) == (label, None, "small")
    for output, name in ((False, INPUT), (True, HEAD)):
        np.testing.assert_array_equal(models.read_embeddings(ref, output=output).values, true[name].numpy())
    cost, n = models.estimate(source), sum(value.numel() for value in state.values())
    assert (cost.n_parameters, cost.memory_bytes) == (n, 4 * n + 4 * true[INPUT].numel())
    model = models.load_model(ref, dtype="float32")
    assert {name for name, _ in model.named_parameters()} == true.keys()
    for name, value in model.named_parameters():
        np.testing.assert_allclose(value.detach().numpy(), true[name].numpy(), rtol=3e-7, atol=0, err_msg=name)
        assert (value.detach() - state[name].float()).abs().max() < 0.2 * state[name].float().abs().max(), name
    assert not hasattr(model.config, "quantization_config") and models.load_model(ref).dtype == torch.bfloat16
    contents = file_contents(ref)
    assert (contents.n_packed, contents.packed_as, contents.refusal) == (14, label, None)
    assert not contents.missing and not contents.unused and not contents.n_renamed
    said = contents_sentences(contents, label=ref.label, architecture="LlamaForCausalLM")
    assert len(said) == 2 and said[1].startswith(f"14 of its weights are quantised ({label})")


@pytest.mark.parametrize(("method", "bits"), [("mlx", 4), ("mlx 6-bit", 6), ("bnb 8-bit", 8), ("bnb 4-bit", 4)])
def test_tables_that_are_packed_themselves(method: str, bits: int, tiny_llama: Path, state, tmp_path: Path) -> None:
    pack, settings, label = METHODS[method]
    held, true = packed_state(state, pack, lambda name: linear(name) or name in (INPUT, HEAD))
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "small", held, settings)))
    assert (ref.quantised_rows, ref.label) == (label, f"small ({label} rows)")
    model = models.load_model(ref, dtype="float32")
    for output, name in ((False, INPUT), (True, HEAD)):
        rows = models.read_embeddings(ref, output=output).values
        np.testing.assert_allclose(rows, true[name].numpy(), rtol=3e-7)
        np.testing.assert_array_equal(rows, model.get_parameter(name).detach().numpy())
    said = contents_sentences(file_contents(ref), label=ref.label, architecture="LlamaForCausalLM")
    assert any(f"quantised to {label} (the input table takes {bits} bits a number)" in line for line in said), said


@pytest.mark.parametrize("method", ["mlx", "mlx 6-bit", "bnb 8-bit", "ct bytes", "ct nvfp4", "modelopt nvfp4"])
def test_rows_of_a_large_packed_table_are_decoded_as_they_are_asked_for(
    method: str, tiny_llama: Path, state, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, settings, _ = METHODS[method]
    table = torch.randn(state[INPUT].shape, generator=torch.Generator().manual_seed(0))  # no row of zeros, whose scale would be none
    held, true = packed_state(state | {INPUT: table}, pack, lambda name: name == INPUT)
    folder = write_packed(tiny_llama, tmp_path / "small", held, settings)
    tensor = open_checkpoint(folder).tensors[INPUT]
    monkeypatch.setattr("hypviz.models.live.memory.KEPT_WHOLE", 0)
    monkeypatch.setattr("hypviz.models.checkpoint.packed.rows.AT_ONCE", 7)
    rows = models.read_embeddings(models.resolve(str(folder))).values
    assert isinstance(tensor, PackedTensor) and isinstance(rows, PackedRows) and rows.shape == true[INPUT].shape
    whole = read_packed(tensor)
    np.testing.assert_array_equal(whole_tensor(open_checkpoint(folder), INPUT), whole)
    for which in (slice(None), slice(3, 40), np.array([5, 4, 90, 91, 92, 5]), np.zeros(0, dtype=np.int64)):
        np.testing.assert_array_equal(rows[which], whole[which])
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="changed while it was read"):
        rows[:5]


def test_what_is_not_packed_row_by_row_is_decoded_whole(tiny_llama: Path, state, tmp_path: Path) -> None:
    pack, settings, _ = METHODS["bnb 4-bit"]
    held, _ = packed_state(state, pack, lambda name: name == INPUT)
    tensor = open_checkpoint(write_packed(tiny_llama, tmp_path / "small", held, settings)).tensors[INPUT]
    assert isinstance(tensor, PackedTensor) and table_rows(tensor, "it") is None
    with pytest.raises(ValueError, match="not a table that is packed row by row"):
        PackedRows(tensor, "it")


def test_an_output_table_packed_beside_a_plain_input_table(tiny_llama: Path, state, tmp_path: Path) -> None:
    held, true = packed_state(state, bnb_8bit, lambda name: name == HEAD)
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "small", held, METHODS["bnb 8-bit"][1])))
    assert ref.quantised_rows == "bitsandbytes int8" and not models.summarise(ref).tied
    np.testing.assert_allclose(models.read_embeddings(ref, output=True).values, true[HEAD].numpy(), rtol=3e-7)
    said = contents_sentences(file_contents(ref), label=ref.label, architecture="LlamaForCausalLM")
    assert any("bitsandbytes int8 (the input table is plain numbers)" in line for line in said), said


def test_one_packed_table_twice_is_shared(tiny_llama: Path, state, tmp_path: Path) -> None:
    twice = state | {HEAD: state[INPUT].clone()}
    held, _ = packed_state(twice, mlx, lambda name: name in (INPUT, HEAD))
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "small", held, METHODS["mlx"][1])))
    assert models.summarise(ref).tied
    held["lm_head.biases"] = held["lm_head.biases"] + 1
    other = models.resolve(str(write_packed(tiny_llama, tmp_path / "other", held, METHODS["mlx"][1])))
    assert not models.summarise(other).tied


@pytest.mark.parametrize("method", ["hqq", "torchao", "aqlm", "quanto"])
def test_what_is_not_read_is_refused_by_its_name_and_its_tables_open(method: str, tiny_llama: Path, state, tmp_path: Path) -> None:
    main = {"hqq": "W_q", "torchao": "_weight_qdata", "aqlm": "codes", "quanto": "weight._data"}[method]
    held, true = packed_state(state, lambda w: ({main: torch.ones(w.shape, dtype=torch.uint8), "meta": torch.ones(3)}, w))
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "small", held, {"quant_method": method})))
    np.testing.assert_array_equal(models.read_embeddings(ref).values, true[INPUT].numpy())
    with pytest.raises(ModelError, match=rf"^The weights of small are quantised by {method} \(model\.layers\.0\..* 13 others\)"):
        models.load_model(ref)
    contents = file_contents(ref)
    assert contents.refusal is not None and f"quantised by {method}" in contents.refusal
    del held[INPUT]
    held["model.embed_tokens." + main] = torch.ones(405, 16, dtype=torch.uint8)
    broken = models.resolve(str(write_packed(tiny_llama, tmp_path / "broken", held, {"quant_method": method})))
    with pytest.raises(ModelError, match=rf"The input embeddings in .* are quantised by {method} in a way"):
        models.read_embeddings(broken)


@pytest.mark.parametrize(
    ("method", "part", "wrong", "word"),
    [
        ("gptq", "qzeros", torch.ones(3, 3, dtype=torch.int32), r"qzeros beside it is \[3, 3\], which do not fit"),
        ("gptq in the order of activations", "g_idx", torch.ones(3, dtype=torch.int32), "g_idx beside it"),
        ("awq", "scales", torch.ones(2, 9), "scales beside it"),
        ("mlx", "biases", torch.ones(32, 5), "biases beside it"),
        ("mlx", "scales", torch.ones(32, 3), "packed as MLX in"),
        ("bnb 8-bit", "SCB", torch.ones(3), "SCB beside it"),
        ("bnb 8-bit", "weight_format", torch.tensor(2, dtype=torch.uint8), "order of a GPU's tiles"),
        ("bnb 4-bit", "weight.absmax", torch.ones(3), "absmax beside it"),
        ("bnb 4-bit", "weight.quant_state.bitsandbytes__nf4", torch.ones(5, dtype=torch.uint8), "is not readable"),
        ("ct words", "weight_shape", torch.tensor([32, 99]), "packed as 4 words for rows of 99 numbers"),
        ("ct bytes", "weight_scale", torch.ones(7, 1), "weight_scale beside it"),
        ("ct nvfp4", "weight_scale", torch.ones(32, 7).to(torch.float8_e4m3fn), "weight_scale beside it"),
    ],
)
def test_parts_that_do_not_fit_are_refused_by_name(method: str, part: str, wrong, word: str, tiny_llama: Path, state, tmp_path) -> None:
    pack, settings, _ = METHODS[method]
    held, true = packed_state(state, pack)
    held["model.layers.1.self_attn.q_proj." + part] = wrong
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "small", held, settings)))
    np.testing.assert_array_equal(models.read_embeddings(ref).values, true[INPUT].numpy())
    with pytest.raises(ModelError, match=rf"^model\.layers\.1\.self_attn\.q_proj\.\w+ in .*{word}.*\.$"):
        models.load_model(ref)


@pytest.mark.parametrize(
    ("method", "settings", "word"),
    [
        ("awq", {"quant_method": "awq", "bits": 4, "version": "gemv"}, r"packed as AWQ \(gemv, 4 bits\)"),
        ("gptq", {"quant_method": "gptq", "bits": 5}, "packed as GPTQ in 5 bits"),
        ("gptq", {"quant_method": "gptq"}, "packed as GPTQ in None bits"),
        ("mlx", {"bits": 4, "group_size": "many"}, r"packed as MLX \(affine, 2 dimensions\)"),
        ("gptq", {"quant_method": "awq_marlin", "bits": 4}, "The weights of small are quantised by awq_marlin"),
        ("gptq", None, "config.json does not say what they stand for"),
    ],
)
def test_variants_that_are_not_read(method: str, settings, word: str, tiny_llama: Path, state, tmp_path: Path) -> None:
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "small", packed_state(state, METHODS[method][0])[0], settings)))
    assert len(models.read_embeddings(ref).values) == 405
    with pytest.raises(ModelError, match=word):
        models.load_model(ref)


def test_a_layer_of_mlx_with_bits_of_its_own_is_read_by_them(tiny_llama: Path, state, tmp_path: Path) -> None:
    own = "model.layers.0.self_attn.v_proj"
    held, true = packed_state(state, mlx)
    more, meant = packed_state({own + ".weight": state[own + ".weight"]}, lambda w: mlx(w, bits=8, size=16))
    settings = {"group_size": 32, "bits": 4, own: {"group_size": 16, "bits": 8}}
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "small", held | more, settings)))
    model = models.load_model(ref, dtype="float32")
    for name, value in (true | meant).items():
        np.testing.assert_allclose(model.get_parameter(name).detach().numpy(), value.numpy(), rtol=3e-7)
    assert file_contents(ref).packed_as == "MLX 4-bit and MLX 8-bit"


def test_a_quantisation_that_only_config_json_speaks_of_is_none(tiny_llama: Path, state, tmp_path: Path) -> None:
    ref = models.resolve(str(write_packed(tiny_llama, tmp_path / "plain", state, METHODS["gptq"][1])))
    model = models.load_model(ref)
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert ref.dtype == "bfloat16" and file_contents(ref).n_packed == 0


def test_a_text_model_within_says_it_too() -> None:
    assert method_of(settings_of({"text_config": {"quantization_config": {"quant_method": "gptq"}}})) == "gptq"
    assert method_of(settings_of({"quantization": {"bits": 4, "group_size": 64}})) == "mlx"
    assert method_of(settings_of({"text_config": 3})) is None
