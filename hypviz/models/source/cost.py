"""What loading a model will cost, from file sizes and safetensors headers; never downloads or reads weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypviz.models.checkpoint.folder import open_checkpoint, read_json
from hypviz.models.checkpoint.packed.forecast import quantised_sentence
from hypviz.models.live.config import check_config
from hypviz.models.live.device import answering_bytes
from hypviz.models.source.parsing import parse_source
from hypviz.records.models import LoadCost


def estimate(source: str, *, revision: str | None = None, trust_remote_code: bool = False) -> LoadCost:
    """The cost of loading MODEL; for the hub it asks the metadata API. Raises `ModelError`."""
    parsed = parse_source(source, revision)
    if parsed.only_vocabulary:
        from hypviz.models.source.vocabulary import vocabulary_cost

        return vocabulary_cost(parsed, trust_remote_code=trust_remote_code)
    if parsed.file is not None:
        from hypviz.models.source.gguf_file import gguf_cost

        return gguf_cost(parsed.file)
    if parsed.folder is None:
        from hypviz.models.source.hub import hub_cost

        return hub_cost(parsed, trust_remote_code=trust_remote_code)
    return folder_cost(parsed.folder, trust_remote_code=trust_remote_code)


def folder_cost(folder: Path, *, trust_remote_code: bool) -> LoadCost:
    """The cost of the model in a local folder, from its file sizes and weight headers."""
    checkpoint = open_checkpoint(folder, with_code=trust_remote_code)
    config = read_json(folder / "config.json")
    check_config(config, str(folder), trust_remote_code=trust_remote_code)
    return LoadCost(
        bytes_to_read=checkpoint.bytes_to_read,
        bytes_to_download=0,
        memory_bytes=answering_bytes(checkpoint.n_parameters, numbers_of_table(config)),
        n_files=len(checkpoint.files),
        n_parameters=checkpoint.n_parameters,
        quantised=quantised_sentence(config) if checkpoint.gguf is None else None,
    )


def numbers_of_table(config: dict[str, Any]) -> int:
    """How many numbers the input embeddings have; 0 where the configuration does not tell."""
    inner: dict[str, Any] | None = config.get("text_config")
    body = inner if isinstance(inner, dict) else config
    rows, width = body.get("vocab_size"), body.get("hidden_size", body.get("n_embd", body.get("d_model")))
    return rows * width if isinstance(rows, int) and isinstance(width, int) else 0
