"""The geometry has names like weights; files, state dicts and models of earlier versions are read bit for bit."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from peft import PeftModel, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file

from hypviz import runs
from hypviz.hyplora import adapter_fingerprint, load_adapter, peft_name, save_adapter
from hypviz.hyplora.names import GEOMETRY, current_name, former_name, is_geometry
from hypviz.models import load_model
from tests.hyplora.trained import as_earlier_versions_wrote, geometry, logits, trained

VARIANTS = ["exact", "paper", "official", "official-simplified"]


@pytest.mark.parametrize("entry", GEOMETRY)
@pytest.mark.parametrize("adapter", ["", ".default", ".adapter_hyplora_"])
def test_the_two_spellings_are_each_others_inverse(entry, adapter):
    former = f"base_model.model.layers.0.q_proj.{entry}{adapter}"
    current = f"{former}.weight"
    assert current_name(former) == current == current_name(current)
    assert former_name(current) == former == former_name(former)
    assert is_geometry(former) and is_geometry(current)


@pytest.mark.parametrize(
    "name", ["q.lora_A.default.weight", "q.lora_B.weight", "lora_log_radius_.weight", "xlora_log_radius", "lora_log_radius.a.b.weight"]
)
def test_other_names_are_left_alone(name):
    assert current_name(name) == former_name(name) == name and not is_geometry(name)


def test_an_adapter_that_is_called_weight_keeps_its_name():
    assert current_name("q.lora_log_radius.weight.weight") == "q.lora_log_radius.weight.weight"


@pytest.mark.parametrize("variant", VARIANTS)
def test_models_and_files_name_the_geometry_like_a_weight(make_base, tmp_path, variant):
    model = trained(make_base(), 1, variant=variant)
    found = geometry(model)
    assert found and all(name.endswith(".default.weight") and p.shape == (1,) and p.dtype is torch.float32 for name, p in found.items())
    model.save_pretrained(tmp_path)
    stored = load_file(tmp_path / "adapter_model.safetensors")
    for name, parameter in found.items():
        assert torch.equal(stored[name.replace(".default.", ".")], parameter)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("loader", ["peft", "peft, empty first", "hypviz", "transformers", "tensors", "whole model"])
def test_files_of_earlier_versions_load_bit_for_bit(make_base, tmp_path, ids, variant, loader):
    model = trained(make_base(), 1, variant=variant)
    model.save_pretrained(tmp_path)
    as_earlier_versions_wrote(tmp_path)
    assert not any("radius.weight" in name or "official_k.weight" in name for name in load_file(tmp_path / "adapter_model.safetensors"))
    base = make_base()
    if loader == "hypviz":
        again = load_adapter(base, "x", tmp_path)
    elif loader == "transformers":
        again = base
        base.load_adapter(str(tmp_path))
    elif loader in ("tensors", "whole model"):
        again = trained(base, 2, variant=variant)
        if loader == "tensors":
            set_peft_model_state_dict(again, load_file(tmp_path / "adapter_model.safetensors"))
        else:
            again.load_state_dict({former_name(name): tensor for name, tensor in model.state_dict().items()})
    else:
        again = PeftModel.from_pretrained(base, tmp_path, low_cpu_mem_usage="empty" in loader)
    assert [p.tolist() for p in geometry(again).values()] == [p.tolist() for p in geometry(model).values()]
    assert torch.equal(logits(again, ids), logits(model, ids))


def test_an_adapter_of_an_earlier_version_keeps_its_fingerprint_when_it_is_saved_again(make_base, tmp_path):
    save_adapter(trained(make_base(), 1), "default", tmp_path / "new", base_fingerprint="0" * 64, method="hyplora", run_id=None)
    old = as_earlier_versions_wrote(shutil.copytree(tmp_path / "new", tmp_path / "old"))
    assert adapter_fingerprint(old) == json.loads((old / "hypviz.json").read_text())["adapter_fingerprint"]
    again = load_adapter(make_base(), "x", old)
    card = save_adapter(again, "x", tmp_path / "again", base_fingerprint="0" * 64, method="hyplora", run_id=None)
    assert card.adapter_fingerprint == adapter_fingerprint(old)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_casting_a_model_never_narrows_the_geometry(make_base, dtype):
    model = trained(make_base(), 1)
    before = [p.detach().clone() for p in geometry(model).values()]
    model.to(dtype)
    assert next(model.parameters()).dtype is dtype
    assert all(torch.equal(p, value.to(p.dtype)) for p, value in zip(geometry(model).values(), before, strict=True))
    assert {p.dtype for p in geometry(model).values()} == {torch.float64 if dtype is torch.float64 else torch.float32}


def test_a_file_on_a_narrow_base_keeps_every_bit_of_its_radii(make_base, tmp_path):
    model = trained(make_base(), 1)
    model.save_pretrained(tmp_path)
    again = PeftModel.from_pretrained(make_base(dtype=torch.bfloat16), tmp_path, low_cpu_mem_usage=True)
    assert [p.tolist() for p in geometry(again).values()] == [p.tolist() for p in geometry(model).values()]


def test_plain_tensors_under_the_former_names_are_still_refused_where_one_is_missing(make_base):
    model = trained(make_base(), 1)
    state = {former_name(name): tensor for name, tensor in get_peft_model_state_dict(model).items()}
    state.pop(next(name for name in state if "radius" in name))
    with pytest.raises(Exception, match="they are incomplete, or of plain LoRA"):
        set_peft_model_state_dict(model, state)


def test_the_shipped_adapter_loads_with_the_radii_of_its_file():
    record = runs.shipped()[0]
    folder = next(member.adapter for member in record.members if member.method == "hyplora")
    model = load_adapter(load_model(record.spec.base), "hyplora", folder)
    stored = {current_name(name): tensor for name, tensor in load_file(f"{folder}/adapter_model.safetensors").items() if is_geometry(name)}
    found = {name.replace(f".{peft_name('hyplora')}.", "."): p for name, p in geometry(model).items()}
    assert len(found) > 10 and found.keys() == stored.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in stored.items())
