"""Every public name of PEFT through which an adapter can go, judged: a PEFT that adds one fails here until somebody has judged it.

`WORKS` and `REFUSED` give the test that shows it; `APART` has nothing to do with the update of a HypLoRA adapter, for the reason given.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from types import ModuleType

import peft
import pytest
from peft.tuners.lora import Linear, LoraModel

from hypviz.errors import AdapterError
from hypviz.hyplora import HypLoraConfig

TESTS = ("test_adapters", "test_every_road", "test_folders", "test_hot_swap", "test_model", "test_names", "test_roads", "test_rough_use")

WORKS = {
    # peft and peft.utils
    "AutoPeftModelForCausalLM": "test_folders_are_recognised_and_opened_with_their_base",
    "LoraConfig": "test_plain_lora_still_merges_beside_hyplora",
    "LoraModel": "test_peft_itself_loads_both_kinds_in_any_order",
    "ModulesToSaveWrapper": "test_patterns_and_modules_to_save_round_trip",
    "PeftConfig": "test_folders_are_recognised_and_opened_with_their_base",
    "PeftModel": "test_peft_itself_loads_both_kinds_in_any_order",
    "PeftModelForCausalLM": "test_state_dicts_go_out_and_in",
    "TrainableTokensWrapper": "test_trainable_tokens_and_an_alora_beside_it_leave_the_update_alone",
    "cast_mixed_precision_params": "test_mixed_precision_keeps_what_trains_in_float32_and_trains",
    "get_base_model_state_dict": "test_state_dicts_go_out_and_in",
    "get_eva_state_dict": "test_eva_measures_inputs_whatever_the_update",
    "get_layer_status": "test_a_status_counts_the_geometry",
    "get_model_status": "test_a_status_counts_the_geometry",
    "get_peft_config": "test_folders_are_recognised_and_opened_with_their_base",
    "get_peft_model": "test_a_layer_is_the_base_plus_the_scaled_delta",
    "get_peft_model_state_dict": "test_state_dicts_go_out_and_in",
    "inject_adapter_in_model": "test_injection_without_a_peft_model",
    "fsdp_auto_wrap_policy": "test_pefts_policy_for_fsdp_wraps_each_number_of_the_geometry_by_itself",
    "load_peft_weights": "test_a_swap_gives_the_other_adapter_bit_for_bit",
    "prepare_model_for_kbit_training": "test_preparing_for_low_bit_training_leaves_the_adapter_to_come_alone",
    "set_base_model_state_dict": "test_state_dicts_go_out_and_in",
    "set_peft_model_state_dict": "test_state_dicts_go_out_and_in",
    # peft.helpers
    "check_if_peft_model": "test_folders_are_recognised_and_opened_with_their_base",
    "disable_input_dtype_casting": "test_mixed_precision_keeps_what_trains_in_float32_and_trains",
    "rescale_adapter_scale": "test_a_scale_multiplies_the_update",
    # peft.optimizers
    "create_riemannian_optimizer": "test_the_riemannian_optimizer_turns_a_and_b_only_and_the_loss_falls",
    # peft.utils.hotswap
    "check_hotswap_configs_compatible": "test_a_swap_between_variants_is_refused",
    "hotswap_adapter": "test_a_swap_gives_the_other_adapter_bit_for_bit",
    "hotswap_adapter_from_state_dict": "test_bare_tensors_swap_too",
    "prepare_model_for_compiled_hotswap": "test_a_swap_works_under_compile_with_padded_ranks",
    # peft.utils.transformers_weight_conversion
    "build_peft_weight_mapping": "test_files_of_earlier_versions_load_bit_for_bit",
    # methods of models
    "add_adapter": "test_transformers_adds_saves_and_loads_adapters_itself",
    "delete_adapter": "test_each_adapter_is_itself_and_hyplora_is_not_lora",
    "disable_adapter": "test_use_adapter_works_where_adapters_are_switched_off",
    "disable_adapter_layers": "test_use_adapter_works_where_adapters_are_switched_off",
    "enable_adapter_layers": "test_use_adapter_works_where_adapters_are_switched_off",
    "forward": "test_a_layer_is_the_base_plus_the_scaled_delta",
    "from_pretrained": "test_peft_itself_loads_both_kinds_in_any_order",
    "generate": "test_one_mixed_batch_writes_the_tokens_of_three_calls",
    "get_nb_trainable_parameters": "test_a_status_counts_the_geometry",
    "inject_adapter": "test_injection_without_a_peft_model",
    "load_adapter": "test_peft_itself_loads_both_kinds_in_any_order",
    "save_pretrained": "test_patterns_and_modules_to_save_round_trip",
    "set_adapter": "test_use_adapter_leaves_gradients_and_the_active_adapter_as_they_were",
    "set_requires_grad": "test_a_fixed_radius_stays_fixed_whatever_is_switched",
    "unload": "test_each_adapter_is_itself_and_hyplora_is_not_lora",
    # methods of layers
    "enable_adapters": "test_use_adapter_works_where_adapters_are_switched_off",
    "orthogonal_init": "test_an_orthogonal_start_is_the_base_and_learns",
    "reset_lora_parameters": "test_a_layer_starts_anew_with_its_geometry_kept",
    "scale_layer": "test_a_scale_multiplies_the_update",
    "set_scale": "test_a_scale_multiplies_the_update",
    "unscale_layer": "test_a_scale_multiplies_the_update",
    "update_layer": "test_a_layer_is_the_base_plus_the_scaled_delta",
}

REFUSED = {
    # peft
    "ArrowConfig": "test_hyplora_does_not_join_the_experts_of_an_arrow_model",
    "EvaConfig": "test_starts_that_assume_a_linear_update_are_refused_by_the_config",
    "LoftQConfig": "test_starts_that_assume_a_linear_update_are_refused_by_the_config",
    "LoraGAConfig": "test_starts_that_assume_a_linear_update_are_refused_by_the_config",
    "BdLoraConfig": "test_options_that_change_the_plain_layer_are_refused_by_the_config",
    "KasaConfig": "test_options_that_change_the_plain_layer_are_refused_by_the_config",
    "MontecloraConfig": "test_options_that_change_the_plain_layer_are_refused_by_the_config",
    "VeloraConfig": "test_options_that_change_the_plain_layer_are_refused_by_the_config",
    "PeftMixedModel": "test_mixed_models_refuse_hyplora",
    "XLoraConfig": "test_xlora_refuses_hyplora_experts",
    "XLoraModel": "test_xlora_refuses_hyplora_experts",
    "convert_to_lora": "test_conversion_to_lora_is_refused",
    "create_arrow_model": "test_arrow_is_refused_in_either_order",
    "initialize_lora_eva_weights": "test_functions_of_those_starts_refuse_every_other_config",
    "preprocess_loraga": "test_functions_of_those_starts_refuse_every_other_config",
    "replace_lora_weights_loftq": "test_loftq_is_refused_in_a_model_with_hyplora",
    "save_as_lora": "test_conversion_to_lora_is_refused",
    # peft.optimizers, peft.tuners.lora.intruders
    "create_lorafa_optimizer": "test_lorafa_is_refused_and_a_goes_on_learning",
    "create_loraplus_optimizer": "test_loraplus_is_refused_while_a_radius_is_trained",
    "reduce_intruder_dimension": "test_intruder_dimensions_are_refused_and_the_trained_adapter_stays",
    # methods
    "add_weighted_adapter": "test_merging_refuses_with_the_reason_and_touches_no_weight",
    "get_delta_weight": "test_a_delta_weight_is_refused_for_hyplora_and_given_for_lora",
    "merge": "test_merging_refuses_with_the_reason_and_touches_no_weight",
    "merge_adapter": "test_merging_refuses_with_the_reason_and_touches_no_weight",
    "merge_and_unload": "test_merging_refuses_with_the_reason_and_touches_no_weight",
    "subtract_mutated_init": "test_conversion_for_the_untouched_base_is_refused",
    "supports_lora_conversion": "test_conversion_to_lora_is_refused",
    "corda_init": "test_a_layer_refuses_those_starts_for_hyplora_only",
    "loftq_init": "test_a_layer_refuses_those_starts_for_hyplora_only",
    "lora_ga_init": "test_a_layer_refuses_those_starts_for_hyplora_only",
    "olora_init": "test_a_layer_refuses_those_starts_for_hyplora_only",
    "pissa_init": "test_a_layer_refuses_those_starts_for_hyplora_only",
}

APART = {
    "other methods, which PEFT does not combine with LoRA in one model": """
        AdaLoraConfig AdaLoraModel AdamssConfig AdamssModel AdaptionPromptConfig AdaptionPromptModel BOFTConfig BOFTModel BeftConfig
        BeftModel C3AConfig C3AModel CPTConfig CPTEmbedding CartridgeConfig CartridgeEncoder DeftConfig DeftModel DeloraConfig
        DeloraModel FourierFTConfig FourierFTModel FrodConfig FrodModel GloraConfig GloraModel GraloraConfig GraloraModel HRAConfig
        HRAModel HiraConfig HiraModel IA3Config IA3Model LNTuningConfig LNTuningModel LilyConfig LilyModel LoHaConfig LoHaModel
        LoKrConfig LoKrModel MissConfig MissModel MultitaskPromptTuningConfig MultitaskPromptTuningInit OFTConfig OFTModel OSFConfig
        OSFModel PeanutConfig PeanutModel PolyConfig PolyModel PrefixEncoder PrefixTuningConfig PromptEmbedding PromptEncoder
        PromptEncoderConfig PromptEncoderReparameterizationType PromptLearningConfig PromptTuningConfig PromptTuningInit PsoftConfig
        PsoftModel PveraConfig PveraModel RandLoraConfig RandLoraModel RoadConfig RoadModel ShadowConfig ShadowModel ShiraConfig
        ShiraModel SupertuningConfig SupertuningModel TinyLoraConfig TinyLoraModel TrainableTokensConfig TrainableTokensModel
        UniLoraConfig UniLoraModel VBLoRAConfig VBLoRAModel VeraConfig VeraModel WaveFTConfig WaveFTModel compose_cartridge_adapters
        initialize_kv_prefix_from_past_key_values initialize_kv_prefix_from_text prompt_embeddings_from_past_key_values get_prompt
        get_prompt_embedding_to_save BasePromptEncoder bloom_model_postprocess_past_key_value DoraCaching MontecloraTrainerMixin""",
    "other tasks than continuing text, around the same tuner": """
        AutoPeftModel AutoPeftModelForFeatureExtraction AutoPeftModelForQuestionAnswering AutoPeftModelForSeq2SeqLM
        AutoPeftModelForSequenceClassification AutoPeftModelForTokenClassification PeftModelForFeatureExtraction
        PeftModelForQuestionAnswering PeftModelForSeq2SeqLM PeftModelForSequenceClassification PeftModelForTokenClassification
        shift_tokens_right""",
    "layers that HypLoRA does not adapt and says so": "Conv2d Conv3d Embedding GPTQLoraLinear ParamWrapper",
    "the class that HypLoRA's layer is": "Linear LoraLayer",
    "tables, types, errors and settings": """
        PeftError PeftType PeftWarning NoMatchingPeftModuleError TaskType LoraRuntimeConfig AuxiliaryTrainingWrapper
        TunerLayerStatus TunerModelStatus register_peft_method""",
    "the base model before an adapter is there, or how its layers are found, named and loaded": """
        find_kappa_target_modules KappaTuneSelector get_gptqmodel_quant_linear get_quantization_config get_quantization_kwargs
        quantization_extra_repr resolve_quantization_backend id_tensor_storage infer_device map_cache_to_layer_device_map transpose
        set_additional_trainable_modules torch_load get_embedding_layer_name has_valid_embedding_base_layer
        check_target_module_exists find_parameter_name_by_module get_device_map inspect_matched_modules onload_layer BaseTuner
        BaseTunerLayer get_base_model get_base_layer get_base_weight set_base_weight get_model_config tuner_layer_cls
        prepare_model_for_gradient_checkpointing prepare_inputs_for_generation preprocess_corda collect_eigens
        collect_eigens_for_layer crop_corda_eigens calib_cov_distribution CordaEigens target_modules get_model_device
        get_target_modules estimate_gradients create_attention_mask check_file_exists_on_hf_hub get_pattern_key is_gptqmodel_awq_layer
        is_gptqmodel_quant_linear match_target_against_key str_to_bool TpInfo check_deepspeed_zero3_enabled dequantize_bnb_weight
        dequantize_module_weight dtensor_from_local_like gather_params_ctx get_bnb_param_type get_layer_device_map init_empty_weights
        skip_init_on_device""",
    "copies of base layers, whose option layer_replication the config refuses": "clone_module replicate_layers",
    "signatures, cards and sentences": """
        update_forward_signature update_generate_signature update_signature create_or_update_model_card print_trainable_parameters""",
    "parts of what is judged above": """
        LoraFAOptimizer cast_adapter_dtype check_adapters_to_merge resolve_lora_variant mica_init unmerge unmerge_adapter
        ArrowLoraLinearLayer check_loaded_lora_compatibility_arrow ensure_adapters_target_linear_layers_only HashHook SVDHook
        find_equal_values forward_fn_dict get_device_with_meta_params move_inputs_to_device
        prepare_layer_inputs_fn_language_modeling prepare_model_inputs_fn_language_modeling FlattenDims PeftConcatenate PermuteDims
        convert_peft_adapter_state_dict_for_transformers convert_peft_config_for_transformers""",
    "arithmetic on tensors of merges, which are refused before": """
        calculate_majority_sign_mask dare_linear dare_ties disjoint_merge magnitude_based_pruning magnitude_prune prune
        random_pruning reshape_weight_task_tensors task_arithmetic ties""",
}

# Settings of `LoraConfig`: those that choose, size or hold the layers, and those that change what a layer computes or starts from.
SETTINGS_THAT_WORK = """
    auto_mapping base_model_name_or_path bias corda_config ensure_weight_tying eva_config exclude_modules fan_in_fan_out inference_mode
    init_lora_weights layers_pattern layers_to_transform loftq_config lora_alpha lora_dropout lora_ga_config megatron_core modules_to_save
    peft_type peft_version qalora_group_size r rank_pattern alpha_pattern revision runtime_config target_modules task_type
    trainable_token_indices use_rslora"""
SETTINGS_REFUSED = {
    "alora_invocation_tokens": [1],
    "arrow_config": peft.ArrowConfig(),
    "kasa_config": peft.KasaConfig(),
    "layer_replication": [(0, 1)],
    "lora_bias": True,
    "megatron_config": {"a": 1},
    "monteclora_config": peft.MontecloraConfig(),
    "target_parameters": ["x"],
    "use_bdlora": peft.BdLoraConfig(),
    "use_dora": True,
    "use_qalora": True,
    "velora_config": peft.VeloraConfig(),
}

# Modules whose own public functions and classes are walked, besides what `peft`, `peft.utils`, `.optimizers` and `.tuners.lora` export.
WALKED = (
    "peft.helpers",
    "peft.optimizers.lorafa",
    "peft.optimizers.loraplus",
    "peft.optimizers.riemannian",
    "peft.peft_model",
    "peft.tuners.lora.arrow",
    "peft.tuners.lora.conversion",
    "peft.tuners.lora.corda",
    "peft.tuners.lora.eva",
    "peft.tuners.lora.intruders",
    "peft.tuners.lora.loraga",
    "peft.tuners.tuners_utils",
    "peft.utils.hotswap",
    "peft.utils.integrations",
    "peft.utils.loftq_utils",
    "peft.utils.merge_utils",
    "peft.utils.other",
    "peft.utils.save_and_load",
    "peft.utils.transformers_weight_conversion",
)
# Modules that hold layers of other kinds, options that the config refuses, or helpers of what is walked.
NOT_WALKED = """
    peft.auto peft.config peft.functional peft.import_utils peft.mapping peft.mapping_func peft.mixed_model peft.optimizers peft.tuners
    peft.utils peft.tuners.lora.aqlm peft.tuners.lora.awq peft.tuners.lora.bnb peft.tuners.lora.config peft.tuners.lora.dora
    peft.tuners.lora.eetq peft.tuners.lora.gptq peft.tuners.lora.hqq peft.tuners.lora.inc peft.tuners.lora.layer peft.tuners.lora.model
    peft.tuners.lora.monteclora peft.tuners.lora.te peft.tuners.lora.torchao peft.tuners.lora.tp_layer peft.tuners.lora.variants
    peft.tuners.lora.velora peft.utils.constants peft.utils.error peft.utils.incremental_pca
    peft.utils.peft_types peft.utils.quantization_utils peft.utils.warning"""


def judged() -> list[str]:
    return [*WORKS, *REFUSED, *(name for names in APART.values() for name in names.split())]


def is_road(value: object) -> bool:
    return inspect.isfunction(value) or inspect.isclass(value)


def exported(module: ModuleType) -> set[str]:
    return {name for name in module.__all__ if not name.startswith("_") and is_road(getattr(module, name))}


def own(module: ModuleType) -> set[str]:
    """The public functions and classes that the module defines; what a guard of ours wraps is still PEFT's."""
    found = {name: value for name, value in vars(module).items() if not name.startswith("_") and is_road(value)}
    return {name for name, value in found.items() if value.__module__ == module.__name__}


def methods(kind: type) -> set[str]:
    owners = [owner for owner in kind.__mro__ if owner.__module__.startswith("peft.")]
    names = {name for owner in owners for name in vars(owner) if not name.startswith("_")}
    return {name for name in names if callable(getattr(kind, name))}


def every_road() -> set[str]:
    """All names to be judged."""
    found = set()
    for name in ("peft", "peft.functional", "peft.utils", "peft.optimizers", "peft.tuners.lora"):
        found |= exported(importlib.import_module(name))
    for name in WALKED:
        found |= own(importlib.import_module(name))
    for kind in (peft.PeftModelForCausalLM, LoraModel, Linear):
        found |= methods(kind)
    return found


def test_every_road_is_judged_once_and_every_judged_road_exists():
    names = judged()
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
    assert sorted(every_road() - set(names)) == [], "judge what this PEFT adds: does it take the update for linear?"
    assert sorted(set(names) - every_road()) == [], "this PEFT has these no longer"


def test_every_setting_of_lora_is_judged():
    names = [entry.name for entry in dataclasses.fields(peft.LoraConfig)]
    assert sorted(names) == sorted([*SETTINGS_THAT_WORK.split(), *SETTINGS_REFUSED])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("setting", SETTINGS_REFUSED)
def test_options_that_change_the_plain_layer_are_refused_by_the_config(setting):
    with pytest.raises(AdapterError, match=f"HypLoRA cannot be combined with {setting}="):
        HypLoraConfig(**{setting: SETTINGS_REFUSED[setting]})


def test_every_module_of_peft_is_walked_or_left_out_by_name():
    places = (peft, importlib.import_module("peft.utils"), importlib.import_module("peft.optimizers"), peft.tuners.lora)
    found = {f"{place.__name__}.{info.name}" for place in places for info in pkgutil.iter_modules(place.__path__)}
    found.add("peft.tuners.tuners_utils")
    assert sorted(found) == sorted([*WALKED, *NOT_WALKED.split()])


@pytest.mark.parametrize("name", sorted({*WORKS.values(), *REFUSED.values()}))
def test_every_judgement_has_its_test(name):
    assert any(hasattr(importlib.import_module(f"tests.hyplora.{module}"), name) for module in TESTS)


def test_a_new_public_function_would_be_found(monkeypatch):
    monkeypatch.setattr(LoraModel, "merge_in_a_new_way", lambda self: None, raising=False)
    monkeypatch.setattr(peft.helpers, "halve_adapter", type("halve_adapter", (), {"__module__": "peft.helpers"}), raising=False)
    assert every_road() - set(judged()) == {"merge_in_a_new_way", "halve_adapter"}


def test_other_methods_are_not_combined_with_hyplora(make_pair):
    with pytest.raises(ValueError, match="Cannot combine adapters with different peft types"):
        make_pair().add_adapter("other", peft.IA3Config(target_modules=["q_proj"], feedforward_modules=[]))
