"""PEFT's hot swap between two HypLoRA adapters of one variant: the radius goes with the weights; everything else is refused."""

from __future__ import annotations

import pytest
import torch
from peft import LoraConfig, get_peft_model_state_dict
from peft.utils.hotswap import hotswap_adapter, hotswap_adapter_from_state_dict, prepare_model_for_compiled_hotswap

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, delta
from hypviz.hyplora.names import former_name
from tests.hyplora.trained import TARGETS, as_earlier_versions_wrote, geometry, logits, trained


def swap(model, folder) -> None:
    hotswap_adapter(model, str(folder), adapter_name="default", torch_device="cpu")


@pytest.mark.parametrize("variant", ["exact", "paper", "official", "official-simplified"])
@pytest.mark.parametrize("names", ["current", "former"])
@pytest.mark.parametrize(("ranks", "alphas"), [((4, 4), (8, 8)), ((4, 2), (8, 3)), ((2, 4), (8, 8))])
def test_a_swap_gives_the_other_adapter_bit_for_bit(make_base, tmp_path, ids, variant, names, ranks, alphas):
    other = trained(make_base(), 2, variant=variant, r=ranks[1], lora_alpha=alphas[1])
    other.save_pretrained(tmp_path)
    if names == "former":
        as_earlier_versions_wrote(tmp_path)
    model = trained(make_base(), 1, variant=variant, r=ranks[0], lora_alpha=alphas[0])
    assert not torch.allclose(logits(model, ids), logits(other, ids), atol=1e-4)
    swap(model, tmp_path)
    assert [p.tolist() for p in geometry(model).values()] == [p.tolist() for p in geometry(other).values()]
    if ranks[1] < ranks[0]:  # zeros fill the rank, and a product over more terms may round otherwise
        torch.testing.assert_close(logits(model, ids), logits(other, ids), rtol=1e-5, atol=1e-6)
    else:
        assert torch.equal(logits(model, ids), logits(other, ids))


def test_a_swap_works_under_compile_with_padded_ranks(make_base, tmp_path, ids):
    other = trained(make_base(), 2, r=2, lora_alpha=3)
    other.save_pretrained(tmp_path)
    model = trained(make_base(), 1)
    before = logits(model, ids)
    prepare_model_for_compiled_hotswap(model, target_rank=8)
    torch.testing.assert_close(logits(model, ids), before, rtol=1e-5, atol=1e-5)
    compiled = torch.compile(model, backend="eager")
    swap(compiled, tmp_path)
    torch.testing.assert_close(logits(compiled, ids), logits(other, ids), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("variant", ["exact", "official"])
def test_layers_that_the_new_adapter_leaves_out_fall_silent_with_their_geometry_kept(make_base, tmp_path, ids, variant):
    other = trained(make_base(), 2, variant=variant, target_modules=TARGETS[:1])
    other.save_pretrained(tmp_path)
    model = trained(make_base(), 1, variant=variant)
    before = {name: p.tolist() for name, p in geometry(model).items()}
    swap(model, tmp_path)
    assert torch.equal(logits(model, ids), logits(other, ids))
    assert {name: p.tolist() for name, p in geometry(model).items() if TARGETS[1] in name}.items() <= before.items()


@pytest.mark.parametrize(
    ("options", "sentence"), [({"variant": "paper"}, "variant, exact != paper"), ({"lora_beyond": 6.0}, r"lora_beyond, None != 6\.0")]
)
def test_a_swap_between_variants_is_refused(make_base, tmp_path, ids, options, sentence):
    trained(make_base(), 2, **options).save_pretrained(tmp_path)
    model = trained(make_base(), 1)
    before = logits(model, ids)
    with pytest.raises(ValueError, match=f"Configs are incompatible: for {sentence}"):
        swap(model, tmp_path)
    assert torch.equal(logits(model, ids), before)


def test_plain_lora_is_refused_under_an_inactive_hyplora_adapters_name(make_base, tmp_path, ids):
    trained(make_base(), 2, kind=LoraConfig).save_pretrained(tmp_path)
    model = trained(make_base(), 1)
    before = logits(model, ids)
    model.add_adapter("plain", LoraConfig(r=4, target_modules=TARGETS))
    model.set_adapter("plain")  # PEFT compares the settings of the active adapter only
    with pytest.raises(AdapterError, match=r"lack the geometry of the HypLoRA adapter default .*lora_log_radius.*a name of their own"):
        swap(model, tmp_path)
    model.set_adapter("default")
    assert torch.equal(logits(model, ids), before)


def test_plain_lora_beside_hyplora_swaps_as_ever(make_base, tmp_path, ids):
    other = trained(make_base(), 2, kind=LoraConfig)
    other.save_pretrained(tmp_path)
    model = trained(make_base(), 1, kind=LoraConfig)
    model.add_adapter("bent", HypLoraConfig(r=4, target_modules=TARGETS))
    swap(model, tmp_path)
    assert torch.equal(logits(model, ids), logits(other, ids))


@pytest.mark.parametrize("names", ["current", "former"])
def test_bare_tensors_swap_too(make_base, ids, names):
    other, model = trained(make_base(), 2), trained(make_base(), 1)
    state = {name.replace(".weight", ".default.weight"): tensor.clone() for name, tensor in get_peft_model_state_dict(other).items()}
    if names == "former":
        state = {former_name(name): tensor for name, tensor in state.items()}
    hotswap_adapter_from_state_dict(model, state, "default", other.peft_config["default"])
    assert torch.equal(logits(model, ids), logits(other, ids))


@pytest.mark.parametrize("variant", ["exact", "official"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("onto", [True, False])
def test_the_update_takes_a_scaling_that_is_a_tensor(variant, dtype, rows, grad, onto):
    """As `prepare_model_for_compiled_hotswap` makes it."""
    generator = torch.Generator().manual_seed(0)
    x, A, B, sums = (torch.randn(*shape, generator=generator).to(dtype) for shape in ((rows, 8), (2, 8), (6, 2), (rows, 6)))
    given = {"variant": variant, "onto": sums if onto else None} | ({"c": 4.0} if variant == "exact" else {"k": 1.0})
    with torch.set_grad_enabled(grad):
        found = [delta(x, A, B, scaling=scaling, **given) for scaling in (2.0, torch.tensor(2.0))]
    torch.testing.assert_close(found[1], found[0])
