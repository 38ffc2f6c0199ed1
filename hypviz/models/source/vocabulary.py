"""The vocabulary of a hub model without the rest of it: its tables by byte ranges, beside its configuration and tokenizer.

What is fetched makes a folder in Hugging Face format whose one weight file holds the two tables and no other tensor, so that everything
that reads tables reads it as any folder. A fetch that broke goes on where it stopped. Of `rows` tokens the first rows of the input table
alone are taken, and the configuration in the folder says that there are no more.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.embeddings import KEPT_WHOLE
from hypviz.models.checkpoint.files import INDEX, SINGLE, parse_index
from hypviz.models.checkpoint.float8 import scale_name
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.checkpoint.headers import StoredTensor, parse_header
from hypviz.models.checkpoint.tables import table_names
from hypviz.models.checkpoint.tensor_names import by_plain_name
from hypviz.models.live.config import FIRST_ROWS_OF
from hypviz.models.live.skeleton import build_skeleton, input_table
from hypviz.models.source.cost import folder_cost
from hypviz.models.source.hub import Listing, check_disk, list_files, read_bytes
from hypviz.models.source.hub_errors import HubUnreachable
from hypviz.models.source.parsing import Source
from hypviz.models.source.ranges import RemoteFile
from hypviz.records.models import LoadCost
from hypviz.store import cache_root, write_atomically
from hypviz.work import Work

KIND = "vocabularies"  # the folder below the cache root
_HEADER_END = 100_000  # bytes that hold most headers
_ETAGS = "etags.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stored tensor of a remote file, or its first rows: `shape` of what is taken, the bytes `start` to `stop`."""

    file: RemoteFile
    tensor: StoredTensor
    shape: tuple[int, ...]
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.tensor.start


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyPlan:
    """What of a commit is fetched into `folder`: configuration and tokenizer, `n_texts` files of `text_bytes`, and the `pieces` of its
    tables, which have `n_rows` rows in the model."""

    commit: str
    folder: Path
    text_bytes: int
    n_texts: int
    pieces: tuple[Piece, ...]
    n_rows: int

    @property
    def table_bytes(self) -> int:
        return sum(piece.size for piece in self.pieces)

    @property
    def begun(self) -> Path:
        """Where the folder grows until it is whole."""
        return _growing(self.folder)


def plan_vocabulary(source: Source, *, trust_remote_code: bool) -> VocabularyPlan:
    """Which bytes of which files, from the file list, the configuration and the headers of the files that hold the tables.

    Raises `ModelError`, and `HubUnreachable` without an answer.
    """
    listing = list_files(str(source.repo), source.revision, with_code=trust_remote_code, counted=False)
    folder = _folder(source, listing.commit)
    texts = [name for name in listing.sizes if not name.endswith(".safetensors") and name != INDEX]
    place = folder if folder.is_dir() else _growing(folder)
    for name in texts:
        if not (place / name).exists():
            write_atomically(place / name, read_bytes(listing.repo, name, listing.commit))
    model = build_skeleton(place, trust_remote_code=trust_remote_code)
    return VocabularyPlan(
        commit=listing.commit,
        folder=folder,
        text_bytes=sum(listing.sizes[name] for name in texts),
        n_texts=len(texts),
        pieces=_pieces(listing, model, source.rows, place),
        n_rows=int(input_table(model).shape[0]),
    )


def vocabulary_cost(source: Source, *, trust_remote_code: bool) -> LoadCost:
    """What the vocabulary costs, from headers alone; `memory_bytes` is what a table of its size is kept in. Raises `ModelError`."""
    try:
        plan = plan_vocabulary(source, trust_remote_code=trust_remote_code)
    except HubUnreachable:
        found = kept_vocabulary(source)
        if found is None:
            raise
        return folder_cost(found[0], trust_remote_code=trust_remote_code)
    there = plan.folder.is_dir()
    file = plan.begun / SINGLE
    done = file.stat().st_size if file.exists() else 0
    largest = max(4 * math.prod(piece.shape) for piece in plan.pieces)
    return LoadCost(
        bytes_to_read=plan.table_bytes + plan.text_bytes,
        bytes_to_download=0 if there else max(0, plan.table_bytes - done),
        memory_bytes=largest if largest <= KEPT_WHOLE else KEPT_WHOLE,
        n_files=1 + plan.n_texts,
        n_parameters=sum(math.prod(piece.shape) for piece in plan.pieces),
    )


def fetch_vocabulary(source: Source, *, trust_remote_code: bool, work: Work) -> tuple[Path, str]:
    """(folder, commit hash) with the tables that `source` asks for, after fetching what is missing; raises `ModelError` and `Stopped`."""
    try:
        plan = plan_vocabulary(source, trust_remote_code=trust_remote_code)
    except HubUnreachable:
        found = kept_vocabulary(source)
        if found is None:
            raise
        return found
    if not plan.folder.is_dir():
        check_disk(plan.table_bytes, str(source.repo), cache_root())
        _fetch(plan, work)
        if source.rows is not None:
            _shorten_config(plan.begun / "config.json", source.rows, plan.n_rows)
        for left in [*plan.begun.glob("*.header"), plan.begun / _ETAGS]:
            left.unlink(missing_ok=True)
        os.replace(plan.begun, plan.folder)
    write_atomically(_note(source), plan.commit)
    return plan.folder, plan.commit


def kept_vocabulary(source: Source) -> tuple[Path, str] | None:
    """(folder, commit hash) of what was fetched before, without asking the hub, or None."""
    note = _note(source)
    commit = note.read_text(encoding="utf-8") if note.is_file() else str(source.revision)
    folder = _folder(source, commit)
    return (folder, commit) if folder.is_dir() else None


def _root(source: Source) -> Path:
    return cache_root() / KIND / str(source.repo).replace("/", "--")


def _note(source: Source) -> Path:
    """The file that says which commit a branch meant."""
    return _root(source) / "refs" / (source.revision or "main")


def _folder(source: Source, commit: str) -> Path:
    return _root(source) / (commit if source.rows is None else f"{commit}-{source.rows}")


def _growing(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.part")


def _pieces(listing: Listing, model: Any, rows: int | None, place: Path) -> tuple[Piece, ...]:
    """The tables and the scales that belong to them."""
    files = _file_of_each(listing, place)
    plain = by_plain_name(files, listing.repo)
    first, second = table_names(plain, model)
    tables = [first] if second is None or rows is not None else [first, second]
    scales = [scale for name in tables if (scale := scale_name(name, plain))]
    if scales and rows is not None:
        raise ModelError(f"The tables of {listing.repo} are stored in 8 bits with scales, which are fetched whole; ask for all tokens.")
    found: list[Piece] = []
    for name in [*tables, *scales]:
        remote = _remote(listing, files[plain[name]], place)
        tensor = _header(remote, place)[plain[name]]
        n = tensor.shape[0] if rows is None or not tensor.shape else min(rows, tensor.shape[0])
        per_row = (tensor.stop - tensor.start) // max(tensor.shape[0], 1) if tensor.shape else 0
        stop = tensor.start + n * per_row if rows is not None else tensor.stop
        found.append(Piece(file=remote, tensor=tensor, shape=(n, *tensor.shape[1:]) if tensor.shape else (), stop=stop))
    return tuple(found)


def _file_of_each(listing: Listing, place: Path) -> dict[str, str]:
    """The file of each stored tensor by the tensor's stored name."""
    if SINGLE in listing.sizes:
        return dict.fromkeys(_header(_remote(listing, SINGLE, place), place), SINGLE)
    return parse_index(read_bytes(listing.repo, INDEX, listing.commit).decode("utf-8", errors="replace"), listing.repo)


def _remote(listing: Listing, name: str, place: Path) -> RemoteFile:
    known = place / _ETAGS
    etags = read_json(known) if known.exists() else {}
    return RemoteFile(repo=listing.repo, commit=listing.commit, name=name, size=listing.sizes[name], etag=etags.get(name))


def _header(remote: RemoteFile, place: Path) -> dict[str, StoredTensor]:
    """The tensors of a remote file, from its header, which is kept in `place`."""
    file = place / f"{remote.name}.header"
    if not file.exists():
        first = remote.read(0, min(_HEADER_END, remote.size))
        length = 8 + int.from_bytes(first[:8], "little")
        if len(first) < 8 or length > remote.size:
            raise ModelError(
                f"{remote.name} of {remote.repo} is not a safetensors file, so it cannot be read; choose another revision or model."
            )
        _keep_etag(place, remote)
        write_atomically(file, first[:length] if length <= len(first) else first + remote.read(len(first), length))
    tensors = parse_header(file, file.stat().st_size)
    beyond = next((t.name for t in tensors.values() if t.stop > remote.size), None)
    if beyond is not None:
        raise ModelError(f"{remote.name} of {remote.repo} is cut short: {beyond} ends beyond it; choose another revision or model.")
    return tensors


def _fetch(plan: VocabularyPlan, work: Work) -> None:
    """Write the one weight file, from the byte at which an earlier fetch stopped."""
    file, head = plan.begun / SINGLE, _head_of(plan.pieces)
    if not file.exists() or not _begins_with(file, head):
        file.write_bytes(head)
    done = file.stat().st_size - len(head)
    with open(file, "ab") as stream:
        for piece in plan.pieces:
            skipped = min(done, piece.size)
            done -= skipped
            part = work.part(piece.size / plan.table_bytes, f"downloading {piece.file.repo}")
            piece.file.copy(piece.tensor.start + skipped, piece.stop, stream.write, part)
        stream.flush()
        os.fsync(stream.fileno())


def _keep_etag(place: Path, remote: RemoteFile) -> None:
    known = place / _ETAGS
    etags = read_json(known) if known.exists() else {}
    write_atomically(known, json.dumps(etags | {remote.name: remote.etag}))


def _begins_with(file: Path, head: bytes) -> bool:
    with open(file, "rb") as stream:
        return stream.read(len(head)) == head


def _head_of(pieces: tuple[Piece, ...]) -> bytes:
    """The header of a safetensors file of these tensors, one after the other (https://huggingface.co/docs/safetensors)."""
    described: dict[str, Mapping[str, object]] = {}
    at = 0
    for piece in pieces:
        described[piece.tensor.name] = {"dtype": piece.tensor.dtype, "shape": list(piece.shape), "data_offsets": [at, at + piece.size]}
        at += piece.size
    text = json.dumps(described).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _shorten_config(file: Path, rows: int, n_rows: int) -> None:
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
