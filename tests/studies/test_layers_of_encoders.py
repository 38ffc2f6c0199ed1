"""Layers of models that read and do not answer: states as transformers' own class gives them on its tokenizer's own reading of a text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.torch import load_file, save_file
from tokenizers.processors import TemplateProcessing

from hypviz import models
from hypviz.cli import main
from hypviz.cli.generate import lender
from hypviz.corpora import corpus_from_bytes
from hypviz.errors import HypvizError, ModelError
from hypviz.generate import hidden_states, longest_prompt
from hypviz.hyperbolicity import GAUSSIAN
from hypviz.models.live.libraries import transformers_library
from hypviz.models.live.summary import padding_positions
from hypviz.models.tokenizer.tokens import encode_to_read
from hypviz.records.answers import Column
from hypviz.records.models import ModelRef
from hypviz.studies.answering_model import answering_model, let_go
from hypviz.studies.layers import layers_spec, layers_study
from hypviz.studies.model_notices import stored_notices
from tests.architectures import LAYERS, build_architecture
from tests.checkpoints import SENTENCES, byte_level_tokenizer

READING = ["BertForMaskedLM", "BertModel", "RobertaForMaskedLM", "DistilBertForMaskedLM", "LlamaForSequenceClassification"]
TWO_SIDED = ["T5ForConditionalGeneration", "BartForConditionalGeneration"]
BASE = Column(name="base")


def _encoder_tokenizer(folder: Path) -> None:
    """Give the model in `folder` the tiny tokenizer with a token before and one behind every text, as BERT's has them."""
    tokenizer = byte_level_tokenizer(bos=False)
    ends = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("<|begin|>", "<|end|>")]
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(single="<|begin|> $A <|end|>", special_tokens=ends)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelRef]:
    """The resolved tiny encoder of a class, built once."""
    made: dict[str, Path] = {}

    def ref(name: str) -> ModelRef:
        if name not in made:
            made[name] = build_architecture(tmp_path_factory.mktemp("encoder") / name, name)
            _encoder_tokenizer(made[name])
        return models.resolve(str(made[name]))

    return ref


@pytest.mark.parametrize("name", [*READING, *TWO_SIDED])
def test_states_are_those_of_transformers_own_class(built: Callable[[str], ModelRef], name: str) -> None:
    import torch

    ref, transformers = built(name), transformers_library()
    whole = getattr(transformers, name).from_pretrained(ref.path).eval()
    ids = transformers.AutoTokenizer.from_pretrained(ref.path)(SENTENCES[0])["input_ids"]
    assert encode_to_read(ref, [SENTENCES[0]]) == [ids]
    given = {"input_ids": torch.tensor([ids]), "attention_mask": torch.ones((1, len(ids)), dtype=torch.long)}
    with torch.no_grad():
        out = (whole.get_encoder() if name in TWO_SIDED else whole)(**given, output_hidden_states=True)
    found = hidden_states(models.load_model(ref, dtype="float32", to_answer=False), ids)
    np.testing.assert_allclose(found, torch.cat(out.hidden_states).numpy(), atol=1e-6)
    assert len(found) == LAYERS + 1


def test_the_study_measures_every_layer_and_asks_no_text_of_it(built: Callable[[str], ModelRef]) -> None:
    ref = built("BertForMaskedLM")
    corpus = corpus_from_bytes("\n".join(SENTENCES[:3]).encode("utf-8"), "sentences.txt")
    spec = layers_spec(ref, corpus, BASE, nulls=(GAUSSIAN,))
    study = layers_study(lender(ref, to_answer=False)).get(spec).record
    assert study.is_whole and len(study.layers) == LAYERS + 1
    notices = stored_notices(ref)
    assert notices is not None and notices.plain_text is None and "it does not write text here" in str(notices.not_measured)
    with pytest.raises(ModelError, match="cannot answer or be fine-tuned here"), lender(ref)():
        pass


def test_a_model_in_memory_that_only_reads_answers_nobody(built: Callable[[str], ModelRef]) -> None:
    ref = built("BertModel")
    try:
        answering_model(ref, to_answer=False)
        with pytest.raises(ModelError, match="cannot answer"):
            answering_model(ref)
    finally:
        let_go()


def test_positions_of_padding_are_no_room_for_text(built: Callable[[str], ModelRef]) -> None:
    ref = built("RobertaForMaskedLM")
    model = models.load_model(ref, dtype="float32", to_answer=False)
    longest = longest_prompt(model)
    assert longest == models.summarise(ref).max_positions == 128 - model.config.pad_token_id - 1
    assert padding_positions(models.load_model(built("BertModel"), to_answer=False)) == 0
    assert hidden_states(model, [9] * longest).shape[1] == longest
    with pytest.raises((IndexError, RuntimeError)):
        hidden_states(model, [9] * (longest + 1))


def test_a_pooler_that_is_not_in_the_files_is_no_loss_to_the_layers(built: Callable[[str], ModelRef], tmp_path: Path) -> None:
    whole = built("BertModel")
    folder = Path(shutil.copytree(whole.path, tmp_path / "bert"))
    tensors = load_file(folder / "model.safetensors")
    kept = {name: value for name, value in tensors.items() if not name.startswith("pooler.")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    model = models.load_model(models.resolve(str(folder)), dtype="float32", to_answer=False)
    before = models.load_model(whole, dtype="float32", to_answer=False)
    np.testing.assert_array_equal(hidden_states(model, [5, 6, 7]), hidden_states(before, [5, 6, 7]))
    kept.pop(next(name for name in kept if "attention" in name))
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="lack 1 tensors that its architecture needs"):
        models.load_model(models.resolve(str(folder)), dtype="float32", to_answer=False)


def test_layers_without_one_state_a_token_are_refused(monkeypatch: pytest.MonkeyPatch, built: Callable[[str], ModelRef]) -> None:
    model = models.load_model(built("BertModel"), dtype="float32", to_answer=False)
    inner = model.forward

    def pooled(**given: object):
        out = inner(**given)
        out.hidden_states = (out.hidden_states[0], out.hidden_states[1][:, ::2])
        return out

    monkeypatch.setattr(model, "forward", pooled)
    with pytest.raises(HypvizError, match="BertModel does not give one state a token after each of its layers"):
        hidden_states(model, [5, 6, 7])


def test_the_command_measures_layers_and_says_what_is_not_shown(built: Callable[[str], ModelRef], tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(SENTENCES[:2]), encoding="utf-8")
    asked = ["delta", built("T5ForConditionalGeneration").path, "--prompts", str(prompts), "--layer", "all", "--json"]
    done = CliRunner().invoke(main, asked)
    assert done.exit_code == 0, done.stderr
    assert len(json.loads(done.stdout)["layers"]) == LAYERS + 1
    assert "these layers predict no next token" in done.stderr
    done = CliRunner().invoke(main, ["generate", built("BertModel").path, "--prompt", "a dog"])
    assert done.exit_code == 2 and "cannot answer or be fine-tuned here: it is a BertModel" in done.stderr
