"""The disk's figure: every token once, clickable, nothing read as markup, and labels that do not cover each other."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.plots.disk import CATEGORIES, disk_chart
from hypviz.plots.disk_labels import CHARACTER, LIFT, LINE, choose_labels
from hypviz.problems.taxonomy import TAXONOMY
from hypviz.records.disk_view import DiskColour, DiskView, Marked
from hypviz.records.models import TOKEN_KINDS

N = 120
NASTY = ("<b>bold</b>", "a & b", "<extra></extra>", " \n", "%{x}")


def _view(*, kinds: bool = False, marked: bool = False) -> DiskView:
    rng = np.random.default_rng(0)
    rho, theta = np.sort(rng.uniform(0, 4, N)), rng.uniform(-np.pi, np.pi, N)
    size = np.tanh(rho / 2)
    values = rng.integers(0, 3, N).astype(float) if kinds else np.r_[np.linspace(3, 0, 100), np.full(20, np.nan)]
    colour = DiskColour(
        name="kind" if kinds else "frequency",
        label="log10 of the count",
        values=values,
        categories=TOKEN_KINDS if kinds else None,
        missing="not in the corpus",
    )
    near = Marked(
        row=5,
        nearest=np.arange(10, 20),
        cosine=np.linspace(0.9, 0.5, 10),
        kept=np.arange(10) < 3,
        distance=np.ones(10),
        paths=np.zeros((10, 4, 2)),
    )
    return DiskView(
        title="t",
        alt="a",
        token_ids=np.arange(1000, 1000 + N),
        text=(*NASTY, *(f"w{i}" for i in range(N - len(NASTY)))),
        counts=np.arange(N, 0, -1),
        rho=rho,
        theta=theta,
        x=size * np.cos(theta),
        y=size * np.sin(theta),
        colour=colour,
        centre_row=None,
        marked=near if marked else None,
    )


def _points(figure):
    return [trace for trace in figure.data if trace.type == "scattergl"]


@pytest.mark.parametrize("kinds", [False, True])
def test_every_token_is_one_clickable_point(kinds: bool) -> None:
    traces = _points(disk_chart(_view(kinds=kinds)).figure)
    ids = np.concatenate([trace.customdata[:, 0] for trace in traces])
    assert sorted(ids.astype(int).tolist()) == list(range(1000, 1000 + N))
    names = [trace.name for trace in traces]
    assert names == list(TOKEN_KINDS[:3]) if kinds else "not in the corpus" in names


def test_token_texts_are_text() -> None:
    figure = disk_chart(_view(marked=True)).figure
    texts = [t for trace in figure.data if trace.text is not None for t in trace.text]
    assert "&lt;b&gt;bold&lt;/b&gt;" in texts and "a␣&amp;␣b" in texts and "␣⏎" in texts
    assert not [t for t in texts if "<" in t.replace("<b>", "", 1).replace("</b>", "")]


def test_boundary_and_rings_are_circles_at_whole_distances() -> None:
    figure = disk_chart(_view()).figure
    circles = [np.hypot(trace.x, trace.y) for trace in figure.data if trace.mode == "lines"]
    assert [pytest.approx(c[0]) for c in circles] == [np.tanh(0.5), np.tanh(1.0), np.tanh(1.5), 1.0]
    assert all(np.ptp(c) < 1e-12 for c in circles)
    assert figure.layout.yaxis.scaleanchor == "x" and figure.layout.yaxis.scaleratio == 1
    for axis in (figure.layout.xaxis, figure.layout.yaxis):  # a fixed range would keep what a narrow window once made of it
        assert axis.autorange and axis.range is None
        assert axis.autorangeoptions.minallowed == -axis.autorangeoptions.maxallowed < -1.0


def test_kept_and_lost_neighbours_look_different() -> None:
    figure = disk_chart(_view(marked=True)).figure
    by_name = {trace.name: trace for trace in figure.data if trace.name}
    kept, lost = by_name["neighbour kept"], by_name["neighbour lost"]
    assert (len(kept.x), len(lost.x)) == (3, 7) and kept.marker.symbol != lost.marker.symbol
    assert int(by_name["selected"].customdata[0][0]) == 1005


def test_the_download_holds_every_token() -> None:
    data = disk_chart(_view()).data
    assert len(data) == N and {"token_id", "text", "count", "rho", "theta", "frequency"} <= set(data.columns)
    assert data["text"][0] == "<b>bold</b>"


def test_labels_are_disjoint_and_prefer_the_frequent() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-0.6, 0.6, 300), rng.uniform(-0.6, 0.6, 300)
    text = ["word" * int(k) for k in rng.integers(1, 4, 300)]
    rows = choose_labels(x, y, text, first=[250], then=[40, 250], pixels_per_unit=300.0)
    assert rows[0] == 250 and rows[1] == 40 and 20 < len(rows) < 300
    half = np.array([CHARACTER * len(text[i]) / 2 for i in rows])
    across, up = 300 * x[rows], 300 * y[rows] + LIFT
    covers = (np.abs(across[:, None] - across) < half[:, None] + half) & (np.abs(up[:, None] - up) < LINE)
    assert covers.sum() == len(rows)


def _families(*, marked: bool = False, middle: bool = False) -> DiskView:
    """Tokens near the rim, two of the categories among them; with `middle`, others where the names would stand."""
    view = _view(marked=marked)
    values = np.full(N, np.nan)
    values[20:30], values[40:45] = 0, 3
    turn = np.linspace(0.1, 6.0, N)
    size = np.where(middle & (np.arange(N) > 60), 0.2, 0.9)
    colour = DiskColour(
        name="taxonomy",
        label="category",
        values=values,
        categories=("animal", "bird", "fruit", "vegetable"),
        missing="not in the taxonomy",
        middles=(24, 42),
    )
    return dataclasses.replace(view, x=size * np.cos(turn), y=size * np.sin(turn), colour=colour)


def test_categories_differ_in_shape_as_well_as_colour() -> None:
    looks = [(colour, symbol) for colour, symbol in CATEGORIES.values()]
    assert len(set(looks)) == len(looks) == len(TAXONOMY) and set(CATEGORIES) == set(TAXONOMY)
    traces = {trace.name: trace for trace in _points(disk_chart(_families()).figure)}
    assert set(traces) == {"not in the taxonomy", "animal", "vegetable"} and len(traces["animal"].x) == 10
    assert traces["animal"].marker.symbol != traces["vegetable"].marker.symbol


WHITE = '<b style="color:#FFFFFF">'  # readable on its own plate in every theme


def test_a_categorys_name_points_at_its_middle_where_there_is_room() -> None:
    view = _families()
    named = {a.text.replace(WHITE, "<b>"): a for a in disk_chart(view).figure.layout.annotations if a.showarrow is not False}
    assert set(named) == {"<b>animal</b>", "<b>vegetable</b>"}
    assert (named["<b>animal</b>"].x, named["<b>animal</b>"].y) == (view.x[24], view.y[24])
    for crowded in (_families(marked=True), _families(middle=True)):
        assert not [a for a in disk_chart(crowded).figure.layout.annotations if a.showarrow is not False]


def test_words_of_the_taxonomy_are_labelled_first() -> None:
    labels = next(trace for trace in disk_chart(_families()).figure.data if trace.mode == "text")
    assert labels.text[0] == "w15"  # row 20
