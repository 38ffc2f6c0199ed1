"""What models answered: one prompt under one set of weights, a whole problem set, and the paired counts over it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from hypviz.errors import HypvizError
from hypviz.records.asking import Asking
from hypviz.records.base import Provenance, Record
from hypviz.records.hyplora import AdapterProbe, PromptProbe
from hypviz.records.limits import ANSWER_TOKENS, BEAMS, SEED, TEMPERATURE
from hypviz.records.next_tokens import NextTokens
from hypviz.records.problems import Problem
from hypviz.records.seeds import Origin, SeedsVerdict
from hypviz.records.statistics import Interval

BASE = "base"  # the name of the column without an adapter
END_OF_TEXT, NEW_QUESTION, STOP_STRING, TOKEN_LIMIT = "end of text", "new question", "stop string", "token limit"
STOPPED, TIME_LIMIT = "stopped", "time limit"
UNFINISHED = (STOPPED, TIME_LIMIT)  # depend on the clock or on the person, so they are shown but never stored
RIGHT, WRONG, CUT, NO_NUMBER, NO_TEXT = "right", "wrong", "unfinished", "no answer found", "no text"
STATES = (RIGHT, WRONG, CUT, NO_NUMBER, NO_TEXT)  # what becomes of an answer under a rule; `problems.answers.answer_state` decides
BETTER, WORSE, ALIKE, TOO_SMALL, CONSTANT = "better", "worse", "alike", "too small to tell", "one answer to nearly every problem"


GREEDY, PAPER, SAMPLE = "greedy", "paper", "sample"
DECODINGS = (GREEDY, PAPER, SAMPLE)
PAPER_BEAMS, USUAL_TEMPERATURE = 4, 0.7
NEW_QUESTION_MARK = "\nQuestion:"  # what begins a question in the template that fine-tunes learn
SAME_WITHIN = 0.05  # an interval of a difference that lies within this either way: ALIKE
FEWEST_DISCORDANT = 6  # 2 * (1/2)^5 > 0.05: with fewer problems that only one got right no outcome can be significant


def answer_part(text: str) -> str:
    """The continuation up to where the model begins a new question of its own."""
    return text.partition(NEW_QUESTION_MARK)[0]


def is_cut(text: str, ended: str) -> bool:
    """Whether the answer in a continuation stops where a limit or a person stopped it, not at a new question or by itself."""
    return (ended == TOKEN_LIMIT or ended in UNFINISHED) and NEW_QUESTION_MARK not in text


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
    `prompt_probe` the same token by token. `answer` is the number found by the paper's rule, `careful` the one found by careful reading.
    `next_tokens` has what could have stood at every token of the answer; None without tokens, and of unfinished answers.
    """

    SCHEMA: ClassVar[int] = 2

    weights: Weights
    prompt: str
    n_prompt_tokens: int
    token_ids: np.ndarray
    pieces: tuple[str, ...]
    log_probs: np.ndarray
    ended: str
    answer: Fraction | None
    careful: Fraction | None
    seconds: float
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
        return answer_part(self.text)

    @property
    def is_cut(self) -> bool:
        """Whether the answer stops where a limit or a person stopped it."""
        return is_cut(self.text, self.ended)


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

    `one_by_one` says that prompts were not answered in batches, because padding changes these weights' answers. `agreeing` is there where
    several samples were drawn and each problem has the answer of their majority (`scoring.votes`): how many of them gave it.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Record):
    """What a rule makes of one answer: the value that it takes for the answer (None without one), from where to where of the text that it
    was read, and what became of it (one of STATES).

    `is_formal` says that the rule reads only answers of a form that this one lacks, so that it has nothing to say of it.
    """

    value: Fraction | str | None
    start: int
    end: int
    state: str
    is_formal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Record):
    """One problem and what every column made of it; the tuples follow `Evaluation.columns`.

    `marks` has those of every rule that marks such sets, by its name; `rule` is the one that counts.
    """

    SCHEMA: ClassVar[int] = 3

    problem: Problem
    texts: tuple[str, ...]
    ended: tuple[str, ...]
    rule: str
    marks: dict[str, tuple[Mark, ...]]

    @property
    def question(self) -> str:
        """The question as it was put."""
        return self.problem.question

    @property
    def answer(self) -> Fraction | str:
        """The reference."""
        return self.problem.answer

    @property
    def skill(self) -> str:
        """What the problem asks for, or "file"."""
        return self.problem.skill

    @property
    def found(self) -> tuple[Fraction | str | None, ...]:
        """What the rule takes for the answer of each column."""
        return tuple(mark.value for mark in self.marks[self.rule])

    @property
    def states(self) -> tuple[str, ...]:
        """What became of each column's answer by the rule, of STATES."""
        return tuple(mark.state for mark in self.marks[self.rule])

    @property
    def right(self) -> tuple[bool, ...]:
        """Which columns are right by the rule."""
        return tuple(mark.state == RIGHT for mark in self.marks[self.rule])

    def is_read_differently(self, k: int) -> bool:
        """Whether the rules that find an answer in column k's text find different ones."""
        values = [marks[k].value for marks in self.marks.values()]
        return len({_as_number(value) for value in values if value is not None}) > 1

    def hangs(self, k: int) -> bool:
        """Whether column k is right by one rule and not by another, of the rules that have something to say."""
        return len({marks[k].state == RIGHT for marks in self.marks.values() if not marks[k].is_formal}) > 1

    @property
    def hangs_on_the_rule(self) -> bool:
        """Whether any column does."""
        return any(self.hangs(k) for k in range(len(self.texts)))


def _as_number(value: Fraction | str) -> Fraction | str:
    """A text of digits, as rules that compare texts read it, as the number that it is."""
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnScore(Record):
    """What became of one column's answers to n problems by the evaluation's rule, with the share of right ones.

    `correct`, `wrong`, `unfinished` (cut by the token limit before a right answer), `no_answer` (text without one) and `no_text`
    add up to n. `n_cut` is every answer that ran into the limit, right ones included. `by_rule` is how many are right by every rule;
    the rules read `n_read_differently` answers differently, and judge `n_judged_differently` of them differently. `one_by_one` as in
    `Answers`.

    `usual` is the answer given most often (the smallest of equals; None where none was given), to `n_usual` problems; `answers_constant`
    says that it was given to at least nine problems in ten, of at least ten, and is not the reference answer of as many.
    `over_constant` is the accuracy minus that of the best constant answer on the same problems, with the interval of McNemar's exact test
    adjusted for the number of columns; `beats_constant` says that it lies above 0.
    """

    SCHEMA: ClassVar[int] = 4

    name: str
    weights: Weights
    n: int
    correct: int
    accuracy: Interval
    wrong: int
    unfinished: int
    no_answer: int
    no_text: int
    n_cut: int
    by_rule: dict[str, int]
    n_read_differently: int
    n_judged_differently: int
    seconds: float
    usual: Fraction | str | None
    n_usual: int
    answers_constant: bool
    over_constant: Interval
    beats_constant: bool
    one_by_one: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantAnswer(Record):
    """The one answer that a column gives to `n_given` of all `n` problems, nearly every one."""

    answer: Fraction | str
    n_given: int
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCounts(Record):
    """Two columns on the same problems. `both_right`, `only_a`, `only_b` and `both_wrong` (neither is right) add up to n.

    Of `both_wrong`, `unfinished` have an unfinished answer and `neither_answered` two finished ones without a number. On
    `other_unfinished` of the problems that only one got right the other's answer is unfinished.

    `mcnemar_p` is McNemar's exact p of this pair alone, `adjusted_p` Holm's over the `n_pairs` that were judged together. `difference` is
    accuracy of b minus accuracy of a; its interval, at the level of this pair's step in Holm's procedure, excludes 0 if and only if
    `adjusted_p` < 0.05. `verdict` is one of BETTER, WORSE (b than a), ALIKE, TOO_SMALL, CONSTANT (both answer constants).
    `constant_a` and `constant_b` are there for a column that gives one answer to nearly every problem; `unbeaten` is the best constant
    answer where neither column is shown to be better than that.
    """

    SCHEMA: ClassVar[int] = 4

    a: str
    b: str
    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    unfinished: int
    neither_answered: int
    other_unfinished: int
    mcnemar_p: float
    adjusted_p: float
    n_pairs: int
    difference: Interval
    verdict: str
    constant_a: ConstantAnswer | None
    constant_b: ConstantAnswer | None
    unbeaten: Fraction | str | None

    @property
    def constants(self) -> tuple[str, ...]:
        """The columns of the pair that give one answer to nearly every problem."""
        sides = ((self.a, self.constant_a), (self.b, self.constant_b))
        return tuple(name for name, constant in sides if constant is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority(Record):
    """The best that always giving one answer could reach on these problems."""

    SCHEMA: ClassVar[int] = 3

    answer: Fraction | str
    correct: int
    accuracy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Record):
    """All columns over one problem set. `n_asked` problems were wanted; `n_too_long` do not fit the model and were left out,
    `n_skipped` rows of the file were no problems, and the rest up to n were not reached before a stop. `notice` is a sentence
    for the person, or None. `skipped` has the reasons of the first rows that were no problems.

    `rule` is the marking rule that counts. `pairs` takes an unfinished answer as not right; `other_pairs` has the same by every other rule;
    `finished_pairs` leaves out the problems on which either column is unfinished, None where that is none or all of them. Each of these
    is a family of its own for Holm's procedure. They hold every two columns; where columns are several seeds of one fine-tune, only
    the base with each and those of one seed.

    `origins` has the columns with an adapter in their order; `over_seeds` has every two methods of which several seeds are there.
    Of several `samples` a problem, what counts is the answer of their majority, which `agreeing[k][i]` of them gave to problem i.
    """

    SCHEMA: ClassVar[int] = 5

    problems: str
    n: int
    n_asked: int
    n_too_long: int
    n_skipped: int
    skipped: tuple[str, ...]
    columns: tuple[ColumnScore, ...]
    pairs: tuple[PairCounts, ...]
    other_pairs: dict[str, tuple[PairCounts, ...]]
    finished_pairs: tuple[PairCounts | None, ...]
    origins: tuple[Origin, ...]
    over_seeds: tuple[SeedsVerdict, ...]
    outcomes: tuple[Outcome, ...]
    rule: str
    majority: Majority
    decoding: Decoding
    provenance: Provenance
    notice: str | None
    samples: int = 1
    agreeing: tuple[tuple[int, ...], ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that mark this set, the one that counts among them."""
        return tuple(self.outcomes[0].marks)

    @property
    def n_hanging(self) -> int:
        """On how many problems right or wrong hangs on the rule."""
        return sum(row.hangs_on_the_rule for row in self.outcomes)

    @property
    def stopped_early(self) -> bool:
        """Whether the person stopped before all problems were answered."""
        return self.n + self.n_too_long < self.n_asked
