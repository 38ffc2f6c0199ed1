"""The Frequency & norm page: empty, result, bad upload, unusable model."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.errors import Stopped
from tests.checkpoints import SENTENCES
from tests.pages.running import at_rest, open_page, run_until


@pytest.fixture
def app(tiny_llama) -> AppTest:
    return open_page("pages/frequency.py", str(tiny_llama))


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.selectbox(key="frequency-counts").set_value("upload").run()
    return app.file_uploader[0].set_value((name, data, "text/plain")).run()


def test_the_general_word_table_is_measured_at_once(app):
    run_until(app, lambda: at_rest(app) and app.get("plotly_chart"))
    assert len(app.get("plotly_chart")) == 3
    headings = [m.value for m in app.markdown if m.value.startswith("####")]
    assert any("frequency" in h for h in headings) and any("lognormal" in h or "power law" in h for h in headings)
    captions = [c.value.replace("\\", "") for c in app.caption]
    assert any("General table: 1,068,853 words from WikiText-2" in c for c in captions)
    assert any("correlation of frequency and norm among tokens seen" in c for c in captions)
    assert len(app.dataframe[0].value) == 6
    assert not app.error and not app.exception


def test_the_bundled_model_is_counted_in_the_problems_it_was_trained_on():
    app = open_page("pages/frequency.py", "bundled")
    assert app.selectbox(key="frequency-counts").value == "bundled"
    run_until(app, lambda: at_rest(app) and app.get("plotly_chart"))
    assert any("bundled problems" in c.value for c in app.caption)
    assert not app.error and not app.exception


def test_without_a_file_the_page_says_what_to_do(app):
    app.selectbox(key="frequency-counts").set_value("upload").run()
    assert "Choose a file" in app.info[0].value
    assert not app.get("plotly_chart") and not app.exception


def test_an_uploaded_text_is_measured(app):
    upload(app, "mine.txt", "\n".join(SENTENCES).encode())
    run_until(app, lambda: at_rest(app) and app.get("plotly_chart"))
    assert any("mine" in c.value for c in app.caption)


@pytest.mark.slow
def test_a_reload_and_a_link_ask_the_same_question(app, tiny_llama):
    upload(app, "mine.txt", "\n".join(SENTENCES).encode())
    app.number_input(key="frequency-seed").set_value(7).run()
    run_until(app, lambda: at_rest(app) and app.get("plotly_chart"))
    app.toggle(key="frequency-log-norm").set_value(True).run()
    asked = {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}
    assert asked["seed"] == "7" and asked["log-norm"] == "yes" and len(asked["counts"]) == 64
    again = open_page("pages/frequency.py", str(tiny_llama), **{name: value for name, value in asked.items() if name != "model"})
    run_until(again, lambda: at_rest(again) and again.get("plotly_chart"))
    assert again.number_input(key="frequency-seed").value == 7 and again.toggle(key="frequency-log-norm").value
    assert any("mine" in c.value for c in again.caption)
    assert [figure.proto.spec for figure in again.get("plotly_chart")] == [figure.proto.spec for figure in app.get("plotly_chart")]


def test_a_part_that_a_stop_left_is_shown_with_what_is_missing(app, tiny_llama, monkeypatch):
    monkeypatch.setattr("hypviz.studies.frequency.norm_ranges", stopped)
    upload(app, "part.txt", "\n".join(SENTENCES[:9]).encode())
    run_until(app, lambda: at_rest(app) and app.get("plotly_chart"))
    (rest,) = [button for button in app.button if button.key.startswith("rest-")]
    assert len(app.get("plotly_chart")) == 3 and not app.exception
    monkeypatch.undo()
    rest.click().run()
    run_until(app, lambda: at_rest(app) and not [button for button in app.button if button.key.startswith("rest-")])
    assert len(app.get("plotly_chart")) == 3 and not app.error


def stopped(*args: object, **options: object) -> None:
    """As if Stop were pressed."""
    raise Stopped("Stopped, as asked.")


@pytest.mark.parametrize(
    ("name", "data", "word"), [("empty.txt", b"\n", "no text"), ("latin.txt", b"gr\xf6\xdfer", "UTF"), ("x.jsonl", b"{", "JSON")]
)
def test_a_bad_upload_is_one_sentence(app, name, data, word):
    upload(app, name, data)
    assert len(app.error) == 1 and word in app.error[0].value
    assert not app.exception and not app.get("plotly_chart")


def test_an_unusable_model_is_one_sentence(tmp_path):
    app = open_page("pages/frequency.py", str(tmp_path))
    assert len(app.error) == 1 and "config" in app.error[0].value
    assert not app.exception


def test_rows_that_the_model_multiplies_are_shown_as_stored_and_as_read(checkpoint_folder):
    app = open_page("pages/frequency.py", str(checkpoint_folder("gemma3")))
    run_until(app, lambda: at_rest(app) and app.get("plotly_chart"))
    stored = app.get("plotly_chart")[0].proto.spec
    app.toggle(key="frequency-as-read").set_value(True).run()
    assert not app.exception and ", times " in app.get("plotly_chart")[0].proto.spec and ", times " not in stored
    assert not any("norms are of the stored rows" in caption.value for caption in app.caption)
