"""The ready-made settings: the paper's sizes, where a model has its layers and where not, and the names there are."""

from __future__ import annotations

import dataclasses

import pytest

from hypviz.errors import HypvizError
from hypviz.models import resolve, summarise
from hypviz.records.specs.finetune import ExperimentSpec
from hypviz.studies.finetune.defaults import PAPER_TARGETS, default_targets
from hypviz.studies.finetune.setups import MATCHED, PAPER, SETUPS, WHOSE, find_setup, missing_sentence, setup_targets


@pytest.fixture
def summary(tiny_llama):
    return summarise(resolve(str(tiny_llama)))


def test_the_papers_sizes_and_the_defaults_of_a_run(summary):
    paper, matched = SETUPS[PAPER], SETUPS[MATCHED]
    assert (paper.rank, paper.alpha, paper.hyplora_alpha) == (32, 64.0, 128.0)
    usual = {field.name: field.default for field in dataclasses.fields(ExperimentSpec)}
    assert (matched.rank, matched.alpha, matched.hyplora_alpha) == (usual["rank"], usual["alpha"], usual["hyplora_alpha"])
    assert setup_targets(paper, summary) == PAPER_TARGETS and missing_sentence(paper, summary) is None
    for number in ("32", "64", "128", "3e-4", "256"):
        assert number in WHOSE


@pytest.mark.parametrize(
    ("names", "targets", "missing"),
    [
        (("q_proj", "v_proj", "dense", "fc1"), ("q_proj", "v_proj"), "k_proj, up_proj, down_proj"),
        (("c_attn", "c_proj"), ("c_attn", "c_proj"), "q_proj, k_proj, v_proj, up_proj, down_proj"),
    ],
)
def test_a_model_without_the_papers_layers_says_so(summary, names, targets, missing):
    other = dataclasses.replace(summary, linear_names=names)
    said = missing_sentence(SETUPS[PAPER], other)
    assert setup_targets(SETUPS[PAPER], other) == targets and f"no layer named {missing}," in said and ", ".join(targets) in said
    assert setup_targets(SETUPS[MATCHED], other) == default_targets(other) and missing_sentence(SETUPS[MATCHED], other) is None


def test_an_unknown_preset_names_those_there_are():
    assert find_setup(PAPER) is SETUPS[PAPER]
    with pytest.raises(HypvizError, match="'papers'; choose matched or paper"):
        find_setup("papers")
