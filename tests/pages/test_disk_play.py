"""What is played on from a layout on the Disk page: the other table, a checkpoint, layers, and what cannot be played."""

from __future__ import annotations

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.records.disk_scene import DiskScene
from hypviz.studies.disk import play_layers
from hypviz.ui.disk.results import SHOWN
from tests.pages.running import at_rest, open_page, run_until


def _start(app: AppTest) -> AppTest:
    return next(button for button in app.button if str(button.key).startswith("start-")).click().run()


def _frames(app: AppTest) -> list[str]:
    """The names of the frames that the component was given, none where nothing is played."""
    scene = app.get("bidi_component")[0].proto.bytes
    words = DiskScene.words_in(scene)
    return [words["first"], *(step.split(" to ", 1)[1].split(":")[0] for step in words["steps"])] if "steps" in words else []


def _open(model: object, **choices: str) -> AppTest:
    app = open_page("pages/disk.py", str(model), beside="played", **choices)
    run_until(app, lambda: app.get("bidi_component"))
    return app


def test_the_output_table_is_played_on_from_the_input_table_once_it_is_asked_for(tiny_llama):
    app = _open(tiny_llama, play="other table")
    assert _frames(app) == [] and len(app.get("bidi_component")) == 2  # nothing stands beside what is played
    _start(app)
    run_until(app, lambda: _frames(app))
    assert _frames(app) == ["input table", "output table"]
    heading = next(m.value for m in app.markdown if m.value.startswith("####"))
    assert "From input table to output table" in heading and not app.error and not app.exception
    again = _open(tiny_llama, play="other table")
    run_until(again, lambda: _frames(again))
    assert not [button for button in again.button if str(button.key).startswith("start-")]


def test_a_checkpoint_of_the_same_vocabulary_is_played_and_one_of_another_is_refused(tiny_llama, tmp_path, checkpoint_folder):
    tuned = tmp_path / "tuned"
    shutil.copytree(tiny_llama, tuned)
    app = _open(tiny_llama, play="checkpoint")
    assert app.text_input(key="play-to").value == "" and _frames(app) == [] and not app.warning
    app.text_input(key="play-to").set_value(str(checkpoint_folder("gemma3"))).run()
    run_until(app, lambda: app.warning)
    assert any("same" in w.value and "vocabular" in w.value for w in app.warning) and not app.error
    app.text_input(key="play-to").set_value(str(tuned)).run()
    run_until(app, lambda: any(str(b.key).startswith("start-") for b in app.button))
    _start(app)
    run_until(app, lambda: _frames(app))
    assert _frames(app)[-1] == "tuned" and not app.exception
    app.text_input(key="play-to").set_value(str(tmp_path / "nothing")).run()
    assert app.get("bidi_component") and not app.exception and app.warning


@pytest.mark.slow
def test_tokens_are_taken_through_the_layers_one_by_one(tiny_llama):
    app = _open(tiny_llama, play="layers", stops="2")
    _start(app)
    run_until(app, lambda: _frames(app))
    assert _frames(app) == ["the embeddings", "layer 1", "layer 2"] and not app.error and not app.exception
    again = _open(tiny_llama, play="layers", stops="2")
    run_until(again, lambda: _frames(again))
    assert not [button for button in again.button if str(button.key).startswith("start-")]


def test_the_picture_of_all_tokens_stays_until_its_most_frequent_ones_are_asked_to_be_played(tiny_llama, monkeypatch):
    before = open_page("pages/disk.py", str(tiny_llama))
    run_until(before, lambda: before.get("bidi_component"))
    monkeypatch.setattr(play_layers, "MOST_TOKENS", 150)
    app = _open(tiny_llama, play="layers", stops="2")
    assert app.get("bidi_component")[0].proto.bytes == before.get("bidi_component")[0].proto.bytes and at_rest(app)
    (takes,) = [caption.value for caption in app.caption if "150 most frequent" in caption.value]  # beside the button, in one line
    assert takes.startswith("about ") and "\n" not in takes
    _start(app)
    run_until(app, lambda: _frames(app))
    assert len(app.session_state[SHOWN][1].token_ids) > 150  # what is there again where nothing is played
    assert DiskScene.words_in(app.get("bidi_component")[0].proto.bytes)["vocabulary"] and not app.exception
    app.selectbox(key="beside").set_value("nothing").run()
    assert app.get("bidi_component")[0].proto.bytes == before.get("bidi_component")[0].proto.bytes and at_rest(app)


@pytest.mark.parametrize("kind", ["other table", "layers"])
def test_a_layout_that_cannot_be_begun_from_is_said(tiny_llama, kind):
    app = _open(tiny_llama, method="pca", play=kind)
    assert any("Only a finished layout of Planar" in i.value for i in app.info)
    assert app.get("bidi_component") and not app.error and not app.exception


def test_a_model_with_one_table_has_no_other_to_play(checkpoint_folder):
    app = _open(checkpoint_folder("gpt2"), play="layers")
    assert "other table" not in app.selectbox(key="play").options and "layers" in app.selectbox(key="play").options
