"""Models on the Hugging Face hub: what they cost, from metadata alone, and the download of exactly the files needed.

A revision is resolved to its commit hash first, and everything is then read at that commit. When the hub cannot be reached,
a complete snapshot downloaded earlier is used. The hub client keeps partial downloads and goes on where they stopped.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.files import INDEX, SINGLE, needed_files
from hypviz.models.checkpoint.packed.forecast import n_numbers, quantised_sentence
from hypviz.models.live.config import check_config
from hypviz.models.live.device import answering_bytes
from hypviz.models.live.memory import show_size
from hypviz.models.source.cached import cache_of, cached_snapshot, is_commit, others_here
from hypviz.models.source.cost import folder_cost, numbers_of_table
from hypviz.models.source.gguf_file import gguf_cost, header_cost
from hypviz.models.source.hub_errors import HubUnreachable, hub_sentences
from hypviz.models.source.parsing import Source
from hypviz.models.source.remote_gguf import choose_file, read_remote_start, remote_file
from hypviz.records.models import LoadCost
from hypviz.store import write_atomically
from hypviz.work import Work

_LOG = logging.getLogger(__name__)
_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The needed files of one commit with their sizes; `stored` counts the stored numbers by safetensors dtype.

    `gguf` names the one file that is needed where the model is a GGUF file, None elsewhere.
    """

    repo: str
    commit: str
    sizes: dict[str, int]
    stored: dict[str, int]
    gguf: str | None = None

    @property
    def missing(self) -> list[str]:
        """The files that are not on this machine yet."""
        from huggingface_hub import try_to_load_from_cache

        return [n for n in self.sizes if not isinstance(try_to_load_from_cache(self.repo, n, revision=self.commit), str)]


def hub_cost(source: Source, *, trust_remote_code: bool) -> LoadCost:
    """The cost of a hub model, reading its file list, its configuration and at most its weight headers.

    The hub is not asked for a commit that lies whole on this machine.
    """
    found = cached_snapshot(source) if is_commit(source.revision) and not trust_remote_code else None
    if found is not None:
        return _cost_here(found, trust_remote_code=trust_remote_code)
    try:
        listing = list_files(str(source.repo), source.revision, gguf=source.gguf, with_code=trust_remote_code)
        if listing.gguf is not None:
            return _gguf_cost(listing, listing.gguf)
        config = _config(listing, trust_remote_code=trust_remote_code)
    except HubUnreachable as error:
        found = cached_snapshot(source)
        if found is None:
            raise HubUnreachable(str(error).rstrip(".") + others_here(source)) from error
        return dataclasses.replace(_cost_here(found, trust_remote_code=trust_remote_code), as_downloaded=True)
    n_parameters = n_numbers(config, listing.stored)
    return LoadCost(
        bytes_to_read=sum(listing.sizes.values()),
        bytes_to_download=sum(listing.sizes[n] for n in listing.missing),
        memory_bytes=answering_bytes(n_parameters, numbers_of_table(config)),
        n_files=len(listing.sizes),
        n_parameters=n_parameters,
        quantised=quantised_sentence(config),
        commit=listing.commit,
    )


def _config(listing: Listing, *, trust_remote_code: bool) -> dict[str, Any]:
    """The checked config.json of a commit."""
    try:
        config: dict[str, Any] | None = json.loads(read_bytes(listing.repo, "config.json", listing.commit))
    except ValueError as error:
        raise ModelError(f"config.json of {listing.repo} is not readable JSON ({error}); choose another revision or model.") from error
    if not isinstance(config, dict):
        raise ModelError(f"config.json of {listing.repo} is not a JSON object; choose another revision or model.")
    check_config(config, listing.repo, trust_remote_code=trust_remote_code)
    return config


def _gguf_cost(listing: Listing, name: str) -> LoadCost:
    """The cost of a GGUF file, from its header."""
    header = read_remote_start(remote_file(listing.repo, listing.commit, name, listing.sizes[name])).header
    missing = sum(listing.sizes[n] for n in listing.missing)
    return dataclasses.replace(header_cost(header, listing.sizes[name]), bytes_to_download=missing, commit=listing.commit)


def _cost_here(found: tuple[Path, str], *, trust_remote_code: bool) -> LoadCost:
    """The cost of a snapshot on this machine."""
    place, commit = found
    if place.is_file():
        return dataclasses.replace(gguf_cost(place), commit=commit)
    return dataclasses.replace(folder_cost(place, trust_remote_code=trust_remote_code), commit=commit)


def download(source: Source, *, trust_remote_code: bool, work: Work) -> tuple[Path, str]:
    """(folder or GGUF file, commit hash) of the complete snapshot, after downloading what is missing; raises `ModelError` and `Stopped`."""
    repo, revision = str(source.repo), source.revision
    found = cached_snapshot(source) if is_commit(revision) and not trust_remote_code else None
    if found is not None:
        return found
    try:
        listing = list_files(repo, revision, gguf=source.gguf, with_code=trust_remote_code, counted=False)
    except HubUnreachable as error:
        found = cached_snapshot(source)
        if found is None:
            raise HubUnreachable(str(error).rstrip(".") + others_here(source)) from error
        _LOG.warning("the hub cannot be reached; using %s at %s as downloaded earlier", repo, found[1])
        return found
    if listing.gguf is None:
        _config(listing, trust_remote_code=trust_remote_code)
    missing = listing.missing
    check_disk(sum(listing.sizes[n] for n in missing), repo)
    file = _fetch(listing, missing, work)
    if revision != listing.commit:
        # the client's own note of what a branch meant (refs/<branch> beside snapshots/), by which it is found without network
        with suppress(OSError):  # of a cache that may be read only, whose snapshot is still whole
            write_atomically(cache_of(repo) / "refs" / (revision or "main"), listing.commit)
    return (file if listing.gguf is not None else file.parent), listing.commit


def list_files(repo: str, revision: str | None, *, gguf: str | None = None, with_code: bool, counted: bool = True) -> Listing:
    """The needed files of the commit that `revision` (default: the main branch) names now; stored numbers are `counted` if asked for.

    `gguf` names the file of the repository that is meant; where none is and there are no safetensors, its only GGUF file is.
    """
    from huggingface_hub import HfApi

    with hub_sentences(repo, revision):
        info = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=_TIMEOUT)
    every = {s.rfilename: int(s.size or 0) for s in info.siblings or ()}
    sizes, commit = {name: size for name, size in every.items() if "/" not in name}, str(info.sha)
    if gguf is not None or (not {SINGLE, INDEX} & sizes.keys() and any(name.lower().endswith(".gguf") for name in every)):
        file = choose_file(every, repo, gguf)
        return Listing(repo=repo, commit=commit, sizes={file: every[file]}, stored={}, gguf=file)
    needed = needed_files(sizes, repo, lambda: read_bytes(repo, INDEX, commit).decode("utf-8", errors="replace"), with_code=with_code)
    stored: dict[str, int] = {}
    if counted:
        stored = dict(info.safetensors.parameters) if info.safetensors else _count_stored(repo, commit, needed)
    return Listing(repo=repo, commit=commit, sizes={n: sizes[n] for n in needed}, stored=stored)


def _count_stored(repo: str, commit: str, needed: tuple[str, ...]) -> dict[str, int]:
    """Stored numbers by dtype from the weight headers, by range requests; the hub has no count for every repository."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import SafetensorsParsingError

    counts: dict[str, int] = {}
    for name in (n for n in needed if n.endswith(".safetensors")):
        try:
            with hub_sentences(repo, commit):
                header = HfApi().parse_safetensors_file_metadata(repo, name, revision=commit, timeout=_TIMEOUT)
        except SafetensorsParsingError as error:
            raise ModelError(
                f"{name} of {repo} is not a safetensors file, so it cannot be read; choose another revision or model."
            ) from error
        for dtype, n in header.parameter_count.items():
            counts[dtype] = counts.get(dtype, 0) + n
    return counts


def _fetch(listing: Listing, missing: list[str], work: Work) -> Path:
    from huggingface_hub import hf_hub_download

    total, done = sum(listing.sizes[n] for n in missing), 0

    def report(n_bytes: int) -> None:
        nonlocal done
        done += n_bytes
        work.check()
        work.report(min(done, total), total, f"downloading {listing.repo}")

    bar = _bar_class(report)
    with hub_sentences(listing.repo, listing.commit):
        paths = [hf_hub_download(listing.repo, name, revision=listing.commit, tqdm_class=bar) for name in listing.sizes]
    return Path(paths[0])


def _bar_class(report: Callable[[int], None]) -> type:
    """A progress bar for the hub client that draws nothing and reports bytes as they are written to disk."""
    from tqdm import tqdm

    class Bar(tqdm):  # pyright: ignore[reportMissingTypeArgument]  # generic for the checker alone
        def __init__(self, *, initial: int = 0, total: int | None = None, **appearance: object) -> None:
            super().__init__(total=total, initial=initial, disable=True)
            report(initial)

        def update(self, n: float | None = 1) -> None:
            report(int(n or 0))

        def update_transfer(self, n: int) -> None:
            """Bytes on the wire, which the client counts apart from bytes on disk; not reported twice."""

        def set_transfer_postfix_str(self, text: str, refresh: bool = False) -> None:
            """The transfer's speed, which nothing here draws."""

    return Bar


def read_bytes(repo: str, name: str, commit: str) -> bytes:
    """A small file at a commit, kept by the hub client."""
    return file_at(repo, name, commit).read_bytes()


def file_at(repo: str, name: str, commit: str) -> Path:
    """Where the hub client keeps a small file of a commit, after fetching it if it is not there."""
    from huggingface_hub import hf_hub_download

    with hub_sentences(repo, commit):
        return Path(hf_hub_download(repo, name, revision=commit, tqdm_class=_bar_class(lambda n: None)))


def check_disk(needed: int, repo: str, root: Path | None = None) -> None:
    """Refuse what does not fit below `root` (default: the hub client's cache); raises `ModelError`."""
    from huggingface_hub import constants

    root = root or Path(constants.HF_HUB_CACHE)
    existing = next(p for p in (root, *root.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise ModelError(
            f"{repo} needs {show_size(needed)} on disk and {existing} has {show_size(free)} free; free some space or set HF_HOME elsewhere."
        )
