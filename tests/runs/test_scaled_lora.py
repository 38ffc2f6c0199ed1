"""The third member: plain LoRA whose alpha is HypLoRA's times the median gain of each layer at the start."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import PeftModel
from peft.tuners.lora import LoraLayer

from hypviz.errors import HypvizError
from hypviz.models import load_model
from hypviz.runs.checks import check_spec
from hypviz.runs.folder import RunFolder
from tests.runs.specs import TRIO

THREE = {"methods": TRIO, "radius": "calibrated", "quantile": 1.0, "clip": "layer", "lora_beyond": 6.0}


@pytest.fixture(scope="module")
def three(spec, problems, tmp_path_factory):
    from hypviz import runs
    from tests.runs.conftest import work_off

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPVIZ_CACHE", str(tmp_path_factory.mktemp("three")))
        return work_off(runs.create(dataclasses.replace(spec, **THREE), problems).run_id)


def alphas(record, method):
    found = json.loads((Path(record.member(method).adapter) / "adapter_config.json").read_text(encoding="utf-8"))
    return found["peft_type"], found["lora_alpha"], found["alpha_pattern"]


def test_its_alpha_is_hyploras_times_the_gain_that_each_layer_starts_with(three, spec):
    start = RunFolder(path=Path(three.record.folder)).read_start()
    assert start.step == 0 and [entry.adapter for entry in start.summary.adapters] == ["hyplora"]
    (entry,) = start.summary.adapters
    kind, alpha, pattern = alphas(three.record, "scaled-lora")
    assert (kind, alpha, len(pattern)) == ("LORA", spec.alpha, 6)
    for layer in entry.layers:
        assert layer.ba_norm.maximum == 0.0  # nothing is learned yet
        u = layer.u.median
        assert layer.gain.median == pytest.approx(np.sinh(u) / u, rel=1e-6)  # the gain of a vanishing update grows with u alone
        assert pattern[layer.layer.replace(".", r"\.")] == pytest.approx(spec.alpha * layer.gain.median, rel=1e-12)
    assert alphas(three.record, "lora")[1:] == (spec.alpha, {})


def test_plain_peft_runs_it_at_that_scale(three, spec):
    model = PeftModel.from_pretrained(load_model(spec.base, dtype="float32"), three.record.member("scaled-lora").adapter)
    pattern = alphas(three.record, "scaled-lora")[2]
    scalings = {name: layer.scaling["default"] for name, layer in model.named_modules() if isinstance(layer, LoraLayer)}
    assert len(scalings) == 6
    for name, scaling in scalings.items():
        key = name.removeprefix("base_model.model.").replace(".", r"\.")
        assert scaling == pytest.approx(pattern[key] / spec.rank)


def test_all_three_start_equal_and_the_scaled_one_stays_beside_hyplora(three):
    lora, scaled, hyplora = (np.array(three.losses(method)) for method in TRIO)
    assert lora[0] == scaled[0] == hyplora[0]
    assert np.abs(scaled[1:] - hyplora[1:]).mean() < np.abs(lora[1:] - hyplora[1:]).mean()
    assert len({tuple(three.losses(method)) for method in TRIO}) == 3


def test_the_others_are_what_they_are_without_it(three, train_here, spec):
    two = train_here(spec, **(THREE | {"methods": ("lora", "hyplora")}))
    for method in ("lora", "hyplora"):
        assert two.losses(method) == three.losses(method)
        assert two.fingerprints()[method] == three.fingerprints()[method]


def test_hyploras_own_alpha_is_the_scaled_ones_too(three, train_here, spec):
    own = train_here(spec, **THREE, hyplora_alpha=2 * spec.alpha)
    assert alphas(own.record, "lora")[1] == spec.alpha
    assert alphas(own.record, "hyplora")[1] == alphas(own.record, "scaled-lora")[1] == 2 * spec.alpha
    assert own.losses("lora") == three.losses("lora") and own.losses("hyplora") != three.losses("hyplora")
    before, after = alphas(three.record, "scaled-lora")[2], alphas(own.record, "scaled-lora")[2]
    assert {key: 2 * value for key, value in before.items()} == pytest.approx(after)


def test_it_needs_hyplora_beside_it(spec):
    with pytest.raises(HypvizError, match=r"Scaled LoRA .* needs HypLoRA \(hyplora\) beside it"):
        check_spec(dataclasses.replace(spec, methods=("lora", "scaled-lora")))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"clip": "each"}, "no clip 'each'; choose layer or all"),
        ({"quantile": 0.0}, "quantile must be a number above 0 and at most 1"),
        ({"quantile": 1.5}, "quantile must be a number above 0 and at most 1"),
        ({"lora_beyond": -1.0}, "lora_beyond must be a number above 0"),
        ({"hyplora_alpha": float("nan")}, "hyplora_alpha must be a number above 0 .* but it is nan"),
        ({"alpha": 1e300}, r"^alpha must be a number above 0 and at most 1e\+09 .* but it is 1e\+300"),
        ({"hyplora_alpha": 2e9}, r"hyplora_alpha must be a number above 0 and at most 1e\+09"),
        ({"c": 1e101}, r"c must be a number above 0 and at most 1e\+100"),
    ],
)
def test_settings_that_no_run_can_have(spec, changes, sentence):
    with pytest.raises(HypvizError, match=sentence):
        check_spec(dataclasses.replace(spec, **changes))


def test_an_adapter_without_lora_beyond_keeps_the_formula(three, train_here, spec):
    """What a spec without these settings asks for: one clip over all layers, the 0.99 quantile, the formula for every token."""
    from hypviz.records.runs import RunSpec

    fields = json.loads(spec.to_json())
    old = {name: value for name, value in fields.items() if name not in ("hyplora_alpha", "quantile", "lora_beyond", "clip")}
    assert RunSpec.from_json(json.dumps(old)) == spec
    assert (spec.clip, spec.quantile, spec.lora_beyond) == ("all", 0.99, None)
    config = json.loads((Path(three.record.member("hyplora").adapter) / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["lora_beyond"] == 6.0


def test_resumed_it_goes_on_bit_for_bit(three, spec, problems):
    from hypviz import runs
    from hypviz.runs.folder import open_run
    from hypviz.worker import stepping
    from tests.runs.conftest import work_off

    run_id = runs.create(dataclasses.replace(spec, **THREE), problems).run_id
    plain = stepping.Stepper.step

    def until_three(self, step, parts):
        plain(self, step, parts)
        if step == 2:
            open_run(run_id).stop_flag.touch()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stepping.Stepper, "step", until_three)
        stopped = work_off(run_id)
    assert (stopped.record.state, stopped.record.step) == ("stopped", 3)
    open_run(run_id).stop_flag.unlink()
    done = work_off(run_id)
    assert done.record.state == "done"
    assert done.fingerprints() == three.fingerprints()
    assert [done.losses(method) for method in TRIO] == [three.losses(method) for method in TRIO]
    assert torch.isfinite(torch.tensor(done.metrics.curve("scaled-lora").gradients.copy())).all()


def test_a_layer_whose_name_ends_like_another_keeps_its_own_alpha(spec):
    """PEFT takes the first pattern that fits, and one without ^ fits the end of a longer name."""
    from torch import nn

    from hypviz.hyplora import HypLoraConfig, attach_adapters
    from hypviz.hyplora.adapters import adapted_layers
    from hypviz.records.hyplora import AdapterProbe, LayerProbe, Quantiles
    from hypviz.worker.members import attach_scaled

    class Inner(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.q_proj = nn.Linear(4, 4)

    class Outer(Inner):
        def __init__(self) -> None:
            super().__init__()
            self.deep = nn.ModuleDict({"deep": Inner(), "x": Inner()})

        def prepare_inputs_for_generation(self) -> None:
            """PEFT asks a language model for it."""

    def probed(name: str, gain: float) -> LayerProbe:
        same = Quantiles(minimum=gain, low=gain, median=gain, high=gain, maximum=gain, n=1)
        return LayerProbe(layer=name, n_tokens=1, n_capped=0, u=same, ba_norm=same, gain=same, ratio=None)

    gains = {"q_proj": 2.0, "deep.deep.q_proj": 3.0, "deep.x.q_proj": 5.0}
    layers = tuple(probed(name, gain) for name, gain in gains.items())
    model = attach_adapters(Outer(), {"hyplora": HypLoraConfig(r=4, lora_alpha=8, target_modules=["q_proj"])}, 0)
    start = AdapterProbe(adapter="hyplora", hyperbolic=True, overall=layers[0], layers=layers)
    attach_scaled(model, dataclasses.replace(spec, targets=("q_proj",)), "scaled-lora", start)
    scalings = {name: layer.scaling["adapter_scaled_2d_lora_"] for name, layer in adapted_layers(model).items()}
    assert scalings == {name: 8.0 * gain / 4 for name, gain in gains.items()}


def test_gains_that_no_alpha_can_follow_are_said_before_the_first_step(train_here, spec):
    found = train_here(spec, **(THREE | {"radius": "typical", "c": 1e8, "lora_beyond": None})).record
    assert (found.state, found.step) == ("failed", 0)
    assert "Scaled LoRA's alpha would be 8e+16" in found.message and "or leave Scaled LoRA out" in found.message


def test_a_detonation_names_what_prevents_it(train_here, spec):
    found = train_here(spec, methods=("hyplora",), c=1e8, lr=1e6).record
    assert found.state == "failed" and found.step > 0
    assert "HypLoRA became nan" in found.message and "start again with a calibrated radius, a length in radii" in found.message


@pytest.fixture(scope="module")
def overflowing(tmp_path_factory):
    """A tiny Llama whose last block makes inputs that are not finite."""
    from safetensors.torch import load_file, save_file

    from tests.checkpoints import build_checkpoint

    folder = build_checkpoint(tmp_path_factory.mktemp("overflowing") / "model", "llama", sharded=False)
    tensors = load_file(folder / "model.safetensors")
    for part in ("up_proj", "gate_proj"):
        tensors[f"model.layers.1.mlp.{part}.weight"].fill_(1e30)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            THREE | {"radius": "typical"},
            "The activations that reach model.layers.1.mlp.down_proj are not finite before anything is learned",
        ),
        (THREE, "The activations are not finite on this batch"),
        ({"methods": ("lora",)}, "The loss of LoRA became nan at step 1, where nothing is learned yet; check the weights of"),
    ],
)
def test_activations_that_are_not_finite_are_the_models_and_not_the_learning_rates(train_here, overflowing, changes, sentence):
    from tests.runs.specs import tiny_spec

    found = train_here(dataclasses.replace(tiny_spec(overflowing), **changes)).record
    assert (found.state, found.step) == ("failed", 0)
    assert sentence in found.message and "learning rate" not in found.message


def test_a_layer_whose_inputs_are_all_zero_keeps_its_radius_and_alpha(train_here, tmp_path):
    from safetensors.torch import load_file, save_file

    from tests.checkpoints import build_checkpoint
    from tests.runs.specs import tiny_spec

    folder = build_checkpoint(tmp_path / "model", "llama", sharded=False)
    tensors = load_file(folder / "model.safetensors")
    tensors["model.layers.0.mlp.up_proj.weight"].zero_()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    found = train_here(dataclasses.replace(tiny_spec(folder), **THREE)).record
    assert found.state == "done", found.message
    assert RunFolder(path=Path(found.folder)).read_calibration().unchanged == ("model.layers.0.mlp.down_proj",)
    assert alphas(found, "scaled-lora")[2][r"model\.layers\.0\.mlp\.down_proj"] == 8.0
