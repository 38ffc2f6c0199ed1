"""Which columns can be rows of one batch, how many rows fit, and rows that leave a batch when they have ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model

from hypviz.cli.generate import lender
from hypviz.corpora import read_problems
from hypviz.generate import asked_columns, continue_prompts, encode_questions
from hypviz.generate.bench import bench
from hypviz.generate.problem_sets import ManyPrompts, answer_problems
from hypviz.generate.rows import MOST_ROWS, columns_together, rows_that_fit
from hypviz.hyplora.rows import tells_rows_apart
from hypviz.models import encode_prompts, load_model, resolve
from hypviz.records.answers import Column, Decoding
from hypviz.runs.folder import shipped_root
from tests.generate.test_continuing import PROMPTS
from tests.stages import Stage

BASE = Column(name="base")


def saved(stage: Stage, folder: Path, **choices: Any) -> Column:
    config = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM", **choices)
    get_peft_model(load_model(stage.ref, dtype="float32"), config).save_pretrained(folder)
    return Column(name=folder.name, adapter=str(folder))


def together(stage: Stage, columns: Sequence[Column], n: int = 1) -> tuple[str, ...]:
    prompts = encode_prompts(stage.ref, PROMPTS[:n])
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as ready:
        return tuple(column.name for column in columns_together(ready, columns, prompts))


def test_columns_that_peft_cannot_tell_apart_by_rows_go_on_alone(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    dora, whole = saved(stage, tmp_path / "dora", use_dora=True), saved(stage, tmp_path / "whole", modules_to_save=["lm_head"])
    assert together(stage, [*columns, dora]) == ("base", "lora", "hyplora")
    assert together(stage, [BASE, whole]) == () and together(stage, [BASE]) == ()


def test_a_column_that_answers_otherwise_among_others_goes_on_alone(
    stage: Stage, columns: tuple[Column, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    from hypviz.hyplora import rows

    add = rows._add_update

    def wrong(layer: Any, key: str, x: Any, result: Any) -> None:
        add(layer, key, x, result)
        if "hyplora" in key:
            result += 1.0

    monkeypatch.setattr(rows, "_add_update", wrong)
    assert together(stage, columns) == ("base", "lora")

    def refuse(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(rows, "_add_update", refuse)
    assert together(stage, columns) == ()


def test_rows_fit_into_half_of_the_free_memory(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    decoding, beams = Decoding(max_new_tokens=32), Decoding(max_new_tokens=32, beams=4)
    assert rows_that_fit(stage.model, 40, decoding) == MOST_ROWS and rows_that_fit(stage.model, 40, beams) == MOST_ROWS // 4
    monkeypatch.setattr("hypviz.generate.rows.available_memory", lambda: 20_000_000)
    some = rows_that_fit(stage.model, 40, decoding)
    assert 1 < some < MOST_ROWS and rows_that_fit(stage.model, 80, decoding) < some
    monkeypatch.setattr("hypviz.generate.rows.available_memory", lambda: 0)
    assert rows_that_fit(stage.model, 40, decoding) == 1


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
@pytest.mark.parametrize("has_cache", [True, False])
def test_rows_that_have_ended_leave_and_the_others_go_on_as_if_alone(
    architecture: str, has_cache: bool, stages: Callable[[str], Stage], monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stages(architecture)
    monkeypatch.setattr("hypviz.generate.continuing.SLICE", 3)
    if not has_cache:
        monkeypatch.setattr("hypviz.generate.continuing._cache_of", lambda *_: None)
    prompts = encode_prompts(stage.ref, PROMPTS)
    plain = Decoding(max_new_tokens=12, stop_at_question=False)
    alone = [continue_prompts(stage.model, stage.tokenizer, [prompt], plain)[0] for prompt in prompts]
    first = stage.tokenizer.decode(alone[0].token_ids[:4])
    decoding, left = Decoding(max_new_tokens=12, stop_at_question=False, stop=(first,)), list[list[int]]()
    found = continue_prompts(stage.model, stage.tokenizer, prompts, decoding, on_rows=lambda places: left.append(list(places)))
    assert found[0].token_ids == alone[0].token_ids[: len(found[0].token_ids)] and len(found[0].token_ids) <= 4
    for one, other in zip(found[1:], alone[1:], strict=True):
        assert one.token_ids == other.token_ids[: len(one.token_ids)] and (one.ended == other.ended or one.ended == "stop string")
        assert one.log_probs == pytest.approx(other.log_probs[: len(one.log_probs)], abs=1e-4)
    assert min(len(places) for places in left) < len(prompts)


def test_an_adapter_that_saves_nothing_whole_tells_rows_apart(stage: Stage, columns: tuple[Column, ...]) -> None:
    with bench(stage.ref, stage.model, stage.tokenizer, columns) as ready:
        assert ready.peft_model is not None and tells_rows_apart(ready.peft_model, "lora")
        assert ready.stands_in_rows(BASE)
        with ready.using_rows(list(columns)) as (model, keep), torch.no_grad():
            keep([2])
            ids = torch.tensor([encode_prompts(stage.ref, PROMPTS[:1])[0]])
            one = model(input_ids=ids).logits
        with ready.using(columns[2]) as model, torch.no_grad():
            assert torch.allclose(one, model(input_ids=ids).logits, atol=1e-5)
    with bench(stage.ref, stage.model, stage.tokenizer, []) as ready:
        assert not ready.stands_in_rows(BASE)


@pytest.mark.slow
def test_the_columns_of_the_shipped_run_write_the_same_as_rows_and_one_after_another() -> None:
    folders, ref = shipped_root().glob("*/adapter/*lora"), resolve("bundled")
    asked = asked_columns(ref, [Column(name=folder.name, adapter=str(folder)) for folder in folders])
    assert len(asked) == 4
    questions = [problem.question for problem in read_problems("two-step", limit=6, split="test").problems]
    prompts = [prompt for prompt in encode_questions(ref, questions, max_new_tokens=32) if prompt is not None]
    lend, decoding = lender(ref), Decoding(max_new_tokens=32)
    rows, apart = (answer_problems(ManyPrompts(ref, asked, prompts, decoding, lend, together=together)) for together in (True, False))
    assert {name: column.answers for name, column in rows.items()} == {name: column.answers for name, column in apart.items()}
