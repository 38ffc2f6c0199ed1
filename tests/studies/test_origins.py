"""Whose weights a column has: the run by its folder or its card, the problems it learned from, and which runs are repeats."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from hypviz import runs
from hypviz.corpora import problems_from_bytes, read_problems
from hypviz.errors import HypvizError
from hypviz.hyplora.folders import CARD
from hypviz.models import resolve
from hypviz.problems import problem_set
from hypviz.records.answers import Column
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem
from hypviz.records.seeds import Origin
from hypviz.runs.folder import open_run
from hypviz.studies.origins import origins, repeats, run_columns
from hypviz.words.origins import not_known, not_repeats, on_the_training
from tests.pages.finished_runs import finished_run
from tests.scoring.records import answers, evaluated
from tests.stages import make_adapters


@pytest.fixture(scope="module")
def ref(tiny_llama: Path) -> ModelRef:
    return resolve(str(tiny_llama))


@pytest.fixture(scope="module")
def made(ref: ModelRef, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_adapters(tmp_path_factory.mktemp("adapters"), ref)


def adapter(run_id: str, method: str = "lora") -> Column:
    return Column(name=method, adapter=str(open_run(run_id).path / "adapter" / method))


def asked(n_learned: int, n_new: int) -> list[Problem]:
    """So many of the twenty problems that the tiny runs learn, written with other spaces, cases and marks, then others."""
    learned = [
        dataclasses.replace(p, question=f" {p.question.upper().replace('.', ' ;').rstrip('?')} !")
        for p in problem_set("one-step", n_learned)
    ]
    return [*learned, *problem_set("one-step", n_new, split="test")]


def one(ref: ModelRef, column: Column, problems: list[Problem], fingerprint: str = "other") -> Origin:
    (found,) = origins(ref, [Column(name="base"), column], problems, fingerprint)
    return found


def test_the_questions_that_a_run_kept_are_found_among_those_asked(ref: ModelRef, made: dict[str, Path]) -> None:
    run = finished_run(Path(ref.path), made)
    found = one(ref, adapter(run), asked(5, 7))
    assert (found.run_id, found.seed, found.learned, found.method) == (run, 0, "one-step", "lora")
    assert found.seen == (0, 1, 2, 3, 4) and not found.same_file
    assert one(ref, adapter(run), asked(0, 9)).seen == ()
    assert one(ref, adapter(run), asked(2, 0), "twenty:2").same_file


def test_a_copied_adapter_is_known_by_its_card_and_a_copied_run_by_its_folder(ref: ModelRef, made: dict[str, Path], tmp_path: Path) -> None:
    run = finished_run(Path(ref.path), made)
    elsewhere = tmp_path / "somewhere" / "lora"
    shutil.copytree(made["lora"], elsewhere)
    column = Column(name="lora", adapter=str(elsewhere))
    assert one(ref, column, asked(3, 0)).run_id is None
    card = elsewhere / CARD
    card.write_text(json.dumps(json.loads(card.read_text(encoding="utf-8")) | {"run_id": run}), encoding="utf-8")
    assert one(ref, column, asked(3, 0)).seen == (0, 1, 2)
    shutil.copytree(open_run(run).path, tmp_path / "copy")
    copied = one(ref, Column(name="lora", adapter=str(tmp_path / "copy" / "adapter" / "lora")), asked(3, 0))
    assert (copied.seed, copied.seen) == (0, (0, 1, 2))
    card.write_text(json.dumps(json.loads(card.read_text(encoding="utf-8")) | {"run_id": "../gone"}), encoding="utf-8")
    assert one(ref, column, asked(3, 0)).run_id is None


def test_a_run_without_its_problems_knows_the_named_set_that_it_learned_and_no_other(ref: ModelRef, made: dict[str, Path]) -> None:
    run = finished_run(Path(ref.path), made)
    open_run(run).problems.unlink()
    assert one(ref, adapter(run), asked(3, 2)).seen is None  # the set of that name has another fingerprint
    assert one(ref, adapter(run), asked(0, 2)).seen == ()  # the test split is in no training split
    folder, whole = open_run(run), read_problems("one-step", split="train")
    folder.write_spec(dataclasses.replace(folder.read_spec(), problems_fingerprint=whole.fingerprint))
    assert one(ref, adapter(run), asked(3, 2)).seen == (0, 1, 2)
    folder.write_spec(dataclasses.replace(folder.read_spec(), problems="mine.jsonl"))
    gone = one(ref, adapter(run), asked(3, 2), whole.fingerprint)
    assert gone.seen is None and gone.same_file


def test_a_damaged_run_tells_nothing(ref: ModelRef, made: dict[str, Path]) -> None:
    run = finished_run(Path(ref.path), made)
    (open_run(run).path / "problems.jsonl").write_text("{", encoding="utf-8")
    assert one(ref, adapter(run), asked(3, 0)).seen is None
    (open_run(run).path / "spec.json").write_text("{", encoding="utf-8")
    assert one(ref, adapter(run), asked(3, 0)).run_id is None


def test_the_shipped_run_is_not_flagged_on_the_test_split_and_is_on_its_training_problems() -> None:
    ref = resolve("bundled")
    columns = [Column(name=m.method, adapter=m.adapter) for m in runs.shipped()[0].members]
    test = read_problems("bundled", limit=50, split="test")
    assert all(found.seen == () and not found.same_file for found in origins(ref, columns, test.problems, test.fingerprint))
    mixed = [*read_problems("bundled", limit=4, split="train").problems, *test.problems]
    rows = "\n".join(json.dumps({"question": p.question, "answer": str(p.answer)}) for p in mixed).encode()
    upload = problems_from_bytes(rows, "mine.jsonl")
    assert all(found.seen == (0, 1, 2, 3) for found in origins(ref, columns, upload.problems, upload.fingerprint))


def test_the_flag_says_how_many_and_what_became_of_the_others() -> None:
    found = evaluated({"base": answers([6.0] * 10), "lora": answers([6.0] * 6 + [7.0] * 4), "hyplora": answers([7.0] * 10)}, [6.0] * 10)

    def flagged(seen: tuple[int, ...] | None, *, same_file: bool = False) -> str | None:
        one = Origin(column="lora", method="lora", run_id="r1", seed=0, experiment="e", learned="gsm.jsonl", seen=seen, same_file=same_file)
        two = dataclasses.replace(one, column="hyplora", method="hyplora")
        return on_the_training(dataclasses.replace(found, origins=(one, two)))

    assert flagged(()) is None and flagged(None) is None
    assert flagged((0, 1, 2, 9)) == (
        "4 of 10 problems stand in the file that LoRA and HypLoRA were trained on (gsm.jsonl, run r1). Right on these and on the other 6: "
        "LoRA 3 of 4 (75.0 %) and 3 of 6 (50.0 %); HypLoRA 0 of 4 (0.0 %) and 0 of 6 (0.0 %). "
        "Questions are compared without case, white space and punctuation."
    )
    assert (flagged(tuple(range(10))) or "").startswith("All 10 problems stand in the file that LoRA and HypLoRA were trained on")
    assert (flagged(None, same_file=True) or "").startswith("These are problems of the very file that LoRA and HypLoRA were trained on")
    assert "though none of the 10" in (flagged((), same_file=True) or "")
    unknown = Origin(column="lora", method="lora", run_id=None, seed=None, experiment=None, learned=None, seen=None, same_file=False)
    said = not_known(dataclasses.replace(found, origins=(unknown,)))
    assert said is not None and "LoRA (no run folder" in said and not_known(found) is None


def test_runs_that_differ_in_the_seed_alone_are_repeats(ref: ModelRef, made: dict[str, Path]) -> None:
    first, second, again = (finished_run(Path(ref.path), made, seed=seed) for seed in (4, 2, 4))
    other = finished_run(Path(ref.path), made, seed=5, learned="two-step")
    (group,) = repeats(runs.list_runs())
    assert [run.run_id for run in group] == [second, again]  # the newest of two with one seed
    problems = asked(0, 2)
    found = {run: one(ref, adapter(run), problems) for run in (first, second, again, other)}
    assert found[first].experiment == found[second].experiment == one(ref, adapter(first, "hyplora"), problems).experiment
    assert found[other].experiment != found[first].experiment
    assert not_repeats([found[first], found[second]]) is None and not_repeats([found[first]]) is None
    assert "differ in more than the seed" in (not_repeats([found[first], found[other]]) or "")
    assert "same seed" in (not_repeats([found[first], found[again]]) or "")


def test_a_run_that_was_stopped_is_no_repeat_of_one_that_was_not(ref: ModelRef, made: dict[str, Path]) -> None:
    whole, stopped = (finished_run(Path(ref.path), made, seed=seed) for seed in (0, 1))
    folder = open_run(stopped)
    status = folder.read_status()
    folder.write_status(dataclasses.replace(status, members=tuple(dataclasses.replace(m, adapter_steps=3) for m in status.members)))
    assert repeats(runs.list_runs()) == []
    assert one(ref, adapter(whole), asked(0, 1)).experiment != one(ref, adapter(stopped), asked(0, 1)).experiment


def test_columns_of_runs_are_named_by_method_and_by_seed_where_there_are_several(ref: ModelRef, made: dict[str, Path]) -> None:
    first, second, again = (finished_run(Path(ref.path), made, seed=seed) for seed in (0, 1, 1))
    assert [column.name for column in run_columns([first])] == ["lora", "hyplora"]
    names = [column.name for column in run_columns([first, second, again])]
    assert names[:4] == ["lora seed 0", "hyplora seed 0", "lora seed 1", "hyplora seed 1"]
    assert names[4:] == [f"lora seed 1 of {again}", f"hyplora seed 1 of {again}"]
    assert [column.name for column in run_columns([first], ["lora"])] == [f"lora of {first}", "hyplora"]
    with pytest.raises(HypvizError, match="named twice"):
        run_columns([first, first])
    with pytest.raises(HypvizError, match="There is no run"):
        run_columns(["nope"])


def test_a_run_without_adapters_says_what_to_choose_instead(ref: ModelRef, made: dict[str, Path]) -> None:
    run_id = finished_run(Path(ref.path), made)
    folder = open_run(run_id)
    bare = tuple(dataclasses.replace(member, adapter=None) for member in folder.read_status().members)
    folder.write_status(dataclasses.replace(folder.read_status(), state="failed", members=bare))
    with pytest.raises(
        HypvizError, match=r"\(failed\) has no adapter to evaluate; choose one that is done, or was stopped after its first"
    ):
        run_columns([run_id])
