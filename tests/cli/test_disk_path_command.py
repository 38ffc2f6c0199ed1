"""``hypviz disk --path``: the table that the page offers, under both lenses, and what cannot be followed as one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hypviz.cli import main
from hypviz.models import read_token_table, resolve

TEXT = "Tom has 12 red apples"


def _run(*arguments: str):
    return CliRunner().invoke(main, ["disk", *arguments])


@pytest.mark.parametrize(("lens", "value"), [("logit", "probability"), ("cosine", "cosine")])
def test_every_layer_has_its_tokens_with_their_places(tiny_llama: Path, tmp_path: Path, lens: str, value: str) -> None:
    asked = [str(tiny_llama), "--method", "pca", "--tokens", "200", "--path", TEXT, "--lens", lens]
    done = _run(*asked, "--json")
    assert done.exit_code == 0, done.stderr
    path, text = json.loads(done.stdout)["path"], read_token_table(resolve(str(tiny_llama))).text
    rows = path["tokens"]
    assert [row["layer"] for row in rows[::10]] == [0, 1, 2] and len(rows) == 30 and path["lens"] == lens
    assert len(path["placed"]) == len(path["spread"]) == 3 and path["spread_by_chance"] > 0
    assert all(row["text"] == text[row["token_id"]] for row in rows)
    for layer in range(3):
        values = [row[value] for row in rows if row["layer"] == layer]
        assert values == sorted(values, reverse=True)
    laid_out = [row["rho"] for row in rows if row["rho"] is not None]
    assert laid_out and (lens == "logit" or len(laid_out) == len(rows)) and max(laid_out) <= 4.0 + 1e-9
    told = _run(*asked).stdout
    assert path["title"] in told and value in told and repr(rows[0]["text"]) in told


def test_without_it_there_is_no_path(tiny_llama: Path) -> None:
    assert json.loads(_run(str(tiny_llama), "--method", "pca", "--tokens", "50", "--json").stdout)["path"] is None


def test_what_cannot_be_followed_is_one_sentence_before_anything_is_laid_out(tiny_llama: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32))
    mistakes = (
        ([str(tiny_llama), "--lens", "cosine"], "--lens has no meaning without --path"),
        ([str(tiny_llama), "--path", ""], "The prompt is empty"),
        ([str(tmp_path / "rows.npy"), "--path", TEXT], "--path has no meaning for a bare matrix"),
        ([str(tiny_llama), "--path", TEXT, "--lens", "tuned"], "'logit', 'cosine'"),
    )
    for arguments, word in mistakes:
        done = _run(*arguments, "--json")
        assert (done.exit_code, done.stdout) == (2, ""), arguments
        assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1 and word in done.stderr, done.stderr
