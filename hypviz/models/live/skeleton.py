"""A model's architecture on torch's meta device: names and shapes of all parameters, with no memory for their values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hypviz.errors import ModelError
from hypviz.models.live.architecture import architecture_of
from hypviz.models.live.config import one_line
from hypviz.models.live.libraries import BUILDING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def build_skeleton(folder: Path, *, trust_remote_code: bool) -> PreTrainedModel:
    """The model of the configuration in `folder` (`Architecture`), all parameters on the meta device."""
    import torch

    architecture = architecture_of(folder, trust_remote_code=trust_remote_code)
    try:
        with BUILDING, torch.device("meta"):
            # float32 is torch's own default dtype, so that threads which compute meanwhile see no other
            model = architecture.build()
            table: object = model.get_input_embeddings()
    except Exception as error:  # impossible sizes surface as all kinds of errors inside the architecture
        raise ModelError(f"config.json of {folder} describes a model that cannot be built ({one_line(error)}); copy it again.") from error
    weight = getattr(table, "weight", None)
    if not isinstance(weight, torch.Tensor) or weight.ndim != 2:
        raise ModelError(f"{folder} is a {type(model).__name__}, which has no table of token embeddings; choose a language model.")
    return model


def input_table(model: PreTrainedModel) -> torch.Tensor:
    """The weight of the input embeddings (vocab_size, hidden_size)."""
    return _weight(model.get_input_embeddings())


def output_table(model: PreTrainedModel) -> torch.Tensor | None:
    """The weight of the output layer, the same object as the input's where they are tied; None where there is no such layer."""
    import torch

    head: object = model.get_output_embeddings()
    return _weight(head) if isinstance(head, torch.nn.Module) else None


def _weight(module: torch.nn.Module) -> torch.Tensor:
    import torch

    weight = module.weight
    assert isinstance(weight, torch.Tensor)
    return weight


def embedding_parameter(model: PreTrainedModel) -> str:
    """The dotted name of the input-embedding weight."""
    weight = input_table(model)
    return next(name for name, value in model.named_parameters(remove_duplicate=False) if value is weight)
