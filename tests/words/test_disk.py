"""What is said of a layout: true to its method, to what was counted, and comparable with chance."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hypviz.errors import HypvizError
from hypviz.layout import LAYOUTS
from hypviz.records import Provenance
from hypviz.records.layout import ROW_ORDER, DiskLayout, LayoutQuality
from hypviz.words.disk import disk_finding, how_it_was_made, layout_name, quality_sentence


def make_layout(method: str, **changed) -> DiskLayout:
    quality = LayoutQuality(
        k=2,
        depths=(1, 2),
        kept_at=(0.5, 0.25),
        chance_at=(0.03125, 0.0625),
        angle_neighbours_kept_at_10=0.125,
        trustworthiness=0.9,
        continuity=0.8,
        distance_spearman=0.5,
        radius_spearman=-0.75,
        radius_count_spearman=-0.625,
        radius_norm_spearman=0.25,
        rim_share=0.07,
        fill=0.55,
        n_queries=3,
        n_tokens=3,
        n_pairs=20_000,
    )
    fields = {
        "token_ids": np.arange(3),
        "rho": np.zeros(3),
        "theta": np.zeros(3),
        "counts": np.array([5, 2, 1]),
        "method": method,
        "pull": 0.0,
        "radius": 4.0,
        "radius_source": "bundled problems",
        "probe": None,
        "table": "input",
        "seed": 0,
        "n_clipped": 0,
        "n_uncounted": 0,
        "n_zero_rows": 0,
        "n_without_token": 0,
        "n_groups": None,
        "n_shortened": 0,
        "n_rounds": 0,
        "n_rounds_done": 0,
        "kept": np.zeros(3, dtype=np.uint8),
        "region": np.zeros(3, dtype=np.uint8),
        "typical": np.ones(3, dtype=np.float32),
        "wide": np.zeros(1, dtype=np.uint8),
        "typical_of_wide": np.ones(3, dtype=np.float32),
        "in_degree": np.array([3, 2, 1]),
        "quality": quality,
        "cpu_seconds": 1.5,
        "provenance": Provenance(model="m"),
    }
    return DiskLayout(**(fields | changed))


@pytest.mark.parametrize(
    ("method", "radius", "angle"),
    [
        ("dendrogram", "frequency rank in bundled problems", "leaf order"),
        ("hyperbolic-umap", "hyperbolic distance", "start is an average-linkage tree"),
        ("frequency-umap", "drawn towards a radius by its frequency rank in bundled problems", "start is an average-linkage tree"),
        ("tree", "path to the root", "hangs below the other"),
        ("umap", "Radius from UMAP", "scaled into the drawn disk"),
        ("umap-hyperboloid", "umap-learn's hyperboloid", "laid out on the hyperboloid"),
        ("pca", "frequency rank in bundled problems", "principal components"),
        ("norm-radius", "in proportion to the L2 norm", "principal components"),
    ],
)
def test_how_it_was_made_names_the_method(method: str, radius: str, angle: str) -> None:
    first, second = how_it_was_made(make_layout(method))
    assert radius in first and "R = 4" in first and angle in second
    measured = quality_sentence(make_layout(method))
    assert (
        "25.0 % of the 2 nearest neighbours kept (12.5 % by the angle alone, 6.2 % by chance; " in measured
        and "continuity 0.800" in measured
    )
    assert "55 % of 800 cells" in measured and ("radius and norm +0.25" in measured) == (method != "norm-radius")
    assert ("radius and frequency −0.75" in measured) == (method not in ("dendrogram", "pca"))


def test_the_proxy_is_named_for_what_it_is() -> None:
    nothing = {"counts": np.zeros(3, dtype=int), "n_uncounted": 3}
    assert "Radius from the row order, which stands in" in how_it_was_made(make_layout("pca", radius_source=ROW_ORDER, **nothing))[0]
    assert (
        "Radius from the token id, which stands in"
        in how_it_was_made(make_layout("dendrogram", radius_source="token-id order", **nothing))[0]
    )
    assert "(row order stands in for the frequency)" in how_it_was_made(make_layout("tree", radius_source=ROW_ORDER, **nothing))[1]


@pytest.mark.parametrize("method", LAYOUTS)
def test_few_counted_tokens_stand_in_the_title_where_frequency_decides_places(method: str) -> None:
    few = {"counts": np.array([5, 0, 0]), "n_uncounted": 2}
    by_frequency = method in ("dendrogram", "pca", "tree", "frequency-umap")
    said = "; only 1 tokens were counted (33 %), the others follow in token-id order"
    assert disk_finding(make_layout(method, **few)).endswith(said) == by_frequency
    assert "row order" in disk_finding(make_layout("dendrogram", table="matrix", **few))
    assert sum("1 of 3 tokens occur in bundled problems" in line for line in how_it_was_made(make_layout(method, **few))) == 1
    none = disk_finding(make_layout(method, counts=np.zeros(3, dtype=int), n_uncounted=3, radius_source="token-id order"))
    assert ("no token was counted, token-id order stands in" in none) == by_frequency
    assert "counted" not in disk_finding(make_layout(method))


def test_a_stopped_layout_and_another_table_say_so() -> None:
    lines = how_it_was_made(make_layout("hyperbolic-umap", n_rounds=200, n_rounds_done=37, table="output"))
    assert lines[0].startswith("Stopped after 37 of 200 rounds") and "output layer" in lines[1]
    first, second = make_layout("tree"), make_layout("tree", table="output")
    assert layout_name(first, first) == "Tree of tokens" and layout_name(second, first) == "Tree of tokens of the output table"


def test_records_hold_exactly_their_fields() -> None:
    layout = make_layout("tree")
    assert DiskLayout.from_json(layout.to_json()).quality == layout.quality
    text = layout.to_json()
    for name in (f.name for f in dataclasses.fields(LayoutQuality)):
        with pytest.raises(HypvizError, match="make it anew"):
            DiskLayout.from_json(text.replace(f'"{name}"', f'"not_{name}"'))


@pytest.mark.parametrize(("kept", "said"), [(0.0042, "0.42 %"), (0.026, "2.6 %"), (0.0962, "10 %"), (0.253, "25 %"), (1.0, "100 %")])
def test_a_small_share_can_be_compared_with_chance_in_the_title(kept: float, said: str) -> None:
    layout = make_layout("pca")
    measured = dataclasses.replace(layout.quality, depths=(10,), kept_at=(kept,), chance_at=(0.0024,), k=10)
    title = disk_finding(dataclasses.replace(layout, quality=measured))
    assert f"the disk keeps {said} of the ten nearest neighbours (0.24 % by chance)" in title
