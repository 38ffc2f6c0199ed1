"""Factors of the rotary positions that a GGUF file carries as a tensor, found again as the numbers that a configuration has for them.

In: a header and transformers' configuration of it. llama.cpp writes the scaling of Llama 3.1 and later (``rope_type`` llama3) as one
factor for each pair of dimensions, by which its frequency is divided, and keeps neither the factor nor the length behind it; without them
long texts come out wrong. The formula is `_compute_llama3_parameters` of transformers' `modeling_rope_utils`. What it cannot reproduce is
left as it is, for whoever tells of tensors that are not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float64

from hypviz.models.checkpoint.gguf_header import GgufHeader

FACTORS = "rope_freqs.weight"
_LOW, _HIGH = 1.0, 4.0  # times the original length is the wavelength from which all is scaled, and below which nothing is: in all releases
_PUBLISHED = (8.0, 32.0)  # the factor of Llama 3.1 and 3.3, and of 3.2
_LENGTH = 8192  # the original length of all of them
_SAME = 1e-5  # relative


def scale_positions(config: Any, header: GgufHeader) -> None:
    """Put the scaling that reproduces the file's factors into `config`; nothing where there are none, or nothing does."""
    factors, plain = _factors(header), _plain_frequencies(config)
    if factors is None or plain is None or len(factors) != len(plain) or are_applied(config, header):
        return
    before: dict[str, Any] = config.rope_parameters
    if before.get("rope_type", "default") != "default":
        return
    for factor, length in _candidates(2 * np.pi / plain, factors):
        scaling = {"rope_type": "llama3", "factor": factor, "low_freq_factor": _LOW, "high_freq_factor": _HIGH}
        config.rope_parameters = before | scaling | {"original_max_position_embeddings": length}
        if are_applied(config, header):
            return
    config.rope_parameters = before


def are_applied(config: Any, header: GgufHeader) -> bool:
    """Whether the frequencies of `config` are those of its base divided by the factors of the file; False where it has none."""
    factors, plain, own = _factors(header), _plain_frequencies(config), _frequencies(config)
    if factors is None or plain is None or own is None or not len(factors) == len(plain) == len(own):
        return False
    return bool(np.allclose(own, plain / factors, rtol=_SAME, atol=0.0))


def _factors(header: GgufHeader) -> Float64[np.ndarray, " n"] | None:
    """The factors, which llama.cpp writes in float32; None where there are none, or such as divide nothing."""
    tensor = header.tensors.get(FACTORS)
    if tensor is None or tensor.dtype != "F32":
        return None
    found = np.fromfile(tensor.file, dtype=np.float32, count=tensor.numel, offset=tensor.start).astype(np.float64)
    return found if np.isfinite(found).all() and (found > 0.0).all() else None


def _plain_frequencies(config: Any) -> Float64[np.ndarray, " n"] | None:
    """One frequency (radians a position) for each pair of turned dimensions, unscaled; None for a model that has not one kind of them."""
    found: dict[str, Any] | None = getattr(config, "rope_parameters", None)
    if not isinstance(found, dict) or "rope_theta" not in found:
        return None
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    n_turned = int(width * found.get("partial_rotary_factor", 1.0))
    return float(found["rope_theta"]) ** -(np.arange(0, n_turned, 2) / n_turned)


def _frequencies(config: Any) -> Float64[np.ndarray, " n"] | None:
    """Those that transformers computes with; None for a scaling that no factors stand for."""
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    kind = config.rope_parameters.get("rope_type", "default") if isinstance(getattr(config, "rope_parameters", None), dict) else None
    if kind == "llama3":
        found: Any = ROPE_INIT_FUNCTIONS["llama3"](config, None)
        return found[0].double().numpy()
    return _plain_frequencies(config) if kind == "default" else None


def _candidates(wavelength: Float64[np.ndarray, " n"], factors: Float64[np.ndarray, " n"]) -> Iterator[tuple[float, int]]:
    """(factor, original length) that may have made `factors` of dimensions of these wavelengths (n,), the likeliest first.

    Between the two wavelengths the formula can be solved for the length; where no dimension lies there, any length between what is
    scaled and what is not makes the same factors.
    """
    largest = float(factors.max())
    for factor in dict.fromkeys((largest, *_PUBLISHED)):
        within = (factors > 1.0 + _SAME) & (factors < factor * (1.0 - _SAME))
        if factor > 1.0 and within.any():
            share = (1.0 / factors[within] - 1.0 / factor) / (1.0 - 1.0 / factor)
            yield factor, round(float(np.median(wavelength[within] * (_LOW + share * (_HIGH - _LOW)))))
    unscaled, scaled = wavelength[factors <= 1.0 + _SAME], wavelength[factors > 1.0 + _SAME]
    low, high = _HIGH * float(unscaled.max(initial=0.0)), _LOW * float(scaled.min(initial=np.inf))
    yield largest, _LENGTH
    if np.isfinite(high):
        yield largest, max(1, round(float(np.sqrt(max(low, 1.0) * high))))
