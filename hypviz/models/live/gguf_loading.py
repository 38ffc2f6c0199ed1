"""The whole model out of a GGUF file, every weight turned into a plain number by transformers' own reading of the format.

In: the folder beside the file, as `hypviz.models.source.gguf_file` writes it. Out: the model and transformers' report. Adapters go on the
plain weights as on any others; what was lost when the file was quantised stays lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.models.live.libraries import transformers_library

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel


def load_gguf(
    file: Path, architecture: type[PreTrainedModel], config: PreTrainedConfig, dtype: torch.dtype, folder: Path
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The model of `architecture` with the weights of `file` in `dtype`, and transformers' report; raises what transformers raises."""
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
    model.name_or_path = str(file)
    return model, loaded[1]
