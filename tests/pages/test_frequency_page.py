"""The Frequency & norm page: empty, result, bad upload, unusable model."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.checkpoints import SENTENCES
from tests.pages.running import open_page, run_until


@pytest.fixture
def app(tiny_llama) -> AppTest:
    return open_page("pages/frequency.py", str(tiny_llama))


def upload(app: AppTest, name: str, data: bytes) -> AppTest:
    app.selectbox(key="frequency-counts").set_value("upload").run()
    return app.file_uploader[0].set_value((name, data, "text/plain")).run()


def test_the_general_word_table_is_measured_at_once(app):
    run_until(app, lambda: app.get("plotly_chart"))
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
    run_until(app, lambda: app.get("plotly_chart"))
    assert any("bundled problems" in c.value for c in app.caption)
    assert not app.error and not app.exception


def test_without_a_file_the_page_says_what_to_do(app):
    app.selectbox(key="frequency-counts").set_value("upload").run()
    assert "Choose a file" in app.info[0].value
    assert not app.get("plotly_chart") and not app.exception


def test_an_uploaded_text_is_measured(app):
    upload(app, "mine.txt", "\n".join(SENTENCES).encode())
    run_until(app, lambda: app.get("plotly_chart"))
    assert any("mine" in c.value for c in app.caption)


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
