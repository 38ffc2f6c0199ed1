"""Continuing prompts with transformers' `generate`: one prompt or a left-padded batch, stoppable between two tokens.

The model's own generation defaults (sampling, penalties, forced tokens) are set aside, so that all columns and all models are
decoded alike. What is done at every step, and how an answer ends, is `watching`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from hypviz.generate.watching import BeamWatch, Continuation, RowWatch, Watched
from hypviz.models.live.libraries import transformers_library
from hypviz.models.tokenizer.chat import end_of_turn_of
from hypviz.models.tokenizer.encoding import padding_id, require_rows
from hypviz.records.answers import Decoding
from hypviz.work import NOBODY, Deadline, Work

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SLICE = 16  # tokens after which rows that have ended are left out


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
    on_row: Callable[[int, int], None] | None = None,
    on_rows: Callable[[Sequence[int]], None] | None = None,
) -> tuple[Continuation, ...]:
    """One continuation per prompt, as far as a stop or the deadline lets it; `on_token` streams the ids of a single prompt.

    `on_logits` is handed the logits of every step, (rows, n_rows), or log-probabilities (rows * beams, n_rows) of beam search. `on_row`
    hears of every row's tokens as they come (the place of the prompt, the id), but not of beams, which change until the end. With `on_rows`
    rows that have ended are left out after every `SLICE` tokens, and it is told the places, among the rows so far, of those that go on.
    Raises `HypvizError` for an id without a row. Beams have no log-probabilities here: `generate.scoring` reads them off the whole text.
    """
    n_rows = int(cast("Tensor", model.get_input_embeddings().weight).shape[0])
    for prompt in prompts:
        require_rows(prompt, n_rows=n_rows, tokenizer=tokenizer, label="the model", where="The prompt")
    ends = tuple(i for i in _end_tokens(model, tokenizer) if 0 <= i < n_rows)
    pad = padding_id(tokenizer, n_rows)
    ids, mask = _left_padded(prompts, pad, model.device)
    watched = Watched(tokenizer, prompts, decoding, ends, work, deadline, on_logits, on_row, n_prompt=ids.shape[1])
    if decoding.beams > 1:
        beams = BeamWatch(watched)
        new = _generated(model, ids, mask, beams, pad, decoding.max_new_tokens).sequences[:, ids.shape[1] :].tolist()
        return tuple(beams.cut(row, tokens) for row, tokens in enumerate(new))
    watch = RowWatch(watched)
    if on_rows is not None and len(prompts) > 1:
        _write_in_slices(model, ids, mask, watch, pad, on_rows)
    else:
        stream = _Stream(on_token) if on_token is not None else None
        watch.write(_generated(model, ids, mask, watch, pad, decoding.max_new_tokens, stream).sequences)
    return tuple(watch.cut(row) for row in range(len(prompts)))


def _generated(
    model: PreTrainedModel,
    ids: Tensor,
    mask: Tensor,
    watch: RowWatch | BeamWatch,
    pad: int,
    n_tokens: int,
    stream: _Stream | None = None,
    cache: object = None,
) -> Any:
    """What `generate` hands back: `sequences`, prompts included, and `past_key_values` where the model has them."""
    import torch

    config = transformers_library().GenerationConfig(
        max_new_tokens=n_tokens,
        do_sample=False,
        num_beams=watch.watched.decoding.beams,
        eos_token_id=list(watch.watched.ends) or None,
        pad_token_id=pad,
        return_dict_in_generate=True,
    )
    past = {} if cache is None else {"past_key_values": cache}
    generate = cast("Callable[..., Any]", model.generate)
    with torch.no_grad(), _own_defaults_aside(model):
        return generate(
            input_ids=ids,
            attention_mask=mask,
            generation_config=config,
            logits_processor=[watch.on_logits],
            stopping_criteria=[watch],
            streamer=stream,
            **past,
        )


def _write_in_slices(
    model: PreTrainedModel, ids: Tensor, mask: Tensor, watch: RowWatch, pad: int, on_rows: Callable[[Sequence[int]], None]
) -> None:
    """Write all rows, `SLICE` tokens at a time; a slice goes on from the keys and values of the one before, or reads the text again."""
    import torch

    left, cache = watch.watched.decoding.max_new_tokens, None
    while True:
        found = _generated(model, ids, mask, watch, pad, min(SLICE, left), cache=cache)
        left -= int(found.sequences.shape[1]) - ids.shape[1]
        watch.write(found.sequences)
        places = watch.going_on()
        if not places or left <= 0:
            return
        kept = torch.tensor(places, device=ids.device)
        written = found.sequences.shape[1] - ids.shape[1]
        ids, mask = found.sequences[kept], torch.cat([mask[kept], mask.new_ones((len(places), written))], dim=1)
        cache = _cache_of(getattr(found, "past_key_values", None), kept)
        watch.keep(places)
        on_rows(places)


def _cache_of(cache: Any, kept: Tensor) -> object:
    """The keys and values of the rows kept; None where the model has none that can be cut by rows, so that the text is read again."""
    try:
        cache.batch_select_indices(kept)
    except (AttributeError, NotImplementedError, TypeError):
        return None
    return cache


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


@contextmanager
def _own_defaults_aside(model: PreTrainedModel) -> Generator[None]:
    """Without the sampling, penalties and forced tokens of the model's generation_config.json."""
    kept, model.generation_config = model.generation_config, transformers_library().GenerationConfig()
    try:
        yield
    finally:
        model.generation_config = kept


def _end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """All ids that end a text: the tokenizer's, those of the model's configuration, and the end of a turn in a chat."""
    configured = (model.generation_config.eos_token_id, model.config.get_text_config().eos_token_id)
    told: tuple[object, ...] = (tokenizer.eos_token_id, *configured, end_of_turn_of(tokenizer))
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
