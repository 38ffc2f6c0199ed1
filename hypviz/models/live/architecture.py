"""Which class of transformers a model folder is built with, by its own configuration, and whether that model can write text here.

A decoder is opened as it is. Of a model that takes more than text, the language model inside is opened alone where there is a class for
it, transformers' own or one of `text_alone`. Encoders, encoder-decoders and what else does not write from left to right open with the
class that config.json names: their tables can be read and the layers that read text measured, and a sentence says why they cannot answer.
Reads no weight.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.live.config import load_config
from hypviz.models.live.gguf_tables import ONLY_TABLES, tables_architecture
from hypviz.models.live.libraries import transformers_library
from hypviz.models.live.text_alone import writing_class
from hypviz.records.models import ModelRef

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

_WRITES = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")  # how names of classes end that write text
_FOREIGN = ("AutoModelForCausalLM", "AutoModelForSeq2SeqLM", "AutoModelForMaskedLM", "AutoModel")
_OTHERS = (
    ("AutoModelForSeq2SeqLM", "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES"),
    ("AutoModelForMaskedLM", "MODEL_FOR_MASKED_LM_MAPPING_NAMES"),
    ("AutoModelForImageTextToText", "MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES"),
    ("AutoModel", "MODEL_MAPPING_NAMES"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """`made` is the class or auto class that makes the model of `config`; `within` the model_type of the larger model it is a part of.

    `no_answers` says, as half a sentence about "it", why it cannot answer or be fine-tuned; None where it can. `reads_text` is whether
    its layers can be measured on text alone.
    """

    config: PreTrainedConfig
    made: Any
    within: str | None
    no_answers: str | None
    reads_text: bool
    trust_remote_code: bool

    def build(self) -> PreTrainedModel:
        """The model in float32 with new weights, on torch's default device; raises whatever the architecture objects to."""
        import torch

        if hasattr(self.made, "from_config"):
            return self.made.from_config(self.config, trust_remote_code=self.trust_remote_code, dtype=torch.float32)
        return self.made(self.config)


def architecture_of(folder: Path, *, trust_remote_code: bool) -> Architecture:
    """The architecture of the model in `folder`; raises `ModelError`."""
    raw = read_json(folder / "config.json")
    if ONLY_TABLES in raw:
        config, made = tables_architecture(raw)
        why = str(raw[ONLY_TABLES])
        return Architecture(config=config, made=made, within=None, no_answers=why, reads_text=False, trust_remote_code=False)
    config = load_config(folder, trust_remote_code=trust_remote_code)
    names = [str(name) for name in raw.get("architectures") or ()]
    made, within = _foreign(raw), None
    why, reads_text = _why_not(config, names), _reads_text(config)
    if made is None:
        text = getattr(config, "text_config", None)
        inner = _language_model(config, text) if text is not None else None
        if text is not None and inner is not None:
            config, made, within, why, reads_text = _as_in(config, text), inner, str(config.model_type), None, True
        elif text is not None:
            why, reads_text = _not_alone(raw, config, text), False
    if made is None:
        made = _named(names, config) if why else transformers_library().AutoModelForCausalLM
    if made is None:
        raise ModelError(
            f"{folder} is a {config.model_type} model, for which transformers has no class that reads text; choose a language model."
        )
    return Architecture(
        config=config,
        made=made,
        within=within,
        no_answers=why,
        reads_text=reads_text,
        trust_remote_code=trust_remote_code,
    )


@lru_cache(maxsize=8)
def no_answers(ref: ModelRef) -> str | None:
    """Why nothing but the tables of a resolved model can be used, as one sentence; None where it can answer. Raises `ModelError`."""
    folder = Path(ref.path)
    if _plainly_writes(read_json(folder / "config.json")):
        return None
    why = architecture_of(folder, trust_remote_code=ref.trust_remote_code).no_answers
    return None if why is None else f"{ref.label} cannot answer or be fine-tuned here: {why}."


@lru_cache(maxsize=8)
def reads_text(ref: ModelRef) -> bool:
    """Whether the layers of a resolved model can be measured on text: a decoder's, or those with which an encoder reads."""
    folder = Path(ref.path)
    if _plainly_writes(read_json(folder / "config.json")):
        return True
    return architecture_of(folder, trust_remote_code=ref.trust_remote_code).reads_text


def _plainly_writes(raw: dict[str, Any]) -> bool:
    """Whether config.json alone tells that a model is a decoder, so that a page need not wait for transformers."""
    names = [str(name) for name in raw.get("architectures") or ()]
    plain = bool(names) and all(name.endswith(("ForCausalLM", "LMHeadModel")) for name in names)
    return plain and not raw.get("is_encoder_decoder") and "text_config" not in raw


def _foreign(raw: dict[str, Any]) -> Any:
    """The auto class for a model whose code comes with it; None for a model of transformers itself."""
    if not raw.get("auto_map"):
        return None
    found = next((name for name in _FOREIGN if name in raw["auto_map"]), _FOREIGN[0])
    return getattr(transformers_library(), found)


def _why_not(config: PreTrainedConfig, names: list[str]) -> str | None:
    """Why a model does not write text from left to right, None if it does."""
    from transformers.models.auto import modeling_auto as auto

    kind = str(config.model_type)
    if config.is_encoder_decoder:
        return f"it is an encoder-decoder ({kind}), and hypviz generates and fine-tunes with decoders alone"
    if names and not any(name.endswith(_WRITES) for name in names):
        return f"it is a {names[0]}, which does not write text from left to right"
    reads_both_ways = kind in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES and not getattr(config, "is_decoder", False)
    known = kind in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES or hasattr(config, "auto_map")
    if not known or (not names and reads_both_ways):
        return f"it is a {kind} model, which does not write text from left to right"
    return None


def _reads_text(config: PreTrainedConfig) -> bool:
    """Whether token ids alone go through the model's layers, or through those of its encoder."""
    from transformers.models.auto import modeling_auto as auto

    return not config.is_encoder_decoder or str(config.model_type) in auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES


def _language_model(config: PreTrainedConfig, text: PreTrainedConfig) -> Any:
    """What makes the language model of `text` without the rest of `config`; None where there is no such class."""
    from transformers.models.auto import modeling_auto as auto

    transformers, causal = transformers_library(), auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    if _why_not(text, []) is None:
        return transformers.AutoModelForCausalLM
    found = getattr(transformers, str(causal.get(str(config.model_type))), None)
    return found if found is not None and found.config_class is type(text) else writing_class(text)


def _as_in(config: PreTrainedConfig, text: PreTrainedConfig) -> PreTrainedConfig:
    """The language model's own configuration, with what the larger model's says in its place."""
    own = copy.deepcopy(text)
    for name in ("tie_word_embeddings", "quantization_config", "dtype"):
        if getattr(config, name, None) is not None:
            setattr(own, name, getattr(config, name))
    return own


def _not_alone(raw: dict[str, Any], config: PreTrainedConfig, text: PreTrainedConfig) -> str:
    sees = "a vision-language model" if raw.get("vision_config") else "a model that takes more than text"
    return f"it is a {config.model_type}, {sees}, and transformers has no class for its language model ({text.model_type}) without the rest"


def _named(names: Iterable[str], config: PreTrainedConfig) -> Any:
    """The class that config.json names, else the auto class that knows the configuration, else None."""
    from transformers.models.auto import modeling_auto as auto

    transformers = transformers_library()
    for name in names:
        found = getattr(transformers, name, None)
        if isinstance(found, type) and isinstance(config, getattr(found, "config_class", None) or ()):
            return found
    kind = str(config.model_type)
    return next((getattr(transformers, made) for made, known in _OTHERS if kind in getattr(auto, known)), None)
