"""What answers to a problem set are worth: what every rule makes of each, counts of columns and pairs, and the whole evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from hypviz.records.answers import RIGHT, Comparison, Decoding, Weights
from hypviz.records.base import Provenance, Record
from hypviz.records.problems import Problem
from hypviz.records.samples import SinglesPair
from hypviz.records.seeds import Origin, SeedsVerdict
from hypviz.records.statistics import Interval

BETTER, WORSE, ALIKE, TOO_SMALL, CONSTANT = "better", "worse", "alike", "too small to tell", "one answer to nearly every problem"
SAME_WITHIN = 0.05  # an interval of a difference that lies within this either way: ALIKE


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Record):
    """What a rule makes of one answer: the value that it takes for the answer (None without one), from where to where of the text that it
    was read, and what became of it (one of STATES; READ where nothing says what would be right).

    Where several samples were drawn and this is the mark of their majority, it was read in sample `sample`, counted from 0.
    `is_formal` says that the rule reads only answers of a form that this one lacks, so that it has nothing to say of it.
    """

    value: Fraction | str | None
    start: int
    end: int
    state: str
    is_formal: bool = False
    sample: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Record):
    """One problem and what every column made of it; the tuples follow `Evaluation.columns`.

    `marks` has those of every rule that marks such sets, by its name; `rule` is the one that counts. Of several samples, the texts
    are those of the majority by this rule, and the marks of each rule those of its own majority.
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
        return len({as_number(value) for value in values if value is not None}) > 1

    def hangs(self, k: int) -> bool:
        """Whether column k is right by one rule and not by another, of the rules that have something to say."""
        return len({marks[k].state == RIGHT for marks in self.marks.values() if not marks[k].is_formal}) > 1

    @property
    def hangs_on_the_rule(self) -> bool:
        """Whether any column does."""
        return any(self.hangs(k) for k in range(len(self.texts)))


def as_number(value: Fraction | str) -> Fraction | str:
    """A text of digits, as rules that compare texts read it, as the number that it is."""
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedComparison(Record):
    """A comparison with what every rule makes of its answers, in the order of its columns; without `is_marked` nobody said what is right,
    and the answer in `outcome.problem` stands in for one.
    """

    comparison: Comparison
    outcome: Outcome
    is_marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnScore(Record):
    """What became of one column's answers to n problems by the evaluation's rule, with the share of right ones.

    `correct`, `wrong`, `unfinished` (cut by the token limit before a right answer), `no_answer` (text without one) and `no_text`
    add up to n. `n_cut` is every answer that ran into the limit, right ones included. `by_rule` is how many are right by every rule;
    the rules read `n_read_differently` answers differently, and judge `n_judged_differently` of them differently. `one_by_one` as in
    `Answers`.

    `usual` is the answer given most often (the smallest of equals; None where none was given), to `n_usual` problems; `answers_constant`
    says that it was given to at least nine problems in ten, of at least ten, and is not the reference answer of as many.
    `singles` is the share of right ones among all single samples, None where each problem was answered once.
    `over_constant` is the accuracy minus that of the best constant answer on the same problems, with the interval of McNemar's exact test
    adjusted for the number of columns, None where all references differ, so that no constant is the best; `beats_constant` says that it
    lies above 0.
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
    over_constant: Interval | None
    beats_constant: bool
    one_by_one: bool = False
    singles: Interval | None = None


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

    `p` is of this pair alone: McNemar's exact one, or, where problems come in `n_clusters` (`scoring.clusters`), that of
    `statistics.clusters`, with the standard `error` of the difference over clusters. `adjusted_p` is Holm's over the `n_pairs` that were
    judged together. `difference` is accuracy of b minus accuracy of a; its interval, at the level of this pair's step in Holm's procedure,
    excludes 0 if and only if `adjusted_p` < 0.05. `verdict` is one of BETTER, WORSE (b than a), ALIKE, TOO_SMALL, CONSTANT (both
    answer constants). `constant_a` and `constant_b` are there for a column that gives one answer to nearly every problem; `unbeaten` is
    the best constant answer where neither column is shown to be better than that.
    """

    SCHEMA: ClassVar[int] = 5

    a: str
    b: str
    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    unfinished: int
    neither_answered: int
    other_unfinished: int
    p: float
    adjusted_p: float
    n_pairs: int
    difference: Interval
    verdict: str
    constant_a: ConstantAnswer | None
    constant_b: ConstantAnswer | None
    unbeaten: Fraction | str | None
    n_clusters: int | None = None
    error: float | None = None

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
    the base with each and those of one seed. `n_clusters` is there where some problems are not independent (`scoring.clusters`).

    `origins` has the columns with an adapter in their order; `over_seeds` has every two methods of which several seeds are there.
    Of several `samples` a problem, what counts is the answer of their majority as the rule reads them, which `agreeing[k][i]` of them gave
    to problem i; `rounds` has the outcomes of each sample, and `single_pairs` compares columns over all of them, clustered by problem.
    `samples_asked` were wanted; after a stop fewer are counted. `majority` is None where all references differ.
    """

    SCHEMA: ClassVar[int] = 6

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
    majority: Majority | None
    decoding: Decoding
    provenance: Provenance
    notice: str | None
    samples: int = 1
    samples_asked: int = 1
    agreeing: tuple[tuple[int, ...], ...] = ()
    rounds: tuple[tuple[Outcome, ...], ...] = ()
    single_pairs: tuple[SinglesPair, ...] = ()
    n_clusters: int | None = None

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
        """Whether the person stopped before all problems were answered in every sample."""
        return self.n + self.n_too_long < self.n_asked or self.samples < self.samples_asked
