"""The numbers that a person may give, each with its ends and the reason for the upper one; every door asks here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from hypviz.errors import HypvizError
from hypviz.records.hyplora import LARGEST_ALPHA, LARGEST_CURVATURE
from hypviz.records.runs import MOST_STEPS

SHOWN_DIGITS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """From `least` to `most`, both included unless `above` says that the number must be above the least; `why` the most is what it is."""

    name: str
    least: float
    most: float
    why: str
    whole: bool = True
    above: bool = False

    def check(self, value: Any) -> None:
        """Raise `HypvizError` for what is no number, or none between the ends."""
        if not self.holds(value):
            raise HypvizError(self.sentence(value))

    def holds(self, value: Any) -> bool:
        """Whether the value lies between the ends; never for NaN."""
        kinds = int if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return False
        return (self.least < value if self.above else self.least <= value) and value <= self.most

    def sentence(self, value: Any) -> str:
        """What the number must be, why, and what it is."""
        return f"{self.name} must be {self.words} ({self.why}), but it is {shown(value)}; change it."

    @property
    def words(self) -> str:
        """``a whole number from 1 to 100``, ``a number above 0 and at most 1``."""
        if self.above:
            return f"a number above {shown(self.least)} and at most {shown(self.most)}"
        return f"a {'whole ' if self.whole else ''}number from {shown(self.least)} to {shown(self.most)}"


def shown(value: Any) -> str:
    """A number as people read it, short however long it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if abs(value) < 10**SHOWN_DIGITS else f"{'-' if value < 0 else ''}2^{abs(value).bit_length() - 1} or more"
    if isinstance(value, float) and math.isfinite(value):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)  # 1.0000001 is not the 1 that it passes
    return str(value)[:SHOWN_DIGITS]


MOST_TOKENS, MOST_ROWS = 2**20, 100_000_000

STEPS = Limit(name="steps", least=1, most=MOST_STEPS, why="more would take years")
RANK = Limit(name="rank", least=1, most=65_536, why="an update has no more ranks than its layer is wide")
ALPHA = Limit(name="alpha", least=0.0, most=LARGEST_ALPHA, why="float32 overflows long before", whole=False, above=True)
HYPLORA_ALPHA = Limit(name="hyplora_alpha", least=0.0, most=LARGEST_ALPHA, why=ALPHA.why, whole=False, above=True)
LR = Limit(name="lr", least=0.0, most=1e30, why="a million steps of that length are all that float32 holds", whole=False, above=True)
CURVATURE = Limit(name="c", least=0.0, most=LARGEST_CURVATURE, why="beyond it 1/R^2 overflows", whole=False, above=True)
QUANTILE = Limit(name="quantile", least=0.0, most=1.0, why="1 counts every token", whole=False, above=True)
BEYOND = Limit(name="lora_beyond", least=0.0, most=1e18, why="float32 holds the square of no longer token", whole=False, above=True)
BATCH = Limit(name="batch", least=1, most=4096, why="a step's problems are put in order at once")
ACCUMULATE = Limit(name="accumulate", least=1, most=BATCH.most, why="a part has at least one problem")
WARMUP = Limit(name="warmup", least=0, most=MOST_STEPS, why="it is part of the steps")
LEARNED_TOKENS = Limit(name="max_tokens", least=8, most=MOST_TOKENS, why="no machine keeps the activations of a longer text")
PROCESSES = Limit(name="processes", least=1, most=256, why="all of them run on one machine")
THREADS = Limit(name="threads", least=1, most=4096, why="no machine has more cores")
SEED = Limit(name="seed", least=0, most=2**63 - 1, why="generators take 63 bits")
SEEDS = Limit(name="seeds", least=1, most=100, why="each is a whole fine-tune")

SHOTS = Limit(name="shots", least=0, most=32, why="each is read again with every question")
ANSWER_TOKENS = Limit(name="max_new_tokens", least=1, most=MOST_TOKENS, why="no answer is longer, and each token takes a pass of the model")
TEMPERATURE = Limit(name="temperature", least=0.0, most=10.0, why="0 is greedy, beyond 10 all tokens are alike", whole=False)
BEAMS = Limit(name="beams", least=1, most=64, why="each beam is a row of the model's memory")
SAMPLES = Limit(name="samples", least=1, most=16, why="each is a whole evaluation")
TEXTS = Limit(name="limit", least=1, most=MOST_ROWS, why="no file that fits into memory has more texts")
PROBLEMS = Limit(name="n", least=1, most=MOST_ROWS, why="no file that fits into memory has more problems")
MEASURED_TOKENS = Limit(name="max_tokens", least=1, most=MOST_TOKENS, why=LEARNED_TOKENS.why)
LAID_OUT = Limit(name="tokens", least=2, most=MOST_ROWS, why="no vocabulary that fits into memory has more")
PULL = Limit(name="frequency", least=0.0, most=1.0, why="at 1 the radius is nearly the rank", whole=False)
RADIUS = Limit(name="radius", least=0.1, most=50.0, why="beyond it float64 tells no points at the rim apart", whole=False)
