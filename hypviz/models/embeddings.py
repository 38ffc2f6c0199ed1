"""The input- and output-embedding rows, read straight from the weight file without loading the model.

The raw weight: Gemma multiplies its rows by sqrt(hidden_size) inside the model, and that scale is reported in
`ModelSummary.embedding_scale`, not applied here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hypviz.errors import ModelError
from hypviz.models.checkpoint import open_checkpoint
from hypviz.models.memory import check_memory
from hypviz.models.safetensors_file import StoredTensor, read_float32
from hypviz.models.skeleton import build_skeleton, embedding_parameter
from hypviz.records.models import Embeddings, ModelRef


def read_embeddings(ref: ModelRef, *, output: bool = False) -> Embeddings:
    """(vocab_size, hidden_size) float32 rows of the input embeddings, or of the output layer; the same table where they are tied.

    Raises `ModelError` for rows that are not finite and for a model without the layer.
    """
    folder = Path(ref.path)
    checkpoint = open_checkpoint(folder)
    model = build_skeleton(folder, trust_remote_code=ref.trust_remote_code)
    head = model.get_output_embeddings()
    tied = head is not None and head.weight is model.get_input_embeddings().weight
    if output and head is None:
        raise ModelError(f"{ref.label} has no output embeddings; measure the input embeddings.")
    if output and not tied:
        name, shape = next(n for n, p in model.named_parameters() if p is head.weight), tuple(head.weight.shape)
        what = "output embeddings"
    else:
        name, shape, what = embedding_parameter(model), tuple(model.get_input_embeddings().weight.shape), "input embeddings"
    tensor = find_tensor(checkpoint.tensors, name, shape, prefix=model.base_model_prefix, or_output=tied)
    check_memory(2 * 4 * tensor.numel, f"The embedding table of {ref.label}")
    values = read_float32(tensor)
    check_finite(values, f"the {what} of {ref.label}")
    values.flags.writeable = False
    return Embeddings(values=values, tensor_name=tensor.name, fingerprint=ref.fingerprint)


def find_tensor(tensors: dict[str, StoredTensor], name: str, shape: tuple[int, ...], *, prefix: str, or_output: bool) -> StoredTensor:
    """The stored tensor of the parameter `name`: the same name, or the one whose name differs only by outer modules.

    Checkpoints are saved with or without the outer module's name (``transformer.wte`` and ``wte``), and tied models may keep
    the shared table under the output layer's name (`or_output`).
    """
    candidates = [name, name.removeprefix(f"{prefix}."), f"{prefix}.{name}"]
    exact = [c for c in candidates if c in tensors]
    tail = ".".join(name.split(".")[-2:])
    similar = [k for k in tensors if k == tail or k.endswith("." + tail)]
    outputs = [k for k in tensors if or_output and k.endswith("lm_head.weight")]
    for found in (exact[:1], similar, outputs):
        if len(found) == 1:
            tensor = tensors[found[0]]
            if tensor.shape != shape:
                raise ModelError(
                    f"{tensor.file} stores {tensor.name} as {list(tensor.shape)} but config.json asks for {list(shape)}; "
                    "the two belong to different models, so copy both again from one place."
                )
            return tensor
        if found:
            raise ModelError(
                f"The weight files hold {len(found)} tensors that could be the input embeddings ({', '.join(found[:3])}); "
                "choose another model."
            )
    raise ModelError(f"The weight files hold no tensor named {name}, the input embeddings of this architecture; download the model again.")


def check_finite(values: np.ndarray, what: str) -> None:
    """Raise `ModelError` with the count and the first rows if any row holds NaN or infinity."""
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if bad.size:
        first = ", ".join(str(int(row)) for row in bad[:5]) + (", ..." if bad.size > 5 else "")
        raise ModelError(
            f"{bad.size:,} of {len(values):,} rows of {what} hold NaN or infinity (rows {first}); "
            "the checkpoint is damaged, so use another copy."
        )
