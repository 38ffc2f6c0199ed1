"""The comparison: stored answers are reused column by column, unfinished ones never; two threads never mix adapters."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hypviz.bundled import bundled_folder
from hypviz.cli.generate import lender
from hypviz.errors import AdapterError, HypvizError, Stopped
from hypviz.models import resolve
from hypviz.records.answers import PAPER, STOPPED, Column, Comparison
from hypviz.records.asking import NONE, Asking
from hypviz.records.specs.answers import ComparisonSpec
from hypviz.scoring import first_difference
from hypviz.store import Store
from hypviz.studies.compare import ANSWERS, COMPARISONS, Deaf, compare, n_unanswered, stored_comparison
from hypviz.work import Work
from tests.scoring.records import generation
from tests.stages import Stage, comparison
from tests.watching import Watcher

PROMPT = "Tom has 12 apples and buys 30 more."


def asked(stage: Stage, columns: Sequence[Column], prompt: str = PROMPT, **choices: Any) -> ComparisonSpec:
    return comparison(stage.ref, columns, prompt, **{"tokens": 10, **choices})


class Recorded(Deaf):
    """A listener that remembers which columns began, and whose tokens it heard."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.heard: list[str] = []

    def begin(self, *names: str) -> None:
        self.begun += names

    def add(self, name: str, text: str) -> None:
        self.heard.append(name)


def tokens(found: Comparison) -> list[list[int]]:
    return [column.generation.token_ids.tolist() for column in found.columns]


def test_the_same_weights_elsewhere_are_the_same_question(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    copied = [Column(name=c.name, adapter=c.adapter and str(shutil.copytree(c.adapter, tmp_path / c.name))) for c in columns]
    here, there = asked(stage, columns), asked(stage, copied)
    assert here != there and COMPARISONS.key(here) == COMPARISONS.key(there)
    assert COMPARISONS.key(here) != COMPARISONS.key(asked(stage, columns[:2]))


def test_another_curvature_is_another_question_and_its_answer_says_so(stage: Stage, columns: tuple[Column, ...]) -> None:
    turned = dataclasses.replace(columns[2], curvature=0.25)
    trained, other = asked(stage, columns[2:]), asked(stage, [turned])
    assert COMPARISONS.key(trained) != COMPARISONS.key(other)
    assert dict(trained.columns[1].weights.identity).keys() == {"base", "adapter"}  # as it was before there was a dial
    found = [compare(spec, lend=stage.lend, store=Store()).columns[1] for spec in (trained, other)]
    assert found[0].notice is None and found[0].generation.probe is not None and found[1].generation.probe is not None
    assert found[1].notice == "hyplora runs with its c multiplied by 0.25 in every layer, and was not trained at this value."
    assert found[0].generation.probe.overall.gain.median > found[1].generation.probe.overall.gain.median > 1.0
    lora = compare(asked(stage, [dataclasses.replace(columns[2], curvature=0.0)]), lend=stage.lend, store=Store()).columns[1]
    assert "as plain LoRA (c = 0)" in str(lora.notice) and lora.generation.weights.curvature == 0.0


def test_an_address_leads_back_to_the_same_question(stage: Stage, columns: tuple[Column, ...]) -> None:
    spec = asked(stage, columns, asking=Asking(template=NONE), temperature=0.7, seed=3)
    given = {name: getattr(spec, name) for name in ("model", "columns", "prompt", "asking")}
    again = ComparisonSpec.from_address(spec.to_address(), **given)
    assert again == spec and COMPARISONS.key(again) == COMPARISONS.key(spec)


def test_control_tokens_in_the_question_form_are_refused(stage: Stage) -> None:
    with pytest.raises(HypvizError, match="only in a text given as it stands"):
        asked(stage, [], control_tokens=True)


def test_a_second_look_takes_everything_from_the_store(stage: Stage, columns: tuple[Column, ...]) -> None:
    store = Store()
    assert stored_comparison(asked(stage, columns), store) is None
    assert n_unanswered(asked(stage, columns), store) == 3
    first = compare(asked(stage, columns), lend=stage.lend, store=store)
    assert [column.name for column in first.columns] == ["base", "lora", "hyplora"] and stage.opened == ["model"]
    second = compare(asked(stage, columns), lend=stage.lend, store=store)
    assert stage.opened == ["model"]
    assert second.to_json() == first.to_json()
    found = stored_comparison(asked(stage, columns), store)
    assert found is not None and found.to_json() == first.to_json() and n_unanswered(asked(stage, columns), store) == 0


def test_changing_one_column_answers_only_that_one(stage: Stage, columns: tuple[Column, ...], adapters: dict[str, Path]) -> None:
    listener = Recorded()
    compare(asked(stage, columns), lend=stage.lend, store=Store(), listener=listener)
    other = (columns[1], Column(name="third", adapter=str(adapters["untrained"])))
    found = compare(asked(stage, other), lend=stage.lend, store=Store(), listener=listener)
    assert listener.begun == ["base", "lora", "hyplora", "third"]
    assert [c.name for c in found.columns] == ["base", "lora", "third"]
    assert tokens(found)[0] == tokens(found)[2] and found.columns[2].generation.logit_difference == 0.0


@pytest.mark.parametrize(
    "changed",
    [
        {"prompt": "Tom has 13 apples and buys 30 more."},
        {"asking": Asking(template=NONE)},
        {"tokens": 9},
        {"temperature": 1.0},
    ],
)
def test_what_decides_an_answer_is_in_its_key(stage: Stage, changed: dict[str, Any]) -> None:
    compare(asked(stage, []), lend=stage.lend, store=Store())
    spec = asked(stage, [], **changed)
    assert stored_comparison(spec, Store()) is None and COMPARISONS.key(spec) != COMPARISONS.key(asked(stage, []))


def test_the_seed_counts_only_when_it_plays_a_part(stage: Stage) -> None:
    compare(asked(stage, []), lend=stage.lend, store=Store())
    greedy = asked(stage, [], seed=5)
    assert stored_comparison(greedy, Store()) is not None and COMPARISONS.key(greedy) == COMPARISONS.key(asked(stage, []))


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_columns_advance_together_and_answer_as_alone(
    stage: Stage, columns: tuple[Column, ...], temperature: float, tmp_path: Path
) -> None:
    listener = Recorded()
    together = compare(asked(stage, columns, temperature=temperature), lend=stage.lend, store=Store(), listener=listener)
    assert set(listener.heard[:3]) == {"base", "lora", "hyplora"}
    for column, one in zip(columns, together.columns, strict=True):
        alone = compare(asked(stage, [column], temperature=temperature), lend=stage.lend, store=Store(tmp_path)).columns[-1]
        assert one.generation.token_ids.tolist() == alone.generation.token_ids.tolist() and one.generation.ended == alone.generation.ended
        np.testing.assert_allclose(one.generation.log_probs, alone.generation.log_probs, atol=1e-4)
        assert one.generation.probe == alone.generation.probe


def test_beams_are_kept_with_the_log_probabilities_of_their_tokens_and_texts_end_before_a_stop_string(stage: Stage) -> None:
    found = compare(asked(stage, [], beams=4, tokens=6), lend=stage.lend, store=Store()).base
    assert len(found.log_probs) == len(found.token_ids) == len(found.pieces) > 0 and found.decoding.name == PAPER
    stop = next(piece for piece in found.pieces[1:] if piece.strip())
    cut = compare(asked(stage, [], beams=4, tokens=6, stop=(stop,)), lend=stage.lend, store=Store()).base
    assert stop not in cut.text and len(cut.log_probs) == len(cut.pieces)


def test_a_stopped_answer_is_shown_but_not_kept(stage: Stage, columns: tuple[Column, ...], private_cache: Path) -> None:
    listener = Recorded()
    work = Work(asked_to_stop=lambda: listener.heard.count("lora") >= 2)
    found = compare(asked(stage, columns), work, lend=stage.lend, store=Store(), listener=listener)
    assert [c.name for c in found.columns] == ["base", "lora", "hyplora"]  # all were under way
    assert found.columns[1].generation.ended == STOPPED and 0 < len(found.columns[1].generation.token_ids) < 10
    n_ended = sum(c.generation.ended != STOPPED for c in found.columns)
    assert len(list((private_cache / ANSWERS.kind).glob("*/*/meta.json"))) == n_ended < 3
    whole = compare(asked(stage, columns), lend=stage.lend, store=Store())
    assert len(whole.columns) == 3 and all(c.generation.ended != STOPPED for c in whole.columns)
    with pytest.raises(Stopped):
        compare(asked(stage, columns, "other"), Watcher(stop_at=1), lend=stage.lend, store=Store())


def test_an_error_in_one_adapter_keeps_nothing_half_written(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    with pytest.raises(AdapterError):
        compare(asked(stage, [*columns, Column(name="gone", adapter=str(tmp_path))]), lend=stage.lend, store=Store())
    assert stage.opened == [] and not list(Store().root.glob("*/*"))


def test_two_threads_never_mix_adapters(stage: Stage, columns: tuple[Column, ...]) -> None:
    lock = threading.RLock()

    @contextlib.contextmanager
    def lend() -> Iterator[tuple[Any, Any]]:
        with lock:
            yield stage.model, stage.tokenizer

    def ask(column: Column, root: Path) -> list[list[int]]:
        root.mkdir()
        return tokens(compare(asked(stage, [column]), lend=lend, store=Store(root)))

    root = Store().root
    alone = [ask(column, root / f"alone-{column.name}") for column in columns[1:]]
    assert alone[0][1] != alone[1][1]
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(ask, column, root / f"{i}-{column.name}") for i in range(3) for column in columns[1:]]
        assert [job.result() for job in jobs] == alone * 3


def test_the_first_different_token() -> None:
    base = generation([1, 2, 3], ("a", "b", "c"))
    assert first_difference(base, base) is None
    other = first_difference(generation([1, 5, 3], ("a", "x", "c")), base)
    assert other is not None and (other.index, other.piece, other.other) == (1, "x", "b")
    shorter = first_difference(generation([1, 2], ("a", "b")), base)
    assert shorter is not None and (shorter.index, shorter.piece, shorter.other) == (2, None, "c")
    longer = first_difference(base, generation([], ()))
    assert longer is not None and (longer.index, longer.piece, longer.other) == (0, "a", None)


@pytest.mark.parametrize(
    ("text", "n", "sentence"),
    [
        ("  \n ", 10, "prompt is empty"),
        ("word " * 400, 10, "shorten the prompt"),
        ("How many?", 250, "ask for at most 2"),
    ],
)
def test_prompts_that_cannot_be_answered(stage: Stage, text: str, n: int, sentence: str) -> None:
    with pytest.raises(HypvizError, match=sentence):
        compare(asked(stage, [], text, tokens=n), lend=stage.lend, store=Store())
    assert stage.opened == []


def test_the_room_that_the_sentence_names_is_exact(stage: Stage) -> None:
    """256 positions: prompt and answer may fill them, and one more is refused."""
    n_prompt = len(stage.tokenizer("apple")["input_ids"])
    whole = asked(stage, [], "apple", asking=Asking(template=NONE), tokens=256 - n_prompt)
    assert len(compare(whole, lend=stage.lend, store=Store()).base.token_ids) <= 256 - n_prompt
    with pytest.raises(HypvizError, match=f"at most {256 - n_prompt} new tokens"):
        compare(dataclasses.replace(whole, tokens=257 - n_prompt), lend=stage.lend, store=Store())


def test_another_end_token_in_generation_config_is_another_answer(tmp_path: Path) -> None:
    """generation_config.json is no part of a model's fingerprint, but answers end where it says."""
    store, seen = Store(tmp_path / "store"), []
    for name in ("plain", "other"):
        folder = Path(shutil.copytree(bundled_folder(), tmp_path / name))
        if seen:
            (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [1, int(seen[0].token_ids[2])]}))
        ref = resolve(str(folder))
        seen.append(compare(comparison(ref, [], PROMPT, tokens=6), lend=lender(ref), store=store).base)
    assert seen[0].weights == seen[1].weights and len(seen[0].token_ids) == 6
    assert len(seen[1].token_ids) <= 3 and seen[1].ended != seen[0].ended
