"""The model itself, in evaluation mode, from safetensors or a GGUF file only; memory is checked before the first weight is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import Checkpoint, open_checkpoint
from hypviz.models.checkpoint.stored_state import check_loaded, load_state, plan_loading, read_state
from hypviz.models.checkpoint.tables import language_model_alone
from hypviz.models.live.architecture import architecture_of, no_answers, reads_text
from hypviz.models.live.config import one_line
from hypviz.models.live.description import description, skeleton
from hypviz.models.live.gguf_loading import load_gguf
from hypviz.models.live.libraries import BUILDING, transformers_library
from hypviz.models.live.memory import check_memory
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel

Dtype = Literal["auto", "float32", "bfloat16"]
_BYTES = {"float32": 4, "bfloat16": 2}


def load_model(ref: ModelRef, *, dtype: Dtype = "auto", to_answer: bool = True) -> PreTrainedModel:
    """The causal language model in evaluation mode; ``auto`` keeps the stored dtype. Raises `ModelError`.

    Without `to_answer` also a model that only reads (`reads_text`), with the class that config.json names.
    """
    require_whole(ref, to_answer=to_answer)
    folder = Path(ref.path)
    architecture, tables = architecture_of(folder, trust_remote_code=ref.trust_remote_code), description(ref).tables
    config, checkpoint = architecture.config, open_checkpoint(folder)
    if architecture.within is not None:
        checkpoint = language_model_alone(checkpoint, tables, skeleton(ref))
    needed = checkpoint.loaded_bytes if dtype == "auto" else checkpoint.n_parameters * _BYTES[dtype]
    check_memory(needed, ref.label)
    number = _torch_dtype(dtype, config)
    by_hand = _by_hand(ref, checkpoint, config, number, is_part=architecture.within is not None)
    model, report = _from_pretrained(folder, ref, dtype, by_hand)
    lost = sorted(name for name in report["missing_keys"] if architecture.no_answers is None or _is_before_the_end(model, name))
    if lost:
        tie = "set tie_word_embeddings to true in config.json if one table serves as both, or " if lost == [tables.lost] else ""
        raise ModelError(
            f"The weight files of {ref.label} lack {len(lost)} tensors that its architecture needs (first: {lost[0]}); "
            f"{tie}download the model again."
        )
    check_loaded(model, sorted(report["unexpected_keys"]), ref.label, None if dtype == "auto" else number)
    return model.eval()


def require_whole(ref: ModelRef, *, to_answer: bool = True) -> None:
    """Raise `ModelError` for a model of which only the vocabulary is there, or that cannot answer (`no_answers`).

    Without `to_answer` what reads text passes.
    """
    if ref.only_vocabulary:
        raise ModelError(
            f"Only the vocabulary of {ref.label} is on this machine, and this needs all of its weights; load {ref.whole_source} on Start."
        )
    why = no_answers(ref)
    if why is not None and (to_answer or not reads_text(ref)):
        what = "its tables or its layers" if reads_text(ref) else "its tables"
        raise ModelError(f"{why[:-1]}; look at {what}, or choose a causal language model.")


def _is_before_the_end(model: PreTrainedModel, name: str) -> bool:
    """Whether a parameter is one that hidden states come from, and not of a pooler or of what reads them behind the encoder."""
    inner = str(model.base_model_prefix)
    return (not hasattr(model, inner) or name.startswith(f"{inner}.")) and "pooler" not in name.split(".")


def _by_hand(
    ref: ModelRef, checkpoint: Checkpoint, config: PreTrainedConfig, number: torch.dtype, *, is_part: bool
) -> Callable[[], tuple[PreTrainedModel, dict[str, Any]]] | None:
    """What loads the model where transformers would not from the folder alone, or wrongly, as part of a larger one (`is_part`)."""
    gguf, folder = checkpoint.gguf, checkpoint.folder
    if gguf is not None:
        return lambda: load_gguf(gguf, skeleton(ref), config, number, folder)
    plan = plan_loading(checkpoint, outer=description(ref).tables.outer, label=ref.label)
    if plan.is_plain and not is_part:
        return None
    return lambda: load_state(type(skeleton(ref)), config, read_state(checkpoint, plan, number), number, folder)


def _torch_dtype(dtype: Dtype, config: PreTrainedConfig) -> torch.dtype:
    """The format asked for; for ``auto`` the one that config.json names, else bfloat16."""
    import torch

    named = dtype if dtype != "auto" else getattr(config.get_text_config(), "dtype", None)
    found = getattr(torch, named, None) if isinstance(named, str) else named
    return found if found in (torch.float32, torch.float16, torch.bfloat16) else torch.bfloat16


def _from_pretrained(
    folder: Path, ref: ModelRef, dtype: Dtype, plain: Callable[[], tuple[PreTrainedModel, dict[str, Any]]] | None
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """The model from its folder, or from `plain` where transformers would read that wrongly, and transformers' report."""
    architecture = architecture_of(folder, trust_remote_code=ref.trust_remote_code)
    made = transformers_library().AutoModelForCausalLM if architecture.no_answers is None else architecture.made
    try:
        with BUILDING:
            if plain is not None:
                return plain()
            return made.from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=ref.trust_remote_code,
                output_loading_info=True,
            )
    except ModelError:
        raise
    except MemoryError as error:
        raise ModelError(f"{ref.label} does not fit into memory; close other programs or choose a smaller model.") from error
    except Exception as error:  # shapes that do not fit, missing quantisation packages: one sentence for each
        raise ModelError(
            f"The weights of {ref.label} cannot be loaded ({one_line(error)}); download the model again or choose another."
        ) from error
