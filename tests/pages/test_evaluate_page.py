"""The Evaluate page in every state: empty, result, stored, stopped early, an upload, and what people get wrong."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from hypviz.corpora import read_problems
from hypviz.models import resolve
from hypviz.ui.shell.session import model_lock
from tests.pages.finished_runs import finished_run
from tests.pages.running import open_page, press, run_until, words
from tests.runs.specs import tiny_problems

PAGE = "pages/evaluate.py"


def opened(model: Path, **choices: str) -> AppTest:
    return open_page(PAGE, str(model), **{"tokens": "5", "n": "9", "problems": "bundled", **choices})


RULE_FILTERS = ("Right or wrong hangs on the rule", "The rules find different answers")


def counted(app: AppTest, n: int = 9) -> AppTest:
    press(app, f"Ask {n} problems")
    run_until(app, lambda: app.get("plotly_chart"))
    assert not app.error and not app.exception
    return app


def test_without_a_fine_tune_the_base_is_counted_alone(tiny_llama: Path) -> None:
    app = opened(tiny_llama)
    assert "No fine-tune of this model has finished yet" in words(app) and not app.exception
    counted(app)
    assert len(app.get("plotly_chart")) == 2 and "Choose adapters above" in words(app)
    filters = [o.split(" (")[0] for o in app.selectbox(key="evaluate-filter").options]
    assert filters == ["All problems", "Right", "Wrong", "Unfinished", "No answer found", *RULE_FILTERS]


def test_counts_verdict_and_every_problem(tiny_llama: Path, run: str) -> None:
    app = counted(opened(tiny_llama))
    text = words(app)
    assert "9 problems of “bundled”" in text and "Right answers on 9 problems: Base" in text
    assert "LoRA and HypLoRA: n is too small to tell" in text and "fewer than 7 can never reach p < 0.05 as the first of 3 pairs" in text
    assert "3 pairs are judged together (Holm's method)" in text and "Unfinished, cut at 5 tokens before a right answer: Base" in text
    assert "They count as not right" in text and "A longer answer may finish them" in text
    accuracy, answers, pairs = (json.loads(chart.proto.spec) for chart in app.get("plotly_chart"))
    assert [trace["y"] for trace in accuracy["data"]] == [["HypLoRA"], ["LoRA"], ["Base"]]
    assert sum(trace["x"][0] for trace in pairs["data"]) == 9 == sum(trace["x"][0] for trace in answers["data"])
    table = app.dataframe[0].value
    assert list(table.columns) == ["No.", "Expected", "Base", "LoRA", "HypLoRA", "Skill", "Question"] and len(table) == 9
    assert app.get("download_button")


def test_what_the_models_read_is_shown_before_they_are_asked(tiny_llama: Path) -> None:
    shut, app = opened(tiny_llama), opened(tiny_llama, reading="yes", template="paper")
    assert "special ones framed" not in words(shut) and "reading" not in shut.query_params
    assert "special ones framed" in words(app) and not app.exception

    def read() -> str:
        """What stands in the component, the pieces of its tokens joined."""
        shown = [json.loads(component.proto.json) for component in app.get("bidi_component")]
        (told,) = [data for data in shown if str(data.get("label", "")).startswith("Problem ")]
        return told["label"] + "".join(token["text"] for token in told["tokens"])

    problems = read_problems("bundled", limit=9, split="test").problems
    assert read().startswith("Problem 1 as the models read it") and "### Instruction:" in read() and problems[0].question in read()
    (number,) = [field for field in app.number_input if field.label == "Problem"]
    number.set_value(3).run()
    assert read().startswith("Problem 3 ") and problems[2].question in read()


def test_another_rule_counts_the_same_answers_again(tiny_llama: Path) -> None:
    app = counted(opened(tiny_llama))
    rules = app.get("button_group")[-1]
    assert [option.content for option in rules.proto.options] == ["Careful", "The paper's", "lm-eval strict", "lm-eval flexible"]
    assert "An answer is right by careful reading when" in words(app)
    app.session_state["evaluate-rule-4"] = "paper"
    app.run()
    assert "right by the paper's rule" in words(app) and app.query_params["rule"] in ("paper", ["paper"]) and not app.exception
    assert len(app.get("plotly_chart")) == 2  # without a new question


def test_what_the_fine_tune_learned_is_asked_first(tiny_llama: Path, tiny_adapters: dict[str, Path]) -> None:
    finished_run(tiny_llama, tiny_adapters, learned="average")
    app = open_page(PAGE, str(tiny_llama))
    assert app.selectbox(key="evaluate-problems").value == "average"
    compare = open_page("pages/compare.py", str(tiny_llama))
    assert compare.selectbox(key="compare-case").value == "Average of scores"


def test_filters_split_the_problems_without_losing_one(tiny_llama: Path, run: str) -> None:
    app = counted(opened(tiny_llama))
    options = app.selectbox(key="evaluate-filter").options
    sizes = {option.rpartition(" (")[0]: int(option.rpartition("(")[2].rstrip(")")) for option in options}
    assert (
        sizes["Both right"] + sizes["Only LoRA right"] + sizes["Only HypLoRA right"] + sizes["Neither right"] == sizes["All problems"] == 9
    )
    app.selectbox(key="evaluate-filter").set_value("both").run()
    assert ("No problem has this outcome" in words(app)) == (sizes["Both right"] == 0) and not app.exception


def test_a_second_look_needs_no_model(tiny_llama: Path, run: str) -> None:
    first = counted(opened(tiny_llama))
    st.cache_resource.clear()
    again = opened(tiny_llama, run=run)
    assert again.get("plotly_chart") and again.dataframe[0].value.equals(first.dataframe[0].value)


def test_stop_while_waiting_for_the_model_says_so_and_stores_nothing(tiny_llama: Path, run: str, private_cache: Path) -> None:
    app = opened(tiny_llama)
    with model_lock(resolve(str(tiny_llama))):
        press(app, "Ask 9 problems")
        run_until(app, lambda: any(button.label == "Stop" for button in app.button))
        press(app, "Stop")
        run_until(app, lambda: "Stopped while waiting" in words(app))
    assert not (private_cache / "evaluations").exists() and not app.exception


def test_stopped_after_a_batch_what_all_columns_answered_is_counted_and_kept(
    tiny_llama: Path, run: str, monkeypatch: pytest.MonkeyPatch, private_cache: Path
) -> None:
    from hypviz.generate import problem_sets

    whole = problem_sets._answer_batch
    batches: list[int] = []

    def slow(*arguments: Any) -> object:
        batches.append(1)
        if len(batches) == 2:  # half of the problems are done by all
            while not arguments[1].work.is_stopped:
                time.sleep(0.01)
        return whole(*arguments)

    monkeypatch.setattr(problem_sets, "_answer_batch", slow)
    app = opened(tiny_llama, n="40")
    press(app, "Ask 40 problems")
    run_until(app, lambda: len(batches) >= 2)
    press(app, "Stop")
    run_until(app, lambda: app.get("plotly_chart"))
    assert "Stopped early: these are 20 of 40 problems, which are kept" in words(app)
    assert not (private_cache / "evaluations").exists()
    assert any(button.label == "Go on: 60 of 120 answers are kept" for button in app.button) and not app.exception


def test_sampling_has_its_controls_and_the_majority_is_told(tiny_llama: Path) -> None:
    app = counted(opened(tiny_llama, n="3", decoding="sample", samples="2", seed="5", stop="dogs"), 3)
    assert "Each problem was answered 2 times" in words(app) and "all 2 agree on" in words(app)
    assert "temperature 0.7, seeds 5 to 6" in words(app) and "until 'dogs'" in words(app)
    app.selectbox(key="evaluate-decoding").set_value("paper").run()
    assert not app.exception and not [box for box in app.number_input if box.label == "Seed"]
    assert any(button.label == "Ask 3 problems" for button in app.button)


def test_an_upload_is_asked_counted_and_found_again_by_its_link(tiny_llama: Path) -> None:
    rows = [{"question": f"Tom has {i} dogs.", "answer": str(i)} for i in range(1, 5)] + [{"question": "no number"}]
    data = "\n".join(json.dumps(row) for row in rows).encode()
    app = opened(tiny_llama, problems="upload", n="3")
    assert "Choose a file with problems" in words(app)
    app.file_uploader[0].set_value(("mine.jsonl", data, "application/x-ndjson")).run()
    counted(app, 3)
    assert "3 problems of mine.jsonl" in words(app) and "1 row was left out: line 5 has no answer." in words(app)
    assert any("How the answers were read" in expander.label for expander in app.expander)
    link = app.query_params["problems"]
    again = opened(tiny_llama, problems=link if isinstance(link, str) else link[-1], n="3")
    assert "4 problems" in words(again) and again.get("plotly_chart")


def test_another_set_begins_with_no_row_open_and_a_rule_that_marks_it(tiny_llama: Path) -> None:
    app = counted(opened(tiny_llama, n="3", problem="2", rule="lm-eval-flexible"), 3)
    assert "Expected: " in words(app) and app.query_params["problem"] in ("2", ["2"])  # a link names its row
    app.selectbox(key="evaluate-problems").set_value("upload").run()
    assert "problem" not in app.query_params and "Choose a file with problems" in words(app)
    data = b'{"question": "Is a dog an animal?", "answer": "yes"}\n{"question": "Is a dog a number?", "answer": "no"}\n'
    app.file_uploader[0].set_value(("mine.jsonl", data, "application/x-ndjson")).run()
    counted(app, 2)
    assert "rule" not in app.query_params and "problem" not in app.query_params and "which is no choice" not in words(app)
    assert list(app.dataframe[-1].value.columns) == ["No.", "Expected", "Base", "Question"] and "Expected: " not in words(app)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("bad.jsonl", "größe é".encode() + b"\xf6", "is not UTF-8"),
        ("bad.jsonl", b"{", "is not JSON"),
        ("empty.csv", b"question,answer\n", "holds no rows"),
    ],
)
def test_uploads_that_cannot_be_used_are_one_sentence(tiny_llama: Path, name: str, data: bytes, sentence: str) -> None:
    app = opened(tiny_llama, problems="upload")
    app.file_uploader[0].set_value((name, data, "application/octet-stream")).run()
    assert len(app.error) == 1 and sentence in app.error[0].value.replace("\\", "") and not app.exception


def test_answers_longer_than_the_model_are_refused(tiny_llama: Path) -> None:
    app = opened(tiny_llama, tokens="255")
    assert len(app.error) == 1 and "None of the 9 problems" in app.error[0].value and not app.exception


def test_several_seeds_are_chosen_at_once_and_judged_together(tiny_llama: Path, tiny_adapters: dict[str, Path]) -> None:
    ids = [finished_run(tiny_llama, tiny_adapters, seed=seed) for seed in (1, 0)]
    app = opened(tiny_llama, n="4")
    group = f"seeds-{ids[1]}"
    assert any("2 seeds (0, 1)" in option for option in app.selectbox(key="evaluate-run").options)
    app.selectbox(key="evaluate-run").set_value(group).run()
    counted(app, 4)
    text = words(app)
    assert "Over seeds and problems" in text and "2 seeds and 4 problems are too few to tell LoRA and HypLoRA apart" in text
    assert "With 2 seeds a difference must be at least 9.0 times the spread" in text
    rows = next(frame.value for frame in app.dataframe if "Seed" in frame.value.columns)
    assert list(rows["Seed"]) == [0, 1] * 3 and rows["Columns"].iloc[-1] == "LoRA seed 1 and HypLoRA seed 1"
    assert not app.exception
    compare = open_page("pages/compare.py", str(tiny_llama))
    assert not any("seeds (0, 1)" in option for option in compare.selectbox(key="compare-run").options)


def test_problems_that_were_trained_on_are_flagged(tiny_llama: Path, run: str) -> None:
    learned = [{"question": p.question, "answer": str(p.answer)} for p in tiny_problems().problems[:3]]
    data = "\n".join(json.dumps(row) for row in [*learned, {"question": "Who has 2 dogs?", "answer": "2"}]).encode()
    app = opened(tiny_llama, problems="upload", n="4")
    app.file_uploader[0].set_value(("mine.jsonl", data, "application/x-ndjson")).run()
    counted(app, 4)
    assert "3 of 4 problems stand in the file that LoRA and HypLoRA were trained on" in words(app) and not app.exception


def test_adapters_that_learned_otherwise_are_said_before_they_are_asked(tiny_llama: Path, run: str) -> None:
    app = open_page(PAGE, str(tiny_llama), n="2", tokens="3", template="paper")
    assert "learned to be asked otherwise (template question); here it is template paper" in words(app) and not app.exception
    app.selectbox(key="evaluate-template-question").set_value("question").run()
    assert "otherwise" not in words(app) and not app.exception and not app.error
