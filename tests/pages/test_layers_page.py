"""The Layers page: nothing is measured unasked, then layers of all columns beside nulls, the hierarchy test, an unusable model."""

from __future__ import annotations

from hypviz.bundled import BUNDLED_SOURCE
from tests.pages.running import open_page, run_until


def test_layers_of_the_base_alone_and_the_hierarchy_test() -> None:
    app = open_page("pages/layers.py", BUNDLED_SOURCE)
    app.selectbox(key="layers-run").set_value("none").run()
    run_until(app, lambda: app.get("plotly_chart"))
    assert len(app.get("plotly_chart")) == 1  # the hierarchy test takes a moment and starts by itself; the layers do not
    next(n for n in app.number_input if n.key.startswith("layers-limit")).set_value(4).run()
    next(b for b in app.button if b.label == "Measure the layers").click().run()
    run_until(app, lambda: len(app.get("plotly_chart")) == 3)
    headings = [m.value for m in app.markdown if m.value.startswith("####")]
    assert any("below Gaussian points after" in h and "of the same norms after" in h for h in headings)
    assert any("partial rank correlation" in h for h in headings)
    assert any(m.value.startswith("Base, after block 3") for m in app.markdown)
    assert any("4 prompts of" in c.value for c in app.caption)
    assert not app.error and not app.exception


def test_an_unusable_model_is_one_sentence(tmp_path) -> None:
    app = open_page("pages/layers.py", str(tmp_path))
    assert len(app.error) == 1 and "config" in app.error[0].value
    assert not app.exception
