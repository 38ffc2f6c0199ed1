"""The configuration of a model folder, refused with a sentence when the architecture cannot be used here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypviz.errors import ModelError
from hypviz.models.checkpoint.folder import read_json
from hypviz.models.live.libraries import transformers_library

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

FIRST_ROWS_OF = "hypviz_first_rows_of"  # in a config.json: the tables beside it are the first rows of tables of so many
_CAUSAL_ENDINGS = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")


def check_config(raw: dict[str, Any], where: str, *, trust_remote_code: bool) -> None:
    """Refuse, from the raw JSON alone, what cannot be used: foreign code, encoder-decoders, models without a language head."""
    model_type = raw.get("model_type")
    if raw.get("auto_map") and not trust_remote_code:
        raise ModelError(
            f"{where} needs Python code that comes with it (auto_map in config.json), and that would run on this machine; "
            "read it, and if you trust it start with `streamlit run app.py -- --trust-remote-code`, or choose another model."
        )
    if not isinstance(model_type, str) or not model_type:
        raise ModelError(f"config.json of {where} names no model_type; copy it again from where the model was published.")
    if raw.get("is_encoder_decoder"):
        raise ModelError(
            f"{where} is an encoder-decoder ({model_type}); hypviz works on decoder-only language models, so choose one of those."
        )
    names = [str(name) for name in raw.get("architectures") or ()]
    if names and not any(name.endswith(_CAUSAL_ENDINGS) for name in names):
        raise ModelError(f"{where} is a {names[0]}, which does not write text from left to right; choose a causal language model.")


def load_config(folder: Path, *, trust_remote_code: bool) -> PreTrainedConfig:
    """The checked configuration in `folder`; raises `ModelError`."""
    raw = read_json(folder / "config.json")
    check_config(raw, str(folder), trust_remote_code=trust_remote_code)
    transformers = transformers_library()
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES

    model_type = raw["model_type"]
    if not raw.get("auto_map"):
        if model_type not in transformers.CONFIG_MAPPING:
            raise ModelError(
                f"transformers {transformers.__version__} does not know the architecture {model_type!r} of {folder}; choose another model."
            )
        if model_type not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
            if model_type in MODEL_FOR_MULTIMODAL_LM_MAPPING_NAMES:
                raise ModelError(_multimodal(raw, str(folder)))
            raise ModelError(
                f"{folder} is a {model_type} model, which does not write text from left to right; choose a causal language model."
            )
    try:
        return transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=trust_remote_code)
    except Exception as error:  # whatever a configuration class objects to, the person is told
        raise ModelError(
            f"config.json of {folder} is not a valid {model_type} configuration ({one_line(error)}); copy it again."
        ) from error


def rows_of_the_whole(folder: Path) -> int | None:
    """How many rows the tables have of which `folder` holds the first ones; None for a model with all of its rows."""
    found = read_json(folder / "config.json").get(FIRST_ROWS_OF)
    return found if isinstance(found, int) else None


def _multimodal(raw: dict[str, Any], where: str) -> str:
    """What to say of a model that takes more than text: that it is one, and which language model it is built around."""
    inner: dict[str, Any] | None = raw.get("text_config")
    built: object = inner.get("model_type") if isinstance(inner, dict) else None
    named = f" (config.json names a {built})" if isinstance(built, str) and built else ""
    sees = "vision-language model: it reads pictures beside text" if raw.get("vision_config") else "model that takes more than text"
    return (
        f"{where} is a {raw['model_type']}, a {sees}, and hypviz opens language models of text alone; choose the text-only model that it "
        f"is built around{named}."
    )


def one_line(error: BaseException) -> str:
    """The first line of an error's message without its final full stop, or its type where it has none."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(". ") if text else type(error).__name__
