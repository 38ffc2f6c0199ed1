"""Several seeds of one fine-tune: what differs, who belongs together, what their losses say together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz import runs
from hypviz.errors import HypvizError
from hypviz.records.runs import MemberCurve, RunMetrics
from hypviz.statistics import mean_of_few
from hypviz.studies.finetune.seeds import begin_all, metrics_by_seed, siblings, wait_for_all, with_seeds
from hypviz.words.seeds import seeds_gap, seeds_gaps, seeds_sentence, seeds_sentences
from hypviz.work import Work
from tests.runs.conftest import work_off
from tests.watching import Watcher


def curve(method: str, losses: list[float]) -> MemberCurve:
    n, none = len(losses), np.zeros(0)
    probes = dict.fromkeys(("probe_steps", "delta_ratio", "gain_low", "gain_median", "gain_high", "gain_variation"), none)
    steps = {"steps": np.arange(1, n + 1), "losses": np.array(losses), "seconds": np.ones(n), "lrs": np.ones(n), "gradients": np.ones(n)}
    return MemberCurve(method=method, **steps, **probes)


def metrics(**losses: list[float]) -> RunMetrics:
    return RunMetrics(run_id="r", curves=tuple(curve(method, values) for method, values in losses.items()), n_damaged=0)


def test_only_the_seed_differs(spec):
    three = with_seeds(dataclasses.replace(spec, seed=5), 3)
    assert [s.seed for s in three] == [5, 6, 7]
    assert {dataclasses.replace(s, seed=0) for s in three} == {spec}
    assert with_seeds(spec, 1) == (spec,)


@pytest.mark.parametrize("n", [0, -1, 101, True])
def test_a_number_of_seeds_that_makes_no_sense_is_refused(spec, n):
    with pytest.raises(HypvizError, match="whole number from 1 to 100"):
        with_seeds(spec, n)


def test_the_gap_is_over_the_last_steps_and_the_interval_over_the_seeds():
    lora, hyplora = [1.0] * 20, [9.0] * 10 + [0.7, 0.9] * 5
    found = seeds_gap({0: metrics(lora=lora, hyplora=hyplora), 1: metrics(lora=lora, hyplora=[0.5] * 20)}, "hyplora", "lora")
    assert found.n_steps == 10 and found.per_seed == pytest.approx({0: -0.2, 1: -0.5})
    assert found.interval.value == pytest.approx(-0.35)
    assert found.interval.high - found.interval.value == pytest.approx(12.7062 * 0.15, rel=1e-4)  # t with one degree of freedom
    assert "is not told apart from LoRA's" in seeds_sentence(found)
    *told, few = seeds_sentences([found, dataclasses.replace(found, against="scaled-lora")])
    assert told[0] == seeds_sentence(found) and few.startswith("With two seeds") and "almost nothing" not in " ".join(told)
    assert seeds_sentences([dataclasses.replace(found, per_seed={0: 1.0, 1: 1.0, 2: 1.0})])[1:] == ()


def test_three_seeds_that_agree_tell_the_losses_apart():
    found = seeds_gap({s: metrics(lora=[1.0] * 5, hyplora=[0.9 + s / 1000] * 5) for s in range(3)}, "hyplora", "lora")
    said = seeds_sentence(found)
    assert said.startswith("Over 3 seeds, in the last 5 steps, HypLoRA's training loss is below LoRA's (−0.0990, ")
    assert said.endswith("; −0.1000 (seed 0), −0.0990 (seed 1), −0.0980 (seed 2)).")


def test_one_seed_or_a_member_that_is_missing_says_nothing():
    assert seeds_gap({0: metrics(lora=[1.0], hyplora=[1.0])}, "hyplora", "lora") is None
    assert seeds_gap({0: metrics(lora=[1.0]), 1: metrics(lora=[1.0], hyplora=[2.0])}, "hyplora", "lora") is None


def test_the_t_interval_is_students():
    found = mean_of_few(np.array([1.0, 2.0, 3.0, 4.0]))
    assert found.value == 2.5 and found.high - 2.5 == pytest.approx(3.182446 * np.sqrt(5 / 3) / 2, rel=1e-6)
    with pytest.raises(HypvizError, match="at least 2"):
        mean_of_few(np.array([1.0]))
    draws = np.random.default_rng(0).normal(size=(4000, 3))
    held = sum(not mean_of_few(row).excludes(0.0) for row in draws) / len(draws)
    assert 0.94 < held < 0.96


def test_runs_of_several_seeds_find_each_other_and_no_one_else(spec, problems):
    specs = [*with_seeds(spec, 2), dataclasses.replace(spec, alpha=9.0)]
    records = [work_off(runs.create(s, problems).run_id).record for s in specs]
    group = siblings(records[0], runs.list_runs())
    assert [record.run_id for record in group] == [records[0].run_id, records[1].run_id]
    assert siblings(records[2], runs.list_runs()) == ()
    gaps = seeds_gaps(metrics_by_seed(group))
    assert [(gap.method, gap.against) for gap in gaps] == [("hyplora", "lora")] and set(gaps[0].per_seed) == {0, 1}


@pytest.mark.slow
def test_they_run_in_turn_and_all_are_followed(spec, problems):
    watcher = Watcher()
    ended = wait_for_all(begin_all(with_seeds(spec, 2), problems), watcher)
    assert [record.state for record in ended] == ["done", "done"], [record.message for record in ended]
    assert [record.spec.seed for record in ended] == [0, 1]
    assert any(text.startswith("seed 1, run 2 of 2: ") for _, _, text in watcher.reports)
    assert watcher.shares == sorted(watcher.shares) and all(share >= 0.5 for share, _, text in watcher.reports if "run 2" in text)


def test_a_run_that_fails_takes_those_behind_it_along(spec, problems):
    broken = dataclasses.replace(spec, base=dataclasses.replace(spec.base, fingerprint="0" * 64))
    ended = wait_for_all(begin_all([broken, dataclasses.replace(spec, seed=1, steps=100_000)], problems))
    assert ended[0].state == "failed" and ended[1].state == "stopped"


def test_twelve_seeds_asked_for_twice_at_once_are_twelve_runs(spec, problems):
    specs = with_seeds(spec, 12)
    first, second = ([runs.create(s, problems).run_id for s in specs] for _ in range(2))
    assert first == second and len(runs.list_runs()) == 12


def test_ctrl_c_while_they_are_started_leaves_none_behind(spec, problems, monkeypatch):
    from hypviz.studies.finetune import following

    plain, long = following.begin, dataclasses.replace(spec, steps=100_000)

    def begin(given, *args):
        record = plain(given, *args)
        if given.seed == 1:
            raise KeyboardInterrupt  # its worker is there, and nobody has been told
        return record

    monkeypatch.setattr(following, "begin", begin)
    with pytest.raises(KeyboardInterrupt):
        begin_all(with_seeds(long, 3), problems)
    here = runs.list_runs()
    assert sorted(record.spec.seed for record in here) == [0, 1]
    ended = [following.wait(record.run_id) for record in here]
    assert [record.state for record in ended] == ["stopped", "stopped"]


def test_a_second_ctrl_c_leaves_no_run_at_work_either(spec, problems):
    from hypviz.studies.finetune import following

    started = begin_all(with_seeds(dataclasses.replace(spec, steps=100_000), 3), problems)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait_for_all(started, Work(on_report=interrupt))
    ended = [following.wait(record.run_id) for record in started]
    assert [record.state for record in ended] == ["stopped"] * 3
