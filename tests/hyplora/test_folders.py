"""Adapter folders: what is written, what comes back, and one sentence for everything that must not be loaded."""

from __future__ import annotations

import json
import os
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from hypviz.errors import AdapterError
from hypviz.hyplora import (
    HypLoraConfig,
    adapter_fingerprint,
    adapter_parameters,
    attach_adapters,
    check_adapter,
    load_adapter,
    peft_name,
    read_adapter_card,
    save_adapter,
    use_adapter,
)
from hypviz.hyplora.folders import fingerprint, read_folder

HERE, ELSEWHERE = "a" * 64, "b" * 64


@pytest.fixture
def saved(make_pair, tmp_path):
    """(the model, {name: folder}) with both adapters saved."""
    model = make_pair(b=0.1)
    folders = {name: tmp_path / "run" / name for name in ("lora", "hyplora")}
    for name, folder in folders.items():
        save_adapter(model, name, folder, base_fingerprint=HERE, method=name, run_id="r1")
    return model, folders


def logits(model, name, ids):
    with use_adapter(model, name), torch.no_grad():
        return model(input_ids=ids).logits


@pytest.mark.parametrize("order", [("lora", "hyplora"), ("hyplora", "lora")])
def test_round_trip_in_any_order_onto_one_base(saved, make_base, ids, order):
    model, folders = saved
    again = make_base()
    for name in order:
        again = load_adapter(again, name, folders[name], base_fingerprint=HERE)
    for name in ("base", *order):
        assert torch.equal(logits(again, name, ids), logits(model, name, ids)), name
    assert not any(p.requires_grad for name in order for p in adapter_parameters(again, name))
    assert again.active_adapters == [peft_name(order[0])]


def test_a_folder_holds_a_plain_peft_adapter_and_its_card(saved):
    _, folders = saved
    assert sorted(os.listdir(folders["hyplora"])) == ["adapter_config.json", "adapter_model.safetensors", "hypviz.json"]
    assert json.loads((folders["hyplora"] / "adapter_config.json").read_text())["peft_type"] == "HYPLORA"
    assert json.loads((folders["lora"] / "adapter_config.json").read_text())["peft_type"] == "LORA"
    card = read_adapter_card(folders["hyplora"])
    assert (card.method, card.run_id, card.base_fingerprint) == ("hyplora", "r1", HERE)
    assert card.adapter_fingerprint == adapter_fingerprint(folders["hyplora"]) != adapter_fingerprint(folders["lora"])
    radii = [name for name in load_file(folders["hyplora"] / "adapter_model.safetensors") if name.endswith("lora_log_radius.weight")]
    assert len(radii) == 14
    assert os.listdir(folders["lora"].parent) == ["lora", "hyplora"] or sorted(os.listdir(folders["lora"].parent)) == ["hyplora", "lora"]


def test_the_fingerprint_is_of_the_content(saved, tmp_path):
    model, folders = saved
    save_adapter(model, "hyplora", tmp_path / "copy", base_fingerprint=ELSEWHERE, method="x", run_id=None)
    assert adapter_fingerprint(tmp_path / "copy") == adapter_fingerprint(folders["hyplora"])
    radius = next(p for n, p in model.named_parameters() if f"lora_log_radius.{peft_name('hyplora')}" in n)
    radius.data.add_(1e-6)
    card = save_adapter(model, "hyplora", tmp_path / "copy", base_fingerprint=HERE, method="hyplora", run_id=None)  # replaces
    assert adapter_fingerprint(tmp_path / "copy") == card.adapter_fingerprint != adapter_fingerprint(folders["hyplora"])


def test_a_card_of_the_first_rule_is_read_by_the_first_rule(saved, make_base):
    _, folders = saved
    folder = folders["hyplora"]
    card = json.loads((folder / "hypviz.json").read_text())
    assert card.pop("fingerprint_rule") == 2
    found = read_folder(folder)
    old = fingerprint(found.config, found.state, rule=1)
    assert old != card["adapter_fingerprint"] == found.fingerprint
    (folder / "hypviz.json").write_text(json.dumps(card))
    with pytest.raises(AdapterError, match=r"are not those that its hypviz\.json describes"):
        read_folder(folder)
    (folder / "hypviz.json").write_text(json.dumps(card | {"adapter_fingerprint": old}))
    assert read_folder(folder).fingerprint == card["adapter_fingerprint"]  # what answers are stored under counts every setting
    load_adapter(make_base(), "hyplora", folder, base_fingerprint=HERE)
    (folder / "hypviz.json").write_text(json.dumps(card | {"fingerprint_rule": 3}))
    with pytest.raises(AdapterError, match="follows rule 3, but this hypviz knows rules 1 and 2"):
        read_folder(folder)


def test_an_adapter_for_another_base_is_refused_naming_both(saved, make_base, ids):
    _, folders = saved
    base = make_base()
    with torch.no_grad():
        before = base(input_ids=ids).logits
    with pytest.raises(AdapterError, match=r"was made for llama \(aaaaaaaaaaaa\), but the model is llama \(bbbbbbbbbbbb\)"):
        load_adapter(base, "x", folders["hyplora"], base_fingerprint=ELSEWHERE)
    with pytest.raises(AdapterError, match=r"was made for llama, but the model is gpt2, which has no layer model\.layers\.0"):
        load_adapter(make_base("gpt2"), "x", folders["hyplora"])
    assert torch.equal(base(input_ids=ids).logits, before)
    with pytest.raises(AdapterError, match="which has no layer"):
        load_adapter(attach_adapters(make_base("gpt2"), {"h": HypLoraConfig(r=2)}, seed=0), "x", folders["lora"])


def test_without_a_card_shapes_are_checked_and_the_rest_is_said(saved, make_base, caplog):
    _, folders = saved
    assert check_adapter(make_base(), folders["lora"], base_fingerprint=HERE) is None
    assert "fingerprint was not given" in check_adapter(make_base(), folders["lora"])
    (folders["lora"] / "hypviz.json").unlink()
    assert read_adapter_card(folders["lora"]) is None
    with caplog.at_level("WARNING"):
        load_adapter(make_base(), "lora", folders["lora"], base_fingerprint=HERE)
    assert "could not be checked" in caplog.text
    config = json.loads((folders["lora"] / "adapter_config.json").read_text())
    (folders["lora"] / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": "someone/else"}))
    base = make_base()
    base.name_or_path = "models--our--own/snapshots/123"
    assert "it names someone/else as its base, and whether our/own has the same weights could not be checked" in check_adapter(
        base, folders["lora"]
    )


def _edit(folder, change):
    state = load_file(folder / "adapter_model.safetensors")
    change(state)
    save_file(state, folder / "adapter_model.safetensors")
    (folder / "hypviz.json").unlink()


def _poison(state):
    next(iter(state.values()))[0] = float("nan")


def _widen(state):
    name = next(name for name in state if name.endswith("q_proj.lora_A.weight"))
    state[name] = torch.zeros(4, 999)


def _thin(state):
    name = next(name for name in state if name.endswith("q_proj.lora_A.weight"))
    state[name] = state[name][:2].clone()


DAMAGE = {
    "no folder": (lambda f: shutil.rmtree(f), "is not an adapter folder, because it has no adapter_config.json"),
    "not JSON": (lambda f: (f / "adapter_config.json").write_text("{"), "is not readable JSON"),
    "other method": (lambda f: (f / "adapter_config.json").write_text('{"peft_type": "POLY"}'), "an adapter of type POLY"),
    "no weights": (lambda f: (f / "adapter_model.safetensors").unlink(), "has no adapter_model.safetensors"),
    "pickle only": (lambda f: (f / "adapter_model.safetensors").rename(f / "adapter_model.bin"), "holds only adapter_model.bin, a pickle"),
    "truncated": (lambda f: os.truncate(f / "adapter_model.safetensors", 5000), "adapter_model.safetensors is damaged"),
    "card cut off": (lambda f: os.truncate(f / "hypviz.json", 40), "hypviz.json is damaged"),
    "card too deep": (lambda f: (f / "hypviz.json").write_text("[" * 100_000), "hypviz.json is damaged"),
    "NaN": (lambda f: _edit(f, _poison), "values that are not finite; its training must have diverged"),
    "wrong width": (lambda f: _edit(f, _widen), "whose layer model.layers.0.self_attn.q_proj has width 32 instead of 999"),
    "wrong rank": (lambda f: _edit(f, _thin), "does not fit this model"),
    "radius gone": (lambda f: _edit(f, lambda s: s.pop(next(n for n in s if "log_radius" in n))), "lack .*lora_log_radius.*incomplete"),
    "stranger": (lambda f: _edit(f, lambda s: s.update({"base_model.model.spare": torch.ones(2)})), "holds base_model.model.spare"),
    "new variant": (
        lambda f: (f / "adapter_config.json").write_text((f / "adapter_config.json").read_text().replace('"exact"', '"later"')),
        "no variant 'later'|are not those",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_folder_is_one_sentence_and_the_model_stays_usable(saved, make_base, ids, name):
    damage, sentence = DAMAGE[name]
    model, folders = saved
    damage(folders["hyplora"])
    base = make_base()
    modules = [n for n, _ in base.named_modules()]
    with pytest.raises(AdapterError, match=sentence) as caught:
        load_adapter(base, "hyplora", folders["hyplora"])
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")
    assert [n for n, _ in base.named_modules()] == modules
    again = load_adapter(base, "lora", folders["lora"])
    with pytest.raises(AdapterError, match=sentence):
        load_adapter(again, "hyplora", folders["hyplora"])
    assert list(again.peft_config) == [peft_name("lora")]
    assert torch.equal(logits(again, "lora", ids), logits(model, "lora", ids))


def test_weights_that_do_not_match_the_card_are_refused(saved, make_base):
    _, folders = saved
    shutil.copy(folders["lora"] / "hypviz.json", folders["hyplora"] / "hypviz.json")
    with pytest.raises(AdapterError, match=r"are not those that its hypviz\.json describes"):
        load_adapter(make_base(), "x", folders["hyplora"])


def test_saving_is_all_or_nothing(saved, tmp_path, monkeypatch):
    model, folders = saved
    before = adapter_fingerprint(folders["hyplora"])
    monkeypatch.setattr("hypviz.hyplora.saving.save_file", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(AdapterError, match=r"could not be written .*No space left"):
        save_adapter(model, "hyplora", folders["hyplora"], base_fingerprint=HERE, method="hyplora", run_id=None)
    assert adapter_fingerprint(folders["hyplora"]) == before
    assert sorted(os.listdir(folders["hyplora"].parent)) == ["hyplora", "lora"]


def test_what_must_not_be_saved(saved, tmp_path):
    model, _ = saved
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("keep")
    with pytest.raises(AdapterError, match="is not an adapter folder; choose another folder"):
        save_adapter(model, "lora", tmp_path / "notes", base_fingerprint=HERE, method="lora", run_id=None)
    assert (tmp_path / "notes" / "mine.txt").read_text() == "keep"
    adapter_parameters(model, "lora")[0].data[0] = float("inf")
    with pytest.raises(AdapterError, match="not finite; it was not saved"):
        save_adapter(model, "lora", tmp_path / "new", base_fingerprint=HERE, method="lora", run_id=None)
    assert not (tmp_path / "new").exists()


def test_names_that_are_taken(saved, make_base):
    _, folders = saved
    again = load_adapter(make_base(), "my.first adapter", folders["lora"])
    with pytest.raises(AdapterError, match=r"already has an adapter named my\.first adapter"):
        load_adapter(again, "my.first adapter", folders["hyplora"])
    with pytest.raises(AdapterError, match="stands for the model without an adapter"):
        load_adapter(again, "base", folders["hyplora"])
