"""The whole model out of a GGUF file, every weight turned into a plain number.

In: the file and the folder beside it, as `hypviz.models.source.gguf_file` writes it. Out: the model and a report as transformers gives it.
Names and layouts are undone by transformers' own processors for each architecture. Its loader keeps every weight in float32 beside the
model until all are read, and looks up the names once a module; here a tensor is read when its turn comes and kept in the format asked for.
What was lost when the file was quantised stays lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.gguf_header import GgufHeader, read_gguf
from hypviz.models.checkpoint.gguf_rows import dequantised
from hypviz.models.checkpoint.stored_state import load_state
from hypviz.models.live.gguf_names import architecture_names, processor_of
from hypviz.models.live.gguf_rope import FACTORS, are_applied
from hypviz.models.live.libraries import transformers_library

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel


def load_gguf(
    file: Path, skeleton: PreTrainedModel, config: PreTrainedConfig, dtype: torch.dtype, folder: Path
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The model of the architecture of `skeleton` with the weights of `file` in `dtype`, and a report; raises what transformers raises."""
    from transformers.integrations.gguf.utils import is_gguf_arch_supported

    header = read_gguf(file)
    if is_gguf_arch_supported(header.architecture):  # those that transformers reads tensor by tensor itself
        model, report = _by_transformers(file, type(skeleton), config, dtype, folder)
    else:
        state, unused = gguf_state(header, skeleton, config, dtype)
        _check_shapes(header, skeleton, state)
        model, report = load_state(type(skeleton), config, state, dtype, folder)
        report["unexpected_keys"] = [*report["unexpected_keys"], *unused]
    if are_applied(config, header):
        report["unexpected_keys"] = [name for name in report["unexpected_keys"] if name != FACTORS]
    model.name_or_path = str(file)
    return model, report


def gguf_state(
    header: GgufHeader, skeleton: PreTrainedModel, config: PreTrainedConfig, dtype: torch.dtype
) -> tuple[dict[str, torch.Tensor], list[str]]:
    """Every weight of the file by the architecture's name in `dtype`, and the names of the tensors for which it has no place."""
    import torch

    processor = processor_of(header, config)
    names = architecture_names(header, skeleton, processor)
    if names is None:
        raise ValueError(f"the gguf package has no names for the architecture {header.architecture}")
    state: dict[str, torch.Tensor] = {}
    unused: list[str] = []
    for tensor in header.tensors.values():
        found = processor.process(
            weights=dequantised(tensor), name=tensor.name, tensor_key_mapping=names, parsed_parameters={"tensors": state}
        )
        if found.name is None:  # put into its place by the processor
            continue
        if found.name in names:
            state[names[found.name]] = torch.from_numpy(np.array(found.weights)).to(dtype)
        else:
            unused.append(tensor.name)
    return {name: value.to(dtype) for name, value in state.items()}, unused


def _check_shapes(header: GgufHeader, skeleton: PreTrainedModel, state: dict[str, torch.Tensor]) -> None:
    """Raise `ModelError` by the name of the first weight that has another shape than the architecture asks for."""
    wanted = {name: tuple(value.shape) for name, value in skeleton.state_dict().items()}
    wrong = next((name for name, value in state.items() if wanted.get(name, value.shape) != tuple(value.shape)), None)
    if wrong is not None:
        raise ModelError(
            f"{header.file} holds {wrong} as {list(state[wrong].shape)} where transformers' {type(skeleton).__name__} asks for "
            f"{list(wanted[wrong])}: this form of {header.architecture} is not read, so choose the safetensors release of the model."
        )


def _by_transformers(
    file: Path, architecture: type[PreTrainedModel], config: PreTrainedConfig, dtype: torch.dtype, folder: Path
) -> tuple[PreTrainedModel, dict[str, Any]]:
    from transformers.utils.quantization_config import GgufConfig

    loaded: Any = architecture.from_pretrained(
        file.parent,
        gguf_file=file.name,
        config=config,
        dtype=dtype,
        quantization_config=GgufConfig(dequantize=True),
        local_files_only=True,
        output_loading_info=True,
    )
    model: Any = loaded[0]
    vars(model.config).pop("quantization_config", None)
    model.is_quantized = False  # transformers would refuse to train or save it
    if (folder / "generation_config.json").is_file():
        model.generation_config = transformers_library().GenerationConfig.from_pretrained(folder, local_files_only=True)
    return model, loaded[1]
