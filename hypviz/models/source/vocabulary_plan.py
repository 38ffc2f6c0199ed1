"""Which bytes of a hub model make its vocabulary: the tables by ranges, from headers alone, beside its configuration and tokenizer.

In: the file list of a commit. Out: a `VocabularyPlan`. Headers are kept by commit; nothing is written where the vocabulary will lie. Of
`rows` tokens the first rows of the input table alone are taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.files import INDEX, SINGLE, parse_index
from hypviz.models.checkpoint.gguf_bytes import head_of
from hypviz.models.checkpoint.gguf_header import INPUT_TABLE, OUTPUT_TABLE
from hypviz.models.checkpoint.headers import StoredTensor, parse_header
from hypviz.models.checkpoint.packed.tensors import parts_of_table
from hypviz.models.checkpoint.tables import table_names
from hypviz.models.checkpoint.tensor_names import by_plain_name
from hypviz.models.live.skeleton import build_skeleton, input_table
from hypviz.models.source.first_rows import SETTING
from hypviz.models.source.hub import Listing, file_at, read_bytes
from hypviz.models.source.ranges import RemoteFile
from hypviz.models.source.remote_gguf import headers_place, keep_etag, read_remote_start, remote_file
from hypviz.store import write_atomically

_HEADER_END = 100_000  # bytes that hold most headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stored tensor of a remote file, or its first rows: `shape` of what is taken, the bytes `start` to `stop`, and zeros behind them."""

    file: RemoteFile
    tensor: StoredTensor
    shape: tuple[int, ...]
    stop: int
    pad: int = 0

    @property
    def size(self) -> int:
        return self.stop - self.tensor.start


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyPlan:
    """What is fetched of a commit: the files `texts`, and a weight file `weights` of `head` and `pieces`, of tables of `n_rows` rows."""

    repo: str
    commit: str
    texts: dict[str, int]
    weights: str
    head: bytes
    pieces: tuple[Piece, ...]
    n_rows: int

    @property
    def text_bytes(self) -> int:
        return sum(self.texts.values())

    @property
    def table_bytes(self) -> int:
        return sum(piece.size for piece in self.pieces)


def plan_vocabulary(listing: Listing, rows: int | None, *, trust_remote_code: bool) -> VocabularyPlan:
    """The plan for a commit; raises `ModelError`, and `HubUnreachable` without an answer."""
    if listing.gguf is not None:
        return _plan_gguf(listing, listing.gguf, rows)
    texts = {name: size for name, size in listing.sizes.items() if not name.endswith(".safetensors") and name != INDEX}
    config = file_at(listing.repo, "config.json", listing.commit)
    for name in texts:
        if trust_remote_code and name.endswith(".py"):
            file_at(listing.repo, name, listing.commit)
    model = build_skeleton(config.parent, trust_remote_code=trust_remote_code)
    pieces = _pieces(listing, model, rows)
    return VocabularyPlan(
        repo=listing.repo,
        commit=listing.commit,
        texts=texts,
        weights=SINGLE,
        head=_safetensors_head(pieces),
        pieces=pieces,
        n_rows=int(input_table(model).shape[0]),
    )


def _plan_gguf(listing: Listing, name: str, rows: int | None) -> VocabularyPlan:
    """One GGUF file of the same settings, which hold configuration and tokenizer, with the tables alone."""
    remote = remote_file(listing.repo, listing.commit, name, listing.sizes[name])
    start = read_remote_start(remote)
    found = start.header.tensors
    n_rows = found[INPUT_TABLE].shape[0]
    names = [INPUT_TABLE] if rows is not None or OUTPUT_TABLE not in found else [INPUT_TABLE, OUTPUT_TABLE]
    cut = [_first_rows(found[name], rows) for name in names]
    short = {SETTING: n_rows} if rows is not None and rows < n_rows else {}
    head, pads = head_of(start, cut, first_rows=short)
    pieces = tuple(Piece(file=remote, tensor=t, shape=t.shape, stop=t.stop, pad=pad) for t, pad in zip(cut, pads, strict=True))
    last = name.rsplit("/", 1)[-1]
    return VocabularyPlan(repo=listing.repo, commit=listing.commit, texts={}, weights=last, head=head, pieces=pieces, n_rows=n_rows)


def _first_rows(table: StoredTensor, rows: int | None) -> StoredTensor:
    n = table.shape[0] if rows is None else min(rows, table.shape[0])
    stop = table.start + (table.stop - table.start) // table.shape[0] * n
    return StoredTensor(name=table.name, dtype=table.dtype, shape=(n, *table.shape[1:]), start=table.start, stop=stop, file=table.file)


def _pieces(listing: Listing, model: Any, rows: int | None) -> tuple[Piece, ...]:
    """The tables and the scales that belong to them."""
    files = _file_of_each(listing)
    plain = by_plain_name(files, listing.repo)
    first, second = table_names(plain, model)
    tables = [first] if second is None or rows is not None else [first, second]
    scales = [part for name in tables for part in parts_of_table(name, plain)]
    if scales and rows is not None:
        raise ModelError(f"The tables of {listing.repo} are quantised, with scales beside them, and are fetched whole; ask for all tokens.")
    found: list[Piece] = []
    for name in [*tables, *scales]:
        remote = _remote(listing, files[plain[name]])
        tensor = _header(remote)[plain[name]]
        n = tensor.shape[0] if rows is None or not tensor.shape else min(rows, tensor.shape[0])
        per_row = (tensor.stop - tensor.start) // max(tensor.shape[0], 1) if tensor.shape else 0
        stop = tensor.start + n * per_row if rows is not None else tensor.stop
        found.append(Piece(file=remote, tensor=tensor, shape=(n, *tensor.shape[1:]) if tensor.shape else (), stop=stop))
    return tuple(found)


def _file_of_each(listing: Listing) -> dict[str, str]:
    """The file of each stored tensor by the tensor's stored name."""
    if SINGLE in listing.sizes:
        return dict.fromkeys(_header(_remote(listing, SINGLE)), SINGLE)
    return parse_index(read_bytes(listing.repo, INDEX, listing.commit).decode("utf-8", errors="replace"), listing.repo)


def _remote(listing: Listing, name: str) -> RemoteFile:
    return remote_file(listing.repo, listing.commit, name, listing.sizes[name])


def _header(remote: RemoteFile) -> dict[str, StoredTensor]:
    """The tensors of a remote file, from its header, which is kept."""
    file = headers_place(remote.repo, remote.commit) / f"{remote.name}.header"
    if not file.exists():
        first = remote.read(0, min(_HEADER_END, remote.size))
        length = 8 + int.from_bytes(first[:8], "little")
        if len(first) < 8 or length > remote.size:
            raise ModelError(
                f"{remote.name} of {remote.repo} is not a safetensors file, so it cannot be read; choose another revision or model."
            )
        keep_etag(remote)
        write_atomically(file, first[:length] if length <= len(first) else first + remote.read(len(first), length))
    tensors = parse_header(file, file.stat().st_size)
    beyond = next((t.name for t in tensors.values() if t.stop > remote.size), None)
    if beyond is not None:
        raise ModelError(f"{remote.name} of {remote.repo} is cut short: {beyond} ends beyond it; choose another revision or model.")
    return tensors


def _safetensors_head(pieces: tuple[Piece, ...]) -> bytes:
    """The header of a safetensors file of these tensors, one after the other (https://huggingface.co/docs/safetensors)."""
    described: dict[str, Mapping[str, object]] = {}
    at = 0
    for piece in pieces:
        described[piece.tensor.name] = {"dtype": piece.tensor.dtype, "shape": list(piece.shape), "data_offsets": [at, at + piece.size]}
        at += piece.size
    text = json.dumps(described).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
