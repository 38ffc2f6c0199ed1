"""Strangers' adapters on a real language model: the base's logits are the same bits before, meanwhile and after, or there is a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from hypviz.errors import AdapterError
from hypviz.generate import bench
from hypviz.models import load_model, load_tokenizer, resolve
from hypviz.models.live.state import ModelState
from hypviz.records.answers import Column
from tests.stages import Stage
from tests.strangers import edited, stranger

PROMPT = "Question: Tom has 12 apples and buys 30 more. How many apples does Tom have now?\nAnswer:"
TARGETS = ["q_proj", "down_proj"]


@pytest.fixture(scope="module")
def real_stage(real_model: Path) -> Stage:
    ref = resolve(str(real_model))
    return Stage(ref=ref, model=load_model(ref, dtype="float32"), tokenizer=load_tokenizer(ref))


@pytest.fixture(scope="module")
def before(real_stage: Stage) -> torch.Tensor:
    return logits(real_stage)


def logits(stage: Stage) -> torch.Tensor:
    with torch.no_grad():
        return stage.model(input_ids=torch.tensor([stage.tokenizer(PROMPT)["input_ids"]])).logits


@pytest.mark.parametrize(
    ("settings", "by_hand", "named"),
    [
        ({"init_lora_weights": True}, {"init_lora_weights": "pissa"}, "init_lora_weights"),
        ({}, {"alora_invocation_tokens": [5, 9]}, "alora_invocation_tokens"),
        ({}, {"layer_replication": [[0, 20], [10, 30]]}, "layer_replication"),
        ({"modules_to_save": ["norm"]}, {}, None),
        ({"modules_to_save": ["lm_head"]}, {}, None),
        ({"trainable_token_indices": [1, 42]}, {}, None),
        ({"bias": "all", "lora_dropout": 0.5}, {}, None),  # no layer of this model has a bias
    ],
    ids=["pissa", "alora", "replication", "norms", "head", "tokens", "bias"],
)
def test_the_real_base_stays_the_real_base(
    real_stage: Stage, before: torch.Tensor, tmp_path: Path, settings: dict[str, Any], by_hand: dict[str, Any], named: str | None
) -> None:
    folder = edited(stranger(tmp_path / "it", real_stage.ref, target_modules=TARGETS, **settings), **by_hand)
    column = Column(name="it", adapter=str(folder))
    if named is not None:
        with pytest.raises(AdapterError, match=named), bench(real_stage.ref, real_stage.model, real_stage.tokenizer, [column]):
            pass
    else:
        with bench(real_stage.ref, real_stage.model, real_stage.tokenizer, [column]) as on_bench:
            with on_bench.using(column):
                own = logits(real_stage)
                assert torch.equal(own, logits(real_stage)) and not torch.equal(own, before)
            with on_bench.using(Column(name="base")):
                assert torch.equal(logits(real_stage), before)
    assert torch.equal(logits(real_stage), before)


def test_the_proof_notices_one_bit_of_a_weight(real_stage: Stage) -> None:
    state = ModelState.of(real_stage.model)
    before, weight = state.checksum(), real_stage.model.model.layers[7].mlp.down_proj.weight
    with torch.no_grad():
        kept = weight[3, 5].item()
        weight[3, 5] = torch.nextafter(torch.tensor(kept), torch.tensor(9.0))
        assert state.checksum() != before
        weight[3, 5] = kept
    assert state.checksum() == before
