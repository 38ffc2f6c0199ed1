"""Whatever an adapter's settings are, the base is the base before, meanwhile and after, or there is a sentence.

The sweep walks the fields of PEFT's own classes: a field or a type that a later PEFT adds fails here until someone has decided.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig

from hypviz.errors import AdapterError
from hypviz.generate import bench, column_weights
from hypviz.hyplora import HypLoraConfig
from hypviz.hyplora.gate import JUDGED, PASSING, REFUSED, default_settings
from hypviz.records.answers import Column
from tests.stages import Stage
from tests.strangers import as_peft_has_it, edited, stranger

IDS = torch.tensor([[5, 17, 42, 8, 23, 61, 9]])
DONE, REFUSAL = "done", "refused"
# Every field of LoraConfig at a value other than its default (several where they differ in kind), and what becomes of it.
FIELDS: dict[str, list[tuple[Any, str]]] = {
    "task_type": [(None, DONE), ("CAUSAL_LM", DONE), ("SEQ_CLS", REFUSAL), ("SEQ_2_SEQ_LM", REFUSAL), ("FEATURE_EXTRACTION", REFUSAL)],
    "peft_type": [("P_TUNING", REFUSAL)],
    "auto_mapping": [({"base_model_class": "LlamaForCausalLM", "parent_library": "transformers"}, DONE)],
    "peft_version": [("0.99.0", DONE)],
    "base_model_name_or_path": [("someone/else", DONE)],
    "revision": [("main", DONE)],
    "inference_mode": [(True, DONE)],
    "r": [(2, DONE)],
    "target_modules": [("all-linear", DONE), (r".*\.1\..*q_proj", DONE), (["embed_tokens", "q_proj"], DONE), (["lm_head"], DONE)],
    "exclude_modules": [(["v_proj"], DONE)],
    "lora_alpha": [(3, DONE)],
    "lora_dropout": [(0.5, DONE)],
    "fan_in_fan_out": [(True, DONE)],
    "bias": [("lora_only", DONE), ("all", DONE), ("some", REFUSAL)],  # this Llama has no biases; those that have are below
    "use_rslora": [(True, DONE)],
    "modules_to_save": [(["norm"], DONE), (["model.norm"], DONE), (["lm_head"], DONE), (["embed_tokens"], DONE)],
    "init_lora_weights": [
        *((start, DONE) for start in (False, "gaussian", "orthogonal", "mica")),
        *((start, REFUSAL) for start in ("pissa", "pissa_niter_4", "olora", "corda", "loftq", "lora_ga", "later", 7)),
        ("eva", DONE),
    ],
    "layers_to_transform": [([1], DONE)],
    "layers_pattern": [("layers", DONE)],
    "rank_pattern": [({"q_proj": 2}, DONE)],
    "alpha_pattern": [({"q_proj": 2}, DONE)],
    "megatron_config": [({"hidden_size": 8}, REFUSAL)],
    "megatron_core": [("my.megatron", DONE)],
    "trainable_token_indices": [([5, 42], DONE), ({"embed_tokens": [5]}, DONE)],
    "loftq_config": [({"loftq_bits": 4}, DONE)],
    "eva_config": [({"rho": 3.0}, DONE)],
    "corda_config": [({"corda_method": "kpm"}, DONE)],
    "lora_ga_config": [({"stable_gamma": 8}, DONE)],
    "use_dora": [(True, DONE)],
    "velora_config": [({"num_groups": 4}, REFUSAL)],
    "alora_invocation_tokens": [([300, 12], REFUSAL)],
    "use_qalora": [(True, REFUSAL)],
    "qalora_group_size": [(8, DONE)],
    "monteclora_config": [({"num_samples": 4}, REFUSAL)],
    "layer_replication": [([[0, 2], [1, 2]], REFUSAL)],
    "runtime_config": [({"ephemeral_gpu_offload": True}, DONE)],
    "lora_bias": [(True, DONE)],
    "target_parameters": [(["q_proj.weight"], REFUSAL)],
    "use_bdlora": [({"nblocks": 2}, REFUSAL)],
    "arrow_config": [({"top_k": 2}, REFUSAL)],
    "kasa_config": [({"beta": 1e-3}, REFUSAL)],
    "ensure_weight_tying": [(True, DONE)],
}
HYPERBOLIC: dict[str, Any] = {"c": 4.0, "learn_c": False, "lora_beyond": 2.0, "variant": "paper", "official_k": 0.5}
# Written into the file by hand: PEFT has no adapter of them to save, or keeps them out of the file.
BY_HAND = {"peft_version", "runtime_config", "eva_config", "corda_config", "lora_ga_config", "loftq_config", "revision", "inference_mode"}
CASES = [(name, value, outcome) for name, entries in FIELDS.items() for value, outcome in entries]


def test_every_field_of_the_class_is_swept_and_has_a_verdict() -> None:
    fields = {entry.name for entry in dataclasses.fields(LoraConfig)}
    assert set(FIELDS) == fields
    assert set(HYPERBOLIC) == {entry.name for entry in dataclasses.fields(HypLoraConfig)} - fields
    assert {*PASSING, *REFUSED, *JUDGED} - {"num_tasks"} == fields | set(HYPERBOLIC)  # that one is of virtual tokens
    assert not PASSING & (REFUSED.keys() | JUDGED.keys()) and not REFUSED.keys() & JUDGED.keys()
    defaults = default_settings(LoraConfig)
    assert not [name for name, value, _ in CASES if value == defaults[name] and value is not None]


@pytest.mark.parametrize(("name", "value", "outcome"), CASES, ids=lambda value: str(value)[:30])
def test_a_setting_leaves_the_base_alone_or_is_refused(stage: Stage, tmp_path: Path, name: str, value: Any, outcome: str) -> None:
    by_hand = outcome == REFUSAL or name in BY_HAND or value == "eva"
    more = {"layers_to_transform": [0]} if name == "layers_pattern" else {}
    folder = stranger(tmp_path / "it", stage.ref, **more, **({} if by_hand else {name: value}))
    named = "P_TUNING" if name == "peft_type" else name
    require_base_or_sentence(stage, edited(folder, **{name: value}) if by_hand else folder, outcome, named)


@pytest.mark.parametrize("name", HYPERBOLIC)
def test_a_setting_of_hyplora_is_done(stage: Stage, tmp_path: Path, name: str) -> None:
    from hypviz.hyplora import attach_adapters, save_adapter
    from hypviz.models import load_model

    variant = {"variant": "official"} if name == "official_k" else {}
    config = HypLoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False, **variant, **{name: HYPERBOLIC[name]})
    model = attach_adapters(load_model(stage.ref, dtype="float32"), {"it": config}, seed=0)
    save_adapter(model, "it", tmp_path / "it", base_fingerprint=stage.ref.fingerprint, method="hyplora", run_id=None)
    require_base_or_sentence(stage, tmp_path / "it", DONE, name)


def test_plain_tensors_under_the_type_of_hyplora_are_refused(stage: Stage, tmp_path: Path) -> None:
    require_base_or_sentence(stage, edited(stranger(tmp_path / "it", stage.ref), peft_type="HYPLORA"), REFUSAL, "lora_log_radius")


def require_base_or_sentence(stage: Stage, folder: Path, outcome: str, named: str) -> None:
    """The law of the sweep; a refusal is one sentence that names what it is about."""
    column, before = Column(name="it", adapter=str(folder)), logits(stage)
    modules, attributes = [n for n, _ in stage.model.named_modules()], set(vars(stage.model))
    if outcome == DONE:
        expected = as_peft_has_it(folder, stage.ref, IDS)
        assert not torch.equal(expected, before), "the adapter under test does nothing"
        with bench(stage.ref, stage.model, stage.tokenizer, [Column(name="base"), column]) as on_bench:
            for _ in range(2):
                with on_bench.using(column):
                    assert torch.equal(logits(stage), expected)
                with on_bench.using(Column(name="base")):
                    assert torch.equal(logits(stage), before)
    else:
        with (
            pytest.raises(AdapterError, match=named) as caught,
            bench(stage.ref, stage.model, stage.tokenizer, [column]),
        ):
            pass
        sentence = str(caught.value)
        assert sentence.endswith(".") and "\n" not in sentence and "; " in sentence
        if named != "lora_log_radius":  # that one takes the model's layers to be seen
            with pytest.raises(AdapterError, match=named):  # pages say it before the model is read
                column_weights(stage.ref, column)
    assert torch.equal(logits(stage), before)
    assert [n for n, _ in stage.model.named_modules()] == modules and set(vars(stage.model)) == attributes


def logits(stage: Stage) -> torch.Tensor:
    with torch.no_grad():
        return stage.model(input_ids=IDS).logits
