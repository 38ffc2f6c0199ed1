"""A fine-tuned model as a column beside its base: it answers as itself, is let go, and one of other tokens is refused."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from hypviz.corpora import read_problems
from hypviz.errors import AdapterError
from hypviz.generate import asked_columns, bench, column_notice, column_weights, encode_questions, given_columns, whole_models
from hypviz.generate.problem_sets import ManyPrompts, answer_problems
from hypviz.generate.whole_models import is_whole_model
from hypviz.methods import title_of
from hypviz.models import load_model, resolve
from hypviz.models.live import memory
from hypviz.records.answers import BASE, Column, Decoding
from hypviz.records.models import ModelRef
from hypviz.store import Store
from hypviz.studies.compare import compare
from hypviz.studies.evaluate import evaluate
from tests.stages import Stage, comparison, evaluation, make_adapters
from tests.strangers import stranger

IDS = torch.tensor([[5, 17, 42, 8, 23, 61, 9]])


@pytest.fixture
def tuned(stage: Stage, tmp_path: Path) -> Path:
    """The tiny Llama with other weights in one layer."""
    folder = tmp_path / "tuned"
    shutil.copytree(stage.ref.path, folder)
    state = load_file(folder / "model.safetensors")
    name = "model.layers.0.mlp.down_proj.weight"
    state[name] = -3.0 * state[name]
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def logits(model: torch.nn.Module) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=IDS).logits


def test_it_answers_as_itself_beside_adapters_and_is_let_go(stage: Stage, tuned: Path, tmp_path: Path) -> None:
    lora = make_adapters(tmp_path / "made", stage.ref)["lora"]
    columns = [Column(name="lora", adapter=str(lora)), Column(name="tuned", adapter=str(tuned))]
    before, expected = logits(stage.model), logits(load_model(resolve(str(tuned)), dtype="float32"))
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as on_bench:
        with on_bench.using(columns[1]) as model:
            assert model is not stage.model and torch.equal(logits(model), expected) and not torch.equal(expected, before)
        with on_bench.using(Column(name=BASE)) as model:
            assert model is stage.model and torch.equal(logits(model), before)
        assert on_bench.is_probed(columns[0]) and not on_bench.is_probed(columns[1])
    assert not len(on_bench.whole._kept) and torch.equal(logits(stage.model), before)


def test_it_is_compared_and_counted_beside_the_base(stage: Stage, tuned: Path, tmp_path: Path) -> None:
    columns = [Column(name="tuned", adapter=str(tuned))]
    found = compare(comparison(stage.ref, columns, "How many?", tokens=4), lend=stage.lend, store=Store(tmp_path / "store")).columns
    assert [column.name for column in found] == [BASE, "tuned"] and found[1].generation.probe is None
    assert found[1].generation.logit_difference and "is a whole model (tuned) and no adapter" in str(found[1].notice)
    problems = read_problems("one-step:7", limit=3, split="test")
    counted = evaluate(evaluation(stage.ref, columns, problems, tokens=2), lend=stage.lend, store=Store(tmp_path / "store"))
    assert [score.name for score in counted.columns] == [BASE, "tuned"] and title_of(
        counted.columns[1].weights.method
    ) == "Fine-tuned model"


def test_an_evaluation_reads_it_once_where_there_is_room_and_gives_it_up_where_not(
    stage: Stage, tuned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = shutil.copytree(stage.ref.path, tmp_path / "again")
    columns = asked_columns(stage.ref, [Column(name="tuned", adapter=str(tuned)), Column(name="again", adapter=str(again))])
    prompts = [p for p in encode_questions(stage.ref, ["1 + 1?", "2 + 2?"], max_new_tokens=2) if p is not None]
    read: list[str] = []

    def load(ref: ModelRef, **how: Any) -> Any:
        read.append(ref.label)
        return load_model(ref, **how)

    monkeypatch.setattr(whole_models, "load_model", load)
    found = answer_problems(ManyPrompts(stage.ref, columns, prompts, Decoding(max_new_tokens=2), stage.lend, batch_size=1))
    assert [len(written.texts) for written in found.values()] == [2, 2, 2]
    assert read == ["tuned", "again"] and not any(len(kept) for kept in whole_models._KEPT)
    with contextlib.closing(whole_models.KeptModels()) as kept:
        other = kept.get(resolve(str(tuned)), stage.model)
        assert kept.get(resolve(str(tuned)), stage.model) is other
        monkeypatch.setattr(whole_models, "available_memory", lambda: 1000)
        kept.get(resolve(str(again)), stage.model)
        assert len(kept) == 1 and kept.get(resolve(str(tuned)), stage.model) is not other
        for let_go in memory._GIVING_WAY:
            let_go()
        assert not len(kept)


def test_its_answers_are_kept_under_its_own_content(stage: Stage, tuned: Path) -> None:
    column = given_columns([f"tuned={tuned}"])[0]
    first = column_weights(stage.ref, column)
    assert first.adapter == resolve(str(tuned)).fingerprint and first.base == stage.ref.fingerprint
    (_, asked) = asked_columns(stage.ref, [column])
    state = load_file(tuned / "model.safetensors")
    save_file({name: tensor * 2 for name, tensor in state.items()}, tuned / "model.safetensors", metadata={"format": "pt"})
    with (
        pytest.raises(AdapterError, match="was replaced by another while it was in use"),
        bench(stage.ref, stage.model, stage.tokenizer, [column], weights={"tuned": asked.weights}),
    ):
        pass


def test_one_of_other_tokens_is_refused_and_a_copy_is_told(stage: Stage, stages: Callable[[str], Stage], tmp_path: Path) -> None:
    other = Column(name="it", adapter=str(stages("gemma3").ref.path))
    with pytest.raises(AdapterError, match=r"gemma3 has other tokens than llama, .* open it as the model"):
        column_weights(stage.ref, other)
    copy = shutil.copytree(stage.ref.path, tmp_path / "copy")
    assert "its files have the content of the base's" in str(column_notice(stage.ref, Column(name="it", adapter=str(copy))))


def test_an_adapter_folder_with_the_models_config_beside_it_is_an_adapter(stage: Stage, tmp_path: Path) -> None:
    folder = stranger(tmp_path / "it", stage.ref)
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    assert not is_whole_model(str(folder)) and not is_whole_model(str(tmp_path)) and not is_whole_model(str(tmp_path / "no.gguf"))
    with pytest.raises(AdapterError, match=r"is not an adapter folder, .* or that of a fine-tuned model"):
        given_columns([f"it={tmp_path}"])


@pytest.mark.parametrize("folder", ["x" * 5000, "/tmp/\0x", "~nobody-has-this-name", "x" * 5000 + ".gguf"])
def test_a_folder_that_cannot_even_be_looked_up_is_refused_in_one_sentence(folder: str) -> None:
    with pytest.raises(AdapterError, match="is not an adapter folder"):
        given_columns([f"tuned={folder}"])
