"""The Disk page: the picture, search and selection in the URL, back to the origin, and an unusable model."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.ui.disk_selection import find_tokens
from hypviz.ui.disk_view import _token_id
from tests.pages.running import open_page, run_until


@pytest.fixture
def app(tiny_llama) -> AppTest:
    app = open_page("pages/disk.py", str(tiny_llama))
    run_until(app, lambda: app.get("plotly_chart"))
    return app


def _heading(app: AppTest) -> str:
    return next(m.value for m in app.markdown if m.value.startswith("####"))


def _caption(app: AppTest) -> str:
    return " ".join(c.value for c in app.caption)


def test_the_whole_vocabulary_is_drawn_under_its_finding(app):
    assert "tokens; the disk keeps" in _heading(app)
    assert "Radius from the frequency rank in bundled problems" in _caption(app)
    assert "follow in token" in _caption(app) and "Measured on all tokens" in _caption(app)
    assert any("Click a point" in i.value for i in app.info)
    assert not app.error and not app.exception


def test_searching_selects_moves_to_the_middle_and_writes_the_url(app):
    app.text_input(key="disk-search").set_value("dog").run()
    run_until(app, lambda: app.dataframe)
    token = app.query_params["token"]
    assert token and "view" not in app.query_params
    assert any(m.value.startswith("The disk keeps **") for m in app.markdown)
    assert list(app.dataframe[0].value.columns) == ["token", "cosine", "kept", "d"] and len(app.dataframe[0].value) == 10
    app.button(key="disk-origin").click().run()
    assert app.query_params["view"] == "origin" and app.query_params["token"] == token
    app.button(key="disk-middle").click().run()
    assert "view" not in app.query_params
    app.button(key="disk-clear").click().run()
    assert "token" not in app.query_params and not app.dataframe
    assert not app.error and not app.exception


def test_radius_colour_and_ranks_change_the_picture(app):
    before = _heading(app)
    app.slider(key="R").set_value(9.0).run()
    run_until(app, lambda: app.get("plotly_chart"))
    assert "up to R \\= 9" in _caption(app) and _heading(app).split(";")[0] == before.split(";")[0]
    app.selectbox(key="colour").set_value("norm").run()
    assert "coloured by norm" in " ".join(m.value for m in app.markdown)
    app.selectbox(key="counts").set_value("token-id").run()
    run_until(app, lambda: "a proxy" in _caption(app))
    assert not app.error and not app.exception


def test_a_search_without_hits_and_a_foreign_token_are_said(app):
    app.text_input(key="disk-search").set_value("zzzz").run()
    assert any("No token here contains" in i.value for i in app.info) and "token" not in app.query_params
    app.query_params["token"] = "99999999"
    app.run()
    assert any("is not among" in w.value for w in app.warning) and app.get("plotly_chart") and not app.exception


def test_an_unusable_model_is_one_sentence(tmp_path):
    app = open_page("pages/disk.py", str(tmp_path))
    assert len(app.error) == 1 and "config" in app.error[0].value and not app.exception


def test_a_click_arrives_as_a_token_id_however_the_browser_packs_it():
    assert [_token_id(data) for data in ({"0": 17, "1": 3}, [17.0, 3], (17,), 17, [], {}, None)] == [17, 17, 17, 17, None, None, None]


def test_the_best_match_comes_first():
    texts = [" Dog", "dog", " dog", "dogs", " hotdog", "cat"]
    assert [texts[i] for i in find_tokens("dog", texts)] == ["dog", " dog", " Dog", "dogs", " hotdog"]
    assert next(texts[i] for i in find_tokens(" dog", texts)) == " dog"
    assert find_tokens(" ", ["a b", " ", "x"]) == [1, 0] and find_tokens("bird", texts) == []
