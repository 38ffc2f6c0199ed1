"""The Compare page in every state: empty, running, result, stopped, reloaded, and what people get wrong."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.models import resolve
from hypviz.problems import CASE_STUDIES
from hypviz.records.asking import PAPER, Asking, Shot
from hypviz.ui.shell.jobs import jobs
from hypviz.ui.shell.session import model_lock
from tests.pages.running import answers_shown, open_page, press, run_until, words
from tests.stages import make_adapters

PAGE = "pages/compare.py"
LEARNED = next(case for case in CASE_STUDIES if case.skill == "one-step")  # what the finished run has learned


def opened(model: Path, **choices: str) -> AppTest:
    return open_page(PAGE, str(model), **{"tokens": "6", **choices})


def answers(app: AppTest) -> list[str]:
    """The text in each column, as the component got it."""
    return ["".join(token["text"] for token in data["tokens"]) for data in answers_shown(app)]


def in_url(app: AppTest, name: str) -> str:
    """A query parameter; AppTest gives a list for those it was given and a string for those the page set."""
    value = app.query_params[name]
    return value if isinstance(value, str) else value[-1]


def has_result(app: AppTest) -> bool:
    return "The answer is" in words(app)


def compared(app: AppTest) -> AppTest:
    press(app, "Compare 3 answers")
    run_until(app, lambda: has_result(app))
    return app


def turn_the_dial(app: AppTest) -> None:
    """To a quarter of the trained curvature, and to one that was never asked for."""
    assert "whose answer stands above" in words(app)
    before = len(answers(app))
    app.select_slider(key="compare-dial").set_value(0.25).run()
    assert len(answers(app)) == before and "not trained" not in words(app)
    press(app, "Answer with HypLoRA, c × 1/4")
    run_until(app, lambda: "HypLoRA, c × 1/4: not trained at this value" in words(app))
    trained, turned = answers_shown(app)[-2:]
    assert (
        (trained["label"], turned["label"]) == ("Answer of HypLoRA", "Answer of HypLoRA, c × 1/4") and not app.exception and not app.error
    )
    assert "in both answers in the same order" in words(app) and words(app).count("On the prompt the gain is") == 2
    app.select_slider(key="compare-dial").set_value(0.0).run()
    with model_lock(resolve(in_url(app, "model"))):  # another page has the model
        press(app, "Answer with HypLoRA, c × 0 (LoRA)")
        run_until(app, lambda: "waiting for the model" in words(app))
        press(app, "Stop")
        run_until(app, lambda: "Stopped while waiting" in words(app))
    press(app, "Answer with HypLoRA, c × 0 (LoRA)")
    run_until(app, lambda: "c × 0 (LoRA): not trained at this value" in words(app))
    assert "The gain is 1 everywhere: plain LoRA" in words(app)
    app.select_slider(key="compare-dial").set_value(1.0).run()


def test_without_a_fine_tune_the_base_answers_alone(tiny_llama: Path) -> None:
    app = opened(tiny_llama)
    assert "No fine-tune of this model has finished yet" in words(app) and not app.error and not app.exception
    assert [link.proto.page for link in app.get("page_link")]
    press(app, "Let the base answer")
    run_until(app, lambda: has_result(app))
    assert [s.value for s in app.subheader] == ["Base"] and len(answers(app)) == 1
    assert not app.exception and not app.error


def test_three_answers_with_their_weights_marks_and_probes(tiny_llama: Path, run: str) -> None:
    app = opened(tiny_llama)
    assert "Base, LoRA and HypLoRA answer the same prompt" in words(app) and "four" not in words(app)
    compared(app)
    assert [s.value for s in app.subheader] == ["Base", "LoRA", "HypLoRA"] and not app.exception and not app.error
    text = words(app)
    prints = [line.split("Weights ")[1][:8] for line in text.splitlines() if "Weights " in line]
    assert len(set(prints)) == 3
    assert "Logits on the prompt differ from the base's by up to" in text
    assert sum(mark in text for mark in ("Right:", "Wrong:", "No answer found", "Unfinished:", "Empty:")) >= 1
    marks = [data["from_base"] for data in answers_shown(app)]
    assert marks[0] is None and all(mark is not None for mark in marks[1:])
    assert "What the adapters did on the prompt" in text
    assert "HypLoRA stretches" in text and "The gain is" in text and len(app.get("plotly_chart")) == 2
    bent = answers_shown(app)[2]
    assert len(bent["table"]["rows"]) == len(bent["tokens"]) and "Likeliest for Base: " in bent["tokens"][0]["more"]
    (by,) = [c for c in app.segmented_control if c.label == "Mark tokens by"]
    by.set_value("kl").run()
    assert "in nats" in words(app) and "there it is not defined: Base." in words(app) and in_url(app, "colour") == "kl"
    plain, *coloured = answers_shown(app)
    assert not any("mark" in token for token in plain["tokens"]) and all(
        t["mark"].startswith("step") for d in coloured for t in d["tokens"]
    )
    assert all(data["from_base"] is None for data in coloured) and not app.exception
    by.set_value("words").run()
    assert "only in that of LoRA" in words(app) or "LoRA and HypLoRA say the same" in words(app)
    plain, *marked = answers_shown(app)
    assert not any("mark" in token for token in plain["tokens"]) and {token["mark"] for data in marked for token in data["tokens"]} <= {
        "word",
        "",
    }
    app.selectbox(key="compare-words_and").set_value("lora").run()
    assert "Choose two different columns" in words(app) and not app.exception
    turn_the_dial(app)
    (adapter,) = [c for c in app.segmented_control if c.label == "Adapter"]
    adapter.set_value("LoRA").run()
    assert "The largest update" in words(app) and "HypLoRA stretches" not in words(app) and not app.exception
    assert in_url(app, "run") == run and in_url(app, "case") == LEARNED.title


def test_a_reload_and_another_browser_find_the_same_answers_at_once(tiny_llama: Path, run: str) -> None:
    first = compared(opened(tiny_llama))
    again = opened(tiny_llama, run=run, case=LEARNED.title)
    assert has_result(again) and answers(again) == answers(first)
    first.switch_page("pages/evaluate.py").run()
    first.switch_page(PAGE).run()
    assert answers(first) == answers(again)


def test_a_blind_comparison_hides_the_names_until_they_are_revealed_and_counts_votes(tiny_llama: Path, run: str) -> None:
    app = opened(tiny_llama, blind="yes")
    assert app.toggle(key="compare-blind").value
    expected = [badge.value for badge in app.markdown if "Expected" in badge.value]
    assert len(expected) == 1 and "Expected: after Reveal" in expected[0]
    with model_lock(resolve(str(tiny_llama))):
        press(app, "Compare 3 answers")
        run_until(app, lambda: "waiting for the model" in words(app))
        assert not answers_shown(app)
        press(app, "Stop")
        run_until(app, lambda: "Stopped while waiting" in words(app))
    press(app, "Answer again")
    run_until(app, lambda: "0 votes" in words(app))
    shown = answers_shown(app)
    assert [s.value for s in app.subheader] == ["A", "B", "C"] and len({data["colour"] for data in shown}) == 1
    told = words(app).split("Blind")[-1].split("Expected: after Reveal")[1]
    hidden = ("The answer is", "Right", "Wrong", "Unfinished", "No answer", "Expected", "Base", "LoRA", "Weights", "gain", "Underlined")
    assert not [word for word in hidden if word in told] and not any(data["table"] or data["ending"] for data in shown)
    marks = {mark for data in shown for token in data["tokens"] for mark in token["mark"].split()}
    assert marks <= {"read", "opens", "closes"}
    press(press(app, "Vote for B"), "Vote for B")
    assert "2 votes" in words(app) and "in this browser session only" in words(app)
    press(app, "Reveal")
    assert "B is" in words(app) and "(2 votes); " in words(app) and [s.value for s in app.subheader] == ["Base", "LoRA", "HypLoRA"]
    assert has_result(app) and "Expected: after Reveal" not in words(app) and "Expected: " in words(app)
    press(app, "Hide the names again")
    assert "Expected: after Reveal" in words(app) and not has_result(app)
    assert [s.value for s in app.subheader] == ["A", "B", "C"] and not app.exception
    app.toggle(key="compare-blind").set_value(False).run()
    assert has_result(app) and "Expected: after Reveal" not in words(app)


def test_an_untrained_adapter_is_called_identical_to_the_base(tiny_llama: Path, tiny_adapters: dict[str, Path]) -> None:
    app = opened(tiny_llama, run="each", first=str(tiny_adapters["untrained"]), second=str(tiny_adapters["lora"]))
    compared(app)
    assert words(app).count("Identical to the base") == 1
    assert answers(app)[0] == answers(app)[1] and [s.value for s in app.subheader] == ["Base", "HypLoRA", "LoRA"]
    assert answers_shown(app)[1]["from_base"] is None


def test_stop_keeps_what_was_written_and_stores_nothing_unfinished(tiny_llama: Path, run: str, private_cache: Path) -> None:
    app = opened(tiny_llama, tokens="96")
    lock = model_lock(resolve(str(tiny_llama)))
    with lock:  # another page has the model, so the comparison waits and says so
        press(app, "Compare 3 answers")
        run_until(app, lambda: "waiting for the model" in words(app))
        press(app, "Stop")
        run_until(app, lambda: "Stopped while waiting" in words(app))
    assert not (private_cache / "answers").exists() and not app.exception
    press(app, "Answer again")
    run_until(app, lambda: has_result(app))
    assert len(answers(app)) == 3


def test_a_comparison_stopped_midway_shows_its_columns_and_offers_to_go_on(
    tiny_llama: Path, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hypviz.ui.compare.live import Live

    reached = threading.Event()
    go_on = threading.Event()

    def add(self: Live, name: str, text: str) -> None:
        self.pieces[name].append(text)
        if name == "lora":
            reached.set()
            go_on.wait(20)

    monkeypatch.setattr(Live, "add", add)
    app = opened(tiny_llama, tokens="50")
    assert any(caption.value.startswith("about ") for caption in app.caption)
    press(app, "Compare 3 answers")
    assert reached.wait(30)
    app.run()
    assert "Base, LoRA and HypLoRA are answering, " in words(app) and len(answers(app)) == 3
    assert re.search(r"answering, (about .+ left|.+ so far)", words(app)) and app.get("progress")
    press(app, "Stop")
    go_on.set()
    run_until(app, lambda: "did not finish" in words(app))
    assert "LoRA, HypLoRA did not finish. Nothing unfinished is stored." in words(app)
    assert [s.value for s in app.subheader] == ["Base", "LoRA", "HypLoRA"] and not app.exception
    app.toggle(key="compare-blind").set_value(True).run()
    assert "there is no blind vote" in words(app) and not app.subheader and not app.exception


def test_two_browsers_asking_the_same_share_one_job(tiny_llama: Path, run: str) -> None:
    one, two = opened(tiny_llama), opened(tiny_llama)
    lock = model_lock(resolve(str(tiny_llama)))
    with lock:
        press(one, "Compare 3 answers")
        press(two, "Compare 3 answers")
        assert len([key for key in jobs()._jobs if key.startswith("compare-")]) == 1
    run_until(one, lambda: has_result(one))
    run_until(two, lambda: has_result(two))
    assert answers(one) == answers(two)


def test_ones_own_prompt_with_and_without_an_expected_number(tiny_llama: Path) -> None:
    app = opened(tiny_llama, case="own")
    assert "Type a prompt" in words(app) and not app.error
    app.text_area(key="compare-prompt").set_value("2 + 2 <b>is</b> *what*?").run()
    press(app, "Let the base answer")
    run_until(app, lambda: "Read as the answer (careful rule)" in words(app))
    assert "Nobody said what would be right" in words(app)
    app.text_input(key="compare-expected").set_value("4").run()
    assert has_result(app) and not app.error
    app.segmented_control(key="compare-rule-4").set_value("paper").run()
    assert "right by the paper's rule" in words(app) and in_url(app, "rule") == "paper"
    app.text_input(key="compare-expected").set_value("four").run()
    assert "Answers are read as words." in words(app) and has_result(app) and not app.error
    app.selectbox(key="compare-kind").set_value("number").run()
    assert "'four' is not a number" in app.error[0].value.replace("\\", "") and not app.exception
    assert in_url(app, "prompt") == "2 + 2 <b>is</b> *what*?" and in_url(app, "kind") == "number"


def test_an_option_case_is_marked_by_the_rules_for_options(tiny_llama: Path) -> None:
    app = opened(tiny_llama, case="A dark room", rule="lm-eval-strict")
    assert "Expected: answer2" in words(app)
    press(app, "Let the base answer")
    run_until(app, lambda: has_result(app))
    assert "lm-eval-strict, which is no choice here" in words(app)
    assert app.segmented_control(key="compare-rule-2").options == ["Careful", "The paper's"] and not app.exception


def test_a_list_of_ones_own_is_gone_through_and_a_reload_finds_its_place(tiny_llama: Path) -> None:
    rows = '{"question": "2 + 2?", "answer": "4"}\n{"question": "Say it."}\n{"nothing": 1}\n'
    app = opened(tiny_llama, case="list")
    assert "Choose a file with prompts" in words(app) and not app.error
    app.file_uploader[0].set_value(("mine.jsonl", rows.encode(), "application/json")).run()
    assert "1 of 2 have an answer" in words(app) and "1 row was left out" in words(app) and "Expected: 4" in words(app)
    press(app, "Next")
    assert "Not marked" in words(app) and in_url(app, "place") == "2" and any(text.value == "Say it." for text in app.text)
    app.file_uploader[0].set_value(("other.txt", b"One?\nTwo?", "text/plain")).run()
    assert any(text.value == "One?" for text in app.text) and "is not between" not in words(app)
    app.file_uploader[0].set_value(("mine.jsonl", rows.encode(), "application/json")).run()
    press(app, "Next")
    again = opened(tiny_llama, case="list", prompts=in_url(app, "prompts"), place="2")
    assert "Kept from before: mine.jsonl, 2 prompts." in words(again) and any(text.value == "Say it." for text in again.text)
    press(again, "Previous")
    assert "Expected: 4" in words(again) and not again.exception and not again.error


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ({"case": "own", "prompt": "word " * 300}, "reads at most 256 in all; shorten the prompt"),
        ({"tokens": "250"}, "ask for at most"),
        ({"run": "each", "first": "/nope"}, "is not an adapter folder"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(tiny_llama: Path, choices: dict[str, str], sentence: str) -> None:
    app = opened(tiny_llama, **choices)
    assert len(app.error) == 1 and sentence in app.error[0].value.replace("\\", "") and not app.exception
    assert app.selectbox(key="compare-case") and not any(button.label.startswith("Let") for button in app.button)


def test_an_adapter_of_another_base_is_refused(tiny_llama: Path, checkpoint_folder, tmp_path: Path) -> None:
    foreign = make_adapters(tmp_path, resolve(str(checkpoint_folder("qwen3"))))["lora"]
    app = opened(tiny_llama, run="each", first=str(foreign))
    press(app, "Compare 2 answers")
    run_until(app, lambda: app.error)
    assert len(app.error) == 1 and "was made for" in app.error[0].value and not app.exception


def test_a_link_to_a_fine_tune_that_is_gone_says_so(tiny_llama: Path, run: str) -> None:
    app = opened(tiny_llama, run="20200101-000000-dead")
    assert "which is not here or belongs to another model" in words(app) and not app.exception


def test_fine_tunes_of_other_models_are_counted_not_offered(tiny_llama: Path, run: str, checkpoint_folder) -> None:
    app = opened(checkpoint_folder("gpt2"))
    assert "1 of other models cannot be used with it" in words(app)
    assert app.selectbox(key="compare-run").value == "none"


def test_an_unusable_model_is_one_sentence(tmp_path: Path) -> None:
    app = open_page(PAGE, str(tmp_path))
    assert len(app.error) == 1 and not app.exception


def test_columns_appear_in_the_page_while_they_are_written(tiny_llama: Path, run: str) -> None:
    app = opened(tiny_llama)
    with model_lock(resolve(str(tiny_llama))):
        press(app, "Compare 3 answers")
        run_until(app, lambda: "waiting for the model" in words(app))
        shown = answers_shown(app)
    assert [data["label"] for data in shown] == ["Answer of Base", "Answer of LoRA", "Answer of HypLoRA"]
    assert all(data["tokens"] == [] and data["from_base"] is None for data in shown)
    time.sleep(0.1)
    run_until(app, lambda: has_result(app))


def test_adapters_that_learned_otherwise_are_said_and_their_examples_come_along(tiny_llama: Path, tmp_path: Path) -> None:
    paper = Asking(template=PAPER, shots=(Shot(question="1 + 1?", answer="2"),))
    made = make_adapters(tmp_path, resolve(str(tiny_llama)))["lora"]
    card = json.loads((made / "hypviz.json").read_text(encoding="utf-8")) | {"asking": json.loads(paper.to_json())}
    (made / "hypviz.json").write_text(json.dumps(card), encoding="utf-8")
    app = open_page(PAGE, str(tiny_llama), run="each", first=str(made), tokens="3")
    assert app.selectbox(key="compare-template-paper").value == PAPER and app.checkbox(key="compare-own_shots").value
    (reading,) = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    assert "1 + 1?" in "".join(token["text"] for token in reading["tokens"]) and "learned to be asked otherwise" not in words(app)
    app.checkbox(key="compare-own_shots").set_value(False).run()
    app.selectbox(key="compare-shots_from").set_value("one-step").run()
    assert "another system text or other examples" in words(app) and not app.exception
    app.selectbox(key="compare-template-paper").set_value("question").run()
    assert "learned to be asked otherwise (template paper, behind 1 example)" in words(app) and not app.exception
