"""Tokens measured on the Disk page: from the address, below the picture, with the four that attain delta told to the component."""

from __future__ import annotations

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from hypviz.records.specs.disk import ModelRows
from hypviz.studies.disk.chosen import CHOSEN, keep_chosen
from hypviz.ui.disk import drawn
from hypviz.ui.disk.component import Said, read_message
from tests.pages.running import open_page, run_until

pytestmark = pytest.mark.usefixtures("laid_out")

IDS = tuple(range(20, 44))


def opened(model: str, mark: str) -> AppTest:
    app = open_page("pages/disk.py", model, measured=mark)
    run_until(app, lambda: app.get("bidi_component"))
    return app


def test_tokens_in_the_address_are_measured_and_their_four_told(tiny_llama, monkeypatch):
    asked = []
    answer = type(CHOSEN).get
    monkeypatch.setattr(type(CHOSEN), "get", lambda study, spec, *args, **more: asked.append(spec) or answer(study, spec, *args, **more))
    app = opened(str(tiny_llama), keep_chosen(IDS))
    run_until(app, lambda: app.get("plotly_chart"))
    specs = [spec for spec in asked if hasattr(spec, "pool")]
    assert specs and all(spec.chosen.ids.tolist() == list(IDS) and isinstance(spec.rows, ModelRows) for spec in specs)
    found = CHOSEN.stored(specs[0])
    app.run()
    assert json.loads(app.get("bidi_component")[-1].proto.json)["four"] == found.four.tolist()
    assert np.isin(found.four, IDS).all() and not app.error and not app.exception


def test_closing_lets_go_of_them(tiny_llama):
    app = opened(str(tiny_llama), keep_chosen(IDS))
    run_until(app, lambda: app.get("plotly_chart"))
    app.button(key="close-measured").click().run()
    assert "measured" not in app.query_params and not app.get("plotly_chart") and not app.exception


def test_a_selection_that_is_not_kept_here_is_said(tiny_llama):
    app = opened(str(tiny_llama), "f" * 64)
    assert any("ffffffffffff" in warning.value for warning in app.warning) and not app.get("plotly_chart") and not app.exception
    assert json.loads(app.get("bidi_component")[-1].proto.json)["four"] == []


def test_tokens_of_another_vocabulary_are_too_few_here(tiny_llama):
    app = opened(str(tiny_llama), keep_chosen([10**8 + k for k in range(9)]))
    assert len(app.error) == 1 and not app.exception and app.get("bidi_component")


def test_what_the_browser_sends_is_kept_and_the_page_drawn(tiny_llama, monkeypatch):
    put: dict[str, object] = {}
    monkeypatch.setattr("hypviz.ui.disk.chosen.st.query_params", put)
    monkeypatch.setattr("hypviz.ui.disk.chosen.st.session_state", put)
    drawn.answer_of(None, Said(measured=IDS))
    assert put["measured"] == keep_chosen(IDS)


@pytest.mark.parametrize("told", [[], [1, 2]])
def test_ids_are_read(told):
    assert read_message({"measure": told}) == Said(measured=tuple(told))


@pytest.mark.parametrize("told", ["1,2", [1, "2"], [True], [1.5], [-1], [2**40], {"a": 1}])
def test_nonsense_is_no_message(told):
    assert read_message({"measure": told}) is None


def test_half_a_surrogate_pair_is_no_message():
    assert read_message({"prompt": "abc \ud83c"}) is None and read_message({"prompt": "abc \U0001f600"}) == Said(prompt="abc \U0001f600")
