"""Models on the Hugging Face hub: what they cost, from metadata alone, and the download of exactly the files needed.

A revision is resolved to its commit hash first, and everything is then read at that commit. When the hub cannot be reached,
a complete snapshot downloaded earlier is used. The hub client keeps partial downloads and goes on where they stopped.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hypviz.errors import ModelError
from hypviz.models.checkpoint.files import INDEX, needed_files
from hypviz.models.checkpoint.headers import BITS
from hypviz.models.live.config import check_config
from hypviz.models.live.memory import show_size
from hypviz.models.source.cost import float32_table_bytes, folder_cost
from hypviz.models.source.hub_errors import HubUnreachable, hub_sentences
from hypviz.records.models import LoadCost
from hypviz.store import write_atomically
from hypviz.work import Work

_LOG = logging.getLogger(__name__)
_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The needed files of one commit with their sizes; `stored` counts the stored numbers by safetensors dtype."""

    repo: str
    commit: str
    sizes: dict[str, int]
    stored: dict[str, int]

    @property
    def missing(self) -> list[str]:
        """The files that are not on this machine yet."""
        from huggingface_hub import try_to_load_from_cache

        return [n for n in self.sizes if not isinstance(try_to_load_from_cache(self.repo, n, revision=self.commit), str)]


def hub_cost(repo: str, revision: str | None, *, trust_remote_code: bool) -> LoadCost:
    """The cost of a hub model, reading its file list, its configuration and at most its weight headers."""
    try:
        listing = list_files(repo, revision, with_code=trust_remote_code)
        config = json.loads(read_bytes(listing.repo, "config.json", listing.commit))
    except HubUnreachable:
        found = cached_snapshot(repo, revision)
        if found is None:
            raise
        return folder_cost(found[0], trust_remote_code=trust_remote_code)
    except ValueError as error:
        raise ModelError(f"config.json of {repo} is not readable JSON ({error}); choose another revision or model.") from error
    if not isinstance(config, dict):
        raise ModelError(f"config.json of {repo} is not a JSON object; choose another revision or model.")
    check_config(config, repo, trust_remote_code=trust_remote_code)
    return LoadCost(
        bytes_to_read=sum(listing.sizes.values()),
        bytes_to_download=sum(listing.sizes[n] for n in listing.missing),
        memory_bytes=sum(n * BITS.get(dtype, 8) // 8 for dtype, n in listing.stored.items()) + float32_table_bytes(config),
        n_files=len(listing.sizes),
        n_parameters=sum(listing.stored.values()),
    )


def download(repo: str, revision: str | None, *, trust_remote_code: bool, work: Work) -> tuple[Path, str]:
    """(folder, commit hash) of the complete snapshot, after downloading what is missing; raises `ModelError` and `Stopped`."""
    try:
        listing = list_files(repo, revision, with_code=trust_remote_code)
    except HubUnreachable:
        found = cached_snapshot(repo, revision)
        if found is None:
            raise
        _LOG.warning("the hub cannot be reached; using %s at %s as downloaded earlier", repo, found[1])
        return found
    check_config(json.loads(read_bytes(repo, "config.json", listing.commit)), repo, trust_remote_code=trust_remote_code)
    missing = listing.missing
    check_disk(sum(listing.sizes[n] for n in missing), repo)
    folder = _fetch(listing, missing, work)
    if revision != listing.commit:
        # the client's own note of what a branch meant (refs/<branch> beside snapshots/), by which it is found without network
        write_atomically(folder.parents[1] / "refs" / (revision or "main"), listing.commit)
    return folder, listing.commit


def list_files(repo: str, revision: str | None, *, with_code: bool, counted: bool = True) -> Listing:
    """The needed files of the commit that `revision` (default: the main branch) names now; stored numbers are `counted` if asked for."""
    from huggingface_hub import HfApi

    with hub_sentences(repo, revision):
        info = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=_TIMEOUT)
    sizes = {s.rfilename: int(s.size or 0) for s in info.siblings or () if "/" not in s.rfilename}
    commit = str(info.sha)
    needed = needed_files(sizes, repo, lambda: read_bytes(repo, INDEX, commit).decode("utf-8", errors="replace"), with_code=with_code)
    stored = dict(info.safetensors.parameters) if info.safetensors else (_count_stored(repo, commit, needed) if counted else {})
    return Listing(repo=repo, commit=commit, sizes={n: sizes[n] for n in needed}, stored=stored)


def cached_snapshot(repo: str, revision: str | None) -> tuple[Path, str] | None:
    """(folder, commit hash) of a complete snapshot on this machine, without asking the hub, or None."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo, "config.json", revision=revision)
    if not isinstance(found, str):
        return None
    folder = Path(found).parent
    try:
        needed_files({f.name for f in folder.iterdir()}, repo, lambda: (folder / INDEX).read_text(encoding="utf-8", errors="replace"))
    except ModelError:  # a download that was not finished
        return None
    return folder, folder.name


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
    return Path(paths[0]).parent


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
    from huggingface_hub import hf_hub_download

    with hub_sentences(repo, commit):
        return Path(hf_hub_download(repo, name, revision=commit, tqdm_class=_bar_class(lambda n: None))).read_bytes()


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
