"""Models of many architectures, each built from its own configuration: tables, sizes, what an adapter reaches, and the loaded model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hypviz import models
from hypviz.errors import ModelError
from hypviz.generate import hidden_states, read_layers
from hypviz.models.checkpoint.contents import contents_sentences, file_contents
from hypviz.models.live.architecture import no_answers
from hypviz.models.live.libraries import transformers_library
from hypviz.records.models import ModelRef
from tests.architectures import DECODERS, HIDDEN, LAYERS, READERS, WRAPPERS, build_architecture

SCALED = {"gemma", "gemma2", "gemma3_text"}
OPENED_ALONE = {  # wrappers by what is opened of them, and what they are called
    "LlavaForConditionalGeneration": ("LlamaForCausalLM", "llava"),
    "Gemma3ForConditionalGeneration": ("Gemma3ForCausalLM", "gemma3"),
    "MllamaForConditionalGeneration": ("MllamaForCausalLM", "mllama"),
    "Qwen2VLForConditionalGeneration": ("Qwen2VLTextModelForCausalLM", "qwen2_vl"),
    "Qwen2_5_VLForConditionalGeneration": ("Qwen2_5_VLTextModelForCausalLM", "qwen2_5_vl"),
    "Qwen3VLForConditionalGeneration": ("Qwen3VLTextModelForCausalLM", "qwen3_vl"),
}
TABLES_ONLY = {
    "T5ForConditionalGeneration": "it is an encoder-decoder (t5), and hypviz generates and fine-tunes with decoders alone",
    "BartForConditionalGeneration": "it is an encoder-decoder (bart), and hypviz generates and fine-tunes with decoders alone",
    "BertForMaskedLM": "it is a BertForMaskedLM, which does not write text from left to right",
    "BertModel": "it is a BertModel, which does not write text from left to right",
    "RobertaForMaskedLM": "it is a RobertaForMaskedLM, which does not write text from left to right",
    "DistilBertForMaskedLM": "it is a DistilBertForMaskedLM, which does not write text from left to right",
    "LlamaForSequenceClassification": "it is a LlamaForSequenceClassification, which does not write text from left to right",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModelRef]:
    """The resolved tiny model of an architecture, built once."""
    made: dict[str, Path] = {}

    def ref(name: str) -> ModelRef:
        if name not in made:
            made[name] = build_architecture(tmp_path_factory.mktemp("architecture") / name, name)
        return models.resolve(str(made[name]))

    return ref


@pytest.mark.parametrize("name", DECODERS)
def test_tables_are_those_of_the_loaded_model(built: Callable[[str], ModelRef], name: str) -> None:
    import torch

    ref = built(name)
    summary, model = models.summarise(ref), models.load_model(ref, dtype="float32")
    table, head = model.get_input_embeddings().weight.detach().numpy(), model.get_output_embeddings().weight.detach().numpy()
    np.testing.assert_array_equal(models.read_embeddings(ref).values[:], table)
    np.testing.assert_array_equal(models.read_embeddings(ref, output=True).values[:], head)
    assert (summary.vocab_size, summary.hidden_size, summary.n_layers) == (*table.shape, LAYERS)
    assert summary.tied == np.array_equal(table, head)
    with torch.no_grad():
        assert model(input_ids=torch.tensor([[1, 2, 3]])).logits.shape == (1, 3, len(head))


@pytest.mark.parametrize("name", DECODERS)
def test_the_scale_inside_is_found(built: Callable[[str], ModelRef], name: str) -> None:
    assert models.summarise(built(name)).embedding_scale == pytest.approx(HIDDEN**0.5 if name in SCALED else 1.0)


@pytest.mark.parametrize("name", [*DECODERS, *OPENED_ALONE])
def test_what_an_adapter_reaches_is_what_peft_puts_one_on(built: Callable[[str], ModelRef], name: str) -> None:
    from peft import LoraConfig, get_peft_model
    from peft.tuners.lora import LoraLayer

    ref = built(name)
    summary, model = models.summarise(ref), models.load_model(ref, dtype="float32")
    adapted = get_peft_model(model, LoraConfig(r=2, target_modules=list(summary.linear_names)))
    layers = [module for module in adapted.modules() if isinstance(module, LoraLayer)]
    assert sum(layer.get_base_layer().weight.numel() for layer in layers) == summary.n_linear_parameters > 0
    assert summary.n_parameters == sum(p.numel() for n, p in adapted.named_parameters() if "lora_" not in n)


def test_fused_experts_are_counted_apart(built: Callable[[str], ModelRef]) -> None:
    fused = models.summarise(built("qwen3_moe")).fused
    assert fused == {"experts.gate_up_proj": LAYERS * 4 * 2 * 16 * HIDDEN, "experts.down_proj": LAYERS * 4 * 16 * HIDDEN}
    assert not models.summarise(built("llama")).fused
    assert not models.summarise(built("mamba")).fused, "a convolution is no expert"


@pytest.mark.parametrize("name", TABLES_ONLY)
def test_what_writes_no_text_shows_its_tables(built: Callable[[str], ModelRef], name: str) -> None:
    transformers = transformers_library()
    ref = built(name)
    model = getattr(transformers, name).from_pretrained(ref.path)
    assert models.summarise(ref).architecture == name
    np.testing.assert_array_equal(models.read_embeddings(ref).values[:], model.get_input_embeddings().weight.detach().numpy())
    head = model.get_output_embeddings()
    if head is None:
        with pytest.raises(ModelError, match="has no output embeddings"):
            models.read_embeddings(ref, output=True)
    else:
        np.testing.assert_array_equal(models.read_embeddings(ref, output=True).values[:], head.weight.detach().numpy())
    assert len(models.read_token_table(ref).text) == len(models.read_embeddings(ref).values)


@pytest.mark.parametrize(("name", "why"), TABLES_ONLY.items())
def test_what_writes_no_text_says_so_in_one_sentence(built: Callable[[str], ModelRef], name: str, why: str) -> None:
    ref = built(name)
    assert no_answers(ref) == f"{name} cannot answer or be fine-tuned here: {why}."
    with pytest.raises(ModelError) as caught:
        models.load_model(ref)
    assert (
        str(caught.value)
        == f"{name} cannot answer or be fine-tuned here: {why}; look at its tables or its layers, or choose a causal language model."
    )
    assert no_answers(ref) in contents_sentences(file_contents(ref), label=ref.label, architecture=name)[1]


def test_every_tiny_model_is_tested() -> None:
    assert {*READERS, *WRAPPERS} == {*TABLES_ONLY, *OPENED_ALONE}


@pytest.mark.parametrize(("name", "opened"), OPENED_ALONE.items())
def test_the_language_model_inside_is_opened_alone(built: Callable[[str], ModelRef], name: str, opened: tuple[str, str]) -> None:
    import torch

    ref, ids = built(name), torch.tensor([[1, 2, 3, 4]])
    whole, alone = getattr(transformers_library(), name).from_pretrained(ref.path).eval(), models.load_model(ref, dtype="float32")
    assert models.summarise(ref).architecture == type(alone).__name__ == opened[0]
    assert sum(p.numel() for p in alone.parameters()) < sum(p.numel() for p in whole.parameters())
    with torch.no_grad():
        torch.testing.assert_close(alone(input_ids=ids).logits, whole(input_ids=ids).logits)
    np.testing.assert_array_equal(models.read_embeddings(ref).values[:], whole.get_input_embeddings().weight.detach().numpy())
    np.testing.assert_array_equal(models.read_embeddings(ref, output=True).values[:], whole.get_output_embeddings().weight.detach().numpy())
    contents = file_contents(ref)
    assert (contents.within, contents.missing, contents.unused, contents.refusal) == (opened[1], (), (), None)
    assert contents.n_aside > 0 and no_answers(ref) is None


@pytest.mark.parametrize("name", [name for name in OPENED_ALONE if name.startswith(("Qwen", "Mllama"))])
def test_it_writes_what_the_larger_model_writes_from_text(built: Callable[[str], ModelRef], name: str) -> None:
    import torch

    ref, ids = built(name), torch.tensor([[1, 1, 7, 8, 9], [5, 6, 7, 8, 9]])
    mask = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])  # padded on the left, as batches are
    whole, alone = getattr(transformers_library(), name).from_pretrained(ref.path).eval(), models.load_model(ref, dtype="float32")
    how = {"input_ids": ids, "attention_mask": mask, "max_new_tokens": 6, "do_sample": False}
    assert torch.equal(alone.generate(**how), whole.generate(**how))
    loss = whole(input_ids=ids, attention_mask=mask, labels=ids).loss
    torch.testing.assert_close(alone(input_ids=ids, attention_mask=mask, labels=ids, return_dict=True).loss, loss)
    last = alone(input_ids=ids, attention_mask=mask, logits_to_keep=1).logits
    torch.testing.assert_close(last, whole(input_ids=ids, attention_mask=mask).logits[:, -1:])
    again = alone(input_ids=ids, attention_mask=mask, logits_to_keep=torch.tensor([4])).logits
    torch.testing.assert_close(again, last)


def test_layers_that_look_at_pictures_are_told_and_passed_over(built: Callable[[str], ModelRef]) -> None:
    ref = built("MllamaForConditionalGeneration")
    model, contents, n_layers = models.load_model(ref, dtype="float32"), file_contents(ref), models.summarise(ref).n_layers
    assert contents.passed_over == (1,) and n_layers == LAYERS - 1
    assert len(hidden_states(model, [5, 6, 7])) == n_layers + 1
    said = contents_sentences(contents, label=ref.label, architecture="MllamaForCausalLM")
    assert any(line.startswith("1 of its blocks (2, counted from 1) look at pictures") for line in said)
    reading = read_layers(model, [5, 6, 7], label=ref.label, with_logits=True)
    assert reading.logits is not None and reading.logits.shape[0] == n_layers + 1
    assert not file_contents(built("llama")).passed_over
