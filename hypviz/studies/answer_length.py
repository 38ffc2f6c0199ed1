"""How many tokens an answer may take: from what was learned or asked, else from the model; always with the reason.

An answer that is cut is unfinished, so the limit follows the longest worked answer known: of the problems that the chosen adapters
learned from, and of the problems that are asked, with a quarter more. Where nobody wrote worked answers it is `MODEL_TOKENS`. It is
never more than half of the model's positions, because the other half is the question's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypviz.corpora import read_problems
from hypviz.errors import HypvizError
from hypviz.models import summarise
from hypviz.models.tokenizer.asked import encode_written, usual_template, write_answers, write_prompts
from hypviz.problems import is_problem_set
from hypviz.records.asking import CHAT, PLAIN_QUESTION, Asking
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem, write_answer
from hypviz.records.texts import ProblemSet
from hypviz.runs.folder import RunFolder

MODEL_TOKENS = 256
MARGIN = 1.25
STEP = 8
_LOOKED_AT = 200  # texts at a time; the margin is far more than the longest text can be short of the one with the most tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLength:
    """The limit in tokens, and a sentence that says where it comes from."""

    tokens: int
    reason: str


def answer_length(
    ref: ModelRef, folders: Sequence[str], problems: ProblemSet | None = None, asking: Asking = PLAIN_QUESTION
) -> AnswerLength:
    """The limit for the adapters in `folders` on `problems`, put as `asking` says; `HypvizError` where the tokenizer cannot be read."""
    known: list[tuple[int, str]] = []
    for run in dict.fromkeys(Path(folder).absolute().parent.parent for folder in folders):
        learned = _learned(run)
        if learned is not None:
            name, texts, max_tokens, taught = learned
            longest = _longest(ref, texts, max_tokens, taught)
            if longest:
                known.append((longest, f"the longest answer that the adapters learned from ({name}) has {longest:,} tokens"))
    if problems is not None:
        longest = _longest(ref, [problem for problem in problems.problems if _is_worked(problem)], None, asking)
        if longest:
            n = len(problems.problems)
            asked = f"the {n:,} problems asked" if n > 1 else "the problem asked"
            known.append((longest, f"the longest worked answer of {asked} ({problems.name}) has {longest:,} tokens"))
    if known:
        longest, why = max(known)
        tokens, reason = STEP * math.ceil(MARGIN * longest / STEP), f"{why}, and a quarter is added, up to the next multiple of {STEP}"
    else:
        tokens, reason = MODEL_TOKENS, "no worked answers are known, so it is the usual limit"
    if asking.template == CHAT and tokens < MODEL_TOKENS:  # the base is among the columns, whatever its adapters have learned
        tokens, reason = (
            MODEL_TOKENS,
            "a model that is asked by its chat template writes in its own way, whatever the worked answers are like",
        )
    positions = summarise(ref).max_positions
    if positions is not None and tokens > positions // 2:
        tokens = max(1, positions // 2)
        reason += f", but it is at most half of the model's {positions:,} positions"
    return AnswerLength(tokens=tokens, reason=f"{tokens:,} tokens: {reason}.")


def _learned(run: Path) -> tuple[str, Sequence[Problem], int, Asking] | None:
    """The name and the problems of a run, the longest example used, and how they were put; None for no run, or one that does not tell."""
    folder = RunFolder(path=run)
    if not (run / "spec.json").is_file():
        return None
    try:
        spec = folder.read_spec()
        if folder.problems.is_file():
            return spec.problems, folder.read_problems(), spec.max_tokens, spec.asking
        if not is_problem_set(spec.problems):
            return None
        found = read_problems(spec.problems, split="train")
    except HypvizError:
        return None  # whoever opens the run says what is wrong with it; the limit then comes from elsewhere, and says so
    if found.fingerprint != spec.problems_fingerprint:
        return None
    return spec.problems, found.problems, spec.max_tokens, spec.asking


def _longest(ref: ModelRef, problems: Sequence[Problem], max_tokens: int | None, asking: Asking) -> int:
    """Tokens of the longest solution with its end token, looked for among the texts with the most characters.

    With `max_tokens` only examples count that fit into so many with their question; 0 where there is none.
    """
    if asking.template == CHAT and usual_template(ref) != CHAT:
        asking = PLAIN_QUESTION  # the adapter is of a model with a chat template; how long its answers are differs little
    by_length = sorted(problems, key=lambda problem: len(problem.solution), reverse=True)
    for start in range(0, len(by_length), _LOOKED_AT):
        some = by_length[start : start + _LOOKED_AT]
        written = write_answers(ref, asking, [problem.solution for problem in some])
        answers = [len(ids) + 1 for ids in encode_written(ref, written)]
        if max_tokens is not None:
            prompts = encode_written(ref, write_prompts(ref, asking, [problem.question for problem in some]))
            answers = [answer for prompt, answer in zip(prompts, answers, strict=True) if len(prompt) + answer <= max_tokens]
        if answers:
            return max(answers)
    return 0


def _is_worked(problem: Problem) -> bool:
    return problem.solution != f"The answer is {write_answer(problem.answer)}."
