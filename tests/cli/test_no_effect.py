"""An option that cannot have an effect is refused in one sentence or noted, and what can be refused is, before a model is read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hypviz import runs
from hypviz.cli import main

NOWHERE = "/nowhere/model"  # refused as a model as soon as it is looked for


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    file = tmp_path / "mine.txt"
    file.write_text("a dog saw a cat\na cat saw a dog\n", encoding="utf-8")
    return file


def refused(*arguments: str) -> str:
    """The one sentence of a command that ended with exit code 2 and without a result."""
    done = CliRunner().invoke(main, [*arguments, "--json"])
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert done.stderr.startswith("hypviz: ") and len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["disk", NOWHERE, "--field", "text"], "--field has no meaning without a file in --counts"),
        (["disk", NOWHERE, "--counts", "token-id", "--field", "text"], "--field has no meaning without a file in --counts"),
        (["disk", NOWHERE, "--counts", "general", "--field", "text"], "'text' has no meaning for general"),
        (["disk", NOWHERE, "--counts", "bundled", "--field", "text"], "'text' has no meaning for the bundled problem set bundled"),
        (["frequency", NOWHERE, "--field", "text"], "--field has no meaning without --corpus"),
        (["frequency", NOWHERE, "--corpus", "general", "--field", "text"], "'text' has no meaning for general"),
        (
            ["frequency", NOWHERE, "--corpus", "{texts}", "--field", "text"],
            "'text' has no meaning for mine.txt, where every line is a",
        ),
        (["delta", NOWHERE, "--prompts", "one-step", "--field", "text"], "'text' has no meaning for the bundled problem set one-step"),
        (["delta", NOWHERE, "--prompts", "{texts}", "--field", "text"], "'text' has no meaning for mine.txt"),
        (["model", "bundled", "--revision", "main"], "The revision main has no meaning for the bundled model"),
        (["model", "{folder}", "--revision", "main"], "The revision main has no meaning for the folder"),
        (["finetune", NOWHERE, "--c", "2"], "--c has no meaning where the radius is calibrated"),
        (["finetune", NOWHERE, "--radius", "typical", "--quantile", "1"], "--quantile has no meaning where the radius is typical"),
        (["finetune", NOWHERE, "--methods", "lora", "--gain", "exact"], "--gain has no meaning for lora, which has no radius"),
        (["finetune", NOWHERE, "--methods", "lora", "--fixed-radius"], "--fixed-radius has no meaning for lora"),
        (["finetune", NOWHERE, "--methods", "lora", "--hyplora-alpha", "4"], "--hyplora-alpha has no meaning for lora"),
        (["finetune", NOWHERE, "--methods", "hyplora", "--alpha", "4", "--hyplora-alpha", "8"], "--alpha has no meaning beside"),
    ],
)
def test_an_option_without_an_effect_is_refused(texts: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    named = [argument.format(texts=texts, folder=tmp_path) for argument in arguments]
    assert words in refused(*named)


def test_the_split_of_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("question,answer\nHow many?,4\n", encoding="utf-8")
    assert f"--split has no meaning for the file {file}" in refused("problems", str(file), "--split", "test")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["finetune", NOWHERE, "--gain", "nope"], "no gain 'nope'"),
        (["finetune", NOWHERE, "--methods", "lora,dora"], "no method 'dora'"),
        (["finetune", NOWHERE, "--methods", "lora,scaled-lora"], "needs HypLoRA (hyplora) beside it"),
        (["finetune", NOWHERE, "--radius", "huge"], "no radius 'huge'"),
        (["finetune", NOWHERE, "--precision", "int8"], "no precision 'int8'"),
        (["finetune", NOWHERE, "--preset", "papers"], "no preset 'papers'"),
        (["finetune", NOWHERE, "--steps", "5", "--warmup", "6"], "A warm-up of 6 steps"),
        (["finetune", NOWHERE, "--batch", "6", "--accumulate", "4"], "cannot be cut into 4"),
        (["finetune", NOWHERE, "--problems", "nope"], "no problem set 'nope'"),
        (["disk", NOWHERE, "--method", "tsne"], "no layout method"),
        (["disk", NOWHERE, "--counts", "none.txt"], "none.txt"),
        (["frequency", NOWHERE, "--corpus", "none.txt"], "none.txt"),
        (["delta", NOWHERE, "--prompts", "one-step", "--layer", "first"], "--layer is input, output, all or a number"),
        (["delta", NOWHERE, "--prompts", "one-step", "--layer", "all", "--adapter", "a=none"], "none is not an adapter folder"),
        (["generate", NOWHERE, "--prompt", "x", "--adapter", "a=none"], "none is not an adapter folder"),
        (["generate", NOWHERE, "--prompt", "x", "--adapter", "base=none"], "The name base stands for the model"),
        (["evaluate", NOWHERE, "--problems", "one-step", "--adapter", "a=none"], "none is not an adapter folder"),
        (["evaluate", NOWHERE, "--problems", "one-step", "--run", "none"], "none"),
    ],
)
def test_names_are_checked_before_the_model_is_looked_for(arguments: list[str], words: str) -> None:
    said = refused(*arguments)
    assert words in said and NOWHERE not in said.partition("; see")[0] and runs.list_runs() == ()


def test_a_layer_that_the_model_lacks_is_refused_before_one_is_measured(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.studies.layers.layers_study", lambda *_: pytest.fail("measured"))
    assert "but --layer 99 was asked for" in refused("delta", str(tiny_llama), "--prompts", "one-step", "--layer", "99")


def test_processes_that_the_machine_has_no_cores_for_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypviz.studies.finetune.planning.n_cores", lambda: 3)
    monkeypatch.setattr("hypviz.studies.finetune.planning.n_gpus", lambda: 3)
    said = refused("finetune", NOWHERE, "--limit", "8", "--processes", "4", "--batch", "8")
    assert "processes is 4, but this machine has 3" in said and runs.list_runs() == ()


def test_more_than_there_are_is_said(tiny_llama: Path, texts: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32))
    done = CliRunner().invoke(main, ["disk", str(tmp_path / "rows.npy"), "--tokens", "40", "--json"])
    assert json.loads(done.stdout)["n_tokens"] == 30
    assert "Note: 40 tokens were asked for and there are 30; all of them are taken." in done.stderr
    done = CliRunner().invoke(main, ["delta", str(tiny_llama), "--prompts", str(texts), "--limit", "5", "--json"])
    assert "Note: 5 prompts were asked for and there are 2; all of them are taken." in done.stderr
    file = tmp_path / "mine.csv"
    file.write_text("question,answer\nHow many?,4\n", encoding="utf-8")
    assert "5 problems were asked for and there are 1" in CliRunner().invoke(main, ["problems", str(file), "--n", "5"]).stderr
    assert "asked for" not in CliRunner().invoke(main, ["problems", str(file)]).stderr


def test_a_seed_without_sampling_is_noted(tiny_llama: Path) -> None:
    arguments = ["generate", str(tiny_llama), "--prompt", "x", "--max-new-tokens", "2", "--json"]
    assert "--seed plays no part in greedy decoding" in CliRunner().invoke(main, [*arguments, "--seed", "0"]).stderr
    assert "--seed" not in CliRunner().invoke(main, [*arguments, "--seed", "1", "--temperature", "0.5"]).stderr


def test_per_prompt_by_layer_has_a_line_for_every_prompt(tiny_llama: Path, texts: Path) -> None:
    arguments = ["delta", str(tiny_llama), "--prompts", str(texts), "--layer", "1"]
    with_lines = CliRunner().invoke(main, [*arguments, "--per-prompt"])
    assert with_lines.exit_code == 0 and with_lines.stdout.count("  measured prompt ") == 2, with_lines.output
    assert "measured prompt" not in CliRunner().invoke(main, arguments).stdout
