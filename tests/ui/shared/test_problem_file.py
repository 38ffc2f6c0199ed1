"""A problem file on a page: known columns at once, others chosen by hand and kept, and what is shown of the reading."""

from __future__ import annotations

import dataclasses
import threading

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.corpora import problems_from_bytes
from hypviz.corpora.published import PublishedSet
from hypviz.corpora.table import NumberLiteral
from hypviz.records.texts import ProblemSet
from hypviz.ui.shared.problem_file import preview
from hypviz.work import Work
from tests.pages.running import press, run_until

FRAGEN = "Frage;Antwort;x;y\nWas ist heiß?;x;Feuer;Eis\nWas ist kalt?;y;Feuer;Eis\n".encode()
AQUA = b'{"question": "2 + 2?", "options": ["A)3", "B)4"], "correct": "B"}\n{"question": "?", "options": ["A)3", "B)4"], "correct": "F"}'


def page() -> None:
    import streamlit as st

    from hypviz.ui.evaluate.problems import PROBLEMS
    from hypviz.ui.shared.uploads import name_or_file
    from hypviz.ui.shell.address import Kept

    found = name_or_file(Kept("toy"), "problems", ["two-step"], label="Problems", files=PROBLEMS)
    st.text(" ".join(str(p.answer) for p in found.problems) if found is not None and not isinstance(found, str) else str(found))


def opened(**address: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def given(name: str, data: bytes) -> AppTest:
    app = opened(problems="upload")
    return app.file_uploader(key="toy-problems-file").set_value((name, data, "text/plain")).run()


@pytest.fixture(autouse=True)
def _own_store(private_cache) -> None:
    """No file of another test."""


def test_the_kinds_the_answers_and_what_was_left_out_are_shown() -> None:
    app = given("aqua.jsonl", AQUA)
    assert app.text[0].value == "B" and not app.selectbox[1:] and not app.exception
    assert any("Answered by: 1 letter." in caption.value for caption in app.caption)
    assert "1 row was left out" in app.warning[0].value
    table = app.dataframe[0].value
    assert list(table["Options"]) == ["A: 3 | B: 4"] and list(table["Kind"]) == ["letter"] and list(table["Read as"]) == ["B"]


def test_unknown_columns_are_previewed_chosen_by_hand_and_kept() -> None:
    app = given("fragen.csv", FRAGEN)
    assert app.text[0].value == "None" and "not known" in app.warning[0].value and not app.info
    assert list(app.dataframe[0].value.columns) == ["Frage", "Antwort", "x", "y"] and len(app.dataframe[0].value) == 2
    question, answer = app.selectbox[1:3]
    question.set_value("Frage")
    app = answer.set_value("Antwort").run()
    assert app.text[0].value == "x y" and not app.error and not app.exception
    app = app.multiselect[0].set_value(["x", "y"]).run()
    assert app.text[0].value == "A B"
    link = app.query_params["problems"]
    again = opened(problems=link if isinstance(link, str) else link[-1])
    assert again.text[0].value == "A B" and not again.exception


def test_a_large_file_is_read_in_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.ui.shared.problem_file.LARGE", 10)
    app = given("aqua.jsonl", AQUA)
    run_until(app, lambda: app.text[0].value == "B")
    assert "1 row was left out" in app.warning[0].value and not app.info
    app = given("fragen.csv", FRAGEN)
    run_until(app, lambda: app.warning)
    assert "not known" in app.warning[0].value and len(app.dataframe[0].value) == 2
    app.selectbox[1].set_value("Frage")
    app.selectbox[2].set_value("Antwort").run()
    run_until(app, lambda: app.text[0].value == "x y")
    assert not app.error and not app.exception


def test_columns_that_are_known_can_be_chosen_all_the_same() -> None:
    app = given("aqua.csv", b"question,answer,second\nHow many?,1,2\n")
    assert app.text[0].value == "1"
    app = app.toggle[0].set_value(True).run()
    assert app.text[0].value == "1"  # until question and answer are both chosen
    app.selectbox[1].set_value("question")
    assert app.selectbox[2].set_value("second").run().text[0].value == "2"


def test_a_long_cell_is_cut_in_the_preview() -> None:
    assert preview(["a", "b"], [{"a": "x" * 500, "b": [NumberLiteral(text="1")]}, 3]) == [{"a": f"{'x' * 200} …", "b": '["1"]'}]


def both_pages() -> None:
    import streamlit as st

    from hypviz.ui.evaluate import problems as evaluate
    from hypviz.ui.finetune import problems as finetune
    from hypviz.ui.shell.address import Kept

    asked, learned = evaluate.choose_problems("gsm8k"), finetune.choose_problems(Kept("learn"))
    if asked is not None and learned is not None:
        st.text(f"{asked.name} {len(asked.problems)}, {learned.name} {len(learned.problems)}")


def test_a_published_set_is_asked_and_learned_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str, int | None]] = []

    def read(entry: PublishedSet, *, split: str, limit: int | None, revision: str | None, work: Work) -> ProblemSet:
        asked.append((entry.name, split, limit))
        found = problems_from_bytes(AQUA, f"{entry.name}.jsonl")
        return dataclasses.replace(found, name=entry.name, notices=(f"From {entry.repository}.",))

    monkeypatch.setattr("hypviz.corpora.problems.published_set", read)
    app = AppTest.from_function(both_pages, default_timeout=60)
    app.query_params["problems"] = "gsm8k"
    run_until(app.run(), lambda: app.text)
    assert app.text[0].value == "gsm8k 1, gsm8k 1" and not app.exception
    assert sorted(asked, key=str) == [("gsm8k", "test", 100), ("gsm8k", "train", None)]
    assert any("From openai/gsm8k" in caption.value for caption in app.caption)


def test_a_set_that_takes_long_can_be_stopped_and_read_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    is_there = threading.Event()

    def read(entry: PublishedSet, *, split: str, limit: int | None, revision: str | None, work: Work) -> ProblemSet:
        while not is_there.wait(0.01):
            work.report(1, 4, "1 of 4 rows fetched")
            work.check()
        return problems_from_bytes(AQUA, f"{entry.name}.jsonl")

    monkeypatch.setattr("hypviz.corpora.problems.published_set", read)
    app = AppTest.from_function(learning, default_timeout=60)
    app.query_params["problems"] = "svamp"
    app.run()
    assert not app.text and not app.exception
    press(app, "Stop")
    run_until(app, lambda: [button for button in app.button if button.label == "Read the set"])
    assert "Stopped" in app.info[0].value
    is_there.set()
    press(app, "Read the set")
    run_until(app, lambda: app.text)
    assert app.text[0].value == "svamp.jsonl 1"


def learning() -> None:
    import streamlit as st

    from hypviz.ui.finetune import problems as finetune
    from hypviz.ui.shell.address import Kept

    learned = finetune.choose_problems(Kept("learn"))
    if learned is not None:
        st.text(f"{learned.name} {len(learned.problems)}")
