"""Continuing prompts with transformers' `generate`: one prompt or a left-padded batch, stoppable between two tokens.

The model's own generation defaults (sampling, penalties, forced tokens) are set aside, so that all columns and all models are
decoded alike. Sampling adds Gumbel noise to logits/temperature and takes the maximum, which draws exactly from the softmax
(Gumbel, 1954; Yellott, J. Math. Psych. 15, 1977). The noise depends on the seed and the position only, so two columns differ
because their weights do and not because their dice fell differently, and no global random state is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from hypviz.errors import HypvizError
from hypviz.models.live.libraries import transformers_library
from hypviz.models.tokenizer.encoding import padding_id, require_rows
from hypviz.records.answers import END_OF_TEXT, NEW_QUESTION, NEW_QUESTION_MARK, STOPPED, TIME_LIMIT, TOKEN_LIMIT, Decoding
from hypviz.work import NOBODY, Deadline, Work

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase


class NotNumbers(HypvizError):
    """Logits that are NaN; the bench says with which column's weights."""


_MARK_TOKENS = 16  # the mark is looked for in the text of the last tokens; it never takes more of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What one prompt was continued with; log-probabilities are natural logs at temperature 1."""

    token_ids: tuple[int, ...]
    log_probs: tuple[float, ...]
    ended: str


def continue_prompts(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[Sequence[int]],
    decoding: Decoding,
    *,
    on_token: Callable[[int], None] | None = None,
    work: Work = NOBODY,
    deadline: Deadline | None = None,
    on_logits: Callable[[Tensor], None] | None = None,
) -> tuple[Continuation, ...]:
    """One continuation per prompt, as far as a stop or the deadline lets it; `on_token` streams the ids of a single prompt.

    `on_logits` is handed the (n_prompts, n_rows) logits of every step. Raises `HypvizError` for an id without a row.
    """
    import torch

    n_rows = int(cast("Tensor", model.get_input_embeddings().weight).shape[0])
    for prompt in prompts:
        require_rows(prompt, n_rows=n_rows, tokenizer=tokenizer, label="the model", where="The prompt")
    ends = tuple(i for i in _end_tokens(model, tokenizer) if 0 <= i < n_rows)
    pad = padding_id(tokenizer, n_rows)
    ids, mask = _left_padded(prompts, pad, model.device)
    watch = _Watch(tokenizer, ids.shape[1], len(prompts), decoding, work, deadline, on_logits)
    config = transformers_library().GenerationConfig(
        max_new_tokens=decoding.max_new_tokens, do_sample=False, num_beams=1, eos_token_id=list(ends) or None, pad_token_id=pad
    )
    generate = cast("Callable[..., Tensor]", model.generate)
    with torch.no_grad(), _own_defaults_aside(model):
        full = generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=config,
            logits_processor=[watch.on_logits],
            stopping_criteria=[watch],
            streamer=_Stream(on_token) if on_token is not None else None,
        )
    new = cast("list[list[int]]", full[:, ids.shape[1] :].tolist())
    return tuple(watch.cut(row, tokens, ends) for row, tokens in enumerate(new))


class _Stream:
    """What `generate` wants of a streamer: the prompt first, then every new token of one row."""

    def __init__(self, on_token: Callable[[int], None]) -> None:
        self._on_token, self._in_prompt = on_token, True

    def put(self, value: Tensor) -> None:
        """Hand a new token on; the prompt is skipped."""
        if not self._in_prompt:
            self._on_token(int(value.reshape(-1)[0]))
        self._in_prompt = False

    def end(self) -> None:
        """Nothing is held back."""


class _Watch:
    """A logits processor and a stopping criterion in one, duck-typed because importing their bases here would cost seconds.

    It adds the sampling noise, notes log-probabilities, and ends rows at a new question, on request or at the deadline.
    """

    def __init__(
        self,
        tokenizer: PreTrainedTokenizerBase,
        n_prompt: int,
        n_rows: int,
        decoding: Decoding,
        work: Work,
        deadline: Deadline | None,
        on_logits: Callable[[Tensor], None] | None,
    ) -> None:
        self._tokenizer, self._n_prompt, self._decoding = tokenizer, n_prompt, decoding
        self._work, self._deadline, self._handed_on = work, deadline, on_logits
        self._logits: Tensor | None = None
        self._log_probs: list[list[float]] = []
        self._question_at: list[int | None] = [None] * n_rows
        self._interrupted = STOPPED

    def on_logits(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores whose maximum is the next token; refuses logits that are not numbers."""
        if bool(scores.isnan().any()):
            raise NotNumbers("The model's logits are not numbers (NaN); its weights are damaged or overflow, choose other ones.")
        self._logits = scores
        if self._handed_on is not None:
            self._handed_on(scores)
        if self._decoding.greedy:
            return scores
        noise = gumbel_noise(self._decoding.seed, input_ids.shape[1] - self._n_prompt, scores.shape[-1])
        return scores / self._decoding.temperature + scores.new_tensor(noise)

    def __call__(self, input_ids: Tensor, scores: object, **_: object) -> Tensor:
        """Which rows are done after the token that was just chosen."""
        import torch

        assert self._logits is not None
        chosen = self._logits.gather(1, input_ids[:, -1:])[:, 0] - self._logits.logsumexp(dim=-1)
        self._log_probs.append(cast("list[float]", chosen.tolist()))
        if self._decoding.stop_at_question:
            self._look_for_questions(input_ids)
        if self._work.is_stopped:
            return torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
        if self._deadline is not None and self._deadline.is_over:
            self._interrupted = TIME_LIMIT
            return torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
        return torch.tensor([at is not None for at in self._question_at], device=input_ids.device)

    def cut(self, row: int, tokens: list[int], ends: tuple[int, ...]) -> Continuation:
        """A row without the padding after its end, and why it ended."""
        stop = next((i + 1 for i, token in enumerate(tokens) if token in ends), None)
        question = self._question_at[row]
        if question is not None and (stop is None or question < stop):
            kept, ended = tokens[:question], NEW_QUESTION
        elif stop is not None:
            kept, ended = tokens[:stop], END_OF_TEXT
        else:
            kept = tokens
            ended = TOKEN_LIMIT if len(tokens) >= self._decoding.max_new_tokens else self._interrupted
        log_probs = tuple(float(step[row]) for step in self._log_probs[: len(kept)])
        return Continuation(token_ids=tuple(kept), log_probs=log_probs, ended=ended)

    def _look_for_questions(self, input_ids: Tensor) -> None:
        n_new = input_ids.shape[1] - self._n_prompt
        tails = cast("list[list[int]]", input_ids[:, -min(n_new, _MARK_TOKENS) :].tolist())
        for row, tail in enumerate(tails):
            if self._question_at[row] is None and NEW_QUESTION_MARK in self._tokenizer.decode(tail, clean_up_tokenization_spaces=False):
                self._question_at[row] = n_new


def gumbel_noise(seed: int, step: int, size: int) -> np.ndarray:
    """Standard Gumbel noise (size,) of one position, the same wherever and however often it is asked for."""
    return np.random.default_rng((seed, step)).gumbel(size=size).astype(np.float32)


@contextmanager
def _own_defaults_aside(model: PreTrainedModel) -> Generator[None]:
    """Without the sampling, penalties and forced tokens of the model's generation_config.json."""
    kept, model.generation_config = model.generation_config, transformers_library().GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = kept


def _end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """All ids that end a text: the tokenizer's and those of the model's configuration."""
    told: tuple[object, ...] = (tokenizer.eos_token_id, model.generation_config.eos_token_id, model.config.get_text_config().eos_token_id)
    found: dict[int, None] = {}
    for given in cast("tuple[int | list[int] | None, ...]", told):
        found |= dict.fromkeys([given] if isinstance(given, int) else given or [])
    return tuple(found)


def _left_padded(prompts: Sequence[Sequence[int]], pad: int, device: torch.device) -> tuple[Tensor, Tensor]:
    import torch

    longest = max(len(prompt) for prompt in prompts)
    ids = [[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)
