"""The Disk page: the picture, selection and pins in the URL, two layouts, and an unusable model."""

from __future__ import annotations

import dataclasses
import json
import threading

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hypviz.layout import LAYOUTS, centred_units
from hypviz.layout.parts import hyperbolic_descent
from hypviz.models import read_embeddings, read_token_table, resolve
from hypviz.records.specs.disk import DEFAULT_METHOD
from hypviz.ui.disk import controls
from hypviz.ui.disk import results as disk_results
from hypviz.ui.disk.component import Said, read_message
from tests.checkpoints import with_token_without_row
from tests.pages.running import at_rest, open_page, press, run_until


@pytest.fixture
def app(tiny_llama, laid_out) -> AppTest:
    app = open_page("pages/disk.py", str(tiny_llama))
    run_until(app, lambda: app.get("bidi_component"))
    return app


def _heading(app: AppTest) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("####"))


def _caption(app: AppTest) -> str:
    return " ".join(c.value for c in app.caption).replace("\\", "")


def _message(app: AppTest) -> dict:
    """What the last control mount was told."""
    return json.loads(app.get("bidi_component")[-1].proto.json)


def test_the_whole_vocabulary_is_drawn_under_its_finding(app):
    assert "tokens; the disk keeps" in _heading(app)
    assert "equal areas of the drawn disk hold equally many tokens" in _caption(app)
    assert "Measured on every drawn token" in _caption(app)
    scene, control = app.get("bidi_component")
    assert scene.proto.component_name == "hypviz_disk" and control.proto.component_name == "hypviz_disk_control"
    assert _message(app)["neighbours"] is None and _message(app)["pins"] is None
    assert not app.error and not app.exception


def test_a_token_in_the_url_comes_with_its_neighbours(app):
    app.query_params["token"] = "60"
    app.run()
    found = _message(app)["neighbours"]
    assert found["id"] == 60 and len(found["nearest"]) == len(found["cosine"]) == len(found["kept"]) == 10
    assert found["cosine"] == sorted(found["cosine"], reverse=True) and 60 not in found["nearest"]


@pytest.mark.parametrize("token", ["99999999", "-1", "", "²", "**a**", "9" * 5000])
def test_a_foreign_token_is_said_and_left_out(app, token):
    app.query_params["token"] = token
    app.run()
    said = _message(app)["lost"]
    assert token[:40] in said and ("is not among" in said) == token.isdecimal() * token.isascii() * (len(token) < 19)
    assert _message(app)["neighbours"] is None
    assert not app.warning and not app.exception  # the panel says it, and nothing above moves the picture


def test_a_token_that_fewer_tokens_leave_out_is_let_go_with_its_word(app, tiny_llama, monkeypatch):
    text, layout = read_token_table(resolve(str(tiny_llama))).text, app.session_state[disk_results.SHOWN][1]
    gone = next(int(i) for i in layout.token_ids[::-1] if text[i].strip().isalpha())
    app.query_params["token"] = str(gone)
    app.run()
    assert _message(app)["neighbours"]["id"] == gone and _message(app)["lost"] is None
    monkeypatch.setattr(controls, "STEPS", (200,))
    app.run()
    app.selectbox(key="tokens").set_value("200").run()
    run_until(app, lambda: at_rest(app) and len(app.session_state[disk_results.SHOWN][1].token_ids) == 200)
    said = _message(app)["lost"]
    assert "is not among the 200 tokens" in said and text[gone].strip() in said and _message(app)["neighbours"] is None
    assert not app.warning and not app.exception


@pytest.mark.parametrize(
    ("camera", "n_said"),
    [("1,0,0,0,klein", 0), ("", 1), ("home", 1), ("1.25,0,0.75,0.1,klein", 1), ("1,0,0,0,<b>mercator</b>", 1), ("9" * 5000, 1)],
)
def test_a_point_of_view_that_is_none_is_said(app, camera, n_said):
    app.query_params["camera"] = camera
    app.run()
    said = [words for w in app.warning if "camera=" in (words := w.value.replace("\\", ""))]
    assert len(said) == n_said and all(camera[:40] in each and len(each) < 400 for each in said)
    assert app.get("bidi_component") and not app.exception and not app.error


def test_empty_texts_in_the_address_are_said(tiny_llama):
    app = open_page("pages/disk.py", str(tiny_llama), measured="", token="", camera="", path="")
    run_until(app, lambda: app.get("bidi_component"))
    said = [w.value.replace("\\", "") for w in app.warning]
    assert [sum(f"says {name}=, " in each for each in said) for name in ("measured", "camera", "path")] == [1] * 3
    assert "says token=, which is no token's number" in _message(app)["lost"]
    assert not app.exception and not app.error


def test_a_text_in_the_url_is_tokenised_and_pinned_with_its_neighbours(app, tiny_llama):
    app.query_params["pin"] = "the dogs"
    app.run()
    pins = _message(app)["pins"]
    assert "".join(pins["pieces"]).strip() == "the dogs" and len(pins["ids"]) == len(pins["pieces"]) == len(pins["near"])
    rows = read_embeddings(resolve(str(tiny_llama))).values
    units = centred_units(rows).rows
    for token, near in zip(pins["ids"], pins["near"], strict=True):
        likeness = units @ units[token]
        likeness[token] = -2
        assert near == np.argsort(-likeness)[:3].tolist()
    app.query_params["pin"] = "\u0000🦊 " * 400
    app.run()
    pins = _message(app)["pins"]
    assert len(pins["ids"]) == 64 and pins["left"] > 0 and not app.exception  # the page says how many are not marked


def test_a_control_token_is_pinned_by_its_name(app):
    app.query_params["pin"] = "dogs<|end|>"
    app.run()
    pins = _message(app)["pins"]
    assert pins["ids"][-1] == 1 and pins["pieces"][-1] == "<|end|>"


def test_a_pinned_token_without_a_row_is_said_and_the_text_stays_to_be_corrected(tmp_path, tiny_llama):
    app = open_page("pages/disk.py", str(with_token_without_row(tiny_llama, tmp_path / "pad", "pad")))
    run_until(app, lambda: app.get("bidi_component"))
    app.query_params["pin"] = "the <new> dogs"
    app.run()
    pins = _message(app)["pins"]
    assert not app.exception and not app.error and pins["ids"] == [] and pins["text"] == "the <new> dogs"
    assert any("a token for which pad has no embedding row" in w.value for w in app.warning)


def test_what_the_person_does_is_in_the_url_before_the_next_picture(app, monkeypatch):
    mount, clicks = disk_results.mount_disk, [Said(picked=60), Said(prompt="the dogs"), Said(looked_at=70), Said(let_go=True)]

    def mount_and_click(*args, **kwargs):
        if clicks:
            kwargs["answer"](clicks.pop(0))
        mount(*args, **kwargs)

    monkeypatch.setattr(disk_results, "mount_disk", mount_and_click)
    app.run()
    assert "60" in app.query_params["token"]
    app.run()
    assert _message(app)["neighbours"]["id"] == 60 and "the dogs" in "".join(app.query_params["pin"])
    app.run()
    app.run()
    assert "token" not in app.query_params and "pin" not in app.query_params and not app.exception
    app.run()
    assert _message(app)["neighbours"] is None and _message(app)["look"]["id"] == 70  # where the mouse rested selects nothing


@pytest.mark.parametrize("method", [pytest.param(m, marks=pytest.mark.slow) if m.startswith("umap") else m for m in LAYOUTS])
def test_every_method_can_be_chosen(app, method):
    app.selectbox(key="method").set_value(method).run()
    run_until(app, lambda: app.get("bidi_component"))
    assert "tokens; the disk keeps" in _heading(app) and not app.error and not app.exception


def test_a_second_layout_stands_beside_the_first(app):
    app.selectbox(key="beside").set_value("pca").run()
    run_until(app, lambda: len(app.get("bidi_component")) == 4)
    assert "by the best isometry" in _heading(app) and "On the right, moved" in _caption(app) and "On the left: Radius" in _caption(app)
    first, _, second, _ = app.get("bidi_component")
    assert first.proto.component_name == second.proto.component_name == "hypviz_disk" and not app.exception


def test_the_output_layers_table_stands_beside_the_embeddings(app):
    app.selectbox(key="beside").set_value("other table").run()
    run_until(app, lambda: len(app.get("bidi_component")) == 4)
    heading = _heading(app).replace("\\", "")
    assert "Laid over Planar t-SNE of the input table" in heading and "Planar t-SNE of the output table" in heading
    assert "The rows are those of the output layer." in _caption(app) and not app.exception
    app.selectbox(key="table").set_value("output").run()
    run_until(app, lambda: "SNE of the output table by the best" in _heading(app))


def test_a_model_with_one_table_says_that_there_is_no_other(checkpoint_folder):
    app = open_page("pages/disk.py", str(checkpoint_folder("gpt2")), beside="other table", table="output")
    run_until(app, lambda: app.get("bidi_component"))
    assert any("one table for both" in i.value for i in app.info) and len(app.get("bidi_component")) == 2 and not app.exception
    assert app.selectbox(key="beside").value == "nothing" and "other table" not in app.selectbox(key="beside").options


def test_a_stop_keeps_the_picture_so_far_and_the_end_can_be_had(app, monkeypatch):
    monkeypatch.setattr(hyperbolic_descent, "ROUNDS", 200_000)
    app.selectbox(key="method").set_value("frequency-umap").run()
    run_until(app, lambda: any("a stop keeps the layout so far" in str(bar.proto) for bar in app.get("progress")))
    assert "The picture from before: Planar t-SNE" in _caption(app) and app.get("bidi_component")
    press(app, "Stop")
    run_until(app, lambda: any("of 200000 rounds" in i.value for i in app.info))
    assert "Stopped after" in _caption(app) and "drawn towards a radius" in _caption(app) and app.get("bidi_component")
    monkeypatch.setattr(hyperbolic_descent, "ROUNDS", 20)
    next(b for b in app.button if b.label.startswith("Lay it out again")).click().run()
    run_until(app, lambda: not app.info and "drawn towards a radius" in _caption(app))
    assert "Stopped after" not in _caption(app) and not app.exception


def test_a_stop_with_nothing_to_show_leaves_the_picture_from_before(app, monkeypatch):
    def wait(rows, *, seed, work):
        while True:
            work.check()
            threading.Event().wait(0.02)

    monkeypatch.setitem(LAYOUTS._found(), "tree", dataclasses.replace(LAYOUTS["tree"], shape=wait))
    app.selectbox(key="method").set_value("tree").run()
    run_until(app, lambda: any(b.label == "Stop" for b in app.button))
    press(app, "Stop")
    run_until(app, lambda: any("as asked" in i.value for i in app.info))
    assert "The picture from before: Planar t-SNE" in _caption(app) and len(app.get("bidi_component")) == 2
    assert any(b.label.startswith("Lay out") for b in app.button) and not app.exception


def test_coming_back_from_another_page_the_picture_is_as_it_was(app, tiny_llama):
    app.query_params["token"] = "60"
    app.run()
    app.query_params.clear()
    app.query_params["model"] = str(tiny_llama)
    app.run()
    assert "token" not in app.query_params  # on the page itself an emptied address stays empty
    app.query_params["token"] = "60"
    app.run()
    app.switch_page("pages/start.py").run()
    app.query_params.clear()
    app.query_params["model"] = str(tiny_llama)
    app.switch_page("pages/disk.py").run()
    assert "60" in app.query_params["token"] and _message(app)["neighbours"]["id"] == 60


def test_an_unusable_model_is_one_sentence(tmp_path):
    app = open_page("pages/disk.py", str(tmp_path))
    assert len(app.error) == 1 and "config" in app.error[0].value and not app.exception


def test_messages_of_the_browser_are_read_and_nonsense_is_not():
    assert read_message({"pick": 7}) == Said(picked=7) and read_message({"pick": None}) == Said(let_go=True)
    assert read_message({"pick": 7, "at": 12}) == Said(picked=7, number=12)
    assert read_message({"pick": None, "at": "x"}) == Said(let_go=True)
    assert read_message({"prompt": "a b"}) == Said(prompt="a b") and read_message({"look": 5}) == Said(looked_at=5)
    assert [
        read_message(m) for m in (None, 3, "x", {}, {"pick": "7"}, {"pick": True}, {"prompt": 3}, {"look": None}, {"look": True}, [1])
    ] == [None] * 10


def test_a_reload_and_a_link_show_the_same_choices(app, tiny_llama):
    app.selectbox(key="method").set_value("pca").run()
    app.selectbox(key="colour").set_value("norm").run()
    app.slider(key="R").set_value(6.5).run()
    app.selectbox(key="counts").set_value("token-id").run()
    run_until(app, lambda: app.get("bidi_component"))
    address = {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}
    assert address == {"model": str(tiny_llama), "method": "pca", "colour": "norm", "R": "6.5", "counts": "token-id"}
    again = open_page("pages/disk.py", address.pop("model"), **address)
    run_until(again, lambda: again.get("bidi_component"))
    chosen = [again.selectbox(key=key).value for key in ("method", "colour", "counts", "table", "beside")]
    assert chosen == ["pca", "norm", "token-id", "input", "nothing"] and again.slider(key="R").value == 6.5
    assert "R = 6.5" in _caption(again) and not again.exception


def test_an_address_that_names_no_choice_is_said_and_the_default_stands(app, tiny_llama):
    again = open_page("pages/disk.py", str(tiny_llama), method="tsne", R="99")
    run_until(again, lambda: again.get("bidi_component"))
    said = " ".join(warning.value for warning in again.warning)
    assert "method" in said and "99" in said
    assert again.selectbox(key="method").value == DEFAULT_METHOD and again.slider(key="R").value == 4.0 and not again.exception
