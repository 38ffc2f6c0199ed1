"""Computed records kept on disk: ``<root>/<kind>/<key[:2]>/<key>/{meta.json, data.safetensors}``.

The key is the sha256 of the canonical JSON of the kind and the full specification (input fingerprints, seed, algorithm
version, deciding library versions). An entry is written to a partial folder, synced and renamed, so it is whole or absent. A
damaged entry is moved aside, named in `Lookup.notice`, and recomputed. Does not decide what to compute: that is `studies`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from hypviz.errors import HypvizError
from hypviz.records import Record, Stored, Unreadable
from hypviz.records.kinds import is_table
from hypviz.store.root import cache_root, shipped_root

R = TypeVar("R", bound=Record)
RUNS = "runs"  # fine-tunes live under the same root but are never cleared as cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Generic[R]):
    """A record and how it was obtained; `notice` is a sentence for the person, or None."""

    record: R
    key: str
    from_store: bool
    notice: str | None


def canonical_key(kind: str, spec: dict[str, Any]) -> str:
    """sha256 (hex) of the canonical JSON of kind and spec; the spec must be JSON-able and finite."""
    text = json.dumps({"kind": kind, "spec": spec}, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Store:
    """Records by content key below one root folder."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root if root is not None else cache_root()
        self._shipped = shipped_root()

    def load_or_compute(self, kind: str, spec: dict[str, Any], record_type: type[R], compute: Callable[[], R]) -> Lookup[R]:
        """The stored record for (kind, spec), or the computed one after storing it."""
        key = canonical_key(kind, spec)
        record, notice = self._read(kind, key, record_type)
        if record is not None:
            return Lookup(record=record, key=key, from_store=True, notice=None)
        record = compute()
        unkept = self._write(kind, key, spec, record)
        return Lookup(record=record, key=key, from_store=False, notice=notice or unkept)

    def get(self, kind: str, spec: dict[str, Any], record_type: type[R]) -> R | None:
        """The stored record for (kind, spec), or None; a damaged entry counts as absent and is set aside."""
        return self._read(kind, canonical_key(kind, spec), record_type)[0]

    def holds(self, kind: str, spec: dict[str, Any]) -> bool:
        """Whether there is an entry for (kind, spec), without reading it; one that ships with hypviz does not count."""
        return self._folder(kind, canonical_key(kind, spec)).is_dir()

    def specs(self, kind: str) -> Iterator[dict[str, Any]]:
        """The specs of all entries of one kind, in no order; entries that cannot be read are passed over."""
        for meta in self.root.glob(f"{kind}/*/*/meta.json"):
            with contextlib.suppress(OSError, ValueError):
                found: object = json.loads(meta.read_text(encoding="utf-8"))
                spec = found.get("spec") if is_table(found) else None
                if is_table(spec):
                    yield spec

    def put(self, kind: str, spec: dict[str, Any], record: Record) -> str | None:
        """Store the record in the place of what is there; the sentence says if that was not possible."""
        self.discard(kind, spec)
        return self._write(kind, canonical_key(kind, spec), spec, record)

    def discard(self, kind: str, spec: dict[str, Any]) -> None:
        """Delete the entry for (kind, spec), if there is one."""
        folder = self._folder(kind, canonical_key(kind, spec))
        aside = folder.with_name(f"{folder.name}.partial-{uuid.uuid4().hex}")
        with contextlib.suppress(OSError):  # it is gone, or the folder cannot be written, which whoever stores is told
            os.replace(folder, aside)  # at once, so that nobody reads half of it
            shutil.rmtree(aside, ignore_errors=True)

    def sizes(self) -> dict[str, int]:
        """Bytes kept per kind, runs included."""
        kinds = sorted(p for p in self.root.iterdir() if p.is_dir())
        return {p.name: _bytes_below(p) for p in kinds}

    def clear(self, kind: str) -> None:
        """Delete every entry of one kind; `HypvizError` for fine-tuned runs, and where something could not be deleted."""
        if kind == RUNS:
            raise HypvizError("Fine-tuned runs are not cache; delete a run from the Fine-tune page instead.")
        failed: list[str] = []

        def note(_: object, path: str, error: tuple[type[BaseException], BaseException, object]) -> None:
            if not isinstance(error[1], FileNotFoundError):  # another process was first
                failed.append(f"{path}: {getattr(error[1], 'strerror', None) or error[1]}")

        shutil.rmtree(self.root / kind, onerror=note)
        if failed:
            raise HypvizError(f"Not every stored {kind} result could be deleted ({failed[0]}); delete that folder by hand.")

    def _folder(self, kind: str, key: str) -> Path:
        return self.root / kind / key[:2] / key

    def _read(self, kind: str, key: str, record_type: type[R]) -> tuple[R | None, str | None]:
        folder = self._folder(kind, key)
        if not folder.is_dir():
            return self._read_shipped(kind, key, record_type)
        try:
            return _read_entry(folder, record_type), None
        except Exception as error:  # whatever is wrong with the bytes, the entry is set aside and the person is told
            aside = folder.with_name(f"{key}.damaged-{int(time.time())}-{uuid.uuid4().hex[:6]}")
            reason = _reason(error)
            try:
                os.replace(folder, aside)
            except OSError:  # a folder that cannot be written, or another process was first
                return None, f"A stored {kind} result was damaged ({reason}); it could not be set aside, and was computed again."
            return None, f"A stored {kind} result was damaged ({reason}); it was set aside as {aside.name} and computed again."

    def _read_shipped(self, kind: str, key: str, record_type: type[R]) -> tuple[R | None, str | None]:
        folder = self._shipped / kind / key[:2] / key
        if not folder.is_dir():
            return None, None
        try:
            return _read_entry(folder, record_type), None
        except Exception as error:  # as above, but what ships is not ours to move
            return None, f"A {kind} result that ships with hypviz is damaged ({_reason(error)}); it was computed again."

    def _write(self, kind: str, key: str, spec: dict[str, Any], record: Record) -> str | None:
        """Store the record; a full disk costs the cache entry, not the result, and is said."""
        folder = self._folder(kind, key)
        partial = folder.with_name(f"{key}.partial-{uuid.uuid4().hex}")
        stored = record.to_store()
        try:
            partial.mkdir(parents=True)
            _write_synced(
                partial / "meta.json", json.dumps({"kind": kind, "spec": spec, "record": stored.fields}, ensure_ascii=False).encode("utf-8")
            )
            if stored.arrays:
                from safetensors.numpy import save

                _write_synced(partial / "data.safetensors", save(stored.arrays))
            os.replace(partial, folder)
        except OSError as error:
            shutil.rmtree(partial, ignore_errors=True)
            if folder.is_dir():  # another process stored the same key first
                return None
            return f"The result could not be kept in {self.root} ({error.strerror}); free some space or set HYPVIZ_CACHE to another folder."
        return None


def _read_entry(folder: Path, record_type: type[R]) -> R:
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    if not is_table(meta) or "record" not in meta:
        raise Unreadable("meta.json holds no record")
    return record_type.from_store(Stored(fields=meta["record"], arrays=_read_arrays(folder / "data.safetensors")))


def _reason(error: Exception) -> str:
    """What is wrong with an entry, in brackets of a sentence that says what became of it."""
    return error.reason if isinstance(error, Unreadable) else str(error) or type(error).__name__


def _bytes_below(folder: Path) -> int:
    """The sizes of all files below `folder`; what vanishes while it is counted, as another page or a job may see to, counts as nothing."""
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                found += os.stat(os.path.join(place, name)).st_size
    return found


def _read_arrays(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    from safetensors import numpy as safetensors

    return safetensors.load_file(path)


def _write_synced(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
