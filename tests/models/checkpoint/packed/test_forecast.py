"""What a quantised model will come to is said before it is there, about as large as it then is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from safetensors.torch import load_file

from hypviz import models
from hypviz.models.checkpoint.headers import read_header
from hypviz.models.checkpoint.packed.forecast import n_numbers, quantised_sentence
from tests.packed_weights import METHODS, packed_state, write_packed

_GROUPS = {"config_groups": {"group_0": {"weights": {"num_bits": 4}}}}


@pytest.mark.parametrize("method", METHODS)
def test_numbers_and_memory_are_those_of_the_files(method: str, tiny_llama: Path, tmp_path: Path) -> None:
    pack, settings, _ = METHODS[method]
    if method.startswith("ct words"):
        settings = settings | _GROUPS
    held, _ = packed_state(load_file(tiny_llama / "model.safetensors"), pack)
    folder = write_packed(tiny_llama, tmp_path / "small", held, settings)
    stored: Counter[str] = Counter()
    for tensor in read_header(folder / "model.safetensors").values():
        stored[tensor.dtype] += tensor.numel
    cost, config = models.estimate(str(folder)), {"quantization_config": settings}
    assert cost.n_parameters <= n_numbers(config, stored) < 1.3 * cost.n_parameters  # zeros and scales of very small groups
    assert cost.quantised is not None and "as the plain numbers that they stand for" in cost.quantised


def test_of_what_is_not_read_the_numbers_are_those_stored_and_the_refusal_is_said_before() -> None:
    config = {"quantization_config": {"quant_method": "hqq"}}
    assert n_numbers(config, {"U8": 10, "F16": 4}) == 14
    assert "quantised by hqq, which hypviz cannot turn back" in str(quantised_sentence(config))


def test_plain_and_float8_weights() -> None:
    assert (n_numbers({}, {"BF16": 5}), quantised_sentence({})) == (5, None)
    assert n_numbers({}, {"F8_E4M3": 100, "F32": 2}) == 102
    assert n_numbers({"quantization_config": {"config_groups": {"a": 3}, "quant_method": "gptq", "bits": "x"}}, {"I32": 4}) == 4
