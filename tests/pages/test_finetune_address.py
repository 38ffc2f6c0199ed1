"""The Fine-tune form outlives a reload and a link: every choice comes back from the browser's address, uploads by their content."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.records.asking import CHAT, NONE, Asking
from hypviz.records.runs import RunSpec
from hypviz.studies.finetune import planning
from tests.pages.running import open_page
from tests.pages.runs_of_three import run_of_three

PAGE = "pages/finetune.py"
CHOSEN = {
    "pills": {"finetune-methods": ["lora", "hyplora"]},
    "number_input": {
        "finetune-rank": 8,
        "finetune-alpha": 24.5,
        "finetune-lr-0.0003": 0.001,
        "finetune-seed": 7,
        "finetune-c": 2.5,
        "finetune-hyplora-alpha": 48.0,
        "finetune-beyond": 9.0,
        "finetune-batch": 4,
        "finetune-parts": 2,
        "finetune-seeds": 3,
        "finetune-steps": 20,
    },
    "selectbox": {"finetune-radius": "typical", "finetune-gain": "paper", "finetune-problems": "two-step"},
    "segmented_control": {"finetune-preset": "Custom"},
    "toggle": {"finetune-learn-c": False},
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RunSpec]:
    """The specs that the form has come to, without trying the machine."""
    found: list[RunSpec] = []
    whole = planning.expected_time

    def note(spec: RunSpec, *others: Any) -> Any:
        found.append(spec)
        return whole(spec, *others)

    monkeypatch.setattr(planning, "expected_time", note)
    monkeypatch.setattr("hypviz.studies.finetune.pace._measured", lambda spec, *_: (dict.fromkeys(spec.methods, 1e-6), 1e-6, 1.0))
    return found


def link(app: AppTest) -> dict[str, str]:
    """The address as a browser would open it again, without the model."""
    texts = {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items()}
    return {name: value for name, value in texts.items() if name != "model"}


def test_every_choice_comes_back_from_the_address(tiny_llama: Path, asked: list[RunSpec]) -> None:
    app = open_page(PAGE, str(tiny_llama))
    assert link(app) == {} and not app.exception
    for kind, values in CHOSEN.items():
        for key, value in values.items():
            if key not in ("finetune-steps", "finetune-c"):
                getattr(app, kind)(key=key).set_value(value)
    app.run()
    app.number_input(key="finetune-steps").set_value(20)
    app.number_input(key="finetune-c").set_value(2.5).run()
    app.multiselect[0].set_value(["q_proj", "down_proj"]).run()
    first = asked[-1]
    again = open_page(PAGE, str(tiny_llama), **link(app))
    for kind, values in CHOSEN.items():
        for key, value in values.items():
            assert getattr(again, kind)(key=key).value == value, key
    assert again.multiselect[0].value == ["q_proj", "down_proj"]
    assert asked[-1] == first and link(again) == link(app) and not again.warning and not again.exception
    assert (first.rank, first.alpha, first.gain, first.hyplora_alpha, first.targets) == (8, 24.5, "paper", 48.0, ("q_proj", "down_proj"))


def test_the_paper_setup_has_its_own_values_and_an_open_alpha_stays_open(tiny_llama: Path, asked: list[RunSpec]) -> None:
    app = open_page(PAGE, str(tiny_llama), rank="8")
    app.segmented_control(key="finetune-setup").set_value("paper").run()
    assert app.number_input(key="finetune-rank-paper").value == 32 and asked[-1].hyplora_alpha == 128.0
    app.number_input(key="finetune-hyplora-alpha-paper").set_value(None).run()
    again = open_page(PAGE, str(tiny_llama), **link(app))
    assert again.number_input(key="finetune-hyplora-alpha-paper").value is None and asked[-1].hyplora_alpha is None
    again.segmented_control(key="finetune-setup").set_value("matched").run()
    assert again.number_input(key="finetune-rank").value == 8 and asked[-1].hyplora_alpha is None


@pytest.mark.parametrize(
    ("name", "text"),
    [("rank", "0"), ("steps", "many"), ("methods", "lora,magic"), ("targets", "q_proj,nose"), ("gain", "loud"), ("accumulate", "0")],
)
def test_a_text_that_no_choice_has_is_said_and_the_default_stands(tiny_llama: Path, asked: list[RunSpec], name: str, text: str) -> None:
    app = open_page(PAGE, str(tiny_llama), **{name: text})
    assert [f"{name}={text}" in warning.value.replace("\\", "") for warning in app.warning] == [True]
    assert (asked[-1].rank, asked[-1].gain, len(asked[-1].methods), len(asked[-1].targets)) == (16, "exact", 3, 5)
    assert not app.exception and not app.error


def test_an_upload_is_found_again_by_its_link(tiny_llama: Path, asked: list[RunSpec]) -> None:
    data = json.dumps({"question": "Tom has 3 apples and gets 4. How many?", "answer": "7"}).encode()
    app = open_page(PAGE, str(tiny_llama), problems="upload")
    assert not asked
    app.file_uploader[0].set_value(("mine.jsonl", data, "application/json")).run()
    first = asked[-1]
    again = open_page(PAGE, str(tiny_llama), **link(app))
    assert asked[-1] == first and first.problems == "mine.jsonl" and not again.warning
    gone = open_page(PAGE, str(tiny_llama), problems="f" * 64)
    assert ["not kept here" in warning.value for warning in gone.warning] == [True] and asked[-1] == first


def test_what_is_shown_of_a_run_comes_back_too(tiny_llama: Path) -> None:
    folder = run_of_three(tiny_llama, "done")
    start, run_id = folder.read_start(), folder.run_id
    assert start is not None
    folder.write_probe(start)
    app = open_page(PAGE, str(tiny_llama), run=run_id)
    app.segmented_control(key=f"against-{run_id}").set_value("own seconds")
    app.segmented_control(key=f"layers-quantity-{run_id}").set_value("ratio").run()
    assert (link(app)["against"], link(app)["layers"]) == ("seconds", "ratio")
    again = open_page(PAGE, str(tiny_llama), **link(app))
    assert again.segmented_control(key=f"against-{run_id}").value == "own seconds"
    assert again.segmented_control(key=f"layers-quantity-{run_id}").value == "ratio" and not again.warning


def test_how_the_problems_are_asked_is_chosen_shown_and_comes_back(tiny_llama: Path, tmp_path: Path, asked: list[RunSpec]) -> None:
    folder = Path(shutil.copytree(tiny_llama, tmp_path / "chatty"))
    template = "{% for message in messages %}{{ message['content'] }}<|end|>{% endfor %}"
    (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    app = open_page(PAGE, str(folder))
    assert asked[-1].asking == Asking(template=CHAT)
    (reading,) = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    assert [token["part"] for token in reading["tokens"]] == sorted((t["part"] for t in reading["tokens"]), reverse=True)
    assert reading["tokens"][-1] == {"text": "<|end|>", "special": True, "part": "learned"}
    app.text_input(key="finetune-system").set_value("Be brief.")
    app.number_input(key="finetune-shots-0").set_value(2).run()
    app.number_input(key="finetune-shots_seed").set_value(3).run()
    first = asked[-1].asking
    assert (first.template, first.system, len(first.shots)) == (CHAT, "Be brief.", 2)
    again = open_page(PAGE, str(folder), **link(app))
    assert asked[-1].asking == first and link(again) == link(app) and not again.exception and not again.warning
    again.selectbox(key="finetune-template-chat").set_value("none").run()
    assert asked[-1].asking == Asking(template=NONE) and not again.exception and not again.error
