"""The comparison: stored answers are reused column by column, unfinished ones never; two threads never mix adapters."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hypviz.bundled import bundled_folder
from hypviz.cli.generate import lender
from hypviz.errors import AdapterError, HypvizError, Stopped
from hypviz.models import resolve
from hypviz.records.answers import STOPPED, Column, Comparison, Decoding, Generation
from hypviz.store import Store
from hypviz.studies.compare import KIND, Audience, Question, compare, first_difference, stored_comparison
from tests.answers.conftest import Stage

ASKED = Question(text="Tom has 12 apples and buys 30 more.", as_question=True, decoding=Decoding(max_new_tokens=10))


def tokens(comparison: Comparison) -> list[list[int]]:
    return [column.generation.token_ids.tolist() for column in comparison.columns]


def test_a_second_look_takes_everything_from_the_store(stage: Stage, columns: tuple[Column, ...]) -> None:
    store = Store()
    assert stored_comparison(stage.ref, ASKED, columns, store) is None
    first = compare(stage.ref, ASKED, columns, lend=stage.lend, store=store)
    assert [column.name for column in first.columns] == ["base", "lora", "hyplora"] and stage.opened == ["model"]
    second = compare(stage.ref, ASKED, columns, lend=stage.lend, store=store)
    assert stage.opened == ["model"]
    assert second.to_json() == first.to_json()
    found = stored_comparison(stage.ref, ASKED, columns, store)
    assert found is not None and found.to_json() == first.to_json()


def test_changing_one_column_answers_only_that_one(stage: Stage, columns: tuple[Column, ...], adapters: dict[str, Path]) -> None:
    begun: list[str] = []
    audience = Audience(on_column=begun.append)
    compare(stage.ref, ASKED, columns, lend=stage.lend, store=Store(), audience=audience)
    other = (columns[1], Column(name="third", adapter=str(adapters["untrained"])))
    found = compare(stage.ref, ASKED, other, lend=stage.lend, store=Store(), audience=audience)
    assert begun == ["base", "lora", "hyplora", "third"]
    assert [c.name for c in found.columns] == ["base", "lora", "third"]
    assert tokens(found)[0] == tokens(found)[2] and found.columns[2].generation.logit_difference == 0.0


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "Tom has 13 apples and buys 30 more."},
        {"as_question": False},
        {"decoding": Decoding(max_new_tokens=9)},
        {"decoding": Decoding(max_new_tokens=10, temperature=1.0)},
    ],
)
def test_what_decides_an_answer_is_in_its_key(stage: Stage, changed: dict[str, Any]) -> None:
    compare(stage.ref, ASKED, [], lend=stage.lend, store=Store())
    assert stored_comparison(stage.ref, dataclasses.replace(ASKED, **changed), [], Store()) is None


def test_the_seed_counts_only_when_it_plays_a_part(stage: Stage) -> None:
    compare(stage.ref, ASKED, [], lend=stage.lend, store=Store())
    greedy = dataclasses.replace(ASKED, decoding=Decoding(max_new_tokens=10, seed=5))
    assert stored_comparison(stage.ref, greedy, [], Store()) is not None


def test_a_stopped_answer_is_shown_but_not_kept(stage: Stage, columns: tuple[Column, ...], private_cache: Path) -> None:
    seen: list[str] = []
    audience = Audience(on_piece=lambda name, _: seen.append(name), should_stop=lambda: seen.count("lora") >= 2)
    found = compare(stage.ref, ASKED, columns, lend=stage.lend, store=Store(), audience=audience)
    assert [c.name for c in found.columns] == ["base", "lora"]
    assert found.columns[1].generation.ended == STOPPED and 0 < len(found.columns[1].generation.token_ids) < 10
    assert len(list((private_cache / KIND).glob("*/*/meta.json"))) == 1
    whole = compare(stage.ref, ASKED, columns, lend=stage.lend, store=Store())
    assert len(whole.columns) == 3 and all(c.generation.ended != STOPPED for c in whole.columns)
    with pytest.raises(Stopped):
        question = dataclasses.replace(ASKED, text="other")
        compare(stage.ref, question, columns, lend=stage.lend, store=Store(), audience=Audience(should_stop=lambda: True))


def test_an_error_in_one_adapter_keeps_nothing_half_written(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    with pytest.raises(AdapterError):
        compare(stage.ref, ASKED, [*columns, Column(name="gone", adapter=str(tmp_path))], lend=stage.lend, store=Store())
    assert stage.opened == [] and not list(Store().root.glob("*/*"))


def test_two_threads_never_mix_adapters(stage: Stage, columns: tuple[Column, ...]) -> None:
    lock = threading.RLock()

    @contextlib.contextmanager
    def lend() -> Iterator[tuple[Any, Any]]:
        with lock:
            yield stage.model, stage.tokenizer

    def ask(column: Column, root: Path) -> list[list[int]]:
        root.mkdir()
        return tokens(compare(stage.ref, ASKED, [column], lend=lend, store=Store(root)))

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
    question = Question(text=text, as_question=True, decoding=Decoding(max_new_tokens=n))
    with pytest.raises(HypvizError, match=sentence):
        compare(stage.ref, question, [], lend=stage.lend, store=Store())
    assert stage.opened == []


def test_the_room_that_the_sentence_names_is_exact(stage: Stage) -> None:
    """256 positions: prompt and answer may fill them, and one more is refused."""
    n_prompt = len(stage.tokenizer("apple")["input_ids"])
    asked = Question(text="apple", as_question=False, decoding=Decoding(max_new_tokens=256 - n_prompt))
    assert len(compare(stage.ref, asked, [], lend=stage.lend, store=Store()).base.token_ids) <= 256 - n_prompt
    with pytest.raises(HypvizError, match=f"at most {256 - n_prompt} new tokens"):
        compare(stage.ref, dataclasses.replace(asked, decoding=Decoding(max_new_tokens=257 - n_prompt)), [], lend=stage.lend, store=Store())


def generation(ids: list[int], pieces: tuple[str, ...]) -> Generation:
    """A record with these tokens."""
    import numpy as np

    from hypviz.records import Provenance
    from hypviz.records.answers import END_OF_TEXT, Weights

    return Generation(
        weights=Weights(base="b" * 64, adapter=None, method="base"),
        prompt="p",
        n_prompt_tokens=1,
        token_ids=np.array(ids, dtype=np.int64),
        pieces=pieces,
        log_probs=np.zeros(len(ids), dtype=np.float32),
        ended=END_OF_TEXT,
        answer=None,
        careful=None,
        seconds=0.1,
        decoding=Decoding(max_new_tokens=96),
        logit_difference=None,
        probe=None,
        prompt_probe=None,
        provenance=Provenance(model="m"),
    )


def test_another_end_token_in_generation_config_is_another_answer(tmp_path: Path) -> None:
    """generation_config.json is no part of a model's fingerprint, but answers end where it says."""
    store, seen = Store(tmp_path / "store"), []
    question = Question(text="Tom has 12 apples and buys 30 more.", as_question=True, decoding=Decoding(max_new_tokens=6))
    for name in ("plain", "other"):
        folder = Path(shutil.copytree(bundled_folder(), tmp_path / name))
        if seen:
            (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": [1, int(seen[0].token_ids[2])]}))
        ref = resolve(str(folder))
        seen.append(compare(ref, question, [], lend=lender(ref), store=store).base)
    assert seen[0].weights == seen[1].weights and len(seen[0].token_ids) == 6
    assert len(seen[1].token_ids) <= 3 and seen[1].ended != seen[0].ended
