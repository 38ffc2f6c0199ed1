"""How long answers take, about, before any was asked for: a first guess for the words beside a button."""

from __future__ import annotations

from hypviz.records.models import ModelRef
from hypviz.ui.shell.session import model_summary

SECONDS_PER_TOKEN, FEWEST_PARAMETERS = 0.003, 3_400_000  # the bundled model on one slow core; only for the first guess of the time left
PART_USED = 0.6  # of the longest answer, by the usual one


def seconds_to_answer(ref: ModelRef, n_answers: float, tokens: int) -> float:
    """Seconds for so many answers of at most `tokens` tokens.

    A token costs a time that grows with the number of parameters, less than they do (measured: 13 times for 40 times).
    """
    n_tokens = n_answers * PART_USED * tokens
    return SECONDS_PER_TOKEN * n_tokens * max(1.0, model_summary(ref).n_parameters / FEWEST_PARAMETERS) ** 0.7
