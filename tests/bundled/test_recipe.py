"""The recipe: the mixture keeps out what it says, rows are exact, training resumes where it was, the result loads."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from hypviz.bundled.card import Figure, keep_figures, write_training
from hypviz.bundled.recipe import publish
from hypviz.bundled.texts import HELD_OUT, RealTexts, read_real_texts, stream, tidy
from hypviz.bundled.tokenizer import train_tokenizer
from hypviz.bundled.training import TrainingSpec, build_model, learning_rate, packed_rows, train
from hypviz.errors import HypvizError
from hypviz.problems import problem_set

TINY = TrainingSpec(hours=2 / 3600, vocab_size=700, hidden_size=32, n_layers=2, n_heads=2, mlp_size=48, batch=2, length=64)


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(RealTexts(), vocab_size=TINY.vocab_size, seed=0)


def test_held_out_skills_and_test_problems_never_appear() -> None:
    texts = {d.prompt + d.rest for d in itertools.islice(stream(RealTexts(), seed=0), 4000)}
    for skill in HELD_OUT:
        assert not texts & {f"Question: {p.question}\nAnswer: {p.solution}" for p in problem_set(skill, 500)}
        assert not any("average" in text for text in texts)
    from hypviz.problems.sets import split_of

    questions = [t.split("\nAnswer:")[0].removeprefix("Question: ") for t in texts if t.startswith("Question: ")]
    assert len(questions) > 1000 and {split_of(q) for q in questions} == {"train"}


def test_digits_are_single_tokens_and_text_comes_back(tokenizer) -> None:
    assert len(tokenizer) == TINY.vocab_size
    text = "Question: Emma has 27 apples.\nAnswer: 27 + 15 = 42."
    ids = tokenizer.encode(text)
    assert ids[0] == tokenizer.bos_token_id and tokenizer.decode(ids[1:]) == text
    assert [tokenizer.decode([i]) for i in tokenizer.encode("1234", add_special_tokens=False)] == ["1", "2", "3", "4"]


def test_rows_are_full_begin_with_a_document_and_mask_prompts(tokenizer) -> None:
    rows = list(itertools.islice(packed_rows(tokenizer, RealTexts(), TINY), 40))
    assert all(len(r.ids) == len(r.labels) == TINY.length and r.ids[0] == tokenizer.bos_token_id for r in rows)
    assert all(label in (-100, token) for r in rows for token, label in zip(r.ids, r.labels, strict=True))
    assert any(-100 in r.labels for r in rows) and any(r.labels[0] != -100 for r in rows)
    later = next(packed_rows(tokenizer, RealTexts(), TINY, skip=rows[4].documents))
    assert later == rows[5]


def test_learning_rate_rises_and_falls() -> None:
    assert learning_rate(0.02) == 1.0 and learning_rate(1.0) == 0.0 and 0 < learning_rate(0) < 0.1
    values = [learning_rate(x / 100) for x in range(2, 101)]
    assert values == sorted(values, reverse=True)


def test_training_resumes_and_publishes_a_loadable_model(tokenizer, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    log = tmp_path / "log.jsonl"
    first = train(build_model(TINY, tokenizer), tokenizer, RealTexts(), TINY, tmp_path, log)
    longer = TrainingSpec(**{**{f: getattr(TINY, f) for f in TINY.__slots__}, "hours": 3 / 3600})
    model = build_model(longer, tokenizer)
    second = train(model, tokenizer, RealTexts(), longer, tmp_path, log)
    assert second.step > first.step > 0 and second.documents > first.documents
    assert second.tokens == second.step * TINY.batch * TINY.length
    publish(model, tokenizer, tmp_path / "model")
    write_training(tmp_path / "model", longer, second, RealTexts(), log)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    assert loaded.dtype == torch.bfloat16 and loaded.config.tie_word_embeddings
    assert AutoTokenizer.from_pretrained(tmp_path / "model").encode("apple") == tokenizer.encode("apple")
    assert json.loads((tmp_path / "model" / "training.json").read_text())["progress"]["step"] == second.step
    card = tmp_path / "model" / "README.md"
    assert f"{second.tokens:,} tokens in {second.step:,} steps" in card.read_text() and "Nothing has been measured" in card.read_text()
    for value in ("1 %", "2 %"):
        keep_figures("accuracy", [Figure(what="base, one-step", value=value)], tmp_path / "model")
    assert "| base, one-step | 2 % |" in card.read_text() and "1 %" not in card.read_text()
    assert sorted(p.suffix for p in (tmp_path / "model").iterdir() if "model" in p.name) == [".safetensors"]


def test_real_texts_are_tidied_and_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert tidy("A waiter , ( who ) had 22 @-@ odd customers .") == "A waiter, (who) had 22-odd customers."
    with pytest.raises(HypvizError, match="None of"):
        read_real_texts(tmp_path)
    (tmp_path / "gsm8k").mkdir()
    row = {"question": "Q?", "answer": "It is <<1+1=2>>2.\n#### 2"}
    (tmp_path / "gsm8k" / "train.jsonl").write_text(json.dumps(row))
    (document,) = read_real_texts(tmp_path).problems
    assert (document.prompt, document.rest) == ("Question: Q?\nAnswer:", " It is 2. The answer is 2.")
