"""delta_rel as printed in arXiv 2410.04010v2, Table 2. Nothing here is computed by this project."""

from __future__ import annotations

PROVENANCE = "arXiv 2410.04010v2, Table 2"

# model -> data set -> (mean, standard deviation) over prompts, input embeddings, base at the first token
PAPER_DELTA_REL: dict[str, dict[str, tuple[float, float]]] = {
    "LLaMA-7B": {"MAWPS": (0.08, 0.02), "SVAMP": (0.09, 0.01), "GSM8K": (0.10, 0.01), "AQuA": (0.10, 0.01)},
    "LLaMA-13B": {"MAWPS": (0.08, 0.01), "SVAMP": (0.09, 0.01), "GSM8K": (0.09, 0.01), "AQuA": (0.10, 0.01)},
    "Gemma-7B": {"MAWPS": (0.11, 0.01), "SVAMP": (0.11, 0.01), "GSM8K": (0.11, 0.01), "AQuA": (0.12, 0.01)},
    "LLaMA3-8B": {"MAWPS": (0.06, 0.01), "SVAMP": (0.07, 0.01), "GSM8K": (0.07, 0.01), "AQuA": (0.08, 0.01)},
}

# other spaces, by the largest of 1000 sampled quadruples
PAPER_REFERENCES: dict[str, float] = {"tree": 0.0, "PubMed graph": 0.40, "random graph": 0.62, "sphere": 0.99}
