"""Questions to language models: one prompt or a problem set put to several columns of weights, and one column's share of each.

In: a model, columns with their fingerprints, what is asked and how it is decoded. Out: the identity of the question, for jobs and pages
(`ComparisonSpec`, `EvaluationSpec`), and of what is kept column by column (`AnswerSpec`, `AnswersSpec`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from hypviz.errors import HypvizError
from hypviz.records.answers import Column, Decoding, Weights
from hypviz.records.asking import NONE, PLAIN_QUESTION, Asking
from hypviz.records.base import Record
from hypviz.records.limits import SAMPLES
from hypviz.records.models import ModelRef
from hypviz.records.spec import NOT_IN_ADDRESS, Spec
from hypviz.records.texts import ProblemSet


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedColumn(Record):
    """A column and the fingerprints of its weights; the folder it lies in is not part of its identity."""

    column: Column
    weights: Weights

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def identity(self) -> dict[str, Any]:
        """What a spec says of a column: its name and its weights."""
        return {"name": self.column.name, "weights": self.weights.identity}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonSpec(Spec):
    """One prompt to several columns, the base first: the text, how it is put, the longest answer in tokens, the decoding.

    With `control_tokens` the names of control tokens in a text that stands for itself are these tokens.
    """

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    columns: tuple[AskedColumn, ...] = field(metadata=NOT_IN_ADDRESS)
    prompt: str = field(metadata=NOT_IN_ADDRESS)
    asking: Asking = field(default=PLAIN_QUESTION, metadata=NOT_IN_ADDRESS)
    control_tokens: bool = False
    tokens: int
    temperature: float = 0.0
    seed: int = 0
    beams: int = 1
    stop: tuple[str, ...] = field(default=(), metadata=NOT_IN_ADDRESS)

    def __post_init__(self) -> None:
        if self.control_tokens and self.asking.template != NONE:
            raise HypvizError(f"Control tokens are read only in a text given as it stands; choose the template {NONE} to have them read.")

    @property
    def identity(self) -> dict[str, Any]:
        """All fields; the seed only where it plays a part."""
        return super(ComparisonSpec, self).identity | {"seed": None if self.decoding.greedy else self.seed}

    @property
    def decoding(self) -> Decoding:
        """How every column answers; raises `HypvizError` for numbers that no decoding has."""
        return Decoding(
            max_new_tokens=self.tokens,
            temperature=self.temperature,
            seed=self.seed,
            stop_at_question=self.asking.stops_at_question,
            beams=self.beams,
            stop=self.stop,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSpec(Spec):
    """A problem set to several columns, the base first, each answering in at most `tokens` tokens.

    Every problem is answered `samples` times, with the seeds `seed`, `seed` + 1, ...; what is kept is one `AnswersSpec` for each seed and
    column, and of several samples the answer that most of them give counts.
    """

    model: ModelRef = field(metadata=NOT_IN_ADDRESS)
    columns: tuple[AskedColumn, ...] = field(metadata=NOT_IN_ADDRESS)
    problems: ProblemSet = field(metadata=NOT_IN_ADDRESS)
    tokens: int
    asking: Asking = field(default=PLAIN_QUESTION, metadata=NOT_IN_ADDRESS)
    temperature: float = 0.0
    seed: int = 0
    beams: int = 1
    stop: tuple[str, ...] = field(default=(), metadata=NOT_IN_ADDRESS)
    samples: int = 1

    def __post_init__(self) -> None:
        SAMPLES.check(self.samples)
        if self.samples > 1 and self.temperature == 0:
            raise HypvizError("Without sampling all answers to a problem are alike; choose the decoding sample, or one sample a problem.")

    @property
    def identity(self) -> dict[str, Any]:
        """All fields; the seed only where it plays a part."""
        return super(EvaluationSpec, self).identity | {"seed": self.seed if self.temperature > 0 else None}

    @property
    def decoding(self) -> Decoding:
        """How every column answers, at first; raises `HypvizError` for numbers that no decoding has."""
        return Decoding(
            max_new_tokens=self.tokens,
            temperature=self.temperature,
            seed=self.seed,
            stop_at_question=self.asking.stops_at_question,
            beams=self.beams,
            stop=self.stop,
        )

    @property
    def decodings(self) -> tuple[Decoding, ...]:
        """One for each sample, which differ in their seeds."""
        return tuple(replace(self.decoding, seed=self.seed + i) for i in range(self.samples))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSpec(Spec):
    """One column's answer to one prompt: the weights, the text with its token ids, the ids that end an answer, and the decoding."""

    weights: Weights
    prompt: str
    ids: tuple[int, ...]
    ends: tuple[int, ...]
    decoding: Decoding


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersSpec(Spec):
    """One column's answers to a problem set, which is named by its fingerprint.

    `prompts` is the fingerprint of the token ids that were read, None for plain questions without examples.
    """

    weights: Weights
    problems: str
    ends: tuple[int, ...]
    decoding: Decoding
    prompts: str | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """All fields; of plain questions as it was before there were others."""
        return {name: value for name, value in super(AnswersSpec, self).identity.items() if name != "prompts" or value is not None}
