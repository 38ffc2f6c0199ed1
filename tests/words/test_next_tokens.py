"""Tokens coloured in steps: the legend says where each step lies, and the table what could have stood at each token."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hypviz.records.answers import TOKEN_LIMIT, ComparedColumn, Comparison
from hypviz.records.asking import PLAIN_QUESTION
from hypviz.records.next_tokens import Likeliest, NextTokens
from hypviz.words.next_tokens import (
    END_SIGN,
    GAIN,
    KL,
    LOG_PROBABILITY,
    PARTING,
    WORDS,
    colouring,
    has_end_token,
    hover,
    lacking,
    measures,
    quoted,
    token_table,
)
from tests.scoring.records import generation

TITLES = {"base": "Base", "hyplora": "HypLoRA"}


def likeliest(*probabilities: float) -> Likeliest:
    logs = np.log(np.array([probabilities, probabilities], dtype=np.float32))
    return Likeliest(ids=np.zeros(logs.shape, dtype=np.int64), log_probs=logs, texts=((" a", "\n"), (" a", "")))


def comparison(gains: list[float] | None) -> Comparison:
    gain = None if gains is None else np.array(gains, dtype=np.float32)
    log_probs = np.array([-0.05, -3.0], dtype=np.float32)
    weighed = NextTokens(own=likeliest(0.75, 0.25), base=likeliest(0.5, 0.5), kl=np.array([0.0, 0.2], dtype=np.float32), gain=gain)
    base = replace(generation([1, 2], (" a", "b")), log_probs=log_probs)
    bent = replace(base, next_tokens=weighed)
    columns = tuple(ComparedColumn(name=name, generation=g, notice=None) for name, g in (("base", base), ("hyplora", bent)))
    return Comparison(question="q", asking=PLAIN_QUESTION, columns=columns)


def test_only_what_some_column_has_can_be_chosen() -> None:
    assert measures(comparison(None)) == (PARTING, LOG_PROBABILITY, KL, WORDS) and GAIN in measures(comparison([1.0, 2.0]))
    empty = ComparedColumn(name="base", generation=generation([], ()), notice=None)
    assert measures(replace(comparison(None), columns=(empty,))) == (PARTING,)
    assert colouring(comparison(None), PARTING) is None
    assert lacking(comparison(None), TITLES, KL) == "Not coloured, because there it is not defined: Base."
    assert lacking(comparison(None), TITLES, LOG_PROBABILITY) is None


def test_steps_grow_with_surprise_and_with_divergence_and_the_legend_has_the_unit() -> None:
    told = comparison([1.0, 2.0])
    by_log, by_kl, by_gain = (colouring(told, measure) for measure in (LOG_PROBABILITY, KL, GAIN))
    assert by_log is not None and by_kl is not None and by_gain is not None
    bent = told.columns[1].generation
    assert by_log.steps(bent) == (0, 4) and by_kl.steps(bent) == (0, 2) and by_gain.steps(bent) == (0, 4)
    assert by_kl.steps(told.base) is None
    assert by_log.labels == ("above −0.1 nats", "−0.1 to −0.5", "−0.5 to −1", "−1 to −2.5", "−2.5 nats and less")
    assert by_kl.labels == ("below 0.01 nats", "0.01 to 0.1", "0.1 to 0.5", "0.5 to 2", "2 nats and more")
    assert by_gain.labels == ("below 1.2", "1.2 to 1.4", "1.4 to 1.6", "1.6 to 1.8", "1.8 and more")
    even = colouring(comparison([1.5, 1.5]), GAIN)
    assert even is not None and even.labels == ("1.5 everywhere",) and even.steps(bent) == (0, 0)


def test_the_table_and_the_hover_text_say_what_could_have_stood_there() -> None:
    told = comparison([1.0, 2.0])
    head, rows = token_table(told.columns[1].generation, TITLES, "hyplora")
    assert head[2:5] == ("Log-probability (nats)", "KL to the base (nats)", "Gain, mean of the layers")
    assert rows[0] == ("1", "“␣a”", "−0.05", "0", "1", "“␣a” 75 %, “⏎” 25 %", "“␣a” 50 %, “⏎” 50 %")
    assert hover(told.columns[1].generation, TITLES, "hyplora")[1].splitlines()[:2] == [
        "Log-probability (nats): −3",
        "KL to the base (nats): 0.2",
    ]
    plain, _ = token_table(
        replace(told.base, next_tokens=NextTokens(own=likeliest(0.9, 0.1), base=None, kl=None, gain=None)), TITLES, "base"
    )
    assert plain == ("No.", "Token", "Log-probability (nats)", "Likeliest for Base")
    assert token_table(told.base, TITLES, "base") == ((), ()) and hover(told.base, TITLES, "base") == () and quoted("") == "(no text)"


def test_the_token_that_ended_the_text_is_its_sign_in_the_list_and_another_without_text_is_not() -> None:
    bent = comparison(None).columns[1].generation
    ended = replace(bent, pieces=(" a", ""))
    assert [row[1] for row in token_table(ended, TITLES, "hyplora")[1]] == ["“␣a”", END_SIGN] and has_end_token(ended)
    cut = replace(ended, ended=TOKEN_LIMIT)
    assert token_table(cut, TITLES, "hyplora")[1][1][1] == "(no text)" and not has_end_token(cut) and not has_end_token(bent)
    assert not has_end_token(replace(bent, pieces=()))
