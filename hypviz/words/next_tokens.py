"""Tokens of an answer coloured by a measure, in five steps with a legend, and what could have stood there, in lines and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hypviz.records.answers import BASE, END_OF_TEXT, Comparison, Generation
from hypviz.records.next_tokens import Likeliest
from hypviz.words.numbers import minus, part

END_SIGN = "∎ end"  # in the place of a token that ends the text and has none
PARTING, LOG_PROBABILITY, KL, GAIN, WORDS = "parting", "log-probability", "kl", "gain", "words"
LABELS = {
    PARTING: "Where they part",
    LOG_PROBABILITY: "Log-probability",
    KL: "KL to the base",
    GAIN: "HypLoRA's gain",
    WORDS: "Words of two",
}
_VISIBLE = {" ": "␣", "\n": "⏎", "\t": "⇥"}
_SURPRISES = (0.1, 0.5, 1.0, 2.5)  # nats: probabilities of 90, 61, 37 and 8 %
_DIVERGENCES = (0.01, 0.1, 0.5, 2.0)
MEANING = {
    LOG_PROBABILITY: "Log-probability of each token under its own column, in nats (0: certain; −0.69: one in two).",
    KL: "KL divergence of the column's next token from the base's, both having read the same text, in nats (0: the same).",
    GAIN: "HypLoRA's gain where the token is read, the mean over the layers (no unit; 1 is LoRA).",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Colouring:
    """A measure cut into steps 0 to 4 at `edges`, the strongest colour last; `labels` say where each step lies, unit included."""

    measure: str
    edges: tuple[float, ...]
    labels: tuple[str, ...]

    def steps(self, generation: Generation) -> tuple[int, ...] | None:
        """The step of every token; None for a column that has no such number."""
        values = values_of(generation, self.measure)
        if values is None:
            return None
        if self.measure == LOG_PROBABILITY:
            values = -values
        return tuple(int(step) for step in np.searchsorted(self.edges, values, side="right"))


def measures(comparison: Comparison) -> tuple[str, ...]:
    """What the tokens of this comparison can be marked by: where answers part, measures in colours, words that only one of two has."""
    told = (LOG_PROBABILITY, KL, GAIN)
    coloured = (m for m in told if any(values_of(c.generation, m) is not None for c in comparison.columns))
    return (PARTING, *coloured, *((WORDS,) if len(comparison.columns) > 1 else ()))


def colouring(comparison: Comparison, measure: str) -> Colouring | None:
    """The steps for all columns alike: fixed ones in nats, fifths of the range seen for the gain; None for `PARTING`."""
    if measure == PARTING:
        return None
    if measure == LOG_PROBABILITY:
        return Colouring(measure=measure, edges=_SURPRISES, labels=_labels(tuple(-edge for edge in _SURPRISES), "nats", falling=True))
    if measure == KL:
        return Colouring(measure=measure, edges=_DIVERGENCES, labels=_labels(_DIVERGENCES, "nats"))
    seen = np.concatenate([v for c in comparison.columns if (v := values_of(c.generation, measure)) is not None])
    low, high = float(seen.min()), float(seen.max())
    if not high - low > 1e-4 * high:
        return Colouring(measure=measure, edges=(), labels=(f"{low:.3g} everywhere",))
    edges = tuple(float(edge) for edge in np.linspace(low, high, 6)[1:-1])
    return Colouring(measure=measure, edges=edges, labels=_labels(edges, ""))


def values_of(generation: Generation, measure: str) -> np.ndarray | None:
    """The measure at every token, (n_tokens,); None where the column has none, or the answer no tokens."""
    if measure == LOG_PROBABILITY:
        return generation.log_probs if len(generation.log_probs) else None
    weighed = generation.next_tokens
    return None if weighed is None else weighed.kl if measure == KL else weighed.gain


def lacking(comparison: Comparison, titles: Mapping[str, str], measure: str) -> str | None:
    """Which columns have no colours, in a sentence; None where all have."""
    without = [titles[c.name] for c in comparison.columns if values_of(c.generation, measure) is None]
    return f"Not coloured, because there it is not defined: {', '.join(without)}." if without else None


def hover(generation: Generation, titles: Mapping[str, str], name: str) -> tuple[str, ...]:
    """A few lines for each token: its numbers, and the likeliest tokens of the column and of the base at its place."""
    head, rows = token_table(generation, titles, name)
    return tuple("\n".join(f"{label}: {cell}" for label, cell in zip(head[2:], row[2:], strict=True)) for row in rows)


def token_table(generation: Generation, titles: Mapping[str, str], name: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Headings and a row for each token: number, token, log-probability, what else was measured, and the likeliest tokens there."""
    weighed = generation.next_tokens
    if weighed is None:
        return (), ()
    columns: dict[str, Sequence[str]] = {
        "No.": [f"{i + 1}" for i in range(len(generation.pieces))],
        "Token": _typed(generation),
        "Log-probability (nats)": [_number(value) for value in generation.log_probs],
    }
    if weighed.kl is not None:
        columns["KL to the base (nats)"] = [_number(value) for value in weighed.kl]
    if weighed.gain is not None:
        columns["Gain, mean of the layers"] = [_number(value) for value in weighed.gain]
    columns[f"Likeliest for {titles[name]}"] = _likeliest(weighed.own)
    if weighed.base is not None:
        columns[f"Likeliest for {titles[BASE]}"] = _likeliest(weighed.base)
    return tuple(columns), tuple(zip(*columns.values(), strict=True))


def has_end_token(generation: Generation) -> bool:
    """Whether the last token is the one that ended the text, which has no text of its own."""
    return generation.ended == END_OF_TEXT and bool(generation.pieces) and not generation.pieces[-1]


def quoted(text: str) -> str:
    """A token in quotation marks, its white space visible: ``“␣42”``."""
    return f"“{''.join(_VISIBLE.get(sign, sign) for sign in text)}”" if text else "(no text)"


def _typed(generation: Generation) -> list[str]:
    typed = [quoted(piece) for piece in generation.pieces]
    return [*typed[:-1], END_SIGN] if has_end_token(generation) else typed


def _likeliest(found: Likeliest) -> list[str]:
    rows = zip(found.texts, np.exp(found.log_probs.astype(np.float64)), strict=True)
    return [", ".join(f"{quoted(text)} {part(min(1.0, float(p)))}" for text, p in zip(texts, ps, strict=True)) for texts, ps in rows]


def _number(value: float) -> str:
    return minus(f"{float(value):.3g}")


def _labels(edges: tuple[float, ...], unit: str, *, falling: bool = False) -> tuple[str, ...]:
    """``below 0.01 nats``, ``0.01 to 0.1``, ..., ``2 and more``; of `falling` edges ``above −0.1 nats``, ..., ``−2.5 and less``."""
    shown = [minus(f"{edge:.3g}") for edge in edges]
    first = f"{'above' if falling else 'below'} {shown[0]} {unit}".strip()
    last = f"{shown[-1]} {unit}".strip() + (" and less" if falling else " and more")
    return (first, *(f"{low} to {high}" for low, high in pairwise(shown)), last)
