"""Compare, Evaluate and the choice of adapters with three members: four columns, every pair of adapters, titles that tell them apart."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import LoraConfig

from hypviz.hyplora import attach_adapters, save_adapter
from hypviz.models import load_model, resolve
from tests.pages.finished_runs import finished_run
from tests.pages.running import answers_shown, open_page, press, run_until, words
from tests.runs.specs import TRIO

TITLES = ["Base", "LoRA", "Scaled LoRA", "HypLoRA"]


@pytest.fixture(scope="session")
def scaled(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of LoRA at another scale in one layer."""
    ref, folder = resolve(str(tiny_llama)), tmp_path_factory.mktemp("scaled") / "scaled-lora"
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], alpha_pattern={"q_proj": 24})
    model = attach_adapters(load_model(ref, dtype="float32"), {"scaled-lora": config}, seed=0)
    dice = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(0.4 * torch.randn(parameter.shape, generator=dice))
    save_adapter(model, "scaled-lora", folder, base_fingerprint=ref.fingerprint, method="scaled-lora", run_id=None)
    return folder


@pytest.fixture
def three(tiny_llama: Path, tiny_adapters: dict[str, Path], scaled: Path) -> str:
    """A finished fine-tune with three members."""
    return finished_run(tiny_llama, {**tiny_adapters, "scaled-lora": scaled}, methods=TRIO)


def test_all_members_of_a_run_are_compared_and_every_two_of_them_are_told_apart(tiny_llama: Path, three: str) -> None:
    app = open_page("pages/compare.py", str(tiny_llama), tokens="6")
    press(app, "Compare 4 answers")
    run_until(app, lambda: "The answer is" in words(app))
    assert not app.exception and not app.error and [s.value for s in app.subheader] == TITLES
    drawn = answers_shown(app)
    assert len({part["colour"] for part in drawn}) == 4
    legend = next(caption.value.replace("\\", "") for caption in app.caption if caption.value.startswith("Framed and shaded"))
    for one, other in (("LoRA", "Scaled LoRA"), ("LoRA", "HypLoRA"), ("Scaled LoRA", "HypLoRA")):
        assert f"{other} parts from {one} at token" in legend or f"{one} and {other} give the same tokens." in legend
    marked = [part["from_other"] is not None for part in drawn]
    assert marked[:2] == [False, False] and marked[2] == marked[3] == ("Thick underline: HypLoRA parts from Scaled LoRA" in legend)
    probes = app.table[0].value
    assert list(probes["Adapter"]) == TITLES[1:] and list(probes.iloc[:, 1])[:2] == ["1 (plain LoRA)"] * 2


def test_three_adapters_can_be_chosen_one_by_one_and_the_same_kind_is_numbered(tiny_llama: Path, tiny_adapters: dict[str, Path]) -> None:
    folder = str(tiny_adapters["lora"])
    app = open_page("pages/compare.py", str(tiny_llama), tokens="4", run="each", first=folder, second=folder, third=folder)
    press(app, "Compare 4 answers")
    run_until(app, lambda: "The answer is" in words(app))
    assert not app.exception and [s.value for s in app.subheader] == ["Base", "LoRA", "LoRA 2", "LoRA 3"]
    assert words(app).count("give the same tokens.") == 3


def test_problems_are_filtered_by_the_two_columns_that_are_chosen(tiny_llama: Path, three: str) -> None:
    app = open_page("pages/evaluate.py", str(tiny_llama), tokens="5", n="9", problems="bundled")
    press(app, "Ask 9 problems")
    run_until(app, lambda: app.get("plotly_chart"))
    assert not app.exception and not app.error and list(app.dataframe[0].value.columns)[2:6] == TITLES

    def offered() -> str:
        return "\n".join(app.selectbox(key="evaluate-filter").options)

    assert "Only Scaled LoRA right" in offered() and "Only HypLoRA right" in offered() and "Only LoRA right" not in offered()
    which = next(box for box in app.segmented_control if box.label == "Which two")
    which.set_value("base/lora").run()
    assert "Only LoRA right" in offered() and "Only HypLoRA right" not in offered() and not app.exception


def test_layers_offers_all_members(tiny_llama: Path, three: str) -> None:
    app = open_page("pages/layers.py", str(tiny_llama))
    assert not app.exception and not app.error
    (box,) = [box for box in app.selectbox if box.label == "Adapters"]
    assert box.value == three
