"""Nulls and controls come from one file each: what an entry must have, and that a stranger's is measured and named everywhere."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from hypviz.cli import main
from hypviz.errors import HypvizError
from hypviz.hyperbolicity import CONTROLS, GAUSSIAN, NULLS, control_deltas, null_label, nulls_of
from hypviz.hyperbolicity.nulls import EVERYWHERE, OF_LAYERS, OF_PROMPTS, OF_VOCABULARY
from tests.checkpoints import SENTENCES
from tests.hyperbolicity.toys import planted


def test_every_entry_says_what_it_is():
    for entry in (*NULLS.values(), *CONTROLS.values()):
        assert entry.name and entry.label and entry.help.endswith(".")
    streams = [control.stream for control in CONTROLS.values()]
    assert len(set(streams)) == len(streams)  # no two controls share their random numbers
    assert all(set(null.studies) <= set(EVERYWHERE) and null.studies for null in NULLS.values())


def test_the_gaussian_null_comes_first_in_every_study_and_only_prompts_shuffle_their_company():
    assert all(nulls_of(study)[0] == GAUSSIAN for study in EVERYWHERE)
    redrawn = {name for name, null in NULLS.items() if null.redraw is not None}
    assert "prompts" in redrawn and redrawn <= set(nulls_of(OF_PROMPTS)) - set(nulls_of(OF_LAYERS)) - set(nulls_of(OF_VOCABULARY))


def test_a_null_that_is_not_installed_keeps_its_name_in_sentences():
    assert null_label("from another machine") == "from another machine"
    with pytest.raises(HypvizError, match="gaussian"):
        NULLS.require("from another machine")


def test_a_strangers_null_and_control_are_measured_in_the_shell(tmp_path, tiny_llama):
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("\n".join(SENTENCES[:4]), encoding="utf-8")
    command = ["delta", str(tiny_llama), "--prompts", str(prompts), "--nulls"]
    with planted(tmp_path):
        listed = CliRunner().invoke(main, ["delta", "--list-nulls"]).stdout
        assert "toy-corners: Every token becomes a random corner." in listed and "toy path: Points on a line." in listed
        found = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)
        assert "toy-corners" in found["nulls"] and abs(found["controls"]["toy path"]) < 1e-9  # a path is a tree
        by_layer = json.loads(CliRunner().invoke(main, [*command, "--layer", "0", "--json"]).stdout)
        assert "toy-corners" in by_layer["layers"][0]["nulls"]
        assert (np.abs(control_deltas(np.array([7]), "toy path", seed=0)) < 1e-9).all()
    assert "toy-corners" not in NULLS and "toy path" not in CONTROLS
