"""How questions are put unless someone says otherwise: as the adapters learned it, else as the model would have it."""

from __future__ import annotations

import dataclasses
import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from hypviz.errors import HypvizError
from hypviz.generate import asked_columns
from hypviz.hyplora import read_adapter_card
from hypviz.models import resolve, summarise
from hypviz.problems.alike import plain_question
from hypviz.records.answers import Column
from hypviz.records.asking import CHAT, NONE, PAPER, PLAIN_QUESTION, Asking, Shot
from hypviz.records.models import ModelRef
from hypviz.records.problems import Problem
from hypviz.records.runs import RunSpec
from hypviz.records.specs.answers import EvaluationSpec
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.records.texts import ProblemSet
from hypviz.store import Store
from hypviz.studies.answer_length import answer_length
from hypviz.studies.evaluate import evaluate
from hypviz.studies.finetune.planning import make_spec
from hypviz.studies.how_asked import asked_as, learned_otherwise, usual_asking
from hypviz.studies.problem_sets import named_problems
from hypviz.words.asking import ADAPTERS_LEARNED_SO
from tests.stages import Stage

CHATTY = "{% for message in messages %}{{ message['content'] }}<|end|>{% endfor %}"


@pytest.fixture
def chatty(tiny_llama: Path, tmp_path: Path) -> ModelRef:
    """The tiny Llama with a chat template."""
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "chatty"))
    (folder / "chat_template.jinja").write_text(CHATTY, encoding="utf-8")
    return resolve(str(folder))


def taught(folder: Path, adapter: Path, asking: Asking | None) -> str:
    """A copy of an adapter whose card says that it was asked so in training."""
    copy = Path(shutil.copytree(adapter, folder))
    card = json.loads((copy / "hypviz.json").read_text(encoding="utf-8"))
    card["asking"] = None if asking is None else json.loads(asking.to_json())
    (copy / "hypviz.json").write_text(json.dumps(card), encoding="utf-8")
    return str(copy)


def test_adapters_are_asked_as_they_learned(stage: Stage, chatty: ModelRef, adapters: dict[str, Path], tmp_path: Path) -> None:
    paper = Asking(template=PAPER, shots=(Shot(question="1 + 1?", answer="2"),))
    old, new = taught(tmp_path / "old", adapters["lora"], None), taught(tmp_path / "new", adapters["lora"], paper)
    assert read_adapter_card(new) != read_adapter_card(old)
    assert usual_asking(chatty, []).asking == Asking(template=CHAT) and usual_asking(stage.ref, []).asking == PLAIN_QUESTION
    assert usual_asking(chatty, [old]).asking == PLAIN_QUESTION  # of a time without a choice
    found = usual_asking(chatty, [new])
    assert found.asking == paper and found.reason == ADAPTERS_LEARNED_SO
    assert usual_asking(chatty, [old, new]).asking == Asking(template=CHAT)
    columns = [Column(name="base"), Column(name="a", adapter=old), Column(name="b", adapter=new)]
    told = learned_otherwise(stage.ref, columns, {"a": "LoRA"}, paper)
    assert told is not None and told.startswith("LoRA learned to be asked otherwise (template question)")
    assert learned_otherwise(stage.ref, columns[:2], {}, PLAIN_QUESTION) is None


def test_what_was_chosen_stands_above_what_is_usual(chatty: ModelRef) -> None:
    usual = Asking(template=CHAT, system="Be brief.", shots=(Shot(question="1 + 1?", answer="2"),))
    assert asked_as(chatty, usual) == asked_as(chatty, usual, template=CHAT) == usual
    assert asked_as(chatty, usual, template=NONE) == Asking(template=NONE)
    assert asked_as(chatty, usual, system=" ", shots=0) == Asking(template=CHAT)
    asked = [problem.question for problem in named_problems("two-step", 20).problems]
    drawn = asked_as(chatty, usual, shots=3, seed=1, source="two-step", asked=asked).shots
    assert len(drawn) == 3 and not {plain_question(shot.question) for shot in drawn} & set(map(plain_question, asked))
    few = named_problems("two-step", 3)
    assert {shot.question for shot in asked_as(chatty, usual, shots=3, source=few).shots} == {p.question for p in few.problems}
    with pytest.raises(HypvizError, match="has no chat template"):
        asked_as(resolve("bundled"), PLAIN_QUESTION, template=CHAT)


def test_a_run_learns_in_the_way_that_its_model_is_asked(chatty: ModelRef, stage: Stage) -> None:
    problems = named_problems("two-step", 4)
    assert make_spec(ExperimentSpec(model=chatty, problems=problems), summarise(chatty)).asking == Asking(template=CHAT)
    asked = ExperimentSpec(model=chatty, problems=problems, asking=Asking(template=PAPER))
    assert make_spec(asked, summarise(chatty)).asking.template == PAPER
    spec = make_spec(ExperimentSpec(model=stage.ref, problems=problems), summarise(stage.ref))
    before = json.loads(spec.to_json())
    del before["asking"]  # as runs were written before there was a choice
    assert spec.asking == PLAIN_QUESTION == RunSpec.from_json(json.dumps(before)).asking


def test_an_evaluation_has_an_identity_for_every_way_of_asking(stage: Stage) -> None:
    problems, store = named_problems("two-step", 2), Store()
    plain = EvaluationSpec(model=stage.ref, columns=asked_columns(stage.ref, []), problems=problems, tokens=3)
    paper = dataclasses.replace(plain, asking=Asking(template=PAPER))
    shown = Shot(question=f" {problems.problems[1].question.upper()}", answer="2")
    assert plain.decoding.stop_at_question and not paper.decoding.stop_at_question and plain.identity != paper.identity
    for spec in (plain, paper, plain):
        evaluate(spec, lend=stage.lend, store=store)
    assert len(stage.opened) == 2  # the third time it was stored
    with pytest.raises(HypvizError, match="among the problems asked, with the answer"):
        evaluate(dataclasses.replace(plain, asking=Asking(shots=(shown,))), lend=stage.lend, store=store)


def test_a_model_asked_in_a_chat_is_not_held_to_the_length_of_the_worked_answers(chatty: ModelRef) -> None:
    one = Problem(question="How many?", solution="3 + 4 = 7. The answer is 7.", answer=Fraction(7), skill="file", source="x")
    asked = ProblemSet(name="mine.jsonl", problems=(one,), fingerprint="f", n_skipped=0)
    plain, chat = answer_length(chatty, [], asked), answer_length(chatty, [], asked, Asking(template=CHAT))
    assert plain.tokens < 40 and "longest worked answer" in plain.reason
    assert chat.tokens == 128 and "writes in its own way" in chat.reason  # half of the positions of the tiny model
