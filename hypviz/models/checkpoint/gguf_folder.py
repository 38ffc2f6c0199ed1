"""The folder beside a GGUF file: its configuration and tokenizer in Hugging Face format, and a link to the file for the tensors.

In: such a folder. Out: the link, and the tensors by the architecture's names for its two tables and by llama.cpp's for all others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from hypviz.errors import ModelError
from hypviz.models.checkpoint.gguf_header import read_gguf
from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.store import write_atomically

LINK = "hypviz_gguf.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class GgufLink:
    """`file` is the GGUF file; `names` gives the architecture's name for each table by its name in the file."""

    file: Path
    names: dict[str, str]

    @property
    def tensors(self) -> dict[str, StoredTensor]:
        """Every tensor of the file; raises `ModelError` where it is gone or damaged."""
        return {self.names.get(name, name): tensor for name, tensor in read_gguf(self.file).tensors.items()}


def write_link(folder: Path, link: GgufLink) -> None:
    """Put the link into `folder`, unless it is there."""
    text = json.dumps({"file": str(link.file), "names": link.names})
    target = folder / LINK
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        write_atomically(target, text)


def read_link(folder: Path) -> GgufLink:
    """The link in `folder`; raises `ModelError` where it is damaged."""
    try:
        said = json.loads((folder / LINK).read_text(encoding="utf-8"))
        return GgufLink(file=Path(said["file"]), names={str(k): str(v) for k, v in said["names"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{folder / LINK} cannot be read ({error}); delete the folder {folder} and load the GGUF file again.") from error
