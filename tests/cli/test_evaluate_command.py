"""``hypviz evaluate``: the counts it promises add up, rows go to --out, errors are one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hypviz.cli import main
from hypviz.models import resolve
from tests.pages.finished_runs import finished_run
from tests.runs.specs import tiny_problems
from tests.stages import make_adapters

COLUMN_KEYS = {"name", "n", "correct", "accuracy", "interval", "no_answer"}
PAIR_KEYS = {"a", "b", "both_right", "only_a", "only_b", "both_wrong", "mcnemar_p"}
GSM8K = '{"question": "Tom has 3 apples and buys 4. How many?", "answer": "3 + 4 = <<3+4=7>>7\\n#### 7"}\n'


@pytest.fixture(scope="module")
def adapters(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["evaluate", *arguments])


def test_columns_pairs_and_rows(tiny_llama: Path, adapters: dict[str, Path], tmp_path: Path) -> None:
    given = [f"--adapter={name}={adapters[name]}" for name in ("lora", "hyplora")]
    out = tmp_path / "rows.jsonl"
    sizes = ["--n", "6", "--max-new-tokens", "5"]
    done = run(str(tiny_llama), *given, "--problems", "two-step", *sizes, "--out", str(out), "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert [column["name"] for column in found["columns"]] == ["base", "lora", "hyplora"]
    for column in found["columns"]:
        assert set(column) >= COLUMN_KEYS and column["n"] == 6
        assert column["interval"][0] <= column["accuracy"] == column["correct"] / 6 <= column["interval"][1]
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == [("base", "lora"), ("base", "hyplora"), ("lora", "hyplora")]
    for pair in found["pairs"]:
        assert set(pair) >= PAIR_KEYS
        assert pair["both_right"] + pair["only_a"] + pair["only_b"] + pair["both_wrong"] == 6
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 6 and sum(row["columns"]["lora"]["right"] for row in rows) == found["columns"][1]["correct"]


def test_a_problem_file_in_the_form_of_gsm8k(tiny_llama: Path, tmp_path: Path) -> None:
    file = tmp_path / "gsm.jsonl"
    file.write_text(GSM8K + '{"question": "Why?", "answer": "because"}\n', encoding="utf-8")
    done = run(str(tiny_llama), "--problems", str(file), "--max-new-tokens", "4")
    assert done.exit_code == 0 and "1 problem, " in done.stdout and "1 row of the file is no problem (line 2, the answer" in done.stderr
    assert "unfinished" in done.stdout and "Longest answer" not in done.stderr


def test_the_longest_answer_is_chosen_with_its_reason(tiny_llama: Path) -> None:
    done = run(str(tiny_llama), "--problems", "one-step", "--n", "2", "--json")
    found = json.loads(done.stdout)
    assert (
        f"Longest answer: {found['max_new_tokens']} tokens: the longest worked answer of the 2 problems asked (one-step) has" in done.stderr
    )
    for column in found["columns"]:
        assert column["correct"] + column["wrong"] + column["unfinished"] + column["no_answer"] + column["no_text"] == 2
    assert found["on_the_rule"].endswith(".")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--problems", "nope"], "There is no problem set 'nope'"),
        (["--problems", "missing.jsonl"], "There is no file"),
        (["--problems", "two-step", "--max-new-tokens", "255"], "None of the 100 problems"),
        (["--problems", "two-step", "--out", "/nowhere/rows.jsonl"], "does not exist"),
        (["--problems", "two-step", "--adapter", "x=/nope"], "not an adapter folder"),
    ],
)
def test_mistakes_are_one_sentence_on_stderr(tiny_llama: Path, arguments: list[str], sentence: str) -> None:
    done = run(str(tiny_llama), *arguments, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1 and sentence in done.stderr


def test_runs_that_differ_in_the_seed_get_a_verdict_over_seeds(tiny_llama: Path, adapters: dict[str, Path]) -> None:
    seeds = [f"--run={finished_run(tiny_llama, adapters, seed=seed)}" for seed in (3, 1)]
    sizes = ["--problems", "two-step", "--n", "4", "--max-new-tokens", "3"]
    done = run(str(tiny_llama), *seeds, *sizes, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert [column["name"] for column in found["columns"]] == ["base", "lora seed 3", "hyplora seed 3", "lora seed 1", "hyplora seed 1"]
    assert [(v["a"], v["b"]) for v in found["over_seeds"]] == [("base", "lora"), ("base", "hyplora"), ("lora", "hyplora")]
    assert [row["seed"] for row in found["over_seeds"][0]["seeds"]] == [1, 3]
    assert len(found["pairs"]) == 4 + 2 and found["few_seeds"].startswith("With 2 seeds")
    assert [origin["n_trained_on"] for origin in found["origins"]] == [0] * 4 and found["on_the_training"] is None
    words = run(str(tiny_llama), *seeds, *sizes).stdout
    assert "2 seeds and 4 problems are too few to tell LoRA and HypLoRA apart" in words and "  seed 1: LoRA" in words


def test_problems_that_an_adapter_was_trained_on_are_said(tiny_llama: Path, adapters: dict[str, Path], tmp_path: Path) -> None:
    learned = [{"question": p.question, "answer": str(p.answer)} for p in tiny_problems().problems[:3]]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in [*learned, {"question": "Who has 2 dogs?", "answer": "2"}]), encoding="utf-8")
    done = run(str(tiny_llama), f"--run={finished_run(tiny_llama, adapters)}", "--problems", str(file), "--max-new-tokens", "3")
    assert done.exit_code == 0, done.stderr
    assert "3 of 4 problems stand in the file that LoRA and HypLoRA were trained on (one-step, run" in done.stdout
    foreign = run(str(tiny_llama), f"--adapter=mine={adapters['lora']}", "--problems", str(file), "--max-new-tokens", "3")
    assert "Not known whether these problems were trained on: mine" in foreign.stderr


def test_decodings_by_name_stop_strings_and_samples(tiny_llama: Path) -> None:
    sizes = ["--problems", "two-step", "--n", "2", "--max-new-tokens", "3"]
    beams = run(str(tiny_llama), *sizes, "--decoding", "paper", "--stop", "\\n", "--seed", "1")
    assert beams.exit_code == 0 and "--seed plays no part in paper decoding" in beams.stderr
    drawn = run(str(tiny_llama), *sizes, "--temperature", "0.9", "--samples", "3")
    assert drawn.exit_code == 0 and "answered 3 times" in drawn.stderr and "Base: all 3 agree on" in drawn.stderr
    for wrong in (["--decoding", "greedy", "--temperature", "0.5"], ["--decoding", "sample", "--temperature", "0"], ["--samples", "2"]):
        done = run(str(tiny_llama), *sizes, *wrong)
        assert done.exit_code == 2 and done.stdout == "" and done.stderr.count("\n") == 1


def test_an_unknown_run_is_one_sentence(tiny_llama: Path) -> None:
    done = run(str(tiny_llama), "--run=nope", "--problems", "two-step", "--json")
    assert (done.exit_code, done.stdout) == (2, "") and "There is no run 'nope'" in done.stderr
