"""``hypviz finetune``: the promised keys from a real pair, Ctrl-C, mistakes as one sentence."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from hypviz import runs
from hypviz.cli import main
from hypviz.cli.finetune_report import payload, telling, words
from hypviz.errors import HypvizError
from hypviz.hyplora import read_adapter_card
from hypviz.records.hyplora import ProbeSummary
from hypviz.records.runs import RunProbe
from hypviz.work import NOBODY
from tests.pages.runs_of_three import run_of_three
from tests.watching import Watcher
from tests.words.test_gain import adapter, flat, layer

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_pair_from_the_shell_has_the_promised_keys_and_adapters(tiny_llama, tmp_path):
    out = tmp_path / "pair"
    arguments = ["--methods", "lora,hyplora", "--problems", "one-step", "--steps", "3", "--rank", "4", "--alpha", "8", "--lr", "0.01"]
    arguments += ["--targets", "q_proj,v_proj", "--c", "2", "--radius", "typical", "--seed", "3", "--limit", "12", "--batch", "2"]
    done = CliRunner().invoke(main, ["finetune", str(tiny_llama), *arguments, "--out", str(out), "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["run_dir"] == str(out) and [m["method"] for m in found["members"]] == ["lora", "hyplora"]
    for member in found["members"]:
        assert member["steps"] == 3 and member["seconds"] > 0
        assert member["adapter"] == str(out / "adapter" / member["method"])
        assert (Path(member["adapter"]) / "adapter_model.safetensors").is_file()
        assert read_adapter_card(member["adapter"]).method == member["method"]
    assert found["members"][0]["first_loss"] == found["members"][1]["first_loss"]
    assert found["start_words"][0].startswith("Before the first step HypLoRA") and found["gain_words"][0].startswith("In this run HypLoRA")
    (record,) = runs.list_runs()
    spec = record.spec
    assert (spec.rank, spec.alpha, spec.lr, spec.targets, spec.c, spec.seed) == (4, 8.0, 0.01, ("q_proj", "v_proj"), 2.0, 3)
    assert record.state == "done" and record.n_problems == 12


@pytest.mark.slow
def test_ctrl_c_stops_the_run_and_the_command_reports_what_there_is(tiny_llama, private_cache):
    command = [sys.executable, "-m", "hypviz", "finetune", str(tiny_llama), "--steps", "5000", "--batch", "1", "--rank", "2", "--json"]
    shell = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a test run in the background ignores it, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    end = time.monotonic() + 120
    while not (found := runs.list_runs()) or found[0].step < 1:
        assert time.monotonic() < end and shell.poll() is None
        time.sleep(0.1)
    os.killpg(shell.pid, signal.SIGINT)  # what the terminal does: the command only, the worker has its own session
    out, err = shell.communicate(timeout=90)
    assert shell.returncode == 0, err
    payload = json.loads(out)
    assert payload["state"] == "stopped" and all(Path(m["adapter"]).is_dir() for m in payload["members"])


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--problems", "nowhere.jsonl"], "no file nowhere.jsonl"),
        (["--steps", "0"], "steps must be"),
        (["--steps", str(10**23)], "steps must be a whole number from 1 to 1,000,000"),
        (["--methods", "lora,dora"], "no method 'dora'"),
        (["--targets", "w_pack"], "no layer named 'w_pack'"),
        (["--radius", "huge"], "no radius 'huge'"),
        (["--max-tokens", "100000"], "more than the 256 positions"),
        (["--c", "-1"], "c must be"),
        (["--preset", "papers"], "no preset 'papers'"),
        (["--methods", "lora,scaled-lora"], "needs HypLoRA (hyplora) beside it"),
        (["--quantile", "1.5"], "quantile must be"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(tiny_llama, arguments, sentence):
    done = CliRunner().invoke(main, ["finetune", str(tiny_llama), *arguments, "--json"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("hypviz: ") and done.stderr.count("\n") == 1 and sentence in done.stderr
    assert runs.list_runs() == ()


def test_an_out_folder_with_something_in_it_is_refused_before_training(tiny_llama, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    done = CliRunner().invoke(main, ["finetune", str(tiny_llama), "--steps", "1", "--out", str(tmp_path)])
    assert done.exit_code == 2 and "not empty" in done.stderr
    assert runs.list_runs() == () and os.listdir(tmp_path) == ["precious.txt"]


def test_a_failed_run_is_its_own_sentence(tiny_llama, monkeypatch):
    from hypviz.studies.finetune import following

    def fail(run_id: str, work: object) -> runs.reading.RunRecord:
        return dataclasses.replace(runs.get(run_id), state="failed", message="The disk was full after step 3.")

    monkeypatch.setattr(following, "wait", fail)
    monkeypatch.setattr(following, "begin", runs.create)
    done = CliRunner().invoke(main, ["finetune", str(tiny_llama), "--problems", "one-step", "--limit", "8"])
    assert done.exit_code == 2 and "The disk was full after step 3." in done.stderr and "log.txt" in done.stderr


@pytest.fixture
def planned(tiny_llama, monkeypatch) -> list:
    """The specs that the command would have started."""
    from hypviz.studies.finetune import following

    specs = []

    def begin(spec, problems, plan):
        specs.append(spec)
        raise HypvizError("begun")

    monkeypatch.setattr(following, "begin", begin)
    return specs


@pytest.mark.parametrize(
    ("arguments", "sizes"),
    [
        ([], (16, 32.0, None)),
        (["--preset", "paper"], (32, 64.0, 128.0)),
        (["--preset", "paper", "--hyplora-alpha", "64", "--rank", "8"], (8, 64.0, 64.0)),
    ],
)
def test_a_preset_fills_in_what_is_not_given(tiny_llama, planned, arguments, sizes):
    CliRunner().invoke(main, ["finetune", str(tiny_llama), "--limit", "8", *arguments])
    (spec,) = planned
    assert (spec.rank, spec.alpha, spec.hyplora_alpha) == sizes and spec.methods == ("lora", "scaled-lora", "hyplora")
    assert (spec.quantile, spec.lora_beyond, spec.radius) == (1.0, 6.0, "calibrated")


def test_the_limit_can_be_switched_off(tiny_llama, planned):
    CliRunner().invoke(main, ["finetune", str(tiny_llama), "--limit", "8", "--lora-beyond", "0"])
    assert planned[0].lora_beyond is None


def test_the_shell_says_the_start_the_clipping_and_the_losses(tiny_llama):
    folder = run_of_three(tiny_llama, "done", n_clipped={"hyplora": 15})
    record = runs.get(folder.run_id)
    said = words(record, None)
    for part in (
        "15 of 20 steps had a gradient shortened to 1, in 2.0 layers on average.",
        "Before the first step HypLoRA is LoRA times 2.5",
        "One seed, training loss. HypLoRA minus LoRA −0.",
        "by alpha alone.",
        "HypLoRA is ahead of LoRA and of Scaled LoRA: the alpha of its start gains does not explain all of it.",
    ):
        assert said.count(part) == 1
    assert "radii" not in said and "  In q" not in said  # said before the first step, and in the JSON object
    found = payload(record, None)
    assert found["clipping_warning"].startswith("Most steps were shortened: HypLoRA (15 of 20 steps)")
    assert set(found["loss_gaps"]) == {"scaled-lora minus lora", "hyplora minus lora", "hyplora minus scaled-lora"}
    low, high = found["share_by_alpha"]["interval"]
    assert low < 0.75 < high and len(found["start_words"]) > 2 and len(found["loss_words"]) == 3 and json.dumps(found, allow_nan=False)


def test_what_the_start_found_is_said_once_while_the_run_goes_on(tiny_llama, capsys):
    folder = run_of_three(tiny_llama, "done")
    shown = Watcher()
    work = telling([runs.get(folder.run_id)], shown)
    for step in range(3):
        work.report(step, 20, "training")
    assert shown.reports == [(step, 20, "training") for step in range(3)]
    assert capsys.readouterr().err.count("Note: Before the first step HypLoRA is LoRA times 2.5") == 1


def test_of_several_seeds_every_note_names_its_own(tiny_llama, capsys):
    record = runs.get(run_of_three(tiny_llama, "done", seed=7).run_id)
    other = runs.get(run_of_three(tiny_llama, "queued", seed=8).run_id)
    telling([record, other], NOBODY).report(0, 20, "training")
    notes = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Note:")]
    assert {line[: len("Note: seed 7: ")] for line in notes} == {"Note: seed 7: ", "Note: seed 8: "}


def test_long_tokens_without_a_limit_are_said_before_the_first_step(tiny_llama, capsys):
    folder = run_of_three(tiny_llama, "done", lora_beyond=None)
    long = layer("model.layers.0.mlp.down_proj", 2.0, 0.1, None, u=flat(82.0))
    folder.write_start(RunProbe(step=0, summary=ProbeSummary(adapters=(adapter(long),))))
    telling([runs.get(folder.run_id)], NOBODY).report(0, 20, "training")
    assert "u up to 82 in model.layers.0.mlp.down_proj" in capsys.readouterr().err


@pytest.mark.parametrize("n", ["0", "-1", "101"])
def test_a_number_of_seeds_that_makes_no_sense_is_refused_before_the_model_is_looked_for(n, tmp_path):
    done = CliRunner().invoke(main, ["finetune", str(tmp_path / "nowhere"), "--seeds", n])
    assert done.exit_code == 2 and f"seeds must be a whole number from 1 to 100 (each is a whole fine-tune), but it is {n}" in done.stderr
