"""The Layers page: nothing is measured unasked, then layers of all columns beside nulls, the hierarchy test, an unusable model."""

from __future__ import annotations

import threading

import streamlit as st

from hypviz.bundled import BUNDLED_SOURCE
from tests.pages.running import at_rest, open_page, press, run_until, words


def test_layers_of_the_base_alone_and_the_hierarchy_test() -> None:
    app = open_page("pages/layers.py", BUNDLED_SOURCE)
    app.selectbox(key="layers-run").set_value("none").run()
    run_until(app, lambda: app.get("plotly_chart"))
    assert len(app.get("plotly_chart")) == 1  # the hierarchy test takes a moment and starts by itself; the layers do not
    next(n for n in app.number_input if n.key.startswith("layers-limit")).set_value(4).run()
    next(b for b in app.button if b.label == "Measure the layers").click().run()
    run_until(app, lambda: len(app.get("plotly_chart")) == 3 and at_rest(app))
    headings = [m.value for m in app.markdown if m.value.startswith("####")]
    assert any("below Gaussian points after" in h and "of the same norms after" in h for h in headings)
    assert any("partial rank correlation" in h for h in headings)
    assert any(m.value.startswith("Base, after block 3") for m in app.markdown)
    assert any("4 prompts of" in c.value for c in app.caption)
    assert not app.error and not app.exception


def test_a_stop_keeps_the_layers_and_the_rest_can_be_measured(monkeypatch) -> None:
    from hypviz.studies import layers

    before, passed = layers.null_deltas, threading.Event()

    def slow(sets, name, *, work, **options):
        while name != "gaussian" and not passed.wait(0.01):
            work.check()
        return before(sets, name, work=work, **options)

    monkeypatch.setattr(layers, "null_deltas", slow)
    app = open_page("pages/layers.py", BUNDLED_SOURCE)
    app.selectbox(key="layers-run").set_value("none").run()
    next(n for n in app.number_input if n.key.startswith("layers-limit")).set_value(3).run()
    next(n for n in app.number_input if n.key == "layers-seed").set_value(5).run()
    press(app, "Measure the layers")
    run_until(app, lambda: "(a part: 7 of 28 nulls are in)" in words(app))
    assert "below Gaussian points after" in words(app) and "Measure the rest" not in [b.label for b in app.button]
    stop = next(b for b in app.button if b.label == "Stop")
    stop.click().run()
    run_until(app, lambda: "Measure the rest" in [b.label for b in app.button])
    assert "all 7 layers measured, 7 of 28 nulls" in words(app) and "(a part: 7 of 28 nulls are in)" in words(app)
    passed.set()
    press(app, "Measure the rest")
    run_until(app, lambda: at_rest(app) and "Measure the rest" not in [b.label for b in app.button])
    assert "a part" not in words(app) and "of the same norms after" in words(app)
    assert not app.error and not app.exception


def test_an_unusable_model_is_one_sentence(tmp_path) -> None:
    app = open_page("pages/layers.py", str(tmp_path))
    assert len(app.error) == 1 and "config" in app.error[0].value
    assert not app.exception


def test_every_choice_and_what_was_measured_survive_a_reload() -> None:
    app = open_page("pages/layers.py", BUNDLED_SOURCE, run="none")
    run_until(app, lambda: app.get("plotly_chart") and at_rest(app))
    next(n for n in app.number_input if n.key.startswith("layers-limit")).set_value(3).run()
    app.selectbox(key="layers-definition").set_value("exact")
    app.toggle(key="layers-drop").set_value(True)
    app.number_input(key="layers-seed").set_value(2)
    app.number_input(key="hierarchy-seed").set_value(9).run()
    next(b for b in app.button if b.label == "Measure the layers").click().run()
    run_until(app, lambda: len(app.get("plotly_chart")) >= 2 and at_rest(app))
    app.select_slider(key="layers-one").set_value(0)
    app.selectbox(key="layers-quantity").set_value("top_share").run()
    said = {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items() if name != "model"}
    n_charts = len(app.get("plotly_chart"))
    st.cache_resource.clear()  # another server: only the store is left
    again = open_page("pages/layers.py", BUNDLED_SOURCE, **said, part="hierarchy")
    run_until(again, lambda: len(again.get("plotly_chart")) == n_charts and at_rest(again))
    assert {name: again.query_params[name] for name in said} == {name: app.query_params[name] for name in said} and not again.warning
    kept = ("layers-definition", "layers-drop", "layers-seed", "hierarchy-seed", "layers-one", "layers-quantity")
    assert [again.session_state[key] for key in kept] == ["exact", True, 2, 9, 0, "top_share"]
    assert not again.exception
