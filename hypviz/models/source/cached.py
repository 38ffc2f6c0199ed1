"""What the hub client's cache has of a model, without asking the hub: a whole snapshot, or a GGUF file, of the commit that is meant."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from hypviz.errors import ModelError
from hypviz.models.checkpoint.files import INDEX, SINGLE, needed_files
from hypviz.models.source.parsing import Source
from hypviz.models.source.remote_gguf import choose_file

_COMMIT = re.compile(r"[0-9a-f]{40}")


def is_commit(revision: str | None) -> bool:
    """Whether a revision names a commit, which stays what it is, and no branch or tag."""
    return revision is not None and _COMMIT.fullmatch(revision) is not None


def cached_snapshot(source: Source) -> tuple[Path, str] | None:
    """(folder or GGUF file, commit hash) of a complete snapshot on this machine, without asking the hub, or None."""
    folder = _snapshot(str(source.repo), source.revision)
    if folder is None:
        return None
    if source.gguf is not None:
        file = folder / source.gguf
        return (file, folder.name) if file.is_file() else None
    names = {f.name for f in folder.iterdir() if f.is_file()}
    try:
        if {SINGLE, INDEX} & names:
            needed_files(names, folder.name, lambda: (folder / INDEX).read_text(encoding="utf-8", errors="replace"))
            return folder, folder.name
        there = {f.relative_to(folder).as_posix(): f.stat().st_size for f in folder.rglob("*.gguf") if f.is_file()}
        return (folder / choose_file(there, folder.name, None), folder.name) if there else None
    except ModelError:  # a download that was not finished
        return None


def others_here(source: Source) -> str:
    """The end of a sentence about a revision that is not here: which other ones are; a full stop where none is."""
    refs = cache_of(str(source.repo)) / "refs"
    names = sorted(file.relative_to(refs).as_posix() for file in refs.rglob("*") if file.is_file())
    here = [name for name in names if cached_snapshot(dataclasses.replace(source, revision=name)) is not None]
    file = f"/{source.gguf}" if source.gguf else ""
    return f"; on this machine is {', '.join(f'{source.repo}{file}@{name}' for name in here[:5])}." if here else "."


def _snapshot(repo: str, revision: str | None) -> Path | None:
    """The folder of the commit that a revision meant when it was last asked for."""
    base = cache_of(repo)
    note = base / "refs" / (revision or "main")
    commit = note.read_text(encoding="utf-8", errors="replace").strip() if note.is_file() else str(revision)
    folder = base / "snapshots" / commit
    return folder if commit and folder.parent == base / "snapshots" and folder.is_dir() else None


def cache_of(repo: str) -> Path:
    """The folder of a repository in the hub client's cache."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"
