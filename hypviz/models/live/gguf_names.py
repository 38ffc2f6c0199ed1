"""The tensors of a GGUF file by the names that the architecture has for them, and in its order and shape.

In: a header and the architecture on the meta device. Out: names, and a checkpoint like that of a folder in Hugging Face format. llama.cpp
stores some weights otherwise (rows of queries and keys in another order, norms less one, experts apart); transformers' own processors undo
that. No weight is read before its numbers are asked for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import Checkpoint, open_checkpoint
from hypviz.models.checkpoint.gguf_header import GgufHeader, read_gguf
from hypviz.models.checkpoint.gguf_rows import GgufWeight, dequantised
from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.models.live.description import skeleton
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel


def named_checkpoint(ref: ModelRef) -> Checkpoint:
    """The checkpoint of a resolved model, a GGUF file's with its weights as the architecture has them (`GgufWeight`).

    The tables keep the names they have there, and what the architecture has no place for, or no known names, keeps llama.cpp's. Raises
    `ModelError`.
    """
    from transformers.integrations.gguf.utils import is_gguf_arch_supported

    checkpoint = open_checkpoint(Path(ref.path))
    header = None if checkpoint.gguf is None else read_gguf(checkpoint.gguf)
    if header is None or is_gguf_arch_supported(header.architecture):  # these are turned by the loader of transformers alone
        return checkpoint
    model = skeleton(ref)
    processor = processor_of(header, model.config)
    names = architecture_names(header, model, processor)
    if names is None:
        return checkpoint
    others = {name: tensor for name, tensor in checkpoint.tensors.items() if name == tensor.name}
    found = {name: tensor for name, tensor in checkpoint.tensors.items() if name not in others}
    found |= _weights(others, names, processor, {name: tuple(value.shape) for name, value in model.state_dict().items()})
    return dataclasses.replace(checkpoint, tensors=found)


def processor_of(header: GgufHeader, config: PreTrainedConfig) -> Any:
    """What undoes the changes that llama.cpp makes to weights of this architecture."""
    from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, TensorProcessor

    return TENSOR_PROCESSORS.get(header.architecture, TensorProcessor)(config=config.to_dict())


def architecture_names(header: GgufHeader, skeleton: PreTrainedModel, processor: Any) -> dict[str, str] | None:
    """The architecture's name for each of the file's, None where the gguf package knows no names for it.

    Some files were written from the model without its outer module.
    """
    from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

    arch = next((number for number, name in MODEL_ARCH_NAMES.items() if name == header.architecture), None)
    if arch is None:
        return None
    known = get_tensor_name_map(arch, int(skeleton.config.num_hidden_layers))
    found: dict[str, str] = {}
    for full in skeleton.state_dict():
        name = str(processor.preprocess_name(full))
        stem, dot, last = name.rpartition(".")
        stem, suffix = (stem, dot + last) if last in ("weight", "bias") else (name, "")
        parts = stem.split(".")
        stored = next((known.get_name(".".join(parts[i:])) for i in range(len(parts)) if known.get_name(".".join(parts[i:]))), None)
        if stored is not None:
            found.setdefault(stored + suffix, full)
        else:
            processor.perform_fallback_tensor_mapping(found, suffix, "", name)
    return found


def _weights(
    stored: dict[str, StoredTensor], names: dict[str, str], processor: Any, shapes: dict[str, tuple[int, ...]]
) -> dict[str, StoredTensor]:
    """Every weight by the architecture's name, in the order of the file; several stored tensors can make one."""
    makes: dict[str, list[StoredTensor]] = {}
    for name, tensor in stored.items():
        full = names.get(name, names.get(name.removesuffix(".weight"), name))
        makes.setdefault(full if full in shapes else name, []).append(tensor)
    return {
        full: _weight(full, tuple(sources), names, processor, shapes[full]) if full in shapes else sources[0]
        for full, sources in makes.items()
    }


def _weight(full: str, sources: tuple[StoredTensor, ...], names: dict[str, str], processor: Any, shape: tuple[int, ...]) -> GgufWeight:
    first = sources[0]
    return GgufWeight(
        name=first.name,
        dtype=" and ".join(dict.fromkeys(source.dtype for source in sources)),
        shape=shape,
        start=first.start,
        stop=first.stop,
        file=first.file,
        sources=sources,
        read=_reading(full, sources, names, processor, shape),
    )


def _reading(
    full: str, sources: tuple[StoredTensor, ...], names: dict[str, str], processor: Any, shape: tuple[int, ...]
) -> Callable[[], np.ndarray]:
    def read() -> np.ndarray:
        state: dict[str, Any] = {}
        for source in sources:
            found = processor.process(
                weights=dequantised(source), name=source.name, tensor_key_mapping=names, parsed_parameters={"tensors": state}
            )
            if found.name is not None:
                state[full] = found.weights
        values = np.asarray(state[full], dtype=np.float32)
        if values.shape != shape:
            raise ModelError(
                f"{sources[0].file} holds {full} as {list(values.shape)} where its architecture asks for {list(shape)}; choose the "
                "safetensors release of the model."
            )
        return values

    return read
