"""GGUF files that Ollama and LM Studio keep on this machine, found by the layout of their stores; reads no model.

In: the home folder and the two variables that move the stores. Out: one `StoredGguf` per model, by name. Sources: the manifests of
https://github.com/ollama/ollama/blob/main/docs/faq.mdx (models/manifests, models/blobs), https://lmstudio.ai/docs/app/advanced/import-model.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import read_json

_MODEL_LAYER = "application/vnd.ollama.image.model"
_LM_STUDIO = (".lmstudio/models", ".cache/lm-studio/models")  # below the home folder: of releases from 0.3.6 on, and before


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredGguf:
    """A model in another program's store: what `program` calls it, and the file to give as MODEL."""

    program: str
    name: str
    file: Path
    size: int


def stored_ggufs(home: Path | None = None) -> tuple[StoredGguf, ...]:
    """Every model in the stores of Ollama (``OLLAMA_MODELS``, else ``~/.ollama/models``) and LM Studio; what is not there is left out."""
    home = home or Path.home()
    ollama = Path(os.environ.get("OLLAMA_MODELS") or home / ".ollama" / "models")
    found = [*_of_ollama(ollama), *(each for place in _LM_STUDIO for each in _of_lm_studio(home / place))]
    return tuple(sorted(found, key=lambda each: (each.program, each.name)))


def _of_ollama(root: Path) -> list[StoredGguf]:
    """Models by their manifests, which name a blob by its hash; a manifest that cannot be read, or without its blob, is no model."""
    found: list[StoredGguf] = []
    for manifest in _files(root / "manifests"):
        blob = _blob(root, manifest)
        if blob is not None:
            *where, model, tag = manifest.relative_to(root / "manifests").parts
            outer = [part for part in where[1:] if part != "library"]  # behind the registry's host
            found.append(StoredGguf(program="Ollama", name=f"{'/'.join([*outer, model])}:{tag}", file=blob, size=blob.stat().st_size))
    return found


def _blob(root: Path, manifest: Path) -> Path | None:
    try:
        said: list[Any] | None = read_json(manifest).get("layers")
    except ModelError:
        return None
    layers: list[Any] = said if isinstance(said, list) else []
    for layer in layers:
        digest: Any = _value(layer, "digest") if _value(layer, "mediaType") == _MODEL_LAYER else None
        if isinstance(digest, str) and digest.replace(":", "").isalnum():
            blob = root / "blobs" / digest.replace(":", "-")
            return blob if blob.is_file() else None
    return None


def _value(layer: Any, key: str) -> Any:
    """What a layer of a manifest says, None where it is no table or says nothing."""
    found: dict[str, Any] | None = layer
    return found.get(key) if isinstance(found, dict) else None


def _of_lm_studio(root: Path) -> list[StoredGguf]:
    """Files at publisher/model/file.gguf, projectors of vision models left out."""
    files = [file for file in _files(root) if file.suffix.lower() == ".gguf" and "mmproj" not in file.name.lower()]
    return [StoredGguf(program="LM Studio", name=str(f.relative_to(root).as_posix()), file=f, size=f.stat().st_size) for f in files]


def _files(root: Path) -> list[Path]:
    """All files below a folder that may not be there or not be readable; at least two folders deep, as both stores lay them."""
    return [Path(place) / name for place, _, names in os.walk(root) for name in names if len(Path(place).relative_to(root).parts) >= 2]
