"""``hypviz delta``: the promised keys, per-prompt numbers in order, what was not measured, one sentence for mistakes."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from hypviz.cli import main
from hypviz.records.hyperbolicity import HIGHER, LOWER, SAME
from tests.checkpoints import SENTENCES


@pytest.fixture
def prompts(tmp_path):
    file = tmp_path / "prompts.txt"
    file.write_text("\n".join([*SENTENCES[:4], "a"]), encoding="utf-8")
    return str(file)


def test_json_holds_the_promised_keys(tiny_llama, prompts):
    done = CliRunner().invoke(main, ["delta", str(tiny_llama), "--prompts", prompts, "--per-prompt", "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    promised = {
        "n_prompts",
        "delta_rel_mean",
        "delta_rel_std",
        "null_gaussian_mean",
        "null_gaussian_std",
        "verdict",
        "seconds",
        "per_prompt",
    }
    assert promised <= set(found)
    assert found["verdict"] in (LOWER, SAME, HIGHER)
    assert (found["n_prompts"], found["n_too_short"], len(found["per_prompt"])) == (4, 1, 4)
    assert sum(found["per_prompt"]) / 4 == pytest.approx(found["delta_rel_mean"])
    limited = json.loads(CliRunner().invoke(main, ["delta", str(tiny_llama), "--prompts", prompts, "--limit", "2", "--json"]).stdout)
    assert (limited["n_prompts"], limited["per_prompt"]) == (2, [])


def test_words_say_the_verdict_and_what_was_left_out(tiny_llama, prompts):
    done = CliRunner().invoke(main, ["delta", str(tiny_llama), "--prompts", prompts, "--per-prompt"])
    assert done.exit_code == 0
    assert sum(verdict in done.stdout for verdict in (LOWER, SAME, HIGHER)) >= 1
    assert "1 with fewer than 4 distinct tokens not measured" in done.stdout
    assert done.stdout.count("delta_rel 0.") == 4


def test_mistakes_are_one_sentence_and_exit_code_2(tiny_llama, tmp_path):
    short = tmp_path / "short.txt"
    short.write_text("a\n", encoding="utf-8")
    for arguments in (["--prompts", str(short)], ["--prompts", "nowhere.jsonl"]):
        done = CliRunner().invoke(main, ["delta", str(tiny_llama), *arguments, "--json"])
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1
