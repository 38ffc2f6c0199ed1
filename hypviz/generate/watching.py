"""What is done at every step of `generate`, and how an answer ends: noise, log-probabilities, stop strings, stops and deadlines.

Sampling adds Gumbel noise to logits/temperature and takes the maximum, which draws exactly from the softmax (Gumbel, 1954; Yellott,
J. Math. Psych. 15, 1977). The noise depends on the seed, the prompt and the position only: two columns differ because their weights do
and not because their dice fell differently, the answers to two problems are drawn independently, and no global random state is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.answers import (
    END_OF_TEXT,
    NEW_QUESTION,
    NEW_QUESTION_MARK,
    STOP_STRING,
    STOPPED,
    TIME_LIMIT,
    TOKEN_LIMIT,
    Decoding,
)
from hypviz.work import Deadline, Work

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase


class NotNumbers(HypvizError):
    """Logits that are NaN; the bench says with which column's weights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What one prompt was continued with; log-probabilities are natural logs at temperature 1, none for beams."""

    token_ids: tuple[int, ...]
    log_probs: tuple[float, ...]
    ended: str


@dataclass(frozen=True, slots=True)
class Watched:
    """One call of `generate`: the prompts, padded to `n_prompt` tokens, how they are continued, what ends a text, and who listens."""

    tokenizer: PreTrainedTokenizerBase
    prompts: Sequence[Sequence[int]]
    decoding: Decoding
    ends: tuple[int, ...]
    work: Work
    deadline: Deadline | None
    on_logits: Callable[[Tensor], None] | None
    on_row: Callable[[int, int], None] | None
    n_prompt: int

    @property
    def interrupted(self) -> str | None:
        """Why all rows are to end now, or None."""
        if self.work.is_stopped:
            return STOPPED
        return TIME_LIMIT if self.deadline is not None and self.deadline.is_over else None

    def look_at(self, scores: Tensor) -> None:
        """Hand the scores of a step on; refuses those that are not numbers."""
        if bool(scores.isnan().any()):
            raise NotNumbers("The model's logits are not numbers (NaN); its weights are damaged or overflow, choose other ones.")
        if self.on_logits is not None:
            self.on_logits(scores)


class Marks:
    """The texts that end an answer: stop strings, and the beginning of a new question where that is wanted."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, decoding: Decoding) -> None:
        self._tokenizer = tokenizer
        self._marks = dict.fromkeys(decoding.stop, STOP_STRING)
        if decoding.stop_at_question:
            self._marks.setdefault(NEW_QUESTION_MARK, NEW_QUESTION)
        # a token is a byte at least, and one more because some tokenizers drop the space before the first token that they are given
        self.n_tokens = 1 + max((len(mark.encode("utf-8")) for mark in self._marks), default=0)

    def __bool__(self) -> bool:
        return bool(self._marks)

    def ends(self, tokens: Sequence[int]) -> str | None:
        """How the text of the last `n_tokens` new `tokens` ends the answer: by the mark that stands first in it; None for none."""
        text = str(self._tokenizer.decode(list(tokens[-self.n_tokens :]), clean_up_tokenization_spaces=False))
        places = [(at, ended) for mark, ended in self._marks.items() if (at := text.find(mark)) >= 0]
        return min(places)[1] if places else None


class RowWatch:
    """A logits processor and a stopping criterion in one, duck-typed because importing their bases here would cost seconds.

    It adds the sampling noise, notes tokens and log-probabilities, and ends rows at a mark, on request or at the deadline. The batch holds
    the rows of the prompts at the places in `rows`: all at first, and after `keep` fewer.
    """

    def __init__(self, watched: Watched) -> None:
        n = len(watched.prompts)
        self.watched, self._marks = watched, Marks(watched.tokenizer, watched.decoding)
        self.rows = list(range(n))
        self._logits: Tensor | None = None
        self._tokens: list[list[int]] = [[] for _ in range(n)]
        self._log_probs: list[list[float]] = [[] for _ in range(n)]
        self._marked: list[tuple[int, str] | None] = [None] * n  # after how many tokens a mark stood there, and which
        self._salts = [prompt_salt(prompt) for prompt in watched.prompts]
        self._interrupted: str | None = None

    def on_logits(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The scores whose maximum is the next token."""
        self.watched.look_at(scores)
        self._logits, decoding = scores, self.watched.decoding
        if decoding.greedy:
            return scores
        step, size = input_ids.shape[1] - self.watched.n_prompt, scores.shape[-1]
        salts = [self._salts[row] for row in self.rows]
        by_salt = {salt: gumbel_noise(decoding.seed, step, size, salt=salt) for salt in set(salts)}
        return scores / decoding.temperature + scores.new_tensor(np.stack([by_salt[salt] for salt in salts]))

    def __call__(self, input_ids: Tensor, scores: object, **_: object) -> Tensor:
        """Which rows are done after the token that was just chosen."""
        import torch

        assert self._logits is not None
        chosen = self._logits.gather(1, input_ids[:, -1:])[:, 0] - self._logits.logsumexp(dim=-1)
        for row, value in zip(self.rows, cast("list[float]", chosen.tolist()), strict=True):
            self._log_probs[row].append(value)
        new = cast("list[list[int]]", input_ids[:, self.watched.n_prompt :].tolist())
        self._tell(new)
        if self._marks:
            self._look_for_marks(new)
        self._interrupted = self.watched.interrupted
        done = [self._interrupted is not None or self._marked[row] is not None for row in self.rows]
        return torch.tensor(done, device=input_ids.device)

    def write(self, sequences: Tensor) -> None:
        """Note what the rows of the batch are now, prompts included."""
        for row, tokens in zip(self.rows, cast("list[list[int]]", sequences[:, self.watched.n_prompt :].tolist()), strict=True):
            self._tokens[row] = tokens

    def going_on(self) -> list[int]:
        """The places in the batch of the rows that nothing has ended yet, as far as it was noted by `write`."""
        if self._interrupted is not None:
            return []
        return [at for at, row in enumerate(self.rows) if self._marked[row] is None and self._end(self._tokens[row]) is None]

    def keep(self, places: Sequence[int]) -> None:
        """From now on the batch holds only the rows at these places in it."""
        self.rows = [self.rows[at] for at in places]

    def cut(self, row: int) -> Continuation:
        """A row without the padding after its end, and why it ended."""
        tokens, mark = self._tokens[row], self._marked[row]
        stop = self._end(tokens)
        if mark is not None and (stop is None or mark[0] < stop):
            kept, ended = tokens[: mark[0]], mark[1]
        elif stop is not None:
            kept, ended = tokens[:stop], END_OF_TEXT
        else:
            kept = tokens
            ended = TOKEN_LIMIT if len(tokens) >= self.watched.decoding.max_new_tokens else self._interrupted or STOPPED
        return Continuation(token_ids=tuple(kept), log_probs=tuple(self._log_probs[row][: len(kept)]), ended=ended)

    def _end(self, tokens: Sequence[int]) -> int | None:
        """After how many tokens an end token stands there."""
        return next((i + 1 for i, token in enumerate(tokens) if token in self.watched.ends), None)

    def _tell(self, new: Sequence[list[int]]) -> None:
        if self.watched.on_row is None:
            return
        for row, tokens in zip(self.rows, new, strict=True):
            if self._marked[row] is None and self._end(tokens[:-1]) is None:
                self.watched.on_row(row, tokens[-1])

    def _look_for_marks(self, new: Sequence[list[int]]) -> None:
        for row, tokens in zip(self.rows, new, strict=True):
            if self._marked[row] is None and (ended := self._marks.ends(tokens)) is not None:
                self._marked[row] = (len(tokens), ended)


class BeamWatch:
    """The same for beam search, whose rows change places at every step: what ends a beam is read off its tokens alone."""

    def __init__(self, watched: Watched) -> None:
        self.watched, self._marks = watched, Marks(watched.tokenizer, watched.decoding)
        self._interrupted: str | None = None

    def on_logits(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The log-probabilities as they are."""
        self.watched.look_at(scores)
        return scores

    def __call__(self, input_ids: Tensor, scores: object, **_: object) -> Tensor:
        """Which beams are done."""
        import torch

        self._interrupted = self.watched.interrupted
        if self._interrupted is not None:
            return torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
        tails = cast("list[list[int]]", input_ids[:, self.watched.n_prompt :][:, -self._marks.n_tokens :].tolist())
        done = [bool(self._marks) and self._marks.ends(tail) is not None for tail in tails]
        return torch.tensor(done, device=input_ids.device)

    def cut(self, row: int, tokens: list[int]) -> Continuation:
        """The best beam of a prompt without what fills it up, and why it ended."""
        for n, token in enumerate(tokens, start=1):
            if token in self.watched.ends:
                return self._continuation(tokens[:n], END_OF_TEXT)
            if token < 0:  # transformers fills up with -1 where no token ends a text
                return self._continuation(tokens[: n - 1], TOKEN_LIMIT)
            if self._marks and (ended := self._marks.ends(tokens[:n])) is not None:
                return self._continuation(tokens[:n], ended)
        return self._continuation(tokens, TOKEN_LIMIT)

    def _continuation(self, tokens: list[int], ended: str) -> Continuation:
        return Continuation(token_ids=tuple(tokens), log_probs=(), ended=self._interrupted or ended)


def prompt_salt(prompt: Sequence[int]) -> int:
    """A number of 64 bits that stands for the prompt, the same in every process."""
    return int.from_bytes(hashlib.sha256(np.asarray(prompt, dtype=np.int64).tobytes()).digest()[:8], "little")


def gumbel_noise(seed: int, step: int, size: int, *, salt: int = 0) -> np.ndarray:
    """Standard Gumbel noise (size,) of one position of one prompt, the same wherever and however often it is asked for."""
    return np.random.default_rng((seed, step, salt)).gumbel(size=size).astype(np.float32)
