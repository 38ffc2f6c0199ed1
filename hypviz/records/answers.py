"""What models answered: one prompt under one set of weights, and a whole problem set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.asking import Asking
from hypviz.records.base import Provenance, Record
from hypviz.records.hyplora import AdapterProbe, PromptProbe
from hypviz.records.limits import ANSWER_TOKENS, BEAMS, SEED, TEMPERATURE
from hypviz.records.next_tokens import NextTokens

BASE = "base"  # the name of the column without an adapter
END_OF_TEXT, NEW_QUESTION, STOP_STRING, TOKEN_LIMIT = "end of text", "new question", "stop string", "token limit"
STOPPED, TIME_LIMIT = "stopped", "time limit"
UNFINISHED = (STOPPED, TIME_LIMIT)  # depend on the clock or on the person, so they are shown but never stored
RIGHT, WRONG, CUT, NO_NUMBER, NO_TEXT = "right", "wrong", "unfinished", "no answer found", "no text"
STATES = (RIGHT, WRONG, CUT, NO_NUMBER, NO_TEXT)  # what becomes of an answer under a rule; `problems.answers.answer_state` decides
READ = "read"  # in the place of RIGHT and WRONG where nobody said what would be right


GREEDY, PAPER, SAMPLE = "greedy", "paper", "sample"
DECODINGS = (GREEDY, PAPER, SAMPLE)
PAPER_BEAMS, USUAL_TEMPERATURE = 4, 0.7
NEW_QUESTION_MARK = "\nQuestion:"  # what begins a question in the template that fine-tunes learn


def answer_part(text: str, ended: str) -> str:
    """The part of a continuation that answers: all of it, or of one that a new question of the model's own ended what stands before it.

    In a chat nothing ends there, and "Question:" is a line of the answer like any other.
    """
    return text.partition(NEW_QUESTION_MARK)[0] if ended == NEW_QUESTION else text


def is_cut(ended: str) -> bool:
    """Whether an answer stops where a limit or a person stopped it, not at a new question or by itself."""
    return ended == TOKEN_LIMIT or ended in UNFINISHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoding(Record):
    """How the next token is chosen, by one of the names in `DECODINGS`.

    `greedy` takes the most likely token; `sample` draws at a temperature above 0 with `seed`, the same noise for all weights under one
    prompt; `paper` is beam search with `PAPER_BEAMS` beams, as the evaluation of arXiv 2410.04010v2 generates, and takes the whole text
    that is most likely per token among those it kept.

    `stop_at_question` ends an answer where the model begins a new "Question:"; one of the texts in `stop` ends it too, and what is kept
    ends before that text. A model's own defaults never apply.
    """

    max_new_tokens: int
    temperature: float = 0.0
    seed: int = 0
    stop_at_question: bool = True
    beams: int = 1
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ANSWER_TOKENS.check(self.max_new_tokens)
        TEMPERATURE.check(self.temperature)
        SEED.check(self.seed)
        BEAMS.check(self.beams)
        if self.beams > 1 and self.temperature > 0:
            raise HypvizError("Beam search draws no tokens; set the temperature to 0, or choose sampling.")
        if "" in self.stop:
            raise HypvizError("An empty stop string would end every answer at once; leave it out.")

    @property
    def name(self) -> str:
        """One of `DECODINGS`."""
        return SAMPLE if self.temperature > 0 else GREEDY if self.beams == 1 else PAPER

    @property
    def greedy(self) -> bool:
        """Whether no token is drawn, so that the seed plays no part."""
        return self.temperature == 0

    @property
    def identity(self) -> dict[str, int | float | bool | str | list[str] | None]:
        """What a spec says of a decoding: the seed only where it plays a part, beams and stop strings only where there are any."""
        seed = None if self.greedy else self.seed
        how = {"max_new_tokens": self.max_new_tokens, "temperature": self.temperature, "seed": seed}
        more = {"noise": None if self.greedy else "by prompt", "beams": self.beams if self.beams > 1 else None, "stop": list(self.stop)}
        return how | {"stop_at_question": self.stop_at_question} | {key: value for key, value in more.items() if value}

    @property
    def line(self) -> str:
        """For captions: ``greedy, at most 96 new tokens``."""
        ways = {GREEDY: "greedy", PAPER: f"beam search, {self.beams} beams", SAMPLE: f"temperature {self.temperature:g}, seed {self.seed}"}
        ends = f", until {' or '.join(map(repr, self.stop))}" if self.stop else ""
        return f"{ways[self.name]}, at most {self.max_new_tokens} new tokens{ends}"


def named_decoding(name: str, temperature: float | None = None) -> tuple[int, float]:
    """(beams, temperature) of a decoding by its name; `HypvizError` for a name that is none, or a temperature that it does not have."""
    if name not in DECODINGS:
        raise HypvizError(f"Answers are decoded by one of {', '.join(DECODINGS)}, but got {name!r}; choose one of them.")
    if name == SAMPLE:
        if temperature == 0:
            raise HypvizError("Sampling at temperature 0 would draw nothing; choose a temperature above 0, or greedy.")
        return 1, USUAL_TEMPERATURE if temperature is None else temperature
    if temperature:
        raise HypvizError(f"A temperature is for sampling, and {name} draws nothing; choose {SAMPLE}, or leave the temperature out.")
    return PAPER_BEAMS if name == PAPER else 1, 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Record):
    """One set of weights to compare, as the person names it: the base (`adapter` None) or an adapter folder on it.

    `curvature` is what the curvature of a HypLoRA adapter is multiplied by in memory: 1 as it was trained, 0 as LoRA.
    """

    name: str
    adapter: str | None = None
    curvature: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights(Record):
    """Which weights answered: fingerprints of the base and of the adapter (None for the base alone), the method, and what the curvature
    was multiplied by (1: as trained).
    """

    base: str
    adapter: str | None
    method: str
    curvature: float = 1.0

    @property
    def identity(self) -> dict[str, str | float | None]:
        """What a spec says of weights: their content; the curvature only where it is not the trained one."""
        turned = {} if self.curvature == 1.0 else {"curvature": self.curvature}
        return {"base": self.base, "adapter": self.adapter, **turned}

    @property
    def fingerprint(self) -> str:
        """The fingerprint that tells this column from the others."""
        return self.adapter or self.base


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation(Record):
    """One answer. `pieces` is the text token by token; `log_probs` are natural logs under the model itself (temperature 1).

    `logit_difference` is max |logit - base logit| over all prompt positions and tokens, 0 meaning that nothing distinguishes
    these weights from the base on this prompt; None for the base. `probe` is what the adapter did on the prompt layer by layer,
    `prompt_probe` the same token by token. `next_tokens` has what could have stood at every token of the answer; None without tokens, and
    of unfinished answers. What the answer is worth is no part of it: rules mark the text (`scoring.compared`).

    `seconds` is the time of reading the prompt and writing the answer, `measuring` that of everything else: logits against the base's, what
    the adapter did, and the distributions of every token.
    """

    SCHEMA: ClassVar[int] = 3

    weights: Weights
    prompt: str
    n_prompt_tokens: int
    token_ids: np.ndarray
    pieces: tuple[str, ...]
    log_probs: np.ndarray
    ended: str
    seconds: float
    measuring: float
    decoding: Decoding
    logit_difference: float | None
    probe: AdapterProbe | None
    prompt_probe: PromptProbe | None
    provenance: Provenance
    next_tokens: NextTokens | None = None

    @property
    def text(self) -> str:
        """The whole continuation, special tokens left out."""
        return "".join(self.pieces)

    @property
    def said(self) -> str:
        """The part that answers: up to where the model begins a new question of its own."""
        return answer_part(self.text, self.ended)

    @property
    def is_cut(self) -> bool:
        """Whether the answer stops where a limit or a person stopped it."""
        return is_cut(self.ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedColumn(Record):
    """A generation under the name of its column; `notice` is a sentence for the person, or None."""

    name: str
    generation: Generation
    notice: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(Record):
    """The same prompt under several weights, the base first; `control_tokens` says that names like ``<s>`` in it were read as tokens."""

    question: str
    asking: Asking
    control_tokens: bool = False
    columns: tuple[ComparedColumn, ...]

    @property
    def base(self) -> Generation:
        """The column without an adapter."""
        return self.columns[0].generation


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDifference(Record):
    """The first position where two answers have different tokens; a piece is None where that answer has already ended."""

    index: int
    piece: str | None
    other: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers(Record):
    """One column's answers to a problem set, in its order, as they were written; what they are worth is worked out from these texts.

    `one_by_one` says that prompts were not answered in batches, because padding changes these weights' answers. `agreeing` is empty
    and stands in files that lie in people's folders.
    """

    SCHEMA: ClassVar[int] = 3

    weights: Weights
    problems: str
    texts: tuple[str, ...]
    ended: tuple[str, ...]
    n_tokens: np.ndarray
    seconds: float
    decoding: Decoding
    provenance: Provenance
    one_by_one: bool = False
    agreeing: tuple[int, ...] = ()
