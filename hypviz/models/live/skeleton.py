"""A model's architecture on torch's meta device: names and shapes of all parameters, with no memory for their values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.errors import ModelError
from hypviz.models.live.config import load_config, one_line
from hypviz.models.live.libraries import BUILDING, transformers_library

if TYPE_CHECKING:
    import torch


def build_skeleton(folder: Path, *, trust_remote_code: bool) -> torch.nn.Module:
    """The causal language model of the configuration in `folder`, all parameters on the meta device."""
    import torch

    config = load_config(folder, trust_remote_code=trust_remote_code)
    try:
        with BUILDING, torch.device("meta"):
            # float32 is torch's own default dtype, so that threads which compute meanwhile see no other
            auto = transformers_library().AutoModelForCausalLM
            model = auto.from_config(config, trust_remote_code=trust_remote_code, dtype=torch.float32)
    except Exception as error:  # impossible sizes surface as all kinds of errors inside the architecture
        raise ModelError(f"config.json of {folder} describes a model that cannot be built ({one_line(error)}); copy it again.") from error
    if model.get_input_embeddings() is None:
        raise ModelError(f"{folder} has no input embeddings that transformers can name; choose another model.")
    return model


def embedding_parameter(model: torch.nn.Module) -> str:
    """The dotted name of the input-embedding weight."""
    weight = model.get_input_embeddings().weight
    return next(name for name, value in model.named_parameters(remove_duplicate=False) if value is weight)
