"""Several seeds: which columns belong together, what is said over all of them, and that the words fit the numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from hypviz.records.evaluations import ALIKE, BETTER, CONSTANT, TOO_SMALL, WORSE
from hypviz.records.seeds import Origin, SeedsVerdict
from hypviz.scoring import over_seeds, seed_places, within_seeds
from hypviz.statistics.crossed import crossed_mean
from hypviz.statistics.holm import ALPHA, holm
from hypviz.words.over_seeds import about_seeds, few_seeds, verdict_sentence, width_sentence
from hypviz.words.verdict import title
from tests.scoring.records import origin, table

METHODS = ("lora", "scaled-lora", "hyplora")


def judged(right: dict[str, np.ndarray], base: Sequence[bool] | None = None, constants: Sequence[bool] | None = None) -> list[SeedsVerdict]:
    n = next(iter(right.values())).shape[1]
    names, rows, places = table(right, [False] * n if base is None else base)
    return list(over_seeds(places, names, rows, constants or [False] * len(names)))


def test_columns_of_one_experiment_belong_together_by_method_and_seed() -> None:
    found = [origin(method, seed) for seed in (0, 1, 2) for method in METHODS]
    names = ["base", *(o.column for o in found)]
    places = seed_places(found, names)
    assert places == {method: {seed: 1 + 3 * seed + k for seed in range(3)} for k, method in enumerate(METHODS)}
    which = within_seeds(places, len(names))
    assert which is not None and len(which) == 9 + 9
    assert all(i == 0 or (i - 1) // 3 == (j - 1) // 3 for i, j in which)


@pytest.mark.parametrize(
    "found",
    [
        [],
        [origin("lora", 0), origin("hyplora", 0)],
        [origin("lora", 0, "e"), origin("lora", 1, "f")],
        [origin("lora", 0, None), origin("lora", 1, None)],
        [origin("lora", 0), dataclasses.replace(origin("lora", 0), column="again")],
    ],
    ids=["none", "one run", "other settings", "no run known", "the same seed"],
)
def test_what_is_no_repeat_gets_no_verdict_over_seeds(found: list[Origin]) -> None:
    names = ["base", *(o.column for o in found)]
    assert seed_places(found, names) == {} and within_seeds({}, len(names)) is None
    assert over_seeds({}, names, (), []) == () and few_seeds(()) is None


def test_the_numbers_are_those_of_the_table_of_seeds_by_problems() -> None:
    dice = np.random.default_rng(0)
    right = {method: dice.random((3, 80)) < share for method, share in zip(METHODS, (0.3, 0.5, 0.9), strict=True)}
    base = dice.random(80) < 0.2
    found = judged(right, list(base))
    assert [(v.a, v.b) for v in found] == [("base", m) for m in METHODS] + [
        ("lora", "scaled-lora"),
        ("lora", "hyplora"),
        ("scaled-lora", "hyplora"),
    ]
    everything = right | {"base": np.tile(base, (3, 1))}
    means = [crossed_mean(everything[v.b].astype(float) - everything[v.a]) for v in found]
    for verdict, mean, step in zip(found, means, holm([mean.p for mean in means]), strict=True):
        assert verdict.difference == mean.interval(step.level) and (verdict.p, verdict.adjusted_p) == (mean.p, step.p)
        assert [(r.right_a, r.right_b) for r in verdict.rows] == [
            (int(everything[verdict.a][s].sum()), int(everything[verdict.b][s].sum())) for s in range(3)
        ]
        assert all(r.right_b - r.right_a == r.only_b - r.only_a for r in verdict.rows)
        assert np.mean([(r.right_b - r.right_a) / 80 for r in verdict.rows]) == pytest.approx(verdict.difference.value)
    assert found[-1].verdict == BETTER and "HypLoRA is right more often than Scaled LoRA" in verdict_sentence(found[-1])


@pytest.mark.parametrize("seed", range(12))
def test_no_sentence_over_seeds_contradicts_its_interval(seed: int) -> None:
    dice = np.random.default_rng(seed)
    n, shares = int(dice.choice([5, 40, 400])), dice.random(2)
    right = {method: dice.random((int(2 + seed % 3), n)) < share for method, share in zip(("lora", "hyplora"), shares, strict=True)}
    for verdict in judged(right):
        low, high = verdict.difference.low, verdict.difference.high
        assert (verdict.verdict == BETTER) == (low > 0) and (verdict.verdict == WORSE) == (high < 0)
        assert (verdict.verdict in (BETTER, WORSE)) == (verdict.adjusted_p < ALPHA)
        if verdict.verdict == ALIKE:
            assert -0.05 <= low <= 0 <= high <= 0.05
        assert verdict_sentence(verdict).endswith(".") and f"{n:,} problems" in verdict_sentence(verdict)


def test_a_spread_between_seeds_makes_doubtful_what_each_seed_alone_would_say() -> None:
    n = 200
    lora = np.tile(np.arange(n) < 60, (3, 1))
    hyplora = np.stack([np.arange(n) < k for k in (60 + 80, 60 + 5, 60 + 45)])
    (verdict,) = [v for v in judged({"lora": lora, "hyplora": hyplora}) if v.a == "lora"]
    assert all(row.only_b - row.only_a > 0 for row in verdict.rows) and verdict.verdict == TOO_SMALL
    assert "3 seeds and 200 problems are too few" in verdict_sentence(verdict) and "more seeds would narrow it" in (
        width_sentence([verdict]) or ""
    )
    assert few_seeds([verdict]) == (
        "With 3 seeds a difference must be at least 2.5 times the spread between seeds to be told from 0, however many problems are asked; "
        "with 5 seeds 1.2 times."
    )


def test_what_makes_the_intervals_wide_is_said_once_for_all_pairs() -> None:
    dice = np.random.default_rng(3)
    right = {method: dice.random((3, 40)) < share for method, share in zip(METHODS, (0.3, 0.5, 0.9), strict=True)}
    found = judged(right)
    said = width_sentence(found) or ""
    wide = {verdict.seeds_half > verdict.problems_half for verdict in found}
    assert said.count("Most of the width") == len(wide) and "width" not in " ".join(verdict_sentence(v) for v in found)
    assert all(f"{title(v.b)} minus {title(v.a)}" in said for v in found) and width_sentence(()) is None


def test_seeds_that_agree_leave_the_problems_to_be_asked() -> None:
    few = {"lora": np.zeros((3, 12), dtype=bool), "hyplora": np.tile(np.arange(12) < 2, (3, 1))}
    (verdict,) = [v for v in judged(few) if v.a == "lora"]
    assert verdict.verdict == TOO_SMALL and "more problems would narrow it" in (width_sentence([verdict]) or "")
    same = {method: np.tile(np.arange(3000) < 900, (3, 1)) for method in ("lora", "hyplora")}
    assert [v.verdict for v in judged(same) if v.a == "lora"] == [ALIKE]


def test_methods_that_answer_a_constant_with_every_seed_are_not_compared() -> None:
    right = {"lora": np.zeros((2, 20), dtype=bool), "hyplora": np.tile(np.arange(20) < 12, (2, 1))}
    found = judged(right, constants=[True, True, False, True, False])
    assert [v.verdict == CONSTANT for v in found] == [True, False, False]
    assert "not compared" in verdict_sentence(found[0]) and "LoRA gives one number to nearly every problem." in verdict_sentence(found[2])


def test_methods_without_two_seeds_in_common_are_named_and_the_fewest_seeds_are_said() -> None:
    dice = np.random.default_rng(0)
    right = {method: dice.random((4, 30)) < 0.5 for method in ("lora", "hyplora")}
    names, rows, _ = table(right, [False] * 30)
    places = {"lora": {0: 1, 1: 3}, "hyplora": {2: 6, 3: 8, 1: 4}}
    found = over_seeds(places, names, rows, [False] * len(names))
    assert [(v.a, v.b, len(v.rows)) for v in found] == [("base", "lora", 2), ("base", "hyplora", 3)]
    width, few, alone = about_seeds(found)
    assert "width" in width and few.startswith("With 2 seeds") and "both LoRA and HypLoRA" in alone
    assert len(about_seeds(found[:1])) == 2 and about_seeds(()) == ()


def test_the_record_survives_the_store() -> None:
    (verdict,) = [v for v in judged({"lora": np.eye(3, 9, dtype=bool), "hyplora": np.eye(3, 9, k=1, dtype=bool)}) if v.a == "lora"]
    assert SeedsVerdict.from_json(verdict.to_json()) == verdict
