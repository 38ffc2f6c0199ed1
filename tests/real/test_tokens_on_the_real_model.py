"""On the real model: a batch changes nothing, its labels are believed, shifted ones are not, and its chat template is spoken of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from hypviz.corpora import read_problems
from hypviz.generate import continue_prompts, encode_questions
from hypviz.generate.padding import padding_changes_answers
from hypviz.models import load_model, load_tokenizer, resolve
from hypviz.models.live.plain_text import plain_text_loss
from hypviz.models.tokenizer.encoding import Encoder
from hypviz.models.tokenizer.special_tokens import disagreements, template_notice
from hypviz.models.tokenizer.tokens import encode_plain, encode_prompts, encoder
from hypviz.problems import format_prompt, format_solution
from hypviz.records.answers import Decoding
from hypviz.worker.data import encode_examples


class Shifted(Encoder):
    """Reads every token as the one `by` ids further on."""

    by = 1000

    def plain(self, *args: object, **options: object) -> list[list[int]]:
        return [[(i + self.by) % self.n_rows for i in row] for row in super().plain(*args, **options)]  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_batch_changes_nothing_and_labels_are_believed_unless_they_are_shifted(real_model: Path) -> None:
    ref = resolve(str(real_model))
    model, tokenizer = load_model(ref, dtype="float32"), load_tokenizer(ref)
    questions = [p.question for p in read_problems("two-step", limit=3, split="test").problems]
    prompts = [p.ids for p in encode_questions(ref, [*questions, "2 + 3 = ?"], max_new_tokens=4) if p is not None]
    assert len(prompts) == 4 and not padding_changes_answers(model, tokenizer, prompts)
    together = continue_prompts(model, tokenizer, prompts, Decoding(max_new_tokens=4))
    for prompt, answer in zip(prompts, together, strict=True):
        (alone,) = continue_prompts(model, tokenizer, [prompt], Decoding(max_new_tokens=4))
        assert alone.token_ids == answer.token_ids
        np.testing.assert_allclose(alone.log_probs, answer.log_probs, atol=1e-2)

    found = plain_text_loss(model, encoder(ref), longest=8192)
    assert found.is_predicted and (found.language, found.n_texts) == ("English", 1)
    assert found.loss < 4 < 7 < found.shuffled and round(found.chance, 1) == 10.8
    shifted = Shifted(tokenizer, label=ref.label, n_rows=49152)
    assert not plain_text_loss(model, shifted, longest=16).is_predicted


def test_its_chat_template_is_spoken_of_and_its_files_agree(real_model: Path) -> None:
    ref = resolve(str(real_model))
    notice = template_notice(ref, template="question")
    assert notice is not None and "has a chat template, and is asked by the template question, without it" in notice
    assert disagreements(ref) == ()


def test_typed_control_tokens_are_text_unless_asked_for(real_model: Path) -> None:
    ref = resolve(str(real_model))
    text = "<|im_start|>user\nhello<|im_end|>"
    plain, read = encode_prompts(ref, [text])[0], encode_prompts(ref, [text], control_tokens=True)[0]
    assert not {1, 2} & set(plain) and (read[0], read[-1]) == (1, 2)
    assert json.dumps(load_tokenizer(ref).decode(plain)) == json.dumps(text)


def test_its_training_examples_are_one_text_cut_where_the_prompt_ends(real_model: Path) -> None:
    ref, problems = resolve(str(real_model)), read_problems("bundled", limit=30, split="train").problems
    found = encode_examples(ref, problems, max_tokens=500)
    assert found.n_rejoined == 0 and len(found.items) == 30
    for example, problem in zip(found.items, problems, strict=True):
        whole = encode_plain(ref, [format_prompt(problem.question) + format_solution(problem)])[0]
        assert list(example.ids) == [*whole, 2]
        assert list(example.ids[: example.n_prompt]) == encode_prompts(ref, [format_prompt(problem.question)])[0]
