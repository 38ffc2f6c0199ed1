"""``python -m hypviz model``: one JSON object on stdout, or one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from hypviz.cli import main


def run(*arguments: str):
    return CliRunner().invoke(main, ["model", *arguments])


def test_json_is_the_only_thing_on_stdout(tiny_llama: Path) -> None:
    done = run(str(tiny_llama), "--json")
    model = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (model["architecture"], model["vocab_size"], model["hidden_size"], model["n_layers"]) == ("LlamaForCausalLM", 405, 32, 2)
    assert (model["tied"], model["dtype"], model["bytes_to_download"]) == (False, "bfloat16", 0)
    assert sum(model["kinds"].values()) == 405 == model["n_tokens"] + model["n_without_token"]


def test_words_for_people(tiny_llama: Path) -> None:
    done = run(str(tiny_llama))
    assert done.exit_code == 0
    assert "405 embedding rows, 400 tokens" in done.stdout and "to download nothing" in done.stderr


def test_the_cost_alone_does_not_read_the_model(tiny_llama: Path, private_cache: Path) -> None:
    done = run(str(tiny_llama), "--cost-only", "--json")
    assert json.loads(done.stdout)["n_parameters"] == 44512
    assert not (private_cache / "fingerprints").exists()


def test_a_refusal_is_one_sentence_on_stderr_and_exit_code_2(tmp_path: Path) -> None:
    done = run(str(tmp_path), "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.strip().splitlines()) == 1 and "is not a complete model" in done.stderr
