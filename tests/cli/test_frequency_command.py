"""``hypviz frequency``: the promised keys on stdout and nothing else there."""

from __future__ import annotations

import json

from click.testing import CliRunner

from hypviz.cli import main
from tests.checkpoints import SENTENCES


def test_json_holds_the_promised_keys_and_nothing_else_is_on_stdout(tiny_llama, tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps({"question": s, "other": "x"}) for s in SENTENCES), encoding="utf-8")
    done = CliRunner().invoke(main, ["frequency", str(tiny_llama), "--corpus", str(file), "--field", "question", "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"n_tokens", "n_distinct", "gamma", "xmin", "spearman_frequency_norm", "spearman_interval"} <= set(found)
    low, high = found["spearman_interval"]
    assert low <= found["spearman_frequency_norm"] <= high
    assert found["n_texts"] == len(SENTENCES)
    assert len(found["groups"]) == 8


def test_words_name_the_finding_and_a_missing_fit_says_why(tiny_llama, tmp_path):
    file = tmp_path / "tiny.txt"
    file.write_text("abc\n", encoding="utf-8")
    done = CliRunner().invoke(main, ["frequency", str(tiny_llama), "--corpus", str(file)])
    assert done.exit_code == 0
    assert "No power law was fitted: A power law needs at least" in done.stdout
    found = json.loads(CliRunner().invoke(main, ["frequency", str(tiny_llama), "--corpus", str(file), "--json"]).stdout)
    assert found["gamma"] is None and found["fit_missing"]
    assert found["spearman_interval"] is None and found["spearman_missing"]


def test_mistakes_are_one_sentence_and_exit_code_2(tiny_llama, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n", encoding="utf-8")
    latin = tmp_path / "latin.txt"
    latin.write_bytes("größer".encode("latin-1"))
    for model, corpus, word in ((tiny_llama, empty, "no text"), (tiny_llama, latin, "UTF-8"), (tmp_path, "bundled", "config.json")):
        done = CliRunner().invoke(main, ["frequency", str(model), "--corpus", str(corpus), "--json"])
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1 and word in done.stderr


def test_norms_as_the_model_reads_its_rows(tiny_llama, checkpoint_folder, tmp_path):
    file = tmp_path / "rows.txt"
    file.write_text("\n".join(SENTENCES), encoding="utf-8")
    asked = ["frequency", str(checkpoint_folder("gemma3")), "--corpus", str(file), "--json"]
    stored, read = (json.loads(CliRunner().invoke(main, [*asked, *more]).stdout) for more in ([], ["--as-read"]))
    assert stored["embedding_scale"] > 1 and read["norms_of"] == f"{stored['norms_of']}, times {stored['embedding_scale']:.4g}"
    assert read["spearman_frequency_norm"] == stored["spearman_frequency_norm"]
    done = CliRunner().invoke(main, ["frequency", str(tiny_llama), "--corpus", str(file), "--as-read"])
    assert done.exit_code == 2 and "--as-read has no meaning for a model that reads its rows as they are stored" in done.stderr
