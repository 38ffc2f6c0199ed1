"""The model itself, in evaluation mode, from safetensors only; memory is checked before the first weight is read."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypviz.errors import ModelError
from hypviz.models.checkpoint import open_checkpoint
from hypviz.models.config import load_config, one_line
from hypviz.models.libraries import BUILDING, transformers_library
from hypviz.models.memory import check_memory
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_LOG = logging.getLogger(__name__)
Dtype = Literal["auto", "float32", "bfloat16"]
_BYTES = {"float32": 4, "bfloat16": 2}


def load_model(ref: ModelRef, *, dtype: Dtype = "auto") -> PreTrainedModel:
    """The causal language model in evaluation mode; ``auto`` keeps the stored dtype. Raises `ModelError`."""
    folder = Path(ref.path)
    checkpoint = open_checkpoint(folder)
    load_config(folder, trust_remote_code=ref.trust_remote_code)
    needed = checkpoint.tensor_bytes if dtype == "auto" else checkpoint.n_parameters * _BYTES[dtype]
    check_memory(needed, ref.label)
    model, report = _from_pretrained(folder, ref, dtype)
    lost = sorted(report["missing_keys"])
    if lost:
        raise ModelError(
            f"The weight files of {ref.label} lack {len(lost)} tensors that its architecture needs (first: {lost[0]}); "
            "download the model again."
        )
    if report["unexpected_keys"]:
        _LOG.info("%s stores %d tensors its architecture does not use", ref.label, len(report["unexpected_keys"]))
    return model.eval()


def _from_pretrained(folder: Path, ref: ModelRef, dtype: Dtype) -> tuple[PreTrainedModel, dict[str, Any]]:
    auto = transformers_library().AutoModelForCausalLM
    try:
        with BUILDING:
            return auto.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=ref.trust_remote_code,
                output_loading_info=True,
            )
    except MemoryError as error:
        raise ModelError(f"{ref.label} does not fit into memory; close other programs or choose a smaller model.") from error
    except Exception as error:  # shapes that do not fit, missing quantisation packages: one sentence for each
        raise ModelError(
            f"The weights of {ref.label} cannot be loaded ({one_line(error)}); download the model again or choose another."
        ) from error
