"""A verdict never stands between two numbers that are printed alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hypviz.bundled import BUNDLED_SOURCE
from hypviz.corpora import corpus_from_bytes
from hypviz.models import resolve
from hypviz.records import Provenance
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME, NullDeltas
from hypviz.records.layers import LayerState, LayerStudy
from hypviz.studies.hyperbolicity import PROMPTS, prompt_spec
from hypviz.words.digits import MOST, decimals_apart
from hypviz.words.hyperbolicity import delta_finding, nulls_sentence
from hypviz.words.layers import layer_sentence


def test_decimals_grow_until_the_verdict_is_borne_out():
    assert decimals_apart(0.185, [(0.099, HIGHER)]) == 3
    assert decimals_apart(0.0021, [(0.0018, HIGHER)]) == 4
    assert decimals_apart(0.00213, [(0.00211, HIGHER), (0.1, LOWER)]) == 5
    assert decimals_apart(0.0021, [(0.0018, SAME)]) == 3  # equal digits are what "not distinguishable" looks like
    assert decimals_apart(0.25, [(0.25, HIGHER)]) == MOST
    assert decimals_apart(0.25, []) == 3


def test_a_layer_that_is_nearly_a_tree_is_told_from_its_null():
    study = _layer(measured=0.0021, null=0.0018, verdict=HIGHER)
    assert layer_sentence(study, 0) == (
        "base, before the first block: mean δ_rel 0.0021 is higher than random directions with the same norms (0.0018)."
    )


def test_prompts_close_to_chance_are_told_from_it():
    corpus = corpus_from_bytes(b"the dog and the cat ran\ntwo apples and three pears\n", "two.txt")
    record = PROMPTS.get(prompt_spec(resolve(BUNDLED_SOURCE), corpus, nulls=("gaussian", "directions"))).record
    assert record.comparison is not None
    near = record.delta_rel_mean - 3e-5
    close = replace(record, null_mean=near, comparison=replace(record.comparison, verdict=HIGHER))
    measured, null = delta_finding(close).split(" is higher than chance: Gaussian points of the same n and d give ")
    n = len(null.split(".")[1])
    assert n > 3 and float(measured.split()[-1]) == round(record.delta_rel_mean, n) > float(null) == round(near, n)
    assert f"({record.others[0].mean:.{n}f} ± " in nulls_sentence(close)


def _layer(*, measured: float, null: float, verdict: str) -> LayerStudy:
    from hypviz.hyperbolicity import compare_with_chance

    values, repeats = np.full(3, measured), np.full((39, 3), null)
    comparison = replace(compare_with_chance(values, repeats), verdict=verdict)
    state = LayerState(
        layer=0,
        delta_rel=values,
        nulls=(NullDeltas(name="directions", delta_rel=repeats, comparison=comparison),),
        norm_median=1.0,
        norm_largest=1.0,
        radius_median=1.0,
        effective_dimension=1.0,
        top_share=1.0,
    )
    return LayerStudy(
        column="base",
        corpus="c",
        definition="base",
        first_dropped=False,
        dimension=4,
        prompt=np.arange(3),
        n_points=np.full(3, 4),
        n_too_short=0,
        n_too_long=0,
        n_layers=1,
        asked=("directions",),
        layers=(state,),
        provenance=Provenance(model="m", revision="r", versions={}),
    )
