"""The pair: same batches, same start, each member as if it were alone, the same again with the same seed, loadable adapters."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from hypviz.hyplora import load_adapter, read_adapter_card, use_adapter
from hypviz.models import load_model
from hypviz.records.runs import RunRecord
from hypviz.runs.folder import RunFolder


def test_both_members_start_equal_and_then_differ(pair):
    record = pair.record
    assert (record.state, record.message, record.step) == ("done", None, 6)
    lora, hyplora = pair.losses("lora"), pair.losses("hyplora")
    assert len(lora) == len(hyplora) == 6
    assert lora[0] == hyplora[0]  # B = 0: both are the base model on the same batch
    assert lora[1:] != hyplora[1:]
    reports = {m.method: m for m in pair.record.members}
    assert [m.method for m in pair.record.members] == ["lora", "hyplora"]
    assert reports["lora"].first_loss == lora[0] and reports["hyplora"].last_loss == hyplora[-1]
    assert all(m.steps == 6 and m.seconds > 0 and m.peak_bytes > 0 for m in pair.record.members)
    assert reports["hyplora"].n_parameters == reports["lora"].n_parameters + 6  # one radius per adapted layer
    assert (record.n_problems, record.n_examples, record.n_too_long) == (20, 20, 0)


@pytest.mark.parametrize("method", ["lora", "hyplora"])
def test_a_member_is_what_it_would_be_alone(pair, train_here, spec, method):
    alone = train_here(spec, methods=(method,))
    assert alone.losses(method) == pair.losses(method)
    assert alone.fingerprints()[method] == pair.fingerprints()[method]


def test_the_order_of_the_methods_changes_nothing(pair, train_here, spec):
    swapped = train_here(spec, methods=("hyplora", "lora"))
    assert swapped.fingerprints() == pair.fingerprints()


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(pair, train_here, spec):
    again = train_here(spec, checkpoint_seconds=999.0)
    assert again.losses("hyplora") == pair.losses("hyplora")
    assert again.fingerprints() == pair.fingerprints()
    other = train_here(spec, seed=1)
    assert other.losses("lora") != pair.losses("lora")


def test_a_batch_in_parts_gives_the_same_training(pair, train_here, spec):
    parts = train_here(spec, accumulate=2)
    for method in spec.methods:
        assert parts.losses(method) == pytest.approx(pair.losses(method), rel=2e-3)


@pytest.mark.parametrize("n_parts", [2, 4])
def test_a_step_in_parts_is_one_update_in_the_last_step_too(train_here, spec, n_parts):
    whole = train_here(spec, steps=1, warmup=0, clip_norm=1e-3)
    parts = train_here(spec, steps=1, warmup=0, clip_norm=1e-3, accumulate=n_parts)
    assert [m.n_clipped for m in parts.record.members] == [m.n_clipped for m in whole.record.members] == [1, 1]
    for one, other in zip(_weights(whole.record), _weights(parts.record), strict=True):
        assert one.keys() == other.keys()
        for name, weight in one.items():
            assert torch.allclose(weight, other[name], rtol=1e-3, atol=1e-4), name


def test_a_tiny_curvature_makes_hyplora_lora_and_the_probe_says_so(train_here, spec):
    flat = train_here(spec, c=1e-8, learn_c=False)
    assert flat.losses("hyplora") == pytest.approx(flat.losses("lora"), rel=1e-4)
    curve = flat.metrics.curve("hyplora")
    assert curve.probe_steps.tolist() == [1, 3, 6]
    assert np.allclose([curve.gain_low, curve.gain_median, curve.gain_high], 1.0, atol=1e-4)
    assert (curve.delta_ratio > 0).all()


def test_calibration_is_recorded_and_changes_hyplora_only(pair, train_here, spec):
    calibrated = train_here(spec, radius="calibrated")
    assert len(calibrated.record.layer_c) == 6 and all(c > 0 for c in calibrated.record.layer_c)
    assert calibrated.losses("lora") == pair.losses("lora")
    assert calibrated.losses("hyplora") != pair.losses("hyplora")
    found = RunFolder(path=Path(calibrated.record.folder)).read_calibration()
    assert [layer.c for layer in found.layers] == list(calibrated.record.layer_c)
    assert [layer.u.high for layer in found.layers] == pytest.approx([3.0] * 6)
    assert RunFolder(path=Path(pair.record.folder)).read_calibration() is None


def test_the_layers_at_the_last_probe_are_kept(pair, spec):
    probe = RunFolder(path=Path(pair.record.folder)).read_probe()
    assert probe.step == spec.steps and [entry.adapter for entry in probe.summary.adapters] == list(spec.methods)
    for entry in probe.summary.adapters:
        assert len(entry.layers) == 6 and entry.overall.ratio.median == pytest.approx(
            float(pair.metrics.curve(entry.adapter).delta_ratio[-1])
        )


def test_the_adapters_are_peft_folders_that_change_the_answers(pair, spec):
    model = load_model(spec.base, dtype="float32")
    ids = torch.tensor([[0, 40, 50, 60, 70]])
    with torch.no_grad():
        before = model(ids).logits
        for member in pair.record.members:
            folder = Path(member.adapter)
            assert folder.is_absolute() and (folder / "adapter_config.json").is_file()
            card = read_adapter_card(folder)
            assert (card.method, card.run_id, card.base_fingerprint) == (member.method, pair.record.run_id, spec.base.fingerprint)
            assert card.adapter_fingerprint == member.adapter_fingerprint
            model = load_adapter(model, member.method, folder, base_fingerprint=spec.base.fingerprint)
        answers = []
        for member in pair.record.members:
            with use_adapter(model, member.method):
                answers.append(model(ids).logits)
    assert not torch.allclose(answers[0], before) and not torch.allclose(answers[1], before)
    assert not torch.allclose(answers[0], answers[1])


def test_plain_peft_loads_the_lora_member(pair, spec):
    from peft import PeftModel

    loaded = PeftModel.from_pretrained(load_model(spec.base, dtype="float32"), pair.record.member("lora").adapter)
    weights = [p for name, p in loaded.named_parameters() if "lora_B" in name]
    assert len(weights) == 6 and all(bool(p.abs().sum() > 0) for p in weights)


@pytest.mark.parametrize(
    "architecture, targets", [("gpt2", ("c_attn", "c_fc")), ("qwen3", ("q_proj", "down_proj")), ("gemma3", ("v_proj", "up_proj"))]
)
def test_other_architectures_are_trained_too(train_here, spec, checkpoint_folder, architecture, targets):
    from hypviz.models import resolve

    done = train_here(spec, base=resolve(str(checkpoint_folder(architecture, sharded=True))), targets=targets, steps=3)
    assert done.record.state == "done", done.record.message
    assert done.losses("lora")[0] == pytest.approx(done.losses("hyplora")[0])


def test_the_run_keeps_its_own_copy_of_the_problems(pair, problems):
    assert RunFolder(path=Path(pair.record.folder)).read_problems() == problems.problems


def test_bfloat16_trains_close_to_float32(pair, train_here, spec):
    half = train_here(spec, precision="bfloat16")
    assert half.record.state == "done", half.record.message
    assert half.losses("lora") == pytest.approx(pair.losses("lora"), rel=0.05)
    assert dataclasses.replace(half.record.spec, precision="float32") == pair.record.spec


def _weights(record: RunRecord) -> list[dict[str, torch.Tensor]]:
    """The saved adapter of every member."""
    from safetensors.torch import load_file

    return [load_file(Path(member.adapter) / "adapter_model.safetensors") for member in record.members]
