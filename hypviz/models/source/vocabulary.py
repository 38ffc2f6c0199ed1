"""The vocabulary of a hub model without the rest of it: its tables by byte ranges, beside its configuration and tokenizer.

What is fetched makes a folder in Hugging Face format, or a GGUF file, whose weight file holds the tables and no other tensor, so that
everything that reads tables reads it as any other. A fetch that broke goes on where it stopped; of two processes that fetch the same, one
waits for the other. Of `rows` tokens the first rows of the input table alone are taken, and the configuration says that there are no more.
"""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypviz.models.checkpoint.files import SINGLE
from hypviz.models.checkpoint.folder import open_checkpoint
from hypviz.models.checkpoint.gguf_header import INPUT_TABLE, OUTPUT_TABLE, read_gguf
from hypviz.models.live.memory import KEPT_WHOLE
from hypviz.models.source.cached import is_commit
from hypviz.models.source.first_rows import shorten_config
from hypviz.models.source.hub import Listing, check_disk, list_files, read_bytes
from hypviz.models.source.hub_errors import HubUnreachable
from hypviz.models.source.parsing import Source
from hypviz.models.source.remote_gguf import KIND
from hypviz.models.source.vocabulary_plan import Piece, VocabularyPlan, plan_vocabulary
from hypviz.records.models import LoadCost
from hypviz.store import cache_root, write_atomically
from hypviz.store.locks import try_lock
from hypviz.work import Work

_LOOK_S = 0.2  # between two looks at whether another process has done


def vocabulary_cost(source: Source, *, trust_remote_code: bool) -> LoadCost:
    """What the vocabulary costs, from headers alone; `memory_bytes` is what a table of its size is kept in. Raises `ModelError`."""
    now = _now(source, trust_remote_code=trust_remote_code)
    if now.kept is not None:
        return dataclasses.replace(_cost_of_kept(now.kept[0]), commit=now.kept[1], as_downloaded=not now.was_reached)
    assert now.listing is not None
    plan = plan_vocabulary(now.listing, source.rows, trust_remote_code=trust_remote_code)
    file = _growing(_folder(source, plan.commit)) / plan.weights
    done = file.stat().st_size if file.exists() else 0
    return LoadCost(
        bytes_to_read=plan.table_bytes + plan.text_bytes,
        bytes_to_download=max(0, plan.table_bytes - done),
        memory_bytes=min(KEPT_WHOLE, max(4 * math.prod(piece.shape) for piece in plan.pieces)),
        n_files=1 + len(plan.texts),
        n_parameters=sum(math.prod(piece.shape) for piece in plan.pieces),
        commit=plan.commit,
    )


def fetch_vocabulary(source: Source, *, trust_remote_code: bool, work: Work) -> tuple[Path, str]:
    """(folder or GGUF file, commit hash) with the tables that `source` asks for, after fetching what is missing.

    Raises `ModelError` and `Stopped`.
    """
    now = _now(source, trust_remote_code=trust_remote_code)
    if now.kept is not None:
        _note_branch(source, now.kept[1])
        return now.kept
    assert now.listing is not None
    plan = plan_vocabulary(now.listing, source.rows, trust_remote_code=trust_remote_code)
    folder = _folder(source, plan.commit)
    with _alone(folder, work):
        if not folder.is_dir():  # or another process has fetched it meanwhile
            check_disk(plan.table_bytes, str(source.repo), cache_root())
            begun = _growing(folder)
            for name in plan.texts:
                write_atomically(begun / name, read_bytes(plan.repo, name, plan.commit))
            _fetch(plan, begun / plan.weights, work)
            if source.rows is not None and plan.weights == SINGLE:
                shorten_config(begun / "config.json", source.rows, plan.n_rows)
            os.replace(begun, folder)
    _note_branch(source, plan.commit)
    return _given(folder), plan.commit


def kept_vocabulary(source: Source) -> tuple[Path, str] | None:
    """(folder or GGUF file, commit hash) of what was fetched before, without asking the hub, or None."""
    note = _note(source)
    commit = note.read_text(encoding="utf-8") if note.is_file() else str(source.revision)
    folder = _folder(source, commit)
    return (_given(folder), commit) if folder.is_dir() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """Of the commit that is meant now: what of it is kept, else its files; and whether the hub was reached where it had to be."""

    kept: tuple[Path, str] | None
    listing: Listing | None = None
    was_reached: bool = True


def _now(source: Source, *, trust_remote_code: bool) -> _Now:
    """Asks the hub, unless a commit is named that was fetched; raises `ModelError`, `HubUnreachable` where nothing is kept."""
    if source.revision is not None and is_commit(source.revision):
        kept = kept_vocabulary(source)
        if kept is not None:
            return _Now(kept=kept)
    try:
        listing = list_files(str(source.repo), source.revision, gguf=source.gguf, with_code=trust_remote_code, counted=False)
    except HubUnreachable:
        kept = kept_vocabulary(source)
        if kept is None:
            raise
        return _Now(kept=kept, was_reached=False)
    return _Now(kept=kept_vocabulary(dataclasses.replace(source, revision=listing.commit)), listing=listing)


def _cost_of_kept(place: Path) -> LoadCost:
    """The cost of what lies on this machine."""
    if place.is_file():
        tensors, files = read_gguf(place).tensors, [place]
        tables = [tensors[name] for name in (INPUT_TABLE, OUTPUT_TABLE) if name in tensors]
    else:
        checkpoint = open_checkpoint(place)
        tables, files = list(checkpoint.tensors.values()), list(checkpoint.files)
    return LoadCost(
        bytes_to_read=sum(file.stat().st_size for file in files),
        bytes_to_download=0,
        memory_bytes=min(KEPT_WHOLE, max(4 * table.numel for table in tables)),
        n_files=len(files),
        n_parameters=sum(table.numel for table in tables),
    )


def _given(folder: Path) -> Path:
    """What to read: the folder, or the GGUF file in it."""
    return next(iter(sorted(folder.glob("*.gguf"))), folder)


def _root(source: Source) -> Path:
    file = f"--{quote(source.gguf, safe='')}" if source.gguf else ""
    return cache_root() / KIND / f"{str(source.repo).replace('/', '--')}{file}"


def _note(source: Source) -> Path:
    """The file that says which commit a branch meant."""
    return _root(source) / "refs" / (source.revision or "main")


def _note_branch(source: Source, commit: str) -> None:
    note = _note(source)
    if source.revision != commit and not (note.is_file() and note.read_text(encoding="utf-8") == commit):
        write_atomically(note, commit)


def _folder(source: Source, commit: str) -> Path:
    return _root(source) / (commit if source.rows is None else f"{commit}-{source.rows}")


def _growing(folder: Path) -> Path:
    """Where the folder grows until it is whole."""
    return folder.with_name(f"{folder.name}.part")


@contextmanager
def _alone(folder: Path, work: Work) -> Generator[None]:
    """Hold the lock on what grows into `folder`, after waiting for whoever fetches it already; raises `Stopped`."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    file = folder.with_name(f"{folder.name}.lock")
    while (lock := try_lock(file)) is None:
        work.check()
        work.say("waiting for another process that fetches the same")
        time.sleep(_LOOK_S)
    try:
        yield
    finally:
        lock.release()


def _fetch(plan: VocabularyPlan, file: Path, work: Work) -> None:
    """Write the weight file, from the byte at which an earlier fetch stopped."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or not _begins_with(file, plan.head):
        file.write_bytes(plan.head)
    done = file.stat().st_size - len(plan.head)
    with open(file, "ab") as stream:
        for piece in plan.pieces:
            skipped = min(done, piece.size + piece.pad)
            done -= skipped
            _copy(piece, skipped, stream.write, work.part(piece.size / plan.table_bytes, f"downloading {plan.repo}"))
        stream.flush()
        os.fsync(stream.fileno())


def _copy(piece: Piece, skipped: int, write: Any, work: Work) -> None:
    """The bytes of a piece and the zeros behind them, without the first ones that are there."""
    piece.file.copy(piece.tensor.start + min(skipped, piece.size), piece.stop, write, work)
    write(bytes(piece.pad - max(0, skipped - piece.size)))


def _begins_with(file: Path, head: bytes) -> bool:
    with open(file, "rb") as stream:
        return stream.read(len(head)) == head
