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


def check_config(raw: dict[str, Any], where: str, *, trust_remote_code: bool) -> None:
    """Refuse, from the raw JSON alone, what cannot be used: code that nobody has allowed to run, and a model without a name of its kind."""
    model_type = raw.get("model_type")
    if raw.get("auto_map") and not trust_remote_code:
        raise ModelError(
            f"{where} needs Python code that comes with it (auto_map in config.json), and that would run on this machine; "
            "read it, and if you trust it start with `streamlit run app.py -- --trust-remote-code`, or choose another model."
        )
    if not isinstance(model_type, str) or not model_type:
        raise ModelError(f"config.json of {where} names no model_type; copy it again from where the model was published.")


def load_config(folder: Path, *, trust_remote_code: bool) -> PreTrainedConfig:
    """The checked configuration in `folder`; raises `ModelError`."""
    raw = read_json(folder / "config.json")
    check_config(raw, str(folder), trust_remote_code=trust_remote_code)
    transformers = transformers_library()
    model_type = raw["model_type"]
    if not raw.get("auto_map") and model_type not in transformers.CONFIG_MAPPING:
        raise ModelError(
            f"transformers {transformers.__version__} does not know the architecture {model_type!r} of {folder}; choose another model."
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


def one_line(error: BaseException) -> str:
    """The first line of an error's message without its final full stop, or its type where it has none."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(". ") if text else type(error).__name__
