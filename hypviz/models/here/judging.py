"""What a folder or a GGUF file is worth as a model, by names, sizes and the first bytes of its weights; reads no weight.

In: the files of a folder with their sizes. Out: a `Judged`, whose `problem` is a few words. Everything else that can be wrong with a file
is told when it is opened.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hypviz.errors import ModelError
from hypviz.models.checkpoint.files import INDEX, PICKLES, SINGLE, VOCABULARIES, shard_names
from hypviz.models.checkpoint.gguf_header import MAGIC

NOT_TEXT = "its name is not UTF-8; rename it"
_SPLIT = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_NOT_WEIGHTS = ("training_args.bin", "optimizer.pt", "scheduler.pt", "scaler.pt")
_LARGEST_INDEX = 50_000_000  # bytes; that of a model of 671 billion parameters has 9 million


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """In which format weights are there, their bytes, and what is wrong, None where nothing was seen."""

    holds: str
    size: int
    problem: str | None = None


def file_sizes(folder: Path) -> dict[str, int]:
    """Files directly in a folder with their sizes, links followed, those that lead nowhere left out. Raises `OSError`."""
    found: dict[str, int] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_file():
                    found[entry.name] = entry.stat().st_size
            except OSError:
                continue
    return found


def judge_folder(folder: Path, sizes: Mapping[str, int]) -> Judged | None:
    """What the files in `folder` are worth as a model in Hugging Face format; None where there are no weights, or only an adapter's."""
    weights = [name for name in sizes if name.endswith(".safetensors") and not name.startswith("adapter_")]
    if weights or INDEX in sizes:
        return _of_safetensors(folder, sizes, weights)
    pickles = [name for name in sizes if name.endswith(PICKLES) and name not in _NOT_WEIGHTS and not name.startswith("adapter_")]
    if pickles and "config.json" in sizes:
        return Judged(holds="pickle", size=sum(sizes[name] for name in pickles), problem="weights only as pickle, which is not opened")
    return None


def judge_gguf(file: Path, size: int) -> Judged | None:
    """What a GGUF file is worth; None for a later part of a split one, of which the first part speaks."""
    part = _SPLIT.search(file.name)
    if part is not None and int(part[2]) > 1:
        if int(part[1]) != 1:
            return None
        parts = [each for k in range(1, int(part[2]) + 1) if (each := _numbered(file, part, k)).is_file()]
        there = sum(each.stat().st_size for each in parts)
        return Judged(holds="GGUF", size=there, problem=f"split in {int(part[2])}; join it with llama-gguf-split --merge")
    return Judged(holds="GGUF", size=size, problem=_start(file, size, gguf=True))


def unreadable(error: OSError) -> str:
    """Why something could not be looked at, in a few words."""
    return f"cannot be read ({error.strerror or error})"


def shown(text: str) -> str:
    """A path that can be printed: what is no text in UTF-8 is replaced."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def is_text(text: str) -> bool:
    """Whether a path can be printed, and so be given to other programs, as it is."""
    return shown(text) == text


def _numbered(file: Path, part: re.Match[str], k: int) -> Path:
    return file.with_name(f"{file.name[: part.start()]}-{k:05d}-of-{part[2]}.gguf")


def _of_safetensors(folder: Path, sizes: Mapping[str, int], weights: list[str]) -> Judged:
    needed: tuple[str, ...] = (SINGLE,)
    size = sum(sizes[name] for name in weights)
    if SINGLE not in sizes:
        if INDEX not in sizes:
            return Judged(holds="safetensors", size=size, problem=f"no {SINGLE} and no {INDEX}")
        try:
            if sizes[INDEX] > _LARGEST_INDEX:
                return Judged(holds="safetensors", size=size, problem=f"{INDEX} is too large to be one")
            needed = shard_names((folder / INDEX).read_text(encoding="utf-8", errors="replace"), str(folder))
        except ModelError:
            return Judged(holds="safetensors", size=size, problem=f"{INDEX} cannot be used")
        except OSError as error:
            return Judged(holds="safetensors", size=size, problem=f"{INDEX} {unreadable(error)}")
    there = [name for name in needed if name in sizes]
    return Judged(holds="safetensors", size=sum(sizes[name] for name in there), problem=_lacking(folder, sizes, needed, there))


def _lacking(folder: Path, sizes: Mapping[str, int], needed: tuple[str, ...], there: list[str]) -> str | None:
    if len(there) < len(needed):
        return f"{len(needed) - len(there)} of {len(needed)} weight files are missing"
    if "config.json" not in sizes:
        return "no config.json"
    if not any(name in sizes for name in VOCABULARIES):
        return "no tokenizer.json" if "tekken.json" not in sizes else "only tekken.json, no tokenizer.json"
    return next((said for name in there if (said := _start(folder / name, sizes[name], gguf=False))), None)


def _start(file: Path, size: int, *, gguf: bool) -> str | None:
    """What the size and the first bytes of a weight file already tell against it."""
    if not size:
        return f"{file.name} is empty"
    try:
        with open(file, "rb") as stream:
            start = stream.read(24)
    except OSError as error:
        return f"{file.name} {unreadable(error)}"
    if start.startswith(b"version https://git-lfs"):
        return f"{file.name} is a Git LFS pointer"
    if gguf:
        return None if start.startswith(MAGIC) else f"{file.name} is no GGUF file"
    length = int.from_bytes(start[:8], "little")
    return None if 2 <= length <= size - 8 else f"{file.name} is no safetensors file, or cut short"
