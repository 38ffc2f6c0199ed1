"""Made-up stores of models: the hub client's cache, Ollama's and LM Studio's, and folders, with a few bytes where weights would be."""

from __future__ import annotations

import json
import os
from pathlib import Path

TEXTS = ("config.json", "tokenizer.json")


def safetensors(file: Path, size: int = 1000) -> Path:
    """A file that begins as safetensors do, with holes behind its header."""
    file.parent.mkdir(parents=True, exist_ok=True)
    header = b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    os.truncate(file, max(size, file.stat().st_size))
    return file


def gguf(file: Path, size: int = 1000) -> Path:
    """A file that begins as GGUF, with holes behind it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"GGUF" + bytes(20))
    os.truncate(file, max(size, 24))
    return file


def folder(place: Path, size: int = 1000, *, shards: int = 0) -> Path:
    """A folder in Hugging Face format."""
    place.mkdir(parents=True, exist_ok=True)
    for name in TEXTS:
        (place / name).write_text("{}", encoding="utf-8")
    names = [f"model-{k + 1:05d}-of-{shards:05d}.safetensors" for k in range(shards)] or ["model.safetensors"]
    for name in names:
        safetensors(place / name, size)
    if shards:
        index = {"weight_map": {f"t{k}": name for k, name in enumerate(names)}}
        (place / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    return place


def snapshot(cache: Path, repo: str, commit: str, *, branch: str | None = "main", size: int = 1000, ggufs: tuple[str, ...] = ()) -> Path:
    """A repository in the hub client's cache: blobs, links to them, and the branch that names the commit."""
    base = cache / f"models--{repo.replace('/', '--')}"
    place = base / "snapshots" / commit
    if ggufs:
        for name in ggufs:
            gguf(place / name, size)
    else:
        blob = safetensors(base / "blobs" / f"{commit}-weights", size)
        place.mkdir(parents=True, exist_ok=True)
        for name in TEXTS:
            (place / name).write_text("{}", encoding="utf-8")
        (place / "model.safetensors").symlink_to(os.path.relpath(blob, place))
    if branch is not None:
        (base / "refs" / branch).parent.mkdir(parents=True, exist_ok=True)
        (base / "refs" / branch).write_text(commit, encoding="utf-8")
    return place


def blob(root: Path, digest: str, size: int = 24) -> Path:
    """A blob of Ollama's store."""
    return gguf(root / "blobs" / f"sha256-{digest}", size)


def manifest(root: Path, where: str, digest: str, kind: str = "application/vnd.ollama.image.model") -> None:
    """A manifest of Ollama's store that names a blob."""
    file = root / "manifests" / where
    file.parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.license", "digest": "sha256:77"},
        {"mediaType": kind, "digest": f"sha256:{digest}"},
    ]
    file.write_text(json.dumps({"schemaVersion": 2, "layers": layers}), encoding="utf-8")
