"""What a model is, read off its architecture on the meta device: sizes, names of its linear layers, the scale of its embeddings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypviz.models.checkpoint.tables import StoredTables
from hypviz.models.live.skeleton import input_table
from hypviz.records.models import ModelRef, ModelSummary

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

LinearShape = tuple[str, int, int]  # last name, inputs, outputs
_POSITION_FIELDS = ("max_position_embeddings", "n_positions", "max_sequence_length", "max_seq_len")
_SCALE_ATTRIBUTES = ("scalar_embed_scale", "embed_scale")
_SCALE_FIELDS = ("embedding_multiplier", "scale_emb")
_MAMBA = ("falcon_h1", "mamba", "mamba2", "falcon_mamba", "nemotron_h")  # PEFT refuses `_NOT_IN_MAMBA` in these
_NOT_IN_MAMBA = ("out_proj",)


def summary_of(model: PreTrainedModel, ref: ModelRef, tables: StoredTables) -> ModelSummary:
    """The summary of a model whose architecture is `model` (on the meta device) and whose stored tables are `tables`."""
    config, table = model.config.get_text_config(), input_table(model)
    loaded_apart = int(table.numel()) if tables.tied_in_config and not tables.shared else 0
    shapes = linear_shapes_of(model)
    limits = [getattr(config, name, None) for name in _POSITION_FIELDS]
    return ModelSummary(
        architecture=type(model).__name__,
        model_type=model.config.model_type,
        vocab_size=int(table.shape[0]),
        hidden_size=int(table.shape[1]),
        n_layers=int(config.num_hidden_layers) - len(passed_over(config)),
        tied=tables.shared,
        dtype=ref.dtype,
        n_parameters=sum(int(p.numel()) for p in model.parameters()) + loaded_apart,
        embedding_scale=_embedding_scale(model, config),
        max_positions=next((int(v) - padding_positions(model) for v in limits if isinstance(v, int) and v > 0), None),
        linear_names=tuple(dict.fromkeys(name for name, _, _ in shapes)),
        n_linear_parameters=sum(n_in * n_out for _, n_in, n_out in shapes),
        fused=_fused(model),
    )


def passed_over(config: object) -> tuple[int, ...]:
    """The blocks of a language model, from 0, that look at pictures alone (mllama): no text by itself goes through them."""
    found: list[int] | None = getattr(config, "cross_attention_layers", None)
    return tuple(found or ())


def padding_positions(model: PreTrainedModel) -> int:
    """How many rows of a table of positions no token of a text gets: those up to the padding token's id, where RoBERTa begins to count."""
    import torch

    tables = (m for name, m in model.named_modules() if name.rsplit(".", 1)[-1] == "position_embeddings")
    found = next((m.padding_idx for m in tables if isinstance(m, torch.nn.Embedding) and m.padding_idx is not None), None)
    return 0 if found is None else found + 1


def linear_shapes_of(model: PreTrainedModel) -> tuple[LinearShape, ...]:
    """Every linear and Conv1D layer inside the blocks that PEFT puts an adapter on, in the order of the computation."""
    import torch
    from transformers.pytorch_utils import Conv1D

    found: list[LinearShape] = []
    refused = _NOT_IN_MAMBA if model.config.model_type in _MAMBA else ()
    for path, module in _modules(model):
        name = path.rsplit(".", 1)[-1]
        if isinstance(module, (torch.nn.Linear, Conv1D)) and name not in refused:
            n_in, n_out = module.weight.shape if isinstance(module, Conv1D) else reversed(module.weight.shape)
            found.append((name, int(n_in), int(n_out)))
    return tuple(found)


def _fused(model: PreTrainedModel) -> dict[str, int]:
    """How many parameters the blocks' weights of three dimensions hold by the last two parts of their names, convolutions apart."""
    import torch

    convolutions = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d)
    found: dict[str, int] = {}
    for path, module in _modules(model):
        for name, weight in module.named_parameters(recurse=False):
            if weight.ndim == 3 and not isinstance(module, convolutions):
                key = f"{path.rsplit('.', 1)[-1]}.{name}"
                found[key] = found.get(key, 0) + int(weight.numel())
    return found


def _modules(model: PreTrainedModel) -> list[tuple[str, torch.nn.Module]]:
    """The modules inside the blocks with their dotted names."""
    return list(blocks_of(model).named_modules())


def blocks_of(model: PreTrainedModel) -> torch.nn.Module:
    """The repeated blocks of the decoder, or the whole decoder where there is no such list."""
    import torch

    n_layers = int(model.config.get_text_config().num_hidden_layers)
    decoder: torch.nn.Module = model.get_decoder() if hasattr(model, "get_decoder") else model
    lists = [m for m in list(decoder.modules()) if isinstance(m, torch.nn.ModuleList) and len(m) == n_layers]
    return lists[0] if lists else decoder


def _embedding_scale(model: PreTrainedModel, config: object) -> float:
    """The factor between an embedding row and what enters the first block.

    Architectures keep it on the embedding module (Gemma, XGLM) or in the configuration (Granite, MiniCPM).
    """
    table = model.get_input_embeddings()
    candidates = [getattr(table, name, None) for name in _SCALE_ATTRIBUTES] + [getattr(config, name, None) for name in _SCALE_FIELDS]
    return next((float(v) for v in candidates if isinstance(v, (int, float)) and v), 1.0)
