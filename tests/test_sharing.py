"""Several processes that evaluate together: who answers what, who speaks and keeps, and that all know the same answers."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hypviz.cli.generate import lender
from hypviz.corpora import read_problems
from hypviz.errors import HypvizError
from hypviz.generate import asked_columns, encode_questions
from hypviz.generate.problem_sets import ManyPrompts, Written, answer_problems
from hypviz.models import resolve
from hypviz.records.answers import Column, Decoding
from hypviz.sharing import ALONE, Share, next_here, share_of_group, speaks
from hypviz.store import Store
from hypviz.studies import evaluate as study
from hypviz.studies.evaluate import evaluate, stored_evaluation
from hypviz.work import Work
from tests.stages import Stage, adapters, columns, evaluation, stage, stages

__all__ = ["adapters", "columns", "stage", "stages"]

BASE = (Column(name="base"),)
DECODING = Decoding(max_new_tokens=6, stop_at_question=False)


class Group:
    """Threads that stand in for the processes of a group: what each gathers waits for the others."""

    def __init__(self, n: int) -> None:
        self.n = n
        self._meeting = threading.Barrier(n, timeout=60)
        self._told: list[Any] = [None] * n

    def share(self, rank: int) -> Share:
        group = self

        class InGroup(Share):
            def gathered(self, mine: Any) -> list[Any]:
                group._told[rank] = mine
                group._meeting.wait()
                found = copy.deepcopy(group._told)
                group._meeting.wait()
                return found

        return InGroup(rank=rank, n=self.n, n_here=self.n)

    def each(self, work: Callable[[int, Share], Any]) -> list[Any]:
        """What `work` returns, or raises, in every one of them."""
        found: list[Any] = [None] * self.n

        def run(rank: int) -> None:
            try:
                found[rank] = work(rank, self.share(rank))
            except HypvizError as error:
                found[rank] = error

        threads = [threading.Thread(target=run, args=(rank,)) for rank in range(self.n)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return found


def many(folder: Path, share: Share = ALONE, **more: Any) -> ManyPrompts:
    ref = resolve(str(folder))
    questions = [problem.question for problem in read_problems("bundled", limit=5, split="test").problems]
    prompts = [prompt for prompt in encode_questions(ref, questions, max_new_tokens=6) if prompt is not None]
    return ManyPrompts(ref, asked_columns(ref, BASE), prompts, DECODING, lender(ref), batch_size=2, share=share, **more)


def texts(written: dict[str, Written]) -> list[str]:
    return written["base"].texts


def test_every_process_answers_its_batches_and_knows_all_answers(tiny_llama: Path) -> None:
    alone = texts(answer_problems(many(tiny_llama)))
    asked: list[list[int]] = [[], []]

    def work(rank: int, share: Share) -> dict[str, Written]:
        counting = Work(on_report=lambda done, total, text: asked[rank].append(int(done)))
        return answer_problems(many(tiny_llama, share, work=counting))

    found = Group(2).each(work)
    assert [texts(written) for written in found] == [alone, alone]
    assert all(told and told[-1] == 5 and told == sorted(told) for told in asked)


def test_a_stop_in_one_process_stops_all_with_whole_batches(tiny_llama: Path) -> None:
    def work(rank: int, share: Share) -> dict[str, Written]:
        return answer_problems(many(tiny_llama, share, work=Work(asked_to_stop=lambda: rank == 1)))

    first, second = Group(2).each(work)
    assert texts(first) == texts(second) and 1 <= len(texts(first)) <= 2


def test_what_one_process_cannot_do_ends_all_with_its_sentence(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypviz.generate import problem_sets

    answer = problem_sets._answer_rows

    def fail(on_bench: Any, asked: ManyPrompts, *rest: Any) -> Any:
        if asked.share.rank == 1:
            raise HypvizError("The memory of the second one ended.")
        return answer(on_bench, asked, *rest)

    monkeypatch.setattr(problem_sets, "_answer_rows", fail)
    found = Group(2).each(lambda rank, share: answer_problems(many(tiny_llama, share)))
    assert [str(error) for error in found] == ["The memory of the second one ended."] * 2


def test_what_was_written_before_an_error_is_kept(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hypviz.generate import problem_sets

    answer, asked, kept = problem_sets._answer_rows, list[int](), list[int]()

    def fail(*arguments: Any) -> Any:
        asked.append(1)
        if len(asked) == 2:
            raise HypvizError("The memory ended.")
        return answer(*arguments)

    monkeypatch.setattr(problem_sets, "_answer_rows", fail)
    monkeypatch.setattr(problem_sets, "BORROWED_S", 60.0)
    with pytest.raises(HypvizError, match="The memory ended"):
        answer_problems(many(tiny_llama, on_batch=lambda written: kept.append(len(written["base"].answers))))
    assert kept and 1 <= kept[0] <= 2


def test_the_first_keeps_and_all_count_the_same(tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, problems = resolve(str(tiny_llama)), read_problems("bundled", limit=5, split="test")
    spec = evaluation(ref, BASE, problems, tokens=6)
    stores = [Store(tmp_path / "first"), Store(tmp_path / "second")]
    first, second = Group(2).each(lambda rank, share: evaluate(spec, lend=lender(ref), store=stores[rank], share=share))
    assert first.outcomes == second.outcomes and first.n == 5
    assert stored_evaluation(spec, stores[0]) is not None and stored_evaluation(spec, stores[1]) is None
    monkeypatch.setattr(study, "answer_problems", None)  # nothing is answered again: the first one's store is that of all
    again = Group(2).each(lambda rank, share: evaluate(spec, lend=lender(ref), store=stores[rank], share=share))
    assert [found.outcomes for found in again] == [first.outcomes] * 2


def test_processes_that_differ_are_told() -> None:
    found = Group(2).each(lambda rank, share: share.require_same("device", ("cpu", "cuda")[rank]))
    assert [str(error) for error in found] == [
        "The processes do not have the same device (cpu, cuda); start them all with the same command."
    ] * 2
    assert Group(2).each(lambda rank, share: share.require_same("device", "cpu")) == [None, None]


def test_a_process_of_no_group_is_alone_and_speaks() -> None:
    assert share_of_group("cpu", {}) == ALONE and share_of_group("cpu", {"WORLD_SIZE": "1", "RANK": "0"}) == ALONE
    assert speaks({}) and speaks({"RANK": "0"}) and not speaks({"RANK": "1"})
    assert next_here(["cuda:0", "cuda:1"], {"LOCAL_RANK": "1"}) == ("cuda:1", "cuda:0")
    assert next_here(["cuda:0", "cuda:1"], {"LOCAL_RANK": "2"}) == ("cuda:0", "cuda:1") and next_here([], {"LOCAL_RANK": "1"}) == ()


def test_a_process_of_a_group_has_the_place_that_accelerate_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import accelerate
    import accelerate.utils

    seen: list[bool] = []

    class Met:
        process_index, num_processes = 1, 2

        def __init__(self, cpu: bool) -> None:
            seen.append(cpu)

    monkeypatch.setattr(accelerate, "PartialState", Met)
    monkeypatch.setattr(accelerate.utils, "gather_object", lambda mine: ["theirs", *mine])
    share = share_of_group("cuda:1", {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "1"})
    assert share == Share(rank=1, n=2, n_here=1) and not share.is_first and share.gathered("mine") == ["theirs", "mine"]
    assert share_of_group("cpu", {"WORLD_SIZE": "2"}).n_here == 2 and seen == [False, True]


@pytest.mark.slow
def test_two_processes_of_accelerate_write_the_rows_of_one(stage: Stage, columns: tuple[Column, ...], tmp_path: Path) -> None:
    """Through the shell, as a person starts it: one speaks and writes, and the rows are those of one process."""
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
        "--mixed_precision",
        "no",
    ]
    launch += ["--dynamo_backend", "no", "--main_process_port", "0", "-m"]
    rows: list[str] = []
    for name, start in {"one": [sys.executable, "-m"], "two": launch}.items():
        out = tmp_path / f"{name}.jsonl"
        command = [*start, "hypviz", "evaluate", stage.ref.path, "--problems", "two-step", "--n", "6", "--max-new-tokens", "8"]
        command += ["--adapter", f"lora={columns[1].adapter}", "--out", str(out), "--json"]
        environment = {**os.environ, "HYPVIZ_CACHE": str(tmp_path / name), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, env=environment)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["n"] == 6
        rows.append(out.read_text())
    assert rows[0] == rows[1]
