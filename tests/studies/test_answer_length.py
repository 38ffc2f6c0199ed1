"""The longest answer follows from what was learned, from what is asked, or from the model; and says which."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from hypviz.bundled import BUNDLED_SOURCE
from hypviz.models import encode_prompts, resolve
from hypviz.problems import Problem, format_prompt, format_solution
from hypviz.records.models import ModelRef
from hypviz.records.texts import ProblemSet
from hypviz.runs.folder import open_run
from hypviz.studies.answer_length import MARGIN, MODEL_TOKENS, answer_length
from hypviz.studies.showcase import shipped_adapters
from tests.pages.finished_runs import finished_run
from tests.runs.specs import tiny_problems
from tests.stages import make_adapters


@pytest.fixture(scope="module")
def adapters(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))


def longest(ref: ModelRef, problems: Sequence[Problem], most: int = 10**9) -> int:
    """Tokens of the longest solution and its end token, over every problem that fits."""
    answers = [len(ids) + 1 for ids in encode_prompts(ref, [format_solution(p) for p in problems])]
    prompts = [len(ids) for ids in encode_prompts(ref, [format_prompt(p.question) for p in problems])]
    return max(answer for prompt, answer in zip(prompts, answers, strict=True) if prompt + answer <= most)


def a_set(*solutions: str) -> ProblemSet:
    problems = tuple(Problem(question="q", solution=text, answer=7, skill="file", source="f") for text in solutions)
    return ProblemSet(name="mine.jsonl", problems=problems, fingerprint="mine", n_skipped=0)


def with_a_quarter(tokens: int) -> int:
    return 8 * math.ceil(MARGIN * tokens / 8)


def test_it_follows_from_the_examples_that_the_run_could_use(tiny_llama: Path, adapters: dict[str, Path]) -> None:
    ref = resolve(str(tiny_llama))
    folder = open_run(finished_run(tiny_llama, adapters))
    member = str(folder.adapter("lora"))
    expected = longest(ref, tiny_problems().problems)
    found = answer_length(ref, [member, str(folder.adapter("hyplora"))])
    assert found.tokens == with_a_quarter(expected)
    assert found.reason.startswith(f"{found.tokens} tokens: ") and f"learned from (one-step) has {expected} tokens" in found.reason
    sizes = sorted(longest(ref, [p]) + len(encode_prompts(ref, [format_prompt(p.question)])[0]) for p in tiny_problems().problems)
    most = sizes[len(sizes) // 2]
    folder.write_spec(dataclasses.replace(folder.read_spec(), max_tokens=most))
    assert answer_length(ref, [member]).tokens == with_a_quarter(longest(ref, tiny_problems().problems, most))


def test_the_shipped_pair_s_problems_are_made_anew_and_checked() -> None:
    found = answer_length(resolve(BUNDLED_SOURCE), list(shipped_adapters().values()))
    assert "learned from (bundled)" in found.reason and found.tokens % 8 == 0


def test_worked_answers_of_the_problems_count_and_bare_numbers_do_not(tiny_llama: Path) -> None:
    ref = resolve(str(tiny_llama))
    worked = a_set("3 + 4 = 7. The answer is 7.", "The answer is 7.")
    expected = longest(ref, worked.problems)
    found = answer_length(ref, [], worked)
    assert found.tokens == with_a_quarter(expected) and found.reason == (
        f"{found.tokens} tokens: the longest worked answer of the 2 problems asked (mine.jsonl) has {expected} tokens, and a quarter is "
        "added, up to the next multiple of 8."
    )
    bare = answer_length(ref, [], a_set("The answer is 7."))
    assert bare.tokens == min(MODEL_TOKENS, 128) and "no worked answers are known" in bare.reason


def test_it_leaves_half_of_the_positions_to_the_question_and_says_so(tiny_llama: Path) -> None:
    found = answer_length(resolve(str(tiny_llama)), [], a_set("3 + 4 = 7. " * 60 + "The answer is 7."))
    assert found.tokens == 128 and "at most half of the model's 256 positions" in found.reason


def test_a_folder_that_is_no_run_and_a_damaged_run_do_not_tell(tiny_llama: Path, adapters: dict[str, Path]) -> None:
    ref = resolve(str(tiny_llama))
    folder = open_run(finished_run(tiny_llama, adapters))
    folder.problems.write_text("{", encoding="utf-8")
    for path in (folder.adapter("lora"), adapters["lora"]):
        assert "no worked answers are known" in answer_length(ref, [str(path)]).reason
