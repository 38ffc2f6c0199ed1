"""GGUF files in hub repositories: which one is meant, and its header by byte ranges, kept by commit.

In: the file list of a commit. Out: the name of a file, and a `GgufStart`; no row is fetched here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.checkpoint.gguf_bytes import GgufStart, read_start
from hypviz.models.checkpoint.gguf_header import check_header
from hypviz.models.live.memory import show_size
from hypviz.models.source.ranges import RemoteFile
from hypviz.store import cache_root, write_atomically

KIND = "vocabularies"  # the folder below the cache root
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_FIRST, _LARGEST = 1_000_000, 256_000_000  # bytes that are asked for at first, and beyond which no header is
_NAMED = 12  # files that a sentence names


def choose_file(sizes: Mapping[str, int], repo: str, asked: str | None) -> str:
    """The GGUF file of a repository: the one that was asked for, or its only one; raises `ModelError` that names what there is."""
    files = sorted(name for name in sizes if name.lower().endswith(".gguf") and "mmproj" not in name.lower())
    whole = [name for name in files if _part(name) in (None, 1)]
    if asked is None and len(whole) != 1:
        raise ModelError(
            f"{repo} holds {len(whole)} GGUF files; write one of them behind its name: {_named(whole, sizes, repo)}."
            if whole
            else f"{repo} holds no GGUF file of a language model; choose another repository."
        )
    file = asked or whole[0]
    if file not in sizes:
        there = f"it holds {_named(whole, sizes, repo)}" if whole else "it holds no GGUF file"
        raise ModelError(f"{repo} has no file {file}; {there}.")
    split = _SPLIT.search(file)
    if split is not None and int(split[2]) > 1:
        stem = file[: split.start()]
        raise ModelError(
            f"{repo}/{file} is part {int(split[1])} of {int(split[2])} of a split GGUF, which is not opened in parts; download them with "
            f'`hf download {repo} --include "{stem}*" --local-dir FOLDER`, join them with `llama-gguf-split --merge FIRST_PART WHOLE.gguf` '
            "and give the whole file."
        )
    return file


def read_remote_start(remote: RemoteFile) -> GgufStart:
    """The checked start of a GGUF file on the hub, from its first bytes, which are kept; raises `ModelError`."""
    place = headers_place(remote.repo, remote.commit)
    kept, noted = place / f"{quote(remote.name, safe='')}.header", Path(f"{remote.repo}/{remote.name}")
    if not kept.exists():
        raw = b""
        while read_start(raw, noted) is None:
            if len(raw) >= min(remote.size, _LARGEST):
                raise ModelError(f"{noted} is cut short or damaged: its header does not end in {show_size(len(raw))}; choose another file.")
            raw += remote.read(len(raw), min(remote.size, max(_FIRST, 2 * len(raw))))
        keep_etag(remote)
        write_atomically(kept, raw)
    start = read_start(kept.read_bytes(), noted)
    assert start is not None
    check_header(start.header)
    beyond = next((t.name for t in start.header.tensors.values() if t.stop > remote.size), None)
    if beyond is not None:
        raise ModelError(f"{noted} is cut short: {beyond} ends beyond it; choose another revision or model.")
    return start


def headers_place(repo: str, commit: str) -> Path:
    """The folder of what was read of the headers of a commit."""
    return cache_root() / KIND / repo.replace("/", "--") / "headers" / commit


def keep_etag(remote: RemoteFile) -> None:
    """Note the version of a file whose first bytes are kept."""
    write_atomically(_etag(remote.repo, remote.commit, remote.name), json.dumps({"etag": remote.etag}))


def remote_file(repo: str, commit: str, name: str, size: int) -> RemoteFile:
    """A file of a commit, of the version that was seen before if any was."""
    known = _etag(repo, commit, name)
    etag = read_json(known).get("etag") if known.exists() else None
    return RemoteFile(repo=repo, commit=commit, name=name, size=size, etag=etag if isinstance(etag, str) else None)


def _etag(repo: str, commit: str, name: str) -> Path:
    return headers_place(repo, commit) / f"{quote(name, safe='')}.etag.json"


def _part(name: str) -> int | None:
    """The number of a part, None for a whole file."""
    split = _SPLIT.search(name)
    return int(split[1]) if split is not None and int(split[2]) > 1 else None


def _named(files: list[str], sizes: Mapping[str, int], repo: str) -> str:
    told = ", ".join(f"{repo}/{name} ({show_size(sizes[name])})" for name in files[:_NAMED])
    return told + (f" and {len(files) - _NAMED} more" if len(files) > _NAMED else "")
