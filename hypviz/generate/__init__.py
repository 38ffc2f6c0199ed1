"""Answers from a base model and adapters on it, through transformers' own `generate`; streaming, stoppable, reproducible.

In: a loaded model, its `ModelRef`, `Column`s and prompts. Out: `Generation` records, or batched continuations. Adapters are put on
the base for as long as a `bench` is open and taken off again, so the caller holds the model's lock meanwhile. What an answer is
worth is judged in `scoring`; what is kept between runs is decided in `studies`.
"""

from hypviz.generate.answering import answer_prompt, answer_together
from hypviz.generate.bench import Bench, Lend, bench
from hypviz.generate.columns import (
    BASE,
    asked_columns,
    check_columns,
    column_asking,
    column_notice,
    column_weights,
    given_columns,
    parse_column,
    virtual_tokens,
)
from hypviz.generate.continuing import continue_prompts
from hypviz.generate.hidden import hidden_states, longest_prompt, states_alone
from hypviz.generate.lens import LayerReading, read_layers
from hypviz.generate.prompts import EncodedPrompt, encode_prompt, encode_questions
from hypviz.generate.rows import columns_together
from hypviz.generate.watching import Continuation

__all__ = [
    "BASE",
    "Bench",
    "Continuation",
    "EncodedPrompt",
    "LayerReading",
    "Lend",
    "answer_prompt",
    "answer_together",
    "asked_columns",
    "bench",
    "check_columns",
    "column_asking",
    "column_notice",
    "column_weights",
    "columns_together",
    "continue_prompts",
    "encode_prompt",
    "encode_questions",
    "given_columns",
    "hidden_states",
    "longest_prompt",
    "parse_column",
    "read_layers",
    "states_alone",
    "virtual_tokens",
]
