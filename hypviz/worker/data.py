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
from hypviz.models import encode_prompts, load_tokenizer
from hypviz.models.tokens import encode_plain
from hypviz.problems import format_prompt, format_solution
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem

IGNORED = -100


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
    """What can be trained on, and how many problems were too long for it."""

    items: tuple[Example, ...]
    n_too_long: int
    pad_id: int


def encode_examples(ref: ModelRef, problems: Sequence[Problem], *, max_tokens: int) -> Examples:
    """Every problem as the model reads it; `HypvizError` if none fits or the tokenizer has no end token."""
    tokenizer = load_tokenizer(ref)
    end = tokenizer.eos_token_id
    if end is None:
        raise HypvizError(f"The tokenizer of {ref.label} has no end-of-text token, so answers cannot be learned; set eos_token in it.")
    prompts = encode_prompts(ref, [format_prompt(p.question) for p in problems])
    answers = encode_plain(ref, [format_solution(p) for p in problems])
    made = [Example(ids=(*q, *a, end), n_prompt=len(q)) for q, a in zip(prompts, answers, strict=True)]
    kept = tuple(example for example in made if len(example.ids) <= max_tokens)
    if not kept:
        raise HypvizError(f"All {len(made)} problems are longer than {max_tokens} tokens; raise max_tokens or choose shorter problems.")
    pad = tokenizer.pad_token_id
    return Examples(items=kept, n_too_long=len(made) - len(kept), pad_id=end if pad is None else pad)


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
