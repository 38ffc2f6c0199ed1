"""A selection is read whether the browser sends customdata as lists, objects, numbers or not at all."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from hypviz.ui.shared.selection import selected_values


def event(*customdata: object) -> SimpleNamespace:
    points = [{"x": 1} if row is None else {"x": 1, "customdata": row} for row in customdata]
    return SimpleNamespace(selection=SimpleNamespace(points=points))


@pytest.mark.parametrize(
    ("customdata", "found"),
    [(([7, 20], [9, 21]), [7, 9]), (({"0": 7, "1": 20},), [7]), ((7, 9), [7, 9]), ((None, [3]), [3]), ((), [])],
)
def test_values_of_the_first_column(customdata, found):
    assert selected_values(event(*customdata)) == found


def test_the_second_column_and_no_event():
    assert selected_values(event([7, 20], {"0": 9, "1": 21}), column=1) == [20, 21]
    assert selected_values(None) == []
    assert selected_values(SimpleNamespace(selection=None)) == []


def _kept_prompts() -> None:
    import streamlit as st

    from hypviz.ui.shared.selection import selection_kept
    from hypviz.ui.shell.address import Kept

    st.text(selection_kept(Kept("delta"), "prompt", [], of="text", most=5))


@pytest.mark.parametrize(
    ("said", "found"), [("text:2,5", "(2, 5)"), ("text:6," + "9" * 5000, "()"), ("other:2", "()"), ("text:²,3", "(3,)")]
)
def test_an_address_that_names_no_point_selects_none(said, found):
    app = AppTest.from_function(_kept_prompts)
    app.query_params["prompt"] = said
    app.run()
    assert not app.exception and app.text[0].value == found
