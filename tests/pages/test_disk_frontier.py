"""What frequency costs, on the Disk page: shut at first, drawn from the layouts that are there, the rest behind a button."""

from __future__ import annotations

import pytest

from hypviz.studies.disk.frontier import PULLS
from tests.pages.running import open_page, press, run_until

pytestmark = pytest.mark.usefixtures("laid_out")


def test_the_fold_is_shut_until_it_is_asked_for(tiny_llama):
    app = open_page("pages/disk.py", str(tiny_llama))
    run_until(app, lambda: app.get("bidi_component"))
    assert not app.get("plotly_chart") and "frontier" not in app.query_params


def test_the_rest_is_laid_out_at_a_press_and_found_again(tiny_llama):
    app = open_page("pages/disk.py", str(tiny_llama), frontier="yes")
    run_until(app, lambda: app.get("plotly_chart"))
    press(app, f"Lay out the {len(PULLS) - 1} other positions")
    run_until(app, lambda: not [b for b in app.button if b.label == "Stop" or b.label.startswith("Lay out")])
    assert app.get("plotly_chart") and not app.error and not app.exception
    again = open_page("pages/disk.py", str(tiny_llama), frontier="yes", pull="0.5")
    run_until(again, lambda: again.get("plotly_chart"))
    assert not [b for b in again.button if b.label.startswith("Lay out")] and not again.exception


def test_a_method_without_the_dial_has_no_frontier(tiny_llama):
    app = open_page("pages/disk.py", str(tiny_llama), method="pca", frontier="yes")
    run_until(app, lambda: app.get("bidi_component"))
    assert not app.get("plotly_chart") and not [e for e in app.expander if "frequency" in e.label] and not app.exception
