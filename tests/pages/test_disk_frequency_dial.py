"""The dial of frequency on the Disk page: another position is another picture, under a key of its own."""

from __future__ import annotations

from typing import Any

from streamlit.testing.v1 import AppTest

from hypviz.records.disk_scene import DiskScene
from tests.pages.running import at_rest, open_page, run_until


def _words(app: AppTest) -> dict[str, Any]:
    """What the scene says of itself."""
    return DiskScene.words_in(app.get("bidi_component")[0].proto.bytes)


def test_turning_the_dial_draws_the_layout_of_that_position(tiny_llama):
    app = open_page("pages/disk.py", str(tiny_llama))
    run_until(app, lambda: app.get("bidi_component") and at_rest(app))
    before = _words(app)
    app.select_slider(key="pull").set_value(1.0).run()
    run_until(app, lambda: at_rest(app) and not any("from before" in caption.value for caption in app.caption))
    assert _words(app)["shape"] != before["shape"] and _words(app)["key"] != before["key"]
    app.select_slider(key="pull").set_value(0.0).run()
    run_until(app, lambda: at_rest(app))
    assert _words(app) == before and not app.exception
