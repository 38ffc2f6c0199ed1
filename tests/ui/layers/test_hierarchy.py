"""The hierarchy test on a page: the bundled taxonomy, an uploaded list, no file yet, and a list that is no hierarchy."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest


def _script() -> None:
    from hypviz.models import resolve
    from hypviz.ui.layers.hierarchy import show_hierarchy
    from hypviz.ui.shell.page import page

    with page("Title", "Lead."):
        show_hierarchy(resolve("bundled"))


@pytest.fixture
def app() -> AppTest:
    st.cache_resource.clear()
    return AppTest.from_function(_script, default_timeout=120).run()


def until(app: AppTest, there: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not there() and not app.error and not app.exception:
        assert time.monotonic() < end, "the test did not finish in time"
        time.sleep(0.1)
        app.run()


def words(app: AppTest) -> str:
    return "\n".join(element.value for kind in (app.markdown, app.caption, app.info, app.error) for element in kind).replace("\\", "")


def upload(app: AppTest, name: str, data: bytes) -> None:
    app.selectbox(key="hierarchy-depth-taxonomy").set_value("upload").run()
    app.file_uploader(key="hierarchy-depth-taxonomy-file").set_value((name, data, "text/plain")).run()
    until(app, lambda: app.get("plotly_chart"))


def test_the_bundled_taxonomy_is_tested_at_once(app):
    until(app, lambda: app.get("plotly_chart"))
    assert not app.error and not app.exception
    heading = next(m.value for m in app.markdown if m.value.startswith("####"))
    assert "held fixed" in heading and "partial rank correlation" in heading
    said = words(app)
    assert "bundled taxonomy (180 edges)" in said and "Rank correlation of depth and norm" in said and "seed 0" in said


def test_without_a_file_it_says_what_to_do_and_a_file_is_tested(app):
    app.selectbox(key="hierarchy-depth-taxonomy").set_value("upload").run()
    assert "Choose a file" in words(app) and not app.get("plotly_chart")
    kinds = {"animals": ("dogs", "cats", "cows", "horses", "pigs", "goats"), "tools": ("hammers", "saws", "nails", "shovels", "brushes")}
    lines = [f"{kind}\t{member}" for kind, members in kinds.items() for member in members]
    upload(app, "mine.tsv", "\n".join(["things\tanimals", "things\ttools", *lines]).encode())
    assert not app.error and not app.exception
    assert "mine.tsv (13 edges)" in words(app)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a,b\nb,c\nc,a\n", "mine.csv runs in a circle"),
        (b"a,b\nb\n", "Line 2 of mine.csv"),
        ("é,b\n".encode("latin-1"), "mine.csv is not UTF-8"),
        (b"a,b\nb,c\nc,d\n", "needs 12; upload a longer edge list"),
        (b"#" * 5_000_001, "more than the 5 MB"),
    ],
)
def test_a_list_that_cannot_be_used_is_one_sentence(app, data, said):
    upload(app, "mine.csv", data)
    assert len(app.error) == 1 and said in words(app)
    assert not app.get("plotly_chart") and not app.exception
