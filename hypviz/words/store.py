"""What each kind of stored result is, for the list on the Start page."""

from __future__ import annotations

KINDS = {
    "answers": "Answers",
    "chosen_measures": "Disk: chosen tokens measured",
    "chosen_tokens": "Disk: chosen tokens",
    "comparisons": "Comparisons of answers",
    "disk_basis": "Disk: tokens and their order",
    "disk_layout": "Disk: layouts",
    "disk_neighbours": "Disk: nearest neighbours",
    "disk_play": "Disk: one vocabulary in several tables",
    "disk_truths": "Disk: how true its pictures are",
    "evaluation": "Evaluations",
    "evaluations": "Evaluations",
    "fingerprints": "Fingerprints of model files",
    "frequency": "Frequency and norm",
    "gguf": "Tokenizers taken out of GGUF files",
    "hierarchy": "Depth against norm",
    "hyperbolicity": "Hyperbolicity of prompts",
    "layers": "Hyperbolicity by layer",
    "model_difference": "Models against their base",
    "model_notices": "What is known of models",
    "prompt_path": "Disk: texts through the layers",
    "row_norms": "Norms of embedding rows",
    "untrained_rows": "Rows never trained",
    "runs": "Fine-tunes",
    "token_counts": "Token counts of word tables",
    "token_ranks": "Ranks of tokens",
    "token_states": "States of single tokens",
    "token_table": "Tokens of models",
    "uploads": "Files that were brought",
    "vocabularies": "Vocabularies of hub models",
    "vocabulary_delta": "Hyperbolicity of vocabularies",
}


def kind_words(kind: str) -> str:
    """The kind for people; its own name where the folder holds something that this version does not make."""
    return KINDS.get(kind, kind.replace("_", " ").capitalize())
