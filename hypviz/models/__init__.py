"""Language models from a folder, the hub or the package: cost before loading, then weights, tokens and embedding rows.

MODEL is ``bundled``, a local folder in Hugging Face format, a GGUF file, or a hub id ``org/name`` with an optional ``@revision``. Weights
come from safetensors or GGUF only. Every failure is a `ModelError` whose text says what to do next. Does not train or generate.
"""

from hypviz.models.checkpoint.embeddings import read_embeddings
from hypviz.models.live.description import summarise
from hypviz.models.live.loading import load_model
from hypviz.models.live.memory import available_memory, check_memory, show_size
from hypviz.models.source.cost import estimate
from hypviz.models.source.resolving import resolve
from hypviz.models.tokenizer.tokens import count_tokens, encode_prompts, load_tokenizer, read_token_table, typed_tokens

__all__ = [
    "available_memory",
    "check_memory",
    "count_tokens",
    "encode_prompts",
    "estimate",
    "load_model",
    "load_tokenizer",
    "read_embeddings",
    "read_token_table",
    "resolve",
    "show_size",
    "summarise",
    "typed_tokens",
]
