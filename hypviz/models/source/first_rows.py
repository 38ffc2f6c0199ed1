"""A model of the first rows of its tables: how that stands in its configuration, and in the settings of a GGUF file.

In: the file, the number of rows that are there, and of all. A special token beyond the rows is none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypviz.models.checkpoint.folder import read_json
from hypviz.models.live.config import FIRST_ROWS_OF
from hypviz.store import write_atomically

SETTING = "hypviz.first_rows_of"  # in a GGUF file, with the number of all rows


def shorten_config(file: Path, rows: int, n_rows: int) -> None:
    """The configuration of a model of the first `rows` of `n_rows` tokens; a padding token beyond them is none."""
    config: dict[str, Any] = read_json(file) | ({FIRST_ROWS_OF: n_rows} if rows < n_rows else {})
    inner: dict[str, Any] | None = config.get("text_config")
    for part in (config, inner) if isinstance(inner, dict) else (config,):
        if isinstance(part.get("vocab_size"), int):
            part["vocab_size"] = min(rows, part["vocab_size"])
        for name in ("pad_token_id", "bos_token_id", "eos_token_id"):
            if isinstance(part.get(name), int) and part[name] >= rows:
                part[name] = None
    write_atomically(file, json.dumps(config, indent=2))
