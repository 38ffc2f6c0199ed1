"""From problems to batches: which example comes at which step, what is predicted in it, and how much it weighs.

The order depends on the seed and the number of examples alone, never on the methods, so that members, resumed runs and runs of
several processes see the same batches. The loss of a step is the mean over all answer tokens of its batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from hypviz.errors import HypvizError
from hypviz.models.tokenizer.asked import encode_written, end_of_answer, write_answers, write_prompts
from hypviz.models.tokenizer.encoding import Encoder, padding_id
from hypviz.models.tokenizer.tokens import encoder
from hypviz.problems.alike import plain_question
from hypviz.records.asking import PLAIN_QUESTION, Asking
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem
from hypviz.work import NOBODY, Work

IGNORED = -100
_NEUTRAL = ("\n", "a", ".", "a.", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Token ids of prompt, answer and end token; the first `n_prompt` are given, the rest is learned."""

    ids: tuple[int, ...]
    n_prompt: int

    @property
    def n_answer(self) -> int:
        """How many tokens are learned."""
        return len(self.ids) - self.n_prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """What can be trained on, how many problems were too long for it, and how many have a token over the end of their prompt."""

    items: tuple[Example, ...]
    n_too_long: int
    pad_id: int
    n_rejoined: int = 0


def encode_examples(
    ref: ModelRef, problems: Sequence[Problem], *, max_tokens: int, asking: Asking = PLAIN_QUESTION, work: Work = NOBODY
) -> Examples:
    """Every problem as the model reads it, put as `asking` says; `HypvizError` if none fits or there is no end token with a row.

    The examples that stand before every question are not learned from. `Stopped` between reading the questions and reading the problems.

    Prompt and answer are encoded as one text and cut where the prompt ends, so that the prompt's ids are those of the same prompt
    when it is asked. Where a token of the whole text would reach over that place, the answer is encoded behind a neutral text instead.
    """
    shown = {plain_question(shot.question) for shot in asking.shots}
    problems = [problem for problem in problems if plain_question(problem.question) not in shown] if shown else problems
    reader, end = encoder(ref), end_of_answer(ref, asking)
    prompts = write_prompts(ref, asking, [p.question for p in problems])
    answers = write_answers(ref, asking, [p.solution for p in problems])
    asked = encode_written(ref, prompts, what="The question")
    work.check()
    whole = encode_written(ref, [p.followed_by(a) for p, a in zip(prompts, answers, strict=True)], what="The problem")
    made, n_rejoined = [], 0
    for q, both, answer in zip(asked, whole, answers, strict=True):
        joined = both[: len(q)] == q
        n_rejoined += not joined
        made.append(Example(ids=(*q, *(both[len(q) :] if joined else _behind_neutral_text(reader, answer.text)), end), n_prompt=len(q)))
    kept = tuple(example for example in made if len(example.ids) <= max_tokens)
    if not kept:
        raise HypvizError(f"All {len(made)} problems are longer than {max_tokens} tokens; raise max_tokens or choose shorter problems.")
    pad = padding_id(reader.tokenizer, reader.n_rows)
    return Examples(items=kept, n_too_long=len(made) - len(kept), n_rejoined=n_rejoined, pad_id=pad)


def _behind_neutral_text(reader: Encoder, answer: str) -> list[int]:
    """The ids of `answer` as the middle of a text: what follows a neutral text that no token joins to it."""
    for neutral in _NEUTRAL:
        (before,), (both,) = reader.plain([neutral]), reader.plain([neutral + answer])
        if before and both[: len(before)] == before:
            return both[len(before) :]
    raise HypvizError(
        f"The tokenizer of {reader.label} joins the end of a prompt to the answer {answer[:40]!r} whatever stands before it, "
        "so no place can be told where learning begins; choose another model."
    )


def example_order(n_examples: int, n_draws: int, seed: int) -> np.ndarray:
    """Which example stands at each of `n_draws` positions: one fresh permutation after another, int64 (n_draws,)."""
    rng = np.random.default_rng([seed, 0x0DA7A])
    rounds = -(-n_draws // n_examples)
    return np.concatenate([rng.permutation(n_examples) for _ in range(rounds)])[:n_draws]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One example at one position; `weight` is 1 / (answer tokens in the whole batch of its step)."""

    example: Example
    weight: float


class Stream(Dataset[Item]):
    """All examples of a run in order, `batch` to a step, from step `start` on."""

    def __init__(self, examples: Examples, *, steps: int, batch: int, seed: int, start: int = 0) -> None:
        self._items, self._batch, self._start = examples.items, batch, start * batch
        self._order = example_order(len(examples.items), steps * batch, seed)

    def __len__(self) -> int:
        return len(self._order) - self._start

    def __getitem__(self, position: int) -> Item:
        at = position + self._start
        first = at - at % self._batch
        n_answer = sum(self._items[i].n_answer for i in self._order[first : first + self._batch])
        return Item(example=self._items[self._order[at]], weight=1.0 / n_answer)


def collate(items: Sequence[Item], *, pad_id: int) -> dict[str, Tensor]:
    """ids, attention mask and labels (n, longest), padded on the right; weights (n,) float64."""
    longest = max(len(item.example.ids) for item in items)
    ids = torch.full((len(items), longest), pad_id, dtype=torch.long)
    mask = torch.zeros((len(items), longest), dtype=torch.long)
    labels = torch.full((len(items), longest), IGNORED, dtype=torch.long)
    for row, item in enumerate(items):
        tokens, n_prompt = torch.tensor(item.example.ids), item.example.n_prompt
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
        labels[row, n_prompt : len(tokens)] = tokens[n_prompt:]
    weights = torch.tensor([item.weight for item in items], dtype=torch.float64)
    return {"input_ids": ids, "attention_mask": mask, "labels": labels, "weights": weights}


def answer_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Sum over answer tokens of weight times -log p, in float32; `logits` (n, t, vocabulary) predict the next token."""
    learned = labels[:, 1:] != IGNORED
    losses = torch.nn.functional.cross_entropy(logits[:, :-1][learned].float(), labels[:, 1:][learned], reduction="none")
    per_token = weights.to(losses.dtype).unsqueeze(1).expand(learned.shape)[learned]
    return (losses * per_token).sum()
