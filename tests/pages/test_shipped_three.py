"""The run of three that ships with the bundled model, on the pages that show fine-tunes."""

from __future__ import annotations

from hypviz import runs
from hypviz.bundled import BUNDLED_SOURCE
from tests.pages.running import open_page, past_runs


def test_compare_offers_it_before_anyone_has_trained() -> None:
    app = open_page("pages/compare.py", BUNDLED_SOURCE, tokens="6")
    assert not app.error and not app.exception
    (chosen,) = [box for box in app.selectbox if box.label == "Adapters"]
    assert chosen.value == runs.shipped()[0].run_id and any("Ships with hypviz" in option for option in chosen.options)
    assert any(button.label == "Compare 4 answers" for button in app.button)


def test_the_fine_tune_page_lists_it_and_does_not_delete_it() -> None:
    app = open_page("pages/finetune.py", BUNDLED_SOURCE)
    assert past_runs(app)["State"].tolist() == ["ships with hypviz"]
    app.query_params["run"] = runs.shipped()[0].run_id
    app.run()
    assert not app.error and not app.exception
    assert not any("delete" in (button.key or "") for button in app.button)
    assert any("Layer by layer" in expander.label for expander in app.expander)
