"""``hypviz export-lora``: a folder that is plain LoRA, what it says of itself, and one sentence for what cannot be exported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hypviz.cli import main
from hypviz.cli.export_lora import held_by_few, left_out_sentence
from hypviz.hyplora import adapter_fingerprint, read_adapter_card
from hypviz.models import resolve
from hypviz.records.hyplora import LayerLora, LoraOfHypLora
from tests.stages import make_adapters


@pytest.fixture(scope="module")
def adapters(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_adapters(tmp_path_factory.mktemp("adapters"), resolve(str(tiny_llama)))


def export(adapter: Path, model: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["export-lora", str(adapter), "--model", str(model), *map(str, arguments)])


def test_the_folder_and_its_card_say_the_same(tiny_llama: Path, adapters: dict[str, Path], tmp_path: Path) -> None:
    done = export(adapters["hyplora"], tiny_llama, "--at", "two-step", "--limit", "4", "--out", tmp_path / "flat", "--json")
    assert done.exit_code == 0, done.stderr
    found, card = json.loads(done.stdout), read_adapter_card(tmp_path / "flat")
    assert card is not None and card.made_from is not None and card.method == "lora"
    assert found["made_from"] == adapter_fingerprint(adapters["hyplora"]) == card.made_from.made_from
    assert found["fingerprint"] == adapter_fingerprint(tmp_path / "flat") == card.adapter_fingerprint
    assert [row["gain"] for row in found["layers"]] == [row.gain for row in card.made_from.layers]
    assert 0 < found["error"] == card.made_from.error < 1 and found["n_texts"] == 4
    asked = ["generate", str(tiny_llama), "--prompt", "A dog", "--max-new-tokens", "3", f"--adapter=flat={tmp_path / 'flat'}", "--json"]
    answered = CliRunner().invoke(main, asked)
    assert answered.exit_code == 0 and f"made from the HypLoRA adapter {found['made_from'][:12]}" in answered.stderr


def test_for_people_with_texts_a_line_of_which_some_are_too_long(tiny_llama: Path, adapters: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("A dog\nA dog and a cat\n" + "A dog and a cat " * 30 + "\nnot read\n")
    at = ("--at", tmp_path / "texts.txt", "--max-tokens", "60", "--limit", "3", "--out", tmp_path / "flat")
    done = export(adapters["hyplora"], tiny_llama, *at)
    assert done.exit_code == 0, done.stderr
    assert "1 of 3 texts was left out" in done.stderr and "tokens of 2 texts" in done.stdout
    assert "% of the update" in done.stdout and "gain" in done.stdout


@pytest.mark.parametrize(
    ("adapter", "arguments", "sentence"),
    [
        ("lora", [], "is plain LoRA already"),
        ("ia3", [], "is of type IA3, and only HypLoRA is exported"),
        ("untrained", [], "Every B of the adapter untrained is 0"),
        ("nobody", [], "is not an adapter folder"),
        ("hyplora", ["--max-tokens", "2"], "longer than 2 tokens"),
        ("hyplora", ["--limit", "0"], "--limit"),
        ("hyplora", ["--model", "/nope"], "/nope"),
    ],
)
def test_what_cannot_be_exported_is_one_sentence(tiny_llama, adapters, tmp_path, adapter, arguments, sentence) -> None:
    folder = adapters.get(adapter, tmp_path / "nobody")
    if adapter == "ia3":
        folder = Path(shutil.copytree(adapters["lora"], tmp_path / "ia3"))
        (folder / "adapter_config.json").write_text('{"peft_type": "IA3", "task_type": "CAUSAL_LM"}')
        (folder / "hypviz.json").unlink()
    done = export(folder, tiny_llama, "--at", "two-step", "--limit", "2", "--out", tmp_path / "flat", *arguments)
    assert done.exit_code == 2 and done.stdout == "" and sentence in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "flat").exists()


def test_a_gain_that_massive_tokens_decide_is_warned_of() -> None:
    def fit(*medians: float | None) -> LoraOfHypLora:
        rows = [
            LayerLora(layer=f"layer{i}", gain=528.0, error=0.03, median_error=median, largest_error=median, n_tokens=9)
            for i, median in enumerate(medians)
        ]
        return LoraOfHypLora(
            adapter="bent",
            variant="exact",
            made_from="a" * 64,
            n_tokens=9,
            error=0.1,
            median_error=0.1,
            largest_error=600.0,
            layers=tuple(rows),
        )

    assert held_by_few(fit(0.1, None, 0.5)) is None
    one, two = held_by_few(fit(0.1, 524.8)), held_by_few(fit(0.9, 524.8))
    assert one is not None and "in 1 layer a few tokens" in one and "in layer1 it is 528, which is off by 524.8 times" in one
    assert two is not None and "in 2 layers a few tokens" in two and "layer1" in two
    # a radius calibrated on every token gives the massive one u = 3, and a limit of 6 leaves it its gain: neither is the way out
    assert "calibrated" not in two and two.endswith("train with a --lora-beyond below the u of those tokens, which makes their gain 1.")


def test_one_text_and_one_layer_are_said_as_one() -> None:
    assert left_out_sentence(1, 1) == "1 of 1 text was left out: it is longer than --max-tokens, or empty."
    assert left_out_sentence(2, 5) == "2 of 5 texts were left out: they are longer than --max-tokens, or empty."


def test_nothing_is_written_over(tiny_llama: Path, adapters: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("keep")
    done = export(adapters["hyplora"], tiny_llama, "--at", "two-step", "--out", tmp_path)
    assert done.exit_code == 2 and "choose another folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
