"""What is handed to transformers in place of a file that it would read wrongly or not at all, and what a loaded model is checked for.

A file is read here where its names carry wrappers or outer modules, where its weights are float8 (transformers drops scales that
config.json does not announce, and takes the block size from the shapes, which is wrong where the last block is cut off), and where they are
packed, for which transformers asks for a library of each method and often for a GPU. Handed over are names of the architecture and numbers
as they are meant. Tensors for which the architecture has no place are never dropped in silence.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.float8 import is_float8, scale_name, scales_of_activations
from hypviz.models.checkpoint.folder import Checkpoint, read_json
from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.models.checkpoint.packed.tensors import PackedTensor, is_read, method_of, settings_of
from hypviz.models.checkpoint.values import config_block_size, read_values

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel

_LOG = logging.getLogger(__name__)
_LIKE_SCALES = re.compile(r"(^|[._])(scale|scales|scale_inv|scale_weight|zero_point|zeros|qzeros|absmax|quant_state|amax)([._]|\d|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`sources` gives for each name of the architecture the name in `Checkpoint.tensors`; `float8` are those of them to multiply out, and
    `packed` those to unpack.

    `n_scales` counts the scales that go with float8, `is_plain` whether transformers reads the files rightly by itself.
    """

    sources: dict[str, str]
    float8: frozenset[str]
    packed: frozenset[str]
    n_scales: int
    is_plain: bool


def plan_loading(checkpoint: Checkpoint, *, outer: str, label: str) -> Plan:
    """How the tensors of `checkpoint` become parameters; `outer` stands before the architecture's own names.

    Raises `ModelError`, which calls the model by its `label`, by the tensor's name for whole numbers that no configuration explains, and by
    the method for those that are quantised in a way that is not read.
    """
    tensors, settings = checkpoint.tensors, settings_of(read_json(checkpoint.folder / "config.json"))
    scales = {found: name for name in tensors if (found := scale_name(name, tensors)) is not None}
    if checkpoint.refusal is not None:
        raise ModelError(checkpoint.refusal)
    _refuse_whole_numbers(tensors, scales, method_of(settings), label)
    float8 = frozenset(n for n, t in tensors.items() if is_float8(t) and n not in scales)
    packed = frozenset(n for n, t in tensors.items() if isinstance(t, PackedTensor))
    left_out = {scale for scale, name in scales.items() if name in float8} | set(scales_of_activations(tensors) if float8 or packed else ())
    renamed = any(name != tensor.name for name, tensor in tensors.items())
    return Plan(
        sources={name.removeprefix(outer): name for name in tensors if name not in left_out},
        float8=float8,
        packed=packed,
        n_scales=len(left_out),
        is_plain=not (float8 or packed or renamed or outer or settings),
    )


def _refuse_whole_numbers(tensors: dict[str, StoredTensor], scales: dict[str, str], method: str | None, label: str) -> None:
    """Raise `ModelError` for weights in whole numbers that were not put together as packed ones."""
    whole = [n for n, t in tensors.items() if t.dtype[0] in "IU" and (_is_weight(n, t) or n in scales.values())]
    if not whole:
        return
    stored = tensors[whole[0]]
    if method is None:
        raise ModelError(
            f"{stored.file} stores {stored.name} as whole numbers ({stored.dtype}) and config.json does not say what they stand for "
            "(quantization_config is missing); copy config.json again from where the model was published, or choose a release in bfloat16."
        )
    how = f"by {method}" if not is_read(method) else f"by a variant of {method}"
    raise ModelError(
        f"The weights of {label} are quantised {how} ({stored.name} and {len(whole) - 1:,} others), which hypviz cannot turn back into "
        "plain numbers; load the release that it was made from, which is usually the one without the method in its name."
    )


def _is_weight(name: str, tensor: StoredTensor) -> bool:
    """Whether whole numbers are weights, and no mask, counter or position that a model keeps beside them."""
    return name.endswith("weight") or (len(tensor.shape) in (2, 3) and tensor.shape[0] > 1 and not name.endswith(".bias"))


def read_state(checkpoint: Checkpoint, plan: Plan, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Every tensor by the architecture's name, those of `float8` and `packed` as plain numbers in `dtype`.

    Raises `ModelError` for scales that do not fit.
    """
    block = config_block_size(checkpoint.folder)
    return {
        name: _multiplied_out(checkpoint, source, block, dtype) if source in plan.float8 | plan.packed else _as_stored(checkpoint, source)
        for name, source in plan.sources.items()
    }


def load_state(
    architecture: type[PreTrainedModel], config: PreTrainedConfig, state: dict[str, torch.Tensor], dtype: torch.dtype, folder: Path
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The model of the plain numbers in `state`, and transformers' report; `config` loses what it says of a quantisation."""
    from hypviz.models.live.libraries import transformers_library

    vars(config).pop("quantization_config", None)
    loaded: Any = architecture.from_pretrained(None, config=config, state_dict=state, dtype=dtype, output_loading_info=True)
    model: PreTrainedModel = loaded[0]
    report: dict[str, Any] = loaded[1]
    if (folder / "generation_config.json").is_file():
        model.generation_config = transformers_library().GenerationConfig.from_pretrained(folder, local_files_only=True)
    model.name_or_path = str(folder)
    return model, report


def check_loaded(model: PreTrainedModel, unexpected: list[str], label: str, dtype: torch.dtype | None) -> None:
    """Raise `ModelError` by the tensor's name for dropped scales, mixed number formats, and weights that are not finite.

    Other tensors for which the architecture has no place are counted in a warning. `dtype` None takes what the file stores.
    """
    import torch

    dropped = [name for name in unexpected if _LIKE_SCALES.search(name)]
    if dropped:
        raise ModelError(
            f"The weight files of {label} hold {len(dropped):,} scales that its architecture has no use for (first: {dropped[0]}), so its "
            "weights are not what they are meant to be; copy config.json again from where the model was published, or choose another "
            "release."
        )
    if unexpected:
        _LOG.warning("%s", unused_sentence(label, type(model).__name__, unexpected))
    if dtype is not None:
        mixed = [(n, p.dtype) for n, p in model.named_parameters() if p.dtype not in (dtype, torch.float32)]
        if mixed:
            raise ModelError(
                f"{label} is stored quantised, and {mixed[0][0]} was loaded as {str(mixed[0][1]).removeprefix('torch.')} instead of "
                f"{str(dtype).removeprefix('torch.')}, with which nothing can be computed here; choose a release in bfloat16."
            )
    for name, parameter in model.named_parameters():
        if parameter.numel() and not bool(torch.isfinite(torch.stack(torch.aminmax(parameter.detach()))).all()):
            raise ModelError(f"{name} of {label} holds NaN or infinity; the checkpoint is damaged, so use another copy.")


def unused_sentence(label: str, architecture: str, names: list[str]) -> str:
    """How many stored tensors the architecture has no place for."""
    some = ", ".join(sorted(names)[:3]) + (", …" if len(names) > 3 else "")
    return f"{len(names):,} tensors in the weight files of {label} belong to no part of {architecture} and are not used ({some})."


def _as_stored(checkpoint: Checkpoint, name: str) -> torch.Tensor:
    from safetensors import safe_open

    tensor = checkpoint.tensors[name]
    opened: Any = safe_open(tensor.file, framework="pt")
    with opened as file:
        return file.get_tensor(tensor.name)


def _multiplied_out(checkpoint: Checkpoint, name: str, block: tuple[int, int] | None, dtype: torch.dtype) -> torch.Tensor:
    import torch

    return torch.from_numpy(read_values(checkpoint.tensors[name], checkpoint.tensors, name, block=block)).to(dtype)
