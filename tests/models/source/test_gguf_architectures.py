"""A GGUF file of an architecture that transformers reads answers as the model it was written from, and any other opens its tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.contents import contents_sentences, file_contents
from hypviz.models.checkpoint.gguf_header import GgufHeader
from hypviz.models.checkpoint.shared_tensors import whole_tensor
from hypviz.models.live.gguf_names import named_checkpoint
from hypviz.models.source.gguf_config import complete
from tests import architectures
from tests.architectures import build_architecture
from tests.gguf_architectures import GGUF_NAMES, write_architecture
from tests.gguf_files import EMBEDDING, HEAD

_GROUPED = architectures.DECODERS["llama"]
_KV = {name: value for name, value in _GROUPED.items() if name != "head_dim"}
_SEEN = ["sliding_attention", "full_attention"]
_OWN: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {  # model_type, its configuration, what the file says besides
    "llama": ("llama", _GROUPED | {"attention_bias": True, "rope_parameters": {"rope_type": "default", "rope_theta": 5e5}}, {}),
    "llama, its positions scaled": (
        "llama",
        _GROUPED | {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}},
        {"rope__scaling__type": "linear", "rope__scaling__factor": 4.0},
    ),
    "llama, its positions stretched": (
        "llama",
        _GROUPED | {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0, "original_max_position_embeddings": 32}},
        {"rope__scaling__type": "yarn", "rope__scaling__factor": 4.0, "rope__scaling__original_context_length": 32},
    ),
    "mistral": ("mistral", _GROUPED | {"sliding_window": None}, {}),
    "qwen2": ("qwen2", _KV, {}),
    "qwen3": ("qwen3", _GROUPED, {}),
    "qwen3_moe": ("qwen3_moe", architectures.DECODERS["qwen3_moe"] | {"norm_topk_prob": True}, {}),
    "gemma2": (
        "gemma2",
        _GROUPED | {"query_pre_attn_scalar": 8, "attn_logit_softcapping": 0.5, "final_logit_softcapping": 0.3, "sliding_window": 8},
        {"attn_logit_softcapping": 0.5, "final_logit_softcapping": 0.3},
    ),
    "gemma3": (
        "gemma3_text",
        _GROUPED
        | {
            "query_pre_attn_scalar": 8,
            "num_hidden_layers": 6,
            "sliding_window": 8,
            "rope_parameters": {
                "full_attention": {"rope_type": "linear", "rope_theta": 5e3, "factor": 8.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 2e3},
            },
        },
        {"rope__scaling__type": "linear", "rope__scaling__factor": 8.0, "rope__freq_base_swa": 2e3},
    ),
    "phi3": ("phi3", architectures.DECODERS["phi"], {}),
    "gpt2": ("gpt2", architectures.DECODERS["gpt2"], {}),
    "bloom": ("bloom", architectures.DECODERS["bloom"], {}),
    "falcon": ("falcon", architectures.DECODERS["falcon"], {}),
    "mamba": ("mamba", architectures.DECODERS["mamba"], {}),
    "stablelm": (
        "stablelm",
        _KV | {"rope_parameters": {"rope_type": "default", "rope_theta": 2e4, "partial_rotary_factor": 0.5}, "layer_norm_eps": 1e-3},
        {"rope__dimension_count": 4},
    ),
    "starcoder2": ("starcoder2", _KV | {"rope_parameters": {"rope_type": "default", "rope_theta": 1e5}, "norm_epsilon": 1e-3}, {}),
    "lfm2": ("lfm2", _KV | {"layer_types": ["conv", "full_attention"], "conv_L_cache": 3, "block_auto_adjust_ff_dim": False}, {}),
    "nemotron": ("nemotron", _KV | {"norm_eps": 1e-3}, {}),
}


_REST = ("llama, its positions stretched", "mistral", "qwen2", "bloom", "falcon", "mamba", "starcoder2", "nemotron")  # after the others


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name in _REST else []) for name in _OWN])
def test_it_answers_as_the_model_it_was_written_from(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model_type, options, said = _OWN[name]
    monkeypatch.setitem(architectures.DECODERS, model_type, options)
    folder = build_architecture(tmp_path / "folder", model_type)
    ref, own = models.resolve(str(write_architecture(folder, tmp_path / "m.gguf", model_type, **said))), models.resolve(str(folder))
    np.testing.assert_array_equal(models.read_embeddings(ref).values, models.read_embeddings(own).values)
    if not model_type.startswith(("gemma", "qwen2")):  # of which the byte-level tokenizer in the folder is not the own
        assert models.read_token_table(ref).text == models.read_token_table(own).text
    model, other = models.load_model(ref, dtype="float32"), models.load_model(own, dtype="float32")
    ids = torch.arange(5, 390, 8)[None]
    with torch.no_grad():
        logits, expected = model(ids).logits, other(ids).logits
    assert (logits - expected).abs().max() <= 1e-4 * expected.abs().max() and expected.std() > 1e-3
    assert file_contents(ref).refusal is None and models.summarise(ref).n_parameters == models.summarise(own).n_parameters
    if name != "lfm2":  # which transformers alone turns
        named, state = named_checkpoint(ref), model.state_dict()
        for weight in named.tensors:
            np.testing.assert_array_equal(whole_tensor(named, weight), state[weight].numpy(), err_msg=weight)
        assert {weight for weight in state if weight not in named.tensors} <= set(model.all_tied_weights_keys)


@pytest.mark.parametrize("model_type", ["phi", "gemma", *(pytest.param(name, marks=pytest.mark.slow) for name in ("gpt_neox", "olmo"))])
def test_of_any_other_the_tables_open_and_the_rest_is_refused_by_its_name(model_type: str, tmp_path: Path) -> None:
    folder = build_architecture(tmp_path / "folder", model_type)
    name = GGUF_NAMES[model_type]
    ref, own = models.resolve(str(write_architecture(folder, tmp_path / "m.gguf", model_type))), models.resolve(str(folder))
    for output in (False, not models.summarise(own).tied):
        rows = models.read_embeddings(ref, output=output)
        np.testing.assert_array_equal(rows.values, models.read_embeddings(own, output=output).values)
        assert rows.tensor_name == (HEAD if output else EMBEDDING)
    mine, theirs = models.summarise(ref), models.summarise(own)
    assert (mine.architecture, mine.model_type, mine.n_layers, mine.linear_names) == (name, name, theirs.n_layers, ())
    assert (mine.n_parameters, mine.max_positions) == (models.estimate(str(tmp_path / "m.gguf")).n_parameters, 128)
    assert models.encode_prompts(ref, ["12 + 30 = 42"])[0]
    with pytest.raises(ModelError, match=rf"cannot answer or be fine-tuned here: it is a GGUF file of the architecture {name}, from which"):
        models.load_model(ref)
    said = contents_sentences(file_contents(ref), label=ref.label, architecture=name)
    assert any(f"the architecture {name}" in line and "Hyperbolicity work on its tables" in line for line in said), said


def test_a_form_that_transformers_reads_in_another_shape_is_refused_by_the_weight(tmp_path: Path) -> None:
    folder = build_architecture(tmp_path / "folder", "llama")
    file = write_architecture(folder, tmp_path / "m.gguf", "llama", attention__key_length=16)
    with pytest.raises(ModelError, match=r"asks for \[\d+, \d+\]: this form of llama is not read"):
        models.load_model(models.resolve(str(file)))


def test_the_attention_of_the_largest_gemmas_is_scaled_as_llama_cpp_does() -> None:
    from types import SimpleNamespace

    for architecture, layers, scale in (("gemma2", 46, 144), ("gemma2", 42, 256), ("gemma3", 62, 144), ("gemma3", 34, 256)):
        settings: dict[str, Any] = {f"{architecture}.block_count": layers, f"{architecture}.attention.key_length": 256}
        settings["general.architecture"] = architecture
        config = SimpleNamespace(hidden_size=4608, num_attention_heads=32, head_dim=1, query_pre_attn_scalar=1)
        complete(config, GgufHeader(file=Path("m.gguf"), settings=settings, n_tokens=0, tensors={}))
        assert (config.head_dim, config.query_pre_attn_scalar) == (256, scale)
