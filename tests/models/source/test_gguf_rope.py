"""Factors of rotary positions in a GGUF file: the scaling that made them is found, and the model answers as its safetensors release."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from hypviz import models
from hypviz.models.checkpoint.contents import file_contents
from hypviz.models.checkpoint.gguf_header import GgufHeader
from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.models.live.gguf_rope import FACTORS, are_applied, scale_positions
from tests.gguf_files import write_gguf


def as_converted(theta: float, width: int, factor: float, length: int) -> np.ndarray:
    """The factors that llama.cpp's convert_hf_to_gguf.py writes for a ``rope_scaling`` of type llama3 (low 1, high 4)."""
    found = []
    for i in range(0, width, 2):
        wavelength = 2 * math.pi * theta ** (i / width)
        if wavelength < length / 4:
            found.append(1.0)
        elif wavelength > length:
            found.append(factor)
        else:
            smooth = (length / wavelength - 1) / 3
            found.append(1 / ((1 - smooth) / factor + smooth))
    return np.array(found, dtype=np.float32)


def header_with(factors: np.ndarray, file: Path, dtype: str = "F32") -> GgufHeader:
    factors.astype(np.float32).tofile(file)
    tensor = StoredTensor(name=FACTORS, dtype=dtype, shape=factors.shape, start=0, stop=factors.nbytes, file=file)
    return GgufHeader(file=file, settings={}, n_tokens=0, tensors={FACTORS: tensor})


def llama(width: int, theta: float) -> LlamaConfig:
    return LlamaConfig(hidden_size=2 * width, num_attention_heads=2, head_dim=width, rope_parameters={"rope_theta": theta})


@pytest.mark.parametrize(
    ("width", "theta", "factor", "length"),
    [(128, 5e5, 8.0, 8192), (64, 5e5, 32.0, 8192), (128, 5e5, 16.0, 8192), (64, 1e6, 4.0, 4096), (128, 5e5, 8.0, 40_000_000)],
)
def test_the_scaling_that_made_the_factors_is_found(tmp_path: Path, width: int, theta: float, factor: float, length: int) -> None:
    config, header = llama(width, theta), header_with(as_converted(theta, width, factor, length), tmp_path / "factors")
    if length < 1e6:
        assert not are_applied(config, header)
    scale_positions(config, header)
    assert are_applied(config, header)
    if length < 1e6:  # beyond, no wavelength reaches the original length and nothing is scaled
        said = config.rope_parameters
        assert (said["rope_type"], said["factor"], said["original_max_position_embeddings"]) == ("llama3", factor, length)
        assert (said["low_freq_factor"], said["high_freq_factor"], said["rope_theta"]) == (1.0, 4.0, theta)
    own = ROPE_INIT_FUNCTIONS["llama3"](
        LlamaConfig(
            hidden_size=2 * width,
            num_attention_heads=2,
            head_dim=width,
            rope_parameters={
                "rope_type": "llama3",
                "rope_theta": theta,
                "factor": factor,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": length,
            },
        ),
        torch.device("cpu"),
    )[0]
    plain = theta ** -(np.arange(0, width, 2) / width)
    np.testing.assert_allclose(plain / as_converted(theta, width, factor, length), own, rtol=1e-5)


def test_few_dimensions_leave_the_length_open_and_the_factors_are_met(tmp_path: Path) -> None:
    for factors in (np.array([1.0, 1, 8, 8]), np.array([1.0, 1, 1, 1]), np.array([8.0, 8, 8, 8])):
        config, header = llama(8, 1e4), header_with(factors, tmp_path / "factors")
        scale_positions(config, header)
        assert are_applied(config, header), factors


@pytest.mark.parametrize("factors", [[3.0, 1, 2, 1], [1.0, 1, 8], [1.0, 2, 0, 8], [1.0, 2, 3, 8], [0.5, 0.5, 0.5, 0.5]])
def test_what_nothing_reproduces_stays_as_it_was(tmp_path: Path, factors: list[float]) -> None:
    config, header = llama(8, 1e4), header_with(np.array(factors), tmp_path / "factors")
    before = dict(config.rope_parameters)
    scale_positions(config, header)
    assert config.rope_parameters == before and not are_applied(config, header)


def test_other_scalings_and_other_models_are_left_alone(tmp_path: Path) -> None:
    header = header_with(as_converted(1e4, 8, 8.0, 64), tmp_path / "factors")
    for config in (llama(8, 1e4), LlamaConfig()):
        config.rope_parameters = {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}
        scale_positions(config, header)
        assert config.rope_parameters["rope_type"] == "linear" and not are_applied(config, header)
    half = llama(8, 1e4)
    scale_positions(half, header_with(as_converted(1e4, 8, 8.0, 64), tmp_path / "half", dtype="F16"))
    assert half.rope_parameters.get("rope_type", "default") == "default"
    bare = LlamaConfig()
    bare.rope_parameters = None
    scale_positions(bare, header)
    assert bare.rope_parameters is None and not are_applied(bare, header)


def test_the_file_answers_as_the_release_it_was_made_from(tiny_llama: Path, tmp_path: Path) -> None:
    release = Path(shutil.copytree(tiny_llama, tmp_path / "release"))
    config = json.loads((release / "config.json").read_text())
    scaling = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64}
    config["rope_parameters"] = {"rope_type": "llama3", "rope_theta": 10_000.0} | scaling
    (release / "config.json").write_text(json.dumps(config))
    factors = as_converted(1e4, config["head_dim"], 8.0, 64)
    assert ((factors > 1) & (factors < 8)).any() and factors.max() == 8
    file = write_gguf(tiny_llama, tmp_path / "m.gguf", change=lambda writer: writer.add_tensor(FACTORS, factors))
    ref = models.resolve(str(file))
    ids = torch.arange(5, 105)[None]
    with torch.no_grad():
        own = models.load_model(models.resolve(str(release)), dtype="float32")(input_ids=ids).logits
        plain = models.load_model(models.resolve(str(tiny_llama)), dtype="float32")(input_ids=ids).logits
        found = models.load_model(ref, dtype="float32")(input_ids=ids).logits
    torch.testing.assert_close(found, own, atol=1e-5, rtol=1e-5)
    assert float((plain - own).abs().max()) > 1e-3, "the factors matter here"
    assert not file_contents(ref).unused
