"""Which columns answer as rows of one batch, and how many rows a batch has.

A column goes with the others if PEFT can tell its rows apart and if a short prompt is answered among the others' rows, padded to the
length of a long one, as it is alone, which is measured on the loaded model and not believed.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hypviz.generate.bench import Bench
from hypviz.generate.continuing import continue_prompts
from hypviz.generate.padding import STEPS, goes_on_alike
from hypviz.models import available_memory
from hypviz.models.live.device import free_on
from hypviz.records.answers import Column, Decoding

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

MOST_ROWS = 96  # more gain nothing on a CPU, and what a stop loses is at most one batch
SHARE = 0.5  # of the free memory, for all rows of a batch


def columns_together(on_bench: Bench, columns: Sequence[Column], prompts: Sequence[Sequence[int]]) -> tuple[Column, ...]:
    """Those of `columns` that can be rows of one batch, two at least; () where there are none.

    Tried on the shortest of `prompts` beside the longest. Of a column that is left out it is not known whether padding changes its answers.
    """
    some = tuple(column for column in columns if on_bench.stands_in_rows(column))
    if len(some) < 2:
        return ()
    short, long = min(prompts, key=len), max(prompts, key=len)
    n_padded = int(len(long) > len(short))
    steps = STEPS if n_padded else 1
    alone = [_logits(on_bench, [column], [short], steps)[0] for column in some]  # first, so that damaged weights are named alone
    try:
        among = _logits(on_bench, [*some, *some[:n_padded]], [*([short] * len(some)), *([long] * n_padded)], steps)
    except (ValueError, TypeError, NotImplementedError):  # a layer of PEFT's that cannot tell rows apart
        return ()
    pairs, dtype = zip(some, alone, among, strict=False), on_bench.model.dtype
    same = tuple(column for column, one, other in pairs if goes_on_alike(one, other, dtype))
    return same if len(same) > 1 else ()


def rows_that_fit(model: PreTrainedModel, n_tokens: int, decoding: Decoding, n_processes: int = 1) -> int:
    """How many prompts of at most `n_tokens` can be answered at once: 1 to `MOST_ROWS`, each with all of its beams.

    A row is counted with its keys and values for prompt and answer, what a layer holds while the prompt is read, and its logits.
    `n_processes` share the free memory.
    """
    config = model.config.get_text_config()
    size, wide, layers = model.dtype.itemsize, int(config.hidden_size), int(config.num_hidden_layers)
    heads = int(getattr(config, "num_attention_heads", None) or 1)
    kept_heads = int(getattr(config, "num_key_value_heads", None) or heads)
    kept = 2 * layers * kept_heads * (wide // heads) * size * (n_tokens + decoding.max_new_tokens)
    read = n_tokens * (16 * wide * size + 4 * heads * n_tokens)
    n_logits = 1 if "logits_to_keep" in inspect.signature(model.forward).parameters else n_tokens
    row = decoding.beams * (2 * kept + read + 16 * int(config.vocab_size) * n_logits)
    free = min(available_memory(), free_on(str(model.device)))
    return max(1, min(MOST_ROWS // decoding.beams, int(SHARE * free / n_processes / row)))


def _logits(on_bench: Bench, columns: Sequence[Column], prompts: Sequence[Sequence[int]], n_steps: int) -> list[list[Tensor]]:
    """The logits (vocabulary,) float32 of every row at every step: a row of one batch for each column and its prompt."""
    seen: list[Tensor] = []
    decoding = Decoding(max_new_tokens=n_steps, stop_at_question=False)
    with on_bench.using_rows(columns) as (model, _):
        continue_prompts(model, on_bench.tokenizer, prompts, decoding, on_logits=lambda logits: seen.append(logits.float()))
    return [list(steps) for steps in zip(*seen, strict=True)]
