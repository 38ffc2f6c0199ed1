"""PEFT's functions that take an update for linear: each refuses HypLoRA in one sentence, or works. `test_every_road` lists all."""

from __future__ import annotations

import copy
import os

import peft
import pytest
import torch
from peft import (
    ArrowConfig,
    AutoPeftModelForCausalLM,
    EvaConfig,
    LoraConfig,
    LoraGAConfig,
    PeftModel,
    XLoraConfig,
    cast_mixed_precision_params,
    convert_to_lora,
    create_arrow_model,
    get_base_model_state_dict,
    get_eva_state_dict,
    get_model_status,
    get_peft_config,
    get_peft_model,
    get_peft_model_state_dict,
    initialize_lora_eva_weights,
    inject_adapter_in_model,
    prepare_model_for_kbit_training,
    preprocess_loraga,
    replace_lora_weights_loftq,
    save_as_lora,
    set_base_model_state_dict,
    set_peft_model_state_dict,
)
from peft.helpers import check_if_peft_model, disable_input_dtype_casting, rescale_adapter_scale
from peft.optimizers import create_lorafa_optimizer, create_loraplus_optimizer, create_riemannian_optimizer
from peft.tuners.lora.intruders import reduce_intruder_dimension
from peft.utils import loftq_utils
from peft.utils.other import fsdp_auto_wrap_policy
from torch import nn

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig, delta, guards
from hypviz.hyplora.layer import OneNumber
from hypviz.hyplora.model import register
from tests.hyplora.test_model import OneLayer, snapshot
from tests.hyplora.trained import TARGETS, geometry, logits, trained


def one_sentence(caught) -> bool:
    text = str(caught.value)
    return "\n" not in text and text.endswith(".") and text.count(". ") == 0


def unchanged(model: nn.Module, before: dict[str, torch.Tensor]) -> bool:
    after = model.state_dict()
    return all(torch.equal(after[name], tensor) for name, tensor in before.items())


@pytest.fixture
def model(make_base) -> PeftModel:
    """One HypLoRA adapter, "default", with B other than 0."""
    return trained(make_base(), 1)


@pytest.fixture
def folder(model, tmp_path):
    """The adapter of `model` as PEFT saves it."""
    model.save_pretrained(tmp_path / "adapter")
    return tmp_path / "adapter"


# Refused


def test_a_delta_weight_is_refused_for_hyplora_and_given_for_lora(model):
    model.add_adapter("plain", LoraConfig(r=4, target_modules=TARGETS))
    layer = model.get_base_model().model.layers[0].self_attn.q_proj
    with pytest.raises(AdapterError, match="adapter default has no delta weight, because its gain depends on each token") as caught:
        layer.get_delta_weight("default")
    assert one_sentence(caught)
    assert torch.equal(layer.get_delta_weight("plain"), torch.zeros_like(layer.weight))  # its B is 0


def test_intruder_dimensions_are_refused_and_the_trained_adapter_stays(model, ids):
    before, expected = snapshot(model), logits(model, ids)
    with pytest.raises(AdapterError, match="has no delta weight"):
        reduce_intruder_dimension(model, logging_sink=None)
    assert unchanged(model, before) and model.active_adapters == ["default"]
    model.delete_adapter("intruder_reduced")  # PEFT makes it before it asks for the delta weight
    assert torch.equal(logits(model, ids), expected)


def test_arrow_is_refused_in_either_order(model, folder, make_base):
    with pytest.raises(AdapterError, match=r"Arrow routes between linear updates .* the HypLoRA adapter task_0 as plain") as caught:
        create_arrow_model(make_base(), [str(folder), str(folder)], ArrowConfig(top_k=1))
    assert one_sentence(caught)
    router = ArrowConfig(top_k=1)
    router.task_adapter_names, router.gks_adapter_names = ["default"], []
    with pytest.raises(AdapterError, match="HypLoRA adapter default as plain LoRA"):
        model.add_adapter("router", LoraConfig(r=4, target_modules=TARGETS, arrow_config=router))
    assert list(model.peft_config) == ["default"]


def test_hyplora_does_not_join_the_experts_of_an_arrow_model(make_base, tmp_path, ids):
    trained(make_base(), 1, kind=LoraConfig).save_pretrained(tmp_path)
    arrow = create_arrow_model(make_base(), [str(tmp_path), str(tmp_path)], ArrowConfig(top_k=1))
    expected = logits(arrow, ids)
    with pytest.raises(AdapterError, match="HypLoRA adapter late as plain LoRA"):
        arrow.add_adapter("late", HypLoraConfig(r=4, target_modules=TARGETS))
    assert "late" not in arrow.peft_config and torch.equal(logits(arrow, ids), expected)
    with pytest.raises(AdapterError, match="cannot be combined with arrow_config"):
        HypLoraConfig(arrow_config=ArrowConfig())


def test_xlora_refuses_hyplora_experts(folder, make_base, ids):
    base = make_base()
    base.config.use_cache = False
    expected = logits(base, ids)
    with pytest.raises(AdapterError, match="do not load HypLoRA adapters as experts of X-LoRA"):
        get_peft_model(base, XLoraConfig(task_type="CAUSAL_LM", hidden_size=base.config.hidden_size, adapters={"0": str(folder)}))
    assert torch.equal(logits(base, ids), expected)


def test_mixed_models_refuse_hyplora(make_base, ids):
    base = make_base()
    expected = logits(base, ids)
    with pytest.raises(AdapterError, match="leave mixed=True away"):
        get_peft_model(base, HypLoraConfig(target_modules=TARGETS), mixed=True)
    assert torch.equal(logits(base, ids), expected)


def test_conversion_to_lora_is_refused(model, tmp_path):
    assert not model.supports_lora_conversion()
    for attempt in (lambda: convert_to_lora(model, 4), lambda: save_as_lora(tmp_path / "it", model, 4)):
        with pytest.raises(TypeError, match=r"do not support LoRA conversion: .*HypLoraLinear"):
            attempt()
    assert not (tmp_path / "it").exists() or not os.listdir(tmp_path / "it")


def test_conversion_for_the_untouched_base_is_refused(model, folder, tmp_path):
    with pytest.raises(AdapterError, match="cannot be rewritten for another base or another start") as caught:
        model.save_pretrained(tmp_path / "it", path_initial_model_for_weight_conversion=str(folder))
    assert one_sentence(caught) and list(model.peft_config) == ["default"]
    with pytest.raises(AdapterError, match="cannot be rewritten"):
        model.base_model.subtract_mutated_init(get_peft_model_state_dict(model), "default")
    model.add_adapter("plain", LoraConfig(r=4, target_modules=TARGETS))
    with pytest.raises(AdapterError, match="cannot be rewritten"):
        model.base_model.subtract_mutated_init(get_peft_model_state_dict(model), "plain")


def test_conversion_of_plain_lora_for_the_untouched_base_is_as_ever(make_base, tmp_path):
    plain = trained(make_base(), 1, kind=LoraConfig)
    plain.save_pretrained(tmp_path / "start")
    plain.save_pretrained(tmp_path / "it", path_initial_model_for_weight_conversion=str(tmp_path / "start"))
    assert PeftModel.from_pretrained(make_base(), tmp_path / "it").peft_config["default"].r == 8


@pytest.mark.parametrize("start", ["eva", "lora_ga", "loftq", "pissa", "olora", "corda"])
def test_starts_that_assume_a_linear_update_are_refused_by_the_config(start):
    options = {"eva_config": EvaConfig()} if start == "eva" else {"lora_ga_config": LoraGAConfig()} if start == "lora_ga" else {}
    options |= {"loftq_config": {"loftq_bits": 4}} if start == "loftq" else {}
    with pytest.raises(AdapterError, match=f"cannot start from init_lora_weights='{start}'"):
        HypLoraConfig(init_lora_weights=start, **options)


@pytest.mark.parametrize("start", ["pissa", "olora", "corda", "loftq", "lora_ga"])
def test_a_layer_refuses_those_starts_for_hyplora_only(model, make_base, start):
    model.add_adapter("plain", LoraConfig(r=4, target_modules=TARGETS))
    layer, before = model.get_base_model().model.layers[0].self_attn.q_proj, snapshot(model)
    given = {"pissa": ("pissa",), "corda": ("corda",), "loftq": (LoraConfig(),), "lora_ga": (LoraGAConfig(),), "olora": ()}[start]
    with pytest.raises(AdapterError, match=f"{start}_init takes the start of the HypLoRA adapter default out of the base") as caught:
        getattr(layer, f"{start}_init")("default", *given)
    assert one_sentence(caught) and unchanged(model, before)
    if start in ("pissa", "olora"):
        getattr(layer, f"{start}_init")("plain", *given)
        assert layer.lora_B["plain"].weight.any()


def test_functions_of_those_starts_refuse_every_other_config(model, make_base, ids):
    before = snapshot(model)
    with pytest.raises(ValueError, match="can only be used with `init_lora_weights='eva'`"):
        initialize_lora_eva_weights(model, [{"input_ids": ids}])
    with pytest.raises(ValueError, match="init_lora_weights='lora_ga'"):
        preprocess_loraga(make_base(), HypLoraConfig(target_modules=TARGETS), lambda: None)
    assert unchanged(model, before)


def test_loftq_is_refused_in_a_model_with_hyplora(model, make_base, monkeypatch):
    before = snapshot(model)
    monkeypatch.setattr(loftq_utils, "is_bnb_4bit_available", lambda: True)
    monkeypatch.setattr(peft.tuners.lora, "Linear4bit", type("Linear4bit", (), {}), raising=False)  # where bitsandbytes is not installed
    with pytest.raises(AdapterError, match=r"the gain of a HypLoRA adapter .default. would change") as caught:
        replace_lora_weights_loftq(model, "nowhere")
    assert one_sentence(caught) and unchanged(model, before)
    with pytest.raises(FileNotFoundError, match="Could not find file"):  # plain LoRA goes on to the file that it lacks
        replace_lora_weights_loftq(trained(make_base(), 1, kind=LoraConfig), "nowhere")


def test_tracing_is_refused_with_hyplora_on_and_works_with_it_off(model, ids):
    layer = model.get_base_model().model.layers[0].self_attn.q_proj
    x = torch.randn(5, layer.in_features)
    with pytest.raises(AdapterError, match="would fix the gain of a HypLoRA adapter at the traced tokens") as caught:
        torch.jit.trace(layer, (x,))
    assert one_sentence(caught)
    with model.disable_adapter():
        assert torch.equal(torch.jit.trace(layer, (x,))(x), layer.base_layer(x))


def test_loraplus_is_refused_while_a_radius_is_trained(make_base):
    options = {"optimizer_cls": torch.optim.AdamW, "lr": 1e-3, "loraplus_lr_ratio": 16}
    with pytest.raises(AdapterError, match=r"LoRA\+ would train the geometry .*lora_log_radius.* at the rate of B") as caught:
        create_loraplus_optimizer(trained(make_base(), 1), **options)
    assert one_sentence(caught)
    for kind, fixed in ((HypLoraConfig, {"learn_c": False}), (LoraConfig, {})):
        optimizer = create_loraplus_optimizer(trained(make_base(), 1, kind=kind, **fixed), **options)
        assert {group["lr"]: len(group["params"]) for group in optimizer.param_groups if group["params"]} == {1e-3: 4, 16e-3: 4}


def test_lorafa_is_refused_and_a_goes_on_learning(make_base):
    model = trained(make_base(), 1)
    flags = {name: p.requires_grad for name, p in model.named_parameters()}
    with pytest.raises(AdapterError, match=r"LoRA-FA corrects the gradient of B for a linear update") as caught:
        create_lorafa_optimizer(model, r=4, lora_alpha=8, lr=1e-3)
    assert one_sentence(caught)
    assert {name: p.requires_grad for name, p in model.named_parameters()} == flags


def test_lorafa_trains_plain_lora_as_ever(make_base, ids):
    model = trained(make_base(), 1, kind=LoraConfig)
    optimizer = create_lorafa_optimizer(model, r=4, lora_alpha=8, lr=1e-2)
    before = snapshot(model)
    model(input_ids=ids, labels=ids).loss.backward()
    optimizer.step()
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    assert moved and all("lora_B" in name for name in moved)


def test_registering_twice_puts_one_look_in_front_of_each_function():
    from peft.optimizers import lorafa, loraplus
    from peft.utils import hotswap, transformers_weight_conversion

    places = [
        (hotswap, "hotswap_adapter_from_state_dict"),
        (loraplus, "get_parameter_names"),
        (lorafa.LoraFAOptimizer, "add_param_group"),
        (transformers_weight_conversion, "build_peft_weight_mapping"),
        (loftq_utils, "_SafetensorLoader"),
    ]
    before = [getattr(owner, name) for owner, name in places]
    register()
    assert [getattr(owner, name) for owner, name in places] == before
    assert not any(hasattr(look.__wrapped__, guards._MARK) for look in before)


# Works


def test_an_orthogonal_start_is_the_base_and_learns(make_base, ids):
    model = get_peft_model(make_base(), HypLoraConfig(r=4, target_modules=TARGETS, init_lora_weights="orthogonal")).eval()
    with model.disable_adapter():
        base = logits(model, ids)
    torch.testing.assert_close(logits(model, ids), base, rtol=1e-4, atol=1e-5)  # B A = 0 though neither is
    model(input_ids=ids, labels=ids).loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.requires_grad)


def test_a_layer_starts_anew_with_its_geometry_kept(model, ids):
    before = {name: p.tolist() for name, p in geometry(model).items()}
    for layer in (module for module in model.modules() if hasattr(module, "reset_lora_parameters")):
        layer.reset_lora_parameters("default", True)
    assert {name: p.tolist() for name, p in geometry(model).items()} == before
    with model.disable_adapter():
        base = logits(model, ids)
    assert torch.equal(logits(model, ids), base)


def test_the_riemannian_optimizer_turns_a_and_b_only_and_the_loss_falls(model, ids):
    optimizer = create_riemannian_optimizer(model, torch.optim.SGD, lr=1e-2)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        plain = {name: (p.detach().clone(), p.grad.clone()) for name, p in geometry(model).items()}
        optimizer.step()
        assert all(torch.equal(p, plain[name][0] - 1e-2 * plain[name][1]) for name, p in geometry(model).items())
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("way", ["rescale_adapter_scale", "set_scale", "scale_layer"])
def test_a_scale_multiplies_the_update(way):
    model = get_peft_model(OneLayer(False), HypLoraConfig(r=3, lora_alpha=6, target_modules=["inner"])).eval()
    layer, x = model.base_model.model.inner, torch.randn(4, 6, dtype=torch.float64)
    layer.lora_B["default"].weight.data.normal_()
    base = layer.base_layer(x)
    update = model(x) - base
    if way == "rescale_adapter_scale":
        with rescale_adapter_scale(model, 0.5):
            torch.testing.assert_close(model(x) - base, 0.5 * update)
    else:
        layer.set_scale("default", 0.5) if way == "set_scale" else layer.scale_layer(0.5)
        torch.testing.assert_close(model(x) - base, 0.5 * update)
        layer.unscale_layer()
    torch.testing.assert_close(model(x) - base, update)
    A, B = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    torch.testing.assert_close(update, 2.0 * delta(x, A, B, variant="exact", c=1.0))


def test_state_dicts_go_out_and_in(model, make_base, ids):
    again = trained(make_base(), 2)
    result = set_peft_model_state_dict(again, get_peft_model_state_dict(model))
    assert not result.unexpected_keys and torch.equal(logits(again, ids), logits(model, ids))
    base = get_base_model_state_dict(model)
    assert base.keys() == make_base().state_dict().keys()
    set_base_model_state_dict(again, base)
    assert torch.equal(logits(again, ids), logits(model, ids))


@pytest.mark.parametrize("by", ["config", "tensors"])
def test_injection_without_a_peft_model(model, make_base, ids, by):
    state = {name.removeprefix("base_model.model."): tensor for name, tensor in get_peft_model_state_dict(model).items()}
    base = make_base()
    targets = {"target_modules": TARGETS} if by == "config" else {}
    inject_adapter_in_model(HypLoraConfig(r=4, lora_alpha=8, **targets), base, state_dict=state if by == "tensors" else None)
    assert not set_peft_model_state_dict(base, state).unexpected_keys
    assert torch.equal(logits(base, ids), logits(model, ids))


def test_transformers_adds_saves_and_loads_adapters_itself(make_base, tmp_path, ids):
    base = make_base()
    base.add_adapter(HypLoraConfig(r=4, lora_alpha=8, target_modules=TARGETS))
    for name, parameter in base.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.1)
    for parameter in geometry(base).values():
        parameter.data.fill_(1.5)
    base.save_pretrained(tmp_path)
    again = make_base()
    again.load_adapter(str(tmp_path))
    assert torch.equal(logits(again, ids), logits(base, ids)) and {p.item() for p in geometry(again).values()} == {1.5}


def test_folders_are_recognised_and_opened_with_their_base(model, make_base, tmp_path, ids):
    make_base().save_pretrained(tmp_path / "base")
    model.peft_config["default"].base_model_name_or_path = str(tmp_path / "base")
    model.save_pretrained(tmp_path / "adapter")
    assert check_if_peft_model(str(tmp_path / "adapter"))
    assert torch.equal(logits(AutoPeftModelForCausalLM.from_pretrained(tmp_path / "adapter"), ids), logits(model, ids))
    config = model.peft_config["default"]
    assert get_peft_config(config.to_dict()).to_dict() == config.to_dict()


def test_a_copy_and_a_stored_model_are_the_model(model, tmp_path, ids):
    torch.save(model, tmp_path / "model.pt")
    for again in (copy.deepcopy(model), torch.load(tmp_path / "model.pt", weights_only=False)):
        assert torch.equal(logits(again, ids), logits(model, ids))
        with pytest.raises(AdapterError, match="has no delta weight"):
            again.get_base_model().model.layers[0].self_attn.q_proj.get_delta_weight("default")


def test_a_status_counts_the_geometry(model):
    status, layers = get_model_status(model), model.get_layer_status()
    weights = sum(p.numel() for name, p in model.named_parameters() if "lora_" in name)
    assert (status.enabled, status.num_adapter_layers, status.trainable_params) == (True, 4, weights)
    assert {layer.module_type for layer in layers} == {"lora.HypLoraLinear"}
    assert model.get_nb_trainable_parameters()[0] == weights


def test_mixed_precision_keeps_what_trains_in_float32_and_trains(model, ids):
    cast_mixed_precision_params(model, torch.bfloat16)
    assert {p.dtype for p in geometry(model).values()} == {torch.float32}
    with torch.autocast("cpu", torch.bfloat16), disable_input_dtype_casting(model):
        model(input_ids=ids, labels=ids).loss.backward()
    assert all(torch.isfinite(p.grad).all() and p.grad.any() for p in geometry(model).values())


def test_preparing_for_low_bit_training_leaves_the_adapter_to_come_alone(make_base, ids):
    base = prepare_model_for_kbit_training(make_base(), use_gradient_checkpointing=False)
    assert torch.equal(logits(trained(base, 1), ids), logits(trained(make_base(), 1), ids))


def test_eva_measures_inputs_whatever_the_update(make_base, ids):
    batches = [{"input_ids": ids, "attention_mask": torch.ones_like(ids)}] * 3
    found = [
        get_eva_state_dict(trained(make_base(), 1, kind=kind, eva_config=EvaConfig()), batches, show_progress_bar=False)
        for kind in (LoraConfig, HypLoraConfig)
    ]
    assert found[0].keys() == found[1].keys() and all(torch.equal(found[0][name], found[1][name]) for name in found[0])


def test_trainable_tokens_and_an_alora_beside_it_leave_the_update_alone(make_base, ids):
    expected = logits(trained(make_base(), 1), ids)
    model = trained(make_base(), 1, trainable_token_indices=[1, 2])
    assert torch.equal(logits(model, ids), expected)
    beside = trained(make_base(), 1)
    beside.add_adapter("late", LoraConfig(r=4, target_modules=TARGETS, task_type="CAUSAL_LM", alora_invocation_tokens=[7]))
    assert torch.equal(logits(beside, ids), expected)


def test_pefts_policy_for_fsdp_wraps_each_number_of_the_geometry_by_itself(make_base):
    model = trained(make_base(), 1)
    policy = fsdp_auto_wrap_policy(model)
    for entry in model.modules():
        if isinstance(entry, OneNumber):
            assert policy(entry, recurse=False, nonwrapped_numel=1)
    for parameter in geometry(model).values():
        parameter.requires_grad_(False)
    assert not any(policy(entry, recurse=False, nonwrapped_numel=1) for entry in model.modules() if isinstance(entry, OneNumber))


def test_gains_stay_true_in_an_exported_program(model):
    layer = model.get_base_model().model.layers[0].self_attn.q_proj
    first, other = torch.randn(5, layer.in_features), 9.0 * torch.randn(5, layer.in_features)
    program = torch.export.export(layer, (first,)).module()
    torch.testing.assert_close(program(other), layer(other))
