"""Which stored tensors are a model's input and output tables: what config.json says, and what the file holds.

transformers ties the two where config.json says so, unless the file holds both and they differ: then each is loaded as it is, and the
model reads with one and answers with the other. Where the file holds one of two tied tables, it serves as both.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import Checkpoint, read_json
from hypviz.models.checkpoint.gguf_rows import is_quantised
from hypviz.models.checkpoint.headers import StoredTensor
from hypviz.models.checkpoint.packed.tensors import PackedTensor, method_of, settings_of
from hypviz.models.checkpoint.values import config_block_size, read_values
from hypviz.models.live.skeleton import embedding_parameter, input_table, output_table

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

INPUT, OUTPUT = "the input embeddings", "the output embeddings"
_CHUNK = 4_000_000  # bytes compared at once


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTables:
    """`input` and `output` are names in `Checkpoint.tensors`; `output` is None where the architecture or the file has none.

    `tied_in_config` is what config.json makes of the architecture, `shared` whether one table serves as both: it is the only one, or
    the two are equal number by number. `outer` is what stands before the architecture's own names (``language_model.``).
    `lost` names the output layer's parameter where config.json asks for it and the file has it not.
    """

    input: str
    output: str | None
    tied_in_config: bool
    shared: bool
    outer: str
    lost: str | None


def stored_tables(checkpoint: Checkpoint, model: PreTrainedModel) -> StoredTables:
    """The tables of `model` (a skeleton) in `checkpoint`; raises `ModelError` where the input table is not there or not that model's."""
    tensors, prefix = checkpoint.tensors, str(model.base_model_prefix)
    head, table = output_table(model), input_table(model)
    name = embedding_parameter(model)
    tied = head is table
    own_name = head_name(model)
    try:
        found = find_tensor(tensors, name, tuple(table.shape), prefix=prefix, or_output=tied)
    except ModelError as error:
        raise _quantised(checkpoint) or error from error
    outer = _outer(found, name, prefix)
    if head is None:
        return StoredTables(input=found, output=None, tied_in_config=False, shared=False, outer=outer, lost=None)
    second = _second(tensors, found, outer, own_name) or _renamed(tensors, model, own_name, besides=found)
    if second is None:
        lost = None if tied or found == own_name else own_name
        return StoredTables(input=found, output=None if lost else found, tied_in_config=tied, shared=lost is None, outer=outer, lost=lost)
    _check_shape(tensors[second], tuple(head.shape))
    shared = equal_values(checkpoint, found, second)
    return StoredTables(input=found, output=second, tied_in_config=tied, shared=shared, outer=outer, lost=None)


def _quantised(checkpoint: Checkpoint) -> ModelError | None:
    """The refusal of an input table that is itself quantised in a way that is not read; None for a model of plain numbers."""
    method = None if checkpoint.gguf else method_of(settings_of(read_json(checkpoint.folder / "config.json")))
    if method is None or not any(tensor.dtype[0] in "IU" for tensor in checkpoint.tensors.values()):
        return None
    return ModelError(
        f"The input embeddings in {checkpoint.folder} are quantised by {method} in a way that hypviz cannot turn back into plain numbers; "
        "load the release that it was made from, which is usually the one without the method in its name."
    )


def language_model_alone(checkpoint: Checkpoint, tables: StoredTables, model: PreTrainedModel) -> Checkpoint:
    """The tensors of the language model `model` of which `tables` are the tables, without those of the larger model around it.

    They lie under one name of the larger model, or beside the others under their own (Qwen2-VL: ``model``, with ``visual`` beside it).
    """
    tops = {name.partition(".")[0] for name, _ in model.named_parameters(remove_duplicate=False)}
    own = {
        name: tensor
        for name, tensor in checkpoint.tensors.items()
        if name == tables.output or (name.startswith(tables.outer) if tables.outer else name.partition(".")[0] in tops)
    }
    return dataclasses.replace(checkpoint, tensors=own)


def equal_values(checkpoint: Checkpoint, first: str, second: str) -> bool:
    """Whether two stored tensors hold the same numbers; bytes are compared where the formats agree, up to the first difference."""
    a, b = checkpoint.tensors[first], checkpoint.tensors[second]
    if a.shape != b.shape:
        return False
    plain = a.dtype == b.dtype and not (a.dtype.startswith("F8") or isinstance(a, PackedTensor))
    if plain and _equal_bytes(a, b):
        return True
    if plain and not (a.dtype.startswith(("F", "BF"))):
        return False
    if plain:  # the same numbers in other bytes: zeros of either sign
        return _equal_but_for_zeros(a, b)
    if is_quantised(a) or is_quantised(b):  # blocks of two types keep other numbers of the same row
        return False
    block = config_block_size(checkpoint.folder)
    one, other = (read_values(t, checkpoint.tensors, n, block=block) for n, t in ((first, a), (second, b)))
    return np.array_equal(one, other)


def _equal_bytes(a: StoredTensor, b: StoredTensor) -> bool:
    return all(x == y for x, y in _pieces(a, b))


def _equal_but_for_zeros(a: StoredTensor, b: StoredTensor) -> bool:
    kind = {"F64": "<u8", "F32": "<u4", "F16": "<u2", "BF16": "<u2"}[a.dtype]
    for x, y in _pieces(a, b):
        if x != y:
            one, other = np.frombuffer(x, dtype=kind), np.frombuffer(y, dtype=kind)
            differ = one != other
            if ((one[differ] << 1) | (other[differ] << 1)).any():
                return False
    return True


def _pieces(a: StoredTensor, b: StoredTensor) -> Iterator[tuple[bytes, bytes]]:
    with open(a.file, "rb") as one, open(b.file, "rb") as other:
        one.seek(a.start)
        other.seek(b.start)
        left = a.stop - a.start
        while left > 0:
            size = min(_CHUNK, left)
            yield one.read(size), other.read(size)
            left -= size


def table_names(names: Collection[str], model: PreTrainedModel) -> tuple[str, str | None]:
    """The names among `names` of the input table of `model` (a skeleton) and of an output table beside it, None where there is none.

    Raises `ModelError` where the input table is not there.
    """
    prefix, name, head = str(model.base_model_prefix), embedding_parameter(model), output_table(model)
    found = find_name(names, name, prefix=prefix, or_output=head is input_table(model))
    if head is None:
        return found, None
    own_name = head_name(model)
    return found, _second(names, found, _outer(found, name, prefix), own_name) or _renamed(names, model, own_name, besides=found)


def _second(names: Collection[str], found: str, outer: str, head_name: str) -> str | None:
    """The output table that lies beside the input table `found`."""
    return next((n for n in (head_name, outer + head_name) if n in names and n != found), None)


def _renamed(names: Collection[str], model: PreTrainedModel, wanted: str, *, besides: str) -> str | None:
    """The one among `names` that transformers reads as the parameter `wanted`: some architectures are stored under older names."""
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import WeightRenaming, apply_renamings

    renamings = [each for each in get_model_conversion_mapping(model) if isinstance(each, WeightRenaming)]
    return next((n for n in names if n not in (besides, wanted) and apply_renamings(n, renamings) == wanted), None) if renamings else None


def find_tensor(tensors: dict[str, StoredTensor], name: str, shape: tuple[int, ...], *, prefix: str, or_output: bool) -> str:
    """The name in `tensors` of the parameter `name`, as in `find_name`, after a look at its shape."""
    found = find_name(tensors, name, prefix=prefix, or_output=or_output)
    _check_shape(tensors[found], shape)
    return found


def find_name(names: Collection[str], name: str, *, prefix: str, or_output: bool) -> str:
    """The one among `names` that means the parameter `name`: the same, or one that differs only by outer modules.

    Checkpoints are saved with or without the outer module's name (``transformer.wte`` and ``wte``), and tied models may keep
    the shared table under the output layer's name (`or_output`).
    """
    candidates = [name, name.removeprefix(f"{prefix}."), f"{prefix}.{name}"]
    exact = [c for c in candidates if c in names]
    tail = ".".join(name.split(".")[-2:])
    similar = [k for k in names if k == tail or k.endswith("." + tail)]
    outputs = [k for k in names if or_output and k.endswith("lm_head.weight")]
    for found in (exact[:1], similar, outputs):
        if len(found) == 1:
            return found[0]
        if found:
            raise ModelError(
                f"The weight files hold {len(found)} tensors that could be the input embeddings ({', '.join(found[:3])}); "
                "choose another model."
            )
    raise ModelError(f"The weight files hold no tensor named {name}, the input embeddings of this architecture; download the model again.")


def _check_shape(tensor: StoredTensor, shape: tuple[int, ...]) -> None:
    if tensor.shape != shape:
        raise ModelError(
            f"{tensor.file} stores {tensor.name} as {list(tensor.shape)} but config.json asks for {list(shape)}; "
            "the two belong to different models, so copy both again from one place."
        )


def head_name(model: PreTrainedModel) -> str:
    """The dotted name of the output layer's weight."""
    head: torch.nn.Module | None = model.get_output_embeddings()
    modules: Iterator[tuple[str, torch.nn.Module]] = model.named_modules()
    return next((f"{name}.weight" for name, module in modules if module is head), "lm_head.weight")


def _outer(found: str, name: str, prefix: str) -> str:
    """What stands in `found` before the architecture's own name of the parameter; empty where nothing does, or the names differ more."""
    for own in (name, name.removeprefix(f"{prefix}.")):
        if found == own or found.endswith("." + own):
            return found.removesuffix(own)
    return ""
