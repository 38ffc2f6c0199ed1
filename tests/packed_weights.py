"""Tiny models whose weights are packed as the libraries pack them, number by number from each format's definition.

Every function takes a weight (outputs, inputs) and gives what a file holds under which names below the module, and what it stands for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from tests.models.checkpoint.test_embeddings import rewrite

State = dict[str, torch.Tensor]
Pack = Callable[[np.ndarray], tuple[State, np.ndarray]]
NF4 = [-1.0, -0.6961928, -0.52507305, -0.3949175, -0.28444138, -0.18477343, -0.091050036, 0.0,
       0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1.0]  # fmt: skip
HALVES = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
E2M1 = [*HALVES, *(-x for x in HALVES)]


def words(rows: np.ndarray, bits: int, dtype: type = np.int32) -> np.ndarray:
    """Rows of small numbers as one stream of bits a row, cut into words of 32, the lowest bit first."""
    found = []
    for row in rows.tolist():
        stream = sum(int(value) << (bits * i) for i, value in enumerate(row))
        found.append([(stream >> (32 * i)) & 0xFFFFFFFF for i in range(-(-len(row) * bits // 32))])
    return np.array(found, dtype=np.uint32).view(dtype)


def nearest(values: np.ndarray, among: list[float]) -> np.ndarray:
    return np.abs(values[..., None] - np.array(among, dtype=np.float32)).argmin(-1)


def two_a_byte(codes: np.ndarray, *, first_high: bool) -> np.ndarray:
    first, second = codes[..., 0::2], codes[..., 1::2]
    return ((first << 4 | second) if first_high else (second << 4 | first)).astype(np.uint8)


def bnb_4bit(weight: np.ndarray, *, nested: bool = False, block: int = 64) -> tuple[State, np.ndarray]:
    flat = np.concatenate([weight.reshape(-1), np.zeros(-weight.size % block, dtype=np.float32)]).reshape(-1, block)
    absmax = np.abs(flat).max(axis=1)
    said = {"quant_type": "nf4", "blocksize": block, "dtype": "bfloat16", "shape": list(weight.shape)}
    parts: State = {}
    if nested:
        table, offset = np.linspace(-1, 1, 256, dtype=np.float32), np.float32(absmax.mean())
        outer = np.repeat(np.array([max(np.abs(c).max(), 1e-9) for c in _cut(absmax - offset)], dtype=np.float32), 256)[: len(absmax)]
        coded = nearest((absmax - offset) / outer, table.tolist())
        absmax = table[coded] * outer + offset
        said |= {"nested_blocksize": 256, "nested_dtype": "float32", "nested_offset": float(offset)}
        parts = {"weight.nested_absmax": _t(outer[::256]), "weight.nested_quant_map": _t(table)}
    codes = nearest(flat / absmax[:, None], NF4)
    true = (np.array(NF4, dtype=np.float32)[codes] * absmax[:, None]).reshape(-1)[: weight.size].reshape(weight.shape)
    state = torch.frombuffer(bytearray(json.dumps(said).encode()), dtype=torch.uint8)
    kept = _t(coded.astype(np.uint8)) if nested else _t(absmax)
    packed = two_a_byte(codes.reshape(-1)[: weight.size + weight.size % 2], first_high=True)
    return parts | {
        "weight": _t(packed[:, None]),
        "weight.absmax": kept,
        "weight.quant_map": torch.tensor(NF4),
        "weight.quant_state.bitsandbytes__nf4": state,
    }, true


def _cut(values: np.ndarray) -> list[np.ndarray]:
    return [values[i : i + 256] for i in range(0, len(values), 256)]


def bnb_8bit(weight: np.ndarray) -> tuple[State, np.ndarray]:
    scale = np.maximum(np.abs(weight).max(axis=1), 1e-7)
    q = np.round(weight / scale[:, None] * 127).astype(np.int8)
    true = q.astype(np.float32) * scale[:, None] * np.float32(1 / 127)
    return {"weight": _t(q), "SCB": _t(scale), "weight_format": torch.tensor(0, dtype=torch.uint8)}, true


def _by_groups(weight: np.ndarray, group: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(q, zeros, scales as float16, what they stand for) with a scale and a zero for each group of inputs."""
    n = int(group.max()) + 1
    low = np.stack([weight[:, group == g].min(axis=1) for g in range(n)])
    high = np.stack([weight[:, group == g].max(axis=1) for g in range(n)])
    top = (1 << bits) - 1
    scales = ((high - low) / top).astype(np.float16)
    zeros = np.clip(np.round(-low / scales), 1, top).astype(np.int64)
    q = np.clip(np.round(weight / scales.T[:, group]) + zeros.T[:, group], 0, top).astype(np.int64)
    return q, zeros, scales, (q - zeros.T[:, group]).astype(np.float32) * scales.astype(np.float32).T[:, group]


def gptq(weight: np.ndarray, *, bits: int = 4, shuffled: bool = False, v2: bool = False, size: int = 16) -> tuple[State, np.ndarray]:
    group = np.arange(weight.shape[1]) // size
    if shuffled:
        group = np.random.default_rng(0).permutation(group)
    q, zeros, scales, true = _by_groups(weight, group, bits)
    parts = {"qweight": _t(words(q, bits).T), "qzeros": _t(words(zeros - (not v2), bits)), "scales": _t(scales)}
    return (parts | {"g_idx": _t(group.astype(np.int32))} if shuffled else parts), true


def awq(weight: np.ndarray, *, size: int = 16) -> tuple[State, np.ndarray]:
    q, zeros, scales, true = _by_groups(weight, np.arange(weight.shape[1]) // size, 4)
    order = [0, 2, 4, 6, 1, 3, 5, 7]
    across = {"qweight": q.T, "qzeros": zeros}
    mixed = {name: np.stack([v[:, 8 * (i // 8) + order[i % 8]] for i in range(v.shape[1])], axis=1) for name, v in across.items()}
    return {name: _t(words(v, 4)) for name, v in mixed.items()} | {"scales": _t(scales)}, true


def mlx(weight: np.ndarray, *, bits: int = 4, size: int = 32) -> tuple[State, np.ndarray]:
    groups = weight.reshape(len(weight), -1, size)
    low, high = groups.min(axis=2), groups.max(axis=2)
    scale = torch.from_numpy(np.maximum((high - low) / ((1 << bits) - 1), 1e-7)).to(torch.bfloat16)
    bias = torch.from_numpy(low).to(torch.bfloat16)
    s, b = scale.float().numpy()[..., None], bias.float().numpy()[..., None]
    q = np.clip(np.round((groups - b) / s), 0, (1 << bits) - 1)
    true = (q.astype(np.float32) * s + b).reshape(weight.shape)
    return {"weight": _t(words(q.reshape(weight.shape), bits, np.uint32)), "scales": scale, "biases": bias}, true


def ct_words(weight: np.ndarray, *, bits: int = 4, size: int = 16, zeros: bool = False) -> tuple[State, np.ndarray]:
    top, group = 1 << (bits - 1), np.arange(weight.shape[1]) // size
    scale = np.stack([np.abs(weight[:, group == g]).max(axis=1) for g in range(group[-1] + 1)], axis=1) / (top - 1)
    zero = np.ones_like(scale) if zeros else np.zeros_like(scale)
    q = np.clip(np.round(weight / scale[:, group] + zero[:, group]), -top, top - 1)
    parts = {
        "weight_packed": _t(words(q + top, bits)),
        "weight_scale": _t(scale),
        "weight_shape": torch.tensor(weight.shape),
    }
    if zeros:
        parts["weight_zero_point"] = _t(words((zero + top).T, bits).T)
    return parts, ((q - zero[:, group]) * scale[:, group]).astype(np.float32)


def ct_bytes(weight: np.ndarray) -> tuple[State, np.ndarray]:
    scale = np.abs(weight).max(axis=1, keepdims=True) / 127
    q = np.round(weight / scale).astype(np.int8)
    return {"weight": _t(q), "weight_scale": _t(scale)}, q.astype(np.float32) * scale


def nvfp4(weight: np.ndarray, *, of_modelopt: bool = False) -> tuple[State, np.ndarray]:
    groups = weight.reshape(len(weight), -1, 16)
    whole = np.float32(448 * 6 / np.abs(weight).max())
    scale = torch.from_numpy(np.abs(groups).max(axis=2) / 6 * whole).to(torch.float8_e4m3fn)
    by = np.float32(1) / whole
    factor = scale.float().numpy() * by if of_modelopt else scale.float().numpy() / whole
    codes = nearest(groups / factor[..., None], E2M1)
    true = (np.array(E2M1, dtype=np.float32)[codes] * factor[..., None]).reshape(weight.shape)
    held = _t(two_a_byte(codes.reshape(weight.shape), first_high=False))
    if of_modelopt:
        return {"weight": held, "weight_scale": scale, "weight_scale_2": torch.tensor(by)}, true
    return {"weight_packed": held, "weight_scale": scale, "weight_global_scale": torch.tensor([whole])}, true


METHODS: dict[str, tuple[Pack, dict[str, object], str]] = {  # by name: how, what config.json says, and the format's label
    "bnb 4-bit": (bnb_4bit, {"quant_method": "bitsandbytes", "load_in_4bit": True}, "bitsandbytes nf4"),
    "bnb 4-bit twice": (lambda w: bnb_4bit(w, nested=True), {"load_in_4bit": True}, "bitsandbytes nf4"),
    "bnb 8-bit": (bnb_8bit, {"quant_method": "bitsandbytes", "load_in_8bit": True}, "bitsandbytes int8"),
    "gptq": (gptq, {"quant_method": "gptq", "bits": 4, "group_size": 16, "checkpoint_format": "gptq"}, "GPTQ 4-bit"),
    "gptq in the order of activations": (lambda w: gptq(w, shuffled=True), {"quant_method": "gptq", "bits": 4}, "GPTQ 4-bit"),
    "gptq v2": (lambda w: gptq(w, bits=8, v2=True), {"quant_method": "gptq", "bits": 8, "checkpoint_format": "gptq_v2"}, "GPTQ 8-bit"),
    "awq": (awq, {"quant_method": "awq", "bits": 4, "group_size": 16, "version": "gemm"}, "AWQ 4-bit"),
    "mlx": (mlx, {"group_size": 32, "bits": 4}, "MLX 4-bit"),
    "mlx 6-bit": (lambda w: mlx(w, bits=6), {"group_size": 32, "bits": 6, "mode": "affine"}, "MLX 6-bit"),
    "ct words": (ct_words, {"quant_method": "compressed-tensors", "format": "pack-quantized"}, "compressed-tensors int4"),
    "ct words with zeros": (lambda w: ct_words(w, zeros=True), {"quant_method": "compressed-tensors"}, "compressed-tensors int4"),
    "ct bytes": (ct_bytes, {"quant_method": "compressed-tensors", "format": "int-quantized"}, "compressed-tensors int8"),
    "ct nvfp4": (nvfp4, {"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}, "NVFP4"),
    "modelopt nvfp4": (lambda w: nvfp4(w, of_modelopt=True), {"quant_method": "modelopt", "quant_algo": "NVFP4"}, "NVFP4"),
}


def linear(name: str) -> bool:
    """Whether a stored tensor is the weight of a linear layer in a block."""
    return name.endswith("_proj.weight")


def packed_state(state: State, pack: Pack, which: Callable[[str], bool] = linear) -> tuple[State, State]:
    """(what the file holds, what it stands for) where the weights that `which` names are packed."""
    held, true = dict(state), {name: value.float() for name, value in state.items()}
    for name, value in state.items():
        if which(name):
            del held[name]
            parts, meant = pack(value.float().numpy())
            held |= {name.removesuffix("weight") + part: tensor for part, tensor in parts.items()}
            true[name] = torch.from_numpy(np.ascontiguousarray(meant))
    return held, true


def write_packed(source: Path, target: Path, held: State, settings: dict[str, object] | None) -> Path:
    """The model of `source` with these tensors in `target`, and `settings` in its config.json."""
    folder = Path(rewrite(source, target, lambda _: held))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if settings is not None:
        config["quantization_config"] = settings
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


def _t(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values))
