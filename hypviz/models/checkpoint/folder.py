"""A model folder on disk: its files and the headers of all its tensors, checked, with no weight read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.files import INDEX, SINGLE, needed_files, parse_index, refuse_two_sets
from hypviz.models.checkpoint.float8 import is_float8
from hypviz.models.checkpoint.gguf_folder import LINK, read_link
from hypviz.models.checkpoint.headers import TORCH_NAMES, StoredTensor, read_header
from hypviz.models.checkpoint.packed.tensors import PackedTensor, bits_of, put_together, settings_of
from hypviz.models.checkpoint.tensor_names import by_plain_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The needed files of a folder and every stored tensor by its name in the model, without what wrappers put into it.

    The parts of a packed weight are one tensor (`PackedTensor`). `gguf` is the GGUF file that holds the tensors, None for safetensors; what
    stands in the folder is then made from it, and it alone is in `files`. `refusal` says of packed weights whose parts do not fit each
    other, and which lie apart in `tensors`, what is wrong.
    """

    folder: Path
    files: tuple[Path, ...]
    tensors: dict[str, StoredTensor]
    gguf: Path | None = None
    refusal: str | None = None

    @property
    def bytes_to_read(self) -> int:
        return sum(file.stat().st_size for file in self.files)

    @property
    def tensor_bytes(self) -> int:
        return sum(t.stop - t.start for t in self.tensors.values())

    @property
    def loaded_bytes(self) -> int:
        """Bytes of the weights in memory: as stored, and of quantised ones as the plain numbers that they are turned into."""
        if self.gguf is not None:
            return self.n_parameters * (4 if self.dtype == "float32" else 2)
        if not any(isinstance(tensor, PackedTensor) or is_float8(tensor) for tensor in self.tensors.values()):
            return self.tensor_bytes
        config = read_json(self.folder / "config.json")
        return self.n_parameters * (4 if "float32" in (config.get("dtype"), config.get("torch_dtype")) else 2)

    @property
    def n_parameters(self) -> int:
        return sum(t.numel for t in self.tensors.values())

    @property
    def dtype(self) -> str:
        """The dtype that holds most bytes, by its torch name where it has one; where weights are packed, the format of most of them."""
        held: dict[str, float] = {}
        packed = [tensor for tensor in self.tensors.values() if isinstance(tensor, PackedTensor)]
        for tensor in packed or self.tensors.values():
            held[tensor.dtype] = held.get(tensor.dtype, 0) + tensor.numel * bits_of(tensor)
        most = max(held, key=lambda name: held[name])
        return TORCH_NAMES.get(most, most if packed or self.gguf is not None else most.lower())


def open_checkpoint(folder: Path, *, with_code: bool = False) -> Checkpoint:
    """The checkpoint in `folder`; raises `ModelError` when a file is missing, cut short, damaged or a pickle."""
    try:
        names = {entry.name for entry in folder.iterdir() if entry.is_file()}
    except OSError as error:
        raise ModelError(f"{folder} cannot be read ({error.strerror}); check that the folder exists and its permissions.") from error
    if LINK in names:
        link = read_link(folder)
        return Checkpoint(folder=folder, files=(link.file,), tensors=link.tensors, gguf=link.file)

    def read_index() -> str:
        return (folder / INDEX).read_text(encoding="utf-8", errors="replace")

    refuse_two_sets(names, str(folder), read_index)
    needed = needed_files(names, str(folder), read_index, with_code=with_code)
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
    settings = settings_of(read_json(folder / "config.json"))
    together = put_together({name: tensors[stored] for name, stored in plain.items()}, settings)
    return Checkpoint(folder=folder, files=files, tensors=together.tensors, refusal=together.refusal)


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
