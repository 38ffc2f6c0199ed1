"""A whole set: the same answers as one by one, whole batches after a stop, nothing stored before its time."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from hypviz.corpora import problems_from_bytes, read_problems
from hypviz.errors import HypvizError, Stopped
from hypviz.generate import asked_columns, encode_questions
from hypviz.generate.problem_sets import ManyPrompts, Written, WrittenText, answer_problems
from hypviz.records.answers import Column, Decoding, Weights
from hypviz.records.cases import Case
from hypviz.records.specs.answers import AnswersSpec
from hypviz.records.texts import ProblemSet
from hypviz.scoring import majority_value
from hypviz.store import Store
from hypviz.studies.compare import compare, judged
from hypviz.studies.evaluate import ANSWERS, evaluate, n_kept, stored_evaluation
from hypviz.studies.exchange import rows_json
from hypviz.studies.unfinished import UNFINISHED, keep, left
from hypviz.words.samples import on_the_samples
from hypviz.words.stopping import on_the_stop
from hypviz.work import Work
from tests.stages import Calls, Stage, comparison, evaluation, make_adapters
from tests.watching import Watcher

GREEDY = Decoding(max_new_tokens=8)


@pytest.fixture
def problems() -> ProblemSet:
    return read_problems("bundled", limit=7, split="test")


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "gemma3"])
def test_a_batch_answers_as_the_compare_page_does(
    architecture: str, stages: Callable[[str], Stage], columns: tuple[Column, ...], problems: ProblemSet
) -> None:
    stage = stages(architecture)
    chosen = columns if architecture == "llama" else columns[:1]
    found = evaluate(evaluation(stage.ref, chosen, problems), lend=stage.lend, store=Store())
    for row, problem in zip(found.outcomes, problems.problems, strict=True):
        alone = compare(comparison(stage.ref, chosen, problem.question), lend=stage.lend, store=Store())
        assert row.texts == tuple(column.generation.text for column in alone.columns)
        assert row.marks == judged(Case(problem=problem), [column.generation for column in alone.columns], row.rule).marks


def test_stored_columns_are_reused_and_only_the_new_one_is_answered(
    stage: Stage, columns: tuple[Column, ...], problems: ProblemSet
) -> None:
    watcher = Watcher()
    first = evaluate(evaluation(stage.ref, columns[:2], problems), lend=stage.lend, store=Store())
    assert stored_evaluation(evaluation(stage.ref, columns, problems), Store()) is None
    whole = evaluate(evaluation(stage.ref, columns, problems), watcher, lend=stage.lend, store=Store())
    reports = watcher.reports
    assert reports[0][1] == 7 and reports[-1][:2] == (7, 7) and "HypLoRA" in reports[0][2]
    assert [row.texts[:2] for row in whole.outcomes] == [row.texts for row in first.outcomes]
    stage.opened.clear()
    again = stored_evaluation(evaluation(stage.ref, columns, problems), Store())
    assert again is not None and again.to_json() == whole.to_json() and stage.opened == []


def test_one_adapter_in_two_columns_is_said(stage: Stage, columns: tuple[Column, ...], problems: ProblemSet) -> None:
    lora = next(column for column in columns if column.adapter is not None)
    others = [column for column in columns if column.adapter not in (None, lora.adapter)]
    twice = [lora, Column(name="again", adapter=lora.adapter), *others]
    found = evaluate(evaluation(stage.ref, twice, problems), lend=stage.lend, store=Store())
    assert f"The same adapter stands in several columns ({lora.name} and again)" in (found.notice or "")
    once = evaluate(evaluation(stage.ref, [lora, *others], problems), lend=stage.lend, store=Store())
    assert "The same adapter" not in (once.notice or "")


@pytest.mark.parametrize(("seconds", "n_borrowed"), [(0.0, 2), (60.0, 1)])
def test_a_stop_leaves_all_columns_with_the_same_whole_batches(
    stage: Stage, columns: tuple[Column, ...], problems: ProblemSet, seconds: float, n_borrowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hypviz.generate.problem_sets.BORROWED_S", seconds)
    prompts = [p for p in encode_questions(stage.ref, [p.question for p in problems.problems], max_new_tokens=8) if p is not None][:6]
    reports: list[float] = []
    work = Work(on_report=lambda done, *_: reports.append(done), asked_to_stop=lambda: 12 in reports)  # second column, second batch
    asked = asked_columns(stage.ref, columns)
    written = answer_problems(ManyPrompts(stage.ref, asked, prompts, GREEDY, stage.lend, batch_size=3, work=work, together=False))
    assert [len(column.texts) for column in written.values()] == [3, 3, 3]
    assert [done for done in reports if isinstance(done, int)] == [0, 3, 6, 9, 12] and len(stage.opened) == n_borrowed


def test_progress_grows_at_every_token_of_a_batch(stage: Stage, columns: tuple[Column, ...], problems: ProblemSet) -> None:
    prompts = [p for p in encode_questions(stage.ref, [p.question for p in problems.problems], max_new_tokens=8) if p is not None]
    reports: list[float] = []
    work = Work(on_report=lambda done, *_: reports.append(done))
    written = answer_problems(ManyPrompts(stage.ref, asked_columns(stage.ref, columns[:1]), prompts, GREEDY, stage.lend, work=work))
    longest = max(written["base"].n_tokens)
    assert longest > 1
    steps = [len(prompts) * n / GREEDY.max_new_tokens for n in range(longest)]
    assert reports == pytest.approx([*steps, len(prompts)]) and len(reports) == longest + 1


@pytest.mark.parametrize("architecture", ["llama", "gpt2", "gemma3"])
def test_columns_as_rows_of_one_batch_write_what_they_write_one_after_another(
    architecture: str, stages: Callable[[str], Stage], columns: tuple[Column, ...], problems: ProblemSet, tmp_path: Path
) -> None:
    stage = stages(architecture)
    if architecture != "llama":
        folders = make_adapters(tmp_path, stage.ref)
        columns = (columns[0], *(Column(name=name, adapter=str(folders[name])) for name in ("lora", "hyplora")))
    prompts = [p for p in encode_questions(stage.ref, [p.question for p in problems.problems], max_new_tokens=8) if p is not None]
    asked = asked_columns(stage.ref, columns)
    calls = Calls(stage.model)
    with calls:
        together = answer_problems(ManyPrompts(stage.ref, asked, prompts, GREEDY, stage.lend))
    assert calls.n_rows.count(3 * len(prompts)) == 1  # one call wrote all
    apart = answer_problems(ManyPrompts(stage.ref, asked, prompts, GREEDY, stage.lend, together=False))
    assert {name: column.answers for name, column in together.items()} == {name: column.answers for name, column in apart.items()}
    assert len({tuple(column.texts) for column in together.values()}) == 3


def test_a_start_after_a_stop_goes_on_from_the_last_batch(
    stage: Stage, columns: tuple[Column, ...], problems: ProblemSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hypviz.generate.rows.MOST_ROWS", 9)  # three problems of three columns
    spec = evaluation(stage.ref, columns, problems)
    calls = Calls(stage.model)
    first = Work(asked_to_stop=lambda: sum(n > 4 for n in calls.n_rows) > 1)  # in the second batch
    with calls:
        stopped = evaluate(spec, first, lend=stage.lend, store=Store())
    assert 0 < stopped.n < 7 and stopped.stopped_early and stored_evaluation(spec, Store()) is None
    assert n_kept(spec, Store()) == 3 * stopped.n
    again = Calls(stage.model)
    with again:
        whole = evaluate(spec, lend=stage.lend, store=Store())
    assert sum(n for n in again.n_rows if n > 4) == 3 * (7 - stopped.n)
    known = {row.question: row.texts for row in stopped.outcomes}
    assert all(row.texts == known[row.question] for row in whole.outcomes if row.question in known)
    assert n_kept(spec, Store()) == 21 and not list((Store().root / UNFINISHED.kind).glob("*/*/meta.json"))
    found = stored_evaluation(spec, Store())
    assert found is not None and found.to_json() == whole.to_json()


def test_several_samples_are_drawn_with_seeds_of_their_own_and_the_majority_counts(stage: Stage, problems: ProblemSet) -> None:
    spec = dataclasses.replace(evaluation(stage.ref, [], problems), temperature=1.0, seed=4, samples=3)
    assert [decoding.seed for decoding in spec.decodings] == [4, 5, 6]
    watcher = Watcher()
    found = evaluate(spec, watcher, lend=stage.lend, store=Store())
    assert any("sample 3 of 3" in text for _, _, text in watcher.reports) and watcher.shares[-1] == 1.0
    each = [evaluate(dataclasses.replace(spec, seed=seed, samples=1), lend=stage.lend, store=Store()) for seed in (4, 5, 6)]
    assert found.samples == 3 and len(stage.opened) == 3  # each seed was kept as an evaluation of its own
    for i, row in enumerate(found.outcomes):
        values = [one.outcomes[i].found[0] for one in each]
        most = majority_value(values)
        assert row.found[0] == most and found.agreeing[0][i] == sum(value == most is not None for value in values)
    first, *columns = on_the_samples(found, {"base": "Base"})
    assert "3 times" in first and columns[0].startswith("Base: all 3 agree on") and on_the_samples(each[0], {}) == ()
    again = stored_evaluation(spec, Store())
    assert again is not None and again.to_json() == found.to_json()
    with pytest.raises(HypvizError, match="are alike"):
        dataclasses.replace(spec, temperature=0.0)


def test_a_stop_in_a_later_sample_counts_those_that_are_whole(stage: Stage, problems: ProblemSet) -> None:
    spec = dataclasses.replace(evaluation(stage.ref, [], problems), temperature=1.0, samples=3)
    calls = Calls(stage.model)
    with calls:
        found = evaluate(spec, Work(asked_to_stop=lambda: calls.n_rows.count(7) > 1), lend=stage.lend, store=Store())
    assert found.samples == 1 and found.n == 7 and found.agreeing == ()
    assert found.stopped_early and on_the_stop(found) == "Stopped after 1 of 3 samples, and only these count; what was answered is kept"
    whole = evaluate(spec, lend=stage.lend, store=Store())
    assert whole.samples == whole.samples_asked == 3 and not whole.stopped_early and on_the_stop(whole) is None


def test_what_was_left_of_another_set_of_prompts_is_nobodys_answer(stage: Stage) -> None:
    spec = AnswersSpec(weights=Weights(base="b", adapter=None, method="base"), problems="p", ends=(1,), decoding=GREEDY)
    keep(spec, Written(answers={0: WrittenText("a", "token limit", 8), 4: WrittenText("b", "token limit", 8)}, seconds=2.0), Store())
    assert left(spec, 5, Store()).texts == ["a", "b"] and left(spec, 5, Store()).seconds == 2.0
    assert left(spec, 4, Store()).answers == {}


def test_a_stop_before_the_first_batch_is_said_and_stores_nothing(
    stage: Stage, columns: tuple[Column, ...], problems: ProblemSet, private_cache: Path
) -> None:
    with pytest.raises(Stopped, match="before its first batch"):
        evaluate(evaluation(stage.ref, columns, problems), Watcher(stop_at=1), lend=stage.lend, store=Store())
    assert not (private_cache / ANSWERS.kind).exists()


def test_problems_that_do_not_fit_are_counted_not_cut(stage: Stage) -> None:
    long, short = {"question": "How many dogs? " * 60, "answer": "1"}, {"question": "How many dogs and cows?", "answer": "2"}
    rows = [long, short, {"question": "no number"}]
    upload = problems_from_bytes("\n".join(json.dumps(row) for row in rows).encode(), "mine.jsonl")
    found = evaluate(evaluation(stage.ref, [], upload), lend=stage.lend, store=Store())
    assert (found.n, found.n_asked, found.n_too_long, found.n_skipped) == (1, 2, 1, 1) and not found.stopped_early
    assert found.outcomes[0].answer == 2.0 and found.pairs == ()
    with pytest.raises(HypvizError, match="None of the 2 problems"):
        evaluate(evaluation(stage.ref, [], upload, tokens=255), lend=stage.lend, store=Store())


def test_a_store_that_cannot_be_written_costs_the_store_and_is_said(
    stage: Stage, problems: ProblemSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    store = Store()
    monkeypatch.setattr("hypviz.store.entries._write_synced", full)
    found = evaluate(evaluation(stage.ref, [], problems), lend=stage.lend, store=store)
    assert found.n == 7 and found.notice is not None and "No space left" in found.notice


def test_every_row_of_the_download_is_json(stage: Stage, columns: tuple[Column, ...], problems: ProblemSet) -> None:
    found = evaluate(evaluation(stage.ref, columns, problems), lend=stage.lend, store=Store())
    lines = [json.loads(line) for line in rows_json(found).splitlines()]
    assert len(lines) == 7 and {"question", "answer", "kind", "rule", "given", "skill", "columns"} < set(lines[0])
    assert all(set(line["columns"]["base"]["marks"]) == {"careful", "paper", "lm-eval-strict", "lm-eval-flexible"} for line in lines)
    assert [set(line["columns"]) for line in lines] == [{"base", "lora", "hyplora"}] * 7
    assert [line["columns"]["lora"]["text"] for line in lines] == [row.texts[1] for row in found.outcomes]


def test_an_adapter_of_another_model_is_refused(stage: Stage, stages: Callable[[str], Stage], problems: ProblemSet, tmp_path: Path) -> None:
    foreign = make_adapters(tmp_path, stages("qwen3").ref)["lora"]
    with pytest.raises(HypvizError, match="was made for"):
        evaluate(evaluation(stage.ref, [Column(name="lora", adapter=str(foreign))], problems), lend=stage.lend, store=Store())
