"""``hypviz disk``: the promised keys and columns, the same result twice, and mistakes as one sentence."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from hypviz.cli import main
from tests.checkpoints import ARCHITECTURES

KEYS = {"n_tokens", "method", "radius", "seconds", "n_clipped", "neighbours_kept_at_10", "trustworthiness", "rim_share"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_keys_and_columns(checkpoint_folder, tmp_path, architecture):
    out = tmp_path / "disk.parquet"
    done = CliRunner().invoke(main, ["disk", str(checkpoint_folder(architecture)), "--radius", "5", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) >= KEYS and (found["method"], found["radius"], found["n_clipped"]) == ("dendrogram", 5.0, 0)
    assert 0 <= found["neighbours_kept_at_10"] <= 1 and 0 <= found["rim_share"] <= 1
    table = pd.read_parquet(out)
    assert list(table.columns) == ["token_id", "text", "rho", "theta", "x", "y"]
    assert len(table) == found["n_tokens"] and table["rho"].max() == pytest.approx(5.0)
    assert np.allclose(table["x"] + 1j * table["y"], np.tanh(table["rho"] / 2) * np.exp(1j * table["theta"]))
    assert ((table["x"] ** 2 + table["y"] ** 2) ** 0.5 > 0.95).mean() == pytest.approx(found["rim_share"])


def test_the_most_frequent_and_the_proxy(tiny_llama):
    some = json.loads(CliRunner().invoke(main, ["disk", str(tiny_llama), "--tokens", "40", "--json"]).stdout)
    assert some["n_tokens"] == 40 and some["radius_source"] == "bundled problems"
    proxy = CliRunner().invoke(main, ["disk", str(tiny_llama), "--counts", "token-id"])
    assert "stands in for the frequency rank (a proxy)" in proxy.stdout


def test_same_seed_same_coordinates(tiny_llama, tmp_path, monkeypatch):
    tables = []
    for i in range(2):
        monkeypatch.setenv("HYPVIZ_CACHE", str(tmp_path / f"cache{i}"))
        done = CliRunner().invoke(main, ["disk", str(tiny_llama), "--seed", "3", "--out", str(tmp_path / f"{i}.parquet")])
        assert done.exit_code == 0, done.stderr
        tables.append(pd.read_parquet(tmp_path / f"{i}.parquet"))
    pd.testing.assert_frame_equal(*tables)


def test_mistakes_are_one_sentence_and_exit_code_2(tiny_llama, tmp_path):
    model = str(tiny_llama)
    mistakes = (
        ([model, "--radius", "-1"], "must lie between"),
        ([model, "--out", str(tmp_path / "x.csv")], "ends in .parquet"),
        ([model, "--out", str(tmp_path / "no" / "x.parquet")], "no folder"),
        ([model, "--counts", str(tmp_path / "none.txt")], "none.txt"),
        ([str(tmp_path)], "config.json"),
    )
    for arguments, word in mistakes:
        done = CliRunner().invoke(main, ["disk", *arguments, "--json"])
        assert (done.exit_code, done.stdout) == (2, ""), arguments
        assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1 and word in done.stderr
