"""A model folder on disk: its files and the headers of all its tensors, checked, with no weight read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.files import INDEX, SINGLE, needed_files, parse_index
from hypviz.models.checkpoint.gguf_folder import LINK, read_link
from hypviz.models.checkpoint.headers import BITS, TORCH_NAMES, StoredTensor, read_header
from hypviz.models.checkpoint.tensor_names import by_plain_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The needed files of a folder and every stored tensor by its name in the model, without what wrappers put into it.

    `gguf` is the GGUF file that holds the tensors, None for safetensors; what stands in the folder is then made from it, and it alone is
    in `files`.
    """

    folder: Path
    files: tuple[Path, ...]
    tensors: dict[str, StoredTensor]
    gguf: Path | None = None

    @property
    def bytes_to_read(self) -> int:
        return sum(file.stat().st_size for file in self.files)

    @property
    def tensor_bytes(self) -> int:
        return sum(t.stop - t.start for t in self.tensors.values())

    @property
    def loaded_bytes(self) -> int:
        """Bytes of the weights in memory: as stored, and of a quantised GGUF file as 16-bit numbers."""
        return self.tensor_bytes if self.gguf is None else self.n_parameters * (4 if self.dtype == "float32" else 2)

    @property
    def n_parameters(self) -> int:
        return sum(t.numel for t in self.tensors.values())

    @property
    def dtype(self) -> str:
        """The dtype that holds most bytes, by its torch name where it has one."""
        held: dict[str, int] = {}
        for tensor in self.tensors.values():
            held[tensor.dtype] = held.get(tensor.dtype, 0) + tensor.numel * BITS.get(tensor.dtype, 8)
        most = max(held, key=lambda name: held[name])
        return TORCH_NAMES.get(most, most.lower() if self.gguf is None else most)


def open_checkpoint(folder: Path, *, with_code: bool = False) -> Checkpoint:
    """The checkpoint in `folder`; raises `ModelError` when a file is missing, cut short, damaged or a pickle."""
    try:
        names = {entry.name for entry in folder.iterdir() if entry.is_file()}
    except OSError as error:
        raise ModelError(f"{folder} cannot be read ({error.strerror}); check that the folder exists and its permissions.") from error
    if LINK in names:
        link = read_link(folder)
        return Checkpoint(folder=folder, files=(link.file,), tensors=link.tensors, gguf=link.file)
    needed = needed_files(names, str(folder), lambda: (folder / INDEX).read_text(encoding="utf-8", errors="replace"), with_code=with_code)
    files = tuple(folder / name for name in needed)
    tensors: dict[str, StoredTensor] = {}
    for file in files:
        if file.suffix == ".safetensors":
            tensors.update(read_header(file))
    if SINGLE not in needed:
        _check_index(folder, tensors)
    if not tensors:
        raise ModelError(f"The weight files in {folder} hold no tensors; copy or download them again.")
    plain = by_plain_name(tensors, str(folder))
    return Checkpoint(folder=folder, files=files, tensors={name: tensors[stored] for name, stored in plain.items()})


def read_json(file: Path) -> dict[str, Any]:
    """A JSON object from `file`; `ModelError` says which file is damaged and where."""
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{file} is not readable JSON ({error}); copy or download it again.") from error
    if not isinstance(value, dict):
        raise ModelError(f"{file} holds {type(value).__name__} where a JSON object is expected; copy or download it again.")
    return value


def _check_index(folder: Path, tensors: dict[str, StoredTensor]) -> None:
    weight_map = parse_index((folder / INDEX).read_text(encoding="utf-8", errors="replace"), str(folder))
    lost = [name for name, file in weight_map.items() if name not in tensors or tensors[name].file.name != file]
    if lost:
        raise ModelError(
            f"The weight files in {folder} lack {len(lost)} tensors that their index lists (first: {lost[0]}); download them again."
        )
