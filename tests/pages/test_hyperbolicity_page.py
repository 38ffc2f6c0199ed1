"""The Hyperbolicity page: empty, result with its nulls, prompts too short, unusable model."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME
from tests.pages.running import at_rest, open_page, run_until


@pytest.fixture
def app(tiny_llama) -> AppTest:
    return open_page("pages/hyperbolicity.py", str(tiny_llama))


def test_the_verdict_stands_over_a_chart_with_null_tree_and_paper(app):
    app.number_input[0].set_value(20).run()
    run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
    assert len(app.get("plotly_chart")) == 2
    heading = next(m.value for m in app.markdown if m.value.startswith("####"))
    assert sum(verdict in heading for verdict in (LOWER, SAME, HIGHER)) == 1
    figure = app.get("plotly_chart")[0].proto.spec
    assert all(word in figure for word in ("Gaussian null", "tree", "LLaMA3-8B"))
    assert any("Why n matters" in c.value for c in app.caption)
    assert any("20 prompts" in c.value for c in app.caption)
    assert not app.error and not app.exception


def test_without_a_file_the_page_says_what_to_do(app):
    app.selectbox(key="delta-texts").set_value("upload").run()
    assert "Choose a file" in app.info[0].value
    assert not app.exception


def test_prompts_too_short_to_measure_are_one_sentence(app):
    app.selectbox(key="delta-texts").set_value("upload").run()
    app.file_uploader[0].set_value(("short.txt", b"a\nb\n", "text/plain")).run()
    run_until(app, lambda: app.error)
    assert len(app.error) == 1 and "None of the 2 prompts" in app.error[0].value
    assert not app.get("plotly_chart") and not app.exception


def test_an_unusable_model_is_one_sentence(tmp_path):
    app = open_page("pages/hyperbolicity.py", str(tmp_path))
    assert len(app.error) == 1 and "config" in app.error[0].value
    assert not app.exception


def test_the_papers_setting_is_one_button(app):
    app.selectbox(key="delta-definition").set_value("exact").run()
    app.selectbox(key="delta-metric").set_value("angle").run()
    app.button(key="delta-paper").click().run()
    run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
    assert app.selectbox(key="delta-definition").value == "base" and app.selectbox(key="delta-metric").value == "euclidean"
    assert app.number_input[0].value == app.number_input[0].max
    assert any("Beside the other nulls" in m.value for m in app.markdown)


def test_a_sample_of_the_vocabulary_is_measured_when_asked(app):
    assert not any("Four tokens attain it" in m.value for m in app.markdown)
    app.selectbox(key="vocabulary-delta-n").set_value(app.selectbox(key="vocabulary-delta-n").options[0]).run()
    next(b for b in app.button if b.key and b.key.startswith("start-vocabulary delta")).click().run()
    run_until(app, lambda: any("Four tokens attain it" in m.value for m in app.markdown) and at_rest(app))
    assert len(app.get("plotly_chart")) >= 2 and any("closed after" in m.value for m in app.markdown)
    assert any("every quadruple of the" in m.value for m in app.markdown) and not app.error and not app.exception
