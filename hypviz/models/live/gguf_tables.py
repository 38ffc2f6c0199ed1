"""A model of which only the tables are known: what stands in for the architecture of a GGUF file that transformers does not read.

In: the config.json that `tables_config` gives for a header. Out: a class of transformers' kind, named as the architecture, with the two
tables and one parameter for the size of all other weights. Nothing can be computed with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypviz.models.checkpoint.gguf_header import INPUT_TABLE, OUTPUT_TABLE, GgufHeader
from hypviz.models.live.libraries import transformers_library

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

ONLY_TABLES = "hypviz_only_tables"  # in a config.json: half a sentence that says why nothing but the tables is read


def tables_config(header: GgufHeader, why: str) -> dict[str, Any]:
    """A config.json for the tables of a GGUF file whose architecture is not read, and the reason."""
    rows, width = header.tensors[INPUT_TABLE].shape
    tables = [header.tensors[name].numel for name in (INPUT_TABLE, OUTPUT_TABLE) if name in header.tensors]
    said = {name: header.settings.get(f"{header.architecture}.{key}", 0) for name, key in _SIZES.items()}
    return {
        "model_type": header.architecture,
        "vocab_size": rows,
        "hidden_size": width,
        "has_output_table": OUTPUT_TABLE in header.tensors,
        "n_other_parameters": header.n_parameters - sum(tables),
        ONLY_TABLES: why,
        **said,
        **{f"{name}_token_id": header.settings.get(f"tokenizer.ggml.{key}_token_id") for name, key in _ENDS.items()},
    }


_SIZES = {"num_hidden_layers": "block_count", "max_position_embeddings": "context_length"}
_ENDS = {"bos": "bos", "eos": "eos", "pad": "padding"}


def tables_architecture(raw: dict[str, Any]) -> tuple[PreTrainedConfig, type[PreTrainedModel]]:
    """The configuration and the class of such a config.json."""
    import torch

    library = transformers_library()
    kept = {name: value for name, value in raw.items() if name not in (ONLY_TABLES, "model_type", "transformers_version")}
    config: Any = library.PreTrainedConfig(**kept)
    config.model_type = raw["model_type"]

    def build(self: Any, config: Any) -> None:
        library.PreTrainedModel.__init__(self, config)
        self.embed_tokens = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.lm_head = torch.nn.Linear(config.hidden_size, config.vocab_size, bias=False) if config.has_output_table else None
        self.others = torch.nn.Parameter(torch.empty(config.n_other_parameters))
        self.blocks = torch.nn.Module()

    def table(self: Any) -> torch.nn.Module:
        return self.embed_tokens

    def head(self: Any) -> torch.nn.Module | None:
        return self.lm_head

    def decoder(self: Any) -> torch.nn.Module:
        return self.blocks

    members: dict[str, Any] = {
        "__init__": build,
        "config_class": library.PreTrainedConfig,
        "base_model_prefix": "model",
        "get_input_embeddings": table,
        "get_output_embeddings": head,
        "get_decoder": decoder,
    }
    return config, type(str(raw["model_type"]), (library.PreTrainedModel,), members)
