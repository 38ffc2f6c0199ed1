"""Sentences about a run: numbers in their right grammatical number."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.records.runs import RUNNING, MemberReport
from hypviz.words.numbers import counted, size
from hypviz.words.runs import describe, headline, rejoined_sentence, too_long_sentence


@pytest.mark.parametrize(
    ("n", "of", "said"), [(1, 1, "1 of 1 problem is"), (1, 20, "1 of 20 problems is"), (2, 20, "2 of 20 problems are")]
)
def test_left_out_problems_in_number(record, n, of, said):
    sentence = too_long_sentence(dataclasses.replace(record(), n_too_long=n, n_problems=of))
    assert sentence is not None and sentence.startswith(said) and (" was left out" in sentence) == (n == 1)


def test_one_step_is_no_steps(record):
    assert headline(record(steps=1)) == "done: 1 step"


def member(steps: int, method: str = "lora") -> MemberReport:
    return MemberReport(
        method=method, steps=steps, seconds=1.0, first_loss=2.0, last_loss=1.6, n_parameters=9, n_clipped=0, peak_bytes=None,
        adapter=None, adapter_steps=0, adapter_fingerprint=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "done", "said"), [(300, 300, "last 10 steps"), (40, 40, "last 4 steps"), (300, 7, "last 7 steps"), (9, 9, "last step")]
)
def test_a_loss_says_over_which_steps_it_is_taken(record, steps, done, said):
    ended = dataclasses.replace(record(member(done), steps=steps), step=done, phase="training")
    assert f"loss of the first step → of the {said}: LoRA 2.000 → 1.600" in headline(ended)
    assert describe(dataclasses.replace(ended, state=RUNNING)) == f"training, loss of the {said}: LoRA 1.600"


def test_counted_and_sizes():
    assert [counted(n, "process") for n in (0, 1, 2000)] == ["0 processes", "1 process", "2,000 processes"]
    assert [size(n) for n in (812, 6_900_000, 16_100_000_000)] == ["812 bytes", "6.9 MB", "16.1 GB"]


def test_joined_prompts_are_said_where_there_are_any(record):
    assert rejoined_sentence(record()) is None
    said = rejoined_sentence(dataclasses.replace(record(), n_rejoined=3, n_problems=20))
    assert said is not None and "3 of 20 problems" in said
