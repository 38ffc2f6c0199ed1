"""A model that takes more than text is called that, and the person learns which language model to choose instead."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hypviz import models
from hypviz.errors import ModelError


@pytest.mark.parametrize(
    ("kind", "inside", "built"),
    [
        ("llava", "llama", "llama"),
        ("qwen2_vl", "qwen2_vl_text", "qwen2_vl_text"),
        ("smolvlm", "llama", "llama"),
        ("mistral3", "mistral", "mistral"),
    ],
)
def test_a_vision_language_model_is_named_as_one(tiny_llama: Path, tmp_path: Path, kind: str, inside: str, built: str) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / kind))
    config = {"model_type": kind, "text_config": {"model_type": inside}, "vision_config": {"hidden_size": 32}}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(
        ModelError, match=rf"is a {kind}, a vision-language model: it reads pictures beside text.*config\.json names a {built}\)"
    ):
        models.summarise(models.resolve(str(folder)))


def test_sound_is_not_called_a_picture(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "sound"))
    (folder / "config.json").write_text(json.dumps({"model_type": "voxtral", "audio_config": {}}))
    with pytest.raises(
        ModelError, match=r"is a voxtral, a model that takes more than text, .* choose the text-only model that it is built around\."
    ):
        models.summarise(models.resolve(str(folder)))
