"""The loss from the rows that predict an answer is the plain loss, with its gradients, for every architecture or not taken at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from hypviz.hyplora import HypLoraConfig, adapter_parameters, attach_adapters
from hypviz.models.live.libraries import transformers_library
from hypviz.worker import answer_loss as module
from hypviz.worker.answer_loss import AnswerLoss
from hypviz.worker.data import IGNORED

VOCABULARY = 120
SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
# what stands behind the decoder: nothing but the output layer, a soft cap, a divisor, a factor, a bias, a projection before it
CONFIGS = {
    "Llama": SMALL,
    "Gemma2": SMALL | {"head_dim": 8, "final_logit_softcapping": 2.0},
    "Granite": SMALL | {"logits_scaling": 4.0, "embedding_multiplier": 3.0},
    "Cohere": SMALL | {"logit_scale": 0.25},
    "Phi": SMALL,
    "OPT": SMALL | {"ffn_dim": 48, "word_embed_proj_dim": 16},
    "GPTNeoX": SMALL,
    "GPTJ": {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4, "n_positions": 64},
    "Mixtral": SMALL | {"num_local_experts": 2},
    "Bloom": {"vocab_size": VOCABULARY, "hidden_size": 32, "n_layer": 2, "n_head": 4},
}


def adapted(name: str, *, targets: list[str] | None = None):
    """A tiny model of random weights with a HypLoRA adapter whose B is not zero."""
    library = transformers_library()
    config = getattr(library, f"{name}Config")(**CONFIGS[name])
    with torch.random.fork_rng():
        torch.manual_seed(3)
        base = library.AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        for parameter in base.parameters():
            parameter.data.add_(0.05 * torch.randn_like(parameter))  # biases start at 0, where a forgotten one would not show
        wanted = HypLoraConfig(r=2, lora_alpha=4.0, target_modules=targets, task_type="CAUSAL_LM")
        model = attach_adapters(base, {"hyplora": wanted}, 0).eval()
        for parameter in adapter_parameters(model, "hyplora"):
            parameter.data.add_(0.1 * torch.randn_like(parameter))
            parameter.requires_grad_(True)
    return model


def batch() -> dict[str, Tensor]:
    """Three examples of other lengths, padded on the right, whose answers begin elsewhere."""
    ids = torch.randint(3, VOCABULARY, (3, 20), generator=torch.Generator().manual_seed(1))
    mask, labels = torch.ones_like(ids), ids.clone()
    for row, (start, end) in enumerate(((5, 20), (12, 15), (1, 9))):
        mask[row, end:], labels[row, :start], labels[row, end:] = 0, IGNORED, IGNORED
        ids[row, end:] = 0
    weights = torch.full((3,), 1.0 / int((labels[:, 1:] != IGNORED).sum()), dtype=torch.float64)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels, "weights": weights}


def value_and_slopes(loss: AnswerLoss) -> tuple[float, list[Tensor]]:
    found = adapter_parameters(loss.peft_model, "hyplora")
    for parameter in found:
        parameter.grad = None
    value = loss(**batch())
    (3.0 * value).backward()
    return value.item(), [torch.zeros_like(p) if p.grad is None else p.grad.clone() for p in found]


def settled(model) -> AnswerLoss:
    loss = AnswerLoss(model)
    loss.settle(batch(), adapter_parameters(model, "hyplora"))
    return loss


@pytest.mark.parametrize("name", CONFIGS)
def test_answer_rows_give_the_plain_loss_and_its_gradients(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 4 * VOCABULARY * 20)  # two chunks
    model = adapted(name)
    plain, slopes = value_and_slopes(AnswerLoss(model))
    loss = settled(model)
    assert loss.all_logits_because is None
    value, found = value_and_slopes(loss)
    assert value == pytest.approx(plain, rel=1e-6)
    largest = max(float(slope.abs().max()) for slope in slopes)
    assert largest > 1e-4
    for one, other in zip(found, slopes, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-6 * largest)


def test_a_model_whose_last_act_keeps_its_own_output_has_the_right_gradients() -> None:
    model = adapted("Llama")
    _wrap(model, lambda causal, ids, logits: torch.tanh(logits))
    plain, slopes = value_and_slopes(AnswerLoss(model))
    loss = settled(model)
    assert loss.all_logits_because is None
    value, found = value_and_slopes(loss)
    assert value == pytest.approx(plain, rel=1e-6)
    assert all(torch.allclose(one, other, rtol=1e-4, atol=1e-7) for one, other in zip(found, slopes, strict=True))


def test_no_more_logits_exist_at_once_than_a_chunk_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 4 * VOCABULARY * 17)
    model, seen = adapted("Llama"), []
    loss = settled(model)
    model.get_base_model().lm_head.register_forward_hook(lambda _, __, output: seen.append(output.shape[-2]))
    loss(**batch()).backward()
    learned = int((batch()["labels"][:, 1:] != IGNORED).sum())
    assert sum(seen) == learned == 26 and max(seen) <= 17


def test_an_adapter_behind_the_decoder_takes_the_plain_pass_and_learns() -> None:
    loss = settled(adapted("Llama", targets=["q_proj", "lm_head"]))
    assert loss.all_logits_because == "an adapter sits behind the decoder"
    _, slopes = value_and_slopes(loss)
    assert all(float(slope.abs().max()) > 0 for slope in slopes)


def _wrap(model, change: Callable[[nn.Module, Tensor, Tensor], Tensor]) -> None:
    """The architecture does something more with its logits, knowing the ids it was given."""
    causal = model.get_base_model()
    forward = causal.forward

    def changed(input_ids: Tensor, **options: object):
        output = forward(input_ids=input_ids, **options)
        output.logits = change(causal, input_ids, output.logits)
        return output

    causal.forward = changed


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda _, ids, logits: logits + 0.1 * ids.unsqueeze(-1), "gives other logits"),
        (lambda causal, ids, logits: logits * causal.nothing, "cannot be run alone"),
    ],
    ids=["ids", "crash"],
)
def test_what_cannot_be_run_on_rows_alone_takes_the_plain_pass(change, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = adapted("Llama")
    if reason == "gives other logits":
        _wrap(model, change)
    else:
        monkeypatch.setattr(AnswerLoss, "_answer_rows", lambda *_: (_ for _ in ()).throw(AttributeError("nothing")))
    loss = settled(model)
    assert reason in (loss.all_logits_because or "")
    value, slopes = value_and_slopes(loss)
    plain, expected = value_and_slopes(AnswerLoss(model))
    assert value == plain and all(torch.equal(a, b) for a, b in zip(slopes, expected, strict=True))


def test_a_look_runs_every_adapted_layer_and_no_output_layer() -> None:
    model, seen = adapted("Llama"), []
    loss = settled(model)
    model.get_base_model().lm_head.register_forward_hook(lambda *_: seen.append("head"))
    model.get_base_model().model.layers[1].register_forward_hook(lambda *_: seen.append("block"))
    given = batch()
    n_bytes = loss.look(given["input_ids"], given["attention_mask"], given["labels"])
    assert seen == ["block"] and n_bytes == 26 * 32 * 4
