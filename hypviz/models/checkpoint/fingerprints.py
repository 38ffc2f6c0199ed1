"""The content hash of a model: equal bytes in weights, tokenizer and configuration give an equal fingerprint anywhere.

Each file is hashed whole with sha256, unless the weights together exceed `FULL_HASH_LIMIT` (2 GB): then a weight file counts
by its size, modification time, first and last megabyte and, being safetensors, so by its header, and the fingerprint starts
with ``p``. A GGUF file is a model by itself. Digests are kept in the store by path, size and modification time (ns).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypviz.models.checkpoint.gguf_header import is_gguf
from hypviz.records import Record
from hypviz.store import Store
from hypviz.work import NOBODY, Work

FULL_HASH_LIMIT = 2_000_000_000
_MEGABYTE = 1 << 20
_DIGESTS = "fingerprints"  # the kind in the store
_NOT_CONTENT = ("generation_config.json", "chat_template.jinja")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest(Record):
    """sha256 (hex) of one file."""

    digest: str


def fingerprint(files: Sequence[Path], *, work: Work = NOBODY) -> str:
    """The fingerprint of the files of one model; names count, folders do not. Raises `Stopped`."""
    files = sorted((f for f in files if f.name not in _NOT_CONTENT), key=lambda f: f.name)
    total = sum(f.stat().st_size for f in files)
    weights = {f for f in files if f.suffix == ".safetensors" or is_gguf(f)}
    partial = sum(f.stat().st_size for f in weights) > FULL_HASH_LIMIT
    store, whole, done = Store(), hashlib.sha256(), 0
    for file in files:
        work.check()
        work.report(done, total, f"checking {file.name}")
        whole.update(f"{file.name}\0{_digest(store, file, ends_only=partial and file in weights)}\n".encode())
        done += file.stat().st_size
    work.report(total, total, "checked")
    return ("p" if partial else "") + whole.hexdigest()


def was_read(place: Path) -> bool:
    """Whether a model's folder, or a GGUF file, was read on this machine before, by the digests in the store."""
    kept = (Path(str(spec.get("path"))) for spec in Store().specs(_DIGESTS))
    return any(place in (file, file.parent) for file in kept)


def _digest(store: Store, file: Path, *, ends_only: bool) -> str:
    real = file.resolve()
    stat = real.stat()
    spec = {"path": str(real), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns, "ends_only": ends_only}
    compute = _ends_digest if ends_only else _full_digest
    return store.load_or_compute(_DIGESTS, spec, FileDigest, lambda: FileDigest(digest=compute(real))).record.digest


def _full_digest(file: Path) -> str:
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _ends_digest(file: Path) -> str:
    stat, whole = file.stat(), hashlib.sha256()
    whole.update(f"{stat.st_size} {stat.st_mtime_ns}\n".encode())
    with open(file, "rb") as stream:
        whole.update(stream.read(_MEGABYTE))
        stream.seek(max(0, stat.st_size - _MEGABYTE))
        whole.update(stream.read(_MEGABYTE))
    return whole.hexdigest()
