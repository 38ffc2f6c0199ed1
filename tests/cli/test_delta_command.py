"""``hypviz delta``: the promised keys, per-prompt numbers in order, what was not measured, one sentence for mistakes."""

from __future__ import annotations

import json
import signal

import pytest
from click.testing import CliRunner

from hypviz.cli import main
from hypviz.hyperbolicity.nulls import OF_LAYERS, OF_PROMPTS, nulls_of
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


def _json(*arguments: str) -> dict:
    done = CliRunner().invoke(main, ["delta", *arguments, "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_definition_metric_table_and_nulls(tiny_llama, prompts):
    base = _json(str(tiny_llama), "--prompts", prompts, "--nulls")
    assert set(base["nulls"]) == set(nulls_of(OF_PROMPTS)) > {"gaussian", "directions", "spectrum", "coordinates"}
    assert all(0 < null["mean"] < 1 and null["verdict"] in (LOWER, SAME, HIGHER) for null in base["nulls"].values())
    exact = _json(str(tiny_llama), "--prompts", prompts, "--definition", "exact")
    assert base["delta_rel_mean"] <= exact["delta_rel_mean"] <= 2 * base["delta_rel_mean"] + 1e-9
    angle = _json(str(tiny_llama), "--prompts", prompts, "--metric", "angle")
    output = _json(str(tiny_llama), "--prompts", prompts, "--layer", "output")
    assert len({base["delta_rel_mean"], angle["delta_rel_mean"], output["delta_rel_mean"]}) >= 2
    assert (output["layer"], angle["metric"], exact["definition"]) == ("output", "angle", "exact")


def test_layers_as_a_list_and_one_by_one(tiny_llama, prompts):
    found = _json(str(tiny_llama), "--prompts", prompts, "--layer", "all", "--nulls")
    assert [row["layer"] for row in found["layers"]] == list(range(len(found["layers"]))) and len(found["layers"]) > 2
    for row in found["layers"]:
        assert {"delta_rel_mean", "delta_rel_std", "nulls", "verdict"} <= set(row) and row["verdict"] in (LOWER, SAME, HIGHER)
        assert set(row["nulls"]) == set(nulls_of(OF_LAYERS)) and "prompts" not in row["nulls"]
    one = _json(str(tiny_llama), "--prompts", prompts, "--layer", "1", "--nulls")
    assert one["layers"] == [found["layers"][1]]
    words = CliRunner().invoke(main, ["delta", str(tiny_llama), "--prompts", prompts, "--layer", "all"]).stdout
    assert words.count("mean δ_rel") == len(found["layers"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--layer", "last"], "input, output, all or a number"),
        (["--layer", "77"], "layers 0 to"),
        (["--layer", "²"], "input, output, all or a number"),
        (["--layer", "9" * 5000], "input, output, all or a number"),
        (["--adapter", "x=y"], "add --layer all"),
        (["--layer", "all", "--metric", "angle"], "Euclidean"),
        (["--layer", "all", "--adapter", "x=nowhere"], "nowhere"),
    ],
)
def test_layer_mistakes_are_one_sentence(tiny_llama, prompts, arguments, sentence):
    done = CliRunner().invoke(main, ["delta", str(tiny_llama), "--prompts", prompts, *arguments])
    assert done.exit_code == 2 and sentence in done.stderr and done.stderr.strip().count("\n") == 0


@pytest.mark.parametrize("arguments", [["--layer", "all"], []])
def test_ctrl_c_prints_what_there_is_and_the_same_command_goes_on(tiny_llama, prompts, monkeypatch, arguments):
    """The signal comes while a null after the Gaussian one is measured."""
    from hypviz.cli import common

    before = signal.getsignal(signal.SIGINT)

    def interrupted(self, done, total, text=""):
        if "random directions" in text and not sent:
            sent.append(text)
            signal.raise_signal(signal.SIGINT)

    sent: list[str] = []
    monkeypatch.setattr(common.StderrProgress, "_show", interrupted)
    command = ["delta", str(tiny_llama), "--prompts", prompts, "--nulls", *arguments]
    done = CliRunner().invoke(main, [*command, "--json"])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["whole"]) == (2, False) and "goes on from there" in done.stderr and sent
    assert signal.getsignal(signal.SIGINT) is before
    if arguments:
        assert [list(layer["nulls"]) for layer in found["layers"]] == [["gaussian"]] * found["n_layers"]
        assert found["n_nulls"] == found["n_layers"] < found["n_nulls_asked"]
    else:
        assert list(found["nulls"]) == ["gaussian"] and found["verdict"] in (LOWER, SAME, HIGHER)
    words = CliRunner().invoke(main, command)  # the signal is sent once: this one goes on to the end
    assert words.exit_code == 0 and "a part" not in words.stdout and "random directions with the same norms" in words.stdout


def test_ctrl_c_before_any_null_judges_nothing(tiny_llama, prompts, monkeypatch):
    from hypviz.cli import common

    def interrupted(self, done, total, text=""):
        if "measuring prompts" in text and not sent:
            sent.append(text)
            signal.raise_signal(signal.SIGINT)

    sent: list[str] = []
    monkeypatch.setattr(common.StderrProgress, "_show", interrupted)
    done = CliRunner().invoke(main, ["delta", str(tiny_llama), "--prompts", prompts])
    assert done.exit_code == 2 and sent
    assert not any(verdict in done.stdout for verdict in (LOWER, SAME, HIGHER))
