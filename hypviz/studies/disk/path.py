"""A prompt's path through the layers: the tokens that the state of one position stands for, or lies nearest to, after every layer.

In: a `PathSpec`. Out: a `PromptPath`, which knows which tokens are laid out and no place of theirs. What stands behind the position is not
read: a causal model does not look ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float32, Float64, Int64

from hypviz.errors import HypvizError
from hypviz.generate import LayerReading, longest_prompt, read_layers
from hypviz.layout import centred_rows
from hypviz.models import encode_prompts
from hypviz.models.tokenizer.tokens import encode_plain
from hypviz.records.models import ModelRef
from hypviz.records.path import COSINE, LENSES, LOGIT, PromptPath
from hypviz.records.specs.disk import ModelRows, RowNumbers
from hypviz.records.specs.path import PathSpec
from hypviz.studies.disk.rows import values_of
from hypviz.studies.frame import Sitting, Study
from hypviz.work import Work

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

N_TOKENS = 10  # kept of every layer
READING = 0.8  # of the progress: mostly the model, if it is not in memory yet
SECONDS, SECONDS_A_BILLION = 4.0, 25.0  # for a first guess: reading the weights is what takes long
Lend = Callable[[Work], AbstractContextManager[tuple["PreTrainedModel", "PreTrainedTokenizerBase"]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """One line of a `PromptPath`."""

    tokens: Int64[np.ndarray, " k"]
    values: Float64[np.ndarray, " k"]
    placed: int
    placed_value: float
    laid_out: float = 0.0
    entropy: float = 0.0


def path_spec(
    model: ModelRef, prompt: str, *, token_ids: Int64[np.ndarray, " n"], table: str, lens: str = LOGIT, position: int | None = None
) -> PathSpec:
    """The question for a layout of the tokens `token_ids` (n,) by the rows of `table`; the logit lens asks the output layer anyway.

    Raises `HypvizError` for a prompt that has no tokens or not that one.
    """
    spec = PathSpec(
        model=model,
        prompt=prompt,
        position=position,
        lens=lens,
        table="output" if lens == LOGIT else table,
        among=RowNumbers(ids=np.sort(token_ids)),
    )
    prompt_ids(spec)
    return spec


def path_study(lend: Lend) -> Study[PathSpec, PromptPath]:
    """The study; `lend(work)` opens the model and is called only where something is computed.

    It raises `HypvizError` for a prompt without a token or with too many of them, and for a model whose layers cannot be read so.
    """
    return Study(
        kind="prompt_path",
        record=PromptPath,
        algorithm=1,
        measure=lambda spec, sitting: _measure(spec, sitting, lend),
        libraries=lambda spec: ("numpy", "torch", "transformers"),
    )


def estimated_seconds(n_parameters: int) -> float:
    """A first guess, in which the weights are still to be read."""
    return SECONDS + SECONDS_A_BILLION * n_parameters / 1e9


def prompt_ids(spec: PathSpec) -> Sequence[int]:
    """The prompt's token ids as the model reads it, up to the position; raises `HypvizError`.

    A control token's name in the prompt is that token, as where a text is pinned.
    """
    what = "The prompt"
    (plain,) = encode_plain(spec.model, [spec.prompt], control_tokens=True, what=what)
    if not plain:
        raise HypvizError("The prompt is empty, so that there is no state to follow; type a text.")
    last = len(plain) - 1 if spec.position is None else spec.position
    if not 0 <= last < len(plain):
        raise HypvizError(f"The prompt has {len(plain):,} tokens, numbered from 0, but number {last} was asked for; choose one of them.")
    (whole,) = encode_prompts(spec.model, [spec.prompt], control_tokens=True, what=what)
    return whole[: max(1, len(whole) - (len(plain) - 1 - last))]


def _measure(spec: PathSpec, sitting: Sitting[PromptPath], lend: Lend) -> PromptPath:
    if spec.lens not in LENSES:
        raise HypvizError(f"There is no lens {spec.lens!r} for hidden states; choose one of {', '.join(LENSES)}.")
    ids, work = prompt_ids(spec), sitting.work
    with lend(work.part(READING)) as (model, _):
        longest = longest_prompt(model)
        if longest is not None and len(ids) > longest:
            raise HypvizError(f"The prompt has {len(ids):,} tokens, but {spec.model.label} reads {longest:,} at most; shorten it.")
        work.check()
        reading = read_layers(model, ids, label=spec.model.label, with_logits=spec.lens == LOGIT)
    looking = work.part(1.0 - READING, "looking for the tokens of every layer")
    found = _most_probable(spec, reading, looking) if spec.lens == LOGIT else _nearest(spec, reading, looking)
    return PromptPath(
        ids=np.array(ids, dtype=np.int64),
        position=len(ids) - 1,
        lens=spec.lens,
        table=spec.table,
        tokens=np.stack([layer.tokens for layer in found]),
        values=np.stack([layer.values for layer in found]),
        placed=np.array([layer.placed for layer in found], dtype=np.int64),
        placed_value=np.array([layer.placed_value for layer in found]),
        laid_out=None if spec.lens == COSINE else np.array([layer.laid_out for layer in found]),
        entropy=None if spec.lens == COSINE else np.array([layer.entropy for layer in found]),
        provenance=sitting.provenance(spec.model),
    )


def _most_probable(spec: PathSpec, reading: LayerReading, work: Work) -> list[_Layer]:
    """Every layer through the model's own end; the softmax in float64."""
    assert reading.logits is not None
    found: list[_Layer] = []
    for layer, logits in enumerate(reading.logits):
        found.append(_read(spec, logits, layer))
        work.report(layer + 1, len(reading.logits))
    return found


def _read(spec: PathSpec, logits: Float32[np.ndarray, " n_rows"], layer: int) -> _Layer:
    if not np.isfinite(logits).all():
        raise HypvizError(
            f"Read after layer {layer}, the logits of {spec.model.label} are not numbers (NaN); take the nearest rows instead."
        )
    weight = np.exp(logits.astype(np.float64) - float(logits.max()))
    p = weight / weight.sum()
    k = min(N_TOKENS, len(p))
    top = np.argpartition(-p, k - 1)[:k]
    top = top[np.argsort(-p[top], kind="stable")]
    own = p[spec.among.ids]
    placed = int(own.argmax())
    some = p[p > 0.0]
    return _Layer(
        tokens=top.astype(np.int64),
        values=p[top],
        placed=int(spec.among.ids[placed]),
        placed_value=float(own[placed]),
        laid_out=float(own.sum()),
        entropy=float(-(some * np.log(some)).sum()),
    )


def _nearest(spec: PathSpec, reading: LayerReading, work: Work) -> list[_Layer]:
    """Every layer's state beside the laid out rows, both less the mean of these rows."""
    rows = centred_rows(values_of(ModelRows(model=spec.model, table=spec.table)), spec.among.ids)
    found: list[_Layer] = []
    for layer, state in enumerate(reading.states):
        near = rows.towards(state.astype(np.float64), k=N_TOKENS)
        tokens = np.asarray(spec.among.ids)[near.rows].astype(np.int64)
        found.append(_Layer(tokens=tokens, values=near.cosine, placed=int(tokens[0]), placed_value=float(near.cosine[0])))
        work.report(layer + 1, len(reading.states))
    return found
