"""``hypviz disk --play``: who moves from table to table, as the page's table, and what cannot be played as one sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hypviz.cli import main
from hypviz.studies.disk import play_layers


def _run(*arguments: str):
    return CliRunner().invoke(main, ["disk", *arguments])


def test_tokens_are_played_through_the_layers_the_most_frequent_where_they_are_many(tiny_llama: Path, monkeypatch) -> None:
    monkeypatch.setattr(play_layers, "MOST_TOKENS", 60)
    asked = [str(tiny_llama), "--tokens", "120", "--play", "layers"]
    done = _run(*asked, "--json")
    assert done.exit_code == 0, done.stderr
    play = json.loads(done.stdout)["play"]
    assert play["frames"] == ["the embeddings", "layer 1", "layer 2"] and play["n_tokens"] == len(play["tokens"]) == 60
    for k, name in enumerate(("moved_0_1", "moved_1_2")):
        assert sum(row[name] for row in play["tokens"]) == play["n_moved"][k]
    assert "the 60 most frequent of 120 tokens are played" in done.stderr
    told = _run(*asked).stdout
    assert "the embeddings to layer 1" in told and "drift_0_1" in told and repr(play["tokens"][0]["text"]) in told


def test_another_table_and_a_checkpoint_are_played_on_to(tiny_llama: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_llama, tmp_path / "tuned")
    for what, last in (("other-table", "output table"), (str(tmp_path / "tuned"), "tuned")):
        done = _run(str(tiny_llama), "--tokens", "80", "--play", what, "--json")
        assert done.exit_code == 0, done.stderr
        play = json.loads(done.stdout)["play"]
        assert play["frames"][-1] == last and len(play["tokens"]) == 80 and len(play["n_moved"]) == 1
    assert json.loads(_run(str(tiny_llama), "--tokens", "80", "--json").stdout)["play"] is None


@pytest.mark.parametrize("kind", ["matrix", "method", "tied", "vocabulary", "nowhere"])
def test_what_cannot_be_played_is_one_sentence_before_anything_is_laid_out(tiny_llama, checkpoint_folder, tmp_path, kind) -> None:
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32))
    arguments, word = {
        "matrix": ([str(tmp_path / "rows.npy"), "--play", "layers"], "--play has no meaning for a bare matrix"),
        "method": ([str(tiny_llama), "--method", "pca", "--play", "layers"], "choose planar-sne"),
        "tied": ([str(checkpoint_folder("gpt2")), "--play", "other-table"], "one table for both ends"),
        "vocabulary": ([str(tiny_llama), "--play", str(checkpoint_folder("gemma3"))], "same"),
        "nowhere": ([str(tiny_llama), "--play", str(tmp_path / "nothing")], "nothing"),
    }[kind]
    done = _run(*arguments, "--json")
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1 and word in done.stderr, done.stderr
