"""``hypviz disk``: the promised keys and columns, the same result twice, and mistakes as one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from safetensors.numpy import save_file

from hypviz.cli import main
from tests.checkpoints import ARCHITECTURES

KEYS = {
    "n_tokens", "method", "radius", "seconds", "n_clipped", "neighbours_kept_at_10", "trustworthiness", "rim_share", "continuity",
    "spearman_distance", "distance_spearman", "fill", "angle_neighbours_kept_at_10", "cpu_seconds", "radius_norm_spearman",
}  # fmt: skip


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_keys_and_columns(checkpoint_folder, tmp_path, architecture):
    out = tmp_path / "disk.parquet"
    done = CliRunner().invoke(main, ["disk", str(checkpoint_folder(architecture)), "--radius", "5", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) >= KEYS and (found["method"], found["radius"], found["n_clipped"]) == ("planar-sne", 5.0, 0)
    shares = ("neighbours_kept_at_10", "angle_neighbours_kept_at_10", "rim_share", "fill", "trustworthiness", "continuity")
    assert all(0 <= found[name] <= 1 for name in shares)
    assert found["spearman_distance"] == found["distance_spearman"] and found["cpu_seconds"] >= 0
    table = pd.read_parquet(out)
    assert list(table.columns) == ["token_id", "text", "rho", "theta", "x", "y"]
    assert len(table) == found["n_tokens"] and table["rho"].max() == pytest.approx(5.0)
    assert np.allclose(table["x"] + 1j * table["y"], np.tanh(table["rho"] / 2) * np.exp(1j * table["theta"]))
    assert ((table["x"] ** 2 + table["y"] ** 2) ** 0.5 > 0.95).mean() == pytest.approx(found["rim_share"])


@pytest.mark.parametrize("method", ["tree", "pca", "norm-radius"])
def test_another_method(tiny_llama, method):
    done = CliRunner().invoke(main, ["disk", str(tiny_llama), "--method", method, "--tokens", "50", "--json"])
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["method"] == method


def test_the_most_frequent_and_the_proxy(tiny_llama):
    some = json.loads(CliRunner().invoke(main, ["disk", str(tiny_llama), "--tokens", "40", "--json"]).stdout)
    assert some["n_tokens"] == 40 and some["radius_source"] == "the general word table" and some["n_uncounted"] == 0
    named = json.loads(CliRunner().invoke(main, ["disk", str(tiny_llama), "--tokens", "40", "--counts", "bundled", "--json"]).stdout)
    assert named["radius_source"] == "bundled problems"
    proxy = CliRunner().invoke(main, ["disk", str(tiny_llama), "--method", "dendrogram", "--counts", "token-id"])
    assert "stands in for the frequency rank (a proxy)" in proxy.stdout
    assert "no token was counted, token-id order stands in for frequency" in proxy.stdout.splitlines()[0]


def test_ranks_say_how_many_were_counted_and_what_ranks_the_others(tiny_llama, tmp_path):
    (tmp_path / "few.txt").write_text("How many red apples does Tom have? " * 3, encoding="utf-8")
    asked = ["disk", str(tiny_llama), "--method", "pca", "--counts", str(tmp_path / "few.txt")]
    ranks = json.loads(CliRunner().invoke(main, [*asked, "--json"]).stdout)["ranks"]
    found = json.loads(CliRunner().invoke(main, ["disk", "bundled", "--method", "pca", "--json"]).stdout)
    assert ranks["n_counted"] > 0 and ranks["uncounted_by"] in ("probe", "token id")
    counted, probe = found["ranks"]["n_counted"], found["ranks"]["probe"]
    assert (
        counted + found["n_uncounted"] == found["n_tokens"] == 4096 - found["n_untrained"]
        and probe["n_counted"] <= probe["n_countable"] <= 4096
    )
    assert (found["ranks"]["uncounted_by"] == "probe") == (found["ranks"]["n_by_probe"] == found["n_uncounted"])
    assert found["radius_spearman"] == pytest.approx(-1.0) and found["radius_count_spearman"] < -0.9
    said = CliRunner().invoke(main, ["disk", "bundled", "--method", "pca"]).stdout
    assert f"{counted:,} of {found['n_tokens']:,} tokens occur in bundled problems" in said
    assert len(found["untrained"]) == found["n_untrained"] > 100 and found["untrained"][0]["reason"].startswith("nearly equal to ")
    assert f"{found['n_untrained']:,} tokens whose rows were never trained are left out." in said and "as far as rows tell" in said


def test_how_true_the_picture_is_on_demand(tiny_llama, matrix):
    plain = json.loads(CliRunner().invoke(main, ["disk", str(tiny_llama), "--json"]).stdout)
    asked = CliRunner().invoke(main, ["disk", str(tiny_llama), "--truths", "--json"])
    first, second = json.loads(asked.stdout)["truths"]
    assert plain["truths"] is None and plain["families"] is None and (first["without"], second["without"]) == (0, 2)
    assert dict(zip(map(str, first["depths"]), first["kept_at"], strict=True)) == plain["neighbours_kept_at"]
    said = CliRunner().invoke(main, ["disk", str(tiny_llama), "--truths"]).stdout
    assert "centred cosine" in said and "in brackets what chance keeps" in said
    bare = CliRunner().invoke(main, ["disk", str(matrix / "rows.npy"), "--truths", "--json"])
    assert json.loads(bare.stdout)["families"] is None and len(json.loads(bare.stdout)["truths"]) == 2, bare.stderr


def test_the_bundled_model_is_ranked_by_its_own_problems():
    found = json.loads(CliRunner().invoke(main, ["disk", "bundled", "--method", "pca", "--tokens", "600", "--json"]).stdout)
    assert found["radius_source"] == "bundled problems"


def test_same_seed_same_coordinates(tiny_llama, tmp_path, monkeypatch):
    tables = []
    for i in range(2):
        monkeypatch.setenv("HYPVIZ_CACHE", str(tmp_path / f"cache{i}"))
        done = CliRunner().invoke(main, ["disk", str(tiny_llama), "--seed", "3", "--out", str(tmp_path / f"{i}.parquet")])
        assert done.exit_code == 0, done.stderr
        tables.append(pd.read_parquet(tmp_path / f"{i}.parquet"))
    pd.testing.assert_frame_equal(*tables)


def test_the_output_layers_rows_and_few_tokens(tiny_llama):
    first, second = (
        json.loads(CliRunner().invoke(main, ["disk", str(tiny_llama), "--table", table, "--tokens", "60", "--json"]).stdout)
        for table in ("input", "output")
    )
    assert (first["table"], second["table"]) == ("input", "output") and first["distance_spearman"] != second["distance_spearman"]
    few = CliRunner().invoke(main, ["disk", str(tiny_llama), "--tokens", "3"]).stdout
    assert "of the 2 nearest neighbours" in few and "on all pairs" in few


def test_mistakes_are_one_sentence_and_exit_code_2(tiny_llama, checkpoint_folder, tmp_path):
    model = str(tiny_llama)
    mistakes = (
        ([model, "--radius", "-1"], "radius must be a number from 0.1 to 50"),
        ([model, "--out", str(tmp_path / "x.csv")], "ends in .parquet"),
        ([model, "--out", str(tmp_path / "no" / "x.parquet")], "no folder"),
        ([model, "--counts", str(tmp_path / "none.txt")], "none.txt"),
        ([str(tmp_path)], "config.json"),
        ([model, "--tokens", "1"], "tokens must be a whole number from 2"),
        ([str(checkpoint_folder("gpt2")), "--table", "output"], "leave --table out"),
    )
    for arguments, word in mistakes:
        done = CliRunner().invoke(main, ["disk", *arguments, "--json"])
        assert (done.exit_code, done.stdout) == (2, ""), arguments
        assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1 and word in done.stderr


@pytest.fixture
def matrix(tmp_path):
    """Paths of a matrix of 30 rows in both formats, its tokens and its counts."""
    values = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    np.save(tmp_path / "rows.npy", values.astype(np.float64))
    save_file({"rows": values}, tmp_path / "rows.safetensors")
    (tmp_path / "tokens.txt").write_text("".join(f" wörd{i}\n" for i in range(30)), encoding="utf-8")
    (tmp_path / "counts.txt").write_text("".join(f"{i}\n" for i in range(30)), encoding="utf-8")
    return tmp_path


def test_a_bare_matrix_in_either_format(matrix):
    found = []
    for name in ("rows.npy", "rows.safetensors"):
        out = matrix / "disk.parquet"
        files = ["--tokens-file", str(matrix / "tokens.txt"), "--counts-file", str(matrix / "counts.txt")]
        done = CliRunner().invoke(main, ["disk", str(matrix / name), *files, "--out", str(out), "--json"])
        assert done.exit_code == 0, done.stderr
        assert set(json.loads(done.stdout)) >= KEYS and json.loads(done.stdout)["radius_source"] == "counts.txt"
        found.append(pd.read_parquet(out))
    pd.testing.assert_frame_equal(*found)
    assert found[0]["token_id"].tolist() == list(range(29, -1, -1)) and found[0]["text"][0] == " wörd29"


def test_a_bare_matrix_without_counts_is_in_row_order_and_says_so(matrix):
    out = matrix / "disk.parquet"
    done = CliRunner().invoke(main, ["disk", str(matrix / "rows.npy"), "--method", "dendrogram", "--out", str(out)])
    assert "Radius from the row order, which stands in for the frequency rank (a proxy)" in done.stdout, done.stderr
    table = pd.read_parquet(out)
    assert table["token_id"].tolist() == list(range(30)) and table["text"].isna().all()
    some = CliRunner().invoke(main, ["disk", str(matrix / "rows.npy"), "--tokens", "7", "--json"])
    assert json.loads(some.stdout)["radius_source"] == "row order" and json.loads(some.stdout)["n_tokens"] == 7


def test_mistakes_with_a_bare_matrix_are_one_sentence_and_exit_code_2(matrix, tiny_llama):
    rows, tokens, counts = (str(matrix / name) for name in ("rows.npy", "tokens.txt", "counts.txt"))
    mistakes = (
        ([str(matrix / "none.npy")], "no file"),
        ([rows, "--tokens-file", str(matrix / "none.txt")], "check its path"),
        ([rows, "--counts", "bundled"], "--counts has no meaning for a bare matrix"),
        ([rows, "--table", "output"], "--table output has no meaning for a bare matrix"),
        ([rows, "--field", "text"], "--field has no meaning for a bare matrix"),
        ([str(tiny_llama), "--tokens-file", tokens], "--tokens-file has no meaning for a model"),
        ([str(tiny_llama), "--counts-file", counts], "--counts-file has no meaning for a model"),
        ([rows, "--method", "umap", "--tokens", "3"], "at least 5 tokens"),
    )
    for arguments, word in mistakes:
        done = CliRunner().invoke(main, ["disk", *arguments, "--json"])
        assert (done.exit_code, done.stdout) == (2, ""), arguments
        assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1 and word in done.stderr, done.stderr


@pytest.mark.parametrize("method", ["pca", "dendrogram", "norm-radius"])
@pytest.mark.parametrize("factor", [1e-37, 1e37])
def test_rows_beyond_the_squares_of_float32_are_refused_and_not_called_equal(tmp_path: Path, method: str, factor: float) -> None:
    rows = np.random.default_rng(0).uniform(-3, 3, (60, 8)) * factor
    np.save(tmp_path / "rows.npy", rows.astype(np.float32))
    done = CliRunner().invoke(main, ["disk", str(tmp_path / "rows.npy"), "--method", method])
    assert done.exit_code == 2 and "whose square float32 does not hold" in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_chosen_tokens_are_measured_beside_random_ones(checkpoint_folder):
    ids = list(range(30, 50))
    model = str(checkpoint_folder("llama"))
    done = CliRunner().invoke(main, ["disk", model, "--method", "pca", "--measure", ",".join(map(str, ids)), "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)["measured"]
    assert found["token_ids"] == ids and set(found["four"]) <= set(ids) and found["n_random_sets"] == 39
    low, high = found["measures"]["delta_rel"]["chance"]
    assert 0 < low <= high < 1 and found["delta"][0] <= found["delta"][1]
    assert json.loads(CliRunner().invoke(main, ["disk", model, "--method", "pca", "--json"]).stdout)["measured"] is None


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ("1,x,3", "'x'"),
        (",", "nothing"),
        ("1,2", "at least 4"),
        ("0,0,0,0", "4 ids name 1;"),
        ("7,7,8,8,9", "5 ids name 3;"),
        ("1,2,3,99999", "99999"),
    ],
)
def test_tokens_that_cannot_be_measured_are_refused(checkpoint_folder, asked, word):
    done = CliRunner().invoke(main, ["disk", str(checkpoint_folder("llama")), "--method", "pca", "--measure", asked])
    assert done.exit_code != 0 and word in done.stderr and "Traceback" not in done.stderr
