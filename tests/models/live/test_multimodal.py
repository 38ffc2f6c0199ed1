"""Models that take more than text: files laid out in another order, and models with no language model inside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from hypviz import models
from hypviz.errors import ModelError
from hypviz.models.checkpoint.contents import file_contents
from tests.architectures import build_architecture


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny Llava."""
    return build_architecture(tmp_path_factory.mktemp("llava") / "llava", "LlavaForConditionalGeneration")


def renamed(folder: Path, inner: str, head: str) -> Path:
    """The same weights with what lies before the language model's own names, and the output layer, called otherwise."""
    file = folder / "model.safetensors"
    tensors = load_file(file)
    names = {name: name.replace("language_model.lm_head.", head).replace("language_model.model.", inner) for name in tensors}
    save_file({names[name]: value for name, value in tensors.items()}, file, metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize(
    ("inner", "head"), [("model.language_model.", "lm_head."), ("language_model.", "lm_head."), ("llm.model.", "llm.lm_head.")]
)
def test_the_language_model_is_found_by_what_is_there(llava: Path, tmp_path: Path, inner: str, head: str) -> None:
    ref = models.resolve(str(renamed(Path(shutil.copytree(llava, tmp_path / "other")), inner, head)))
    plain, other = models.load_model(models.resolve(str(llava)), dtype="float32"), models.load_model(ref, dtype="float32")
    for (name, one), (_, two) in zip(plain.named_parameters(), other.named_parameters(), strict=True):
        np.testing.assert_array_equal(one.detach().numpy(), two.detach().numpy(), err_msg=name)
    assert not file_contents(ref).unused and not file_contents(ref).missing


def test_a_tied_wrapper_has_a_tied_language_model(llava: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(llava, tmp_path / "tied"))
    tensors = load_file(folder / "model.safetensors")
    del tensors["language_model.lm_head.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"tie_word_embeddings": True}))
    ref = models.resolve(str(folder))
    assert models.summarise(ref).tied
    model = models.load_model(ref, dtype="float32")
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight


def test_what_has_no_table_of_tokens_is_refused(tiny_llama: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "pictures"))
    (folder / "config.json").write_text(json.dumps({"model_type": "vit"}))
    with pytest.raises(ModelError, match="is a ViTModel, which has no table of token embeddings; choose a language model"):
        models.summarise(models.resolve(str(folder)))
