"""Small models of the hub worth trying first, with what their model cards and files said when the list was made; nothing is asked here.

Sizes are of the safetensors files, rounded; rows are those of the input table, padding included; parameters are those of the model, a table
that serves twice counted once, however often it is stored.
"""

from __future__ import annotations

from hypviz.records.local_models import Suggestion

AS_OF = "the end of 2025"
_APACHE, _MIT = "Apache-2.0", "MIT"


def _one(source: str, n_parameters: float, rows: int, download_bytes: float, licence: str, words: str) -> Suggestion:
    return Suggestion(
        source=source,
        n_parameters=int(n_parameters),
        rows=rows,
        download_bytes=int(download_bytes),
        licence=licence,
        words=words,
    )


SUGGESTED = (
    _one("HuggingFaceTB/SmolLM2-135M-Instruct", 135e6, 49_152, 269e6, _APACHE, "answers questions on any laptop"),
    _one("HuggingFaceTB/SmolLM2-360M-Instruct", 362e6, 49_152, 724e6, _APACHE, "a wider one of the same kind"),
    _one("HuggingFaceTB/SmolLM2-1.7B-Instruct", 1.71e9, 49_152, 3.42e9, _APACHE, "the largest of the three"),
    _one("Qwen/Qwen2.5-0.5B-Instruct", 494e6, 151_936, 988e6, _APACHE, "many languages, a large vocabulary"),
    _one("Qwen/Qwen2.5-1.5B-Instruct", 1.54e9, 151_936, 3.09e9, _APACHE, "a wider one of the same kind"),
    _one("Qwen/Qwen3-0.6B", 596e6, 151_936, 1.5e9, _APACHE, "a newer Qwen, which can think aloud"),
    _one("EleutherAI/pythia-70m", 70e6, 50_304, 166e6, _APACHE, "untied, with checkpoints of its training as branches"),
    _one("EleutherAI/pythia-160m", 162e6, 50_304, 375e6, _APACHE, "untied, with checkpoints of its training as branches"),
    _one("EleutherAI/pythia-410m", 405e6, 50_304, 911e6, _APACHE, "untied, with checkpoints of its training as branches"),
    _one("openai-community/gpt2", 124e6, 50_257, 548e6, _MIT, "the classic"),
    _one("distilbert/distilgpt2", 82e6, 50_257, 353e6, _APACHE, "GPT-2 in six layers"),
    _one("TinyLlama/TinyLlama-1.1B-Chat-v1.0", 1.1e9, 32_000, 2.2e9, _APACHE, "a small Llama with Llama 2's vocabulary"),
)
