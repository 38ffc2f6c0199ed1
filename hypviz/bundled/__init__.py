"""The small language model that ships with the project, so that every page works with the network cable out.

``model/`` holds the weights and tokenizer in Hugging Face format, made by ``python -m hypviz.bundled.recipe``; its card says how.
"""

from __future__ import annotations

from pathlib import Path

BUNDLED_SOURCE = "bundled"


def bundled_folder() -> Path:
    """The folder of the bundled model."""
    return Path(__file__).resolve().parent / "model"
