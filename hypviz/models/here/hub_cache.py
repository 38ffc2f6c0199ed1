"""Models in the hub client's cache, by its layout, and the vocabularies that were fetched alone; no file of either is changed.

Layout: ``models--org--name/{refs,snapshots,blobs}``, https://huggingface.co/docs/huggingface_hub/guides/manage-cache.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hypviz.models.here.judging import Judged, file_sizes, judge_folder, judge_gguf, unreadable
from hypviz.models.source.parsing import VOCABULARY
from hypviz.models.source.remote_gguf import KIND
from hypviz.records.local_models import LocalModel
from hypviz.store import cache_root

PLACE = "Hub cache"


def cached_models(cache: Path) -> list[LocalModel]:
    """Every snapshot, and every GGUF file of one, below `cache`, which need not exist. Raises `OSError` where it cannot be read."""
    found: list[LocalModel] = []
    for folder in _folders(cache):
        if not folder.name.startswith("models--"):
            continue
        repo = "/".join(folder.name.removeprefix("models--").split("--"))
        try:
            found += _of_repository(repo, folder)
        except OSError as error:
            found.append(LocalModel(place=PLACE, name=repo, source=repo, size=0, holds="", problem=unreadable(error)))
    return found


def fetched_vocabularies() -> list[LocalModel]:
    """Vocabularies below the cache root that were fetched without the rest of their models. Raises `OSError`."""
    found: list[LocalModel] = []
    for folder in (each for repo in _folders(cache_root() / KIND) for each in _folders(repo)):
        commit, _, rows = folder.name.partition("-")
        repo = folder.parent.name.replace("--", "/", 1)
        if folder.suffix or not commit or folder.name == "refs":
            continue
        found.append(
            LocalModel(
                place=PLACE,
                name=repo,
                source=f"{repo}@{commit}{VOCABULARY}" + (f"={rows}" if rows else ""),
                size=sum(file_sizes(folder).values()),
                holds=f"first {int(rows):,} tokens" if rows.isdigit() else "vocabulary only",
                revision=commit,
                branches=_branches(folder.parent / "refs").get(commit, ()),
            )
        )
    return found


def _of_repository(repo: str, folder: Path) -> Iterator[LocalModel]:
    branches = _branches(folder / "refs")
    blobs = folder / "blobs"
    unfinished = any(name.endswith(".incomplete") for name in os.listdir(blobs)) if blobs.is_dir() else False
    for snapshot in _folders(folder / "snapshots"):
        named = branches.get(snapshot.name, ())
        try:
            sizes, ggufs = file_sizes(snapshot), sorted(snapshot.rglob("*.gguf"))
            judged = judge_folder(snapshot, sizes)
            if judged is not None or not ggufs:
                yield _entry(repo, snapshot, "", named, judged or _begun(unfinished=unfinished))
            for file in ggufs:
                gone = Judged(holds="GGUF", size=0, problem="its file is gone")
                of_file = judge_gguf(file, file.stat().st_size) if file.exists() else gone
                if of_file is not None:
                    yield _entry(repo, snapshot, file.relative_to(snapshot).as_posix(), named, of_file)
        except OSError as error:
            yield _entry(repo, snapshot, "", named, Judged(holds="", size=0, problem=unreadable(error)))


def _begun(*, unfinished: bool) -> Judged:
    return Judged(holds="", size=0, problem="its download was not finished" if unfinished else "its weights were not downloaded")


def _entry(repo: str, snapshot: Path, file: str, branches: tuple[str, ...], judged: Judged) -> LocalModel:
    """An id without an organisation is no MODEL; such a model is given by its folder."""
    is_id = repo.count("/") == 1
    path = f"/{file}" if file else ""
    return LocalModel(
        place=PLACE,
        name=repo + path,
        source=f"{repo}{path}@{snapshot.name}" if is_id else f"{snapshot}{path}",
        size=judged.size,
        holds=judged.holds,
        revision=snapshot.name,
        branches=branches,
        problem=judged.problem,
        can_finish=is_id and judged.problem is not None and judged.holds != "pickle",
    )


def _branches(refs: Path) -> dict[str, tuple[str, ...]]:
    """The names that the cache has for each commit."""
    found: dict[str, tuple[str, ...]] = {}
    for place, _, names in os.walk(refs):
        for name in sorted(names):
            file = Path(place) / name
            try:
                commit = file.read_text(encoding="utf-8", errors="replace").strip()[:80]
            except OSError:
                continue
            found[commit] = (*found.get(commit, ()), file.relative_to(refs).as_posix())
    return found


def _folders(place: Path) -> list[Path]:
    """The folders directly in a folder, by name; none where it is not there."""
    try:
        with os.scandir(place) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
