"""The Hyperbolicity page: empty, result with its nulls, prompts too short, unusable model."""

from __future__ import annotations

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput

from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME
from tests.hyperbolicity.toys import planted
from tests.pages.running import at_rest, open_page, run_until


def limit(app: AppTest) -> NumberInput:
    """The control of how many prompts."""
    return next(n for n in app.number_input if n.key and n.key.startswith("delta-limit"))


def address(app: AppTest) -> dict[str, str]:
    """What a reload and a link say."""
    return {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items() if name != "model"}


@pytest.fixture
def app(tiny_llama) -> AppTest:
    return open_page("pages/hyperbolicity.py", str(tiny_llama))


def test_the_verdict_stands_over_a_chart_with_null_tree_and_paper(app):
    limit(app).set_value(20).run()
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


@pytest.mark.slow
def test_the_papers_setting_is_one_button(app):
    app.selectbox(key="delta-definition").set_value("exact").run()
    app.selectbox(key="delta-metric").set_value("angle").run()
    app.button(key="delta-paper").click().run()
    run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
    assert app.selectbox(key="delta-definition").value == "base" and app.selectbox(key="delta-metric").value == "euclidean"
    assert limit(app).value == limit(app).max
    assert any("Beside the other nulls" in m.value for m in app.markdown)


@pytest.mark.slow
def test_a_sample_of_the_vocabulary_is_measured_when_asked(app):
    assert not any("Four tokens attain it" in m.value for m in app.markdown)
    app.selectbox(key="vocabulary-delta-n").set_value(app.selectbox(key="vocabulary-delta-n").options[0]).run()
    next(b for b in app.button if b.key and b.key.startswith("start-") and b.label == "Measure").click().run()
    run_until(app, lambda: any("Four tokens attain it" in m.value for m in app.markdown) and at_rest(app))
    assert len(app.get("plotly_chart")) >= 2 and any("closed after" in m.value for m in app.markdown)
    assert any("every quadruple of the" in m.value for m in app.markdown) and not app.error and not app.exception


def test_every_choice_and_what_was_measured_survive_a_reload(app, tiny_llama):
    limit(app).set_value(6).run()
    app.selectbox(key="delta-definition").set_value("exact")
    app.selectbox(key="delta-metric").set_value("angle")
    app.selectbox(key="delta-table").set_value("output")
    app.toggle(key="delta-nulls").set_value(False)
    app.number_input(key="delta-seed").set_value(3)
    app.selectbox(key="vocabulary-delta-table").set_value("output")
    app.number_input(key="vocabulary-delta-seed").set_value(4).run()
    run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
    app.toggle(key="delta-whole-scale").set_value(True).run()
    next(b for b in app.button if b.key and b.key.startswith("start-") and b.label == "Measure").click().run()
    run_until(app, lambda: len(app.get("plotly_chart")) == 4 and at_rest(app))
    said = address(app)
    st.cache_resource.clear()  # another server: only the store is left
    again = open_page("pages/hyperbolicity.py", str(tiny_llama), **said)
    run_until(again, lambda: len(again.get("plotly_chart")) == 4 and at_rest(again))
    assert address(again) == said and limit(again).value == 6 and not again.warning
    kept = ("delta-definition", "delta-metric", "delta-table", "delta-nulls", "delta-seed", "delta-whole-scale")
    assert [again.session_state[key] for key in kept] == ["exact", "angle", "output", False, 3, True]
    assert [again.session_state[f"vocabulary-delta-{name}"] for name in ("table", "seed")] == ["output", 4]
    assert not again.error and not again.exception


def test_the_open_tab_and_the_prompt_that_was_clicked_are_in_the_address(app, tiny_llama):
    limit(app).set_value(6).run()
    run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
    corpus = next(n.key for n in app.number_input if n.key and n.key.startswith("delta-limit")).removeprefix("delta-limit-")
    said = {**address(app), "part": "vocabulary", "prompt": f"{corpus[:8]}:2"}
    again = open_page("pages/hyperbolicity.py", str(tiny_llama), **said)
    run_until(again, lambda: again.get("plotly_chart") and at_rest(again))
    assert address(again) == said and any(m.value.startswith("**Prompt 2:**") for m in again.markdown)
    other = open_page("pages/hyperbolicity.py", str(tiny_llama), **{**said, "prompt": "00000000:2"})
    run_until(other, lambda: other.get("plotly_chart") and at_rest(other))
    assert not any(m.value.startswith("**Prompt") for m in other.markdown) and not other.exception


def test_a_strangers_null_is_named_and_measured_on_the_page(tmp_path, tiny_llama):
    with planted(tmp_path):
        app = open_page("pages/hyperbolicity.py", str(tiny_llama), limit="5")
        run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
        assert "corners of a cube" in app.toggle(key="delta-nulls").help
        assert any("corners of a cube" in m.value for m in app.markdown)
        assert "toy path, same n" in app.get("plotly_chart")[0].proto.spec
        assert not app.error and not app.exception
